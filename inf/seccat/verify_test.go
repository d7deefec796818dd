package seccat_test

import (
	"bytes"
	"crypto"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf/seccat"
	"github.com/drivercat/drivercat/inf/seccat/seccattest"
)

// The extended key usages that decide something.
const (
	useCode        = "1.3.6.1.5.5.7.3.3"
	useTime        = "1.3.6.1.5.5.7.3.8"
	useWHQL        = "1.3.6.1.4.1.311.10.3.5"
	useAttestation = "1.3.6.1.4.1.311.10.3.5.1"
	useComponent   = "1.3.6.1.4.1.311.10.3.6"
)

func testRoots(t testing.TB) *seccat.Roots {
	t.Helper()
	r, err := seccat.NewRoots(seccattest.Root().Certificate(), (&seccattest.Identity{Name: "Curve Root", ECDSA: true, Authority: true}).Certificate())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func year(y int) time.Time { return time.Date(y, 6, 1, 12, 0, 0, 0, time.UTC) }

// The people of the tests.
func people() (root, ca, signer, clock *seccattest.Identity) {
	root = seccattest.Root()
	ca = &seccattest.Identity{Name: "Test CA", Issuer: root, Authority: true, PathLen: -1, KeyUsage: 0x86, Serial: 2}
	signer = &seccattest.Identity{Name: "Test Publisher", Issuer: ca, Usages: []string{useCode, useWHQL}, KeyUsage: 0x80, Serial: 3}
	clock = &seccattest.Identity{Name: "Test Clock", Issuer: root, Usages: []string{useTime}, Serial: 4}
	return root, ca, signer, clock
}

type verifyCase struct {
	c     seccattest.Catalog
	want  seccat.State
	why   string // part of the reason
	check func(*testing.T, seccat.Verification)
}

func algorithmCases() map[string]verifyCase {
	root, ca, signer, clock := people()
	curve := &seccattest.Identity{Name: "Curve Publisher", ECDSA: true, Issuer: &seccattest.Identity{Name: "Curve Root", ECDSA: true, Authority: true}, Usages: []string{useCode}}
	legacy := func(want bool) func(*testing.T, seccat.Verification) {
		return func(t *testing.T, v seccat.Verification) {
			if v.Legacy != want {
				t.Errorf("legacy %v", v.Legacy)
			}
		}
	}
	oldCA := *ca
	oldCA.Digest = crypto.SHA1
	pssSigner := *signer
	pssSigner.PSS = true
	return map[string]verifyCase{
		"RSA, SHA-256": {c: seccattest.Catalog{By: signer}, want: seccat.Verified, check: func(t *testing.T, v seccat.Verification) {
			want := seccat.Verification{
				State: seccat.Verified, Signer: "Test Publisher", Kind: seccat.SignedByWHQL, Chain: []string{"Test Publisher", "Test CA", "Test Root"},
				Digest: crypto.SHA256, Signed: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), Expires: time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC),
			}
			if d := cmp.Diff(want, v); d != "" {
				t.Error(d)
			}
		}},
		"RSA, SHA-1":             {c: seccattest.Catalog{By: signer, Digest: crypto.SHA1}, want: seccat.Verified, check: legacy(true)},
		"RSA, MD5":               {c: seccattest.Catalog{By: signer, MD5: true}, want: seccat.Verified, check: legacy(true)},
		"RSA, SHA-384":           {c: seccattest.Catalog{By: signer, Digest: crypto.SHA384}, want: seccat.Verified, check: legacy(false)},
		"RSA, SHA-512":           {c: seccattest.Catalog{By: signer, Digest: crypto.SHA512}, want: seccat.Verified, check: legacy(false)},
		"PSS":                    {c: seccattest.Catalog{By: &pssSigner, PSS: true, Digest: crypto.SHA384}, want: seccat.Verified, check: legacy(false)},
		"ECDSA":                  {c: seccattest.Catalog{By: curve}, want: seccat.Verified, check: legacy(false)},
		"ECDSA, SHA-384":         {c: seccattest.Catalog{By: curve, Digest: crypto.SHA384}, want: seccat.Verified},
		"an old certificate":     {c: seccattest.Catalog{By: &seccattest.Identity{Name: "P", Issuer: &oldCA}}, want: seccat.Verified, check: legacy(true)},
		"the root is not there":  {c: seccattest.Catalog{By: signer, With: []*seccattest.Identity{signer, ca}}, want: seccat.Verified},
		"the root is there too":  {c: seccattest.Catalog{By: signer, With: []*seccattest.Identity{root, clock, ca, signer}}, want: seccat.Verified},
		"nobody signed":          {want: seccat.Unsigned, why: "nobody"},
		"the root itself signed": {c: seccattest.Catalog{By: root, With: []*seccattest.Identity{root}}, want: seccat.Verified},
	}
}

