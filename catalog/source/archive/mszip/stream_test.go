package mszip_test

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"testing"

	"github.com/drivercat/drivercat/catalog/source/archive/mszip"
)

// streams are whole Deflate streams and what they decode to; some do not say that they end.
func streams(tb testing.TB) (list []struct {
	packed, want []byte
	last         bool
}) {
	tb.Helper()
	for _, want := range [][]byte{nil, {'x'}, bytes.Repeat([]byte("ab"), 30000), text(1, 65536), text(2, 40000), make([]byte, 65536)} {
		for _, level := range []int{flate.NoCompression, flate.HuffmanOnly, flate.BestSpeed, flate.BestCompression} {
			for _, last := range []bool{true, false} {
				var out bytes.Buffer
				w, err := flate.NewWriter(&out, level)
				if err != nil {
					tb.Fatal(err)
				}
				_, _ = w.Write(want)
				if end := w.Flush; !last {
					_ = end()
				} else {
					_ = w.Close()
				}
				list = append(list, struct {
					packed, want []byte
					last         bool
				}{out.Bytes(), want, last})
			}
		}
	}
	return list
}

func TestStream(t *testing.T) {
	t.Parallel()
	d := mszip.New()
	for _, s := range streams(t) {
		got, last, err := d.Stream(s.packed, len(s.want))
		if err != nil || last != s.last || !bytes.Equal(got, s.want) {
			t.Errorf("a stream of %d bytes: %d bytes, last %v, %v; want %d, %v", len(s.packed), len(got), last, err, len(s.want), s.last)
		}
		if len(s.want) > 0 {
			if _, _, err := d.Stream(s.packed, len(s.want)-1); err == nil {
				t.Errorf("a stream of %d bytes has room in %d", len(s.want), len(s.want)-1)
			}
		}
		if cut := len(s.packed) / 2; s.last && cut > 0 {
			if got, last, err := d.Stream(s.packed[:cut], len(s.want)); err == nil && last {
				t.Errorf("half a stream of %d bytes ends well with %d", len(s.packed), len(got))
			}
		}
	}
	if _, _, err := d.Stream([]byte{3, 0}, 1<<20); err == nil {
		t.Error("more room than there is was promised")
	}
	if _, _, err := d.Stream([]byte{7}, 10); err == nil {
		t.Error("a block of an unknown kind was taken")
	}
	blocks := encode(t, flate.BestCompression, text(3, 1000))
	if got, err := d.Block(blocks[0], mszip.MaxBlock); err != nil || !bytes.Equal(got, text(3, 1000)) {
		t.Errorf("a block behind streams: %d bytes, %v", len(got), err)
	}
}

// FuzzStream holds Stream against compress/flate, which is stricter with codes that have gaps.
func FuzzStream(f *testing.F) {
	for _, s := range streams(f) {
		if len(s.packed) < 2000 {
			f.Add(s.packed)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		const most = 64 << 10
		got, last, err := mszip.New().Stream(b, most)
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), most+1))
		switch {
		case len(want) > most:
			if err == nil {
				t.Errorf("%d bytes where compress/flate has more than %d", len(got), most)
			}
		case wantErr == nil:
			if err != nil || !last || !bytes.Equal(got, want) {
				t.Errorf("%d bytes, last %v, %v; compress/flate has %d", len(got), last, err, len(want))
			}
		case err == nil && errors.Is(wantErr, io.ErrUnexpectedEOF) && !bytes.HasPrefix(got, want):
			t.Errorf("%d bytes begin otherwise than the %d of compress/flate", len(got), len(want))
		}
	})
}
