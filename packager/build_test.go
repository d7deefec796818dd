package packager_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

// TestBuildUpdates walks one package through its life: fresh, unchanged, updated, extra files, damaged.
func TestBuildUpdates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w, plan := twoVersions(t, dir)
	before := w.content()
	if len(before) != 12 {
		t.Fatalf("the first version holds %q", before)
	}
	r, err := packager.Build(context.Background(), w.local, plan, packager.BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Version != 2 || r.Kept != 3 || r.Unchanged {
		t.Errorf("the update reports %+v", r)
	}
	got := w.content()
	if len(got) != plan.Files || got["Net/a/a.sys"] != "a2 longer" || got["MEDIA/turn/turn/now"] != "folder" || got["MEDIA/turn/fold"] != "now a file" {
		t.Errorf("the second version holds %q", got)
	}
	if f := verify(t, w.local, packager.VerifyOptions{}); len(f) > 0 {
		t.Errorf("verify finds %q", f)
	}
	if left, err := w.local.ReadDir("PC/SCCM_Driver_Packages/XP"); err != nil || len(left) != 1 {
		t.Errorf("beside the package lies %v (%v)", left, err)
	}
}

// TestUnchangedWritesNothing: the second build of a package makes no call that writes.
func TestUnchangedWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(drv{files: map[string]string{"a.sys": "a"}})
	first := w.build(packager.BuildOptions{})
	writes := &treetest.Faulty{Tree: w.local, At: 1, Mode: treetest.Fail, Only: func(op, _ string) bool {
		return op != "lstat" && op != "open" && op != "readdir"
	}}
	r, err := packager.Build(context.Background(), writes, w.plan(packager.PlanOptions{}), packager.BuildOptions{})
	if err != nil || !r.Unchanged || r.Kept != 2 || r.Manifest != first.Manifest || r.Version != 1 {
		t.Errorf("unchanged build: %+v, %v (%s)", r, err, writes.Fired())
	}
}

// TestSameInputSameBytes builds on two shares, the catalog's answers in another order.
func TestSameInputSameBytes(t *testing.T) {
	t.Parallel()
	drivers := []drv{
		{source: "One", inf: "a/same.inf", files: map[string]string{"f": "1"}},
		{source: "Two", inf: "a/same.inf", files: map[string]string{"f": "2"}, ids: []string{"X"}},
		{source: "Two", inf: "b/same.inf", provider: "Other", files: map[string]string{"f": "3"}},
		{source: "One", inf: "c/other.inf", class: "Weird", files: map[string]string{"f": "4"}},
		{source: "Two", inf: "c/another.inf", class: "WEIRD", files: map[string]string{"f": "5"}},
	}
	var trees []map[string]string
	for n := range 2 {
		w := newWorld(t)
		w.source("One")
		w.source("Two")
		for i := range drivers {
			if n == 1 {
				i = len(drivers) - 1 - i
			}
			w.add(drivers[i])
		}
		w.build(packager.BuildOptions{})
		trees = append(trees, w.files(folder))
	}
	if d := cmp.Diff(trees[0], trees[1]); d != "" {
		t.Error(d)
	}
	for _, want := range []string{"Net/same-Acme-One/f", "Net/same-Acme-Two/f", "Net/same-Other/f", "WEIRD/other/f", "WEIRD/another/f"} {
		if _, ok := trees[0][want]; !ok {
			t.Errorf("no %s", want)
		}
	}
}

func TestRepairs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		harm  func(w *world)
		finds []string
		opts  packager.BuildOptions
	}{
		"missing":  {func(w *world) { w.remove("Net/drv/a.sys") }, []string{"missing Net/drv/a.sys"}, packager.BuildOptions{}},
		"extra":    {func(w *world) { w.write(folder+"/note.txt", "hi") }, []string{"extra note.txt"}, packager.BuildOptions{}},
		"shorter":  {func(w *world) { w.write(folder+"/Net/drv/a.sys", "") }, []string{"changed Net/drv/a.sys"}, packager.BuildOptions{}},
		"tampered": {func(w *world) { w.write(folder+"/Net/drv/a.sys", "z") }, []string{"changed Net/drv/a.sys"}, packager.BuildOptions{}},
		"tampered with its time kept": {func(w *world) {
			w.write(folder+"/Net/drv/a.sys", "z")
			w.touch("Net/drv/a.sys", time.Now().Add(-time.Hour))
		}, []string{"changed Net/drv/a.sys"}, packager.BuildOptions{Rehash: true}},
		"manifest gone":    {func(w *world) { w.remove("drivercat.json") }, []string{"manifest drivercat.json"}, packager.BuildOptions{Force: true}},
		"manifest cut":     {func(w *world) { w.write(folder+"/drivercat.json", "{") }, []string{"manifest drivercat.json"}, packager.BuildOptions{}},
		"file as a folder": {func(w *world) { w.remove("Net/drv/a.sys"); w.write(folder+"/Net/drv/a.sys/b", "z") }, []string{"missing Net/drv/a.sys", "extra Net/drv/a.sys/b"}, packager.BuildOptions{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.add(drv{files: map[string]string{"a.sys": "a", "b.sys": "b"}})
			w.build(packager.BuildOptions{})
			want := w.content()
			c.harm(w)
			if got := verify(t, w.local, packager.VerifyOptions{}); !cmp.Equal(got, c.finds) {
				t.Errorf("verify finds %q, want %q", got, c.finds)
			}
			w.build(c.opts)
			if got := verify(t, w.local, packager.VerifyOptions{}); len(got) > 0 {
				t.Errorf("after the repair verify finds %q", got)
			}
			if d := cmp.Diff(want, w.content()); d != "" {
				t.Error(d)
			}
		})
	}
}

