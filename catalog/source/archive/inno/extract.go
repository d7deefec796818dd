package inno

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"io"
	"slices"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// Extract decodes the files that want chooses, chunk by chunk.
func (r *Reader) Extract(ctx context.Context, want func(i int) bool, fn func(i int, r io.Reader) error) error {
	x := &extraction{r: r, ctx: ctx, last: -1}
	var wanted []int
	for i, e := range r.entries {
		if e.Mode == 0 && want(i) {
			wanted = append(wanted, i)
		}
	}
	for n, i := range wanted {
		if err := ctx.Err(); err != nil {
			return err
		}
		again := n+1 < len(wanted) && r.places[wanted[n+1]] == r.places[i]
		if err := fn(i, x.open(r.places[i], again)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// extraction is one call of Extract.
type extraction struct {
	r   *Reader
	ctx context.Context

	chunk chunk
	src   io.Reader // the open chunk, nil if none
	err   error     // why it cannot be read further
	pos   int64     // of src, in the unpacked chunk

	last int // location of kept
	kept []byte
}

// open returns a reader of the file at a location. If it comes again right after, it is kept as far as it is small.
func (x *extraction) open(i int, again bool) io.Reader {
	l := &x.r.t.locations[i]
	if x.last == i {
		return bytes.NewReader(x.kept)
	}
	x.last, x.kept = -1, nil
	if err := x.seek(l); err != nil {
		return archive.ErrReader(err)
	}
	src := verified(l, l.filter.reader(&part{x: x, left: l.size}))
	if again && l.size <= x.r.limits.Memory/keepShare {
		b, err := io.ReadAll(src)
		if err != nil {
			return io.MultiReader(bytes.NewReader(b), archive.ErrReader(err))
		}
		x.last, x.kept = i, b
		return bytes.NewReader(b)
	}
	return src
}

// seek moves to the first byte of a file: on in the open chunk if it can be.
func (x *extraction) seek(l *location) error {
	if x.src == nil || x.chunk != l.chunk || x.pos > l.at {
		x.chunk, x.pos = l.chunk, 0
		x.src, x.err = x.r.openChunk(l.chunk)
	}
	if x.err != nil {
		return x.err
	}
	_, err := io.Copy(io.Discard, &part{x: x, left: l.at - x.pos})
	return err
}

// part reads on in the open chunk.
type part struct {
	x    *extraction
	left int64
}

// Read reads unpacked bytes of the chunk.
func (p *part) Read(b []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	if err := p.x.ctx.Err(); err != nil {
		return 0, err
	}
	if p.x.err != nil {
		return 0, p.x.err
	}
	n, err := p.x.src.Read(b[:min(int64(len(b)), p.left)])
	p.left -= int64(n)
	p.x.pos += int64(n)
	if err != nil && (err != io.EOF || p.left > 0) {
		p.x.err = chunkError(err)
		return n, p.x.err
	}
	return n, nil
}

// sums makes the checksums.
var sums = map[sumKind]func() hash.Hash{
	adler:     func() hash.Hash { return adler32.New() },
	crc:       func() hash.Hash { return crc32.NewIEEE() },
	md5Sum:    md5.New,
	sha1Sum:   sha1.New,
	sha256Sum: sha256.New,
}

// verified reads a file and checks it at its end.
func verified(l *location, r io.Reader) io.Reader {
	return &verifier{l: l, r: r, h: sums[l.kind]()}
}

type verifier struct {
	l *location
	r io.Reader
	h hash.Hash
}

// Read reads and sums.
func (v *verifier) Read(b []byte) (int, error) {
	n, err := v.r.Read(b)
	v.h.Write(b[:n])
	if err != io.EOF {
		return n, err
	}
	sum := v.h.Sum(nil)
	if v.l.kind == adler || v.l.kind == crc {
		slices.Reverse(sum) // numbers are stored with the lowest byte first
	}
	if !bytes.Equal(sum, v.l.sum) {
		return n, fmt.Errorf("%w: the checksum of the file is not that which the installer tells", archive.ErrCorrupt)
	}
	return n, io.EOF
}
