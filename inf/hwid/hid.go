package hwid

import "fmt"

// HID is a top-level collection of a human interface device. All its identifiers are hardware IDs.
//
// Source: https://learn.microsoft.com/windows-hardware/drivers/hid/hidclass-hardware-ids-for-top-level-collections
type HID struct {
	Name            string // an ACPI name, for a device on I²C: its IDs come after those of vendor and product
	Vendor, Product uint16
	Revision        uint16
	Composite       bool  // the device is a function of a composite USB device,
	Interface       uint8 // with this number
	Collection      uint8 // from 1; 0 if there is only one collection
	UsagePage       uint16
	Usage           uint16
	Unknown         Unknown
}

// IDs implements Identity.
func (h HID) IDs(Version) Lists {
	var l Lists
	mi, col := "", ""
	if h.Composite {
		mi = fmt.Sprintf("&MI_%02X", h.Interface)
	}
	if h.Collection > 0 {
		col = fmt.Sprintf("&Col%02X", h.Collection)
	}
	if h.Vendor != 0 || h.Product != 0 {
		id := fmt.Sprintf(`HID\VID_%04X&PID_%04X`, h.Vendor, h.Product)
		if h.Unknown&UnknownRevision == 0 {
			l.hardware(fmt.Sprintf("%s&REV_%04X%s%s", id, h.Revision, mi, col))
		}
		l.hardware(id + mi + col)
	}
	if h.Name != "" {
		l.hardware(`HID\` + h.Name + col)
	}
	if h.Unknown&UnknownUsage == 0 {
		l.hardware(fmt.Sprintf("HID_DEVICE_UP:%04X_U:%04X", h.UsagePage, h.Usage), systemUsage(h.UsagePage, h.Usage))
	}
	l.hardware("HID_DEVICE")
	l.missing(h.Unknown)
	return l
}

// systemUsage is the ID of a collection that Windows itself opens.
func systemUsage(page, usage uint16) string {
	switch [2]uint16{page, usage} {
	case [2]uint16{1, 1}, [2]uint16{1, 2}:
		return "HID_DEVICE_SYSTEM_MOUSE"
	case [2]uint16{1, 4}, [2]uint16{1, 5}:
		return "HID_DEVICE_SYSTEM_GAME"
	case [2]uint16{1, 6}, [2]uint16{1, 7}:
		return "HID_DEVICE_SYSTEM_KEYBOARD"
	case [2]uint16{1, 0x80}:
		return "HID_DEVICE_SYSTEM_CONTROL"
	case [2]uint16{0x0C, 1}:
		return "HID_DEVICE_SYSTEM_CONSUMER"
	}
	return ""
}
