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
	// Signers are the certificates of its own signature, which is not verified here.
	Signers []ImageSigner `json:"signers,omitempty"`
}

// ImageSigner is a certificate in a PE image's own signature.
type ImageSigner struct {
	Name string `json:"name"`           // common name of its holder
	TBS  string `json:"tbs"`            // digest of its signed part by its own hash, lower-case hexadecimal digits, as code integrity policies have it
	Leaf bool   `json:"leaf,omitempty"` // it signed the image; the others lead to it
}
