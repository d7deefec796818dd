package sevenzip

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func members(t testing.TB) []archivetest.Member {
	return []archivetest.Member{
		{Name: "x64", Mode: fs.ModeDir},
		{Name: "x64/a.inf", Data: string(read(t, "text.inf"))},
		{Name: "größe 驱动.sys", Data: "MZ driver"},
		{Name: "empty"},
		{Name: "code.bin", Data: string(read(t, "code.bin"))},
	}
}

func files(t testing.TB) map[string]string {
	m := map[string]string{}
	for _, e := range members(t) {
		if e.Mode == 0 {
			m[e.Name] = e.Data
		}
	}
	return m
}

// TestMethods reads what 7-Zip made with each method and filter.
func TestMethods(t *testing.T) {
	t.Parallel()
	code, text := string(read(t, "code.bin")), string(read(t, "text.inf"))
	for _, name := range strings.Fields("arm arm64 armt bcj bcj2 bcj2lzma delta3 ia64 ppc sparc swap2 swap4 lzma lzma2 ppmd bzip2 deflate deflate64 mixed") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := read(t, name+".7z")
			want := map[string]string{"code.bin": code}
			if r, err := Open(archivetest.Bytes("a.7z", b), archive.Limits{}); err == nil && len(r.Entries()) == 2 {
				want["text.inf"] = text
			}
			archivetest.Check(t, Open, archivetest.Bytes("a.7z", b), want)
		})
	}
}

