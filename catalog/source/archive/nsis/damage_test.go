package nsis

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// read opens an archive and reads everything. It returns the names of the files that could be read, and all errors.
func read(t *testing.T, b []byte, l archive.Limits) (good []string, errs error) {
	t.Helper()
	r, err := Open(bytesInput(b), l)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	err = r.Extract(t.Context(), func(int) bool { return true }, func(i int, src io.Reader) error {
		if _, err := io.Copy(io.Discard, src); err != nil {
			errs = errors.Join(errs, err)
		} else {
			good = append(good, r.Entries()[i].Name)
		}
		return nil
	})
	return good, errors.Join(errs, err)
}

func named(err error) bool {
	for _, e := range []error{archive.ErrFormat, archive.ErrCorrupt, archive.ErrUnsupported, archive.ErrLimit} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// An installer that is cut anywhere gives the files before the cut and an error for the others.
func TestCut(t *testing.T) {
	t.Parallel()
	for _, set := range []func(*builder){
		func(*builder) {},
		func(b *builder) { b.method = deflated },
		func(b *builder) { b.method, b.solid = deflated, true },
		func(b *builder) { b.method, b.solid = bzipped, true },
		func(b *builder) { b.method, b.solid = lzmaed, true },
	} {
		b := newBuilder(layouts["NSIS 2"])
		set(b)
		for _, n := range []string{"a", "b", "c"} {
			b.file(strings.Repeat(n+" file ", 30), n)
		}
		whole := b.bytes()
		most := 0
		for n := len(b.stub) - 10; n < len(whole)-4; n++ {
			good, err := read(t, whole[:n], archive.Limits{})
			if err == nil && len(good) < 3 || err != nil && !named(err) {
				t.Fatalf("%d of %d bytes, %v: %d files, %v", n, len(whole), b.method, len(good), err)
			}
			if n < len(b.stub)+firstHeader && len(good) > 0 {
				t.Fatalf("%d files of a program without an installer", len(good))
			}
			most = max(most, len(good))
		}
		if !b.solid && most < 2 {
			t.Errorf("%v: at most %d files of a cut installer could be read", b.method, most)
		}
	}
}

// Any byte may be another one.
func TestChanged(t *testing.T) {
	t.Parallel()
	names, _ := filepath.Glob(filepath.Join("testdata", "*.nsis"))
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			failed := 0
			for i := range b {
				x := []byte{0x01, 0x80, 0xFF}[i%3]
				b[i] ^= x
				if _, err := read(t, b, archive.Limits{Memory: 64 << 20}); err != nil {
					failed++
					if !named(err) {
						t.Fatalf("byte %d: %v", i, err)
					}
				}
				b[i] ^= x
			}
			if failed == 0 {
				t.Error("nothing was noticed")
			}
		})
	}
}

// patchHeader builds an installer whose header was changed.
func patchHeader(b *builder, change func(header []byte)) []byte {
	whole := b.bytes()
	change(whole[len(b.stub)+firstHeader+4:])
	return whole
}

