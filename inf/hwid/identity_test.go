package hwid_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf/hwid"
)

var (
	win7     = hwid.Version{Major: 6, Minor: 1, Build: 7601}
	win1809  = hwid.Version{Major: 10, Build: 17763}
	win10    = hwid.Version{Major: 10, Build: 19045}
	win11    = hwid.Version{Major: 10, Build: 26100}
	ethernet = hwid.PCI{Vendor: 0x8086, Device: 0x15BE, SubVendor: 0x17AA, SubDevice: 0x2292, Revision: 0x30, Class: 0x020000}
	bridge   = hwid.PCI{Vendor: 0x8086, Device: 0x9D84, Revision: 0x30, Class: 0x060100}
	nvme     = hwid.Storage{NVMe: true, Vendor: "ignored", Product: "VMware Virtual NVMe Disk", Revision: "1.0"}
)

type identityCase struct {
	device hwid.Identity
	win    hwid.Version
	want   string // hardware IDs, a line with "--", compatible IDs
}

var identities = map[string]identityCase{
	"PCI with a subsystem": {ethernet, win11, `
		PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30 PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA PCI\VEN_8086&DEV_15BE&CC_020000 PCI\VEN_8086&DEV_15BE&CC_0200 --
		PCI\VEN_8086&DEV_15BE&REV_30 PCI\VEN_8086&DEV_15BE PCI\VEN_8086&CC_020000 PCI\VEN_8086&CC_0200 PCI\VEN_8086 PCI\CC_020000 PCI\CC_0200`},
	"PCI on Windows 7: short IDs are hardware IDs": {ethernet, win7, `
		PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30 PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA PCI\VEN_8086&DEV_15BE&REV_30 PCI\VEN_8086&DEV_15BE
		PCI\VEN_8086&DEV_15BE&CC_020000 PCI\VEN_8086&DEV_15BE&CC_0200 --
		PCI\VEN_8086&CC_020000 PCI\VEN_8086&CC_0200 PCI\VEN_8086 PCI\CC_020000 PCI\CC_0200`},
	"PCI without subsystem": {bridge, win11, `
		PCI\VEN_8086&DEV_9D84&REV_30 PCI\VEN_8086&DEV_9D84 PCI\VEN_8086&DEV_9D84&CC_060100 PCI\VEN_8086&DEV_9D84&CC_0601 --
		PCI\VEN_8086&CC_060100 PCI\VEN_8086&CC_0601 PCI\VEN_8086 PCI\CC_060100 PCI\CC_0601`},
	"PCI Express": {hwid.PCI{Vendor: 0x15AD, Device: 0x07B0, SubVendor: 0x15AD, SubDevice: 0x07B0, Revision: 1, Class: 0x020000, Express: true}, win10, `
		PCI\VEN_15AD&DEV_07B0&SUBSYS_07B015AD&REV_01 PCI\VEN_15AD&DEV_07B0&SUBSYS_07B015AD PCI\VEN_15AD&DEV_07B0&CC_020000 PCI\VEN_15AD&DEV_07B0&CC_0200 --
		PCI\VEN_15AD&DEV_07B0&REV_01 PCI\VEN_15AD&DEV_07B0 PCI\VEN_15AD&CC_020000 PCI\VEN_15AD&CC_0200 PCI\VEN_15AD
		PCI\CC_020000&DT_0 PCI\CC_020000 PCI\CC_0200&DT_0 PCI\CC_0200`},
	"USB device": {hwid.USBDevice{Vendor: 0x8087, Product: 0x0026, Revision: 2, Class: hwid.USBClass{0xE0, 1, 1}}, win10, `
		USB\VID_8087&PID_0026&REV_0002 USB\VID_8087&PID_0026 -- USB\Class_E0&SubClass_01&Prot_01 USB\Class_E0&SubClass_01 USB\Class_E0`},
	"USB device on newer systems: vendor and class first": {hwid.USBDevice{Vendor: 0x1A86, Product: 0x7523, Revision: 0x0264, Class: hwid.USBClass{0xFF, 1, 2}}, win11, `
		USB\VID_1A86&PID_7523&REV_0264 USB\VID_1A86&PID_7523 -- USB\COMPAT_VID_1A86&Class_FF&SubClass_01&Prot_02 USB\COMPAT_VID_1A86&Class_FF&SubClass_01
		USB\COMPAT_VID_1A86&Class_FF USB\Class_FF&SubClass_01&Prot_02 USB\Class_FF&SubClass_01 USB\Class_FF`},
	"USB composite parent": {hwid.USBDevice{Vendor: 0x046D, Product: 0xC52B, Revision: 0x1211, Composite: true}, win10, `
		USB\VID_046D&PID_C52B&REV_1211 USB\VID_046D&PID_C52B --
		USB\DevClass_00&SubClass_00&Prot_00 USB\DevClass_00&SubClass_00 USB\DevClass_00 USB\COMPOSITE`},
	"USB interface": {hwid.USBInterface{Vendor: 0x046D, Product: 0xC52B, Revision: 0x1211, Number: 2, Class: hwid.USBClass{3, 0, 0}}, win1809, `
		USB\VID_046D&PID_C52B&REV_1211&MI_02 USB\VID_046D&PID_C52B&MI_02 -- USB\Class_03&SubClass_00&Prot_00 USB\Class_03&SubClass_00 USB\Class_03`},
	"USB device with Microsoft OS descriptor": {
		hwid.USBDevice{Vendor: 0x1209, Product: 8, Class: hwid.USBClass{0xFF, 0, 0}, Microsoft: hwid.MicrosoftOS{Compatible: "RNDIS", SubCompatible: "5162001"}}, win10, `
		USB\VID_1209&PID_0008&REV_0000 USB\VID_1209&PID_0008 -- USB\MS_COMP_RNDIS&MS_SUBCOMP_5162001 USB\MS_COMP_RNDIS
		USB\Class_FF&SubClass_00&Prot_00 USB\Class_FF&SubClass_00 USB\Class_FF`,
	},
	"USB hub": {hwid.USBDevice{Vendor: 0x05E3, Product: 0x0610, Revision: 0x9226, Class: hwid.USBClass{9, 0, 2}, Hub: "USB20_HUB"}, win10, `
		USB\VID_05E3&PID_0610&REV_9226 USB\VID_05E3&PID_0610 -- USB\USB20_HUB USB\Class_09&SubClass_00&Prot_02 USB\Class_09&SubClass_00 USB\Class_09`},
	"USB root hub": {hwid.USBRootHub{Name: "ROOT_HUB30", Vendor: 0x8086, Product: 0x15EC, Revision: 6}, win10, `
		USB\ROOT_HUB30&VID8086&PID15EC&REV0006 USB\ROOT_HUB30&VID8086&PID15EC USB\ROOT_HUB30 --`},
	"audio codec": {
		hwid.HDAudio{Vendor: 0x10EC, Device: 0x0257, Subsystem: 0x17AA2292, Revision: hwid.CodecRevision(0x100001), ControllerVendor: 0x8086, ControllerDevice: 0x9DC8}, win10, `
		HDAUDIO\FUNC_01&VEN_10EC&DEV_0257&SUBSYS_17AA2292&REV_1000 HDAUDIO\FUNC_01&VEN_10EC&DEV_0257&SUBSYS_17AA2292 --
		HDAUDIO\FUNC_01&CTLR_VEN_8086&CTLR_DEV_9DC8&VEN_10EC&DEV_0257&REV_1000 HDAUDIO\FUNC_01&CTLR_VEN_8086&VEN_10EC&DEV_0257&REV_1000
		HDAUDIO\FUNC_01&VEN_10EC&DEV_0257&REV_1000 HDAUDIO\FUNC_01&CTLR_VEN_8086&CTLR_DEV_9DC8&VEN_10EC&DEV_0257
		HDAUDIO\FUNC_01&CTLR_VEN_8086&VEN_10EC&DEV_0257 HDAUDIO\FUNC_01&VEN_10EC&DEV_0257 HDAUDIO\FUNC_01&CTLR_VEN_8086&CTLR_DEV_9DC8&VEN_10EC
		HDAUDIO\FUNC_01&CTLR_VEN_8086&VEN_10EC HDAUDIO\FUNC_01&VEN_10EC HDAUDIO\FUNC_01&CTLR_VEN_8086&CTLR_DEV_9DC8 HDAUDIO\FUNC_01&CTLR_VEN_8086
		HDAUDIO\FUNC_01&GF&VEN_10EC&DEV_0257&SUBSYS_17AA2292&REV_1000 HDAUDIO\FUNC_01`,
	},
	"ACPI": {hwid.ACPI{Name: "ELAN0608", Compatible: []string{"PNP0C50"}}, win10, `ACPI\VEN_ELAN&DEV_0608 ACPI\ELAN0608 *ELAN0608 -- ACPI\PNP0C50 PNP0C50`},
	"ACPI with subsystem and revision": {hwid.ACPI{Name: "QCOM24A5", Subsystem: "CRD08280", Revision: "0001"}, win11, `
		ACPI\VEN_QCOM&DEV_24A5&SUBSYS_CRD08280&REV_0001 ACPI\VEN_QCOM&DEV_24A5&SUBSYS_CRD08280 ACPI\VEN_QCOM&DEV_24A5&REV_0001 ACPI\VEN_QCOM&DEV_24A5
		ACPI\QCOM24A5 *QCOM24A5 --`},
	"Plug and Play name of three letters": {hwid.ACPI{Name: "PNP0C0A"}, win10, `ACPI\VEN_PNP&DEV_0C0A ACPI\PNP0C0A *PNP0C0A --`},
	"HID collection of a composite device": {
		hwid.HID{Vendor: 0x046D, Product: 0xC52B, Revision: 0x1211, Composite: true, Interface: 1, Collection: 1, UsagePage: 1, Usage: 2}, win10, `
		HID\VID_046D&PID_C52B&REV_1211&MI_01&Col01 HID\VID_046D&PID_C52B&MI_01&Col01 HID_DEVICE_UP:0001_U:0002 HID_DEVICE_SYSTEM_MOUSE HID_DEVICE --`,
	},
	"HID on I2C": {hwid.HID{Name: "ELAN0608", Vendor: 0x04F3, Product: 0x3064, Revision: 1, Collection: 2, UsagePage: 0x0D, Usage: 5}, win10, `
		HID\VID_04F3&PID_3064&REV_0001&Col02 HID\VID_04F3&PID_3064&Col02 HID\ELAN0608&Col02 HID_DEVICE_UP:000D_U:0005 HID_DEVICE --`},
	"monitor": {hwid.Monitor{Maker: "DEL", Product: 0xD050}, win10, `MONITOR\DELD050 -- *PNP09FF`},
	"SCSI disk": {hwid.Storage{Vendor: "SEAGATE", Product: "ST39102LW", Revision: "0004"}, win7, `
		SCSI\DiskSEAGATE_ST39102LW_______0004 SCSI\DiskSEAGATE_ST39102LW_______ SCSI\DiskSEAGATE_ SCSI\SEAGATE_ST39102LW_______0 SEAGATE_ST39102LW_______0 GenDisk --
		SCSI\Disk SCSI\RAW`},
	"NVMe disk with its whole name": {nvme, win10, `
		SCSI\DiskNVMe____________________VMware_Virtual_NVMe_Disk_____1.0 SCSI\DiskNVMe____________________VMware_Virtual_NVMe_Disk
		SCSI\DiskNVMe____VMware_Virtual_N1.0_ SCSI\DiskNVMe____VMware_Virtual_N SCSI\DiskNVMe____ SCSI\NVMe____VMware_Virtual_N1 NVMe____VMware_Virtual_N1 GenDisk --
		SCSI\Disk SCSI\RAW`},
	"NVMe disk before": {nvme, win1809, `
		SCSI\DiskNVMe____VMware_Virtual_N1.0_ SCSI\DiskNVMe____VMware_Virtual_N SCSI\DiskNVMe____ SCSI\NVMe____VMware_Virtual_N1 NVMe____VMware_Virtual_N1 GenDisk --
		SCSI\Disk SCSI\RAW`},
	"SCSI tape has no generic type": {hwid.Storage{Type: hwid.Tape, Vendor: "HP", Product: "Ultrium, 5", Revision: "Z"}, win10, `
		SCSI\SequentialHP______Ultrium__5______Z___ SCSI\SequentialHP______Ultrium__5______ SCSI\SequentialHP______ SCSI\HP______Ultrium__5______Z HP______Ultrium__5______Z --
		SCSI\Sequential SCSI\RAW`},
	"USB stick": {hwid.Storage{USB: true, Vendor: "SanDisk", Product: "Cruzer Edge", Revision: "1.26"}, win10, `
		USBSTOR\DiskSanDisk_Cruzer_Edge_____1.26 USBSTOR\DiskSanDisk_Cruzer_Edge_____ USBSTOR\DiskSanDisk_ USBSTOR\SanDisk_Cruzer_Edge_____1 SanDisk_Cruzer_Edge_____1
		USBSTOR\GenDisk GenDisk -- USBSTOR\Disk USBSTOR\RAW`},
	"IDE disk": {hwid.IDE{Model: "Maxtor 91000D8", Revision: "SASX1B18"}, win7, `
		IDE\DiskMaxtor_91000D8__________________________SASX1B18 IDE\Maxtor_91000D8__________________________SASX1B18 IDE\DiskMaxtor_91000D8__________________________
		Maxtor_91000D8__________________________SASX1B18 GenDisk --`},
	"SD card":            {hwid.SDCard{Manufacturer: 3, OEM: 0x5344, Product: "SU08G", Major: 8}, win10, `SD\VID_03&OID_5344&PID_SU08G&REV_8.0 SD\VID_03&OID_5344&PID_SU08G -- SD\CLASS_STORAGE`},
	"SDIO radio":         {hwid.SDIO{Vendor: 0x02D0, Product: 0x4324, Class: 7}, win10, `SD\VID_02D0&PID_4324 -- SD\CLASS_07`},
	"software component": {hwid.SoftwareComponent{Components: []string{"VID0001&PID0001"}}, win10, `SWC\VID0001&PID0001 --`},
	"opaque":             {hwid.Opaque{Hardware: []string{"BTHENUM\\{0000111e-0000-1000-8000-00805f9b34fb}_LOCALMFG&0046"}}, win10, "BTHENUM\\{0000111e-0000-1000-8000-00805f9b34fb}_LOCALMFG&0046 --"},
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	for name, c := range identities {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := c.device.IDs(c.win)
			hardware, compatible, _ := strings.Cut(c.want, "--")
			if d := cmp.Diff(strings.Fields(hardware), l.Hardware); d != "" {
				t.Errorf("hardware IDs (-want +got)\n%s", d)
			}
			if d := cmp.Diff(strings.Fields(compatible), append([]string{}, l.Compatible...)); d != "" {
				t.Errorf("compatible IDs (-want +got)\n%s", d)
			}
			if l.Partial || len(l.Missing) > 0 {
				t.Errorf("lists are partial: %q", l.Missing)
			}
		})
	}
}

