package smb

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/drivercat/drivercat/packager/tree"
)

// Append implements tree.Appender.
func (t *Tree) Append(name string, size int64) (tree.Writer, error) {
	if err := checkName(name); err != nil || name == "." || size < 0 {
		return nil, t.fail("write on", name, errors.Join(err, fs.ErrInvalid))
	}
	w := t.writer(name, size)
	err := t.patient(func() error {
		return t.again(true, func(l *link) error { return w.goOn(l, size) }, nil)
	})
	if err != nil {
		return nil, t.fail("write on", name, err)
	}
	t.moved(name, "")
	return w, nil
}

// goOn opens the file and cuts off what is behind size. It may be repeated.
func (w *writer) goOn(l *link, size int64) error {
	f, err := openFile(l.share, w.t.remote(w.name), accessGenericRead|accessGenericWrite, shareAll, dispositionOpen, optionFile|optionSynchronous)
	if err != nil {
		return err
	}
	switch is := statOf(f).Size(); {
	case is < size:
		err = fmt.Errorf("%w: it has %d bytes, and should go on after %d", tree.ErrWrongLength, is, size)
	case is > size:
		err = f.Truncate(size)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	w.link, w.file = l, f
	return nil
}
