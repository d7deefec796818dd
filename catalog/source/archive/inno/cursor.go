package inno

import (
	"encoding/binary"
	"errors"
)

// errShape: a table does not have the shape that was tried.
var errShape = errors.New("the tables do not have the shape that is known for this version")

// cursor reads the fields of a table one after the other. After the first that does not fit, all are zero.
type cursor struct {
	b       []byte
	failed  bool
	unicode bool
}

func (c *cursor) take(n int) []byte {
	if c.failed || n < 0 || n > len(c.b) {
		c.failed = true
		return nil
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) skip(n int) { c.take(n) }

func (c *cursor) u8() byte {
	if b := c.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) u16() uint16 {
	if b := c.take(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (c *cursor) u32() uint32 {
	if b := c.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if b := c.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// wide reads a number that grew from 4 to 8 bytes.
func (c *cursor) wide(is64 bool) uint64 {
	if is64 {
		return c.u64()
	}
	return uint64(c.u32())
}

// ansi reads a string of bytes with its length before it.
func (c *cursor) ansi() []byte { return c.take(c.length()) }

// str reads a string of the installer's own encoding.
func (c *cursor) str() []byte {
	n := c.length()
	if c.unicode && n%2 != 0 {
		c.failed = true
	}
	return c.take(n)
}

// strs skips n strings.
func (c *cursor) strs(n int) {
	for range n {
		c.str()
	}
}

func (c *cursor) length() int {
	n := c.u32()
	if int64(n) > int64(len(c.b)) {
		c.failed = true
		return 0
	}
	return int(n)
}

// oneOf reads a byte that has fewer than n values.
func (c *cursor) oneOf(n byte) byte {
	b := c.u8()
	if b >= n {
		c.failed = true
	}
	return b
}

// count reads how many entries of a table follow. No entry takes fewer than size bytes.
func (c *cursor) count(size int) int {
	n := c.u32()
	if int64(n)*int64(size) > int64(len(c.b)) {
		c.failed = true
		return 0
	}
	return int(n)
}

// set reads a Pascal set of n elements.
func (c *cursor) set(n int) flags {
	size := (n + 7) / 8
	if size == 3 {
		size = 4
	}
	return flags(c.take(size))
}

// flags is a Pascal set.
type flags []byte

// has reports whether the element i is in the set. There is none below 0.
func (f flags) has(i int) bool {
	return i >= 0 && i/8 < len(f) && f[i/8]>>(i%8)&1 == 1
}
