package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source/archive"
)

// A box is an archive of the simplest kind, for tests of what a tree does with any: a line of text for each file (name, size
// that it tells, bytes that follow), then its bytes. A line "part NAME" says that another file of the folder continues it.
const boxMark = "BOX\n"

type boxFile struct {
	name string
	told string // size that the box tells: "" is the true one, "?" none, "link" makes it a link, "locked" encrypts it
	text string
}

func box(files ...boxFile) string {
	var b strings.Builder
	b.WriteString(boxMark)
	for _, f := range files {
		if f.told == "" {
			f.told = strconv.Itoa(len(f.text))
		}
		fmt.Fprintf(&b, "%s|%s|%d\n%s", f.name, f.told, len(f.text), f.text)
	}
	return b.String()
}

// openBox reads boxes. All files of a box are one block, so that each must be decoded in its turn.
func openBox(in archive.Input, _ archive.Limits) (archive.Reader, error) {
	b := make([]byte, in.Size)
	if _, err := in.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	rest, ok := strings.CutPrefix(string(b), boxMark)
	if !ok {
		return nil, archive.ErrFormat
	}
	r := &boxReader{in: in}
	for rest != "" {
		line, after, _ := strings.Cut(rest, "\n")
		if name, ok := strings.CutPrefix(line, "part "); ok {
			part, err := in.Open(name)
			if err != nil {
				return nil, fmt.Errorf("%w: %s", archive.ErrMissingPart, name)
			}
			more := make([]byte, part.Size)
			if _, err := part.ReadAt(more, 0); err != nil && !errors.Is(err, io.EOF) {
				return nil, err
			}
			rest = after + string(more)
			continue
		}
		f := strings.Split(line, "|")
		n, err := strconv.Atoi(f[2])
		if err != nil || n > len(after) {
			return nil, archive.ErrCorrupt
		}
		e := archive.Entry{Name: f[0], Size: -1}
		switch f[1] {
		case "?":
		case "link":
			e.Mode = fs.ModeSymlink
		case "locked":
			e.Encrypted = true
		case "dir":
			e.Mode = fs.ModeDir
		default:
			e.Size, _ = strconv.ParseInt(f[1], 10, 64)
		}
		r.entries, r.texts = append(r.entries, e), append(r.texts, after[:n])
		rest = after[n:]
	}
	return r, nil
}

type boxReader struct {
	in      archive.Input
	entries []archive.Entry
	texts   []string
	mu      sync.Mutex
	decoded int // passes
}

func (r *boxReader) Kind() string             { return "box" }
func (r *boxReader) Entries() []archive.Entry { return r.entries }
func (r *boxReader) Close() error             { return nil }

func (r *boxReader) Extract(ctx context.Context, want func(int) bool, fn func(int, io.Reader) error) error {
	r.mu.Lock()
	r.decoded++
	r.mu.Unlock()
	for i, e := range r.entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if e.Mode != 0 || !want(i) {
			continue
		}
		var src io.Reader = strings.NewReader(r.texts[i])
		if e.Encrypted {
			src = broken{archive.ErrEncrypted}
		}
		if err := fn(i, src); err != nil {
			return err
		}
	}
	return nil
}

// boxes makes a folder of files and opens it as a tree that knows boxes only, with its listing.
func boxes(t *testing.T, files map[string]string, o TreeOptions, change func(*Tree)) (*Tree, *Listing) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	l, err := WalkFolder(t.Context(), dir, WalkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	o.TempDir = t.TempDir()
	tree := NewTree(root.FS().(Base), o)
	tree.readers = []openFunc{openBox}
	t.Cleanup(func() {
		tree.Close()
		root.Close()
		if left, err := os.ReadDir(o.TempDir); err != nil || len(left) > 0 {
			t.Errorf("temporary files are left: %v, %v", left, err)
		}
	})
	if change != nil {
		change(tree)
	}
	if err := tree.OpenAll(t.Context(), l, nil); err != nil {
		t.Fatal(err)
	}
	return tree, l
}

// listed gives a listing's files with their sizes, but for the folder's own.
func listed(l *Listing) map[string]int64 {
	out := map[string]int64{}
	for _, f := range l.Folders {
		for _, e := range f.Entries {
			out[join(f.Path, e.Name)] = e.Size
		}
	}
	return out
}

