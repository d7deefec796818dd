package installshield_test

import (
	"bytes"
	"compress/flate"
	"crypto/md5"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// benchData packs to about a third, as drivers do.
func benchData() string {
	var b strings.Builder
	words, hard := strings.Fields("mov push call ret jmp 8B45FC test xor eax ebx KeWaitForSingleObject IoCompleteRequest"), noise(1<<20)
	for i := 0; b.Len() < 4<<20; i++ {
		b.WriteString(words[(i*i+i/7)%len(words)])
		at := i * 13 % (len(hard) - 8)
		b.WriteString(hard[at : at+1+i%3])
	}
	return b.String()
}

// BenchmarkExtract reads a cabinet of version 12, and beside it the same chunks with compress/flate and MD5 alone.
func BenchmarkExtract(b *testing.B) {
	data := benchData()
	set := cabSet{version: version12, files: []cabFile{{group: "A", name: "a", data: data}}}
	built := set.build()
	b.Run("cabinet", func(b *testing.B) {
		r, err := open(folder(built, "data1.cab"), archive.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		benchAll(b, r, len(data))
	})
	b.Run("compress-flate and MD5", func(b *testing.B) {
		packed := set.files[0].pack()
		out := make([]byte, 64<<10)
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		z := flate.NewReader(bytes.NewReader(nil))
		for b.Loop() {
			sum := md5.New()
			for in := packed; len(in) > 0; {
				n := 2 + int(in[0]) + int(in[1])<<8
				if err := z.(flate.Resetter).Reset(bytes.NewReader(in[2:n]), nil); err != nil {
					b.Fatal(err)
				}
				got, err := io.ReadFull(z, out)
				if err != io.ErrUnexpectedEOF {
					b.Fatal(err)
				}
				sum.Write(out[:got])
				in = in[n:]
			}
		}
	})
}

func benchAll(b *testing.B, r archive.Reader, size int) {
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		err := r.Extract(b.Context(), func(int) bool { return true }, func(_ int, src io.Reader) error {
			n, err := io.Copy(struct{ io.Writer }{io.Discard}, src)
			if err == nil && n != int64(size) {
				err = fmt.Errorf("%d bytes", n)
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStream reads a file that a setup program keeps with a key.
func BenchmarkStream(b *testing.B) {
	data := noise(8 << 20)
	for _, flags := range []int{0, 2, 6} {
		b.Run(fmt.Sprintf("flags %d", flags), func(b *testing.B) {
			in := program(streamed([]setupFile{{name: "driver.msi", data: data, flags: flags}}, 4), false, false)
			r, err := open(archivetest.Bytes("setup.exe", in), archive.Limits{})
			if err != nil {
				b.Fatal(err)
			}
			benchAll(b, r, len(data))
		})
	}
}
