package lzma

import (
	"errors"
	"io"
)

// inputSize is how much of a stream is read at once.
const inputSize = 64 << 10

// chunk is how much is decoded at once: what fits into the processor's nearer caches.
const chunk = 64 << 10

// Reader decodes one stream.
type Reader struct {
	d     decoder
	r     io.Reader
	from  int   // what is decoded and not yet read starts here in the dictionary
	left  int64 // bytes still to be decoded, -1 if an end marker tells
	err   error // what comes after the bytes that are decoded
	inErr error // what comes after the input that was read
	real  int   // how much of the input buffer holds input
	next  func(*Reader) error

	chunks *chunks // of LZMA2
}

// NewReader1 decodes LZMA with the properties as 7z and others store them: one byte for lc, lp and pb, and the size of the
// dictionary in four. The size is that of the decoded data, or -1 if an end marker tells. Dictionary and buffers may take memory
// bytes. The stream is read when Read is called.
func NewReader1(r io.Reader, props [5]byte, size, memory int64) (*Reader, error) {
	z := &Reader{r: r, left: size, next: (*Reader).decode1}
	dict := int64(props[1]) | int64(props[2])<<8 | int64(props[3])<<16 | int64(props[4])<<24
	if size >= 0 {
		dict = min(dict, size)
	}
	z.d.setDict(dict, memory)
	if err := z.d.setProperties(props[0]); err != nil {
		return nil, err
	}
	return z, nil
}

// Dictionary is how many bytes the dictionary may grow to.
func (z *Reader) Dictionary() int64 { return int64(z.d.dictSize) }

// Read decodes. A part of a stream that is damaged is read before the error.
func (z *Reader) Read(p []byte) (int, error) {
	for z.from == z.d.pos {
		if z.err != nil {
			return 0, z.err
		}
		if len(p) == 0 {
			return 0, nil
		}
		if z.d.pos == z.d.dictSize {
			z.d.pos, z.d.full = 0, true
		}
		z.from = z.d.pos
		z.err = z.next(z)
	}
	n := copy(p, z.d.dict[z.from:z.d.pos])
	z.from += n
	return n, nil
}

// decode1 decodes the next piece of LZMA.
func (z *Reader) decode1() error {
	d := &z.d
	if d.in == nil {
		if err := z.begin(); err != nil {
			return err
		}
	}
	want := chunk
	if z.left >= 0 {
		want = int(min(z.left, chunk))
	}
	end, start := d.room(want), d.pos
	var err error
	for d.pos < end && err == nil && !d.ended {
		err = z.step(end)
	}
	if z.left >= 0 {
		z.left -= int64(d.pos - start)
	}
	switch {
	case err != nil:
		return err
	case d.ended && z.left > 0:
		return errShort
	case d.ended:
		return io.EOF
	case z.left == 0 && d.pending > 0:
		return errData
	case z.left == 0:
		return io.EOF
	}
	return nil
}

// begin reads the first input.
func (z *Reader) begin() error {
	d := &z.d
	d.in = make([]byte, inputSize+2*maxSymbol)
	if z.left == 0 {
		return io.EOF
	}
	z.refill()
	if z.real < 5 {
		return z.short()
	}
	d.reset()
	d.at = 5
	return d.start(d.in)
}

// step decodes as much as the input allows, up to end.
func (z *Reader) step(end int) error {
	d := &z.d
	if d.at+maxSymbol > z.real && z.inErr == nil {
		z.refill()
	}
	if d.at+maxSymbol <= z.real {
		return d.decode(end, z.real-maxSymbol+1)
	}
	// The last symbols, one at a time: zeros follow the input, and a symbol that takes from them is none.
	before := d.pos
	err := d.decode(end, d.at+1)
	if d.at > z.real {
		d.pos, d.pending, d.ended = before, 0, false
		return z.short()
	}
	return err
}

// refill moves what is left of the input to the front and reads more, up to the buffer's end or the input's.
func (z *Reader) refill() {
	d := &z.d
	z.real = copy(d.in, d.in[d.at:z.real])
	d.at = 0
	for z.real < inputSize && z.inErr == nil {
		var n int
		n, z.inErr = z.r.Read(d.in[z.real:inputSize])
		z.real += n
	}
	clear(d.in[z.real:])
}

// short is the error of input that ended too early, or could not be read.
func (z *Reader) short() error {
	if z.inErr != nil && !errors.Is(z.inErr, io.EOF) {
		return z.inErr
	}
	return errShort
}
