package smb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	smb2 "github.com/cloudsoda/go-smb2"
	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/packager/tree"
)

// connections is how many are used at once; see docs/shares.md for what more would bring.
const connections = 2

// limits are how long a tree waits for what.
type limits struct {
	silence, patience time.Duration   // of the server, see their constants
	retries           []time.Duration // between the attempts of a call that may be repeated
	busy              []time.Duration // between attempts at a file that somebody else has open
}

func usualLimits() limits {
	return limits{
		silence: silence, patience: patience,
		retries: []time.Duration{200 * time.Millisecond, 800 * time.Millisecond, 2 * time.Second, 4 * time.Second},
		busy:    []time.Duration{20 * time.Millisecond, 80 * time.Millisecond, 300 * time.Millisecond, 600 * time.Millisecond},
	}
}

// Tree is a folder on a share. It has a Close.
type Tree struct {
	c              Config
	limits         limits
	sent, received atomic.Int64

	slots []*slot
	turn  atomic.Uint64
	down  atomic.Bool // the last attempts to connect all failed: do not wait for the server with every call
	ended atomic.Bool

	// control sends a control code; a test puts a lying server in its place.
	control func(f *smb2.File, code, maxOutput uint32, input []byte) ([]byte, error)

	mu    sync.Mutex
	locks map[*lock]bool
	clean map[string]bool // written by this tree and made durable since; see Sync
}

// slot is a place for a connection.
type slot struct {
	mu   sync.Mutex
	link *link
}

// Session tells what was negotiated with the server.
type Session struct {
	Dialect   string `json:"dialect"` // "3.1.1"
	Signed    bool   `json:"signed"`  // every message carries a signature that is checked
	Encrypted bool   `json:"encrypted"`
	Guest     bool   `json:"guest"` // only possible with Config.Unsigned
}

// Open connects to a share and opens an existing folder of it. It makes nothing and writes nothing. The context is for opening
// only. What it returns wraps ErrUnreachable, ErrLogon, ErrInsecure, fs.ErrNotExist or fs.ErrPermission where they fit.
func Open(ctx context.Context, c Config) (*Tree, error) {
	return openWith(ctx, c, usualLimits(), connections)
}

func openWith(ctx context.Context, c Config, l limits, connections int) (*Tree, error) {
	t := &Tree{c: c, limits: l, control: control, locks: map[*lock]bool{}, clean: map[string]bool{}}
	for range connections {
		t.slots = append(t.slots, &slot{})
	}
	if err := t.open(ctx); err != nil {
		_ = t.Close()
		return nil, fmt.Errorf("tree: open %s: %w", c.UNC(), err)
	}
	return t, nil
}

func (t *Tree) open(ctx context.Context) error {
	c := &t.c
	if c.Server == "" || c.Share == "" || strings.ContainsAny(c.Server+c.Share, `\/`) {
		return fmt.Errorf("%w: a server and a share are needed", fs.ErrInvalid)
	}
	if c.Folder != "" {
		if err := checkName(c.Folder); err != nil {
			return err
		}
	}
	l, err := t.dial(ctx)
	if err != nil {
		return err
	}
	t.slots[0].link = l
	info, err := t.Lstat(".")
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%w: it is not a folder", fs.ErrNotExist)
	}
	return nil
}

// Close ends the connections; locks end with them. It may be called twice.
func (t *Tree) Close() error {
	if t.ended.Swap(true) {
		return nil
	}
	for _, s := range t.slots {
		s.mu.Lock()
		if s.link != nil {
			s.link.close()
			s.link = nil
		}
		s.mu.Unlock()
	}
	return nil
}

// Root implements tree.Tree: a UNC path.
func (t *Tree) Root() string { return t.c.UNC() }

// Traffic implements tree.Metered.
func (t *Tree) Traffic() tree.Traffic {
	return tree.Traffic{Sent: t.sent.Load(), Received: t.received.Load()}
}

// Session tells what the connection that was made last is like.
func (t *Tree) Session() Session {
	for _, s := range t.slots {
		s.mu.Lock()
		l := s.link
		s.mu.Unlock()
		if l != nil {
			return l.state
		}
	}
	return Session{}
}

// get returns the slot's connection and makes a new one if it is broken.
func (t *Tree) get(s *slot) (*link, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.ended.Load() {
		return nil, errClosed
	}
	if s.link != nil && !s.link.dead() {
		return s.link, nil
	}
	l, err := t.dial(context.Background())
	if err != nil {
		return nil, err
	}
	s.link = l
	return l, nil
}

// link returns a connection: each in turn.
func (t *Tree) link() (*link, error) {
	return t.get(t.slots[t.turn.Add(1)%uint64(len(t.slots))])
}

// try makes one attempt.
func (t *Tree) try(fn func(*link) error) error {
	l, err := t.link()
	if err != nil {
		return err
	}
	return l.run(fn)
}

