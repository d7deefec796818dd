package smb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

// TestRestart: what may be repeated goes on when the server comes back; what was being written has failed.
func TestRestart(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	tr := openFast(t, s)
	big := noise(20 << 20)
	_, err := tree.Write(context.Background(), tr, "big", bytes.NewReader(big), tree.Options{})
	must(t, err)
	r, err := tr.Open("big")
	must(t, err)
	defer r.Close()
	got := make([]byte, 3<<20+1)
	_, err = io.ReadFull(r, got)
	must(t, err)
	w, err := tr.Create("half")
	must(t, err)
	_, err = w.Write(big[:5<<20])
	must(t, err)

	s.Restart()

	rest, err := io.ReadAll(r)
	must(t, err)
	if !bytes.Equal(append(got, rest...), big) {
		t.Error("what was read before and after the restart does not fit together")
	}
	_, err = w.Write(big[:5<<20])
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err == nil || !strings.Contains(err.Error(), "half") || !strings.Contains(err.Error(), "connection broke") {
		t.Errorf("a file that was half written: %v", err)
	}
	for _, step := range []func(){
		func() { must(t, tr.MkdirAll("d/e")) },
		func() { must(t, second(tr.Lstat("big"))) },
		func() { must(t, second(tr.ReadDir("."))) },
		func() { write(t, tr, "f", "x") },
		func() { must(t, tr.Rename("f", "d/f")) },
		func() { must(t, tr.Sync("d/f")) },
		func() { must(t, tr.SetTime("d/f", time.Now())) },
		func() { must(t, tr.Remove("d/f")) },
		func() { unlock, err := tr.Lock("l", "me"); must(t, err); must(t, unlock()) },
	} {
		s.Restart()
		step()
	}
}

// TestChangedWhileAway: reading does not go on in another file than it began in.
func TestChangedWhileAway(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	tr, other := openFast(t, s), openFast(t, s)
	must(t, other.Close())
	write(t, tr, "f", strings.Repeat("old", 2<<20))
	r, err := tr.Open("f")
	must(t, err)
	defer r.Close()
	_, err = r.Read(make([]byte, 10))
	must(t, err)
	s.Restart()
	must(t, tr.Remove("f"))
	write(t, tr, "f", strings.Repeat("new", 2<<20))
	if _, err := io.ReadAll(r); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("reading went on in another file: %v", err)
	}
}

