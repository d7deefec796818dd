package local

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/drivercat/drivercat/packager/tree"
)

// Tree is a tree in a local folder. It has a Close.
type Tree struct {
	root  *os.Root
	dir   string
	plain atomic.Bool // the file system was asked for a clone and had none
}

// Open opens an existing folder as a tree. It makes nothing and writes nothing.
func Open(dir string) (*Tree, error) {
	r, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("tree: open %s: %w", dir, cause(err))
	}
	return &Tree{root: r, dir: dir}, nil
}

// Close releases the folder. It may be called twice.
func (t *Tree) Close() error { return t.root.Close() }

// Root implements tree.Tree.
func (t *Tree) Root() string { return t.dir }

// fail names the operation and the file, and says in plain words what os.Root refuses.
func (t *Tree) fail(op, name string, err error) error {
	if err == nil {
		return nil
	}
	if err = cause(err); strings.Contains(err.Error(), "escapes from parent") {
		err = fmt.Errorf("%w: it leads out of %s through a symbolic link, and nothing outside is touched", err, t.dir)
	}
	return fmt.Errorf("%s %s: %w", op, name, err)
}

// cause strips the operation and path that the standard library puts in front: they name system calls and bare names.
func cause(err error) error {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return pe.Err
	case errors.As(err, &le):
		return le.Err
	}
	return err
}

// check refuses names that are not in the form of io/fs. os.Root would take some of them, another system not.
func check(name string) error {
	if !fs.ValidPath(name) {
		return fs.ErrInvalid
	}
	return nil
}

// Lstat implements tree.Tree.
func (t *Tree) Lstat(name string) (fs.FileInfo, error) {
	if err := check(name); err != nil {
		return nil, t.fail("look at", name, err)
	}
	i, err := t.root.Lstat(name)
	if errors.Is(err, syscall.ENOTDIR) {
		err = fs.ErrNotExist // below a file there is nothing
	}
	return i, t.fail("look at", name, err)
}

// Open implements tree.Tree. The file is an *os.File.
func (t *Tree) Open(name string) (fs.File, error) {
	if err := check(name); err != nil {
		return nil, t.fail("open", name, err)
	}
	f, err := t.root.Open(name)
	if err != nil {
		return nil, t.fail("open", name, err)
	}
	return f, nil
}

// ReadDir implements tree.Tree.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := check(name); err != nil {
		return nil, t.fail("list", name, err)
	}
	f, err := t.root.Open(name)
	if err != nil {
		return nil, t.fail("list", name, err)
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err != nil {
		return nil, t.fail("list", name, err)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// MkdirAll implements tree.Tree.
func (t *Tree) MkdirAll(name string) error {
	if err := check(name); err != nil {
		return t.fail("make folder", name, err)
	}
	return t.fail("make folder", name, t.root.MkdirAll(name, 0o777))
}

// Create implements tree.Tree.
func (t *Tree) Create(name string) (tree.Writer, error) {
	if err := check(name); err != nil {
		return nil, t.fail("create", name, err)
	}
	f, err := t.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, t.fail("create", name, err)
	}
	return &writer{f: f, t: t}, nil
}

// Rename implements tree.Tree.
func (t *Tree) Rename(from, to string) error {
	if err := errors.Join(check(from), check(to)); err != nil {
		return t.fail("rename", from, err)
	}
	return t.fail("rename "+from+" to", to, t.root.Rename(from, to))
}

// Remove implements tree.Tree.
func (t *Tree) Remove(name string) error {
	if err := check(name); err != nil || name == "." {
		return t.fail("remove", name, errors.Join(err, fs.ErrInvalid))
	}
	err := t.root.Remove(name)
	if errors.Is(err, fs.ErrPermission) {
		// Windows does not remove read-only files, which vendors ship.
		if t.root.Chmod(name, 0o666) == nil {
			err = t.root.Remove(name)
		}
	}
	return t.fail("remove", name, err)
}

// SetTime implements tree.Tree.
func (t *Tree) SetTime(name string, mtime time.Time) error {
	if err := check(name); err != nil {
		return t.fail("set the time of", name, err)
	}
	err := t.root.Chtimes(name, mtime, mtime)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return t.fail("set the time of", name, err)
}

// Sync implements tree.Tree. Many files at once are one call for the whole file system where the system has it.
func (t *Tree) Sync(names ...string) error {
	for _, n := range names {
		if err := check(n); err != nil {
			return t.fail("sync", n, err)
		}
	}
	if len(names) > 8 {
		if done, err := syncFS(t.root); done {
			return t.fail("sync", ".", err)
		}
	}
	dirs := map[string]bool{}
	for _, n := range names {
		if err := t.syncOne(n); err != nil {
			return err
		}
		dirs[path.Dir(n)] = true
	}
	for d := range dirs {
		t.syncDir(d)
	}
	return nil
}

func (t *Tree) syncOne(name string) error {
	info, err := t.root.Stat(name)
	if err != nil {
		return t.fail("sync", name, err)
	}
	if info.IsDir() {
		t.syncDir(name)
		return nil
	}
	f, err := t.root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return t.fail("sync", name, err)
	}
	err = f.Sync()
	return t.fail("sync", name, errors.Join(err, f.Close()))
}

