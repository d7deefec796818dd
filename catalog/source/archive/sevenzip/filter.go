package sevenzip

import (
	"encoding/binary"
	"io"
)

// filter converts machine code in place: compressors are handed absolute addresses in place of the relative ones of
// calls, which repeat better. It keeps count of the place in the whole stream, and returns how many bytes at the front
// are done; the rest is offered again with more behind it.
type filter func(b []byte) int

// filtered is a stream through a filter.
type filtered struct {
	r          io.Reader
	f          filter
	buf        []byte
	from, done int // what can be read
	end        int // what is filled
	err        error
}

const filterSize = 32 << 10

func newFiltered(r io.Reader, f filter) *filtered {
	return &filtered{r: r, f: f, buf: make([]byte, filterSize)}
}

// Read fills the buffer, converts it and hands out what is done. What is left at the end of the stream is as it is.
func (z *filtered) Read(p []byte) (int, error) {
	for z.from == z.done {
		if z.err != nil {
			if z.done == z.end {
				return 0, z.err
			}
			z.done = z.end
			break
		}
		z.end = copy(z.buf, z.buf[z.done:z.end])
		for z.end < len(z.buf) && z.err == nil {
			var n int
			n, z.err = z.r.Read(z.buf[z.end:])
			z.end += n
		}
		z.from, z.done = 0, z.f(z.buf[:z.end])
	}
	n := copy(p, z.buf[z.from:z.done])
	z.from += n
	return n, nil
}

// delta adds to each byte the one that lies a distance before it.
func delta(distance int) filter {
	last := make([]byte, distance)
	at := 0
	return func(b []byte) int {
		for i := range b {
			b[i] += last[at]
			last[at] = b[i]
			if at++; at == distance {
				at = 0
			}
		}
		return len(b)
	}
}

// swap exchanges the bytes of units of n bytes.
func swap(n int) filter {
	return func(b []byte) int {
		i := 0
		for ; i+n <= len(b); i += n {
			for lo, hi := i, i+n-1; lo < hi; lo, hi = lo+1, hi-1 {
				b[lo], b[hi] = b[hi], b[lo]
			}
		}
		return i
	}
}

// words makes a filter of a function that converts units of n bytes, each at its place in the stream.
func words(n int, place uint32, convert func(b []byte, place uint32)) filter {
	return func(b []byte) int {
		i := 0
		for ; i+n <= len(b); i += n {
			convert(b[i:i+n], place)
			place += uint32(n)
		}
		return i
	}
}

// arm converts BL instructions.
func arm(b []byte, place uint32) {
	if b[3] == 0xEB {
		v := binary.LittleEndian.Uint32(b)
		binary.LittleEndian.PutUint32(b, 0xEB000000|(v-(place+8)>>2)&0xFFFFFF)
	}
}

// thumb converts pairs of BL instructions, which may start at every second byte.
func thumb(place uint32) filter {
	return func(b []byte) int {
		i := 0
		for ; i+4 <= len(b); i += 2 {
			high, low := binary.LittleEndian.Uint16(b[i:]), binary.LittleEndian.Uint16(b[i+2:])
			if high&0xF800 != 0xF000 || low&0xF800 != 0xF800 {
				continue
			}
			to := uint32(high&0x7FF)<<11 | uint32(low&0x7FF)
			to = to<<1 - (place + uint32(i) + 4)
			binary.LittleEndian.PutUint16(b[i:], 0xF000|uint16(to>>12&0x7FF))
			binary.LittleEndian.PutUint16(b[i+2:], 0xF800|uint16(to>>1&0x7FF))
			i += 2
		}
		place += uint32(i)
		return i
	}
}

