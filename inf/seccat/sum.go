package seccat

import (
	"crypto"
	_ "crypto/md5" // registers the hashes that PEDigest may be asked for
	"crypto/sha1"
	"crypto/sha256"
	_ "crypto/sha512"
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
	var out [][]byte
	if s.IsPE {
		out = append(out, s.PESHA256[:], s.PESHA1[:])
	}
	out = append(out, s.SHA256[:])
	if s.SHA1 != [sha1.Size]byte{} { // a Summer may leave it out
		out = append(out, s.SHA1[:])
	}
	return out
}

// FlatSums makes the digests of text that is at hand.
func FlatSums(b []byte) Sums {
	return Sums{SHA1: sha1.Sum(b), SHA256: sha256.Sum256(b), Size: int64(len(b))}
}

// ErrNotPE: the file is no PE image, or one whose headers contradict its length.
var ErrNotPE = errors.New("seccat: not a PE image")

// Summer makes all digests of a file in one pass over its bytes, which are written to it in chunks of any size. It is
// meant for whoever reads a file for another purpose anyway. The zero value is not usable: NewSummer makes one. It is not
// safe for concurrent use.
type Summer struct {
	flat  []hash.Hash // SHA-256, and SHA-1 unless quick
	pe    image       // of both
	quick bool
}

// NewSummer returns a Summer to which nothing was written yet.
func NewSummer() *Summer {
	return &Summer{flat: []hash.Hash{sha256.New(), sha1.New()}, pe: image{hashes: []hash.Hash{sha1.New(), sha256.New()}}}
}

// NewQuickSummer returns a Summer that leaves Sums.SHA1 zero: it takes a third of the time of a file that is no PE image, and
// only old catalogs ask for it, for few files.
func NewQuickSummer() *Summer {
	return &Summer{flat: []hash.Hash{sha256.New()}, pe: image{hashes: []hash.Hash{sha1.New(), sha256.New()}}, quick: true}
}

// Reset makes the Summer forget what was written. It keeps its memory.
func (s *Summer) Reset() {
	for _, h := range s.flat {
		h.Reset()
	}
	s.pe.reset()
}

// Write takes the next bytes of the file; it keeps none of p, and never fails. It implements io.Writer.
func (s *Summer) Write(p []byte) (int, error) {
	for _, h := range s.flat {
		h.Write(p)
	}
	return s.pe.Write(p)
}

// Sums returns the digests of the bytes written so far. It changes nothing: more may be written afterwards.
func (s *Summer) Sums() Sums {
	out := Sums{Size: s.pe.n}
	s.flat[0].Sum(out.SHA256[:0])
	if !s.quick {
		s.flat[1].Sum(out.SHA1[:0])
	}
	if s.pe.known && s.pe.gaps == nil {
		return out
	}
	pe, err := s.pe.clone()
	if err != nil { // these hashes can be cloned
		return out
	}
	if sums := pe.finish(); sums != nil {
		out.IsPE = true
		copy(out.PESHA1[:], sums[0])
		copy(out.PESHA256[:], sums[1])
	}
	return out
}

// Sum reads a file once and makes all its digests. The error is that of r.
func Sum(r io.Reader) (Sums, error) {
	s := NewSummer()
	buf := make([]byte, window)
	for {
		n, err := r.Read(buf)
		s.Write(buf[:n])
		if err == io.EOF {
			return s.Sums(), nil
		}
		if err != nil {
			return Sums{}, err
		}
	}
}

// PEDigest makes the Authenticode digest of a PE image: of all bytes but the checksum, the place that tells where the
// signature stands, and the signature. It returns ErrNotPE for other files.
func PEDigest(r io.ReaderAt, size int64, h crypto.Hash) ([]byte, error) {
	if !h.Available() {
		return nil, fmt.Errorf("seccat: make a PE digest: hash %d is unknown", uint(h))
	}
	pe := image{hashes: []hash.Hash{h.New()}}
	if _, err := io.Copy(&pe, io.NewSectionReader(r, 0, size)); err != nil {
		return nil, err
	}
	sums := pe.finish()
	if sums == nil {
		return nil, ErrNotPE
	}
	return sums[0], nil
}
