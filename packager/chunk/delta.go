package chunk

import (
	"encoding/binary"
	"sort"
)

// New is the Piece.Old of bytes that no old file has.
const New = -1

// Piece is a range of bytes that a new file is made of: of an old file, or of the new one itself.
type Piece struct {
	Old    int   // index of the old file, or New
	Offset int64 // in the old file; of new bytes, in the new file
	Bytes  int64
}

// NewBytes is how many bytes of the pieces no old file has.
func NewBytes(pieces []Piece) (n int64) {
	for _, p := range pieces {
		if p.Old == New {
			n += p.Bytes
		}
	}
	return n
}

// Delta tells what a new file can be made of, in its order. The first of the old files is its previous content, which is
// preferred. Delta is deterministic. For many new files and the same old ones, make an Index once.
func Delta(old []Signature, next Signature) []Piece {
	return NewIndex(old).Delta(next, 0)
}

// Index finds chunks in old files. It may be used concurrently.
type Index struct {
	chunks []Chunk // of all files, each followed by a zero chunk that matches nothing
	place  []place
	starts []int32          // of each file in chunks
	first  map[uint64]int32 // by a chunk's key, the first that has it
	same   []int32          // the next chunk of the same key, -1 for none
}

type place struct {
	file   int32
	offset int64
}

// NewIndex indexes old files by their signatures.
func NewIndex(old []Signature) *Index {
	n := 0
	for _, s := range old {
		n += len(s) + 1
	}
	x := &Index{chunks: make([]Chunk, 0, n), place: make([]place, 0, n), starts: make([]int32, 0, len(old)), first: make(map[uint64]int32, n), same: make([]int32, n)}
	for file, s := range old {
		x.starts = append(x.starts, int32(len(x.chunks)))
		at := int64(0)
		for _, c := range s {
			x.chunks = append(x.chunks, c)
			x.place = append(x.place, place{int32(file), at})
			at += int64(c.Bytes)
		}
		x.chunks = append(x.chunks, Chunk{})
		x.place = append(x.place, place{int32(file), at})
	}
	// From the back, so that chains run forward.
	for i := n - 1; i >= 0; i-- {
		if x.chunks[i].Bytes == 0 {
			continue
		}
		k := key(x.chunks[i])
		x.same[i] = -1
		if later, ok := x.first[k]; ok {
			x.same[i] = later
		}
		x.first[k] = int32(i)
	}
	return x
}

func key(c Chunk) uint64 { return binary.LittleEndian.Uint64(c.Sum[:8]) }

// Delta tells what a new file can be made of, in its order, adjacent ranges merged. Of several places that serve, it takes
// the one from which the longest run can be copied, then one of the file prefer, then one that is as far from the range
// before it as in the new file, then the first.
func (x *Index) Delta(next Signature, prefer int) []Piece {
	var out []Piece
	at, shift := int64(0), int64(0) // shift: old offset less new offset of the last range
	for i := 0; i < len(next); {
		best := x.best(next[i:], prefer, at+shift)
		if best.chunks == 0 {
			out = add(out, Piece{New, at, int64(next[i].Bytes)})
			at += int64(next[i].Bytes)
			i++
			continue
		}
		p := x.place[best.at]
		out = add(out, Piece{int(p.file), p.offset, best.bytes})
		shift = p.offset - at
		at += best.bytes
		i += best.chunks
	}
	return out
}

func add(out []Piece, p Piece) []Piece {
	if n := len(out); n > 0 && out[n-1].Old == p.Old && out[n-1].Offset+out[n-1].Bytes == p.Offset {
		out[n-1].Bytes += p.Bytes
		return out
	}
	return append(out, p)
}

// run is a place in the index and how much of the new file follows there.
type run struct {
	at     int32
	chunks int
	bytes  int64
}

// looked bounds how many places of one chunk are compared.
const looked = 64

// best finds the place from which the beginning of next is copied; expected is where a run in the preferred file would go on.
func (x *Index) best(next Signature, prefer int, expected int64) run {
	i, ok := x.first[key(next[0])]
	if !ok {
		return run{}
	}
	var best run
	rank := func(at int32) int {
		switch p := x.place[at]; {
		case int(p.file) != prefer:
			return 0
		case p.offset != expected:
			return 1
		}
		return 2
	}
	try := func(at int32) {
		r := run{at: at}
		for r.chunks < len(next) && x.chunks[int(at)+r.chunks] == next[r.chunks] {
			r.bytes += int64(next[r.chunks].Bytes)
			r.chunks++
		}
		if r.chunks > 0 && (r.bytes > best.bytes || r.bytes == best.bytes && rank(at) > rank(best.at)) {
			best = r
		}
	}
	for n := 0; i >= 0 && n < looked; n++ {
		try(i)
		i = x.same[i]
	}
	if i >= 0 {
		// There are more. The place that is most likely right is looked at in any case.
		if at, ok := x.find(prefer, expected); ok {
			try(at)
		}
	}
	return best
}

// find returns the chunk of a file that begins at an offset.
func (x *Index) find(file int, offset int64) (int32, bool) {
	if file < 0 || file >= len(x.starts) {
		return 0, false
	}
	from, to := int(x.starts[file]), len(x.chunks)
	if file+1 < len(x.starts) {
		to = int(x.starts[file+1])
	}
	i := from + sort.Search(to-from, func(i int) bool { return x.place[from+i].offset >= offset })
	return int32(i), i < to && x.place[i].offset == offset
}
