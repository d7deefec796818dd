package archive

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/zip"
)

// Input is an archive that is read.
type Input struct {
	io.ReaderAt
	Size int64
	// Path leads to the same file for programs of the system; "" if they cannot reach it and need a copy.
	Path string
}

// Read hands every file of an archive to fn, with its path, from several goroutines at once. What is wrong with one file is an error of r. fn need not read to
// the end; its error ends Read and is returned as it is. A WIM needs a tool, else the error wraps ErrNoTool. An archive that
// cannot be opened wraps ErrDamaged or ErrTool.
func (f Format) Read(ctx context.Context, in Input, files int, o Options, fn func(name string, r io.Reader) error) error {
	if f == WIM {
		return readWIM(ctx, in, o, fn)
	}
	limits := archive.DefaultLimits()
	limits.Entries = max(limits.Entries, 2*files)
	r, err := zip.Open(archive.Input{Name: f.FileName(), ReaderAt: in.ReaderAt, Size: in.Size}, limits)
	if err != nil {
		if archive.Fault(err) != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return err
	}
	defer r.Close()
	entries := r.Entries()
	for _, e := range entries {
		// Extract does not offer what is no file: it must not pass unseen.
		if e.Mode != 0 && !e.Mode.IsDir() {
			if err := fn(e.Name, broken{fmt.Errorf("%w: it is no file", ErrDamaged)}); err != nil {
				return err
			}
		}
	}
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	g, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		g.Go(func() error {
			return r.Extract(ctx, func(i int) bool { return i%workers == w }, func(i int, r io.Reader) error {
				return fn(entries[i].Name, counted{ctx, r, o})
			})
		})
	}
	return g.Wait()
}
