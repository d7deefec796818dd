package local

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

func open(t *testing.T) tree.Tree {
	t.Helper()
	tr, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tr.Close() })
	return tr
}

func TestSuite(t *testing.T) {
	t.Parallel()
	treetest.Run(t, open)
}

func TestOpenMissing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "none")
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v does not name the folder", err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Error("Open made the folder")
	}
}

// TestLinksOut: nothing outside the tree is written, and the error says why.
func TestLinksOut(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	if err := os.WriteFile(filepath.Join(out, "victim"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	tr := open(t)
	if err := os.Symlink(out, filepath.Join(tr.Root(), "link")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	_, perr := tree.Put(context.Background(), tr, "link/f", strings.NewReader("x"), tree.Options{})
	_, lerr := tr.Lock("link/lock", "me")
	for what, err := range map[string]error{
		"put": perr, "lock": lerr, "mkdir": tr.MkdirAll("link/d"), "remove": tr.Remove("link/victim"), "rename": tr.Rename("link/victim", "mine"),
	} {
		if err == nil || !strings.Contains(err.Error(), "symbolic link") {
			t.Errorf("%s: error %v does not speak of the link", what, err)
		}
	}
	entries, err := os.ReadDir(out)
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder outside holds %v (%v)", entries, err)
	}
	// The link itself can be removed: it is part of the tree.
	if err := tree.RemoveAll(tr, "link"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(out, "victim")); err != nil {
		t.Error(err)
	}
}
