package nsis

import (
	"io"
)

// bzip2 decodes the blocks of bzip2 as NSIS keeps them: there is no header, a block starts with one byte 0x31 and the
// place of its first byte, has no checksum and is never randomised, and 0x17 ends the stream.
type bzip2 struct {
	in   *feed
	w    *window
	bits uint64 // the next bit is the highest
	n    uint

	tt      []uint32 // the block: a byte below, where to go on above
	left    int      // bytes of the block that are still to come
	at      uint32
	runByte int // the byte that the last ones were, -1 for none
	runLen  int

	trees [6]bzTree
}

const (
	bzBlock = 900_000 // NSIS knows no other size
	bzGroup = 50      // symbols that use one tree
	bzBits  = 10      // of a code that are looked up at once
	bzMost  = 20      // the longest code
	bzChunk = 64 << 10
)

// bzTree is one prefix code. quick has the symbol above and the length below for codes of up to bzBits; the others are
// found by comparing.
type bzTree struct {
	quick [1 << bzBits]uint16
	limit [bzMost + 2]uint32 // the first code, moved to the left of bzMost bits, that is longer than i bits
	first [bzMost + 2]int32  // what to add to a code of i bits to find its symbol
	perm  [258]uint16
}

func (d *bzip2) start(in *feed, w *window, most int64) error {
	w.reset(0, most)
	d.in, d.w, d.bits, d.n, d.left, d.runByte, d.runLen = in, w, 0, 0, 0, -1, 0
	return nil
}

// more makes sure of 56 bits.
func (d *bzip2) more() error {
	if d.in.pos-int(d.n/8) > d.in.end {
		d.in.pos = d.in.end + 1
		return d.in.check()
	}
	d.in.fill()
	for d.n < 56 {
		d.bits |= uint64(d.in.buf[d.in.pos]) << (56 - d.n)
		d.in.pos++
		d.n += 8
	}
	return nil
}

// take returns n bits; more was called at most 56 bits ago.
func (d *bzip2) take(n uint) uint32 {
	v := uint32(d.bits >> (64 - n))
	d.bits <<= n
	d.n -= n
	return v
}

func (d *bzip2) get(n uint) (uint32, error) {
	if d.n < n {
		if err := d.more(); err != nil {
			return 0, err
		}
	}
	return d.take(n), nil
}

func (d *bzip2) run() error {
	if d.left == 0 {
		if err := d.block(); err != nil {
			return err
		}
	}
	// 255 is the longest repetition that four equal bytes and a count stand for.
	if err := d.w.room(bzChunk + 256); err != nil {
		return err
	}
	buf, wr := d.w.buf, d.w.wr
	limit := wr + bzChunk
	at, left, last, run := d.at, d.left, d.runByte, d.runLen
	tt := d.tt
	for left > 0 && wr < limit {
		e := tt[at]
		at = e >> 8
		b := byte(e)
		left--
		if run == 4 {
			for range b {
				buf[wr] = byte(last)
				wr++
			}
			run, last = 0, -1
			continue
		}
		if int(b) == last {
			run++
		} else {
			last, run = int(b), 1
		}
		buf[wr] = b
		wr++
	}
	d.at, d.left, d.runByte, d.runLen, d.w.wr = at, left, last, run, wr
	return nil
}

// block reads one block and undoes its transformation.
func (d *bzip2) block() error {
	if err := d.more(); err != nil {
		return err
	}
	switch d.take(8) {
	case 0x17:
		if d.in.pos-int(d.n/8) > d.in.end {
			d.in.pos = d.in.end + 1
			return d.in.check()
		}
		return io.EOF
	case 0x31:
	default:
		return corrupt("a bzip2 block without its mark")
	}
	origin := d.take(24)
	alphabet, n, err := d.alphabet()
	if err != nil {
		return err
	}
	selectors, trees, err := d.selectors()
	if err != nil {
		return err
	}
	for i := range trees {
		if err := d.readTree(&d.trees[i], n+2); err != nil {
			return err
		}
	}
	var count [256]uint32
	size, err := d.symbols(alphabet[:n], selectors, &count)
	if err != nil {
		return err
	}
	if origin >= uint32(size) {
		return corrupt("a bzip2 block starts behind its end")
	}
	sum := uint32(0)
	for i, c := range count {
		count[i], sum = sum, sum+c
	}
	tt := d.tt[:size]
	for i := range tt {
		b := byte(tt[i])
		tt[count[b]] |= uint32(i) << 8
		count[b]++
	}
	d.at, d.left = tt[origin]>>8, size
	// A repetition does not reach from one block into the next.
	d.runByte, d.runLen = -1, 0
	return nil
}

// alphabet reads which bytes a block has.
func (d *bzip2) alphabet() (used [256]byte, n int, err error) {
	groups, err := d.get(16)
	if err != nil {
		return used, 0, err
	}
	for g := range 16 {
		if groups>>(15-g)&1 == 0 {
			continue
		}
		members, err := d.get(16)
		if err != nil {
			return used, 0, err
		}
		for i := range 16 {
			if members>>(15-i)&1 != 0 {
				used[n] = byte(16*g + i)
				n++
			}
		}
	}
	if n == 0 {
		return used, 0, corrupt("a bzip2 block of no bytes")
	}
	return used, n, nil
}

