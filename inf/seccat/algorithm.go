package seccat

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"fmt"
)

// algorithm is how a signature is made.
type algorithm struct {
	id     string // object identifier
	params []byte // nil if there are none
}

func newAlgorithm(e element) (algorithm, error) {
	id, rest, err := expect(e.body, tagOID)
	return algorithm{oid(id.body), rest}, err
}

// scheme is the mathematics of a signature.
type scheme uint8

const (
	unknownScheme scheme = iota
	schemePKCS1          // RSA, PKCS #1 version 1.5
	schemePSS            // RSA, PSS
	schemeECDSA
)

// oidPSS is RSASSA-PSS, whose hash stands in its parameters.
const oidPSS = "1.2.840.113549.1.1.10"

// schemes are the algorithms of signatures: RFC 8017 and RFC 5758, and the names that OIW gave them before. A hash of 0
// leaves it to the digest algorithm that stands beside.
var schemes = map[string]struct {
	scheme scheme
	hash   crypto.Hash
}{
	"1.2.840.113549.1.1.1":  {schemePKCS1, 0},
	"1.2.840.113549.1.1.4":  {schemePKCS1, crypto.MD5},
	"1.2.840.113549.1.1.5":  {schemePKCS1, crypto.SHA1},
	"1.2.840.113549.1.1.11": {schemePKCS1, crypto.SHA256},
	"1.2.840.113549.1.1.12": {schemePKCS1, crypto.SHA384},
	"1.2.840.113549.1.1.13": {schemePKCS1, crypto.SHA512},
	"1.3.14.3.2.3":          {schemePKCS1, crypto.MD5},
	"1.3.14.3.2.29":         {schemePKCS1, crypto.SHA1},
	"1.2.840.10045.2.1":     {schemeECDSA, 0},
	"1.2.840.10045.4.1":     {schemeECDSA, crypto.SHA1},
	"1.2.840.10045.4.3.2":   {schemeECDSA, crypto.SHA256},
	"1.2.840.10045.4.3.3":   {schemeECDSA, crypto.SHA384},
	"1.2.840.10045.4.3.4":   {schemeECDSA, crypto.SHA512},
}

// method tells the mathematics and the hash of a signature; beside is the digest algorithm that stands beside, 0 for
// certificates.
func (a algorithm) method(beside crypto.Hash) (scheme, crypto.Hash, error) {
	if a.id == oidPSS {
		h, err := pssHash(a.params)
		if err == nil && beside != 0 && h != beside {
			err = errors.New("its two digest algorithms contradict each other")
		}
		return schemePSS, h, err
	}
	s, ok := schemes[a.id]
	switch {
	case !ok:
		return 0, 0, unsupported("the algorithm %s is not known", a.id)
	case s.hash == 0 && beside == 0:
		return 0, 0, unsupported("the algorithm %s says nothing about the digest", a.id)
	case s.hash == 0:
		return s.scheme, beside, nil
	case beside != 0 && beside != s.hash:
		return 0, 0, errors.New("its two digest algorithms contradict each other")
	}
	return s.scheme, s.hash, nil
}

// pssHash reads the parameters of RSASSA-PSS (RFC 8017, appendix A.2.3). The mask must be made with the same hash; how
// long the salt is shows when the signature is verified.
func pssHash(params []byte) (crypto.Hash, error) {
	seq, _, err := expect(params, tagSequence)
	if err != nil {
		return 0, unsupported("the parameters of its PSS signature cannot be read")
	}
	hash, mask := crypto.SHA1, crypto.SHA1
	err = each(seq.body, func(e element) error {
		alg, _, err := expect(e.body, tagSequence)
		if err != nil || e.tag != tagContext0 && e.tag != tagContext1 {
			return nil // salt and trailer
		}
		a, err := newAlgorithm(alg)
		if err != nil {
			return err
		}
		if e.tag == tagContext0 {
			hash = hashByOID(a.id)
			return nil
		}
		if alg, _, err = expect(a.params, tagSequence); err != nil {
			return err
		}
		if a, err = newAlgorithm(alg); err != nil {
			return err
		}
		mask = hashByOID(a.id)
		return nil
	})
	if err != nil || hash == 0 || hash != mask {
		return 0, unsupported("the parameters of its PSS signature are of a kind that is not known")
	}
	return hash, nil
}

// The keys that are used. Larger ones would cost a hostile catalog's reader minutes; the standard library refuses RSA keys
// below 1024 bits.
const (
	leastRSABits = 1024
	mostRSABits  = 8192
)

// budget is how many signatures may still be verified for one catalog: with the largest keys each takes some 10 ms, and
// hostile certificates would ask for any number. Real catalogs need fewer than 20.
type budget int

const maxChecks budget = 128

// spend takes one off, and reports whether there was one.
func (b *budget) spend() bool {
	*b--
	return *b >= 0
}

