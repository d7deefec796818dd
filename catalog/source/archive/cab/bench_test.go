package cab

import (
	"io"
	"testing"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// BenchmarkExtract decodes one folder of each method. docs/performance.md tells how it stands beside cabextract.
func BenchmarkExtract(b *testing.B) {
	for _, m := range []struct {
		name   string
		method uint16
		n      int
	}{{"stored", methodStored, 16 << 20}, {"mszip", methodMSZIP, 16 << 20}, {"lzx", lzx21, 8 << 20}, {"quantum", 21<<8 | methodQuantum, 1 << 20}} {
		b.Run(m.name, func(b *testing.B) {
			var c testCabinet
			c.add(m.method, testFile{name: "f", data: text(1, m.n)})
			r, err := Open(archivetest.Bytes("test.cab", c.bytes()), archive.Limits{})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(m.n))
			b.ReportAllocs()
			for b.Loop() {
				err := r.Extract(b.Context(), func(int) bool { return true }, func(_ int, src io.Reader) error {
					_, err := io.Copy(io.Discard, src)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
