package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// countingBase counts the files of a base that are open.
type countingBase struct {
	Base
	open, most atomic.Int64
}

func (c *countingBase) Open(name string) (fs.File, error) {
	f, err := c.Base.Open(name)
	if err != nil {
		return nil, err
	}
	n := c.open.Add(1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	return &counted{f.(*os.File), c}, nil
}

type counted struct {
	*os.File
	c *countingBase
}

func (f *counted) Close() error {
	f.c.open.Add(-1)
	return f.File.Close()
}

// However many archives a source has, few files are open at a time, and each archive can be read all the same.
func TestFewHandles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const archives, most, workers = 60, 8, 4
	l := &Listing{Folders: []Folder{{Path: "."}}}
	for i := range archives {
		name := fmt.Sprintf("%02d.zip", i)
		text := box(boxFile{name: "x", text: fmt.Sprint(i)})
		if i%3 == 0 {
			text = "no box"
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		l.Folders[0].Entries = append(l.Folders[0].Entries, Entry{Name: name, Size: 1})
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	base := &countingBase{Base: root.FS().(Base)}
	tree := NewTree(base, TreeOptions{})
	tree.readers, tree.handles.most = []openFunc{openBox}, most
	if err := tree.OpenAll(t.Context(), l, nil); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < archives; i += workers {
				if i%3 == 0 {
					continue
				}
				h := tree.Archive(fmt.Sprintf("%02d.zip", i)).reader.(*boxReader).in.ReaderAt.(*handle)
				b := make([]byte, 4)
				if _, err := h.ReadAt(b, 0); err != nil || string(b) != boxMark {
					t.Errorf("archive %d: %q, %v", i, b, err)
				}
			}
		})
	}
	wg.Wait()
	if n := base.most.Load(); n > most+workers+1 {
		t.Errorf("%d files were open at a time", n)
	}
	// A file that was exchanged since is not taken for the one that was listed.
	h := tree.Archive("01.zip").reader.(*boxReader).in.ReaderAt.(*handle)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "01.zip"), []byte("exchanged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ReadAt(make([]byte, 1), 0); !errors.Is(err, errExchanged) {
		t.Errorf("exchanged: %v", err)
	}
	tree.Close()
	if n := base.open.Load(); n != 0 {
		t.Errorf("%d files are open at the end", n)
	}
	if _, err := io.ReadAll(io.NewSectionReader(h, 0, 1)); err == nil {
		t.Error("an exchanged file is read")
	}
}
