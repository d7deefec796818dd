package seccat_test

import (
	"bytes"
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf/seccat"
	"github.com/drivercat/drivercat/inf/seccat/seccattest"
)

func digest1(s string) []byte   { d := sha1.Sum([]byte(s)); return d[:] }
func digest256(s string) []byte { d := sha256.Sum256([]byte(s)); return d[:] }

func TestMembers(t *testing.T) {
	t.Parallel()
	type got struct {
		File, OSAttr, Label string
		Kind                seccat.Kind
		Algorithm           crypto.Hash
	}
	cases := map[string]struct {
		version int
		member  seccattest.Member
		lookup  []byte
		want    got
	}{
		"version 1": {
			1,
			seccattest.Member{File: "a.sys", OSAttr: "2:5.1", Digest: digest1("a"), PE: true},
			digest1("a"),
			got{"a.sys", "2:5.1", "", seccat.PEImage, crypto.SHA1},
		},
		"version 1, the tag is a label": {
			1,
			seccattest.Member{Tag: "sony_d50.icm", Digest: digest1("a")},
			digest1("a"),
			got{"", "", "sony_d50.icm", seccat.FlatFile, crypto.SHA1},
		},
		"version 1, the tag is another digest": {
			1,
			seccattest.Member{File: "a", Tag: strings.ToUpper(hexOf(digest1("tag"))), Digest: digest256("a")},
			digest1("tag"),
			got{"a", "", "", seccat.FlatFile, crypto.SHA256},
		},
		"version 1, hex in lower case": {
			1,
			seccattest.Member{File: "a", Tag: hexOf(digest1("tag")), TagOnly: true},
			digest1("tag"),
			got{"a", "", "", seccat.FlatFile, crypto.SHA1},
		},
		"version 2": {
			2,
			seccattest.Member{File: "a.cab", Digest: digest256("a"), Cabinet: true},
			digest256("a"),
			got{"a.cab", "", "", seccat.Cabinet, crypto.SHA256},
		},
		"version 2, a member without digest is known by its tag": {
			2,
			seccattest.Member{File: "a.inf", Digest: digest1("a"), TagOnly: true},
			digest1("a"),
			got{"a.inf", "", "", seccat.FlatFile, crypto.SHA1},
		},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other := seccattest.Member{File: "other", Digest: digest1("other")}
			c := mustParse(t, seccattest.Catalog{Version: tt.version, Members: []seccattest.Member{other, tt.member}}.Build())
			if c.Version != tt.version || len(c.Members) != 2 {
				t.Fatalf("version %d with %d members", c.Version, len(c.Members))
			}
			m := c.Lookup(tt.lookup)
			if m == nil {
				t.Fatal("not found")
			}
			if d := cmp.Diff(tt.want, got{m.File, m.OSAttr, m.Label, m.Kind, m.Algorithm}); d != "" {
				t.Error(d)
			}
			if c.Lookup(digest1("nothing")) != nil || c.Lookup(nil) != nil {
				t.Error("found what is not there")
			}
		})
	}
}

// A digest beats a tag: a hand-made catalog may use another file's digest as tag.
func TestDigestBeforeTag(t *testing.T) {
	t.Parallel()
	c := mustParse(t, seccattest.Catalog{Members: []seccattest.Member{
		{File: "wrong", Tag: hexOf(digest1("a")), Digest: digest1("b")},
		{File: "right", Tag: "label", Digest: digest1("a")},
	}}.Build())
	if m := c.Lookup(digest1("a")); m == nil || m.File != "right" {
		t.Errorf("got %+v", m)
	}
}

// What Find cannot find is not called changed.
func TestComparable(t *testing.T) {
	t.Parallel()
	c := mustParse(t, seccattest.Catalog{Version: 2, Members: []seccattest.Member{
		{File: `data\A.cab`, Digest: digest256("a"), Cabinet: true},
		{File: "b.sys", Digest: digest1("b"), TagOnly: true, PE: true}, {File: "b.sys", Digest: digest256("b"), PE: true},
		{File: "c.bin", Digest: make([]byte, 64)}, {File: "d.bin", Digest: make([]byte, 48)}, {File: "d.bin", Digest: digest256("d")},
	}}.Build())
	got := map[string]bool{}
	for _, name := range []string{"a.cab", "B.SYS", "c.bin", "d.bin", "e.bin"} {
		got[name] = c.Comparable(name)
	}
	if d := cmp.Diff(map[string]bool{"a.cab": false, "B.SYS": true, "c.bin": false, "d.bin": true, "e.bin": true}, got); d != "" {
		t.Error(d)
	}
	if m := c.Lookup(make([]byte, 64)); m == nil || m.Algorithm != crypto.SHA512 || m.Name() != "c.bin" {
		t.Errorf("a member with SHA-512: %+v", m)
	}
}

