package cab

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

var keep = flag.String("keep", "", "a folder to keep the cabinets of the tests in, for a look with other programs")

// input is a cabinet in memory, alone in its folder.
func input(t testing.TB, b []byte) archive.Input {
	if *keep != "" {
		name := strings.NewReplacer("/", "-", " ", "_").Replace(t.Name()) + ".cab"
		if err := os.WriteFile(filepath.Join(*keep, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return archivetest.Bytes("test.cab", b)
}

var methods = map[string]uint16{
	"stored": methodStored, "MSZIP": methodMSZIP,
	"LZX 15": lzx15, "LZX 16": 16<<8 | methodLZX, "LZX 17": 17<<8 | methodLZX, "LZX 18": 18<<8 | methodLZX,
	"LZX 19": 19<<8 | methodLZX, "LZX 20": 20<<8 | methodLZX, "LZX 21": lzx21,
	"Quantum 10": 10<<8 | methodQuantum, "Quantum 16": 16<<8 | methodQuantum, "Quantum 21": 21<<8 | methodQuantum,
}

func TestMethods(t *testing.T) {
	t.Parallel()
	for name, method := range methods {
		for size, n := range map[string]int{"little": 1, "one block": 20000, "a full block": frameSize, "much": 290001} {
			t.Run(name+", "+size, func(t *testing.T) {
				t.Parallel()
				data := text(uint64(n), n)
				want := map[string]string{"a.inf": data[:n/3], "x64/b.sys": data[n/3:], "empty": "", "x86/a.inf": data[n/2:]}
				var c testCabinet
				c.add(method, testFile{name: "a.inf", data: want["a.inf"]}, testFile{name: `x64\b.sys`, data: want["x64/b.sys"]},
					testFile{name: "empty"}, testFile{name: `x86\a.inf`, data: want["x86/a.inf"]})
				archivetest.Check(t, Open, input(t, c.bytes()), want)
			})
		}
	}
}

// More than twice the largest window, so that it has to be moved. Smaller ones are moved in the other tests.
func TestLong(t *testing.T) {
	t.Parallel()
	var c testCabinet
	data := strings.Repeat(text(5, 1<<20), 5)
	c.add(lzx21, testFile{name: "f", data: data})
	r, err := Open(input(t, c.bytes()), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := archivetest.Files(t, r); got["f"] != data {
		t.Errorf("%d bytes, not those that were packed", len(got["f"]))
	}
}

// Each kind of an LZX block alone, blocks of any length, and the whole window.
func TestLZX(t *testing.T) {
	t.Parallel()
	far := text(1, 40000)
	for _, tt := range []struct {
		name  string
		kinds []int
		block int
		e8    int32
		data  string
	}{
		{"verbatim", []int{lzxVerbatim}, 100000, 0, text(2, 300000)},
		{"aligned", []int{lzxAlignedBlock}, 100000, 0, text(3, 300000)},
		{"uncompressed", []int{lzxUncompressed}, 100000, 0, text(4, 300000)},
		{"uncompressed, odd", []int{lzxUncompressed}, 33333, 0, text(5, 200000)},
		{"uncompressed, odd, at the end of a frame", []int{lzxVerbatim, lzxUncompressed}, 3 * 10923, 0, text(6, 300000)},
		{"uncompressed, one byte", []int{lzxUncompressed, lzxVerbatim}, 1, 0, text(7, 900)},
		{"blocks of a frame", []int{lzxVerbatim, lzxAlignedBlock, lzxUncompressed}, frameSize, 0, text(8, 200000)},
		{"short blocks", []int{lzxVerbatim, lzxUncompressed, lzxAlignedBlock}, 777, 0, text(9, 100000)},
		{"calls", []int{lzxVerbatim}, 50000, 200000, text(10, 300000)},
		{"calls, uncompressed", []int{lzxUncompressed}, 50000, 12000000, text(11, 300000)},
		{"calls everywhere", []int{lzxVerbatim}, 50000, 100000, strings.Repeat("\xE8\x01\x00\x00\x00\xE8\xFF\xFF\xFF\xFF", 20000)},
		{"a call over the end of a frame", []int{lzxVerbatim}, 50000, 100000, strings.Repeat("x", frameSize-3) + "\xE8\x01\x00\x00\x00" + far},
		{"a lone symbol", []int{lzxVerbatim}, 100000, 0, strings.Repeat("a", 100)},
		{"from the window's far end", []int{lzxVerbatim}, 1 << 20, 0, far + text(12, 2<<20-40100) + far + far},
	} {
		for _, bits := range []int{15, 16, 21} {
			t.Run(fmt.Sprint(tt.name, ", ", bits), func(t *testing.T) {
				t.Parallel()
				var c testCabinet
				c.add(methodStored, testFile{name: "f", data: tt.data})
				c.folders[0] = testFolder{uint16(bits<<8 | methodLZX), encodeLZX(bits, tt.kinds, tt.block, tt.e8, []byte(tt.data))}
				archivetest.Check(t, Open, input(t, c.bytes()), map[string]string{"f": tt.data})
			})
		}
	}
}

func TestShapes(t *testing.T) {
	t.Parallel()
	data := text(1, 200000)
	want := map[string]string{"a": data[:1000], "b": data[1000:90000], "c": data[90000:]}
	a, b, c := testFile{name: "a", data: want["a"]}, testFile{name: "b", data: want["b"]}, testFile{name: "c", data: want["c"]}
	build := func(c testCabinet, folders ...func(*testCabinet)) []byte {
		for _, f := range folders {
			f(&c)
		}
		return c.bytes()
	}
	folder := func(method uint16, files ...testFile) func(*testCabinet) {
		return func(c *testCabinet) { c.add(method, files...) }
	}
	for name, src := range map[string][]byte{
		"one folder":               build(testCabinet{}, folder(methodMSZIP, a, b, c)),
		"a folder for each file":   build(testCabinet{}, folder(lzx21, a), folder(lzx15, b), folder(lzx15, c)),
		"four methods":             build(testCabinet{}, folder(methodStored, a), folder(methodMSZIP, b), folder(lzx21, c)),
		"reserved everywhere":      build(testCabinet{head: 6000, perFolder: 20, perBlk: 7}, folder(methodMSZIP, a, b, c)),
		"reserved, with checksums": build(testCabinet{head: 1, perFolder: 255, perBlk: 255, reserveSummed: true}, folder(lzx15, a, b, c)),
		"no checksums":             build(testCabinet{noSums: true}, folder(methodMSZIP, a, b, c)),
		"a signature behind it":    append(build(testCabinet{}, folder(lzx21, a, b, c)), "signature"...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archivetest.Check(t, Open, input(t, src), want)
		})
	}
}

func TestEntries(t *testing.T) {
	t.Parallel()
	var c testCabinet
	c.add(methodStored, testFile{name: "caf\xe9.inf", data: "1"}, testFile{name: `\grüße\ä.inf`, data: "22", attrs: attrUTF8},
		testFile{name: "no utf-8: \xe9", attrs: attrUTF8}, testFile{name: "folder", attrs: attrFolder})
	c.add(methodMSZIP, testFile{name: "z", data: "333"})
	c.files[0], c.files[4] = c.files[4], c.files[0] // the list of files need not follow the data
	r, err := Open(archivetest.Bytes("test.cab", c.bytes()), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2011, 10, 29, 13, 14, 16, 0, time.UTC)
	want := []archive.Entry{
		{Name: "café.inf", Size: 1, Packed: 1, ModTime: at},
		{Name: "grüße/ä.inf", Size: 2, Packed: 2, ModTime: at},
		{Name: "no utf-8: é", ModTime: at},
		{Name: "folder", ModTime: at, Mode: 1 << 31},
		{Name: "z", Size: 3, ModTime: at, Block: 1},
	}
	got := r.Entries()
	if d := cmp.Diff(want[:1], got[:1]); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, w := range want {
		found := false
		for _, g := range got {
			found = found || cmp.Equal(w, g)
		}
		if !found {
			t.Errorf("%+v is not listed", w)
		}
	}
	if got := dosTime(0, 0); !got.IsZero() {
		t.Errorf("no time is %v", got)
	}
	if got := dosTime(1<<9|2<<5|30, 0); !got.IsZero() {
		t.Errorf("30 February is %v", got)
	}
}

// Files that lie on the same bytes, wholly or in part, as the makers of installers write them for equal content.
func TestOverlap(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"stored", "MSZIP", "LZX 15", "LZX 21", "Quantum 16"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			method := methods[name]
			data := text(9, 250000)
			var c testCabinet
			c.add(method, testFile{name: "all", data: data})
			want := map[string]string{"all": data}
			for i, at := range [][2]int{{0, 10}, {0, 200000}, {5, 100000}, {5, 100000}, {70000, 70001}, {70001, 250000}, {70001, 90000}, {249999, 250000}} {
				name := fmt.Sprint("part ", i)
				c.files = append(c.files, testFile{name: name, data: data[at[0]:at[1]], offset: at[0]})
				want[name] = data[at[0]:at[1]]
			}
			archivetest.Check(t, Open, input(t, c.bytes()), want)
		})
	}
}

