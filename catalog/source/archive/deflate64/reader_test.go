package deflate64

import (
	"bufio"
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// sample is what testdata/a.deflate64 holds.
func sample() []byte {
	random := make([]byte, 6000)
	x := uint32(7)
	for i := range random {
		x = (x*1103515245 + 12345) & 0x7FFFFFFF
		random[i] = byte(x >> 16)
	}
	return bytes.Join([][]byte{make([]byte, 300_000), random, make([]byte, 49_000), random[:5900], []byte(strings.Repeat("text ", 40))}, nil)
}

func packed(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/a.deflate64")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecode(t *testing.T) {
	t.Parallel()
	got, err := io.ReadAll(iotest.OneByteReader(NewReader(bytes.NewReader(packed(t)))))
	if err != nil || !bytes.Equal(got, sample()) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestDeflate decodes blocks that Deflate and Deflate64 have in common: stored ones, fixed and own codes, no long match.
func TestDeflate(t *testing.T) {
	t.Parallel()
	want := sample()[300_000:306_000]
	want = append(want, strings.Repeat("[Manufacturer] %Vendor% = Vendor, NTamd64\r\n", 40)...)
	for _, level := range []int{flate.NoCompression, flate.HuffmanOnly, flate.BestCompression} {
		for _, n := range []int{0, 1, 20, len(want)} {
			var b bytes.Buffer
			w, err := flate.NewWriter(&b, level)
			if err != nil {
				t.Fatal(err)
			}
			for piece := range bytes.Lines(want[:n]) { // a short piece: no match of 258 bytes, which has another code here
				if _, err := w.Write(piece); err != nil {
					t.Fatal(err)
				}
				if err := w.Flush(); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(NewReader(&b))
			if err != nil || !bytes.Equal(got, want[:n]) {
				t.Errorf("level %d: %d bytes of %d, %v", level, len(got), n, err)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	whole := packed(t)
	for n := 0; n < len(whole); n += 1 + n/10 {
		got, err := io.ReadAll(NewReader(bytes.NewReader(whole[:n])))
		if !errors.Is(err, archive.ErrCorrupt) || !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.HasPrefix(sample(), got) {
			t.Errorf("cut at %d: %d bytes, %v", n, len(got), err)
		}
	}
	for what, data := range map[string]string{
		"block of kind 3":          "\x07\x00",
		"length of a stored block": "\x01\x01\x00\x01\x00x",
		"match before the start":   "\x03\x02\x00\x00", // fixed codes: length 3, distance 1
		"codes over the full tree": "\x05\xe0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
	} {
		_, err := io.ReadAll(NewReader(strings.NewReader(data + strings.Repeat("\x00", 40))))
		if !errors.Is(err, archive.ErrCorrupt) || errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := io.ReadAll(NewReader(bufio.NewReader(iotest.ErrReader(io.ErrClosedPipe)))); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("an error of the input: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(packed(f))
	f.Add([]byte("\x01\x03\x00\xFC\xFFabc"))
	f.Add([]byte("\x07\x00"))
	f.Add([]byte("\x05\xe0\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := io.ReadAll(io.LimitReader(NewReader(bytes.NewReader(b)), 1<<20))
		// A match of 258 bytes is where the formats part; without one they are the same.
		want, other := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), 1<<20))
		if other == nil && err == nil && len(want) < 258 && len(got) < 258 && !bytes.Equal(got, want) {
			t.Errorf("%x, Deflate gives %x", got, want)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	data := packed(b)
	b.ReportAllocs()
	b.SetBytes(int64(len(sample())))
	for b.Loop() {
		if _, err := io.Copy(io.Discard, NewReader(bytes.NewReader(data))); err != nil {
			b.Fatal(err)
		}
	}
}