// contents reads every file of archives through tasks and again on its own, and fails where the two differ.
func contents(t *testing.T, tree *Tree, l *Listing) map[string]string {
	t.Helper()
	var names []string
	inner := map[string]int32{}
	for name := range listed(l) {
		if a, _, err := tree.find(name); a != nil && err == nil {
			inner[name] = int32(len(names))
			names = append(names, name)
		}
	}
	out := map[string]string{}
	for _, task := range tree.Tasks(inner) {
		err := task.Run(t.Context(), func(id int32, r io.Reader, at *io.SectionReader) error {
			b, err := io.ReadAll(r)
			text := string(b)
			if err != nil {
				text = "error: " + archive.Fault(err).Error()
			}
			if _, twice := out[names[id]]; twice {
				t.Errorf("%s came twice", names[id])
			}
			out[names[id]] = text
			if at != nil && err == nil && at.Size() != int64(len(b)) {
				t.Errorf("%s has %d bytes in order and %d at any place", names[id], len(b), at.Size())
			}
			return nil
		})
		if err != nil {
			t.Errorf("task: %v", err)
		}
	}
	for _, name := range names {
		if _, ok := out[name]; !ok {
			t.Errorf("%s did not come", name)
		}
		f, err := tree.OpenFile(t.Context(), name)
		if err != nil {
			if want := "error: " + fmt.Sprint(archive.Fault(err)); out[name] != want {
				t.Errorf("%s opens with %v and was read as %q", name, err, out[name])
			}
			continue
		}
		b, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size))
		if err != nil || string(b) != out[name] {
			t.Errorf("%s: %q on its own, %q before, %v", name, b, out[name], err)
		}
	}
	return out
}

