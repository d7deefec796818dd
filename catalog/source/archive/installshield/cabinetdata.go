package installshield

import (
	"bytes"
	"crypto/md5"
	"errors"
	"hash"
	"io"

	"github.com/klauspost/compress/flate"

	"github.com/drivercat/drivercat/catalog/source/archive/mszip"
)

// A compressed file comes in one of two ways. Usually it is cut into chunks of 64 KiB at most, each a deflate stream of its
// own behind two bytes that tell its packed length. Early versions, and a few sets of later ones, have one stream that never
// says that it ends. Nothing in the header tells which.

// source follows links to the file whose data a file has.
func (c *cabinet) source(f *file) (*file, error) {
	for range len(c.list) + 1 {
		if f.link < 0 {
			return f, nil
		}
		i, ok := c.byIndex[f.link]
		if !ok {
			return nil, corrupt("it has the data of a file that is not there")
		}
		f = &c.list[i]
	}
	return nil, corrupt("links between files lead in a circle")
}

// home finds the volume that a file begins in, and its number.
func (c *cabinet) home(f *file) (v *volume, n int) {
	n = max(1, f.volume)
	v = c.volume(n)
	// Up to version 5 the volumes tell.
	for !c.six() && v.err == nil && uint32(f.index) > v.last {
		n++
		v = c.volume(n)
	}
	return v, n
}

// spans finds the places where a file's data lies, one in each volume that has a part of it.
func (c *cabinet) spans(f *file) ([]*io.SectionReader, error) {
	want, packed := f.size, f.flags&flagCompressed != 0
	if packed {
		want = f.packed
	}
	v, n := c.home(f)
	if v.err != nil {
		return nil, v.err
	}
	at, size, shared := v.of(f.index, packed)
	// Version 5 does not flag what is split.
	if !shared || f.flags&flagSplit == 0 && (c.six() || size >= want) {
		return whole(v, f, want), nil
	}
	var list []*io.SectionReader
	for got := uint64(0); got < want; {
		if !shared {
			return nil, corrupt("volume %d has no part of it", n)
		}
		size = min(size, want-got)
		if at > uint64(v.in.Size) || size > uint64(v.in.Size)-at {
			return nil, corrupt("its part in volume %d lies behind the volume's end", n)
		}
		list = append(list, io.NewSectionReader(v.in, int64(at), int64(size)))
		if got += size; got == want {
			break
		}
		n++
		if v = c.volume(n); v.err != nil {
			return nil, v.err
		}
		at, size, shared = v.of(f.index, packed)
	}
	return list, nil
}

// whole is the place of a file that lies in one volume. What is cut off is noticed while reading: the beginning may still
// be of use.
func whole(v *volume, f *file, want uint64) []*io.SectionReader {
	size := uint64(v.in.Size)
	at := min(f.at, size)
	return []*io.SectionReader{io.NewSectionReader(v.in, int64(at), int64(min(want, size-at)))}
}

// section is the place of a file that is kept as it is.
func (c *cabinet) section(i int) *io.SectionReader {
	f, err := c.source(&c.list[i])
	if err != nil || f.flags&(flagCompressed|flagObfuscated) != 0 || f.size != c.list[i].size {
		return nil
	}
	list, err := c.spans(f)
	if err != nil || len(list) != 1 || uint64(list[0].Size()) != f.size {
		return nil
	}
	return list[0]
}

// spanReader reads the data of a file and undoes its obfuscation.
type spanReader struct {
	list       []*io.SectionReader
	obfuscated bool
	at         int // bytes read, modulo obfuscationCycle
}

const obfuscationCycle = 0x47

// clone is a reader at the same place, on its own.
func (s *spanReader) clone() spanReader {
	c := *s
	c.list = make([]*io.SectionReader, len(s.list))
	for i, p := range s.list {
		c.list[i] = io.NewSectionReader(p, 0, p.Size())
	}
	return c
}