// again makes a call that may be repeated safely until it succeeds, fails for good, or the attempts are used up. writes says
// that it must not go on once a lock was lost. settle, if not nil, is asked after an attempt whose answer was lost: it finds
// out whether the call was done.
func (t *Tree) again(writes bool, fn func(*link) error, settle func() (done bool, err error)) error {
	for n := 0; ; n++ {
		if writes {
			if err := t.lockLost(); err != nil {
				return err
			}
		}
		err := t.try(fn)
		if !transient(err) {
			t.down.Store(false)
			return err
		}
		if n == len(t.limits.retries) || t.down.Load() {
			t.down.Store(true)
			return err
		}
		time.Sleep(t.limits.retries[n])
		if settle != nil && errors.Is(err, errBroken) {
			if done, serr := settle(); done || serr != nil {
				return serr
			}
		}
	}
}

// patient repeats a call while another program is in the way for a moment.
func (t *Tree) patient(fn func() error) error {
	for n := 0; ; n++ {
		err := fn()
		if !busy(err) || n == len(t.limits.busy) {
			return err
		}
		time.Sleep(t.limits.busy[n])
	}
}

// stat opens a file for its attributes alone, which no other program's share mode can forbid.
func (t *Tree) stat(name string) (info *fileInfo, err error) {
	err = t.again(false, func(l *link) error {
		f, err := openFile(l.share, t.remote(name), accessReadAttributes, shareAll, dispositionOpen, optionReparsePoint)
		if err != nil {
			return err
		}
		info = &fileInfo{FileStat: *statOf(f)}
		if info.FileAttributes&attributeReparse != 0 {
			info.ReparsePointTag = tagOf(f)
		}
		info.FileName = path.Base(name)
		return f.Close()
	}, nil)
	return info, err
}

// Lstat implements tree.Tree.
func (t *Tree) Lstat(name string) (fs.FileInfo, error) {
	if err := checkName(name); err != nil {
		return nil, t.fail("look at", name, err)
	}
	info, err := t.stat(name)
	if status(err) == statusDeletePending {
		err = fs.ErrNotExist // nobody can open it any more
	}
	if err != nil {
		return nil, t.fail("look at", name, err)
	}
	return info, nil
}

