package explodetest

import "encoding/hex"

// The symbols of each code, in groups of words of the same length, the shortest first. Not all lengths occur.
var (
	literalGroups = []struct {
		bits    int
		symbols string // in hexadecimal
	}{
		{4, "20"},
		{5, "456165696C6E6F72737475"},
		{6, "2D31414344494C4E4F5253546263646667686D70"},
		{7, "0A0D28292C2E303233343537383D42464D50556B77"},
		{8, "0922272A2F36393A4748575B5F767879"},
		{9, "2B3E4B5658595D"},
		{10, "212426717A"},
		{11, "003C3F4A515A5C6A7B7C"},
		{12, "01020304050607080B0C0E0F101112131415161718191B1C1D1E1F23253B405E607D7E7FB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8" +
			"C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE1E5E9EEF2F3F4"},
		{13, "1A808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFE0E2E3E4E6E7E8EAEBECEDEFF0F1F5" +
			"F6F7F8F9FAFBFCFDFEFF"},
	}
	lengthCounts   = map[int]int{2: 1, 3: 3, 4: 3, 5: 4, 6: 3, 7: 2}
	distanceCounts = map[int]int{2: 1, 4: 2, 5: 4, 6: 15, 7: 26, 8: 16}

	bases  = []int{3, 2, 4, 5, 6, 7, 8, 9, 10, 12, 16, 24, 40, 72, 136, 264}
	extras = []int{0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}
)

// word is a code word as the stream has it, its first bit lowest.
type word struct{ bits, v uint }

// words numbers the words of a code: groups gives the symbols of each length.
func words(groups func(bits int) []int) map[int]word {
	out := map[int]word{}
	code := uint(0)
	for bits := 1; bits <= 13; bits++ {
		code <<= 1
		for _, s := range groups(bits) {
			var v uint
			for i := range bits {
				if code>>(bits-1-i)&1 == 0 {
					v |= 1 << i
				}
			}
			out[s] = word{uint(bits), v}
			code++
		}
	}
	return out
}

func counted(counts map[int]int) map[int]word {
	next := 0
	return words(func(bits int) (list []int) {
		for range counts[bits] {
			list = append(list, next)
			next++
		}
		return list
	})
}

func literals() map[int]word {
	return words(func(bits int) (list []int) {
		for _, g := range literalGroups {
			if g.bits == bits {
				b, _ := hex.DecodeString(g.symbols)
				for _, c := range b {
					list = append(list, int(c))
				}
			}
		}
		return list
	})
}

// stream collects bits.
type stream struct {
	out []byte
	acc uint64
	n   uint
}

func (s *stream) put(bits, v uint) {
	s.acc |= uint64(v) << s.n
	for s.n += bits; s.n >= 8; s.n -= 8 {
		s.out = append(s.out, byte(s.acc))
		s.acc >>= 8
	}
}

func (s *stream) word(w word) { s.put(w.bits, w.v) }

// Implode compresses data with a dictionary of 1, 2 or 4 KiB (bits 4, 5 or 6), and literals as code words if coded.
func Implode(data []byte, bits uint, coded bool) []byte {
	s := &stream{}
	kind := uint(0)
	if coded {
		kind = 1
	}
	s.put(8, kind)
	s.put(8, bits)
	lits, lens, dists := literals(), counted(lengthCounts), counted(distanceCounts)
	last := map[string]int{} // where two bytes stood before
	for i := 0; i < len(data); {
		length, distance := 0, 0
		if i+2 <= len(data) {
			if at, ok := last[string(data[i:i+2])]; ok {
				for length < 518 && i+length < len(data) && data[at+length] == data[i+length] {
					length++
				}
				distance = i - at
			}
		}
		if length < 2 || distance > 64<<bits || length == 2 && distance > 256 {
			length = 0
		}
		if length == 0 {
			s.put(1, 0)
			if coded {
				s.word(lits[int(data[i])])
			} else {
				s.put(8, uint(data[i]))
			}
			length = 1
		} else {
			s.put(1, 1)
			s.length(lens, length)
			low := bits
			if length == 2 {
				low = 2
			}
			s.word(dists[(distance-1)>>low])
			s.put(low, uint(distance-1)&(1<<low-1))
		}
		for range length {
			if i+2 <= len(data) {
				last[string(data[i:i+2])] = i
			}
			i++
		}
	}
	s.put(1, 1)
	s.length(lens, 519)
	s.put(7, 0)
	return s.out
}

func (s *stream) length(lens map[int]word, n int) {
	for i, base := range bases {
		if n >= base && n < base+1<<extras[i] {
			s.word(lens[i])
			s.put(uint(extras[i]), uint(n-base))
			return
		}
	}
}
