package replicate_test

import (
	"context"
	"crypto/sha256"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/chunk"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/replicate"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/local"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

const packages = "PC/SCCM_Driver_Packages/XP/"

const folder = packages + "R61-8935CTO"

// noise is content without repetitions, the same on every machine.
func noise(seed byte, n int) string {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{seed}).Read(b)
	return string(b)
}

// edit puts text into a content at a place.
func edit(s string, at int, with string) string { return s[:at] + with + s[at+len(with):] }

// world is a share with packages, and the signatures of all that was ever published there.
type world struct {
	t    testing.TB
	src  tree.Tree
	sigs signatures
}

type signatures struct {
	mu sync.Mutex
	m  map[catalog.Hash][]byte
}

func (s *signatures) Signatures(_ context.Context, files []catalog.Hash) (map[catalog.Hash][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[catalog.Hash][]byte{}
	for _, h := range files {
		if b, ok := s.m[h]; ok {
			out[h] = b
		}
	}
	return out, nil
}

// fastDir is a temporary folder in memory where the system has such a place.
func fastDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "drivercat-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func openLocal(t testing.TB, dir string) *local.Tree {
	t.Helper()
	tr, err := local.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tr.Close() })
	return tr
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return &world{t: t, src: openLocal(t, fastDir(t)), sigs: signatures{m: map[catalog.Hash][]byte{}}}
}

// publish makes a package of the share what content says.
func (w *world) publish(folder string, content map[string]string) {
	w.t.Helper()
	m := &manifest.Manifest{
		Model: catalog.Model{Make: "Lenovo", Name: filepath.Base(folder)}, Target: catalog.Target{OS: "xp", Arch: inf.X86},
		Kind: "standard", Content: "inf", Version: 1,
		Drivers: []manifest.Driver{{Hash: catalog.Hash{1}, INF: "a.inf", Folder: "Net/a"}},
	}
	for n, c := range content {
		f := manifest.File{Path: n, Size: int64(len(c)), SHA256: sha256.Sum256([]byte(c))}
		m.Files = append(m.Files, f)
		if _, ok := w.sigs.m[f.SHA256]; !ok && len(c) >= chunk.SmallestContent {
			s, err := chunk.Sign(w.t.Context(), strings.NewReader(c))
			if err != nil {
				w.t.Fatal(err)
			}
			w.sigs.m[f.SHA256] = s.Encode()
		}
	}
	_, err := packager.Publish(w.t.Context(), w.src, &packager.Publication{
		Folder: folder, Manifest: m, Stage: func(ctx context.Context, name string, f manifest.File) error {
			_, err := tree.Write(ctx, w.src, name, strings.NewReader(content[f.Path]), tree.Options{})
			return err
		},
	}, packager.PublishOptions{Rehash: true})
	if err != nil {
		w.t.Fatal(err)
	}
}

// target makes a target of a tree.
func target(t tree.Tree) replicate.Target {
	return replicate.Target{Name: t.Root(), Root: t.Root(), Open: func(context.Context) (tree.Tree, func() error, error) {
		return t, func() error { return nil }, nil
	}}
}

// bring replicates packages to one target.
func (w *world) bring(to tree.Tree, o replicate.Options, folders ...string) replicate.At {
	w.t.Helper()
	if len(folders) == 0 {
		folders = []string{folder}
	}
	if o.Signatures == nil {
		o.Signatures = &w.sigs
	}
	return replicate.Run(w.t.Context(), w.src, folders, []replicate.Target{target(to)}, o)[0]
}

// same fails the test unless a package at the target is the one on the share, byte for byte, with nothing beside it.
func (w *world) same(to tree.Tree, folders ...string) {
	w.t.Helper()
	if len(folders) == 0 {
		folders = []string{folder}
	}
	for _, f := range folders {
		want, got := files(w.t, w.src, f), files(w.t, to, f)
		for n := range want {
			if want[n] != got[n] {
				w.t.Errorf("%s/%s: %d bytes, want %d; missing bytes or others", f, n, len(got[n]), len(want[n]))
			}
		}
		if len(want) != len(got) {
			w.t.Errorf("%s: %d files, want %d", f, len(got), len(want))
		}
	}
	entries, err := to.ReadDir(strings.TrimSuffix(packages, "/"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			w.t.Errorf("%s lies beside the packages", e.Name())
		}
	}
}

func files(t testing.TB, tr tree.Tree, dir string) map[string]string {
	t.Helper()
	if tt, ok := t.(*testing.T); ok {
		return treetest.Files(tt, tr, dir)
	}
	return nil
}

// counts are the figures of a package that tests look at.
type counts struct {
	State                                                          replicate.State
	Left, Copied, Rebuilt, Sent, Resumed, Removed, Wrong, NewBytes int
}

func (w *world) want(a replicate.At, want counts) {
	w.t.Helper()
	if a.Err != nil || len(a.Packages) != 1 {
		w.t.Fatalf("%v: %+v", a.Err, a.Packages)
	}
	p := a.Packages[0]
	if p.Err != nil {
		w.t.Errorf("error %v", p.Err)
	}
	got := counts{p.State, p.Left, p.Copied, p.Rebuilt, p.Sent, p.Resumed, p.Removed, p.Wrong, want.NewBytes}
	if want.NewBytes >= 0 && int(p.SentBytes) > want.NewBytes {
		got.NewBytes = int(p.SentBytes)
	}
	if d := cmp.Diff(want, got); d != "" {
		w.t.Error(d)
	}
}

// records are the catalog's records of packages, which share a driver.
func records(t *testing.T, src tree.Tree, folders ...string) []catalog.Package {
	t.Helper()
	var out []catalog.Package
	for _, f := range folders {
		raw := files(t, src, f)[manifest.Name]
		m, err := manifest.Parse([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, catalog.Package{Folder: f, Version: m.Version, Manifest: sha256.Sum256([]byte(raw)), Files: len(m.Files), Drivers: m.Hashes()})
	}
	return out
}
