package tree

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
	"sync/atomic"

	"github.com/drivercat/drivercat/catalog"
)

// What Write and Put report about the content they were given. Test with errors.Is.
var (
	ErrWrongLength = errors.New("wrong length")
	ErrWrongHash   = errors.New("wrong SHA-256")
)

// chunkBytes is how much is copied between two looks at the context.
const chunkBytes = 8 << 20

// Expect is what a written file must be. The zero value expects nothing and reports what was written.
type Expect struct {
	Check  bool // Size and SHA256 are known
	Size   int64
	SHA256 catalog.Hash
}

// Options say how Write and Put copy.
type Options struct {
	Expect Expect
	Bytes  *atomic.Int64 // grows with what was written; nil to not count
	NoHash bool          // do not compute the hash; only with an Expect that checks nothing
}

// Written tells what a file holds.
type Written struct {
	Size   int64
	SHA256 catalog.Hash
}

// Write makes a new file under its final name and checks it. What it leaves after an error it has removed; what a crash
// leaves is incomplete, so it is for stages that nobody reads. It does not make the file durable, see Tree.Sync.
func Write(ctx context.Context, t Tree, name string, src io.Reader, o Options) (Written, error) {
	w, err := t.Create(name)
	if err != nil {
		return Written{}, err
	}
	got, err := fill(ctx, t, name, w, src, o)
	if err != nil {
		// The first error is the one to report; a file that cannot be removed either will be found by the next command.
		_ = t.Remove(name)
		return Written{}, fmt.Errorf("write %s: %w", name, err)
	}
	return got, nil
}

// Put makes or replaces a file in one step: a temporary name in the same folder, length and hash check, sync, rename. At no
// instant can a reader see anything but the old content, the new content, or no file where there was none.
func Put(ctx context.Context, t Tree, name string, src io.Reader, o Options) (Written, error) {
	tmp := path.Join(path.Dir(name), TempPrefix+path.Base(name))
	if err := t.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Written{}, err
	}
	got, err := Write(ctx, t, tmp, src, o)
	if err != nil {
		return Written{}, err
	}
	if err = t.Sync(tmp); err == nil {
		err = t.Rename(tmp, name)
	}
	if err != nil {
		_ = t.Remove(tmp)
		return Written{}, fmt.Errorf("write %s: %w", name, err)
	}
	return got, t.Sync(name)
}

// TempPrefix starts the names of files that Put has not finished.
const TempPrefix = ".drivercat-tmp-"

// fill copies src into w, closes it and checks what came of it.
func fill(ctx context.Context, t Tree, name string, w Writer, src io.Reader, o Options) (got Written, err error) {
	file, isFile := src.(*os.File)
	rf, fast := w.(io.ReaderFrom)
	fast = fast && isFile && worthwhile(w, file)
	var sum hash.Hash
	if !fast && !o.NoHash {
		sum = sha256.New()
	}
	var n int64
	if fast {
		n, err = copyFast(ctx, rf, file, o.Bytes)
	} else {
		n, err = copyPlain(ctx, w, src, sum, o.Bytes)
	}
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return Written{}, err
	}
	got.Size = n
	switch {
	case o.NoHash:
	case fast:
		// The bytes did not pass through here: what counts is what arrived.
		if got.Size, got.SHA256, err = HashFile(ctx, t, name, nil); err != nil {
			return Written{}, err
		}
	default:
		copy(got.SHA256[:], sum.Sum(nil))
	}
	arrived, err := length(t, name, w)
	if err != nil {
		return Written{}, err
	}
	if arrived != n {
		return Written{}, fmt.Errorf("%w: %d bytes were written and %d arrived", ErrWrongLength, n, arrived)
	}
	return got, o.Expect.verify(got)
}

// smallFile is up to what size it costs less to read, hash and write a file than to have the system copy it and read it back:
// it is one buffer.
const smallFile = 256 << 10

// worthwhile reports whether a writer's fast path is one for a file.
func worthwhile(w Writer, f *os.File) bool {
	if c, ok := w.(Cloner); ok && c.Clones() {
		return true
	}
	i, err := f.Stat()
	return err != nil || i.Size() > smallFile
}

