package mszip

import "encoding/binary"

// inflate decodes the symbols of one Deflate block. Everything that the loop touches is a local variable, so that it
// stays in a register.
//
// size: the loop must be one function
func (d *Decoder) inflate(s *state, end int) error {
	buf, in := d.buf, s.in
	lits, dists := (*[1 << litBits]uint32)(d.lit.short), (*[1 << distBits]uint32)(d.dist.short)
	b, n, ip, pos := s.b, s.n, s.ip, s.pos
	low := d.pos - d.hist // nothing before this may be referred to
	for {
		if ip+8 <= len(in) {
			b |= binary.LittleEndian.Uint64(in[ip:]) << (n & 63)
			ip += int(63-n) >> 3
			n |= 56
		} else {
			s.b, s.n, s.ip = b, n, ip
			s.fill()
			b, n, ip = s.b, s.n, s.ip
			if s.over() {
				return errShort
			}
		}
		e := lits[b&(1<<litBits-1)]
		// Literals come in rows: 56 bits hold three codes of any length, and the match that follows needs them anew.
		for range 2 {
			if e&kindMask != kindLit || pos >= end {
				break
			}
			b >>= e & 31
			n -= uint(e & 31)
			buf[pos] = byte(e >> 16)
			pos++
			e = lits[b&(1<<litBits-1)]
		}
		if e == 0 {
			if e = d.lit.long(b); e == 0 {
				return errCode
			}
		}
		b >>= e & 31
		n -= uint(e & 31)
		switch e & kindMask {
		case kindLit:
			if pos >= end {
				return errLong
			}
			buf[pos] = byte(e >> 16)
			pos++
			continue
		case kindEnd:
			s.b, s.n, s.ip, s.pos = b, n, ip, pos
			return nil
		case 0:
			return errCode
		}
		if n < 33 { // a length's extra bits, a distance and its own
			s.b, s.n, s.ip = b, n, ip
			s.fill()
			b, n, ip = s.b, s.n, s.ip
		}
		x := e >> 5 & 15
		length := int(e>>16) + int(b&(1<<x-1))
		b >>= x
		n -= uint(x)
		e = dists[b&(1<<distBits-1)]
		if e == 0 {
			if e = d.dist.long(b); e == 0 {
				return errCode
			}
		}
		b >>= e & 31
		x = e >> 5 & 15
		n -= uint(e&31 + x)
		dist := int(e>>16) + int(b&(1<<x-1))
		b >>= x
		if length > end-pos {
			return errLong
		}
		from := pos - dist
		if from < low {
			return errFar
		}
		if dist >= 8 && length <= 32 {
			for i := 0; i < length; i += 8 {
				binary.LittleEndian.PutUint64(buf[pos+i:], binary.LittleEndian.Uint64(buf[from+i:]))
			}
			pos += length
			continue
		}
		repeat(buf, pos, dist, length)
		pos += length
	}
}

// repeat copies length bytes from dist bytes before pos to pos; they may be their own source.
func repeat(buf []byte, pos, dist, length int) {
	for done := 0; done < length; {
		// What is copied already may be copied in turn.
		done += copy(buf[pos+done:pos+length], buf[pos-dist:pos+done])
	}
}
