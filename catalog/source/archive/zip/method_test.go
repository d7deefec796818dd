package zip

import (
	stdzip "archive/zip"
	"bytes"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// zstandard builds an archive of two files with method 93.
func zstandard(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := stdzip.NewWriter(&b)
	w.RegisterCompressor(93, func(out io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(out) })
	for _, name := range []string{"a.inf", "b.inf"} {
		f, err := w.CreateHeader(&stdzip.FileHeader{Name: name, Method: 93})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
