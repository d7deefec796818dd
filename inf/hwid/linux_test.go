package hwid_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf/hwid"
)

const lspciVerbose = `00:1f.6 Ethernet controller [0200]: Intel Corporation Ethernet Connection (6) I219-V [8086:15be] (rev 30)
	Subsystem: Lenovo Device [17aa:2292]
	Flags: bus master, fast devsel, latency 0, IRQ 130
	Capabilities: [c8] Power Management version 3
	Kernel driver in use: e1000e

00:1d.0 PCI bridge [0604]: Intel Corporation Cannon Point-LP PCI Express Root Port #9 [8086:9db0] (rev f0) (prog-if 00 [Normal decode])
	Flags: bus master, fast devsel, latency 0, IRQ 122
	Capabilities: [40] Express Root Port (Slot+), MSI 00

01:00.0 Non-Volatile memory controller [0108]: Samsung Electronics Co Ltd NVMe SSD Controller [Pascal] [144d:a808] (prog-if 02 [NVM Express])
	Subsystem: Samsung Electronics Co Ltd Device [144d:a801]
	Flags: fast devsel
	Capabilities: <access denied>

02:00.0 Network controller [0280]: Intel Corporation Wi-Fi 6 AX200 [8086:2723] (rev 1a)
	Flags: fast devsel
	Capabilities: [40] Express (v2) Endpoint, MSI 00
`

const lsusbVerbose = `Bus 001 Device 001: ID 1d6b:0002 Linux Foundation 2.0 root hub
Device Descriptor:
  bcdUSB               2.00
  bDeviceClass            9 Hub
  idVendor           0x1d6b Linux Foundation

Bus 001 Device 004: ID 04f2:b6dd Chicony Electronics Co., Ltd Integrated Camera
Device Descriptor:
  bcdUSB               2.01
  bDeviceClass          239 Miscellaneous Device
  bDeviceSubClass         2
  bDeviceProtocol         1 Interface Association
  idVendor           0x04f2 Chicony Electronics Co., Ltd
  idProduct          0xb6dd
  bcdDevice           27.10
  bNumConfigurations      1
  Configuration Descriptor:
    bNumInterfaces          3
    Interface Association:
      bFirstInterface         0
      bInterfaceCount         2
      bFunctionClass         14 Video
      bFunctionSubClass       3 Video Interface Collection
      bFunctionProtocol       0
    Interface Descriptor:
      bInterfaceNumber        0
      bAlternateSetting       0
      bInterfaceClass        14 Video
      bInterfaceSubClass      1 Video Control
      bInterfaceProtocol      0
    Interface Descriptor:
      bInterfaceNumber        1
      bAlternateSetting       0
      bInterfaceClass        14 Video
      bInterfaceSubClass      2 Video Streaming
    Interface Descriptor:
      bInterfaceNumber        1
      bAlternateSetting       1
      bInterfaceClass        14 Video
    Interface Descriptor:
      bInterfaceNumber        2
      bAlternateSetting       0
      bInterfaceClass       254 Application Specific Interface
      bInterfaceSubClass      1 Device Firmware Update
      bInterfaceProtocol      1

Bus 002 Device 002: ID 0781:5583 SanDisk Corp. Ultra Fit
Device Descriptor:
  bcdUSB               3.00
  bDeviceClass            0 (Defined at Interface level)
  bDeviceSubClass         0
  bDeviceProtocol         0
  bcdDevice            1.00
  bNumConfigurations      1
  Configuration Descriptor:
    bNumInterfaces          1
    Interface Descriptor:
      bInterfaceNumber        0
      bAlternateSetting       0
      bInterfaceClass         8 Mass Storage
      bInterfaceSubClass      6 SCSI
      bInterfaceProtocol     80 Bulk-Only
Bus 002 Device 003: ID 05e3:0626 Genesys Logic, Inc. Hub
Device Descriptor:
  bcdUSB               3.20
  bDeviceClass            9 Hub
  bDeviceProtocol         3
  bcdDevice            6.54
  bNumConfigurations      1
`

