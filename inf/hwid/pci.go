package hwid

import "fmt"

// PCI is a PCI or PCI Express function.
//
// Source: https://learn.microsoft.com/windows-hardware/drivers/install/identifiers-for-pci-devices
type PCI struct {
	Vendor, Device       uint16
	SubVendor, SubDevice uint16 // both 0: no subsystem, as bridges have none
	Revision             uint8
	Class                uint32 // 24 bits: base class, subclass, programming interface
	Express              bool   // it has a PCI Express capability
	PortType             uint8  // of the PCI Express capability: 0 an endpoint, 4 a root port, ...
	Unknown              Unknown
}

// IDs implements Identity.
func (p PCI) IDs(win Version) Lists {
	var l Lists
	dev := fmt.Sprintf(`PCI\VEN_%04X&DEV_%04X`, p.Vendor, p.Device)
	ven := fmt.Sprintf(`PCI\VEN_%04X`, p.Vendor)
	rev, cc, cc4, dt := "", "", "", ""
	if p.Unknown&UnknownRevision == 0 {
		rev = fmt.Sprintf("&REV_%02X", p.Revision)
	}
	if p.Unknown&UnknownClass == 0 {
		cc4 = fmt.Sprintf("CC_%04X", p.Class>>8&0xFFFF)
		if p.Unknown&UnknownInterface == 0 {
			cc = fmt.Sprintf("CC_%06X", p.Class&0xFFFFFF)
		}
	}
	if p.Express {
		dt = fmt.Sprintf("&DT_%X", p.PortType) // Microsoft's page has four digits, Windows writes "DT_0"
	}
	// with appends a part that may be unknown.
	with := func(head, part string) string {
		if part == "" {
			return ""
		}
		return head + part
	}
	two := []string{with(dev, rev), dev}

	sub := p.SubVendor != 0 || p.SubDevice != 0
	if sub {
		s := fmt.Sprintf("%s&SUBSYS_%04X%04X", dev, p.SubDevice, p.SubVendor)
		l.hardware(with(s, rev), s)
	}
	inHardware := !win.moved() || !sub && p.Unknown&UnknownSubsystem == 0
	if inHardware {
		l.hardware(two...)
	}
	l.hardware(with(dev+"&", cc), with(dev+"&", cc4))
	if !inHardware {
		l.compatible(two...)
	}
	l.compatible(with(ven+"&", cc), with(ven+"&", cc4), ven)
	for _, c := range []string{cc, cc4} {
		if c != "" {
			l.compatible(with(`PCI\`+c, dt), `PCI\`+c)
		}
	}
	l.missing(p.Unknown)
	return l
}
