package msi

import (
	"crypto/md5"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

const (
	fileColumns      = "File s,Component_ s,FileName l,FileSize 4,Version s,Language s,Attributes 2,Sequence 4"
	componentColumns = "Component s,ComponentId s,Directory_ s,Attributes 2,Condition s,KeyPath s"
	directoryColumns = "Directory s,Directory_Parent s,DefaultDir l"
	mediaColumns     = "DiskId 2,LastSequence 4,DiskPrompt l,Cabinet s,VolumeLabel s,Source s"
	propertyColumns  = "Property s,Value l"
)

// testFile is a file of a package: its key, its name as the table has it, and where it is.
type testFile struct {
	key, component, name, text string
	attributes, sequence       int
}

// testMedium is a row of the Media table with the files that its cabinet holds.
type testMedium struct {
	last    int
	cabinet string
}

// testPackage is a package to write.
type testPackage struct {
	dirs       [][3]string
	components [][2]string // and their directories
	conditions map[string]string
	files      []testFile
	media      []testMedium
	more       []tableSpec
	noCabinets bool
	databaseSpec
}

// tables fills in the tables and the cabinets that are streams.
func (p testPackage) build() (database []byte, cabinets map[string][]byte) {
	d, cabinets := p.databaseSpec, map[string][]byte{}
	if d.streams == nil {
		d.streams = map[string][]byte{}
	}
	if d.summary == nil {
		d.summary = map[int]any{14: 200, 15: SourceCompressed}
	}
	var dirs, components, files, media [][]any
	for _, r := range p.dirs {
		dirs = append(dirs, []any{r[0], r[1], r[2]})
	}
	for _, r := range p.components {
		components = append(components, []any{r[0], "{}", r[1], 0, p.conditions[r[0]], nil})
	}
	for i, f := range p.files {
		if f.sequence == 0 {
			p.files[i].sequence = i + 1
		}
		files = append(files, []any{f.key, f.component, f.name, len(f.text), nil, nil, f.attributes, p.files[i].sequence})
	}
	for i, m := range p.media {
		media = append(media, []any{i + 1, m.last, nil, m.cabinet, nil, nil})
		var members [][2]string
		for _, f := range p.files {
			if f.sequence <= m.last && (i == 0 || f.sequence > p.media[i-1].last) {
				members = append(members, [2]string{f.key, f.text})
			}
		}
		name, embedded := cabinetName(m.cabinet)
		switch {
		case name == "" || p.noCabinets:
		case embedded:
			d.streams[name] = storedCabinet(members...)
		default:
			cabinets[name] = storedCabinet(members...)
		}
	}
	d.tables = append([]tableSpec{
		{"Directory", directoryColumns, dirs}, {"Component", componentColumns, components},
		{"File", fileColumns, files}, {"Media", mediaColumns, media},
	}, append(d.tables, p.more...)...)
	return d.bytes(), cabinets
}

// input is a database with files beside it.
func input(name string, b []byte, beside map[string][]byte) archive.Input {
	in := archivetest.Bytes(name, b)
	in.Beside = func(name string) (archive.Input, error) {
		for n, b := range beside {
			if strings.EqualFold(n, name) {
				return input(n, b, beside), nil
			}
		}
		return archive.Input{}, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return in
}

// driverPackage is a package as a vendor makes one.
func driverPackage() testPackage {
	return testPackage{
		dirs: [][3]string{
			{"TARGETDIR", "", "SourceDir"}, {"ProgramFilesFolder", "TARGETDIR", "."}, {"SystemFolder", "TARGETDIR", ".:SYSTEM~1|System Files"},
			{"ACME", "ProgramFilesFolder", "ACME~1|ACME Devices"}, {"INSTALLDIR", "ACME", "drv|Drivers:src|Source Drivers"}, {"SAME", "INSTALLDIR", "."},
		},
		components: [][2]string{{"Driver", "INSTALLDIR"}, {"Library", "SystemFolder"}, {"Same", "SAME"}, {"Root", "TARGETDIR"}},
		files: []testFile{
			{key: "net.inf", component: "Driver", name: "NET~1.INF|network card.inf", text: "[Version]"},
			{key: "net.sys", component: "Driver", name: "net.sys", text: strings.Repeat("MZ driver ", 500)},
			{key: "lib", component: "Library", name: "lib.dll", text: "MZ"},
			{key: "empty", component: "Same", name: "EMPTY.TXT", text: ""},
			{key: "readme", component: "Root", name: "readme.txt", text: "read me"},
		},
		media: []testMedium{{5, "#Data1.cab"}},
	}
}

func driverFiles() map[string]string {
	p := driverPackage()
	return map[string]string{
		"Program Files/ACME Devices/Drivers/network card.inf": p.files[0].text,
		"Program Files/ACME Devices/Drivers/net.sys":          p.files[1].text,
		"System Files/lib.dll":                                p.files[2].text,
		"Program Files/ACME Devices/Drivers/EMPTY.TXT":        p.files[3].text,
		"readme.txt": p.files[4].text,
	}
}

type testArchive struct {
	name  string
	in    archive.Input
	files map[string]string
}

// variant writes the driver package with a change.
func variant(change func(*testPackage)) archive.Input {
	p := driverPackage()
	change(&p)
	b, beside := p.build()
	return input("driver.msi", b, beside)
}

func with(files map[string]string, pairs ...string) map[string]string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "-" {
			delete(files, pairs[i])
		} else {
			files[pairs[i]] = pairs[i+1]
		}
	}
	return files
}

