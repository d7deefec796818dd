package tree_test

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/drivercat/drivercat/packager/tree"
)

// ailing is a tree whose files cannot be read.
type ailing struct {
	tree.Tree
	err error
}

func (a ailing) Open(string) (fs.File, error) {
	f, err := fstest.MapFS{"f": {Data: []byte("x")}}.Open("f")
	return ailingFile{f, a.err}, err
}

type ailingFile struct {
	fs.File
	err error
}

func (f ailingFile) Read([]byte) (int, error) { return 0, f.err }

// An error of reading names the file once, whoever names it.
func TestHashFileErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"the tree names it": {&fs.PathError{Op: "read", Path: "a/f", Err: broken}, "read a/f: broken"},
		"nobody names it":   {broken, "a/f: read: broken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := tree.HashFile(t.Context(), ailing{err: tt.err}, "a/f", nil)
			if !errors.Is(err, broken) || err.Error() != tt.want {
				t.Errorf("got %q, want %q", err, tt.want)
			}
		})
	}
}