func (w *world) remove(name string) {
	w.t.Helper()
	if err := os.Remove(filepath.Join(w.local.Root(), folder, name)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) touch(name string, at time.Time) {
	w.t.Helper()
	if err := os.Chtimes(filepath.Join(w.local.Root(), folder, name), at, at); err != nil {
		w.t.Fatal(err)
	}
}

func TestForeignFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(drv{files: map[string]string{"a.sys": "a"}})
	w.write(folder+"/Net/drv/a.sys", "a")
	w.write(folder+"/by hand.txt", "x")
	_, err := packager.Build(context.Background(), w.local, w.plan(packager.PlanOptions{}), packager.BuildOptions{})
	if !errors.Is(err, packager.ErrForeign) || !strings.Contains(err.Error(), "--force") {
		t.Errorf("error %v", err)
	}
	if got := w.files(folder); !maps.Equal(got, map[string]string{"Net/drv/a.sys": "a", "by hand.txt": "x"}) {
		t.Errorf("the folder was changed: %q", got)
	}
	r := w.build(packager.BuildOptions{Force: true})
	if !cmp.Equal(r.Extras, []string{"by hand.txt"}) || r.Kept != 1 || r.Written != 1 {
		t.Errorf("taken over: %+v", r)
	}
	if got := verify(t, w.local, packager.VerifyOptions{}); len(got) > 0 {
		t.Errorf("verify finds %q", got)
	}
}

// TestEmptyFolder: an empty folder, with empty folders in it, is nobody's work.
func TestEmptyFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(drv{})
	if err := w.local.MkdirAll(folder + "/a/b"); err != nil {
		t.Fatal(err)
	}
	w.build(packager.BuildOptions{})
	if got := w.files(folder); len(got) != 2 {
		t.Errorf("the folder holds %q", got)
	}
}

// TestSourceChanged: what was imported is what is published, or nothing is.
func TestSourceChanged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		harm func(t *testing.T, p string) error
		want string
		is   error
	}{
		"changed":    {func(_ *testing.T, p string) error { return os.WriteFile(p, []byte("z"), 0o666) }, "SHA-256", packager.ErrChanged},
		"longer":     {func(_ *testing.T, p string) error { return os.WriteFile(p, []byte("zzzz"), 0o666) }, "length", packager.ErrChanged},
		"gone":       {func(_ *testing.T, p string) error { return os.Remove(p) }, "import again", packager.ErrChanged},
		"a folder":   {func(_ *testing.T, p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o777)) }, "a folder now", packager.ErrChanged},
		"a link out": {func(t *testing.T, p string) error { return errors.Join(os.Remove(p), os.Symlink(t.TempDir(), p)) }, "symbolic link", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.add(drv{files: map[string]string{"a.sys": "a"}})
			plan := w.plan(packager.PlanOptions{})
			if err := c.harm(t, filepath.Join(w.local.Root(), originals, "Src", "a.sys")); err != nil {
				if runtime.GOOS == "windows" && errors.As(err, new(*os.LinkError)) {
					t.Skipf("this user may not make links: %v", err)
				}
				t.Fatal(err)
			}
			_, err := packager.Build(context.Background(), w.local, plan, packager.BuildOptions{})
			var se *packager.SourceError
			if !errors.As(err, &se) || se.Path != "a.sys" || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("error %v", err)
			}
			if _, err := w.local.Lstat("PC/SCCM_Driver_Packages"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("left behind: %q", w.files("PC/SCCM_Driver_Packages"))
			}
		})
	}
}

// TestCaseOfSource: what a case-insensitive server recorded is found on a case-sensitive one.
func TestCaseOfSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(drv{inf: "Sub/Drv.inf", files: map[string]string{"A.SYS": "a"}})
	root := filepath.Join(w.local.Root(), originals, "Src")
	if err := errors.Join(os.Rename(filepath.Join(root, "Sub", "A.SYS"), filepath.Join(root, "Sub", "a.sys")), os.Rename(filepath.Join(root, "Sub"), filepath.Join(root, "sub"))); err != nil {
		t.Fatal(err)
	}
	w.build(packager.BuildOptions{})
	if got := w.content(); got["Net/Drv/A.SYS"] != "a" {
		t.Errorf("the package holds %q", got)
	}
}

