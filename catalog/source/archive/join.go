package archive

import (
	"io"
	"sort"
)

// Join is the parts of a split archive as one input, with the name and the folder of the first.
func Join(parts []Input) Input {
	if len(parts) == 1 {
		return parts[0]
	}
	j := &joined{parts: parts, ends: make([]int64, len(parts))}
	for i, p := range parts {
		j.size += p.Size
		j.ends[i] = j.size
	}
	return Input{Name: parts[0].Name, ReaderAt: j, Size: j.size, Beside: parts[0].Beside}
}

type joined struct {
	parts []Input
	ends  []int64 // where each part ends
	size  int64
}

// ReadAt reads across the parts.
func (j *joined) ReadAt(b []byte, off int64) (n int, err error) {
	if off < 0 || off >= j.size {
		return 0, io.EOF
	}
	i := sort.Search(len(j.ends), func(i int) bool { return off < j.ends[i] })
	for ; n < len(b) && i < len(j.parts); i++ {
		p := j.parts[i]
		at := off + int64(n) - (j.ends[i] - p.Size)
		want := b[n:min(int64(len(b)), int64(n)+p.Size-at)]
		got, err := p.ReadAt(want, at)
		n += got
		if got < len(want) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return n, err
		}
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}
