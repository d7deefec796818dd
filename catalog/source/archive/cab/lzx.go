package cab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// LZX as cabinets use it: the stream is cut into frames of 32 KiB of output, one frame for each data block, and the bits
// of a frame begin on a 16-bit boundary. Source: "Microsoft LZX Data Compression Format", part of the Cabinet SDK, and
// [MS-PATCH] 2, which repairs its mistakes.

const (
	frameSize = 32 << 10 // bytes that a data block decodes to, the last one of a folder fewer

	lzxMain    = 256 + 50*8 // symbols of the main code with the largest window
	lzxLengths = 249        // symbols of the length code
	lzxPre     = 20
	lzxAligned = 8

	lzxVerbatim     = 1
	lzxAlignedBlock = 2
	lzxUncompressed = 3

	lzxSlack = 16 // copying goes eight bytes at a time and may run over the end
)

var (
	errLZXShort = errors.New("the block ends too early")
	errLZXCode  = errors.New("a code that stands for nothing")
	errLZXFar   = errors.New("a reference to before the beginning")
	errLZXRun   = errors.New("a match runs over the end of its block")
)

// lzxSlots is the number of position slots for a window of 1<<15 to 1<<21 bytes.
var lzxSlots = [...]int{30, 32, 34, 36, 38, 42, 50}

// lzxBase and lzxExtra say which distance a position slot begins at, two less, and how many bits follow it.
var lzxBase, lzxExtra = lzxPositions()

func lzxPositions() (base [64]int32, extra [64]uint8) {
	at := int32(0)
	for i := range 50 {
		if i >= 4 {
			extra[i] = uint8(min(17, i/2-1))
		}
		base[i] = at - 2
		at += 1 << extra[i]
	}
	return base, extra
}

// lzx decodes one folder.
type lzx struct {
	buf     []byte // the window before pos, then room for what comes
	pos     int
	window  int
	total   int64 // bytes decoded
	slots   int
	recent  [3]int // R0, R1, R2: the distances used last
	kind    int    // of the block that is being decoded
	left    int    // bytes still to come of it
	odd     bool   // a byte follows an uncompressed block of odd length
	header  bool   // the stream's first bits are read
	e8      int32  // what jumps of x86 code are relative to; 0: they are as they were
	out     []byte // a frame whose jumps were put back
	mainLen [lzxMain]uint8
	lenLen  [lzxLengths]uint8
	main    huffman
	length  huffman
	aligned huffman
	pre     huffman
}

// lzxMemory is what a decoder takes, in bytes.
func lzxMemory(bits int) int64 { return int64(lzxRoom(1<<bits)) + 96<<10 }

// lzxRoom is the length of the buffer: the window is moved to its front when it is full, so there is as much room again.
func lzxRoom(window int) int { return window + max(window, 256<<10) + frameSize + lzxSlack }

func newLZX(bits int) *lzx {
	d := &lzx{window: 1 << bits, slots: lzxSlots[bits-15], buf: make([]byte, lzxRoom(1<<bits))}
	d.reset()
	return d
}

func (d *lzx) reset() {
	*d = lzx{window: d.window, slots: d.slots, buf: d.buf, out: d.out, recent: [3]int{1, 1, 1}}
}

func (d *lzx) copyFrom(from decoder) {
	o := from.(*lzx)
	buf, out := d.buf, d.out
	*d = *o
	d.buf, d.out = buf, out
	d.pos = copy(d.buf, o.buf[max(0, o.pos-o.window):o.pos])
}

// decode decodes one frame of n bytes.
func (d *lzx) decode(src []byte, n int) ([]byte, error) {
	if n > frameSize {
		return nil, fmt.Errorf("a block of %d bytes, LZX allows %d", n, frameSize)
	}
	if d.pos+n+lzxSlack > len(d.buf) {
		d.pos = copy(d.buf, d.buf[d.pos-d.window:d.pos])
	}
	s := lzxBits{in: src}
	if d.odd && d.left == 0 {
		s.ip, d.odd = 1, false
	}
	if !d.header {
		d.header = true
		if s.take(1) == 1 {
			high := s.take(16)
			d.e8 = int32(uint32(high)<<16 | uint32(s.take(16)))
		}
	}
	start, end := d.pos, d.pos+n
	for d.pos < end {
		if d.left == 0 {
			if err := d.readBlock(&s); err != nil {
				return nil, err
			}
			if s.over() {
				return nil, errLZXShort
			}
			if d.left == 0 {
				continue // an empty block takes some bits at least
			}
		}
		run := min(d.left, end-d.pos)
		if d.kind == lzxUncompressed {
			if run > len(src)-s.ip {
				return nil, errLZXShort
			}
			copy(d.buf[d.pos:], src[s.ip:s.ip+run])
			s.ip += run
			d.pos += run
		} else if err := d.inflate(&s, d.pos+run); err != nil {
			return nil, err
		}
		d.left -= run
		if d.left == 0 && d.kind == lzxUncompressed && d.odd {
			// The byte that makes it even may be the last of this frame or the first of the next.
			if s.ip < len(src) {
				s.ip++
				d.odd = false
			}
		}
	}
	if s.over() {
		return nil, errLZXShort
	}
	frame := d.buf[start:end:end]
	if d.e8 != 0 && n > 10 && d.total < 1<<30 {
		d.out = append(d.out[:0], frame...)
		putBackCalls(d.out, int32(d.total), d.e8)
		frame = d.out
	}
	d.total += int64(n)
	return frame, nil
}

