package intake_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/intake"
	"github.com/drivercat/drivercat/catalog/source"
)

// zipOf makes a zip archive of files, in the order of their names.
func zipOf(files map[string]string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Unix(1e9, 0)})
		if err == nil {
			_, err = f.Write([]byte(files[name]))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// cabOf makes a cabinet of one file that is stored as it is ([MS-CAB]).
func cabOf(name, text string) string {
	const header, folder = 36, 8
	entry := 16 + len(name) + 1
	data := header + folder + entry
	var b bytes.Buffer
	put := func(values ...any) {
		for _, v := range values {
			if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
				panic(err)
			}
		}
	}
	put([]byte("MSCF"), uint32(0), uint32(data+8+len(text)), uint32(0), uint32(header+folder), uint32(0), uint8(3), uint8(1), uint16(1), uint16(1), uint16(0), uint16(0), uint16(0))
	put(uint32(data), uint16(1), uint16(0))
	put(uint32(len(text)), uint32(0), uint16(0), uint16(0x5821), uint16(0), uint16(0x20), []byte(name+"\x00"))
	put(uint32(0), uint16(len(text)), uint16(len(text)), []byte(text))
	return b.String()
}

// cabinetINF is a driver whose file lies in a cabinet.
var cabinetINF = strings.Replace(infText("net", "net.sys"), "1=d", "1=d,files.cab", 1)

// driverFiles are a whole driver that its catalog lists.
func driverFiles(id, folder string) map[string]string {
	text := infText(id, id+".sys")
	return map[string]string{folder + id + ".inf": text, folder + id + ".sys": "sys " + id, folder + id + ".cat": catalogOf(text, "sys "+id)}
}

func join(sets ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, s := range sets {
		maps.Copy(out, s)
	}
	return out
}

// program is a DOS program with any name but that of a setup program: an application.
var program = "MZ" + strings.Repeat("\x01", 62)

// wrapperCase is a source with archives, and what an import makes of it.
type wrapperCase struct {
	name     string
	files    map[string]string
	verdicts map[string]string
	states   map[string]string
}

