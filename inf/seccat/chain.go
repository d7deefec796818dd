package seccat

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The limits of looking for a chain. Real ones have two to five certificates, and catalogs carry at most some ten.
const (
	maxChain = 8   // certificates in a chain
	maxPool  = 64  // certificates that are looked at
	maxSteps = 256 // ways that are tried
)

// The extended key usages that chains are asked for.
const (
	useCode        = "1.3.6.1.5.5.7.3.3"
	useTime        = "1.3.6.1.5.5.7.3.8"
	useAny         = "2.5.29.37.0"
	useWHQL        = "1.3.6.1.4.1.311.10.3.5"
	useAttestation = "1.3.6.1.4.1.311.10.3.5.1"
	useComponent   = "1.3.6.1.4.1.311.10.3.6"
	useOEM         = "1.3.6.1.4.1.311.10.3.7"
)

// chain is a way from a certificate upwards. Each certificate in it is signed by the next.
type chain struct {
	certs  []*Certificate
	pinned bool  // it ends in a root
	denied bool  // the issuer that the last certificate names did not sign it
	fault  error // what keeps it from being good for its purpose at its time
}

// end is the name of the root it leads to, be it there or not.
func (c chain) end() Name { return c.certs[len(c.certs)-1].Issuer }

// names are those of its certificates, and that of the root if it is not among them.
func (c chain) names() []string {
	var out []string
	for _, x := range c.certs {
		out = append(out, x.Subject.String())
	}
	if last := c.certs[len(c.certs)-1]; !last.issuedItself() {
		out = append(out, last.Issuer.String())
	}
	return out
}

// allows reports whether every certificate below the root may be used for a purpose: an extended key usage limits those
// below it too, as Windows has it.
func (c chain) allows(use string) bool {
	for i, x := range c.certs {
		if root := i > 0 && i == len(c.certs)-1; !root && !x.allows(use) {
			return false
		}
	}
	return true
}

func (c *Certificate) allows(use string) bool {
	return !c.constraints.hasPurposes || slices.Contains(c.ExtendedKeyUsage, use) || slices.Contains(c.ExtendedKeyUsage, useAny)
}

// walker looks for the best chain. What it does is bounded whatever the certificates are.
type walker struct {
	pool  []*Certificate
	roots *Roots
	at    time.Time
	use   string

	left   *budget
	steps  int
	proven map[[2]*Certificate]bool
	wrong  map[*Certificate]bool // an issuer of the name that it tells is there, and did not sign it
	best   chain
}

// walk finds a chain that is good for a purpose at a time, or else tells of the best there is.
func walk(leaf *Certificate, pool []*Certificate, roots *Roots, at time.Time, use string, left *budget) chain {
	w := &walker{pool: pool[:min(len(pool), maxPool)], roots: roots, at: at, use: use, left: left, proven: map[[2]*Certificate]bool{}, wrong: map[*Certificate]bool{}}
	w.extend([]*Certificate{leaf})
	return w.best.withoutCross(at, use)
}

// withoutCross leaves out the last certificate of a chain whose root is not there, if it alone is at fault: an authority that
// others certified for one purpose (Microsoft Code Verification Root did so for code only) mostly has a certificate by
// itself too, which Windows knows.
func (c chain) withoutCross(at time.Time, use string) chain {
	last := len(c.certs) - 1
	if c.pinned || c.fault == nil || last < 1 || c.certs[last].issuedItself() {
		return c
	}
	shorter := chain{certs: c.certs[:last]}
	if shorter.fault = shorter.check(at, use); shorter.fault != nil {
		return c
	}
	return shorter
}

// extend tries every way on from the last certificate of a path. It returns true when nothing better can come.
func (w *walker) extend(path []*Certificate) bool {
	c := path[len(path)-1]
	if w.roots.has(c) {
		return w.offer(chain{certs: path, pinned: true})
	}
	further := false
	for _, known := range [][]*Certificate{w.roots.certs, w.pool} {
		for _, issuer := range known {
			if len(path) == maxChain || w.steps >= maxSteps || string(issuer.rawSubject) != string(c.rawIssuer) || slices.Contains(path, issuer) {
				continue
			}
			if w.steps++; !w.signed(issuer, c) {
				continue
			}
			further = true
			if w.extend(append(slices.Clip(path), issuer)) {
				return true
			}
		}
	}
	return !further && w.offer(chain{certs: path, denied: w.wrong[c]})
}