// syncDir makes a rename in a folder durable where the system can do that. Windows and many servers refuse to sync a folder;
// they keep the order of renames themselves.
func (t *Tree) syncDir(name string) {
	f, err := t.root.Open(name)
	if err != nil {
		return
	}
	_ = f.Sync()
	_ = f.Close()
}

// Lock implements tree.Tree with a lock of the system on a small file that holds the holder's name.
func (t *Tree) Lock(name, holder string) (func() error, error) {
	if err := check(name); err != nil {
		return nil, t.fail("lock", name, err)
	}
	for {
		f, err := t.root.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
		if heldElsewhere(err) {
			if f, err = t.root.Open(name); err == nil {
				return nil, t.lockRefused(f, name, errHeld)
			}
		}
		if err != nil {
			return nil, t.fail("lock", name, err)
		}
		release, err := lockFile(f)
		if err != nil {
			return nil, t.lockRefused(f, name, err)
		}
		// Whoever held it before removes the file on unlocking, perhaps between our open and our lock.
		mine, err1 := f.Stat()
		now, err2 := t.root.Lstat(name)
		if err1 != nil || err2 != nil || !os.SameFile(mine, now) {
			release()
			_ = f.Close()
			continue
		}
		err = f.Truncate(0)
		if err == nil {
			_, err = f.WriteAt([]byte(holder+"\n"), 0)
		}
		if err != nil {
			release()
			_ = t.root.Remove(name)
			_ = f.Close()
			return nil, t.fail("lock", name, err)
		}
		return t.unlocker(f, release, name), nil
	}
}

func (t *Tree) unlocker(f *os.File, release func(), name string) func() error {
	done := false
	return func() error {
		if done {
			return nil
		}
		done = true
		// Removing before closing keeps others from locking a file that is about to go; Windows only removes it once closed,
		// where SameFile above settles it.
		release()
		err := t.root.Remove(name)
		if cerr := f.Close(); cerr != nil {
			return t.fail("unlock", name, cerr)
		}
		if err != nil {
			// Somebody who came in between holds it by now, or it stays behind and harms nobody.
			_ = t.root.Remove(name)
		}
		return nil
	}
}

func (t *Tree) lockRefused(f *os.File, name string, err error) error {
	defer f.Close()
	if !errors.Is(err, errHeld) {
		return t.fail("lock", name, err)
	}
	b, _ := io.ReadAll(io.LimitReader(f, 200))
	who := strings.TrimSpace(strings.ToValidUTF8(string(b), "?"))
	if who == "" {
		who = "holder unknown"
	}
	return fmt.Errorf("%s: %w (%s)", name, tree.ErrLocked, who)
}

// writer is a new file. Its ReadFrom lets the system copy.
type writer struct {
	f      *os.File
	t      *Tree
	cloned bool
}

func (w *writer) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	return n, cause2(err)
}

func (w *writer) Close() error { return cause2(w.f.Close()) }

// Clones implements tree.Cloner.
func (w *writer) Clones() bool { return !w.t.plain.Load() }

// ReadFrom implements io.ReaderFrom. The first call with a whole file before it tries to clone that file.
func (w *writer) ReadFrom(r io.Reader) (int64, error) {
	if lr, ok := r.(*io.LimitedReader); ok && !w.cloned {
		w.cloned = true
		if src, ok := lr.R.(*os.File); ok {
			if n, ok := clone(w.f, src); ok {
				return n, nil
			}
			w.t.plain.Store(true)
		}
	}
	n, err := io.Copy(w.f, r)
	return n, cause2(err)
}

func cause2(err error) error {
	if err == nil {
		return nil
	}
	return cause(err)
}