func chainCases() map[string]verifyCase {
	root, ca, signer, _ := people()
	below := func(change func(*seccattest.Identity)) seccattest.Catalog {
		c, s := *ca, *signer
		change(&c)
		s.Issuer = &c
		return seccattest.Catalog{By: &s}
	}
	stranger := &seccattest.Identity{Name: "Stranger Root", Authority: true}
	kind := func(want seccat.SignerKind) func(*testing.T, seccat.Verification) {
		return func(t *testing.T, v seccat.Verification) {
			if v.Kind != want {
				t.Errorf("kind %s, want %s", v.Kind, want)
			}
		}
	}
	leads := func(want ...string) func(*testing.T, seccat.Verification) {
		return func(t *testing.T, v seccat.Verification) {
			if d := cmp.Diff(want, v.Chain); d != "" {
				t.Error(d)
			}
		}
	}
	long := &seccattest.Identity{Name: "Sub CA", Issuer: ca, Authority: true, Serial: 9}
	return map[string]verifyCase{
		"attested":                 {c: seccattest.Catalog{Signer: "P", Usages: []string{useCode, useWHQL, useAttestation}}, want: seccat.Verified, check: kind(seccat.SignedByAttestation)},
		"part of Windows":          {c: seccattest.Catalog{Signer: "P", Usages: []string{useCode, useComponent}}, want: seccat.Verified, check: kind(seccat.SignedByWindows)},
		"a vendor":                 {c: seccattest.Catalog{Signer: "P", Usages: []string{useCode}}, want: seccat.Verified, check: kind(seccat.SignedByVendor)},
		"no usages at all":         {c: seccattest.Catalog{Signer: "P"}, want: seccat.Verified, check: kind(seccat.SignedByVendor)},
		"WHQL beyond the issuer":   {c: below(func(c *seccattest.Identity) { c.Usages = []string{useCode} }), want: seccat.Verified, check: kind(seccat.SignedByVendor)},
		"WHQL that the issuer may": {c: below(func(c *seccattest.Identity) { c.Usages = []string{useCode, useWHQL} }), want: seccat.Verified, check: kind(seccat.SignedByWHQL)},
		"WHQL of a stranger":       {c: seccattest.Catalog{By: &seccattest.Identity{Name: "P", Issuer: stranger, Usages: []string{useCode, useWHQL}}}, want: seccat.UnknownRoot, why: "Stranger Root, which is not", check: kind(seccat.SignedByVendor)},
		"a stranger with his root": {c: seccattest.Catalog{By: &seccattest.Identity{Name: "P", Issuer: stranger}, With: []*seccattest.Identity{stranger, {Name: "P", Issuer: stranger}}}, want: seccat.UnknownRoot, check: leads("P", "Stranger Root")},
		"who signs for himself":    {c: seccattest.Catalog{By: stranger, With: []*seccattest.Identity{stranger}}, want: seccat.UnknownRoot, check: leads("Stranger Root")},
		"the root's name, not it":  {c: seccattest.Catalog{By: &seccattest.Identity{Name: "P", Issuer: &seccattest.Identity{Name: "Test Root", ECDSA: true}}}, want: seccat.UnknownRoot},
		"the issuer is missing":    {c: seccattest.Catalog{By: signer, With: []*seccattest.Identity{signer}}, want: seccat.UnknownRoot, why: "leads to Test CA", check: leads("Test Publisher", "Test CA")},
		"the signer is missing":    {c: seccattest.Catalog{By: signer, With: []*seccattest.Identity{ca, root}}, want: seccat.Invalid, why: "certificate of the signer is not there"},
		"not for code":             {c: seccattest.Catalog{Signer: "P", Usages: []string{useTime}}, want: seccat.Distrusted, why: "P is not made for signing code"},
		"the issuer is not":        {c: below(func(c *seccattest.Identity) { c.Usages = []string{useTime} }), want: seccat.Distrusted, why: "Test CA is not made for signing code"},
		"the issuer may not issue": {c: below(func(c *seccattest.Identity) { c.Authority = false }), want: seccat.Distrusted, why: "Test CA is not made for issuing others"},
		"its key is for signing":   {c: below(func(c *seccattest.Identity) { c.KeyUsage = 0x80 }), want: seccat.Distrusted, why: "Test CA is not made for issuing others"},
		"too long":                 {c: seccattest.Catalog{By: &seccattest.Identity{Name: "P", Issuer: long}}, want: seccat.Distrusted, why: "Test CA allows no chain of this length"},
		"long enough": {c: below(func(c *seccattest.Identity) {
			c.PathLen = 1
			c.Issuer = &seccattest.Identity{Name: "Top CA", Issuer: root, Authority: true, PathLen: 1}
		}), want: seccat.Verified},
		"an unknown rule":         {c: below(func(c *seccattest.Identity) { c.Critical = "1.2.3.4" }), want: seccat.Distrusted, why: "a rule that is not known, 1.2.3.4"},
		"not valid any more":      {c: seccattest.Catalog{By: &seccattest.Identity{Name: "P", Issuer: root, To: year(2024)}, Signed: year(2025)}, want: seccat.Distrusted, why: "valid from 2024-01-01 to 2024-06-01, not on 2025-06-01"},
		"not valid yet":           {c: seccattest.Catalog{By: &seccattest.Identity{Name: "P", Issuer: root, From: year(2024)}}, want: seccat.Distrusted, why: "not on 2024-01-02"},
		"an issuer that was not":  {c: below(func(c *seccattest.Identity) { c.From = year(2025) }), want: seccat.Distrusted, why: "Test CA is valid from 2025"},
		"another type of content": {c: seccattest.Catalog{By: signer, Content: "1.2.840.113549.1.7.1"}, want: seccat.Invalid, why: "another type"},
		"the content alone":       {c: seccattest.Catalog{By: signer, Unsigning: true}, want: seccat.Invalid, why: "signs no attributes"},
	}
}

