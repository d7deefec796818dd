package rar

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

var text = strings.Repeat("[Version]\r\nSignature=\"$WINDOWS NT$\"\r\n", 30)

func members() []archivetest.Member {
	return []archivetest.Member{
		{Name: "x64", Mode: fs.ModeDir},
		{Name: "x64/a.inf", Data: text},
		{Name: "größe.sys", Data: "MZ driver"},
		{Name: "empty"},
		{Name: "b.inf", Data: text + "b"},
	}
}

var files = map[string]string{"x64/a.inf": text, "größe.sys": "MZ driver", "empty": "", "b.inf": text + "b"}

// solid marks all files but the first of an archive of format 4.
func solid() []byte {
	b := archivetest.Rar4()
	b, end := b[:20:20], b[20:]
	for i, m := range members() {
		flags := uint16(0)
		if i > 0 {
			flags = 0x10
		}
		b = append(b, archivetest.Rar4File(m, flags)...)
	}
	return append(b, end...)
}

// volumes is an archive of format 4 in two volumes, the second file in both. With newNames they are named NAME.part2.rar.
func volumes(newNames uint16) (first, second []byte) {
	const before, after, multi = 1, 2, 1
	all := archivetest.Rar4()
	head := bytes.Clone(all[:20])
	binary.LittleEndian.PutUint16(head[7+3:], multi|newNames)
	binary.LittleEndian.PutUint16(head[7:], uint16(crc32.ChecksumIEEE(head[9:20])))
	end := func(more uint16) []byte {
		b := []byte{0, 0, 0x7B, 0, 0x40, 7, 0}
		binary.LittleEndian.PutUint16(b[3:], 0x4000|more)
		binary.LittleEndian.PutUint16(b, uint16(crc32.ChecksumIEEE(b[2:])))
		return b
	}
	part := func(data, whole string, flags uint16) []byte {
		b := archivetest.Rar4File(archivetest.Member{Name: "b.inf", Data: data}, flags)
		header := len(b) - len(data)
		binary.LittleEndian.PutUint32(b[11:], uint32(len(whole)))
		binary.LittleEndian.PutUint32(b[16:], crc32.ChecksumIEEE([]byte(whole)))
		binary.LittleEndian.PutUint16(b, uint16(crc32.ChecksumIEEE(b[2:header])))
		return b
	}
	first = append(append(head, archivetest.Rar4File(members()[1], 0)...), part(text[:100], text, after)...)
	first = append(first, end(1)...)
	second = append(bytes.Clone(head), part(text[100:], text, before)...)
	return first, append(second, end(0)...)
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"format 5": archivetest.Rar5(members()...),
		"format 4": archivetest.Rar4(members()...),
		"solid":    solid(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archivetest.Check(t, Open, archivetest.Bytes("a.rar", b), files)
		})
	}
	t.Run("nothing", func(t *testing.T) {
		t.Parallel()
		archivetest.Check(t, Open, archivetest.Bytes("", archivetest.Rar5()), map[string]string{})
	})
}

func TestVolumes(t *testing.T) {
	t.Parallel()
	first, second := volumes(0)
	old := archivetest.Bytes("drv.rar", first)
	old.Beside = func(name string) (archive.Input, error) {
		if name != "drv.r00" {
			return archive.Input{}, fs.ErrNotExist
		}
		return archivetest.Bytes(name, second), nil
	}
	archivetest.Check(t, Open, old, map[string]string{"x64/a.inf": text, "b.inf": text})

	first, second = volumes(0x10)
	in := archivetest.Bytes("drv.part1.rar", first)
	in.Beside = func(name string) (archive.Input, error) {
		if !strings.EqualFold(name, "DRV.PART2.RAR") {
			return archive.Input{}, fs.ErrNotExist
		}
		return archivetest.Bytes(name, second), nil
	}
	archivetest.Check(t, Open, in, map[string]string{"x64/a.inf": text, "b.inf": text})
	in.Beside = nil
	if _, err := Open(in, archive.Limits{}); !errors.Is(err, archive.ErrMissingPart) || !strings.Contains(err.Error(), "drv.part2.rar") {
		t.Errorf("without the second volume: %v", err)
	}
	_, oldSecond := volumes(0)
	for name, b := range map[string][]byte{"drv.part2.rar": second, "drv.r00": oldSecond} {
		if _, err := Open(archivetest.Bytes(name, b), archive.Limits{}); !errors.Is(err, archive.ErrMissingPart) {
			t.Errorf("the second volume %s alone: %v", name, err)
		}
	}
}