func TestSigner(t *testing.T) {
	t.Parallel()
	plain := mustParse(t, seccattest.Catalog{Attributes: [][2]string{{"OS", "7X64,_v100_X64"}, {"HWID1", `pci\ven_1234`}}}.Build())
	if plain.Signed() || plain.Attribute("os") != "7X64,_v100_X64" || plain.Attribute("HWID1") != `pci\ven_1234` || plain.Attribute("x") != "" {
		t.Errorf("signed %v, attributes %v", plain.Signed(), plain.Attributes)
	}
	if want := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC); !plain.Time.Equal(want) {
		t.Errorf("made at %v", plain.Time)
	}
	const whql = "1.3.6.1.4.1.311.10.3.5"
	c := mustParse(t, seccattest.Catalog{Signer: "Zoë's Drivers", Usages: []string{whql}, MD5: true}.Build())
	if !c.Signed() || c.Signers[0].Certificate == nil {
		t.Fatalf("no signer: %+v", c.Signers)
	}
	s := c.Signers[0]
	want := seccat.Name{CommonName: "Zoë's Drivers", Organization: "Test", Country: "US"}
	if d := cmp.Diff(want, s.Certificate.Subject); d != "" {
		t.Error(d)
	}
	if s.Digest != crypto.MD5 || s.Certificate.Issuer.String() != "Test Root" || s.Certificate.NotAfter.Year() != 2050 || s.Certificate.NotBefore.Year() != 2024 {
		t.Errorf("%v, %+v", s.Digest, s.Certificate)
	}
	if d := cmp.Diff([]string{whql}, s.Certificate.ExtendedKeyUsage); d != "" {
		t.Error(d)
	}
	if len(s.Signature) != 128 || len(s.RawSigned) == 0 || s.RawSigned[0] != 0xa0 || c.RawCTL[0] != 0x30 || s.RawUnsigned != nil {
		t.Errorf("raw parts: %+v", s)
	}
}

func TestNoCatalog(t *testing.T) {
	t.Parallel()
	whole := seccattest.Catalog{Signer: "x", Members: []seccattest.Member{{File: "a", Digest: digest1("a")}}}.Build()
	cases := map[string]struct {
		src  []byte
		want error
	}{
		"text":                 {[]byte("This catalog file should be replaced by the signed one.\r\n"), seccat.ErrPlaceholder},
		"text in UTF-16":       {[]byte("\xff\xfed\x00u\x00m\x00m\x00y\x00"), seccat.ErrPlaceholder},
		"text that begins 0":   {[]byte("0 placeholder, see build instructions for what belongs here"), seccat.ErrPlaceholder},
		"nothing":              {nil, seccat.ErrPlaceholder},
		"zeros":                {make([]byte, 100), seccat.ErrPlaceholder},
		"a program":            {[]byte("MZ\x90\x00"), seccat.ErrPlaceholder},
		"cut off":              {whole[:len(whole)/2], seccat.ErrTruncated},
		"cut off in its head":  {whole[:3], seccat.ErrTruncated},
		"another message":      {seccattest.Catalog{}.BuildData(), seccat.ErrNotCatalog},
		"a certificate":        {[]byte{0x30, 0x03, 0x02, 0x01, 0x00}, seccat.ErrNotCatalog},
		"indefinite length":    {[]byte{0x30, 0x80, 0x00, 0x00}, seccat.ErrNotCatalog},
		"an enormous length":   {[]byte{0x30, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, seccat.ErrNotCatalog},
		"a length of 4 GiB -1": {[]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, seccat.ErrTruncated},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := seccat.Parse(tt.src); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// Every beginning of a catalog is cut off, none is a whole one, and none is taken for something else.
func TestEveryCut(t *testing.T) {
	t.Parallel()
	whole := seccattest.Catalog{Version: 2, Signer: "x", Members: []seccattest.Member{{File: "a", Digest: digest256("a")}}}.Build()
	for n := 2; n < len(whole); n++ {
		if _, err := seccat.Parse(whole[:n]); !errors.Is(err, seccat.ErrTruncated) {
			t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
	mustParse(t, append(bytes.Clone(whole), 0, 0, 0)) // files are padded sometimes
}

func mustParse(t *testing.T, src []byte) *seccat.Catalog {
	t.Helper()
	c, err := seccat.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func FuzzParse(f *testing.F) {
	for _, c := range []seccattest.Catalog{
		{},
		{Version: 2, Members: []seccattest.Member{{File: "a", Digest: digest256("a"), PE: true}, {Digest: digest1("a"), TagOnly: true}}},
		{Members: []seccattest.Member{{Tag: "label", OSAttr: "2:5.x", Digest: digest1("a")}}, Attributes: [][2]string{{"OS", "XPX86"}}, Signer: "s", Usages: []string{"1.2.3"}},
	} {
		f.Add(c.Build())
		f.Add(c.BuildData())
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := seccat.Parse(src)
		if (c == nil) == (err == nil) {
			t.Fatalf("catalog %v and error %v", c, err)
		}
		if err != nil {
			if !errors.Is(err, seccat.ErrPlaceholder) && !errors.Is(err, seccat.ErrTruncated) && !errors.Is(err, seccat.ErrNotCatalog) {
				t.Errorf("error of no kind: %v", err)
			}
			return
		}
		for _, m := range c.Members {
			if m.Digest != nil && c.Lookup(m.Digest) == nil && len(m.Digest) > 0 {
				t.Errorf("member %x is not found by its digest", m.Digest)
			}
		}
		for _, s := range c.Signers {
			if s.Certificate != nil && len(s.Certificate.Raw) == 0 {
				t.Error("a certificate without bytes")
			}
		}
		c.RestoreLines([]byte("a\nb\r\n"))
	})
}
