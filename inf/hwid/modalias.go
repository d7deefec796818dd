package hwid

import (
	"strconv"
	"strings"
)

// Modalias reads the text of a "modalias" file of Linux: pci, usb, acpi, hdaudio, hid and sdio. It is false for other buses.
//
// Source: https://docs.kernel.org/driver-api/driver-model/ and scripts/mod/file2alias.c of Linux.
func Modalias(s string) (Identity, bool) {
	bus, rest, ok := strings.Cut(strings.TrimSpace(s), ":")
	if !ok {
		return nil, false
	}
	switch bus {
	case "acpi":
		names := strings.FieldsFunc(rest, func(r rune) bool { return r == ':' })
		if len(names) == 0 {
			return nil, false
		}
		return ACPI{Name: names[0], Compatible: names[1:], Unknown: UnknownNames}, true
	case "pci":
		f, ok := fields(rest, "v", 8, "d", 8, "sv", 8, "sd", 8, "bc", 2, "sc", 2, "i", 2)
		return PCI{
			Vendor: uint16(f[0]), Device: uint16(f[1]), SubVendor: uint16(f[2]), SubDevice: uint16(f[3]),
			Class: f[4]<<16 | f[5]<<8 | f[6], Unknown: UnknownRevision | UnknownExpress,
		}, ok
	case "usb":
		return usbAlias(rest)
	case "hdaudio":
		f, ok := fields(rest, "v", 8, "r", 8, "a", 2)
		return HDAudio{
			Vendor: uint16(f[0] >> 16), Device: uint16(f[0]), Revision: CodecRevision(f[1]), Function: uint8(f[2]),
			Unknown: UnknownSubsystem | UnknownController,
		}, ok
	case "hid":
		f, ok := fields(rest, "b", 4, "g", 4, "v", 8, "p", 8)
		return HID{Vendor: uint16(f[2]), Product: uint16(f[3]), Unknown: UnknownRevision | UnknownUsage | UnknownCollection}, ok
	case "sdio":
		f, ok := fields(rest, "c", 2, "v", 4, "d", 4)
		return SDIO{Vendor: uint16(f[1]), Product: uint16(f[2]), Class: uint8(f[0])}, ok
	}
	return nil, false
}

// usbAlias reads the alias of one interface. Linux has one for each; Windows only if the device is composite.
func usbAlias(s string) (Identity, bool) {
	f, ok := fields(s, "v", 4, "p", 4, "d", 4, "dc", 2, "dsc", 2, "dp", 2, "ic", 2, "isc", 2, "ip", 2, "in", 2)
	if !ok { // before Linux 3.3 without the number
		if f, ok = fields(s, "v", 4, "p", 4, "d", 4, "dc", 2, "dsc", 2, "dp", 2, "ic", 2, "isc", 2, "ip", 2); !ok {
			return nil, false
		}
		f = append(f, 0)
	}
	device := USBClass{uint8(f[3]), uint8(f[4]), uint8(f[5])}
	own := USBClass{uint8(f[6]), uint8(f[7]), uint8(f[8])}
	v, p, r, number := uint16(f[0]), uint16(f[1]), uint16(f[2]), uint8(f[9])
	switch {
	case !IsComposite(device, 1, 2):
		return USBDevice{Vendor: v, Product: p, Revision: r, Class: device}, true
	case number > 0 || device.Class == 0xEF:
		return USBInterface{Vendor: v, Product: p, Revision: r, Number: number, Class: own}, true
	}
	return USBDevice{Vendor: v, Product: p, Revision: r, Class: own, Unknown: UnknownComposite}, true
}

// fields reads numbers of fixed width behind their letters, given as letters and digits in turn. The slice always has a number for each.
func fields(s string, layout ...any) ([]uint32, bool) {
	out := make([]uint32, len(layout)/2)
	for i := range out {
		mark, width := layout[2*i].(string), layout[2*i+1].(int)
		rest, ok := strings.CutPrefix(s, mark)
		if !ok || len(rest) < width || !isHex(rest[:width]) {
			return out, false
		}
		n, err := strconv.ParseUint(rest[:width], 16, 32)
		if err != nil {
			return out, false
		}
		out[i], s = uint32(n), rest[width:]
	}
	return out, true
}

// Codec reads files "codec#N" of /proc/asound: one identity for each function of each codec. The controller is the PCI
// function that the codecs hang on; its zero value means that it is unknown.
func Codec(text string, controller PCI) []HDAudio {
	var out []HDAudio
	var a HDAudio
	var functions []uint8
	have := false // a vendor has been read
	flush := func() {
		if have {
			if len(functions) == 0 {
				functions = []uint8{1}
			}
			for _, f := range functions {
				a.Function = f
				out = append(out, a)
			}
		}
		have, functions = false, nil
		a = HDAudio{ControllerVendor: controller.Vendor, ControllerDevice: controller.Device, Unknown: UnknownSubsystem | UnknownRevision}
		if controller.Vendor == 0 {
			a.Unknown |= UnknownController
		}
	}
	flush()
	for line := range strings.Lines(text) {
		if line[0] == ' ' || line[0] == '\t' {
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		value, _, _ = strings.Cut(strings.TrimSpace(value), " ")
		n64, err := strconv.ParseUint(strings.TrimPrefix(value, "0x"), 16, 32)
		n := uint32(n64)
		switch {
		case key == "Codec":
			flush()
		case err != nil:
		case key == "AFG Function Id" || key == "MFG Function Id":
			functions = append(functions, uint8(n))
		case key == "Vendor Id":
			a.Vendor, a.Device, have = uint16(n>>16), uint16(n), true
		case key == "Subsystem Id":
			a.Subsystem = n
			a.Unknown &^= UnknownSubsystem
		case key == "Revision Id":
			a.Revision = CodecRevision(n)
			a.Unknown &^= UnknownRevision
		}
	}
	flush()
	return out
}
