package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// ErrReader is the reader of a file that cannot be read.
func ErrReader(err error) io.Reader { return failing{err} }

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Damaged makes ErrCorrupt of whatever a decoder of somebody else's has to say about its data. The end and
// what Classify knows stay what they are.
func Damaged(r io.Reader) io.Reader { return damaged{r} }

type damaged struct{ r io.Reader }

func (d damaged) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	if err != nil && err != io.EOF {
		err = Classify(err)
	}
	return n, err
}

// Classify wraps an error of a decoder as ErrCorrupt, unless it says already what kind of error it is or comes from the
// system.
func Classify(err error) error {
	for _, known := range []error{ErrFormat, ErrCorrupt, ErrEncrypted, ErrUnsupported, ErrMissingPart, ErrLimit, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return err
		}
	}
	if _, system := errors.AsType[*fs.PathError](err); system {
		return err
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}
