package msi

import (
	"errors"
	"fmt"
	"io"
	"sort"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// extent is a part of a stream that lies in one piece.
type extent struct {
	from int64 // in the stream
	at   int64 // in the file
	n    int64
}

// stream is a stream of a compound file, laid out: a ReaderAt that is safe for concurrent use. A cabinet of 500 MB is
// about 8,000 pieces, since sectors of the FAT lie between its own.
type stream struct {
	r    io.ReaderAt
	size int64 // as the directory tells; less may be there
	ext  []extent
}

// add appends n bytes of the file at an offset. It returns how many pieces more there are now: 0 or 1.
func (s *stream) add(at, n int64) int {
	if k := len(s.ext); k > 0 {
		if e := &s.ext[k-1]; e.at+e.n == at {
			e.n += n
			return 0
		}
	}
	s.ext = append(s.ext, extent{s.have(), at, n})
	return 1
}

// have is how many bytes the chain of the stream holds.
func (s *stream) have() int64 {
	if k := len(s.ext); k > 0 {
		return s.ext[k-1].from + s.ext[k-1].n
	}
	return 0
}

// find says where a byte of the stream lies and how many follow it in one piece.
func (s *stream) find(off int64) (at, n int64) {
	i := sort.Search(len(s.ext), func(i int) bool { return s.ext[i].from+s.ext[i].n > off })
	if off < 0 || i == len(s.ext) {
		return 0, 0
	}
	e := &s.ext[i]
	return e.at + off - e.from, e.n - (off - e.from)
}

// ReadAt implements io.ReaderAt. A chain that ends before its stream does is ErrCorrupt.
func (s *stream) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("read before the start of a stream")
	}
	if off >= s.size {
		return 0, io.EOF
	}
	end := false
	if int64(len(p)) > s.size-off {
		p, end = p[:s.size-off], true
	}
	i := sort.Search(len(s.ext), func(i int) bool { return s.ext[i].from+s.ext[i].n > off })
	for ; len(p) > n && i < len(s.ext); i++ {
		e := &s.ext[i]
		skip := off + int64(n) - e.from
		part := p[n:min(int64(len(p)), int64(n)+e.n-skip)]
		got, err := s.r.ReadAt(part, e.at+skip)
		n += got
		if got < len(part) {
			if err == nil || err == io.EOF {
				err = fmt.Errorf("the file ends inside a stream: %w", archive.ErrCorrupt)
			}
			return n, err
		}
	}
	if n < len(p) {
		return n, fmt.Errorf("a stream of %d bytes ends after %d: %w", s.size, s.have(), archive.ErrCorrupt)
	}
	if end {
		return n, io.EOF
	}
	return n, nil
}

// bytes reads the whole stream.
func (s *stream) bytes() ([]byte, error) {
	b := make([]byte, s.size)
	if n, err := s.ReadAt(b, 0); n < len(b) {
		return nil, err
	}
	return b, nil
}

// section is the stream as something to read.
func (s *stream) section() *io.SectionReader { return io.NewSectionReader(s, 0, s.size) }
