package hwid

import "strings"

// ACPI is a device that the firmware describes.
//
// Source: https://learn.microsoft.com/windows-hardware/drivers/acpi/device-identification-objects-in-acpi
type ACPI struct {
	Name       string   // _HID: "ELAN0608", "PNP0C0A"
	Subsystem  string   // _SUB, empty if there is none
	Revision   string   // _HRV in four digits, empty if there is none
	Compatible []string // _CID, in their order
	Unknown    Unknown
}

// IDs implements Identity.
func (a ACPI) IDs(Version) Lists {
	var l Lists
	name := strings.ToUpper(a.Name)
	if ven, dev, ok := splitName(name); ok {
		id := `ACPI\VEN_` + ven + "&DEV_" + dev
		if a.Subsystem != "" && a.Revision != "" {
			l.hardware(id + "&SUBSYS_" + strings.ToUpper(a.Subsystem) + "&REV_" + strings.ToUpper(a.Revision))
		}
		if a.Subsystem != "" {
			l.hardware(id + "&SUBSYS_" + strings.ToUpper(a.Subsystem))
		}
		if a.Revision != "" {
			l.hardware(id + "&REV_" + strings.ToUpper(a.Revision))
		}
		l.hardware(id)
	}
	if name != "" {
		l.hardware(`ACPI\`+name, "*"+name)
	}
	for _, c := range a.Compatible {
		if c = strings.ToUpper(strings.TrimSpace(c)); c != "" {
			l.compatible(`ACPI\`+c, c)
		}
	}
	l.missing(a.Unknown)
	return l
}

// splitName splits a Plug and Play or ACPI name into vendor and device: three letters, or four characters, before four
// digits.
func splitName(s string) (vendor, device string, ok bool) {
	if len(s) != 7 && len(s) != 8 {
		return "", "", false
	}
	vendor, device = s[:len(s)-4], s[len(s)-4:]
	if !isHex(device) {
		return "", "", false
	}
	for i := range len(vendor) {
		c := vendor[i]
		letter := 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
		if !letter && (len(vendor) == 3 || c < '0' || c > '9') {
			return "", "", false
		}
	}
	return vendor, device, true
}

func isHex(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'F') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return s != ""
}
