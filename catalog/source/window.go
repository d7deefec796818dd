package source

import "io"

// maxLook is how many bytes of a file Recognise reads at most, whatever the file's size and whatever it claims.
const maxLook = 512 << 10

// window reads parts of a file within a budget.
type window struct {
	r    io.ReaderAt
	size int64
	left int // bytes that may still be read
}

// bytes returns the n bytes at off. It returns fewer where the file ends, and none outside of it, after a read error
// or when the budget is used up.
func (w *window) bytes(off int64, n int) []byte {
	if off < 0 || n <= 0 || off >= w.size {
		return nil
	}
	n = int(min(int64(n), w.size-off))
	if n > w.left {
		return nil
	}
	w.left -= n
	b := make([]byte, n)
	got, err := w.r.ReadAt(b, off)
	if err != nil && err != io.EOF {
		return nil
	}
	return b[:max(0, min(got, n))]
}

// exactly returns the n bytes at off, or none.
func (w *window) exactly(off int64, n int) []byte {
	if b := w.bytes(off, n); len(b) == n {
		return b
	}
	return nil
}

// ReadAt implements io.ReaderAt within the budget: beyond it the file has ended.
func (w *window) ReadAt(p []byte, off int64) (int, error) {
	n := copy(p, w.bytes(off, len(p)))
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
