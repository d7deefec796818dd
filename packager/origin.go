package packager

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"

	"github.com/drivercat/drivercat/packager/tree"
)

// origin is where a source's files are read from.
type origin interface {
	Open(name string) (fs.File, error)
	ReadDir(name string) ([]fs.DirEntry, error)
	Close() error
}

// origins opens each source once. It is safe for concurrent use.
type origins struct {
	tree tree.Tree
	mu   sync.Mutex
	open map[int64]origin
}

func (o *origins) get(s SourceRef) (origin, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if g, ok := o.open[s.ID]; ok {
		return g, nil
	}
	var g origin
	if s.Adopted {
		g = inTree{o.tree, s.Location}
	} else {
		r, err := os.OpenRoot(s.Location)
		if err != nil {
			return nil, err
		}
		g = folder{r}
	}
	if o.open == nil {
		o.open = map[int64]origin{}
	}
	o.open[s.ID] = g
	return g, nil
}

func (o *origins) Close() {
	for _, g := range o.open {
		_ = g.Close() // nothing was written through it
	}
}

// file opens a source file under its recorded name, or under one that differs only in case: what a case-insensitive server
// recorded may be read back through a case-sensitive one.
func (o *origins) file(s SourceRef, name string) (fs.File, error) {
	g, err := o.get(s)
	if err != nil {
		return nil, fmt.Errorf("the source cannot be opened: %w", err)
	}
	f, err := g.Open(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	real, ok := foldedName(g, name)
	if !ok {
		return nil, fmt.Errorf("%w: the file is gone (run drivercat import again)", ErrChanged)
	}
	return g.Open(real)
}

func foldedName(g origin, name string) (string, bool) {
	at := "."
	for _, want := range strings.Split(name, "/") {
		entries, err := g.ReadDir(at)
		if err != nil {
			return "", false
		}
		found := ""
		for _, e := range entries {
			if e.Name() == want {
				found = want
				break
			}
			if found == "" && strings.EqualFold(e.Name(), want) {
				found = e.Name()
			}
		}
		if found == "" {
			return "", false
		}
		at = path.Join(at, found)
	}
	return at, true
}

type inTree struct {
	t    tree.Tree
	base string
}

func (i inTree) Open(name string) (fs.File, error) { return i.t.Open(path.Join(i.base, name)) }
func (i inTree) ReadDir(name string) ([]fs.DirEntry, error) {
	return i.t.ReadDir(path.Join(i.base, name))
}
func (i inTree) Close() error { return nil }

// folder reads a local folder through os.Root, so that no link in it leads elsewhere.
type folder struct{ r *os.Root }

func (f folder) Open(name string) (fs.File, error) { return f.r.Open(name) }
func (f folder) ReadDir(name string) ([]fs.DirEntry, error) {
	return fs.ReadDir(f.r.FS(), name)
}
func (f folder) Close() error { return f.r.Close() }
