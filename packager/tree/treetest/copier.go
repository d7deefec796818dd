package treetest

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"sync/atomic"

	"github.com/drivercat/drivercat/packager/tree"
)

// Lie says how a server's copy differs from what it confirms.
type Lie int

// The lies.
const (
	Honest   Lie = iota
	Short        // the last byte of each range is not there
	WrongEnd     // the last byte of each range is another one
	Zeros        // every range is zeros
	Repeats      // every range after the first of a file is the first one again
	Unable       // nothing is copied, and the server says so
	Refuses      // nothing is copied, with another error
)

// ErrRefused is what a server that Refuses says.
var ErrRefused = errors.New("the server refuses the copy")

// Copier is a tree whose Writers copy ranges, or pretend to.
type Copier struct {
	tree.Tree
	Lie    Lie
	Copied atomic.Int64 // bytes that were confirmed
	Read   atomic.Int64 // bytes that passed through the program
}

// Open implements tree.Tree.
func (c *Copier) Open(name string) (fs.File, error) {
	f, err := c.Tree.Open(name)
	if err != nil {
		return nil, err
	}
	return &countedFile{f, c}, nil
}

type countedFile struct {
	fs.File
	c *Copier
}

func (f *countedFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	f.c.Read.Add(int64(n))
	return n, err
}

func (f *countedFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.File.(io.ReaderAt).ReadAt(p, off)
	f.c.Read.Add(int64(n))
	return n, err
}

// Create implements tree.Tree.
func (c *Copier) Create(name string) (tree.Writer, error) {
	w, err := c.Tree.Create(name)
	if err != nil {
		return nil, err
	}
	return &rangeWriter{Writer: plainWriter{w}, c: c}, nil
}

// Append implements tree.Appender if the tree does.
func (c *Copier) Append(name string, size int64) (tree.Writer, error) {
	a, ok := c.Tree.(tree.Appender)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	w, err := a.Append(name, size)
	if err != nil {
		return nil, err
	}
	return &rangeWriter{Writer: plainWriter{w}, c: c}, nil
}

// Unwrap gives the tree that is written to.
func (c *Copier) Unwrap() tree.Tree { return c.Tree }

// plainWriter hides a fast path.
type plainWriter struct{ tree.Writer }

type rangeWriter struct {
	tree.Writer
	c     *Copier
	first []byte
}

// CopyRange implements tree.RangeCopier.
func (w *rangeWriter) CopyRange(from string, offset, length int64) error {
	switch w.c.Lie {
	case Unable:
		return errors.ErrUnsupported
	case Refuses:
		return ErrRefused
	}
	f, err := w.c.Tree.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	b := make([]byte, length)
	if _, err := f.(io.ReaderAt).ReadAt(b, offset); err != nil && !(err == io.EOF && length == 0) {
		return err
	}
	switch w.c.Lie {
	case Short:
		b = b[:length-1]
	case WrongEnd:
		b[length-1] ^= 1
	case Zeros:
		b = make([]byte, length)
	case Repeats:
		if w.first == nil {
			w.first = bytes.Clone(b)
		}
		copy(b, w.first)
	}
	w.c.Copied.Add(length)
	_, err = w.Write(b)
	return err
}
