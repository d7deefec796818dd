package seccat_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/drivercat/drivercat/inf/seccat"
	"github.com/drivercat/drivercat/inf/seccat/seccattest"
)

// cabinet makes the beginning of a cabinet, with contents of no meaning; signature is "" for one that is not signed.
func cabinet(body, signature string) []byte {
	b := make([]byte, 36)
	copy(b, "MSCF\x01\x02\x03\x04")
	b[24], b[25], b[26], b[32], b[34] = 3, 1, 1, 7, 9
	if signature == "" {
		return append(b, body...)
	}
	b[30] = 4
	b = append(b, 0x14, 0, 0, 0)
	b = append(b, make([]byte, 20)...)
	binary.LittleEndian.PutUint32(b[44:], uint32(60+len(body)))
	binary.LittleEndian.PutUint32(b[48:], uint32(len(signature)))
	copy(b[56:], "pad!")
	return append(append(b, body...), signature...)
}

func TestCabinetDigest(t *testing.T) {
	t.Parallel()
	plain, signed := cabinet("folders and files", ""), cabinet("folders and files", "signature")
	for name, tt := range map[string]struct {
		src     []byte
		covered [][]byte
	}{
		"not signed": {plain, [][]byte{plain[:4], plain[8:]}},
		"signed":     {signed, [][]byte{signed[:4], signed[8:34], signed[56 : len(signed)-9]}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := sha256.Sum256(bytes.Join(tt.covered, nil))
			got, err := seccat.CabinetDigest(tt.src, crypto.SHA256)
			if err != nil || !bytes.Equal(got, want[:]) {
				t.Errorf("%x, %v; want %x", got, err, want)
			}
			c := mustParse(t, seccattest.Catalog{Members: []seccattest.Member{{File: "a.cab", Digest: want[:], Cabinet: true}}}.Build())
			if m, told := c.FindCabinet("A.cab", tt.src); m == nil || m.File != "a.cab" || !told {
				t.Errorf("the cabinet is not found: %+v", m)
			}
			changed := bytes.Clone(tt.src)
			changed[8]++
			if m, told := c.FindCabinet("A.cab", changed); m != nil || !told {
				t.Errorf("a changed cabinet: %+v, %v", m, told)
			}
			if m, told := c.FindCabinet("b.cab", changed); m != nil || told {
				t.Errorf("a cabinet that is not listed: %+v, %v", m, told)
			}
			if m, told := c.FindCabinet("a.cab", []byte("text")); m != nil || told {
				t.Errorf("text: %+v, %v", m, told)
			}
		})
	}
}

func TestNoCabinet(t *testing.T) {
	t.Parallel()
	signed := cabinet("x", "signature")
	set := func(at int, v byte) []byte {
		b := bytes.Clone(signed)
		b[at] = v
		return b
	}
	for name, src := range map[string][]byte{
		"nothing": nil, "text": []byte("MSCF, the text"), "another": bytes.Repeat([]byte("x"), 100), "cut": signed[:50],
		"a part of another size": set(36, 0x10), "the signature begins in the header": set(44, 8), "it ends behind the end": set(48, 200),
	} {
		if d, err := seccat.CabinetDigest(src, crypto.SHA1); !errors.Is(err, seccat.ErrNotCabinet) {
			t.Errorf("%s: %x, %v", name, d, err)
		}
	}
	if _, err := seccat.CabinetDigest(signed, crypto.Hash(99)); err == nil || errors.Is(err, seccat.ErrNotCabinet) {
		t.Errorf("an unknown hash: %v", err)
	}
}

func FuzzCabinetDigest(f *testing.F) {
	f.Add(cabinet("folders", ""))
	f.Add(cabinet("folders", "signature"))
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := seccat.CabinetDigest(src, crypto.SHA1)
		if (d == nil) != errors.Is(err, seccat.ErrNotCabinet) {
			t.Errorf("%x, %v", d, err)
		}
	})
}
