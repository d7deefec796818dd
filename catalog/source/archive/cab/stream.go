package cab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/mszip"
)

// Methods of folders: the lowest four bits name one, the higher ones its parameters.
const (
	methodMask    = 0x0F
	methodStored  = 0
	methodMSZIP   = 1
	methodQuantum = 2
	methodLZX     = 3
)

// errGone is what a file's reader says when its time is over.
var errGone = errors.New("cab: the file was read after its turn")

// decoder decodes the data blocks of one folder in their order.
type decoder interface {
	// decode returns the n bytes of a block, valid until the next call.
	decode(src []byte, n int) ([]byte, error)
	// copyFrom makes it go on where another decoder of the same method stands.
	copyFrom(decoder)
	// reset makes it new for another folder, with the memory that it has.
	reset()
}

type stored struct{}

func (stored) decode(src []byte, n int) ([]byte, error) {
	if len(src) != n {
		return nil, fmt.Errorf("%d bytes are stored, %d are told", len(src), n)
	}
	return src, nil
}

func (stored) copyFrom(decoder) {}
func (stored) reset()           {}

type zipped struct{ *mszip.Decoder }

func (z zipped) decode(src []byte, n int) ([]byte, error) {
	out, err := z.Block(src, n)
	if err == nil && len(out) != n {
		err = fmt.Errorf("it decodes to %d bytes, %d are told", len(out), n)
	}
	return out, err
}

func (z zipped) copyFrom(o decoder) { z.CopyFrom(o.(zipped).Decoder) }
func (z zipped) reset()             { z.Reset() }

// newDecoder is one for a folder's method.
func newDecoder(method uint16, memory int64) (decoder, error) {
	bits := int(method >> 8 & 0x1F)
	room := func(need int64) error {
		if 2*need+readAhead > memory { // a copy is kept where files lie on the same bytes
			return fmt.Errorf("the window of %d KiB takes more memory than is allowed: %w", 1<<bits>>10, archive.ErrLimit)
		}
		return nil
	}
	switch method & methodMask {
	case methodStored:
		return stored{}, nil
	case methodMSZIP:
		return zipped{mszip.New()}, room(mszip.Memory)
	case methodQuantum:
		if bits < 10 || bits > 21 {
			return nil, fmt.Errorf("a Quantum window of 2^%d bytes is %w", bits, archive.ErrUnsupported)
		}
		if err := room(quantumMemory(bits)); err != nil {
			return nil, err
		}
		return newQuantum(bits), nil
	case methodLZX:
		if bits < 15 || bits > 21 {
			return nil, fmt.Errorf("an LZX window of 2^%d bytes is %w", bits, archive.ErrUnsupported)
		}
		if err := room(lzxMemory(bits)); err != nil {
			return nil, err
		}
		return newLZX(bits), nil
	}
	return nil, fmt.Errorf("compression method %d is %w", method&methodMask, archive.ErrUnsupported)
}

// extraction is what the folders of one Extract use in turn.
type extraction struct {
	ctx    context.Context
	memory int64
	space  []byte
	method uint16
	dec    decoder // of that method, if there was a folder already
	copy   decoder // a place to keep where dec stood
}

func (x *extraction) decoder(method uint16) (decoder, error) {
	if x.dec != nil && x.method == method {
		x.dec.reset()
		return x.dec, nil
	}
	d, err := newDecoder(method, x.memory)
	if err != nil {
		return nil, err
	}
	x.dec, x.copy, x.method = d, nil, method
	return d, nil
}

// stream decodes a folder from its beginning.
type stream struct {
	x     *extraction
	f     *folder
	dec   decoder
	at    blocks
	cur   []byte // decoded and not read yet
	pos   int64  // where cur begins
	saved *place

	// The block that cur is the rest of, so that going back within it costs nothing.
	block   []byte
	blockAt int64

	// What cannot be decoded, and why. Nothing behind a damaged block can, unless the folder is only stored.
	bad             error
	badFrom, badEnd int64
}

// place is where a stream stood.
type place struct {
	at  blocks
	cur []byte
	pos int64
}

func newStream(x *extraction, f *folder) *stream {
	s := &stream{x: x, f: f}
	if x.space == nil {
		x.space = make([]byte, readAhead)
	}
	s.at = newBlocks(f, x.space)
	if f.lost != nil {
		s.fail(f.lost, 0, math.MaxInt64)
		return s
	}
	var err error
	if s.dec, err = x.decoder(f.method); err != nil {
		s.fail(err, 0, math.MaxInt64)
	}
	return s
}

func (s *stream) fail(err error, from, end int64) {
	s.bad, s.badFrom, s.badEnd = fmt.Errorf("cab: %w", err), from, end
}