// verifySignature checks a signature of a message.
func (b *budget) verifySignature(c *Certificate, a algorithm, beside crypto.Hash, msg, signature []byte) error {
	if !b.spend() {
		return unsupported("it has more certificates than any real catalog")
	}
	scheme, hash, err := a.method(beside)
	if err != nil {
		return err
	}
	pub, err := c.key()
	if err != nil {
		return unsupported("the key of %s cannot be read", c.Subject)
	}
	h := hash.New()
	h.Write(msg)
	digest := h.Sum(nil)
	switch key := pub.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < leastRSABits || bits > mostRSABits {
			return unsupported("the key of %s has %d bits", c.Subject, bits)
		}
		switch scheme {
		case schemePKCS1:
			if rsa.VerifyPKCS1v15(key, hash, digest, signature) == nil {
				return nil
			}
			return errWrongSignature
		case schemePSS:
			if rsa.VerifyPSS(key, hash, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}) == nil {
				return nil
			}
			return errWrongSignature
		}
	case *ecdsa.PublicKey:
		if scheme == schemeECDSA {
			if ecdsa.VerifyASN1(key, digest, signature) {
				return nil
			}
			return errWrongSignature
		}
	}
	return unsupported("the key of %s is not of the signature's kind", c.Subject)
}

// errWrongSignature: the key did not sign this.
var errWrongSignature = errors.New("the signature is wrong")

// unsupportedError says that something is of a kind that is not known, which is no proof of damage.
type unsupportedError struct{ text string }

func (e *unsupportedError) Error() string { return e.text }

func unsupported(format string, args ...any) error {
	return &unsupportedError{fmt.Sprintf(format, args...)}
}

// attributes are what a signer signs beside the content (RFC 5652, section 11).
type attributes struct {
	contentType string
	digest      []byte
	time        []byte // as an element; nil if there is none
	raw         []byte // as they are signed
}

// The attributes of signers.
const (
	oidContentType   = "1.2.840.113549.1.9.3"
	oidMessageDigest = "1.2.840.113549.1.9.4"
	oidSigningTime   = "1.2.840.113549.1.9.5"
	oidData          = "1.2.840.113549.1.7.1"
)

// signedAttributes reads the attributes that a signer signed. Each of the three that matter may be there once, with one
// value.
func (s *Signer) signedAttributes() (attributes, error) {
	var a attributes
	set, rest, err := expect(s.RawSigned, tagContext0)
	if err != nil || len(rest) > 0 {
		return a, errors.New("the signer signs no attributes")
	}
	// They stand in the message with a tag of their place, and are signed with that of a SET.
	a.raw = bytes.Clone(s.RawSigned)
	a.raw[0] = tagSet
	seen := map[string]bool{}
	err = each(set.body, func(e element) error {
		id, rest, err := expect(e.body, tagOID)
		if err != nil {
			return err
		}
		name := oid(id.body)
		if name != oidContentType && name != oidMessageDigest && name != oidSigningTime {
			return nil
		}
		values, _, err := expect(rest, tagSet)
		if err != nil {
			return err
		}
		v, more, err := next(values.body)
		if err != nil || len(more) > 0 || seen[name] {
			return errForm
		}
		seen[name] = true
		switch name {
		case oidContentType:
			a.contentType = oid(v.body)
		case oidMessageDigest:
			a.digest = v.body
		case oidSigningTime:
			a.time = v.raw
		}
		return nil
	})
	if err != nil {
		return a, fmt.Errorf("the signed attributes cannot be read: %w", err)
	}
	return a, nil
}

// verify checks that the signer signed a content of a type. It returns the signed attributes and the signer's certificate,
// which is one of the pool.
func (s *Signer) verify(kind string, content []byte, pool []*Certificate, left *budget) (attributes, *Certificate, error) {
	if s.Digest == 0 {
		return attributes{}, nil, unsupported("the digest algorithm is not known")
	}
	a, err := s.signedAttributes()
	if err != nil {
		return a, nil, err
	}
	if a.contentType != kind && (a.contentType != "" || kind != oidData) { // a countersignature may leave it out
		return a, nil, errors.New("the signer signed a content of another type")
	}
	h := s.Digest.New()
	h.Write(content)
	if !bytes.Equal(a.digest, h.Sum(nil)) {
		return a, nil, errContent
	}
	err = errors.New("the certificate of the signer is not there")
	for _, c := range pool[:min(len(pool), maxPool)] {
		if !s.isBy(c) {
			continue
		}
		if err = left.verifySignature(c, s.algorithm, s.Digest, a.raw, s.Signature); err == nil || s.bare(c, a.raw, left) {
			return a, c, nil
		}
	}
	return a, nil, err
}

// bare reports whether the signature is one of the digest alone, without its algorithm: VeriSign's clock stamped like that
// until about 2003, and Windows takes it. It is no weaker, since the whole padding is compared.
func (s *Signer) bare(c *Certificate, msg []byte, left *budget) bool {
	scheme, hash, err := s.algorithm.method(s.Digest)
	if err != nil || scheme != schemePKCS1 || !isWeak(hash) || !left.spend() {
		return false
	}
	key, err := c.key()
	pub, ok := key.(*rsa.PublicKey)
	if err != nil || !ok || pub.N.BitLen() > mostRSABits {
		return false
	}
	h := hash.New()
	h.Write(msg)
	return rsa.VerifyPKCS1v15(pub, 0, h.Sum(nil), s.Signature) == nil
}

// errContent: the digest that was signed is not that of the content.
var errContent = errors.New("the content is not what was signed")
