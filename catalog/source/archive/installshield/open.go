package installshield

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// Open opens a file of an InstallShield cabinet or archive, or a program of InstallShield. What it takes from in.Beside is
// named after in.Name.
func Open(in archive.Input, l archive.Limits) (archive.Reader, error) {
	l = l.OrDefault()
	var head [8]byte
	if n, err := in.ReadAt(head[:], 0); n < len(head) {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("installshield: %w", err)
		}
		return nil, archive.ErrFormat
	}
	var r archive.Reader
	var err error
	switch mark := binary.LittleEndian.Uint32(head[:]); {
	case mark == cabinetMark:
		r, err = openCabinet(in, l)
	case mark == threeMark:
		r, err = openThree(in, l)
	case string(head[:6]) == engineMark:
		r, err = openEngine(in, l)
	case string(head[:2]) == "MZ":
		r, err = openProgram(in, l)
	default:
		return nil, archive.ErrFormat
	}
	if err != nil {
		if errors.Is(err, archive.ErrFormat) {
			return nil, err
		}
		return nil, fmt.Errorf("installshield: %w", err)
	}
	return r, nil
}

// files is an archive whose files are decoded independently of each other.
type files struct {
	kind    string
	entries []archive.Entry
	decode  func(i int) (io.Reader, error)
	section func(i int) *io.SectionReader // may be nil
	release func(io.Reader)               // takes back what decode made; may be nil
	beside  map[int]string                // entries that lie beside the archive, and where
	// ended says that the archive ends before its list of files does; it is told after the files that are there.
	ended error
}

func (f *files) Kind() string             { return f.kind }
func (f *files) Entries() []archive.Entry { return f.entries }
func (f *files) Close() error             { return nil }

func (f *files) Extract(ctx context.Context, want func(i int) bool, fn func(i int, r io.Reader) error) error {
	for i := range f.entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if f.entries[i].Mode != 0 || !want(i) {
			continue
		}
		r, err := f.decode(i)
		if err != nil {
			r = archive.ErrReader(err)
		}
		err = fn(i, bound{ctx, r})
		if f.release != nil {
			f.release(r)
		}
		if err != nil {
			return err
		}
	}
	return f.ended
}

// Section returns the bytes of entry i if they lie in the input as they are, nil if not.
func (f *files) Section(i int) *io.SectionReader {
	if f.section == nil {
		return nil
	}
	return f.section(i)
}

// Outside returns where a file lies that is only listed.
func (f *files) Outside(i int) (string, bool) {
	p, ok := f.beside[i]
	return p, ok
}

// bound ends a file with its context.
type bound struct {
	ctx context.Context
	r   io.Reader
}

func (b bound) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.r.Read(p)
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", archive.ErrCorrupt, fmt.Sprintf(format, args...))
}

// exact hands out the size bytes that r has: fewer are damage, and so are more.
type exact struct {
	r    io.Reader
	left int64
	size int64
}

func newExact(r io.Reader, size int64) *exact { return &exact{r: r, left: size, size: size} }

func (e *exact) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, e.end()
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if e.left == 0 {
		return n, nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = corrupt("it ends after %d of %d bytes", e.size-e.left, e.size)
	}
	return n, err
}

func (e *exact) end() error {
	var more [1]byte
	if n, err := io.ReadFull(e.r, more[:]); n > 0 {
		return corrupt("it has more than %d bytes", e.size)
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return io.EOF
}
