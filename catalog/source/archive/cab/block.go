package cab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

const (
	blockHead = 8         // bytes: checksum, length, length decoded
	readAhead = 256 << 10 // more than the longest data block
	maxJoined = 128 << 10 // of the pieces of one data block in several parts
)

// errEnd: there are no more data blocks.
var errEnd = errors.New("no more data")

// blocks walks over the data blocks of a folder.
type blocks struct {
	parts     []span
	span             // that is being read
	sum       uint32 // of the block that head came to
	size      int    // of its data
	n         int    // bytes that it decodes to; 0: it goes on in the next part
	dataAt    int64
	headBytes [255 + 4]byte // its lengths and what is reserved
	space     []byte
	buf       []byte // of space: what was read from the span
	bufAt     int64
	joined    []byte
	number    int // of the block, for messages
}

func newBlocks(f *folder, space []byte) blocks { return blocks{parts: f.parts, space: space} }

// read returns n bytes of the span, valid until the next read.
func (b *blocks) read(at int64, n int) ([]byte, error) {
	end := b.bufAt + int64(len(b.buf))
	if at < b.bufAt || at+int64(n) > end {
		rest := 0
		if at >= b.bufAt && at < end {
			rest = copy(b.space, b.buf[at-b.bufAt:])
		}
		m, err := b.in.ReadAt(b.space[rest:min(int64(len(b.space)), max(int64(rest), b.in.Size-at))], at+int64(rest))
		b.buf, b.bufAt = b.space[:rest+m], at
		if len(b.buf) < n {
			return nil, b.cut(err)
		}
	}
	from := at - b.bufAt
	return b.buf[from : from+int64(n)], nil
}

// cut is the error of a read that gave too little.
func (b *blocks) cut(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return fmt.Errorf("%s ends within data block %d: %w", b.in.Name, b.number, archive.ErrCorrupt)
	}
	return err
}

// head goes to the next block. Where its data will not be wanted, far only reads the head.
func (b *blocks) head(far bool) error {
	for b.blocks == 0 {
		if len(b.parts) == 0 {
			return errEnd
		}
		b.span, b.parts = b.parts[0], b.parts[1:]
		b.buf, b.number = b.space[:0], 0
	}
	b.blocks--
	b.number++
	h := b.headBytes[:4+b.reserve]
	if end := b.bufAt + int64(len(b.buf)); far && (b.offset < b.bufAt || b.offset+int64(blockHead+b.reserve) > end) {
		var all [blockHead + 255]byte
		if _, err := b.in.ReadAt(all[:blockHead+b.reserve], b.offset); err != nil {
			return b.cut(err)
		}
		b.sum = binary.LittleEndian.Uint32(all[:])
		copy(h, all[4:])
	} else {
		all, err := b.read(b.offset, blockHead+b.reserve)
		if err != nil {
			return err
		}
		b.sum = binary.LittleEndian.Uint32(all)
		copy(h, all[4:])
	}
	b.size = int(binary.LittleEndian.Uint16(h))
	b.n = int(binary.LittleEndian.Uint16(h[2:]))
	b.dataAt = b.offset + blockHead + int64(b.reserve)
	b.offset = b.dataAt + int64(b.size)
	return nil
}

// data are those of the block that head came to, held against its checksum; valid until the next call of any method.
func (b *blocks) data() ([]byte, error) {
	data, err := b.read(b.dataAt, b.size)
	if err != nil || b.sum == 0 {
		return data, err
	}
	// The lengths count, and what is reserved behind them should: not every maker does so.
	sum := checksum(data, 0)
	if h := b.headBytes[:4+b.reserve]; checksum(h[:4], sum) != b.sum && checksum(h, sum) != b.sum {
		return nil, fmt.Errorf("data block %d of %s differs from its checksum: %w", b.number, b.in.Name, archive.ErrCorrupt)
	}
	return data, nil
}

// next returns the data of the next block, put together if it lies in several parts, and the bytes it decodes to.
func (b *blocks) next() ([]byte, int, error) {
	b.joined = b.joined[:0]
	for {
		if err := b.head(false); err != nil {
			return nil, 0, err
		}
		data, err := b.data()
		switch {
		case err != nil:
			return nil, b.n, err
		case b.n > 0 && len(b.joined) == 0:
			return data, b.n, nil
		case len(b.joined)+len(data) > maxJoined:
			return nil, b.n, fmt.Errorf("data block %d of %s has no end: %w", b.number, b.in.Name, archive.ErrCorrupt)
		}
		if b.joined = append(b.joined, data...); b.n > 0 {
			return b.joined, b.n, nil
		}
	}
}

// checksum is that of [MS-CAB] 3.1: the 32-bit words, exclusively or-ed; the last one to three bytes are taken with the
// first of them highest.
func checksum(b []byte, sum uint32) uint32 {
	var wide uint64
	for len(b) >= 32 {
		wide ^= binary.LittleEndian.Uint64(b) ^ binary.LittleEndian.Uint64(b[8:]) ^
			binary.LittleEndian.Uint64(b[16:]) ^ binary.LittleEndian.Uint64(b[24:])
		b = b[32:]
	}
	sum ^= uint32(wide) ^ uint32(wide>>32)
	for len(b) >= 4 {
		sum ^= binary.LittleEndian.Uint32(b)
		b = b[4:]
	}
	last := uint32(0)
	for _, c := range b {
		last = last<<8 | uint32(c)
	}
	return sum ^ last
}
