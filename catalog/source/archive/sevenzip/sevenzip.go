package sevenzip

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// Signature is what an archive begins with.
const Signature = "7z\xBC\xAF\x27\x1C"

const (
	signatureLen = 32 // the header that every archive begins with
	maxParts     = 1 << 10
	maxNested    = 4 // how often a header may be packed
)

// reader is an open archive. It holds nothing that must be closed.
type reader struct {
	in     archive.Input
	limits archive.Limits
	listing
}

// Open reads the list of files. The input begins with the archive; of one that is split (NAME.7z.001) it is the first part.
func Open(in archive.Input, l archive.Limits) (archive.Reader, error) {
	l = l.OrDefault()
	var h [signatureLen]byte
	if n, err := in.ReadAt(h[:], 0); n < len(h) || string(h[:6]) != Signature {
		if n == len(h) || err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil, archive.ErrFormat
		}
		return nil, err
	}
	in, next, err := numbered(in)
	if err != nil {
		return nil, err
	}
	if h[6] != 0 {
		return nil, fmt.Errorf("version %d of the format is %w", h[6], archive.ErrUnsupported)
	}
	if crc32.ChecksumIEEE(h[12:]) != binary.LittleEndian.Uint32(h[8:]) {
		return nil, fmt.Errorf("%w: the checksum of its first bytes is wrong", archive.ErrCorrupt)
	}
	at, size := binary.LittleEndian.Uint64(h[12:]), binary.LittleEndian.Uint64(h[20:])
	r := &reader{in: in, limits: l}
	if size == 0 {
		return r, nil
	}
	if end := uint64(in.Size - signatureLen); at > end || size > end-at {
		if next != "" {
			return nil, fmt.Errorf("%w: %s", archive.ErrMissingPart, next)
		}
		return nil, fmt.Errorf("%w: it is cut, %d bytes are missing", archive.ErrCorrupt, at+size-end)
	}
	if int64(size) > l.Memory/8 {
		return nil, fmt.Errorf("%w: the list of files takes %d MiB", archive.ErrLimit, size>>20)
	}
	b := make([]byte, size)
	if n, err := in.ReadAt(b, signatureLen+int64(at)); n < len(b) {
		return nil, fmt.Errorf("read the list of files: %w", err)
	}
	if crc32.ChecksumIEEE(b) != binary.LittleEndian.Uint32(h[28:]) {
		return nil, fmt.Errorf("%w: the checksum of its list of files is wrong", archive.ErrCorrupt)
	}
	if r.listing, err = r.list(b); err != nil {
		return nil, err
	}
	return r, nil
}

// numbered joins the parts that a name ending in .001 is the first of, and tells the name of the part that is not there.
func numbered(in archive.Input) (_ archive.Input, next string, err error) {
	stem, ok := strings.CutSuffix(in.Name, ".001")
	if !ok {
		return in, "", nil
	}
	parts := []archive.Input{in}
	for len(parts) < maxParts {
		next = fmt.Sprintf("%s.%03d", stem, len(parts)+1)
		p, err := in.Open(next)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return in, "", err
		}
		parts = append(parts, p)
	}
	return archive.Join(parts), next, nil
}

// list reads a header, unpacking it first if it is packed.
func (r *reader) list(b []byte) (listing, error) {
	for range maxNested {
		s := &scanner{b: b}
		switch s.number() {
		case idHeader:
			return s.header(r.limits)
		case idEncodedHeader:
		default:
			return listing{}, errHeader
		}
		st, err := s.streams(1)
		if err != nil {
			return listing{}, err
		}
		if len(st.folders) != 1 || len(st.folders[0].pieces) != 1 {
			return listing{}, errHeader
		}
		f := &st.folders[0]
		if f.size() > r.limits.Memory/8 {
			return listing{}, fmt.Errorf("%w: the list of files takes %d MiB", archive.ErrLimit, f.size()>>20)
		}
		o := &opener{in: r.in, st: &st, f: f, memory: r.limits.Memory / 2}
		src, err := o.open(f.main)
		if err != nil {
			return listing{}, fmt.Errorf("the list of files: %w", err)
		}
		var out bytes.Buffer
		_, err = io.Copy(&out, archive.Verify(src, f.size(), f.sum.value, f.sum.ok))
		for _, c := range o.close {
			c()
		}
		if err != nil {
			return listing{}, fmt.Errorf("the list of files: %w", err)
		}
		b = out.Bytes()
	}
	return listing{}, errHeader
}

