package cab

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// lzxEncoder makes LZX streams for the tests. It finds matches as a simple compressor does and uses everything that the
// format has: all kinds of blocks, blocks that end within a frame and that go over several, the last distances again.
type lzxEncoder struct {
	bits  int      // of the window
	kinds []int    // of the blocks, in turn
	block int      // bytes of a block
	e8    int32    // what x86 calls are made relative to, 0 to leave them
	out   [][]byte // frames
	cur   []byte
	word  uint64
	n     int
	main  [lzxMain]uint8 // lengths of the codes of the block before
	len   [lzxLengths]uint8
	r     [3]int
}

func encodeLZX(windowBits int, kinds []int, block int, e8 int32, data []byte) []testBlock {
	e := &lzxEncoder{bits: windowBits, kinds: kinds, block: block, e8: e8, r: [3]int{1, 1, 1}}
	e.encode(data)
	var blocks []testBlock
	for i, f := range e.out {
		blocks = append(blocks, testBlock{f, min(frameSize, len(data)-i*frameSize)})
	}
	return blocks
}

func (e *lzxEncoder) put(v, n int) {
	for i := n - 1; i >= 0; i-- {
		e.word = e.word<<1 | uint64(v>>i&1)
		if e.n++; e.n == 16 {
			e.cur = binary.LittleEndian.AppendUint16(e.cur, uint16(e.word))
			e.n, e.word = 0, 0
		}
	}
}

// endFrame ends a data block: the next one begins with a new word.
func (e *lzxEncoder) endFrame() {
	if e.n > 0 {
		e.put(0, 16-e.n)
	}
	e.out, e.cur = append(e.out, e.cur), nil
}

// token is a literal (length 1) or a match.
type token struct {
	literal byte
	length  int
	dist    int
}

func (e *lzxEncoder) encode(data []byte) {
	if e.e8 == 0 {
		e.put(0, 1)
	} else {
		e.put(1, 1)
		e.put(int(e.e8>>16), 16)
		e.put(int(e.e8&0xFFFF), 16)
		data = absoluteCalls(data, e.e8)
	}
	heads := make([]int32, 1<<16)
	for i := range heads {
		heads[i] = -1
	}
	for at, k := 0, 0; at < len(data); k++ {
		end := min(len(data), at+e.block)
		kind := e.kinds[k%len(e.kinds)]
		if kind == lzxUncompressed {
			e.uncompressed(data, at, end)
		} else {
			e.compressed(kind, at, e.tokens(data, at, end, heads))
		}
		at = end
	}
	if len(data)%frameSize != 0 {
		e.endFrame()
	}
}

// absoluteCalls is what putBackCalls undoes.
func absoluteCalls(data []byte, size int32) []byte {
	data = slices.Clone(data)
	for start := 0; start < len(data); start += frameSize {
		b := data[start:min(len(data), start+frameSize)]
		for i := 0; i < len(b)-10; i++ {
			if b[i] != 0xE8 {
				continue
			}
			here, rel := int32(start+i), int32(binary.LittleEndian.Uint32(b[i+1:]))
			switch {
			case rel >= -here && rel < size-here:
				binary.LittleEndian.PutUint32(b[i+1:], uint32(rel+here))
			case rel >= size-here && rel < size:
				binary.LittleEndian.PutUint32(b[i+1:], uint32(rel-size))
			}
			i += 4
		}
	}
	return data
}

// tokens cuts a piece into literals and matches. No match goes over the end of a frame.
func (e *lzxEncoder) tokens(data []byte, at, end int, heads []int32) (out []token) {
	r0 := e.r[0]
	for at < end {
		limit := min(end, at-at%frameSize+frameSize, at+257)
		best := token{literal: data[at], length: 1}
		try := func(from int) {
			if from < 0 || at-from > 1<<e.bits-3 {
				return
			}
			n := 0
			for at+n < limit && data[from+n] == data[at+n] {
				n++
			}
			if n > best.length {
				best.length, best.dist = n, at-from
			}
		}
		if at+3 <= len(data) {
			h := (uint32(data[at])<<16 | uint32(data[at+1])<<8 | uint32(data[at+2])) * 2654435761 >> 16
			try(at - r0)
			try(int(heads[h]))
			heads[h] = int32(at)
		}
		if best.length > 1 {
			r0 = best.dist
		}
		out = append(out, best)
		at += best.length
	}
	return out
}

