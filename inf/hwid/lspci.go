package hwid

import (
	"strconv"
	"strings"
)

// Device is a device that a listing of Linux names.
type Device struct {
	Place    string // "00:1f.6", "1-4", "hw:0"; empty if the listing has none
	Name     string // as the listing has it, empty if there is none
	Identity Identity
}

// LSPCI reads the output of "lspci -nn", "lspci -n", each also with -k or -v, and of "lspci -nnvmm" and "lspci -nvmm". Lines of other
// commands are passed over. What the options left out is unknown: without -k the subsystem, without -v or -vmm the
// programming interface, without the capabilities that -v shows to root whether it is PCI Express.
func LSPCI(text string) []Device {
	var out []Device
	for line := range strings.Lines(text) {
		key, _, ok := strings.Cut(line, ":")
		if ok && (key == "Slot" || key == "Class" || key == "Vendor") {
			return lspciRecords(text)
		}
	}
	mode := lspciMode(text)
	capabilities := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		if line[0] != ' ' && line[0] != '\t' {
			if d, ok := lspciLine(line, mode); ok {
				out = append(out, d)
			}
			capabilities = false
			continue
		}
		if len(out) > 0 {
			last := &out[len(out)-1]
			p := last.Identity.(PCI)
			p.detail(strings.TrimSpace(line), &capabilities)
			last.Identity = p
		}
	}
	return out
}

// lspciMode tells from the details of all devices which facts are unknown where no detail names them.
func lspciMode(text string) Unknown {
	u := UnknownSubsystem | UnknownInterface
	for line := range strings.Lines(text) {
		if line[0] != ' ' && line[0] != '\t' {
			continue
		}
		u &^= UnknownSubsystem
		switch key, _, _ := strings.Cut(strings.TrimSpace(line), ":"); key {
		case "Flags", "Control", "Status", "Capabilities":
			return 0 // -v leaves out a programming interface of 0, and no other
		}
	}
	return u
}

// lspciLine reads "00:1f.6 Ethernet controller [0200]: Intel Corporation ... [8086:15be] (rev 30)".
func lspciLine(line string, u Unknown) (Device, bool) {
	slot, rest, ok := strings.Cut(line, " ")
	if !ok || !strings.Contains(slot, ".") || !isHex(strings.NewReplacer(":", "", ".", "").Replace(slot)) {
		return Device{}, false
	}
	class, rest, ok := cutClass(rest)
	if !ok {
		return Device{}, false
	}
	p := PCI{Class: class << 8, Unknown: u | UnknownExpress}
	name := rest
	if i, ok := lastPair(rest); ok {
		p.Vendor, p.Device, _ = pair(rest[i:])
		name, rest = strings.TrimRight(rest[:i], " ["), rest[i+9:]
	} else {
		return Device{}, false
	}
	if n, ok := hexAfter(rest, "(rev ", 2); ok {
		p.Revision = uint8(n)
	}
	if n, ok := hexAfter(rest, "prog-if ", 2); ok {
		p.Class |= n
		p.Unknown &^= UnknownInterface
	}
	if _, sub, ok := strings.Cut(rest, "Subsystem"); ok {
		p.subsystem(sub)
	}
	return Device{Place: slot, Name: strings.TrimSpace(name), Identity: p}, true
}

// cutClass finds the class at "[0200]:" or, with -n, at the beginning.
func cutClass(s string) (class uint32, rest string, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) > 5 && s[4] == ':' && isHex(s[:4]) {
		n, _ := strconv.ParseUint(s[:4], 16, 16)
		return uint32(n), s[5:], true
	}
	for from := 0; ; {
		i := strings.Index(s[from:], "]:")
		if i < 0 {
			return 0, "", false
		}
		i += from
		if i >= 5 && s[i-5] == '[' && isHex(s[i-4:i]) {
			n, _ := strconv.ParseUint(s[i-4:i], 16, 16)
			return uint32(n), s[i+2:], true
		}
		from = i + 2
	}
}

