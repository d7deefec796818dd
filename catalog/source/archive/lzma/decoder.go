package lzma

import (
	"fmt"
	"io"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// Sizes of the format.
const (
	minMatch   = 2
	states     = 12
	posStates  = 16
	lenStates  = 4
	slots      = 64
	alignBits  = 4
	endSlot    = 14 // the first slot whose low bits are coded with the shared alignment tree
	startModel = 4  // the first slot with low bits
	half       = 1 << 10
	maxLCLP    = 12
	litSize    = 0x300 // probabilities of one literal context
	litWindow  = 0x400 // what one context is read through, so that the compiler need not check each index
)

// maxSymbol is how many bytes of input one symbol can take at most: 8 bits of choice, slot, length and alignment and 26
// direct bits, each of which shifts in less than a byte. The LZMA SDK reckons with 20.
const maxSymbol = 24

// lenCoder holds the probabilities of the lengths of matches.
type lenCoder struct {
	choice, choice2 uint16
	low, mid        [posStates][8]uint16
	high            [256]uint16
}

// decoder is the state of one LZMA stream. The dictionary is a ring that is as long as what was decoded until it has
// its full size.
type decoder struct {
	rng, code  uint32
	state      uint32
	rep        [4]uint32 // distances of the last matches, less one
	lc, lp, pb uint
	lit        []uint16
	isMatch    [states * posStates]uint16
	isRep0Long [states * posStates]uint16
	isRep      [states]uint16
	isRepG0    [states]uint16
	isRepG1    [states]uint16
	isRepG2    [states]uint16
	slot       [lenStates][slots]uint16
	low        [endSlot - startModel][32]uint16 // low bits of the slots before endSlot
	align      [32]uint16                       // 16 are used
	length     lenCoder
	repLength  lenCoder

	dict     []byte
	dictSize int   // the ring's full size
	pos      int   // where the next byte goes
	full     bool  // the ring has been filled once: every place holds a byte
	total    int64 // bytes since the dictionary was emptied; its low bits choose probabilities
	pending  int   // bytes of the last match that did not fit
	ended    bool  // the end marker was found
	limit    bool  // the dictionary is smaller than the stream may need

	in []byte // what is left of the input starts at at
	at int
}

var errProperties = fmt.Errorf("%w: the LZMA properties make no sense", archive.ErrCorrupt)

// errData is any contradiction inside the compressed data.
var errData = fmt.Errorf("%w: the LZMA data make no sense", archive.ErrCorrupt)

// errShort is a stream that ends before its data do.
var errShort = fmt.Errorf("%w: the LZMA data end too early: %w", archive.ErrCorrupt, io.ErrUnexpectedEOF)

// setDict says how large the dictionary is. It is not allocated before it is needed, and never larger than three quarters
// of the memory, since what grows is there twice for a moment.
func (d *decoder) setDict(size, memory int64) {
	const least = 4096 // the specification: smaller ones are taken for this
	size = max(size, least)
	if most := max(memory/4*3, least); size > most {
		d.limit, size = true, most
	}
	d.dictSize = int(size)
}

// far is the error of a match that begins before the dictionary.
func (d *decoder) far() error {
	if d.limit && d.full {
		return fmt.Errorf("%w: unpacking takes a dictionary of more than %d MiB", archive.ErrLimit, d.dictSize>>20)
	}
	return errData
}

// setProperties sets lc, lp and pb from the byte that holds all three.
func (d *decoder) setProperties(b byte) error {
	if b >= 9*5*5 {
		return errProperties
	}
	d.lc, d.lp, d.pb = uint(b%9), uint(b/9%5), uint(b/9/5)
	n := litSize<<(d.lc+d.lp) + litWindow - litSize
	if cap(d.lit) < n {
		d.lit = make([]uint16, n)
	}
	d.lit = d.lit[:n]
	return nil
}

// reset forgets everything but the dictionary.
func (d *decoder) reset() {
	d.state, d.rep, d.pending = 0, [4]uint32{}, 0
	for _, p := range [][]uint16{d.lit, d.isMatch[:], d.isRep0Long[:], d.isRep[:], d.isRepG0[:], d.isRepG1[:], d.isRepG2[:], d.align[:]} {
		fill(p)
	}
	for i := range d.slot {
		fill(d.slot[i][:])
	}
	for i := range d.low {
		fill(d.low[i][:])
	}
	for _, l := range []*lenCoder{&d.length, &d.repLength} {
		l.choice, l.choice2 = half, half
		for i := range l.low {
			fill(l.low[i][:])
			fill(l.mid[i][:])
		}
		fill(l.high[:])
	}
}

func fill(p []uint16) {
	for i := range p {
		p[i] = half
	}
}

// start takes the five bytes that every range coder starts with.
func (d *decoder) start(b []byte) error {
	if b[0] != 0 {
		return errData
	}
	d.rng = 0xFFFFFFFF
	d.code = uint32(b[1])<<24 | uint32(b[2])<<16 | uint32(b[3])<<8 | uint32(b[4])
	return nil
}

// room makes place for bytes behind pos and returns how far the ring may be filled now, at most by want.
func (d *decoder) room(want int) int {
	if d.pos == d.dictSize {
		d.pos, d.full = 0, true
	}
	end := min(d.pos+want, d.dictSize)
	if end > len(d.dict) {
		const first = 64 << 10
		grown := make([]byte, min(max(end, 4*len(d.dict), first), d.dictSize))
		copy(grown, d.dict[:d.pos])
		d.dict = grown
	}
	return end
}

// copyMatch copies n bytes from dist+1 bytes before pos, as far as end, and returns how many do not fit. It does not
// count them.
func (d *decoder) copyMatch(dist uint32, n, end int) int {
	pos := d.pos
	src := pos - int(dist) - 1
	if src < 0 {
		src += d.dictSize
	}
	fits := min(n, end-pos)
	rest := n - fits
	for fits > 0 {
		m := min(fits, len(d.dict)-src)
		for i := range m {
			d.dict[pos+i] = d.dict[src+i]
		}
		pos, fits, src = pos+m, fits-m, 0
	}
	d.pos = pos
	return rest
}
