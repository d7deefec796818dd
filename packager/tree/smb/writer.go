package smb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	smb2 "github.com/cloudsoda/go-smb2"

	"github.com/drivercat/drivercat/packager/tree"
)

// writer is a new file. Blocks are sent before those in front of them are confirmed; what goes wrong is reported by a later
// call, at the latest by Close. A connection that breaks ends it: what the server had not made durable may be gone.
type writer struct {
	t    *Tree
	name string
	link *link
	file *smb2.File

	off    int64   // of the first byte in buf
	buf    *[]byte // nil while empty
	n      int
	size   int64 // that the server told at the end
	ended  bool
	source *source
	limits []copyLimits // the first is in use

	sent chan struct{} // a place for each block under way
	wg   sync.WaitGroup
	mu   sync.Mutex
	err  error
}

func (t *Tree) writer(name string, off int64) *writer {
	return &writer{t: t, name: name, off: off, sent: make(chan struct{}, ahead), limits: standardLimits()}
}

// Create implements tree.Tree.
func (t *Tree) Create(name string) (tree.Writer, error) {
	if err := checkName(name); err != nil || name == "." {
		return nil, t.fail("create", name, errors.Join(err, fs.ErrInvalid))
	}
	w := t.writer(name, 0)
	err := t.patient(func() error {
		return t.again(true, func(l *link) error {
			f, err := openFile(l.share, t.remote(name), accessGenericRead|accessGenericWrite, shareAll, dispositionCreate, optionFile|optionSynchronous)
			if err != nil {
				return err
			}
			w.link, w.file = l, f
			return nil
		}, func() (bool, error) {
			info, err := t.stat(name)
			if errors.Is(err, fs.ErrNotExist) {
				return false, nil
			}
			if err == nil {
				err = fmt.Errorf("%w: a file of %d bytes is there now, made by this call or by somebody else", errLost, info.Size())
			}
			return false, err
		})
	})
	if err != nil {
		return nil, t.fail("create", name, err)
	}
	t.moved(name, "")
	return w, nil
}

