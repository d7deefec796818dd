package seccat

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"strings"
	"time"
)

// Certificate is what a certificate in a catalog says about its holder.
type Certificate struct {
	Raw                 []byte
	Subject, Issuer     Name
	SerialNumber        []byte
	NotBefore, NotAfter time.Time
	// ExtendedKeyUsage are object identifiers. "1.3.6.1.4.1.311.10.3.5" marks what Microsoft's hardware program tested,
	// "1.3.6.1.4.1.311.10.3.5.1" what it only attested.
	ExtendedKeyUsage []string

	rawIssuer, rawSubject []byte
	signed                []byte // what its issuer signed
	algorithm             algorithm
	signature             []byte
	publicKey             []byte // SubjectPublicKeyInfo
	constraints           constraints
}

// constraints are what a certificate's extensions allow (RFC 5280, section 4.2.1).
type constraints struct {
	whole          bool // the certificate could be read to its end
	hasBasic, isCA bool
	pathLen        int // -1 if any
	hasUsage       bool
	usage          byte // the first eight bits of key usage
	hasPurposes    bool // it has an extended key usage, see ExtendedKeyUsage
	unknown        string
}

// usageCertSign is the bit of key usage for issuing certificates.
const usageCertSign = 0x04

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

// The extensions of certificates that are understood, and those that may be critical without being so.
const (
	oidBasicConstraints = "2.5.29.19"
	oidKeyUsage         = "2.5.29.15"
	oidExtendedKeyUsage = "2.5.29.37"
)

// harmless are extensions that say nothing about whether a chain is right: names of the holder, policies, where to ask for
// more.
var harmless = map[string]bool{
	"2.5.29.14": true, "2.5.29.17": true, "2.5.29.18": true, "2.5.29.31": true, "2.5.29.32": true, "2.5.29.35": true,
	"1.3.6.1.5.5.7.1.1": true, "2.5.29.1": true,
}

// certificates reads the certificates that travel with a signature. One that cannot be read keeps its raw bytes.
func certificates(b []byte) (certs []Certificate, err error) {
	err = each(b, func(e element) error {
		if e.tag == tagSequence {
			certs = append(certs, newCertificate(e))
		}
		return nil
	})
	return certs, err
}

// newCertificate takes what it understands of a certificate (RFC 5280, section 4.1).
func newCertificate(e element) Certificate {
	c := Certificate{Raw: e.raw, constraints: constraints{pathLen: -1}}
	c.constraints.whole = c.read(e.body) == nil
	return c
}

func (c *Certificate) read(b []byte) error {
	tbs, after, err := expect(b, tagSequence)
	if err != nil {
		return err
	}
	c.signed = tbs.raw
	var seq []element
	err = each(tbs.body, func(e element) error {
		switch e.tag {
		case tagContext0: // the version
		case tagInteger:
			c.SerialNumber = e.body
		case tagContext3:
			return c.extensions(e.body)
		case tagSequence:
			seq = append(seq, e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	const inner, issuer, validity, subject, key, fields = 0, 1, 2, 3, 4, 5
	if len(seq) != fields {
		return errForm
	}
	c.rawIssuer, c.Issuer = seq[issuer].raw, distinguished(seq[issuer].body)
	c.rawSubject, c.Subject = seq[subject].raw, distinguished(seq[subject].body)
	c.publicKey = seq[key].raw
	if err := c.validity(seq[validity].body); err != nil {
		return err
	}
	alg, after, err := expect(after, tagSequence)
	if err != nil {
		return err
	}
	if c.algorithm, err = newAlgorithm(alg); err != nil {
		return err
	}
	bits, after, err := expect(after, tagBits)
	// RFC 5280 has the algorithm twice, so that nobody can exchange the one that is not signed.
	if err != nil || len(after) > 0 || len(bits.body) == 0 || bits.body[0] != 0 || !bytes.Equal(alg.raw, seq[inner].raw) {
		return errForm
	}
	c.signature = bits.body[1:]
	return nil
}

func (c *Certificate) validity(b []byte) error {
	from, rest, err := next(b)
	if err != nil {
		return err
	}
	to, _, err := next(rest)
	if err != nil {
		return err
	}
	c.NotBefore, c.NotAfter = moment(from), moment(to)
	if c.NotBefore.IsZero() || c.NotAfter.IsZero() {
		return errForm
	}
	return nil
}

func (c *Certificate) extensions(b []byte) error {
	seq, _, err := expect(b, tagSequence)
	if err != nil {
		return err
	}
	return each(seq.body, func(e element) error {
		id, rest, err := expect(e.body, tagOID)
		if err != nil {
			return err
		}
		v, rest, err := next(rest)
		critical := false
		if err == nil && v.tag == tagBoolean {
			critical = len(v.body) == 1 && v.body[0] != 0
			v, _, err = next(rest)
		}
		if err != nil || v.tag != tagOctets {
			return errForm
		}
		return c.extension(oid(id.body), critical, v.body)
	})
}

func (c *Certificate) extension(id string, critical bool, value []byte) error {
	x := &c.constraints
	switch id {
	case oidBasicConstraints:
		x.hasBasic = true
		seq, _, err := expect(value, tagSequence)
		if err != nil {
			return err
		}
		return each(seq.body, func(e element) error {
			switch {
			case e.tag == tagBoolean && len(e.body) == 1:
				x.isCA = e.body[0] != 0
			case e.tag == tagInteger && len(e.body) == 1 && e.body[0] < 0x80:
				x.pathLen = int(e.body[0])
			default:
				return errForm
			}
			return nil
		})
	case oidKeyUsage:
		bits, _, err := expect(value, tagBits)
		if err != nil || len(bits.body) == 0 {
			return errForm
		}
		if x.hasUsage = true; len(bits.body) > 1 {
			x.usage = bits.body[1]
		}
	case oidExtendedKeyUsage:
		uses, _, err := expect(value, tagSequence)
		if err != nil {
			return err
		}
		x.hasPurposes = true
		return each(uses.body, func(u element) error {
			c.ExtendedKeyUsage = append(c.ExtendedKeyUsage, oid(u.body))
			return nil
		})
	default:
		if critical && !harmless[id] {
			x.unknown = id
		}
	}
	return nil
}

// issuedItself reports whether the certificate names its holder as its issuer.
func (c *Certificate) issuedItself() bool { return bytes.Equal(c.rawIssuer, c.rawSubject) }

// key reads the public key.
func (c *Certificate) key() (crypto.PublicKey, error) { return x509.ParsePKIXPublicKey(c.publicKey) }

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
