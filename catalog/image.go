package catalog

import (
	"encoding/hex"
	"fmt"
)

// SHA1 is a SHA-1, by which old security catalogs and lists of blocked drivers know files. As text it is 40 lower-case
// hexadecimal digits.
type SHA1 [20]byte

// String returns the hash as 40 lower-case hexadecimal digits.
func (h SHA1) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether the hash was never set.
func (h SHA1) IsZero() bool { return h == SHA1{} }

// MarshalText implements encoding.TextMarshaler.
func (h SHA1) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *SHA1) UnmarshalText(b []byte) error {
	if len(b) != 2*len(h) {
		return fmt.Errorf("catalog: a SHA-1 has 40 hexadecimal digits, %q has %d", b, len(b))
	}
	if _, err := hex.Decode(h[:], b); err != nil {
		return fmt.Errorf("catalog: %q is no SHA-1: %w", b, err)
	}
	return nil
}

// Image is what a PE image (sys, dll, exe) is known by beyond its bytes: its Authenticode digests, which leave out its own
// signature, and what its version resource says.
type Image struct {
	SHA1   SHA1 `json:"sha1"`   // Authenticode
	SHA256 Hash `json:"sha256"` // Authenticode

	OriginalName string `json:"originalName,omitempty"` // OriginalFilename of the version resource, and so on
	InternalName string `json:"internalName,omitempty"`
	Product      string `json:"product,omitempty"`
	Description  string `json:"description,omitempty"`
	Version      string `json:"version,omitempty"` // of the fixed part: four decimal numbers
	// Signers are the SHA-256 digests, as lower-case hexadecimal digits, over the signed part (TBSCertificate) of the
	// certificates in its own signature: how lists of blocked drivers name publishers.
	Signers []string `json:"signers,omitempty"`
}