func (w *writer) failed() error {
	if err := w.t.lockLost(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Write implements io.Writer.
func (w *writer) Write(p []byte) (n int, err error) {
	if w.ended {
		return 0, w.t.fail("write", w.name, fs.ErrClosed)
	}
	for n < len(p) {
		if err := w.failed(); err != nil {
			return n, w.t.fail("write", w.name, err)
		}
		if w.buf == nil {
			w.buf = blocks.Get().(*[]byte)
		}
		m := copy((*w.buf)[w.n:], p[n:])
		n += m
		if w.n += m; w.n == block {
			w.send()
		}
	}
	return n, nil
}

// send starts sending what is in the buffer.
func (w *writer) send() {
	if w.buf == nil {
		return
	}
	buf, n, off := w.buf, w.n, w.off
	w.buf, w.n, w.off = nil, 0, off+int64(n)
	w.sent <- struct{}{}
	w.wg.Go(func() {
		defer func() { blocks.Put(buf); <-w.sent }()
		err := w.link.run(func(*link) error {
			m, err := w.file.WriteAt((*buf)[:n], off)
			if err == nil && m != n {
				err = io.ErrShortWrite
			}
			return err
		})
		if err != nil {
			w.mu.Lock()
			if w.err == nil {
				w.err = err
			}
			w.mu.Unlock()
		}
	})
}

// settle sends what is left and waits until all is confirmed.
func (w *writer) settle() error {
	w.send()
	w.wg.Wait()
	return w.failed()
}

// Close ends writing and makes the file durable.
func (w *writer) Close() error {
	if w.ended {
		return w.t.fail("close", w.name, fs.ErrClosed)
	}
	w.ended = true
	err := w.settle()
	if err == nil {
		err = w.link.run(func(*link) error { return w.file.Sync() })
	}
	if err == nil {
		err = w.checkLength()
	}
	if w.source != nil {
		w.source.close(w.link)
	}
	cerr := w.link.run(func(*link) error { return w.file.Close() })
	if err == nil {
		err = cerr
	}
	if err == nil {
		w.t.mu.Lock()
		w.t.clean[w.name] = true
		w.t.mu.Unlock()
	}
	return w.t.fail("close", w.name, err)
}

// Size implements tree.Sized.
func (w *writer) Size() int64 { return w.size }

func (w *writer) checkLength() error {
	err := w.link.run(func(*link) error {
		i, err := w.file.Stat()
		if err == nil {
			w.size = i.Size()
		}
		return err
	})
	if err == nil && w.size != w.off {
		err = fmt.Errorf("%w: the server confirmed %d bytes and the file has %d", tree.ErrWrongLength, w.off, w.size)
	}
	return err
}

// source is the file that the last CopyRange read from; many ranges come from the same one.
type source struct {
	name string
	file *smb2.File
	key  []byte
	size int64
}

func (s *source) close(l *link) { _ = l.run(func(*link) error { return s.file.Close() }) }

// copyLimits are the limits of one request to copy.
type copyLimits struct {
	chunks, chunkBytes, totalBytes int64
}

// standardLimits are what Windows and Samba take by default, and what to try where they are refused. A server with smaller
// limits names them in its answer, but the library throws that away.
func standardLimits() []copyLimits {
	return []copyLimits{{16, 1 << 20, 16 << 20}, {16, 64 << 10, 1 << 20}, {1, 64 << 10, 64 << 10}, {1, 4 << 10, 4 << 10}}
}

// CopyRange implements tree.RangeCopier.
func (w *writer) CopyRange(from string, offset, length int64) error {
	if w.ended {
		return w.t.fail("copy", from, fs.ErrClosed)
	}
	if err := checkName(from); err != nil || offset < 0 || length < 0 || offset+length < 0 {
		return w.t.fail("copy", from, errors.Join(err, fs.ErrInvalid))
	}
	if err := w.settle(); err != nil {
		return w.t.fail("copy to", w.name, err)
	}
	if err := w.copyRange(from, offset, length); err != nil {
		return w.t.fail("copy "+from+" to", w.name, err)
	}
	return nil
}

func (w *writer) copyRange(from string, offset, length int64) error {
	if err := w.openSource(from); err != nil {
		return err
	}
	if offset+length > w.source.size {
		return fmt.Errorf("%w: the range ends at %d and the file has %d bytes", fs.ErrInvalid, offset+length, w.source.size)
	}
	for n := int64(0); n < length; {
		limits := w.limits[0]
		done, err := w.copyChunks(offset+n, min(length-n, limits.totalBytes), limits)
		if errors.Is(err, errTooMuch) && len(w.limits) > 1 {
			w.limits = w.limits[1:]
			continue
		}
		if err != nil {
			if n > 0 && errors.Is(err, errors.ErrUnsupported) {
				err = fmt.Errorf("the server stopped copying after %d bytes: %v", n, err) // something was appended
			}
			w.mu.Lock()
			if n > 0 && w.err == nil {
				w.err = err
			}
			w.mu.Unlock()
			return err
		}
		n += done
		w.off += done
	}
	return nil
}

// openSource opens the file to copy from on the writer's own connection and asks for its key.
func (w *writer) openSource(from string) error {
	if w.source != nil {
		if w.source.name == from {
			return nil
		}
		w.source.close(w.link)
		w.source = nil
	}
	return w.link.run(func(l *link) error {
		f, err := openFile(l.share, w.t.remote(from), accessGenericRead, shareAll, dispositionOpen, optionFile|optionSynchronous)
		if err != nil {
			return err
		}
		out, err := w.t.control(f, ctlResumeKey, 32, nil)
		if err == nil && len(out) < 24 {
			err = fmt.Errorf("the server's key has %d bytes: %w", len(out), errors.ErrUnsupported)
		}
		if err != nil {
			_ = f.Close()
			return unsupported(err)
		}
		// What was returned lies in a buffer that the library uses again.
		w.source = &source{name: from, file: f, key: append([]byte(nil), out[:24]...), size: statOf(f).Size()}
		return nil
	})
}

// unsupported marks the answers of servers that cannot copy.
func unsupported(err error) error {
	switch status(err) {
	case statusNotSupported, statusInvalidDevice:
		return fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	}
	return err
}

// errTooMuch means that a server may have smaller limits. Nothing was copied.
var errTooMuch = fmt.Errorf("the server refuses to copy: %w", errors.ErrUnsupported)

// copyChunks makes one request and returns how many bytes were appended.
func (w *writer) copyChunks(offset, length int64, limits copyLimits) (int64, error) {
	in := make([]byte, 32, 32+24*limits.chunks)
	copy(in, w.source.key)
	var count, total int64
	for count < limits.chunks && total < length {
		size := min(limits.chunkBytes, length-total)
		var c [24]byte
		binary.LittleEndian.PutUint64(c[0:], uint64(offset+total))
		binary.LittleEndian.PutUint64(c[8:], uint64(w.off+total))
		binary.LittleEndian.PutUint32(c[16:], uint32(size))
		in = append(in, c[:]...)
		total += size
		count++
	}
	binary.LittleEndian.PutUint32(in[24:], uint32(count))
	var out []byte
	err := w.link.run(func(*link) (err error) {
		out, err = w.t.control(w.file, ctlCopyChunk, 12, in)
		return err
	})
	return total, judgeCopy(out, err, count, total)
}

// judgeCopy believes a server's answer to a request to copy only if all its numbers fit.
func judgeCopy(out []byte, err error, count, total int64) error {
	var odd *smb2.InvalidResponseError
	switch {
	case status(err) == statusInvalidParameter, errors.As(err, &odd):
		return fmt.Errorf("%w: %w", errTooMuch, err)
	case err != nil:
		return unsupported(err)
	case len(out) < 12:
		return fmt.Errorf("the server's answer to a request to copy has %d bytes", len(out))
	}
	chunks, part, bytes := binary.LittleEndian.Uint32(out[0:]), binary.LittleEndian.Uint32(out[4:]), binary.LittleEndian.Uint32(out[8:])
	if int64(chunks) != count || int64(bytes) != total || part != 0 {
		return fmt.Errorf("the server confirmed %d of %d chunks and %d of %d bytes", chunks, count, bytes, total)
	}
	return nil
}
