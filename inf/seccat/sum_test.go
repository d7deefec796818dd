package seccat_test

import (
	"bytes"
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf/seccat"
	"github.com/drivercat/drivercat/inf/seccat/seccattest"
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

func TestPEDigest(t *testing.T) {
	t.Parallel()
	cases := map[string]seccattest.Image{
		"32 bits":                       {Body: bytes.Repeat([]byte("code"), 100)},
		"64 bits":                       {Wide: true, Body: bytes.Repeat([]byte("code"), 100)},
		"unsigned, filled up to 8":      {Body: []byte("abc")},
		"signed":                        {Body: make([]byte, 512), Signature: []byte("signature"), Checksum: 1},
		"signed, with more behind":      {Wide: true, Body: make([]byte, 512), Signature: []byte("signature"), Behind: []byte("tail")},
		"signed, longer than one chunk": {Wide: true, Body: bytes.Repeat([]byte("0123456789abcdef"), 30_000), Signature: bytes.Repeat([]byte("s"), 200_000), Behind: []byte("tail")},
		"nothing but headers":           {},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image, parts := tt.Build()
			covered := bytes.Join(parts, nil)
			if len(tt.Signature) == 0 {
				covered = append(covered, make([]byte, (8-len(image)%8)%8)...)
			}
			want := seccat.Sums{
				IsPE: true, Size: int64(len(image)), SHA1: sha1.Sum(image), SHA256: sha256.Sum256(image),
				PESHA1: sha1.Sum(covered), PESHA256: sha256.Sum256(covered),
			}
			got, err := seccat.Sum(iotest.OneByteReader(bytes.NewReader(image)))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			one, err := seccat.PEDigest(bytes.NewReader(image), int64(len(image)), crypto.SHA256)
			if err != nil || !bytes.Equal(one, want.PESHA256[:]) {
				t.Errorf("PEDigest: %x, %v", one, err)
			}
		})
	}
}

// However a file is cut into chunks, and whether its digests were asked for in between or not, they are the same.
func TestSummerChunks(t *testing.T) {
	t.Parallel()
	long, _ := seccattest.Image{Wide: true, Body: bytes.Repeat([]byte("0123456789abcdef"), 9_000), Signature: []byte("signature"), Behind: []byte("tail")}.Build()
	unsigned, _ := seccattest.Image{Body: bytes.Repeat([]byte("code"), 20_000)}.Build()
	small, _ := seccattest.Image{Body: []byte("abc")}.Build()
	files := map[string][]byte{
		"a long image": long, "an unsigned image": unsigned, "an image shorter than the window": small,
		"text": bytes.Repeat([]byte("text\r\n"), 20_000), "an M": []byte("M"), "nothing": nil,
	}
	reused := seccat.NewSummer()
	for name, src := range files {
		want, err := seccat.Sum(bytes.NewReader(src))
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{1, 3, 4096, 64<<10 - 1, 64 << 10, 64<<10 + 1, 1 << 20} {
			fresh := seccat.NewSummer()
			reused.Reset()
			for b := src; len(b) > 0; b = b[min(size, len(b)):] {
				for _, s := range []*seccat.Summer{fresh, reused} {
					if n, err := s.Write(b[:min(size, len(b))]); n != min(size, len(b)) || err != nil {
						t.Fatalf("%s: wrote %d, %v", name, n, err)
					}
				}
				if size > 3 {
					reused.Sums()
				}
			}
			if d := cmp.Diff(want, fresh.Sums()); d != "" {
				t.Errorf("%s in chunks of %d: %s", name, size, d)
			}
			if d := cmp.Diff(fresh.Sums(), reused.Sums()); d != "" {
				t.Errorf("%s in chunks of %d, used again: %s", name, size, d)
			}
		}
	}
}

func BenchmarkSummer(b *testing.B) {
	image, _ := seccattest.Image{Wide: true, Body: make([]byte, 8<<20)}.Build()
	for name, src := range map[string][]byte{"PE": image, "flat": make([]byte, len(image))} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(src)))
			s := seccat.NewSummer()
			for b.Loop() {
				s.Reset()
				for p := src; len(p) > 0; p = p[min(512<<10, len(p)):] {
					s.Write(p[:min(512<<10, len(p))])
				}
				s.Sums()
			}
		})
	}
}

