package inno

import (
	"io"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// BenchmarkExtract unpacks 14 MB of text and calls, packed by each method.
func BenchmarkExtract(b *testing.B) {
	text := strings.Repeat(compiledLines(), 4)
	for _, bb := range []struct {
		name   string
		method method
		calls  bool
	}{{"stored", stored, false}, {"zlib", zipped, false}, {"LZMA2", lzma2Method, false}, {"LZMA2 and calls", lzma2Method, true}} {
		b.Run(bb.name, func(b *testing.B) {
			s := setup{version: "6.1.0 u", method: bb.method, solid: true}
			for range 50 {
				f := packed{dest: `{app}\` + string(rune('a'+len(s.files))), content: text + calls(), calls: bb.calls}
				s.files = append(s.files, f)
				b.SetBytes(int64(len(s.files) * len(f.content)))
			}
			r, err := Open(folder(s.build(b), "setup.exe"), archive.Limits{})
			if err != nil {
				b.Fatal(err)
			}
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

// BenchmarkOpen reads the tables of an installer that ISCC wrote.
func BenchmarkOpen(b *testing.B) {
	in := compiled("testdata/6.1.0-0.bin")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open(in, archive.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
