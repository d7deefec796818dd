package explode

import (
	"errors"
	"io"
	"sync"
)

// ErrCorrupt is what Read reports for a stream that is not of this format or contradicts itself.
var ErrCorrupt = errors.New("the imploded data is damaged")

// The lengths of the code words, as a hexadecimal digit each: of literals by their byte, of lengths and distances by
// their symbol. The words themselves follow from them: shorter ones first, then in the order of the symbols.
const (
	literalBits = "bcccccccc87cc7ccccccccccccdccccc" +
		"4a8caca87789767876777787788cb79b" +
		"c676657886b967667b66679899b8b9c8" +
		"c566656665b756556a55558788abbccc" +
		"dddddddddddddddddddddddddddddddd" +
		"ddddddddddddddddcccccccccccccccc" +
		"cccccccccccccccccccccccccccccccc" +
		"dcdddcdddcddddcdddcccddddddddddd"
	lengthBits   = "2333444555566677"
	distanceBits = "2445555666666666666666777777777777777777777777778888888888888888"
)

const (
	window    = 4096 // bytes that a distance may reach back, at most
	maxLength = 518  // bytes of one copy
	endLength = 519  // what a length says at the end of the stream
	maxWord   = 13   // bits of the longest code word
)

// table decodes one kind of code words: what the next bits of the stream, the first one lowest, stand for. An entry is
// symbol<<4 | length of its word.
type table struct {
	bits uint
	word []uint16
}

// makeTable lays out a complete code. Words are stored with their highest bit first, and inverted.
func makeTable(lengths string, bits uint) table {
	t := table{bits: bits, word: make([]uint16, 1<<bits)}
	code := 0
	for n := uint(1); n <= bits; n++ {
		code <<= 1
		for symbol, c := range []byte(lengths) {
			if digit(c) != n {
				continue
			}
			var first uint
			for i := range n {
				first |= (uint(code)>>(n-1-i)&1 ^ 1) << i
			}
			for at := first; at < 1<<bits; at += 1 << n {
				t.word[at] = uint16(symbol)<<4 | uint16(n)
			}
			code++
		}
	}
	return t
}

func digit(c byte) uint {
	if c >= 'a' {
		return uint(c-'a') + 10
	}
	return uint(c - '0')
}

// tables are the three codes, which are the same for all streams.
type tables struct{ literals, lengths, distances table }

var codes = sync.OnceValue(func() *tables {
	return &tables{makeTable(literalBits, maxWord), makeTable(lengthBits, 7), makeTable(distanceBits, 8)}
})

// What a length's symbol stands for, and how many more bits follow it.
var (
	lengthBase  = [16]int{3, 2, 4, 5, 6, 7, 8, 9, 10, 12, 16, 24, 40, 72, 136, 264}
	lengthExtra = [16]uint{0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}
)

// Reader decodes one stream.
type Reader struct {
	src    io.Reader
	srcErr error // why there is no more of it
	codes  *tables
	in     [16 << 10]byte
	rd     int // what of in is not in acc yet: in[rd:wr]
	wr     int
	acc    uint64
	n      uint // bits in acc

	coded   bool // literals are code words, not bytes
	lowBits uint // bits of a distance below its code word
	began   bool
	ended   bool
	err     error

	out       [32 << 10]byte
	done, fed int // of out: decoded, handed out
}

// NewReader decodes what src holds.
func NewReader(src io.Reader) *Reader {
	return &Reader{src: src, codes: codes()}
}

// Read returns io.ErrUnexpectedEOF if the source ends before the stream does.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for r.fed == r.done {
		if r.err != nil {
			return 0, r.err
		}
		if r.ended {
			return 0, io.EOF
		}
		r.err = r.fill()
	}
	n := copy(p, r.out[r.fed:r.done])
	r.fed += n
	return n, nil
}

// fill decodes until out is full or the stream ends.
func (r *Reader) fill() error {
	if !r.began {
		if err := r.start(); err != nil {
			return err
		}
	}
	if r.done > window {
		copy(r.out[:], r.out[r.done-window:r.done])
		r.done, r.fed = window, window
	}
	for r.done+maxLength <= len(r.out) {
		if err := r.item(); err != nil || r.ended {
			return err
		}
	}
	return nil
}

func (r *Reader) start() error {
	r.began = true
	r.refill()
	if r.n < 16 {
		return r.short()
	}
	kind, bits := r.take(8), r.take(8)
	if kind > 1 || bits < 4 || bits > 6 {
		return ErrCorrupt
	}
	r.coded, r.lowBits = kind == 1, bits
	return nil
}

// item decodes one literal or one copy: at most 1 + 7 + 8 + 8 + 6 bits.
func (r *Reader) item() error {
	if r.n < 32 {
		r.refill()
	}
	if r.n == 0 {
		return r.short()
	}
	if r.acc&1 == 0 {
		r.drop(1)
		if r.coded {
			symbol, ok := r.symbol(&r.codes.literals)
			if !ok {
				return r.short()
			}
			r.put(byte(symbol))
			return nil
		}
		if r.n < 8 {
			return r.short()
		}
		r.put(byte(r.take(8)))
		return nil
	}
	r.drop(1)
	symbol, ok := r.symbol(&r.codes.lengths)
	if !ok || r.n < lengthExtra[symbol] {
		return r.short()
	}
	length := lengthBase[symbol] + int(r.take(lengthExtra[symbol]))
	if length == endLength {
		r.ended = true
		return nil
	}
	low := r.lowBits
	if length == 2 {
		low = 2
	}
	high, ok := r.symbol(&r.codes.distances)
	if !ok || r.n < low {
		return r.short()
	}
	return r.copy(high<<low+int(r.take(low))+1, length)
}

// short says why the bits have run out.
func (r *Reader) short() error {
	if r.srcErr == nil || errors.Is(r.srcErr, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return r.srcErr
}

func (r *Reader) put(b byte) {
	r.out[r.done] = b
	r.done++
}

func (r *Reader) copy(distance, length int) error {
	from := r.done - distance
	if from < 0 {
		return ErrCorrupt
	}
	if distance >= length {
		copy(r.out[r.done:r.done+length], r.out[from:])
	} else {
		for i := range length {
			r.out[r.done+i] = r.out[from+i]
		}
	}
	r.done += length
	return nil
}

func (r *Reader) symbol(t *table) (int, bool) {
	w := t.word[r.acc&(1<<t.bits-1)]
	n := uint(w & 15)
	if n > r.n {
		return 0, false
	}
	r.drop(n)
	return int(w >> 4), true
}

func (r *Reader) take(n uint) uint {
	v := uint(r.acc & (1<<n - 1))
	r.drop(n)
	return v
}

func (r *Reader) drop(n uint) {
	r.acc >>= n
	r.n -= n
}

// refill brings at least 32 bits into acc, unless the source has no more.
func (r *Reader) refill() {
	for r.n <= 56 {
		if r.rd == r.wr {
			if r.n >= 32 || !r.load() {
				return
			}
		}
		r.acc |= uint64(r.in[r.rd]) << r.n
		r.rd++
		r.n += 8
	}
}

func (r *Reader) load() bool {
	if r.srcErr != nil {
		return false
	}
	r.rd = 0
	r.wr, r.srcErr = io.ReadAtLeast(r.src, r.in[:], 1)
	return r.wr > 0
}
