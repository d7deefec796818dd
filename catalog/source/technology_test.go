package source

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/installer"
	"github.com/drivercat/drivercat/catalog/source/archive/msi"
)

// manifest is a manifest resource.
func manifest(text string) testResource { return testResource{typ: 24, id: 1, data: []byte(text)} }

// innoFile is an Inno Setup program whose setup data has this name. In the table the offset of the data comes after skip
// bytes, in wide bytes.
func innoFile(name string, skip, wide int, old bool) []byte {
	const resource = 11111
	table := append([]byte("rDlPtS\xCD\xE6\xD7\x7B\x0B\x2A"), make([]byte, 60)...)
	s := peSpec{resources: []testResource{{typ: 10, id: resource, data: table}}}
	if old {
		s = peSpec{}
	}
	end := len(s.build())
	s.overlay = strings.Repeat("\x00", 0x200)
	if old { // the DOS header points to the table behind the program
		at := uint32(end)
		s.dosMark = "Inno" + string(le(at)) + string(le(^at))
		s.overlay = "rDlPtS02\x87eVx" + string(le(uint32(1))) + string(le(uint32(end+0x200))) + s.overlay[20:]
	}
	data := make([]byte, 64)
	copy(data, name)
	s.overlay += string(data) + "more"
	if !old {
		binary.LittleEndian.PutUint32(table[12:], 1)
		if wide == 8 {
			binary.LittleEndian.PutUint64(table[skip:], uint64(end+0x200))
		} else {
			binary.LittleEndian.PutUint32(table[skip:], uint32(end+0x200))
		}
	}
	return s.build()
}

// technologyTest is a setup program and what is said to have made it; an empty kind is no setup program.
type technologyTest struct {
	what, name string
	file       []byte
	kind       string
	technology string
	version    string
	product    string
	runs       string
}

