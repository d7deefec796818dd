package source

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source/archive/msi"
)

const cabinet = "MSCF\x00\x00\x00\x00" + "a cabinet's header and folders, long enough to be one: 0123456789"

func zipFile(name string) string {
	return "PK\x03\x04\x14\x00" + strings.Repeat("\x00", 20) + "\x05\x00\x00\x00" + name
}

// recogniseTest is a file and what it should be taken for; an empty kind is no setup program.
type recogniseTest struct {
	what, name string
	file       []byte
	kind       string
	signature  string
	offset     int64
	product    string
}

func recogniseTests() []recogniseTest {
	overlay := int64(peRsrcAt + 512) // an empty resource section takes 512 bytes
	nsis := "\x00\x00\x00\x00\xEF\xBE\xAD\xDENullsoftInst" + "\x01\x02\x03\x04"
	ne := append([]byte("MZ"), make([]byte, 126)...)
	ne[0x3C] = 0x40
	copy(ne[0x40:], "NE")
	dos := append([]byte("MZ\x80\x00\x01\x00"), make([]byte, 122)...)
	zipEnd := strings.Repeat("x", 70_000) + "PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00\x30\x00\x00\x00\x10\x00\x00\x00\x00\x00"
	version := func(pairs ...string) peSpec { return peSpec{resources: []testResource{versionResource(pairs...)}} }
	return []recogniseTest{
		{"NSIS", "drv.exe", peSpec{overlay: nsis}.build(), KindNSIS, "NullsoftInst", overlay + 8, ""},
		{"NSIS behind padding", "drv.exe", peSpec{plus: true, overlay: strings.Repeat("\x00", 1024) + nsis}.build(), KindNSIS, "NullsoftInst", overlay + 1032, ""},
		{"NSIS 1", "drv.exe", peSpec{overlay: "\x00\x00\x00\x00\xEF\xBE\xAD\xDEnsisinstall\x00\x00\x00\x00\x00"}.build(), KindNSIS, "nsisinstall", overlay + 8, ""},
		{"NSIS cut short", "drv.exe", peSpec{overlay: nsis[:18]}.build(), "", "", 0, ""},
		{"Inno Setup 6", "drv.exe", peSpec{resources: []testResource{{typ: 10, id: 11111, data: []byte("rDlPtS\xCD\xE6\xD7\x7B\x0B\x2A more")}}}.build(), KindInno, "rDlPtS", 0, ""},
		{"Inno Setup 2", "drv.exe", peSpec{dosMark: "Inno\x00\x10\x02\x00\xFF\xEF\xFD\xFF"}.build(), KindInno, "Inno", 0x30, ""},
		{"a DOS header with the word Inno", "drv.exe", peSpec{dosMark: "Innovate now"}.build(), "", "", 0, ""},
		{"WiX Burn", "drv.exe", peSpec{section: ".wixburn"}.build(), KindBurn, ".wixburn", peHeader + 24 + 224, ""},
		{"InstallShield stream", "drv.exe", peSpec{overlay: "ISSetupStream\x00"}.build(), KindInstallShield, "ISSetupStream", overlay, ""},
		{"InstallShield launcher under a vendor's name", "setup.exe", version("ProductName", "Ether 10/100", "ISInternalDescription", "Setup Launcher").build(),
			KindInstallShield, "ISInternalDescription", 0, "Ether 10/100"},
		{"PackageForTheWeb is no plain cabinet", "sp123.exe", func() []byte {
			s := version("ProductName", "PackageForTheWeb Stub")
			s.overlay = cabinet
			return s.build()
		}(), KindInstallShield, "PackageForTheWeb Stub", 0, ""},
		{"DPInst under another name", "go.exe", version("OriginalFilename", "DPInst.exe", "ProductName", "Driver Package Installer").build(), KindDPInst, "DPInst.exe", 0, ""},
		{"IExpress", "q.exe", version("ProductName", "Internet Explorer", "FileDescription", "Win32 Cabinet Self-Extractor", "InternalName", "Wextract").build(), KindCab, "Wextract", 0, ""},
		{"cabinet in a resource", "q.exe", peSpec{resources: []testResource{{typ: 10, name: "CABINET", data: []byte(cabinet)}}}.build(), KindCab, "MSCF", 0, ""},
		{"cabinet in a section", "kb.exe", peSpec{section: "_sfx_", code: cabinet}.build(), KindCab, "MSCF", peCodeAt, ""},
		{"cabinet appended", "q.exe", peSpec{overlay: "junk" + cabinet}.build(), KindCab, "MSCF", overlay + 4, ""},
		{"7z with configuration", "q.exe", peSpec{overlay: "\xEF\xBB\xBF;!@Install@!UTF-8!\r\nRunProgram=\"setup.exe\"\r\n;!@InstallEnd@!7z\xBC\xAF\x27\x1C"}.build(), Kind7z, ";!@Install@!UTF-8!", overlay + 3, ""},
		{"7z with 7-Zip's own version", "q.exe", func() []byte {
			s := version("ProductName", "7-Zip", "CompanyName", "Igor Pavlov")
			s.overlay = "7z\xBC\xAF\x27\x1C"
			return s.build()
		}(), Kind7z, "7z BC AF 27 1C", 0, ""},
		{"rar", "q.exe", peSpec{overlay: "Rar!\x1A\x07\x00"}.build(), KindRar, "Rar!", overlay, ""},
		{"zip", "q.exe", peSpec{overlay: zipFile("a.inf")}.build(), KindZip, "PK 03 04", overlay, ""},
		{"zip that starts far behind", "q.exe", peSpec{overlay: zipEnd, signature: "signature"}.build(), KindZip, "PK 05 06", overlay + 70_000, ""},
		{"the first of two archives counts", "q.exe", peSpec{overlay: zipFile("x.cab") + cabinet}.build(), KindZip, "PK 03 04", overlay, ""},
		{"PK by chance", "q.exe", peSpec{overlay: "PK\x03\x04 and then some text that is no header"}.build(), "", "", 0, ""},
		{"archive mark in a signature only", "q.exe", peSpec{signature: "7z\xBC\xAF\x27\x1C" + nsis}.build(), "", "", 0, ""},

		{"setup.exe of unknown make", `Disk 1\SETUP.EXE`, version("ProductName", "LAN\tdriver\r\n 1", "FileVersion", "").build(), KindExe, "a Windows program, named like a setup program", peHeader, "LAN driver 1"},
		{"16-bit setup", "install.exe", ne, KindExe, "a 16-bit Windows program, named like a setup program", 0x40, ""},
		{"DOS setup", "setup.exe", dos, KindExe, "a DOS program, named like a setup program", 0, ""},
		{"DOS self-extractor", "net.exe", append(bytes.Clone(dos), zipFile("a.inf")...), KindZip, "PK 03 04", 128, ""},
		{"calls itself an installer", "wlan64.exe", version("FileDescription", "WLAN Driver Installer").build(), KindExe, "WLAN Driver Installer", 0, "WLAN Driver Installer"},

		{"plain program", "tray.exe", version("ProductName", "Tray icon", "FileDescription", "Tray").build(), "", "", 0, ""},
		{"devcon", "devcon.exe", version("FileDescription", "Windows Setup API").build(), "", "", 0, ""},
		{"uninstaller by name", "unins000.exe", peSpec{overlay: nsis}.build(), "", "", 0, ""},
		{"uninstaller by description", "nvusmb.exe", version("FileDescription", "NVIDIA Uninstaller Utility", "ProductName", "Setup").build(), "", "", 0, ""},
		{"DLL", "setup.exe", peSpec{dll: true}.build(), "", "", 0, ""},
		{"driver named like a program", "setup.exe", peSpec{native: true}.build(), "", "", 0, ""},
		{"library by its name", "setup.dll", peSpec{overlay: nsis}.build(), "", "", 0, ""},
		{"helper of InstallShield", "IKernel.exe", version("ProductName", "InstallShield").build(), "", "", 0, ""},
		{"script", "setup.cmd", []byte("@echo off"), "", "", 0, ""},
		{"page named setup.exe", "setup.exe", []byte("<html>404 not found, and some more text to make it as long as a header is</html>"), "", "", 0, ""},
		{"empty", "setup.exe", nil, "", "", 0, ""},

		{"MSI", "net.msi", compoundFile(msi.ClassDatabase, "Ether 10/100 driver", "ACME"), KindMSI, "{000C1084-0000-0000-C000-000000000046}", 1104, "Ether 10/100 driver"},
		{"patch", "net.msp", compoundFile(msi.ClassPatch, "Fix", "ACME"), KindMSP, "{000C1086-0000-0000-C000-000000000046}", 1104, "Fix"},
		{"MSI without a class", "net.msi", compoundFile("", "", ""), KindMSI, "compound file named .msi", 0, ""},
		{"MSI that is none", "net.msi", []byte("not found"), "", "", 0, ""},
		{"MSI cut short", "net.msi", compoundFile(msi.ClassDatabase, "Ether", "ACME")[:600], KindMSI, "compound file named .msi", 0, ""},
		{"compound file of another program", "table.xls", compoundFile("", "", ""), "", "", 0, ""},
	}
}