// arm64 converts BL and ADRP instructions.
func arm64(b []byte, place uint32) {
	v := binary.LittleEndian.Uint32(b)
	if v>>26 == 0x94000000>>26 {
		binary.LittleEndian.PutUint32(b, 0x94000000|(v-place>>2)&0x3FFFFFF)
		return
	}
	if v&0x9F000000 != 0x90000000 {
		return
	}
	// ADRP: 21 bits of a page number, the two lowest of them in bits 29 and 30. Only pages within 2^20 are converted.
	const reach = 1 << 20
	v = v - 0x90000000 + reach
	if v&(1<<24-reach<<1) != 0 {
		return
	}
	page := v&^31 | v>>26 // the page number from bit 5 on, its lowest bits at 3 and 4
	page -= place >> 9 &^ 7
	out := 0x90000000 | v&31 | page<<26
	out |= 0x00FFFFE0 & (page&(reach<<1-1) - reach)
	binary.LittleEndian.PutUint32(b, out)
}

// powerPC converts bl instructions.
func powerPC(b []byte, place uint32) {
	if v := binary.BigEndian.Uint32(b); v&0xFC000003 == 0x48000001 {
		binary.BigEndian.PutUint32(b, 0x48000001|(v&0x3FFFFFC-place)&0x3FFFFFC)
	}
}

// sparc converts call instructions whose target is near.
func sparc(b []byte, place uint32) {
	v := binary.BigEndian.Uint32(b)
	if high := v >> 22; high != 0x100 && high != 0x1FF {
		return
	}
	v = (v<<2 - place) >> 2
	binary.BigEndian.PutUint32(b, 0x40000000|(-(v>>22&1)<<22)&0x3FFFFFFF|v&0x3FFFFF)
}

// ia64 converts the branches of a bundle of three instructions of 41 bits; the lowest 5 bits tell which units execute them.
func ia64(b []byte, place uint32) {
	var slots uint32 // which instructions may be branches, for the templates from 16 on
	switch b[0] & 31 {
	case 16, 17, 24, 25, 28, 29:
		slots = 4
	case 18, 19:
		slots = 6
	case 22, 23:
		slots = 7
	}
	for slot := range 3 {
		if slots>>slot&1 == 0 {
			continue
		}
		bit := 5 + 41*slot
		at, shift := bit/8, bit%8
		var raw uint64
		for i := range 6 {
			raw |= uint64(b[at+i]) << (8 * i)
		}
		v := raw >> shift
		if v>>37&15 != 5 || v>>9&7 != 0 {
			continue
		}
		to := uint32(v>>13&0xFFFFF) | uint32(v>>36&1)<<20
		to = (to<<4 - place) >> 4
		v &^= 0x8FFFFF << 13
		v |= uint64(to&0xFFFFF)<<13 | uint64(to&0x100000)<<(36-20)
		raw = raw&(1<<shift-1) | v<<shift
		for i := range 6 {
			b[at+i] = byte(raw >> (8 * i))
		}
	}
}

// x86 converts CALL and JMP instructions, E8 and E9. Whether one is converted depends on whether the bytes before it may
// have been one too: the last four opcodes, and which of them looked like an address, are remembered in mask.
func x86(place uint32) filter {
	var mask uint32
	last := place - 5 // where the last opcode stood
	sign := func(b byte) bool { return b == 0 || b == 0xFF }
	return func(b []byte) int {
		i := 0
		for ; i+5 <= len(b); i++ {
			if b[i]&0xFE != 0xE8 {
				continue
			}
			here := place + uint32(i)
			since := here - last
			last = here
			if since > 5 {
				mask = 0
			}
			for ; since > 0 && mask != 0; since-- {
				mask = mask & 0x77 << 1
			}
			top := b[i+4]
			before := mask >> 1
			if !sign(top) || before >= 16 || before&7 == 3 || before&7 > 4 {
				mask |= 1
				if sign(top) {
					mask |= 0x10
				}
				continue
			}
			v := binary.LittleEndian.Uint32(b[i+1:])
			to := v - (here + 5)
			if mask != 0 {
				shift := [5]uint{0, 8, 16, 16, 24}[before&7]
				if sign(byte(to >> (24 - shift))) {
					to = (to ^ (1<<(32-shift) - 1)) - (here + 5)
				}
			}
			to = to&0x1FFFFFF | -(to & 0x1000000)
			binary.LittleEndian.PutUint32(b[i+1:], to)
			i += 4
			mask = 0
		}
		place += uint32(i)
		return i
	}
}
