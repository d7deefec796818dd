package hwid

import "strings"

// SoftwareComponent is a device that an INF adds with AddComponent: one hardware ID for each of its ComponentIDs.
//
// Source: https://learn.microsoft.com/windows-hardware/drivers/install/inf-addcomponent-directive
type SoftwareComponent struct {
	Components []string // ComponentIDs, in their order
}

// IDs implements Identity.
func (s SoftwareComponent) IDs(Version) Lists {
	var l Lists
	for _, c := range s.Components {
		if c = strings.TrimSpace(c); c != "" {
			l.hardware(`SWC\` + c)
		}
	}
	return l
}

// Opaque is a device whose identifiers nobody documents (Bluetooth services, printers, buses of a vendor's own) or that an
// inventory has already listed: the lists are what they are given as.
type Opaque Lists

// IDs implements Identity.
func (o Opaque) IDs(Version) Lists {
	l := Lists{Partial: o.Partial, Missing: o.Missing}
	l.hardware(o.Hardware...)
	l.compatible(o.Compatible...)
	return l
}