func (r *reader) Kind() string             { return "7z" }
func (r *reader) Entries() []archive.Entry { return r.entries }
func (r *reader) Close() error             { return nil }

// Section implements archive.Stored.
func (r *reader) Section(i int) *io.SectionReader {
	e, p := &r.entries[i], r.places[i].piece
	if e.Mode != 0 || p < 0 {
		return nil
	}
	f := &r.streams.folders[e.Block]
	if len(f.coders) != 1 || f.coders[0].method != methodCopy {
		return nil
	}
	at := signatureLen + f.offsets[0]
	for _, before := range f.pieces[:p] {
		at += before.size
	}
	if at > r.in.Size || e.Size > r.in.Size-at {
		return nil
	}
	return io.NewSectionReader(r.in, at, e.Size)
}

// Extract implements archive.Reader.
func (r *reader) Extract(ctx context.Context, want func(int) bool, fn func(int, io.Reader) error) error {
	for from := 0; from < len(r.entries); {
		to := from + 1
		for to < len(r.entries) && r.entries[to].Block == r.entries[from].Block {
			to++
		}
		if err := r.block(ctx, from, to, want, fn); err != nil {
			return err
		}
		from = to
	}
	return ctx.Err()
}

// block extracts from the entries of one block.
func (r *reader) block(ctx context.Context, from, to int, want func(int) bool, fn func(int, io.Reader) error) error {
	var d *stream
	defer func() { d.close() }()
	for i := from; i < to; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		e, p := &r.entries[i], r.places[i].piece
		if e.Mode != 0 || !want(i) {
			continue
		}
		src := io.Reader(bytes.NewReader(nil))
		if p >= 0 {
			if d == nil {
				d = r.open(e.Block)
			}
			src = d.file(ctx, p)
		}
		if err := fn(i, src); err != nil {
			return err
		}
	}
	return nil
}

// stream is the unpacked data of a block, read once from its start to its end.
type stream struct {
	r      io.Reader
	f      *folder
	opener *opener
	next   int   // the file that comes next
	pos    int64 // in the block
	start  int64 // where the file next starts
	err    error // what ended the decoding
	buf    []byte
}

func (r *reader) open(block int) *stream {
	f := &r.streams.folders[block]
	o := &opener{in: r.in, st: &r.streams, f: f, memory: r.limits.Memory}
	d := &stream{f: f, opener: o}
	d.r, d.err = o.open(f.main)
	return d
}

// Read reads on in the block.
func (d *stream) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.r.Read(p)
	d.pos += int64(n)
	if err == io.EOF && n > 0 {
		err = nil // once more, and it ends too early, or nobody asks again
	}
	if err == io.EOF {
		err = fmt.Errorf("%w: packed data end too early", archive.ErrCorrupt)
	}
	d.err = err
	return n, err
}

// file goes on to a file and returns its reader. What lies between is decoded and dropped.
func (d *stream) file(ctx context.Context, n int) io.Reader {
	for ; d.next < n; d.next++ {
		d.start += d.f.pieces[d.next].size
	}
	if d.buf == nil {
		d.buf = make([]byte, 64<<10)
	}
	for d.pos < d.start {
		if err := ctx.Err(); err != nil {
			return archive.ErrReader(err)
		}
		if _, err := d.Read(d.buf[:min(int64(len(d.buf)), d.start-d.pos)]); err != nil {
			return archive.ErrReader(err)
		}
	}
	p := d.f.pieces[n]
	return archive.Verify(d, p.size, p.sum.value, p.sum.ok)
}

func (d *stream) close() {
	if d == nil {
		return
	}
	for _, c := range d.opener.close {
		c()
	}
}
