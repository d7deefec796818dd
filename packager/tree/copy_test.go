package tree_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/local"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

func random(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n)})
	_, _ = r.Read(b)
	return b
}

// TestCopy: a file that the server is said to have copied is right, or it is made in another way.
func TestCopy(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	lies := map[string]struct {
		lie      treetest.Lie
		onServer bool
		wrong    int
	}{
		"honest":    {treetest.Honest, true, 0},
		"short":     {treetest.Short, false, 1},
		"wrong end": {treetest.WrongEnd, false, 1},
		"zeros":     {treetest.Zeros, false, 1},
		"repeats":   {treetest.Repeats, false, 1},
		"unable":    {treetest.Unable, false, 0},
		"refuses":   {treetest.Refuses, false, 1},
	}
	for name, c := range lies {
		for _, size := range []int{0, 1, 4096, 4097, 16*mib - 1, 16 * mib, 16*mib + 1, 40 * mib} {
			for _, rehash := range []bool{false, true} {
				if rehash && size > 16*mib+1 {
					continue
				}
				t.Run(fmt.Sprintf("%s/%d/%v", name, size, rehash), func(t *testing.T) {
					t.Parallel()
					tr, content := &treetest.Copier{Tree: openLocal(t), Lie: c.lie}, random(size)
					put(t, tr.Tree, "from", content)
					got, err := tree.Copy(t.Context(), tr, "to", func() (io.ReadCloser, error) { return tr.Open("from") }, tree.CopyOptions{
						Expect: tree.Expect{Check: true, Size: int64(size), SHA256: sha256.Sum256(content)}, Rehash: rehash,
						From: func(context.Context) []string { return []string{"from"} },
					})
					if err != nil {
						t.Fatal(err)
					}
					want := tree.Copied{OnServer: c.onServer, Wrong: c.wrong}
					switch {
					case size <= 4096:
						want = tree.Copied{}
					case c.lie == treetest.Repeats && size <= 16*mib:
						want = tree.Copied{OnServer: true} // there is one range, and it is right
					}
					if got != want {
						t.Errorf("copied %+v, want %+v", got, want)
					}
					if b, err := fs.ReadFile(asFS{tr.Tree}, "to"); err != nil || !bytes.Equal(b, content) {
						t.Errorf("the copy is another one (%d bytes of %d, %v)", len(b), size, err)
					}
					if want.OnServer && !rehash && tr.Read.Load() > 16<<10 {
						t.Errorf("%d bytes passed through the program", tr.Read.Load())
					}
				})
			}
		}
	}
}

// TestCopyPlaces: places are tried in turn; what is wrong in all of them is an error and leaves nothing.
func TestCopyPlaces(t *testing.T) {
	t.Parallel()
	tr, content := &treetest.Copier{Tree: openLocal(t)}, random(100_000)
	put(t, tr.Tree, "right", content)
	put(t, tr.Tree, "cut", content[:50_000])
	o := tree.CopyOptions{
		Expect: tree.Expect{Check: true, Size: 100_000, SHA256: sha256.Sum256(content)},
		From:   func(context.Context) []string { return []string{"none", "cut", "right"} },
	}
	never := func() (io.ReadCloser, error) { return nil, errors.New("it is read") }
	if got, err := tree.Copy(t.Context(), tr, "to", never, o); err != nil || got != (tree.Copied{OnServer: true, Wrong: 2}) {
		t.Errorf("%+v, %v", got, err)
	}
	o.From = func(context.Context) []string { return []string{"cut"} }
	if _, err := tree.Copy(t.Context(), tr, "to2", func() (io.ReadCloser, error) { return tr.Open("cut") }, o); !errors.Is(err, tree.ErrWrongLength) {
		t.Errorf("error %v", err)
	}
	if _, err := tr.Lstat("to2"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a wrong copy stays: %v", err)
	}
}

// TestCopyFaults fails every call of a copy on the server: there is a right copy, or none and an error.
func TestCopyFaults(t *testing.T) {
	t.Parallel()
	content := random(20 << 20)
	base := openLocal(t)
	put(t, base, "from", content)
	for at := 1; ; at++ {
		faulty := &treetest.Faulty{Tree: &treetest.Copier{Tree: base}, At: at, Plain: true}
		_, err := tree.Copy(t.Context(), faulty, "to", func() (io.ReadCloser, error) { return base.Open("from") }, tree.CopyOptions{
			Expect: tree.Expect{Check: true, Size: int64(len(content)), SHA256: sha256.Sum256(content)},
			From:   func(context.Context) []string { return []string{"from"} },
		})
		b, rerr := fs.ReadFile(asFS{base}, "to")
		if faulty.Fired() == "" {
			if err != nil || at < 10 {
				t.Errorf("after %d calls: %v", at, err)
			}
			return
		}
		switch {
		case err == nil && !bytes.Equal(b, content):
			t.Errorf("%s: no error, and the copy is %d bytes (%v)", faulty.Fired(), len(b), rerr)
		case err != nil && rerr == nil && !strings.HasPrefix(faulty.Fired(), "remove"):
			t.Errorf("%s: %v, and a copy stays", faulty.Fired(), err)
		}
		if err := tree.RemoveAll(base, "to"); err != nil {
			t.Fatal(err)
		}
	}
}

type asFS struct{ t tree.Tree }

func (f asFS) Open(name string) (fs.File, error) { return f.t.Open(name) }

func openLocal(t *testing.T) tree.Tree {
	t.Helper()
	tr, err := local.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tr.Close() })
	return tr
}

func put(t *testing.T, tr tree.Tree, name string, content []byte) {
	t.Helper()
	if _, err := tree.Write(t.Context(), tr, name, bytes.NewReader(content), tree.Options{}); err != nil {
		t.Fatal(err)
	}
}
