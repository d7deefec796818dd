package szdd

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

const maxCode = 16 // bits

const shortBits = 9 // of a code that one look-up decides

// code is a canonical Huffman code.
type code struct {
	short  [1 << shortBits]uint16 // symbol<<5 | bits; 0: longer than that, or none
	sorted []uint8
	count  [maxCode + 1]int
}

func newCode(lens []uint8) (*code, error) {
	c := &code{sorted: make([]uint8, 0, len(lens))}
	next := 0
	for l := uint8(1); l <= maxCode; l++ {
		for sym, n := range lens {
			if n != l {
				continue
			}
			c.sorted = append(c.sorted, uint8(sym))
			c.count[l]++
			if from := next << shortBits >> l; l <= shortBits && from < len(c.short) {
				for i := range 1 << (shortBits - l) {
					c.short[from+i] = uint16(sym)<<5 | uint16(l)
				}
			}
			next++
		}
		next <<= 1
	}
	return c, c.check()
}

func (c *code) check() error {
	room := 1
	for l := 1; l <= maxCode; l++ {
		if room = 2*room - c.count[l]; room < 0 {
			return fmt.Errorf("more codes than there can be: %w", archive.ErrCorrupt)
		}
	}
	return nil
}

// lzh is KWAJ's method 3: runs of literals and matches, in five Huffman codes that the beginning tells.
type lzh struct {
	window
	src     *bufio.Reader
	bits    uint64 // read and not taken, the next one highest
	n       int    // how many of them
	owed    int    // how many of those are not in the file
	begun   bool
	literal bool // a run of literals was the last, and not a longest one
	err     error

	match1, match2, run, place, lit *code
}

func newLZH(src *bufio.Reader) *lzh { return &lzh{window: newWindow(), src: src} }

// fill makes at least 32 bits ready. Behind the end of the file they are zeros, which owed counts.
func (d *lzh) fill() {
	for d.n <= 56 {
		c, err := d.src.ReadByte()
		if err != nil {
			d.owed += 8
			if !errors.Is(err, io.EOF) && d.err == nil {
				d.err = err
			}
		}
		d.bits |= uint64(c) << (56 - d.n)
		d.n += 8
	}
}

// take reads bits, the highest first. If there are too few, it notes io.EOF.
func (d *lzh) take(n int) int {
	if d.n < 32 {
		d.fill()
	}
	v := int(d.bits >> (64 - n))
	d.bits <<= n
	if d.n -= n; d.n < d.owed && d.err == nil {
		d.err = io.EOF
	}
	return v
}

func (d *lzh) symbol(c *code) int {
	if d.n < 32 {
		d.fill()
	}
	if e := c.short[d.bits>>(64-shortBits)]; e != 0 {
		d.take(int(e & 31))
		return int(e >> 5)
	}
	first, index := 0, 0
	for l := 1; l <= maxCode; l++ {
		if i := int(d.bits>>(64-l)) - first; i < c.count[l] {
			d.take(l)
			return int(c.sorted[index+i])
		}
		index += c.count[l]
		first = (first + c.count[l]) << 1
	}
	if d.err == nil {
		d.err = fmt.Errorf("a code that stands for nothing: %w", archive.ErrCorrupt)
	}
	return 0
}

// lengths reads the lengths of the codes of n symbols, in one of four ways.
func (d *lzh) lengths(way, n int) ([]uint8, error) {
	lens := make([]uint8, n)
	if way == 0 {
		for l := uint8(0); 1<<l < n; l++ {
			for i := range lens {
				lens[i] = l + 1
			}
		}
		return lens, nil
	}
	last := d.take(4)
	for i := range lens {
		if i > 0 {
			switch way {
			case 1:
				if d.take(1) == 1 {
					if last++; d.take(1) == 1 {
						last = d.take(4)
					}
				}
			case 2:
				if step := d.take(2); step == 3 {
					last = d.take(4)
				} else {
					last += step - 1
				}
			default:
				last = d.take(4)
			}
		}
		if last < 0 || last > maxCode {
			return nil, fmt.Errorf("a code of %d bits: %w", last, archive.ErrCorrupt)
		}
		lens[i] = uint8(last)
	}
	return lens, nil
}

func (d *lzh) begin() error {
	var ways [6]int // the last one fills up the third byte
	for i := range ways {
		ways[i] = d.take(4)
	}
	for i, c := range []struct {
		to **code
		n  int
	}{{&d.match1, 16}, {&d.match2, 16}, {&d.run, 32}, {&d.place, 64}, {&d.lit, 256}} {
		if ways[i] > 3 {
			return fmt.Errorf("lengths of codes written in way %d: %w", ways[i], archive.ErrUnsupported)
		}
		lens, err := d.lengths(ways[i], c.n)
		if err != nil {
			return err
		}
		if *c.to, err = newCode(lens); err != nil {
			return err
		}
	}
	if errors.Is(d.err, io.EOF) {
		return fmt.Errorf("the file ends too early: %w", archive.ErrCorrupt)
	}
	return d.err
}

func (d *lzh) next() ([]byte, error) {
	if !d.begun {
		d.begun = true
		if err := d.begin(); err != nil {
			d.err = err
		}
	}
	if d.err != nil {
		return nil, d.err
	}
	d.turn()
	for !d.full() {
		before := d.pos
		kind := d.match1
		if d.literal {
			kind = d.match2
		}
		if length := d.symbol(kind); length > 0 {
			d.literal = false
			dist := d.symbol(d.place) << 6
			if dist |= d.take(6); dist == 0 {
				dist = windowSize
			}
			if d.err == nil {
				d.match(dist, length+2)
			}
		} else {
			n := d.symbol(d.run) + 1
			d.literal = n < 32
			for range n {
				d.buf[d.pos] = byte(d.symbol(d.lit))
				if d.err != nil {
					break
				}
				d.pos++
			}
		}
		if d.err != nil {
			// The bits that fill up the last byte may look like a beginning.
			if !errors.Is(d.err, io.EOF) {
				d.pos = before
			}
			break
		}
	}
	return d.decoded(), d.err
}
