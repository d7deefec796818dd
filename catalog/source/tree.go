package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/external"
)

// Base is where a source's own files lie, by paths with forward slashes, "." for its folder: one of this machine (the FS of an
// os.Root is one) or of a share. It never leads out of that folder and is safe for concurrent use. Files that it opens should
// be io.ReaderAt; others are read to their end before anything else is done with them.
type Base interface {
	Open(name string) (fs.File, error)
	// ReadDir lists a folder. Its entries tell size and time without asking again where that takes time.
	ReadDir(name string) ([]fs.DirEntry, error)
}

// TreeOptions choose how archives are opened; the zero value is fine.
type TreeOptions struct {
	Limits  archive.Limits  // of each archive
	Depth   int             // how deep archives in archives are opened; 0: 6
	Workers int             // folders whose archives are opened at the same time; 0: 1
	Tools   []external.Tool // programs for archives that no reader knows; none is required
	TempDir string          // for what must be unpacked to be read; "": the system's
}

// Tree is a source whose archives can be read like folders: what the archive setup.exe holds lies below the path
// setup.exe. It is safe for concurrent use.
type Tree struct {
	base    Base
	o       TreeOptions
	handles handles
	readers []openFunc
	floor   int64 // bytes that any file may unpack to
	spool   spool
	blocks  blocks // of files of the base that lie on no disk of this machine

	mu       sync.Mutex
	closers  []io.Closer
	archives map[string]*Archive // by path
	closed   map[string]error    // archives that cannot be opened, by path
	unpacked map[string]string   // archives whose content lies in a folder beside them, by path
}

// Archive is an archive of a source that is open.
type Archive struct {
	Path     string    // relative to the source
	Kind     string    // as its reader names it: "zip", "nsis 3.08"
	Outer    *Archive  // the archive that it lies in, nil for one that is a file of the source
	Parts    []string  // other files of its folder that belong to it, by path
	Folders  []Folder  // what is in it; their paths begin with Path
	Problems []Problem // what is wrong with it, and what of it was left out

	reader archive.Reader
	packed int64 // its own size
	depth  int
	budget *budget
	files  []archived     // what was taken of its entries, by path
	names  map[string]int // folded path below Path -> index in files

	unpacking   sync.Mutex
	mu          sync.Mutex
	kept        map[int]kept // files that were unpacked, by entry
	defect      error        // its reader fell over it
	partEntries []Entry      // of Parts
}

// archived is a file of an archive.
type archived struct {
	path  string // below the archive's
	entry int
}

// kept is a file that was unpacked, or why it cannot be.
type kept struct {
	*io.SectionReader
	err error
}

// at is the path of a file in the source.
func (a *Archive) at(f archived) string { return a.Path + "/" + f.path }

// NewTree makes a tree of a source whose archives are opened when they are asked for. Close ends it.
func NewTree(base Base, o TreeOptions) *Tree {
	if o.Depth <= 0 {
		o.Depth = 6
	}
	return &Tree{
		base: base, o: o, handles: handles{base: base, most: mostHandles}, readers: readers(), floor: budgetFloor, spool: spool{dir: o.TempDir},
		archives: map[string]*Archive{}, closed: map[string]error{}, unpacked: map[string]string{},
	}
}

// Close closes everything that was opened.
func (t *Tree) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range slices.Backward(t.closers) {
		_ = c.Close() // only read
	}
	t.closers = nil
	t.spool.Close()
}

func (t *Tree) closeLater(c io.Closer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closers = append(t.closers, c)
}

// Archive returns the archive at a path if it is open and not left aside because its content lies beside it.
func (t *Tree) Archive(path string) *Archive {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.archives[path]
	if a != nil && t.unpacked[a.Top().Path] != "" {
		return nil
	}
	return a
}

// Unpacked returns the folder beside the archive at a path that holds what is in it; "" if there is none.
func (t *Tree) Unpacked(path string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.unpacked[path]
}

// Opened returns the archive at a path if it could be opened, also one that is left aside because its content lies beside it.
func (t *Tree) Opened(path string) *Archive {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.archives[path]
}

// Closed tells why the archive at a path cannot be opened; nil if it is open or no archive.
func (t *Tree) Closed(path string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed[path]
}

// OpenArchive opens the archive at a path of the source, with the archives in it. The error wraps archive.ErrFormat if
// the file is none, another of package archive if it is one that cannot be opened.
func (t *Tree) OpenArchive(ctx context.Context, name string) (*Archive, error) {
	t.mu.Lock()
	a := t.archives[name]
	t.mu.Unlock()
	if a != nil {
		return a, nil
	}
	in, file, err := t.baseInput(name)
	if err != nil {
		return nil, err
	}
	a = &Archive{Path: name, budget: newBudget(in.Size, t.floor)}
	in.Beside = t.besideBase(a)
	err = t.openInto(ctx, a, in)
	if err == nil {
		t.closeLater(file)
		return a, nil
	}
	_ = file.Close() // only read
	if !errors.Is(err, archive.ErrFormat) {
		t.mu.Lock()
		t.closed[name] = err
		t.mu.Unlock()
	}
	return nil, err
}

