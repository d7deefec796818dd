package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// Format is a kind of archive.
type Format string

// The formats that packages can have.
const (
	Zip Format = "zip"
	WIM Format = "wim"
)

// Formats are all of them.
func Formats() []Format { return []Format{Zip, WIM} }

// FileName is what an archive is called in its package: the name that Modern Driver Management looks for.
func (f Format) FileName() string { return "DriverPackage." + string(f) }

// What writing and reading report. Test with errors.Is.
var (
	// ErrNoTool: the format needs a program that is not there.
	ErrNoTool = errors.New("no program for this format")
	// ErrTool: the program did not do its work. The text has its last words.
	ErrTool = errors.New("the program failed")
	// ErrTemporary: a temporary file or folder cannot be made or written.
	ErrTemporary = errors.New("temporary files")
	// ErrDamaged: the archive is not one, or contradicts itself.
	ErrDamaged = errors.New("damaged archive")
)

// FileError says that a file cannot be packed. Err is the opener's, or wraps tree.ErrWrongLength or tree.ErrWrongHash.
type FileError struct {
	Path string // in the archive
	Err  error
}

func (e *FileError) Error() string { return e.Path + ": " + e.Err.Error() }

// Unwrap gives the reason.
func (e *FileError) Unwrap() error { return e.Err }

// Opener opens a file that is to be packed. It is called from several goroutines, and may be called twice for a file.
type Opener func(ctx context.Context, f manifest.File) (io.ReadCloser, error)

// Options say how an archive is made or read. The zero value makes ZIPs.
type Options struct {
	Workers int           // files packed at once, 0 is one for each processor
	Temp    string        // folder for temporary files, "" is the system's
	Tools   []Tool        // programs that may be used
	Bytes   *atomic.Int64 // grows with the bytes of the files that were packed or read; nil to not count

	spoolAt int64 // for tests: inMemory by default
}

func (o Options) memory() int64 {
	if o.spoolAt > 0 {
		return o.spoolAt
	}
	return inMemory
}

func (o Options) count(n int64) {
	if o.Bytes != nil {
		o.Bytes.Add(n)
	}
}

// Write packs files, which are sorted by path, into an archive. Every file is read whole and is what it says, or there is a
// *FileError. What was written to w before an error is rubbish.
func (f Format) Write(ctx context.Context, w io.Writer, files []manifest.File, open Opener, o Options) error {
	switch f {
	case Zip:
		return writeZip(ctx, w, files, open, o)
	case WIM:
		return writeWIM(ctx, w, files, open, o)
	}
	return fmt.Errorf("archive: format \"%s\" is not known", f)
}

// check compares what was read of a file with what it is to be.
func check(f manifest.File, size int64, sum catalog.Hash) error {
	switch {
	case size != f.Size:
		return &FileError{f.Path, fmt.Errorf("%w: %d bytes instead of %d", tree.ErrWrongLength, size, f.Size)}
	case sum != f.SHA256:
		return &FileError{f.Path, fmt.Errorf("%w: %s instead of %s", tree.ErrWrongHash, sum.Short(), f.SHA256.Short())}
	}
	return nil
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 128<<10); return &b }}

// copyThrough is io.Copy through one of the buffers.
func copyThrough(w io.Writer, r io.Reader) (int64, error) {
	b := buffers.Get().(*[]byte)
	defer buffers.Put(b)
	return io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, *b)
}

// counted tells Options of what passes.
type counted struct {
	ctx context.Context
	r   io.Reader
	o   Options
}

func (c counted) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(b)
	c.o.count(int64(n))
	return n, err
}

// Temporary makes a temporary file, which the system removes with its last user where it can; Close removes it elsewhere. Its
// errors wrap ErrTemporary.
func Temporary(dir string) (*TempFile, error) {
	f, err := os.CreateTemp(dir, "drivercat-pack-*")
	if err != nil {
		return nil, temporary(err)
	}
	_ = os.Remove(f.Name()) // a file that is open has no need of a name, but on Windows
	return &TempFile{f}, nil
}

// TempFile is a temporary file.
type TempFile struct{ f *os.File }

// Write implements io.Writer.
func (t *TempFile) Write(b []byte) (int, error) {
	n, err := t.f.Write(b)
	if err != nil {
		err = temporary(err)
	}
	return n, err
}

// Rewind gives the file to be read from its start; it remains the TempFile's.
func (t *TempFile) Rewind() (*os.File, error) {
	if _, err := t.f.Seek(0, io.SeekStart); err != nil {
		return nil, temporary(err)
	}
	return t.f, nil
}

// Close ends and removes the file.
func (t *TempFile) Close() {
	_ = t.f.Close()
	_ = os.Remove(t.f.Name())
}

func temporary(err error) error { return fmt.Errorf("%w: %w", ErrTemporary, err) }
