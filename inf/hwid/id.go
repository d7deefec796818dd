package hwid

import (
	"strconv"
	"strings"
)

// Bus is the family an identifier belongs to. It is not always the enumerator: "*PNP0303" has none.
type Bus string

// The buses whose identifiers are understood. Everything else is opaque: compared as it is, without parts.
const (
	BusPCI       Bus = "PCI"
	BusUSB       Bus = "USB"
	BusHDAudio   Bus = "HDAUDIO" // INTELAUDIO and other enumerators of FUNC_ identifiers too
	BusACPI      Bus = "ACPI"    // ACPI\..., *PNP0303, PNP0C50
	BusHID       Bus = "HID"
	BusMonitor   Bus = "MONITOR"
	BusStorage   Bus = "STORAGE" // SCSI, USBSTOR, IDE, UFSSTOR and the generic types such as GenDisk
	BusSD        Bus = "SD"
	BusBluetooth Bus = "BLUETOOTH" // BTHENUM, BTHLE, BTHHFENUM, BTH, ...: not taken apart
	BusSoftware  Bus = "SOFTWARE"  // SWC, SWD, ROOT, UEFI: names that software gives
	BusPrinter   Bus = "PRINTER"   // USBPRINT, WSDPRINT, LPTENUM, DOT4PRT: not taken apart
	BusOpaque    Bus = "OPAQUE"
)

// Part is one part of an identifier, in upper case: VEN and 8086 for "VEN_8086". A part without value has an empty one.
type Part struct {
	Key, Value string
}

// ID is an identifier taken apart.
type ID struct {
	Text       string // as given, without blanks around it
	Bus        Bus
	Enumerator string // in upper case, without backslash; "" for bare names, "*" for names on any enumerator
	Device     string // what follows the enumerator, in upper case
	Parts      []Part // in their order; empty for names that are not taken apart
	Instance   string // third component, if an instance path was given; no part of the identifier
}

