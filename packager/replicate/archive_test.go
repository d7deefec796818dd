package replicate_test

import (
	"context"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/chunk"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/replicate"
	"github.com/drivercat/drivercat/packager/tree"
)

// publishArchive makes the package of the share one archive.
func (w *world) publishArchive(version int, archive string) {
	w.t.Helper()
	inside := sha256.Sum256([]byte(archive[:100])) // whatever lies in it
	m := &manifest.Manifest{
		Model: catalog.Model{Make: "Lenovo", Name: "R61-8935CTO"}, Target: catalog.Target{OS: "xp", Arch: inf.X86},
		Kind: "standard", Content: "inf", Version: version,
		Archive: &manifest.Archive{Name: "DriverPackage.zip", Format: "zip", Size: int64(len(archive)), SHA256: sha256.Sum256([]byte(archive))},
		Drivers: []manifest.Driver{{Hash: catalog.Hash{1}, INF: "a.inf", Folder: "Net/a"}},
		Files:   []manifest.File{{Path: "Net/a/a.inf", Size: 100, SHA256: inside}, {Path: "Net/a/a.sys", Size: 1 << 20, SHA256: catalog.Hash{byte(version)}}},
	}
	s, err := chunk.Sign(w.t.Context(), strings.NewReader(archive))
	if err != nil {
		w.t.Fatal(err)
	}
	w.sigs.m[m.Archive.SHA256] = s.Encode()
	_, err = packager.Publish(w.t.Context(), w.src, &packager.Publication{
		Folder: folder, Manifest: m, Stage: func(ctx context.Context, name string, _ manifest.File) error {
			_, err := tree.Write(ctx, w.src, name, strings.NewReader(archive), tree.Options{})
			return err
		},
	}, packager.PublishOptions{Rehash: true})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestArchive: of a package that is an archive the archive is brought, and an update sends what changed in it.
func TestArchive(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world, to tree.Tree) {
		first := noise(1, 2<<20)
		w.publishArchive(1, first)
		if at := w.bring(to, replicate.Options{}); at.Packages[0].State != replicate.Brought {
			t.Fatalf("%+v", at)
		}
		w.same(to)
		age(t, to, folder)
		w.publishArchive(2, edit(first, 1<<20, noise(2, 1000)))
		p := w.bring(to, replicate.Options{}).Packages[0]
		if p.State != replicate.Brought || p.Rebuilt != 1 || p.SentBytes > 40_000 {
			t.Errorf("%+v", p)
		}
		w.same(to)
		if p := w.bring(to, replicate.Options{}).Packages[0]; p.State != replicate.Unchanged {
			t.Errorf("%+v", p)
		}
	})
}