func technologyTests() []technologyTest {
	version := func(overlay string, pairs ...string) []byte {
		return peSpec{resources: []testResource{versionResource(pairs...)}, overlay: overlay}.build()
	}
	nsis := "\x00\x00\x00\x00\xEF\xBE\xAD\xDENullsoftInst" + "\x01\x02\x03\x04"
	iexpress := func(rs ...testResource) []byte {
		return peSpec{resources: append(rs, versionResource("FileDescription", "Win32 Cabinet Self-Extractor", "InternalName", "Wextract", "FileVersion", "6.00.2900.2180"))}.build()
	}
	setting := func(name, value string) testResource {
		return testResource{typ: 10, name: name, data: append([]byte(value), 0)}
	}
	config := func(lines string) string {
		return "\xEF\xBB\xBF;!@Install@!UTF-8!\r\n" + lines + ";!@InstallEnd@!7z\xBC\xAF\x27\x1C"
	}
	section := func(name, code string) []byte {
		return peSpec{section: name, code: code, overlay: "data"}.build()
	}
	return []technologyTest{
		{"NSIS 3", "a.exe", peSpec{overlay: nsis, resources: []testResource{manifest("<assembly><description>Nullsoft Install System v3.08</description></assembly>")}}.build(), KindNSIS, installer.NSIS, "3.08", "", ""},
		{"NSIS 3 beta", "a.exe", peSpec{overlay: nsis, resources: []testResource{manifest("<description>Nullsoft Install System v3.0b1</description>")}}.build(), KindNSIS, installer.NSIS, "3.0b1", "", ""},
		{"NSIS without a manifest", "a.exe", peSpec{overlay: nsis}.build(), KindNSIS, installer.NSIS, "", "", ""},
		{"NSIS 1", "a.exe", peSpec{overlay: "\x00\x00\x00\x00\xEF\xBE\xAD\xDEnsisinstall\x00\x00\x00\x00\x00"}.build(), KindNSIS, installer.NSIS, "1", "", ""},
		{"Inno Setup 5.5", "a.exe", innoFile("Inno Setup Setup Data (5.5.7) (u)", 36, 4, false), KindInno, installer.InnoSetup, "5.5.7", "", ""},
		{"Inno Setup with long offsets", "a.exe", innoFile("Inno Setup Setup Data (6.5.0)", 40, 8, false), KindInno, installer.InnoSetup, "6.5.0", "", ""},
		{"Inno Setup 2", "a.exe", innoFile("Inno Setup Setup Data (2.0.11)", 0, 4, true), KindInno, installer.InnoSetup, "2.0.11", "", ""},
		{"Inno Setup whose data is not there", "a.exe", innoFile("something else", 36, 4, false), KindInno, installer.InnoSetup, "", "", ""},
		{"Inno Setup by Lenovo", "a.exe", func() []byte {
			s := peSpec{resources: []testResource{{typ: 10, id: 11111, data: []byte("rDlPtS\xCD\xE6\xD7\x7B\x0B\x2A more")}, versionResource("CompanyName", "Lenovo", "ProductName", "Audio")}}
			return s.build()
		}(), KindInno, installer.LenovoPackage, "", "Audio", ""},
		{"InstallScript", "setup.exe", version("", "ProductName", "Ether", "ISInternalDescription", "InstallScript Setup Launcher Unicode", "ISInternalVersion", "18.0.329"), KindInstallShield, installer.InstallScript, "18.0.329", "Ether", ""},
		{"InstallShield of any project", "setup.exe", version("", "ProductName", "Ether", "ISInternalDescription", "Setup Launcher Unicode", "ISInternalVersion", "18.0.329"), KindInstallShield, installer.InstallShield, "18.0.329", "Ether", ""},
		{"InstallShield's own version resource", "setup.exe", version("", "ProductName", "InstallShield (R)", "CompanyName", "InstallShield Software Corporation", "FileVersion", "5, 52, 164, 0"), KindInstallShield, installer.InstallShield, "5.52.164.0", "", ""},
		{"PackageForTheWeb under the vendor's name", "app.exe", version(cabinet, "ProductName", "Vortex", "Created With", "PackageForTheWeb 2.1       "), KindInstallShield, installer.PackageForTheWeb, "2.1", "Vortex", ""},
		{"PackageForTheWeb under its own", "app.exe", version(cabinet, "ProductName", "PackageForTheWeb Stub", "FileVersion", "2, 02, 001"), KindInstallShield, installer.PackageForTheWeb, "2.02.001", "", ""},
		{"WiX Burn that tells its engine", "b.exe", section(".wixburn", ""), KindBurn, installer.Burn, "", "", ""},
		{"7-Zip that runs a setup", "q.exe", peSpec{overlay: config("Title=\"Card reader\"\r\nRunProgram=\"setup.exe -s -f1\\\"a b.iss\\\"\"\r\n")}.build(), Kind7z, installer.SevenZip, "", "Card reader", `setup.exe -s -f1"a b.iss"`},
		{"7-Zip that opens a file", "q.exe", peSpec{overlay: config("ExecuteFile=\"msiexec.exe\"\nExecuteParameters=\"/i a.msi /qn\"\n")}.build(), Kind7z, installer.SevenZip, "", "", "msiexec.exe /i a.msi /qn"},
		{"7-Zip that only unpacks", "q.exe", version("7z\xBC\xAF\x27\x1C", "CompanyName", "Igor Pavlov", "FileDescription", "7z SFX", "FileVersion", "4, 14, 0, 0", "ProductName", "7-Zip"), Kind7z, installer.SevenZipArchive, "4.14.0.0", "", ""},
		{"7-Zip's extractor for installers", "q.exe", version("7z\xBC\xAF\x27\x1C", "CompanyName", "Igor Pavlov", "FileDescription", "7z Setup SFX", "FileVersion", "9.20", "ProductName", "7-Zip"), Kind7z, installer.SevenZip, "9.20", "", ""},
		{"IExpress", "q.exe", iexpress(setting("RUNPROGRAM", "install.exe"), setting("ADMQCMD", "<None>"), setting("TITLE", "Bluetooth")), KindCab, installer.IExpress, "6.00.2900.2180", "Bluetooth", "install.exe"},
		{"IExpress with a quiet command", "q.exe", iexpress(setting("RUNPROGRAM", "install.exe"), setting("ADMQCMD", "install.exe /s")), KindCab, installer.IExpress, "6.00.2900.2180", "", "install.exe /s"},
		{"an update for Windows", "kb.exe", peSpec{section: "_sfx_", code: cabinet}.build(), KindCab, installer.WindowsUpdate, "", "", ""},
		{"another extractor of a cabinet", "q.exe", peSpec{overlay: cabinet}.build(), KindCab, installer.CabExtractor, "", "", ""},
		{"WinZip", "q.exe", version(zipFile("a.inf"), "CompanyName", "WinZip Computing, Inc.", "FileVersion", "2.2.4003", "ProductName", "WinZip Self-Extractor"), KindZip, installer.WinZip, "2.2.4003", "", ""},
		{"another zip", "q.exe", peSpec{overlay: zipFile("a.inf")}.build(), KindZip, installer.ZipExtractor, "", "", ""},
		{"WinRAR", "q.exe", peSpec{overlay: "Rar!\x1A\x07\x00"}.build(), KindRar, installer.WinRAR, "", "", ""},
		{"DPInst", "dpinst64.exe", version("", "OriginalFilename", "DPInst.exe", "FileVersion", "2.1"), KindDPInst, installer.DPInst, "2.1", "", ""},
		{"Dell", "A_WIN_1.exe", version(zipFile("a.inf"), "CompanyName", "Dell Inc.", "FileDescription", "Dell Update Package: Card Reader Driver, 1.0, A13", "ProductName", "Dell Update Package"), KindZip, installer.DellPackage, "", "Card Reader Driver, 1.0, A13", ""},
		{"HP by its product", "x.exe", version("7z\xBC\xAF\x27\x1C", "CompanyName", "HP Inc.", "ProductName", "HP Softpaq"), Kind7z, installer.SoftPaq, "", "", ""},
		{"HP by its name", "SP12345.exe", version(cabinet, "CompanyName", "Hewlett-Packard Company", "ProductName", "Touchpad"), KindCab, installer.SoftPaq, "", "Touchpad", ""},
		{"a SoftPaq's name on another vendor's file", "sp12345.exe", version(cabinet, "CompanyName", "ACME", "ProductName", "Touchpad"), KindCab, installer.CabExtractor, "", "Touchpad", ""},
		{"Intel", "Setup.exe", version("", "FileDescription", "Intel(R) Installation Framework", "ProductName", "Intel(R) Installation Framework", "FileVersion", "3.0.1.0"), KindExe, installer.IntelFramework, "3.0.1.0", "", ""},
		{"NVIDIA", "x.exe", version("7z\xBC\xAF\x27\x1C", "CompanyName", "NVIDIA Corporation", "FileDescription", "NVIDIA Package Launcher", "ProductName", "NVIDIA Package Launcher"), Kind7z, installer.NVIDIA, "", "", ""},
		{"AMD", "Setup.exe", version("", "CompanyName", "Advanced Micro Devices, Inc.", "FileDescription", "AMD Setup"), KindExe, installer.AMD, "", "AMD Setup", ""},
		{"Advanced Installer", "x.exe", peSpec{overlay: strings.Repeat("x", 500) + "ADVINSTSFX\x00", signature: strings.Repeat("s", 64)}.build(), KindAdvancedInstaller, installer.AdvancedInstaller, "", "", ""},
		{"Advanced Installer with an archive in it", "x.exe", peSpec{overlay: "7z\xBC\xAF\x27\x1C" + "ADVINSTSFX\x00"}.build(), KindAdvancedInstaller, installer.AdvancedInstaller, "", "", ""},
		{"Setup Factory 7", "x.exe", peSpec{overlay: "\xE0\xE1\xE2\xE3\xE4\xE5\xE6 and more"}.build(), KindSetupFactory, installer.SetupFactory, "", "", ""},
		{"Setup Factory 9", "x.exe", peSpec{overlay: "\xE0\xE0\xE1\xE1\xE2\xE2\xE3\xE3\xE4\xE4\xE5\xE5\xE6\xE6\xE7\xE7"}.build(), KindSetupFactory, installer.SetupFactory, "", "", ""},
		{"Wise by its section", "x.exe", section(".WISE", ""), KindWise, installer.Wise, "", "", ""},
		{"Wise by its data", "x.exe", section(".rdata", "....WiseMain...."), KindWise, installer.Wise, "", "", ""},
		{"a program that speaks of WiseMain and holds nothing", "x.exe", peSpec{section: ".rdata", code: "....WiseMain...."}.build(), "", "", "", "", ""},
		{"InstallAware", "setup.exe", version("", "ProductName", "P", "Comments", "built with InstallAware"), KindExe, installer.InstallAware, "", "P", ""},
		{"nothing known", "setup.exe", version("", "ProductName", "P"), KindExe, "", "", "P", ""},
		{"a database of Windows Installer 2.0", "a.msi", compoundFile(msi.ClassDatabase, "Ether", "ACME", 200), KindMSI, installer.WindowsInstaller, "2.0", "Ether", ""},
		{"a database without a schema", "a.msi", compoundFile(msi.ClassDatabase, "Ether", "ACME"), KindMSI, installer.WindowsInstaller, "", "Ether", ""},
		{"a patch", "a.msp", compoundFile(msi.ClassPatch, "Fix", "ACME"), KindMSP, installer.InstallerPatch, "", "Fix", ""},
	}
}