func TestLSPCI(t *testing.T) {
	t.Parallel()
	express := hwid.UnknownExpress
	for name, c := range map[string]struct {
		text string
		want []hwid.Device
	}{
		"-nnv": {lspciVerbose, []hwid.Device{
			{"00:1f.6", "Intel Corporation Ethernet Connection (6) I219-V", ethernet},
			{"00:1d.0", "Intel Corporation Cannon Point-LP PCI Express Root Port #9", hwid.PCI{Vendor: 0x8086, Device: 0x9DB0, Revision: 0xF0, Class: 0x060400, Express: true, PortType: 4}},
			{"01:00.0", "Samsung Electronics Co Ltd NVMe SSD Controller [Pascal]", hwid.PCI{Vendor: 0x144D, Device: 0xA808, SubVendor: 0x144D, SubDevice: 0xA801, Class: 0x010802, Unknown: express}},
			{"02:00.0", "Intel Corporation Wi-Fi 6 AX200", hwid.PCI{Vendor: 0x8086, Device: 0x2723, Revision: 0x1A, Class: 0x028000, Express: true}},
		}},
		"-nn alone": {"00:1f.6 Ethernet controller [0200]: Intel Corporation I219-V [8086:15be] (rev 30)\n", []hwid.Device{
			{"00:1f.6", "Intel Corporation I219-V", hwid.PCI{Vendor: 0x8086, Device: 0x15BE, Revision: 0x30, Class: 0x020000, Unknown: hwid.UnknownSubsystem | hwid.UnknownInterface | express}},
		}},
		"-nnk": {"00:1f.6 Ethernet controller [0200]: Intel Corporation I219-V [8086:15be] (rev 30)\n\tSubsystem: Lenovo I219-V [17aa:2292]\n" +
			"00:1f.0 ISA bridge [0601]: Intel Corporation Device [8086:9d84]\n\tKernel modules: x\n", []hwid.Device{
			{"00:1f.6", "Intel Corporation I219-V", hwid.PCI{Vendor: 0x8086, Device: 0x15BE, SubVendor: 0x17AA, SubDevice: 0x2292, Revision: 0x30, Class: 0x020000, Unknown: hwid.UnknownInterface | express}},
			{"00:1f.0", "Intel Corporation Device", hwid.PCI{Vendor: 0x8086, Device: 0x9D84, Class: 0x060100, Unknown: hwid.UnknownInterface | express}},
		}},
		"-n with a domain, and Windows line ends": {"0000:00:1f.6 0200: 8086:15be (rev 30)\r\nsomething else\r\n", []hwid.Device{
			{"0000:00:1f.6", "", hwid.PCI{Vendor: 0x8086, Device: 0x15BE, Revision: 0x30, Class: 0x020000, Unknown: hwid.UnknownSubsystem | hwid.UnknownInterface | express}},
		}},
		"one line that says all": {"00:1f.6 Ethernet [0200]: 8086:15be (rev 30) prog-if 00, Subsystem 17aa:2292", []hwid.Device{
			{"00:1f.6", "", hwid.PCI{Vendor: 0x8086, Device: 0x15BE, SubVendor: 0x17AA, SubDevice: 0x2292, Revision: 0x30, Class: 0x020000, Unknown: express}},
		}},
		"-nnvmm": {"Slot:\t00:1f.6\nClass:\tEthernet controller [0200]\nVendor:\tIntel Corporation [8086]\nDevice:\tI219-V [15be]\nSVendor:\tLenovo [17aa]\nSDevice:\tDevice [2292]\nRev:\t30\n\n" +
			"Slot:\t01:00.0\nClass:\tNon-Volatile memory controller [0108]\nVendor:\tSamsung [144d]\nDevice:\tSSD [a808]\nProgIf:\t02\n", []hwid.Device{
			{"00:1f.6", "Intel Corporation I219-V", hwid.PCI{Vendor: 0x8086, Device: 0x15BE, SubVendor: 0x17AA, SubDevice: 0x2292, Revision: 0x30, Class: 0x020000, Unknown: express}},
			{"01:00.0", "Samsung SSD", hwid.PCI{Vendor: 0x144D, Device: 0xA808, Class: 0x010802, Unknown: express}},
		}},
		"nothing": {"no such command\n\n", nil},
	} {
		if d := cmp.Diff(c.want, hwid.LSPCI(c.text)); d != "" {
			t.Errorf("%s: (-want +got)\n%s", name, d)
		}
	}
}

