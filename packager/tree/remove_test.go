package tree_test

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

// far is a tree that says it lies on a network. It notes how many calls of Remove are under way at most, and refuses some.
type far struct {
	tree.Tree
	refuse string

	mu        sync.Mutex
	now, most int
	both      chan struct{} // closed when two are under way
}

func (f *far) Traffic() tree.Traffic { return tree.Traffic{} }

func (f *far) Remove(name string) error {
	f.mu.Lock()
	f.now++
	if f.now == 2 && f.most < 2 {
		close(f.both)
	}
	f.most = max(f.most, f.now)
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.now--
		f.mu.Unlock()
	}()
	if strings.HasSuffix(name, "/meet") {
		select {
		case <-f.both:
		case <-time.After(10 * time.Second):
			return errors.New("nothing else was removed at the same time")
		}
	}
	if f.refuse != "" && path.Base(name) == f.refuse {
		return fs.ErrPermission
	}
	return f.Tree.Remove(name)
}

func TestRemoveAllOnNetwork(t *testing.T) {
	t.Parallel()
	f := &far{Tree: openLocal(t), both: make(chan struct{})}
	put := func(t *testing.T, tr tree.Tree, name string, content []byte) {
		t.Helper()
		if err := tr.MkdirAll(path.Dir(name)); err != nil {
			t.Fatal(err)
		}
		put(t, tr, name, content)
	}
	for d := range 8 {
		for i := range 40 {
			put(t, f.Tree, fmt.Sprintf("a/d%d/e/f/%d", d, i), []byte("x"))
		}
	}
	put(t, f.Tree, "a/meet", nil)
	put(t, f.Tree, "b/stays", []byte("x"))
	if err := tree.RemoveAll(f, "a"); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"b/stays": "x"}, treetest.Files(t, f.Tree, ".")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if f.most > 16 {
		t.Errorf("%d calls at once", f.most)
	}
	if err := tree.RemoveAll(f, "a"); err != nil {
		t.Errorf("again: %v", err)
	}
	put(t, f.Tree, "c/d/1", nil)
	put(t, f.Tree, "c/d/no", nil)
	put(t, f.Tree, "c/e/2", nil)
	f.refuse = "no"
	if err := tree.RemoveAll(f, "c"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("refused: %v", err)
	}
	if d := cmp.Diff(map[string]string{"b/stays": "x", "c/d/no": ""}, treetest.Files(t, f.Tree, ".")); d != "" {
		t.Errorf("refused (-want +got)\n%s", d)
	}
}