func wrapperCases() []wrapperCase { // size: one table
	net := driverFiles("net", "drv/")
	inside := map[string]string{"drv/net.inf": "driver inf", "drv/net.sys": "driver file", "drv/net.cat": "driver catalog"}
	below := func(path string, states map[string]string, more ...string) map[string]string {
		out := map[string]string{}
		for name, s := range states {
			out[path+"/"+name] = s
		}
		for i := 0; i < len(more); i += 2 {
			out[more[i]] = more[i+1]
		}
		return out
	}
	return []wrapperCase{
		{
			"an archive of a driver", map[string]string{"a.zip": zipOf(net)},
			map[string]string{"a.zip/drv/net.inf": "nice: importable"}, below("a.zip", inside, "a.zip", "leftover archive-opened"),
		},
		{
			"an archive in an archive", map[string]string{"a.zip": zipOf(map[string]string{"b.zip": zipOf(net), "readme.txt": "r"})},
			map[string]string{"a.zip/b.zip/drv/net.inf": "nice: importable"},
			below("a.zip/b.zip", inside, "a.zip", "leftover archive-opened", "a.zip/b.zip", "leftover archive-opened", "a.zip/readme.txt", "leftover readme"),
		},
		{
			"a self-extractor that only wraps a driver", map[string]string{"setup.exe": setup + zipOf(net)},
			map[string]string{"setup.exe/drv/net.inf": "nice: importable"}, below("setup.exe", inside, "setup.exe", "installer redundant-installer"),
		},
		{
			"with the driver's own setup program and helpers in it",
			map[string]string{"setup.exe": setup + zipOf(join(net, map[string]string{"setup.exe": setup, "dpinst.exe": program, "uninst.exe": program}))},
			map[string]string{"setup.exe/drv/net.inf": "nice: importable"},
			below("setup.exe", inside, "setup.exe", "installer redundant-installer", "setup.exe/setup.exe", "installer redundant-installer",
				"setup.exe/dpinst.exe", "leftover program", "setup.exe/uninst.exe", "leftover program"),
		},
		{
			"one with a program beside the driver", map[string]string{"setup.exe": setup + zipOf(join(net, map[string]string{"app/panel.exe": program, "readme.txt": "r"}))},
			map[string]string{"setup.exe/drv/net.inf": "nice: importable", "setup.exe": "bad: installer-both"},
			below("setup.exe", inside, "setup.exe", "installer installer", "setup.exe/app/panel.exe", "installer inside", "setup.exe/readme.txt", "installer inside"),
		},
		{
			"one with a program only", map[string]string{"setup.exe": setup + zipOf(map[string]string{"app/panel.exe": program, "app/setup.exe": setup})},
			map[string]string{"setup.exe": "bad: installer-only"},
			map[string]string{"setup.exe": "installer installer", "setup.exe/app/panel.exe": "installer inside", "setup.exe/app/setup.exe": "installer inside"},
		},
		{
			"one whose driver is incomplete", map[string]string{"setup.exe": setup + zipOf(map[string]string{"net.inf": infText("net", "gone.sys")})},
			map[string]string{"setup.exe": "bad: installer-only", "setup.exe/net.inf": "broken: file-missing"},
			map[string]string{"setup.exe": "installer installer", "setup.exe/net.inf": "driver inf"},
		},
		{
			"an archive that is the cabinet of a driver", map[string]string{"net.inf": cabinetINF, "net.cat": catalogOf(cabinetINF, "sys"), "files.cab": cabOf("net.sys", "sys")},
			map[string]string{"net.inf": "nice: importable file-in-cabinet"},
			map[string]string{"net.inf": "driver inf", "net.cat": "driver catalog", "files.cab": "driver file", "files.cab/net.sys": "driver inside"},
		},
		{
			"a cabinet whose file is not the signed one", map[string]string{"net.inf": cabinetINF, "net.cat": catalogOf(cabinetINF, "sys"), "files.cab": cabOf("net.sys", "other")},
			map[string]string{"net.inf": "nice: importable files-not-listed file-in-cabinet"},
			map[string]string{"net.inf": "driver inf", "net.cat": "driver catalog", "files.cab": "driver file", "files.cab/net.sys": "driver inside"},
		},
		{
			"a cabinet without the file", map[string]string{"net.inf": cabinetINF, "net.cat": catalogOf(cabinetINF, "sys"), "files.cab": cabOf("lan.sys", "sys")},
			map[string]string{"net.inf": "broken: file-missing"},
			map[string]string{"net.inf": "driver inf", "net.cat": "driver catalog", "files.cab": "leftover archive-opened", "files.cab/lan.sys": "leftover misnamed"},
		},
		{
			"the INF is copied a second time, without its files", map[string]string{"setup.exe": setup + zipOf(join(net, map[string]string{"win/inf/net.inf": net["drv/net.inf"], "other/lan.inf": infText("lan", "gone.sys")}))},
			map[string]string{"setup.exe/drv/net.inf": "nice: importable", "setup.exe/other/lan.inf": "broken: file-missing"},
			below("setup.exe", inside, "setup.exe", "installer redundant-installer", "setup.exe/win/inf/net.inf", "leftover inf-copy", "setup.exe/other/lan.inf", "driver inf"),
		},
		{
			"drivers in another archive do not make it redundant", map[string]string{"a/drv.zip": zipOf(net), "setup.exe": setup + zipOf(map[string]string{"panel.exe": program})},
			map[string]string{"a/drv.zip/drv/net.inf": "nice: importable", "setup.exe": "bad: installer-only"},
			below("a/drv.zip", inside, "a/drv.zip", "leftover archive-opened", "setup.exe", "installer installer", "setup.exe/panel.exe", "installer inside"),
		},
		{
			"somebody unpacked it beside", join(map[string]string{"pack.zip": zipOf(net)}, map[string]string{"pack/drv/net.inf": net["drv/net.inf"], "pack/drv/net.sys": net["drv/net.sys"], "pack/drv/net.cat": net["drv/net.cat"]}),
			map[string]string{"pack/drv/net.inf": "nice: importable"}, below("pack", inside, "pack.zip", "leftover archive-unpacked"),
		},
		{
			"a setup program that somebody unpacked beside, with a program", join(map[string]string{"sp1setup.exe": setup + zipOf(join(net, map[string]string{"panel.exe": program}))},
				map[string]string{"sp1setup/drv/net.inf": net["drv/net.inf"], "sp1setup/drv/net.sys": net["drv/net.sys"], "sp1setup/drv/net.cat": net["drv/net.cat"], "sp1setup/panel.exe": program}),
			map[string]string{"sp1setup/drv/net.inf": "nice: importable", "sp1setup.exe": "bad: installer-both"},
			below("sp1setup", inside, "sp1setup.exe", "installer installer", "sp1setup/panel.exe", "installer inside"),
		},
		{
			"a setup program with setup programs in its folders", map[string]string{"app.exe": setup + zipOf(map[string]string{"panel.exe": program, "x/setup.exe": setup, "y/z/install.exe": setup, "y/data1.cab": "d"})},
			map[string]string{"app.exe": "bad: installer-only"},
			map[string]string{"app.exe": "installer installer", "app.exe/panel.exe": "installer inside", "app.exe/x/setup.exe": "installer inside", "app.exe/y/data1.cab": "installer inside",
				"app.exe/y/z/install.exe": "installer inside"},
		},
		{
			"a file that lies compressed in a cabinet", map[string]string{"net.inf": infText("net", "net.sys"), "net.cat": catalogOf(infText("net", "net.sys"), "sys"), "net.sy_": cabOf("net.sys", "sys")},
			map[string]string{"net.inf": "nice: importable file-compressed"},
			map[string]string{"net.inf": "driver inf", "net.cat": "driver catalog", "net.sy_": "driver file", "net.sy_/net.sys": "driver inside"},
		},
	}
}

