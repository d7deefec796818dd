package replicate

import (
	"github.com/drivercat/drivercat/packager/chunk"
)

const (
	// smallFile is up to what size a file is sent without looking for its content at the target.
	smallFile = chunk.SmallestContent
	// minRange is the shortest range that is copied by the server. To ask for it takes about 250 bytes each way and parts the
	// write around it in two, with 120 bytes more.
	minRange = 1 << 10
)

// piece is a range of a new file: of a file that the target holds, or sent.
type piece struct {
	from   string // in the target tree; "" is sent
	offset int64  // in from; of what is sent, in the new file
	bytes  int64
}

// recipe is how a file is made.
type recipe struct {
	pieces []piece // in order
	same   bool    // one piece: a file of the target that something vouches for, as it is
}

// whole sends a file.
func whole(size int64) recipe {
	if size == 0 {
		return recipe{}
	}
	return recipe{pieces: []piece{{bytes: size}}}
}

// copyOf lets the server copy a file of the same content.
func copyOf(from string, size int64) recipe {
	return recipe{pieces: []piece{{from: from, bytes: size}}, same: true}
}

// sent is how many bytes of a recipe have to be sent.
func (r recipe) sent() (n int64) {
	for _, p := range r.pieces {
		if p.from == "" {
			n += p.bytes
		}
	}
	return n
}

// copies reports whether anything is copied by the server.
func (r recipe) copies() bool {
	for _, p := range r.pieces {
		if p.from != "" {
			return true
		}
	}
	return false
}

// rebuild makes a recipe of what a delta found, names being the old files. Ranges that are not worth a request are sent, and
// a file of which little can be copied is sent whole.
func rebuild(pieces []chunk.Piece, names []string) recipe {
	var out []piece
	var at, copied int64
	for _, p := range pieces {
		next := piece{offset: at, bytes: p.Bytes}
		if p.Old != chunk.New && p.Bytes >= minRange {
			next = piece{from: names[p.Old], offset: p.Offset, bytes: p.Bytes}
			copied += p.Bytes
		}
		if n := len(out); n > 0 && next.from == "" && out[n-1].from == "" {
			out[n-1].bytes += next.bytes
		} else {
			out = append(out, next)
		}
		at += p.Bytes
	}
	if copied < at/8 {
		return whole(at)
	}
	return recipe{pieces: out}
}
