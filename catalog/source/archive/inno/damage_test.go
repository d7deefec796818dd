package inno

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// read unpacks an installer and returns what is wrong with it: with its files by name, and with opening it.
func read(t testing.TB, in archive.Input, l archive.Limits) (files map[string]error, open error) {
	t.Helper()
	r, err := Open(in, l)
	if err != nil {
		return nil, err
	}
	files = map[string]error{}
	if err := r.Extract(context.Background(), func(int) bool { return true }, func(i int, src io.Reader) error {
		_, files[r.Entries()[i].Name] = io.Copy(io.Discard, src)
		return nil
	}); err != nil {
		t.Errorf("extract: %v", err)
	}
	return files, nil
}

func TestCut(t *testing.T) {
	t.Parallel()
	s := setup{version: "5.5.7 u", method: lzma1Method, junk: true, files: []packed{
		{dest: "{app}/a", content: strings.Repeat("abc", 2000)}, {dest: "{app}/b", content: calls()[:9000], calls: true},
	}}
	whole := s.build(t)["setup.exe"]
	for n := 0; n < len(whole); n += max(1, len(whole)/400) {
		files, open := read(t, archivetest.Bytes("setup.exe", whole[:n]), archive.Limits{})
		const mark = 16 // LZMA's for the end, which is not needed
		if open == nil && files["app/a"] == nil && files["app/b"] == nil && n < len(whole)-mark {
			t.Errorf("nothing is wrong with the first %d of %d bytes", n, len(whole))
		}
		for _, err := range []error{open, files["app/a"], files["app/b"]} {
			if err != nil && archive.Fault(err) == nil {
				t.Errorf("cut at %d: %v is none of the known faults", n, err)
			}
		}
	}
}

func TestFlipped(t *testing.T) {
	t.Parallel()
	for _, m := range []method{stored, zipped, lzma1Method, lzma2Method} {
		s := setup{version: "6.1.0 u", method: m, solid: true, files: []packed{{dest: "{app}/a", content: strings.Repeat("abc", 300)}, {dest: "{app}/b", content: "b"}}}
		whole := s.build(t)["setup.exe"]
		// The size of a dictionary may be larger than need be.
		dict := bytes.LastIndex(whole, []byte(chunkMark)) + len(chunkMark)
		for at := 0x800; at < len(whole); at += 7 {
			b := bytes.Clone(whole)
			b[at] ^= 0x55
			files, open := read(t, archivetest.Bytes("setup.exe", b), archive.Limits{})
			if open == nil && files["app/a"] == nil && files["app/b"] == nil && at >= 0x800+versionLen && (at < dict || at >= dict+5) && at < len(whole)-16 {
				t.Errorf("method %d: nothing is wrong with byte %d changed", m, at)
			}
			for _, err := range []error{open, files["app/a"], files["app/b"]} {
				if err != nil && archive.Fault(err) == nil {
					t.Errorf("method %d, byte %d changed: %v is none of the known faults", m, at, err)
				}
			}
		}
	}
}

