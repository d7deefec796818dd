package cab

import "errors"

const (
	huffBits = 11 // of a code that one look-up decides; longer codes take a second step
	huffMax  = 16 // bits of the longest code
)

// huffman decodes one code of LZX. An entry is symbol<<5 | length; 0 belongs to no code. short is indexed with the next
// bits; codes longer than that are found by comparing with the first code of each length.
type huffman struct {
	short  [1 << huffBits]uint16
	sorted [lzxMain]uint16 // entries in the order of their codes
	first  [huffMax + 1]int32
	start  [huffMax + 1]int32 // where the codes of a length begin in sorted
	count  [huffMax + 1]int32
}

// build makes the table of a canonical code. A code with gaps is taken: a lone symbol has one, and what falls into a gap
// is an error where it occurs.
func (h *huffman) build(lens []uint8) error {
	h.count = [huffMax + 1]int32{}
	for _, l := range lens {
		h.count[l]++
	}
	h.count[0] = 0
	code, at := int32(0), int32(0)
	for l := 1; l <= huffMax; l++ {
		code <<= 1
		h.first[l], h.start[l] = code, at
		code += h.count[l]
		at += h.count[l]
		if code > 1<<l {
			return errors.New("more codes than there can be")
		}
	}
	clear(h.short[:])
	next := h.first
	for sym, l := range lens {
		if l == 0 {
			continue
		}
		c := next[l]
		next[l]++
		e := uint16(sym)<<5 | uint16(l)
		h.sorted[h.start[l]+c-h.first[l]] = e
		if l > huffBits {
			continue
		}
		from := int(c) << (huffBits - l)
		row := h.short[from : from+1<<(huffBits-l)]
		for i := range row {
			row[i] = e
		}
	}
	return nil
}

// find is the entry of the code that the bits begin with, 0 if there is none.
func (h *huffman) find(b uint64) uint32 {
	if e := h.short[b>>(64-huffBits)]; e != 0 {
		return uint32(e)
	}
	return h.long(b)
}

func (h *huffman) long(b uint64) uint32 {
	c := int32(b >> (64 - huffMax))
	for l := huffBits + 1; l <= huffMax; l++ {
		if i := c>>(huffMax-l) - h.first[l]; i >= 0 && i < h.count[l] {
			return uint32(h.sorted[h.start[l]+i])
		}
	}
	return 0
}
