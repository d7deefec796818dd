package external

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// reader gives what a tool unpacked.
type reader struct {
	kind    string
	dir     string // removed at the end
	root    *os.Root
	entries []archive.Entry
}

func (r *reader) Kind() string             { return r.kind }
func (r *reader) Entries() []archive.Entry { return r.entries }

func (r *reader) Close() error {
	return errors.Join(r.root.Close(), os.RemoveAll(r.dir))
}

// list takes down what lies in the folder. Links and devices are told as such and never opened.
func (r *reader) list() error {
	err := fs.WalkDir(r.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		e := archive.Entry{Name: name, ModTime: info.ModTime()}
		switch {
		case info.IsDir():
			e.Mode = fs.ModeDir
		case info.Mode().IsRegular():
			e.Size = info.Size()
		default:
			e.Mode = fs.ModeIrregular
		}
		r.entries = append(r.entries, e)
		return nil
	})
	if err != nil {
		return fmt.Errorf("external: list what was unpacked: %w", err)
	}
	slices.SortFunc(r.entries, func(a, b archive.Entry) int { return strings.Compare(a.Name, b.Name) })
	for i := range r.entries {
		r.entries[i].Block = i
	}
	return nil
}

func (r *reader) Extract(ctx context.Context, want func(i int) bool, fn func(i int, r io.Reader) error) error {
	for i := range r.entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.entries[i].Mode != 0 || !want(i) {
			continue
		}
		if err := r.file(i, fn); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) file(i int, fn func(i int, r io.Reader) error) error {
	f, err := r.root.Open(r.entries[i].Name)
	if err != nil {
		return fn(i, failed{err})
	}
	defer f.Close()
	return fn(i, f)
}

// failed is a file that cannot be opened.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }
