package msi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/richardlehane/mscfb"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// BenchmarkList opens a package of 70,000 files in 7,000 folders: references of three bytes, two cabinets.
func BenchmarkList(b *testing.B) {
	p := testPackage{dirs: [][3]string{{"TARGETDIR", "", "SourceDir"}}}
	p.long = true
	const n = 70_000
	for i := range n / 10 {
		p.dirs = append(p.dirs, [3]string{fmt.Sprint("dir", i), "TARGETDIR", fmt.Sprintf("FOLDER~%d|folder of files %d", i, i)})
		p.components = append(p.components, [2]string{fmt.Sprint("component", i), fmt.Sprint("dir", i)})
	}
	for i := range n {
		p.files = append(p.files, testFile{key: fmt.Sprintf("file.%d.1234567890ABCDEF", i), component: fmt.Sprint("component", i/10), name: fmt.Sprintf("FILE~%d.SYS|a file with a long name %d.sys", i, i)})
	}
	p.media = []testMedium{{n / 2, "#one.cab"}, {n, "#two.cab"}} // a cabinet holds 65,535 files at most
	file, _ := p.build()
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := Open(archivetest.Bytes("many.msi", file), archive.Limits{})
		if err != nil || len(r.Entries()) != n {
			b.Fatal(err)
		}
		_ = r.Close()
	}
}

// BenchmarkStream reads a stream of 64 MB in pieces as a reader of cabinets does, beside richardlehane/mscfb. A FAT sector
// lies between the stream's own about every 64 KB.
func BenchmarkStream(b *testing.B) {
	const size, piece = 64 << 20, 256 << 10
	file := largeStream(size)
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			c, err := readCompound(bytes.NewReader(file), int64(len(file)))
			if err == nil {
				err = c.readDirectory(maxDirectory + 1)
			}
			if err != nil {
				b.Fatal(err)
			}
			st, err := c.open(c.children(0)[0])
			if err != nil {
				b.Fatal(err)
			}
			readPieces(b, st, size, piece)
		}
	})
	b.Run("mscfb", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			c, err := mscfb.New(bytes.NewReader(file))
			if err != nil {
				b.Fatal(err)
			}
			f, err := c.Next()
			if err != nil {
				b.Fatal(err)
			}
			readPieces(b, f, size, piece)
		}
	})
}

func readPieces(b *testing.B, r io.ReaderAt, size, piece int64) {
	buf := make([]byte, piece)
	for at := int64(0); at < size; at += piece {
		if n, err := r.ReadAt(buf, at); int64(n) != piece || err != nil && err != io.EOF {
			b.Fatalf("%d bytes at %d: %v", n, at, err)
		}
	}
}

// largeStream is a compound file of one stream of random bytes. Another one of a sector for each 128 lies between.
func largeStream(size int) []byte {
	data := make([]byte, size)
	rnd := rand.NewChaCha8([32]byte{})
	_, _ = rnd.Read(data)
	w := &writer{compoundSpec: compoundSpec{sector: 512}}
	w.entries = []entrySpec{
		{node: node{name: "Root Entry", class: ClassDatabase}, kind: 5, left: noEntry, right: noEntry, child: 1, start: endOfChain},
		{node: node{name: "Data"}, kind: kindStream, left: noEntry, right: noEntry, child: noEntry, size: size},
	}
	last := -1
	for at := 0; at < size; at += 512 {
		if len(w.sectors)%128 == 127 {
			w.add(make([]byte, 512))
		}
		s := w.add(data[at:min(at+512, size)])
		if last >= 0 {
			w.fat[last] = uint32(s)
		}
		last = s
	}
	return w.finish(w.chain(w.directory()), endOfChain)
}

// BenchmarkExtract reads all files of a package of 64 MB, stored, beside reading the same bytes from the cabinet alone.
func BenchmarkExtract(b *testing.B) {
	p := driverPackage()
	data := make([]byte, 16<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data)
	for i := range 4 {
		p.files[i].text = string(data)
	}
	file, _ := p.build()
	r, err := Open(archivetest.Bytes("driver.msi", file), archive.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	b.SetBytes(4 * int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Extract(context.Background(), func(int) bool { return true }, func(_ int, src io.Reader) error {
			_, err := io.Copy(io.Discard, src)
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
}
