package intake_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/intake"
	"github.com/drivercat/drivercat/catalog/sqlite"
)

// infText is a driver INF for x86 and x64 whose files the arguments name, as "name" or "name=folder".
func infText(id string, files ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[Version]\r\nSignature=\"$Windows NT$\"\r\nClass=Net\r\nClassGuid={4d36e972-e325-11ce-bfc1-08002be10318}\r\nProvider=Acme\r\nDriverVer=01/02/2020,1.0.0.0\r\nCatalogFile=%s.cat\r\n", id)
	fmt.Fprintf(&b, "[Manufacturer]\r\nAcme=M,NTamd64\r\n[M]\r\nCard=I,PCI\\%s\r\n[M.NTamd64]\r\nCard=I,PCI\\%s\r\n[I]\r\nCopyFiles=L\r\n[L]\r\n", id, id)
	for _, f := range files {
		name, _, _ := strings.Cut(f, "=")
		b.WriteString(name + "\r\n")
	}
	b.WriteString("[SourceDisksNames]\r\n1=d\r\n[SourceDisksFiles]\r\n")
	for _, f := range files {
		name, dir, _ := strings.Cut(f, "=")
		b.WriteString(name + "=1," + dir + "\r\n")
	}
	return b.String()
}

// cat stands for a catalog that lists all files of the same call to write.
const cat = "a catalog"

// setup is the smallest (DOS) program; its name makes it a setup program.
const lenovoXML = `<Package id="a" name="A" version="1"><Title><Desc id="EN">Reader</Desc></Title><ExtractCommand>drvinst.exe /DIR=%PACKAGEPATH%</ExtractCommand>
<Reboot type="3"/><Install rc="0" type="cmd"><Cmdline id="EN">%PACKAGEPATH%\Setup.exe -s</Cmdline></Install></Package>`

var setup = "MZ" + strings.Repeat("\x00", 62)