func TestVerdictThroughTheWrapper(t *testing.T) {
	t.Parallel()
	for _, c := range wrapperCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, dir := open(t), t.TempDir()
			write(t, dir, c.files)
			r := run(t, s, dir, intake.Options{})
			if d := gocmp.Diff(c.verdicts, verdicts(t, s, r.Source.ID)); d != "" {
				t.Errorf("verdicts (-want +got)\n%s", d)
			}
			if d := gocmp.Diff(c.states, states(t, s, r.Source.ID)); d != "" {
				t.Errorf("states (-want +got)\n%s", d)
			}
			if r.Problems != 0 {
				t.Errorf("%d problems", r.Problems)
			}
			if again := run(t, s, dir, intake.Options{}); !again.Unchanged {
				t.Errorf("again: %+v", again)
			}
		})
	}
}

// extract unpacks every archive of a folder beside itself, as import --extract does. It returns where each file goes in the
// terms of the folder before.
func extract(t *testing.T, dir string) map[string]string {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	l, err := source.WalkFolder(t.Context(), dir, source.WalkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var taken []string
	for _, f := range l.Folders {
		for _, e := range f.Entries {
			taken = append(taken, path.Join(f.Path, e.Name))
		}
	}
	tree := source.NewTree(root.FS().(source.Base), source.TreeOptions{})
	defer tree.Close()
	if err := tree.OpenAll(t.Context(), l, nil); err != nil {
		t.Fatal(err)
	}
	from := map[string]string{}
	for _, x := range tree.Extract(taken) {
		from[x.Path] = x.From
		f, err := tree.OpenFile(t.Context(), x.From)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size))
		if err == nil {
			err = os.MkdirAll(filepath.Join(dir, path.Dir(x.Path)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, x.Path), b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return from
}

// told is all that an import says of a source, by path: verdicts with reasons, states, and setup programs.
func told(t *testing.T, s catalog.Store, id int64, from map[string]string) map[string]string {
	t.Helper()
	name := func(at string) string { return cmp.Or(from[at], at) }
	out := map[string]string{}
	for at, v := range verdicts(t, s, id) {
		out["verdict of "+name(at)] = v
	}
	for at, v := range states(t, s, id) {
		out["state of "+name(at)] = strings.Replace(v, "archive-unpacked", "archive-opened", 1)
	}
	installers, err := s.SourceInstallers(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range installers {
		var by []string
		for _, at := range i.RedundantBy {
			by = append(by, name(at))
		}
		out["installer "+name(i.Path)] = i.Info.Kind + " " + strings.Join(by, " ")
	}
	return out
}

// TestExtractedIsTheSame: unpacking archives beside themselves changes nothing of what is said of a source.
func TestExtractedIsTheSame(t *testing.T) {
	t.Parallel()
	for _, c := range wrapperCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, dir := open(t), t.TempDir()
			write(t, dir, c.files)
			r := run(t, s, dir, intake.Options{})
			want := told(t, s, r.Source.ID, nil)
			from := extract(t, dir)
			r = run(t, s, dir, intake.Options{})
			if d := gocmp.Diff(want, told(t, s, r.Source.ID, from)); d != "" {
				t.Errorf("(-as it came +unpacked)\n%s", d)
			}
			fresh := open(t)
			r = run(t, fresh, dir, intake.Options{})
			if d := gocmp.Diff(want, told(t, fresh, r.Source.ID, from)); d != "" {
				t.Errorf("first import (-as it came +unpacked)\n%s", d)
			}
		})
	}
}

