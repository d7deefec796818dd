package zip

import (
	stdzip "archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// part is one entry of an archive that a test builds. Its data are deflated unless the method says otherwise.
type part struct {
	name   string
	data   string
	header stdzip.FileHeader
}

func build(t testing.TB, parts ...part) []byte {
	t.Helper()
	var b bytes.Buffer
	w := stdzip.NewWriter(&b)
	for _, p := range parts {
		h := p.header
		h.Name = p.name
		if h.Method == 0 && !strings.HasSuffix(p.name, "/") && p.data != "" {
			h.Method = stdzip.Deflate
		}
		if h.Comment == "stored" {
			h.Method = stdzip.Store
		}
		f, err := w.CreateHeader(&h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, p.data); err != nil && p.data != "" {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func stored() stdzip.FileHeader { return stdzip.FileHeader{Comment: "stored"} }

var text = strings.Repeat("[Version]\r\nSignature=\"$WINDOWS NT$\"\r\n", 30)

func usual(t testing.TB) []byte {
	return build(t, part{name: "x64/"}, part{name: "x64/a.inf", data: text}, part{name: "x64/a.sys", data: "MZ driver", header: stored()}, part{name: "empty"})
}

var usualFiles = map[string]string{"x64/a.inf": text, "x64/a.sys": "MZ driver", "empty": ""}

// program is what stands in front of an archive in a self-extractor.
var program = "MZ" + strings.Repeat("program ", 700)

func TestCheck(t *testing.T) {
	t.Parallel()
	plain := usual(t)
	var moved bytes.Buffer // offsets reckon with the program
	moved.WriteString(program)
	w := stdzip.NewWriter(&moved)
	w.SetOffset(int64(len(program)))
	f, err := w.Create("a.inf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	many, manyFiles := []part{}, map[string]string{}
	for i := range 66_000 { // more than the 16-bit format counts
		name := fmt.Sprint(i)
		many, manyFiles[name] = append(many, part{name: name, header: stored()}), ""
	}
	data := archiveData(t)
	for name, tt := range map[string]struct {
		b    []byte
		want map[string]string
	}{
		"usual":                             {plain, usualFiles},
		"nothing":                           {build(t), map[string]string{}},
		"behind a program":                  {[]byte(program + string(plain)), usualFiles},
		"behind a program it reckons with":  {moved.Bytes(), map[string]string{"a.inf": text}},
		"with a signature behind":           {[]byte(program + string(plain) + strings.Repeat("signature", 900)), usualFiles},
		"with a mark of the end behind":     {append(bytes.Clone(plain), strings.Repeat("x", 40)...), usualFiles},
		"in the 64-bit format, 66,000 long": {build(t, many...), manyFiles},
		"sizes in 64 bits":                  {wide("a.inf", text), map[string]string{"a.inf": text}},
		"Deflate64":                         {read(t, "deflate64.zip"), map[string]string{"a.bin": data, "b.txt": text}},
		"bzip2":                             {read(t, "bzip2.zip"), map[string]string{"b.txt": text}},
		"LZMA":                              {read(t, "lzma.zip"), map[string]string{"b.txt": text}},
		"Zstandard":                         {zstandard(t), map[string]string{"a.inf": text, "b.inf": text}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(tt.want) > 1000 {
				r, err := Open(archivetest.Bytes("a.zip", tt.b), archive.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(tt.want, archivetest.Files(t, r)); d != "" {
					t.Error(d)
				}
				return
			}
			archivetest.Check(t, Open, archivetest.Bytes("a.zip", tt.b), tt.want)
		})
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// archiveData is a.bin of testdata/deflate64.zip.
func archiveData(t testing.TB) string {
	t.Helper()
	random := make([]byte, 6000)
	x := uint32(7)
	for i := range random {
		x = (x*1103515245 + 12345) & 0x7FFFFFFF
		random[i] = byte(x >> 16)
	}
	return strings.Join([]string{string(make([]byte, 300_000)), string(random), string(make([]byte, 49_000)), string(random[:5900]), strings.Repeat("text ", 40)}, "")
}

func TestParts(t *testing.T) {
	t.Parallel()
	plain := usual(t)
	folder := func(files map[string][]byte) func(string) (archive.Input, error) {
		return func(name string) (archive.Input, error) {
			b, ok := files[strings.ToLower(name)]
			if !ok {
				return archive.Input{}, fs.ErrNotExist
			}
			return archivetest.Bytes(name, b), nil
		}
	}
	in := archivetest.Bytes("Drv.zip.001", plain[:100])
	in.Beside = folder(map[string][]byte{"drv.zip.002": plain[100:150], "drv.zip.003": plain[150:]})
	archivetest.Check(t, Open, in, usualFiles)

	// As Info-ZIP splits: a mark in front, offsets within each part, numbers of parts.
	split := append([]byte(spannedMark), plain...)
	one, two := split[:200], bytes.Clone(split[200:])
	end := two[len(two)-endLen:]
	directory := int(binary.LittleEndian.Uint32(end[16:])) + 4 - 200
	binary.LittleEndian.PutUint16(end[4:], 1)
	binary.LittleEndian.PutUint16(end[6:], 1)
	binary.LittleEndian.PutUint32(end[16:], uint32(directory))
	for at := directory; string(two[at:at+4]) == headerMark; {
		h := two[at:]
		offset := binary.LittleEndian.Uint32(h[42:]) + 4
		if offset >= 200 {
			offset -= 200
			binary.LittleEndian.PutUint16(h[34:], 1)
		}
		binary.LittleEndian.PutUint32(h[42:], offset)
		at += headerLen + int(binary.LittleEndian.Uint16(h[28:])) + int(binary.LittleEndian.Uint16(h[30:])) + int(binary.LittleEndian.Uint16(h[32:]))
	}
	in = archivetest.Bytes("drv.zip", two)
	in.Beside = folder(map[string][]byte{"drv.z01": one})
	// The last part does not begin like an archive: it is recognised by its end.
	archivetest.Check(t, Open, in, usualFiles)
	in.Beside = nil
	if _, err := Open(in, archive.Limits{}); !errors.Is(err, archive.ErrMissingPart) || !strings.Contains(err.Error(), "drv.z01") {
		t.Errorf("without the first part: %v", err)
	}
}

// wide builds an archive of one file whose sizes and place stand in the extra field for 64 bits.
func wide(name, data string) []byte {
	u16, u32, u64 := binary.LittleEndian.AppendUint16, binary.LittleEndian.AppendUint32, binary.LittleEndian.AppendUint64
	sum := crc32.ChecksumIEEE([]byte(data))
	b := append([]byte(localMark), make([]byte, 10)...)
	b = u32(u32(u32(b, sum), noOffset64), noOffset64)
	b = u16(u16(b, uint16(len(name))), 20)
	b = append(b, name...)
	b = u64(u64(u16(u16(b, 1), 16), uint64(len(data))), uint64(len(data)))
	b = append(b, data...)
	start := len(b)
	b = append(append(b, headerMark...), make([]byte, 12)...)
	b = u32(u32(u32(b, sum), noOffset64), noOffset64)
	b = u16(u16(u16(u16(b, uint16(len(name))), 28), 0), 0)
	b = u32(append(b, make([]byte, 6)...), noOffset64)
	b = append(b, name...)
	b = u64(u64(u64(u16(u16(b, 1), 24), uint64(len(data))), uint64(len(data))), 0)
	end := len(b)
	b = u64(append(b, end64Mark...), end64Len-12)
	b = append(b, make([]byte, 12)...)
	b = u64(u64(u64(u64(b, 1), 1), uint64(end-start)), uint64(start))
	b = append(b, locatorMark...)
	b = u32(u64(u32(b, 0), uint64(end)), 1)
	b = append(append(b, endMark...), make([]byte, 4)...)
	return u16(u32(u32(u16(u16(b, noNumber16), noNumber16), noOffset64), noOffset64), 0)
}

func TestEntries(t *testing.T) {
	t.Parallel()
	when := time.Date(2024, 5, 7, 4, 14, 2, 0, time.UTC)
	unix := func(m fs.FileMode) stdzip.FileHeader {
		h := stdzip.FileHeader{}
		h.SetMode(m)
		return h
	}
	unicodePath := func(raw, name string) stdzip.FileHeader {
		b := binary.LittleEndian.AppendUint32([]byte{1}, crc32.ChecksumIEEE([]byte(raw)))
		extra := binary.LittleEndian.AppendUint16([]byte{0x75, 0x70}, uint16(5+len(name)))
		return stdzip.FileHeader{NonUTF8: true, Extra: append(append(extra, b...), name...)}
	}
	b := build(t,
		part{name: "x64/", header: unix(fs.ModeDir | 0o755)},
		part{name: `x64\a.inf`, data: text, header: stdzip.FileHeader{Modified: when}},
		part{name: "größe.inf", data: "u"},
		part{name: "gr\x94\xe1e.inf", data: "437", header: stdzip.FileHeader{NonUTF8: true}},
		part{name: "驱动.inf", data: "not flagged", header: stdzip.FileHeader{NonUTF8: true}},
		part{name: "gr__e.inf", data: "extra", header: unicodePath("gr__e.inf", "größe2.inf")},
		part{name: "link", data: "../../etc/passwd", header: unix(fs.ModeSymlink | 0o777)},
		part{name: "device", header: unix(fs.ModeDevice | 0o777)},
		part{name: "secret", data: "x", header: stdzip.FileHeader{Flags: encrypted}},
		part{name: "dos folder", header: stdzip.FileHeader{ExternalAttrs: 0x10}},
	)
	r, err := Open(archivetest.Bytes("a.zip", b), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Name      string
		Mode      fs.FileMode
		Encrypted bool
		Time      time.Time
	}
	var got []row
	for _, e := range r.Entries() {
		got = append(got, row{e.Name, e.Mode, e.Encrypted, e.ModTime})
	}
	zero := time.Time{}
	want := []row{
		{"x64/", fs.ModeDir, false, zero},
		{"x64/a.inf", 0, false, when},
		{"größe.inf", 0, false, zero},
		{"größe.inf", 0, false, zero},
		{"驱动.inf", 0, false, zero},
		{"größe2.inf", 0, false, zero},
		{"link", fs.ModeSymlink, false, zero},
		{"device", fs.ModeIrregular, false, zero},
		{"secret", 0, true, zero},
		{"dos folder", fs.ModeDir, false, zero},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("entries (-want +got):\n%s", d)
	}
}

// extract returns what becomes of each file: its content, or which error.
func extract(t *testing.T, b []byte) map[string]string {
	t.Helper()
	r, err := Open(archivetest.Bytes("a.zip", b), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	err = r.Extract(t.Context(), func(int) bool { return true }, func(i int, src io.Reader) error {
		b, err := io.ReadAll(src)
		what := string(b)
		for _, e := range []error{archive.ErrCorrupt, archive.ErrEncrypted, archive.ErrUnsupported, archive.ErrLimit} {
			if errors.Is(err, e) {
				what = e.Error()
				err = nil
			}
		}
		out[r.Entries()[i].Name] = what
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOneBadFile holds that what is wrong with one file leaves the others.
func TestOneBadFile(t *testing.T) {
	t.Parallel()
	b := build(t,
		part{name: "good", data: text},
		part{name: "sum", data: "xxxx", header: stored()},
		part{name: "data", data: text + "!"},
		part{name: "secret", data: "x", header: stdzip.FileHeader{Flags: encrypted}},
		part{name: "header", data: "header"},
		part{name: "shrunk", data: "old", header: stored()},
		part{name: "short", data: "0123456789", header: stored()},
		part{name: "good too", data: text},
	)
	b[bytes.Index(b, []byte("xxxx"))] = 'y'
	at := bytes.Index(b, []byte("\x04\x00\x00\x00\x00data")) // never the name alone: find the local header
	if at < 0 {
		at = bytes.Index(b, []byte("data"))
	}
	b[at+12] ^= 0xFF
	h := bytes.Index(b, []byte("header"))
	copy(b[h-localLen:], "XX")
	directory := bytes.LastIndex(b, []byte("shrunk")) - headerLen
	binary.LittleEndian.PutUint16(b[directory+10:], 1)
	directory = bytes.LastIndex(b, []byte("short")) - headerLen
	binary.LittleEndian.PutUint32(b[directory+24:], 11)
	bad := archive.ErrCorrupt.Error()
	want := map[string]string{"good": text, "sum": bad, "data": bad, "secret": archive.ErrEncrypted.Error(), "header": bad,
		"shrunk": archive.ErrUnsupported.Error(), "short": bad, "good too": text}
	if d := cmp.Diff(want, extract(t, b)); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
}

// TestInside builds an archive whose second file lies inside the first, as bombs have it.
func TestInside(t *testing.T) {
	t.Parallel()
	b := build(t, part{name: "a", data: strings.Repeat("a", 100), header: stored()}, part{name: "b", data: "b"})
	directory := bytes.LastIndex(b, []byte("b")) - headerLen
	binary.LittleEndian.PutUint32(b[directory+42:], 10)
	want := map[string]string{"a": strings.Repeat("a", 100), "b": archive.ErrCorrupt.Error()}
	if d := cmp.Diff(want, extract(t, b)); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	plain := usual(t)
	claim := func(entries uint16, size, offset uint32) []byte {
		b := bytes.Clone(plain)
		end := b[len(b)-endLen:]
		binary.LittleEndian.PutUint16(end[10:], entries)
		binary.LittleEndian.PutUint32(end[12:], size)
		binary.LittleEndian.PutUint32(end[16:], offset)
		return b
	}
	claims64 := wide("a.inf", text)
	binary.LittleEndian.PutUint64(claims64[bytes.Index(claims64, []byte(end64Mark))+32:], 1<<40)
	for name, tt := range map[string]struct {
		b      []byte
		limits archive.Limits
		want   error
	}{
		"empty":                             {nil, archive.Limits{}, archive.ErrFormat},
		"text":                              {[]byte(text), archive.Limits{}, archive.ErrFormat},
		"a program alone":                   {[]byte(program), archive.Limits{}, archive.ErrFormat},
		"a program with the mark by chance": {[]byte(program + endMark + program), archive.Limits{}, archive.ErrFormat},
		"cut":                               {plain[:len(plain)-30], archive.Limits{}, archive.ErrCorrupt},
		"its start is missing":              {append([]byte(localMark), plain[50:]...), archive.Limits{}, archive.ErrCorrupt},
		"more entries than there are":       {claim(5, 300, uint32(len(plain)-endLen-300)), archive.Limits{}, archive.ErrCorrupt},
		"4 GiB of directory":                {claim(4, 0xFFFFFFF0, 0), archive.Limits{}, archive.ErrCorrupt},
		"a trillion entries":                {claims64, archive.Limits{}, archive.ErrCorrupt},
		"too many entries":                  {plain, archive.Limits{Entries: 3}, archive.ErrLimit},
		"too large a table":                 {plain, archive.Limits{Memory: 500}, archive.ErrLimit},
	} {
		if _, err := Open(archivetest.Bytes("a.zip", tt.b), tt.limits); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// TestConstant opens programs whose constants look like the end of a split archive: they are no archives, and nothing is missing.
func TestConstant(t *testing.T) {
	t.Parallel()
	for _, behind := range []string{"\x01\x00" + program, "\x10\x85\x00\x00\x00\x00" + strings.Repeat("\x00", 40)} {
		if _, err := Open(archivetest.Bytes("setup.exe", []byte(program+endMark+behind)), archive.Limits{}); !errors.Is(err, archive.ErrFormat) {
			t.Errorf("%q behind the mark: %v", behind, err)
		}
	}
}

// TestCut cuts an archive everywhere: it opens nowhere but whole.
func TestCut(t *testing.T) {
	t.Parallel()
	plain := usual(t)
	for n := range plain {
		if _, err := Open(archivetest.Bytes("a.zip", plain[:n]), archive.Limits{}); !errors.Is(err, archive.ErrFormat) && !errors.Is(err, archive.ErrCorrupt) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(usual(f))
	f.Add([]byte(program + string(usual(f))))
	f.Add(wide("a.inf", text))
	for _, name := range []string{"deflate64.zip", "bzip2.zip", "lzma.zip", "ppmd.zip"} {
		f.Add(read(f, name))
	}
	f.Add(zstandard(f))
	archivetest.Fuzz(f, Open, "a.zip")
}

func BenchmarkExtract(b *testing.B) {
	var parts []part
	for i := range 20 {
		parts = append(parts, part{name: fmt.Sprint(i), data: archiveData(b) + strings.Repeat(text, 200)})
	}
	data := build(b, parts...)
	size := int64(20 * len(parts[0].data))
	b.Run("this", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(size)
		for b.Loop() {
			r, err := Open(archivetest.Bytes("a.zip", data), archive.Limits{})
			if err != nil {
				b.Fatal(err)
			}
			err = r.Extract(context.Background(), func(int) bool { return true }, func(_ int, src io.Reader) error {
				_, err := io.Copy(io.Discard, src)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("archive-zip", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(size)
		for b.Loop() {
			r, err := stdzip.NewReader(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				b.Fatal(err)
			}
			for _, f := range r.File {
				src, err := f.Open()
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, src); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
