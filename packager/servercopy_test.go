package packager_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

// big is content that a server copies: small files are read and written.
func big(seed string) string { return strings.Repeat(seed+" ", 20_000/(len(seed)+1)) }

// serverWorld is a world whose share copies by itself.
func serverWorld(t *testing.T) (*world, *treetest.Copier) {
	t.Helper()
	w := newWorld(t)
	return w, &treetest.Copier{Tree: w.local}
}

// TestServerCopies: what the import recorded is copied on the server, and whatever the server makes of it the package is right.
func TestServerCopies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lie       treetest.Lie
		harm      func(t *testing.T, file string)
		opts      packager.BuildOptions
		copied    int
		miscopied int
		fails     error
	}{
		"honest":  {copied: 2},
		"rehash":  {copied: 2, opts: packager.BuildOptions{Rehash: true}},
		"short":   {lie: treetest.Short, miscopied: 2},
		"wrong":   {lie: treetest.WrongEnd, miscopied: 2},
		"zeros":   {lie: treetest.Zeros, miscopied: 2},
		"unable":  {lie: treetest.Unable},
		"refuses": {lie: treetest.Refuses, miscopied: 2},
		"touched": {harm: func(t *testing.T, file string) { chtimes(t, file, time.Now().Add(-time.Hour)) }, copied: 1},
		"changed": {harm: func(t *testing.T, file string) { rewrite(t, file, big("z"), time.Now().Add(-time.Hour)) }, fails: packager.ErrChanged},
		"longer":  {harm: func(t *testing.T, file string) { rewrite(t, file, big("a")+"z", time.Time{}) }, fails: packager.ErrChanged},
		"changed with its time kept": {
			harm: func(t *testing.T, file string) {
				i, err := os.Stat(file)
				if err != nil {
					t.Fatal(err)
				}
				rewrite(t, file, strings.ToUpper(big("a")), i.ModTime())
			},
			opts: packager.BuildOptions{Rehash: true}, fails: packager.ErrChanged,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, tr := serverWorld(t)
			tr.Lie = c.lie
			w.add(drv{files: map[string]string{"a.sys": big("a"), "b.sys": big("b"), "small": "s"}})
			plan := w.plan(packager.PlanOptions{})
			if c.harm != nil {
				c.harm(t, filepath.Join(w.local.Root(), originals, "Src", "a.sys"))
			}
			r, err := packager.Build(t.Context(), tr, plan, c.opts)
			if !errors.Is(err, c.fails) {
				t.Fatalf("error %v, want %v", err, c.fails)
			}
			if err != nil {
				if got := w.files("PC/SCCM_Driver_Packages"); len(got) > 0 {
					t.Errorf("left behind: %q", got)
				}
				return
			}
			if r.ServerCopied != c.copied || r.Miscopied != c.miscopied || r.ServerCopiedBytes != int64(c.copied*len(big("a"))) {
				t.Errorf("result %+v", r)
			}
			if got := w.content(); got["Net/drv/a.sys"] != big("a") || got["Net/drv/b.sys"] != big("b") || len(got) != 4 {
				t.Errorf("the package holds %d files, a.sys of %d bytes", len(got), len(got["Net/drv/a.sys"]))
			}
			if f := verify(t, w.local, packager.VerifyOptions{}); len(f) > 0 {
				t.Errorf("verify finds %q", f)
			}
		})
	}
}

func chtimes(t *testing.T, file string, at time.Time) {
	t.Helper()
	if err := os.Chtimes(file, at, at); err != nil {
		t.Fatal(err)
	}
}

func rewrite(t *testing.T, file, content string, at time.Time) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	if !at.IsZero() {
		chtimes(t, file, at)
	}
}

// TestServerCopiesHeld: content that does not come from the originals is copied from where the share holds it already.
func TestServerCopiesHeld(t *testing.T) {
	t.Parallel()
	outside := func(w *world) {
		out := t.TempDir()
		if err := os.CopyFS(out, os.DirFS(filepath.Join(w.local.Root(), originals, "Src"))); err != nil {
			t.Fatal(err)
		}
		w.in.Sources[0].Source.Adopted, w.in.Sources[0].Source.Location = false, out
	}
	files := map[string]string{"a.sys": big("a"), "b.sys": big("b")}
	aged := func(w *world, at string) {
		chtimes(w.t, filepath.Join(w.local.Root(), at, "Net/drv/a.sys"), time.Now().Add(-time.Hour))
		chtimes(w.t, filepath.Join(w.local.Root(), at, "Net/drv/b.sys"), time.Now().Add(-time.Hour))
	}
	for name, c := range map[string]struct {
		prepare func(w *world) []catalog.Package
		copied  int
	}{
		"from nowhere": {func(*world) []catalog.Package { return nil }, 0},
		"moved in the package": {func(w *world) []catalog.Package {
			w.build(packager.BuildOptions{})
			aged(w, folder)
			w.in.Sources[0].Drivers[0].Driver.INF.Class = "USB"
			return nil
		}, 2},
		"in another package": {func(w *world) []catalog.Package { return neighbour(w, aged) }, 2},
		"in another package that is damaged": {func(w *world) []catalog.Package {
			p := neighbour(w, aged)
			w.write(p[0].Folder+"/Net/drv/a.sys", "z")
			rewrite(w.t, filepath.Join(w.local.Root(), p[0].Folder, "Net/drv/b.sys"), big("x"), time.Time{})
			return p
		}, 0},
		"in another package that is not the recorded one": {func(w *world) []catalog.Package {
			p := neighbour(w, aged)
			p[0].Manifest[0]++
			return p
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, tr := serverWorld(t)
			w.add(drv{files: files})
			outside(w)
			known := c.prepare(w)
			r, err := packager.Build(t.Context(), tr, w.plan(packager.PlanOptions{}), packager.BuildOptions{Packages: known})
			if err != nil || r.ServerCopied != c.copied || r.Miscopied != 0 {
				t.Errorf("%+v, %v", r, err)
			}
			if f := verify(t, w.local, packager.VerifyOptions{}); len(f) > 0 {
				t.Errorf("verify finds %q", f)
			}
		})
	}
}

// neighbour builds the same drivers for another model.
func neighbour(w *world, aged func(*world, string)) []catalog.Package {
	in := w.in
	in.Model.Name = "T61"
	plan, err := packager.MakePlan(in, packager.PlanOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := packager.Build(context.Background(), w.local, plan, packager.BuildOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	aged(w, plan.Folder)
	return []catalog.Package{plan.Record(r, time.Now())}
}

// TestServerCopyMeanwhile: a source that is written to while the server copies it is told, and nothing is published.
func TestServerCopyMeanwhile(t *testing.T) {
	t.Parallel()
	w, tr := serverWorld(t)
	w.add(drv{files: map[string]string{"a.sys": big("a"), "b.sys": big("b")}})
	file := filepath.Join(w.local.Root(), originals, "Src", "a.sys")
	// The second copy is b.sys.
	faulty := &treetest.Faulty{Tree: tr, At: 2, Mode: treetest.Note, Only: func(op, _ string) bool { return op == "copyrange" }, Do: func() {
		rewrite(t, file, big("z"), time.Time{})
	}}
	_, err := packager.Build(t.Context(), faulty, w.plan(packager.PlanOptions{}), packager.BuildOptions{Workers: 1})
	if err == nil || !strings.Contains(err.Error(), "a.sys was changed while the server copied it") {
		t.Errorf("error %v (%s)", err, faulty.Fired())
	}
	if d := cmp.Diff(map[string]string{}, w.files("PC/SCCM_Driver_Packages")); d != "" {
		t.Error(d)
	}
}
