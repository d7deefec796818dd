package packager_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/chunk"
	"github.com/drivercat/drivercat/packager/tree"
)

// memory is a VersionStore.
type memory struct {
	versions   []catalog.PackageVersion // newest first
	wanted     map[catalog.Hash]bool
	signatures map[catalog.Hash][]byte
	packages   []catalog.Package
	broken     error
}

func (m *memory) PutPackage(_ context.Context, p catalog.Package) error {
	m.packages = append(m.packages, p)
	return m.broken
}

func newMemory() *memory {
	return &memory{wanted: map[catalog.Hash]bool{}, signatures: map[catalog.Hash][]byte{}}
}

func (m *memory) Versions(context.Context, string) ([]catalog.PackageVersion, error) {
	return m.versions, m.broken
}

func (m *memory) PutVersion(_ context.Context, v catalog.PackageVersion, contents []catalog.Hash) error {
	for _, h := range contents {
		m.wanted[h] = true
	}
	m.versions = slices.Insert(m.versions, 0, v)
	return nil
}

func (m *memory) Signatures(_ context.Context, contents []catalog.Hash) (map[catalog.Hash][]byte, error) {
	return m.signatures, nil
}

func (m *memory) PutSignatures(_ context.Context, list []catalog.FileSignature) error {
	for _, f := range list {
		if m.wanted[f.SHA256] {
			m.signatures[f.SHA256] = f.Body
		}
	}
	return nil
}

// numbers are the versions that are kept, newest first.
func (m *memory) numbers() (n []int) {
	for _, v := range m.versions {
		n = append(n, v.Version)
	}
	return n
}

// signed names the contents that have a signature, by the name of theirs.
func (m *memory) signed(t *testing.T, contents map[string]string) (names []string) {
	t.Helper()
	for name, c := range contents {
		b, ok := m.signatures[sha256.Sum256([]byte(c))]
		if !ok {
			continue
		}
		names = append(names, name)
		got, err := chunk.Decode(b)
		want, _ := chunk.Sign(t.Context(), strings.NewReader(c))
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("the signature of %s is another one (error %v)", name, err)
		}
	}
	slices.Sort(names)
	return names
}

// contentsOf are the files of the versions that the tests publish, by what becomes of them.
var contentsOf = map[string]string{
	"changes": strings.Repeat("changes\n", 2000), "changed": strings.Repeat("changed\n", 2000), "stays": strings.Repeat("stays\n", 2000),
	"goes": strings.Repeat("goes\n", 2000), "small": "small",
}

var (
	oldFiles = map[string]string{"a.sys": contentsOf["changes"], "b.sys": contentsOf["stays"], "c.sys": contentsOf["goes"], "d.txt": contentsOf["small"]}
	newFiles = map[string]string{"a.sys": contentsOf["changed"], "moved.sys": contentsOf["stays"]}
)

// publish builds a package of one driver with the given files.
func publish(w *world, s *memory, files map[string]string, tr tree.Tree, recorded *catalog.Package) (packager.Result, error) {
	w.t.Helper()
	w.in.Sources = nil
	if err := os.RemoveAll(filepath.Join(w.local.Root(), filepath.FromSlash(originals))); err != nil {
		w.t.Fatal(err)
	}
	w.add(drv{files: files})
	return packager.Build(w.t.Context(), tr, w.plan(packager.PlanOptions{}), packager.BuildOptions{Versions: s, Recorded: recorded})
}

func TestVersionsKept(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		kept   bool // the first version is kept before the second is built
		change func(w *world)
		tree   func(tree.Tree) tree.Tree
		want   []string
	}{
		{name: "what leaves is signed", kept: true, want: []string{"changes", "goes"}},
		{name: "a version that was not kept is", want: []string{"changes", "goes"}},
		{name: "a file that rotted has no signature", kept: true, want: []string{"goes"}, change: func(w *world) {
			name := filepath.Join(w.local.Root(), filepath.FromSlash(folder), "Net", "drv", "a.sys")
			i, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			w.write(folder+"/Net/drv/a.sys", strings.ToUpper(contentsOf["changes"]))
			if err := os.Chtimes(name, i.ModTime(), i.ModTime()); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "files that are no older than the manifest are signed too", kept: true, want: []string{"changes", "goes"}, change: func(w *world) {
			at := time.Now().Add(time.Hour)
			for _, n := range []string{"a.sys", "c.sys"} {
				if err := os.Chtimes(filepath.Join(w.local.Root(), filepath.FromSlash(folder), "Net", "drv", n), at, at); err != nil {
					t.Fatal(err)
				}
			}
		}},
		{name: "nothing is read over a network", kept: true, tree: func(t tree.Tree) tree.Tree { return overWire{t} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, s := newWorld(t), newMemory()
			if c.tree == nil {
				c.tree = func(t tree.Tree) tree.Tree { return t }
			}
			res, err := publish(w, s, oldFiles, w.local, nil)
			if err != nil {
				t.Fatal(err)
			}
			record := w.plan(packager.PlanOptions{}).Record(res, time.Unix(5, 0))
			if len(s.signatures)+len(s.versions) > 0 {
				t.Errorf("a first build keeps %d signatures, %d versions", len(s.signatures), len(s.versions))
			}
			if c.kept {
				if err := packager.KeepVersion(t.Context(), s, folder, res.Body, record.Published); err != nil {
					t.Fatal(err)
				}
			}
			if c.change != nil {
				c.change(w)
			}
			later(t, w)
			if res, err = publish(w, s, newFiles, c.tree(w.local), &record); err != nil {
				t.Fatal(err)
			}
			if err := packager.KeepVersion(t.Context(), s, folder, res.Body, time.Unix(6, 0)); err != nil {
				t.Fatal(err)
			}
			if got := s.signed(t, contentsOf); !cmp.Equal(got, c.want) {
				t.Errorf("signed %q, want %q", got, c.want)
			}
			if got := s.numbers(); !cmp.Equal(got, []int{2, 1}) {
				t.Errorf("versions %v", got)
			}
			if old := s.versions[1]; !old.Published.Equal(time.Unix(5, 0)) || old.Manifest != record.Manifest || len(old.Drivers) != 1 {
				t.Errorf("the first version is kept as %+v", old)
			}
		})
	}
}

