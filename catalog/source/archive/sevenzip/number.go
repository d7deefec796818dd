package sevenzip

import (
	"encoding/binary"
	"fmt"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

var errHeader = fmt.Errorf("%w: its list of files contradicts itself", archive.ErrCorrupt)

// scanner reads the numbers of a header. After the first error everything it returns is zero.
type scanner struct {
	b   []byte
	bad bool
}

func (s *scanner) bytes(n uint64) []byte {
	if s.bad || n > uint64(len(s.b)) {
		s.bad = true
		return nil
	}
	b := s.b[:n]
	s.b = s.b[n:]
	return b
}

func (s *scanner) byte() byte {
	if b := s.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (s *scanner) uint32() uint32 {
	if b := s.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (s *scanner) uint64() uint64 {
	if b := s.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// number reads a number of one to nine bytes: the ones that lead in the first byte tell how many follow; its other bits
// are the highest.
func (s *scanner) number() uint64 {
	first := s.byte()
	var v uint64
	for i := range 8 {
		mask := byte(0x80) >> i
		if first&mask == 0 {
			return v | uint64(first&(mask-1))<<(8*i)
		}
		v |= uint64(s.byte()) << (8 * i)
	}
	return v
}

// count reads how many things follow that take at least one byte each.
func (s *scanner) count() int {
	n := s.number()
	if n > uint64(len(s.b)) {
		s.bad = true
		return 0
	}
	return int(n)
}

// size reads a number of bytes.
func (s *scanner) size() int64 {
	n := s.number()
	if n > 1<<62 {
		s.bad = true
		return 0
	}
	return int64(n)
}

// bits reads n bits, the highest of each byte first.
func (s *scanner) bits(n int) []bool {
	b := s.bytes(uint64(n+7) / 8)
	if s.bad {
		return nil
	}
	v := make([]bool, n)
	for i := range v {
		v[i] = b[i/8]&(0x80>>(i%8)) != 0
	}
	return v
}

// defined reads which of n things have a value.
func (s *scanner) defined(n int) []bool {
	if s.byte() == 0 {
		return s.bits(n)
	}
	if s.bad {
		return nil
	}
	v := make([]bool, n)
	for i := range v {
		v[i] = true
	}
	return v
}

// sum is a checksum that may be missing.
type sum struct {
	value uint32
	ok    bool
}

// sums reads the checksums of n things.
func (s *scanner) sums(n int) []sum {
	v := make([]sum, n)
	for i, ok := range s.defined(n) {
		if ok {
			v[i] = sum{s.uint32(), true}
		}
	}
	return v
}