func encoded(e interface{ String(string) (string, error) }) func(string) []byte {
	return func(s string) []byte {
		out, err := e.String(s)
		if err != nil {
			panic(err)
		}
		return []byte(out)
	}
}

func testArchives() []testArchive {
	text := strings.Repeat("0123456789", 500)
	return []testArchive{
		{"one cabinet inside", variant(func(*testPackage) {}), driverFiles()},
		{"large sectors", variant(func(p *testPackage) { p.sector = 4096 }), driverFiles()},
		{"streams in turns", variant(func(p *testPackage) {
			p.scatter = true
			p.streams = map[string][]byte{"Binary.Setup": []byte(text)}
		}), with(driverFiles(), "$Binary/Setup", text)},
		{"references of three bytes", variant(func(p *testPackage) { p.long = true }), driverFiles()},
		{"two cabinets and one beside", variant(func(p *testPackage) {
			p.media = []testMedium{{2, "#a.cab"}, {3, "B.CAB"}, {5, "#c.cab"}}
		}), driverFiles()},
		{"media in no order", variant(func(p *testPackage) {
			p.media = []testMedium{{2, "#a.cab"}, {5, "#b.cab"}}
			_, _ = p.build()
			p.streams = map[string][]byte{}
			for i, m := range [][]testFile{p.files[:2], p.files[2:]} {
				var list [][2]string
				for _, f := range m {
					list = append(list, [2]string{f.key, f.text})
				}
				p.streams[string(rune('a'+i))+".cab"] = storedCabinet(list...)
			}
			p.media, p.noCabinets = []testMedium{{5, "#b.cab"}, {2, "#a.cab"}}, true
		}), driverFiles()},
		{"members in another case", variant(func(p *testPackage) {
			b, _ := p.build()
			_ = b
			p.noCabinets = true
			var list [][2]string
			for _, f := range p.files {
				list = append(list, [2]string{strings.ToUpper(f.key), f.text})
			}
			p.streams = map[string][]byte{"Data1.cab": storedCabinet(list...)}
		}), driverFiles()},
		{"a member that no file is", variant(func(p *testPackage) {
			p.noCabinets = true
			list := [][2]string{{"stray", "lost"}}
			for _, f := range p.files {
				list = append(list, [2]string{f.key, f.text})
			}
			p.streams = map[string][]byte{"Data1.cab": storedCabinet(list...)}
		}), with(driverFiles(), "$Cabinet/Data1.cab/stray", "lost")},
		{"streams of tables", variant(func(p *testPackage) {
			p.streams = map[string][]byte{"Binary.CA_DLL": []byte("MZ"), "Icon.a.ico": []byte(text), "ISSetupFilesHelper": nil, "\x05DigitalSignature": []byte("x")}
		}), with(driverFiles(), "$Binary/CA_DLL", "MZ", "$Icon/a.ico", text, "$Stream/ISSetupFilesHelper", "")},
		{"streams whose table names files", variant(func(p *testPackage) {
			p.streams = map[string][]byte{"ISSetupFile.one": []byte("1"), "ISSetupFile.two": []byte("2"), "ISSetupFile.three": []byte("3"), "ISSetupFile.none": []byte("4")}
			p.more = []tableSpec{{"ISSetupFile", "ISSetupFile s,FileName s,Stream v,Language 2", [][]any{
				{"one", "net.inf", nil, 1033}, {"two", "NET~1.INF|NET.inf", nil, 1031}, {"three", "net.sys", nil, 0}, {"gone", "gone.sys", nil, 0}, {"none", nil, nil, 0}}}}
		}), with(driverFiles(), "$ISSetupFile/net.inf", "1", "$ISSetupFile/two/NET.inf", "2", "$ISSetupFile/net.sys", "3", "$ISSetupFile/none", "4")},
		{"a text of more than 64 KiB before all others", variant(func(p *testPackage) {
			p.tables = []tableSpec{{"Control", "Dialog_ s,Text l", [][]any{{"Licence", strings.Repeat("licence ", 20_000)}}}}
		}), driverFiles()},
		{"Japanese names", variant(func(p *testPackage) {
			p.codePage, p.encode = 932, encoded(japanese.ShiftJIS.NewEncoder())
			p.files[4].name = "DOKU~1.TXT|説明ソ.txt"
		}), with(driverFiles(), "readme.txt", "-", "説明ソ.txt", "read me")},
		{"German names", variant(func(p *testPackage) {
			p.codePage, p.encode = 1252, encoded(charmap.Windows1252.NewEncoder())
			p.dirs[3][2] = "ACME~1|Geräte & Größen €"
		}), with(driverFiles(), "Program Files/ACME Devices/Drivers/network card.inf", "-", "Program Files/ACME Devices/Drivers/net.sys", "-",
			"Program Files/ACME Devices/Drivers/EMPTY.TXT", "-",
			"Program Files/Geräte & Größen €/Drivers/network card.inf", "[Version]", "Program Files/Geräte & Größen €/Drivers/EMPTY.TXT", "",
			"Program Files/Geräte & Größen €/Drivers/net.sys", driverPackage().files[1].text)},
		{"UTF-8 without a code page", variant(func(p *testPackage) { p.files[4].name = "説明.txt" }), with(driverFiles(), "readme.txt", "-", "説明.txt", "read me")},
		{"a file without a name", variant(func(p *testPackage) { p.files[4].name = "X|" }), with(driverFiles(), "readme.txt", "-", "readme", "read me")},
		{"merge module", mergeModule(), map[string]string{"Shared/shared.dll": "MZ shared"}},
		{"a set of cabinets inside", splitSet(true), map[string]string{"a.bin": text, "b.bin": text + text, "c.bin": "c"}},
		{"a set of cabinets beside", splitSet(false), map[string]string{"a.bin": text, "b.bin": text + text, "c.bin": "c"}},
		{"drivers for two processors", twoProcessors(), map[string]string{
			"drv/net.inf": "x86", "drv/net.sys": "MZ x86", "drv/$Drv64/net.inf": "x64", "drv/$Drv64/net.sys": "MZ x64", "drv/$Drv64/co.dll": "MZ co",
			"drv/$Drv64/$again/NET.INF": "again", "drv/help.txt": "help",
		}},
		{"patch", patchFile(), map[string]string{
			"drv/net64.sys": "MZ new", "lib.dll.1234": "MZ changed", "$Delta/net.sys": "PA30", "$Stream/other": "x", "stray": "?",
		}},
	}
}

