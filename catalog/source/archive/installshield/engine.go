package installshield

import (
	"fmt"
	"io"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// engineMark begins _inst32i.ex_ and its like, where versions 3 to 5 keep the engine of the setup.
const engineMark = "\x2A\xAB\x79\xD8\x00\x01"

// openEngine lists the files: a count at 78, then for each its place, packed size, size, eight bytes, its name, and the name
// that the setup gives it.
func openEngine(in archive.Input, l archive.Limits) (archive.Reader, error) {
	const atCount, most = 78, 256 << 10
	h := &table{b: make([]byte, min(in.Size, most))}
	if n, err := in.ReadAt(h.b, 0); n < len(h.b) {
		return nil, cut(err)
	}
	count := int(h.u16(atCount))
	if count > l.Entries {
		return nil, fmt.Errorf("%w: %d files", archive.ErrLimit, count)
	}
	var places []*io.SectionReader
	var entries []archive.Entry
	for at, i := int64(atCount+4), 0; i < count && !h.outside; i++ {
		place, packed, size := int64(h.u32(at)), int64(h.u32(at+4)), int64(h.u32(at+8))
		at += 20
		var names [2]string
		for n := range names {
			length := h.u16(at)
			names[n] = slashes(narrowText(h.at(at+2, int(length))))
			at += 2 + int64(length)
		}
		name := names[0]
		if name == "" {
			name = names[1]
		}
		places = append(places, io.NewSectionReader(in, place, packed))
		entries = append(entries, archive.Entry{Name: name, Size: size, Packed: packed, Block: i})
	}
	if h.outside {
		return nil, corrupt("the list of %d files is cut short", count)
	}
	return &files{kind: "installshield engine", entries: entries, decode: func(i int) (io.Reader, error) {
		p := places[i]
		return exploded(io.NewSectionReader(p, 0, p.Size()), entries[i].Size), nil
	}}, nil
}