func TestSection(t *testing.T) {
	t.Parallel()
	var c testCabinet
	data := text(1, 100000)
	c.add(methodStored, testFile{name: "in one block", data: data[:20000]}, testFile{name: "over two", data: data[20000:40000]},
		testFile{name: "in the second", data: data[40000:50000]}, testFile{name: "the rest", data: data[50000:]}, testFile{name: "empty"})
	c.add(methodMSZIP, testFile{name: "packed", data: "packed"})
	r, err := Open(archivetest.Bytes("test.cab", c.bytes()), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for i, e := range r.Entries() {
		got[e.Name] = r.(archive.Stored).Section(i) != nil
	}
	want := map[string]bool{"in one block": true, "over two": false, "in the second": true, "the rest": false, "empty": true, "packed": false}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("in place (-want +got):\n%s", d)
	}
}

// outcomes extracts everything: the content of a file, or what is the matter.
func outcomes(t *testing.T, in archive.Input) map[string]string {
	t.Helper()
	r, err := Open(in, archive.Limits{})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	defer r.Close()
	got := map[string]string{}
	entries := r.Entries()
	err = r.Extract(context.Background(), func(int) bool { return true }, func(i int, src io.Reader) error {
		b, err := io.ReadAll(src)
		got[entries[i].Name] = string(b)
		if err != nil {
			got[entries[i].Name] = verdict(err)
		}
		return nil
	})
	if err != nil {
		got["(the set)"] = verdict(err)
	}
	return got
}

