package seccat

import "fmt"

// EmbeddedSigner is a certificate in the signature that a PE image carries itself.
type EmbeddedSigner struct {
	Certificate
	Leaf bool // it signed the image; the others lead to it or to its time stamp
}

// EmbeddedSigners reads the certificates of a PKCS #7 message, as a PE image's certificate table holds one. Nothing is
// verified.
func EmbeddedSigners(der []byte) ([]EmbeddedSigner, error) {
	m, err := readMessage(der)
	if err != nil {
		return nil, fmt.Errorf("seccat: read an embedded signature: %w", err)
	}
	out := make([]EmbeddedSigner, len(m.certificates))
	for i := range m.certificates {
		out[i].Certificate = m.certificates[i]
		for _, s := range m.signers {
			out[i].Leaf = out[i].Leaf || s.Certificate == &m.certificates[i]
		}
	}
	return out, nil
}

// TBSDigest is the digest of the certificate's signed part, made with the hash of its own signature: how code integrity
// policies name a certificate. Nil if that hash is unknown.
func (c *Certificate) TBSDigest() []byte {
	_, hash, err := c.algorithm.method(0)
	if err != nil || !hash.Available() || c.signed == nil {
		return nil
	}
	h := hash.New()
	h.Write(c.signed)
	return h.Sum(nil)
}
