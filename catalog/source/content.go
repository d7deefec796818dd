package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source/archive"
)

// OpenAll opens every archive of a listing, puts what they hold into it, and tells what cannot be opened. Only the end of
// ctx is an error.
func (t *Tree) OpenAll(ctx context.Context, l *Listing, meter *catalog.Meter) error {
	if meter == nil {
		meter = new(catalog.Meter)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, t.o.Workers))
	for _, f := range l.Folders {
		var names []string
		for _, e := range f.Entries {
			if mayBeArchive(e.Name) > 0 && e.Size > 0 {
				names = append(names, join(f.Path, e.Name))
			}
		}
		if len(names) > 0 {
			g.Go(func() error { return t.openSome(gctx, names) })
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	t.skipUnpacked(l)
	var as []*Archive
	for _, a := range t.archives {
		if t.unpacked[a.Top().Path] == "" {
			as = append(as, a)
		}
	}
	slices.SortFunc(as, func(x, y *Archive) int { return strings.Compare(x.Path, y.Path) })
	listParts(l, as)
	mergeFolders(l, as, meter)
	l.Problems = append(l.Problems, t.closedProblems()...)
	slices.SortFunc(l.Problems, compareProblems)
	return nil
}

// closedProblems tells of the archives that cannot be opened. What is too much is told once for each file of the source.
func (t *Tree) closedProblems() (all []Problem) {
	told := map[string]int{} // file of the source -> its problem
	more := map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(t.closed)) {
		err := t.closed[name]
		// Setup programs that nobody can open are the usual case: their verdict says so.
		if order := mayBeArchive(name); (order == orderDatabase || order == orderProgram) && !errors.Is(err, ErrDefect) {
			continue
		}
		if limit := treeLimit(""); errors.As(err, &limit) {
			file := t.fileOf(name)
			if _, ok := told[file]; ok {
				more[file]++
				continue
			}
			told[file] = len(all)
		}
		all = append(all, closedProblem(name, err))
	}
	for file, n := range more {
		all[told[file]].Text += fmt.Sprintf("; so it is with %d more archives in %s", n, file)
	}
	return all
}

// fileOf is the file of the source that a path in an archive lies in.
func (t *Tree) fileOf(name string) string {
	for at := range name {
		if name[at] == '/' && t.archives[name[:at]] != nil {
			return name[:at]
		}
	}
	return name
}

// openSome opens the archives among the files of one folder.
func (t *Tree) openSome(ctx context.Context, names []string) error {
	slices.SortStableFunc(names, func(x, y string) int { return mayBeArchive(x) - mayBeArchive(y) })
	parts := map[string]bool{}
	for _, name := range names {
		if parts[name] {
			continue
		}
		a, err := t.OpenArchive(ctx, name)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			continue // kept in t.closed, if it is an archive at all
		}
		for _, p := range a.Parts {
			parts[p] = true
		}
	}
	return nil
}

// CheckFile tells whether a single file can be a source: nil for an archive, also one that cannot be opened, and for a setup
// program, else archive.ErrFormat or what keeps the file from being read.
func CheckFile(name string) error {
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer root.Close()
	t := NewTree(root.FS().(Base), TreeOptions{})
	defer t.Close()
	in, file, err := t.baseInput(filepath.Base(name))
	if err != nil {
		return err
	}
	defer file.Close()
	in.Beside = t.besideBase(&Archive{Path: in.Name})
	for _, open := range t.readers {
		r, err := openSafely(open, in, archive.Limits{})
		if err == nil {
			return closer{r}.Close()
		}
		if !errors.Is(err, archive.ErrFormat) {
			return nil // an archive, whatever is wrong with it
		}
	}
	err = fmt.Errorf("%s: %w", name, archive.ErrFormat)
	if _, ok := Recognise(in.Name, in, in.Size); !ok && helpersFor(in) == nil {
		return err
	}
	return nil
}

