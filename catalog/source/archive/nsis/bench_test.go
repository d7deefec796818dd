package nsis

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// programLike makes data that compress like programs do: words of a small vocabulary, tables, and noise.
func programLike(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	words := make([][]byte, 2000)
	for i := range words {
		words[i] = make([]byte, 2+r.IntN(12))
		for j := range words[i] {
			words[i][j] = byte(r.Uint32())
		}
	}
	var b []byte
	for len(b) < n {
		switch r.IntN(10) {
		case 0:
			b = append(b, make([]byte, r.IntN(40))...)
		case 1:
			for range r.IntN(16) {
				b = append(b, byte(r.Uint32()))
			}
		default:
			b = append(b, words[int(r.ExpFloat64()*200)%len(words)]...)
		}
	}
	return b[:n]
}

// BenchmarkExtract decodes solid installers of 4 MiB.
func BenchmarkExtract(b *testing.B) {
	data := programLike(4 << 20)
	for _, m := range []method{deflated, lzmaed} {
		b.Run(m.String(), func(b *testing.B) {
			w := newBuilder(layouts["NSIS 3 Unicode"])
			w.method, w.solid = m, true
			w.file(string(data), "a.bin")
			whole := w.bytes()
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := Open(bytesInput(whole), archive.Limits{})
				if err != nil {
					b.Fatal(err)
				}
				err = r.Extract(b.Context(), func(int) bool { return true }, func(_ int, r io.Reader) error {
					_, err := io.Copy(io.Discard, r)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkInflate compares with the standard library, which does not read what NSIS 2 writes.
func BenchmarkInflate(b *testing.B) {
	data := programLike(16 << 20)
	packed := (&builder{method: deflated}).compress(data)
	b.Run("nsis", func(b *testing.B) {
		d := &decoder{c: &inflate{}, most: 1 << 20}
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			d.reset(bytes.NewReader(packed))
			if n, err := io.Copy(io.Discard, d); n != int64(len(data)) || err != nil {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("compress/flate", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if n, err := io.Copy(io.Discard, flate.NewReader(bytes.NewReader(packed))); n != int64(len(data)) || err != nil {
				b.Fatal(n, err)
			}
		}
	})
}

// BenchmarkBzip2 decodes blocks of 2,000 bytes, as the tests' writer makes them: mostly the cost of their tables.
func BenchmarkBzip2(b *testing.B) {
	data := programLike(100_000)
	packed := (&builder{method: bzipped}).compress(data)
	d := &decoder{c: &bzip2{}, most: 1 << 20}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		d.reset(bytes.NewReader(packed))
		if n, err := io.Copy(io.Discard, d); n != int64(len(data)) || err != nil {
			b.Fatal(n, err)
		}
	}
}