// TestIdentityRoundTrip proves that Parse understands what an identity generates: its bus, no problem, and for the first
// ID the same lists as far as one ID tells.
func TestIdentityRoundTrip(t *testing.T) {
	t.Parallel()
	for name, c := range identities {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := c.device.IDs(c.win)
			for _, s := range append(append([]string{}, l.Hardware...), l.Compatible...) {
				id := hwid.Parse(s)
				if p := id.Problems(); len(p) > 0 {
					t.Errorf("%s: %v", s, p)
				}
				if id.String() != hwid.Normalize(s) {
					t.Errorf("%s: String is %s", s, id.String())
				}
			}
			from := hwid.FromID(l.Hardware[0], c.win)
			if !subsequence(from.Hardware, l.Hardware) || !subsequence(from.Compatible, l.Compatible) {
				t.Errorf("FromID(%s) is not a part of the lists:\n%+v\n%+v", l.Hardware[0], from, l)
			}
			if from.Hardware[0] != l.Hardware[0] {
				t.Errorf("FromID(%s) begins with %s", l.Hardware[0], from.Hardware[0])
			}
		})
	}
}

// subsequence reports whether all of part stands in whole, in the same order.
func subsequence(part, whole []string) bool {
	for _, s := range whole {
		if len(part) > 0 && part[0] == s {
			part = part[1:]
		}
	}
	return len(part) == 0
}

