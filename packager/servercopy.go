package packager

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// maxNeighbours is how many other packages are asked for content: reading a manifest costs about a hundred bytes for each file.
const maxNeighbours = 8

// vouchers finds files of the tree whose content is known without reading it, so that the server can copy them: sources as
// they were imported, files of the package itself under another name, files of other packages. It is safe for concurrent use.
type vouchers struct {
	tree     tree.Tree
	held     map[catalog.Hash]string // of the package itself
	packages []catalog.Package       // on the same tree, as the catalog recorded them; without the package itself

	mu      sync.Mutex
	folders map[string]func() map[string]fs.FileInfo // listed once each
	used    map[string]fs.FileInfo

	neighbours func() map[catalog.Hash]neighbour
}

// neighbour is a file of another package: its manifest vouches for it if it is older.
type neighbour struct {
	name    string
	written time.Time // the manifest
}

func newVouchers(t tree.Tree, p *Plan, packages []catalog.Package) *vouchers {
	v := &vouchers{tree: t, folders: map[string]func() map[string]fs.FileInfo{}, used: map[string]fs.FileInfo{}}
	v.packages = related(p, packages)
	v.neighbours = sync.OnceValue(v.readNeighbours)
	return v
}

// related are the packages that hold drivers of the plan, those that hold most of them first.
func related(p *Plan, packages []catalog.Package) []catalog.Package {
	wanted := map[catalog.Hash]bool{}
	for _, d := range p.Drivers {
		wanted[d.Hash] = true
	}
	type count struct {
		p catalog.Package
		n int
	}
	var found []count
	for _, c := range packages {
		n := 0
		for _, h := range c.Drivers {
			if wanted[h] {
				n++
			}
		}
		if n > 0 && c.Folder != p.Folder {
			found = append(found, count{c, n})
		}
	}
	slices.SortStableFunc(found, func(a, b count) int { return b.n - a.n })
	var out []catalog.Package
	for _, c := range found[:min(len(found), maxNeighbours)] {
		out = append(out, c.p)
	}
	return out
}

// files names the files of the tree that hold the content of f, the most trusted first.
func (v *vouchers) files(f manifest.File, p planned) []string {
	var out []string
	if p.source.Adopted {
		if at := path.Join(p.source.Location, p.path); v.asImported(at, f.Size, p.mtime) {
			out = append(out, at)
		}
	}
	if at, ok := v.held[f.SHA256]; ok && v.is(at, func(i fs.FileInfo) bool { return i.Size() == f.Size }) {
		out = append(out, at)
	}
	if len(out) == 0 {
		n, ok := v.neighbours()[f.SHA256]
		if ok && v.is(n.name, func(i fs.FileInfo) bool { return i.Size() == f.Size && i.ModTime().Before(n.written) }) {
			out = append(out, n.name)
		}
	}
	return out
}

// asImported reports whether a file has the size and time that its import recorded.
func (v *vouchers) asImported(name string, size, mtime int64) bool {
	return mtime != 0 && v.is(name, func(i fs.FileInfo) bool {
		return i.Size() == size && sameTime(i.ModTime(), time.Unix(0, mtime))
	})
}

// sameTime compares times of one file that came by different ways: through SMB there are 100 nanoseconds, and some file systems
// keep whole seconds or two.
func sameTime(a, b time.Time) bool {
	if a.Nanosecond() == 0 || b.Nanosecond() == 0 {
		return a.Sub(b).Abs() < timeSlack
	}
	return a.Sub(b).Abs() < time.Microsecond
}

// is looks at a regular file and remembers what it was if it is right.
func (v *vouchers) is(name string, right func(fs.FileInfo) bool) bool {
	dir := path.Dir(name)
	v.mu.Lock()
	list := v.folders[dir]
	if list == nil {
		list = sync.OnceValue(func() map[string]fs.FileInfo { return v.list(dir) })
		v.folders[dir] = list
	}
	v.mu.Unlock()
	i := list()[path.Base(name)]
	if i == nil || !i.Mode().IsRegular() || !right(i) {
		return false
	}
	v.mu.Lock()
	v.used[name] = i
	v.mu.Unlock()
	return true
}

// list looks at the files of a folder. What cannot be listed vouches for nothing, and reading it tells why.
func (v *vouchers) list(dir string) map[string]fs.FileInfo {
	out := map[string]fs.FileInfo{}
	entries, err := v.tree.ReadDir(dir)
	if err != nil {
		return out
	}
	for _, e := range entries {
		if i, err := e.Info(); err == nil {
			out[e.Name()] = i
		}
	}
	return out
}

// readNeighbours reads the manifests of other packages. One that is not what the catalog recorded vouches for nothing.
func (v *vouchers) readNeighbours() map[catalog.Hash]neighbour {
	out := map[catalog.Hash]neighbour{}
	for _, p := range v.packages {
		at := p.Folder + "/" + manifest.Name
		info, err := v.tree.Lstat(at)
		if err != nil {
			continue
		}
		raw, err := fs.ReadFile(treeFS{v.tree}, at)
		if err != nil || catalog.Hash(sha256.Sum256(raw)) != p.Manifest {
			continue
		}
		m, err := manifest.Parse(raw)
		if err != nil {
			continue
		}
		for _, f := range m.Published() {
			if _, known := out[f.SHA256]; !known {
				out[f.SHA256] = neighbour{p.Folder + "/" + f.Path, info.ModTime()}
			}
		}
	}
	return out
}

// check sees that the files that were copied are still what they were when they vouched: nobody wrote to them meanwhile.
func (v *vouchers) check(ctx context.Context) error {
	by := map[string][]string{}
	for name := range v.used {
		by[path.Dir(name)] = append(by[path.Dir(name)], name)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(networkWorkers)
	for dir, names := range by {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			now := v.list(dir)
			for _, name := range names {
				was := v.used[name]
				i := now[path.Base(name)]
				if i == nil || i.Size() != was.Size() || !i.ModTime().Equal(was.ModTime()) {
					return fmt.Errorf("%s was changed while the server copied it (wait until nothing writes to it, then build again)", name)
				}
			}
			return nil
		})
	}
	return g.Wait()
}
