package match_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/match"
)

const pnputilEnglish = `Microsoft PnP Utility

Instance ID:                PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30\3&11583659&0&FE
Device Description:         Ethernet Connection: first
Class Name:                 Net
Class GUID:                 {4d36e972-e325-11ce-bfc1-08002be10318}
Manufacturer Name:          Intel
Status:                     Started
Driver Name:                oem12.inf
Extension Driver Names:     oem13.inf
                            oem14.inf
Hardware IDs:               PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30
                            PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA
Compatible IDs:             PCI\VEN_8086&DEV_15BE
                            PCI\CC_0200

Instance ID:                HTREE\ROOT\0
Device Description:         Computer
Class Name:                 System
Status:                     Started

Instance ID:                ROOT\SYSTEM\0000
Device Description:         Bus
Hardware IDs:               vendorbus

Instance ID:                SWD\X\{1}
Device Description:         Only compatible
Compatible IDs:             SWD\Generic
`

// want writes devices as "name|instance|hardware IDs|compatible IDs|line".
func written(inv match.Inventory) []string {
	out := make([]string, 0)
	for _, d := range inv.Devices {
		out = append(out, fmt.Sprintf("%s|%s|%s|%s|%d", d.Name, d.Instance, strings.Join(d.IDs.Hardware, " "), strings.Join(d.IDs.Compatible, " "), d.Line))
	}
	return out
}