// baseInput opens a file of the base for reading at any place.
func (t *Tree) baseInput(name string) (archive.Input, io.Closer, error) {
	f, err := t.base.Open(name)
	if err != nil {
		// A folder of this system can be opened like a file, one of a server cannot.
		if _, lerr := t.base.ReadDir(name); lerr == nil {
			err = fmt.Errorf("%s: %w: a folder", name, archive.ErrFormat)
		}
		return archive.Input{}, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w: no regular file", name, archive.ErrFormat)
	}
	if err != nil {
		_ = f.Close() // only read
		return archive.Input{}, nil, err
	}
	in := archive.Input{Name: baseName(name), Size: info.Size()}
	if at, ok := f.(io.ReaderAt); ok {
		h := &handle{of: &t.handles, name: name, info: info, f: f, at: at}
		t.handles.keep(h)
		in.ReaderAt = t.nearby(h, f, in.Size)
		return in, h, nil
	}
	defer f.Close()
	sec, err := t.spool.keep(f)
	if err != nil {
		return archive.Input{}, nil, err
	}
	in.ReaderAt, in.Size = sec, sec.Size()
	return in, nothing{}, nil
}

// nearby spares the way to a file of the base for each of many small reads, if it is long. f is what the base opened.
func (t *Tree) nearby(r io.ReaderAt, f fs.File, size int64) io.ReaderAt {
	if _, local := f.(syscall.Conn); local { // it is the system's, as *os.File is
		return r
	}
	return t.blocks.file(r, size)
}

// Nearby is a file that the tree's base opened, for reading at many places.
func (t *Tree) Nearby(f interface {
	fs.File
	io.ReaderAt
}, size int64) io.ReaderAt {
	return t.nearby(f, f, size)
}

// besideBase opens files of the folder that an archive lies in.
func (t *Tree) besideBase(a *Archive) func(string) (archive.Input, error) {
	return func(name string) (archive.Input, error) {
		missing := &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		if clean, err := archive.Clean(name); err != nil || strings.Contains(clean, "/") {
			return archive.Input{}, missing
		}
		dir := path.Dir(a.Path)
		entries, err := t.base.ReadDir(dir)
		if err != nil {
			return archive.Input{}, err
		}
		for _, e := range entries {
			if e.Type().IsRegular() && strings.EqualFold(e.Name(), name) && e.Name() != path.Base(a.Path) {
				at := path.Join(dir, e.Name())
				in, file, err := t.baseInput(at)
				if err == nil {
					t.closeLater(file)
					entry := Entry{Name: e.Name(), Size: in.Size}
					if info, err := e.Info(); err == nil {
						entry.MTime = info.ModTime().UnixNano()
					}
					a.addPart(at, entry)
					in.Beside = t.besideBase(a)
				}
				return in, err
			}
		}
		return archive.Input{}, missing
	}
}

// besideInner opens files of the same folder in the archive that an archive lies in.
func (t *Tree) besideInner(ctx context.Context, a *Archive) func(string) (archive.Input, error) {
	return func(name string) (archive.Input, error) {
		clean, err := archive.Clean(name)
		rel := relative(path.Join(path.Dir(a.Path), clean), a.Outer.Path)
		i, ok := a.Outer.names[foldName(rel)]
		if err != nil || strings.Contains(clean, "/") || !ok || a.Outer.at(a.Outer.files[i]) == a.Path {
			return archive.Input{}, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		sec, err := t.section(ctx, a.Outer, a.Outer.files[i].entry)
		if err != nil {
			return archive.Input{}, err
		}
		a.addPart(a.Outer.at(a.Outer.files[i]), Entry{Name: clean})
		return archive.Input{Name: clean, ReaderAt: sec, Size: sec.Size(), Beside: t.besideInner(ctx, a)}, nil
	}
}

func (a *Archive) addPart(name string, e Entry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !slices.Contains(a.Parts, name) {
		a.Parts = append(a.Parts, name)
		a.partEntries = append(a.partEntries, e)
	}
}

// relative is a path below another.
func relative(name, below string) string { return strings.TrimPrefix(name, below+"/") }

// openInto opens an archive, lists it and opens the archives in it.
func (t *Tree) openInto(ctx context.Context, a *Archive, in archive.Input) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if a.depth >= t.o.Depth {
		return treeLimit(fmt.Sprintf("it lies in %d archives in one another, %d are opened", a.depth, t.o.Depth))
	}
	r, err := t.open(ctx, in)
	if err != nil {
		return err
	}
	t.closeLater(closer{r})
	a.reader, a.packed, a.kept = r, in.Size, map[int]kept{}
	err = safely(func() error {
		a.Kind = r.Kind()
		return a.list()
	})
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.archives[a.Path] = a
	t.mu.Unlock()
	return t.openInner(ctx, a)
}

