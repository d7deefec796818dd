package msi

import (
	"encoding/binary"
	"fmt"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// pool holds the strings of a database: tables refer to them by number. Number 0 is no string.
//
// _StringPool begins with the code page and, in the highest bit, whether references take three bytes. Then comes a pair
// for each string: its length and how often it is used. A string of more than 65,535 bytes has a length of 0 there and
// takes a second pair, which is its length in 32 bits. _StringData is all strings in a row.
type pool struct {
	starts   []uint32 // where each string starts, and the end of the last
	texts    []string // those that were decoded: a string that a million rows name takes its place once
	data     []byte
	codePage int
	width    int // bytes of a reference
}

func readPool(index, data []byte) (*pool, error) {
	if len(index) < 4 {
		return nil, fmt.Errorf("the string pool is missing: %w", archive.ErrCorrupt)
	}
	head := binary.LittleEndian.Uint32(index)
	p := &pool{data: data, codePage: int(head & 0xFFFFFF), width: 2}
	if head&0x80000000 != 0 {
		p.width = 3
	}
	p.starts = make([]uint32, 1, len(index)/4+1)
	p.starts = append(p.starts, 0)
	at := uint64(0)
	for i := 4; i+4 <= len(index); i += 4 {
		n := uint64(binary.LittleEndian.Uint16(index[i:]))
		if used := binary.LittleEndian.Uint16(index[i+2:]); n == 0 && used != 0 && i+8 <= len(index) {
			i += 4
			n = uint64(binary.LittleEndian.Uint32(index[i:]))
		}
		if at += n; at > uint64(len(data)) {
			return nil, fmt.Errorf("the string pool claims more text than the %d bytes that are there: %w", len(data), archive.ErrCorrupt)
		}
		p.starts = append(p.starts, uint32(at))
	}
	p.texts = make([]string, len(p.starts))
	return p, nil
}

// text returns a string, "" for a number that has none.
func (p *pool) text(id uint32) string {
	if id == 0 || int64(id)+1 >= int64(len(p.starts)) {
		return ""
	}
	if p.texts[id] == "" {
		p.texts[id] = decode(p.data[p.starts[id]:p.starts[id+1]], p.codePage)
	}
	return p.texts[id]
}
