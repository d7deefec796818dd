package idname

import (
	"bytes"
	"compress/zlib"
	"io"
	"testing"
)

// BenchmarkUnpack is what the first lookup costs once.
func BenchmarkUnpack(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		r, err := zlib.NewReader(bytes.NewReader(packed))
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(n)
	}
}