// ReadDir implements tree.Tree. One listing has the sizes and times of all.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := checkName(name); err != nil {
		return nil, t.fail("list", name, err)
	}
	var entries []fs.DirEntry
	err := t.again(false, func(l *link) error {
		entries = nil
		f, err := openFile(l.share, t.remote(name), accessReadData|accessReadAttributes, shareAll, dispositionOpen, optionDirectory)
		if err != nil {
			return err
		}
		infos, err := f.Readdir(-1)
		cerr := f.Close()
		for _, i := range infos {
			if s, ok := i.(*smb2.FileStat); ok {
				entries = append(entries, fs.FileInfoToDirEntry(&fileInfo{*s}))
			}
		}
		return errors.Join(err, cerr)
	}, nil)
	if err != nil {
		return nil, t.fail("list", name, err)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// MkdirAll implements tree.Tree.
func (t *Tree) MkdirAll(name string) error {
	if err := checkName(name); err != nil {
		return t.fail("make folder", name, err)
	}
	return t.fail("make folder", name, t.mkdirAll(name))
}

func (t *Tree) mkdirAll(name string) error {
	err := t.mkdir(name)
	if errors.Is(err, fs.ErrNotExist) && name != "." && status(err) != statusNotADirectory {
		if err := t.mkdirAll(path.Dir(name)); err != nil {
			return err
		}
		err = t.mkdir(name)
	}
	return err
}

// mkdir makes one folder. One that is there is no error, so it may be repeated.
func (t *Tree) mkdir(name string) error {
	err := t.again(true, func(l *link) error {
		if name == "." {
			return fs.ErrExist
		}
		f, err := openFile(l.share, t.remote(name), accessReadAttributes, shareAll, dispositionCreate, optionDirectory)
		if err != nil {
			return err
		}
		return f.Close()
	}, nil)
	if errors.Is(err, fs.ErrExist) {
		info, serr := t.stat(name)
		if serr == nil && info.IsDir() {
			return nil
		}
		if serr == nil {
			return fmt.Errorf("%w: there is a file of that name", fs.ErrExist)
		}
	}
	return err
}

// Rename implements tree.Tree.
func (t *Tree) Rename(from, to string) error {
	if err := errors.Join(checkName(from), checkName(to)); err != nil {
		return t.fail("rename", from, err)
	}
	if from == "." || to == "." || strings.HasPrefix(to, from+"/") {
		return t.fail("rename "+from+" to", to, fmt.Errorf("%w: it would lie in itself", fs.ErrInvalid))
	}
	folder := false
	err := t.patient(func() error {
		return t.again(true, func(l *link) (err error) { folder, err = t.rename(l, from, to); return err }, func() (bool, error) {
			_, gone := t.stat(from)
			_, there := t.stat(to)
			if errors.Is(gone, fs.ErrNotExist) && there == nil {
				return true, nil
			}
			return false, nil
		})
	})
	if err == nil {
		t.moved(from, to)
	}
	if folder {
		t.forget(from + "/")
	}
	return t.fail("rename "+from+" to", to, err)
}

// rename replaces files only: the server is told so with the request, there is no moment in between.
func (t *Tree) rename(l *link, from, to string) (folder bool, err error) {
	f, err := openFile(l.share, t.remote(from), accessDelete|accessReadAttributes, shareAll, dispositionOpen, optionReparsePoint)
	if err != nil {
		return false, err
	}
	folder = statOf(f).FileAttributes&attributeDirectory != 0
	err = renameTo(f, t.remote(to), !folder)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return folder, err
}

// Remove implements tree.Tree.
func (t *Tree) Remove(name string) error {
	if err := checkName(name); err != nil || name == "." {
		return t.fail("remove", name, errors.Join(err, fs.ErrInvalid))
	}
	remove := func(l *link) error { return t.remove(l, name) }
	settle := func() (bool, error) {
		_, err := t.stat(name)
		return errors.Is(err, fs.ErrNotExist), nil
	}
	err := t.patient(func() error { return t.again(true, remove, settle) })
	if errors.Is(err, fs.ErrPermission) {
		// Windows does not remove read-only files, which vendors ship.
		writable := t.set(name, optionReparsePoint, 0, attributeNormal)
		if writable == nil {
			err = t.again(true, remove, settle)
		}
	}
	if err == nil {
		t.moved(name, "")
	}
	return t.fail("remove", name, err)
}

func (t *Tree) remove(l *link, name string) error {
	f, err := openFile(l.share, t.remote(name), accessDelete, shareAll, dispositionOpen, optionReparsePoint)
	if err != nil {
		return err
	}
	err = removeOnClose(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// SetTime implements tree.Tree.
func (t *Tree) SetTime(name string, mtime time.Time) error {
	if err := checkName(name); err != nil {
		return t.fail("set the time of", name, err)
	}
	since1601 := (mtime.Unix()+11_644_473_600)*10_000_000 + int64(mtime.Nanosecond()/100)
	if since1601 <= 0 {
		return nil // no time that a share can keep; such numbers have a meaning of their own
	}
	err := t.set(name, 0, since1601, 0)
	if errors.Is(err, fs.ErrPermission) || status(err) == statusNotSupported {
		return nil
	}
	return t.fail("set the time of", name, err)
}

// set changes a file's time or attributes, never through a link: where it leads, the tree may have ended.
func (t *Tree) set(name string, options uint32, mtime int64, attributes uint32) error {
	return t.again(true, func(l *link) error {
		f, err := openFile(l.share, t.remote(name), accessWriteAttrs, shareAll, dispositionOpen, options)
		if err != nil {
			return err
		}
		err = setBasic(f, mtime, attributes)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		return err
	}, nil)
}

// syncsAtOnce is how many requests for durability are under way together.
const syncsAtOnce = 32

// Sync implements tree.Tree. What a Writer of this tree made durable when it was closed is not asked for again.
func (t *Tree) Sync(names ...string) error {
	dirs := map[string]bool{}
	var g errgroup.Group
	g.SetLimit(syncsAtOnce)
	for _, n := range names {
		if err := checkName(n); err != nil {
			return t.fail("sync", n, err)
		}
	}
	for _, n := range names {
		dirs[path.Dir(n)] = true
		t.mu.Lock()
		clean := t.clean[n]
		t.mu.Unlock()
		if !clean {
			g.Go(func() error { return t.fail("sync", n, t.flush(n)) })
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for d := range dirs {
		g.Go(func() error {
			// Servers may refuse to sync a folder; they keep the order of renames themselves.
			if err := t.flush(d); transient(err) || errors.Is(err, tree.ErrLockLost) {
				return t.fail("sync", d, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// flush makes one file or folder durable.
func (t *Tree) flush(name string) error {
	return t.again(true, func(l *link) error {
		f, err := openFile(l.share, t.remote(name), accessGenericWrite, shareAll, dispositionOpen, 0)
		if err != nil {
			return err
		}
		folder := statOf(f).FileAttributes&attributeDirectory != 0
		err = f.Sync()
		if folder && err != nil && !transient(err) && !breaks(err) {
			err = nil
		}
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		return err
	}, nil)
}

// moved keeps what is known about durable files when one gets another name, or none.
func (t *Tree) moved(from, to string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	clean := t.clean[from]
	delete(t.clean, from)
	if to == "" {
		return
	}
	if clean {
		t.clean[to] = true
		return
	}
	delete(t.clean, to)
}

// forget drops what is known about durable files below a folder that is not there any more.
func (t *Tree) forget(prefix string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.clean, func(name string, _ bool) bool { return strings.HasPrefix(name, prefix) })
}
