package cab

import (
	"errors"
	"fmt"
	"math/bits"
)

// Quantum is David Stafford's method, an arithmetic coder over models that learn. Cabinets before 1997 may have it. No
// specification was published; what is known was found by Matthew Russotto, russotto.net/quantumcomp.html.

const (
	quantumTop  = 3800 // a model's total above which its frequencies are halved
	quantumStep = 8    // what a symbol gains each time it occurs
	quantumSort = 50   // halvings between two sortings of a model, the first comes after 4
)

var (
	errQuantumShort = errors.New("the block ends too early")
	errQuantumRun   = errors.New("a match runs over the end of its block")
)

// quantumModel holds the symbols by falling frequency; cum is the sum of the frequencies from a place to the end.
type quantumModel struct {
	syms   int
	halves int
	sym    [64]uint8
	cum    [65]uint16
}

func (m *quantumModel) init(n int) {
	m.syms, m.halves = n, 4
	for i := range n {
		m.sym[i] = uint8(i)
		m.cum[i] = uint16(n - i)
	}
	m.cum[n] = 0
}

// learn gives the symbols up to place i their step, and keeps the total in bounds.
func (m *quantumModel) learn(i int) {
	for ; i >= 0; i-- {
		m.cum[i] += quantumStep
	}
	if m.cum[0] <= quantumTop {
		return
	}
	m.halves--
	if m.halves > 0 {
		for i := m.syms - 1; i >= 0; i-- {
			m.cum[i] = max(m.cum[i]>>1, m.cum[i+1]+1)
		}
		return
	}
	m.halves = quantumSort
	for i := range m.syms {
		m.cum[i] = (m.cum[i] - m.cum[i+1] + 1) >> 1
	}
	// The order of equal frequencies is part of the format: it is what this exchange of neighbours leaves.
	for i := range m.syms {
		for j := i + 1; j < m.syms; j++ {
			if m.cum[i] < m.cum[j] {
				m.cum[i], m.cum[j] = m.cum[j], m.cum[i]
				m.sym[i], m.sym[j] = m.sym[j], m.sym[i]
			}
		}
	}
	for i := m.syms - 1; i >= 0; i-- {
		m.cum[i] += m.cum[i+1]
	}
}

// quantum decodes one folder. Each data block is coded on its own; the window and the models live on.
type quantum struct {
	buf       []byte // as lzx.buf
	pos       int
	bits      int
	window    int
	selector  quantumModel
	literal   [4]quantumModel
	position  [3]quantumModel // of matches of 3, 4, and more bytes
	length    quantumModel
	low, high uint16
	code      uint16
	in        []byte
	ip        int    // the next byte of in
	b         uint64 // bits read and not taken, the next one highest
	n         int    // how many of them
}

func quantumMemory(windowBits int) int64 { return int64(lzxRoom(1<<windowBits)) + 8<<10 }

func newQuantum(windowBits int) *quantum {
	d := &quantum{bits: windowBits, window: 1 << windowBits, buf: make([]byte, lzxRoom(1<<windowBits))}
	d.reset()
	return d
}

func (d *quantum) reset() {
	d.pos = 0
	d.selector.init(7)
	for i := range d.literal {
		d.literal[i].init(64)
	}
	d.position[0].init(min(2*d.bits, 24))
	d.position[1].init(min(2*d.bits, 36))
	d.position[2].init(2 * d.bits)
	d.length.init(27)
}

func (d *quantum) copyFrom(from decoder) {
	o := from.(*quantum)
	buf := d.buf
	*d = *o
	d.buf = buf
	d.pos = copy(d.buf, o.buf[max(0, o.pos-o.window):o.pos])
}

// decode decodes one block of n bytes.
func (d *quantum) decode(src []byte, n int) ([]byte, error) {
	if n > frameSize {
		return nil, fmt.Errorf("a block of %d bytes, Quantum allows %d", n, frameSize)
	}
	if d.pos+n > len(d.buf) {
		d.pos = copy(d.buf, d.buf[d.pos-d.window:d.pos])
	}
	d.in, d.ip, d.b, d.n = src, 0, 0, 0
	d.low, d.high = 0, 0xFFFF
	d.code = uint16(d.take(16))
	start, end := d.pos, d.pos+n
	for d.pos < end {
		s := d.symbol(&d.selector)
		if s < 4 {
			d.buf[d.pos] = byte(s<<6 | d.symbol(&d.literal[s]))
			d.pos++
		} else {
			length := s - 1
			if s == 6 {
				l := d.symbol(&d.length)
				length = 5 + quantumLength(l)
				if l < 26 {
					length += d.take(max(0, (l-2)/4))
				}
			}
			slot := d.symbol(&d.position[s-4])
			extra := max(0, slot/2-1)
			dist := 1 + slot
			if slot > 1 {
				dist = 1 + (2+slot&1)<<extra
			}
			dist += d.take(extra)
			from := d.pos - dist
			switch {
			case from < 0 || dist > d.window:
				return nil, errLZXFar
			case length > end-d.pos:
				return nil, errQuantumRun
			}
			for end := d.pos + length; d.pos < end; {
				// What is copied already may be copied in turn.
				d.pos += copy(d.buf[d.pos:end], d.buf[from:d.pos])
			}
		}
		if d.over() {
			return nil, errQuantumShort
		}
	}
	return d.buf[start:end:end], nil
}

// quantumLength is the length, five less, that a length symbol begins at.
func quantumLength(l int) int {
	switch {
	case l < 6:
		return l
	case l == 26:
		return 254
	}
	extra := (l - 2) / 4
	return (4+(l-2)%4)<<extra - 2
}

// symbol decodes a symbol and lets its model learn.
func (d *quantum) symbol(m *quantumModel) int {
	width := uint32(d.high) - uint32(d.low) + 1
	total := uint32(m.cum[0])
	at := uint16(((uint32(d.code-d.low)+1)*total - 1) / width)
	i := 0
	for i < m.syms-1 && m.cum[i+1] > at {
		i++
	}
	d.high = d.low + uint16(uint32(m.cum[i])*width/total-1)
	d.low += uint16(uint32(m.cum[i+1]) * width / total)
	sym := m.sym[i]
	m.learn(i)
	for {
		n := bits.LeadingZeros16(d.low ^ d.high)
		if n == 0 {
			if d.low&0x4000 == 0 || d.high&0x4000 != 0 {
				return int(sym)
			}
			// The two have come close about the middle without agreeing on a bit.
			d.code ^= 0x4000
			d.low &= 0x3FFF
			d.high |= 0x4000
			n = 1
		}
		d.low <<= n
		d.high = d.high<<n | uint16(1<<n-1)
		d.code = d.code<<n | uint16(d.take(n))
	}
}

// take reads up to 32 bits, the highest first. Behind the end they are zeros; over tells.
func (d *quantum) take(n int) int {
	if d.n < n {
		for d.n <= 56 {
			if d.ip < len(d.in) {
				d.b |= uint64(d.in[d.ip]) << (56 - d.n)
			}
			d.ip++
			d.n += 8
		}
	}
	v := d.b >> (64 - n)
	d.b <<= n
	d.n -= n
	return int(v)
}

// over reports whether more was taken than there is. The coder looks 16 bits ahead, and makers leave out what is zero at
// the end.
func (d *quantum) over() bool { return d.ip-d.n/8 > len(d.in)+4 }
