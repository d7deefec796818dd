package seccat

import (
	"bytes"
	"crypto"
	"time"
)

// Signer is one signature on a catalog, as it stands there: nothing of it is verified.
type Signer struct {
	Digest       crypto.Hash  // MD5, SHA1, SHA256, ...; 0 if unknown
	Certificate  *Certificate // nil if the catalog does not hold it
	RawIssuer    []byte       // with the serial number: whose certificate it is
	SerialNumber []byte

	Raw         []byte // the whole SignerInfo
	RawSigned   []byte // the signed attributes, tagged [0] as they stand; nil if there are none
	RawUnsigned []byte // the unsigned attributes, tagged [1]: a time stamp stands there
	Algorithm   string // object identifier of the signature's algorithm
	Signature   []byte

	algorithm algorithm // Algorithm with its parameters
}

// signers reads the SignerInfos, and finds whose they are among the first certificates.
func signers(b []byte, certs []Certificate) (all []Signer, err error) {
	certs = certs[:min(len(certs), maxPool)]
	err = each(b, func(e element) error {
		s, err := signer(e)
		if err != nil {
			return err
		}
		for i := range certs {
			if s.isBy(&certs[i]) {
				s.Certificate = &certs[i]
				break
			}
		}
		all = append(all, s)
		return nil
	})
	return all, err
}

// isBy reports whether the signer names a certificate as its own.
func (s *Signer) isBy(c *Certificate) bool {
	return c.rawIssuer != nil && bytes.Equal(c.rawIssuer, s.RawIssuer) && bytes.Equal(c.SerialNumber, s.SerialNumber)
}

// signer reads one SignerInfo (RFC 2315, section 9.2).
func signer(e element) (Signer, error) {
	s := Signer{Raw: e.raw}
	if e.tag != tagSequence {
		return s, errForm
	}
	_, rest, err := expect(e.body, tagInteger) // version
	if err != nil {
		return s, err
	}
	id, rest, err := expect(rest, tagSequence)
	if err != nil {
		return s, err
	}
	issuer, serial, err := expect(id.body, tagSequence)
	if err != nil {
		return s, err
	}
	number, _, err := expect(serial, tagInteger)
	if err != nil {
		return s, err
	}
	s.RawIssuer, s.SerialNumber = issuer.raw, number.body
	algorithms := 0
	return s, each(rest, func(e element) error {
		switch e.tag {
		case tagSequence:
			alg, err := newAlgorithm(e)
			if err != nil {
				return err
			}
			if algorithms++; algorithms == 1 {
				s.Digest = hashByOID(alg.id)
			} else {
				s.Algorithm, s.algorithm = alg.id, alg
			}
		case tagContext0:
			s.RawSigned = e.raw
		case tagOctets:
			s.Signature = e.body
		case tagContext1:
			s.RawUnsigned = e.raw
		}
		return nil
	})
}

// moment reads a time of either form; zero if it is malformed.
func moment(e element) time.Time {
	layouts := []string{"060102150405Z", "0601021504Z", "060102150405-0700"}
	if e.tag == tagTime {
		layouts = []string{"20060102150405Z", "20060102150405-0700"}
	}
	for _, l := range layouts {
		if t, err := time.Parse(l, string(e.body)); err == nil {
			return t
		}
	}
	return time.Time{}
}
