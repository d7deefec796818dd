package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
)

type opener struct {
	name string
	open func(string) (folderReader, error)
}

// openers are the readers that must list alike. On Linux they differ.
func openers() []opener {
	return []opener{{"native", openReader}, {"os.Root", openRootReader}}
}

// eachReader runs a test with every reader.
func eachReader(t *testing.T, test func(t *testing.T, walk func(root string, o WalkOptions) *Listing)) {
	t.Helper()
	for _, o := range openers() {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			test(t, func(root string, w WalkOptions) *Listing {
				t.Helper()
				l, err := walkFolder(t.Context(), root, o.open, w)
				if err != nil {
					t.Fatal(err)
				}
				return l
			})
		})
	}
}

// put writes files below root; a name that ends in a slash is a folder.
func put(t testing.TB, root string, files map[string]string) {
	t.Helper()
	r, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for name, content := range files {
		dir := path.Dir(name)
		if strings.HasSuffix(name, "/") {
			dir = strings.TrimSuffix(name, "/")
		}
		if err := r.MkdirAll(filepath.FromSlash(dir), 0o755); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "/") {
			if err := r.WriteFile(filepath.FromSlash(name), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// outline gives the listing's files with their sizes, and its folders, in listing order.
func outline(l *Listing) (lines []string) {
	for _, f := range l.Folders {
		lines = append(lines, f.Path+"/")
		for _, e := range f.Entries {
			lines = append(lines, fmt.Sprintf("%s %d", join(f.Path, e.Name), e.Size))
		}
	}
	return lines
}

// troubles gives the listing's problems as "path: code", warnings with a question mark.
func troubles(l *Listing) (lines []string) {
	for _, p := range l.Problems {
		s := p.Path + ": " + p.Code
		if p.Warning {
			s += "?"
		}
		lines = append(lines, s)
	}
	return lines
}

func fingerprints(l *Listing) map[string]catalog.Fingerprint {
	m := map[string]catalog.Fingerprint{}
	for _, f := range l.Folders {
		m[f.Path] = f.Fingerprint
	}
	return m
}

// changed names the folders whose fingerprints differ between two listings, or that only one has.
func changed(a, b *Listing) []string {
	fa, fb := fingerprints(a), fingerprints(b)
	out := map[string]bool{}
	for k, v := range fa {
		if fb[k] != v {
			out[k] = true
		}
	}
	for k, v := range fb {
		if fa[k] != v {
			out[k] = true
		}
	}
	return slices.Sorted(maps.Keys(out))
}

func TestWalkLists(t *testing.T) {
	t.Parallel()
	eachReader(t, func(t *testing.T, walk func(string, WalkOptions) *Listing) {
		root := t.TempDir()
		put(t, root, map[string]string{
			"readme.txt": "hello", "net/x.inf": "[Version]", "net/x.sys": "", "net/amd64/x.dll": "0123456789",
			"net-old/y.inf": "1", "empty/": "", "ünï/日本.inf": "ab", "net/.hidden": "h",
		})
		when := time.Unix(1_100_000_000, 123_456_700) // NTFS keeps 100 ns
		if err := os.Chtimes(filepath.Join(root, "net", "x.inf"), when, when); err != nil {
			t.Fatal(err)
		}
		var m catalog.Meter
		l := walk(root, WalkOptions{Meter: &m})
		want := []string{
			"./", "readme.txt 5", "empty/", "net/", "net/.hidden 1", "net/x.inf 9", "net/x.sys 0",
			"net-old/", "net-old/y.inf 1", "net/amd64/", "net/amd64/x.dll 10", "ünï/", "ünï/日本.inf 2",
		}
		if d := cmp.Diff(want, outline(l)); d != "" {
			t.Errorf("listing (-want +got):\n%s", d)
		}
		if len(l.Problems) > 0 {
			t.Errorf("problems: %v", l.Problems)
		}
		if f, b := m.FilesTotal.Load(), m.BytesTotal.Load(); f != 7 || b != 28 {
			t.Errorf("meter: %d files, %d bytes; want 7 and 28", f, b)
		}
		f, _ := l.folder("net")
		if got := f.Entries[1].MTime; got != when.UnixNano() {
			t.Errorf("time of %s: %d, want %d", f.Entries[1].Name, got, when.UnixNano())
		}
	})
}

func TestWalkReadersAgree(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	tree := map[string]string{}
	for i := range 300 {
		tree[fmt.Sprintf("d%d/e%d/file%03d.sys", i%7, i%13, i)] = strings.Repeat("x", i)
	}
	for i := range 3000 { // more names than one getdents64 call returns
		tree[fmt.Sprintf("many/a-rather-long-file-name-to-fill-the-buffer-%04d.dll", i)] = ""
	}
	put(t, root, tree)
	var first *Listing
	for _, o := range openers() {
		for _, workers := range []int{1, 2, 9} {
			l, err := walkFolder(t.Context(), root, o.open, WalkOptions{Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = l
				if n := len(outline(l)); n != len(tree)+1+1+7+7*13 {
					t.Errorf("%d lines for %d files", n, len(tree))
				}
			}
			if d := cmp.Diff(first, l); d != "" {
				t.Errorf("%s with %d workers differs:\n%s", o.name, workers, d)
			}
		}
	}
}

func TestWalkExcludes(t *testing.T) {
	t.Parallel()
	eachReader(t, func(t *testing.T, walk func(string, WalkOptions) *Listing) {
		root := t.TempDir()
		put(t, root, map[string]string{"a/x.inf": "", "b/a/y.inf": "", "b/c/z.inf": "", "c": "a file"})
		want := walk(root, WalkOptions{Exclude: []string{"a", "./b/c/", "c", "none"}})
		if d := cmp.Diff([]string{"./", "c 6", "b/", "b/a/", "b/a/y.inf 0"}, outline(want)); d != "" {
			t.Errorf("listing (-want +got):\n%s", d)
		}
		if err := os.RemoveAll(filepath.Join(root, "a")); err != nil {
			t.Fatal(err)
		}
		if d := changed(want, walk(root, WalkOptions{Exclude: []string{"a", "b/c"}})); len(d) > 0 {
			t.Errorf("an excluded folder that vanished changed the fingerprints of %q", d)
		}
	})
}

func TestWalkFingerprints(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(root string) error
		want   []string
	}{
		{"nothing", func(string) error { return nil }, nil},
		{"a file's time", func(root string) error {
			when := time.Unix(1, 0)
			return os.Chtimes(filepath.Join(root, "a/b/f.txt"), when, when)
		}, []string{"a/b"}},
		{"a file's size, time kept", func(root string) error {
			name := filepath.Join(root, "a/b/f.txt")
			info, err := os.Stat(name)
			if err != nil {
				return err
			}
			if err := os.WriteFile(name, []byte("other"), 0o644); err != nil {
				return err
			}
			return os.Chtimes(name, info.ModTime(), info.ModTime())
		}, []string{"a/b"}},
		{"a file's name", func(root string) error {
			return os.Rename(filepath.Join(root, "a/b/f.txt"), filepath.Join(root, "a/b/g.txt"))
		}, []string{"a/b"}},
		{"a file moved up", func(root string) error {
			return os.Rename(filepath.Join(root, "a/b/f.txt"), filepath.Join(root, "a/f.txt"))
		}, []string{"a", "a/b"}},
		{"a new folder", func(root string) error { return os.Mkdir(filepath.Join(root, "a/n"), 0o755) }, []string{"a", "a/n"}},
		{"a file became a folder", func(root string) error {
			name := filepath.Join(root, "a/b/f.txt")
			if err := os.Remove(name); err != nil {
				return err
			}
			return os.Mkdir(name, 0o755)
		}, []string{"a/b", "a/b/f.txt"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			put(t, root, map[string]string{"a/b/f.txt": "text", "a/b/h.txt": "", "a/c/k": ""})
			before, err := WalkFolder(t.Context(), root, WalkOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.change(root); err != nil {
				t.Fatal(err)
			}
			after, err := WalkFolder(t.Context(), root, WalkOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, changed(before, after)); d != "" {
				t.Errorf("folders with another fingerprint (-want +got):\n%s", d)
			}
		})
	}
}

func TestWalkDeep(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("d/", 200) + "x.inf"
	wide := strings.Repeat(strings.Repeat("n", 199)+"/", 25) + "y.inf" // 5,005 bytes: more than a system call takes
	eachReader(t, func(t *testing.T, walk func(string, WalkOptions) *Listing) {
		root := t.TempDir()
		put(t, root, map[string]string{deep: "1", wide: "2"})
		l := walk(root, WalkOptions{})
		for _, want := range []string{deep, wide} {
			if !l.has(want) {
				t.Errorf("%d bytes long path is not listed", len(want))
			}
		}
		// 200 levels of one character make 405, and the other path is long from its second folder on.
		for _, p := range l.Problems {
			if p.Code != ProblemLong || !p.Warning {
				t.Errorf("unexpected problem %s %s", p.Code, p)
			}
		}
		if d := cmp.Diff([]string{deep, wide}, []string{l.Problems[0].Path, l.Problems[1].Path}); d != "" {
			t.Errorf("long paths (-want +got):\n%s", d)
		}
	})
}

func TestWalkRefusesRoot(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, map[string]string{"file": ""})
	for _, o := range openers() {
		if _, err := walkFolder(t.Context(), filepath.Join(root, "none"), o.open, WalkOptions{}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: missing root: %v", o.name, err)
		}
		if _, err := walkFolder(t.Context(), filepath.Join(root, "file"), o.open, WalkOptions{}); err == nil || !strings.Contains(err.Error(), "not a folder") {
			t.Errorf("%s: file as root: %v", o.name, err)
		}
	}
}

func TestWalkEndsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r := fakeReader{folders: map[string][]rawEntry{".": {{name: "a", kind: kindFolder}, {name: "b", kind: kindFolder}}, "a": nil, "b": nil},
		before: func(rel string) {
			if rel != "." {
				cancel()
			}
		}}
	if l, err := walk(ctx, r, WalkOptions{Workers: 1}); !errors.Is(err, context.Canceled) || l != nil {
		t.Errorf("got %v, %v", l, err)
	}
}

// fakeReader is a file system that misbehaves as told.
type fakeReader struct {
	folders map[string][]rawEntry
	ids     map[string]uint64
	errs    map[string]error
	links   map[string]string
	before  func(rel string)
}

func (r fakeReader) readFolder(rel string, s *scratch) (folderID, error) {
	if r.before != nil {
		r.before(rel)
	}
	s.entries = append(s.entries[:0], r.folders[rel]...)
	return folderID{ino: r.ids[rel]}, r.errs[rel]
}

func (r fakeReader) readLink(rel string) (string, error) {
	if l, ok := r.links[rel]; ok {
		return l, nil
	}
	return "", fs.ErrNotExist
}

func (r fakeReader) Close() error { return nil }

func TestWalkGoesOnAfterFaults(t *testing.T) {
	t.Parallel()
	dir := func(n string) rawEntry { return rawEntry{name: n, kind: kindFolder} }
	file := func(n string) rawEntry { return rawEntry{name: n, kind: kindFile} }
	bad := func(n string, err error) rawEntry { return rawEntry{name: n, kind: kindUnknown, err: err} }
	io := errors.New("input/output error")
	long := strings.Repeat("x", maxUnits)
	r := fakeReader{
		folders: map[string][]rawEntry{
			".":      {dir("gone"), dir("denied"), dir("half"), dir("loop"), bad("dead", io), bad("away", fs.ErrNotExist), file("a.inf"), dir("p")},
			"half":   {file("first.inf")},
			"loop":   {dir("up")},
			"p":      {dir(long), file("y" + long)},
			"p/deep": nil,
		},
		ids:  map[string]uint64{".": 1, "half": 2, "loop": 3, "loop/up": 1},
		errs: map[string]error{"gone": fs.ErrNotExist, "denied": fs.ErrPermission, "half": &fs.PathError{Op: "read", Path: "half", Err: io}},
	}
	l, err := walk(t.Context(), r, WalkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(l.Problems, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
	want := []string{"away: vanished", "dead: unreadable", "denied: unreadable", "gone: vanished", "half: unreadable", "loop/up: folder-loop",
		"p/" + long + ": path-too-long", "p/y" + long + ": path-too-long"}
	if d := cmp.Diff(want, troubles(l)); d != "" {
		t.Errorf("problems (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"./", "a.inf 0", "half/", "half/first.inf 0", "loop/", "p/", "p/y" + long + " 0"}, outline(l)); d != "" {
		t.Errorf("listing (-want +got):\n%s", d)
	}
	for _, p := range l.Problems {
		if p.Text == "" || p.Advice == "" {
			t.Errorf("%s: %q, advice %q", p.Path, p.Text, p.Advice)
		}
		if p.Path == "half" && p.Text != "this folder cannot be read: input/output error" {
			t.Errorf("half: %s", p.Text)
		}
	}
	if _, err := walk(t.Context(), fakeReader{errs: map[string]error{".": io}}, WalkOptions{}); !errors.Is(err, io) {
		t.Errorf("unreadable root: %v", err)
	}
}
