package lzma

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ulikunitz/xz/lzma"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

const memory = 64 << 20

// pack1 compresses as LZMA and returns the properties and the bare stream.
func pack1(t testing.TB, data []byte, c lzma.WriterConfig) (props [5]byte, stream []byte) {
	t.Helper()
	var b bytes.Buffer
	if !c.EOSMarker {
		c.SizeInHeader, c.Size = true, int64(len(data))
	}
	w, err := c.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return [5]byte(b.Bytes()), b.Bytes()[13:]
}

// pack2 compresses as LZMA2; after each piece of data the encoder flushes.
func pack2(t testing.TB, c lzma.Writer2Config, pieces ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := c.NewWriter2(&b)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pieces {
		if _, err := w.Write(p); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// samples are data of every kind: what compresses with literals, short and long matches, near and far.
func samples() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	random := make([]byte, 70_000)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	var mixed []byte
	for len(mixed) < 70_000 {
		if n := r.IntN(400); r.IntN(3) == 0 || len(mixed) < 1000 {
			mixed = append(mixed, random[n:n+n/4]...)
		} else {
			from := r.IntN(len(mixed) - n)
			mixed = append(mixed, mixed[from:from+n]...)
		}
	}
	text := strings.Repeat("[Manufacturer]\r\n%Vendor% = Vendor, NTamd64\r\n", 1000)
	return map[string][]byte{
		"nothing":   {},
		"one byte":  {7},
		"zeros":     make([]byte, 80_000),
		"text":      []byte(text),
		"random":    random,
		"mixed":     mixed,
		"far match": append(append(bytes.Clone(random), make([]byte, 1<<20)...), random...),
	}
}

func TestReader1(t *testing.T) {
	t.Parallel()
	for name, data := range samples() {
		for i, c := range []lzma.WriterConfig{
			{},
			{EOSMarker: true},
			{DictCap: 1 << 12, EOSMarker: true},
			{DictCap: 1 << 16, Properties: &lzma.Properties{LC: 0, LP: 2, PB: 0}},
			{Properties: &lzma.Properties{LC: 8, LP: 4, PB: 4}, EOSMarker: true},
		} {
			if i > 1 && name != "mixed" && name != "far match" {
				continue // an encoder takes its time
			}
			props, stream := pack1(t, data, c)
			size := int64(len(data))
			if c.EOSMarker {
				size = -1
			}
			z, err := NewReader1(iotest.HalfReader(bytes.NewReader(stream)), props, size, memory)
			if err != nil {
				t.Fatalf("%s, %+v: %v", name, c, err)
			}
			got, err := io.ReadAll(z)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s, %+v: %d bytes of %d, %v", name, c, len(got), len(data), err)
			}
		}
	}
}

func TestReader2(t *testing.T) {
	t.Parallel()
	s := samples()
	for _, c := range []lzma.Writer2Config{{}, {DictCap: 1 << 17}, {Properties: &lzma.Properties{LC: 0, LP: 4, PB: 4}}} {
		pieces := [][]byte{s["mixed"], s["random"], s["text"], s["one byte"], s["zeros"], s["random"]}
		want := bytes.Join(pieces, nil)
		stream := pack2(t, c, pieces...)
		before := pack2(t, c, want)
		stream = append(before[:len(before)-1], stream...) // two streams in a row: the second empties the dictionary
		want = append(bytes.Clone(want), want...)
		z, err := NewReader2(iotest.OneByteReader(bytes.NewReader(stream)), 24, memory)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(z)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%+v: %d bytes of %d, %v", c, len(got), len(want), err)
		}
	}
}