func (e *lzxEncoder) uncompressed(data []byte, at, end int) {
	e.put(lzxUncompressed, 3)
	e.put((end-at)>>8, 16)
	e.put((end-at)&0xFF, 8)
	e.put(0, 16-e.n) // a whole word if one begins here
	for _, r := range e.r {
		e.cur = binary.LittleEndian.AppendUint32(e.cur, uint32(r))
	}
	odd := (end-at)&1 == 1
	for at < end {
		stop := min(end, at-at%frameSize+frameSize)
		e.cur = append(e.cur, data[at:stop]...)
		if stop == end && odd {
			e.cur = append(e.cur, 0)
		}
		if at = stop; at%frameSize == 0 {
			e.endFrame()
		}
	}
}

// symbols is a token as LZX codes it.
type symbols struct {
	main, length int // length -1: none
	slot, low    int // of a distance of its own; slot 0: none
	size         int
}

func (e *lzxEncoder) symbols(t token) symbols {
	if t.dist == 0 {
		return symbols{main: int(t.literal), length: -1, size: 1}
	}
	s := symbols{length: -1, size: t.length}
	slot := slices.Index(e.r[:], t.dist)
	switch slot {
	case 0:
	case 1:
		e.r[0], e.r[1] = e.r[1], e.r[0]
	case 2:
		e.r[0], e.r[2] = e.r[2], e.r[0]
	default:
		e.r = [3]int{t.dist, e.r[0], e.r[1]}
		slot = 3
		for slot+1 < 50 && int(lzxBase[slot+1]) <= t.dist {
			slot++
		}
		s.slot, s.low = slot, t.dist-int(lzxBase[slot])
	}
	head := t.length - 2
	if head >= 7 {
		s.length = head - 7
		head = 7
	}
	s.main = 256 + slot*8 + head
	return s
}

func (e *lzxEncoder) compressed(kind, at int, tokens []token) {
	var mains, lengths, lows = make([]int, 256+8*lzxSlots[e.bits-15]), make([]int, lzxLengths), make([]int, lzxAligned)
	all := make([]symbols, len(tokens))
	size := 0
	for i, t := range tokens {
		s := e.symbols(t)
		all[i] = s
		size += s.size
		mains[s.main]++
		if s.length >= 0 {
			lengths[s.length]++
		}
		if s.slot > 0 && lzxExtra[s.slot] >= 3 {
			lows[s.low&7]++
		}
	}
	e.put(kind, 3)
	e.put(size>>8, 16)
	e.put(size&0xFF, 8)
	lowLens := codeLengths(lows, 7)
	if kind == lzxAlignedBlock {
		for _, l := range lowLens {
			e.put(int(l), 3)
		}
	}
	mainLens, lenLens := codeLengths(mains, 16), codeLengths(lengths, 16)
	e.lengths(e.main[:256], mainLens[:256])
	e.lengths(e.main[256:len(mainLens)], mainLens[256:])
	e.lengths(e.len[:], lenLens)
	mainCodes, lenCodes, lowCodes := codes(mainLens), codes(lenLens), codes(lowLens)
	for _, s := range all {
		e.put(mainCodes[s.main], int(mainLens[s.main]))
		if s.length >= 0 {
			e.put(lenCodes[s.length], int(lenLens[s.length]))
		}
		if x := int(lzxExtra[s.slot]); s.slot > 0 {
			if kind == lzxAlignedBlock && x >= 3 {
				e.put(s.low>>3, x-3)
				e.put(lowCodes[s.low&7], int(lowLens[s.low&7]))
			} else {
				e.put(s.low, x)
			}
		}
		if at += s.size; at%frameSize == 0 {
			e.endFrame()
		}
	}
}

