package lint

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/seccat"
)

// Folder is the folder of one or more INF files with what lies below it. It reads each folder, catalog and file at most
// once, when it is first asked for, and keeps names, catalogs and digests, no contents: let go of it when its INF files
// are done. It is safe for concurrent use; calls wait for each other.
type Folder struct {
	fsys fs.FS
	path string

	mu       sync.Mutex
	dirs     map[string]map[string][]fs.DirEntry // folder -> folded name -> names that differ in case only
	catalogs map[string]*catalogFile             // by path
	sums     map[string]*fileSums
	named    *named
	problems []error
}

// NewFolder looks at a folder through fsys, whose root it is: os.DirFS(dir), or the FS of an os.Root, which refuses links
// that lead out. path is the folder as findings name it, "" for the current one. Nothing is read yet.
func NewFolder(fsys fs.FS, path string) *Folder {
	return &Folder{
		fsys: fsys, path: path,
		dirs: map[string]map[string][]fs.DirEntry{}, catalogs: map[string]*catalogFile{}, sums: map[string]*fileSums{},
	}
}

// The limits of what is read whole.
const (
	maxCatalog = 64 << 20 // bytes; the largest of some 9,000 public ones has 3 MB
	maxText    = 16 << 20 // of text whose line ends may be restored, and of INF files
)

// problem keeps an error of reading. A file that went away is none: it is missing.
func (f *Folder) problem(err error) { f.problems = append(f.problems, err) }

// shown is a path of the folder as findings name it.
func (f *Folder) shown(name string) string {
	if f.path == "" {
		return name
	}
	return strings.TrimRight(f.path, "/\\") + "/" + name
}

// list returns what is in a folder, by the folded names.
func (f *Folder) list(dir string) map[string][]fs.DirEntry {
	if m, ok := f.dirs[dir]; ok {
		return m
	}
	entries, err := fs.ReadDir(f.fsys, dir)
	if err != nil {
		f.problem(fmt.Errorf("lint: list folder %s: %w", f.shown(dir), err))
	}
	m := make(map[string][]fs.DirEntry, len(entries))
	for _, e := range entries {
		key := strings.ToLower(e.Name())
		m[key] = append(m[key], e)
	}
	f.dirs[dir] = m
	return m
}

// find looks a path up as Windows does, whatever the letter case. Of names that differ in nothing else the exact one
// counts, then the first. It returns the path as it is spelled there, or "".
func (f *Folder) find(rel string) string {
	dir := "."
	elems := strings.Split(rel, "/")
	for i, elem := range elems {
		entries := f.list(dir)[strings.ToLower(elem)]
		if len(entries) == 0 {
			return ""
		}
		e := entries[0]
		for _, same := range entries {
			if same.Name() == elem {
				e = same
			}
		}
		dir = path.Join(dir, e.Name())
		if mode := f.mode(dir, e); mode.IsDir() != (i < len(elems)-1) || !mode.IsDir() && !mode.IsRegular() {
			return ""
		}
	}
	return dir
}

// mode is the type of an entry, of a link that of what it leads to.
func (f *Folder) mode(name string, e fs.DirEntry) fs.FileMode {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.Type()
	}
	st, err := fs.Stat(f.fsys, name)
	if err != nil {
		f.problem(fmt.Errorf("lint: follow link %s: %w", f.shown(name), err))
		return fs.ModeIrregular
	}
	return st.Mode()
}

// open opens a regular file. Opening a pipe would wait for a writer, for ever.
func (f *Folder) open(name string) (fs.File, error) {
	if system, ok := f.fsys.(fs.StatFS); ok {
		if st, err := system.Stat(name); err == nil && !st.Mode().IsRegular() {
			return nil, fmt.Errorf("lint: open %s: %w", f.shown(name), fs.ErrInvalid)
		}
	}
	file, err := f.fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("lint: open %s: %w", f.shown(name), err)
	}
	return file, nil
}

// read returns a file's bytes, or an error if there are more than limit.
func (f *Folder) read(name string, limit int64) ([]byte, error) {
	file, err := f.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var b bytes.Buffer
	if st, err := file.Stat(); err == nil && st.Size() <= limit {
		b.Grow(int(st.Size()) + bytes.MinRead)
	}
	if n, err := b.ReadFrom(io.LimitReader(file, limit+1)); err != nil {
		return nil, fmt.Errorf("lint: read %s: %w", f.shown(name), err)
	} else if n > limit {
		return nil, fmt.Errorf("lint: read %s: longer than %d MiB", f.shown(name), limit>>20)
	}
	return b.Bytes(), nil
}