// write makes a folder hold exactly these files.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	all := slices.Collect(maps.Values(files))
	for name, text := range files {
		if text == cat {
			text = catalogOf(slices.Clone(all)...)
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if old, err := os.ReadFile(path); err == nil && string(old) == text {
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		if _, ok := files[filepath.ToSlash(rel)]; err == nil && !e.IsDir() && !ok {
			return os.Remove(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T) catalog.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "c.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

var key = catalog.SourceKey{Model: catalog.Model{Make: "Acme", Name: "Box"}, Target: catalog.Target{OS: "win10", Arch: "amd64"}, Location: "/source"}

func run(t *testing.T, s catalog.Store, dir string, o intake.Options) intake.Result {
	t.Helper()
	o.Now = func() time.Time { return time.Unix(1e9, 0) }
	o.Roots = testRoots()
	r, err := intake.Import(t.Context(), s, key, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// states gives every file of a source as "state why".
func states(t *testing.T, s catalog.Store, id int64) map[string]string {
	t.Helper()
	out := map[string]string{}
	for f, err := range s.SourceFiles(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		out[f.Path] = string(f.State) + " " + f.Why
	}
	lines, err := s.Accounting(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var n int64
	for _, l := range lines {
		n += l.Files
	}
	if n != int64(len(out)) {
		t.Errorf("the accounting counts %d files, the source has %d", n, len(out))
	}
	return out
}

// verdicts gives every driver of a source as "verdict: reason codes that decide or warn".
func verdicts(t *testing.T, s catalog.Store, id int64) map[string]string {
	t.Helper()
	ds, err := s.SourceDrivers(t.Context(), id, false)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, d := range ds {
		text := string(d.Driver.Verdict) + ":"
		for _, r := range d.Driver.Reasons {
			if r.Place.Path == "" || r.Place.Line == 0 && r.Place.Signature == "" && d.Driver.INF != nil {
				t.Errorf("%s: reason %q has no place", d.Path, r.Text)
			}
			text += " " + r.Code
		}
		out[d.Path] = text
	}
	return out
}

func TestVerdicts(t *testing.T) { // size: one table
	t.Parallel()
	legacy := "[Version]\r\nSignature=$CHICAGO$\r\n[DefaultInstall]\r\nCopyFiles=@old.sys\r\n"
	cases := []struct {
		name     string
		files    map[string]string
		verdicts map[string]string
		states   map[string]string
	}{
		{
			"complete, in sub-folders and another letter case",
			map[string]string{"net.inf": infText("net", "net.sys=x", "co.dll"), "NET.CAT": cat, "X/Net.SYS": "s", "co.dll": "d", "readme.txt": "r"},
			map[string]string{"net.inf": "nice: importable"},
			map[string]string{"net.inf": "driver inf", "NET.CAT": "driver catalog", "X/Net.SYS": "driver file", "co.dll": "driver file", "readme.txt": "leftover readme"},
		},
		{
			"a file is missing",
			map[string]string{"net.inf": infText("net", "net.sys", "gone.dll"), "net.cat": cat, "net.sys": "s"},
			map[string]string{"net.inf": "broken: file-missing"},
			map[string]string{"net.inf": "driver inf", "net.cat": "driver catalog", "net.sys": "driver file"},
		},
		{
			"compressed beside the INF",
			map[string]string{"net.inf": infText("net", "net.sys"), "net.cat": cat, "net.sy_": "SZDD"},
			map[string]string{"net.inf": "nice: importable file-compressed"},
			map[string]string{"net.inf": "driver inf", "net.cat": "driver catalog", "net.sy_": "driver file"},
		},
		{
			"unsigned: enough for 32-bit Windows",
			map[string]string{"net.inf": infText("net", "net.sys"), "net.sys": "s"},
			map[string]string{"net.inf": "nice: importable unsigned"},
			map[string]string{"net.inf": "driver inf", "net.sys": "driver file"},
		},
		{
			"a placeholder is no catalog, and only 64-bit systems are left",
			map[string]string{"net.inf": strings.Replace(infText("net", "net.sys"), "[M]\r\nCard=I,PCI\\net\r\n", "", 1) + "[M.NTamd64]\r\n", "net.cat": "to be signed", "net.sys": "s"},
			map[string]string{"net.inf": "nice: importable unsigned"}, // NTamd64 without a version serves XP x64 too
			map[string]string{"net.inf": "driver inf", "net.cat": "driver catalog", "net.sys": "driver file"},
		},
		{
			"unsigned for Windows 10 x64",
			map[string]string{"net.inf": strings.NewReplacer("M,NTamd64", "M,NTamd64.10.0", "M.NTamd64", "M.NTamd64.10.0", "[M]\r\nCard=I,PCI\\net\r\n", "").Replace(infText("net", "net.sys")), "net.sys": "s"},
			map[string]string{"net.inf": "broken: unsigned"},
			map[string]string{"net.inf": "driver inf", "net.sys": "driver file"},
		},
		{
			"not stamped",
			map[string]string{"net.inf": strings.NewReplacer("M,NTamd64", "M,NT$ARCH$", "M.NTamd64", "M.NT$ARCH$", "[M]\r\nCard=I,PCI\\net\r\n", "").Replace(infText("net"))},
			map[string]string{"net.inf": "broken: unstamped"},
			map[string]string{"net.inf": "driver inf"},
		},
		{
			"Windows refuses the INF",
			map[string]string{"net.inf": infText("net") + "[open\r\n", "b.inf": strings.Replace(infText("b"), "$Windows NT$", "$Chikago$", 1)},
			map[string]string{"net.inf": "broken: inf-invalid", "b.inf": "broken: inf-invalid"},
			map[string]string{"net.inf": "driver inf", "b.inf": "driver inf"},
		},
		{
			"no driver INF files",
			map[string]string{"autorun.inf": "[autorun]\r\nopen=setup.exe\r\n", "old.inf": legacy, "old.sys": "s", "class.inf": "[Version]\r\nSignature=$CHICAGO$\r\n[ClassInstall32]\r\n", "empty.inf": ""},
			map[string]string{},
			map[string]string{"autorun.inf": "leftover autorun", "old.inf": "leftover right-click-inf", "old.sys": "leftover named-by-no-driver", "class.inf": "leftover class-inf", "empty.inf": "leftover not-driver-inf"},
		},
		{
			"a setup program beside the driver it wraps",
			map[string]string{"setup.exe": setup, "drv/net.inf": infText("net", "net.sys"), "drv/net.cat": cat, "drv/net.sys": "s", "drv/tools/setup.exe": setup},
			map[string]string{"drv/net.inf": "nice: importable"},
			map[string]string{"setup.exe": "installer redundant-installer", "drv/net.inf": "driver inf", "drv/net.cat": "driver catalog", "drv/net.sys": "driver file", "drv/tools/setup.exe": "installer redundant-installer"},
		},
		{
			"only a setup program, with its data",
			map[string]string{"keys/setup.exe": setup, "keys/data1.cab": "data", "keys/sub/more.bin": "x", "net/net.inf": infText("net"), "net/net.cat": cat},
			map[string]string{"keys/setup.exe": "bad: installer-only", "net/net.inf": "nice: importable"},
			map[string]string{"keys/setup.exe": "installer installer", "keys/data1.cab": "installer installer-data", "keys/sub/more.bin": "installer installer-data", "net/net.inf": "driver inf", "net/net.cat": "driver catalog"},
		},
		{
			"a setup program beside a broken driver",
			map[string]string{"setup.exe": setup, "net.inf": infText("net", "gone.sys")},
			map[string]string{"setup.exe": "bad: installer-only", "net.inf": "broken: file-missing"},
			map[string]string{"setup.exe": "installer installer", "net.inf": "driver inf"},
		},
		{
			"a program that a driver copies is its content",
			map[string]string{"net.inf": infText("net", "setup.exe"), "net.cat": cat, "setup.exe": setup},
			map[string]string{"net.inf": "nice: importable"},
			map[string]string{"net.inf": "driver inf", "net.cat": "driver catalog", "setup.exe": "driver file"},
		},
		{
			"INF files that bring each other along",
			map[string]string{"a.inf": infText("a") + "[I]\r\nCopyINF=a.inf,b.inf\r\n", "b.inf": infText("b", "b.sys") + "[I]\r\nCopyINF=a.inf\r\n", "a.cat": cat, "b.cat": cat, "b.sys": "s"},
			map[string]string{"a.inf": "nice: importable", "b.inf": "nice: importable"},
			map[string]string{"a.inf": "driver inf", "b.inf": "driver inf", "a.cat": "driver catalog", "b.cat": "driver catalog", "b.sys": "driver file"},
		},
		{
			"files of Windows 98",
			map[string]string{"net.inf": strings.Replace(infText("net", "net.sys"), "[I]\r\n", "[I]\r\nCopyFiles=@net.vxd,@both.dll\r\n[I.NT]\r\nCopyFiles=@both.dll\r\n", 1), "net.cat": cat, "net.sys": "s", "net.vxd": "v", "both.dll": "d"},
			map[string]string{"net.inf": "nice: importable"},
			map[string]string{"net.inf": "driver inf", "net.cat": "driver catalog", "net.sys": "driver file", "net.vxd": "leftover windows-9x", "both.dll": "driver file"},
		},
		{
			"paths that leave the driver's folder",
			map[string]string{"d/net.inf": infText("net", `..\up.sys`, `x.sys=..\..`), "d/net.cat": cat, "up.sys": "s", "x.sys": "s"},
			map[string]string{"d/net.inf": "broken: file-missing file-missing"},
			map[string]string{"d/net.inf": "driver inf", "d/net.cat": "driver catalog", "up.sys": "leftover misnamed", "x.sys": "leftover misnamed"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, dir := open(t), t.TempDir()
			write(t, dir, c.files)
			r := run(t, s, dir, intake.Options{})
			if d := cmp.Diff(c.verdicts, verdicts(t, s, r.Source.ID)); d != "" {
				t.Errorf("verdicts (-want +got)\n%s", d)
			}
			if d := cmp.Diff(c.states, states(t, s, r.Source.ID)); d != "" {
				t.Errorf("states (-want +got)\n%s", d)
			}
			if r.Problems != 0 {
				t.Errorf("%d problems", r.Problems)
			}
		})
	}
}

// TestCompleteByTarget shows that a driver trimmed to one system serves that one and no other.
func TestCompleteByTarget(t *testing.T) {
	t.Parallel()
	s, dir := open(t), t.TempDir()
	text := strings.NewReplacer("M,NTamd64", "M,NTx86.5.1,NTx86.6.0,NTamd64", "[M]\r\nCard=I,", "[M.NTx86.5.1]\r\nCard=I,PCI\\net\r\n[M.NTx86.6.0]\r\nCard=J,").Replace(infText("net", "net.sys"))
	text += "[J]\r\nCopyFiles=@vista.sys\r\n[SourceDisksFiles]\r\nvista.sys=1\r\n"
	write(t, dir, map[string]string{"net.inf": text, "net.cat": cat, "net.sys": "s"})
	r := run(t, s, dir, intake.Options{})
	ds, err := s.SourceDrivers(t.Context(), r.Source.ID, false)
	if err != nil || len(ds) != 1 {
		t.Fatal(ds, err)
	}
	got := map[string]string{}
	for _, name := range []string{"xp-x86", "vista-x86", "win10-x64", "win11-arm64", "2000-x86"} {
		target, err := catalog.ParseTarget(name, "")
		if err != nil {
			t.Fatal(err)
		}
		got[name] = catalog.Applies(ds[0].Driver, target).Code
	}
	want := map[string]string{"xp-x86": "applies", "vista-x86": "incomplete", "win10-x64": "applies", "win11-arm64": "models-none", "2000-x86": "models-none"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestUnchanged(t *testing.T) {
	t.Parallel()
	s, dir := open(t), t.TempDir()
	files := map[string]string{"a/a.inf": infText("a", "a.sys"), "a/a.cat": cat, "a/a.sys": "s", "b/b.inf": infText("b", "b.sys=deep"), "b/b.cat": cat, "b/deep/b.sys": "s", "b/readme.txt": "r"}
	signed := catalogOf(append(slices.Collect(maps.Values(files)), "another size")...) // of before and after
	files["a/a.cat"], files["b/b.cat"] = signed, signed
	write(t, dir, files)
	first := run(t, s, dir, intake.Options{})
	if first.Unchanged || first.HashedFiles != 7 || first.ParsedINFs != 2 {
		t.Errorf("first: %+v", first)
	}
	again := run(t, s, dir, intake.Options{})
	if !again.Unchanged || again.HashedFiles != 0 || again.ParsedINFs != 0 {
		t.Errorf("again: %+v", again)
	}
	files["b/deep/b.sys"] = "another size"
	write(t, dir, files)
	changed := run(t, s, dir, intake.Options{})
	if changed.FoldersChanged != 1 || changed.HashedFiles != 2 || changed.ParsedINFs != 1 {
		t.Errorf("one folder changed: %+v; want its file and the INF above it", changed)
	}
	whole := run(t, s, dir, intake.Options{Rehash: true})
	if whole.HashedFiles != 7 || whole.ParsedINFs != 2 {
		t.Errorf("rehash: %+v", whole)
	}
}

// record is all the catalog says of a source, without IDs.
func record(t *testing.T, s catalog.Store, id int64) any {
	t.Helper()
	ctx := t.Context()
	src, err := s.Source(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	src.ID = 0
	drivers, err := s.SourceDrivers(ctx, id, true)
	if err != nil {
		t.Fatal(err)
	}
	installers, err := s.SourceInstallers(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	folders, err := s.SourceFolders(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]catalog.SourceFile{}
	for f, err := range s.SourceFiles(ctx, id) {
		if err != nil {
			t.Fatal(err)
		}
		files[f.Path] = f
	}
	stats, err := s.Stats(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return []any{src, drivers, installers, folders, files, stats}
}

// TestReimportEqualsImport changes a source step by step. After each step the catalog that followed it says exactly what
// a fresh catalog says.
func TestReimportEqualsImport(t *testing.T) {
	t.Parallel()
	legacy := "[Version]\r\nSignature=$CHICAGO$\r\n[DefaultInstall]\r\nCopyFiles=@lone.sys,@a.sys\r\n[SourceDisksFiles]\r\nlone.sys=1,sub\r\n"
	steps := []map[string]string{ // "" removes a file
		{"a/a.inf": infText("a", "a.sys", "c.dll=x"), "a/a.cat": cat, "a/a.sys": "s", "setup.exe": setup, "data1.cab": "MSCF", "readme.txt": "r"},
		{"a/x/c.dll": "arrives below the INF"},
		{"a/b.inf": infText("b", "a.sys"), "a/b.cat": cat},
		{"a/a.inf": ""},
		{"a/a.inf": infText("a", "a.sys")},
		{"a/old.inf": legacy, "a/sub/lone.sys": "l"},
		{"a/sub/new.txt": "n"},
		{"a/old.inf": ""},
		{"a/b.inf": "", "a/b.cat": ""},
		{"a/a.sys": ""},
		{"tool/install.exe": setup, "tool/data.bin": "d"},
		{"a/a.sys": "back"},
		{"a/a.cat": "placeholder"},
		{"a/copy.inf": infText("a", "a.sys")},
		{"a/boss.inf": infText("boss") + "[I]\r\nCopyINF=a.inf\r\n", "a/boss.cat": cat},
		{"a/a.inf": infText("a", "a.sys", "c.dll=x")},
		{"a/old98.inf": strings.Replace(infText("old98"), "[I]\r\n", "[I]\r\nCopyFiles=@new.vxd\r\n[I.NT]\r\n", 1), "a/new.vxd": "v"},
		{"a/old98.inf": ""},
		{"pkg/drvinst.exe": setup, "pkg/other.xml": "<x/>"},
		{"pkg/drvinst_2_.xml": lenovoXML},
		{"pkg/autorun.inf": "[autorun]\r\nopen=drvinst.exe\r\nlabel=CD\r\n"},
		{"pkg/drvinst_2_.xml": strings.Replace(lenovoXML, "-s<", "-q<", 1)},
		{"pkg/drvinst_2_.xml": ""},
		{"pkg/autorun.inf": ""},
		{"pkg/setup.inx": "x", "pkg/setup.exe": setup},
		{"pkg/setup.inx": "", "pkg/setup.exe": "", "pkg/drvinst.exe": "", "pkg/other.xml": ""},
		{"setup.exe": "", "data1.cab": ""},
		{"a/a.inf": "", "a/boss.inf": "", "a/copy.inf": "", "a/boss.cat": "", "a/a.cat": "", "a/a.sys": "", "a/x/c.dll": "", "a/sub/new.txt": "", "a/sub/lone.sys": ""},
	}
	var all []string
	for _, step := range steps {
		all = slices.AppendSeq(all, maps.Values(step))
	}
	signed := catalogOf(all...) // the same in every step, so that a step changes nothing else
	followed, dir := open(t), t.TempDir()
	files := map[string]string{}
	for n, step := range steps {
		for name, text := range step {
			switch files[name] = text; text {
			case "":
				delete(files, name)
			case cat:
				files[name] = signed
			}
		}
		write(t, dir, files)
		a := run(t, followed, dir, intake.Options{})
		fresh := open(t)
		b := run(t, fresh, dir, intake.Options{Workers: 1 + n%3})
		if d := cmp.Diff(record(t, fresh, b.Source.ID), record(t, followed, a.Source.ID)); d != "" {
			t.Fatalf("step %d, %v: (-fresh +followed)\n%s", n, slices.Sorted(maps.Keys(step)), d)
		}
	}
}

// meddler changes the source between the walk and the reading.
type meddler struct {
	catalog.Store
	meddle func()
}

func (m meddler) UpdateSource(ctx context.Context, key catalog.SourceKey, fn func(catalog.SourceWriter) error) error {
	m.meddle()
	return m.Store.UpdateSource(ctx, key, fn)
}

func TestVanishingFile(t *testing.T) {
	t.Parallel()
	s, dir := open(t), t.TempDir()
	files := map[string]string{"a/a.inf": infText("a", "a.sys"), "a/a.cat": cat, "a/a.sys": "s", "b/b.inf": infText("b"), "b/b.cat": cat}
	write(t, dir, files)
	var problems []string
	o := intake.Options{Problem: func(p intake.Problem) { problems = append(problems, p.Code+" "+p.Path) }}
	m := meddler{s, func() {
		if err := os.Remove(filepath.Join(dir, "a", "a.sys")); err != nil {
			t.Fatal(err)
		}
	}}
	r := run(t, m, dir, o)
	if d := cmp.Diff([]string{"vanished a/a.sys"}, problems); d != "" || r.Problems != 1 {
		t.Errorf("(-want +got)\n%s", d)
	}
	want := map[string]string{"a/a.inf": "broken: file-unreadable", "b/b.inf": "nice: importable"}
	if d := cmp.Diff(want, verdicts(t, s, r.Source.ID)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got := states(t, s, r.Source.ID)["a/a.sys"]; got != "leftover unreadable" {
		t.Errorf("the vanished file is %q", got)
	}
	write(t, dir, files)
	if r := run(t, s, dir, o); r.Problems != 0 || verdicts(t, s, r.Source.ID)["a/a.inf"] != "nice: importable" {
		t.Errorf("after it came back: %+v", r)
	}
}

// TestOddities asserts that what makes an INF mean something else is told at every import, with its place, and costs nothing else.
func TestOddities(t *testing.T) {
	t.Parallel()
	s, dir := open(t), t.TempDir()
	text := strings.TrimSuffix(infText("u"), "\r\n")
	wide := []byte("\xff\xfe")
	for _, c := range []byte(text) {
		wide = append(wide, c, 0)
	}
	write(t, dir, map[string]string{
		"damaged/u.inf": string(wide) + "\x00\xd8;\x00", "damaged/u.cat": cat,
		"long/l.inf": infText("l") + "[T]\r\nx=" + strings.Repeat("y", 3<<20) + "\r\n", "long/l.cat": cat,
		"loop/i.inf": infText("i") + "[I]\r\nInclude=I.INF\r\nNeeds=I\r\nCopyINF=i.inf\r\n", "loop/i.cat": cat,
		"fine/f.inf": infText("f"), "fine/f.cat": cat,
	})
	var problems []string
	o := intake.Options{Problem: func(p intake.Problem) {
		problems = append(problems, p.Path+" "+p.Code+" "+p.Text[:strings.IndexByte(p.Text, ':')])
	}}
	want := []string{"damaged/u.inf inf-damaged line 19", "long/l.inf inf-value-cut line 21", "loop/i.inf inf-loop line 21"}
	for _, parsed := range []int64{4, 3, 3} {
		problems = nil
		r := run(t, s, dir, o)
		slices.Sort(problems)
		if d := cmp.Diff(want, problems); d != "" || r.Problems != 3 || r.ParsedINFs != parsed {
			t.Errorf("%d problems, %d parsed (-want +got)\n%s", r.Problems, r.ParsedINFs, d)
		}
		verdicts := verdicts(t, s, r.Source.ID)
		if d := cmp.Diff(map[string]string{"damaged/u.inf": "nice: importable inf-damaged", "long/l.inf": "nice: importable inf-value-cut", "loop/i.inf": "nice: importable inf-loop", "fine/f.inf": "nice: importable"}, verdicts); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
}

// TestBombs asserts that a small INF which asks for a lot is refused or cut, not stored.
func TestBombs(t *testing.T) {
	t.Parallel()
	s, dir := open(t), t.TempDir()
	head := "[Version]\r\nSignature=$CHICAGO$\r\nProvider=" + strings.Repeat("%a%", 1000) + "\r\n[Manufacturer]\r\n"
	tail := "[I]\r\nCopyFiles=@%a%.sys\r\n[Strings]\r\na=" + strings.Repeat("x", 4000) + "\r\n"
	write(t, dir, map[string]string{
		"many.inf": head + strings.Repeat("m=M\r\n", 2000) + "[M]\r\n" + strings.Repeat("%a%=I,%a%\r\n", 1000) + tail,
		"long.inf": head + "m=M\r\n[M]\r\n" + strings.Repeat("%a%%a%=I,%a%,ID\r\n", 1000) + tail,
	})
	r := run(t, s, dir, intake.Options{})
	if d := cmp.Diff(map[string]string{"many.inf": "broken: inf-too-complex", "long.inf": "broken: file-missing"}, verdicts(t, s, r.Source.ID)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	ds, err := s.SourceDrivers(t.Context(), r.Source.ID, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range ds {
		i := d.Driver.INF
		if len(i.Provider) > 255 || len(i.IDs) > 1000 {
			t.Errorf("%s: provider of %d bytes, %d IDs", d.Path, len(i.Provider), len(i.IDs))
		}
		for _, id := range i.IDs {
			if id.ID != "ID" || len(id.Description) > 255 {
				t.Fatalf("%s: ID of %d bytes, description of %d", d.Path, len(id.ID), len(id.Description))
			}
		}
	}
}

// TestLinkExchanged asserts that a file exchanged for a link out of the source is not followed.
func TestLinkExchanged(t *testing.T) {
	t.Parallel()
	s, dir := open(t), t.TempDir()
	write(t, dir, map[string]string{"a/a.inf": infText("a", "a.sys"), "a/a.cat": cat, "a/a.sys": "s"})
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := meddler{s, func() {
		path := filepath.Join(dir, "a", "a.sys")
		if err := errors.Join(os.Remove(path), os.Symlink(secret, path)); err != nil {
			t.Skipf("links cannot be made here: %v", err)
		}
	}}
	if r := run(t, m, dir, intake.Options{}); r.Problems != 1 || states(t, s, r.Source.ID)["a/a.sys"] != "leftover unreadable" {
		t.Errorf("the link was followed: %+v", r)
	}
}

func TestFailuresStoreNothing(t *testing.T) {
	t.Parallel()
	s, dir := open(t), t.TempDir()
	write(t, dir, map[string]string{"a.inf": infText("a")})
	if _, err := intake.Import(t.Context(), s, key, filepath.Join(dir, "nowhere"), intake.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing folder: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	m := meddler{s, cancel}
	if _, err := intake.Import(ctx, m, key, dir, intake.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if sources, err := s.Sources(t.Context(), catalog.SourceFilter{}); err != nil || len(sources) != 0 {
		t.Errorf("stored all the same: %v %v", sources, err)
	}
}

func TestExclude(t *testing.T) {
	t.Parallel()
	s, dir := open(t), t.TempDir()
	write(t, dir, map[string]string{"a.txt": "x", "own/b.txt": "y"})
	r := run(t, s, dir, intake.Options{Exclude: []string{"own"}})
	if d := cmp.Diff(map[string]string{"a.txt": "leftover readme"}, states(t, s, r.Source.ID)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestNamesDifferInCase keeps both files where the file system does, and takes the one that is spelled as the INF does.
func TestNamesDifferInCase(t *testing.T) {
	t.Parallel()
	s, dir := open(t), t.TempDir()
	write(t, dir, map[string]string{"a.inf": infText("a", "a.sys"), "a.cat": cat, "A.SYS": "upper", "a.sys": "lower"})
	if _, err := os.Stat(filepath.Join(dir, "A.sys")); err == nil {
		t.Skip("this file system ignores letter case")
	}
	r := run(t, s, dir, intake.Options{})
	got := states(t, s, r.Source.ID)
	if got["a.sys"] != "driver file" || !strings.HasPrefix(got["A.SYS"], "leftover ") || r.Problems != 1 {
		t.Errorf("%v, %d problems", got, r.Problems)
	}
}
