package inno

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/zlib"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/lzma"
)

// pieceLen is how much of a block has one checksum.
const pieceLen = 4096

// readBlock reads the block of tables at off and unpacks it, at most most bytes. It returns where the next one begins.
func readBlock(in archive.Input, off int64, ver version, most int64) (b []byte, next int64, err error) {
	head := make([]byte, 13)
	n := 9
	switch {
	case ver.before(v(4, 0, 9)):
		n = 12
	case ver.atLeast(v(6, 7, 0)):
		n = 13
	}
	head = head[:n]
	if err := readFull(in, head, off); err != nil {
		return nil, 0, err
	}
	if crc32.ChecksumIEEE(head[4:]) != binary.LittleEndian.Uint32(head) {
		return nil, 0, fmt.Errorf("%w: the checksum of a block of tables is wrong", archive.ErrCorrupt)
	}
	stored, packed := int64(binary.LittleEndian.Uint32(head[4:])), true
	switch {
	case n == 12: // packed and unpacked size, without the checksums
		if stored == 1<<32-1 {
			stored, packed = int64(binary.LittleEndian.Uint32(head[8:])), false
		}
		stored += (stored + pieceLen - 1) / pieceLen * 4
	case n == 13:
		stored = int64(binary.LittleEndian.Uint64(head[4:]))
		fallthrough
	default:
		packed = head[n-1] != 0
	}
	off += int64(n)
	if stored < 0 || stored > in.Size-off {
		return nil, 0, fmt.Errorf("%w: the installer ends within its tables", archive.ErrCorrupt)
	}
	src := io.Reader(&pieces{r: io.NewSectionReader(in, off, stored)})
	switch {
	case !packed:
	case ver.atLeast(v(4, 1, 6)):
		src, err = lzma1(src, -1, most)
	default:
		src, err = zlib.NewReader(src)
	}
	if err == nil {
		b, err = readTable(src, most)
	}
	if err != nil {
		return nil, 0, tableError(err)
	}
	return b, off + stored, nil
}

// readTable reads what a block unpacks to, up to its mark for the end.
func readTable(src io.Reader, most int64) ([]byte, error) {
	var out bytes.Buffer
	_, err := io.Copy(&out, io.LimitReader(src, most+1))
	if err == nil && int64(out.Len()) > most {
		err = fmt.Errorf("%w: the tables of the installer take more than %d bytes", archive.ErrLimit, most)
	}
	return out.Bytes(), err
}

// tableError says which error it is for the caller.
func tableError(err error) error {
	if archive.Fault(err) != nil {
		return err
	}
	if errors.Is(err, zlib.ErrHeader) || errors.Is(err, zlib.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: the tables cannot be unpacked: %w", archive.ErrCorrupt, err)
	}
	return err
}

var errPiece = fmt.Errorf("%w: a checksum within the tables is wrong", archive.ErrCorrupt)

// pieces checks and joins the pieces of a block.
type pieces struct {
	r    io.Reader
	buf  [4 + pieceLen]byte
	left []byte
}

// Read reads from pieces that were checked.
func (p *pieces) Read(b []byte) (int, error) {
	if len(p.left) == 0 {
		n, err := io.ReadFull(p.r, p.buf[:])
		switch {
		case err == io.EOF:
			return 0, io.EOF
		case err != nil && err != io.ErrUnexpectedEOF:
			return 0, err
		case n <= 4 || crc32.ChecksumIEEE(p.buf[4:n]) != binary.LittleEndian.Uint32(p.buf[:]):
			return 0, errPiece
		}
		p.left = p.buf[4:n]
	}
	n := copy(b, p.left)
	p.left = p.left[n:]
	return n, nil
}

// lzma1 decodes LZMA with its properties before it.
func lzma1(r io.Reader, size, memory int64) (io.Reader, error) {
	var props [5]byte
	if _, err := io.ReadFull(r, props[:]); err != nil {
		return nil, noEOF(err)
	}
	return lzma.NewReader1(r, props, size, memory)
}

// noEOF is the error of a read that must not meet the end.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readFull reads b at off; the end of the input within it is ErrCorrupt.
func readFull(in archive.Input, b []byte, off int64) error {
	if off < 0 || off > in.Size-int64(len(b)) {
		return fmt.Errorf("%w: the installer ends too early", archive.ErrCorrupt)
	}
	n, err := in.ReadAt(b, off)
	switch {
	case n == len(b):
		return nil
	case err == nil || err == io.EOF:
		return fmt.Errorf("%w: the installer ends too early", archive.ErrCorrupt)
	}
	return err
}
