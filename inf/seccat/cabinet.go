package seccat

import (
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// ErrNotCabinet: the file is no cabinet, or one whose header contradicts its length.
var ErrNotCabinet = errors.New("seccat: not a cabinet")

// Offsets in the header of a cabinet ([MS-CAB], section 2.1), and of the reserved part that a signed one has.
const (
	cabReserved  = 4 // four bytes that the digest leaves out
	cabFlags     = 30
	cabNumber    = 34 // of the cabinet in its set
	cabHeader    = 36 // sizes of reserved parts, if there are any
	cabSignature = 44 // where the signature begins and how long it is
	cabPadding   = 56
	cabFolders   = 60
	cabHasPart   = 4    // the flag of reserved parts
	cabPartSize  = 0x14 // of the header's part in a signed cabinet
)

// CabinetDigest makes the Authenticode digest of a cabinet: of all bytes but four reserved ones and, if it is signed, but
// the fields that signing fills and the signature. It returns ErrNotCabinet for other files. Nothing documents the digest;
// it is what osslsigncode computes, and agrees with catalogs of Microsoft.
func CabinetDigest(b []byte, h crypto.Hash) ([]byte, error) {
	if !h.Available() {
		return nil, fmt.Errorf("seccat: make a cabinet's digest: hash %d is unknown", uint(h))
	}
	if len(b) < cabHeader || string(b[:4]) != "MSCF" {
		return nil, ErrNotCabinet
	}
	d := h.New()
	d.Write(b[:cabReserved])
	if binary.LittleEndian.Uint16(b[cabFlags:])&cabHasPart == 0 {
		d.Write(b[cabReserved+4:])
		return d.Sum(nil), nil
	}
	if len(b) < cabFolders || binary.LittleEndian.Uint16(b[cabHeader:]) != cabPartSize {
		return nil, ErrNotCabinet
	}
	end := int64(binary.LittleEndian.Uint32(b[cabSignature:]))
	if size := int64(binary.LittleEndian.Uint32(b[cabSignature+4:])); end < cabFolders || end+size > int64(len(b)) {
		return nil, ErrNotCabinet
	}
	d.Write(b[cabReserved+4 : cabNumber])
	d.Write(b[cabPadding:end])
	return d.Sum(nil), nil
}

// FindCabinet finds the member that lists a cabinet by its Authenticode digest, nil if there is none. told reports whether
// that means anything: the file is a cabinet, and the catalog lists its name, which has no folder, with such a digest.
func (c *Catalog) FindCabinet(name string, b []byte) (m *Member, told bool) {
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA1} {
		d, err := CabinetDigest(b, h)
		if err != nil {
			return nil, false
		}
		if m := c.Lookup(d); m != nil {
			return m, true
		}
	}
	for i := range c.Members {
		m := &c.Members[i]
		if m.Kind == Cabinet && (m.Algorithm == crypto.SHA1 || m.Algorithm == crypto.SHA256) && strings.EqualFold(m.Name(), name) {
			return nil, true
		}
	}
	return nil, false
}
