package nsis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/lzma"
)

// maxStub is the largest program that an uninstaller is put together from, as in 7-Zip.
const maxStub = 1 << 20

// decoder makes a decoder of a method that may use so much memory.
func (a *Archive) decoder(m method, most int64) *streams {
	s := &streams{method: m, filtered: a.filtered}
	s.d.most = most
	switch m {
	case deflated:
		s.d.c = &inflate{bare: a.h == nil || a.h.layout.family != nsis3}
	case bzipped:
		s.d.c = &bzip2{}
	}
	return s
}

// streams decodes one stream after the other.
type streams struct {
	method   method
	filtered bool    // LZMA only: a byte in front of each stream tells whether the filter is used
	d        decoder // of the other methods
	filter   x86
	r        io.Reader
}

func (s *streams) reset(r io.Reader) {
	if s.method != lzmaed {
		s.d.reset(r)
		s.r = &s.d
		return
	}
	head := make([]byte, 1+5) // the filter, and the properties of LZMA
	if !s.filtered {
		head = head[1:]
	}
	if _, err := io.ReadFull(r, head); err != nil {
		s.r = failing{short(err)}
		return
	}
	z, err := lzma.NewReader1(r, [5]byte(head[len(head)-5:]), -1, s.d.most)
	switch {
	case err != nil:
		s.r = failing{err}
	case !s.filtered || head[0] == 0:
		s.r = z
	case head[0] == 1:
		s.filter.reset(z)
		s.r = &s.filter
	default:
		s.r = failing{fmt.Errorf("%w: filter %d", archive.ErrUnsupported, head[0])}
	}
}

func (s *streams) Read(p []byte) (int, error) { return s.r.Read(p) }

// failing is a file that cannot be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Extract implements archive.Reader.
func (a *Archive) Extract(ctx context.Context, want func(i int) bool, fn func(i int, r io.Reader) error) error {
	var list []int
	for i := range a.items {
		if want(i) {
			list = append(list, i)
		}
	}
	if len(list) == 0 {
		return ctx.Err()
	}
	if a.solid {
		s := &solid{a: a, ctx: ctx}
		return s.extract(list, fn)
	}
	e := &each{a: a}
	for _, i := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := fn(i, guarded{ctx, e.open(&a.items[i])}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// guarded ends reading with the context.
type guarded struct {
	ctx context.Context
	r   io.Reader
}

func (g guarded) Read(p []byte) (int, error) {
	if err := g.ctx.Err(); err != nil {
		return 0, err
	}
	return g.r.Read(p)
}

// each reads archives in which each file has a stream of its own.
type each struct {
	a *Archive
	s [lzmaed + 1]*streams
}

func (e *each) open(it *item) io.Reader {
	if it.empty {
		return bytes.NewReader(nil)
	}
	at := e.a.files + int64(it.pos)
	if it.patch == 0 {
		return e.stream(at)
	}
	program, err := e.a.patched(e.stream(at), it)
	if err != nil {
		return failing{err}
	}
	size, _, err := e.a.sizeAt(at)
	if err != nil {
		return failing{err}
	}
	return io.MultiReader(bytes.NewReader(program), e.stream(at+4+size))
}

// stream decodes what lies at a place in the data.
func (e *each) stream(at int64) io.Reader {
	size, packed, err := e.a.sizeAt(at)
	if err != nil {
		return failing{err}
	}
	r := io.NewSectionReader(e.a.data, at+4, size)
	if !packed {
		return r
	}
	m := e.a.method
	if m == stored { // the header was not worth compressing, or SetCompress was off for it
		var sig [12]byte
		_, _ = r.ReadAt(sig[:], 0)
		if filtered, ok := filteredLZMA(sig[:]); ok && !filtered {
			m = lzmaed
		} else if m = deflated; isBzip2(sig[:]) {
			m = bzipped
		}
	}
	if e.s[m] == nil {
		e.s[m] = e.a.decoder(m, e.a.limits.Memory/4*3)
	}
	e.s[m].reset(r)
	return e.s[m]
}

// patched puts an uninstaller's program together: the installer's with other icons. The patch is a list of sizes, places
// and bytes that ends with a zero.
func (a *Archive) patched(patch io.Reader, it *item) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(patch, min(int64(it.patch), a.limits.Memory/8)))
	if err != nil {
		return nil, err
	}
	if a.stub == 0 || a.stub >= maxStub {
		return b, nil
	}
	program := make([]byte, a.stub)
	if _, err := a.in.ReadAt(program, 0); err != nil {
		return nil, err
	}
	bad := corrupt("the patch that makes the uninstaller")
	for {
		if len(b) < 4 {
			return nil, bad
		}
		size := int64(u32(b))
		if size == 0 {
			if len(b) != 4 {
				return nil, bad
			}
			return program, nil
		}
		if int64(len(b)) < 8+size || int64(u32(b[4:])) > a.stub-size {
			return nil, bad
		}
		copy(program[u32(b[4:]):], b[8:8+size])
		b = b[8+size:]
	}
}

