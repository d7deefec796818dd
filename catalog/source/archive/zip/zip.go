package zip

import (
	"bufio"
	"compress/bzip2"
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/deflate64"
	"github.com/drivercat/drivercat/catalog/source/archive/lzma"
)

// reader is an open archive. It holds nothing that must be closed.
type reader struct {
	in      archive.Input
	limits  archive.Limits
	entries []archive.Entry
	files   []file
}

// Open reads the directory of an archive. The input may be a program with an archive behind it, the last part of a split
// archive (NAME.zip beside NAME.z01) or the first of numbered parts (NAME.zip.001).
func Open(in archive.Input, l archive.Limits) (archive.Reader, error) {
	l = l.OrDefault()
	in, d, err := findDirectory(in)
	if err != nil {
		return nil, err
	}
	entries, files, err := readDirectory(in, d, l)
	if err != nil {
		return nil, err
	}
	return &reader{in, l, entries, files}, nil
}

func (r *reader) Kind() string             { return "zip" }
func (r *reader) Entries() []archive.Entry { return r.entries }
func (r *reader) Close() error             { return nil }

// Extract implements archive.Reader.
func (r *reader) Extract(ctx context.Context, want func(int) bool, fn func(int, io.Reader) error) error {
	u := unpacker{buf: bufio.NewReaderSize(nil, 64<<10), memory: r.limits.Memory}
	defer u.close()
	for i, e := range r.entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if e.Mode != 0 || !want(i) {
			continue
		}
		src, err := u.open(r, i)
		if err != nil {
			src = archive.ErrReader(err)
		}
		if err := fn(i, src); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Section implements archive.Stored.
func (r *reader) Section(i int) *io.SectionReader {
	f := r.files[i]
	if r.entries[i].Mode != 0 || f.method != 0 || f.packed != f.size {
		return nil
	}
	s, err := r.data(i)
	if err != nil {
		return nil
	}
	return s
}

// data finds the packed bytes of a file, which follow its local header.
func (r *reader) data(i int) (*io.SectionReader, error) {
	f := r.files[i]
	switch {
	case f.flags&(encrypted|maskedHeader) != 0:
		return nil, archive.ErrEncrypted
	case f.inside:
		return nil, fmt.Errorf("%w: the data of this file lie inside those of another one", archive.ErrCorrupt)
	case f.offset > r.in.Size-localLen:
		return nil, fmt.Errorf("%w: the data of this file are missing", archive.ErrCorrupt)
	}
	h := make([]byte, localLen)
	if n, err := r.in.ReadAt(h, f.offset); n < len(h) {
		return nil, fmt.Errorf("read the header of the file: %w", err)
	}
	if string(h[:4]) != localMark {
		return nil, fmt.Errorf("%w: the header of this file is not where the archive tells", archive.ErrCorrupt)
	}
	at := f.offset + localLen + int64(binary.LittleEndian.Uint16(h[26:])) + int64(binary.LittleEndian.Uint16(h[28:]))
	if at > r.in.Size || f.packed > r.in.Size-at {
		return nil, fmt.Errorf("%w: the data of this file are cut", archive.ErrCorrupt)
	}
	return io.NewSectionReader(r.in, at, f.packed), nil
}

// unpacker keeps the decoders of one Extract for the next file.
type unpacker struct {
	buf     *bufio.Reader
	inflate io.Reader
	zstd    *zstd.Decoder
	memory  int64
}

func (u *unpacker) open(r *reader, i int) (io.Reader, error) {
	f := r.files[i]
	packed, err := r.data(i)
	if err != nil {
		return nil, err
	}
	u.buf.Reset(packed)
	src, err := u.decoder(f)
	if err != nil {
		return nil, err
	}
	return archive.Verify(archive.Damaged(src), f.size, f.sum, true), nil
}

// decoder is what unpacks the method of a file from the buffer. The numbers are those of APPNOTE.TXT 4.4.5.
func (u *unpacker) decoder(f file) (io.Reader, error) {
	switch f.method {
	case 0:
		return u.buf, nil
	case 8:
		if u.inflate == nil {
			u.inflate = flate.NewReader(u.buf)
			return u.inflate, nil
		}
		return u.inflate, u.inflate.(flate.Resetter).Reset(u.buf, nil)
	case 9:
		return deflate64.NewReader(u.buf), nil
	case 12:
		return bzip2.NewReader(u.buf), nil
	case 14:
		return u.lzma(f)
	case 20, 93:
		var err error
		if u.zstd == nil {
			u.zstd, err = zstd.NewReader(u.buf, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(u.memory)), zstd.WithDecoderMaxWindow(uint64(min(u.memory/2, 128<<20))))
		} else {
			err = u.zstd.Reset(u.buf)
		}
		return u.zstd, err
	}
	name, ok := map[uint16]string{1: "shrunk", 2: "reduced", 3: "reduced", 4: "reduced", 5: "reduced", 6: "imploded", 10: "PKWARE DCL imploded",
		95: "xz", 96: "JPEG", 97: "WavPack", 98: "PPMd", 99: "AES"}[f.method]
	if !ok {
		name = fmt.Sprint("number ", f.method)
	}
	return nil, fmt.Errorf("the compression method %q is %w", name, archive.ErrUnsupported)
}

// lzma reads the header of method 14: two bytes of version, the length of the properties, the properties.
func (u *unpacker) lzma(f file) (io.Reader, error) {
	var h [9]byte
	if _, err := io.ReadFull(u.buf, h[:]); err != nil || binary.LittleEndian.Uint16(h[2:]) != 5 {
		return nil, fmt.Errorf("%w: the LZMA properties are missing", archive.ErrCorrupt)
	}
	size := f.size
	if f.flags&endMarker != 0 { // an end marker follows
		size = -1
	}
	return lzma.NewReader1(u.buf, [5]byte(h[4:]), size, u.memory)
}

func (u *unpacker) close() {
	if u.zstd != nil {
		u.zstd.Close()
	}
}
