package seccat

import (
	"crypto"
	_ "crypto/md5" // registers the hashes that PEDigest may be asked for
	"crypto/sha1"
	"crypto/sha256"
	_ "crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Sums are the digests by which a catalog may list a file.
type Sums struct {
	SHA1   [sha1.Size]byte
	SHA256 [sha256.Size]byte
	Size   int64 // bytes of the file
	// IsPE is set for PE images; the digests below are Authenticode's, and zero for other files.
	IsPE     bool
	PESHA1   [sha1.Size]byte
	PESHA256 [sha256.Size]byte
}

func (s *Sums) all() [][]byte {
	if s.IsPE {
		return [][]byte{s.PESHA256[:], s.PESHA1[:], s.SHA256[:], s.SHA1[:]}
	}
	return [][]byte{s.SHA256[:], s.SHA1[:]}
}

// FlatSums makes the digests of text that is at hand.
func FlatSums(b []byte) Sums {
	return Sums{SHA1: sha1.Sum(b), SHA256: sha256.Sum256(b), Size: int64(len(b))}
}

// ErrNotPE: the file is no PE image, or one whose headers contradict its length.
var ErrNotPE = errors.New("seccat: not a PE image")

// Sum reads a file once and makes all its digests. The error is that of r.
func Sum(r io.Reader) (Sums, error) {
	var s Sums
	flat1, flat2, pe1, pe2 := sha1.New(), sha256.New(), sha1.New(), sha256.New()
	n, isPE, err := digest(r, []hash.Hash{flat1, flat2}, []hash.Hash{pe1, pe2})
	if err != nil {
		return Sums{}, err
	}
	s.Size = n
	flat1.Sum(s.SHA1[:0])
	flat2.Sum(s.SHA256[:0])
	if s.IsPE = isPE; isPE {
		pe1.Sum(s.PESHA1[:0])
		pe2.Sum(s.PESHA256[:0])
	}
	return s, nil
}

// PEDigest makes the Authenticode digest of a PE image: of all bytes but the checksum, the place that tells where the
// signature stands, and the signature. It returns ErrNotPE for other files.
func PEDigest(r io.ReaderAt, size int64, h crypto.Hash) ([]byte, error) {
	if !h.Available() {
		return nil, fmt.Errorf("seccat: make a PE digest: hash %d is unknown", uint(h))
	}
	pe := h.New()
	_, isPE, err := digest(io.NewSectionReader(r, 0, size), nil, []hash.Hash{pe})
	if err != nil {
		return nil, err
	}
	if !isPE {
		return nil, ErrNotPE
	}
	return pe.Sum(nil), nil
}

// chunk is how much is read at once. The headers of a PE image must lie in the first one.
const chunk = 64 << 10

// digest reads to the end and feeds the hashes: flat ones all bytes, pe ones what Authenticode covers. isPE tells whether
// the latter mean anything.
func digest(r io.Reader, flat, pe []hash.Hash) (n int64, isPE bool, err error) {
	buf := make([]byte, chunk)
	var gaps []gap
	for first := true; ; first = false {
		got, err := io.ReadFull(r, buf)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return n, false, err
		}
		b := buf[:got]
		if first {
			gaps, isPE = peGaps(b)
		}
		for _, h := range flat {
			h.Write(b)
		}
		if isPE {
			write(pe, b, n, gaps)
		}
		n += int64(got)
		if err != nil {
			break
		}
	}
	if !isPE {
		return n, false, nil
	}
	if last := gaps[len(gaps)-1]; last.certificates {
		return n, last.end <= n, nil
	}
	// An unsigned image is hashed as if it were filled up with zeros for a signature to follow.
	if pad := (8 - n%8) % 8; pad > 0 {
		write(pe, make([]byte, pad), n, nil)
	}
	return n, true, nil
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
