package hwid

import "fmt"

// USBClass is the class of a USB device or interface.
type USBClass struct {
	Class, SubClass, Protocol uint8
}

// forms are the three identifiers of a class, the most specific one first; stem is what stands before "Class_".
func (c USBClass) forms(stem string) []string {
	return []string{
		fmt.Sprintf(`USB\%sClass_%02X&SubClass_%02X&Prot_%02X`, stem, c.Class, c.SubClass, c.Protocol),
		fmt.Sprintf(`USB\%sClass_%02X&SubClass_%02X`, stem, c.Class, c.SubClass),
		fmt.Sprintf(`USB\%sClass_%02X`, stem, c.Class),
	}
}

// list puts the class IDs into the compatible list, on newer systems behind those that name the vendor too.
func (c USBClass) list(l *Lists, win Version, vendor uint16, prefix string) {
	if win.compatVID() {
		l.compatible(c.forms(fmt.Sprintf("COMPAT_VID_%04X&%s", vendor, prefix))...)
	}
	l.compatible(c.forms(prefix)...)
}

// MicrosoftOS is what a Microsoft OS descriptor says: up to eight letters, digits and underscores each.
//
// Source: https://learn.microsoft.com/windows-hardware/drivers/usbcon/microsoft-defined-usb-descriptors
type MicrosoftOS struct {
	Compatible, SubCompatible string // such as "WINUSB", ""
}

func (m MicrosoftOS) list(l *Lists) {
	if m.Compatible == "" {
		return
	}
	if m.SubCompatible != "" {
		l.compatible(`USB\MS_COMP_` + m.Compatible + "&MS_SUBCOMP_" + m.SubCompatible)
	}
	l.compatible(`USB\MS_COMP_` + m.Compatible)
}

// USBDevice is a whole USB device: one with a single function, or the parent of a composite one.
//
// Source: https://learn.microsoft.com/windows-hardware/drivers/install/standard-usb-identifiers and
// https://learn.microsoft.com/windows-hardware/drivers/usbcon/enumeration-of-the-composite-parent-device
type USBDevice struct {
	Vendor, Product uint16
	Revision        uint16   // bcdDevice
	Class           USBClass // of a device with a single interface and class 0: the interface's
	Composite       bool     // see IsComposite
	Microsoft       MicrosoftOS
	Hub             string // "USB20_HUB" or "USB30_HUB" for a hub, else empty
	Unknown         Unknown
}

// IsComposite reports whether the USB stack of Windows makes a composite device of one with these facts: one configuration,
// two or more interfaces, and a class of the device that leaves the choice to them.
func IsComposite(class USBClass, configurations, interfaces int) bool {
	return configurations == 1 && interfaces > 1 && (class.Class == 0 || class == USBClass{0xEF, 0x02, 0x01})
}

// IDs implements Identity.
func (d USBDevice) IDs(win Version) Lists {
	var l Lists
	id := fmt.Sprintf(`USB\VID_%04X&PID_%04X`, d.Vendor, d.Product)
	if d.Unknown&UnknownRevision == 0 {
		l.hardware(fmt.Sprintf("%s&REV_%04X", id, d.Revision))
	}
	l.hardware(id)
	d.Microsoft.list(&l)
	if d.Hub != "" {
		l.compatible(`USB\` + d.Hub)
	}
	switch {
	case d.Unknown&UnknownClass != 0:
	case d.Composite:
		d.Class.list(&l, win, d.Vendor, "Dev")
		l.compatible(`USB\COMPOSITE`)
	default:
		d.Class.list(&l, win, d.Vendor, "")
	}
	l.missing(d.Unknown)
	return l
}

// USBInterface is one function of a composite USB device: an interface, or several joined by an interface association.
//
// Source: https://learn.microsoft.com/windows-hardware/drivers/usbcon/enumeration-of-interfaces-on-usb-composite-devices
type USBInterface struct {
	Vendor, Product uint16
	Revision        uint16   // bcdDevice
	Number          uint8    // bInterfaceNumber; bFirstInterface of an association
	Class           USBClass // of the interface or the association
	Microsoft       MicrosoftOS
	Unknown         Unknown
}

// IDs implements Identity.
func (i USBInterface) IDs(win Version) Lists {
	var l Lists
	id := fmt.Sprintf(`USB\VID_%04X&PID_%04X`, i.Vendor, i.Product)
	if i.Unknown&UnknownRevision == 0 {
		l.hardware(fmt.Sprintf("%s&REV_%04X&MI_%02X", id, i.Revision, i.Number))
	}
	l.hardware(fmt.Sprintf("%s&MI_%02X", id, i.Number))
	i.Microsoft.list(&l)
	if i.Unknown&UnknownClass == 0 {
		i.Class.list(&l, win, i.Vendor, "")
	}
	l.missing(i.Unknown)
	return l
}

// USBRootHub is the hub inside a host controller. Its parts have no underscores.
type USBRootHub struct {
	Name            string // "ROOT_HUB30", "ROOT_HUB20" or "ROOT_HUB"
	Vendor, Product uint16 // of the controller
	Revision        uint16
}

// IDs implements Identity.
func (h USBRootHub) IDs(Version) Lists {
	var l Lists
	id := `USB\` + h.Name
	l.hardware(fmt.Sprintf("%s&VID%04X&PID%04X&REV%04X", id, h.Vendor, h.Product, h.Revision), fmt.Sprintf("%s&VID%04X&PID%04X", id, h.Vendor, h.Product), id)
	return l
}
