package lzma

import "math"

// decode decodes symbols until the ring is filled up to end or the input is used up to inEnd, behind which maxSymbol bytes
// must follow. A match that does not fit leaves pending bytes.
//
// size: the state of the range coder must stay in registers, which functions in Go do not share; on a bit that is close
// to random, as those of literals are, arithmetic takes the place of a branch that would be mispredicted half the time.
func (d *decoder) decode(end, inEnd int) error {
	start := d.pos
	if d.pending > 0 {
		d.pending = d.copyMatch(d.rep[0], d.pending, end)
	}
	var (
		dict, in, lit = d.dict, d.in, d.lit
		pos, at       = d.pos, d.at
		rng, code     = d.rng, d.code
		state         = d.state
		base          = uint32(d.total) - uint32(start)
		pbMask        = uint32(1)<<d.pb - 1
		lpMask        = uint32(1)<<d.lp - 1
		lc            = d.lc & 15
		shift         = (8 - d.lc) & 15
		prev          byte
		err           error
	)
	if pos > 0 {
		prev = dict[pos-1]
	} else if d.full {
		prev = dict[d.dictSize-1]
	}
	for pos < end && at < inEnd {
		total := base + uint32(pos)
		posState := total & pbMask
		pm := &d.isMatch[(state*posStates+posState)%(states*posStates)]
		if rng < 1<<24 {
			rng, code, at = rng<<8, code<<8|uint32(in[at]), at+1
		}
		p := uint32(*pm)
		if bound := rng >> 11 * p; code < bound {
			rng = bound
			*pm = uint16(p + (2048-p)>>5)
			context := (total&lpMask)<<lc + uint32(prev)>>shift
			probs := (*[litWindow]uint16)(lit[context*litSize:])
			symbol := uint32(1)
			if state < 7 {
				for symbol < 0x100 {
					p := int32(probs[symbol])
					if rng < 1<<24 {
						rng, code, at = rng<<8, code<<8|uint32(in[at]), at+1
					}
					bound := rng >> 11 * uint32(p)
					over := int64(code) - int64(bound)
					zero := uint32(over >> 63) // all ones if the bit is 0
					rng -= bound
					rng += (bound - rng) & zero
					code = uint32(over) + bound&zero
					probs[symbol] = uint16(p - (p+int32(zero)&(31-2048))>>5)
					symbol = symbol<<1 + 1 + zero
				}
			} else {
				src := pos - int(d.rep[0]) - 1
				if src < 0 {
					src += d.dictSize
				}
				match, offs := uint32(dict[src]), uint32(0x100)
				for symbol < 0x100 {
					match <<= 1
					i := (offs + match&offs + symbol) % litWindow
					p := int32(probs[i])
					if rng < 1<<24 {
						rng, code, at = rng<<8, code<<8|uint32(in[at]), at+1
					}
					bound := rng >> 11 * uint32(p)
					over := int64(code) - int64(bound)
					zero := uint32(over >> 63)
					rng -= bound
					rng += (bound - rng) & zero
					code = uint32(over) + bound&zero
					probs[i] = uint16(p - (p+int32(zero)&(31-2048))>>5)
					symbol = symbol<<1 + 1 + zero
					offs &= match ^ zero
				}
			}
			state = uint32(afterLiteral[state%states])
			prev = byte(symbol)
			dict[pos] = prev
			pos++
			continue
		} else {
			rng -= bound
			code -= bound
			*pm = uint16(p - p>>5)
		}

		d.rng, d.code, d.at, d.state = rng, code, at, state
		n := d.match(posState)
		rng, code, at, state = d.rng, d.code, d.at, d.state
		dist := d.rep[0]
		if dist == math.MaxUint32 {
			d.ended = true
			break
		}
		if int64(dist) >= int64(pos) && (!d.full || int64(dist) >= int64(d.dictSize)) {
			err = d.far()
			break
		}
		src := pos - int(dist) - 1
		if stop := pos + n; src >= 0 && stop <= end {
			for to := pos; to < stop; { // what was copied can be copied again: a run doubles each time
				to += copy(dict[to:stop], dict[src:to])
			}
			pos = stop
		} else {
			d.pos = pos
			d.pending = d.copyMatch(dist, n, end)
			pos = d.pos
		}
		if pos > 0 {
			prev = dict[pos-1]
		}
	}
	d.total += int64(pos - start)
	d.pos, d.at, d.rng, d.code, d.state = pos, at, rng, code, state
	return err
}

// afterLiteral and the following tell the next state by the one before.
var afterLiteral = [states]uint8{0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 4, 5}

