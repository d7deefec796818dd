package smb

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	smb2 "github.com/cloudsoda/go-smb2"

	"github.com/drivercat/drivercat/packager/tree"
)

// lock is a lock that is held: an open file that nobody else can remove.
type lock struct {
	name string
	link *link
	lost bool // guarded by the tree's mu

	mu   sync.Mutex
	file *smb2.File // nil once given up
}

// errHeld means that somebody else has the lock file open.
var errHeld = errors.New("held")

// Lock implements tree.Tree. The lock is a file that its holder keeps open and lets nobody remove meanwhile; the server
// closes it when the holder's connection ends, however it ends. Taking the lock begins with removing the file: what cannot
// be removed is held.
func (t *Tree) Lock(name, holder string) (func() error, error) {
	if err := checkName(name); err != nil || name == "." {
		return nil, t.fail("lock", name, errors.Join(err, fs.ErrInvalid))
	}
	var k *lock
	err := t.again(true, func(l *link) (err error) {
		for n := 0; ; n++ {
			if k, err = t.take(l, name, holder); !errors.Is(err, errHeld) {
				return err
			}
			if who, ok := readHolder(l, t.remote(name)); ok || n == 3 {
				return fmt.Errorf("%w (%s)", tree.ErrLocked, who)
			}
			time.Sleep(5 * time.Millisecond) // it was given up meanwhile, or its holder has not written a name yet
		}
	}, nil)
	if errors.Is(err, tree.ErrLocked) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err != nil {
		return nil, t.fail("lock", name, err)
	}
	return t.unlocker(k), nil
}

// take makes one attempt at the lock.
func (t *Tree) take(l *link, name, holder string) (*lock, error) {
	remote := t.remote(name)
	switch err := t.remove(l, name); {
	case busy(err):
		return nil, errHeld
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	f, err := openFile(l.share, remote, accessGenericRead|accessGenericWrite, shareRead, dispositionCreate, optionFile|optionSynchronous)
	if busy(err) || errors.Is(err, fs.ErrExist) {
		return nil, errHeld
	}
	if err != nil {
		return nil, err
	}
	if _, err := f.WriteAt([]byte(holder+"\n"), 0); err != nil {
		_ = f.Close()
		_ = t.remove(l, name)
		return nil, err
	}
	k := &lock{name: name, link: l, file: f}
	l.mu.Lock()
	l.held++
	l.mu.Unlock()
	t.mu.Lock()
	k.lost = l.dead()
	t.locks[k] = true
	t.mu.Unlock()
	return k, nil
}

func readHolder(l *link, remote string) (string, bool) {
	const unknown = "holder unknown"
	f, err := openFile(l.share, remote, accessGenericRead, shareAll, dispositionOpen, optionFile|optionSynchronous)
	if err != nil {
		return unknown, false
	}
	defer f.Close()
	b := make([]byte, 200)
	n, _ := f.ReadAt(b, 0)
	who := strings.TrimSpace(strings.ToValidUTF8(string(b[:n]), "?"))
	if who == "" {
		return unknown, false
	}
	return who, true
}

func (t *Tree) unlocker(k *lock) func() error {
	return func() error {
		t.mu.Lock()
		held := t.locks[k]
		lost := k.lost
		delete(t.locks, k)
		t.mu.Unlock()
		if !held || lost {
			return nil // a lost lock may be somebody else's by now
		}
		k.link.mu.Lock()
		k.link.held--
		k.link.mu.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		file := k.file
		k.file = nil
		err := k.link.run(func(*link) error { return file.Close() })
		if err == nil {
			// The file may be taken by the next holder already, who does not let it be removed.
			_ = k.link.run(func(l *link) error { return t.remove(l, k.name) })
		}
		if errors.Is(err, errBroken) || t.ended.Load() {
			return nil // the server lets go by itself
		}
		return t.fail("unlock", k.name, err)
	}
}

// breakLink ends a connection's context and marks its locks as lost, in one step: whoever sees a call fail because the
// connection broke must find the locks lost.
func (t *Tree) breakLink(l *link, cause error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l.stop(cause)
	for k := range t.locks {
		if k.link == l {
			k.lost = true
		}
	}
}

// lockLost is what every writing call begins with: who has lost a lock may be writing beside somebody else.
func (t *Tree) lockLost() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k := range t.locks {
		if k.lost {
			return fmt.Errorf("%w: %s", tree.ErrLockLost, k.name)
		}
	}
	return nil
}

// checkHandles asks the server for the files of a connection's locks; an administrator may have closed them there. It
// reports whether it asked anything.
func (t *Tree) checkHandles(l *link) (asked bool) {
	t.mu.Lock()
	var mine []*lock
	for k := range t.locks {
		if k.link == l && !k.lost {
			mine = append(mine, k)
		}
	}
	t.mu.Unlock()
	for _, k := range mine {
		k.mu.Lock()
		if k.file != nil {
			asked = true
			_, err := k.file.Stat()
			if status(err) == statusFileClosed {
				t.mu.Lock()
				k.lost = true
				t.mu.Unlock()
			}
		}
		k.mu.Unlock()
	}
	return asked
}
