package nsis

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// samples are data of several kinds: text, noise, repetitions of all lengths, few different bytes.
func samples() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 200_000)
	few := make([]byte, 100_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	for i := range few {
		few[i] = "ab"[r.IntN(20)/19]
	}
	var runs []byte
	for i := range 600 {
		runs = append(runs, bytes.Repeat([]byte{byte(r.Uint32())}, i%300)...)
	}
	return map[string][]byte{
		"nothing": nil, "one byte": {1}, "noise": noise, "few": few, "runs": runs,
		"text": []byte(strings.Repeat("the quick brown fox; ", 3000)), "far": append(append([]byte{}, noise[:32768]...), noise[:32768]...),
	}
}

// readings are ways to be given the input.
var readings = map[string]func(io.Reader) io.Reader{
	"whole":         func(r io.Reader) io.Reader { return r },
	"byte by byte":  iotest.OneByteReader,
	"error at once": iotest.DataErrReader,
}

func TestInflate(t *testing.T) {
	t.Parallel()
	for name, data := range samples() {
		for _, level := range []int{flate.HuffmanOnly, flate.NoCompression, 1, 9} {
			for how, reading := range readings {
				t.Run(fmt.Sprint(name, " ", level, " ", how), func(t *testing.T) {
					t.Parallel()
					var out bytes.Buffer
					w, err := flate.NewWriter(&out, level)
					if err != nil {
						t.Fatal(err)
					}
					// A flush ends in an empty stored block in the middle of a byte.
					for at := 0; at < len(data); at += 9973 {
						_, _ = w.Write(data[at:min(len(data), at+9973)])
						_ = w.Flush()
					}
					_ = w.Close()
					d := &decoder{c: &inflate{}, most: 1 << 20}
					d.reset(reading(bytes.NewReader(out.Bytes())))
					got, err := io.ReadAll(d)
					if err != nil || !bytes.Equal(got, data) {
						t.Errorf("%d bytes of %d, %v", len(got), len(data), err)
					}
				})
			}
		}
	}
}

func TestBzip2(t *testing.T) {
	t.Parallel()
	b := builder{method: bzipped}
	d := &decoder{c: &bzip2{}, most: 1 << 20} // one decoder for all
	for name, data := range samples() {
		packed := b.compress(data)
		for how, reading := range readings {
			d.reset(reading(bytes.NewReader(packed)))
			got, err := io.ReadAll(d)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s, %s: %d bytes of %d, %v", name, how, len(got), len(data), err)
			}
		}
		d.reset(bytes.NewReader(packed[:len(packed)-1]))
		if _, err := io.ReadAll(d); !errors.Is(err, archive.ErrCorrupt) {
			t.Errorf("%s without its end: %v", name, err)
		}
	}
}

// The filtered bytes were made with 7-Zip: 7z a -m0=BCJ -m1=Copy.
func TestX86(t *testing.T) {
	t.Parallel()
	const (
		code     = "\xE8\x10\x00\x00\x00\xE9\xE8\x00\x01\x00\x00\x90\xE8\xE8\xE8\xFF\xFF\xFF\xFF\xE8\x00\xE9\x00\x00\xFF\xFF\x55\xE8\x78\x56\x34\xFF\xE8\x11\x22\x33\x44\x00\x00"
		filtered = "\xE8\x15\x00\x00\x00\xE9\xF2\x00\x01\x00\x00\x90\xE8\xF9\xE8\xFF\xFF\xFF\xFF\xE8\x18\xE9\x00\x00\xFF\xFF\x55\xE8\x98\x56\x34\xFF\xE8\x11\x22\x33\x44\x00\x00"
	)
	for how, reading := range readings {
		var x x86
		x.reset(reading(strings.NewReader(filtered)))
		if got, err := io.ReadAll(&x); err != nil || string(got) != code {
			t.Errorf("%s: %x, %v; want %x", how, got, err, code)
		}
	}
	// In an installer: the byte in front of the stream says that the filter is used.
	b := newBuilder(layouts["NSIS 2"])
	b.method, b.filtered = lzmaed, true
	pos := b.add(filtered)
	b.data.Bytes()[pos+4] = 1
	b.fileAt(pos, "a.dll")
	good, err := read(t, b.bytes(), archive.Limits{})
	if err != nil || len(good) != 1 {
		t.Fatalf("%v, %v", good, err)
	}
	a, err := open(bytesInput(b.bytes()), archive.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	err = a.Extract(t.Context(), func(int) bool { return true }, func(_ int, r io.Reader) error {
		if got, err := io.ReadAll(r); err != nil || string(got) != code {
			t.Errorf("in an installer: %x, %v; want %x", got, err, code)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	b := newBuilder(layouts["NSIS 2"])
	b.file("content", "a.inf")
	verify := func(whole []byte) error {
		a, err := open(bytesInput(whole), archive.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		return a.Verify(t.Context())
	}
	whole := b.bytes()
	if err := verify(append(whole, "signature"...)); err != nil {
		t.Error(err)
	}
	whole[300]++ // signing changes the program's header
	if err := verify(whole); err != nil {
		t.Error(err)
	}
	whole[600]++
	if err := verify(whole); !errors.Is(err, archive.ErrCorrupt) {
		t.Errorf("changed: %v", err)
	}
	if err := verify(b.bytes()[:len(whole)-3]); !errors.Is(err, archive.ErrCorrupt) {
		t.Errorf("cut: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a, err := open(bytesInput(b.bytes()), archive.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Verify(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
	b.flags = flagNoCRC
	whole = b.bytes()
	whole[600]++
	if err := verify(whole); err != nil {
		t.Errorf("without a checksum: %v", err)
	}
}

// InstallLib's macro extracts to $R0 what it named in $R4 28 instructions before.
func TestInstallLib(t *testing.T) {
	t.Parallel()
	b := newBuilder(layouts["NSIS 2"])
	b.do(opNop)
	b.do(opNop)
	b.do(opAssign, varR4, b.str(shellRef{37, 41}, `\lib.dll`))
	for range 27 {
		b.do(opPush, b.str("x"))
	}
	b.file("library", varRef(varR0))
	b.file("other", varRef(varR0))
	good, err := read(t, b.bytes(), archive.Limits{})
	if err != nil || len(good) != 2 || good[0] != "$SYSDIR/lib.dll" || good[1] != "$R0" {
		t.Errorf("%v, %v", good, err)
	}
}

// FuzzDecode gives the decoders bytes that the header of an installer would hide from them.
func FuzzDecode(f *testing.F) {
	for _, data := range samples() {
		for _, m := range []method{deflated, bzipped} {
			b := builder{method: m}
			f.Add(m == bzipped, b.compress(data[:min(len(data), 3000)]))
			b.bare = true
			f.Add(m == bzipped, b.compress(data[:min(len(data), 3000)]))
		}
	}
	f.Fuzz(func(t *testing.T, bz bool, in []byte) {
		d := &decoder{c: &inflate{bare: len(in)%2 == 0}, most: 8 << 20}
		if bz {
			d.c = &bzip2{}
		}
		d.reset(bytes.NewReader(in))
		if _, err := io.Copy(io.Discard, io.LimitReader(d, 4<<20)); err != nil && !errors.Is(err, archive.ErrCorrupt) {
			t.Error(err)
		}
		x := x86{}
		x.reset(bytes.NewReader(in))
		if b, err := io.ReadAll(&x); err != nil || len(b) != len(in) {
			t.Errorf("%d bytes of %d, %v", len(b), len(in), err)
		}
	})
}