// find gives the archive that holds a path, and the number of its entry. The archive is nil for a file of the base.
func (t *Tree) find(name string) (*Archive, int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for at := len(name); at > 0; at = strings.LastIndexByte(name[:at], '/') {
		a := t.archives[name[:at]]
		if a == nil || at == len(name) {
			continue
		}
		i, ok := a.names[foldName(name[at+1:])]
		if !ok {
			return nil, 0, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return a, a.files[i].entry, nil
	}
	return nil, 0, nil
}

// File is a file of a source that is open for reading at any place.
type File struct {
	io.ReaderAt
	Size int64
	io.Closer
}

type nothing struct{}

func (nothing) Close() error { return nil }

// OpenFile opens a file in an archive that was opened, for reading at any place. The error is fs.ErrNotExist if there is no
// such file; files that lie in no archive are the base's.
func (t *Tree) OpenFile(ctx context.Context, name string) (File, error) {
	a, entry, err := t.find(name)
	if err == nil && a == nil {
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if err != nil {
		return File{}, err
	}
	sec, err := t.section(ctx, a, entry)
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", name, err)
	}
	return File{ReaderAt: sec, Size: sec.Size(), Closer: nothing{}}, nil
}

// OpenInner is OpenFile that first opens the archive of the base which the path leads into.
func (t *Tree) OpenInner(ctx context.Context, name string) (File, error) {
	if a, _, err := t.find(name); a == nil && err == nil {
		if err := t.openAround(ctx, name); err != nil {
			return File{}, err
		}
	}
	return t.OpenFile(ctx, name)
}

// openAround opens the archive of the base that a path leads into, if it leads into one.
func (t *Tree) openAround(ctx context.Context, name string) error {
	for at := range name {
		if name[at] != '/' {
			continue
		}
		_, err := t.OpenArchive(ctx, name[:at])
		if err == nil || !errors.Is(err, archive.ErrFormat) && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Task is a part of an archive that is decoded in one go. Tasks of one tree may run at the same time.
type Task struct {
	Bytes int64 // known ones that it unpacks to

	in    *Archive
	files map[int]int32 // entry -> caller's number
}

// taskBytes is how much one task unpacks at most where blocks allow it: enough tasks for all processors, not so many that
// starting them counts.
const taskBytes = 16 << 20

// Tasks divides files of archives, given by path with the caller's number for each, into tasks that together read each
// block once. Paths that lie in no archive are left out.
func (t *Tree) Tasks(files map[string]int32) []Task {
	by := map[*Archive]map[int]int32{}
	for name, id := range files {
		a, entry, err := t.find(name)
		if a == nil || err != nil {
			continue
		}
		if by[a] == nil {
			by[a] = map[int]int32{}
		}
		by[a][entry] = id
	}
	var out []Task
	for a, wanted := range by {
		out = append(out, a.tasks(wanted)...)
	}
	// The longest first, so that no worker ends much later than the others; the rest of the order does not matter but is
	// the same each time.
	slices.SortFunc(out, func(x, y Task) int {
		if x.Bytes != y.Bytes {
			return int(min(1, max(-1, y.Bytes-x.Bytes)))
		}
		return strings.Compare(x.in.Path, y.in.Path)
	})
	return out
}

func (a *Archive) tasks(wanted map[int]int32) (out []Task) {
	entries := a.reader.Entries()
	last := -1
	for i := range entries {
		id, ok := wanted[i]
		if !ok {
			continue
		}
		n := len(out)
		if n == 0 || entries[i].Block != last && out[n-1].Bytes >= taskBytes {
			out = append(out, Task{in: a, files: map[int]int32{}})
			n++
		}
		last = entries[i].Block
		out[n-1].files[i] = id
		out[n-1].Bytes += max(0, entries[i].Size)
	}
	return out
}

// Run decodes the task's files one after the other and hands each to fn with the caller's number. at is not nil for files
// that can also be read at any place while fn runs. What is wrong with one file is an error of r. Run ends with fn's error,
// or ctx's.
func (k Task) Run(ctx context.Context, fn func(id int32, r io.Reader, at *io.SectionReader) error) error {
	a := k.in
	rest := make(map[int]int32, len(k.files))
	a.mu.Lock()
	ready := map[int]kept{}
	for i, id := range k.files {
		if have, ok := a.kept[i]; ok {
			ready[i] = have
		} else {
			rest[i] = id
		}
	}
	a.mu.Unlock()
	for i, have := range ready {
		if err := ctx.Err(); err != nil {
			return err
		}
		var r io.Reader = broken{have.err}
		if have.SectionReader != nil {
			r = io.NewSectionReader(have.SectionReader, 0, have.Size())
		}
		if err := fn(k.files[i], r, have.SectionReader); err != nil {
			return err
		}
	}
	if len(rest) == 0 {
		return nil
	}
	var failed error
	err := a.extract(ctx, func(i int) bool { _, ok := rest[i]; return ok }, func(i int, r io.Reader) error {
		id := rest[i]
		delete(rest, i)
		failed = fn(id, r, nil)
		return failed
	})
	if failed != nil {
		return failed
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// What the reader could not get at is told file by file.
	if err == nil {
		err = fmt.Errorf("%w: it was not unpacked", archive.ErrCorrupt)
	}
	for _, id := range rest {
		if err := fn(id, broken{err}, nil); err != nil {
			return err
		}
	}
	return nil
}

// Whole calls fn with the content of r, which no longer needs to be read in order. Large content takes temporary space as
// long as fn runs.
func (t *Tree) Whole(r io.Reader, fn func(*io.SectionReader) error) error {
	var head bytes.Buffer
	n, err := io.Copy(&head, io.LimitReader(r, spoolSmall+1))
	if err != nil {
		return err
	}
	if n <= spoolSmall {
		return fn(io.NewSectionReader(bytes.NewReader(head.Bytes()), 0, n))
	}
	return t.spool.borrow(io.MultiReader(&head, r), fn)
}

// broken is a file that cannot be read.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }
