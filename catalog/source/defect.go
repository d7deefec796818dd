package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// ErrDefect is what an error wraps when the reader of an archive fell over it: no fault of the archive alone.
var ErrDefect = errors.New("this is a defect of drivercat; please report it")

// AdviceDefect is what to do about an error that wraps ErrDefect.
const AdviceDefect = "report it with the archive, if you may pass that on; unpack it with another program and import the folder meanwhile"

// safely runs a reader's code. A panic in it is an error that wraps ErrDefect and says where. What ends a process at once, such
// as memory that is not there, cannot be held up; limits keep readers from that.
func safely(run func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = defect(v)
		}
	}()
	return run()
}

// defect describes a panic that is under way by what was said and the line of drivercat, or of a library, that it comes from.
func defect(v any) error {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for panicking := false; ; {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			panicking = true
		case panicking && !strings.HasPrefix(f.Function, "runtime."):
			dir, file := path.Split(f.File)
			return fmt.Errorf("%w: %v at %s/%s:%d", ErrDefect, v, path.Base(dir), file, f.Line)
		}
		if !more {
			return fmt.Errorf("%w: %v", ErrDefect, v)
		}
	}
}

// openSafely opens an archive with one reader.
func openSafely(open openFunc, in archive.Input, l archive.Limits) (r archive.Reader, err error) {
	err = safely(func() (err error) {
		r, err = open(in, l)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// extract is Extract of the archive's reader. Once that fell over, it is not asked again: its locks may still be taken.
func (a *Archive) extract(ctx context.Context, want func(int) bool, fn func(int, io.Reader) error) error {
	if err := a.defective(nil); err != nil {
		return err
	}
	ours := false // a panic of fn is none of the reader's
	err := func() (err error) {
		defer func() {
			if ours {
				return
			}
			if v := recover(); v != nil {
				err = defect(v)
			}
		}()
		return a.reader.Extract(ctx, want, func(i int, r io.Reader) error {
			sr := &safeReader{r: r}
			ours = true
			err := fn(i, a.guard(i, sr))
			ours = false
			if err == nil {
				err = sr.defect // it must not go on
			}
			return err
		})
	}()
	if errors.Is(err, ErrDefect) {
		return a.defective(err)
	}
	return err
}

// defective returns the error with which the archive's reader fell over, after taking down the first.
func (a *Archive) defective(err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.defect == nil {
		a.defect = err
	}
	return a.defect
}

// safeReader is a file that a reader decodes.
type safeReader struct {
	r      io.Reader
	defect error
}

func (s *safeReader) Read(p []byte) (n int, err error) {
	if s.defect != nil {
		return 0, s.defect
	}
	err = safely(func() (err error) {
		n, err = s.r.Read(p)
		return err
	})
	if errors.Is(err, ErrDefect) {
		n, s.defect = 0, err
	}
	return n, err
}

// closer closes an archive's reader.
type closer struct{ archive.Reader }

func (c closer) Close() error { return safely(c.Reader.Close) }
