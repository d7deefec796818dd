package idname_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf/hwid"
	"github.com/drivercat/drivercat/inf/hwid/idname"
)

func TestLookup(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]idname.Name{
		`PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30`:      {Vendor: "Intel Corporation", Device: "Ethernet Connection (6) I219-V", Subsystem: "Lenovo"},
		`pci\ven_8086&dev_15be&cc_0200`:                     {Vendor: "Intel Corporation", Device: "Ethernet Connection (6) I219-V", Class: "Ethernet controller"},
		`PCI\VEN_8086&DEV_100E&SUBSYS_001E8086`:             {Vendor: "Intel Corporation", Device: "82540EM Gigabit Ethernet Controller", Subsystem: "PRO/1000 MT Desktop Adapter"},
		`PCI\CC_0C0330`:                                     {Class: "USB controller (XHCI)"},
		`PCI\CC_0C03EE`:                                     {Class: "USB controller"},
		`PCI\VEN_D5A1&DEV_0001`:                             {},
		`PCI\VEN_86`:                                        {},
		`USB\VID_046D&PID_C52B&REV_1211&MI_02`:              {Vendor: "Logitech, Inc.", Device: "Unifying Receiver"},
		`USB\Class_08&SubClass_06&Prot_50`:                  {Class: "Mass Storage (SCSI, Bulk-Only)"},
		`PCI\VEN_8086&CC_02`:                                {Vendor: "Intel Corporation"},
		`PCI\CC_02EE`:                                       {Class: "Network controller"},
		`USB\DevClass_00`:                                   {Class: "(Defined at Interface level)"},
		`USB\COMPAT_VID_046D&Class_03`:                      {Vendor: "Logitech, Inc.", Class: "Human Interface Device"},
		`USB\ROOT_HUB30&VID8086&PID9DED&REV0030`:            {Vendor: "Intel Corporation", Device: "Cannon Point-LP USB 3.1 xHCI Controller"},
		`HID\VID_046D&PID_C52B&MI_01&Col02`:                 {Vendor: "Logitech, Inc.", Device: "Unifying Receiver"},
		`HDAUDIO\FUNC_01&VEN_10EC&DEV_0257&SUBSYS_17AA2292`: {Vendor: "Realtek Semiconductor Co., Ltd.", Subsystem: "Lenovo"},
		`ACPI\ELAN0608`:                                     {},
		``:                                                  {},
	} {
		if d := cmp.Diff(want, idname.Lookup(hwid.Parse(id))); d != "" {
			t.Errorf("%s: (-want +got)\n%s", id, d)
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	for want, n := range map[string]idname.Name{
		"Intel Corporation I219-V":   {Vendor: "Intel Corporation", Device: "I219-V", Class: "Ethernet controller"},
		"Intel Corporation Ethernet": {Vendor: "Intel Corporation", Class: "Ethernet"},
		"Human Interface Device":     {Class: "Human Interface Device"},
		"":                           {Subsystem: "Lenovo"},
	} {
		if got := n.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	id := hwid.Parse(`PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30`)
	idname.Lookup(id)
	b.ReportAllocs()
	for b.Loop() {
		idname.Lookup(id)
	}
}