// catalogFile is a catalog that an INF names: what it holds, or why it cannot be used.
type catalogFile struct {
	cat *seccat.Catalog // nil if it is none
	err error           // why it is none
	io  bool            // err is about reading, not about what the file holds

	proof *seccat.Verification // nil until somebody asks
}

// verify verifies the catalog's signature, once.
func (c *catalogFile) verify(roots *seccat.Roots) seccat.Verification {
	if c.proof == nil {
		v := c.cat.Verify(roots)
		c.proof = &v
	}
	return *c.proof
}

func (f *Folder) catalog(name string) *catalogFile {
	if c, ok := f.catalogs[name]; ok {
		return c
	}
	c := &catalogFile{}
	src, err := f.read(name, maxCatalog)
	if c.err, c.io = err, err != nil; err == nil {
		c.cat, c.err = seccat.Parse(src)
	} else {
		f.problem(err)
	}
	f.catalogs[name] = c
	return c
}

// fileSums are the digests of a file.
type fileSums struct {
	seccat.Sums
	err error
}

func (f *Folder) digests(name string) *fileSums {
	if s, ok := f.sums[name]; ok {
		return s
	}
	s := &fileSums{}
	s.Sums, s.err = f.sum(name)
	if s.err != nil {
		f.problem(s.err)
	}
	f.sums[name] = s
	return s
}

func (f *Folder) sum(name string) (seccat.Sums, error) {
	file, err := f.open(name)
	if err != nil {
		return seccat.Sums{}, err
	}
	defer file.Close()
	s, err := seccat.Sum(file)
	if err != nil {
		return s, fmt.Errorf("lint: read %s: %w", f.shown(name), err)
	}
	return s, nil
}

// listing is how a catalog knows a file.
type listing uint8

const (
	notListed listing = iota
	listed            // as it is
	converted         // after its line ends are restored
	unknown           // it could not be read, or the digest is of a form that is not computed
)

// lists says whether a catalog lists a file of the folder. restored is its text as the catalog knows it, if it is converted.
func (f *Folder) lists(c *seccat.Catalog, name string) (l listing, restored []byte) {
	s := f.digests(name)
	switch {
	case s.err != nil:
		return unknown, nil
	case c.Find(s.Sums) != nil:
		return listed, nil
	case (s.IsPE || s.Size > maxText) && !c.Comparable(path.Base(name)):
		return unknown, nil
	case s.IsPE || s.Size > maxText:
		return notListed, nil
	}
	src, err := f.read(name, maxText)
	if err != nil {
		f.problem(err)
		return unknown, nil
	}
	switch m, told := c.FindCabinet(path.Base(name), src); {
	case m != nil:
		return listed, nil
	case !told && !c.Comparable(path.Base(name)):
		return unknown, nil
	}
	if restored, ok := c.RestoreLines(src); ok {
		return converted, restored
	}
	return notListed, nil
}

// member finds a member by its file's name.
func member(c *seccat.Catalog, name string) *seccat.Member {
	for i := range c.Members {
		if m := &c.Members[i]; strings.EqualFold(m.Name(), name) {
			return m
		}
	}
	return nil
}

// infNames are the INF files that lie directly in the folder, in order.
func (f *Folder) infNames(dir string) []string {
	var out []string
	for key, entries := range f.list(dir) {
		if strings.HasSuffix(key, ".inf") {
			for _, e := range entries {
				if f.mode(path.Join(dir, e.Name()), e).IsRegular() {
					out = append(out, e.Name())
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// arches are the architectures whose devices or computers the driver is for, as far as they are asked for.
func arches(d *inf.Driver, targets []inf.Target) []inf.Arch {
	serves := map[inf.Arch]bool{}
	for _, ms := range d.ModelsSections() {
		if ms.Section != nil && len(ms.Section.Lines) > 0 {
			serves[ms.Arch()] = true
		}
	}
	for _, a := range inf.Arches() {
		if d.Kind == inf.KindPrimitive && d.File.Section("DefaultInstall.NT"+string(a)) != nil {
			serves[a] = true
		}
	}
	delete(serves, "")
	if len(serves) == 0 {
		for _, a := range d.SourceArches() {
			serves[a] = true
		}
	}
	var all, asked []inf.Arch
	for _, a := range inf.Arches() {
		if !serves[a] {
			continue
		}
		all = append(all, a)
		if slices.ContainsFunc(targets, func(t inf.Target) bool { return t.Arch == a }) {
			asked = append(asked, a)
		}
	}
	if len(asked) > 0 {
		return asked
	}
	return all
}