func TestRecognise(t *testing.T) {
	t.Parallel()
	for _, tt := range recogniseTests() {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			info, ok := Recognise(tt.name, bytes.NewReader(tt.file), int64(len(tt.file)))
			if ok != (tt.kind != "") {
				t.Fatalf("recognised: %v, as %+v", ok, info)
			}
			if !ok {
				if d := cmp.Diff(catalog.InstallerInfo{}, info); d != "" {
					t.Errorf("no setup program, but:\n%s", d)
				}
				return
			}
			e := info.Evidence
			if info.Kind != tt.kind || e.Signature != tt.signature || info.Product != tt.product || e.Path != baseName(tt.name) {
				t.Errorf("got %+v, want %s, %q, %q", info, tt.kind, tt.signature, tt.product)
			}
			if tt.offset != 0 && e.Offset != tt.offset {
				t.Errorf("evidence at %#x, want %#x", e.Offset, tt.offset)
			}
		})
	}
}

// The place of every text signature is where those bytes are.
func TestRecogniseEvidenceIsThere(t *testing.T) {
	t.Parallel()
	for _, tt := range recogniseTests() {
		info, ok := Recognise(tt.name, bytes.NewReader(tt.file), int64(len(tt.file)))
		if !ok || strings.ContainsAny(info.Evidence.Signature, "{ ") && !strings.HasPrefix(info.Evidence.Signature, "WLAN") {
			continue
		}
		at := tt.file[info.Evidence.Offset:]
		s := info.Evidence.Signature
		if !bytes.HasPrefix(at, []byte(s)) && !bytes.HasPrefix(at, wide(s)) && !strings.HasPrefix(s, "ISInternal") {
			t.Errorf("%s: no %q at %#x", tt.what, s, info.Evidence.Offset)
		}
	}
}