func TestTechnology(t *testing.T) {
	t.Parallel()
	for _, tt := range technologyTests() {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			info, ok := Recognise(tt.name, bytes.NewReader(tt.file), int64(len(tt.file)))
			if ok != (tt.kind != "") {
				t.Fatalf("recognised: %v, as %+v", ok, info)
			}
			got := []string{info.Kind, info.Technology, info.TechnologyVersion, info.Product, info.Runs}
			if diff := cmp.Diff([]string{tt.kind, tt.technology, tt.version, tt.product, tt.runs}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// The engine's version is a constant of the program.
func TestBurnVersion(t *testing.T) {
	t.Parallel()
	file := section2(t)
	info, ok := Recognise("b.exe", bytes.NewReader(file), int64(len(file)))
	if !ok || info.Technology != installer.Burn || info.TechnologyVersion != "3.11.1.2318" {
		t.Errorf("recognised: %v, %+v", ok, info)
	}
}

// section2 is a bundle with a second section .rdata in place of the resources.
func section2(t *testing.T) []byte {
	t.Helper()
	file := peSpec{section: ".wixburn", resources: []testResource{{typ: 10, id: 1, data: []byte("x\x003.11.1.2318\x00y")}}}.build()
	at := bytes.Index(file, []byte(".rsrc\x00\x00\x00"))
	if at < 0 {
		t.Fatal("no section .rsrc")
	}
	return slices.Concat(file[:at], []byte(".rdata\x00\x00"), file[at+8:])
}