// TestFilters holds that a filter gives the same whatever the pieces it is fed in.
func TestFilters(t *testing.T) {
	t.Parallel()
	code := bytes.Repeat(read(t, "code.bin"), 30)
	r := rand.New(rand.NewPCG(3, 4))
	for name, f := range map[string]func() filter{
		"x86": func() filter { return x86(0) }, "thumb": func() filter { return thumb(8) },
		"ia64": func() filter { return words(16, 0, ia64) }, "delta": func() filter { return delta(7) },
	} {
		whole := bytes.Clone(code)
		f()(whole)
		pieces, convert := bytes.Clone(code), f()
		for from, to := 0, 0; to < len(pieces); {
			to = min(to+1+r.IntN(700), len(pieces))
			from += convert(pieces[from:to])
		}
		if !bytes.Equal(whole, pieces) || bytes.Equal(whole, code) {
			t.Errorf("%s: other bytes when it is fed in pieces, or nothing converted", name)
		}
		got, err := io.ReadAll(newFiltered(bytes.NewReader(code), f()))
		if err != nil || !bytes.Equal(got, whole) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	b := archivetest.SevenZip(members(t)...)
	archivetest.Check(t, Open, archivetest.Bytes("a.7z", b), files(t))
	archivetest.Check(t, Open, archivetest.Bytes("a.7z", archivetest.SevenZip()), map[string]string{})
	archivetest.Check(t, Open, archivetest.Bytes("a.7z", archivetest.Seal(nil, nil)), map[string]string{})

	in := archivetest.Bytes("Drv.7z.001", b[:100])
	in.Beside = func(name string) (archive.Input, error) {
		switch strings.ToLower(name) {
		case "drv.7z.002":
			return archivetest.Bytes(name, b[100:1000]), nil
		case "drv.7z.003":
			return archivetest.Bytes(name, b[1000:]), nil
		}
		return archive.Input{}, fs.ErrNotExist
	}
	archivetest.Check(t, Open, in, files(t))
	in.Beside = nil
	if _, err := Open(in, archive.Limits{}); !errors.Is(err, archive.ErrMissingPart) || !strings.Contains(err.Error(), "Drv.7z.002") {
		t.Errorf("without the second part: %v", err)
	}
}

func TestEntries(t *testing.T) {
	t.Parallel()
	m := append(members(t), archivetest.Member{Name: "link", Data: "../../etc/passwd", Mode: fs.ModeSymlink}, archivetest.Member{Name: `..\a`, Data: "x"})
	r, err := Open(archivetest.Bytes("a.7z", archivetest.SevenZip(m...)), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := []archive.Entry{
		{Name: "x64", Mode: fs.ModeDir},
		{Name: "x64/a.inf", Size: 999},
		{Name: "größe 驱动.sys", Size: 9},
		{Name: "empty"},
		{Name: "code.bin", Size: 1600},
		{Name: "link", Size: 16, Mode: fs.ModeSymlink},
		{Name: "../a", Size: 1},
	}
	if d := cmp.Diff(want, r.Entries()); d != "" {
		t.Errorf("entries (-want +got):\n%s", d)
	}
	if r, err = Open(archivetest.Bytes("a.7z", read(t, "mixed.7z")), archive.Limits{}); err != nil {
		t.Fatal(err)
	}
	for i, e := range r.Entries() {
		if e.Block != i || e.Packed == 0 || !e.ModTime.Equal(time.Time{}) {
			t.Errorf("not solid: %+v", e)
		}
	}
}

// TestEncrypted reads archives that need a password.
func TestEncrypted(t *testing.T) {
	t.Parallel()
	if _, err := Open(archivetest.Bytes("a.7z", read(t, "list.7z")), archive.Limits{}); !errors.Is(err, archive.ErrEncrypted) {
		t.Errorf("an encrypted list: %v", err)
	}
	for name, want := range map[string]error{"secret.7z": archive.ErrEncrypted, "riscv.7z": archive.ErrUnsupported} {
		r, err := Open(archivetest.Bytes("a.7z", read(t, name)), archive.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if e := r.Entries(); len(e) != 1 || e[0].Encrypted != (want == archive.ErrEncrypted) {
			t.Errorf("%s: %+v", name, e)
		}
		err = r.Extract(t.Context(), func(int) bool { return true }, func(_ int, src io.Reader) error {
			if _, err := io.ReadAll(src); !errors.Is(err, want) {
				t.Errorf("%s: %v", name, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestOneBadFile holds that a damaged file leaves the others of its folder.
func TestOneBadFile(t *testing.T) {
	t.Parallel()
	b := archivetest.SevenZip(members(t)...)
	b[bytes.Index(b, []byte("MZ driver"))] = 'X'
	r, err := Open(archivetest.Bytes("a.7z", b), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := files(t)
	err = r.Extract(t.Context(), func(int) bool { return true }, func(i int, src io.Reader) error {
		got, err := io.ReadAll(src)
		name := r.Entries()[i].Name
		if bad := strings.HasSuffix(name, ".sys"); bad != errors.Is(err, archive.ErrCorrupt) || !bad && string(got) != want[name] {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// packed describes packed data of one stream and one folder.
func packed(size uint64, folder []byte, unpacked uint64) []byte {
	h := append([]byte{6, 0, 1, 9}, archivetest.Number(size)...)
	h = append(append(append(h, 0, 7, 11, 1, 0), folder...), 12)
	return append(append(h, archivetest.Number(unpacked)...), 0, 0)
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	good := archivetest.SevenZip(members(t)...)
	copied := []byte{1, 1, 0}
	header := func(h ...byte) []byte { return archivetest.Seal([]byte("data"), h) }
	names := func(n uint64) []byte { return append(append([]byte{1, 5}, archivetest.Number(n)...), 0, 0) }
	sum := bytes.Clone(good)
	sum[len(sum)-3] ^= 1
	first := bytes.Clone(good)
	first[13] ^= 1
	version := bytes.Clone(good)
	version[6] = 1
	claim := archivetest.Seal(nil, nil)
	binary.LittleEndian.PutUint64(claim[20:], 1<<42)
	binary.LittleEndian.PutUint32(claim[8:], crc32.ChecksumIEEE(claim[12:]))
	self := selfPacked()
	for name, tt := range map[string]struct {
		b      []byte
		limits archive.Limits
		want   error
	}{
		"empty":                    {nil, archive.Limits{}, archive.ErrFormat},
		"text":                     {bytes.Repeat([]byte("text"), 20), archive.Limits{}, archive.ErrFormat},
		"checksum of the list":     {sum, archive.Limits{}, archive.ErrCorrupt},
		"checksum of the start":    {first, archive.Limits{}, archive.ErrCorrupt},
		"version":                  {version, archive.Limits{}, archive.ErrUnsupported},
		"4 TB of list":             {claim, archive.Limits{}, archive.ErrCorrupt},
		"too many entries":         {good, archive.Limits{Entries: 4}, archive.ErrLimit},
		"too large a table":        {good, archive.Limits{Memory: 500}, archive.ErrLimit},
		"no header":                {header(9), archive.Limits{}, archive.ErrCorrupt},
		"a billion files":          {header(names(1 << 30)...), archive.Limits{}, archive.ErrCorrupt},
		"a trillion streams":       {header(append([]byte{1, 4, 6, 0}, archivetest.Number(1<<40)...)...), archive.Limits{}, archive.ErrCorrupt},
		"a list of 4 TB, packed":   {header(append([]byte{23}, packed(4, copied, 1<<42)...)...), archive.Limits{}, archive.ErrLimit},
		"a list that is not there": {header(append([]byte{23}, packed(4, copied, 5)...)...), archive.Limits{}, archive.ErrCorrupt},
		"a list behind the end":    {header(append([]byte{23}, packed(1<<40, copied, 5)...)...), archive.Limits{}, archive.ErrCorrupt},
		"a list packed in itself":  {self, archive.Limits{}, archive.ErrCorrupt},
		"files without data":       {header(append(append([]byte{1}, archivetest.SevenZipFiles([]archivetest.Member{{Name: "a", Data: "x"}})...), 0)...), archive.Limits{}, archive.ErrCorrupt},
	} {
		if _, err := Open(archivetest.Bytes("a.7z", tt.b), tt.limits); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// TestFolder reads how decoders are bound to each other.
func TestFolder(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		b    []byte
		want bool
	}{
		"one":                            {[]byte{1, 1, 0}, true},
		"one behind the other":           {[]byte{2, 1, 3, 1, 0, 0, 1}, true},
		"four streams":                   {[]byte{1, 0x14, 3, 3, 1, 0x1B, 4, 1, 0, 1, 2, 3}, true},
		"two in a circle, one apart":     {[]byte{3, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0}, false},
		"one that feeds two":             {[]byte{3, 1, 0, 1, 0, 1, 0, 0, 2, 1, 2}, false},
		"one that is fed twice":          {[]byte{3, 1, 0, 1, 0, 1, 0, 0, 1, 0, 2}, false},
		"none":                           {[]byte{0}, false},
		"33":                             {append([]byte{33}, bytes.Repeat([]byte{1, 0}, 40)...), false},
		"two outputs":                    {[]byte{1, 0x11, 0, 1, 2, 0, 0, 0, 0}, false},
		"bound to a decoder that is not": {[]byte{2, 1, 3, 1, 0, 0, 7}, false},
	} {
		if _, ok := (&scanner{b: tt.b}).folder(); ok != tt.want {
			t.Errorf("%s: %v", name, ok)
		}
	}
}

// selfPacked is an archive whose list of files is packed, and the packed data are that list.
func selfPacked() []byte {
	h := append([]byte{23}, packed(0, []byte{1, 1, 0}, 0)...)
	h[5], h[len(h)-3] = byte(len(h)), byte(len(h))
	b := archivetest.Seal(h, h)
	return b
}

// TestClaims opens archives that claim terabytes: the listing is there, and extracting fails at once.
func TestClaims(t *testing.T) {
	t.Parallel()
	lzma := []byte{1, 0x23, 3, 1, 1, 5, 93, 0xFF, 0xFF, 0xFF, 0xFF}
	for name, folder := range map[string][]byte{"copied": {1, 1, 0}, "LZMA": lzma, "PPMd": {1, 0x23, 3, 4, 1, 5, 6, 0xFF, 0xFF, 0xFF, 0x7F}} {
		list := archivetest.SevenZipFiles([]archivetest.Member{{Name: "a", Data: "x"}})
		h := append(append(append([]byte{1, 4}, packed(10_000, folder, 1<<42)...), list...), 0)
		r, err := Open(archivetest.Bytes("a.7z", archivetest.Seal(make([]byte, 10_000), h)), archive.Limits{Memory: 16 << 20})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if e := r.Entries(); len(e) != 1 || e[0].Size != 1<<42 {
			t.Errorf("%s: %+v", name, e)
		}
		err = r.Extract(t.Context(), func(int) bool { return true }, func(_ int, src io.Reader) error {
			n, err := io.Copy(io.Discard, src)
			if err == nil {
				return fmt.Errorf("%d bytes and no error", n)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCut cuts archives everywhere: they open nowhere but whole.
func TestCut(t *testing.T) {
	t.Parallel()
	for _, b := range [][]byte{archivetest.SevenZip(members(t)...), read(t, "lzma2.7z")} {
		for n := 0; n < len(b); n += 1 + n/100 {
			if _, err := Open(archivetest.Bytes("a.7z", b[:n]), archive.Limits{}); !errors.Is(err, archive.ErrFormat) && !errors.Is(err, archive.ErrCorrupt) {
				t.Errorf("cut at %d: %v", n, err)
			}
		}
	}
}

// TestDamage breaks each byte of the packed data: no file is told to be well that is not.
func TestDamage(t *testing.T) {
	t.Parallel()
	want := map[string]string{"code.bin": string(read(t, "code.bin")), "text.inf": string(read(t, "text.inf"))}
	for _, name := range []string{"lzma.7z", "lzma2.7z", "ppmd.7z", "bzip2.7z", "deflate.7z", "deflate64.7z", "bcj2lzma.7z"} {
		whole := read(t, name)
		for at := signatureLen; at < len(whole); at += 7 {
			b := bytes.Clone(whole)
			b[at] ^= 0x55
			r, err := Open(archivetest.Bytes("a.7z", b), archive.Limits{})
			if err != nil {
				continue
			}
			err = r.Extract(t.Context(), func(int) bool { return true }, func(i int, src io.Reader) error {
				got, err := io.ReadAll(src)
				if e := r.Entries()[i].Name; err == nil && string(got) != want[e] {
					t.Errorf("%s, byte %d: %s is wrong without an error", name, at, e)
				} else if err != nil && !errors.Is(err, archive.ErrCorrupt) && !errors.Is(err, archive.ErrLimit) {
					t.Errorf("%s, byte %d: %v", name, at, err)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	names, err := filepath.Glob("testdata/*.7z")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		f.Add(read(f, filepath.Base(name)))
	}
	f.Add(archivetest.SevenZip(members(f)...))
	f.Add(selfPacked())
	// Checksums keep a fuzzer out: they are made right before the archive is opened.
	open := func(in archive.Input, l archive.Limits) (archive.Reader, error) {
		b := make([]byte, in.Size)
		if _, err := in.ReadAt(b, 0); err != nil && err != io.EOF {
			return nil, err
		}
		if len(b) >= signatureLen {
			at, size := binary.LittleEndian.Uint64(b[12:]), binary.LittleEndian.Uint64(b[20:])
			if rest := b[signatureLen:]; at <= uint64(len(rest)) && size <= uint64(len(rest))-at {
				binary.LittleEndian.PutUint32(b[28:], crc32.ChecksumIEEE(rest[at:at+size]))
			}
			binary.LittleEndian.PutUint32(b[8:], crc32.ChecksumIEEE(b[12:signatureLen]))
		}
		return Open(archivetest.Bytes(in.Name, b), l)
	}
	archivetest.Fuzz(f, open, "a.7z")
}

func BenchmarkExtract(b *testing.B) {
	for _, name := range []string{"bcj", "bcj2", "lzma", "ppmd"} {
		data := read(b, name+".7z")
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, err := Open(archivetest.Bytes("a.7z", data), archive.Limits{})
				if err != nil {
					b.Fatal(err)
				}
				n := int64(0)
				err = r.Extract(b.Context(), func(int) bool { return true }, func(_ int, src io.Reader) error {
					m, err := io.Copy(io.Discard, src)
					n += m
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(n)
			}
		})
	}
}
