package smb_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
)

func openWith(b *testing.B, s *smbtest.Server, n int, unsigned, encrypt bool) *smb.Tree {
	c := s.Config()
	c.Unsigned = unsigned
	c.Encrypt = encrypt
	tr, err := smb.OpenWith(b.Context(), c, n, 0, 0, 0)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = tr.Close() })
	return tr
}

func BenchmarkBig(b *testing.B) {
	s := smbtest.Start(b, smbtest.Options{})
	data := bytes.Repeat([]byte("0123456789abcdef"), 256<<20/16)
	for _, conns := range []int{1, 2, 4} {
		for _, files := range []int{1, 4} {
			for _, sec := range []string{"signed", "unsigned", "encrypted"} {
				name := fmt.Sprintf("conns=%d/files=%d/%s", conns, files, sec)
				tr := openWith(b, s, conns, sec == "unsigned", sec == "encrypted")
				each := data[:len(data)/files]
				b.Run("write/"+name, func(b *testing.B) {
					b.SetBytes(int64(len(data)))
					for b.Loop() {
						var wg sync.WaitGroup
						for f := range files {
							wg.Go(func() {
								n := fmt.Sprintf("f%d", f)
								_ = tr.Remove(n)
								if _, err := tree.Write(context.Background(), tr, n, bytes.NewReader(each), tree.Options{NoHash: true}); err != nil {
									b.Error(err)
								}
							})
						}
						wg.Wait()
					}
				})
				b.Run("read/"+name, func(b *testing.B) {
					b.SetBytes(int64(len(data)))
					for b.Loop() {
						var wg sync.WaitGroup
						for f := range files {
							wg.Go(func() {
								r, err := tr.Open(fmt.Sprintf("f%d", f))
								if err != nil {
									b.Error(err)
									return
								}
								defer r.Close()
								if n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, make([]byte, 256<<10)); err != nil || n != int64(len(each)) {
									b.Error(n, err)
								}
							})
						}
						wg.Wait()
					}
				})
			}
		}
	}
}

// zeros is a file's content that costs nothing to make.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// BenchmarkHuge writes 5 GiB and reads them back, every byte over the network.
func BenchmarkHuge(b *testing.B) {
	s := smbtest.Start(b, smbtest.Options{})
	const size = 5 << 30
	tr := openWith(b, s, 2, false, false)
	b.SetBytes(size)
	for b.Loop() {
		if _, err := tree.Write(b.Context(), tr, "f", io.LimitReader(zeros{}, size), tree.Options{NoHash: true}); err != nil {
			b.Fatal(err)
		}
		if n, _, err := tree.HashFile(b.Context(), tr, "f", nil); err != nil || n != size {
			b.Fatal(n, err)
		}
		if err := tr.Remove("f"); err != nil {
			b.Fatal(err)
		}
	}
}
