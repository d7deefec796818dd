package mszip

import (
	"errors"
	"math/bits"
)

const (
	litBits  = 10 // of the literal and length code that one look-up decides; longer codes take a second step
	distBits = 8
	maxCode  = 15 // bits of the longest code
)

// An entry of a table says what a code stands for:
//
//	bits 0-4    length of the code
//	bits 5-8    extra bits that follow the code
//	bits 9-10   kind
//	bits 16-31  the literal, or the base of a length or distance
//
// The zero entry belongs to no code.
const (
	kindLit  = 1 << 9
	kindBase = 2 << 9
	kindEnd  = 3 << 9
	kindMask = 3 << 9
)

var errCode = errors.New("a code that stands for nothing")

// table decodes one Huffman code. short is indexed with the next bits as they come; codes longer than that are found by
// comparing with the first code of each length.
type table struct {
	short  []uint32
	sorted [288]uint32 // entries in the order of their codes
	first  [maxCode + 2]int
	start  [maxCode + 2]int // where the codes of a length begin in sorted
	count  [maxCode + 2]int
}

// build makes the table of a canonical code. A code with gaps is taken, since a lone distance has a gap; what falls into
// a gap is an error where it occurs.
func (t *table) build(lens []uint8, entries []uint32) error {
	t.count = [maxCode + 2]int{}
	for _, l := range lens {
		t.count[l]++
	}
	t.count[0] = 0
	code, at := 0, 0
	for l := 1; l <= maxCode; l++ {
		code = code << 1
		t.first[l], t.start[l] = code, at
		code += t.count[l]
		at += t.count[l]
		if code > 1<<l {
			return errors.New("more codes than there can be")
		}
	}
	clear(t.short)
	width := bits.Len(uint(len(t.short))) - 1
	next := t.first
	for sym, l := range lens {
		if l == 0 {
			continue
		}
		c, n := next[l], int(l)
		next[l]++
		e := entries[sym] | uint32(l)
		t.sorted[t.start[n]+c-t.first[n]] = e
		if n > width {
			continue
		}
		for i := int(bits.Reverse16(uint16(c)) >> (16 - n)); i < len(t.short); i += 1 << n {
			t.short[i] = e
		}
	}
	return nil
}

// long finds the entry of a code that is longer than the short table takes, 0 if there is none.
func (t *table) long(b uint64) uint32 {
	c := int(bits.Reverse16(uint16(b)))
	for l := bits.Len(uint(len(t.short))); l <= maxCode; l++ {
		if i := c>>(16-l) - t.first[l]; i >= 0 && i < t.count[l] {
			return t.sorted[t.start[l]+i]
		}
	}
	return 0
}

// What the symbols of RFC 1951, section 3.2.5, stand for.
var (
	litEntries  = literals()
	distEntries = bases(30, 2, 1)
	metaEntries = plain(19)
	fixedLits   = fixedLengths()
)

func literals() []uint32 {
	e := make([]uint32, 288)
	for i := range 256 {
		e[i] = kindLit | uint32(i)<<16
	}
	e[256] = kindEnd
	copy(e[257:], bases(28, 4, 3))
	e[285] = kindBase | 258<<16 // the longest match has a symbol without extra bits
	return e
}

// bases are the entries of lengths and distances: per symbols share a number of extra bits, the first 2*per have none.
func bases(n, per, base int) []uint32 {
	e := make([]uint32, n)
	for i := range e {
		extra := max(0, i/per-1)
		e[i] = kindBase | uint32(extra)<<5 | uint32(base)<<16
		base += 1 << extra
	}
	return e
}

func plain(n int) []uint32 {
	e := make([]uint32, n)
	for i := range e {
		e[i] = kindLit | uint32(i)<<16
	}
	return e
}

func fixedLengths() []uint8 {
	l := make([]uint8, 288)
	for i := range l {
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
	return l
}
