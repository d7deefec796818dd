package nsis

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// layouts are all builds that are told apart.
var layouts = map[string]layout{
	"NSIS 3 Unicode":        {family: nsis3, unicode: true, bad: -1},
	"NSIS 3 Unicode 64-bit": {family: nsis3, unicode: true, wide: true, bad: -1},
	"NSIS 3 Unicode log":    {family: nsis3, unicode: true, log: true, bad: -1},
	"NSIS 3 ANSI":           {family: nsis3, bad: -1},
	"NSIS 2":                {family: nsis2, bad: -1},
	"NSIS 2 log":            {family: nsis2, log: true, bad: -1},
	"NSIS 2.25":             {family: nsis2, before: 225, bad: -1},
	"NSIS 2.03":             {family: nsis2, before: 200, bad: -1},
	"Park 1":                {family: park1, unicode: true, bad: -1},
	"Park 2":                {family: park2, unicode: true, bad: -1},
	"Park 3 log":            {family: park3, unicode: true, log: true, bad: -1},
	"Park 3 ANSI":           {family: park3, bad: -1},
}

// typical is an installer with what scripts do with files. Its files have their names in the listing as content.
func typical(l layout) *builder {
	b := newBuilder(l)
	typicalInto(b)
	return b
}

func typicalInto(b *builder) {
	l := b.layout
	b.str("ProgramFilesDir") // at 1, for the registry's value below
	outDir2 := varRef(varOutDir2)
	if l.before != 0 {
		outDir2 = varOutDir225
	}
	switch l.before { // what tells those builds apart
	case 200:
		b.do(opGetDlgItem, varOutDir225, b.str(varRef(varParent225)), b.str("1"))
	case 225:
		b.do(opGetDlgItem, 1, b.str(varRef(varParent225)), b.str("1"))
	}
	if l.log {
		b.do(opLog, 1, 1)
	}
	b.do(opSectionSet, b.str("a"), b.str("b"), 0, 0, 1)
	b.file("a.inf", "a.inf")
	b.outPath(varRef(varInstDir), `\x64`)
	b.file("x64/a.sys", "a.sys")
	b.outPath(varRef(varOutDir), `\deep`)
	b.file("x64/deep/b.sys", "b.sys")
	b.do(opAssign, uint32(outDir2), b.str(varRef(varOutDir)))
	b.outPath(varRef(varInstDir), `\other`)
	b.file("other/c.sys", "c.sys")
	b.outPath(outDir2, `\back`)
	b.file("x64/deep/back/d.sys", "d.sys")
	b.file("$PLUGINSDIR/p.dll", varRef(varPluginDir), `\p.dll`)
	b.file("$TEMP/t.exe", varRef(varTemp), `\t.exe`)
	b.file("$EXEDIR/e.exe", varRef(varExeDir), `\e.exe`)
	b.file("x64/deep/back/$1/$R3.txt", varRef(1), `\`, varRef(13), ".txt")
	b.file("x64/deep/back/$(LSTR_3).txt", langRef(3), ".txt")
	b.outPath(shellRef{37, 41}, `\drivers`)
	b.file("$SYSDIR/drivers/s.sys", "s.sys")
	b.outPath(shellRef{50, 36})
	b.file("$WINDIR/w.txt", "w.txt")
	b.outPath(shellRef{0x80 | 0x40 | 1, 38}, `\Vendor`) // the string at 1
	b.file("$PROGRAMFILES64/Vendor/v.txt", "v.txt")
	b.file("C:/abs.txt", `C:\abs.txt`)
	b.do(opFileOpen, 5, 1<<30, 2, b.str(varRef(varTemp), `\empty`))
	b.do(opFileClose, 5)
	b.do(opExtract, 0, b.str(), b.add("$PROGRAMFILES64/Vendor/file"), 0, 0, 0)
	b.uninstaller()
}

// uninstaller adds one that replaces 4 bytes of the program.
func (b *builder) uninstaller() {
	patch := binary.LittleEndian.AppendUint32(nil, 4)
	patch = binary.LittleEndian.AppendUint32(patch, 700)
	patch = append(patch, "ICON\x00\x00\x00\x00"...)
	pos := b.add(string(patch))
	b.add("the second half of the uninstaller")
	name := b.str("un.exe")
	b.do(opUninstaller, name, pos, uint32(len(patch)), b.str(varRef(varInstDir), `\un.exe`))
}

func uninstalled(b *builder) string {
	p := slices.Clone(b.stub)
	copy(p[700:], "ICON")
	return string(p) + "the second half of the uninstaller"
}

func typicalFiles(b *builder) map[string]string {
	want := map[string]string{"$TEMP/empty": "", "un.exe": uninstalled(b)}
	for _, n := range []string{
		"a.inf", "x64/a.sys", "x64/deep/b.sys", "other/c.sys", "x64/deep/back/d.sys", "$PLUGINSDIR/p.dll", "$TEMP/t.exe", "$EXEDIR/e.exe",
		"x64/deep/back/$1/$R3.txt", "x64/deep/back/$(LSTR_3).txt", "$SYSDIR/drivers/s.sys", "$WINDIR/w.txt", "$PROGRAMFILES64/Vendor/v.txt",
		"C:/abs.txt", "$PROGRAMFILES64/Vendor/file",
	} {
		want[n] = n
	}
	return want
}

func bytesInput(b []byte) archive.Input { return archivetest.Bytes("setup.exe", b) }

func TestLayouts(t *testing.T) {
	t.Parallel()
	for name, l := range layouts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := typical(l)
			in := bytesInput(b.bytes())
			archivetest.Check(t, Open, in, typicalFiles(b))
			a, err := open(in, archive.DefaultLimits())
			if err != nil {
				t.Fatal(err)
			}
			if a.h.layout != l {
				t.Errorf("taken for %+v, is %+v", a.h.layout, l)
			}
		})
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a line that compresses well, and another; ", 500)
	noise := make([]byte, 70_000)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	for name, set := range map[string]func(*builder){
		"stored":                   func(*builder) {},
		"deflate":                  func(b *builder) { b.method = deflated },
		"deflate solid":            func(b *builder) { b.method, b.solid = deflated, true },
		"deflate of NSIS 2":        func(b *builder) { b.method, b.bare = deflated, true },
		"deflate of NSIS 2, solid": func(b *builder) { b.method, b.solid, b.bare = deflated, true, true },
		"bzip2":                    func(b *builder) { b.method = bzipped },
		"bzip2 solid":              func(b *builder) { b.method, b.solid = bzipped, true },
		"lzma":                     func(b *builder) { b.method = lzmaed },
		"lzma solid":               func(b *builder) { b.method, b.solid = lzmaed, true },
		"lzma with filter":         func(b *builder) { b.method, b.filtered = lzmaed, true },
		"lzma with filter, solid":  func(b *builder) { b.method, b.solid, b.filtered = lzmaed, true, true },
	} {
		for _, l := range []string{"NSIS 3 Unicode", "NSIS 2"} {
			if l != "NSIS 2" && strings.Contains(name, "NSIS 2") {
				continue
			}
			t.Run(name+" "+l, func(t *testing.T) {
				t.Parallel()
				b := newBuilder(layouts[l])
				set(b)
				b.file(text, "text.txt")
				b.file(string(noise), "noise.bin")
				b.file(strings.Repeat("\x00", 300_000), "zeros.bin")
				b.file("", "empty.txt")
				pos := b.add("one file with two names")
				b.fileAt(pos, "name1.txt")
				b.fileAt(pos, "name2.txt")
				b.uninstaller()
				b.do(opUninstaller, b.str("un2.exe"), b.script[len(b.script)-1].p[1], 16, 0)
				b.script[len(b.script)-1].p[3] = b.str(varRef(varInstDir), `\un2.exe`)
				b.file(text[:5000], "last.txt")
				archivetest.Check(t, Open, bytesInput(b.bytes()), map[string]string{
					"text.txt": text, "noise.bin": string(noise), "zeros.bin": strings.Repeat("\x00", 300_000), "empty.txt": "",
					"name1.txt": "one file with two names", "name2.txt": "one file with two names", "last.txt": text[:5000],
					"un.exe": uninstalled(b), "un2.exe": uninstalled(b),
				})
			})
		}
	}
}

// What makensis 3.08 made; see testdata/README.
func TestMakensis(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join("testdata", "*.nsis"))
	if err != nil || len(names) != 13 {
		t.Fatalf("%d installers, %v", len(names), err)
	}
	text := strings.Repeat("a line of text\n", 100)
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{
				"a.inf": "[Version]\n", "sub/a.inf": "[Version]\n", "sub/x64/a.sys": text, "sub/more/renamed.sys": text,
				"$TEMP/t.inf": "[Version]\n", "$SYSDIR/drivers/empty.txt": "", "sub/more/$_0_.inf": "[Version]\n",
			}
			if strings.HasPrefix(filepath.Base(name), "uninstaller") {
				want = map[string]string{"gone.inf": "[Version]\n"}
			}
			archivetest.Check(t, Open, bytesInput(slices.Concat(stub(1024), b)), want)
			archivetest.Check(t, Open, bytesInput(b), want)
		})
	}
}

func TestSetup(t *testing.T) {
	t.Parallel()
	for _, l := range []string{"NSIS 3 Unicode", "NSIS 3 Unicode 64-bit", "NSIS 3 ANSI", "NSIS 2", "Park 1"} {
		t.Run(l, func(t *testing.T) {
			t.Parallel()
			b := typical(layouts[l])
			b.flags = flagSilent
			b.stub = append(stub(1024), make([]byte, 512)...)
			copy(b.stub[600:], "<description>Nullsoft Install System v3.08</description>")
			b.langs = map[uint16][]uint32{
				1031: {b.str("Zweig"), 0, b.str("Treiber"), b.str("hallo")},
				1033: {b.str("Vendor"), 0, b.str("Driver ", langRef(3)), b.str("hello")},
			}
			b.sections = [][6]uint32{
				{b.str("Drivers"), 1, sectionSelected | sectionReadOnly, 0, 10, 1234},
				{b.str("Group"), 0, sectionGroup},
				{1<<32 - 4, 0, 0, 0, 1, 5}, // language string 3
				{0, 0, sectionGroupEnd},
			}
			b.install = b.str(shellRef{38, 42}, `\Vendor`)
			b.do(opSetFlag, 4, b.str("1"))
			b.do(opSetFlag, 8, b.str("0"))
			b.do(opMessageBox, 4, b.str("Really?"))
			b.do(opMessageBox, 4|6<<21, b.str("Really? /SD IDYES"))
			b.do(opExecute, b.str(`"`, varRef(varInstDir), `\dpinst.exe" /sw`), 0, 1)
			b.do(opShellExec, b.str("open"), b.str("readme.txt"), 0, 1)
			b.do(opPush, b.str("pnputil -i -a a.inf"))
			b.do(opPush, b.str("/OEM"))
			b.do(opRegisterDLL, b.str(varRef(varPluginDir), `\nsExec.dll`), b.str("Exec"), 0, 1)
			a, err := open(bytesInput(b.bytes()), archive.DefaultLimits())
			if err != nil {
				t.Fatal(err)
			}
			want := Setup{
				Name: "Driver hello", Branding: "Vendor", InstallDir: `$PROGRAM_FILES\Vendor`, Version: "3.08",
				Unicode: layouts[l].unicode, Wide: layouts[l].wide, Silent: true, RestartFlag: true, Boxes: 1, Loud: true,
				Sections: []Section{
					{Name: "Drivers", Selected: true, Required: true, SizeKB: 1234},
					{Name: "Group", Group: true},
					{Name: "hello", SizeKB: 5},
				},
				Languages: []uint16{1031, 1033},
				Commands:  []string{`"$INSTDIR\dpinst.exe" /sw`, "readme.txt", "pnputil -i -a a.inf"},
			}
			if d := cmp.Diff(want, a.Setup()); d != "" {
				t.Errorf("setup (-want +got):\n%s", d)
			}
			if k := a.Kind(); k != "nsis 3.08" {
				t.Errorf("kind %q", k)
			}
		})
	}
}

func TestEntries(t *testing.T) {
	t.Parallel()
	b := newBuilder(layouts["NSIS 2"])
	b.method = deflated
	b.file("stored as it is", "s.txt")
	b.file(strings.Repeat("packed ", 20), "p.txt")
	b.file("twice", "same.txt")
	b.file("another", "same.txt")
	b.fileAt(b.script[0].p[2], "s.txt") // told again
	r, err := Open(bytesInput(b.bytes()), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := []archive.Entry{
		{Name: "s.txt", Size: 15, Packed: 15, ModTime: modified, Block: 0},
		{Name: "p.txt", Size: -1, ModTime: modified, Block: 1},
		{Name: "same.txt", Size: 5, Packed: 5, ModTime: modified, Block: 2},
		{Name: "same.txt", Size: 7, Packed: 7, ModTime: modified, Block: 3},
	}
	got := slices.Clone(r.Entries())
	if got[1].Packed <= 0 || got[1].Packed >= 140 {
		t.Errorf("%d bytes of 140 packed", got[1].Packed)
	}
	got[1].Packed = 0
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("entries (-want +got):\n%s", d)
	}
}

// Names of ANSI builds are in the code page of the installer's language.
func TestCodePages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		language uint16
		name     string
		want     string
	}{
		{2052, "\xC7\xFD\xB6\xAF.inf", "驱动.inf"},
		{1041, "\x83h.inf", "ド.inf"},
		{1049, "\xE4.inf", "д.inf"},
		{1031, "\xE4.inf", "ä.inf"},
		{1033, "plain.inf", "plain.inf"},
	} {
		b := newBuilder(layouts["NSIS 3 ANSI"])
		b.outPath(varRef(varInstDir), `\sub`) // tells NSIS 3
		b.langs = map[uint16][]uint32{tt.language: {0, 0, 0}}
		b.file("x", []byte(tt.name))
		r, err := Open(bytesInput(b.bytes()), archive.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Entries()[0].Name; got != "sub/"+tt.want {
			t.Errorf("language %d: %q, want %q", tt.language, got, tt.want)
		}
	}
}

func TestKind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ layout, manifest, want string }{
		{"NSIS 3 Unicode", "", "nsis 3"},
		{"NSIS 2", "", "nsis 2"},
		{"NSIS 2", "<description>Nullsoft Install System v2.46</description>", "nsis 2.46"},
		{"Park 1", "<description>Nullsoft Install System v2.46.5-Unicode</description>", "nsis 2.46.5"},
		{"NSIS 3 ANSI", "<description>Nullsoft Install System v3.0b1</description>", "nsis 3.0b1"},
		{"NSIS 3 ANSI", "Nullsoft Install System v" + strings.Repeat("9", 40), "nsis 3"},
	} {
		b := typical(layouts[tt.layout])
		b.stub = stub(70 << 10)
		copy(b.stub[32<<10-10:], tt.manifest) // where one read ends and the next starts
		r, err := Open(bytesInput(b.bytes()), archive.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Kind(); got != tt.want {
			t.Errorf("%s with %q: %q, want %q", tt.layout, tt.manifest, got, tt.want)
		}
	}
}

// Real installers, where they are at hand. The lists are those of 7-Zip.
func TestCorpus(t *testing.T) {
	t.Parallel()
	root, err := os.OpenRoot(filepath.FromSlash("../../../../../shared/corpus"))
	if err != nil {
		if os.Getenv("DRIVERCAT_REQUIRE_SHARED") == "1" {
			t.Fatal("the corpus of vendor drivers beside the checkout is not found")
		}
		t.Skip("no corpus of vendor drivers beside the project")
	}
	defer root.Close()
	for name, driver := range map[string]string{
		"setup/coolstar/cbtable/cbtable.1.0.1-installer.exe": "drivers/coreboot/cbtable",
		"setup/coolstar/gmbusi2c/gmbusi2c.1.0-installer.exe": "drivers/gmbusi2c/gmbusi2c",
	} {
		b, err := root.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		a, err := open(bytesInput(b), archive.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"$PLUGINSDIR/System.dll", "drivers/dpinst.exe", driver + ".cat", driver + ".inf", driver + ".sys"}
		files := archivetest.Files(t, a)
		var got []string
		for _, e := range a.Entries() {
			got = append(got, e.Name)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		if !strings.Contains(files[driver+".inf"], "DriverVer") || a.Kind() != "nsis 3.08" {
			t.Errorf("%s: %s, %d bytes of INF", name, a.Kind(), len(files[driver+".inf"]))
		}
		if err := a.Verify(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
