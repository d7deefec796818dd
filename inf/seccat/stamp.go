package seccat

import (
	"bytes"
	"errors"
	"slices"
)

// Unsigned attributes that hold time stamps, and the content of the newer kind.
const (
	oidCountersignature = "1.2.840.113549.1.9.6"      // PKCS #9: a SignerInfo over the signature
	oidTimeStampToken   = "1.3.6.1.4.1.311.3.3.1"     // RFC 3161: a message of its own
	oidTSTInfo          = "1.2.840.113549.1.9.16.1.4" // what it signs
)

// maxStamps bounds how many time stamps of one signature are looked at. Real signatures have one.
const maxStamps = 4

// stamp verifies the signature's time stamps and returns the first that proves a time, else the first; nil if there is
// none.
func (s *Signer) stamp(pool []*Certificate, roots *Roots, left *budget) *Stamp {
	var first *Stamp
	n := 0
	set, _, err := expect(s.RawUnsigned, tagContext1)
	if err != nil {
		return nil
	}
	_ = each(set.body, func(e element) error {
		id, rest, err := expect(e.body, tagOID)
		if err != nil {
			return err
		}
		name := oid(id.body)
		if name != oidCountersignature && name != oidTimeStampToken {
			return nil
		}
		values, _, err := expect(rest, tagSet)
		if err != nil {
			return err
		}
		return each(values.body, func(v element) error {
			if n++; n > maxStamps || first.counts() {
				return nil
			}
			t := &Stamp{RFC3161: name == oidTimeStampToken}
			if t.RFC3161 {
				err = t.token(v, s.Signature, pool, roots, left)
			} else {
				err = t.countersignature(v, s.Signature, pool, roots, left)
			}
			if err != nil {
				t.State, t.Reason = failure(err)
			}
			if first == nil || t.counts() {
				first = t
			}
			return nil
		})
	})
	return first
}

// countersignature verifies a time stamp of PKCS #9 (RFC 2985, section 5.3.6): a SignerInfo whose content is the signature.
func (t *Stamp) countersignature(v element, signature []byte, pool []*Certificate, roots *Roots, left *budget) error {
	s, err := signer(v)
	if err != nil {
		return err
	}
	signed, cert, err := s.verify(oidData, signature, pool, left)
	if err != nil {
		return err
	}
	at, _, err := next(signed.time)
	if err != nil {
		return errors.New("it tells no time")
	}
	return t.judge(at, cert, pool, roots, left)
}

// token verifies a time stamp of RFC 3161: a message of its own that signs a digest of the signature and the time.
func (t *Stamp) token(v element, signature []byte, pool []*Certificate, roots *Roots, left *budget) error {
	m, err := readMessage(v.raw)
	if err != nil {
		return err
	}
	if m.kind != oidTSTInfo || len(m.signers) == 0 {
		return errors.New("it is no time stamp")
	}
	content, _, err := expect(m.content, tagOctets)
	if err != nil {
		return err
	}
	pool = slices.Concat(pointers(m.certificates), pool)
	_, cert, err := m.signers[0].verify(oidTSTInfo, content.body, pool, left)
	if err != nil {
		return err
	}
	info, _, err := expect(content.body, tagSequence)
	if err != nil {
		return err
	}
	_, rest, err := expect(info.body, tagInteger) // version
	if err != nil {
		return err
	}
	_, rest, err = expect(rest, tagOID) // policy
	if err != nil {
		return err
	}
	imprint, rest, err := expect(rest, tagSequence)
	if err != nil {
		return err
	}
	_, rest, err = expect(rest, tagInteger) // serial number
	if err != nil {
		return err
	}
	at, _, err := next(rest)
	if err != nil {
		return err
	}
	if err := stamps(imprint, signature); err != nil {
		return err
	}
	return t.judge(at, cert, pool, roots, left)
}

// stamps checks that a message imprint is that of the signature.
func stamps(imprint element, signature []byte) error {
	alg, rest, err := expect(imprint.body, tagSequence)
	if err != nil {
		return err
	}
	a, err := newAlgorithm(alg)
	if err != nil {
		return err
	}
	digest, _, err := expect(rest, tagOctets)
	if err != nil {
		return err
	}
	hash := hashByOID(a.id)
	if hash == 0 {
		return unsupported("its digest algorithm is not known")
	}
	h := hash.New()
	h.Write(signature)
	if !bytes.Equal(h.Sum(nil), digest.body) {
		return errors.New("it is not one of this signature")
	}
	return nil
}

// judge takes the time, and looks whether the clock is to be trusted.
func (t *Stamp) judge(at element, cert *Certificate, pool []*Certificate, roots *Roots, left *budget) error {
	if t.Time = moment(at); t.Time.IsZero() {
		return errors.New("its time cannot be read")
	}
	ch := walk(cert, pool, roots, t.Time, useTime, left)
	t.By, t.Chain = cert.Subject.String(), ch.names()
	if t.State, t.Reason = ch.state(); ch.denied && t.State == UnknownRoot {
		t.State = Distrusted // anybody can make a clock that only says whose it is
	}
	return nil
}