// signed reports whether the issuer's key signed the certificate.
func (w *walker) signed(issuer, c *Certificate) bool {
	key := [2]*Certificate{issuer, c}
	ok, known := w.proven[key]
	if !known {
		var err error
		if c.constraints.whole {
			err = w.left.verifySignature(issuer, c.algorithm, 0, c.signed, c.signature)
			w.wrong[c] = w.wrong[c] || errors.Is(err, errWrongSignature)
		}
		ok = c.constraints.whole && err == nil
		w.proven[key] = ok
	}
	return ok
}

// offer takes a chain if it is better than the best one. A chain that leads to a root without a fault cannot be beaten.
func (w *walker) offer(c chain) bool {
	c.fault = c.check(w.at, w.use)
	rank := func(c chain) int {
		n := 0
		if c.fault == nil {
			n += 2
		}
		if c.pinned {
			n++
		}
		return n
	}
	if w.best.certs == nil || rank(c) > rank(w.best) {
		w.best = c
	}
	return c.pinned && c.fault == nil
}

// withoutBasic are issuers that do not say that they may issue, known by their SHA-256: made before RFC 2459 asked for it.
var withoutBasic = map[[sha256.Size]byte]bool{
	// "Microsoft Windows Hardware Compatibility", by Microsoft Root Authority, 1997-10-01 to 2002-12-31.
	[sha256.Size]byte([]byte("\x50\x39\x37\x7f\xdf\x45\x9b\xfa\xad\x36\x1d\x62\x81\x0d\xda\x23\x7c\x92\x92\x7a\x4b\xd9\x2a\x94\xb8\xc0\xf0\x13\x26\x5e\xcc\x8d")): true,
}

// check finds what keeps a chain from being good for a purpose at a time (RFC 5280, section 6.1). The signatures in it are
// right.
func (c chain) check(at time.Time, use string) error {
	below := 0 // certificates of others between the signer and this one
	for i, x := range c.certs {
		last := i == len(c.certs)-1
		root := c.pinned && last
		limits := &x.constraints
		switch {
		case !limits.whole:
			return fmt.Errorf("the certificate of %s cannot be read", x.Subject)
		case at.Before(x.NotBefore) || at.After(x.NotAfter):
			return fmt.Errorf("the certificate of %s is valid from %s to %s, not on %s", x.Subject, day(x.NotBefore), day(x.NotAfter), day(at))
		case limits.unknown != "":
			return fmt.Errorf("the certificate of %s has a rule that is not known, %s", x.Subject, limits.unknown)
		case !root && !x.allows(use):
			return fmt.Errorf("the certificate of %s is not made for %s", x.Subject, map[string]string{useCode: "signing code", useTime: "time stamps"}[use])
		}
		if i == 0 { // its key usage does not count: Windows takes test certificates made for encryption only
			continue
		}
		old := last && x.issuedItself() && !limits.hasBasic // a root of version 1 says nothing
		switch {
		case !root && !old && !limits.isCA && !withoutBasic[sha256.Sum256(x.Raw)], limits.hasUsage && limits.usage&usageCertSign == 0:
			return fmt.Errorf("the certificate of %s is not made for issuing others", x.Subject)
		case limits.pathLen >= 0 && below > limits.pathLen:
			return fmt.Errorf("the certificate of %s allows no chain of this length", x.Subject)
		}
		if !x.issuedItself() {
			below++
		}
	}
	return nil
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// weak reports whether a certificate of the chain is signed with MD5 or SHA-1; how a root signs itself does not count.
func (c chain) weak() bool {
	return slices.ContainsFunc(c.certs, func(x *Certificate) bool {
		_, h, err := x.algorithm.method(0)
		return !x.issuedItself() && (err != nil || isWeak(h))
	})
}
