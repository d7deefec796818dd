package cab

import (
	"encoding/binary"
	"math/bits"
)

// inflate decodes symbols of a verbatim or aligned block up to end. Everything that the loop touches is a local variable,
// so that it stays in a register.
//
// size: the loop must be one function
func (d *lzx) inflate(s *lzxBits, end int) error {
	buf, in := d.buf, s.in
	b, n, ip, pos := s.b, uint(s.n), s.ip, d.pos
	r0, r1, r2 := d.recent[0], d.recent[1], d.recent[2]
	aligned := d.kind == lzxAlignedBlock
	mains, lengths := &d.main.short, &d.length.short
	for pos < end {
		if n < 32 {
			if ip+4 <= len(in) {
				b |= uint64(bits.RotateLeft32(binary.LittleEndian.Uint32(in[ip:]), 16)) << ((32 - n) & 63)
				ip += 4
				n += 32
			} else {
				s.b, s.n, s.ip = b, int(n), ip
				s.fill()
				b, n, ip = s.b, uint(s.n), s.ip
				if s.over() {
					return errLZXShort
				}
			}
		}
		e := uint32(mains[b>>(64-huffBits)])
		if e == 0 {
			if e = d.main.long(b); e == 0 {
				return errLZXCode
			}
		}
		b <<= e & 31
		n -= uint(e & 31)
		sym := int(e >> 5)
		if sym < 256 {
			buf[pos] = byte(sym)
			pos++
			continue
		}
		sym -= 256
		length := sym & 7
		if length == 7 {
			if e = uint32(lengths[b>>(64-huffBits)]); e == 0 {
				if e = d.length.long(b); e == 0 {
					return errLZXCode
				}
			}
			b <<= e & 31
			n -= uint(e & 31)
			length += int(e >> 5)
		}
		length += 2
		slot := sym >> 3
		dist := r0
		switch slot {
		case 0:
		case 1:
			dist, r1 = r1, r0
		case 2:
			dist, r2 = r2, r0
		default:
			if n < 32 {
				if ip+4 <= len(in) {
					b |= uint64(bits.RotateLeft32(binary.LittleEndian.Uint32(in[ip:]), 16)) << ((32 - n) & 63)
					ip += 4
					n += 32
				} else {
					s.b, s.n, s.ip = b, int(n), ip
					s.fill()
					b, n, ip = s.b, uint(s.n), s.ip
				}
			}
			dist = int(lzxBase[slot&63])
			x := uint(lzxExtra[slot&63])
			if aligned && x >= 3 {
				dist += int(b>>1>>((66-x)&63)) << 3
				b <<= (x - 3) & 63
				e = d.aligned.find(b)
				if e == 0 {
					return errLZXCode
				}
				dist += int(e >> 5)
				b <<= e & 31
				n -= x - 3 + uint(e&31)
			} else {
				dist += int(b >> 1 >> ((63 - x) & 63))
				b <<= x & 63
				n -= x
			}
			r1, r2 = r0, r1
		}
		r0 = dist
		from := pos - dist
		switch {
		case from < 0 || dist <= 0 || dist > d.window:
			return errLZXFar
		case length > end-pos:
			return errLZXRun
		case dist >= 8 && length <= 32:
			for i := 0; i < length; i += 8 {
				binary.LittleEndian.PutUint64(buf[pos+i:], binary.LittleEndian.Uint64(buf[from+i:]))
			}
		default:
			for done := 0; done < length; {
				// What is copied already may be copied in turn.
				done += copy(buf[pos+done:pos+length], buf[from:pos+done])
			}
		}
		pos += length
	}
	s.b, s.n, s.ip, d.pos = b, int(n), ip, pos
	d.recent = [3]int{r0, r1, r2}
	return nil
}