// TestServerGone: what cannot be repeated any more ends with an error that says so, and later calls do not wait again.
func TestServerGone(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	tr, err := smb.OpenWith(t.Context(), s.Config(), 2, 0, 0, 10*time.Millisecond)
	must(t, err)
	defer tr.Close()
	write(t, tr, "f", "x")
	s.Kill()
	for op, err := range map[string]error{
		"lstat": second(tr.Lstat("f")), "open": second(tr.Open("f")), "readdir": second(tr.ReadDir(".")), "mkdir": tr.MkdirAll("d"),
		"create": second(tr.Create("g")), "rename": tr.Rename("f", "g"), "remove": tr.Remove("f"), "sync": tr.Sync("f"), "lock": second(tr.Lock("l", "x")),
	} {
		if !errors.Is(err, smb.ErrUnreachable) {
			t.Errorf("%s: error %v, want ErrUnreachable", op, err)
		}
		if errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v says that the file is not there", op, err)
		}
	}
	s.Restart()
	if got := read(t, tr, "f"); got != "x" {
		t.Errorf("read %q", got)
	}
	must(t, tr.Close())
	must(t, tr.Close())
	if _, err := tr.Lstat("f"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// TestSilence: a server that hangs is given up after a while, and one that is only slow is not.
func TestSilence(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	tr, err := smb.OpenWith(t.Context(), s.Config(), 1, 500*time.Millisecond, 0, 10*time.Millisecond)
	must(t, err)
	defer tr.Close()
	write(t, tr, "f", "x")
	unlock, err := tr.Lock("l", "me")
	must(t, err)
	w, err := tr.Create("w")
	must(t, err)
	s.Pause()
	_, werr := w.Write(make([]byte, 3<<20))
	if cerr := w.Close(); werr == nil {
		werr = cerr
	}
	if !errors.Is(werr, tree.ErrLockLost) && (werr == nil || !strings.Contains(werr.Error(), "does not answer")) {
		t.Errorf("writing to a server that hangs: %v", werr)
	}
	s.Continue()
	if err := tr.MkdirAll("d"); !errors.Is(err, tree.ErrLockLost) {
		t.Errorf("after the connection with the lock was given up: %v", err)
	}
	must(t, unlock())
	must(t, tr.MkdirAll("d"))
}

// TestSilentLock: the loss of a lock is noticed also while nothing else is asked of the server.
func TestSilentLock(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	tr, err := smb.OpenWith(t.Context(), s.Config(), 2, 300*time.Millisecond, 0, 10*time.Millisecond)
	must(t, err)
	defer tr.Close()
	unlock, err := tr.Lock("l", "me")
	must(t, err)
	s.Pause()
	defer s.Continue()
	for deadline := time.Now().Add(20 * time.Second); ; {
		if err := smb.LockLost(tr); errors.Is(err, tree.ErrLockLost) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the loss was not noticed")
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.Continue()
	must(t, unlock())
}

// TestLostLock: after the connection broke, nothing is written any more until the lock is given up.
func TestLostLock(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	tr := open(t, s)
	write(t, tr, "f", "x")
	unlock, err := tr.Lock("l", "me")
	must(t, err)
	w, err := tr.Create("w")
	must(t, err)
	s.Restart()
	_, werr := w.Write(make([]byte, 2<<20))
	if cerr := w.Close(); !errors.Is(werr, tree.ErrLockLost) {
		werr = cerr
	}
	calls := map[string]error{
		"create": second(tr.Create("g")), "mkdir": tr.MkdirAll("d"), "rename": tr.Rename("f", "g"), "remove": tr.Remove("f"),
		"settime": tr.SetTime("f", time.Now()), "sync": tr.Sync("f"), "lock": second(tr.Lock("other", "me")), "writer": werr,
	}
	for op, err := range calls {
		if !errors.Is(err, tree.ErrLockLost) {
			t.Errorf("%s: error %v, want ErrLockLost", op, err)
		}
	}
	if got := read(t, tr, "f"); got != "x" {
		t.Errorf("reading is no harm: %q", got)
	}
	// Somebody else takes it over, and giving it up does not take it away from them.
	other := smbOpen(t, s, tr)
	theirs, err := other.Lock("l", "somebody else")
	must(t, err)
	must(t, unlock())
	must(t, unlock())
	if _, err := tr.Lock("l", "me"); !errors.Is(err, tree.ErrLocked) || !strings.Contains(err.Error(), "somebody else") {
		t.Errorf("error %v, want ErrLocked with the holder", err)
	}
	must(t, theirs())
	must(t, tr.MkdirAll("d"))
	unlock, err = tr.Lock("l", "me")
	must(t, err)
	must(t, unlock())
	if got := treetest.Files(t, tr, "."); len(got) != 3 {
		t.Errorf("the tree holds %v", got)
	}
}

// smbOpen opens the folder of another tree once more.
func smbOpen(t *testing.T, s *smbtest.Server, same *smb.Tree) *smb.Tree {
	t.Helper()
	c := s.Config()
	c.Folder = same.Root()[strings.LastIndex(same.Root(), `\`)+1:]
	tr, err := smb.Open(t.Context(), c)
	must(t, err)
	t.Cleanup(func() { _ = tr.Close() })
	return tr
}

// TestLockEndsWithHolder: the lock of a process that is gone is taken over, and its file is what a dead process leaves.
func TestLockEndsWithHolder(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	tr := open(t, s)
	other := smbOpen(t, s, tr)
	_, err := other.Lock("l", "the late holder")
	must(t, err)
	if _, err := tr.Lock("l", "me"); !errors.Is(err, tree.ErrLocked) || !strings.Contains(err.Error(), "the late holder") {
		t.Errorf("error %v, want ErrLocked with the holder", err)
	}
	must(t, other.Close())
	var unlock func() error
	for deadline := time.Now().Add(20 * time.Second); ; {
		if unlock, err = tr.Lock("l", "me"); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	must(t, unlock())
}

// cutter cuts the connection at a chosen message, counted from when it is armed.
type cutter struct {
	mu     sync.Mutex
	left   int  // messages until the cut; 0 is not armed
	answer bool // the message still arrives, its answer does not
	fired  bool
}

type cutConn struct {
	net.Conn
	c    *cutter
	half bool // the next Write is the message whose length was written
	cut  bool
}

var errCut = errors.New("cut")

func (c *cutter) arm(at int, answer bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.answer, c.fired = at, answer, false
}

func (c *cutter) wrap(conn net.Conn) net.Conn { return &cutConn{Conn: conn, c: c} }

func (c *cutConn) Write(p []byte) (int, error) {
	c.c.mu.Lock()
	defer c.c.mu.Unlock()
	if c.half = !c.half; !c.half && c.c.left > 0 {
		if c.c.left--; c.c.left == 0 {
			c.c.fired = true
			if !c.c.answer {
				_ = c.Conn.Close()
				return 0, errCut
			}
			c.cut = true
		}
	}
	return c.Conn.Write(p)
}

func (c *cutConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.c.mu.Lock()
	defer c.c.mu.Unlock()
	if c.cut {
		_ = c.Conn.Close()
		return 0, errCut
	}
	return n, err
}

// TestEveryMessage cuts the connection at each message of each call, before it arrives and before its answer does. The call
// succeeds and has done what it says, or it fails and the tree is as it was before or after it.
func TestEveryMessage(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	old := map[string]string{"f": "f", "g": "g", "full/x": "x"}
	with := func(change func(map[string]string)) map[string]string {
		m := map[string]string{}
		for k, v := range old {
			m[k] = v
		}
		change(m)
		return m
	}
	for name, c := range map[string]struct {
		do     func(*smb.Tree) error
		after  map[string]string
		also   map[string]string // another state that an error may leave
		always bool              // it must succeed wherever the cut is
	}{
		"lstat":   {do: func(tr *smb.Tree) error { return second(tr.Lstat("f")) }, after: old, always: true},
		"readdir": {do: func(tr *smb.Tree) error { return second(tr.ReadDir(".")) }, after: old, always: true},
		"read": {do: func(tr *smb.Tree) error {
			r, err := tr.Open("f")
			if err != nil {
				return err
			}
			defer r.Close()
			b, err := io.ReadAll(r)
			if err == nil && string(b) != "f" {
				err = fmt.Errorf("read %q", b)
			}
			return err
		}, after: old, always: true},
		"mkdir":         {do: func(tr *smb.Tree) error { return tr.MkdirAll("a/b") }, after: with(func(m map[string]string) { m["a/b/"] = "" }), also: with(func(m map[string]string) { m["a/"] = "" }), always: true},
		"rename":        {do: func(tr *smb.Tree) error { return tr.Rename("f", "h") }, after: with(func(m map[string]string) { delete(m, "f"); m["h"] = "f" }), always: true},
		"rename over":   {do: func(tr *smb.Tree) error { return tr.Rename("f", "g") }, after: with(func(m map[string]string) { delete(m, "f"); m["g"] = "f" }), always: true},
		"rename folder": {do: func(tr *smb.Tree) error { return tr.Rename("full", "moved") }, after: with(func(m map[string]string) { delete(m, "full/x"); m["moved/x"] = "x" }), always: true},
		"remove":        {do: func(tr *smb.Tree) error { return tr.Remove("f") }, after: with(func(m map[string]string) { delete(m, "f") }), always: true},
		"settime":       {do: func(tr *smb.Tree) error { return tr.SetTime("f", time.Unix(1e9, 0)) }, after: old, always: true},
		"sync":          {do: func(tr *smb.Tree) error { return tr.Sync("f", "g", "full/x") }, after: old, always: true},
		"lock":          {do: func(tr *smb.Tree) error { return lockAndUnlock(tr) }, after: old, also: with(func(m map[string]string) { m["l"] = "me\n" })},
		"write and sync": {do: func(tr *smb.Tree) error {
			_, err := tree.Put(context.Background(), tr, "f", strings.NewReader("new"), tree.Options{})
			return err
		}, after: with(func(m map[string]string) { m["f"] = "new" })},
	} {
		for _, answer := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/answer=%v", name, answer), func(t *testing.T) {
				t.Parallel()
				for at := 1; ; at++ {
					tr, cut := cutTree(t, s, old)
					cut.arm(at, answer)
					err := c.do(tr)
					cut.mu.Lock()
					fired := cut.fired
					cut.left = 0
					cut.mu.Unlock()
					if err != nil && c.always {
						t.Errorf("cut at message %d: %v", at, err)
					}
					checkCut(t, tr, at, err, old, c.after, c.also)
					must(t, tr.Close())
					if !fired {
						if at < 3 {
							t.Errorf("only %d messages", at-1)
						}
						return
					}
				}
			})
		}
	}
}

func lockAndUnlock(tr *smb.Tree) error {
	unlock, err := tr.Lock("l", "me")
	if err != nil {
		return err
	}
	return unlock()
}

func checkCut(t *testing.T, tr *smb.Tree, at int, err error, old, after, also map[string]string) {
	t.Helper()
	got := treetest.Files(t, tr, ".")
	for k := range got {
		if strings.Contains(k, tree.TempPrefix) && err != nil {
			delete(got, k) // the next command removes it
		}
	}
	switch {
	case cmp.Equal(got, after), err != nil && cmp.Equal(got, old), err != nil && cmp.Equal(got, also), also["l"] != "" && cmp.Equal(got, also):
	default:
		t.Errorf("cut at message %d, %v: the tree holds %v", at, err, got)
	}
}

func cutTree(t *testing.T, s *smbtest.Server, files map[string]string) (*smb.Tree, *cutter) {
	t.Helper()
	dir := folder(t, s)
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.Mkdir(filepath.Dir(file), 0o755); err == nil {
			s.Own(filepath.Dir(file))
		}
		must(t, os.WriteFile(file, []byte(text), 0o644))
		s.Own(file)
	}
	cut := &cutter{}
	c := s.Config()
	c.Wrap, c.Folder = cut.wrap, filepath.Base(dir)
	tr, err := smb.OpenWith(t.Context(), c, 1, 0, 0, time.Millisecond)
	must(t, err)
	return tr, cut
}
