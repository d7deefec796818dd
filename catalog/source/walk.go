package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source/archive"
)

// WalkOptions choose how a folder is walked.
type WalkOptions struct {
	Workers int      // folders read at the same time; 0: GOMAXPROCS
	Exclude []string // folders relative to the root, forward slashes; they are not entered, as if they were not there
	// Meter, if not nil, sees FilesTotal and BytesTotal grow.
	Meter *catalog.Meter
}

var (
	errNotFolder = errors.New("not a folder")
	errNotFile   = errors.New("not a file")
)

// WalkFolder lists what lies in a folder and below. It fails if the root is missing, is no folder or cannot be listed,
// and if ctx ends; anything else that goes wrong is a Problem of the listing. The root itself may be a link.
func WalkFolder(ctx context.Context, root string, o WalkOptions) (*Listing, error) {
	return walkFolder(ctx, root, openReader, o)
}

// ListFile lists a single file as the only one of its folder.
func ListFile(name string, meter *catalog.Meter) (*Listing, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("source: list file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("source: list file: %w", &os.PathError{Op: "open", Path: name, Err: errNotFile})
	}
	e := rawEntry{name: filepath.Base(name), size: info.Size(), mtime: ticks(info.ModTime().UnixNano()), kind: kindFile}
	f := Folder{Path: ".", Entries: []Entry{{Name: e.name, Size: e.size, MTime: e.mtime}}}
	f.Fingerprint, _ = fingerprint([]rawEntry{e}, nil)
	if meter != nil {
		meter.FilesTotal.Add(1)
		meter.BytesTotal.Add(e.size)
	}
	return &Listing{Folders: []Folder{f}}, nil
}

func walkFolder(ctx context.Context, root string, open func(string) (folderReader, error), o WalkOptions) (*Listing, error) {
	info, err := os.Stat(root)
	if err != nil {
		return nil, fmt.Errorf("source: walk folder: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("source: walk folder: %w", &os.PathError{Op: "open", Path: root, Err: errNotFolder})
	}
	r, err := open(root)
	if err != nil {
		return nil, fmt.Errorf("source: walk folder: %w", err)
	}
	defer r.Close()
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("source: walk folder: %w", err)
	}
	l, err := walk(ctx, r, o)
	if err != nil {
		return nil, fmt.Errorf("source: walk folder %s: %w", root, err)
	}
	l.explainLinks(r, abs)
	slices.SortFunc(l.Problems, compareProblems)
	return l, nil
}

// WalkBase lists what lies in a source's base and below, as WalkFolder does with a folder of this machine. It asks for
// folders only: what their entries tell must be all that is to be known of a file. Links cannot be told to lead inside,
// so each is a problem.
func WalkBase(ctx context.Context, b Base, o WalkOptions) (*Listing, error) {
	if o.Workers <= 0 {
		o.Workers = baseWorkers
	}
	r := baseReader{b}
	l, err := walk(ctx, r, o)
	if err != nil {
		return nil, fmt.Errorf("source: walk: %w", err)
	}
	for i := range l.Problems {
		if p := &l.Problems[i]; p.Code == ProblemLink {
			*p = foreignLink(p.Path)
		}
	}
	slices.SortFunc(l.Problems, compareProblems)
	return l, nil
}

// baseWorkers is how many folders of a base are asked for at once: the answers of a server take their time.
const baseWorkers = 16

func compareProblems(a, b Problem) int {
	return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Code, b.Code))
}

// walker shares the folders that are still to be read between workers.
type walker struct {
	ctx     context.Context
	reader  folderReader
	exclude map[string]bool
	meter   *catalog.Meter

	mu     sync.Mutex
	change *sync.Cond
	todo   []job // a stack: depth first keeps it short
	busy   int   // workers reading a folder
	failed error
}

// job is a folder to be read.
type job struct {
	path   string
	units  int // length of path in UTF-16 units
	parent *ancestor
}

// ancestor is a folder on the way from the root to a job.
type ancestor struct {
	id     folderID
	parent *ancestor
}

// walk lists everything through a reader. Links are left for explainLinks.
func walk(ctx context.Context, r folderReader, o WalkOptions) (*Listing, error) {
	w := &walker{ctx: ctx, reader: r, exclude: map[string]bool{}, meter: o.Meter, todo: []job{{path: "."}}}
	w.change = sync.NewCond(&w.mu)
	for _, x := range o.Exclude {
		w.exclude[foldPath(filepath.ToSlash(filepath.Clean(x)))] = true
	}
	if w.meter == nil {
		w.meter = new(catalog.Meter)
	}
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	parts := make([]Listing, workers)
	var wg sync.WaitGroup
	for i := range parts {
		wg.Go(func() { w.work(&parts[i]) })
	}
	wg.Wait()
	if w.failed != nil {
		return nil, w.failed
	}
	l := &parts[0]
	for _, p := range parts[1:] {
		l.Folders = append(l.Folders, p.Folders...)
		l.Problems = append(l.Problems, p.Problems...)
	}
	slices.SortFunc(l.Folders, func(a, b Folder) int { return strings.Compare(a.Path, b.Path) })
	return l, nil
}

