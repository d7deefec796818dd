package explode_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/drivercat/drivercat/catalog/source/archive/installshield/explode"
	"github.com/drivercat/drivercat/catalog/source/archive/installshield/explode/explodetest"
)

// mix is every byte, text, a run, and what packs badly.
func mix() []byte {
	var b bytes.Buffer
	for i := range 256 {
		b.WriteByte(byte(i))
	}
	for i := range 60 {
		fmt.Fprintf(&b, "line %d: the quick brown fox jumps over the lazy dog\r\n", i)
	}
	b.Write(make([]byte, 700))
	for i := range 600 {
		b.WriteByte(byte(i * i >> 3))
	}
	return b.Bytes()
}

// TestOtherEncoder decodes what another program encoded: see testdata/README.md.
func TestOtherEncoder(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/*.imploded")
	if len(files) != 6 {
		t.Fatalf("%d files in testdata, want 6", len(files))
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(explode.NewReader(bytes.NewReader(b)))
		if err != nil || !bytes.Equal(got, mix()) {
			t.Errorf("%s: %d bytes, %v; want %d", name, len(got), err, len(mix()))
		}
	}
}

// The example that the description of the format by its first decoder gives.
func TestKnownStream(t *testing.T) {
	t.Parallel()
	in := []byte{0x00, 0x04, 0x82, 0x24, 0x25, 0x8F, 0x80, 0x7F}
	got, err := io.ReadAll(explode.NewReader(bytes.NewReader(in)))
	if string(got) != "AIAIAIAIAIAIA" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func inputs() map[string][]byte {
	return map[string][]byte{
		"nothing": nil,
		"a byte":  {0},
		"mix":     mix(),
		"long":    []byte(strings.Repeat(string(mix()), 40)),
		"a run":   make([]byte, 100_000),
		"far":     append(append([]byte("here and there"), bytes.Repeat([]byte{1, 2, 3}, 1350)...), "here and there"...),
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for name, want := range inputs() {
		for bits := uint(4); bits <= 6; bits++ {
			for _, coded := range []bool{false, true} {
				in := explodetest.Implode(want, bits, coded)
				got, err := io.ReadAll(explode.NewReader(iotest.OneByteReader(bytes.NewReader(in))))
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s, %d bits, coded %v: %d bytes, %v; want %d", name, bits, coded, len(got), err, len(want))
				}
			}
		}
	}
}

// What follows a stream is not looked at, and one that is cut never ends well.
func TestEnds(t *testing.T) {
	t.Parallel()
	want := mix()
	in := explodetest.Implode(want, 6, true)
	got, err := io.ReadAll(explode.NewReader(io.MultiReader(bytes.NewReader(in), strings.NewReader("more"))))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("with more behind it: %d bytes, %v", len(got), err)
	}
	for n := range len(in) - 1 { // the last byte may hold nothing but what fills it up
		if _, err := io.ReadAll(explode.NewReader(bytes.NewReader(in[:n]))); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	broken := errors.New("the disk is broken")
	if _, err := io.ReadAll(explode.NewReader(io.MultiReader(bytes.NewReader(in[:99]), iotest.ErrReader(broken)))); !errors.Is(err, broken) {
		t.Errorf("error of the source: %v", err)
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	for name, in := range map[string][]byte{
		"kind":               {2, 6, 0, 0},
		"size below":         {0, 3, 0, 0},
		"size above":         {0, 7, 0, 0},
		"copy before it all": {0, 4, 0x03 | 0xFC, 0xFF, 0xFF, 0xFF},
	} {
		if _, err := io.ReadAll(explode.NewReader(bytes.NewReader(in))); !errors.Is(err, explode.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, b := range inputs() {
		f.Add(explodetest.Implode(b[:min(len(b), 5000)], 4, true))
		f.Add(explodetest.Implode(b[:min(len(b), 5000)], 6, false))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		// 518 bytes from 11 bits are the most that a stream can become.
		n, _ := io.Copy(io.Discard, explode.NewReader(bytes.NewReader(b)))
		if n > 400*int64(len(b)+8) {
			t.Errorf("%d bytes became %d", len(b), n)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	want := bytes.Repeat(mix(), 1000)
	in := explodetest.Implode(want, 6, false)
	b.SetBytes(int64(len(want)))
	b.ReportAllocs()
	for b.Loop() {
		if n, err := io.Copy(io.Discard, explode.NewReader(bytes.NewReader(in))); n != int64(len(want)) || err != nil {
			b.Fatal(n, err)
		}
	}
}
