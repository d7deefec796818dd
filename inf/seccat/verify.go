package seccat

import (
	"crypto"
	"errors"
	"fmt"
	"time"
)

// State says what is known of a signature.
type State string

// The states of a signature, from the best to the worst.
const (
	// Verified: the content is what was signed, and the signer's chain leads to a root that is trusted.
	Verified State = "verified"
	// UnknownRoot: the content is what was signed, but the chain does not lead to a root that is trusted. Windows may know
	// the root: most vendors sign with certificates of commercial authorities.
	UnknownRoot State = "unknown-root"
	// Distrusted: the content is what was signed, but a certificate was not valid then or not made for it.
	Distrusted State = "distrusted"
	// Unsupported: the signature is of a kind that cannot be verified.
	Unsupported State = "unsupported"
	// Unsigned: nobody signed the catalog.
	Unsigned State = "unsigned"
	// Invalid: the signature is not one of this content.
	Invalid State = "invalid"
)

// Intact reports whether the content is what the signer signed, whoever that is.
func (s State) Intact() bool { return s == Verified || s == UnknownRoot || s == Distrusted }

// SignerKind says on whose behalf a catalog is signed.
type SignerKind string

// The kinds of signers. All but SignedByVendor need a chain to a trusted root.
const (
	SignedByWHQL        SignerKind = "whql"        // Microsoft's hardware program tested the driver
	SignedByAttestation SignerKind = "attestation" // Microsoft signed what the vendor attested
	SignedByWindows     SignerKind = "inbox"       // part of Windows
	SignedByVendor      SignerKind = "vendor"
)

// Verification is what became of verifying a catalog's signature.
type Verification struct {
	State  State
	Reason string // why it is not Verified, as the end of a sentence; "" if it is
	Signer string // the signer's name; "" if nobody signed
	Kind   SignerKind
	Chain  []string // names from the signer to the root that it leads to
	Digest crypto.Hash
	// Legacy is set if the digest or a certificate of the chain is signed with MD5 or SHA-1.
	Legacy bool
	Signed time.Time // when it was signed: as the time stamp proves, else as the signer says
	Stamp  *Stamp    // nil if there is none
	// Expires is when the first certificate of the chain expires, for signatures without an intact time stamp: Windows
	// takes them until then. Zero for the others.
	Expires time.Time
}

// Stamp is a time stamp on a signature.
type Stamp struct {
	Time    time.Time
	By      string // whose clock it was
	RFC3161 bool   // else a countersignature of PKCS #9
	State   State  // of the stamp's own signature and chain
	Reason  string // why that is not Verified
	Chain   []string
}

// counts reports whether the stamp proves a time.
func (s *Stamp) counts() bool { return s != nil && (s.State == Verified || s.State == UnknownRoot) }

// Verify checks the first signature of the catalog (there is never a second one), its chain of certificates and its time
// stamp. roots are the certificates that chains may end in, nil for Microsoft's.
//
// Nothing is asked for on a network and no clock is read: certificates must be valid when the signature was made. What was
// revoked later is not known. The work is bounded, whatever the catalog holds.
//
// The rules are those of RFC 5652 and RFC 5280 and of Windows' own chains: an extended key usage limits the certificates
// below it, and MD5 and SHA-1 count, since Windows still takes what was signed with them.
func (c *Catalog) Verify(roots *Roots) Verification {
	if roots == nil {
		roots = MicrosoftRoots()
	}
	if len(c.Signers) == 0 {
		return Verification{State: Unsigned, Reason: "nobody signed it"}
	}
	s := &c.Signers[0]
	v := Verification{Kind: SignedByVendor, Digest: s.Digest, Legacy: isWeak(s.Digest)}
	if s.Certificate != nil {
		v.Signer = s.Certificate.Subject.String()
	}
	content, _, err := expect(c.RawCTL, tagSequence)
	if err != nil { // Parse read it
		return v.fail(err)
	}
	pool, left := pointers(c.Certificates), maxChecks
	signed, cert, err := s.verify(oidCTL, content.body, pool, &left)
	if err != nil {
		return v.fail(err)
	}
	v.Signer, v.Signed = cert.Subject.String(), c.Time
	if t, _, err := next(signed.time); err == nil {
		v.Signed = moment(t)
	}
	if v.Stamp = s.stamp(pool, roots, &left); v.Stamp.counts() {
		v.Signed = v.Stamp.Time
	}
	ch := walk(cert, pool, roots, v.Signed, useCode, &left)
	v.Chain, v.Legacy = ch.names(), v.Legacy || ch.weak()
	if !v.Stamp.counts() {
		for _, x := range ch.certs {
			if v.Expires.IsZero() || x.NotAfter.Before(v.Expires) {
				v.Expires = x.NotAfter
			}
		}
	}
	v.State, v.Reason = ch.state()
	if v.State == Verified {
		v.Kind = ch.kind()
	}
	return v
}

// fail ends a verification.
func (v Verification) fail(err error) Verification {
	v.State, v.Reason = failure(err)
	return v
}

func failure(err error) (State, string) {
	var u *unsupportedError
	if errors.As(err, &u) {
		return Unsupported, err.Error()
	}
	return Invalid, err.Error()
}

// state judges a chain.
func (c chain) state() (State, string) {
	switch {
	case c.fault != nil:
		return Distrusted, c.fault.Error()
	case c.denied:
		last := c.certs[len(c.certs)-1]
		return UnknownRoot, fmt.Sprintf("the certificate of %s says that %s issued it, whose key did not sign it", last.Subject, last.Issuer)
	case !c.pinned:
		return UnknownRoot, fmt.Sprintf("its chain leads to %s, which is not one of the pinned roots", c.end())
	}
	return Verified, ""
}

// kind tells on whose behalf the chain's signer signs.
func (c chain) kind() SignerKind {
	leaf := &Certificate{ExtendedKeyUsage: c.certs[0].ExtendedKeyUsage, constraints: constraints{hasPurposes: true}}
	has := func(use string) bool { return leaf.allows(use) && c.allows(use) }
	switch {
	case has(useAttestation):
		return SignedByAttestation
	case has(useWHQL), has(useOEM):
		return SignedByWHQL
	case has(useComponent):
		return SignedByWindows
	}
	return SignedByVendor
}

func isWeak(h crypto.Hash) bool { return h == crypto.MD5 || h == crypto.SHA1 }

func pointers(certs []Certificate) []*Certificate {
	out := make([]*Certificate, len(certs))
	for i := range certs {
		out[i] = &certs[i]
	}
	return out
}