// match decodes what kind of match follows, sets the distance in rep[0] and returns the length.
func (d *decoder) match(posState uint32) int {
	var (
		in        = d.in
		rng, code = d.rng, d.code
		at        = d.at
		state     = d.state % states
		b, n      uint32
	)
	literal := state < 7
	if b, rng, code, at = bit(&d.isRep[state], rng, code, in, at); b == 0 {
		n, rng, code, at = d.length.decode(posState, rng, code, in, at)
		d.rep[3], d.rep[2], d.rep[1] = d.rep[2], d.rep[1], d.rep[0]
		d.state = 10
		if literal {
			d.state = 7
		}
		d.rep[0], d.rng, d.code, d.at = d.distance(n, rng, code, in, at)
		return int(n) + minMatch
	}
	if b, rng, code, at = bit(&d.isRepG0[state], rng, code, in, at); b == 0 {
		if b, rng, code, at = bit(&d.isRep0Long[(state*posStates+posState)%(states*posStates)], rng, code, in, at); b == 0 {
			d.state = 11
			if literal {
				d.state = 9
			}
			d.rng, d.code, d.at = rng, code, at
			return 1
		}
	} else if b, rng, code, at = bit(&d.isRepG1[state], rng, code, in, at); b == 0 {
		d.rep[0], d.rep[1] = d.rep[1], d.rep[0]
	} else if b, rng, code, at = bit(&d.isRepG2[state], rng, code, in, at); b == 0 {
		d.rep[0], d.rep[1], d.rep[2] = d.rep[2], d.rep[0], d.rep[1]
	} else {
		d.rep[0], d.rep[1], d.rep[2], d.rep[3] = d.rep[3], d.rep[0], d.rep[1], d.rep[2]
	}
	d.state = 11
	if literal {
		d.state = 8
	}
	n, d.rng, d.code, d.at = d.repLength.decode(posState, rng, code, in, at)
	return int(n) + minMatch
}

// distance decodes the distance, less one, of a match of n+minMatch bytes.
func (d *decoder) distance(n, rng, code uint32, in []byte, at int) (_, _, _ uint32, _ int) {
	slot, rng, code, at := tree(d.slot[min(n, lenStates-1)][:], rng, code, in, at)
	if slot < startModel {
		return slot, rng, code, at
	}
	direct := slot>>1 - 1
	dist := (2 | slot&1) << direct
	var low uint32
	if slot < endSlot {
		low, rng, code, at = reverse(&d.low[slot-startModel], direct, rng, code, in, at)
		return dist + low, rng, code, at
	}
	for range direct - alignBits {
		if rng < 1<<24 {
			rng, code, at = rng<<8, code<<8|uint32(in[at]), at+1
		}
		rng >>= 1
		code -= rng
		minus := uint32(int32(code) >> 31) // all ones if the bit is 0
		code += rng & minus
		low = low<<1 + 1 + minus
	}
	var last uint32
	last, rng, code, at = reverse(&d.align, alignBits, rng, code, in, at)
	return dist + low<<alignBits + last, rng, code, at
}

// decode decodes a length less minMatch.
func (l *lenCoder) decode(posState, rng, code uint32, in []byte, at int) (_, _, _ uint32, _ int) {
	var b, n uint32
	if b, rng, code, at = bit(&l.choice, rng, code, in, at); b == 0 {
		return tree(l.low[posState%posStates][:], rng, code, in, at)
	}
	if b, rng, code, at = bit(&l.choice2, rng, code, in, at); b == 0 {
		n, rng, code, at = tree(l.mid[posState%posStates][:], rng, code, in, at)
		return n + 8, rng, code, at
	}
	n, rng, code, at = tree(l.high[:], rng, code, in, at)
	return n + 16, rng, code, at
}

// bit decodes one bit.
func bit(prob *uint16, rng, code uint32, in []byte, at int) (_, _, _ uint32, _ int) {
	if rng < 1<<24 {
		rng, code, at = rng<<8, code<<8|uint32(in[at]), at+1
	}
	p := uint32(*prob)
	bound := rng >> 11 * p
	if code < bound {
		*prob = uint16(p + (2048-p)>>5)
		return 0, bound, code, at
	}
	*prob = uint16(p - p>>5)
	return 1, rng - bound, code - bound, at
}

// tree decodes as many bits as a tree of len(probs) leaves is deep, the highest first.
func tree(probs []uint16, rng, code uint32, in []byte, at int) (_, _, _ uint32, _ int) {
	symbol, leaves := uint32(1), uint32(len(probs))
	for symbol < leaves {
		p := int32(probs[symbol])
		if rng < 1<<24 {
			rng, code, at = rng<<8, code<<8|uint32(in[at]), at+1
		}
		bound := rng >> 11 * uint32(p)
		over := int64(code) - int64(bound)
		zero := uint32(over >> 63)
		rng -= bound
		rng += (bound - rng) & zero
		code = uint32(over) + bound&zero
		probs[symbol] = uint16(p - (p+int32(zero)&(31-2048))>>5)
		symbol = symbol<<1 + 1 + zero
	}
	return symbol - leaves, rng, code, at
}

// reverse decodes n bits, the lowest first.
func reverse(probs *[32]uint16, n, rng, code uint32, in []byte, at int) (_, _, _ uint32, _ int) {
	node, low := uint32(1), uint32(0)
	for i := range n & 7 {
		p := int32(probs[node%32])
		if rng < 1<<24 {
			rng, code, at = rng<<8, code<<8|uint32(in[at]), at+1
		}
		bound := rng >> 11 * uint32(p)
		over := int64(code) - int64(bound)
		zero := uint32(over >> 63)
		rng -= bound
		rng += (bound - rng) & zero
		code = uint32(over) + bound&zero
		probs[node%32] = uint16(p - (p+int32(zero)&(31-2048))>>5)
		low |= (1 + zero) << i
		node = node<<1 + 1 + zero
	}
	return low, rng, code, at
}
