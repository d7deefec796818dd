package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/intake"
	"github.com/drivercat/drivercat/catalog/sqlite"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

// doomed is a tree whose server is killed when the last of some files is made or opened.
type doomed struct {
	tree.Tree
	left atomic.Int64
	kill func()
}

func (d *doomed) Unwrap() tree.Tree { return d.Tree }

func (d *doomed) Create(name string) (tree.Writer, error) {
	if d.left.Add(-1) == 0 {
		d.kill()
	}
	return d.Tree.Create(name)
}

func (d *doomed) Open(name string) (fs.File, error) {
	if d.left.Add(-1) == 0 {
		d.kill()
	}
	return d.Tree.Open(name)
}

// TestImportServerKilled: a server that is killed while a source is copied to it, or read from it, costs that attempt. The
// next one finds nothing that is in its way, and the catalog never knew half of a source.
func TestImportServerKilled(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	dir := filepath.Join(t.TempDir(), "Src")
	const files = 40
	for i := range files {
		name := filepath.Join(dir, fmt.Sprintf("d%d", i%4), fmt.Sprintf("%d.txt", i))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "c.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	target := catalog.Target{OS: "win10", Arch: "amd64"}
	try := func(after int64) (packager.Adopted, error, error) {
		t.Helper()
		tr, err := smb.Open(t.Context(), s.Config())
		if err != nil {
			t.Fatal(err)
		}
		defer tr.Close()
		d := &doomed{Tree: tr, kill: s.Kill}
		d.left.Store(after)
		a, err := packager.AdoptSource(t.Context(), d, layout.Layout{}, packager.AdoptOptions{Dir: dir, Model: "Box", Target: target})
		if err != nil {
			return a, err, nil
		}
		key := catalog.SourceKey{Model: catalog.Model{Make: "Acme", Name: "Box"}, Target: target, Location: a.Location, Adopted: true}
		r, err := intake.ImportBase(t.Context(), store, key, tree.Folder{Tree: d, Name: a.Location}, a.Location, intake.Options{})
		if err == nil && (r.Problems > 0 || r.Source.Files != files) {
			t.Errorf("%+v", r)
		}
		return a, nil, err
	}
	if a, adopting, _ := try(files / 2); adopting == nil {
		t.Errorf("copied to a dead server: %+v", a)
	}
	s.Restart()
	if a, adopting, reading := try(files + files/2); adopting != nil || reading == nil || a.Existed {
		t.Errorf("adopted %+v, %v, read %v", a, adopting, reading)
	}
	if sources, err := store.Sources(t.Context(), catalog.SourceFilter{}); err != nil || len(sources) > 0 {
		t.Errorf("the catalog has %v, %v", sources, err)
	}
	s.Restart()
	if a, adopting, reading := try(-1); adopting != nil || reading != nil || !a.Existed {
		t.Errorf("adopted %+v, %v, read %v", a, adopting, reading)
	}
	tr, err := smb.Open(t.Context(), s.Config())
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	if there := treetest.Files(t, tr, "PC/_OriginalSources_/Win10"); len(there) != files {
		t.Errorf("%d files lie there: %v", len(there), there)
	}
}