// TestInPlaceSource reads a source that lies outside the share.
func TestInPlaceSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(drv{files: map[string]string{"a.sys": "a"}})
	out := t.TempDir()
	for _, f := range w.in.Sources[0].Files {
		b, err := os.ReadFile(filepath.Join(w.local.Root(), originals, "Src", f.Path))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(out, f.Path), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s := &w.in.Sources[0].Source
	s.Adopted, s.Location = false, out
	w.build(packager.BuildOptions{})
	if got := w.content(); len(got) != 2 {
		t.Errorf("the package holds %q", got)
	}
	s.Location = filepath.Join(out, "none")
	w.remove("Net/drv/a.sys")
	_, err := packager.Build(context.Background(), w.local, w.plan(packager.PlanOptions{}), packager.BuildOptions{})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), s.Location) {
		t.Errorf("error %v", err)
	}
}

func TestLocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(drv{})
	if err := w.local.MkdirAll("PC/SCCM_Driver_Packages/XP"); err != nil {
		t.Fatal(err)
	}
	unlock, err := w.local.Lock("PC/SCCM_Driver_Packages/XP/.drivercat-lock-R61-8935CTO", "carol")
	if err != nil {
		t.Fatal(err)
	}
	_, err = packager.Build(context.Background(), w.local, w.plan(packager.PlanOptions{}), packager.BuildOptions{})
	if !errors.Is(err, tree.ErrLocked) || !strings.Contains(err.Error(), "carol") {
		t.Errorf("error %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	w.build(packager.BuildOptions{})
}

func TestNothingToBuild(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(drv{verdict: "broken"})
	_, err := packager.Build(context.Background(), w.local, w.plan(packager.PlanOptions{}), packager.BuildOptions{})
	if !errors.Is(err, packager.ErrNothing) {
		t.Errorf("error %v", err)
	}
}

// TestRefusedShare: the PXE share is not written to, and the plan says so.
func TestRefusedShare(t *testing.T) {
	t.Parallel()
	w := worldAt(t, mkdir(t, filepath.Join(t.TempDir(), "RemoteInstall", "SMSImages")))
	w.add(drv{})
	plan := w.plan(packager.PlanOptions{Root: w.local.Root()})
	if len(plan.Skipped) != 1 || plan.Skipped[0].Code != "pxe-share" {
		t.Errorf("the plan skips %+v", plan.Skipped)
	}
	_, err := packager.Build(context.Background(), w.local, plan, packager.BuildOptions{})
	var se *layout.ShareError
	if !errors.As(err, &se) || !se.PXE {
		t.Errorf("error %v", err)
	}
	if got := w.files("PC/SCCM_Driver_Packages"); len(got) > 0 {
		t.Errorf("written: %q", got)
	}
}

func mkdir(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	w, plan := twoVersions(t, t.TempDir())
	before := w.files("PC/SCCM_Driver_Packages")
	ctx, cancel := context.WithCancel(context.Background())
	at := &treetest.Faulty{Tree: w.local, At: 3, Do: cancel, Only: func(op, _ string) bool { return op == "create" }}
	_, err := packager.Build(ctx, at, plan, packager.BuildOptions{Workers: 1})
	if !errors.Is(err, context.Canceled) || at.Fired() == "" {
		t.Errorf("error %v", err)
	}
	if d := cmp.Diff(before, w.files("PC/SCCM_Driver_Packages")); d != "" {
		t.Error(d)
	}
}

func TestPackages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(drv{})
	if got, err := packager.Packages(context.Background(), w.local, layout.Layout{}); err != nil || len(got) > 0 {
		t.Errorf("on an empty share: %v, %v", got, err)
	}
	w.build(packager.BuildOptions{})
	w.write("PC/SCCM_Driver_Packages/XP/Foreign/x", "x")
	w.write("PC/SCCM_Driver_Packages/loose", "x")
	w.write("PC/SCCM Driver_Packages/XP/Old/x", "x")
	got, err := packager.Packages(context.Background(), w.local, layout.Layout{})
	want := []packager.PackageFolder{{Folder: folder, OS: "XP", Model: "R61-8935CTO", Target: xp}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(d, err)
	}
	if near, err := packager.NearMisses(w.local, layout.Layout{}); err != nil || len(near) != 1 {
		t.Errorf("near misses: %v, %v", near, err)
	}
}

func TestNewerManifestIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(drv{})
	w.write(folder+"/drivercat.json", `{"format": 99}`)
	_, err := packager.Build(context.Background(), w.local, w.plan(packager.PlanOptions{}), packager.BuildOptions{Force: true})
	if !errors.Is(err, manifest.ErrNewerFormat) {
		t.Errorf("error %v", err)
	}
}
