package mszip_test

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	kflate "github.com/klauspost/compress/flate"

	"github.com/drivercat/drivercat/catalog/source/archive/mszip"
)

// encode makes the blocks of a stream with Go's own Deflate.
func encode(tb testing.TB, level int, data []byte) (blocks [][]byte) {
	tb.Helper()
	for at := 0; at < len(data) || at == 0; at += mszip.MaxBlock {
		var out bytes.Buffer
		out.WriteString("CK")
		w, err := flate.NewWriterDict(&out, level, data[max(0, at-mszip.MaxBlock):at])
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := w.Write(data[at:min(len(data), at+mszip.MaxBlock)]); err != nil {
			tb.Fatal(err)
		}
		if err := w.Close(); err != nil {
			tb.Fatal(err)
		}
		blocks = append(blocks, out.Bytes())
	}
	return blocks
}

// decode decodes a stream whose blocks are full but for the last.
func decode(blocks [][]byte) ([]byte, error) {
	d := mszip.New()
	var out []byte
	for _, b := range blocks {
		got, err := d.Block(b, mszip.MaxBlock)
		if err != nil {
			return out, err
		}
		out = append(out, got...)
	}
	return out, nil
}

// text looks like a text: words of any length that come again at any distance.
func text(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]byte, 0, n+300)
	for len(out) < n {
		if back := 1 + r.IntN(40000); r.IntN(3) > 0 && back < len(out) {
			from := len(out) - back
			for i := range 3 + r.IntN(1+r.IntN(260)) {
				out = append(out, out[from+i])
			}
			continue
		}
		for range 1 + r.IntN(9) {
			out = append(out, byte(r.IntN(1+r.IntN(256))))
		}
	}
	return out[:n]
}

func TestBlock(t *testing.T) {
	t.Parallel()
	random := make([]byte, 100000)
	for i, r := 0, rand.New(rand.NewPCG(7, 7)); i < len(random); i++ {
		random[i] = byte(r.Uint32())
	}
	for name, data := range map[string][]byte{
		"nothing":                      {},
		"one byte":                     {'a'},
		"one block":                    text(1, 20000),
		"exactly one block":            text(2, mszip.MaxBlock),
		"history over many blocks":     text(3, 3<<20),
		"one byte again and again":     bytes.Repeat([]byte{0}, 100000),
		"seven bytes again and again":  []byte(strings.Repeat("seven, ", 20000)),
		"what cannot be compressed":    random,
		"the buffer's end and a block": text(4, (256<<10)+mszip.MaxBlock+1),
	} {
		for _, level := range []int{flate.NoCompression, flate.BestSpeed, flate.DefaultCompression, flate.BestCompression, flate.HuffmanOnly} {
			t.Run(fmt.Sprint(name, ", level ", level), func(t *testing.T) {
				t.Parallel()
				got, err := decode(encode(t, level, data))
				if err != nil || !bytes.Equal(got, data) {
					t.Fatalf("%d bytes, %v; want the %d bytes that were encoded", len(got), err, len(data))
				}
			})
		}
	}
}

// What a block may not be. The bits are written lowest first, as they come.
func TestBlockRefuses(t *testing.T) {
	t.Parallel()
	good := encode(t, flate.BestCompression, text(5, 1000))[0]
	for _, tt := range []struct {
		name, want string
		src        []byte
		n          int
	}{
		{"nothing", "without its mark", nil, 10},
		{"another mark", "without its mark", []byte("PK\x03\x00"), 10},
		{"more than a block", "32768", good, mszip.MaxBlock + 1},
		{"less than it decodes to", "decodes to more", good, 999},
		{"cut in its codes", "too early", good[:12], 1000},
		{"cut before its last byte", "", good[:len(good)-1], 1000},
		{"a kind that is not", "unknown kind", []byte("CK\x07"), 10},
		{"stored, without a length", "too early", []byte("CK\x01"), 10},
		{"stored, cut", "too early", []byte("CK\x01\x05\x00\xfa\xffab"), 10},
		{"stored, the length not said twice", "contradicts", []byte("CK\x01\x05\x00\xfb\xffabcde"), 10},
		{"stored, too long", "decodes to more", []byte("CK\x01\x05\x00\xfa\xffabcde"), 4},
		{"before the beginning", "before the beginning", []byte("CK\x03\x02\x00"), 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := mszip.New().Block(tt.src, tt.n)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%d bytes, %v; want an error with %q", len(got), err, tt.want)
			}
		})
	}
}