// A signature that is added or taken away, and the checksum that goes with it, do not change the digest.
func TestSigningKeepsDigest(t *testing.T) {
	t.Parallel()
	unsigned, _ := seccattest.Image{Body: make([]byte, 64)}.Build()
	signed, _ := seccattest.Image{Body: make([]byte, 64), Signature: []byte("signed!!"), Checksum: 77}.Build()
	a, b := seccat.Sums{}, seccat.Sums{}
	for _, x := range []struct {
		to  *seccat.Sums
		src []byte
	}{{&a, unsigned}, {&b, signed}} {
		s, err := seccat.Sum(bytes.NewReader(x.src))
		if err != nil {
			t.Fatal(err)
		}
		*x.to = s
	}
	if a.PESHA256 != b.PESHA256 || a.SHA256 == b.SHA256 {
		t.Errorf("%x and %x", a.PESHA256, b.PESHA256)
	}
	c := mustParse(t, seccattest.Catalog{Members: []seccattest.Member{{File: "flat", Digest: a.SHA1[:]}, {File: "image", Digest: b.PESHA256[:], PE: true}}}.Build())
	if m := c.Find(b); m == nil || m.File != "image" {
		t.Errorf("an image is found by its Authenticode digest: %+v", m)
	}
	a.PESHA256, a.PESHA1 = [32]byte{}, [20]byte{}
	if m := c.Find(a); m == nil || m.File != "flat" {
		t.Errorf("an image listed by all its bytes is found: %+v", m)
	}
}

func TestNoPE(t *testing.T) {
	t.Parallel()
	image, _ := seccattest.Image{Body: make([]byte, 64), Signature: []byte("signed!!")}.Build()
	patched := func(at int, v uint32) []byte {
		b := bytes.Clone(image)
		binary.LittleEndian.PutUint32(b[at:], v)
		return b
	}
	const security = 0x80 + 24 + 96 + 32
	for name, src := range map[string][]byte{
		"text":                            []byte("[Version]\r\n"),
		"nothing":                         nil,
		"a 16-bit program":                append([]byte("MZ"), make([]byte, 200)...),
		"its headers are cut":             image[:200],
		"headers behind the end":          patched(0x3c, 1<<31),
		"the signature is cut":            image[:len(image)-1],
		"the signature covers the header": patched(security, 8),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := seccat.Sum(bytes.NewReader(src))
			if err != nil || s.IsPE || s.SHA256 != sha256.Sum256(src) {
				t.Errorf("%+v, %v", s, err)
			}
			if _, err := seccat.PEDigest(bytes.NewReader(src), int64(len(src)), crypto.SHA1); !errors.Is(err, seccat.ErrNotPE) {
				t.Errorf("PEDigest: %v", err)
			}
		})
	}
	if _, err := seccat.Sum(iotest.ErrReader(io.ErrClosedPipe)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("an error of reading: %v", err)
	}
	if _, err := seccat.PEDigest(bytes.NewReader(image), int64(len(image)), crypto.Hash(99)); err == nil {
		t.Error("an unknown hash is taken")
	}
}

func TestRestoreLines(t *testing.T) {
	t.Parallel()
	wide := func(s string) string {
		b := "\xff\xfe"
		for i := range len(s) {
			b += s[i:i+1] + "\x00"
		}
		return b
	}
	cases := map[string]struct{ listed, is string }{
		"LF to CR LF":                       {"a\r\nb\r\n", "a\nb\n"},
		"some lines have their CR":          {"a\r\nb\r\nc", "a\nb\r\nc"},
		"CR LF to LF":                       {"a\nb\n", "a\r\nb\r\n"},
		"UTF-16":                            {wide("a\r\nb\r\n"), wide("a\nb\n")},
		"UTF-16 with LF":                    {wide("a\nb\n"), wide("a\r\nb\r\n")},
		"bytes of UTF-16 taken for text":    {wide("a\nb\n"), "\xff\xfea\x00\r\n\x00b\x00\r\n\x00"},
		"a first line of nothing but an LF": {"\r\n\r\na", "\n\na"},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := mustParse(t, seccattest.Catalog{Members: []seccattest.Member{{File: "a.inf", Digest: digest1(tt.listed)}}}.Build())
			got, ok := c.RestoreLines([]byte(tt.is))
			if !ok || string(got) != tt.listed {
				t.Errorf("%q, %v", got, ok)
			}
			if _, ok := c.RestoreLines([]byte(tt.listed)); ok {
				t.Error("what is right is restored")
			}
			if got, ok := c.RestoreLines([]byte(tt.is + "x")); ok {
				t.Errorf("a changed text is restored: %q", got)
			}
		})
	}
}

func FuzzPEDigest(f *testing.F) {
	for _, i := range []seccattest.Image{{}, {Wide: true, Body: []byte("abc")}, {Body: make([]byte, 64), Signature: []byte("signed!!"), Behind: []byte("x")}} {
		image, _ := i.Build()
		f.Add(image)
	}
	f.Add([]byte("MZ"))
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := seccat.Sum(bytes.NewReader(src))
		if err != nil || s.SHA1 != sha1.Sum(src) || s.SHA256 != sha256.Sum256(src) || s.Size != int64(len(src)) {
			t.Fatalf("%+v, %v", s, err)
		}
		d, err := seccat.PEDigest(bytes.NewReader(src), int64(len(src)), crypto.SHA1)
		if s.IsPE != (err == nil) || s.IsPE && !bytes.Equal(d, s.PESHA1[:]) {
			t.Errorf("Sum says %v %x, PEDigest %x, %v", s.IsPE, s.PESHA1, d, err)
		}
	})
}
