package szdd

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/mszip"
)

const (
	windowSize = 4096
	chunkSize  = 64 << 10 // bytes decoded at a time
)

// plain are bytes as they are, or inverted.
type plain struct {
	src    *bufio.Reader
	buf    [16 << 10]byte
	invert bool
}

func (p *plain) next() ([]byte, error) {
	n, err := p.src.Read(p.buf[:])
	if p.invert {
		for i := range p.buf[:n] {
			p.buf[i] = ^p.buf[i]
		}
	}
	return p.buf[:n], err
}

// window is the last 4 KiB decoded, spaces at first, and behind them what is decoded now.
type window struct {
	buf []byte
	pos int
}

func newWindow() window {
	w := window{buf: make([]byte, windowSize+chunkSize+256), pos: windowSize}
	for i := range w.buf[:windowSize] {
		w.buf[i] = ' '
	}
	return w
}

// turn makes room for another chunk.
func (w *window) turn() {
	copy(w.buf, w.buf[w.pos-windowSize:w.pos])
	w.pos = windowSize
}

func (w *window) full() bool { return w.pos >= windowSize+chunkSize }

func (w *window) decoded() []byte { return w.buf[windowSize:w.pos] }

// match repeats what lies dist bytes back, 1 to 4096.
func (w *window) match(dist, length int) {
	for end := w.pos + length; w.pos < end; {
		// What is copied already may be copied in turn.
		w.pos += copy(w.buf[w.pos:end], w.buf[w.pos-dist:w.pos])
	}
}

// lzss is the method of SZDD: a byte of flags, the lowest first, then for each either a literal or two bytes of a match:
// 12 bits of a place in the window, and the length less three.
type lzss struct {
	window
	src   *bufio.Reader
	at    int // the place in the window, as the format counts it
	flags int // still to come, below a bit that ends them
	err   error
}

func newLZSS(src *bufio.Reader, start int) *lzss {
	return &lzss{window: newWindow(), src: src, at: start, flags: 1}
}

func (d *lzss) next() ([]byte, error) {
	if d.err != nil {
		return nil, d.err
	}
	d.turn()
	for !d.full() {
		if d.flags == 1 {
			d.groups()
			if d.full() {
				break
			}
			c, err := d.src.ReadByte()
			if err != nil {
				d.err = err
				break
			}
			d.flags = int(c) | 0x100
		}
		c, err := d.src.ReadByte()
		if err != nil {
			d.err = err
			break
		}
		literal := d.flags&1 == 1
		d.flags >>= 1
		if literal {
			d.buf[d.pos] = c
			d.pos++
			d.at++
			continue
		}
		c2, err := d.src.ReadByte()
		if err != nil {
			d.err = err
			break
		}
		d.token(c, c2)
	}
	return d.decoded(), d.err
}

// token repeats what two bytes say.
func (d *lzss) token(c, c2 byte) {
	length := int(c2&15) + 3
	dist := (d.at - (int(c) | int(c2&0xF0)<<4)) & (windowSize - 1)
	if dist == 0 {
		dist = windowSize
	}
	d.match(dist, length)
	d.at += length
}

// groups decodes whole groups of eight as long as their bytes are sure to be there: 17 are the most that one takes.
func (d *lzss) groups() {
	const most = 17
	if _, err := d.src.Peek(most); err != nil {
		return // next tells
	}
	in, _ := d.src.Peek(d.src.Buffered())
	i := 0
	for i+most <= len(in) && !d.full() {
		flags := in[i]
		i++
		for range 8 {
			if flags&1 == 1 {
				d.buf[d.pos] = in[i]
				d.pos++
				d.at++
				i++
			} else {
				d.token(in[i], in[i+1])
				i += 2
			}
			flags >>= 1
		}
	}
	_, _ = d.src.Discard(i) // was peeked at
}

// zipped is KWAJ's method 4: blocks of MSZIP, each behind its length, until a length of 0.
type zipped struct {
	src *bufio.Reader
	dec *mszip.Decoder
}

func newZipped(src *bufio.Reader) *zipped {
	return &zipped{bufio.NewReaderSize(src, 128<<10), mszip.New()}
}

func (d *zipped) next() ([]byte, error) {
	head, err := d.src.Peek(2)
	if len(head) == 0 || len(head) == 2 && binary.LittleEndian.Uint16(head) == 0 {
		if err == nil {
			err = io.EOF
		}
		return nil, err
	}
	if len(head) < 2 {
		return nil, fmt.Errorf("the file ends too early: %w", archive.ErrCorrupt)
	}
	_, _ = d.src.Discard(2) // was peeked at
	// Whether the length counts the mark of the block is told either way: the block itself says where it ends.
	block, err := d.src.Peek(96 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	out, err := d.dec.Block(block, mszip.MaxBlock)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", archive.ErrCorrupt, err)
	}
	_, _ = d.src.Discard(d.dec.Used())
	return out, nil
}