// putBackCalls undoes what the compressor did to x86 calls: it made their relative targets absolute, so that calls of one
// function look the same.
func putBackCalls(b []byte, at, size int32) {
	for i := 0; ; i += 5 {
		n := -1
		if i < len(b)-10 {
			n = bytes.IndexByte(b[i:len(b)-10], 0xE8)
		}
		if n < 0 {
			return
		}
		i += n
		here := at + int32(i)
		target := int32(binary.LittleEndian.Uint32(b[i+1:]))
		if target >= -here && target < size {
			if target >= 0 {
				target -= here
			} else {
				target += size
			}
			binary.LittleEndian.PutUint32(b[i+1:], uint32(target))
		}
	}
}

// readBlock reads the head of a block and its codes.
func (d *lzx) readBlock(s *lzxBits) error {
	d.kind = s.take(3)
	d.left = s.take(16) << 8
	d.left |= s.take(8)
	switch d.kind {
	case lzxUncompressed:
		return d.readUncompressed(s)
	case lzxAlignedBlock:
		var lens [lzxAligned]uint8
		for i := range lens {
			lens[i] = uint8(s.take(3))
		}
		if err := d.aligned.build(lens[:]); err != nil {
			return err
		}
	case lzxVerbatim:
	default:
		return fmt.Errorf("an LZX block of kind %d, there are 1, 2 and 3", d.kind)
	}
	mainLen := d.mainLen[:256+8*d.slots]
	if err := d.readLengths(s, mainLen[:256]); err != nil {
		return err
	}
	if err := d.readLengths(s, mainLen[256:]); err != nil {
		return err
	}
	if err := d.main.build(mainLen); err != nil {
		return err
	}
	if err := d.readLengths(s, d.lenLen[:]); err != nil {
		return err
	}
	return d.length.build(d.lenLen[:])
}

func (d *lzx) readUncompressed(s *lzxBits) error {
	s.align()
	if s.ip+12 > len(s.in) {
		return errLZXShort
	}
	for i := range d.recent {
		r := binary.LittleEndian.Uint32(s.in[s.ip:])
		s.ip += 4
		d.recent[i] = int(min(r, 1<<30)) // beyond any window: refused where it is used
	}
	d.odd = d.left&1 == 1
	return nil
}

// readLengths reads lengths of codes, which are told as differences from those of the block before.
func (d *lzx) readLengths(s *lzxBits, lens []uint8) error {
	var pre [lzxPre]uint8
	for i := range pre {
		pre[i] = uint8(s.take(4))
	}
	if err := d.pre.build(pre[:]); err != nil {
		return err
	}
	for i := 0; i < len(lens); {
		sym, err := s.symbol(&d.pre)
		if err != nil {
			return err
		}
		n, l := 1, uint8(0)
		switch sym {
		case 17:
			n = 4 + s.take(4)
		case 18:
			n = 20 + s.take(5)
		case 19:
			n = 4 + s.take(1)
			if sym, err = s.symbol(&d.pre); err != nil {
				return err
			}
			if sym > 16 {
				return errors.New("a repeated length that is none")
			}
			fallthrough
		default:
			l = (lens[i] + 17 - uint8(sym)) % 17
		}
		if n > len(lens)-i {
			// Compressors are known to write a run that goes on behind the last symbol.
			n = len(lens) - i
		}
		for range n {
			lens[i] = l
			i++
		}
		if s.over() {
			return errLZXShort
		}
	}
	return nil
}

// lzxBits reads 16-bit words, the low byte first, the high bit first.
type lzxBits struct {
	in []byte
	ip int    // the next byte of in; beyond its end, zeros are read
	b  uint64 // bits read and not taken, the next one highest
	n  int    // how many of them
}

// fill makes at least 32 bits ready. Behind the end of the block they are zeros; over tells.
func (s *lzxBits) fill() {
	for s.n <= 48 {
		var w uint64
		if s.ip < len(s.in) {
			w = uint64(s.in[s.ip])
		}
		if s.ip+1 < len(s.in) {
			w |= uint64(s.in[s.ip+1]) << 8
		}
		s.ip += 2
		s.b |= w << (48 - s.n)
		s.n += 16
	}
}

func (s *lzxBits) take(n int) int {
	if s.n < n {
		s.fill()
	}
	v := s.b >> (64 - n)
	s.b <<= n
	s.n -= n
	return int(v)
}

func (s *lzxBits) symbol(h *huffman) (int, error) {
	if s.n < 16 {
		s.fill()
	}
	e := h.find(s.b)
	if e == 0 {
		return 0, errLZXCode
	}
	s.take(int(e & 31))
	return int(e >> 5), nil
}

// over reports whether more was taken than there is. Sixteen bits more are let pass: some compressors leave the last word
// out if it is zero.
func (s *lzxBits) over() bool { return s.ip-s.n/8 > len(s.in)+2 }

// align goes to the next word; where one begins already, to the one behind it.
func (s *lzxBits) align() {
	s.take(1)
	s.take(s.n & 15)
	s.ip -= s.n / 8
	s.b, s.n = 0, 0
}