// TestCut cuts streams at many places: what is told before the error is a part of the data.
func TestCut(t *testing.T) {
	t.Parallel()
	data := samples()["mixed"][:40_000]
	props, one := pack1(t, data, lzma.WriterConfig{})
	_, marked := pack1(t, data, lzma.WriterConfig{EOSMarker: true})
	two := pack2(t, lzma.Writer2Config{}, data, samples()["random"][:1000], data)
	check := func(what string, n int, z *Reader, err error, data []byte) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(z)
		if !errors.Is(err, archive.ErrCorrupt) || !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.HasPrefix(data, got) {
			t.Errorf("%s cut at %d: %d bytes, %v", what, n, len(got), err)
		}
	}
	for n := 0; n < len(one)-5; n += 1 + n/7 {
		z, err := NewReader1(bytes.NewReader(one[:n]), props, int64(len(data)), memory)
		check("LZMA", n, z, err, data)
		z, err = NewReader1(bytes.NewReader(marked[:n]), props, -1, memory)
		check("LZMA with a marker", n, z, err, data)
	}
	all := bytes.Join([][]byte{data, samples()["random"][:1000], data}, nil)
	for n := 0; n < len(two); n += 1 + n/9 {
		z, err := NewReader2(bytes.NewReader(two[:n]), 24, memory)
		check("LZMA2", n, z, err, all)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	props, stream := pack1(t, []byte("text, text, text"), lzma.WriterConfig{EOSMarker: true})
	again := storedChunk(storedMore, "again")
	for _, tt := range []struct {
		what string
		open func() (*Reader, error)
		want string
		is   error
	}{
		{"properties", func() (*Reader, error) { return NewReader1(nil, [5]byte{225}, 1, memory) }, "", archive.ErrCorrupt},
		{"dictionary of LZMA2", func() (*Reader, error) { return NewReader2(nil, 41, memory) }, "", archive.ErrCorrupt},
		{"4 GiB of dictionary for 16 bytes", func() (*Reader, error) {
			return NewReader1(bytes.NewReader(stream), [5]byte{props[0], 0xFF, 0xFF, 0xFF, 0xFF}, 16, memory)
		}, "text, text, text", nil},
		{"marker before the size", func() (*Reader, error) { return NewReader1(bytes.NewReader(stream), props, 17, memory) }, "text, text, text", archive.ErrCorrupt},
		{"first byte", func() (*Reader, error) {
			return NewReader1(strings.NewReader("\x01"+string(stream[1:])), props, -1, memory)
		}, "", archive.ErrCorrupt},
		{"match before the start", func() (*Reader, error) {
			return NewReader1(strings.NewReader("\x00\xFF\xFF\xFF\xF0"+strings.Repeat("\xFF", 40)), props, -1, memory)
		}, "", archive.ErrCorrupt},
		{"reader's own error", func() (*Reader, error) { return NewReader1(iotest.ErrReader(io.ErrClosedPipe), props, -1, memory) }, "", io.ErrClosedPipe},
		{"stored chunks", func() (*Reader, error) {
			return NewReader2(bytes.NewReader(append(append(first("stored "), again...), 0)), 0, memory)
		}, "stored again", nil},
		{"no dictionary at first", func() (*Reader, error) { return NewReader2(bytes.NewReader(again), 0, memory) }, "", archive.ErrCorrupt},
		{"no properties at first", func() (*Reader, error) {
			return NewReader2(bytes.NewReader(append(first("a"), 0xA0, 0, 0, 0, 9)), 0, memory)
		}, "a", archive.ErrCorrupt},
		{"unknown chunk", func() (*Reader, error) { return NewReader2(bytes.NewReader([]byte{3, 0, 0}), 0, memory) }, "", archive.ErrCorrupt},
		{"chunk of 3 bytes", func() (*Reader, error) {
			return NewReader2(bytes.NewReader([]byte{0xE0, 0, 0, 0, 2, 93, 0, 0, 0}), 0, memory)
		}, "", archive.ErrCorrupt},
	} {
		var got []byte
		z, err := tt.open()
		if err == nil {
			got, err = io.ReadAll(z)
		}
		if string(got) != tt.want || !errors.Is(err, tt.is) {
			t.Errorf("%s: %q, %v; want %q, %v", tt.what, got, err, tt.want, tt.is)
		}
	}
}

func first(s string) []byte { return storedChunk(storedNewDict, s) }

func storedChunk(control byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{control}, uint16(len(s)-1)), s...)
}

// TestLimit decodes with less memory than the dictionary takes: as long as no match goes back that far it makes no difference.
func TestLimit(t *testing.T) {
	t.Parallel()
	s := samples()
	near, far := bytes.Repeat(s["text"], 10), s["far match"]
	for name, tt := range map[string]struct {
		data []byte
		want error
	}{"near": {near, nil}, "far": {far, archive.ErrLimit}} {
		props, stream := pack1(t, tt.data, lzma.WriterConfig{EOSMarker: true})
		z, err := NewReader1(bytes.NewReader(stream), props, -1, 64<<10)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(z)
		if !errors.Is(err, tt.want) || !bytes.HasPrefix(tt.data, got) || err == nil && len(got) != len(tt.data) {
			t.Errorf("%s: %d of %d bytes, %v, want %v", name, len(got), len(tt.data), err, tt.want)
		}
		if len(z.d.dict) > 64<<10 {
			t.Errorf("%s: a dictionary of %d bytes", name, len(z.d.dict))
		}
	}
}

