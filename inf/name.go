package inf

import (
	"hash/maphash"
	"strings"
)

// fold is the form in which names are compared: upper case, ordinal.
func fold(s string) string { return strings.ToUpper(s) }

// nameTable finds sections by name, ignoring case, without a copy of each name in upper case: INF files have hundreds of
// sections, most of them in mixed case.
type nameTable struct {
	slots []int32 // index into names + 1; 0 is free. The length is a power of two.
	hash  []uint64
	names []*Section
}

// seed differs from run to run, so that no file can be made to collide.
var seed = maphash.MakeSeed()

func foldHash(name string) uint64 {
	var buf [64]byte
	b := buf[:0]
	for i := range len(name) {
		c := name[i]
		if c >= 0x80 {
			return maphash.String(seed, fold(name))
		}
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		b = append(b, c)
	}
	return maphash.Bytes(seed, b)
}

// equalFold is strings.ToUpper equality with a short way for ASCII.
func equalFold(a, b string) bool {
	if a == b {
		return true
	}
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x >= 0x80 || y >= 0x80 {
			return fold(a) == fold(b)
		}
		if x == y {
			continue
		}
		if x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z' {
			return false
		}
	}
	return len(a) == len(b)
}

// find returns the section of a name, or -1, and the name's hash.
func (t *nameTable) find(name string) (int, uint64) {
	h := foldHash(name)
	if len(t.slots) == 0 {
		return -1, h
	}
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		n := t.slots[i] - 1
		if n < 0 {
			return -1, h
		}
		if t.hash[n] == h && equalFold(t.names[n].Name, name) {
			return int(n), h
		}
	}
}

// add appends a section whose name is not in the table yet.
func (t *nameTable) add(s *Section, h uint64) {
	t.names = append(t.names, s)
	t.hash = append(t.hash, h)
	if 2*len(t.names) > len(t.slots) {
		t.slots = make([]int32, max(64, 2*len(t.slots)))
		for n := range t.names {
			t.place(n)
		}
		return
	}
	t.place(len(t.names) - 1)
}

func (t *nameTable) place(n int) {
	mask := uint64(len(t.slots) - 1)
	i := t.hash[n] & mask
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = int32(n + 1)
}
