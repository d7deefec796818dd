package smb_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

// TestReadOnlyShare: nothing can be written, everything can be read, and the error says why.
func TestReadOnlyShare(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{ReadOnly: true})
	must(t, os.WriteFile(filepath.Join(s.Dir, "f"), []byte("x"), 0o644))
	s.Own(filepath.Join(s.Dir, "f"))
	tr, err := smb.Open(t.Context(), s.Config())
	must(t, err)
	defer tr.Close()
	if got := read(t, tr, "f"); got != "x" {
		t.Errorf("read %q", got)
	}
	for op, err := range map[string]error{
		"create": second(tr.Create("g")), "mkdir": tr.MkdirAll("d"), "rename": tr.Rename("f", "g"), "remove": tr.Remove("f"),
		"lock": second(tr.Lock("l", "me")),
	} {
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: error %v, want fs.ErrPermission", op, err)
		}
	}
	must(t, tr.SetTime("f", time.Now())) // where times cannot be kept, this is no error
}

// TestFullDisk: the error says so, and nothing is left of what did not fit.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for name, dir := range disks(t) {
		t.Run(name, func(t *testing.T) {
			o := smbtest.Options{Dir: dir}
			if dir == "" {
				o.FileLimit = 8 << 20
			}
			tr := openFast(t, smbtest.Start(t, o))
			write(t, tr, "f", "old")
			for _, size := range []int{9 << 20, 14 << 20} {
				_, err := tree.Put(context.Background(), tr, "f", bytes.NewReader(make([]byte, size)), tree.Options{})
				if !errors.Is(err, smb.ErrFull) {
					t.Errorf("%d bytes: error %v, want ErrFull", size, err)
				}
				if got := treetest.Files(t, tr, "."); len(got) != 1 || got["f"] != "old" {
					t.Errorf("the tree holds %d files, f holds %.20q", len(got), got["f"])
				}
			}
			write(t, tr, "g", "new") // it goes on
		})
	}
}

// TestOpenElsewhere: what another program has open is told apart from what may not be done.
func TestOpenElsewhere(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	tr := open(t, s)
	write(t, tr, "f", "x")
	unlock, err := tr.Lock("l", "me")
	must(t, err)
	defer func() { must(t, unlock()) }()
	for op, err := range map[string]error{"remove": tr.Remove("l"), "rename": tr.Rename("l", "m")} {
		if err == nil || !strings.Contains(err.Error(), "open in another program") || !strings.Contains(err.Error(), op+" l") {
			t.Errorf("%s: error %v", op, err)
		}
	}
	// Reading keeps nobody from moving or removing what is read.
	r, err := tr.Open("f")
	must(t, err)
	defer r.Close()
	must(t, tr.Rename("f", "g"))
	write(t, tr, "f", "y")
	must(t, tr.Remove("g"))
}

// TestBelowAFile: there is nothing below a file, and no folder can be made there.
func TestBelowAFile(t *testing.T) {
	t.Parallel()
	tr := open(t, smbtest.Start(t, smbtest.Options{}))
	write(t, tr, "f", "x")
	_, oerr := tr.Open("f/g")
	_, lerr := tr.Lstat("f/g/h")
	_, rerr := tr.ReadDir("f")
	_, cerr := tr.Create("f/g")
	for op, err := range map[string]error{"open": oerr, "lstat": lerr, "readdir of a file": rerr, "create": cerr, "remove": tr.Remove("f/g"), "rename": tr.Rename("f/g", "x")} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: error %v, want fs.ErrNotExist", op, err)
		}
	}
	if err := tr.MkdirAll("f"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a folder was made of a file: %v", err)
	}
	if err := tr.MkdirAll("f/g/h"); err == nil {
		t.Error("folders were made below a file")
	}
	must(t, tr.MkdirAll("d"))
	if _, err := tr.Open("d"); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder was opened: %v", err)
	}
}

// TestLinks: a link that leads out of the share is refused by the server.
func TestLinks(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	tr := open(t, s)
	// Open to everybody: what refuses is the server's rule about links, not the permissions.
	out, err := os.MkdirTemp("", "out")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(out) })
	must(t, os.Chmod(out, 0o777))
	must(t, os.WriteFile(filepath.Join(out, "victim"), []byte("x"), 0o666))
	entries, err := os.ReadDir(s.Dir)
	must(t, err)
	must(t, os.Symlink(out, filepath.Join(s.Dir, entries[0].Name(), "link")))
	for op, err := range map[string]error{
		"open": second(tr.Open("link/victim")), "create": second(tr.Create("link/f")), "mkdir": tr.MkdirAll("link/d"),
		"remove": tr.Remove("link/victim"), "rename": tr.Rename("link/victim", "mine"), "lock": second(tr.Lock("link/l", "me")),
	} {
		if err == nil {
			t.Errorf("%s went through a link", op)
		}
	}
	if left, err := os.ReadDir(out); err != nil || len(left) != 1 {
		t.Errorf("outside: %v %v", left, err)
	}
}

// TestReadOnlyFile: files that vendors ship as read-only can be removed and replaced.
func TestReadOnlyFile(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{Extra: "store dos attributes = no\nmap readonly = yes"})
	tr := open(t, s)
	dir := filepath.Join(s.Dir, tr.Root()[strings.LastIndex(tr.Root(), `\`)+1:])
	write(t, tr, "f", "x")
	must(t, os.Chmod(filepath.Join(dir, "f"), 0o444))
	i, err := tr.Lstat("f")
	must(t, err)
	if i.Mode() != 0o444 {
		t.Fatalf("the mode is %v", i.Mode())
	}
	must(t, tr.Remove("f"))
	write(t, tr, "f", "x")
	if err := tr.SetTime("f", time.Time{}); err != nil {
		t.Errorf("a time that cannot be kept: %v", err)
	}
}