// lengths writes lengths of codes as differences from those before, which it replaces.
func (e *lzxEncoder) lengths(before, now []uint8) {
	type op struct{ sym, extra, bits, same int }
	var ops []op
	for i := 0; i < len(now); {
		run := 1
		for i+run < len(now) && now[i+run] == now[i] {
			run++
		}
		delta := int(before[i]+17-now[i]) % 17
		switch {
		case now[i] == 0 && run >= 20:
			run = min(run, 51)
			ops = append(ops, op{18, run - 20, 5, -1})
		case now[i] == 0 && run >= 4:
			run = min(run, 19)
			ops = append(ops, op{17, run - 4, 4, -1})
		case run >= 4:
			run = min(run, 5)
			ops = append(ops, op{19, run - 4, 1, delta})
		default:
			run = 1
			ops = append(ops, op{delta, 0, 0, -1})
		}
		i += run
	}
	count := make([]int, lzxPre)
	for _, o := range ops {
		count[o.sym]++
		if o.same >= 0 {
			count[o.same]++
		}
	}
	lens := codeLengths(count, 15)
	pre := codes(lens)
	for _, l := range lens {
		e.put(int(l), 4)
	}
	for _, o := range ops {
		e.put(pre[o.sym], int(lens[o.sym]))
		e.put(o.extra, o.bits)
		if o.same >= 0 {
			e.put(pre[o.same], int(lens[o.same]))
		}
	}
	copy(before, now)
}

// codeLengths makes a complete code of at most limit bits. A lone symbol gets a companion, so that the code is complete.
func codeLengths(count []int, limit int) []uint8 {
	type node struct{ count, sym, left, right int }
	var leaves []node
	for i, c := range count {
		if c > 0 {
			leaves = append(leaves, node{count: c, sym: i})
		}
	}
	lens := make([]uint8, len(count))
	if len(leaves) == 0 {
		return lens
	}
	if len(leaves) == 1 {
		leaves = append(leaves, node{count: 1, sym: (leaves[0].sym + 1) % len(count)})
	}
	for {
		slices.SortFunc(leaves, func(a, b node) int { return cmp.Or(a.count-b.count, a.sym-b.sym) })
		// The two least of the leaves and of the nodes made of them, which come in order too, again and again.
		nodes := slices.Clone(leaves)
		for leaf, inner := 0, len(leaves); len(nodes) < 2*len(leaves)-1; {
			least := func() int {
				if leaf < len(leaves) && (inner == len(nodes) || nodes[leaf].count <= nodes[inner].count) {
					leaf++
					return leaf - 1
				}
				inner++
				return inner - 1
			}
			a, b := least(), least()
			nodes = append(nodes, node{nodes[a].count + nodes[b].count, -1, a, b})
		}
		depth := make([]uint8, len(nodes))
		for i := len(nodes) - 1; i >= len(leaves); i-- {
			depth[nodes[i].left], depth[nodes[i].right] = depth[i]+1, depth[i]+1
		}
		for i, n := range leaves {
			lens[n.sym] = depth[i]
		}
		if int(slices.Max(lens)) <= limit {
			return lens
		}
		for i := range leaves {
			leaves[i].count = leaves[i].count/2 + 1
		}
	}
}

// codes are the codes of a canonical code.
func codes(lens []uint8) []int {
	out := make([]int, len(lens))
	code := 0
	for l := uint8(1); l <= 16; l++ {
		for i, n := range lens {
			if n == l {
				out[i] = code
				code++
			}
		}
		code <<= 1
	}
	return out
}