func verdict(err error) string {
	for _, known := range []error{archive.ErrCorrupt, archive.ErrMissingPart, archive.ErrUnsupported, archive.ErrLimit, archive.ErrFormat} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return err.Error()
}

func TestDamage(t *testing.T) {
	t.Parallel()
	const bad = "the archive is damaged"
	data := text(3, 100000)
	files := []testFile{{name: "first", data: data[:30000]}, {name: "second", data: data[30000:60000]}, {name: "third", data: data[60000:70000]}, {name: "last", data: data[70000:]}}
	whole := map[string]string{}
	for _, f := range files {
		whole[f.name] = f.data
	}
	build := func(method uint16, change func(c *testCabinet)) []byte {
		var c testCabinet
		c.add(method, files...)
		change(&c)
		return c.bytes()
	}
	flip := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		b[at] ^= 0x10
		return b
	}
	same := func(*testCabinet) {}
	stored, zipped, lzx := build(methodStored, same), build(methodMSZIP, same), build(lzx15, same)
	with := func(change map[string]string) map[string]string {
		out := map[string]string{}
		for k, v := range whole {
			out[k] = v
		}
		for k, v := range change {
			out[k] = v
		}
		return out
	}
	behindFirst := with(map[string]string{"second": bad, "third": bad, "last": bad})
	for _, tt := range []struct {
		name string
		src  []byte
		want map[string]string
	}{
		{"stored: only what lies in the block", flip(stored, len(stored)-60000), with(map[string]string{"second": bad, "third": bad})},
		{"MSZIP: everything behind it", flip(zipped, bytes.LastIndex(zipped[:len(zipped)*2/3], []byte("CK"))+30), behindFirst},
		{"cut: what was before stays", stored[:len(stored)-1], with(map[string]string{"last": bad})},
		{"LZX, cut", lzx[:len(lzx)-1], with(map[string]string{"last": bad})},
		{"a method that is none", build(methodMSZIP, func(c *testCabinet) { c.folders[0].method = 4 }), map[string]string{"first": "not supported", "second": "not supported", "third": "not supported", "last": "not supported"}},
		{"a window that is none", build(methodMSZIP, func(c *testCabinet) { c.folders[0].method = 22<<8 | 3 }), map[string]string{"first": "not supported", "second": "not supported", "third": "not supported", "last": "not supported"}},
		{"a file in no folder", build(methodMSZIP, func(c *testCabinet) { c.files[1].folder = 7 }), with(map[string]string{"second": bad})},
		{"a file longer than its folder", build(methodMSZIP, func(c *testCabinet) { c.files[3].size = 1 << 31 }), with(map[string]string{"last": bad})},
		{"a file behind its folder", build(lzx21, func(c *testCabinet) { c.files[3].offset = 1 << 31 }), with(map[string]string{"last": bad})},
		{"a block that decodes to less", build(methodMSZIP, func(c *testCabinet) { c.folders[0].blocks[1].n++ }), behindFirst},
		{"a block that decodes to more", build(methodMSZIP, func(c *testCabinet) { c.folders[0].blocks[1].n-- }), behindFirst},
		{"a piece of a block without its end", build(methodMSZIP, func(c *testCabinet) { c.folders[0].blocks[3].n = 0 }), with(map[string]string{"last": bad})},
		{"pieces of a block without end", build(methodStored, func(c *testCabinet) {
			for i := range c.folders[0].blocks {
				c.folders[0].blocks[i] = testBlock{make([]byte, 60000), 0}
			}
		}), with(map[string]string{"first": bad, "second": bad, "third": bad, "last": bad})},
		{"another kind of LZX block", build(lzx15, func(c *testCabinet) {
			c.folders[0].blocks = encodeLZX(15, []int{lzxVerbatim}, frameSize, 0, []byte(data))
			c.folders[0].blocks[1].data[1] |= 0xE0 // the kind is the first three bits of a frame
		}), behindFirst},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(tt.want, outcomes(t, archivetest.Bytes("test.cab", tt.src)), cmp.Transformer("short", func(s string) string { return fmt.Sprint(len(s), s[:min(len(s), 40)]) })); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	c := testCabinet{prev: "before.cab", head: 10}
	c.add(methodMSZIP, testFile{name: "a.inf", data: "a"}, testFile{name: "b.inf", data: "b"})
	good := c.bytes()
	many := bytes.Clone(good[:headerSize])
	many[28], many[29] = 0xFF, 0xFF
	folders := bytes.Clone(good[:headerSize])
	folders[26], folders[27] = 0xFF, 0xFF
	version := bytes.Clone(good)
	version[25] = 2
	long := testCabinet{}
	long.add(methodMSZIP, testFile{name: strings.Repeat("n", 2000), data: "a"})
	for name, tt := range map[string]struct {
		src  []byte
		want error
	}{
		"nothing":                {nil, archive.ErrFormat},
		"InstallShield":          {[]byte("ISc(" + strings.Repeat("\x00", 100)), archive.ErrFormat},
		"a cut header":           {good[:30], archive.ErrCorrupt},
		"cut in its names":       {good[:headerSize+20], archive.ErrCorrupt},
		"cut in its files":       {good[:bytes.Index(good, []byte("b.inf"))], archive.ErrCorrupt},
		"files that are not":     {many, archive.ErrCorrupt},
		"folders that are not":   {folders, archive.ErrCorrupt},
		"another version":        {version, archive.ErrUnsupported},
		"a name without an end":  {long.bytes(), archive.ErrCorrupt},
		"more files than we may": {good, archive.ErrLimit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := archive.Limits{}
			if tt.want == archive.ErrLimit {
				l.Entries = 1
			}
			if r, err := Open(archivetest.Bytes("test.cab", tt.src), l); !errors.Is(err, tt.want) {
				t.Errorf("%v, %v; want %v", r, err, tt.want)
			}
		})
	}
}

func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	var c testCabinet
	c.add(lzx21, testFile{name: "a", data: "a"})
	r, err := Open(archivetest.Bytes("test.cab", c.bytes()), archive.Limits{Memory: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	err = r.Extract(t.Context(), func(int) bool { return true }, func(_ int, src io.Reader) error {
		_, err := io.ReadAll(src)
		return err
	})
	if !errors.Is(err, archive.ErrLimit) {
		t.Errorf("a window of 2 MiB within 4 MiB: %v", err)
	}
}
