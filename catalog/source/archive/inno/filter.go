package inno

import (
	"encoding/binary"
	"io"
)

// filter is how the addresses in CALL and JMP instructions of a program were changed before it was packed: relative
// addresses became absolute, which repeat more often.
type filter byte

const (
	noFilter        filter = iota
	callsEverywhere        // before 5.2: wherever E8 and E9 stand, over the whole file
	callsNear              // 5.2: in pieces of 64 KiB, and only addresses within 16 MiB
	callsFlipped           // 5.3.9: and their highest byte is 0 for both directions
)

// filterPiece is how much callsNear works on at once: no instruction reaches from one piece into the next.
const filterPiece = 64 << 10

// reader undoes the filter.
func (f filter) reader(r io.Reader) io.Reader {
	if f == noFilter {
		return r
	}
	u := &unfilter{r: r, f: f, buf: make([]byte, filterPiece)}
	return u
}

type unfilter struct {
	r    io.Reader
	f    filter
	buf  []byte
	left []byte
	pos  uint32 // of buf in the file
	err  error
	// of callsEverywhere, which has no pieces
	address uint32
	pending int // bytes of the address still to come
}

// Read reads bytes as they were before the filter.
func (u *unfilter) Read(b []byte) (int, error) {
	for len(u.left) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		n, err := io.ReadFull(u.r, u.buf)
		if err == io.ErrUnexpectedEOF {
			err = io.EOF // of a file that is no multiple of the piece
		}
		u.left, u.err = u.buf[:n], err
		if u.f == callsEverywhere {
			u.everywhere(u.left)
		} else {
			u.near(u.left)
		}
		u.pos += uint32(n)
	}
	n := copy(b, u.left)
	u.left = u.left[n:]
	return n, nil
}

func (u *unfilter) near(b []byte) {
	for i := 0; i+5 <= len(b); i++ {
		if b[i]&0xFE != 0xE8 {
			continue
		}
		a := b[i+1 : i+5]
		i += 4
		if a[3] != 0 && a[3] != 0xFF {
			continue
		}
		high := a[3]
		absolute := binary.LittleEndian.Uint32(a) & 0xFFFFFF
		relative := absolute - (u.pos+uint32(i)+1)&0xFFFFFF
		if u.f == callsFlipped && relative&0x800000 != 0 {
			high = ^high
		}
		binary.LittleEndian.PutUint32(a, relative)
		a[3] = high
	}
}

func (u *unfilter) everywhere(b []byte) {
	for i, c := range b {
		switch {
		case u.pending > 0:
			u.address += uint32(c)
			b[i] = byte(u.address)
			u.address >>= 8
			u.pending--
		case c&0xFE == 0xE8:
			u.address = -(u.pos + uint32(i) + 5)
			u.pending = 4
		}
	}
}
