package nsis

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// feed buffers what a decoder reads. After fill there are always feedSlack bytes behind pos, zeros where the input has
// ended, so that decoders look at the end of the input once for each symbol and not once for each byte.
type feed struct {
	r        io.Reader
	buf      []byte
	pos, end int // the unread bytes are buf[pos:end]
	ended    bool
	err      error // of r, other than its end
}

const (
	feedSize  = 64 << 10
	feedSlack = 64 // more than the longest symbol of any method takes
)

func (f *feed) reset(r io.Reader) {
	if f.buf == nil {
		f.buf = make([]byte, feedSize+feedSlack)
	}
	*f = feed{r: r, buf: f.buf}
}

// fill makes sure of feedSlack bytes behind pos.
func (f *feed) fill() {
	if f.end-f.pos >= feedSlack || f.ended {
		return
	}
	// What was taken last is kept: a decoder of bits gives whole bytes back.
	const back = 8
	from := max(f.pos-back, 0)
	copy(f.buf, f.buf[from:f.end])
	f.pos, f.end = f.pos-from, f.end-from
	for f.end-f.pos < feedSlack && !f.ended {
		n, err := f.r.Read(f.buf[f.end:feedSize])
		f.end += n
		if err != nil {
			f.ended = true
			if !errors.Is(err, io.EOF) {
				f.err = err
			}
			clear(f.buf[f.end : f.end+feedSlack])
		}
	}
}

// check is an error if more was taken than there was.
func (f *feed) check() error {
	if f.pos <= f.end {
		return nil
	}
	if f.err != nil {
		return f.err
	}
	return fmt.Errorf("%w: the compressed data end too early", archive.ErrCorrupt)
}

// window holds what was decoded last: buf[:rd] was handed out, buf[rd:wr] was not. It grows as it is used, so that a
// stream costs what it holds and not what it claims.
type window struct {
	buf    []byte
	rd, wr int
	size   int // how far back the method may refer
	most   int // bytes that buf may have
}

const (
	windowStart = 64 << 10
	windowAhead = 256 << 10 // decoded beyond size before the window is moved
)

func (w *window) reset(size int, most int64) {
	*w = window{buf: w.buf, size: size, most: int(min(most, int64(size)+max(int64(size/2), windowAhead)))}
}

// room makes sure that at least n bytes can be written. All was handed out.
func (w *window) room(n int) error {
	if len(w.buf)-w.wr >= n {
		return nil
	}
	if len(w.buf) < w.most {
		b := make([]byte, min(max(windowStart, 2*len(w.buf), w.wr+n), w.most))
		copy(b, w.buf[:w.wr])
		w.buf = b
	}
	if keep := min(w.wr, w.size); len(w.buf)-w.wr < n {
		copy(w.buf, w.buf[w.wr-keep:w.wr])
		w.rd, w.wr = keep, keep
	}
	if len(w.buf)-w.wr < n {
		return fmt.Errorf("%w: the compressed data refer to %d bytes back", archive.ErrLimit, w.size)
	}
	return nil
}

// coder is one compression method. run decodes some more into the window; io.EOF is the end of the stream.
type coder interface {
	start(in *feed, w *window, most int64) error
	run() error
}

// decoder reads what a coder decodes. It can be used for one stream after the other.
type decoder struct {
	c    coder
	in   feed
	w    window
	most int64
	err  error
}

func (d *decoder) reset(r io.Reader) {
	d.in.reset(r)
	d.err = d.c.start(&d.in, &d.w, d.most)
}

func (d *decoder) Read(p []byte) (int, error) {
	for d.w.rd == d.w.wr {
		if d.err != nil {
			return 0, d.err
		}
		d.err = d.c.run()
	}
	n := copy(p, d.w.buf[d.w.rd:d.w.wr])
	d.w.rd += n
	return n, nil
}

func u32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func u16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