func TestRecogniseVersion(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		file peSpec
		want catalog.InstallerInfo
	}{
		{"strings", peSpec{resources: []testResource{versionResource("CompanyName", "ACME", "FileVersion", "1.2", "ProductName", "Net")}},
			catalog.InstallerInfo{Product: "Net", Version: "1.2", Company: "ACME"}},
		{"number where the text is missing", peSpec{resources: []testResource{versionResource("FileDescription", "Net")}},
			catalog.InstallerInfo{Product: "Net", Version: "5.12.3.4"}},
		{"very long text", peSpec{resources: []testResource{versionResource("ProductName", strings.Repeat("ü", 500), "FileVersion", "1")}},
			catalog.InstallerInfo{Product: strings.Repeat("ü", maxText) + "…", Version: "1"}},
		{"second resource", peSpec{plus: true, resources: []testResource{{typ: 3, id: 1, data: []byte("icon")}, versionResource("ProductName", "日本", "FileVersion", "1")}},
			catalog.InstallerInfo{Product: "日本", Version: "1"}},
		{"none", peSpec{}, catalog.InstallerInfo{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := tt.file.build()
			got, ok := Recognise("setup.exe", bytes.NewReader(b), int64(len(b)))
			if !ok {
				t.Fatal("not recognised")
			}
			got.Kind, got.Evidence = "", catalog.Place{}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("version (-want +got):\n%s", d)
			}
		})
	}
}