func TestDamaged(t *testing.T) {
	t.Parallel()
	good := packed{dest: "{app}/good", content: strings.Repeat("good", 100)}
	bad := func(r record) []packed {
		return []packed{{dest: "{app}/bad", content: strings.Repeat("bad", 100), location: r}, good}
	}
	for name, tt := range map[string]struct {
		s    setup
		open error // of the whole
		bad  error // of app/bad
		good error
	}{
		"a wrong sum":                   {s: setup{files: bad(record{"sha1": []byte("no such sum")})}, bad: archive.ErrCorrupt},
		"a wrong sum, packed":           {s: setup{method: lzma1Method, files: bad(record{"sha1": []byte("no such sum")})}, bad: archive.ErrCorrupt},
		"a wrong sum, in front":         {s: setup{method: zipped, solid: true, files: bad(record{"sha1": []byte("no such sum")})}, bad: archive.ErrCorrupt},
		"terabytes, stored":             {s: setup{files: bad(record{"size": 1 << 43})}, bad: archive.ErrCorrupt},
		"terabytes, LZMA":               {s: setup{method: lzma1Method, files: bad(record{"size": 1 << 43})}, bad: archive.ErrCorrupt},
		"terabytes, LZMA2":              {s: setup{method: lzma2Method, files: bad(record{"size": 1 << 43})}, bad: archive.ErrCorrupt},
		"terabytes before":              {s: setup{method: zipped, files: bad(record{"at": 1 << 43})}, bad: archive.ErrCorrupt},
		"a negative size":               {s: setup{files: bad(record{"size": -1})}, open: archive.ErrUnsupported},
		"a sum of sizes too large":      {s: setup{files: bad(record{"size": 1<<63 - 1, "at": 1<<63 - 1})}, open: archive.ErrUnsupported},
		"another slice than there is":   {s: setup{files: bad(record{"firstSlice": 7})}, bad: archive.ErrCorrupt},
		"a billion files":               {s: setup{header: record{"files": 1 << 30}, files: bad(nil)}, open: archive.ErrUnsupported},
		"a billion languages":           {s: setup{header: record{"languages": 1 << 30}, files: bad(nil)}, open: archive.ErrUnsupported},
		"a billion places":              {s: setup{header: record{"locations": 1 << 30}, files: bad(nil)}, open: archive.ErrLimit},
		"more places than files":        {s: setup{header: record{"locations": 1000}, files: bad(nil)}, open: archive.ErrUnsupported},
		"a billion files of two places": {s: setup{header: record{"files": 1 << 30, "locations": 1 << 30}, files: bad(nil)}, open: archive.ErrUnsupported},
		"tables that unpack to much":    {s: setup{header: record{"license": strings.Repeat("x", 20<<20)}, files: bad(nil)}, open: archive.ErrLimit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.s.version = "5.5.7 u"
			in := folder(tt.s.build(t), "setup.exe")
			start := time.Now()
			files, open := read(t, in, archive.Limits{Memory: 64 << 20})
			if d := time.Since(start); d > 20*time.Second {
				t.Errorf("took %v", d)
			}
			if !errors.Is(open, tt.open) || !errors.Is(files["app/bad"], tt.bad) || !errors.Is(files["app/good"], tt.good) {
				t.Errorf("open %v, files %v", open, files)
			}
		})
	}
}

func TestMissingSlice(t *testing.T) {
	t.Parallel()
	s := setup{version: "5.5.7 u", sliceLen: 500, files: []packed{
		{dest: "{app}/a", content: strings.Repeat("a", 100)}, {dest: "{app}/b", content: strings.Repeat("b", 800)}, {dest: "{app}/c", content: strings.Repeat("c", 200)},
	}}
	for missing, want := range map[string][]string{
		"setup-1.bin": {"app/a", "app/b"},
		"setup-2.bin": {"app/b", "app/c"},
		"setup-3.bin": {"app/c"},
	} {
		files := s.build(t)
		delete(files, missing)
		got, open := read(t, folder(files, "setup.exe"), archive.Limits{})
		if open != nil {
			t.Errorf("open: %v", open)
		}
		for name, err := range got {
			if lost := slices.Contains(want, name); lost != errors.Is(err, archive.ErrMissingPart) || !lost && err != nil || lost && !strings.Contains(err.Error(), missing) {
				t.Errorf("without %s, %s: %v", missing, name, err)
			}
		}
	}
	files := s.build(t)
	files["setup-2.bin"] = []byte("something else that is longer")
	if got, _ := read(t, folder(files, "setup.exe"), archive.Limits{}); !errors.Is(got["app/b"], archive.ErrCorrupt) {
		t.Errorf("with another setup-2.bin: %v", got)
	}
}