// openInner opens the archives in an archive. What cannot be opened is told and stays a file.
func (t *Tree) openInner(ctx context.Context, a *Archive) error {
	var found []archived
	want := map[int]bool{}
	for _, f := range a.files {
		if mayBeArchive(f.path) > 0 {
			found = append(found, f)
			want[f.entry] = true
		}
	}
	if len(found) == 0 {
		return nil
	}
	// With a disk that is full, those that must be there may still fit.
	if err := t.unpack(ctx, a, a.together(want)); err != nil {
		if err := t.unpack(ctx, a, want); err != nil {
			return err
		}
	}
	slices.SortStableFunc(found, func(x, y archived) int { return mayBeArchive(x.path) - mayBeArchive(y.path) })
	parts := map[string]bool{}
	for _, f := range found {
		name := a.at(f)
		if parts[name] {
			continue
		}
		sec, err := t.section(ctx, a, f.entry)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			continue // whoever reads the file tells what is wrong with it
		}
		inner := &Archive{Path: name, Outer: a, depth: a.depth + 1, budget: a.budget}
		in := archive.Input{Name: baseName(name), ReaderAt: sec, Size: sec.Size(), Beside: t.besideInner(ctx, inner)}
		switch err = t.openInto(ctx, inner, in); {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, archive.ErrFormat):
		case err != nil:
			t.mu.Lock()
			t.closed[name] = err
			t.mu.Unlock()
		default:
			for _, p := range inner.Parts {
				parts[p] = true
			}
		}
	}
	return nil
}

// What is compressed together is kept whole if one of its files must be, up to these sizes: unpacked, or of the archive if
// that does not tell. Whoever reads the others later would unpack it all once more.
const (
	togetherBytes  = 1 << 30
	togetherPacked = 128 << 20
)

// together adds the files that are unpacked on the way to those that are wanted.
func (a *Archive) together(want map[int]bool) map[int]bool {
	type block struct {
		bytes          int64
		files          int
		wanted, untold bool
	}
	entries := a.reader.Entries()
	blocks := map[int]*block{}
	for _, f := range a.files {
		e := &entries[f.entry]
		b := blocks[e.Block]
		if b == nil {
			b = &block{}
			blocks[e.Block] = b
		}
		b.files++
		b.bytes += max(0, e.Size)
		b.untold = b.untold || e.Size < 0
		b.wanted = b.wanted || want[f.entry]
	}
	out := maps.Clone(want)
	for _, f := range a.files {
		b := blocks[entries[f.entry].Block]
		if b.wanted && b.files > 1 && b.bytes <= togetherBytes && (!b.untold || a.packed <= togetherPacked) {
			out[f.entry] = true
		}
	}
	return out
}

// unpack keeps files of an archive for reading at any place, with one pass over each block that holds one.
func (t *Tree) unpack(ctx context.Context, a *Archive, want map[int]bool) error {
	stored, _ := a.reader.(archive.Stored)
	a.mu.Lock()
	for i := range want {
		if _, ok := a.kept[i]; ok {
			delete(want, i)
		} else if stored != nil {
			var sec *io.SectionReader
			err := safely(func() error { sec = stored.Section(i); return nil })
			if sec != nil || err != nil {
				a.kept[i] = kept{sec, err}
				delete(want, i)
			}
		}
	}
	a.mu.Unlock()
	if len(want) == 0 {
		return nil
	}
	err := a.extract(ctx, func(i int) bool { return want[i] }, func(i int, r io.Reader) error {
		sec, err := t.spool.keep(r)
		if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
			return err // of the disk: no other file fares better
		}
		a.mu.Lock()
		a.kept[i] = kept{sec, err}
		a.mu.Unlock()
		delete(want, i)
		return nil
	})
	if pe := (*fs.PathError)(nil); ctx.Err() != nil || errors.As(err, &pe) {
		return err
	}
	if err == nil {
		err = fmt.Errorf("%w: it was not unpacked", archive.ErrCorrupt)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range want {
		a.kept[i] = kept{err: err}
	}
	return nil
}

// section gives a file of an archive for reading at any place. If it must be unpacked, so is all that is compressed together
// with it: who asks for one will ask for others.
func (t *Tree) section(ctx context.Context, a *Archive, entry int) (*io.SectionReader, error) {
	a.unpacking.Lock() // a second caller finds what the first unpacked
	defer a.unpacking.Unlock()
	a.mu.Lock()
	k, ok := a.kept[entry]
	a.mu.Unlock()
	if ok {
		return k.SectionReader, k.err
	}
	entries := a.reader.Entries()
	want := map[int]bool{}
	for _, f := range a.files {
		if entries[f.entry].Block == entries[entry].Block {
			want[f.entry] = true
		}
	}
	if err := t.unpack(ctx, a, want); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	k = a.kept[entry]
	return k.SectionReader, k.err
}
