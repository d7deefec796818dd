package hwid

import "strings"

// FromID makes the lists of a device of which one identifier is known, as people paste it: a hardware ID or an instance
// path. The most complete identifier gives the most complete lists; what cannot be derived from it (the class, above all)
// is named in Missing. The identifier itself is always in the lists: among the compatible ones if it is a class or a vendor
// only, else a hardware ID, though Windows might count a short one as compatible.
func FromID(s string, win Version) Lists {
	id := Parse(FromInstance(s))
	var l Lists
	switch id.Bus {
	case BusPCI:
		l = id.pci().lists(win)
	case BusUSB:
		l = id.usb(win)
	case BusHDAudio:
		l = id.hdaudio(win)
	case BusACPI:
		l = id.acpi(win)
	case BusHID:
		l = id.hid(win)
	case BusStorage:
		l = id.storage(win)
		if len(l.Hardware) > 0 && (strings.Contains(id.Device, "&VEN_") || has(l.Hardware, id.Text)) {
			return l // a device ID with "&Ven_" is no hardware ID
		}
	case BusMonitor:
		if id.Enumerator == "DISPLAY" && len(id.Parts) == 2 { // the instance path of a monitor
			id.Enumerator = "MONITOR"
			id.Text = id.String()
		}
		l.compatible("*PNP09FF")
	case BusSoftware:
		l.hardware(id.Text)
		return l
	}
	if !has(l.Hardware, id.Text) && !has(l.Compatible, id.Text) {
		l.Hardware = append([]string{id.Text}, l.Hardware...)
	}
	if id.Bus != BusMonitor && !l.Partial {
		l.missing(UnknownOther)
	}
	return l
}

func has(list []string, id string) bool {
	return len(appendNew(list[:len(list):len(list)], []string{id})) == len(list)
}

// knownPCI is a PCI function of which perhaps not even the device is known.
type knownPCI struct {
	PCI
	id ID
	ok bool // vendor and device are known
}

func (id ID) pci() knownPCI {
	k := knownPCI{id: id}
	v, ok1 := id.hex("VEN", 4)
	d, ok2 := id.hex("DEV", 4)
	k.ok = ok1 && ok2
	k.Vendor, k.Device, k.Unknown = uint16(v), uint16(d), UnknownExpress
	if s, ok := id.hex("SUBSYS", 8); ok {
		k.SubDevice, k.SubVendor = uint16(s>>16), uint16(s)
	}
	if r, ok := id.hex("REV", 2); ok {
		k.Revision = uint8(r)
	} else {
		k.Unknown |= UnknownRevision
	}
	if c, ok := id.hex("CC", 6); ok {
		k.Class = c
	} else if c, ok := id.hex("CC", 4); ok {
		k.Class = c << 8
		k.Unknown |= UnknownInterface
	} else {
		k.Unknown |= UnknownClass
	}
	return k
}

// lists takes an identifier without subsystem for that of a device without one, for then it is a hardware ID.
func (k knownPCI) lists(win Version) Lists {
	if !k.ok {
		l := Lists{}
		l.compatible(k.id.Text)
		l.missing(UnknownOther)
		return l
	}
	sub, named := k.id.Value("SUBSYS")
	l := k.IDs(win)
	switch {
	case !named:
		l.Missing = append([]string{"subsystem (taken as none)"}, l.Missing...)
	case k.SubVendor == 0 && k.SubDevice == 0 && isHex(sub): // Windows reports a subsystem of zeros for some devices
		full := k.id.String()
		head, _, _ := strings.Cut(full, "&REV_")
		l.Hardware = appendNew(appendNew(nil, []string{full, head}), l.Hardware)
	}
	return l
}

func (id ID) usb(win Version) (l Lists) {
	v, ok1 := id.hex("VID", 4)
	p, ok2 := id.hex("PID", 4)
	if !ok1 || !ok2 || strings.HasPrefix(id.Device, "ROOT_HUB") {
		return id.usbOther(win)
	}
	r, hasRev := id.hex("REV", 4)
	u := UnknownClass
	if !hasRev {
		u |= UnknownRevision
	}
	switch id.keys() {
	case "VID&PID&REV", "VID&PID":
		return USBDevice{Vendor: uint16(v), Product: uint16(p), Revision: uint16(r), Unknown: u}.IDs(win)
	case "VID&PID&REV&MI", "VID&PID&MI":
		if mi, ok := id.hex("MI", 2); ok {
			return USBInterface{Vendor: uint16(v), Product: uint16(p), Revision: uint16(r), Number: uint8(mi), Unknown: u}.IDs(win)
		}
	}
	return l
}