// TestMemory holds decoding to the limit: what goes back further than three quarters of it is not kept.
func TestMemory(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 150<<10)
	rand.NewChaCha8([32]byte{}).Read(noise)
	s := setup{version: "5.5.7 u", method: lzma2Method, files: []packed{{dest: "{app}/a", content: string(noise) + string(noise[:1000])}}}
	in := folder(s.build(t), "setup.exe")
	for memory, want := range map[int64]error{128 << 10: archive.ErrLimit, 4 << 20: nil} {
		if files, open := read(t, in, archive.Limits{Memory: memory}); open != nil || !errors.Is(files["app/a"], want) {
			t.Errorf("with %d bytes: %v, %v", memory, open, files)
		}
	}
	s.files[0].content = "short"
	s.dirs = slices.Repeat([]string{"{app}/x"}, 3)
	for entries, want := range map[int]error{1: archive.ErrLimit, 3: nil} {
		if _, err := Open(folder(s.build(t), "setup.exe"), archive.Limits{Entries: entries}); !errors.Is(err, want) {
			t.Errorf("%d entries: %v", entries, err)
		}
	}
}

// TestOthers says no to what is no installer of Inno Setup.
func TestOthers(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"nothing":                   nil,
		"a text":                    []byte(strings.Repeat("text ", 100)),
		"a program":                 program(nil),
		"a program with a resource": program([]byte("something else of another program")),
		"a program cut short":       program(nil)[:0x90],
	} {
		if _, err := Open(archivetest.Bytes("setup.exe", b), archive.Limits{}); !errors.Is(err, archive.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	files := []packed{{dest: "{app}/a", content: "abc"}, {dest: "{app}/b", content: calls()[:1000], calls: true}, {dest: "{app}/c", same: true}}
	for _, s := range []setup{
		{version: "5.5.7 u", method: zipped}, {version: "6.1.0 u", method: lzma2Method}, {version: "6.7.0", method: lzma1Method, solid: true}, {version: "5.0.0"},
	} {
		s.files = files
		f.Add(s.build(f)["setup.exe"])
		s.separate = true
		f.Add(s.build(f)["setup-0.bin"])
	}
	old := setup{version: "2.0.11", method: zipped, files: []packed{{dest: "{app}/a", content: "abc"}}}
	f.Add(old.build(f)["setup.exe"])
	archivetest.Fuzz(f, Open, "setup.exe")
}

// FuzzTables reads tables behind their checksums and packing, which a fuzzer does not come through.
func FuzzTables(f *testing.F) {
	names := all()
	for i, version := range names {
		s := setup{version: version, junk: true, method: stored}
		ver := s.ver()
		s.files = []packed{{dest: "{app}/a", content: "abc"}}
		if !slices.Contains(methods(ver), stored) {
			s.method = zipped
		}
		_, locations := s.pack(f, ver)
		b := s.tables(f, ver, locations)
		off := int64(versionLen)
		if ver.n >= v(6, 5, 0) {
			off += 4 + encryptionLen
		}
		in := archivetest.Bytes("", b)
		first, next, err := readBlock(in, off, ver, 1<<20)
		if err != nil {
			f.Fatal(err)
		}
		second, _, err := readBlock(in, next, ver, 1<<20)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), first, second)
	}
	f.Fuzz(func(t *testing.T, i uint8, first, second []byte) {
		s := setup{version: names[int(i)%len(names)]}
		tables, err := readTables(first, s.ver(), 1000)
		if err != nil {
			return
		}
		if tables.locations, err = readLocations(second, tables); err != nil {
			return
		}
		r := &Reader{t: tables, limits: archive.Limits{Entries: 2000}.OrDefault()}
		x := textOf(tables)
		infoOf(tables, x)
		_ = r.list(x)
		seen := map[string]bool{}
		for n, e := range r.entries {
			key := strings.ToLower(e.Name)
			if seen[key] || e.Name == "" || e.Size < 0 || n > 0 && e.Block < r.entries[n-1].Block {
				t.Fatalf("entry %d is %+v", n, e)
			}
			seen[key] = true
		}
	})
}
