package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// base is a folder as a share has it: nothing but what Base promises, and errors for the folders that it names.
type base struct {
	fs   fs.ReadDirFS
	fail map[string]error
}

// Open refuses folders, as servers do.
func (b base) Open(name string) (fs.File, error) {
	f, err := b.fs.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return nil, errors.Join(f.Close(), errors.New("it is a folder"))
	}
	return f, nil
}

func (b base) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := b.fs.ReadDir(name)
	if b.fail[name] != nil {
		return entries[:len(entries)/2], b.fail[name]
	}
	return entries, err
}

func baseOf(t *testing.T, dir string) base {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return base{fs: root.FS().(fs.ReadDirFS)}
}

// TestWalkBase: a base is listed as the folder is that it stands for, fingerprints and all.
func TestWalkBase(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, map[string]string{"a/b/f.txt": "text", "a/b/h.txt": "", "a/c/k": "kk", "out/x": "", "setup.exe": "MZ", "empty/": "", "con.txt": "a device's name"})
	want, err := WalkFolder(t.Context(), root, WalkOptions{Exclude: []string{"out"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{0, 1} {
		got, err := WalkBase(t.Context(), baseOf(t, root), WalkOptions{Workers: workers, Exclude: []string{"out"}})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%d workers (-folder +base)\n%s", workers, d)
		}
	}
}

// Faults of a base are problems but for its own folder, and links are not followed.
func TestWalkBaseFaults(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, map[string]string{"a/x": "1", "a/y": "2", "b/z": "3"})
	if err := os.Symlink("b", filepath.Join(root, "link")); err != nil {
		t.Skip(err)
	}
	b := baseOf(t, root)
	b.fail = map[string]error{"a": fs.ErrPermission}
	l, err := WalkBase(t.Context(), b, WalkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"./", "a/", "a/x 1", "b/", "b/z 1"}, outline(l)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if d := cmp.Diff([]string{"a: unreadable", "link: link-outside"}, troubles(l)); d != "" {
		t.Errorf("problems (-want +got)\n%s", d)
	}
	b.fail = map[string]error{".": fs.ErrNotExist}
	if _, err := WalkBase(t.Context(), b, WalkOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

// Times below what Windows keeps make no difference: a server's own disk may keep more than it tells over the network.
func TestTicks(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, map[string]string{"f": "x"})
	var prints []string
	var times []int64
	for _, ns := range []int64{1e18 + 123, 1e18 + 100, 1e18 + 99, -5} {
		if err := os.Chtimes(filepath.Join(root, "f"), time.Time{}, time.Unix(0, ns)); err != nil {
			t.Fatal(err)
		}
		l, err := WalkFolder(t.Context(), root, WalkOptions{})
		if err != nil {
			t.Fatal(err)
		}
		one, err := ListFile(filepath.Join(root, "f"), nil)
		if err != nil || one.Folders[0].Entries[0].MTime != l.Folders[0].Entries[0].MTime {
			t.Errorf("%v: %v", one, err)
		}
		prints = append(prints, string(l.Folders[0].Fingerprint[:]))
		times = append(times, l.Folders[0].Entries[0].MTime)
	}
	if d := cmp.Diff([]int64{1e18 + 100, 1e18 + 100, 1e18, -100}, times); d != "" {
		t.Errorf("times (-want +got)\n%s", d)
	}
	if prints[0] != prints[1] || prints[1] == prints[2] || slices.Contains(prints[:3], prints[3]) {
		t.Error("fingerprints do not follow the times")
	}
}

// A path leads through folders into an archive also where a folder cannot be opened like a file.
func TestOpenInnerBelowFolders(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, map[string]string{"a/b.c/x.zip": box(boxFile{name: "d/e.txt", text: "e"})})
	tree := NewTree(baseOf(t, root), TreeOptions{})
	tree.readers = []openFunc{openBox}
	defer tree.Close()
	f, err := tree.OpenInner(t.Context(), "a/b.c/x.zip/d/e.txt")
	if err != nil || f.Size != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := tree.OpenInner(t.Context(), "a/b.c/y.zip/d/e.txt"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}
