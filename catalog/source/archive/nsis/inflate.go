package nsis

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// inflate decodes DEFLATE (RFC 1951) with one freedom: NSIS before 3 writes stored blocks without the complement of their
// length.
type inflate struct {
	// bare is what is assumed of the first stored block whose bytes do not tell: no complement.
	bare bool

	in   *feed
	w    *window
	bits uint64
	n    uint // bits in bits
	last bool // the current block is the last one

	inBlock bool
	stored  int // bytes of a stored block that are still to come, -1 in another block
	known   bool
	fixed   bool // lit and dist hold the fixed codes
	lit     codes
	dist    codes
}

const (
	inflateHistory = 32 << 10
	inflateChunk   = 64 << 10
)

func (d *inflate) start(in *feed, w *window, most int64) error {
	w.reset(inflateHistory, most)
	d.in, d.w, d.bits, d.n = in, w, 0, 0
	d.last, d.inBlock, d.known, d.stored = false, false, false, -1
	return nil
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{archive.ErrCorrupt}, args...)...)
}

// more makes sure of 56 bits.
func (d *inflate) more() error {
	if err := d.overrun(); err != nil {
		return err
	}
	d.in.fill()
	for d.n < 56 {
		d.bits |= uint64(d.in.buf[d.in.pos]) << d.n
		d.in.pos++
		d.n += 8
	}
	return nil
}

func (d *inflate) take(n uint) uint32 {
	v := uint32(d.bits & (1<<n - 1))
	d.bits >>= n
	d.n -= n
	return v
}

// overrun is an error if bits were used that the input does not have.
func (d *inflate) overrun() error {
	if d.in.pos-int(d.n/8) <= d.in.end {
		return nil
	}
	d.in.pos = d.in.end + 1
	return d.in.check()
}

