package nsis

import (
	"encoding/binary"
	"io"
)

// x86 undoes the filter that makes the addresses of calls and jumps in x86 code absolute, so that they compress better.
type x86 struct {
	r    io.Reader
	buf  []byte
	rd   int // buf[rd:done] is ready
	done int
	end  int // buf[done:end] is not converted yet
	ip   uint32
	// recent has a bit for each of the last three bytes that looked like an instruction and was none, the last one lowest.
	recent uint32
	err    error
}

const x86Buffer = 64 << 10

func (x *x86) reset(r io.Reader) {
	if x.buf == nil {
		x.buf = make([]byte, x86Buffer)
	}
	*x = x86{r: r, buf: x.buf}
}

func (x *x86) Read(p []byte) (int, error) {
	for x.rd == x.done {
		if x.err != nil {
			if x.done == x.end {
				return 0, x.err
			}
			x.done = x.end // the last four bytes are too few for an instruction
			break
		}
		copy(x.buf, x.buf[x.done:x.end])
		x.end -= x.done
		x.rd, x.done = 0, 0
		var n int
		n, x.err = x.r.Read(x.buf[x.end:])
		x.end += n
		x.done = x.convert(x.buf[:x.end])
	}
	n := copy(p, x.buf[x.rd:x.done])
	x.rd += n
	return n, nil
}

// convert undoes the filter in as much of b as can be judged and returns how much that is.
func (x *x86) convert(b []byte) int {
	i := 0
	for i+5 <= len(b) {
		recent := x.recent
		x.recent = recent << 1 & 7
		if b[i]&0xFE != 0xE8 {
			i++
			continue
		}
		place := x86Place[recent]
		if recent != 0 && (!x86Allowed[recent] || extends(b[i+4-place])) || !extends(b[i+4]) {
			x.recent |= 1
			i++
			continue
		}
		from := u32(b[i+1:])
		to := from - (x.ip + uint32(i) + 5)
		if recent != 0 && extends(byte(to>>(24-8*place))) {
			from = to ^ (1<<(32-8*place) - 1)
			to = from - (x.ip + uint32(i) + 5)
		}
		binary.LittleEndian.PutUint32(b[i+1:], uint32(int32(to<<7)>>7)) // 25 bits and their sign
		i += 5
		x.recent = 0
	}
	x.ip += uint32(i)
	return i
}

// extends reports whether a byte can be the highest of an address: all bits are the sign.
func extends(b byte) bool { return b == 0 || b == 0xFF }

// By recent: whether an instruction may follow at all, and how far the bytes of what looked like one reach into its address.
var (
	x86Allowed = [8]bool{0: true, 1: true, 2: true, 4: true}
	x86Place   = [8]int{0, 1, 2, 2, 3, 3, 3, 3}
)