// TestUnpackedChanges: importing again after a change in what was unpacked, or of the archive, gives what a first import gives.
func TestUnpackedChanges(t *testing.T) {
	t.Parallel()
	net := driverFiles("net", "drv/")
	whole := join(map[string]string{"app.zip": zipOf(join(net, map[string]string{"win/inf/net.inf": net["drv/net.inf"]}))},
		map[string]string{"app/drv/net.inf": net["drv/net.inf"], "app/drv/net.sys": net["drv/net.sys"], "app/drv/net.cat": net["drv/net.cat"], "app/win/inf/net.inf": net["drv/net.inf"]})
	without := func(names ...string) map[string]string {
		out := maps.Clone(whole)
		for _, n := range names {
			delete(out, n)
		}
		return out
	}
	s, dir := open(t), t.TempDir()
	for i, files := range []map[string]string{whole, without("app.zip"), whole, without("app/drv/net.sys"), whole, without("app/drv/net.inf", "app/drv/net.sys", "app/drv/net.cat"), whole} {
		write(t, dir, files)
		r := run(t, s, dir, intake.Options{})
		fresh := open(t)
		want := run(t, fresh, dir, intake.Options{})
		if d := gocmp.Diff(told(t, fresh, want.Source.ID, nil), told(t, s, r.Source.ID, nil)); d != "" {
			t.Errorf("step %d (-first +again)\n%s", i, d)
		}
	}
}

// A setup program that cannot be opened is a bad driver that says why; an archive is a problem.
func TestClosedArchives(t *testing.T) {
	t.Parallel()
	s, dir := open(t), t.TempDir()
	whole := zipOf(driverFiles("net", ""))
	cut := strings.Replace(whole, "PK\x01\x02", "PK\x09\x09", 1) // the directory at its end
	write(t, dir, map[string]string{"a/setup.exe": setup + cut, "b/a.zip": cut})
	r := run(t, s, dir, intake.Options{})
	if d := gocmp.Diff(map[string]string{"a/setup.exe": "bad: installer-only installer-closed"}, verdicts(t, s, r.Source.ID)); d != "" {
		t.Errorf("verdicts (-want +got)\n%s", d)
	}
	if d := gocmp.Diff(map[string]string{"a/setup.exe": "installer installer", "b/a.zip": "leftover archive-closed"}, states(t, s, r.Source.ID)); d != "" {
		t.Errorf("states (-want +got)\n%s", d)
	}
	if r.Problems != 1 {
		t.Errorf("%d problems", r.Problems)
	}
}

