package szdd

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"math/bits"
)

// makeSZDD makes a file as COMPRESS does; missing is the character that its name lacks.
func makeSZDD(data string, missing byte) []byte {
	out := append([]byte(magicSZDD), 'A', missing)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(data)))
	return append(out, encodeLZSS(data, windowSize-16)...)
}

func makeBasic(data string) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(magicBasic), uint32(len(data)))
	return append(out, encodeLZSS(data, windowSize-18)...)
}

// matcher finds what was before: nearby, a whole window back, and where the same three bytes were last.
type matcher struct {
	all  []byte
	seen map[[3]byte]int
}

// find returns the longest match of at most most bytes that is less than reach bytes back.
func (m *matcher) find(at, most, reach int) (length, dist int) {
	try := func(d int) {
		n := 0
		for d > 0 && d < reach && d <= at && n < most && at+n < len(m.all) && m.all[at+n] == m.all[at+n-d] {
			n++
		}
		if n > length {
			length, dist = n, d
		}
	}
	for d := range 9 {
		try(d)
	}
	try(windowSize)
	if at+3 <= len(m.all) {
		if before, ok := m.seen[[3]byte(m.all[at:])]; ok {
			try(at - before)
		}
	}
	return length, dist
}

// note remembers a place for later matches.
func (m *matcher) note(at int) {
	if at+3 <= len(m.all) {
		m.seen[[3]byte(m.all[at:])] = at
	}
}

// encodeLZSS takes the longest match it finds, also in the spaces before the beginning and over the place it writes to.
func encodeLZSS(data string, start int) (out []byte) {
	all := append(bytes.Repeat([]byte{' '}, windowSize), data...)
	m := &matcher{all, map[[3]byte]int{}}
	for at := windowSize; at < len(all); {
		flagsAt := len(out)
		out = append(out, 0)
		for bit := 0; bit < 8 && at < len(all); bit++ {
			best, dist := m.find(at, 18, windowSize+1)
			m.note(at)
			if best < 3 {
				out[flagsAt] |= 1 << bit
				out = append(out, all[at])
				at++
				continue
			}
			place := (start + at - windowSize - dist) & (windowSize - 1)
			out = append(out, byte(place), byte(place>>4&0xF0|(best-3)))
			at += best
		}
	}
	return out
}

// kwaj is a file to be made; size < 0: it does not tell its length.
type kwaj struct {
	method    int
	size      int
	name, ext string
	more      bool // fields that nobody needs
	packed    []byte
}

func (k kwaj) bytes() []byte {
	le := binary.LittleEndian
	var flags uint16
	var fields []byte
	if k.size >= 0 {
		flags |= hasLength
		fields = le.AppendUint32(fields, uint32(k.size))
	}
	if k.more {
		flags |= hasUnknown | hasData | 0x20
		fields = append(fields, 1, 2, 3, 0, 'a', 'b', 'c')
	}
	if k.name != "" {
		flags |= hasName
		fields = append(fields, k.name+"\x00"...)
	}
	if k.ext != "" {
		flags |= hasExtension
		fields = append(fields, k.ext+"\x00"...)
	}
	if k.more {
		fields = append(fields, 4, 0, 't', 'e', 'x', 't')
	}
	out := le.AppendUint16([]byte(magicKWAJ), uint16(k.method))
	out = le.AppendUint16(out, uint16(14+len(fields)))
	out = le.AppendUint16(out, flags)
	return append(append(out, fields...), k.packed...)
}

func pack(method int, data string) []byte {
	switch method {
	case methodXOR:
		out := []byte(data)
		for i := range out {
			out[i] = ^out[i]
		}
		return out
	case methodBasic:
		return encodeLZSS(data, windowSize-18)
	case methodLZH:
		return encodeLZH(data, [5]int{1, 2, 3, 0, 1})
	case methodMSZIP:
		return encodeMSZIP(data)
	}
	return []byte(data)
}