// TestClaims opens a short stream that claims a large dictionary: what is allocated is what was decoded.
func TestClaims(t *testing.T) {
	z, err := NewReader2(bytes.NewReader(append(first("short"), 0)), 30, 512<<20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	if n := cap(z.d.dict); n > 1<<20 {
		t.Errorf("a dictionary of %d bytes for 5 bytes of data", n)
	}
}

// FuzzDecode decodes any bytes with an independent decoder too, and any bytes after they were compressed.
func FuzzDecode(f *testing.F) {
	props, stream := pack1(f, []byte("text, text, text"), lzma.WriterConfig{EOSMarker: true})
	f.Add(props[0], stream)
	_, stream = pack1(f, bytes.Repeat([]byte("abcde"), 2000), lzma.WriterConfig{EOSMarker: true})
	f.Add(props[0], stream)
	f.Add(byte(0), []byte("\x00\xFF\xFF\xFF\xF0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"))
	f.Add(byte(0), append(first("stored"), 0))
	f.Add(byte(0), pack2(f, lzma.Writer2Config{}, bytes.Repeat([]byte("abcde"), 2000), []byte("stored")))
	f.Fuzz(func(t *testing.T, prop byte, b []byte) {
		const most = 1 << 20
		prop %= 225
		read := func(r io.Reader, err error) ([]byte, error) {
			if err != nil {
				return nil, err
			}
			return io.ReadAll(io.LimitReader(r, most))
		}
		same := func(what string, got []byte, err error, want []byte, wantErr error) {
			if wantErr == nil && (err != nil || !bytes.Equal(got, want)) {
				t.Errorf("%s: %d bytes, %v; want %d", what, len(got), err, len(want))
			}
		}
		p := [5]byte{prop, 0, 0, 1}
		z, err := NewReader1(bytes.NewReader(b), p, -1, memory)
		got, err := read(z, err)
		head := append(p[:], bytes.Repeat([]byte{0xFF}, 8)...)
		other, otherErr := lzma.ReaderConfig{DictCap: 1 << 16}.NewReader(bytes.NewReader(append(head, b...)))
		want, otherErr := read(other, otherErr)
		same("LZMA", got, err, want, otherErr)

		z, err = NewReader2(bytes.NewReader(b), 8, memory)
		got, err = read(z, err)
		other2, otherErr := lzma.Reader2Config{DictCap: 1 << 16}.NewReader2(bytes.NewReader(b))
		want, otherErr = read(other2, otherErr)
		if err != nil && bytes.Equal(got, want) {
			otherErr = err // it takes the end of the input, also within a chunk, for an end of LZMA2
		}
		same("LZMA2", got, err, want, otherErr)

		if prop%9+prop/9%5 > 4 {
			prop = 93
		}
		lp := &lzma.Properties{LC: int(prop % 9), LP: int(prop / 9 % 5), PB: int(prop / 45)}
		q, packed := pack1(t, b, lzma.WriterConfig{Properties: lp, DictCap: 1 << 16})
		z, err = NewReader1(bytes.NewReader(packed), q, int64(len(b)), memory)
		got, err = read(z, err)
		same("round trip", got, err, b[:min(len(b), most)], nil)
		z, err = NewReader2(bytes.NewReader(pack2(t, lzma.Writer2Config{DictCap: 1 << 16}, b)), 8, memory)
		got, err = read(z, err)
		same("round trip of LZMA2", got, err, b[:min(len(b), most)], nil)
	})
}

// BenchmarkDecode decodes what the other decoder decodes too.
func BenchmarkDecode(b *testing.B) {
	data := samples()["mixed"]
	props, stream := pack1(b, data, lzma.WriterConfig{EOSMarker: true})
	head := append(props[:], bytes.Repeat([]byte{0xFF}, 8)...)
	for _, bb := range []struct {
		name string
		open func() (io.Reader, error)
	}{
		{"this", func() (io.Reader, error) { return NewReader1(bytes.NewReader(stream), props, -1, memory) }},
		{"ulikunitz", func() (io.Reader, error) { return lzma.NewReader(bytes.NewReader(append(head[:13:13], stream...))) }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				r, err := bb.open()
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(struct{ io.Writer }{io.Discard}, r); err != nil || n != int64(len(data)) {
					b.Fatal(n, err)
				}
			}
		})
	}
}
