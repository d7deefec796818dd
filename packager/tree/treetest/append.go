package treetest

import (
	"errors"
	"testing"

	"github.com/drivercat/drivercat/packager/tree"
)

// testAppend checks tree.Appender where a tree implements it.
func testAppend(t *testing.T, tr tree.Tree) {
	a, ok := tr.(tree.Appender)
	if !ok {
		t.Skip("the tree cannot go on writing files")
	}
	Write(t, tr, "f", "0123456789")
	w, err := a.Append("f", 4)
	must(t, err)
	_, err = w.Write([]byte("abc"))
	must(t, err)
	must(t, w.Close())
	if got := read(t, tr, "f"); got != "0123abc" {
		t.Errorf("the file holds %q", got)
	}
	if _, err = a.Append("f", 100); !errors.Is(err, tree.ErrWrongLength) {
		t.Errorf("behind the end: error %v", err)
	}
	if _, err = a.Append("none", 0); err == nil {
		t.Error("a missing file was made")
	}
}
