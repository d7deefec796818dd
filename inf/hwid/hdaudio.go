package hwid

import (
	"cmp"
	"fmt"
)

// HDAudio is a function of a High Definition Audio codec.
//
// Source: https://learn.microsoft.com/windows-hardware/drivers/install/identifiers-for-hdaudio-devices
type HDAudio struct {
	Enumerator                         string // "" for HDAUDIO; INTELAUDIO where Intel's sound driver stands between
	Function                           uint8  // 1 (or 0) audio, 2 modem
	Vendor, Device                     uint16
	Subsystem                          uint32 // as the codec gives it: the vendor first, the reverse of PCI
	Revision                           uint16 // four digits of the ID, see CodecRevision
	ControllerVendor, ControllerDevice uint16 // the PCI function that the codec hangs on
	Unknown                            Unknown
}

// CodecRevision makes the revision of an ID from a codec's revision register: bits 23 to 8, so that 0x100302 is 1003.
func CodecRevision(register uint32) uint16 { return uint16(register >> 8) }

// IDs implements Identity.
func (a HDAudio) IDs(Version) Lists {
	var l Lists
	enum := cmp.Or(a.Enumerator, "HDAUDIO")
	fn := fmt.Sprintf(`%s\FUNC_%02X`, enum, max(a.Function, 1))
	ven := fmt.Sprintf("&VEN_%04X", a.Vendor)
	dev := fmt.Sprintf("%s&DEV_%04X", ven, a.Device)
	sub := fmt.Sprintf("%s&SUBSYS_%08X", dev, a.Subsystem)
	rev := fmt.Sprintf("&REV_%04X", a.Revision)
	knowsSub, knowsRev, knowsCtlr := a.Unknown&UnknownSubsystem == 0, a.Unknown&UnknownRevision == 0, a.Unknown&UnknownController == 0

	if knowsSub {
		if knowsRev {
			l.hardware(fn + sub + rev)
		}
		l.hardware(fn + sub)
	}
	if enum != "HDAUDIO" {
		l.missing(a.Unknown | UnknownOther) // another driver makes these lists, and does not document them
		return l
	}
	cv := fmt.Sprintf("&CTLR_VEN_%04X", a.ControllerVendor)
	cd := fmt.Sprintf("%s&CTLR_DEV_%04X", cv, a.ControllerDevice)
	// Each group is one degree of detail, on this controller, on one of its vendor, and on any.
	group := func(known bool, tail string) {
		if known && knowsCtlr {
			l.compatible(fn+cd+tail, fn+cv+tail)
		}
		if known && tail != "" {
			l.compatible(fn + tail)
		}
	}
	group(knowsRev, dev+rev)
	group(true, dev)
	group(true, ven)
	group(true, "")
	if knowsSub && knowsRev {
		l.compatible(fn + "&GF" + sub + rev)
	}
	l.compatible(fn)
	l.missing(a.Unknown)
	return l
}