func TestRecogniseUnreadable(t *testing.T) {
	t.Parallel()
	if info, ok := Recognise("setup.exe", failing{}, 1<<20); ok {
		t.Errorf("unreadable file recognised as %+v", info)
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errors.New("bad sector") }

// counting counts what is read of a file.
type counting struct {
	r     *bytes.Reader
	calls int
	bytes int
}

func (c *counting) ReadAt(b []byte, at int64) (int, error) {
	c.calls++
	c.bytes += len(b)
	return c.r.ReadAt(b, at)
}

// maxCalls bounds the reads of one file: whatever its resources claim, there are so many types, names and languages.
const maxCalls = 20_000

func FuzzRecognise(f *testing.F) {
	for _, tt := range recogniseTests() {
		if len(tt.file) < 8<<10 {
			f.Add(tt.name, tt.file, int64(len(tt.file)))
		}
	}
	for _, tt := range technologyTests() {
		f.Add(tt.name, tt.file, int64(len(tt.file)))
	}
	f.Fuzz(func(t *testing.T, name string, file []byte, size int64) {
		c := &counting{r: bytes.NewReader(file)}
		info, ok := Recognise(name, c, size)
		if c.bytes > maxLook || c.calls > maxCalls {
			t.Errorf("read %d bytes in %d calls", c.bytes, c.calls)
		}
		if ok != (info.Kind != "") || ok && (info.Evidence.Path == "" || info.Evidence.Signature == "") {
			t.Errorf("%v with %+v", ok, info)
		}
		if ok && (info.Evidence.Offset < 0 || info.Evidence.Offset > size) {
			t.Errorf("evidence outside of the file's %d bytes: %+v", size, info)
		}
	})
}

// Real setup programs, where they are at hand. The answers were checked by hand.
func TestRecogniseCorpus(t *testing.T) {
	t.Parallel()
	root, err := os.OpenRoot(filepath.FromSlash("../../../shared/corpus"))
	if err != nil {
		if os.Getenv("DRIVERCAT_REQUIRE_SHARED") == "1" {
			t.Fatal("the corpus of vendor drivers beside the checkout is not found")
		}
		t.Skip("no corpus of vendor drivers beside the project")
	}
	defer root.Close()
	got := map[string]string{}
	if err := fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := root.ReadFile(p)
		if err != nil {
			return err
		}
		c := &counting{r: bytes.NewReader(b)}
		if info, ok := Recognise(p, c, int64(len(b))); ok {
			got[filepath.Base(filepath.Dir(p))+"/"+filepath.Base(p)] = info.Kind
		}
		if c.bytes > maxLook {
			t.Errorf("%s: read %d bytes", p, c.bytes)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"cbtable/cbtable.1.0.1-installer.exe": KindNSIS, "gmbusi2c/gmbusi2c.1.0-installer.exe": KindNSIS,
		"RAID_driver/rcraid.msi": KindMSI, "8x64/amdkmafd.msi": KindMSI, "8x64/amd_sata.msi": KindMSI,
		"WinAll/MA901U.exe": KindInno, "SS/SI_7018.exe": Kind7z, "XLerate/Vor20App.exe": KindInstallShield, "Win 10/POSPrintDrive_V8.6.exe": KindRar,
		"Win2k/install64.exe": KindExe, "5x64/DrvInst.exe": KindExe, "GSIF/install.exe": KindExe,
		"amd64/install-filter.exe": KindExe, "x86/install-filter.exe": KindExe,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("setup programs (-want +got):\n%s", d)
	}
}
