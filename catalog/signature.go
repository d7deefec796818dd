package catalog

import (
	"slices"
	"strings"
	"time"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/seccat"
)

// SignatureState says how far a driver's files are those that somebody signed.
type SignatureState string

// The states of a driver's signature.
const (
	// SignatureVerified: a catalog lists the INF and every file, and its signature leads to a root of Microsoft.
	SignatureVerified SignatureState = "verified"
	// SignatureListed: a catalog lists the INF and every file, and its signature is right as far as can be told: its root is
	// not one of Microsoft's, or a file cannot be compared.
	SignatureListed SignatureState = "listed"
	// SignatureUnsigned: there is no catalog, or nobody signed it.
	SignatureUnsigned SignatureState = "unsigned"
	// SignatureBroken: the catalog is damaged, its signature is wrong, or files are not those that were signed.
	SignatureBroken SignatureState = "broken"
)

// Signature is what the security catalog of some architectures proves of a driver. It is about the driver's content alone:
// no clock is read, and nothing is known of what was revoked.
type Signature struct {
	Arches  []inf.Arch     `json:"arches"`
	State   SignatureState `json:"state"`
	Code    string         `json:"code,omitempty"`    // why it is not verified: "inf-not-listed", see docs/intake.md
	Text    string         `json:"text,omitempty"`    // the same as a sentence for people
	Catalog string         `json:"catalog,omitempty"` // its path relative to the INF's folder; "" if there is none
	Trust   seccat.State   `json:"trust,omitempty"`   // of the catalog's own signature

	Signer  string            `json:"signer,omitempty"`
	Kind    seccat.SignerKind `json:"kind,omitempty"`
	Chain   []string          `json:"chain,omitempty"`   // names from the signer to the root
	Digest  string            `json:"digest,omitempty"`  // "SHA-256"
	Legacy  bool              `json:"legacy,omitempty"`  // MD5 or SHA-1 is part of it
	Signed  time.Time         `json:"signed,omitzero"`   // proven if Stamped, else what the signer says
	Stamped string            `json:"stamped,omitempty"` // whose clock proves it
	Expires time.Time         `json:"expires,omitzero"`  // without a time stamp: Windows takes it until then
	Systems []string          `json:"systems,omitempty"` // the versions of Windows it is certified for, as the catalog says

	// Tampered is set if files or the catalog were changed after they were signed: nobody should install them, whatever
	// Windows does. An INF that was edited, or files that the vendor did not sign, leave it to Windows.
	Tampered bool `json:"tampered,omitempty"`

	Differ  []string `json:"differ,omitempty"`  // files that are not those that were signed
	Unknown []string `json:"unknown,omitempty"` // files that cannot be compared
}

// Signature returns what is known of the signature for an architecture, nil if nothing is.
func (d *Driver) Signature(arch inf.Arch) *Signature {
	for i := range d.Signatures {
		if slices.Contains(d.Signatures[i].Arches, arch) {
			return &d.Signatures[i]
		}
	}
	return nil
}

// Tampered reports whether what an architecture installs was changed after it was signed.
func (d *Driver) Tampered(arch inf.Arch) bool {
	s := d.Signature(arch)
	return s != nil && s.Tampered
}

// Refuses reports whether 64-bit Windows since Vista refuses a driver for its signature on an architecture. 32-bit Windows
// warns and goes on.
func (d *Driver) Refuses(arch inf.Arch) bool {
	s := d.Signature(arch)
	return slices.Contains(d.Unsigned, arch) || s != nil && s.State == SignatureBroken
}

// SignatureWorst is the worst state of a driver's signatures, "" if nothing is known.
func (d *Driver) SignatureWorst() SignatureState {
	order := []SignatureState{SignatureVerified, SignatureListed, SignatureUnsigned, SignatureBroken}
	worst := -1
	for _, s := range d.Signatures {
		worst = max(worst, slices.Index(order, s.State))
	}
	if worst < 0 {
		return ""
	}
	return order[worst]
}

// named gives a signature the name that a source carries the INF by.
func (s Signature) named(old, name string) Signature {
	if i := slices.Index(s.Differ, old); i >= 0 {
		s.Differ = slices.Clone(s.Differ)
		s.Differ[i] = name
		s.Text = strings.ReplaceAll(s.Text, old, name)
	}
	return s
}