func utf16le(s string) string {
	b := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

// letter is what is said of lines of prose.
func letter(lines int) (out []string) {
	for n := range lines {
		out = append(out, fmt.Sprintf("%d no hardware ID: a b", n+1))
	}
	return out
}

// size: the table is the formats; one case each.
func TestLoad(t *testing.T) {
	t.Parallel()
	const a, b = `PCI\VEN_1234&DEV_0001`, `PCI\CC_0200`
	nic := []string{
		`Ethernet Connection: first|PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30\3&11583659&0&FE|PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30 PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA|PCI\VEN_8086&DEV_15BE PCI\CC_0200|3`,
		`Computer|HTREE\ROOT\0|||17`,
		`Bus|ROOT\SYSTEM\0000|vendorbus||22`,
		`Only compatible|SWD\X\{1}||SWD\Generic|26`,
	}
	for name, tt := range map[string]struct {
		text     string
		format   match.Format
		want     []string
		problems []string // line and text
	}{
		"pnputil":                 {pnputilEnglish, match.FormatPnPUtil, nic, nil},
		"pnputil, CR LF":          {strings.ReplaceAll(pnputilEnglish, "\n", "\r\n"), match.FormatPnPUtil, nic, nil},
		"pnputil, UTF-16":         {utf16le(pnputilEnglish), match.FormatPnPUtil, nic, nil},
		"pnputil, UTF-16, no BOM": {utf16le(pnputilEnglish)[2:], match.FormatPnPUtil, nic, nil},
		"pnputil, German": {
			"Instanz-ID:                 PCI\\VEN_1234&DEV_0001\\3&1\nGerätebeschreibung:         Netzwerk\nKlassen-GUID:               {4d36e972-e325-11ce-bfc1-08002be10318}\nHardware-IDs:               " + a + "\nKompatible IDs:             " + b + "\n",
			match.FormatPnPUtil,
			[]string{`Netzwerk|PCI\VEN_1234&DEV_0001\3&1|` + a + "|" + b + "|1"},
			nil,
		},
		"pnputil, Chinese colons": {
			"实例 ID： PCI\\VEN_1234&DEV_0001\\3&1\n设备描述： 网卡\n类 GUID： {4d36e972-e325-11ce-bfc1-08002be10318}\n硬件 ID： " + a + "\n兼容 ID： " + b + "\n",
			match.FormatPnPUtil,
			[]string{`网卡|PCI\VEN_1234&DEV_0001\3&1|` + a + "|" + b + "|1"},
			nil,
		},
		"pnputil, console code page": {
			"Instanz-ID: PCI\\VEN_1234&DEV_0001\\3&1\nGer\x84tebeschreibung: Netz\nHardware-IDs: " + a + "\n",
			match.FormatPnPUtil,
			[]string{`Netz|PCI\VEN_1234&DEV_0001\3&1|` + a + "||1"},
			[]string{"2 the text is in a console code page: letters beyond ASCII are lost"},
		},
		"pnputil without lists": {
			"Instance ID: PCI\\VEN_1234&DEV_0001\\3&1\nDevice Description: Net\n", match.FormatPnPUtil,
			[]string{`Net|PCI\VEN_1234&DEV_0001\3&1|` + a + "||1"},
			[]string{"1 no device has its lists of hardware and compatible IDs"},
		},
		"JSON": {
			`[{"Name":"Net","DeviceID":"PCI\\VEN_1234&DEV_0001\\3&1","HardwareID":["PCI\\VEN_1234&DEV_0001"],"CompatibleID":["PCI\\CC_0200",""]},{"Name":"None","DeviceID":"HTREE\\ROOT\\0","HardwareID":null,"CompatibleID":null}]`,
			match.FormatJSON,
			[]string{`Net|PCI\VEN_1234&DEV_0001\3&1|` + a + "|" + b + "|1", `None|HTREE\ROOT\0|||2`},
			nil,
		},
		"JSON, one object, joined, BOM": {
			"\xEF\xBB\xBF" + `{"FriendlyName":"Net","InstanceId":"A\\B\\C","hardwareids":"PCI\\VEN_1234&DEV_0001;X\\Y"}`,
			match.FormatJSON,
			[]string{`Net|A\B\C|` + a + ` X\Y||1`},
			nil,
		},
		"JSON, wrapped lists": {
			`{"value":[{"Description":"Net","HardwareID":{"value":["PCI\\CC_0200"],"Count":1}}],"Count":1}`, match.FormatJSON, []string{"Net||" + b + "||1"}, nil,
		},
		"JSON, cut short": {
			"[{\"Name\":\"a\",\n\"HardwareID\":[\"PCI", match.FormatJSON, []string{}, []string{"2 the JSON cannot be read: unexpected EOF"},
		},
		"JSON, no devices": {
			`[{"a":1},{"b":2}]`, match.FormatJSON, []string{}, []string{"0 2 objects are no devices: they have neither DeviceID nor HardwareID"},
		},
		"CSV of PowerShell 5": {
			"#TYPE Selected\r\n\"Name\",\"DeviceID\",\"HardwareID\",\"CompatibleID\"\r\n\"Net, fast\",\"A\\B\\C\",\"PCI\\VEN_1234&DEV_0001;X\\Y\",\"PCI\\CC_0200\"\r\n",
			match.FormatCSV,
			[]string{`Net, fast|A\B\C|` + a + ` X\Y|` + b + "|3"},
			nil,
		},
		"CSV with semicolons": {
			"Name;HardwareID\nNet;\"PCI\\VEN_1234&DEV_0001;X\\Y\"\n", match.FormatCSV, []string{`Net||` + a + ` X\Y||2`}, nil,
		},
		"CSV with tabs": {"Name\tHardware ID\nNet\tPCI\\CC_0200\n", match.FormatCSV, []string{"Net||" + b + "||2"}, nil},
		"CSV without values": {
			"Name,DeviceID,HardwareID\nNet,PCI\\VEN_1234&DEV_0001\\3&1,System.String[]\n", match.FormatCSV,
			[]string{`Net|PCI\VEN_1234&DEV_0001\3&1|` + a + "||2"},
			[]string{`0 1 lists of IDs are lost: PowerShell wrote "System.String[]" in their place`, "0 no device has its hardware IDs; their instance paths tell the first one only"},
		},
		"list": {
			"# my machine\n" + a + "\n\"" + b + "\"\n\n\n{GUID}\\x\n*PNP0303\nGenDisk\n", match.FormatList, []string{"||" + a + " " + b + "||2", `||{GUID}\x *PNP0303 GenDisk||6`}, nil,
		},
		"list of instance paths": {`PCI\VEN_1234&DEV_0001\3&1`, match.FormatList, []string{`|PCI\VEN_1234&DEV_0001\3&1|` + a + "||1"}, nil},
		"prose":                  {"Dear colleague,\nplease find it", match.FormatList, []string{}, []string{"1 no hardware ID: Dear colleague,", "2 no hardware ID: please find it"}},
		"a long letter":          {strings.Repeat("a b\n", 12) + "A\\B", match.FormatList, []string{`||A\B||13`}, append(letter(10), "0 2 more lines are no hardware IDs")},
		"nothing":                {" \n\n", "", []string{}, []string{"0 the inventory is empty"}},
		"comments only":          {"# a\n", match.FormatList, []string{}, []string{"0 the inventory has no devices"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inv, problems := match.Load("x", []byte(tt.text))
			if inv.Format != tt.format || inv.Name != "x" {
				t.Errorf("format %q of %q, want %q", inv.Format, inv.Name, tt.format)
			}
			if d := cmp.Diff(tt.want, written(inv)); d != "" {
				t.Errorf("devices (-want +got):\n%s", d)
			}
			var got []string
			for _, p := range problems {
				got = append(got, fmt.Sprintf("%d %s", p.Line, p.Text))
				if p.Advice == "" {
					t.Errorf("no advice for %q", p.Text)
				}
			}
			if d := cmp.Diff(tt.problems, got); d != "" {
				t.Errorf("problems (-want +got):\n%s", d)
			}
		})
	}
}

func TestSampleInventory(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("../../samples/inventory/L14-20U1CTO.txt")
	if err != nil {
		t.Fatal(err)
	}
	inv, problems := match.Load("L14-20U1CTO.txt", src)
	silent := 0
	for _, d := range inv.Devices {
		if d.Silent() {
			silent++
		}
	}
	if len(inv.Devices) != 7 || silent != 1 || len(problems) != 0 {
		t.Errorf("%d devices, %d of them silent, problems %v", len(inv.Devices), silent, problems)
	}
}

func FuzzLoad(f *testing.F) {
	for _, s := range []string{
		pnputilEnglish, utf16le("Instance ID: A\\B\\C\nX: y\nHardware IDs: A\\B\n"), "Name,HardwareID\na,b;c\n", `[{"HardwareID":["a"],"Name":"b"}]`,
		"A\\B\n\nC\\D\\E\n", "\xEF\xBB\xBF#TYPE\nDeviceID;HardwareID\n\"a\";\"b\n", `{"value":[{"value":1}]}`, "{", "：", "\xff\xfe\x00",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		inv, problems := match.Load("x", src)
		if len(inv.Devices) == 0 && len(problems) == 0 {
			t.Error("neither devices nor problems")
		}
		n := 0
		for _, d := range inv.Devices {
			if d.Line < 1 {
				t.Errorf("line %d", d.Line)
			}
			n += len(d.IDs.Hardware) + len(d.IDs.Compatible)
			for _, id := range d.IDs.Hardware {
				if strings.TrimSpace(id) != id || id == "" {
					t.Errorf("hardware ID %q", id)
				}
			}
		}
		if n > len(src)+1 {
			t.Errorf("%d identifiers from %d bytes", n, len(src))
		}
	})
}