// encodeQuantum makes a Quantum stream with the same models that the decoder has. The coder is ahead of the bits that
// stand between its own: the decoder has 16 bits read when it takes them.
func encodeQuantum(windowBits int, data []byte) (blocks []testBlock) {
	d := newQuantum(windowBits)
	heads := make([]int32, 1<<16)
	for i := range heads {
		heads[i] = -1
	}
	for at := 0; at < len(data); {
		end := min(len(data), at+frameSize)
		q := &quantumEncoder{high: 0xFFFF}
		for _, t := range (&lzxEncoder{bits: windowBits, r: [3]int{1, 1, 1}}).tokens(data, at, end, heads) {
			at += t.length
			if t.dist > 0 && (t.length < 3 || t.length == 3 && t.dist > quantumReach(d.position[0].syms) ||
				t.length == 4 && t.dist > quantumReach(d.position[1].syms)) {
				for _, c := range data[at-t.length : at] {
					q.literal(d, c)
				}
				continue
			}
			if t.dist == 0 {
				q.literal(d, t.literal)
				continue
			}
			q.match(d, t)
		}
		blocks = append(blocks, testBlock{q.flush(), end - (at-1)/frameSize*frameSize})
	}
	return blocks
}

// quantumReach is the longest distance that n slots reach.
func quantumReach(n int) int { return (2 + n&1) << max(0, n/2-1) }

type quantumEncoder struct {
	low, high uint16
	waiting   int   // bits that are the opposite of the next one
	coded     []int // bits of the coder
	shifts    int
	raw       []rawBits
}

// rawBits stand before the bit of the coder with that number.
type rawBits struct{ before, v, n int }

func (q *quantumEncoder) bits(v, n int) { q.raw = append(q.raw, rawBits{16 + q.shifts, v, n}) }

func (q *quantumEncoder) literal(d *quantum, c byte) {
	q.symbol(&d.selector, int(c>>6))
	q.symbol(&d.literal[c>>6], int(c&63))
}

func (q *quantumEncoder) match(d *quantum, t token) {
	s := min(t.length+1, 6)
	q.symbol(&d.selector, s)
	if s == 6 {
		l := 26
		for quantumLength(l)+5 > t.length {
			l--
		}
		q.symbol(&d.length, l)
		if l < 26 {
			q.bits(t.length-5-quantumLength(l), max(0, (l-2)/4))
		}
	}
	dist, slot := t.dist-1, t.dist-1
	if dist > 3 {
		width := bits.Len(uint(dist))
		slot = 2*(width-1) + dist>>(width-2)&1
	}
	q.symbol(&d.position[s-4], slot)
	if extra := max(0, slot/2-1); extra > 0 {
		q.bits(dist&(1<<extra-1), extra)
	}
}

func (q *quantumEncoder) symbol(m *quantumModel, sym int) {
	i := slices.Index(m.sym[:m.syms], uint8(sym))
	width, total := uint32(q.high)-uint32(q.low)+1, uint32(m.cum[0])
	q.high = q.low + uint16(uint32(m.cum[i])*width/total-1)
	q.low += uint16(uint32(m.cum[i+1]) * width / total)
	m.learn(i)
	for {
		switch {
		case (q.low^q.high)&0x8000 == 0:
			q.put(int(q.low >> 15))
		case q.low&0x4000 != 0 && q.high&0x4000 == 0:
			q.waiting++
			q.low &= 0x3FFF
			q.high |= 0x4000
		default:
			return
		}
		q.low <<= 1
		q.high = q.high<<1 | 1
		q.shifts++
	}
}

func (q *quantumEncoder) put(bit int) {
	q.coded = append(q.coded, bit)
	for ; q.waiting > 0; q.waiting-- {
		q.coded = append(q.coded, 1-bit)
	}
}

func (q *quantumEncoder) flush() (out []byte) {
	q.waiting++
	q.put(int(q.low >> 14 & 1))
	for len(q.coded) < q.shifts+16 {
		q.coded = append(q.coded, 0)
	}
	n := 0
	put := func(bit int) {
		if n%8 == 0 {
			out = append(out, 0)
		}
		out[n/8] |= byte(bit << (7 - n%8))
		n++
	}
	for i, bit := range q.coded {
		for len(q.raw) > 0 && q.raw[0].before == i {
			for k := q.raw[0].n - 1; k >= 0; k-- {
				put(q.raw[0].v >> k & 1)
			}
			q.raw = q.raw[1:]
		}
		put(bit)
	}
	for _, r := range q.raw {
		for k := r.n - 1; k >= 0; k-- {
			put(r.v >> k & 1)
		}
	}
	return out
}