func (s *spanReader) Read(p []byte) (int, error) {
	for len(s.list) > 0 {
		n, err := s.list[0].Read(p)
		if n > 0 {
			if s.obfuscated {
				s.plain(p[:n])
			}
			return n, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		s.list = s.list[1:]
	}
	return 0, io.EOF
}

// plain turns each byte back: exclusive or with 0xD5, two bits to the right, less its place modulo 0x47.
func (s *spanReader) plain(p []byte) {
	at := s.at
	for i, b := range p {
		b ^= 0xD5
		p[i] = (b>>2 | b<<6) - byte(at)
		if at++; at == obfuscationCycle {
			at = 0
		}
	}
	s.at = at
}

// decode makes a reader of a file.
func (c *cabinet) decode(i int) (io.Reader, error) {
	f, err := c.source(&c.list[i])
	if err != nil {
		return nil, err
	}
	list, err := c.spans(f)
	if err != nil {
		return nil, err
	}
	x, _ := c.pool.Get().(*inflater)
	if x == nil {
		x = &inflater{chunks: mszip.New(), sum: md5.New()}
	}
	x.reset(spanReader{list: list, obfuscated: f.flags&flagObfuscated != 0}, f)
	x.checked = c.six() && f.md5 != [16]byte{}
	return x, nil
}

// release takes back a reader.
func (c *cabinet) release(r io.Reader) {
	if x, ok := r.(*inflater); ok {
		x.src = spanReader{}
		c.pool.Put(x)
	}
}

const maxChunk = 64 << 10 // bytes that a chunk has at most, packed or not

// inflater reads one file of a cabinet.
type inflater struct {
	src     spanReader
	f       *file
	next    func() error // brings more into out
	left    uint64       // packed bytes that are still to come
	total   uint64       // bytes handed out
	checked bool
	sum     hash.Hash
	err     error

	chunks *mszip.Decoder
	stream io.ReadCloser // of the whole file, if it is one stream
	in     [2 + maxChunk]byte
	buf    [32 << 10]byte
	out    []byte
}

func (x *inflater) reset(src spanReader, f *file) {
	x.src, x.f, x.left, x.total, x.err, x.out = src, f, f.packed, 0, nil, nil
	x.sum.Reset()
	x.next = x.copied
	if f.flags&flagCompressed != 0 {
		x.next = x.first
	}
}

func (x *inflater) Read(p []byte) (int, error) {
	for len(x.out) == 0 {
		if x.err == nil && x.total == x.f.size {
			x.err = x.end()
		}
		if x.err != nil {
			return 0, x.err
		}
		if x.err = x.next(); x.err != nil {
			if errors.Is(x.err, io.EOF) || errors.Is(x.err, io.ErrUnexpectedEOF) {
				x.err = corrupt("it ends after %d of %d bytes", x.total, x.f.size)
			}
			continue
		}
		if uint64(len(x.out)) > x.f.size-x.total {
			x.out, x.err = nil, corrupt("it has more than %d bytes", x.f.size)
			continue
		}
		x.total += uint64(len(x.out))
		if x.checked {
			x.sum.Write(x.out)
		}
	}
	n := copy(p, x.out)
	x.out = x.out[n:]
	return n, nil
}

// end is what follows the last byte.
func (x *inflater) end() error {
	if x.checked && !bytes.Equal(x.sum.Sum(nil), x.f.md5[:]) {
		return corrupt("its content does not match its MD5")
	}
	return io.EOF
}

// copied brings data that is not compressed.
func (x *inflater) copied() error {
	n, err := x.src.Read(x.buf[:min(uint64(len(x.buf)), x.f.size-x.total)])
	x.out = x.buf[:n]
	if n > 0 {
		err = nil
	}
	return err
}

// first finds out by the first bytes how a file is compressed.
func (x *inflater) first() error {
	again := x.src.clone()
	final, err := x.inflate()
	if err == nil && !final {
		// Chunks that do not say that they end: then their lengths must add up.
		ahead := again.clone()
		final = chunked(&ahead, x.f.packed)
	}
	if err == nil && final {
		x.next = x.chunk
		return nil
	}
	// What cannot be read as a chunk is one stream, or damaged: then this fails too.
	x.src, x.next, x.out = again, x.more, nil
	if x.stream == nil {
		x.stream = flate.NewReader(&x.src)
	} else if err := x.stream.(flate.Resetter).Reset(&x.src, nil); err != nil {
		return err
	}
	return x.more()
}

// chunked reports whether data is a row of chunks by their lengths.
func chunked(r io.Reader, size uint64) bool {
	for size > 0 {
		var b [2]byte
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return false
		}
		n := uint64(b[0]) | uint64(b[1])<<8
		if n == 0 || n+2 > size {
			return false
		}
		if _, err := io.CopyN(io.Discard, r, int64(n)); err != nil {
			return false
		}
		size -= n + 2
	}
	return true
}

func (x *inflater) chunk() error {
	_, err := x.inflate()
	return err
}

// inflate brings the next chunk and tells whether its stream says that it ends.
func (x *inflater) inflate() (final bool, err error) {
	if x.left < 2 {
		return false, io.ErrUnexpectedEOF
	}
	if _, err := io.ReadFull(&x.src, x.in[:2]); err != nil {
		return false, err
	}
	n := uint64(x.in[0]) | uint64(x.in[1])<<8
	if x.left -= 2; n == 0 || n > x.left {
		return false, corrupt("a chunk of %d bytes where %d are left", n, x.left)
	}
	if _, err := io.ReadFull(&x.src, x.in[2:2+n]); err != nil {
		return false, err
	}
	x.left -= n
	if x.out, final, err = x.chunks.Stream(x.in[2:2+n], maxChunk); err == nil && len(x.out) == 0 {
		err = errors.New("it is empty")
	}
	if err != nil {
		return false, corrupt("a chunk cannot be decoded: %v", err)
	}
	return final, nil
}

// more brings the next bytes of a file that is one stream.
func (x *inflater) more() error {
	n, err := io.ReadFull(x.stream, x.buf[:min(uint64(len(x.buf)), x.f.size-x.total)])
	x.out = x.buf[:n]
	if n > 0 || err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return corrupt("it cannot be decoded: %v", err)
}