// length is how long the file that w has written is in the tree.
func length(t Tree, name string, w Writer) (int64, error) {
	if s, ok := w.(Sized); ok {
		return s.Size(), nil
	}
	info, err := t.Lstat(name)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (e Expect) verify(got Written) error {
	switch {
	case !e.Check:
		return nil
	case got.Size != e.Size:
		return fmt.Errorf("%w: %d bytes instead of %d", ErrWrongLength, got.Size, e.Size)
	case got.SHA256 != e.SHA256:
		return fmt.Errorf("%w: %s instead of %s", ErrWrongHash, got.SHA256.Short(), e.SHA256.Short())
	}
	return nil
}

// copyFast copies as much as the file held at the start. Reading on to find its end would cost a buffer for each file; one
// that has grown meanwhile has the wrong hash anyway.
func copyFast(ctx context.Context, w io.ReaderFrom, f *os.File, count *atomic.Int64) (n int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, &ReadError{err}
	}
	for n < info.Size() {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		m, err := w.ReadFrom(&io.LimitedReader{R: f, N: chunkBytes})
		n += m
		if count != nil {
			count.Add(m)
		}
		if err != nil || m == 0 {
			return n, err
		}
	}
	return n, ctx.Err()
}

// buffers are shared by all copies and hashes: 256 KiB is where larger ones stop being faster.
var buffers = sync.Pool{New: func() any { b := make([]byte, 256<<10); return &b }}

func copyPlain(ctx context.Context, w io.Writer, r io.Reader, sum hash.Hash, count *atomic.Int64) (n int64, err error) {
	bp := buffers.Get().(*[]byte)
	defer buffers.Put(bp)
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		m, rerr := r.Read(*bp)
		if m > 0 {
			b := (*bp)[:m]
			if sum != nil {
				sum.Write(b)
			}
			k, err := w.Write(b)
			n += int64(k)
			if count != nil {
				count.Add(int64(k))
			}
			if err != nil {
				return n, err
			}
			if k != m {
				return n, io.ErrShortWrite
			}
		}
		if rerr == io.EOF {
			return n, nil
		}
		if rerr != nil {
			return n, &ReadError{rerr}
		}
	}
}

// ReadError is an error of the source of a copy, as opposed to the tree that is written to.
type ReadError struct{ Err error }

func (e *ReadError) Error() string {
	if tellsPath(e.Err) {
		return e.Err.Error() // and what was done to it
	}
	return "read: " + e.Err.Error()
}

// tellsPath reports whether an error names the file that it is about.
func tellsPath(err error) bool {
	var pe *fs.PathError
	return errors.As(err, &pe)
}

// Unwrap gives the reader's own error.
func (e *ReadError) Unwrap() error { return e.Err }

// HashFile reads a file of the tree and returns its length and hash.
func HashFile(ctx context.Context, t Tree, name string, count *atomic.Int64) (int64, catalog.Hash, error) {
	var h catalog.Hash
	f, err := t.Open(name)
	if err != nil {
		return 0, h, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := copyPlain(ctx, io.Discard, f, sum, count)
	if err != nil {
		if tellsPath(err) {
			return n, h, err
		}
		return n, h, fmt.Errorf("%s: %w", name, err)
	}
	copy(h[:], sum.Sum(nil))
	return n, h, nil
}

// RemoveAll removes a file or a folder with all that is in it. It does not follow links. A missing one is no error.
func RemoveAll(t Tree, name string) error {
	info, err := t.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if Network(t) {
		return remover{t, make(chan struct{}, removeCalls)}.remove(name, info.IsDir())
	}
	return removeAll(t, name, info.IsDir())
}

func removeAll(t Tree, name string, folder bool) error {
	if folder {
		entries, err := t.ReadDir(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := removeAll(t, path.Join(name, e.Name()), e.IsDir()); err != nil {
				return err
			}
		}
	}
	if err := t.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Exists reports whether there is anything of that name.
func Exists(t Tree, name string) (bool, error) {
	_, err := t.Lstat(name)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	}
	return false, err
}