func stampCases() map[string]verifyCase {
	root, _, _, clock := people()
	short := &seccattest.Identity{Name: "P", Issuer: root, To: year(2025), Serial: 7}
	stamped := func(s seccattest.Stamp) seccattest.Catalog {
		if s.By == nil {
			s.By = clock
		}
		return seccattest.Catalog{By: short, Signed: year(2027), Stamp: &s}
	}
	stamp := func(state seccat.State, why string) func(*testing.T, seccat.Verification) {
		return func(t *testing.T, v seccat.Verification) {
			if v.Stamp == nil {
				t.Fatal("no stamp")
			}
			if v.Stamp.State != state || !strings.Contains(v.Stamp.Reason, why) || (why == "") != (v.Stamp.Reason == "") {
				t.Errorf("stamp %s: %s", v.Stamp.State, v.Stamp.Reason)
			}
			if proves := state == seccat.Verified || state == seccat.UnknownRoot; proves != v.Expires.IsZero() || proves != v.Signed.Equal(v.Stamp.Time) {
				t.Errorf("signed %v, expires %v, stamp of %v", v.Signed, v.Expires, v.Stamp.Time)
			}
		}
	}
	in, late := year(2024), year(2026)
	liar := &seccattest.Identity{Name: "No Clock", Issuer: root, Usages: []string{useCode}, Serial: 8}
	stranger := &seccattest.Identity{Name: "Strange Clock", Issuer: &seccattest.Identity{Name: "Clock Root"}, Usages: []string{useTime}, Serial: 9}
	crossed := &seccattest.Identity{Name: "Cross Clock", Usages: []string{useTime}, Issuer: &seccattest.Identity{
		Name: "Cross CA", Authority: true, Usages: []string{useCode}, Issuer: &seccattest.Identity{Name: "Cross Root"},
	}}
	dead := &seccattest.Identity{Name: "Old Clock", Issuer: root, Usages: []string{useTime}, To: year(2024).AddDate(0, -1, 0), Serial: 10}
	return map[string]verifyCase{
		"a countersignature":       {c: stamped(seccattest.Stamp{Time: in}), want: seccat.Verified, check: stamp(seccat.Verified, "")},
		"RFC 3161":                 {c: stamped(seccattest.Stamp{Time: in, RFC3161: true}), want: seccat.Verified, check: stamp(seccat.Verified, "")},
		"RFC 3161, SHA-1":          {c: stamped(seccattest.Stamp{Time: in, RFC3161: true, Digest: crypto.SHA1}), want: seccat.Verified, check: stamp(seccat.Verified, "")},
		"the digest alone, MD5":    {c: stamped(seccattest.Stamp{Time: in, Bare: true, Digest: crypto.MD5}), want: seccat.Verified, check: stamp(seccat.Verified, "")},
		"the digest alone, SHA256": {c: stamped(seccattest.Stamp{Time: in, Bare: true}), want: seccat.Distrusted, why: "not on 2027", check: stamp(seccat.Invalid, "the signature is wrong")},
		"too late":                 {c: stamped(seccattest.Stamp{Time: late}), want: seccat.Distrusted, why: "not on 2026", check: stamp(seccat.Verified, "")},
		"of another signature":     {c: stamped(seccattest.Stamp{Time: in, Other: true}), want: seccat.Distrusted, why: "not on 2027", check: stamp(seccat.Invalid, "not what was signed")},
		"of another, RFC 3161":     {c: stamped(seccattest.Stamp{Time: in, Other: true, RFC3161: true}), want: seccat.Distrusted, why: "not on 2027", check: stamp(seccat.Invalid, "not one of this signature")},
		"by no clock":              {c: stamped(seccattest.Stamp{Time: in, By: liar}), want: seccat.Distrusted, why: "not on 2027", check: stamp(seccat.Distrusted, "No Clock is not made for time stamps")},
		"by a stranger":            {c: stamped(seccattest.Stamp{Time: in, By: stranger}), want: seccat.Verified, check: stamp(seccat.UnknownRoot, "Clock Root")},
		"by a stranger, RFC 3161":  {c: stamped(seccattest.Stamp{Time: in, By: stranger, RFC3161: true}), want: seccat.Verified, check: stamp(seccat.UnknownRoot, "Clock Root")},
		"by a stranger with a cross certificate for code": {c: stamped(seccattest.Stamp{Time: in, By: crossed, RFC3161: true}), want: seccat.Verified, check: stamp(seccat.UnknownRoot, "leads to Cross CA")},
		"by a clock out of date":                          {c: stamped(seccattest.Stamp{Time: in, By: dead}), want: seccat.Distrusted, why: "not on 2027", check: stamp(seccat.Distrusted, "Old Clock is valid")},
		"without a time":                                  {c: stamped(seccattest.Stamp{}), want: seccat.Distrusted, why: "not on 2027", check: stamp(seccat.Invalid, "no time")},
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	roots := testRoots(t)
	for group, cases := range map[string]map[string]verifyCase{"algorithm": algorithmCases(), "chain": chainCases(), "stamp": stampCases()} {
		for name, tt := range cases {
			t.Run(group+"/"+name, func(t *testing.T) {
				t.Parallel()
				tt.c.Members = []seccattest.Member{{File: "a.sys", Digest: digest1("a")}}
				v := mustParse(t, tt.c.Build()).Verify(roots)
				if v.State != tt.want || !strings.Contains(v.Reason, tt.why) || (v.Reason == "") != (v.State == seccat.Verified) {
					t.Fatalf("%s: %s, want %s: %s", v.State, v.Reason, tt.want, tt.why)
				}
				if tt.check != nil {
					tt.check(t, v)
				}
				if tt.want == seccat.Verified { // nobody trusts the tests' root
					if v := mustParse(t, tt.c.Build()).Verify(nil); v.State != seccat.UnknownRoot {
						t.Errorf("with Microsoft's roots: %s, %s", v.State, v.Reason)
					}
				}
			})
		}
	}
}

// The best of several chains counts: a signer's issuer may be certified by a stranger too.
func TestBestChain(t *testing.T) {
	t.Parallel()
	root, ca, signer, _ := people()
	cross := *ca
	cross.Issuer, cross.Serial = &seccattest.Identity{Name: "Stranger Root"}, 77
	old := *ca
	old.To, old.Serial = year(2024).AddDate(0, -5, -31), 78
	for _, with := range [][]*seccattest.Identity{{&cross, &old, ca, signer}, {signer, ca, &old, &cross}} {
		v := mustParse(t, seccattest.Catalog{By: signer, With: with}.Build()).Verify(testRoots(t))
		if v.State != seccat.Verified || !slices.Equal(v.Chain, []string{"Test Publisher", "Test CA", root.Name}) {
			t.Errorf("%s: %s; %v", v.State, v.Reason, v.Chain)
		}
	}
}

// A certificate that only says that a root issued it is told apart from one of a root that is not known.
func TestDeniedChain(t *testing.T) {
	t.Parallel()
	_, ca, signer, clock := people()
	src := seccattest.Catalog{By: signer, With: []*seccattest.Identity{ca, signer, clock}, Stamp: &seccattest.Stamp{By: clock, Time: year(2024)}}.Build()
	for who, want := range map[string]string{
		ca.Name:     "the certificate of Test CA says that Test Root issued it, whose key did not sign it",
		signer.Name: "the certificate of Test Publisher says that Test CA issued it, whose key did not sign it",
		clock.Name:  "the certificate of Test Clock says that Test Root issued it, whose key did not sign it",
	} {
		forged := slices.Clone(src)
		for _, c := range mustParse(t, src).Certificates {
			if c.Subject.String() == who {
				forged[bytes.Index(forged, c.Raw)+len(c.Raw)-1] ^= 1 // the end of its signature
			}
		}
		v := mustParse(t, forged).Verify(testRoots(t))
		state, reason, as := v.State, v.Reason, seccat.UnknownRoot
		if who == clock.Name {
			state, reason, as = v.Stamp.State, v.Stamp.Reason, seccat.Distrusted
		}
		if state != as || reason != want || who == clock.Name && (v.State != seccat.Verified || v.Expires.IsZero()) {
			t.Errorf("%s: %s: %s", who, state, reason)
		}
	}
}

// Certificates that certify each other end neither the search nor the patience: there are 50^7 ways here.
func TestManyChains(t *testing.T) {
	t.Parallel()
	var with []*seccattest.Identity
	for i := range 50 {
		with = append(with, &seccattest.Identity{Name: "Again", Issuer: &seccattest.Identity{Name: "Again"}, Authority: true, Serial: 100 + i})
	}
	one, two := &seccattest.Identity{Name: "One", Authority: true}, &seccattest.Identity{Name: "Two", Authority: true}
	one.Issuer, two.Issuer = two, one
	for _, c := range []seccattest.Catalog{{By: with[0], With: with}, {By: one, With: []*seccattest.Identity{one, two}}} {
		if v := mustParse(t, c.Build()).Verify(testRoots(t)); v.State != seccat.UnknownRoot {
			t.Errorf("%s: %s", v.State, v.Reason)
		}
	}
}

// Of a flood of certificates only the first are looked at, so that it costs no time.
func TestManyCertificates(t *testing.T) {
	t.Parallel()
	signer := &seccattest.Identity{Name: "P", Issuer: seccattest.Root()}
	flood := slices.Repeat([]*seccattest.Identity{{Name: "Other", Issuer: seccattest.Root()}}, 63)
	for _, tt := range []struct {
		with []*seccattest.Identity
		want seccat.State
	}{{append(slices.Clone(flood), signer), seccat.Verified}, {append(slices.Clone(flood), flood[0], signer), seccat.Invalid}} {
		if v := mustParse(t, seccattest.Catalog{By: signer, With: tt.with}.Build()).Verify(testRoots(t)); v.State != tt.want {
			t.Errorf("%d certificates: %s, %s", len(tt.with), v.State, v.Reason)
		}
	}
}

// Whatever bit of a catalog flips, either it is found, or it lies outside of what is signed: then everything that the
// catalog says and that is told about its signer is as before.
func TestEveryFlip(t *testing.T) {
	t.Parallel()
	_, _, signer, clock := people()
	image, _ := seccattest.Image{Body: []byte("code")}.Build()
	members := append(seccattest.List(map[string][]byte{"a.inf": []byte("[Version]")}), seccattest.Member{File: "a.sys", Digest: digest256(string(image)), PE: true})
	for name, c := range map[string]seccattest.Catalog{
		"countersignature": {By: signer, Stamp: &seccattest.Stamp{By: clock, Time: year(2024)}},
		"RFC 3161":         {Version: 2, By: signer, Stamp: &seccattest.Stamp{By: clock, Time: year(2024), RFC3161: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			roots := testRoots(t)
			c.Members, c.Attributes = members, [][2]string{{"OS", "7X64"}}
			src := c.Build()
			whole := mustParse(t, src)
			want := whole.Verify(roots)
			outside := 0
			for i := range src {
				b := bytes.Clone(src)
				b[i] ^= 1 << (i % 8)
				got, err := seccat.Parse(b)
				if err != nil {
					continue
				}
				v := got.Verify(roots)
				if v.State != seccat.Verified || v.Stamp == nil || v.Stamp.State != seccat.Verified {
					continue
				}
				outside++
				if d := cmp.Diff(want, v); d != "" {
					t.Fatalf("byte %d: %s", i, d)
				}
				if d := cmp.Diff(whole.Members, got.Members, cmp.AllowUnexported(seccat.Member{})); d != "" || !slices.EqualFunc(whole.Attributes, got.Attributes, func(a, b seccat.Attribute) bool { return a.Name == b.Name && a.Value == b.Value }) {
					t.Fatalf("byte %d: %s", i, d)
				}
				if in := bytes.Index(src, whole.RawCTL); i >= in+4 && i < in+len(whole.RawCTL) {
					t.Fatalf("byte %d of the list is not found", i)
				}
			}
			if outside == 0 || outside > len(src)/20 {
				t.Errorf("%d of %d flips lie outside of what is signed", outside, len(src))
			}
		})
	}
}

// A flipped bit of a file that a catalog lists is found as well; of an image all but what its signing changes.
func TestEveryFlipOfFiles(t *testing.T) {
	t.Parallel()
	text := []byte("[Version]\r\nSignature=\"$Windows NT$\"\r\n")
	image, parts := seccattest.Image{Wide: true, Body: []byte("some code"), Signature: []byte("signature"), Behind: []byte("tail")}.Build()
	covered := digest256(string(bytes.Join(parts, nil)))
	c := mustParse(t, seccattest.Catalog{Members: append(seccattest.List(map[string][]byte{"a.inf": text}), seccattest.Member{File: "a.sys", Digest: covered, PE: true})}.Build())
	for i := range text {
		b := bytes.Clone(text)
		b[i] ^= 1 << (i % 8)
		if c.Find(seccat.FlatSums(b)) != nil {
			t.Errorf("byte %d of the text", i)
		}
	}
	// What the digest leaves out: the checksum, the entry of the signature, the signature.
	const checksum, entry = 0x80 + 24 + 64, 0x80 + 24 + 112 + 32
	start := bytes.LastIndex(image, []byte("signature"))
	for i := range image {
		b := bytes.Clone(image)
		b[i] ^= 1 << (i % 8)
		s, err := seccat.Sum(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		free := i >= checksum && i < checksum+4 || i >= start && i < start+len("signature")
		if atEntry := i >= entry && i < entry+8; (c.Find(s) != nil) != free && !atEntry {
			t.Errorf("byte %d of the image: found %v, left out of the digest %v", i, c.Find(s) == nil, free)
		}
	}
}

// Real catalogs, where they are at hand: none of their signatures is wrong, and each time stamp holds. osslsigncode agrees
// on all of them.
func TestVerifyCorpus(t *testing.T) {
	t.Parallel()
	root := os.DirFS(filepath.FromSlash("../../../shared/corpus"))
	if _, err := fs.Stat(root, "."); err != nil {
		if os.Getenv("DRIVERCAT_REQUIRE_SHARED") == "1" {
			t.Fatal("the corpus of vendor drivers beside the checkout is not found")
		}
		t.Skip("no corpus of vendor drivers beside the project")
	}
	states := map[seccat.State]int{}
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.EqualFold(filepath.Ext(name), ".cat") {
			return err
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		c, err := seccat.Parse(src)
		if err != nil {
			return nil
		}
		v := c.Verify(nil)
		states[v.State]++
		if !v.State.Intact() && v.State != seccat.Unsigned {
			t.Errorf("%s: %s, %s", name, v.State, v.Reason)
		}
		if v.Stamp != nil && v.Stamp.State != seccat.Verified && v.Stamp.State != seccat.UnknownRoot {
			t.Errorf("%s: its time stamp is %s, %s", name, v.Stamp.State, v.Stamp.Reason)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if states[seccat.Verified] < 100 || states[seccat.UnknownRoot] < 60 || states[seccat.Distrusted] > 0 {
		t.Errorf("the catalogs are %v", states)
	}
}

func BenchmarkVerify(b *testing.B) {
	_, _, signer, clock := people()
	members := map[string][]byte{}
	for i := range 50 {
		members[string(rune('a'+i%26))+strings.Repeat("x", i)] = []byte{byte(i)}
	}
	src := seccattest.Catalog{By: signer, Stamp: &seccattest.Stamp{By: clock, Time: year(2024)}, Members: seccattest.List(members)}.Build()
	roots := testRoots(b)
	c, err := seccat.Parse(src)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(src)))
		for b.Loop() {
			if _, err := seccat.Parse(src); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if v := c.Verify(roots); v.State != seccat.Verified {
				b.Fatal(v.Reason)
			}
		}
	})
}

func FuzzVerify(f *testing.F) {
	roots := testRoots(f)
	for _, cases := range []map[string]verifyCase{algorithmCases(), chainCases(), stampCases()} {
		for _, tt := range cases {
			f.Add(tt.c.Build())
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := seccat.Parse(src)
		if err != nil {
			return
		}
		v := c.Verify(roots)
		if v.State == "" || (v.Reason == "") != (v.State == seccat.Verified) || v.State != seccat.Verified && v.Kind != seccat.SignedByVendor && v.State != seccat.Unsigned {
			t.Fatalf("%+v", v)
		}
		if v.State.Intact() && (len(v.Chain) == 0 || v.Signed.IsZero() && v.State == seccat.Verified) {
			t.Fatalf("%+v", v)
		}
		if w := c.Verify(nil); w.State == seccat.Verified {
			t.Fatalf("it leads to a root of Microsoft: %+v", w)
		}
	})
}
