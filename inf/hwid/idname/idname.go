package idname

import (
	"bytes"
	"compress/zlib"
	_ "embed"
	"io"
	"strings"
	"sync"

	"github.com/drivercat/drivercat/inf/hwid"
)

// packed is a zlib stream of sorted lines "key name". The first letter of a key names its list (p: PCI, c: PCI classes, u:
// USB, d: USB classes), the rest are the numbers in lower case, the general ones first: "p8086", "p808615be",
// "p808615be17aa2292". The first line begins with "#" and tells the versions of the lists.
//
//go:embed ids.zlib
var packed []byte

// unpacked is the text, made at the first lookup. Damaged data, which a test rules out, would give no names.
var unpacked = sync.OnceValue(func() string {
	r, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return ""
	}
	var b strings.Builder
	b.Grow(len(packed) * 17 / 4) // the text is 4.1 times as long
	if _, err := io.Copy(&b, r); err != nil {
		return ""
	}
	return b.String()
})

// Name is what the lists say of an identifier; each part may be empty.
type Name struct {
	Vendor    string // "Intel Corporation"
	Device    string // "Ethernet Connection (6) I219-V"
	Subsystem string // "ThinkPad T490", or else the subsystem's vendor
	Class     string // "Ethernet controller", "USB controller (XHCI)"
}

// String joins vendor and device, or says the class if there is no device: "Intel Corporation Ethernet Connection (6)
// I219-V". It is empty if nothing is known.
func (n Name) String() string {
	what := n.Device
	if what == "" {
		what = n.Class
	}
	return strings.TrimSpace(n.Vendor + " " + what)
}

// Source names the lists and their versions: "pci.ids 2025.06.09, usb.ids 2025.07.26".
func Source() string {
	line, _, _ := strings.Cut(unpacked(), "\n")
	return strings.TrimPrefix(line, "# ")
}

// Lookup names an identifier.
func Lookup(id hwid.ID) Name {
	switch id.Bus {
	case hwid.BusPCI:
		return pci(id)
	case hwid.BusHDAudio:
		n := Name{Vendor: part("p", id, "VEN", 4)} // the list has no codecs
		if s, ok := number(id, "SUBSYS", 8); ok && s != "00000000" {
			n.Subsystem = find("p" + s[:4])
		}
		return n
	case hwid.BusUSB:
		return usb(id)
	case hwid.BusHID:
		return product(id)
	}
	return Name{}
}

func pci(id hwid.ID) Name {
	n := Name{Vendor: part("p", id, "VEN", 4)}
	v, ok1 := number(id, "VEN", 4)
	d, ok2 := number(id, "DEV", 4)
	if ok1 && ok2 {
		n.Device = find("p" + v + d)
		if s, ok := number(id, "SUBSYS", 8); ok && s != "00000000" { // the subsystem, then its vendor; the list turns them round
			if n.Subsystem = find("p" + v + d + s[4:] + s[:4]); n.Subsystem == "" {
				n.Subsystem = find("p" + s[4:])
			}
		}
	}
	if c, ok := number(id, "CC", 6); ok {
		n.Class = class("c", c)
	} else if c, ok := number(id, "CC", 4); ok {
		n.Class = class("c", c)
	}
	return n
}

func usb(id hwid.ID) Name {
	if strings.HasPrefix(id.Device, "ROOT_HUB") { // VID and PID are those of the controller, a PCI function
		n := Name{Vendor: part("p", id, "VID", 4)}
		v, ok1 := number(id, "VID", 4)
		if p, ok2 := number(id, "PID", 4); ok1 && ok2 {
			n.Device = find("p" + v + p)
		}
		return n
	}
	n := product(id)
	if n.Vendor == "" {
		n.Vendor = part("u", id, "COMPAT_VID", 4)
	}
	code := ""
	for _, keys := range [][]string{{"CLASS", "DEVCLASS"}, {"SUBCLASS"}, {"PROT"}} {
		for _, k := range keys {
			if c, ok := number(id, k, 2); ok {
				code += c
			}
		}
	}
	n.Class = class("d", code)
	return n
}

func product(id hwid.ID) Name {
	n := Name{Vendor: part("u", id, "VID", 4)}
	v, ok1 := number(id, "VID", 4)
	if p, ok2 := number(id, "PID", 4); ok1 && ok2 {
		n.Device = find("u" + v + p)
	}
	return n
}

// class names a class of base class, subclass and interface, two digits each, as far as the list has them: "USB controller
// (XHCI)", "Mass Storage (SCSI, Bulk-Only)". The base classes of PCI say no more than their subclasses.
func class(list, code string) string {
	var names []string
	for n := 2; n <= len(code); n += 2 {
		name := find(list + code[:n])
		if name == "" {
			break
		}
		if list == "c" && n == 4 {
			names = names[:0]
		}
		names = append(names, name)
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return names[0] + " (" + strings.Join(names[1:], ", ") + ")"
}

func part(list string, id hwid.ID, key string, digits int) string {
	if v, ok := number(id, key, digits); ok {
		return find(list + v)
	}
	return ""
}

// number returns a part of so many characters, in lower case as the lists have it.
func number(id hwid.ID, key string, digits int) (string, bool) {
	v, ok := id.Value(key)
	if !ok || len(v) != digits {
		return "", false
	}
	return strings.ToLower(v), true
}

// find returns the name of a key. It halves the text until the line is found.
func find(key string) string {
	text := unpacked()
	low, high := 0, len(text) // the line begins in [low, high)
	for low < high {
		mid := low + (high-low)/2
		start := strings.LastIndexByte(text[low:mid], '\n') + 1 + low
		line, _, _ := strings.Cut(text[start:], "\n")
		have, name, _ := strings.Cut(line, " ")
		switch strings.Compare(have, key) {
		case 0:
			return name
		case -1:
			low = min(start+len(line)+1, high)
		default:
			high = start
		}
	}
	return ""
}