// String returns the identifier as it is compared: in upper case, without instance.
func (id ID) String() string {
	switch id.Enumerator {
	case "", "*":
		return id.Enumerator + id.Device
	}
	return id.Enumerator + `\` + id.Device
}

// Value returns the first part of that key.
func (id ID) Value(key string) (string, bool) {
	for _, p := range id.Parts {
		if p.Key == key {
			return p.Value, true
		}
	}
	return "", false
}

// hex reads a part of exactly so many hexadecimal digits.
func (id ID) hex(key string, digits int) (uint32, bool) {
	v, ok := id.Value(key)
	if !ok || len(v) != digits || !isHex(v) {
		return 0, false
	}
	n, err := strconv.ParseUint(v, 16, 32)
	return uint32(n), err == nil
}

// keys joins the keys in their order, for comparing forms.
func (id ID) keys() string {
	var b strings.Builder
	for i, p := range id.Parts {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.Key)
	}
	return b.String()
}

// Normalize gives an identifier the form in which it is compared: upper case, no blanks around it. Instances stay.
func Normalize(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

// FromInstance cuts the instance from a device instance path: what is left is the device ID, on most buses the first
// hardware ID of the device. A string with fewer than two backslashes is returned as it is.
//
// Source: https://learn.microsoft.com/windows-hardware/drivers/install/device-instance-ids
func FromInstance(path string) string {
	path = strings.TrimSpace(path)
	if i := strings.IndexByte(path, '\\'); i >= 0 {
		if j := strings.IndexByte(path[i+1:], '\\'); j >= 0 {
			return strings.TrimSpace(path[:i+1+j])
		}
	}
	return path
}

// buses maps enumerators to their family.
var buses = map[string]Bus{
	"PCI": BusPCI, "USB": BusUSB, "HDAUDIO": BusHDAudio, "INTELAUDIO": BusHDAudio, "ACPI": BusACPI, "HID": BusHID, "MONITOR": BusMonitor, "DISPLAY": BusMonitor,
	"SCSI": BusStorage, "USBSTOR": BusStorage, "IDE": BusStorage, "UFSSTOR": BusStorage, "SD": BusSD, "SWC": BusSoftware, "SWD": BusSoftware, "ROOT": BusSoftware,
	"UEFI": BusSoftware, "USBPRINT": BusPrinter, "WSDPRINT": BusPrinter, "LPTENUM": BusPrinter, "DOT4PRT": BusPrinter,
}

// Parse takes an identifier or an instance path apart. It refuses nothing.
func Parse(s string) ID {
	id := ID{Text: strings.TrimSpace(s)}
	up := strings.ToUpper(id.Text)
	enum, dev, ok := strings.Cut(up, `\`)
	if !ok || enum == "" {
		id.parseBare(up)
		return id
	}
	id.Enumerator, id.Device = enum, dev
	if i := strings.IndexByte(dev, '\\'); i >= 0 {
		id.Device = strings.TrimSpace(dev[:i])
		rest := id.Text
		for range 2 { // as spelled: serial numbers know two cases
			_, rest, _ = strings.Cut(rest, `\`)
		}
		id.Instance = rest
	}
	switch bus, known := buses[enum]; {
	case known:
		id.Bus = bus
	case strings.HasPrefix(enum, "BTH"):
		id.Bus = BusBluetooth
	case strings.HasPrefix(id.Device, "FUNC_"):
		id.Bus = BusHDAudio
	default:
		id.Bus = BusOpaque
	}
	switch id.Bus {
	case BusPCI, BusUSB, BusHDAudio, BusSD, BusHID, BusSoftware:
		id.Parts = parts(id.Device)
	case BusACPI:
		id.parseACPI()
	case BusMonitor:
		if v, d, ok := splitName(id.Device); ok && len(v) == 3 {
			id.Parts = []Part{{"VEN", v}, {"DEV", d}}
		}
	case BusStorage:
		id.parseStorage()
	}
	return id
}

// parseBare reads names without enumerator.
func (id *ID) parseBare(up string) {
	id.Device = up
	if rest, ok := strings.CutPrefix(up, "*"); ok {
		id.Enumerator, id.Device = "*", rest
	}
	switch v, d, ok := splitName(id.Device); {
	case ok:
		id.Bus, id.Parts = BusACPI, []Part{{"VEN", v}, {"DEV", d}}
	case strings.HasPrefix(up, "HID_DEVICE"):
		id.Bus = BusHID
		if page, usage, ok := strings.Cut(strings.TrimPrefix(up, "HID_DEVICE_UP:"), "_U:"); ok {
			id.Parts = []Part{{"UP", page}, {"U", usage}}
		}
	case isGeneric(up):
		id.Bus = BusStorage
	default:
		id.Bus = BusOpaque
	}
}

// isGeneric reports whether up, in upper case, is a generic type of storage.
func isGeneric(up string) bool {
	for _, types := range [][]typeName{scsiTypes[:], ideTypes[:]} {
		for _, t := range types {
			if t.generic != "" && strings.EqualFold(t.generic, up) {
				return true
			}
		}
	}
	return up == "GENSFLOPPY" || up == "USBSTOROTHER"
}

func (id *ID) parseACPI() {
	if v, d, ok := splitName(id.Device); ok {
		id.Parts = []Part{{"VEN", v}, {"DEV", d}}
	} else if strings.HasPrefix(id.Device, "VEN_") {
		id.Parts = parts(id.Device)
	}
}

// double are keys that have an underscore of their own.
var double = [...]string{"CTLR_VEN", "CTLR_DEV", "CTRL_VEN", "CTRL_DEV", "COMPAT_VID", "MS_COMP", "MS_SUBCOMP"}

// joined are keys whose value follows without underscore: Col01 of HID, VID8086 of root hubs and software components.
var joined = [...]string{"COL", "VID", "PID", "REV"}

// parts splits "VEN_8086&DEV_15BE". The key ends at the first underscore; a part without one is a key of its own.
func parts(s string) []Part {
	if s == "" {
		return nil
	}
	out := make([]Part, 0, strings.Count(s, "&")+1)
	for p := range strings.SplitSeq(s, "&") {
		out = append(out, part(p))
	}
	return out
}

func part(p string) Part {
	for _, k := range double {
		if rest, ok := strings.CutPrefix(p, k+"_"); ok {
			return Part{k, rest}
		}
	}
	for _, k := range joined {
		if rest, ok := strings.CutPrefix(p, k); ok && isHex(rest) {
			return Part{k, rest}
		}
	}
	key, value, _ := strings.Cut(p, "_")
	return Part{key, value}
}

// parseStorage splits fields of fixed width: type, vendor (8), product (16 or 40), revision (1, 4 or 8). The part TYPE keeps
// its name, the others lose their padding.
func (id *ID) parseStorage() {
	rest := id.Device
	add := func(key string, width int) {
		f := strings.Trim(rest[:min(width, len(rest))], "_")
		rest = rest[min(width, len(rest)):]
		if f != "" {
			id.Parts = append(id.Parts, Part{key, f})
		}
	}
	if isGeneric(id.Device) || id.Device == "RAW" {
		return
	}
	if strings.Contains(id.Device, "&VEN_") { // the device ID, which instance paths begin with
		id.Parts = parts(id.Device)
		id.Parts[0] = Part{"TYPE", id.Parts[0].Key}
		return
	}
	for _, t := range append(scsiTypes[:], typeName{name: "SFloppy"}) {
		if n := strings.ToUpper(t.name); strings.HasPrefix(rest, n) {
			id.Parts = append(id.Parts, Part{"TYPE", n})
			rest = rest[len(n):]
			break
		}
	}
	if id.Enumerator == "IDE" {
		add("PRODUCT", 40)
		add("REVISION", len(rest))
		return
	}
	add("VENDOR", 8)
	if len(rest) >= 40 {
		add("PRODUCT", 40)
	} else {
		add("PRODUCT", 16)
	}
	add("REVISION", len(rest))
}