// solid reads archives with one stream for everything.
type solid struct {
	a   *Archive
	ctx context.Context
	s   *streams
	pos int64 // in the stream
	err error // what the stream ended with

	kept      []byte // the decoded file at keptAt, for the next entry that is the same file
	keptAt    int64
	keptPatch bool // it is an uninstaller with its program
	again     int  // how often the stream was started anew
}

// maxAgain bounds how often a stream is decoded from its start once more, for a file that is too large to be kept and has
// several names.
const maxAgain = 16

func (s *solid) extract(list []int, fn func(int, io.Reader) error) error {
	s.keptAt = -1
	s.start()
	for n, i := range list {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		it := &s.a.items[i]
		shared := n+1 < len(list) && s.a.items[list[n+1]].pos == it.pos && !it.empty
		if err := fn(i, guarded{s.ctx, s.open(it, shared)}); err != nil {
			return err
		}
	}
	return s.ctx.Err()
}

func (s *solid) start() {
	s.s = s.a.decoder(s.a.method, s.a.limits.Memory/4*3)
	s.s.reset(io.NewSectionReader(s.a.data, 0, s.a.data.Size))
	s.pos, s.err = 0, nil
}

func (s *solid) open(it *item, shared bool) io.Reader {
	if it.empty {
		return bytes.NewReader(nil)
	}
	at := s.a.files + int64(it.pos)
	if at == s.keptAt && (it.patch != 0) == s.keptPatch {
		return bytes.NewReader(s.kept)
	}
	size, err := s.seek(at)
	if err != nil {
		return failing{err}
	}
	if it.patch != 0 {
		return s.uninstaller(it, size, shared)
	}
	return s.share(&part{s, size}, shared && size <= s.a.limits.Memory/8, at, false)
}

// share keeps a file if the next one is the same.
func (s *solid) share(r io.Reader, keep bool, at int64, patch bool) io.Reader {
	if !keep {
		return r
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return io.MultiReader(bytes.NewReader(b), failing{err})
	}
	s.kept, s.keptAt, s.keptPatch = b, at, patch
	return bytes.NewReader(b)
}

// seek goes to a file and returns its size.
func (s *solid) seek(at int64) (size int64, err error) {
	if at < s.pos && s.again < maxAgain && s.err == nil {
		s.again++
		s.start()
	}
	if s.err == nil && at < s.pos {
		return 0, corrupt("files of the installer overlap")
	}
	if s.err == nil {
		_, err := io.CopyN(io.Discard, s, at-s.pos)
		s.fail(err)
	}
	var b [4]byte
	if s.err == nil {
		_, err := io.ReadFull(s, b[:])
		s.fail(err)
	}
	return int64(u32(b[:])), s.err
}

func (s *solid) fail(err error) {
	if err != nil && s.err == nil {
		s.err = short(err)
	}
}

func (s *solid) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.s.Read(p)
	s.pos += int64(n)
	return n, err
}

// part is a file of a solid archive that is decoded as it is read.
type part struct {
	s    *solid
	left int64
}

func (p *part) Read(b []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	if p.s.err != nil {
		return 0, p.s.err
	}
	n, err := p.s.Read(b[:min(int64(len(b)), p.left)])
	p.left -= int64(n)
	if err != nil {
		if errors.Is(err, io.EOF) && p.left == 0 {
			return n, nil
		}
		p.s.fail(err)
		return n, p.s.err
	}
	return n, nil
}

// uninstaller reads the patch and what follows it.
func (s *solid) uninstaller(it *item, size int64, shared bool) io.Reader {
	program, err := s.a.patched(&part{s, size}, it)
	if err != nil {
		return failing{err}
	}
	at := s.a.files + int64(it.pos)
	rest, err := s.seek(at + 4 + size)
	if err != nil {
		return failing{err}
	}
	r := io.MultiReader(bytes.NewReader(program), &part{s, rest})
	return s.share(r, shared && rest <= s.a.limits.Memory/8, at, true)
}