func (w *walker) work(l *Listing) {
	var s scratch
	for {
		j, ok := w.next()
		if !ok {
			return
		}
		sub, err := w.folder(j, &s, l)
		w.done(sub, err)
	}
}

// next waits for a folder to read. It returns false when all are read or the walk has failed.
func (w *walker) next() (job, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.todo) == 0 && w.busy > 0 && w.failed == nil {
		w.change.Wait()
	}
	if w.failed == nil {
		w.failed = w.ctx.Err()
	}
	if w.failed != nil || len(w.todo) == 0 {
		return job{}, false
	}
	last := len(w.todo) - 1
	j := w.todo[last]
	w.todo = w.todo[:last]
	w.busy++
	return j, true
}

func (w *walker) done(sub []job, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy--
	w.todo = append(w.todo, sub...)
	if err != nil && w.failed == nil {
		w.failed = err
	}
	if len(sub) > 0 || w.busy == 0 || err != nil {
		w.change.Broadcast()
	}
}

// folder reads one folder into l and returns its sub-folders. Only a root that cannot be listed is an error.
func (w *walker) folder(j job, s *scratch, l *Listing) ([]job, error) {
	id, err := w.reader.readFolder(j.path, s)
	if err != nil {
		if j.path == "." {
			return nil, err
		}
		l.Problems = append(l.Problems, unreadable(j.path, err, true))
		if len(s.entries) == 0 {
			return nil, nil
		}
	}
	for a := j.parent; a != nil; a = a.parent {
		if a.id.same(id) {
			l.Problems = append(l.Problems, loop(j.path))
			return nil, nil
		}
	}
	if len(w.exclude) > 0 {
		s.entries = slices.DeleteFunc(s.entries, func(e rawEntry) bool {
			return e.kind == kindFolder && w.exclude[foldPath(join(j.path, e.name))]
		})
	}
	slices.SortFunc(s.entries, func(a, b rawEntry) int { return strings.Compare(a.name, b.name) })
	f := Folder{Path: j.path}
	f.Fingerprint, s.print = fingerprint(s.entries, s.print)
	l.Problems = s.nameProblems(j, l.Problems)
	sub := w.collect(j, id, s, &f, l)
	l.Folders = append(l.Folders, f)
	return sub, nil
}

// collect sorts a folder's entries into files, sub-folders and problems.
func (w *walker) collect(j job, id folderID, s *scratch, f *Folder, l *Listing) (sub []job) {
	var files, folders int
	for i := range s.entries {
		switch s.entries[i].kind {
		case kindFile:
			files++
		case kindFolder:
			folders++
		}
	}
	f.Entries = make([]Entry, 0, files)
	var here *ancestor
	if folders > 0 {
		sub = make([]job, 0, folders)
		here = &ancestor{id: id, parent: j.parent}
	}
	var bytes int64
	for i := range s.entries {
		e := &s.entries[i]
		switch e.kind {
		case kindFile:
			f.Entries = append(f.Entries, Entry{Name: e.name, Size: e.size, MTime: e.mtime})
			bytes += e.size
		case kindFolder:
			path := join(j.path, e.name)
			if units := j.below(e.name); units > maxUnits {
				l.Problems = append(l.Problems, folderTooLong(path, units))
			} else {
				sub = append(sub, job{path: path, units: units, parent: here})
			}
		case kindLink:
			l.Problems = append(l.Problems, Problem{Code: ProblemLink, Path: join(j.path, e.name)})
		case kindSpecial:
			l.Problems = append(l.Problems, special(join(j.path, e.name)))
		case kindUnknown:
			l.Problems = append(l.Problems, unreadable(join(j.path, e.name), e.err, false))
		}
	}
	w.meter.FilesTotal.Add(int64(files))
	w.meter.BytesTotal.Add(bytes)
	return sub
}

// below is the length in UTF-16 units of the path of an entry in the job's folder.
func (j job) below(name string) int {
	if j.path == "." {
		return archive.UTF16Len(name)
	}
	return j.units + 1 + archive.UTF16Len(name)
}

func join(folder, name string) string {
	if folder == "." {
		return name
	}
	return folder + "/" + name
}

// foldPath makes paths comparable where the system takes names that differ in case for the same.
func foldPath(p string) string {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return strings.ToLower(p)
	}
	return p
}
