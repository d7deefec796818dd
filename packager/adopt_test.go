package packager_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

// vendor makes a vendor's folder with files of an old date.
func vendor(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "Card Reader 4in1")
	for n, c := range files {
		p := filepath.Join(dir, n)
		mkdir(t, filepath.Dir(p))
		if err := os.WriteFile(p, []byte(c), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(p, vendorTime, vendorTime); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var vendorTime = time.Date(2007, 5, 4, 3, 2, 1, 0, time.UTC)

func adopt(t *testing.T, tr tree.Tree, o packager.AdoptOptions) (packager.Adopted, []string, error) {
	t.Helper()
	var problems []string
	o.Problem = func(p packager.Problem) {
		if p.Text == "" || p.Advice == "" {
			t.Errorf("problem without text or advice: %+v", p)
		}
		problems = append(problems, p.Path+": "+p.Text)
	}
	if o.Model == "" {
		o.Model = "R61-8935CTO"
	}
	o.Target = xp
	a, err := packager.AdoptSource(context.Background(), tr, layout.Layout{}, o)
	slices.Sort(problems)
	if a.Problems != len(problems) {
		t.Errorf("%d problems are counted, %d told", a.Problems, len(problems))
	}
	return a, problems, err
}

func TestAdopt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := vendor(t, map[string]string{"a.inf": "inf", "sub/b.sys": "sys", "empty": ""})
	at := originals + "Card Reader 4in1"
	want := map[string]string{"a.inf": "inf", "sub/b.sys": "sys", "empty": ""}

	dry, _, err := adopt(t, w.local, packager.AdoptOptions{Dir: dir, DryRun: true})
	if err != nil || dry.Location != at || dry.Existed || dry.Files != 3 || len(w.files(".")) > 0 {
		t.Errorf("dry run: %+v, %v", dry, err)
	}
	a, problems, err := adopt(t, w.local, packager.AdoptOptions{Dir: dir})
	if err != nil || a.Location != at || a.Files != 3 || a.Bytes != 6 || a.Existed || a.Renamed || len(problems) > 0 {
		t.Fatalf("first: %+v, %q, %v", a, problems, err)
	}
	if d := cmp.Diff(want, w.files(at)); d != "" {
		t.Error(d)
	}
	if i, err := w.local.Lstat(at + "/sub/b.sys"); err != nil || !i.ModTime().Equal(vendorTime) {
		t.Errorf("the time is not kept: %v, %v", i, err)
	}

	writes := &treetest.Faulty{Tree: w.local, At: 1, Only: writing}
	if a, _, err = adopt(t, writes, packager.AdoptOptions{Dir: dir}); err != nil || !a.Existed || a.Location != at {
		t.Errorf("again: %+v, %v (%s)", a, err, writes.Fired())
	}
	// Copied around, with new times, it is still the same.
	now := time.Now()
	if err := os.Chtimes(filepath.Join(dir, "a.inf"), now, now); err != nil {
		t.Fatal(err)
	}
	if a, _, err = adopt(t, w.local, packager.AdoptOptions{Dir: dir}); err != nil || !a.Existed {
		t.Errorf("with another time: %+v, %v", a, err)
	}
	// Another content of the same size, and at another time one file more.
	if err := os.WriteFile(filepath.Join(dir, "a.inf"), []byte("INF"), 0o644); err != nil {
		t.Fatal(err)
	}
	if a, _, err = adopt(t, w.local, packager.AdoptOptions{Dir: dir}); err != nil || a.Existed || !a.Renamed || a.Location != at+"-2" {
		t.Errorf("changed: %+v, %v", a, err)
	}
	if a, _, err = adopt(t, w.local, packager.AdoptOptions{Dir: dir}); err != nil || !a.Existed || a.Location != at+"-2" {
		t.Errorf("changed, again: %+v, %v", a, err)
	}
	if d := cmp.Diff(want, w.files(at)); d != "" {
		t.Error("the first was touched", d)
	}
	// From where it lies now there is nothing to copy.
	if a, _, err = adopt(t, w.local, packager.AdoptOptions{Dir: filepath.Join(w.local.Root(), at)}); err != nil || !a.InPlace || a.Location != at {
		t.Errorf("in place: %+v, %v", a, err)
	}
	if beside, err := w.local.ReadDir("PC/_OriginalSources_/XP"); err != nil || len(beside) != 1 {
		t.Errorf("left behind: %v, %v", beside, err)
	}
}

func TestAdoptProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := vendor(t, map[string]string{"a.inf": "inf", "b.sys": "1", "B.SYS": "2", "bad:name": "x", "sub/ok": "ok"})
	out := t.TempDir()
	for link, to := range map[string]string{"out": out, "dangling": "none", "inside": "a.inf", "folder": "sub", "loop": "."} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			if runtime.GOOS == "windows" && errors.As(err, new(*os.LinkError)) {
				t.Skipf("this user may not make links: %v", err)
			}
			t.Fatal(err)
		}
	}
	a, problems, err := adopt(t, w.local, packager.AdoptOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a.inf": "inf", "B.SYS": "2", "inside": "inf", "sub/ok": "ok"}
	if d := cmp.Diff(want, w.files(a.Location)); d != "" {
		t.Error(d)
	}
	for _, p := range []string{"b.sys: differs only in case from B.SYS", "bad:name: its name", "dangling: is a symbolic link that", "folder: is a symbolic link to a folder", "loop: is a symbolic link to a folder", "out: is a symbolic link that leads out"} {
		if !slices.ContainsFunc(problems, func(s string) bool { return strings.HasPrefix(s, p) }) {
			t.Errorf("no problem %q in %q", p, problems)
		}
	}
	if len(problems) != 6 {
		t.Errorf("problems %q", problems)
	}
	if a, _, err = adopt(t, w.local, packager.AdoptOptions{Dir: dir}); err != nil || !a.Existed {
		t.Errorf("again: %+v, %v", a, err)
	}
}

