package local

import (
	"fmt"
	"io"
	"os"

	"github.com/drivercat/drivercat/packager/tree"
)

// Append implements tree.Appender.
func (t *Tree) Append(name string, size int64) (tree.Writer, error) {
	if err := check(name); err != nil {
		return nil, t.fail("write on", name, err)
	}
	f, err := t.root.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return nil, t.fail("write on", name, err)
	}
	if err := t.cut(f, size); err != nil {
		_ = f.Close()
		return nil, t.fail("write on", name, err)
	}
	return &writer{f: f, cloned: true}, nil
}

// cut makes a file end after size bytes, and writing go on there.
func (t *Tree) cut(f *os.File, size int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < size {
		return fmt.Errorf("%w: it has %d bytes, and should go on after %d", tree.ErrWrongLength, info.Size(), size)
	}
	if err := f.Truncate(size); err != nil {
		return err
	}
	_, err = f.Seek(size, io.SeekStart)
	return err
}