func mergeModule() archive.Input {
	p := testPackage{
		dirs:       [][3]string{{"TARGETDIR", "", "SourceDir"}, {"Shared.11", "TARGETDIR", "Shared"}},
		components: [][2]string{{"C.11", "Shared.11"}},
		files:      []testFile{{key: "shared.11", component: "C.11", name: "shared.dll", text: "MZ shared"}},
		more:       []tableSpec{{"ModuleSignature", "ModuleID s,Language 2,Version s", [][]any{{"M.11", 1033, "1.0"}}}},
	}
	p.streams = map[string][]byte{moduleCabinet: storedCabinet([2]string{"shared.11", "MZ shared"})}
	p.summary = map[int]any{15: 0}
	b, _ := p.build()
	return input("shared.msm", b, nil)
}

func twoProcessors() archive.Input {
	p := testPackage{
		dirs:       [][3]string{{"TARGETDIR", "", "SourceDir"}, {"DRV", "TARGETDIR", "drv"}},
		components: [][2]string{{"Drv32", "DRV"}, {"Drv64", "DRV"}, {"Help", "DRV"}},
		conditions: map[string]string{"Drv32": "NOT VersionNT64", "Drv64": "VersionNT64"},
		files: []testFile{
			{key: "inf32", component: "Drv32", name: "net.inf", text: "x86"}, {key: "sys32", component: "Drv32", name: "net.sys", text: "MZ x86"},
			{key: "co64", component: "Drv64", name: "co.dll", text: "MZ co"}, {key: "inf64", component: "Drv64", name: "NET~1.INF|net.inf", text: "x64"},
			{key: "sys64", component: "Drv64", name: "net.sys", text: "MZ x64"}, {key: "again", component: "Drv64", name: "NET.INF", text: "again"},
			{key: "help", component: "Help", name: "help.txt", text: "help"},
		},
		media: []testMedium{{9, "#d.cab"}},
		more:  []tableSpec{{"MsiDriverPackages", "Component s,Flags 4,Sequence 4", [][]any{{"Drv64", 4, 2}, {"Drv32", 6, 1}, {"Absent", 0, nil}}}},
	}
	b, _ := p.build()
	return input("two.msi", b, nil)
}