func TestHostile(t *testing.T) {
	t.Parallel()
	put := binary.LittleEndian.PutUint32
	one := func(l string) *builder {
		b := newBuilder(layouts[l])
		b.file("content", "a.inf")
		return b
	}
	for name, tt := range map[string]struct {
		b    []byte
		want error
	}{
		"no program":          {[]byte("MZ"), archive.ErrFormat},
		"a program only":      {stub(4096), archive.ErrFormat},
		"something else":      {[]byte(strings.Repeat("PK\x03\x04", 200)), archive.ErrFormat},
		"NSIS 1":              {append(stub(1024), "\x00\x00\x00\x00\xEF\xBE\xAD\xDEnsisinstall\x00                                "...), archive.ErrUnsupported},
		"NSISBI":              {func() []byte { b := one("NSIS 2"); b.flags = 16; return b.bytes() }(), archive.ErrUnsupported},
		"entries outside":     {patchHeader(one("NSIS 2"), func(h []byte) { put(h[4+8*blockEntries:], 1<<31) }), archive.ErrCorrupt},
		"a million entries":   {patchHeader(one("NSIS 2"), func(h []byte) { put(h[8+8*blockEntries:], 1<<20) }), archive.ErrCorrupt},
		"4 billion entries":   {patchHeader(one("NSIS 2"), func(h []byte) { put(h[8+8*blockEntries:], 1<<32-1) }), archive.ErrCorrupt},
		"strings outside":     {patchHeader(one("NSIS 2"), func(h []byte) { put(h[4+8*blockStrings:], 1<<32-1) }), archive.ErrCorrupt},
		"strings behind":      {patchHeader(one("NSIS 2"), func(h []byte) { put(h[4+8*blockLangTables:], 8) }), archive.ErrCorrupt},
		"a huge header":       {func() []byte { b := one("NSIS 2").bytes(); put(b[1024+20:], 1<<32-1); return b }(), archive.ErrLimit},
		"an empty header":     {func() []byte { b := one("NSIS 2").bytes(); put(b[1024+20:], 0); return b }(), archive.ErrCorrupt},
		"a file behind":       {func() []byte { b := one("NSIS 2"); b.script[0].p[2] = 1 << 30; return b.bytes() }(), archive.ErrCorrupt},
		"a huge file":         {func() []byte { b := one("NSIS 2"); put(b.data.Bytes(), 1<<31-1); return b.bytes() }(), archive.ErrCorrupt},
		"a huge file, packed": {func() []byte { b := one("NSIS 2"); put(b.data.Bytes(), 1<<32-1); return b.bytes() }(), archive.ErrCorrupt},
		"a huge file, solid": {func() []byte {
			b := newBuilder(layouts["NSIS 2"])
			b.method, b.solid = deflated, true
			b.file("content", "a.inf")
			put(b.data.Bytes(), 1<<32-1)
			return b.bytes()
		}(), archive.ErrCorrupt},
		"files that overlap": {func() []byte {
			b := newBuilder(layouts["NSIS 2"])
			b.method, b.solid = deflated, true
			b.file(strings.Repeat("content ", 100), "a.inf")
			for i := range uint32(100) {
				b.fileAt(i+1, "b.inf")
			}
			return b.bytes()
		}(), archive.ErrCorrupt},
		"a patch that leads out of the program": {func() []byte {
			b := newBuilder(layouts["NSIS 2"])
			b.uninstaller()
			put(b.data.Bytes()[8:], 1<<32-8)
			return b.bytes()
		}(), archive.ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := read(t, tt.b, archive.Limits{})
			if !errors.Is(err, tt.want) || err == nil && tt.want != nil {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

// A few bytes must not make much text: a script whose every instruction names the same long string.
func TestLongNames(t *testing.T) {
	t.Parallel()
	b := newBuilder(layouts["NSIS 2"])
	long := b.str(strings.Repeat("x", 1<<20))
	for range 50_000 {
		b.do(opExtract, 0, long, 0)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := read(t, b.bytes(), archive.Limits{Memory: 64 << 20})
	runtime.ReadMemStats(&after)
	if !errors.Is(err, archive.ErrLimit) {
		t.Errorf("%v, want %v", err, archive.ErrLimit)
	}
	b = newBuilder(layouts["NSIS 2"])
	for range 2000 {
		b.file("", "a")
	}
	if _, err := Open(bytesInput(b.bytes()), archive.Limits{Entries: 1000}); !errors.Is(err, archive.ErrLimit) {
		t.Errorf("2000 files: %v, want %v", err, archive.ErrLimit)
	}
}

// A stream that refers further back than the memory allows is refused; a claim costs nothing.
func TestMemory(t *testing.T) {
	t.Parallel()
	b := newBuilder(layouts["NSIS 2"])
	b.method, b.solid = lzmaed, true
	noise := make([]byte, 300<<10)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	b.file(string(noise)+string(noise), "a.bin")
	whole := b.bytes()
	if _, err := read(t, whole, archive.Limits{Memory: 400 << 10}); !errors.Is(err, archive.ErrLimit) {
		t.Errorf("%v, want %v", err, archive.ErrLimit)
	}
	binary.LittleEndian.PutUint32(whole[1024+firstHeader+1:], 0x7FFF0000)
	if good, err := read(t, whole, archive.Limits{Memory: 64 << 20}); err != nil || len(good) != 1 {
		t.Errorf("%v", err)
	}
}

func FuzzOpen(f *testing.F) {
	names, _ := filepath.Glob(filepath.Join("testdata", "*.nsis"))
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, l := range layouts {
		b := typical(l)
		b.stub = stub(1024)
		f.Add(b.bytes())
		b = typical(l)
		b.method, b.bare = deflated, true
		f.Add(b.bytes())
	}
	archivetest.Fuzz(f, Open, "setup.exe")
}
