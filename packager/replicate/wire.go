package replicate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync/atomic"

	"github.com/drivercat/drivercat/packager/tree"
)

// wired is a target tree with its counters. Bytes that a tree reaches over a network by itself are counted by that tree; what
// goes to and comes from another one is counted, and limited, here.
type wired struct {
	tree.Tree
	ctx            context.Context // of the run, for waits of the limit
	limit          *Limit
	network        tree.Metered // the tree's own counters, nil if it has none
	before         tree.Traffic
	sent, received atomic.Int64
}

func newWired(ctx context.Context, t tree.Tree, l *Limit) *wired {
	w := &wired{Tree: t, ctx: ctx, limit: l}
	if w.network = tree.Meter(t); w.network != nil {
		w.before = w.network.Traffic()
	}
	return w
}

// counted is what crossed the wire since the tree came here.
func (w *wired) counted() tree.Traffic {
	if w.network != nil {
		now := w.network.Traffic()
		return tree.Traffic{Sent: now.Sent - w.before.Sent, Received: now.Received - w.before.Received}
	}
	return tree.Traffic{Sent: w.sent.Load(), Received: w.received.Load()}
}

// Unwrap gives the tree itself.
func (w *wired) Unwrap() tree.Tree { return w.Tree }

// Create implements tree.Tree.
func (w *wired) Create(name string) (tree.Writer, error) {
	return w.writer(w.Tree.Create(name))
}

// Append implements tree.Appender.
func (w *wired) Append(name string, size int64) (tree.Writer, error) {
	a, ok := w.Tree.(tree.Appender)
	if !ok {
		return nil, fmt.Errorf("write on %s: %w", name, errors.ErrUnsupported)
	}
	return w.writer(a.Append(name, size))
}

// appends reports whether the tree can go on writing files.
func (w *wired) appends() bool {
	_, ok := w.Tree.(tree.Appender)
	return ok
}

func (w *wired) writer(to tree.Writer, err error) (tree.Writer, error) {
	if err != nil || w.network != nil {
		return to, err
	}
	return &wiredWriter{Writer: to, w: w}, nil
}

// Open implements tree.Tree.
func (w *wired) Open(name string) (fs.File, error) {
	f, err := w.Tree.Open(name)
	if err != nil || w.network != nil {
		return f, err
	}
	return &wiredFile{f, w}, nil
}

type wiredWriter struct {
	tree.Writer
	w *wired
}

func (x *wiredWriter) Write(p []byte) (int, error) {
	if x.w.limit != nil {
		// A run that ended still has to write down what it leaves: then nothing waits any more.
		_ = x.w.limit.wait(x.w.ctx, x.w.limit.up, len(p))
	}
	n, err := x.Writer.Write(p)
	x.w.sent.Add(int64(n))
	return n, err
}

// plainBytes is how much of a range is read and written by hand: a Writer that is given a whole file as its first content may
// clone all of it.
const plainBytes = 4 << 10

// CopyRange implements tree.RangeCopier, with the kernel's copy where the tree has none of its own. On a mounted share that is
// the server's.
func (x *wiredWriter) CopyRange(from string, offset, length int64) error {
	if rc, ok := x.Writer.(tree.RangeCopier); ok {
		return rc.CopyRange(from, offset, length)
	}
	rf, ok := x.Writer.(io.ReaderFrom)
	if !ok || strings.HasPrefix(x.w.Root(), `\\`) { // Windows would bring the bytes here and back
		return errors.ErrUnsupported
	}
	f, err := x.w.Tree.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	s, ok := f.(io.ReadSeeker)
	if !ok {
		return errors.ErrUnsupported
	}
	if _, err := s.Seek(offset, io.SeekStart); err != nil {
		return err
	}
	head := min(length, plainBytes)
	n, err := io.Copy(onlyWriter{x.Writer}, io.LimitReader(s, head))
	if err == nil && n == head && length > head {
		var m int64
		m, err = rf.ReadFrom(&io.LimitedReader{R: s, N: length - head})
		n += m
	}
	if err == nil && n != length {
		err = fmt.Errorf("copy a range of %s: %w: %d of %d bytes", from, io.ErrUnexpectedEOF, n, length)
	}
	return err
}

type onlyWriter struct{ io.Writer }

type wiredFile struct {
	fs.File
	w *wired
}

func (f *wiredFile) count(n int) {
	f.w.received.Add(int64(n))
	if f.w.limit != nil && n > 0 {
		_ = f.w.limit.wait(f.w.ctx, f.w.limit.down, n)
	}
}

func (f *wiredFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	f.count(n)
	return n, err
}

// ReadAt implements io.ReaderAt.
func (f *wiredFile) ReadAt(p []byte, off int64) (int, error) {
	r, ok := f.File.(io.ReaderAt)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	n, err := r.ReadAt(p, off)
	f.count(n)
	return n, err
}

// Seek implements io.Seeker.
func (f *wiredFile) Seek(offset int64, whence int) (int64, error) {
	s, ok := f.File.(io.Seeker)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	return s.Seek(offset, whence)
}