func (d *inflate) run() error {
	if err := d.w.room(inflateChunk); err != nil {
		return err
	}
	for before := d.w.wr; d.w.wr == before; {
		var err error
		switch {
		case !d.inBlock && d.last:
			return io.EOF
		case !d.inBlock:
			err = d.block()
		case d.stored >= 0:
			err = d.copyStored()
		default:
			err = d.symbols()
		}
		if err == nil {
			err = d.overrun()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// block reads the head of a block.
func (d *inflate) block() error {
	if err := d.more(); err != nil {
		return err
	}
	d.last, d.inBlock, d.stored = d.take(1) == 1, true, -1
	switch d.take(2) {
	case 0:
		return d.storedHead()
	case 1:
		return d.fixedCodes()
	case 2:
		return d.dynamicCodes()
	}
	return corrupt("a block of an unknown kind")
}

func (d *inflate) storedHead() error {
	d.take(d.n & 7)
	if err := d.more(); err != nil {
		return err
	}
	d.stored = int(d.take(16))
	complement := uint32(d.bits)&0xFFFF == ^uint32(d.stored)&0xFFFF
	if odd := d.stored != 0 && d.stored != 0xFFFF; !d.known && (!complement || odd) {
		// One pair of data bytes in 65,536 looks like the complement; of 0 and 0xFFFF it is FF FF and 00 00, which are
		// not as rare.
		d.bare, d.known = !complement, true
	}
	if !d.bare {
		if !complement {
			return corrupt("the length of a stored block contradicts itself")
		}
		d.take(16)
	}
	// What was read ahead goes back.
	d.in.pos -= int(d.n / 8)
	d.bits, d.n = 0, 0
	return nil
}

func (d *inflate) copyStored() error {
	for d.stored > 0 && len(d.w.buf) > d.w.wr {
		d.in.fill()
		if d.in.pos >= d.in.end {
			d.in.pos = d.in.end + 1
			return d.in.check()
		}
		n := copy(d.w.buf[d.w.wr:], d.in.buf[d.in.pos:min(d.in.end, d.in.pos+d.stored)])
		d.in.pos += n
		d.w.wr += n
		d.stored -= n
	}
	d.inBlock = d.stored > 0
	return nil
}

// Tables of RFC 1951, 3.2.5: the first length or distance of each code, and how many bits follow it.
var (
	lengthBase = [32]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthBits = [32]uint8{8: 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5}
	distBase   = [32]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
	distBits   = [32]uint8{4: 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
)

// symbols decodes a block with codes until it ends or the window is full.
func (d *inflate) symbols() error {
	const longest = 258
	buf, wr := d.w.buf, d.w.wr
	limit := min(len(buf)-longest, wr+inflateChunk-longest)
	in, pos := d.in.buf, d.in.pos
	hold, n := d.bits, d.n
	lit, dist := d.lit.table[:1<<codeBits], d.dist.table[:1<<codeBits]
	for wr < limit {
		if d.in.end-pos < feedSlack {
			d.in.pos, d.bits, d.n, d.w.wr = pos, hold, n, wr
			if err := d.overrun(); err != nil {
				return err
			}
			d.in.fill()
			pos = d.in.pos
		}
		hold |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
		pos += int(63-n) >> 3
		n |= 56
		e := lit[hold&(1<<codeBits-1)]
		if e&codeLong != 0 {
			e = d.lit.long(e, hold)
		}
		hold >>= e & 15
		n -= uint(e & 15)
		sym := e >> 8
		if sym < 256 && e != 0 {
			buf[wr] = byte(sym)
			wr++
			// Another literal of a short code often follows, and there are bits enough for it.
			if e = lit[hold&(1<<codeBits-1)]; e&codeLong == 0 && e>>8 < 256 && e != 0 {
				hold >>= e & 15
				n -= uint(e & 15)
				buf[wr] = byte(e >> 8)
				wr++
			}
			continue
		}
		if sym == 256 {
			d.inBlock = false
			break
		}
		sym -= 257
		if sym > 28 || e == 0 {
			return corrupt("a code that means nothing")
		}
		extra := lengthBits[sym&31]
		length := int(lengthBase[sym&31]) + int(hold&(1<<(extra&15)-1))
		hold >>= extra & 15
		n -= uint(extra)
		e = dist[hold&(1<<codeBits-1)]
		if e&codeLong != 0 {
			e = d.dist.long(e, hold)
		}
		hold >>= e & 15
		n -= uint(e & 15)
		if sym = e >> 8; sym > 29 || e == 0 {
			return corrupt("a code that means nothing")
		}
		extra = distBits[sym&31]
		back := int(distBase[sym&31]) + int(hold&(1<<(extra&15)-1))
		hold >>= extra & 15
		n -= uint(extra)
		if back > wr {
			return corrupt("the compressed data refer to what comes before them")
		}
		wr = repeat(buf, wr, back, length)
	}
	d.in.pos, d.bits, d.n, d.w.wr = pos, hold&(1<<n-1), n, wr
	return nil
}

func (d *inflate) fixedCodes() error {
	if d.fixed {
		return nil
	}
	var l [320]uint8
	for i := range 288 {
		switch {
		case i < 144:
			l[i] = 8
		case i < 256:
			l[i] = 9
		case i < 280:
			l[i] = 7
		default:
			l[i] = 8
		}
	}
	for i := 288; i < 320; i++ {
		l[i] = 5
	}
	d.fixed = true
	if err := d.lit.build(l[:288]); err != nil {
		return err
	}
	return d.dist.build(l[288:])
}

// dynamicCodes reads the lengths of a block's codes (RFC 1951, 3.2.7).
func (d *inflate) dynamicCodes() error {
	d.fixed = false
	nLit, nDist, nLen := int(d.take(5))+257, int(d.take(5))+1, int(d.take(4))+4
	order := [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
	var l [320]uint8
	for i := range nLen {
		if d.n < 3 {
			if err := d.more(); err != nil {
				return err
			}
		}
		l[order[i]] = uint8(d.take(3))
	}
	if err := d.lit.build(l[:19]); err != nil {
		return err
	}
	l = [320]uint8{}
	for i := 0; i < nLit+nDist; {
		if err := d.more(); err != nil {
			return err
		}
		e := d.lit.table[d.bits&(1<<codeBits-1)]
		if e == 0 {
			return corrupt("a code that means nothing")
		}
		d.take(uint(e & 15))
		var same uint8
		again := 1
		switch sym := e >> 8; sym {
		case 16:
			if i == 0 {
				return corrupt("the lengths of the codes start with a repetition")
			}
			same, again = l[i-1], 3+int(d.take(2))
		case 17:
			again = 3 + int(d.take(3))
		case 18:
			again = 11 + int(d.take(7))
		default:
			same = uint8(sym)
		}
		if i+again > nLit+nDist {
			return corrupt("too many lengths of codes")
		}
		for range again {
			l[i] = same
			i++
		}
	}
	if err := d.lit.build(l[:nLit]); err != nil {
		return err
	}
	return d.dist.build(l[nLit : nLit+nDist])
}

// repeat copies length bytes from dist bytes back, which may be bytes that it has just copied. There is room for them.
func repeat(buf []byte, wr, dist, length int) int {
	end := wr + length
	if dist >= length {
		copy(buf[wr:end], buf[wr-dist:])
		return end
	}
	for from := wr - dist; wr < end; { // a whole number of repetitions lies between from and wr
		wr += copy(buf[wr:end], buf[from:wr])
	}
	return end
}

// codes is a prefix code as a table: what the next codeBits bits mean, and where to go on with longer codes. An entry is
// the symbol above eight bits and the number of bits below; zero is no code.
type codes struct {
	table []uint32
}

const (
	codeBits = 10
	codeLong = 1 << 7 // the entry tells where a second table lies, for 5 bits more
	longBits = 5
)

func (c *codes) long(e uint32, hold uint64) uint32 {
	return c.table[e>>8+uint32(hold>>codeBits)&(1<<longBits-1)]
}

func (c *codes) build(lengths []uint8) error {
	var count, next [16]uint32
	for _, l := range lengths {
		count[l]++
	}
	count[0] = 0
	code, used := uint32(0), uint32(0)
	for l := 1; l < 16; l++ {
		code = (code + count[l-1]) << 1
		next[l] = code
		used += count[l] << (15 - l)
	}
	if used > 1<<15 {
		return corrupt("more codes than their lengths allow")
	}
	if c.table == nil {
		c.table = make([]uint32, 1<<codeBits, 4<<codeBits)
	}
	c.table = c.table[:1<<codeBits]
	clear(c.table)
	for sym, l8 := range lengths {
		l := uint32(l8)
		if l == 0 {
			continue
		}
		turned := bits.Reverse32(next[l]) >> (32 - l)
		next[l]++
		e := uint32(sym)<<8 | l
		if l <= codeBits {
			for i := turned; i < 1<<codeBits; i += 1 << l {
				c.table[i] = e
			}
			continue
		}
		head := &c.table[turned&(1<<codeBits-1)]
		if *head == 0 {
			at := len(c.table)
			*head = uint32(at)<<8 | codeLong
			for range 1 << longBits {
				c.table = append(c.table, 0)
			}
		}
		at := c.table[turned&(1<<codeBits-1)] >> 8
		for i := turned >> codeBits; i < 1<<longBits; i += 1 << (l - codeBits) {
			c.table[at+i] = e
		}
	}
	return nil
}