func TestLSUSB(t *testing.T) {
	t.Parallel()
	want := []hwid.Device{
		{"001:004", "Chicony Electronics Co., Ltd Integrated Camera", hwid.USBDevice{Vendor: 0x04F2, Product: 0xB6DD, Revision: 0x2710, Class: hwid.USBClass{0xEF, 2, 1}, Composite: true}},
		{"001:004", "Chicony Electronics Co., Ltd Integrated Camera", hwid.USBInterface{Vendor: 0x04F2, Product: 0xB6DD, Revision: 0x2710, Class: hwid.USBClass{0x0E, 3, 0}}},
		{"001:004", "Chicony Electronics Co., Ltd Integrated Camera", hwid.USBInterface{Vendor: 0x04F2, Product: 0xB6DD, Revision: 0x2710, Number: 2, Class: hwid.USBClass{0xFE, 1, 1}}},
		{"002:002", "SanDisk Corp. Ultra Fit", hwid.USBDevice{Vendor: 0x0781, Product: 0x5583, Revision: 0x0100, Class: hwid.USBClass{8, 6, 0x50}}},
		{"002:003", "Genesys Logic, Inc. Hub", hwid.USBDevice{Vendor: 0x05E3, Product: 0x0626, Revision: 0x0654, Class: hwid.USBClass{9, 0, 3}, Hub: "USB30_HUB"}},
	}
	if d := cmp.Diff(want, hwid.LSUSB(lsusbVerbose)); d != "" {
		t.Errorf("-v: (-want +got)\n%s", d)
	}
	want = []hwid.Device{{"001:004", "Logitech, Inc. Receiver", hwid.USBDevice{Vendor: 0x046D, Product: 0xC52B, Unknown: hwid.UnknownRevision | hwid.UnknownClass}}}
	if d := cmp.Diff(want, hwid.LSUSB("Bus 001 Device 004: ID 046d:c52b Logitech, Inc. Receiver\n")); d != "" {
		t.Errorf("plain: (-want +got)\n%s", d)
	}
}

func TestModalias(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]hwid.Identity{
		"pci:v00008086d000015BEsv000017AAsd00002292bc02sc00i00": hwid.PCI{Vendor: 0x8086, Device: 0x15BE, SubVendor: 0x17AA, SubDevice: 0x2292, Class: 0x020000, Unknown: hwid.UnknownRevision | hwid.UnknownExpress},
		"usb:v046DpC52Bd1211dc00dsc00dp00ic03isc01ip02in01\n":   hwid.USBInterface{Vendor: 0x046D, Product: 0xC52B, Revision: 0x1211, Number: 1, Class: hwid.USBClass{3, 1, 2}},
		"usb:v046DpC52Bd1211dc00dsc00dp00ic03isc01ip01in00":     hwid.USBDevice{Vendor: 0x046D, Product: 0xC52B, Revision: 0x1211, Class: hwid.USBClass{3, 1, 1}, Unknown: hwid.UnknownComposite},
		"usb:v8087p0026d0002dcE0dsc01dp01icE0isc01ip01in00":     hwid.USBDevice{Vendor: 0x8087, Product: 0x0026, Revision: 2, Class: hwid.USBClass{0xE0, 1, 1}},
		"usb:v8087p0026d0002dcE0dsc01dp01icE0isc01ip01":         hwid.USBDevice{Vendor: 0x8087, Product: 0x0026, Revision: 2, Class: hwid.USBClass{0xE0, 1, 1}},
		"acpi:ELAN0608:PNP0C50:":                                hwid.ACPI{Name: "ELAN0608", Compatible: []string{"PNP0C50"}, Unknown: hwid.UnknownNames},
		"hdaudio:v10EC0257r00100001a01":                         hwid.HDAudio{Vendor: 0x10EC, Device: 0x0257, Revision: 0x1000, Function: 1, Unknown: hwid.UnknownSubsystem | hwid.UnknownController},
		"hid:b0018g0004v000004F3p00003064":                      hwid.HID{Vendor: 0x04F3, Product: 0x3064, Unknown: hwid.UnknownRevision | hwid.UnknownUsage | hwid.UnknownCollection},
		"sdio:c07v02D0d4324":                                    hwid.SDIO{Vendor: 0x02D0, Product: 0x4324, Class: 7},
		"platform:coretemp":                                     nil,
		"pci:v00008086":                                         nil,
		"acpi:":                                                 nil,
		"":                                                      nil,
	} {
		got, ok := hwid.Modalias(s)
		if ok != (want != nil) {
			t.Errorf("%s: ok is %v", s, ok)
		} else if d := cmp.Diff(want, got); ok && d != "" {
			t.Errorf("%s: (-want +got)\n%s", s, d)
		}
	}
}