// next decodes the next block into cur.
func (s *stream) next() error {
	if err := s.x.ctx.Err(); err != nil {
		return err
	}
	if s.bad != nil && s.badEnd == math.MaxInt64 && s.pos >= s.badFrom {
		return s.bad
	}
	s.block = nil // it does not outlive the next one
	data, n, err := s.at.next()
	switch {
	case err == nil:
		if s.cur, err = s.dec.decode(data, n); err == nil {
			s.block, s.blockAt = s.cur, s.pos
			return nil
		}
		err = fmt.Errorf("data block %d of %s: %w: %w", s.at.number, s.at.in.Name, archive.ErrCorrupt, err)
	case errors.Is(err, errEnd) && s.f.noEnd != "":
		err = fmt.Errorf("the file goes on in %s, which is not here: %w", s.f.noEnd, archive.ErrMissingPart)
	case errors.Is(err, errEnd):
		err = fmt.Errorf("the file is longer than the data of its folder: %w", archive.ErrCorrupt)
	}
	s.cur = nil
	if s.f.method&methodMask == methodStored && n > 0 {
		s.fail(err, s.pos, s.pos+int64(n))
		s.pos += int64(n)
	} else {
		s.fail(err, s.pos, math.MaxInt64)
	}
	return s.bad
}

// seek makes cur begin at an offset, or tells why it cannot.
func (s *stream) seek(off int64) error {
	if s.bad != nil && off >= s.badFrom && off < s.badEnd {
		return s.bad
	}
	if s.pos > off {
		s.rewind(off)
	}
	for s.pos+int64(len(s.cur)) <= off {
		s.pos += int64(len(s.cur))
		s.cur = nil
		if s.f.method&methodMask == methodStored {
			if skipped, err := s.skipBlock(off); err != nil {
				return err
			} else if skipped {
				continue
			}
		}
		if err := s.next(); err != nil {
			if err == s.bad && s.badEnd <= off {
				continue // a stored block that the file does not need
			}
			return err
		}
	}
	s.cur = s.cur[off-s.pos:]
	s.pos = off
	return nil
}

// skipBlock passes over a stored block that ends before an offset, without reading it.
func (s *stream) skipBlock(off int64) (bool, error) {
	if err := s.x.ctx.Err(); err != nil {
		return false, err
	}
	ahead := s.at
	ahead.joined = nil
	if err := ahead.head(true); err != nil || ahead.n == 0 || s.pos+int64(ahead.n) > off {
		return false, nil // next says what is the matter
	}
	s.block = nil
	// Reading goes on through the same buffer, whichever of the two moved it.
	ahead.joined = s.at.joined
	s.at = ahead
	s.pos += int64(ahead.n)
	return true, nil
}

// save keeps where the stream stands, for a file that begins before the end of the one that is about to be read.
func (s *stream) save(end int64) {
	if s.dec == nil || s.block != nil && end <= s.blockAt+int64(len(s.block)) {
		return // rewind will find it in the block
	}
	if s.x.copy == nil {
		s.x.copy, _ = newDecoder(s.f.method, s.x.memory) // there was one already
	}
	s.x.copy.copyFrom(s.dec)
	s.saved = &place{at: s.at, cur: append([]byte(nil), s.cur...), pos: s.pos}
	s.saved.at.joined = nil
}

// rewind goes back in the block, or to the last place kept before an offset, or to the beginning.
func (s *stream) rewind(off int64) {
	if s.block != nil && off >= s.blockAt {
		s.cur, s.pos = s.block[off-s.blockAt:], off
		return
	}
	s.block = nil
	if s.saved != nil && s.saved.pos <= off {
		s.dec.copyFrom(s.x.copy)
		s.at, s.cur, s.pos = s.saved.at, s.saved.cur, s.saved.pos
		s.at.buf = s.at.space[:0] // it was read over since
		return
	}
	s.dec.reset()
	s.at, s.cur, s.pos = newBlocks(s.f, s.x.space), nil, 0
}

// fileReader reads one file; it is valid until fn returns.
type fileReader struct {
	f     *file
	s     *stream
	left  int64
	begun bool
	keep  bool // the next file begins before this one ends
	err   error
}

// some returns bytes of the file that are decoded, decoding a block if there are none.
func (r *fileReader) some() ([]byte, error) {
	switch {
	case r.err != nil:
		return nil, r.err
	case r.f.lost != nil:
		r.err = fmt.Errorf("cab: %w", r.f.lost)
		return nil, r.err
	case r.left == 0:
		return nil, io.EOF
	}
	if !r.begun {
		r.begun = true
		if r.err = r.s.seek(r.f.offset); r.err != nil {
			return nil, r.err
		}
		if r.keep {
			r.s.save(r.f.offset + r.f.Size)
		}
	}
	for len(r.s.cur) == 0 {
		if r.err = r.s.next(); r.err != nil {
			return nil, r.err
		}
	}
	return r.s.cur[:min(int64(len(r.s.cur)), r.left)], nil
}

func (r *fileReader) taken(n int) {
	r.left -= int64(n)
	r.s.cur = r.s.cur[n:]
	r.s.pos += int64(n)
}

func (r *fileReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := r.some()
	if err != nil {
		return 0, err
	}
	n := copy(p, b)
	r.taken(n)
	return n, nil
}

// WriteTo writes the decoded blocks as they are, so that io.Copy needs no buffer of its own.
func (r *fileReader) WriteTo(w io.Writer) (written int64, err error) {
	for {
		b, err := r.some()
		if errors.Is(err, io.EOF) {
			return written, nil
		} else if err != nil {
			return written, err
		}
		n, err := w.Write(b)
		r.taken(n)
		written += int64(n)
		if err != nil {
			return written, err
		}
		if n < len(b) {
			return written, io.ErrShortWrite
		}
	}
}
