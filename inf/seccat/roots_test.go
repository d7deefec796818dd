package seccat_test

import (
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf/seccat"
	"github.com/drivercat/drivercat/inf/seccat/seccattest"
)

// fingerprint gives a SHA-256 as certificate stores show it.
func fingerprint(b []byte) string {
	return strings.ReplaceAll(fmt.Sprintf("% X", sha256.Sum256(b)), " ", ":")
}

// The pinned certificates are those of the list in README.md, no more and no less, and each of them is what it says.
func TestMicrosoftRoots(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("roots/README.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| (.+?) \| ([0-9A-F:]{95}) \|`).FindAllStringSubmatch(string(readme), -1) {
		listed[m[2]] = m[1]
	}
	pinned := map[string]string{}
	for _, c := range seccat.MicrosoftRoots().Certificates() {
		pinned[fingerprint(c.Raw)] = c.Subject.String()
		std, err := x509.ParseCertificate(c.Raw)
		if err != nil {
			t.Fatalf("%s: %v", c.Subject, err)
		}
		if std.Subject.String() != std.Issuer.String() || !std.NotBefore.Equal(c.NotBefore) || !std.NotAfter.Equal(c.NotAfter) {
			t.Errorf("%s is read wrong: %v to %v, crypto/x509 says %v to %v", c.Subject, c.NotBefore, c.NotAfter, std.NotBefore, std.NotAfter)
		}
	}
	if d := cmp.Diff(listed, pinned); d != "" {
		t.Error(d)
	}
	if len(pinned) != 8 {
		t.Errorf("%d roots", len(pinned))
	}
}

func TestNoRoots(t *testing.T) {
	t.Parallel()
	der := seccattest.Root().Certificate()
	for name, b := range map[string][]byte{"nothing": nil, "cut": der[:100], "more behind": append(der[:len(der):len(der)], 0), "no certificate": {0x30, 0}} {
		if _, err := seccat.NewRoots(b); err == nil {
			t.Errorf("%s is taken for a root", name)
		}
	}
}
