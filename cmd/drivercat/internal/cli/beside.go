package cli

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/seccat"
)

// signerBeside says who signed an INF for an architecture: whose signature is on the catalog that lists it. The other files are not looked at.
func signerBeside(d *inf.Driver, path string, arch inf.Arch) (inf.Signer, string) {
	named, ok := d.Version.Catalog(arch)
	if !ok {
		return inf.SignerNone, "unsigned: it names no catalog"
	}
	name := filepath.Base(strings.ReplaceAll(named.Name, `\`, "/"))
	src, err := readBeside(filepath.Dir(path), name)
	if err != nil {
		return inf.SignerNone, "unsigned: " + name + " is missing"
	}
	c, err := seccat.Parse(src)
	switch {
	case err != nil:
		return inf.SignerNone, "unsigned: " + name + " is no catalog"
	case !c.Signed():
		return inf.SignerNone, "unsigned: nobody signed " + name
	}
	signer, words := catalogSigner(name, c.Verify(nil))
	if signer == inf.SignerNone || c.Find(seccat.FlatSums(d.File.Bytes())) != nil {
		return signer, words
	}
	if _, ok := c.RestoreLines(d.File.Bytes()); ok {
		return inf.SignerNone, "unsigned: its line ends were converted, " + name + " lists the others"
	}
	return inf.SignerNone, "unsigned: " + name + " does not list it"
}

// catalogSigner says what a catalog's signature counts for.
func catalogSigner(name string, v seccat.Verification) (inf.Signer, string) {
	switch v.State {
	case seccat.Invalid:
		return inf.SignerNone, "unsigned: the signature of " + name + " is wrong"
	case seccat.Distrusted:
		return inf.SignerNone, "unsigned: " + v.Reason
	case seccat.Unsupported:
		return inf.SignerTrusted, "signed (not verified)"
	case seccat.UnknownRoot:
		return inf.SignerTrusted, "signed (root not known)"
	}
	switch v.Kind {
	case seccat.SignedByWindows:
		return inf.SignerInbox, "signed (inbox, verified)"
	case seccat.SignedByWHQL:
		return inf.SignerUnclassified, "signed (WHQL, verified)"
	case seccat.SignedByAttestation:
		return inf.SignerUnclassified, "signed (attested, verified)"
	}
	return inf.SignerTrusted, "signed (verified)"
}

// readBeside reads a file of a folder, whatever the case of its name.
func readBeside(dir, name string) ([]byte, error) {
	src, err := readINFFile(filepath.Join(dir, name), nil)
	if err == nil {
		return src, nil
	}
	entries, listErr := os.ReadDir(dir)
	if listErr != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Type().IsRegular() && strings.EqualFold(e.Name(), name) {
			return readINFFile(filepath.Join(dir, e.Name()), nil)
		}
	}
	return nil, err
}
