package intake_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/intake"
)

// base is a folder as a share has it. It counts the files that are opened.
type base struct {
	fs     fs.ReadDirFS
	opened map[string]int
	order  bool // files can only be read in order
}

func (b *base) Open(name string) (fs.File, error) {
	b.opened[name]++
	f, err := b.fs.Open(name)
	if err != nil {
		return nil, err
	}
	if b.order {
		return struct{ fs.File }{f}, nil
	}
	return struct {
		fs.File
		io.ReaderAt
	}{f, f.(io.ReaderAt)}, nil
}

func (b *base) ReadDir(name string) ([]fs.DirEntry, error) { return b.fs.ReadDir(name) }

func baseOf(t *testing.T, dir string) *base {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return &base{fs: root.FS().(fs.ReadDirFS), opened: map[string]int{}}
}

func runBase(t *testing.T, s catalog.Store, b *base) intake.Result {
	t.Helper()
	r, err := intake.ImportBase(t.Context(), s, key, b, `\\server\Drivers\source`, intake.Options{Workers: 1, Roots: testRoots(), Now: func() time.Time { return time.Unix(1e9, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestImportBase: a source that lies elsewhere gives the record of one that lies here, and one that is unchanged is neither
// opened nor read, whichever way it was imported before.
func TestImportBase(t *testing.T) {
	t.Parallel()
	for _, c := range wrapperCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			here, there, dir := open(t), open(t), t.TempDir()
			write(t, dir, join(c.files, driverFiles("lan", "loose/"), map[string]string{"loose/large.sys": strings.Repeat("large", 1<<20)}))
			want := run(t, here, dir, intake.Options{})
			b := baseOf(t, dir)
			got := runBase(t, there, b)
			if d := gocmp.Diff(told(t, here, want.Source.ID, nil), told(t, there, got.Source.ID, nil)); d != "" {
				t.Errorf("(-here +there)\n%s", d)
			}
			if got.HashedFiles != want.HashedFiles || got.HashedBytes != want.HashedBytes || got.Source.Files != want.Source.Files {
				t.Errorf("here %+v, there %+v", want, got)
			}
			b = baseOf(t, dir)
			for name, r := range map[string]intake.Result{"there": runBase(t, there, b), "first here, then there": runBase(t, here, b), "first there, then here": run(t, there, dir, intake.Options{})} {
				if !r.Unchanged {
					t.Errorf("again %s: %+v", name, r)
				}
			}
			if len(b.opened) > 0 {
				t.Errorf("opened for nothing: %v", b.opened)
			}
		})
	}
}

// What vanishes or cannot be read as it must costs a problem; a base that is not there is an error.
func TestImportBaseFaults(t *testing.T) {
	t.Parallel()
	s, dir := open(t), t.TempDir()
	write(t, dir, driverFiles("lan", ""))
	b := baseOf(t, dir)
	b.order = true
	if r := runBase(t, s, b); r.Problems != 3 || r.Source.Files != 3 {
		t.Errorf("%+v", r)
	}
	if r := runBase(t, s, baseOf(t, dir)); r.Unchanged || r.Problems != 0 || r.HashedFiles != 3 {
		t.Errorf("again: %+v", r)
	}
	gone := baseOf(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	_, err := intake.ImportBase(t.Context(), s, key, gone, `\\server\Drivers\source`, intake.Options{})
	if err == nil || !strings.Contains(err.Error(), `\\server\Drivers\source`) {
		t.Errorf("gone: %v", err)
	}
}

// A catalog whose times are finer than those of a listing is right all the same: nothing is hashed again.
func TestFinerTimes(t *testing.T) {
	t.Parallel()
	s, dir := open(t), t.TempDir()
	write(t, dir, driverFiles("lan", ""))
	r := run(t, s, dir, intake.Options{})
	err := s.UpdateSource(t.Context(), key, func(w catalog.SourceWriter) error {
		for f, err := range w.PreviousFiles() {
			if err != nil {
				return err
			}
			f.MTime += 99
			if err := w.PutFile(f); err != nil {
				return err
			}
		}
		if err := w.PutFolder(".", catalog.Fingerprint{1}); err != nil {
			return err
		}
		return w.Finish(r.Source)
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := run(t, s, dir, intake.Options{}); r.Unchanged || r.HashedFiles != 1 {
		t.Errorf("%+v", r) // the INF, which is judged again
	}
	if err := os.Chtimes(filepath.Join(dir, "lan.sys"), time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if r := run(t, s, dir, intake.Options{}); r.HashedFiles != 2 {
		t.Errorf("changed: %+v", r)
	}
}

// mortal is a base whose server goes away when it is asked for something for the nth time.
type mortal struct {
	*base
	left atomic.Int64
}

var errDown = errors.New("the server is down")

func (m *mortal) Open(name string) (fs.File, error) {
	if m.left.Add(-1) < 0 {
		return nil, errDown
	}
	f, err := m.base.Open(name)
	if err != nil {
		return nil, err
	}
	return mortalFile{f.(looseFile), m}, nil
}

func (m *mortal) ReadDir(name string) ([]fs.DirEntry, error) {
	if m.left.Add(-1) < 0 {
		return nil, errDown
	}
	return m.base.ReadDir(name)
}

type looseFile interface {
	fs.File
	io.ReaderAt
}

type mortalFile struct {
	looseFile
	m *mortal
}

func (f mortalFile) Read(p []byte) (int, error) {
	if f.m.left.Add(-1) < 0 {
		return 0, errDown
	}
	return f.looseFile.Read(p)
}

func (f mortalFile) ReadAt(p []byte, off int64) (int, error) {
	if f.m.left.Add(-1) < 0 {
		return 0, errDown
	}
	return f.looseFile.ReadAt(p, off)
}

// TestServerGoesAway: a server that goes away, whenever that is, is an error of the import. What the catalog knew stays, and
// nothing is taken for unreadable, damaged or gone.
func TestServerGoesAway(t *testing.T) {
	t.Parallel()
	s, dir := open(t), t.TempDir()
	files := join(driverFiles("lan", "a/"), driverFiles("net", "b/c/"), map[string]string{"a.zip": zipOf(driverFiles("wan", "")), "b/setup.exe": setup + zipOf(map[string]string{"panel.exe": program})})
	write(t, dir, files)
	was := told(t, s, run(t, s, dir, intake.Options{}).Source.ID, nil)
	write(t, dir, join(files, driverFiles("new", "b/new/")))
	fresh := open(t)
	want := told(t, fresh, run(t, fresh, dir, intake.Options{}).Source.ID, nil)
	for n := int64(0); ; n++ {
		m := &mortal{base: baseOf(t, dir)}
		m.left.Store(n)
		r, err := intake.ImportBase(t.Context(), s, key, m, "there", intake.Options{Workers: 1, Rehash: true, Roots: testRoots(), Now: func() time.Time { return time.Unix(1e9, 0) }})
		sources, serr := s.Sources(t.Context(), catalog.SourceFilter{})
		if serr != nil || len(sources) != 1 {
			t.Fatal(sources, serr)
		}
		got := told(t, s, sources[0].ID, nil)
		if err == nil {
			if d := gocmp.Diff(want, got); d != "" || r.Problems > 0 {
				t.Errorf("whole (-want +got)\n%s", d)
			}
			if n < 20 {
				t.Errorf("it took %d questions only", n)
			}
			return
		}
		if !errors.Is(err, errDown) {
			t.Errorf("after %d questions: %v", n, err)
		}
		if d := gocmp.Diff(was, got); d != "" {
			t.Fatalf("after %d questions the catalog is not as it was (-want +got)\n%s", n, d)
		}
	}
}
