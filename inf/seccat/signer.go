package seccat

import (
	"bytes"
	"crypto"
	"slices"
	"strings"
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
}

// Certificate is what a certificate in a catalog says about its holder.
type Certificate struct {
	Raw                 []byte
	Subject, Issuer     Name
	SerialNumber        []byte
	NotBefore, NotAfter time.Time
	// ExtendedKeyUsage are object identifiers. "1.3.6.1.4.1.311.10.3.5" marks what Microsoft's hardware program tested,
	// "1.3.6.1.4.1.311.10.3.5.1" what it only attested.
	ExtendedKeyUsage []string

	rawIssuer []byte
}

// Name is a distinguished name as far as people ask for it.
type Name struct {
	CommonName, Organization, Unit, Country string
}

// String gives the name that people know it by.
func (n Name) String() string {
	for _, s := range []string{n.CommonName, n.Unit, n.Organization} {
		if s != "" {
			return s
		}
	}
	return ""
}

const oidExtendedKeyUsage = "2.5.29.37"

// certificates reads the certificates that travel with the signature. One that cannot be read keeps its raw bytes.
func (c *Catalog) certificates(b []byte) error {
	return each(b, func(e element) error {
		if e.tag == tagSequence {
			cert := Certificate{Raw: e.raw}
			cert.read(e.body)
			c.Certificates = append(c.Certificates, cert)
		}
		return nil
	})
}

// read takes what it understands of a certificate (RFC 5280, section 4.1).
func (c *Certificate) read(b []byte) {
	tbs, _, err := expect(b, tagSequence)
	if err != nil {
		return
	}
	var seq []element
	err = each(tbs.body, func(e element) error {
		switch e.tag {
		case tagContext0: // the version
		case tagInteger:
			c.SerialNumber = e.body
		case tagContext3:
			c.extensions(e.body)
		case tagSequence:
			seq = append(seq, e)
		}
		return nil
	})
	const algorithm, issuer, validity, subject = 0, 1, 2, 3
	if err != nil || len(seq) <= subject {
		return
	}
	c.rawIssuer, c.Issuer, c.Subject = seq[issuer].raw, distinguished(seq[issuer].body), distinguished(seq[subject].body)
	_ = each(seq[validity].body, func(e element) error {
		if c.NotBefore.IsZero() {
			c.NotBefore = moment(e)
		} else {
			c.NotAfter = moment(e)
		}
		return nil
	})
}

func (c *Certificate) extensions(b []byte) {
	seq, _, err := expect(b, tagSequence)
	if err != nil {
		return
	}
	_ = each(seq.body, func(e element) error {
		id, rest, err := expect(e.body, tagOID)
		if err != nil || oid(id.body) != oidExtendedKeyUsage {
			return err
		}
		return each(rest, func(v element) error {
			if v.tag != tagOctets {
				return nil
			}
			uses, _, err := expect(v.body, tagSequence)
			if err != nil {
				return err
			}
			return each(uses.body, func(u element) error {
				c.ExtendedKeyUsage = append(c.ExtendedKeyUsage, oid(u.body))
				return nil
			})
		})
	})
}

// distinguished reads a distinguished name; of several values of one type the first counts.
func distinguished(b []byte) Name {
	var n Name
	_ = each(b, func(set element) error {
		return each(set.body, func(pair element) error {
			id, rest, err := expect(pair.body, tagOID)
			if err != nil {
				return err
			}
			v, _, err := next(rest)
			if err != nil {
				return err
			}
			if p := map[string]*string{"2.5.4.3": &n.CommonName, "2.5.4.10": &n.Organization, "2.5.4.11": &n.Unit, "2.5.4.6": &n.Country}[oid(id.body)]; p != nil && *p == "" {
				*p = strings.TrimSpace(text(v))
			}
			return nil
		})
	})
	return n
}

// signers reads the SignerInfos.
func (c *Catalog) signers(b []byte) error {
	return each(b, func(e element) error {
		s, err := signer(e)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(c.Certificates, func(cert Certificate) bool {
			return cert.rawIssuer != nil && bytes.Equal(cert.rawIssuer, s.RawIssuer) && bytes.Equal(cert.SerialNumber, s.SerialNumber)
		})
		if i >= 0 {
			s.Certificate = &c.Certificates[i]
		}
		c.Signers = append(c.Signers, s)
		return nil
	})
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
			id, _, err := expect(e.body, tagOID)
			if err != nil {
				return err
			}
			if algorithms++; algorithms == 1 {
				s.Digest = hashByOID(oid(id.body))
			} else {
				s.Algorithm = oid(id.body)
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
