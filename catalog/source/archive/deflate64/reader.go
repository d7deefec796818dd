package deflate64

import (
	"fmt"
	"io"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

const (
	window   = 64 << 10
	maxBits  = 15
	literals = 288
	distance = 32
	endBlock = 256
)

var (
	errData  = fmt.Errorf("%w: the Deflate64 data make no sense", archive.ErrCorrupt)
	errShort = fmt.Errorf("%w: the Deflate64 data end too early: %w", archive.ErrCorrupt, io.ErrUnexpectedEOF)
)

// table finds a symbol by the next 15 bits: its number, and in the low 4 bits its length. 0 is no symbol.
type table [1 << maxBits]uint16

// Reader decodes one stream.
type Reader struct {
	in    io.ByteReader
	bits  uint64
	n     uint // bits that are there
	past  uint // bits that were made up behind the end of the input
	inErr error

	ring [window]byte
	pos  int   // where the next byte goes; what is behind it was decoded 64 KiB ago
	from int   // what is not yet read starts here
	out  int64 // bytes decoded

	lit, dist  table
	stored     int // bytes left of a stored block
	length     int // bytes left of a match
	back       int // its distance
	open, last bool
	kind       uint64
	err        error
}

// NewReader decodes what in holds. Bytes behind the end of the stream may be taken from in.
func NewReader(in io.ByteReader) *Reader { return &Reader{in: in} }

// Read decodes.
func (z *Reader) Read(p []byte) (int, error) {
	for z.from == z.pos {
		if z.err != nil {
			return 0, z.err
		}
		if len(p) == 0 {
			return 0, nil
		}
		if z.pos == window {
			z.pos = 0
		}
		z.from = z.pos
		for z.pos < window && z.err == nil {
			z.err = z.step()
		}
	}
	n := copy(p, z.ring[z.from:z.pos])
	z.from += n
	return n, nil
}

// need makes n bits available, at most 32. Behind the end of the input they are zeros, and an error once they are used.
func (z *Reader) need(n uint) {
	for z.n < n {
		b, err := z.in.ReadByte()
		if err != nil {
			z.inErr = err
			z.past += 8
			b = 0
		}
		z.bits |= uint64(b) << z.n
		z.n += 8
	}
}

// take removes n bits that are available.
func (z *Reader) take(n uint) uint64 {
	v := z.bits & (1<<n - 1)
	z.bits >>= n
	z.n -= n
	return v
}

// short reports whether bits were used that were not there.
func (z *Reader) short() error {
	if z.past == 0 || z.n >= z.past {
		return nil
	}
	if z.inErr != io.EOF && z.inErr != io.ErrUnexpectedEOF {
		return z.inErr
	}
	return errShort
}

// step decodes until the window's end or an error.
func (z *Reader) step() error {
	if !z.open {
		if z.last {
			return io.EOF
		}
		if err := z.block(); err != nil {
			return err
		}
		z.open = true
	}
	if z.kind == 0 {
		return z.copyStored()
	}
	for z.pos < window {
		if z.length > 0 {
			z.copyMatch()
			continue
		}
		before := z.pos
		end, err := z.symbol()
		if e := z.short(); e != nil {
			z.pos, z.length = before, 0
			return e
		}
		if err != nil {
			return err
		}
		if end {
			z.open = false
			return nil
		}
	}
	return nil
}

func (z *Reader) copyStored() error {
	for ; z.stored > 0 && z.pos < window; z.stored-- {
		z.need(8)
		b := byte(z.take(8))
		if err := z.short(); err != nil {
			return err
		}
		z.ring[z.pos] = b
		z.pos++
		z.out++
	}
	z.open = z.stored > 0
	return nil
}

func (z *Reader) copyMatch() {
	src := z.pos - z.back
	if src < 0 {
		src += window
	}
	for z.length > 0 && z.pos < window {
		z.ring[z.pos] = z.ring[src%window]
		z.pos, src = z.pos+1, src+1
		z.length--
		z.out++
	}
}

// symbol decodes a literal, the start of a match or the end of a block.
func (z *Reader) symbol() (end bool, err error) {
	s, ok := z.code(&z.lit)
	switch {
	case !ok:
		return false, errData
	case s < endBlock:
		z.ring[z.pos] = byte(s)
		z.pos++
		z.out++
		return false, nil
	case s == endBlock:
		return true, nil
	case s > 285:
		return false, errData
	}
	base, extra := lengthOf(s - endBlock - 1)
	z.need(extra)
	length := base + int(z.take(extra))
	d, ok := z.code(&z.dist)
	if !ok {
		return false, errData
	}
	base, extra = distanceOf(d)
	z.need(extra)
	z.length, z.back = length, base+int(z.take(extra))
	if int64(z.back) > z.out {
		z.length = 0
		return false, errData
	}
	return false, nil
}

// lengthOf gives the shortest length and the extra bits of the code i. The last code is where Deflate64 differs.
func lengthOf(i int) (base int, extra uint) {
	switch {
	case i == 28:
		return 3, 16
	case i < 8:
		return i + 3, 0
	}
	extra = uint(i/4 - 1)
	return (4+i%4)<<extra + 3, extra
}

// distanceOf gives the shortest distance and the extra bits of the code i.
func distanceOf(i int) (base int, extra uint) {
	if i < 4 {
		return i + 1, 0
	}
	extra = uint(i/2 - 1)
	return (2+i%2)<<extra + 1, extra
}

// code decodes a symbol.
func (z *Reader) code(t *table) (int, bool) {
	z.need(maxBits)
	e := t[z.bits%(1<<maxBits)]
	if e == 0 {
		return 0, false
	}
	z.take(uint(e & 15))
	return int(e >> 4), true
}

// block reads the header of a block.
func (z *Reader) block() error {
	z.need(3)
	z.last = z.take(1) == 1
	z.kind = z.take(2)
	var err error
	switch z.kind {
	case 0:
		z.take(z.n % 8)
		z.need(32)
		n, inverse := z.take(16), z.take(16)
		if z.stored = int(n); n != ^inverse&0xFFFF {
			err = errData
		}
	case 1:
		lengths := make([]uint8, literals+distance)
		for i := range lengths {
			switch {
			case i < 144, i >= 280 && i < literals:
				lengths[i] = 8
			case i < 256:
				lengths[i] = 9
			case i < 280:
				lengths[i] = 7
			default:
				lengths[i] = 5
			}
		}
		err = z.tables(lengths, literals)
	case 2:
		err = z.dynamic()
	default:
		err = errData
	}
	if e := z.short(); e != nil {
		return e
	}
	return err
}

// dynamic reads the lengths of the codes of a block.
func (z *Reader) dynamic() error {
	z.need(14)
	nLit, nDist, nLen := int(z.take(5))+257, int(z.take(5))+1, int(z.take(4))+4
	var lengths [19]uint8
	for i, at := range [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15} {
		if i < nLen {
			z.need(3)
			lengths[at] = uint8(z.take(3))
		}
	}
	if !z.lit.build(lengths[:]) {
		return errData
	}
	all := make([]uint8, nLit+nDist)
	for i := 0; i < len(all); {
		s, ok := z.code(&z.lit)
		if !ok {
			return errData
		}
		if s < 16 {
			all[i] = uint8(s)
			i++
			continue
		}
		var value uint8
		repeat := 0
		switch z.need(7); s {
		case 16:
			if i == 0 {
				return errData
			}
			value, repeat = all[i-1], 3+int(z.take(2))
		case 17:
			repeat = 3 + int(z.take(3))
		default:
			repeat = 11 + int(z.take(7))
		}
		if repeat > len(all)-i {
			return errData
		}
		for ; repeat > 0; repeat-- {
			all[i] = value
			i++
		}
	}
	return z.tables(all, nLit)
}

func (z *Reader) tables(lengths []uint8, nLit int) error {
	if !z.lit.build(lengths[:nLit]) || !z.dist.build(lengths[nLit:]) {
		return errData
	}
	return nil
}

// build fills a table from the lengths of the codes. Codes that are not all used are allowed, more than there can be are not.
func (t *table) build(lengths []uint8) bool {
	var count [maxBits + 1]int
	for _, l := range lengths {
		count[l]++
	}
	count[0] = 0
	var next [maxBits + 2]int
	for l := 1; l <= maxBits; l++ {
		next[l+1] = (next[l] + count[l]) << 1
		if next[l]+count[l] > 1<<l {
			return false
		}
	}
	clear(t[:])
	for s, l := range lengths {
		if l == 0 {
			continue
		}
		code := next[l]
		next[l]++
		reversed := 0
		for i := range l {
			reversed |= code >> i & 1 << (l - 1 - i)
		}
		for i := reversed; i < len(t); i += 1 << l {
			t[i] = uint16(s<<4) | uint16(l)
		}
	}
	return true
}
