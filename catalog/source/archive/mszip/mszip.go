package mszip

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// MaxBlock is the most that one block decodes to, in bytes; so far back a block may refer too.
const MaxBlock = 32 << 10

const (
	room  = 256 << 10 // of a Decoder's buffer behind the history, so that the history is seldom moved
	slack = 16        // copying goes eight bytes at a time and may run over the end of a block
)

var (
	errShort = errors.New("the block ends too early")
	errLong  = errors.New("the block decodes to more than it says")
	errFar   = errors.New("a reference to before the beginning")
)

// Decoder decodes the blocks of one stream, one after the other. It must not be used concurrently.
type Decoder struct {
	buf       []byte
	pos       int // what is decoded ends here
	used      int // bytes of the last block
	hist      int // bytes before pos that a block may refer to
	lit, dist table
	fixed     bool // lit and dist are the codes that a block need not bring
	meta      table
	lens      [288 + 32]uint8
}

// New is a decoder for a stream of its own.
func New() *Decoder {
	d := &Decoder{buf: make([]byte, MaxBlock+room+slack)}
	d.lit.short = make([]uint32, 1<<litBits)
	d.dist.short = make([]uint32, 1<<distBits)
	d.meta.short = make([]uint32, 1<<7)
	return d
}

// Used is how many bytes the last block took of those that Block was given, where more may follow it.
func (d *Decoder) Used() int { return d.used }

// Memory is about what a Decoder takes, in bytes.
const Memory = 320 << 10

// Reset makes it new, for another stream.
func (d *Decoder) Reset() { d.hist, d.pos = 0, 0 }

// CopyFrom makes d go on where o stands.
func (d *Decoder) CopyFrom(o *Decoder) {
	d.hist, d.pos = o.hist, o.hist
	copy(d.buf, o.buf[o.pos-o.hist:o.pos])
}

// Block decodes one block, which must take at most n bytes, and returns them; they are valid until the next call. After
// an error the decoder is of no further use.
func (d *Decoder) Block(src []byte, n int) ([]byte, error) {
	if len(src) < 2 || src[0] != 'C' || src[1] != 'K' {
		return nil, errors.New("a block without its mark CK")
	}
	if n > MaxBlock {
		return nil, fmt.Errorf("a block of %d bytes, MSZIP allows %d", n, MaxBlock)
	}
	if d.pos+n+slack > len(d.buf) {
		copy(d.buf, d.buf[d.pos-d.hist:d.pos])
		d.pos = d.hist
	}
	s := state{in: src, ip: 2, pos: d.pos}
	for last := false; !last; {
		s.fill()
		last = s.take(1) == 1
		var err error
		switch s.take(2) {
		case 0:
			err = d.stored(&s, d.pos+n)
		case 1:
			d.fixedCodes()
			err = d.inflate(&s, d.pos+n)
		case 2:
			if err = d.readCodes(&s); err == nil {
				err = d.inflate(&s, d.pos+n)
			}
		default:
			err = errors.New("a Deflate block of an unknown kind")
		}
		if err != nil {
			return nil, err
		}
		if s.over() {
			return nil, errShort
		}
	}
	d.used = s.ip - int(s.n>>3)
	out := d.buf[d.pos:s.pos:s.pos]
	d.pos = s.pos
	d.hist = min(d.hist+len(out), MaxBlock)
	return out, nil
}

// fixedCodes makes the codes that a block need not bring. A hostile block can ask for them thousands of times.
func (d *Decoder) fixedCodes() {
	if d.fixed {
		return
	}
	// Neither can fail: the lengths are those of RFC 1951.
	_ = d.lit.build(fixedLits, litEntries)
	_ = d.dist.build(fives[:], distEntries)
	d.fixed = true
}

// fives are the lengths of the fixed distance code.
var fives = [30]uint8{
	5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5,
	5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5,
}

// state is where a block is being read and written.
type state struct {
	in  []byte
	ip  int    // the next byte of in; beyond its end, zeros are read
	b   uint64 // bits read and not taken, the next one lowest
	n   uint   // how many of them
	pos int    // in the decoder's buffer
}

// fill makes at least 56 bits ready. Behind the end of the block they are zeros; over tells.
func (s *state) fill() {
	if s.ip+8 <= len(s.in) {
		s.b |= binary.LittleEndian.Uint64(s.in[s.ip:]) << s.n
		s.ip += int(63-s.n) >> 3
		s.n |= 56
		return
	}
	for s.n <= 56 {
		if s.ip < len(s.in) {
			s.b |= uint64(s.in[s.ip]) << s.n
		}
		s.ip++
		s.n += 8
	}
}

func (s *state) take(n uint) int {
	v := s.b & (1<<n - 1)
	s.b >>= n
	s.n -= n
	return int(v)
}

// over reports whether more bits were taken than there are.
func (s *state) over() bool { return s.ip-int(s.n>>3) > len(s.in) }

func (d *Decoder) stored(s *state, end int) error {
	s.take(s.n & 7)
	s.ip -= int(s.n >> 3) // what was read ahead
	s.b, s.n = 0, 0
	if s.ip+4 > len(s.in) {
		return errShort
	}
	n := int(binary.LittleEndian.Uint16(s.in[s.ip:]))
	if n != int(^binary.LittleEndian.Uint16(s.in[s.ip+2:])) {
		return errors.New("the length of stored bytes contradicts itself")
	}
	s.ip += 4
	switch {
	case n > len(s.in)-s.ip:
		return errShort
	case n > end-s.pos:
		return errLong
	}
	copy(d.buf[s.pos:], s.in[s.ip:s.ip+n])
	s.ip += n
	s.pos += n
	return nil
}

// metaOrder is the order in which the lengths of the code for lengths come: RFC 1951, section 3.2.7.
var metaOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readCodes reads the two codes of a Deflate block.
func (d *Decoder) readCodes(s *state) error {
	d.fixed = false
	s.fill()
	nlit, ndist, nmeta := s.take(5)+257, s.take(5)+1, s.take(4)+4
	if nlit > 286 || ndist > 30 {
		return errors.New("codes for more symbols than there are")
	}
	var meta [19]uint8
	for i := range nmeta {
		if s.n < 3 {
			s.fill()
		}
		meta[metaOrder[i]] = uint8(s.take(3))
	}
	if err := d.meta.build(meta[:], metaEntries); err != nil {
		return err
	}
	lens := d.lens[:nlit+ndist]
	for i := 0; i < len(lens); {
		s.fill()
		e := d.meta.short[s.b&(1<<7-1)]
		if e == 0 {
			return errCode
		}
		s.take(uint(e & 31))
		sym := int(e >> 16)
		if sym < 16 {
			lens[i] = uint8(sym)
			i++
			continue
		}
		var l uint8
		var n int
		switch sym {
		case 16:
			if i == 0 {
				return errors.New("a repeated length before the first")
			}
			l, n = lens[i-1], 3+s.take(2)
		case 17:
			n = 3 + s.take(3)
		default:
			n = 11 + s.take(7)
		}
		if n > len(lens)-i {
			return errors.New("codes for more symbols than there are")
		}
		for range n {
			lens[i] = l
			i++
		}
		if s.over() {
			return errShort
		}
	}
	if err := d.lit.build(lens[:nlit], litEntries); err != nil {
		return err
	}
	return d.dist.build(lens[nlit:], distEntries)
}
