package packager_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

const manifestFile = folder + "/" + manifest.Name

// recorded is a world with a package of two files that the catalog knows to be published.
func recorded(t *testing.T) (*world, catalog.Package) {
	t.Helper()
	w := newWorld(t)
	w.add(drv{files: map[string]string{"a.sys": "a"}})
	return w, w.plan(packager.PlanOptions{}).Record(w.build(packager.BuildOptions{}), time.Unix(0, 0))
}

// rewrite changes the manifest behind drivercat's back; its own hash stays right.
func (w *world) rewrite(change func(*manifest.Manifest)) {
	w.t.Helper()
	m, err := manifest.Parse([]byte(w.files(folder)[manifest.Name]))
	if err != nil {
		w.t.Fatal(err)
	}
	change(m)
	w.write(manifestFile, string(m.Encode()))
}

func (w *world) removeAll() {
	w.t.Helper()
	if err := os.RemoveAll(filepath.Join(w.local.Root(), filepath.FromSlash(folder))); err != nil {
		w.t.Fatal(err)
	}
}

// findings returns what Verify finds with the catalog's records at hand.
func (w *world) findings(records ...catalog.Package) []packager.Finding {
	w.t.Helper()
	vs, err := packager.Verify(context.Background(), w.local, packager.VerifyOptions{Recorded: records}, folder)
	if err != nil {
		w.t.Fatal(err)
	}
	return vs[0].Findings
}

// TestManifestOfAnotherVersion: a manifest that is right in itself and not the one that was published is found, vouches for
// nothing, and gives way to the version after the recorded one.
func TestManifestOfAnotherVersion(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]int{"far ahead": 99, "the next": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, rec := recorded(t)
			if f := w.findings(rec); len(f) > 0 {
				t.Fatalf("the published package: %+v", f)
			}
			w.rewrite(func(m *manifest.Manifest) { m.Version = version })
			f := w.findings(rec)
			if len(f) != 1 || f[0].Code != packager.FoundManifest || !strings.Contains(f[0].Text, "the manifest is not the one that was published") {
				t.Fatalf("verify finds %+v", f)
			}
			r := w.build(packager.BuildOptions{Recorded: &rec})
			if r.Version != 2 {
				t.Errorf("built version %d, want 2", r.Version)
			}
			if f := w.findings(w.plan(packager.PlanOptions{}).Record(r, time.Unix(0, 0))); len(f) > 0 {
				t.Errorf("after the build: %+v", f)
			}
		})
	}
}

// TestForgedManifestVouchesForNothing: a changed file with a manifest made to match it is found by its hash.
func TestForgedManifestVouchesForNothing(t *testing.T) {
	t.Parallel()
	w, rec := recorded(t)
	w.write(folder+"/Net/drv/a.sys", "b")
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(w.local.Root(), folder, "Net/drv/a.sys"), old, old); err != nil {
		t.Fatal(err)
	}
	w.rewrite(func(m *manifest.Manifest) { m.Version = 99 }) // still lists the right hash of a.sys
	if r := w.build(packager.BuildOptions{Recorded: &rec}); r.Written != 1 || w.content()["Net/drv/a.sys"] != "a" {
		t.Errorf("wrote %d files, the package holds %q", r.Written, w.content())
	}
}

// TestUnrecordedBuildIsBelieved: a build that died between publishing and recording leaves a package that is right.
func TestUnrecordedBuildIsBelieved(t *testing.T) {
	t.Parallel()
	w, rec := recorded(t)
	w.add(drv{inf: "new.inf", files: map[string]string{"n.sys": "n"}})
	w.build(packager.BuildOptions{Recorded: &rec})
	if f := w.findings(rec); len(f) > 0 {
		t.Errorf("verify finds %+v", f)
	}
	if r := w.build(packager.BuildOptions{Recorded: &rec}); !r.Unchanged || r.Version != 2 {
		t.Errorf("the next build reports %+v", r)
	}
}

// TestManifestGone: a folder that the catalog records is drivercat's own as long as nothing else lies in it.
func TestManifestGone(t *testing.T) {
	t.Parallel()
	w, rec := recorded(t)
	w.remove(manifest.Name)
	if f := w.findings(rec); len(f) != 1 || !strings.Contains(f[0].Text, "the catalog records version 1") || !strings.HasPrefix(f[0].Advice, "build the package again;") {
		t.Errorf("recorded: %+v", f)
	}
	if f := w.findings(); len(f) != 1 || !strings.Contains(f[0].Advice, "--force") {
		t.Errorf("unknown to the catalog: %+v", f)
	}
	plan := w.plan(packager.PlanOptions{})
	if _, err := packager.Build(context.Background(), w.local, plan, packager.BuildOptions{}); !errors.Is(err, packager.ErrForeign) {
		t.Errorf("unknown to the catalog: %v", err)
	}
	w.write(folder+"/mine.txt", "keep me")
	if _, err := packager.Build(context.Background(), w.local, plan, packager.BuildOptions{Recorded: &rec}); !errors.Is(err, packager.ErrForeign) || !strings.Contains(err.Error(), "--force") {
		t.Errorf("with a file of somebody else: %v", err)
	}
	w.remove("mine.txt")
	if r := w.build(packager.BuildOptions{Recorded: &rec}); r.Version != 1 || r.Manifest != rec.Manifest || r.Written != 0 {
		t.Errorf("the build reports %+v", r)
	}
}

// TestPackageFolderGone: it is said to be missing, and it comes back as what was published.
func TestPackageFolderGone(t *testing.T) {
	t.Parallel()
	w, rec := recorded(t)
	w.removeAll()
	want := []packager.Finding{{Folder: folder, Code: packager.FoundMissing, Text: "the package folder is missing, although the catalog records version 1 of it", Advice: "build the package again"}}
	if d := cmp.Diff(want, w.findings(rec)); d != "" {
		t.Error(d)
	}
	if r := w.build(packager.BuildOptions{Recorded: &rec}); r.Manifest != rec.Manifest {
		t.Errorf("built again: %+v", r)
	}
	w.removeAll()
	w.add(drv{inf: "new.inf"})
	if r := w.build(packager.BuildOptions{Recorded: &rec}); r.Version != 2 {
		t.Errorf("built with another driver: version %d, want 2", r.Version)
	}
}

// goneTree is a tree whose server goes away when a file is opened.
type goneTree struct {
	tree.Tree
	at string
}

func (g goneTree) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, g.at) {
		return nil, fmt.Errorf("open %s: %w", name, tree.ErrUnreachable)
	}
	return g.Tree.Open(name)
}

// A server that goes away says nothing about the package: that is an error, not a finding.
func TestVerifyWithoutServer(t *testing.T) {
	t.Parallel()
	w, record := recorded(t)
	for _, at := range []string{manifest.Name, "a.sys"} {
		_, err := packager.Verify(t.Context(), goneTree{w.local, at}, packager.VerifyOptions{Recorded: []catalog.Package{record}}, folder)
		if !errors.Is(err, tree.ErrUnreachable) {
			t.Errorf("gone at %s: %v, want tree.ErrUnreachable", at, err)
		}
	}
}
