package lzma

import (
	"fmt"
	"io"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// chunks is the state of an LZMA2 stream: a row of chunks, each of which says whether it starts the dictionary, the
// properties and the probabilities anew.
type chunks struct {
	left   int // bytes still to be decoded of this chunk
	stored bool
	least  byte // the least control byte that a compressed chunk may have now: what it must start anew
}

// The control bytes of chunks; of compressed ones the low five bits belong to the size.
const (
	storedNewDict = 0x01
	storedMore    = 0x02
	compressed    = 0x80
	newState      = 0xA0
	newProps      = 0xC0
	newDict       = 0xE0
)

var errChunk = fmt.Errorf("%w: an LZMA2 chunk contradicts itself", archive.ErrCorrupt)

// NewReader2 decodes LZMA2. The byte tells the size of the dictionary, as 7z and xz store it. The dictionary may take
// memory bytes. The stream tells itself where it ends.
func NewReader2(r io.Reader, dict byte, memory int64) (*Reader, error) {
	size := int64(2|dict&1) << (dict/2 + 11)
	switch {
	case dict > 40:
		return nil, errProperties
	case dict == 40:
		size = 1<<32 - 1
	}
	z := &Reader{r: r, left: -1, next: (*Reader).decode2, chunks: &chunks{least: newDict}}
	z.d.setDict(size, memory)
	return z, nil
}

// decode2 decodes the next piece of LZMA2.
func (z *Reader) decode2() error {
	d, c := &z.d, z.chunks
	if c.left == 0 {
		if err := z.header(); err != nil {
			return err
		}
	}
	end, start := d.room(min(c.left, chunk)), d.pos
	z.from = start // room may have started the ring anew
	if c.stored {
		n, err := io.ReadFull(z.r, d.dict[start:end])
		d.pos += n
		d.total += int64(n)
		c.left -= n
		return z.ended(err)
	}
	err := d.decode(end, len(d.in)-maxSymbol)
	c.left -= d.pos - start
	switch {
	case err != nil:
		return err
	case d.ended, d.pos < end: // there is no end marker in LZMA2
		return errChunk
	case c.left == 0 && (d.pending > 0 || d.at > len(d.in)-2*maxSymbol):
		return errChunk
	}
	return nil
}

// header reads the header of the next chunk, and the data of one that is compressed.
func (z *Reader) header() error {
	d, c := &z.d, z.chunks
	var h [6]byte
	if _, err := io.ReadFull(z.r, h[:1]); err != nil {
		return z.ended(err)
	}
	control := h[0]
	n := 2 // bytes that follow
	switch {
	case control == 0:
		return io.EOF
	case control >= newProps:
		n = 5
	case control >= compressed:
		n = 4
	case control > storedMore:
		return errChunk
	}
	if _, err := io.ReadFull(z.r, h[1:1+n]); err != nil {
		return z.ended(err)
	}
	if control >= newDict || control == storedNewDict {
		c.least = newProps
		d.pos, d.full, d.total, z.from = 0, false, 0, 0
	} else if c.least == newDict {
		return errChunk
	}
	c.left = int(h[1])<<8 + int(h[2]) + 1
	if c.stored = control < compressed; c.stored {
		return nil
	}
	if control < c.least {
		return errChunk
	}
	c.left += int(control&0x1F) << 16
	if control >= newProps {
		if err := d.setProperties(h[5]); err != nil || d.lc+d.lp > 4 {
			return errProperties
		}
	}
	if control >= newState {
		d.reset()
	}
	c.least = compressed
	return z.load(int(h[3])<<8 + int(h[4]) + 1)
}

// load reads the n bytes of a compressed chunk.
func (z *Reader) load(n int) error {
	d := &z.d
	if d.in == nil {
		d.in = make([]byte, 0, inputSize+2*maxSymbol)
	}
	if n < 5 {
		return errChunk
	}
	d.in = d.in[:n+2*maxSymbol]
	if _, err := io.ReadFull(z.r, d.in[:n]); err != nil {
		return z.ended(err)
	}
	clear(d.in[n:])
	d.at = 5
	return d.start(d.in)
}

// ended turns the end of the input into the error that it is here.
func (z *Reader) ended(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errShort
	}
	return err
}
