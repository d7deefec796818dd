package tree

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync/atomic"
)

const (
	// smallCopy is up to what size a file is read and written rather than copied by the server: that proves all of it, and
	// what is said about a copy on the server is as long as such a file.
	smallCopy = 4 << 10
	// copyPiece is how much the server is asked to copy between two looks at the context. Servers and libraries change from
	// one request to the next at 16 MiB, so each piece is looked at.
	copyPiece = 16 << 20
	// sampleBytes is how much of a piece is read back.
	sampleBytes = 128
)

// CopyOptions say how Copy copies.
type CopyOptions struct {
	Expect Expect // must check

	// From names files of the same tree that something other than reading vouches for: they hold what is expected. It is asked
	// only if the server can copy by itself; nil names none.
	From func(ctx context.Context) []string
	// Rehash reads and hashes what the server copied, instead of its length and samples.
	Rehash bool
	Bytes  *atomic.Int64 // grows with what was written, by whomever; nil to not count
}

// Copied tells how a file was made.
type Copied struct {
	OnServer bool // the server copied it: its bytes did not pass through the program
	// Wrong is how many copies of the server were not what they were copied from, or could not be made. They were removed,
	// and the file was made in another way.
	Wrong int
}

// Copy makes a new file like Write, if possible without the bytes passing through the program: the server copies one of
// o.From, which vouches for the content, and Copy sees that all of it arrived: the server confirms each piece, the length is
// right, and samples of every piece (the first and the last bytes among them) are those of the file it was copied from.
// Where no server copies, what open gives is read, written and hashed.
func Copy(ctx context.Context, t Tree, name string, open func() (io.ReadCloser, error), o CopyOptions) (Copied, error) {
	var done Copied
	w, err := t.Create(name)
	if err != nil {
		return done, err
	}
	if rc, ok := w.(RangeCopier); ok && o.From != nil && o.Expect.Check && o.Expect.Size > smallCopy {
		for _, from := range o.From(ctx) {
			err := copyOnServer(ctx, t, name, from, w, rc, o)
			if err == nil {
				return Copied{OnServer: true, Wrong: done.Wrong}, nil
			}
			if rerr := t.Remove(name); rerr != nil {
				return done, fmt.Errorf("write %s: %w", name, errors.Join(err, rerr))
			}
			if ctx.Err() != nil {
				return done, ctx.Err()
			}
			unable := errors.Is(err, errors.ErrUnsupported)
			if !unable {
				done.Wrong++
			}
			if w, err = t.Create(name); err != nil {
				return done, err
			}
			if rc, ok = w.(RangeCopier); !ok || unable {
				break
			}
		}
	}
	src, err := open()
	if err != nil {
		_ = w.Close()
		_ = t.Remove(name)
		return done, err
	}
	defer src.Close()
	// An *os.File is not hidden in a wrapper: the tree may have a fast path for it.
	if _, err := fill(ctx, t, name, w, src, Options{Expect: o.Expect, Bytes: o.Bytes}); err != nil {
		_ = t.Remove(name)
		return done, fmt.Errorf("write %s: %w", name, err)
	}
	return done, nil
}

// copyOnServer copies a file piece by piece, closes w and proves the copy.
func copyOnServer(ctx context.Context, t Tree, name, from string, w Writer, rc RangeCopier, o CopyOptions) error {
	size := o.Expect.Size
	var counted int64
	err := func() error {
		for at := int64(0); at < size; at += copyPiece {
			if err := ctx.Err(); err != nil {
				return err
			}
			n := min(copyPiece, size-at)
			if err := rc.CopyRange(from, at, n); err != nil {
				return err
			}
			counted += n
			if o.Bytes != nil {
				o.Bytes.Add(n)
			}
		}
		return nil
	}()
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = prove(ctx, t, name, from, o)
	}
	if err != nil && o.Bytes != nil {
		o.Bytes.Add(-counted)
	}
	return err
}

// prove sees that a copy of the server is what it was copied from.
func prove(ctx context.Context, t Tree, name, from string, o CopyOptions) error {
	if o.Rehash {
		n, sum, err := HashFile(ctx, t, name, nil)
		if err != nil {
			return err
		}
		return o.Expect.verify(Written{n, sum})
	}
	is, err := openAt(t, name)
	if err != nil {
		return err
	}
	defer is.Close()
	info, err := is.Stat()
	if err != nil {
		return err
	}
	if info.Size() != o.Expect.Size {
		return fmt.Errorf("%w: the server copied %d of %d bytes", ErrWrongLength, info.Size(), o.Expect.Size)
	}
	was, err := openAt(t, from)
	if err != nil {
		return err
	}
	defer was.Close()
	got, want := make([]byte, sampleBytes), make([]byte, sampleBytes)
	for _, at := range samples(o.Expect) {
		n := min(sampleBytes, o.Expect.Size-at)
		if err := readAt(is, got[:n], at); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := readAt(was, want[:n], at); err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		if !bytes.Equal(got[:n], want[:n]) {
			return fmt.Errorf("%w: what the server copied differs at byte %d", ErrWrongHash, at)
		}
	}
	return nil
}

// samples says where a copy is looked at: at the first and the last bytes of each piece, and at some between them whose place
// depends on the content.
func samples(e Expect) []int64 {
	var out []int64
	for at := int64(0); at < e.Size; at += copyPiece {
		last := at + max(0, min(copyPiece, e.Size-at)-sampleBytes)
		out = append(out, at)
		if last > at {
			seed := binary.BigEndian.Uint32(e.SHA256[4*(at/copyPiece%8):])
			out = append(out, at+int64(seed)%(last-at), last)
		}
	}
	return out
}

type readerAt interface {
	fs.File
	io.ReaderAt
}

func openAt(t Tree, name string) (readerAt, error) {
	f, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	if r, ok := f.(readerAt); ok {
		return r, nil
	}
	_ = f.Close()
	return nil, fmt.Errorf("read %s: %w", name, errors.ErrUnsupported)
}

// readAt fills b.
func readAt(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}