// usbOther makes the lists of root hubs, and of IDs that name a class instead of a device.
func (id ID) usbOther(win Version) (l Lists) {
	if name, _, _ := strings.Cut(id.Device, "&"); strings.HasPrefix(name, "ROOT_HUB") {
		v, ok1 := id.hex("VID", 4)
		p, ok2 := id.hex("PID", 4)
		r, ok3 := id.hex("REV", 4)
		if ok1 && ok2 && ok3 {
			return USBRootHub{Name: name, Vendor: uint16(v), Product: uint16(p), Revision: uint16(r)}.IDs(win)
		}
		l.hardware(id.Text)
		if ok1 && ok2 {
			l.hardware(`USB\` + name)
		}
		return l
	}
	for _, k := range []string{"CLASS", "DEVCLASS", "COMPAT_VID", "MS_COMP", "COMPOSITE"} {
		if _, ok := id.Value(k); ok {
			l.compatible(id.Text)
			l.missing(UnknownOther)
			return l
		}
	}
	return l
}

func (id ID) hdaudio(win Version) Lists {
	a := HDAudio{Enumerator: id.Enumerator, Unknown: 0}
	f, ok := id.hex("FUNC", 2)
	v, ok1 := id.hex("VEN", 4)
	d, ok2 := id.hex("DEV", 4)
	if !ok || !ok1 || !ok2 {
		return Lists{}
	}
	a.Function, a.Vendor, a.Device = uint8(f), uint16(v), uint16(d)
	if s, ok := id.hex("SUBSYS", 8); ok {
		a.Subsystem = s
	} else {
		a.Unknown |= UnknownSubsystem
	}
	if r, ok := id.hex("REV", 4); ok {
		a.Revision = uint16(r)
	} else {
		a.Unknown |= UnknownRevision
	}
	cv, ok1 := id.hex("CTLR_VEN", 4)
	cd, ok2 := id.hex("CTLR_DEV", 4)
	if a.ControllerVendor, a.ControllerDevice = uint16(cv), uint16(cd); !ok1 || !ok2 {
		a.Unknown |= UnknownController
	}
	return a.IDs(win)
}

func (id ID) acpi(win Version) (l Lists) {
	v, ok1 := id.Value("VEN")
	d, ok2 := id.Value("DEV")
	if !ok1 || !ok2 {
		return l
	}
	a := ACPI{Name: v + d, Unknown: UnknownNames | UnknownCompatible}
	if id.Enumerator != "ACPI" { // a name that any bus may report
		l.hardware(id.Text)
		l.missing(UnknownOther)
		return l
	}
	a.Subsystem, _ = id.Value("SUBSYS")
	a.Revision, _ = id.Value("REV")
	return a.IDs(win)
}

func (id ID) hid(win Version) (l Lists) {
	h := HID{Unknown: UnknownUsage}
	v, ok1 := id.hex("VID", 4)
	p, ok2 := id.hex("PID", 4)
	if !ok1 || !ok2 {
		if id.Enumerator == "HID" {
			l.hardware(id.Text, "HID_DEVICE")
		}
		return l
	}
	h.Vendor, h.Product = uint16(v), uint16(p)
	r, ok := id.hex("REV", 4)
	if h.Revision = uint16(r); !ok {
		h.Unknown |= UnknownRevision
	}
	if mi, ok := id.hex("MI", 2); ok {
		h.Composite, h.Interface = true, uint8(mi)
	}
	if c, ok := id.hex("COL", 2); ok {
		h.Collection = uint8(c)
	}
	return h.IDs(win)
}

// storage reads the fields of a full SCSI or USBSTOR identifier, or the device ID that an instance path begins with:
// "SCSI\Disk&Ven_NVMe&Prod_Samsung_SSD_970". They are taken as spelled.
func (id ID) storage(win Version) (l Lists) {
	name, ok := id.Value("TYPE")
	if !ok || id.Enumerator != "SCSI" && id.Enumerator != "USBSTOR" {
		return l
	}
	s := Storage{USB: id.Enumerator == "USBSTOR", Floppy: name == "SFLOPPY"}
	for t, n := range scsiTypes {
		if strings.EqualFold(n.name, name) {
			s.Type = StorageType(t)
			break
		}
	}
	_, device, _ := strings.Cut(id.Text, `\`)
	rest := device[len(name):]
	const vendor, product, revision = 8, 16, 4
	switch {
	case strings.HasPrefix(id.Device[len(name):], "&VEN_"):
		s.Unknown = UnknownRevision
		for f := range strings.SplitSeq(rest, "&") {
			switch key, value, _ := strings.Cut(f, "_"); strings.ToUpper(key) {
			case "VEN":
				s.Vendor = value
			case "PROD":
				s.Product = value
			case "REV":
				s.Revision = value
				s.Unknown &^= UnknownRevision
			}
		}
	case len(rest) == vendor+product+revision:
		s.Vendor, s.Product, s.Revision = rest[:vendor], rest[vendor:vendor+product], rest[vendor+product:]
	default:
		return l
	}
	if s.NVMe = strings.EqualFold(strings.TrimRight(s.Vendor, "_"), "NVMe"); s.NVMe && win.longStorage() {
		s.Unknown |= UnknownProduct
	}
	return s.IDs(win)
}
