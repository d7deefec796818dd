package inno

import (
	"bufio"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zlib"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/lzma"
)

// chunkMark stands before each chunk.
const chunkMark = "zlb\x1a"

// Of Limits.Memory, a dictionary may take three quarters, and a file with several names, which is kept for the next of them,
// a sixteenth. Such a file may take twice that while it grows.
const keepShare = 16

// openChunk returns a reader of what a chunk unpacks to.
func (r *Reader) openChunk(c chunk) (io.Reader, error) {
	if c.encrypted {
		return nil, fmt.Errorf("%w: the file needs the installer's password", archive.ErrEncrypted)
	}
	raw, err := r.rawChunk(c)
	if err != nil {
		return nil, err
	}
	var mark [len(chunkMark)]byte
	if _, err := io.ReadFull(raw, mark[:]); err != nil {
		return nil, chunkError(noEOF(err))
	}
	if string(mark[:]) != chunkMark {
		return nil, fmt.Errorf("%w: there is no data where the installer says", archive.ErrCorrupt)
	}
	packed := io.LimitReader(raw, c.packed)
	src, err := r.decoder(c, packed)
	if err != nil {
		return nil, chunkError(noEOF(err))
	}
	return src, nil
}

func (r *Reader) decoder(c chunk, packed io.Reader) (io.Reader, error) {
	memory := r.limits.Memory / 4 * 3
	switch c.method {
	case stored:
		return packed, nil
	case zipped:
		return zlib.NewReader(bufio.NewReaderSize(packed, 64<<10))
	case bzipped:
		return bzip2.NewReader(bufio.NewReaderSize(packed, 64<<10)), nil
	case lzma1Method:
		return lzma1(packed, r.unpack[c], memory)
	}
	var dict [1]byte
	if _, err := io.ReadFull(packed, dict[:]); err != nil {
		return nil, err
	}
	return lzma.NewReader2(packed, dict[0], memory)
}

// chunkError says which error it is for the caller: what a decoder has to say is damage, what the disk has to say is not.
func chunkError(err error) error {
	var path *fs.PathError
	switch {
	case archive.Fault(err) != nil, errors.As(err, &path):
		return err
	case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: the data of the installer end too early", archive.ErrCorrupt)
	}
	var structural bzip2.StructuralError
	if errors.As(err, &structural) || errors.Is(err, zlib.ErrHeader) || errors.Is(err, zlib.ErrChecksum) || isFlate(err) {
		return fmt.Errorf("%w: the data cannot be unpacked: %w", archive.ErrCorrupt, err)
	}
	return err
}

// rawChunk returns the bytes from a chunk's mark on.
func (r *Reader) rawChunk(c chunk) (io.Reader, error) {
	if r.data > 0 {
		if c.slice != 0 || c.off > r.in.Size-r.data {
			return nil, fmt.Errorf("%w: a file lies behind the end of the installer", archive.ErrCorrupt)
		}
		at := r.data + c.off
		return io.NewSectionReader(r.in, at, r.in.Size-at), nil
	}
	s, err := r.openSlice(c.slice)
	if err != nil {
		return nil, err
	}
	if c.off < s.start || c.off > s.in.Size {
		return nil, fmt.Errorf("%w: a file lies behind the end of %s", archive.ErrCorrupt, s.in.Name)
	}
	return &sliced{r: r, slice: c.slice, part: io.NewSectionReader(s.in, c.off, s.in.Size-c.off)}, nil
}

// sliced reads on from one slice to the next.
type sliced struct {
	r     *Reader
	slice int
	part  io.Reader
}

// Read reads a slice, and the next one at its end.
func (s *sliced) Read(b []byte) (int, error) {
	for {
		n, err := s.part.Read(b)
		if n > 0 || err != io.EOF || len(b) == 0 {
			return n, err
		}
		s.slice++
		next, err := s.r.openSlice(s.slice)
		if err != nil {
			return 0, err
		}
		if next.start >= next.in.Size {
			return 0, fmt.Errorf("%w: %s is empty", archive.ErrCorrupt, next.in.Name)
		}
		s.part = io.NewSectionReader(next.in, next.start, next.in.Size-next.start)
	}
}

// openSlice is a file that holds a part of the data.
type openSlice struct {
	in    archive.Input
	start int64 // where data begin
	err   error
}

// openSlice opens a slice once.
func (r *Reader) openSlice(n int) (openSlice, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.opened[n]
	if !ok {
		s = r.findSlice(n)
		r.opened[n] = s
	}
	return s, s.err
}

func (r *Reader) findSlice(n int) openSlice {
	for _, stem := range r.slices {
		name := r.sliceName(stem, n)
		in, err := r.in.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return openSlice{err: err}
		}
		in.Name = name
		s := openSlice{in: in}
		s.start, s.err = sliceStart(&s.in)
		return s
	}
	return openSlice{err: fmt.Errorf("%w: %s of the installer must lie beside it", archive.ErrMissingPart, r.sliceName(r.slices[0], n))}
}

// sliceName is setup-1.bin, or setup-1a.bin, setup-1b.bin and so on if several fit on one disk.
func (r *Reader) sliceName(stem string, n int) string {
	per := r.t.header.slicesPerDisk
	if per <= 1 {
		return fmt.Sprintf("%s-%d.bin", stem, n+1)
	}
	return fmt.Sprintf("%s-%d%c.bin", stem, n/per+1, rune('a'+n%per))
}

// sliceStart checks the head of a slice and tells where its data begin. It cuts off what may follow them.
func sliceStart(in *archive.Input) (int64, error) {
	var head [16]byte
	wrong := fmt.Errorf("%w: %s is no part of an installer, or it is not whole", archive.ErrCorrupt, in.Name)
	if in.Size < int64(len(head)) {
		return 0, wrong
	}
	if err := readFull(*in, head[:], 0); err != nil {
		return 0, err
	}
	start, size := int64(12), int64(binary.LittleEndian.Uint32(head[8:]))
	switch string(head[:8]) {
	case "idska16\x1a", "idska32\x1a":
	case "idskb32\x1a":
		start, size = 16, int64(binary.LittleEndian.Uint64(head[8:]))
	default:
		return 0, wrong
	}
	if size < start || size > in.Size {
		return 0, wrong
	}
	in.Size = size
	return start, nil
}

// checkSum checks the CRC-32 that stands before the rest of b.
func checkSum(b []byte) error {
	if crc32.ChecksumIEEE(b[4:]) != binary.LittleEndian.Uint32(b) {
		return fmt.Errorf("%w: a checksum is wrong", archive.ErrCorrupt)
	}
	return nil
}

// isFlate reports whether err is about deflated data.
func isFlate(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt)
}