func TestCopyFrom(t *testing.T) {
	t.Parallel()
	data := text(6, 20*mszip.MaxBlock)
	blocks := encode(t, flate.BestCompression, data)
	a, b := mszip.New(), mszip.New()
	for i, src := range blocks {
		b.CopyFrom(a)
		for _, d := range []*mszip.Decoder{a, b} {
			got, err := d.Block(src, mszip.MaxBlock)
			if want := data[i*mszip.MaxBlock:][:mszip.MaxBlock]; err != nil || !bytes.Equal(got, want) {
				t.Fatalf("block %d: %d bytes, %v", i, len(got), err)
			}
		}
	}
}

// Whatever a library takes for Deflate decodes to the same bytes, also behind a history.
func FuzzBlock(f *testing.F) {
	for seed := range uint64(3) {
		for _, level := range []int{flate.NoCompression, flate.HuffmanOnly, flate.BestCompression} {
			f.Add(text(seed, 500), encode(f, level, text(seed, 3000))[0])
		}
	}
	f.Add([]byte("abc"), []byte("CK\x03\x02\x00"))
	f.Fuzz(func(t *testing.T, hist, src []byte) {
		hist = hist[:min(len(hist), mszip.MaxBlock)]
		d := mszip.New()
		if len(hist) > 0 {
			if _, err := d.Block(stored(hist), len(hist)); err != nil {
				t.Fatalf("the history: %v", err)
			}
		}
		got, err := d.Block(src, mszip.MaxBlock)
		if len(src) < 2 || string(src[:2]) != "CK" {
			if err == nil {
				t.Fatal("no mark, and no error")
			}
			return
		}
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReaderDict(bytes.NewReader(src[2:]), hist), mszip.MaxBlock+1))
		switch {
		case wantErr == nil && len(want) <= mszip.MaxBlock && (err != nil || !bytes.Equal(got, want)):
			t.Fatalf("%d bytes, %v; compress/flate decodes %d", len(got), err, len(want))
		case err == nil && wantErr == nil && !bytes.Equal(got, want):
			t.Fatalf("%d other bytes", len(got))
		}
	})
}

// stored makes a block of bytes as they are.
func stored(b []byte) []byte {
	n := uint16(len(b))
	return append([]byte{'C', 'K', 1, byte(n), byte(n >> 8), byte(^n), byte(^n >> 8)}, b...)
}

// BenchmarkBlock compares with the two libraries, which decode the same blocks with the same history.
func BenchmarkBlock(b *testing.B) {
	data := text(9, 8<<20)
	blocks := encode(b, flate.DefaultCompression, data)
	b.Run("mszip", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			d := mszip.New()
			for _, src := range blocks {
				if _, err := d.Block(src, mszip.MaxBlock); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	for name, open := range map[string]func(io.Reader) io.Reader{
		"compress-flate":  func(r io.Reader) io.Reader { return flate.NewReader(r) },
		"klauspost-flate": func(r io.Reader) io.Reader { return kflate.NewReader(r) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			src := bytes.NewReader(nil)
			r := open(src)
			hist, out := make([]byte, mszip.MaxBlock), make([]byte, mszip.MaxBlock)
			for b.Loop() {
				n := 0
				for _, block := range blocks {
					src.Reset(block[2:])
					if err := r.(flate.Resetter).Reset(src, hist[:n]); err != nil {
						b.Fatal(err)
					}
					if _, err := io.ReadFull(r, out); err != nil {
						b.Fatal(err)
					}
					n = copy(hist, out)
				}
			}
		})
	}
}