func TestArchives(t *testing.T) {
	t.Parallel()
	for _, tt := range testArchives() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			archivetest.Check(t, Open, tt.in, tt.files)
		})
	}
}

func mustOpen(t *testing.T, in archive.Input) *Database {
	t.Helper()
	r, err := Open(in, archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r.(*Database)
}

// told is what entries say and what reading them gives.
func told(t *testing.T, d *Database) (list []string) {
	t.Helper()
	problems := map[int]error{}
	if err := d.Extract(t.Context(), func(int) bool { return true }, func(i int, r io.Reader) error {
		_, problems[i] = io.Copy(io.Discard, r)
		return nil
	}); err != nil {
		t.Error(err)
	}
	for i, e := range d.Entries() {
		s := fmt.Sprintf("%s %d", e.Name, e.Size)
		if e.Mode != 0 {
			s += " " + e.Mode.String()
		}
		if at, ok := d.Outside(i); ok {
			s += " at " + at
		}
		if err := problems[i]; err != nil {
			s += ": " + err.Error()
		}
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

func TestWhatIsNotInside(t *testing.T) {
	t.Parallel()
	outside := func(source int, attributes ...int) archive.Input {
		return variant(func(p *testPackage) {
			p.summary = map[int]any{15: source}
			for i, a := range attributes {
				p.files[i].attributes = a
			}
			p.noCabinets = true
			p.streams = map[string][]byte{"Data1.cab": storedCabinet([2]string{"lib", "MZ"})}
		})
	}
	for _, tt := range []struct {
		name string
		in   archive.Input
		want []string
	}{
		{"no cabinet", variant(func(p *testPackage) { p.media = []testMedium{{5, ""}} }), []string{
			"Program Files/ACME Devices/Drivers/EMPTY.TXT 0 ?--------- at ACME Devices/Source Drivers/EMPTY.TXT",
			"Program Files/ACME Devices/Drivers/net.sys 5000 ?--------- at ACME Devices/Source Drivers/net.sys",
			"Program Files/ACME Devices/Drivers/network card.inf 9 ?--------- at ACME Devices/Source Drivers/network card.inf",
			"System Files/lib.dll 2 ?--------- at System Files/lib.dll",
			"readme.txt 7 ?--------- at readme.txt",
		}},
		{"files outside with short names but one", outside(SourceShortNames, 0, fileCompressed), []string{
			"Program Files/ACME Devices/Drivers/EMPTY.TXT 0 ?--------- at ACME~1/src/EMPTY.TXT",
			`Program Files/ACME Devices/Drivers/net.sys 5000: the cabinet "Data1.cab" lacks the file net.sys: the archive is damaged`,
			"Program Files/ACME Devices/Drivers/network card.inf 9 ?--------- at ACME~1/src/NET~1.INF",
			"System Files/lib.dll 2",
			"readme.txt 7 ?--------- at readme.txt",
		}},
		{"files inside but one", outside(SourceCompressed, fileOutside), []string{
			`Program Files/ACME Devices/Drivers/EMPTY.TXT 0: the cabinet "Data1.cab" lacks the file empty: the archive is damaged`,
			`Program Files/ACME Devices/Drivers/net.sys 5000: the cabinet "Data1.cab" lacks the file net.sys: the archive is damaged`,
			"Program Files/ACME Devices/Drivers/network card.inf 9 ?--------- at ACME Devices/Source Drivers/network card.inf",
			"System Files/lib.dll 2",
			`readme.txt 7: the cabinet "Data1.cab" lacks the file readme: the archive is damaged`,
		}},
		{"cabinets that are missing, or none", variant(func(p *testPackage) {
			p.noCabinets = true
			p.media = []testMedium{{2, "gone.cab"}, {4, "#lost.cab"}, {5, "#text.cab"}}
			p.streams = map[string][]byte{"text.cab": []byte("no cabinet")}
		}), []string{
			`Program Files/ACME Devices/Drivers/EMPTY.TXT 0: there is no stream "lost.cab": the archive is damaged`,
			`Program Files/ACME Devices/Drivers/net.sys 5000: the cabinet "gone.cab" does not lie beside "driver.msi": a part of the archive is missing`,
			`Program Files/ACME Devices/Drivers/network card.inf 9: the cabinet "gone.cab" does not lie beside "driver.msi": a part of the archive is missing`,
			`System Files/lib.dll 2: there is no stream "lost.cab": the archive is damaged`,
			`readme.txt 7: "text.cab" is not a cabinet: the archive is damaged`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(tt.want, told(t, mustOpen(t, tt.in))); d != "" {
				t.Errorf("entries (-want +got):\n%s", d)
			}
		})
	}
}

func TestErrorsAreOfTheirKind(t *testing.T) {
	t.Parallel()
	d := mustOpen(t, variant(func(p *testPackage) {
		p.noCabinets = true
		p.media = []testMedium{{2, "gone.cab"}, {5, "#lost.cab"}}
	}))
	var missing, corrupt int
	if err := d.Extract(t.Context(), func(int) bool { return true }, func(_ int, r io.Reader) error {
		_, err := io.ReadAll(r)
		if errors.Is(err, archive.ErrMissingPart) {
			missing++
		}
		if errors.Is(err, archive.ErrCorrupt) {
			corrupt++
		}
		return nil
	}); err != nil || missing != 2 || corrupt != 3 {
		t.Errorf("%d missing, %d damaged, %v", missing, corrupt, err)
	}
}

func TestMD5(t *testing.T) {
	t.Parallel()
	sum := md5.Sum([]byte("[Version]"))
	part := func(i int) int { return int(int32(binary.LittleEndian.Uint32(sum[4*i:]))) }
	d := mustOpen(t, variant(func(p *testPackage) {
		p.more = []tableSpec{{"MsiFileHash", "File_ s,Options 2,HashPart1 4,HashPart2 4,HashPart3 4,HashPart4 4",
			[][]any{{"net.inf", 0, part(0), part(1), part(2), part(3)}, {"net.sys", 0, 1, 2, 3, nil}}}}
	}))
	for i, e := range d.Entries() {
		got, ok := d.MD5(i)
		if want := strings.HasSuffix(e.Name, "network card.inf"); ok != want || ok && got != sum {
			t.Errorf("%s: %x, %v", e.Name, got, ok)
		}
	}
}

// More than 65,535 strings need references of three bytes, and more files than a cabinet holds need two.
func TestManyFiles(t *testing.T) {
	t.Parallel()
	const n = 70_000
	p := testPackage{dirs: [][3]string{{"TARGETDIR", "", "SourceDir"}}, media: []testMedium{{n / 2, "#one.cab"}, {n, "#two.cab"}}}
	p.long = true
	for i := range n / 100 {
		p.dirs = append(p.dirs, [3]string{fmt.Sprint("dir", i), "TARGETDIR", fmt.Sprint("folder ", i)})
		p.components = append(p.components, [2]string{fmt.Sprint("component", i), fmt.Sprint("dir", i)})
	}
	for i := range n {
		p.files = append(p.files, testFile{key: fmt.Sprint("key", i), component: fmt.Sprint("component", i/100), name: fmt.Sprint("file ", i), text: fmt.Sprint(i)})
	}
	b, _ := p.build()
	d := mustOpen(t, input("many.msi", b, nil))
	if got := len(d.Entries()); got != n {
		t.Fatalf("%d files, want %d", got, n)
	}
	read := 0
	if err := d.Extract(t.Context(), func(i int) bool { return i%1000 == 999 }, func(i int, r io.Reader) error {
		text, err := io.ReadAll(r)
		if want := fmt.Sprintf("folder %d/file %s", i/100, text); d.Entries()[i].Name != want {
			t.Errorf("entry %d is %s, want %s", i, d.Entries()[i].Name, want)
		}
		read++
		return err
	}); err != nil || read != n/1000 {
		t.Errorf("read %d files, %v", read, err)
	}
}