func TestIsComposite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		class                      hwid.USBClass
		configurations, interfaces int
		want                       bool
	}{
		"class left to the interfaces":    {hwid.USBClass{}, 1, 2, true},
		"interface association":           {hwid.USBClass{0xEF, 2, 1}, 1, 3, true},
		"one interface":                   {hwid.USBClass{}, 1, 1, false},
		"two configurations":              {hwid.USBClass{}, 2, 2, false},
		"class of the device's own":       {hwid.USBClass{2, 0, 0}, 1, 2, false},
		"another class of miscellaneous":  {hwid.USBClass{0xEF, 1, 1}, 1, 2, false},
		"bluetooth radio with interfaces": {hwid.USBClass{0xE0, 1, 1}, 1, 2, false},
	} {
		if got := hwid.IsComposite(c.class, c.configurations, c.interfaces); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestEDID(t *testing.T) {
	t.Parallel()
	head := "\x00\xFF\xFF\xFF\xFF\xFF\xFF\x00"
	for name, c := range map[string]struct {
		block string
		want  hwid.Monitor
		ok    bool
	}{
		"maker and product":    {head + "\x10\xAC\x50\xD0", hwid.Monitor{Maker: "DEL", Product: 0xD050}, true},
		"another header":       {"\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x10\xAC\x50\xD0", hwid.Monitor{}, false},
		"too short":            {head + "\x10\xAC\x50", hwid.Monitor{}, false},
		"a maker of no letter": {head + "\x00\x00\x50\xD0", hwid.Monitor{}, false},
	} {
		got, ok := hwid.EDID([]byte(c.block))
		if ok != c.ok || got != c.want {
			t.Errorf("%s: %v %v", name, got, ok)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		v    hwid.Version
		want bool
	}{
		"newest": {hwid.Version{}, true}, "same": {hwid.Version{10, 0, 19041}, true}, "older build": {hwid.Version{10, 0, 19040}, false},
		"any build": {hwid.Version{10, 0, 0}, true}, "older minor": {hwid.Version{6, 3, 99999}, false}, "newer": {hwid.Version{11, 0, 1}, true},
	} {
		if got := c.v.AtLeast(10, 0, 19041); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