func TestVersionStoreFails(t *testing.T) {
	t.Parallel()
	w, s := newWorld(t), newMemory()
	if _, err := publish(w, s, oldFiles, w.local, nil); err != nil {
		t.Fatal(err)
	}
	before := manifestOf(t, w)
	s.broken = errors.New("broken")
	if _, err := publish(w, s, newFiles, w.local, nil); !errors.Is(err, s.broken) {
		t.Errorf("error %v", err)
	}
	if manifestOf(t, w) != before {
		t.Error("the package is another one")
	}
}

func manifestOf(t *testing.T, w *world) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(w.local.Root(), filepath.FromSlash(folder), "drivercat.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestSignedWhileSent: what goes over a network is signed on its way, what the server copies is not.
func TestSignedWhileSent(t *testing.T) {
	t.Parallel()
	for _, sent := range []bool{true, false} {
		w, s := newWorld(t), newMemory()
		w.add(drv{files: oldFiles})
		plan := w.plan(packager.PlanOptions{})
		if sent { // from a folder that does not lie on the tree
			for i := range plan.Drivers {
				src := &plan.Drivers[i].Source
				src.Adopted, src.Location = false, filepath.Join(w.local.Root(), filepath.FromSlash(src.Location))
			}
		}
		res, err := packager.Build(t.Context(), overWire{w.local}, plan, packager.BuildOptions{Versions: s})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(packager.KeepVersion(t.Context(), s, folder, res.Body, time.Time{}), s.PutSignatures(t.Context(), res.Signatures)); err != nil {
			t.Fatal(err)
		}
		want := []string(nil)
		if sent || res.ServerCopied == 0 {
			want = []string{"changes", "goes", "stays"}
		}
		if got := s.signed(t, contentsOf); !cmp.Equal(got, want) || len(verify(t, w.local, packager.VerifyOptions{})) > 0 {
			t.Errorf("sent %t: signed %q, want %q", sent, got, want)
		}
		if res, err = packager.Build(t.Context(), w.local, plan, packager.BuildOptions{Versions: s, Rehash: true}); err != nil || len(res.Signatures) > 0 {
			t.Errorf("on a local tree: %d signatures, error %v", len(res.Signatures), err)
		}
	}
}

// overWire is a tree whose files are read over a network.
type overWire struct{ tree.Tree }

func (overWire) Traffic() tree.Traffic { return tree.Traffic{} }

// later makes the manifest younger than the files beside it: what is as young as it is would be read again.
func later(t *testing.T, w *world) {
	t.Helper()
	at := time.Now().Add(time.Minute)
	if err := os.Chtimes(filepath.Join(w.local.Root(), filepath.FromSlash(folder), "drivercat.json"), at, at); err != nil {
		t.Fatal(err)
	}
}

// TestRecordCatchesUp: a build records what the share has before it publishes the next version, so that two builds which die
// before they have recorded theirs leave nothing that looks like somebody else's.
func TestRecordCatchesUp(t *testing.T) {
	t.Parallel()
	w, s := newWorld(t), newMemory()
	var results []packager.Result
	var record *catalog.Package
	for _, content := range []string{"one", "two", "three"} {
		r, err := publish(w, s, map[string]string{"a.sys": content}, w.local, record)
		if err != nil {
			t.Fatal(err)
		}
		if results = append(results, r); record == nil {
			first := w.plan(packager.PlanOptions{}).Record(r, time.Time{})
			record = &first
		}
	}
	if len(s.packages) != 1 || s.packages[0].Version != 2 || s.packages[0].Manifest != results[1].Manifest || s.packages[0].Files != results[1].Files || len(s.packages[0].Drivers) != 1 {
		t.Fatalf("recorded %+v", s.packages)
	}
	if f := verify(t, w.local, packager.VerifyOptions{Recorded: s.packages}); len(f) > 0 {
		t.Errorf("verify finds %q", f)
	}
}
