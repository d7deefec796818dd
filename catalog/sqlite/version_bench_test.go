package sqlite

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/drivercat/drivercat/catalog"
)

// BenchmarkPutVersion keeps versions of a package of 33,616 files, 1.2 GB, of which 2 % change each time.
func BenchmarkPutVersion(b *testing.B) {
	const files, share, each = 33_616, 50, 280 // bytes of a signature: 36 KB in chunks
	path := filepath.Join(b.TempDir(), "x.db")
	s := openTest(b, path)
	contents := make([]catalog.Hash, files)
	manifest := func() []byte {
		var m bytes.Buffer
		for n, h := range contents {
			fmt.Fprintf(&m, "    {\"path\":\"Display/nv_dispi/file%d/nvlddm%d.dll\",\"size\":%d,\"sha256\":\"%s\"},\n", n/100, n, 30_000+n, h)
		}
		return m.Bytes()
	}
	noise, version := rand.NewChaCha8([32]byte{1}), 0
	for b.Loop() {
		b.StopTimer()
		var made []catalog.FileSignature
		for n := range contents {
			if version == 0 || n%share == version%share {
				contents[n] = sha256.Sum256(fmt.Append(nil, n, version))
				made = append(made, catalog.FileSignature{SHA256: contents[n], Body: make([]byte, each)})
				noise.Read(made[len(made)-1].Body)
			}
		}
		version++
		v := catalog.PackageVersion{Folder: "PC/x", Version: version, Body: manifest()}
		b.StartTimer()
		if err := s.PutVersion(b.Context(), v, contents); err != nil {
			b.Fatal(err)
		}
		if err := s.PutSignatures(b.Context(), made); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	i, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(version), "versions")
	b.ReportMetric(float64(i.Size())/1e6, "MB-catalog")
}