// TestArchivesAreReadOnce: what did not change in an archive's folder is not unpacked again, and the result is that of a
// first import after each change.
func TestArchivesAreReadOnce(t *testing.T) {
	t.Parallel()
	s, dir := open(t), t.TempDir()
	a, b := zipOf(driverFiles("net", "")), zipOf(join(driverFiles("net", ""), driverFiles("lan", "x/")))
	for i, files := range []map[string]string{
		{"in/a.zip": a, "in/readme.txt": "r"},
		{"in/a.zip": a, "in/readme.txt": "r", "other/b.txt": "new"},
		{"in/a.zip": b, "in/readme.txt": "r", "other/b.txt": "new"},
		{"in/a.zip": b, "in/readme.txt": "changed", "other/b.txt": "new"},
		{"in/readme.txt": "changed", "other/b.txt": "new"},
	} {
		write(t, dir, files)
		r := run(t, s, dir, intake.Options{})
		fresh := open(t)
		want := run(t, fresh, dir, intake.Options{})
		if d := gocmp.Diff(states(t, fresh, want.Source.ID), states(t, s, r.Source.ID)); d != "" {
			t.Errorf("step %d: states (-first +again)\n%s", i, d)
		}
		if d := gocmp.Diff(verdicts(t, fresh, want.Source.ID), verdicts(t, s, r.Source.ID)); d != "" {
			t.Errorf("step %d: verdicts (-first +again)\n%s", i, d)
		}
		if read := map[int]int64{0: 5, 1: 1, 2: 7, 3: 1, 4: 0}[i]; r.HashedFiles != read {
			t.Errorf("step %d: %d files were read, want %d", i, r.HashedFiles, read)
		}
		if again := run(t, s, dir, intake.Options{}); !again.Unchanged {
			t.Errorf("step %d again: %+v", i, again)
		}
	}
}

// A single archive is a source too.
func TestSingleFile(t *testing.T) {
	t.Parallel()
	s, dir := open(t), t.TempDir()
	write(t, dir, map[string]string{"a.zip": zipOf(driverFiles("net", "")), "other.txt": "not of the source"})
	file := filepath.Join(dir, "a.zip")
	r := run(t, s, file, intake.Options{})
	want := map[string]string{"a.zip": "leftover archive-opened", "a.zip/net.inf": "driver inf", "a.zip/net.sys": "driver file", "a.zip/net.cat": "driver catalog"}
	if d := gocmp.Diff(want, states(t, s, r.Source.ID)); d != "" {
		t.Errorf("states (-want +got)\n%s", d)
	}
	if r := run(t, s, file, intake.Options{}); !r.Unchanged {
		t.Errorf("again: %+v", r)
	}
	if err := os.WriteFile(file, []byte(zipOf(driverFiles("lan", ""))), 0o600); err != nil {
		t.Fatal(err)
	}
	r = run(t, s, file, intake.Options{})
	if d := gocmp.Diff(map[string]string{"a.zip/lan.inf": "nice: importable"}, verdicts(t, s, r.Source.ID)); d != "" {
		t.Errorf("exchanged (-want +got)\n%s", d)
	}
	// Its name does not matter then.
	write(t, dir, map[string]string{"drivers.pack": zipOf(driverFiles("wan", ""))})
	r = run(t, s, filepath.Join(dir, "drivers.pack"), intake.Options{})
	if d := gocmp.Diff(map[string]string{"drivers.pack/wan.inf": "nice: importable"}, verdicts(t, s, r.Source.ID)); d != "" {
		t.Errorf("another name (-want +got)\n%s", d)
	}
	if again := run(t, s, filepath.Join(dir, "drivers.pack"), intake.Options{}); !again.Unchanged {
		t.Errorf("another name again: %+v", again)
	}
}

// The digests of a driver's files are those of what the archive holds, whichever way they were read.
func TestDigestsInArchives(t *testing.T) {
	t.Parallel()
	loose, packed := open(t), open(t)
	files := driverFiles("net", "")
	one, two := t.TempDir(), t.TempDir()
	write(t, one, files)
	write(t, two, map[string]string{"a.zip": zipOf(files)})
	a, err := loose.SourceDrivers(t.Context(), run(t, loose, one, intake.Options{}).Source.ID, true)
	if err != nil || len(a) != 1 {
		t.Fatal(a, err)
	}
	b, err := packed.SourceDrivers(t.Context(), run(t, packed, two, intake.Options{}).Source.ID, true)
	if err != nil || len(b) != 1 {
		t.Fatal(b, err)
	}
	if d := gocmp.Diff(a[0].Driver, b[0].Driver); d != "" {
		t.Errorf("(-loose +packed)\n%s", d)
	}
}