// selectors reads which tree each group of symbols uses.
func (d *bzip2) selectors() (list []uint8, trees int, err error) {
	head, err := d.get(18)
	if err != nil {
		return nil, 0, err
	}
	trees = int(head >> 15)
	n := int(head & (1<<15 - 1))
	if trees < 2 || trees > 6 || n == 0 {
		return nil, 0, corrupt("a bzip2 block with %d trees for %d groups", trees, n)
	}
	front := [6]uint8{0, 1, 2, 3, 4, 5}
	list = make([]uint8, n)
	for i := range list {
		j := 0
		for {
			b, err := d.get(1)
			if err != nil {
				return nil, 0, err
			}
			if b == 0 {
				break
			}
			if j++; j >= trees {
				return nil, 0, corrupt("a bzip2 block chooses a tree that it does not have")
			}
		}
		t := front[j]
		copy(front[1:j+1], front[:j])
		front[0] = t
		list[i] = t
	}
	return list, trees, nil
}

func (d *bzip2) readTree(t *bzTree, n int) error {
	var lengths [258]uint8
	l, err := d.get(5)
	if err != nil {
		return err
	}
	for i := range n {
		for {
			b, err := d.get(1)
			if err != nil {
				return err
			}
			if b == 0 {
				break
			}
			if b, err = d.get(1); err != nil {
				return err
			}
			l += 1 - 2*b
			if l < 1 || l > bzMost {
				return corrupt("a bzip2 code of an impossible length")
			}
		}
		if l < 1 || l > bzMost {
			return corrupt("a bzip2 code of an impossible length")
		}
		lengths[i] = uint8(l)
	}
	return t.build(lengths[:n])
}

func (t *bzTree) build(lengths []uint8) error {
	var count [bzMost + 2]int
	for _, l := range lengths {
		count[l]++
	}
	t.quick = [1 << bzBits]uint16{}
	code, index := uint32(0), 0
	for l := 1; l <= bzMost; l++ {
		t.first[l] = int32(index) - int32(code)
		for sym, have := range lengths {
			if int(have) != l {
				continue
			}
			t.perm[index] = uint16(sym)
			if l <= bzBits && code < 1<<l {
				from := code << (bzBits - l)
				for i := range uint32(1) << (bzBits - l) {
					t.quick[from+i] = uint16(sym)<<5 | uint16(l)
				}
			}
			index++
			code++
		}
		if code > 1<<l {
			return corrupt("more codes than their lengths allow")
		}
		t.limit[l] = code << (bzMost - l)
		code <<= 1
	}
	return nil
}

// long finds a code that is longer than bzBits. n is 0 if there is none.
func (t *bzTree) long(bits uint64) (sym uint16, n uint) {
	v := uint32(bits >> (64 - bzMost))
	for l := bzBits + 1; l <= bzMost; l++ {
		if v >= t.limit[l] {
			continue
		}
		if i := int32(v>>(bzMost-l)) + t.first[l]; i >= 0 && i < int32(len(t.perm)) {
			return t.perm[i], uint(l)
		}
		break
	}
	return 0, 0
}

// symbols decodes the bytes of a block, in the order of the transformation, and counts them.
func (d *bzip2) symbols(front []byte, selectors []uint8, count *[256]uint32) (size int, err error) {
	end := uint16(len(front) + 1)
	run, power := 0, 1
	tt := d.tt
	hold, n := d.bits, d.n
	for _, s := range selectors {
		t := &d.trees[s]
		for range bzGroup {
			if n < bzMost {
				d.bits, d.n = hold, n
				if err := d.more(); err != nil {
					return 0, err
				}
				hold, n = d.bits, d.n
			}
			var sym uint16
			if e := t.quick[hold>>(64-bzBits)]; e != 0 {
				sym = e >> 5
				hold <<= e & 31
				n -= uint(e & 31)
			} else {
				var l uint
				if sym, l = t.long(hold); l == 0 {
					return 0, corrupt("a code that means nothing")
				}
				hold <<= l
				n -= l
			}
			if sym < 2 { // digits of a repetition's length
				run += power << sym
				if power <<= 1; run > bzBlock {
					return 0, corrupt("a bzip2 block of more than %d bytes", bzBlock)
				}
				continue
			}
			if size+run >= len(tt) {
				if tt, err = d.grow(size + run + 1); err != nil {
					return 0, err
				}
			}
			if run > 0 {
				b := front[0]
				count[b] += uint32(run)
				for i := range tt[size : size+run] {
					tt[size+i] = uint32(b)
				}
				size += run
				run, power = 0, 1
			}
			if sym >= end {
				d.bits, d.n = hold, n
				if sym > end {
					return 0, corrupt("a code that means nothing")
				}
				return size, nil
			}
			i := int(sym - 1)
			b := front[i]
			if i < 16 { // shorter than a call
				for ; i > 0; i-- {
					front[i] = front[i-1]
				}
			} else {
				copy(front[1:i+1], front[:i])
			}
			front[0] = b
			count[b]++
			tt[size] = uint32(b)
			size++
		}
	}
	return 0, corrupt("a bzip2 block without an end")
}

// grow makes place for n bytes of a block. Only a block that needs it takes the memory of the largest one.
func (d *bzip2) grow(n int) ([]uint32, error) {
	const most = bzBlock + 1 // of a full block the end has a place, too
	if n > most {
		return nil, corrupt("a bzip2 block of more than %d bytes", bzBlock)
	}
	grown := make([]uint32, min(most, max(4*len(d.tt), 2*n, 16<<10)))
	copy(grown, d.tt)
	d.tt = grown
	return grown, nil
}