func TestCodec(t *testing.T) {
	t.Parallel()
	text := "Codec: Realtek ALC257\nAddress: 0\nAFG Function Id: 0x1 (unsol 1)\nVendor Id: 0x10ec0257\nSubsystem Id: 0x17aa2292\nRevision Id: 0x100001\nNode 0x02 [Audio Output]\n  Vendor Id: 0xffffffff\n" +
		"Codec: Conexant\nAFG Function Id: 0x1 (unsol 0)\nMFG Function Id: 0x2 (unsol 1)\nVendor Id: 0x14f15051\nSubsystem Id: 0x103c30d9\nRevision Id: 0x100000\n"
	want := []hwid.HDAudio{
		{Function: 1, Vendor: 0x10EC, Device: 0x0257, Subsystem: 0x17AA2292, Revision: 0x1000, ControllerVendor: 0x8086, ControllerDevice: 0x9DC8},
		{Function: 1, Vendor: 0x14F1, Device: 0x5051, Subsystem: 0x103C30D9, Revision: 0x1000, ControllerVendor: 0x8086, ControllerDevice: 0x9DC8},
		{Function: 2, Vendor: 0x14F1, Device: 0x5051, Subsystem: 0x103C30D9, Revision: 0x1000, ControllerVendor: 0x8086, ControllerDevice: 0x9DC8},
	}
	if d := cmp.Diff(want, hwid.Codec(text, hwid.PCI{Vendor: 0x8086, Device: 0x9DC8})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got := hwid.Codec(text, hwid.PCI{}); !got[0].IDs(win10).Partial {
		t.Error("lists without controller are not partial")
	}
	if got := hwid.Codec("Codec: none\n", hwid.PCI{}); got != nil {
		t.Errorf("%v", got)
	}
}

// fuzzText feeds a reader of listings, and makes the lists of what it finds.
func fuzzText(f *testing.F, read func(string) []hwid.Device, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ds := read(s)
		if n := strings.Count(s, "\n") + 1; len(ds) > n {
			t.Errorf("%d devices in %d lines", len(ds), n)
		}
		for _, d := range ds {
			l := d.Identity.IDs(hwid.Version{})
			if len(l.Hardware) == 0 || hwid.Parse(l.Hardware[0]).Problems() != nil {
				t.Errorf("%+v has %q", d, l.Hardware)
			}
		}
	})
}

func FuzzLSPCI(f *testing.F) {
	fuzzText(f, hwid.LSPCI, lspciVerbose, "Slot:\t0\nClass:\t[0200]\nVendor:\t8086\nDevice:\t[15be]\nClass:\t1\n", "0.0 [0200]: 8086:15be", "0.0 [02000200]:]:")
}

func FuzzLSUSB(f *testing.F) {
	fuzzText(f, hwid.LSUSB, lsusbVerbose, "Bus 1 Device 2: ID 046d:c52b\nInterface Association:\nbInterfaceCount 3\nInterface Descriptor:\n bInterfaceNumber 1\n")
}

func FuzzModalias(f *testing.F) {
	for _, s := range []string{"usb:v046DpC52Bd1211dc00dsc00dp00ic03isc01ip02in01", "acpi::", "hdaudio:v10EC0257r00100001a01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := hwid.Modalias(s); ok {
			if l := d.IDs(hwid.Version{}); len(l.Hardware)+len(l.Compatible) == 0 {
				t.Errorf("%q: no lists", s)
			}
		}
		hwid.Codec(s, hwid.PCI{})
		hwid.EDID([]byte(s))
	})
}
