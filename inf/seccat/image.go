package seccat

import (
	"encoding/binary"
	"hash"
)

// window is how many bytes of a file are looked at for the headers of a PE image: they must lie among the first ones.
const window = 64 << 10

// image feeds hashes with what Authenticode covers of a PE image that is written to it in chunks, and
// nothing of other files.
type image struct {
	hashes []hash.Hash
	n      int64  // bytes written
	head   []byte // the first of them, while it is not known what the file is
	known  bool
	gaps   []gap // nil if it is known to be no PE image
}

func (i *image) reset() {
	for _, h := range i.hashes {
		h.Reset()
	}
	*i = image{hashes: i.hashes, head: i.head[:0]}
}

// Write implements io.Writer; it never fails.
func (i *image) Write(p []byte) (int, error) {
	written := len(p)
	if !i.known && len(i.head) == 0 && len(p) >= window { // spares a copy
		i.gaps, _ = peGaps(p[:window])
		i.known = true
	}
	if !i.known {
		part := p[:min(len(p), window-len(i.head))]
		i.head = append(i.head, part...)
		i.n += int64(len(part))
		p = p[len(part):]
		switch {
		case len(i.head) >= 2 && (i.head[0] != 'M' || i.head[1] != 'Z'):
			i.known = true
		case len(i.head) == window:
			i.known = true
			if i.gaps, _ = peGaps(i.head); i.gaps != nil {
				write(i.hashes, i.head, 0, i.gaps)
			}
		}
	}
	if i.gaps != nil {
		write(i.hashes, p, i.n, i.gaps)
	}
	i.n += int64(len(p))
	return written, nil
}

// clone returns a copy that may be finished while more is written to i. Its hashes must be those of the standard library.
func (i *image) clone() (*image, error) {
	c := *i
	c.hashes = make([]hash.Hash, len(i.hashes))
	for k, h := range i.hashes {
		var err error
		if c.hashes[k], err = h.(hash.Cloner).Clone(); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

// finish returns the digests, in the order of the hashes, nil if the file is no PE image. Nothing may be written
// afterwards.
func (i *image) finish() (sums [][]byte) {
	if !i.known {
		if i.gaps, _ = peGaps(i.head); i.gaps != nil {
			write(i.hashes, i.head, 0, i.gaps)
		}
	}
	if i.gaps == nil {
		return nil
	}
	if last := i.gaps[len(i.gaps)-1]; !last.certificates {
		// An unsigned image is hashed as if it were filled up with zeros for a signature to follow.
		write(i.hashes, make([]byte, (8-i.n%8)%8), i.n, nil)
	} else if last.end > i.n {
		return nil
	}
	for _, h := range i.hashes {
		sums = append(sums, h.Sum(nil))
	}
	return sums
}

// gap is a part of a PE image that its digest does not cover.
type gap struct {
	start, end   int64
	certificates bool
}

// write feeds bytes that stand at an offset of the file, without those in gaps.
func write(hashes []hash.Hash, b []byte, at int64, gaps []gap) {
	end := at + int64(len(b))
	for _, g := range gaps {
		if g.end <= at || g.start >= end {
			continue
		}
		if g.start > at {
			for _, h := range hashes {
				h.Write(b[:g.start-at])
			}
		}
		if g.end >= end {
			return
		}
		b, at = b[g.end-at:], g.end
	}
	for _, h := range hashes {
		h.Write(b)
	}
}

// Offsets in the headers of a PE image (learn.microsoft.com/windows/win32/debug/pe-format).
const (
	headerAt      = 0x3c // where the DOS header keeps the offset of the PE header
	optionalAt    = 24   // of the optional header, from the PE header
	checksumAt    = 64   // from the optional header, as the next ones
	directories32 = 96
	directories64 = 112
	security      = 4 // number of the directory that leads to the signature
)

// peGaps finds what the digest of a PE image leaves out. ok is false for other files: without both signatures, or with
// headers beyond the first bytes of the file.
func peGaps(b []byte) (gaps []gap, ok bool) {
	if len(b) < headerAt+4 || b[0] != 'M' || b[1] != 'Z' {
		return nil, false
	}
	pe := int64(binary.LittleEndian.Uint32(b[headerAt:]))
	opt := pe + optionalAt
	if opt+checksumAt+4 > int64(len(b)) || string(b[pe:pe+4]) != "PE\x00\x00" {
		return nil, false
	}
	dirs := opt + directories32
	switch binary.LittleEndian.Uint16(b[opt:]) {
	case 0x10b:
	case 0x20b:
		dirs = opt + directories64
	default:
		return nil, false
	}
	gaps = []gap{{start: opt + checksumAt, end: opt + checksumAt + 4}}
	if dirs > int64(len(b)) || binary.LittleEndian.Uint32(b[dirs-4:]) <= security {
		return gaps, true
	}
	entry := dirs + 8*security
	if entry+8 > int64(len(b)) {
		return nil, false
	}
	gaps = append(gaps, gap{start: entry, end: entry + 8})
	start, size := int64(binary.LittleEndian.Uint32(b[entry:])), int64(binary.LittleEndian.Uint32(b[entry+4:]))
	if start == 0 || size == 0 {
		return gaps, true
	}
	if start < entry+8 {
		return nil, false
	}
	return append(gaps, gap{start: start, end: start + size, certificates: true}), true
}
