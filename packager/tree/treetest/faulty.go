package treetest

import (
	"errors"
	"io"
	"io/fs"
	"sync"
	"time"

	"github.com/drivercat/drivercat/packager/tree"
)

// Err is what an injected fault returns.
var Err = errors.New("injected fault")

// Mode says what happens at the chosen call.
type Mode int

// The modes.
const (
	Fail       Mode = iota // the call does nothing and fails; later calls work
	Break                  // like Fail, and every later call fails too: a share that has gone away
	Die                    // like Break, and locks are let go as a dead process lets them go: what is on disk is what a kill leaves
	DieAfter               // like Die, but the call is done first
	ShortWrite             // like Fail, but half of what was to be written is written: a full disk
	BreakAfter             // like Break, but the call is done first
	Note                   // nothing fails: Do is called
)

// Faulty is a tree that fails at call number At, counted from 1 over all calls that Only allows.
type Faulty struct {
	tree.Tree
	At    int
	Mode  Mode
	Only  func(op, name string) bool // nil counts every call
	Do    func()                     // called instead of failing, by tests that end the process
	Plain bool                       // hide the fast path for files

	mu      sync.Mutex
	calls   int
	fired   string
	unlocks []func() error
}

// Fired tells at which call the fault fired, "" if it never did.
func (f *Faulty) Fired() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fired
}

// Calls is how many calls were counted.
func (f *Faulty) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// hit counts a call: now says that it fails, after that it fails once it is done.
func (f *Faulty) hit(op, name string) (now, after error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fired != "" && f.Mode != Fail && f.Mode != ShortWrite && f.Mode != Note {
		return Err, nil
	}
	if f.Only != nil && !f.Only(op, name) {
		return nil, nil
	}
	f.calls++
	if f.calls != f.At {
		return nil, nil
	}
	f.fired = op + " " + name
	if f.Do != nil {
		f.Do()
	}
	if f.Mode == Note {
		return nil, nil
	}
	if f.Mode == Die || f.Mode == DieAfter {
		for _, u := range f.unlocks {
			_ = u()
		}
	}
	if f.Mode == DieAfter || f.Mode == BreakAfter {
		return nil, Err
	}
	return Err, nil
}

func (f *Faulty) do(op, name string, fn func() error) error {
	now, after := f.hit(op, name)
	if now != nil {
		return now
	}
	if err := fn(); err != nil {
		return err
	}
	return after
}

// Lstat implements tree.Tree.
func (f *Faulty) Lstat(name string) (i fs.FileInfo, err error) {
	err = f.do("lstat", name, func() error { i, err = f.Tree.Lstat(name); return err })
	return i, err
}

// Open implements tree.Tree.
func (f *Faulty) Open(name string) (r fs.File, err error) {
	err = f.do("open", name, func() error { r, err = f.Tree.Open(name); return err })
	if err != nil {
		if r != nil {
			_ = r.Close()
		}
		return nil, err
	}
	if f.Plain {
		return &reader{r, f, name}, nil
	}
	return r, nil
}

// ReadDir implements tree.Tree.
func (f *Faulty) ReadDir(name string) (e []fs.DirEntry, err error) {
	err = f.do("readdir", name, func() error { e, err = f.Tree.ReadDir(name); return err })
	return e, err
}

// MkdirAll implements tree.Tree.
func (f *Faulty) MkdirAll(name string) error {
	return f.do("mkdir", name, func() error { return f.Tree.MkdirAll(name) })
}

// Create implements tree.Tree.
func (f *Faulty) Create(name string) (w tree.Writer, err error) {
	err = f.do("create", name, func() error { w, err = f.Tree.Create(name); return err })
	if err != nil {
		if w != nil {
			_ = w.Close()
		}
		return nil, err
	}
	return f.wrap(w, name), nil
}

// Append implements tree.Appender if the tree does.
func (f *Faulty) Append(name string, size int64) (w tree.Writer, err error) {
	a, ok := f.Tree.(tree.Appender)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	err = f.do("append", name, func() error { w, err = a.Append(name, size); return err })
	if err != nil {
		if w != nil {
			_ = w.Close()
		}
		return nil, err
	}
	return f.wrap(w, name), nil
}

func (f *Faulty) wrap(w tree.Writer, name string) tree.Writer {
	rc, copies := w.(tree.RangeCopier)
	switch {
	case copies:
		return &copier{writer{w, f, name}, rc}
	case f.Plain:
		return &writer{w, f, name}
	}
	return w
}

// Unwrap gives the tree that faults are injected into.
func (f *Faulty) Unwrap() tree.Tree { return f.Tree }

// Rename implements tree.Tree.
func (f *Faulty) Rename(from, to string) error {
	return f.do("rename", from+" -> "+to, func() error { return f.Tree.Rename(from, to) })
}

// Remove implements tree.Tree.
func (f *Faulty) Remove(name string) error {
	return f.do("remove", name, func() error { return f.Tree.Remove(name) })
}

// SetTime implements tree.Tree.
func (f *Faulty) SetTime(name string, t time.Time) error {
	return f.do("settime", name, func() error { return f.Tree.SetTime(name, t) })
}

// Sync implements tree.Tree.
func (f *Faulty) Sync(names ...string) error {
	return f.do("sync", "", func() error { return f.Tree.Sync(names...) })
}

// Lock implements tree.Tree.
func (f *Faulty) Lock(name, holder string) (unlock func() error, err error) {
	err = f.do("lock", name, func() error {
		unlock, err = f.Tree.Lock(name, holder)
		return err
	})
	if unlock != nil {
		f.mu.Lock()
		f.unlocks = append(f.unlocks, unlock)
		f.mu.Unlock()
	}
	if err != nil {
		if unlock != nil {
			_ = unlock()
		}
		return nil, err
	}
	return unlock, nil
}

type writer struct {
	tree.Writer
	f    *Faulty
	name string
}

func (w *writer) Write(p []byte) (n int, err error) {
	now, after := w.f.hit("write", w.name)
	if now != nil {
		if w.f.Mode == ShortWrite {
			n, _ = w.Writer.Write(p[:len(p)/2])
		}
		return n, now
	}
	if n, err = w.Writer.Write(p); err != nil {
		return n, err
	}
	return n, after
}

func (w *writer) Close() error {
	now, after := w.f.hit("close", w.name)
	if err := w.Writer.Close(); err != nil {
		return err
	}
	return errors.Join(now, after)
}

// copier is a writer whose server copies.
type copier struct {
	writer
	rc tree.RangeCopier
}

func (c *copier) CopyRange(from string, offset, length int64) error {
	return c.f.do("copyrange", c.name, func() error { return c.rc.CopyRange(from, offset, length) })
}

type reader struct {
	fs.File
	f    *Faulty
	name string
}

func (r *reader) Read(p []byte) (n int, err error) {
	now, after := r.f.hit("read", r.name)
	if now != nil {
		return 0, now
	}
	if n, err = r.File.Read(p); err != nil {
		return n, err
	}
	return n, after
}

func (r *reader) ReadAt(p []byte, off int64) (n int, err error) {
	ra, ok := r.File.(io.ReaderAt)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	now, after := r.f.hit("read", r.name)
	if now != nil {
		return 0, now
	}
	if n, err = ra.ReadAt(p, off); err != nil {
		return n, err
	}
	return n, after
}