// lastPair finds the last "8086:15be" in brackets, or the first one without.
func lastPair(s string) (int, bool) {
	bare := -1
	for i := len(s) - 9; i >= 0; i-- {
		if _, _, ok := pair(s[i:]); !ok {
			continue
		}
		if i > 0 && s[i-1] == '[' {
			return i, true
		}
		if i == 0 || s[i-1] == ' ' {
			bare = i
		}
	}
	return bare, bare >= 0
}

// pair reads "8086:15be" at the beginning of s.
func pair(s string) (a, b uint16, ok bool) {
	if len(s) < 9 || s[4] != ':' || !isHex(s[:4]) || !isHex(s[5:9]) {
		return 0, 0, false
	}
	x, _ := strconv.ParseUint(s[:4], 16, 16)
	y, _ := strconv.ParseUint(s[5:9], 16, 16)
	return uint16(x), uint16(y), true
}

func hexAfter(s, mark string, digits int) (uint32, bool) {
	_, rest, ok := strings.Cut(s, mark)
	if !ok || len(rest) < digits || !isHex(rest[:digits]) {
		return 0, false
	}
	n, err := strconv.ParseUint(rest[:digits], 16, 32)
	return uint32(n), err == nil
}

func (p *PCI) subsystem(s string) {
	if i, ok := lastPair(s); ok {
		p.SubVendor, p.SubDevice, _ = pair(s[i:])
		p.Unknown &^= UnknownSubsystem
	}
}

// portTypes are PCI Express port types as lspci names them; longer names that begin alike stand first.
var portTypes = []struct {
	name string
	n    uint8
}{
	{"Endpoint", 0},
	{"Legacy Endpoint", 1},
	{"Root Port", 4},
	{"Upstream Port", 5},
	{"Downstream Port", 6},
	{"PCI-Express to PCI", 7},
	{"PCI/PCI-X to PCI-Express", 8},
	{"Root Complex Integrated Endpoint", 9},
	{"Root Complex Event Collector", 10},
}

// detail reads an indented line. A list of capabilities without Express is that of a conventional device.
func (p *PCI) detail(line string, capabilities *bool) {
	key, value, _ := strings.Cut(line, ":")
	switch value = strings.TrimSpace(value); key {
	case "Subsystem":
		p.subsystem(value)
	case "Capabilities":
		if strings.HasPrefix(value, "<") { // "<access denied>"
			return
		}
		if !*capabilities {
			*capabilities = true
			p.Unknown &^= UnknownExpress
		}
		_, text, ok := strings.Cut(value, "] Express ")
		if !ok {
			return
		}
		if strings.HasPrefix(text, "(v") {
			_, text, _ = strings.Cut(text, ") ")
		}
		p.Unknown |= UnknownExpress // of a type that is not understood
		for _, t := range portTypes {
			if strings.HasPrefix(text, t.name) {
				p.Express, p.PortType = true, t.n
				p.Unknown &^= UnknownExpress
			}
		}
	}
}

// lspciRecords reads the records of -vmm.
func lspciRecords(text string) []Device {
	var out []Device
	var d Device
	p := PCI{Unknown: UnknownExpress}
	seen := 0
	flush := func() {
		if seen == 3 { // class, vendor, device
			d.Identity = p
			out = append(out, d)
		}
		d, p, seen = Device{}, PCI{Unknown: UnknownExpress}, 0
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			flush()
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		number, name := value, ""
		if i := strings.LastIndexByte(value, '['); i >= 0 && strings.HasSuffix(value, "]") {
			number, name = value[i+1:len(value)-1], strings.TrimSpace(value[:i])
		}
		n, err := strconv.ParseUint(number, 16, 16)
		switch key {
		case "Slot":
			d.Place = value
			continue
		}
		if err != nil {
			continue
		}
		switch key {
		case "Class":
			p.Class |= uint32(n) << 8
			seen++
		case "Vendor":
			p.Vendor, d.Name = uint16(n), name
			seen++
		case "Device":
			p.Device, d.Name = uint16(n), strings.TrimSpace(d.Name+" "+name)
			seen++
		case "SVendor":
			p.SubVendor = uint16(n)
		case "SDevice":
			p.SubDevice = uint16(n)
		case "Rev":
			p.Revision = uint8(n)
		case "ProgIf":
			p.Class |= uint32(n) & 0xFF
		}
	}
	flush()
	return out
}
