package hwid

import (
	"strconv"
	"strings"
)

// linuxRootHub is the vendor that Linux gives the hubs inside of host controllers. Windows makes their IDs from the
// controller's, so they are left out.
const linuxRootHub = 0x1D6B

// LSUSB reads the output of "lsusb" and of "lsusb -v", also of several devices. A composite device is followed by its
// functions: interfaces, and associations of interfaces in the place of their members. Only the first configuration and
// the first setting of an interface count. Without -v revision and class are unknown.
func LSUSB(text string) []Device {
	var out []Device
	var d usbDescriptors
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "Bus ") {
			out = append(out, d.devices()...)
			d = usbDescriptors{}
			d.head(line)
			continue
		}
		if d.place == "" {
			continue
		}
		if title := strings.TrimSpace(line); strings.HasSuffix(title, ":") {
			d.open(title)
		} else if f := strings.Fields(line); len(f) > 1 {
			d.field(f[0], f[1])
		}
	}
	return append(out, d.devices()...)
}

// usbFunction is an interface or an association of interfaces.
type usbFunction struct {
	number, count, alternate uint8
	class                    USBClass
}

// usbDescriptors gathers what lsusb prints about one device.
type usbDescriptors struct {
	place, name    string
	device         USBDevice
	usb3           bool
	section        string
	configurations int
	configuration  int // the one that is read, from 1
	interfaces     []usbFunction
	associations   []usbFunction
}

// head reads "Bus 001 Device 004: ID 046d:c52b Logitech, Inc. Unifying Receiver".
func (d *usbDescriptors) head(line string) {
	where, rest, ok := strings.Cut(strings.TrimSpace(line), ": ID ")
	f := strings.Fields(where)
	v, p, ok2 := pair(rest)
	if !ok || !ok2 || len(f) != 4 {
		return
	}
	d.place, d.name = f[1]+":"+f[3], strings.TrimSpace(rest[9:])
	d.device = USBDevice{Vendor: v, Product: p, Unknown: UnknownRevision | UnknownClass}
}

func (d *usbDescriptors) open(title string) {
	d.section = strings.TrimSuffix(title, ":")
	switch {
	case d.section == "Configuration Descriptor":
		d.configuration++
	case d.configuration > 1:
		d.section = ""
	case d.section == "Interface Descriptor":
		d.interfaces = append(d.interfaces, usbFunction{})
	case d.section == "Interface Association":
		d.associations = append(d.associations, usbFunction{})
	}
}

func (d *usbDescriptors) field(key, value string) {
	n64, err := strconv.ParseUint(value, 10, 8)
	n := uint8(n64)
	var f *usbFunction
	switch {
	case d.section == "Interface Descriptor":
		f = &d.interfaces[len(d.interfaces)-1]
	case d.section == "Interface Association":
		f = &d.associations[len(d.associations)-1]
	case d.section != "Device Descriptor":
		return
	case key == "bcdDevice":
		if r, err := strconv.ParseUint(strings.Replace(value, ".", "", 1), 16, 16); err == nil {
			d.device.Revision = uint16(r)
			d.device.Unknown &^= UnknownRevision
		}
		return
	case key == "bcdUSB":
		d.usb3 = value >= "3"
		return
	}
	if err != nil {
		return
	}
	switch key {
	case "bDeviceClass":
		d.device.Class.Class = n
		d.device.Unknown &^= UnknownClass
	case "bDeviceSubClass":
		d.device.Class.SubClass = n
	case "bDeviceProtocol":
		d.device.Class.Protocol = n
	case "bNumConfigurations":
		d.configurations = int(n)
	}
	if f == nil {
		return
	}
	switch key {
	case "bInterfaceNumber", "bFirstInterface":
		f.number = n
	case "bInterfaceCount":
		f.count = n
	case "bAlternateSetting":
		f.alternate = n
	case "bInterfaceClass", "bFunctionClass":
		f.class.Class = n
	case "bInterfaceSubClass", "bFunctionSubClass":
		f.class.SubClass = n
	case "bInterfaceProtocol", "bFunctionProtocol":
		f.class.Protocol = n
	}
}

// devices makes identities of the descriptors.
func (d *usbDescriptors) devices() []Device {
	if d.place == "" || d.device.Vendor == linuxRootHub {
		return nil
	}
	var functions []usbFunction
	interfaces := 0
	for _, i := range d.interfaces {
		if i.alternate != 0 {
			continue
		}
		interfaces++
		member := false
		for _, a := range d.associations {
			if i.number == a.number {
				i.class = a.class
			}
			member = member || i.number > a.number && int(i.number) < int(a.number)+int(a.count)
		}
		if !member {
			functions = append(functions, i)
		}
	}
	dev := d.device
	if dev.Unknown&UnknownClass == 0 {
		dev.Composite = IsComposite(dev.Class, d.configurations, interfaces)
	}
	switch {
	case dev.Class.Class == 9:
		dev.Hub = "USB20_HUB"
		if d.usb3 {
			dev.Hub = "USB30_HUB"
		}
	case !dev.Composite && dev.Class.Class == 0 && len(functions) > 0:
		dev.Class = functions[0].class
	case !dev.Composite && dev.Class.Class == 0:
		dev.Unknown |= UnknownClass // the interfaces have it, and are not told
	}
	out := []Device{{Place: d.place, Name: d.name, Identity: dev}}
	if dev.Composite {
		for _, f := range functions {
			out = append(out, Device{Place: d.place, Name: d.name, Identity: USBInterface{Vendor: dev.Vendor, Product: dev.Product, Revision: dev.Revision, Number: f.number, Class: f.class, Unknown: dev.Unknown}})
		}
	}
	return out
}
