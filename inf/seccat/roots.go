package seccat

import (
	"bytes"
	_ "embed" // the roots are part of the program
	"encoding/pem"
	"fmt"
	"sync"
)

// Roots are certificates that are trusted because somebody compared their fingerprints: chains end there.
type Roots struct {
	certs []*Certificate
}

// NewRoots makes a set of certificates, each in DER.
func NewRoots(ders ...[]byte) (*Roots, error) {
	r := &Roots{}
	for i, der := range ders {
		e, rest, err := expect(der, tagSequence)
		if err != nil || len(rest) > 0 {
			return nil, fmt.Errorf("seccat: root certificate %d is not in DER", i+1)
		}
		c := newCertificate(e)
		if !c.constraints.whole {
			return nil, fmt.Errorf("seccat: root certificate %d (%s) cannot be read", i+1, c.Subject)
		}
		r.certs = append(r.certs, &c)
	}
	return r, nil
}

// Certificates returns the roots.
func (r *Roots) Certificates() []*Certificate { return r.certs }

func (r *Roots) has(c *Certificate) bool {
	for _, root := range r.certs {
		if bytes.Equal(root.Raw, c.Raw) {
			return true
		}
	}
	return false
}

//go:embed roots/microsoft.pem
var microsoftPEM []byte

// MicrosoftRoots are the roots of Microsoft's code signing and time stamping, see roots/README.md. The set is shared and
// must not change.
func MicrosoftRoots() *Roots { return microsoftRoots() }

var microsoftRoots = sync.OnceValue(func() *Roots {
	var ders [][]byte
	for rest := microsoftPEM; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		ders = append(ders, block.Bytes)
	}
	r, err := NewRoots(ders...)
	if err != nil {
		panic(err) // the program was built with a damaged file
	}
	return r
})