func TestTreeNested(t *testing.T) {
	t.Parallel()
	inner := box(boxFile{name: "b.sys", text: "sys"}, boxFile{name: `x\c.inf`, text: "inf"})
	big := strings.Repeat("0123456789abcdef", 200_000) // beyond what is kept in memory
	tree, l := boxes(t, map[string]string{
		"readme.txt": "text",
		"v/a.zip":    box(boxFile{name: "dir/", told: "dir"}, boxFile{name: "in.cab", text: inner}, boxFile{name: "Readme", text: "r"}, boxFile{name: "big.exe", text: big}, boxFile{name: "odd", told: "?", text: "unknown"}),
		"v/plain.7z": "no box",
	}, TreeOptions{Workers: 2}, nil)
	want := map[string]string{
		"v/a.zip/in.cab": inner, "v/a.zip/Readme": "r", "v/a.zip/big.exe": big, "v/a.zip/odd": "unknown",
		"v/a.zip/in.cab/b.sys": "sys", "v/a.zip/in.cab/x/c.inf": "inf",
	}
	if d := cmp.Diff(want, contents(t, tree, l)); d != "" {
		t.Errorf("(-want +got)\n%.2000s", d)
	}
	if !slices.IsSortedFunc(l.Folders, func(a, b Folder) int { return strings.Compare(a.Path, b.Path) }) || len(l.Problems) > 0 {
		t.Errorf("folders %v, problems %v", l.Folders, l.Problems)
	}
	if n := listed(l)["v/a.zip/odd"]; n != -1 {
		t.Errorf("an unknown size is listed as %d", n)
	}
	if a := tree.Archive("v/a.zip/in.cab"); a == nil || a.Kind != "box" || a.Top().Path != "v/a.zip" {
		t.Errorf("archive %+v", a)
	}
	if tree.Archive("v/plain.7z") != nil || tree.Closed("v/plain.7z") != nil {
		t.Error("a file of another kind counts as an archive")
	}
	if _, err := tree.OpenFile(t.Context(), "v/a.zip/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// What is asked for file by file is unpacked once.
func TestTreeUnpacksBlocksOnce(t *testing.T) {
	t.Parallel()
	var files []boxFile
	for i := range 50 {
		files = append(files, boxFile{name: fmt.Sprintf("%d.sys", i), text: strconv.Itoa(i)})
	}
	tree, _ := boxes(t, map[string]string{"a.zip": box(files...)}, TreeOptions{}, nil)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			f, err := tree.OpenInner(context.Background(), fmt.Sprintf("a.zip/%d.SYS", i))
			if err != nil {
				t.Error(err)
				return
			}
			b, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size))
			if err != nil || string(b) != strconv.Itoa(i) {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
	wg.Wait()
	if n := tree.Archive("a.zip").reader.(*boxReader).decoded; n != 1 {
		t.Errorf("the block was decoded %d times", n)
	}
}

// An archive in a solid one costs no second pass over it.
func TestTreeUnpacksTogether(t *testing.T) {
	t.Parallel()
	tree, l := boxes(t, map[string]string{"a.zip": box(boxFile{name: "in.cab", text: box(boxFile{name: "x", text: "x"})}, boxFile{name: "b.sys", text: "b"}, boxFile{name: "c.sys", text: "c"})}, TreeOptions{}, nil)
	contents(t, tree, l)
	if n := tree.Archive("a.zip").reader.(*boxReader).decoded; n != 1 {
		t.Errorf("the block was decoded %d times", n)
	}
}

func TestTreeNames(t *testing.T) {
	t.Parallel()
	tree, l := boxes(t, map[string]string{"a.zip": box(
		boxFile{name: "../out.sys", text: "1"}, boxFile{name: "/etc/passwd", text: "2"}, boxFile{name: `C:\x`, text: "3"}, boxFile{name: "a:b", text: "4"},
		boxFile{name: "NUL", text: "5"}, boxFile{name: "end.", text: "6"}, boxFile{name: "link", told: "link", text: "/etc"},
		boxFile{name: "Dir/One.sys", text: "first"}, boxFile{name: "dir/one.SYS", text: "second"}, boxFile{name: "DIR/two.sys", text: "two"},
		boxFile{name: "dir", text: "a file where a folder is"}, boxFile{name: "dir/two.sys/x", text: "a folder where a file is"},
	)}, TreeOptions{}, nil)
	if d := cmp.Diff(map[string]string{
		"a.zip/Dir/One.sys": "first", "a.zip/@2/dir/one.SYS": "second", "a.zip/Dir/two.sys": "two", "a.zip/@3/dir": "a file where a folder is",
		"a.zip/@2/dir/two.sys/x": "a folder where a file is",
	}, contents(t, tree, l)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	got := map[string]int{}
	for _, p := range l.Problems {
		got[p.Code]++
		if p.Text == "" || p.Advice == "" || !strings.HasPrefix(p.Path, "a.zip") {
			t.Errorf("problem %+v", p)
		}
	}
	if d := cmp.Diff(map[string]int{ProblemArchiveName: 6, ProblemArchiveLink: 1}, got); d != "" {
		t.Errorf("problems (-want +got)\n%s", d)
	}
}

func TestTreeLimits(t *testing.T) {
	t.Parallel()
	small := func(tree *Tree) { tree.floor = 1 << 20 }
	deep := box(boxFile{name: "a.sys", text: "x"})
	for range 8 {
		deep = box(boxFile{name: "in.zip", text: deep})
	}
	half := boxFile{name: "half", told: "600000", text: ""}
	for name, c := range map[string]struct {
		files  map[string]string
		change func(*Tree)
		closed string // path that cannot be opened
		open   []string
	}{
		"claims four terabytes":        {map[string]string{"a.zip": box(boxFile{name: "x", told: "4000000000000", text: "x"})}, nil, "a.zip", nil},
		"claims overflow":              {map[string]string{"a.zip": box(boxFile{name: "x", told: "9223372036854775807"}, boxFile{name: "y", told: "9223372036854775807"})}, nil, "a.zip", nil},
		"too much with those in it":    {map[string]string{"a.zip": box(half, boxFile{name: "in.zip", text: box(half)})}, small, "a.zip/in.zip", []string{"a.zip"}},
		"too deep":                     {map[string]string{"a.zip": deep}, nil, "a.zip/in.zip/in.zip/in.zip/in.zip/in.zip/in.zip", []string{"a.zip", "a.zip/in.zip/in.zip/in.zip/in.zip/in.zip"}},
		"a part is missing":            {map[string]string{"a.zip": boxMark + "part b.zip\n"}, nil, "a.zip", nil},
		"damaged, and others are fine": {map[string]string{"a.zip": boxMark + "a|1|x\n", "b.zip": box(boxFile{name: "y", text: "y"})}, nil, "a.zip", []string{"b.zip"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree, l := boxes(t, c.files, TreeOptions{}, c.change)
			if err := tree.Closed(c.closed); err == nil || archive.Fault(err) == nil {
				t.Errorf("%s: %v", c.closed, err)
			}
			if !slices.ContainsFunc(l.Problems, func(p Problem) bool { return p.Code == ProblemArchiveClosed && p.Path == c.closed }) {
				t.Errorf("problems %v", l.Problems)
			}
			for _, name := range c.open {
				if tree.Archive(name) == nil {
					t.Errorf("%s is not open", name)
				}
			}
			for name := range listed(l) {
				if strings.HasPrefix(name, c.closed+"/") {
					t.Errorf("%s is listed", name)
				}
			}
		})
	}
}

// A file that unpacks to more or less than the archive tells, or that cannot be unpacked at all, is wrong by itself.
func TestTreeDamagedFiles(t *testing.T) {
	t.Parallel()
	tree, l := boxes(t, map[string]string{"a.zip": box(
		boxFile{name: "fine", text: "fine"}, boxFile{name: "longer", told: "3", text: "12345"}, boxFile{name: "shorter", told: "9", text: "12345"},
		boxFile{name: "locked", told: "locked", text: "x"}, boxFile{name: "endless", told: "?", text: strings.Repeat("x", 3<<20)}, boxFile{name: "last", text: "last"},
		boxFile{name: "bad.exe", told: "9", text: "12345"},
	)}, TreeOptions{}, func(tree *Tree) { tree.floor = 1 << 20 })
	want := map[string]string{
		"a.zip/fine": "fine", "a.zip/last": "last", "a.zip/longer": "error: the archive is damaged", "a.zip/shorter": "error: the archive is damaged",
		"a.zip/locked": "error: the archive is encrypted", "a.zip/endless": strings.Repeat("x", 3<<20), "a.zip/bad.exe": "error: the archive is damaged",
	}
	got := contents(t, tree, l)
	// 200 times the archive's own size are allowed, so that one is fine; with no more than that it ends.
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%.1000s", d)
	}
	a := tree.Archive("a.zip")
	a.budget.bytes = 100
	if _, err := io.ReadAll(a.guard(4, strings.NewReader(strings.Repeat("x", 200)))); !errors.Is(err, archive.ErrLimit) {
		t.Errorf("without budget: %v", err)
	}
}

func TestTreeParts(t *testing.T) {
	t.Parallel()
	first, second := boxMark+"part B.cab\n", strings.TrimPrefix(box(boxFile{name: "x.sys", text: "x"}), boxMark)
	files := map[string]string{"d/a.cab": first, "d/b.cab": second, "d/c.zip": box(boxFile{name: "a.cab", text: first}, boxFile{name: "b.cab", text: second})}
	tree, l := boxes(t, files, TreeOptions{}, nil)
	if d := cmp.Diff(map[string]string{"d/a.cab/x.sys": "x", "d/c.zip/a.cab": first, "d/c.zip/b.cab": second, "d/c.zip/a.cab/x.sys": "x"}, contents(t, tree, l)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if d := cmp.Diff([]string{"d/b.cab"}, tree.Archive("d/a.cab").Parts); d != "" {
		t.Errorf("parts (-want +got)\n%s", d)
	}
	if d := cmp.Diff([]string{"d/c.zip/b.cab"}, tree.Archive("d/c.zip/a.cab").Parts); d != "" {
		t.Errorf("parts inside (-want +got)\n%s", d)
	}
}

// A single file is listed with the parts that only opening it tells of.
func TestListFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a.cab", boxMark+"part b.cab\n")
	write("b.cab", strings.TrimPrefix(box(boxFile{name: "x.sys", text: "x"}), boxMark))
	write("other.txt", "not of it")
	meter := new(catalog.Meter)
	l, err := ListFile(filepath.Join(dir, "a.cab"), meter)
	if err != nil {
		t.Fatal(err)
	}
	before := l.Folders[0].Fingerprint
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	tree := NewTree(root.FS().(Base), TreeOptions{})
	tree.readers = []openFunc{openBox}
	defer tree.Close()
	if err := tree.OpenAll(t.Context(), l, meter); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a.cab", "a.cab/x.sys", "b.cab"}, slices.Sorted(keysOf(listed(l)))); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if l.Folders[0].Fingerprint != before || meter.FilesTotal.Load() != 2 {
		t.Errorf("fingerprint changed: %v, %d files counted", l.Folders[0].Fingerprint != before, meter.FilesTotal.Load())
	}
	if _, err := ListFile(dir, nil); err == nil {
		t.Error("a folder is listed as a file")
	}
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// An archive that somebody unpacked beside itself is not read again; one of which a file is missing or differs is.
func TestTreeUnpacked(t *testing.T) {
	t.Parallel()
	a := box(boxFile{name: "x/a.inf", text: "inf"}, boxFile{name: "b.sys", text: "sys"})
	for name, c := range map[string]struct {
		beside map[string]string
		want   string
	}{
		"all of it":           {map[string]string{"drv/x/A.INF": "inf", "drv/b.sys": "sys"}, "drv"},
		"under the long name": {map[string]string{"drv.zip.extracted/x/a.inf": "inf", "drv.zip.extracted/b.sys": "sys"}, "drv.zip.extracted"},
		"one is missing":      {map[string]string{"drv/x/a.inf": "inf"}, ""},
		"one differs":         {map[string]string{"drv/x/a.inf": "other", "drv/b.sys": "sys"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.beside["drv.zip"] = a
			tree, l := boxes(t, c.beside, TreeOptions{}, nil)
			_, inside := listed(l)["drv.zip/b.sys"]
			if got := tree.Unpacked("drv.zip"); got != c.want || inside != (c.want == "") || (tree.Archive("drv.zip") != nil) != inside {
				t.Errorf("unpacked in %q, listed %v", got, inside)
			}
		})
	}
}

// Where each archive goes when it is unpacked: into a folder of its name beside it, or another if that is taken.
func TestTreeExtract(t *testing.T) {
	t.Parallel()
	inner := box(boxFile{name: "y.sys", text: "y"})
	tree, _ := boxes(t, map[string]string{
		"a.zip": box(boxFile{name: "in.cab", text: inner}, boxFile{name: "in/z.txt", text: "z"}), "b.zip": box(boxFile{name: "x", text: "x"}), "b/taken.txt": "t",
	}, TreeOptions{}, nil)
	got := map[string]string{}
	for _, x := range tree.Extract([]string{"a.zip", "b.zip", "b/taken.txt"}) {
		got[x.Path] = x.From
	}
	want := map[string]string{
		"a/in.cab": "a.zip/in.cab", "a/in/z.txt": "a.zip/in/z.txt", "a/in.cab.extracted/y.sys": "a.zip/in.cab/y.sys", "b.zip.extracted/x": "b.zip/x",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestTreeInterrupted(t *testing.T) {
	t.Parallel()
	tree, l := boxes(t, map[string]string{"a.zip": box(boxFile{name: "x", text: "x"})}, TreeOptions{}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tree.OpenAll(ctx, l, nil); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	for _, task := range tree.Tasks(map[string]int32{"a.zip/x": 0}) {
		if err := task.Run(ctx, func(int32, io.Reader, *io.SectionReader) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("task: %v", err)
		}
	}
}

func TestCheckFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"note.txt":   {"text", archive.ErrFormat},
		"broken.cab": {"MSCF\x00\x00\x00\x00", nil}, // an archive, if a damaged one
		"missing":    {"", fs.ErrNotExist},
		"setup.exe":  {"MZ" + strings.Repeat("\x00", 62), nil},
		"empty.zip":  {"-", archive.ErrFormat},
	} {
		path := filepath.Join(dir, name)
		if c.text != "" {
			if err := os.WriteFile(path, bytes.TrimPrefix([]byte(c.text), []byte("-")), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := CheckFile(path); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