func TestEntries(t *testing.T) {
	t.Parallel()
	links := []archivetest.Member{
		{Name: "link", Data: "../../etc/passwd", Mode: fs.ModeSymlink},
		{Name: `x64\..\..\a.inf`, Data: text},
		{Name: "gr\x94\xe1e.inf", Data: "437"},
		{Name: "x64", Mode: fs.ModeDir},
	}
	when := time.Date(2024, 5, 7, 4, 14, 2, 0, time.UTC)
	for name, tt := range map[string]struct {
		b    []byte
		want []archive.Entry
	}{
		"format 4": {archivetest.Rar4(links...), []archive.Entry{
			{Name: "link", Size: 16, Packed: 16, ModTime: when, Mode: fs.ModeSymlink},
			{Name: "x64/../../a.inf", Size: int64(len(text)), Packed: int64(len(text)), ModTime: when, Block: 1},
			{Name: "größe.inf", Size: 3, Packed: 3, ModTime: when, Block: 2},
			{Name: "x64", ModTime: when, Mode: fs.ModeDir, Block: 3},
		}},
		"format 5": {archivetest.Rar5(append(links, archivetest.Member{Name: "hard", Data: "x", Mode: fs.ModeIrregular})...), []archive.Entry{
			{Name: "link", Mode: fs.ModeSymlink},
			{Name: "x64/../../a.inf", Size: int64(len(text)), Packed: int64(len(text)), Block: 1},
			{Name: "größe.inf", Size: 3, Packed: 3, Block: 2},
			{Name: "x64", Mode: fs.ModeDir, Block: 3},
			{Name: "hard", Mode: fs.ModeIrregular, Block: 4},
		}},
	} {
		r, err := Open(archivetest.Bytes("a.rar", tt.b), archive.Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(tt.want, r.Entries()); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// TestOneBadFile holds that what is wrong with one file leaves the others.
func TestOneBadFile(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{"format 5": archivetest.Rar5(members()...), "format 4": archivetest.Rar4(members()...), "solid": solid()} {
		b[bytes.Index(b, []byte("MZ driver"))] = 'X'
		r, err := Open(archivetest.Bytes("a.rar", b), archive.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		err = r.Extract(t.Context(), func(int) bool { return true }, func(i int, src io.Reader) error {
			got, err := io.ReadAll(src)
			e := r.Entries()[i].Name
			if bad := e == "größe.sys"; bad != errors.Is(err, archive.ErrCorrupt) || !bad && string(got) != files[e] {
				t.Errorf("%s: %s: %d bytes, %v", name, e, len(got), err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	five, four := archivetest.Rar5(members()...), archivetest.Rar4(members()...)
	encryptedList := bytes.Clone(four[:20])
	binary.LittleEndian.PutUint16(encryptedList[10:], 0x80)
	binary.LittleEndian.PutUint16(encryptedList[7:], uint16(crc32.ChecksumIEEE(encryptedList[9:20])))
	for name, tt := range map[string]struct {
		b      []byte
		limits archive.Limits
		want   error
	}{
		"empty":                    {nil, archive.Limits{}, archive.ErrFormat},
		"text":                     {[]byte(text), archive.Limits{}, archive.ErrFormat},
		"the mark alone":           {[]byte(mark5), archive.Limits{}, archive.ErrCorrupt},
		"too many entries":         {five, archive.Limits{Entries: 3}, archive.ErrLimit},
		"too many in format 4":     {four, archive.Limits{Entries: 3}, archive.ErrLimit},
		"a damaged header":         {bytes.Replace(five, []byte("empty"), []byte("EMPTY"), 1), archive.Limits{}, archive.ErrCorrupt},
		"a list that is encrypted": {append(encryptedList, four[20:]...), archive.Limits{}, archive.ErrEncrypted},
	} {
		if _, err := Open(archivetest.Bytes("a.rar", tt.b), tt.limits); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// TestEncrypted reads an archive one file of which is encrypted.
func TestEncrypted(t *testing.T) {
	t.Parallel()
	b := archivetest.Rar4()
	end := b[20:]
	b = append(b[:20:20], archivetest.Rar4File(members()[1], 0)...)
	b = append(append(b, archivetest.Rar4File(members()[4], 4)...), end...)
	r, err := Open(archivetest.Bytes("a.rar", b), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if e := r.Entries(); e[0].Encrypted || !e[1].Encrypted {
		t.Errorf("entries %+v", e)
	}
	err = r.Extract(t.Context(), func(int) bool { return true }, func(i int, src io.Reader) error {
		if _, err := io.ReadAll(src); errors.Is(err, archive.ErrEncrypted) != (i == 1) {
			t.Errorf("entry %d: %v", i, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestCut cuts archives everywhere: a file is whole or told to be damaged.
func TestCut(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{"format 5": archivetest.Rar5(members()...), "format 4": archivetest.Rar4(members()...), "solid": solid()} {
		for n := 0; n < len(b); n += 1 + n/50 {
			r, err := Open(archivetest.Bytes("a.rar", b[:n]), archive.Limits{})
			if err != nil {
				if !errors.Is(err, archive.ErrFormat) && !errors.Is(err, archive.ErrCorrupt) {
					t.Errorf("%s cut at %d: %v", name, n, err)
				}
				continue
			}
			err = r.Extract(t.Context(), func(int) bool { return true }, func(i int, src io.Reader) error {
				got, err := io.ReadAll(src)
				if e := r.Entries()[i].Name; !errors.Is(err, archive.ErrCorrupt) && string(got) != files[e] {
					t.Errorf("%s cut at %d: %s: %d bytes, %v", name, n, e, len(got), err)
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
	f.Add(archivetest.Rar5(members()...))
	f.Add(archivetest.Rar4(members()...))
	f.Add(solid())
	first, second := volumes(0x10)
	f.Add(first)
	f.Add(second)
	archivetest.Fuzz(f, Open, "a.rar")
}

func BenchmarkExtract(b *testing.B) {
	data := archivetest.Rar5(archivetest.Member{Name: "a", Data: strings.Repeat(text, 20_000)})
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		r, err := Open(archivetest.Bytes("a.rar", data), archive.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		err = r.Extract(b.Context(), func(int) bool { return true }, func(_ int, src io.Reader) error {
			_, err := io.Copy(io.Discard, src)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