func encodeMSZIP(data string) (out []byte) {
	for at := 0; at < len(data); at += 32 << 10 {
		var block bytes.Buffer
		w, err := flate.NewWriterDict(&block, flate.BestCompression, []byte(data[max(0, at-32<<10):at]))
		if err == nil {
			_, err = w.Write([]byte(data[at:min(len(data), at+32<<10)]))
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			panic(err)
		}
		out = binary.LittleEndian.AppendUint16(out, uint16(block.Len()+2))
		out = append(append(out, "CK"...), block.Bytes()...)
	}
	return append(out, 0, 0)
}

// bitWriter writes the highest bit first.
type bitWriter struct {
	out []byte
	n   int
}

func (w *bitWriter) put(v, n int) {
	for i := n - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.out = append(w.out, 0)
		}
		w.out[w.n/8] |= byte(v >> i & 1 << (7 - w.n%8))
		w.n++
	}
}

// skewed are lengths of a complete code whose first symbols have the short codes.
func skewed(n int) []uint8 {
	lens := make([]uint8, n)
	for i := range lens {
		lens[i] = uint8(bits.Len(uint(n)) - 1)
		switch {
		case i < n/4:
			lens[i]--
		case i >= n/2:
			lens[i]++
		}
	}
	return lens
}

// encodeLZH writes the five codes in the ways asked for.
func encodeLZH(data string, ways [5]int) []byte {
	w := &bitWriter{}
	for _, way := range ways {
		w.put(way, 4)
	}
	w.put(0, 4)
	put := make([]func(sym int), 5)
	for i, n := range []int{16, 16, 32, 64, 256} {
		lens := skewed(n)
		if ways[i] == 0 {
			for k := range lens {
				lens[k] = uint8(bits.Len(uint(n)) - 1)
			}
		} else {
			w.lengths(ways[i], lens)
		}
		codes, code := make([]int, n), 0
		for l := uint8(1); l <= maxCode; l++ {
			for sym, have := range lens {
				if have == l {
					codes[sym] = code
					code++
				}
			}
			code <<= 1
		}
		put[i] = func(sym int) { w.put(codes[sym], int(lens[sym])) }
	}
	w.tokens(data, put)
	return w.out
}

func (w *bitWriter) lengths(way int, lens []uint8) {
	w.put(int(lens[0]), 4)
	for i := 1; i < len(lens); i++ {
		step := int(lens[i]) - int(lens[i-1])
		switch {
		case way == 1 && step == 0:
			w.put(0, 1)
		case way == 1 && step == 1:
			w.put(0b10, 2)
		case way == 1:
			w.put(0b11, 2)
			w.put(int(lens[i]), 4)
		case way == 2 && step >= -1 && step <= 1:
			w.put(step+1, 2)
		case way == 2:
			w.put(3, 2)
			w.put(int(lens[i]), 4)
		default:
			w.put(int(lens[i]), 4)
		}
	}
}

// tokens writes runs of literals and matches: of the 16 lengths of a match, the first says that there is none.
func (w *bitWriter) tokens(data string, put []func(int)) {
	literal := false // a run of literals was the last, and not a longest one
	lead := func(v int) {
		if literal {
			put[1](v)
		} else {
			put[0](v)
		}
	}
	m := &matcher{[]byte(data), map[[3]byte]int{}}
	for at := 0; at < len(data); {
		if n, dist := m.find(at, 17, windowSize); n >= 3 {
			m.note(at)
			lead(n - 2)
			literal = false
			put[3](dist >> 6)
			w.put(dist&63, 6)
			at += n
			continue
		}
		m.note(at)
		n := 1
		for n < 32 && at+n < len(data) {
			if l, _ := m.find(at+n, 17, windowSize); l >= 3 {
				break
			}
			m.note(at + n)
			n++
		}
		lead(0)
		put[2](n - 1)
		for _, c := range []byte(data[at : at+n]) {
			put[4](int(c))
		}
		at += n
		literal = n < 32
	}
}