// TestAdoptLongPaths: a file whose path is too long for ConfigMgr is kept and reported.
func TestAdoptLongPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := strings.Repeat("folder/", 34)
	dir := vendor(t, map[string]string{"a.inf": "inf", long + "x.sys": "x", long + "longer.sys": "y"})
	a, problems, err := adopt(t, w.local, packager.AdoptOptions{Dir: dir})
	if err != nil || a.Files != 3 || len(problems) != 1 || !strings.HasPrefix(problems[0], long+"longer.sys") || !strings.Contains(problems[0], "1 other") {
		t.Errorf("%+v, %q, %v", a, problems, err)
	}
}

func TestAdoptRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := vendor(t, map[string]string{"a.inf": "inf"})
	for name, c := range map[string]struct {
		o    packager.AdoptOptions
		want string
		as   any
	}{
		"missing folder":     {packager.AdoptOptions{Dir: filepath.Join(dir, "none")}, "none", nil},
		"empty folder":       {packager.AdoptOptions{Dir: t.TempDir(), Name: "x"}, "no readable file", nil},
		"bad model":          {packager.AdoptOptions{Dir: dir, Model: "NUL"}, "NUL", new(*layout.NameError)},
		"bad name":           {packager.AdoptOptions{Dir: dir, Name: "a."}, "ends in a dot", new(*layout.NameError)},
		"too long":           {packager.AdoptOptions{Dir: dir, Name: strings.Repeat("n", 230)}, "254", new(*layout.NameError)},
		"the share itself":   {packager.AdoptOptions{Dir: w.local.Root(), Name: "x"}, "inside the source", nil},
		"above the share":    {packager.AdoptOptions{Dir: filepath.Dir(w.local.Root()), Name: "x"}, "inside the source", nil},
		"escapes the layout": {packager.AdoptOptions{Dir: dir, Name: ".."}, "..", new(*layout.NameError)},
	} {
		_, _, err := adopt(t, w.local, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) || c.as != nil && !errors.As(err, c.as) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, _, err := adopt(t, w.local, packager.AdoptOptions{Dir: filepath.Join(dir, "none")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing folder: %v", err)
	}
	if got := w.files("."); len(got) > 0 {
		t.Errorf("written: %q", got)
	}
}

// TestAdoptFaults: a source is visible as a whole or not at all, and the next adoption clears what a killed one left.
func TestAdoptFaults(t *testing.T) {
	t.Parallel()
	files := map[string]string{"a.inf": "inf", "sub/b.sys": "sys"}
	adoptFaults(t, packager.AdoptOptions{Dir: vendor(t, files)}, files)
}

// adoptFaults adopts a folder of the name Card Reader 4in1 with one fault at each call of the tree: what is there afterwards
// is nothing or all.
func adoptFaults(t *testing.T, o packager.AdoptOptions, files map[string]string) {
	t.Helper()
	for _, mode := range []treetest.Mode{treetest.Fail, treetest.ShortWrite, treetest.Break, treetest.Die, treetest.DieAfter} {
		for at := 1; ; at++ {
			w := newWorld(t)
			faulty := &treetest.Faulty{Tree: w.local, At: at, Mode: mode, Plain: true}
			one := o
			one.Workers = 1
			a, _, err := adopt(t, faulty, one)
			if faulty.Fired() == "" {
				if err != nil || at < 20 {
					t.Fatalf("after %d calls: %v", at, err)
				}
				break
			}
			if err == nil && !cmp.Equal(w.files(a.Location), files) {
				t.Errorf("%s: the fault was lost", faulty.Fired())
			}
			if got := w.files(originals + "Card Reader 4in1"); len(got) > 0 && !cmp.Equal(got, files) {
				t.Errorf("%s: half a source: %q", faulty.Fired(), got)
			}
			if left := w.files("."); err != nil && (mode == treetest.Fail || mode == treetest.ShortWrite) && len(left) > 0 && len(left) != len(files) &&
				!strings.HasPrefix(faulty.Fired(), "remove") {
				t.Errorf("%s: left behind: %q", faulty.Fired(), left)
			}
			a, _, err = adopt(t, w.local, o)
			if err != nil || a.Renamed || !cmp.Equal(w.files(a.Location), files) {
				t.Errorf("%s: again: %+v, %v", faulty.Fired(), a, err)
			}
		}
	}
}

func TestOriginals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, n := range []string{
		"XP/R61-8935CTO/Src/a.inf", "XP/R61-8935CTO/loose.inf", "Win11-arm64/T14s/x/y", "XP/.drivercat-adopt-x/y/z",
		"BeOS/R61/x/y",            // no operating system
		"XP/R61\u20138935/x/y",    // an EN DASH: the model R61-8935
		"XP/T60\u20131/x/y",       // a twin of the next one
		"XP/T60-1/x/y",            //
		"XP/NUL/x/y",              // no model
		"setup.exe", "readme.txt", // of no operating system
		"Win7/loose.inf",                 // of no model, and there is none
		"win10/T14/x/y",                  // spelled in another way and alone
		"Vista/T14/x/y", "vista/T15/x/y", // one folder on Windows
	} {
		w.write("PC/_OriginalSources_/"+n, "x")
	}
	for _, n := range []string{"Win8", "XP/X60"} {
		mkdir(t, filepath.Join(w.local.Root(), "PC/_OriginalSources_", n))
	}
	w.write("PC/_OriginalSources_/Win8/Thumbs.db", "x")
	got, problems, err := packager.Originals(context.Background(), w.local, layout.Layout{})
	if err != nil {
		t.Fatal(err)
	}
	var lines, told []string
	for _, o := range got {
		lines = append(lines, strings.TrimPrefix(o.Folder, "PC/_OriginalSources_/")+": "+o.Target.String()+" "+o.Model+" "+strings.Join(o.Sources, ","))
		if want := map[bool]int{true: 1}[o.Model == "R61-8935CTO"]; o.Loose != want {
			t.Errorf("%s has %d loose files, want %d", o.Folder, o.Loose, want)
		}
	}
	want := []string{
		"Vista/T14: vista-x86 T14 x", "Win11-arm64/T14s: win11-arm64 T14s x", "XP/R61-8935CTO: xp-x86 R61-8935CTO Src",
		"XP/R61\u20138935: xp-x86 R61-8935 x", "XP/T60-1: xp-x86 T60-1 x", "win10/T14: win10-x64 T14 x",
	}
	if d := cmp.Diff(want, lines); d != "" {
		t.Error(d)
	}
	for _, p := range problems {
		line := strings.TrimPrefix(p.Path, "PC/_OriginalSources_") + ": " + p.Text
		if p.Warning {
			line += " (warning)"
		}
		if p.Advice == "" {
			t.Errorf("no advice: %+v", p)
		}
		told = append(told, line)
	}
	want = []string{
		": readme.txt and 1 other lie here, in the folder of no operating system",
		"/BeOS: is no operating system that drivercat knows",
		"/Win7: loose.inf lies here, in the folder of no model",
		"/Win7: holds no folder of any model (warning)",
		"/Win8: Thumbs.db lies here, in the folder of no model (warning)",
		"/Win8: holds no folder of any model (warning)",
		"/XP/NUL: model \"NUL\" is NUL, which Windows reserves for a device: choose another name",
		"/XP/T60\u20131: is the same model as T60-1 beside it",
		"/XP/X60: is empty (warning)",
		"/vista: is the same folder as Vista on Windows",
	}
	if d := cmp.Diff(want, told); d != "" {
		t.Error(d)
	}
}
