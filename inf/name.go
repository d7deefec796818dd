package inf

import (
	"hash/maphash"
	"strings"
)

// fold is the form in which names are compared: upper case, ordinal.
func fold(s string) string { return strings.ToUpper(s) }

// nameTable finds numbered things, such as sections, by name, ignoring case, without a copy of each name in upper case: INF
// files have hundreds of sections, most of them in mixed case.
type nameTable struct {
	// slots hold half a name's hash and its number, from 1; 0 is free. How many there are is a power of two, at least double
	// the names.
	slots []nameSlot
}

type nameSlot struct{ hash, number uint32 }

// seed differs from run to run, so that no file can be made to collide.
var seed = maphash.MakeSeed()

func foldHash(name string) uint32 {
	var buf [64]byte
	if len(name) > len(buf) {
		return uint32(maphash.String(seed, fold(name)))
	}
	for i := range len(name) {
		c := name[i]
		if c >= 0x80 {
			return uint32(maphash.String(seed, fold(name)))
		}
		if c-'a' < 26 {
			c -= 'a' - 'A'
		}
		buf[i&63] = c
	}
	return uint32(maphash.Bytes(seed, buf[:len(name)]))
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

// find returns the index of a name, or -1, and the name's hash. nameOf returns the name of an index.
func (t *nameTable) find(name string, nameOf func(int) string) (int, uint32) {
	h := foldHash(name)
	if len(t.slots) == 0 {
		return -1, h
	}
	mask := uint32(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		n := int(t.slots[i].number) - 1
		if n < 0 {
			return -1, h
		}
		if t.slots[i].hash == h && equalFold(nameOf(n), name) {
			return n, h
		}
	}
}

// grow makes room for n names.
func (t *nameTable) grow(n int) {
	size := 8
	for size < 2*n {
		size *= 2
	}
	old := t.slots
	t.slots = make([]nameSlot, size)
	for _, s := range old {
		if s.number != 0 {
			t.place(s)
		}
	}
}

// add enters index n, whose name is not in the table yet. Indexes are added in their order.
func (t *nameTable) add(n int, h uint32) {
	if 2*(n+1) > len(t.slots) {
		t.grow(2 * (n + 1))
	}
	t.place(nameSlot{hash: h, number: uint32(n + 1)})
}

func (t *nameTable) place(s nameSlot) {
	mask := uint32(len(t.slots) - 1)
	i := s.hash & mask
	for t.slots[i].number != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = s
}
