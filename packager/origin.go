package packager

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/drivercat/drivercat/catalog/source"
	"github.com/drivercat/drivercat/catalog/source/archive/external"
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
	tree  tree.Tree
	tools []external.Tool
	mu    sync.Mutex
	open  map[int64]*opened
}

// opened is a source that is open, and the archives in it as far as they were needed.
type opened struct {
	origin
	archives *source.Tree
}

func (o *origins) get(s SourceRef) (*opened, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if g, ok := o.open[s.ID]; ok {
		return g, nil
	}
	var g origin
	if s.Adopted {
		g = inTree{tree.Folder{Tree: o.tree, Name: s.Location}}
	} else {
		dir := s.Location
		if info, err := os.Stat(dir); err == nil && info.Mode().IsRegular() {
			dir = filepath.Dir(dir) // the source is a single file
		}
		r, err := os.OpenRoot(dir)
		if err != nil {
			return nil, err
		}
		g = folder{r}
	}
	if o.open == nil {
		o.open = map[int64]*opened{}
	}
	o.open[s.ID] = &opened{g, source.NewTree(g, source.TreeOptions{Tools: o.tools})}
	return o.open[s.ID], nil
}

// Close closes what is open. It may be called twice, and not while a file is being read.
func (o *origins) Close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, g := range o.open {
		g.archives.Close()
		_ = g.Close() // nothing was written through it
	}
	o.open = nil
}

// file opens a source file under its recorded name, or under one that differs only in case: what a case-insensitive server
// recorded may be read back through a case-sensitive one. The name may lead into an archive.
func (o *origins) file(ctx context.Context, s SourceRef, name string) (io.ReadCloser, error) {
	g, err := o.get(s)
	if err != nil {
		return nil, fmt.Errorf("the source cannot be opened: %w", err)
	}
	f, err := g.Open(name)
	switch {
	case err == nil:
		if i, err := f.Stat(); err == nil && !i.Mode().IsRegular() {
			_ = f.Close() // it is no file of ours
			return nil, fmt.Errorf("%w: it is %s now (run drivercat import again)", ErrChanged, kindOf(i))
		}
		return f, nil
	case !isMissing(err):
		return nil, err
	}
	in, err := g.archives.OpenInner(ctx, name)
	if err == nil {
		return struct {
			io.Reader
			io.Closer
		}{io.NewSectionReader(in, 0, in.Size), in}, nil
	}
	if !isMissing(err) {
		return nil, err
	}
	real, ok := foldedName(g, name)
	if !ok {
		return nil, fmt.Errorf("%w: the file is gone (run drivercat import again)", ErrChanged)
	}
	return g.Open(real)
}

// isMissing reports whether a path leads nowhere; one that leads through a file as if it were a folder does too.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

func foldedName(g *opened, name string) (string, bool) {
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

type inTree struct{ tree.Folder }

func (inTree) Close() error { return nil }

// folder reads a local folder through os.Root, so that no link in it leads elsewhere.
type folder struct{ r *os.Root }

func (f folder) Open(name string) (fs.File, error) { return f.r.Open(name) }
func (f folder) ReadDir(name string) ([]fs.DirEntry, error) {
	return fs.ReadDir(f.r.FS(), name)
}
func (f folder) Close() error { return f.r.Close() }
