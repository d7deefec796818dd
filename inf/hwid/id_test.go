package hwid_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf/hwid"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]struct {
		bus      hwid.Bus
		parts    string // "VEN=8086 DEV=15BE"
		problems string
	}{
		`PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30`:                  {hwid.BusPCI, "VEN=8086 DEV=15BE SUBSYS=229217AA REV=30", ""},
		`pci\ven_8086&cc_020000`:                                        {hwid.BusPCI, "VEN=8086 CC=020000", ""},
		`PCI\CC_0108&DT_0`:                                              {hwid.BusPCI, "CC=0108 DT=0", ""},
		`PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&CC_0200`:                 {hwid.BusPCI, "VEN=8086 DEV=15BE SUBSYS=229217AA CC=0200", "form"},
		`PCI\DEV_15BE&VEN_8086`:                                         {hwid.BusPCI, "DEV=15BE VEN=8086", "form"},
		`PCI\VEN_8086&DEV_15B`:                                          {hwid.BusPCI, "VEN=8086 DEV=15B", "digits"},
		`PCI\VEN_1AF4&DEV_105A&SUBSYS_1100_X&REV_01`:                    {hwid.BusPCI, "VEN=1AF4 DEV=105A SUBSYS=1100_X REV=01", "digits"},
		`USB\VID_046D&PID_C52B&REV_1211&MI_02`:                          {hwid.BusUSB, "VID=046D PID=C52B REV=1211 MI=02", ""},
		`USB\VID_046D&PID_C52B&MI_02&REV_1211`:                          {hwid.BusUSB, "VID=046D PID=C52B MI=02 REV=1211", "form"},
		`USB\Class_0E&SubClass_03&Prot_00`:                              {hwid.BusUSB, "CLASS=0E SUBCLASS=03 PROT=00", ""},
		`USB\COMPAT_VID_1A86&Class_FF`:                                  {hwid.BusUSB, "COMPAT_VID=1A86 CLASS=FF", ""},
		`USB\MS_COMP_WINUSB`:                                            {hwid.BusUSB, "MS_COMP=WINUSB", ""},
		`USB\ROOT_HUB30&VID8086&PID15EC&REV0006`:                        {hwid.BusUSB, "ROOT=HUB30 VID=8086 PID=15EC REV=0006", ""},
		`USB\ASMEDIAROOT_Hub&VID1B21&PID1041&VER01`:                     {hwid.BusUSB, "ASMEDIAROOT=HUB VID=1B21 PID=1041 VER01=", ""},
		`HDAUDIO\FUNC_01&CTLR_VEN_8086&VEN_10EC`:                        {hwid.BusHDAudio, "FUNC=01 CTLR_VEN=8086 VEN=10EC", ""},
		`INTELAUDIO\FUNC_01&VEN_8086&DEV_2812&SUBSYS_80860101&REV_1000`: {hwid.BusHDAudio, "FUNC=01 VEN=8086 DEV=2812 SUBSYS=80860101 REV=1000", ""},
		`SOUNDBUS\FUNC_01&VEN_8086`:                                     {hwid.BusHDAudio, "FUNC=01 VEN=8086", ""},
		`ACPI\ELAN0608`:                                                 {hwid.BusACPI, "VEN=ELAN DEV=0608", ""},
		`ACPI\VEN_ELAN&DEV_0608`:                                        {hwid.BusACPI, "VEN=ELAN DEV=0608", ""},
		`ACPI\GenuineIntel_-_x86`:                                       {hwid.BusACPI, "", ""},
		`*PNP0303`:                                                      {hwid.BusACPI, "VEN=PNP DEV=0303", ""},
		`PNP0C50`:                                                       {hwid.BusACPI, "VEN=PNP DEV=0C50", ""},
		`*VSCOM2K`:                                                      {hwid.BusOpaque, "", ""},
		`HID\VID_046D&PID_C52B&MI_01&Col02`:                             {hwid.BusHID, "VID=046D PID=C52B MI=01 COL=02", ""},
		`HID_DEVICE_UP:000D_U:0005`:                                     {hwid.BusHID, "UP=000D U=0005", ""},
		`HID_DEVICE_SYSTEM_MOUSE`:                                       {hwid.BusHID, "", ""},
		`Monitor\LEN18BB`:                                               {hwid.BusMonitor, "VEN=LEN DEV=18BB", ""},
		`SCSI\DiskNVMe____Samsung_SSD_970_2B2Q`:                         {hwid.BusStorage, "TYPE=DISK VENDOR=NVME PRODUCT=SAMSUNG_SSD_970 REVISION=2B2Q", ""},
		`SCSI\ProcessorLSI_____MegaRAID_320-2__`:                        {hwid.BusStorage, "TYPE=PROCESSOR VENDOR=LSI PRODUCT=MEGARAID_320-2", ""},
		`SCSI\Disk&Ven_NVMe&Prod_X_1`:                                   {hwid.BusStorage, "TYPE=DISK VEN=NVME PROD=X_1", ""},
		`USBSTOR\GenDisk`:                                               {hwid.BusStorage, "", ""},
		`GenCdRom`:                                                      {hwid.BusStorage, "", ""},
		`IDE\DiskMaxtor_91000D8__________________________SASX1B18`:      {hwid.BusStorage, "TYPE=DISK PRODUCT=MAXTOR_91000D8 REVISION=SASX1B18", ""},
		`SD\VID_03&OID_5344&PID_SU08G&REV_8.0`:                          {hwid.BusSD, "VID=03 OID=5344 PID=SU08G REV=8.0", ""},
		`SWC\VID8086&SW_RstHSA`:                                         {hwid.BusSoftware, "VID=8086 SW=RSTHSA", ""},
		`BTHENUM\{0000111e-0000-1000-8000-00805f9b34fb}_LOCALMFG&0046`:  {hwid.BusBluetooth, "", ""},
		`USBPRINT\HPHP_LaserJet_4250AC4E`:                               {hwid.BusPrinter, "", ""},
		`{12345678-0000-0000-0000-000000000000}\Dev`:                    {hwid.BusOpaque, "", ""},
		`QCMS\QCOM0EA0`:                                                 {hwid.BusOpaque, "", ""},
		`PCI\VEN_8086&DEV_15BE\3&11583659&0&FE`:                         {hwid.BusPCI, "VEN=8086 DEV=15BE", "instance"},
		`PCI\VEN_8086 `:                                                 {hwid.BusPCI, "VEN=8086", ""},
		`ROOT\My Device`:                                                {hwid.BusSoftware, "MY DEVICE=", "character"},
		`ROOT\a,b`:                                                      {hwid.BusSoftware, "A,B=", "character"},
		`ROOT\` + strings.Repeat("x", 195):                              {hwid.BusSoftware, strings.Repeat("X", 195) + "=", "too-long"},
		`ROOT\` + strings.Repeat("y", 194):                              {hwid.BusSoftware, strings.Repeat("Y", 194) + "=", ""},
		``:                                                              {hwid.BusOpaque, "", "empty"},
		`PCI\`:                                                          {hwid.BusPCI, "", "empty"},
	} {
		id := hwid.Parse(s)
		var ps, problems []string
		for _, p := range id.Parts {
			ps = append(ps, p.Key+"="+p.Value)
		}
		for _, p := range id.Problems() {
			problems = append(problems, string(p.Kind))
		}
		got := []string{string(id.Bus), strings.Join(ps, " "), strings.Join(problems, " ")}
		if d := cmp.Diff([]string{string(want.bus), want.parts, want.problems}, got); d != "" {
			t.Errorf("%s: (-want +got)\n%s", s, d)
		}
	}
}

func TestFromInstance(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		`PCI\VEN_8086&DEV_15BE\3&11583659&0&FE`: `PCI\VEN_8086&DEV_15BE`,
		`USB\VID_046D&PID_C52B\a\b`:             `USB\VID_046D&PID_C52B`,
		` PCI\VEN_8086&DEV_15BE `:               `PCI\VEN_8086&DEV_15BE`,
		`*PNP0303`:                              `*PNP0303`,
	} {
		if got := hwid.FromInstance(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := hwid.Parse(`USB\VID_046D&PID_C52B\aBc\d`).Instance; got != `aBc\d` {
		t.Errorf("instance is %s", got)
	}
}

type fromIDCase struct {
	id      string
	win     hwid.Version
	want    string
	missing string // separated by "|"; empty for complete lists
}

var fromIDs = map[string]fromIDCase{
	"full PCI ID": {
		`PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30`, win11,
		`PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30 PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA -- PCI\VEN_8086&DEV_15BE&REV_30 PCI\VEN_8086&DEV_15BE PCI\VEN_8086`,
		"class|PCI Express type",
	},
	"full PCI ID on Windows 7": {
		`pci\ven_8086&dev_15be&subsys_229217aa&rev_30`, win7,
		`PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30 PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA PCI\VEN_8086&DEV_15BE&REV_30 PCI\VEN_8086&DEV_15BE -- PCI\VEN_8086`,
		"class|PCI Express type",
	},
	"instance path": {
		`PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30\3&11583659&0&FE`, win11,
		`PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30 PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA -- PCI\VEN_8086&DEV_15BE&REV_30 PCI\VEN_8086&DEV_15BE PCI\VEN_8086`,
		"class|PCI Express type",
	},
	"PCI without subsystem": {`PCI\VEN_8086&DEV_15BE`, win11, `PCI\VEN_8086&DEV_15BE -- PCI\VEN_8086`, "subsystem (taken as none)|revision|class|PCI Express type"},
	"PCI with class": {
		`PCI\VEN_8086&DEV_15BE&CC_0200`, win11, `PCI\VEN_8086&DEV_15BE PCI\VEN_8086&DEV_15BE&CC_0200 -- PCI\VEN_8086&CC_0200 PCI\VEN_8086 PCI\CC_0200`,
		"subsystem (taken as none)|revision|programming interface|PCI Express type",
	},
	"PCI with a subsystem of zeros": {
		`PCI\VEN_102C&DEV_00E0&SUBSYS_00000000&REV_04`, win11,
		`PCI\VEN_102C&DEV_00E0&SUBSYS_00000000&REV_04 PCI\VEN_102C&DEV_00E0&SUBSYS_00000000 PCI\VEN_102C&DEV_00E0&REV_04 PCI\VEN_102C&DEV_00E0 -- PCI\VEN_102C`,
		"class|PCI Express type",
	},
	"PCI class": {`PCI\CC_0C0330`, win11, `-- PCI\CC_0C0330`, "further identifiers of the enumerator"},
	"PCI of odd forms": {`PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&CC_0200`, win11, `PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&CC_0200 PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA PCI\VEN_8086&DEV_15BE&CC_0200 --
			PCI\VEN_8086&DEV_15BE PCI\VEN_8086&CC_0200 PCI\VEN_8086 PCI\CC_0200`, "revision|programming interface|PCI Express type"},
	"USB device":     {`USB\VID_046D&PID_C52B&REV_1211`, win10, `USB\VID_046D&PID_C52B&REV_1211 USB\VID_046D&PID_C52B --`, "class"},
	"USB instance":   {`USB\VID_046D&PID_C52B\5&1&0`, win10, `USB\VID_046D&PID_C52B --`, "revision|class"},
	"USB interface":  {`USB\VID_046D&PID_C52B&MI_02`, win10, `USB\VID_046D&PID_C52B&MI_02 --`, "revision|class"},
	"USB class":      {`USB\Class_0E`, win10, `-- USB\Class_0E`, "further identifiers of the enumerator"},
	"USB of a maker": {`USB\ASMEDIAUSBD_Hub`, win10, `USB\ASMEDIAUSBD_Hub --`, "further identifiers of the enumerator"},
	"root hub":       {`USB\ROOT_HUB30&VID8086&PID15EC`, win10, `USB\ROOT_HUB30&VID8086&PID15EC USB\ROOT_HUB30 --`, "further identifiers of the enumerator"},
	"codec": {`HDAUDIO\FUNC_01&VEN_10EC&DEV_0257&SUBSYS_17AA2292&REV_1000`, win10, `
			HDAUDIO\FUNC_01&VEN_10EC&DEV_0257&SUBSYS_17AA2292&REV_1000 HDAUDIO\FUNC_01&VEN_10EC&DEV_0257&SUBSYS_17AA2292 --
			HDAUDIO\FUNC_01&VEN_10EC&DEV_0257&REV_1000 HDAUDIO\FUNC_01&VEN_10EC&DEV_0257 HDAUDIO\FUNC_01&VEN_10EC
			HDAUDIO\FUNC_01&GF&VEN_10EC&DEV_0257&SUBSYS_17AA2292&REV_1000 HDAUDIO\FUNC_01`, "audio controller"},
	"codec behind Intel's driver": {
		`INTELAUDIO\FUNC_01&VEN_10EC&DEV_0257&SUBSYS_17AA2292&REV_1000`, win10,
		`INTELAUDIO\FUNC_01&VEN_10EC&DEV_0257&SUBSYS_17AA2292&REV_1000 INTELAUDIO\FUNC_01&VEN_10EC&DEV_0257&SUBSYS_17AA2292 --`,
		"audio controller|further identifiers of the enumerator",
	},
	"ACPI name":        {`ACPI\ELAN0608\4&1`, win10, `ACPI\VEN_ELAN&DEV_0608 ACPI\ELAN0608 *ELAN0608 --`, "ACPI subsystem and hardware revision|compatible ACPI names"},
	"name of any bus":  {`*PNP0303`, win10, `*PNP0303 --`, "further identifiers of the enumerator"},
	"HID":              {`HID\VID_046D&PID_C52B&MI_01&Col02`, win10, `HID\VID_046D&PID_C52B&MI_01&Col02 HID_DEVICE --`, "revision|HID usage"},
	"HID on I2C":       {`HID\ELAN0608&Col01`, win10, `HID\ELAN0608&Col01 HID_DEVICE --`, "further identifiers of the enumerator"},
	"monitor":          {`MONITOR\DELD050`, win10, `MONITOR\DELD050 -- *PNP09FF`, ""},
	"monitor instance": {`DISPLAY\DELD050\5&1&0&UID256`, win10, `MONITOR\DELD050 -- *PNP09FF`, ""},
	"NVMe instance": {
		`SCSI\Disk&Ven_NVMe&Prod_Samsung_SSD_970\5&1&0&000000`, win10, `SCSI\DiskNVMe____Samsung_SSD_970_ SCSI\DiskNVMe____ GenDisk -- SCSI\Disk SCSI\RAW`,
		"revision|whole product name",
	},
	"USB stick instance": {
		`USBSTOR\Disk&Ven_SanDisk&Prod_Cruzer_Edge&Rev_1.26\2004&0`, win10,
		`USBSTOR\DiskSanDisk_Cruzer_Edge_____1.26 USBSTOR\DiskSanDisk_Cruzer_Edge_____ USBSTOR\DiskSanDisk_ USBSTOR\SanDisk_Cruzer_Edge_____1 SanDisk_Cruzer_Edge_____1
			USBSTOR\GenDisk GenDisk -- USBSTOR\Disk USBSTOR\RAW`, "",
	},
	"SCSI disk": {`SCSI\DiskSEAGATE_ST39102LW_______0004`, win10, `SCSI\DiskSEAGATE_ST39102LW_______0004 SCSI\DiskSEAGATE_ST39102LW_______ SCSI\DiskSEAGATE_
			SCSI\SEAGATE_ST39102LW_______0 SEAGATE_ST39102LW_______0 GenDisk -- SCSI\Disk SCSI\RAW`, ""},
	"software": {`SWC\VID8086&PID0001`, win10, `SWC\VID8086&PID0001 --`, ""},
	"unknown":  {`QCMS\QCOM0EA0`, win10, `QCMS\QCOM0EA0 --`, "further identifiers of the enumerator"},
}

func TestFromID(t *testing.T) {
	t.Parallel()
	for name, c := range fromIDs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := hwid.FromID(c.id, c.win)
			got := strings.Join(l.Hardware, " ") + " -- " + strings.Join(l.Compatible, " ")
			if d := cmp.Diff(strings.Fields(c.want), strings.Fields(got)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if d := cmp.Diff(c.missing, strings.Join(l.Missing, "|")); d != "" {
				t.Errorf("missing (-want +got)\n%s", d)
			}
			if l.Partial != (c.missing != "") {
				t.Errorf("Partial is %v", l.Partial)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range identities {
		f.Add(c.device.IDs(c.win).Hardware[0])
	}
	for _, s := range []string{``, `\`, `\\\`, `*`, `PCI\VEN_8086\1\2`, "USB\\VID_\xff&PID_\x00", `IDE\Disk`, `SCSI\`, `USB\ROOT_HUB`, `PCI\VEN_8086&DEV_15BE&SUBSYS_00000000`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id := hwid.Parse(s)
		if utf8.ValidString(s) && hwid.Parse(id.String()).String() != id.String() {
			t.Errorf("%q: %q is read as %q", s, id.String(), hwid.Parse(id.String()).String())
		}
		id.Problems()
		for _, win := range []hwid.Version{{}, win7, win10} {
			l := hwid.FromID(s, win)
			if strings.TrimSpace(s) != "" && len(l.Hardware)+len(l.Compatible) == 0 {
				t.Errorf("%q: lists are empty", s)
			}
		}
	})
}
