package packager_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/manifest"
)

// shop is a catalog of what a world holds.
type shop struct {
	catalog.Reader
	in packager.Input
}

func (s shop) Sources(context.Context, catalog.SourceFilter) (out []catalog.Source, err error) {
	for _, is := range s.in.Sources {
		out = append(out, is.Source)
	}
	return out, nil
}

func (s shop) Driver(_ context.Context, hash string) (*catalog.Driver, error) {
	for _, is := range s.in.Sources {
		for _, r := range is.Drivers {
			if r.Driver.Hash.String() == hash {
				return r.Driver, nil
			}
		}
	}
	return nil, catalog.ErrNotFound
}

func (s shop) DriverUses(context.Context, catalog.Hash) (catalog.DriverUses, error) {
	return catalog.DriverUses{}, catalog.ErrNotFound
}

func (s shop) SourceFiles(_ context.Context, id int64) iter.Seq2[catalog.SourceFile, error] {
	return func(yield func(catalog.SourceFile, error) bool) {
		for _, is := range s.in.Sources {
			for _, f := range is.Files {
				if is.Source.ID == id && !yield(f, nil) {
					return
				}
			}
		}
	}
}

// rot changes a file's bytes and keeps its size and time.
func (w *world) rot(name string) {
	w.t.Helper()
	p := filepath.Join(w.local.Root(), filepath.FromSlash(name))
	i, err := os.Stat(p)
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := os.ReadFile(p)
	if err == nil {
		err = os.WriteFile(p, []byte(strings.ToUpper(string(b))), 0o666)
	}
	if err := errors.Join(err, os.Chtimes(p, i.ModTime(), i.ModTime())); err != nil {
		w.t.Fatal(err)
	}
}

// publishAgain makes two versions of a package, changes something and publishes the first again.
func publishAgain(t *testing.T, change func(*world)) (*world, *packager.OldPlan, packager.Result, error) {
	t.Helper()
	w := newWorld(t)
	w.add(drv{files: map[string]string{"a.sys": "a1", "b.sys": "b1"}})
	first := w.plan(packager.PlanOptions{})
	w.build(packager.BuildOptions{})
	// The second version has a.sys under another name, and b.sys as it was; the source of the first stays.
	w.in.Sources[0].Drivers = nil
	w.add(drv{source: "New", version: "2", files: map[string]string{"kept.sys": "a1", "b.sys": "b1"}})
	res := w.build(packager.BuildOptions{})
	later(t, w)
	if change != nil {
		change(w)
	}
	now, err := manifest.Parse(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	old := packager.HistoryVersion{Version: 1, Manifest: first.Manifest(1)}
	h := &packager.History{Folder: folder, OnShare: true, Versions: []packager.HistoryVersion{{Version: 2, Manifest: now}, old}}
	known := shop{in: packager.Input{Sources: w.in.Sources[:1]}} // the catalog knows the source of the second no more
	replan := func(not map[packager.Place]bool) (*packager.OldPlan, error) {
		return packager.PlanOld(t.Context(), w.local, known, h, old, packager.OldOptions{Not: not})
	}
	p, err := replan(nil)
	if err != nil {
		t.Fatal(err)
	}
	p, res, err = packager.BuildOld(t.Context(), w.local, p, packager.BuildOptions{}, replan)
	return w, p, res, err
}

// lose removes a file of the share.
func (w *world) lose(name string) {
	w.t.Helper()
	if err := os.Remove(filepath.Join(w.local.Root(), filepath.FromSlash(name))); err != nil {
		w.t.Fatal(err)
	}
}

// TestBuildOld publishes a version again whose files are in a source, in the package, in both or nowhere.
func TestBuildOld(t *testing.T) {
	t.Parallel()
	const inSource, inPackage = originals + "Src/", folder + "/Net/drv/"
	for _, c := range []struct {
		name    string
		change  func(w *world)
		from    map[string]string // by file name: "source" or "package"
		missing []string
	}{
		{name: "everything is in the source", from: map[string]string{"drv.inf": "source", "a.sys": "source", "b.sys": "source"}},
		{
			name: "a file is gone from the source", change: func(w *world) { w.lose(inSource + "a.sys") },
			from: map[string]string{"drv.inf": "source", "a.sys": "package", "b.sys": "source"},
		},
		{
			name: "a file of the source has another size", change: func(w *world) { w.write(inSource+"a.sys", "longer than it was") },
			from: map[string]string{"drv.inf": "source", "a.sys": "package", "b.sys": "source"},
		},
		{
			name: "a file of the source rotted", change: func(w *world) { w.rot(inSource + "a.sys") },
			from: map[string]string{"drv.inf": "source", "a.sys": "package", "b.sys": "source"},
		},
		{
			name: "a file of the source was written again", change: func(w *world) { w.write(inSource+"a.sys", "a1") },
			from: map[string]string{"drv.inf": "source", "a.sys": "package", "b.sys": "source"},
		},
		{
			name: "a file rotted everywhere", change: func(w *world) { w.rot(inSource + "a.sys"); w.rot(inPackage + "kept.sys") },
			missing: []string{"Net/drv/a.sys"},
		},
		{
			name: "a file is nowhere", change: func(w *world) { w.lose(inSource + "a.sys"); w.remove("Net/drv/kept.sys") },
			missing: []string{"Net/drv/a.sys"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, p, res, err := publishAgain(t, c.change)
			if c.missing != nil {
				var missing []string
				for _, m := range p.Missing {
					missing = append(missing, m.Path)
				}
				if !errors.Is(err, packager.ErrMissing) || !cmp.Equal(missing, c.missing) {
					t.Errorf("missing %q, error %v", missing, err)
				}
				if m := manifestOf(t, w); !strings.Contains(m, `"version": 2,`) {
					t.Errorf("the package is %s", m)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			from := map[string]string{}
			for _, f := range p.Plan.Drivers[0].Files {
				from[path.Base(f.Path)] = map[bool]string{true: "package", false: "source"}[f.Source.Location == folder]
			}
			if !cmp.Equal(from, c.from) {
				t.Errorf("from %v, want %v", from, c.from)
			}
			if res.Version != 3 || !slices.Equal(verify(t, w.local, packager.VerifyOptions{}), []string{}) {
				t.Errorf("version %d, verify finds %q", res.Version, verify(t, w.local, packager.VerifyOptions{}))
			}
			if b, err := os.ReadFile(filepath.Join(w.local.Root(), inPackage, "a.sys")); string(b) != "a1" {
				t.Errorf("a.sys is %q, error %v", b, err)
			}
		})
	}
}
