package szdd

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

var keep = flag.String("keep", "", "a folder to keep the files of the tests in, for a look with other programs")

func input(t testing.TB, name string, b []byte) archive.Input {
	if *keep != "" {
		file := strings.NewReplacer("/", "-", " ", "_", ",", "").Replace(t.Name()) + "." + name
		if err := os.WriteFile(filepath.Join(*keep, file), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return archivetest.Bytes(name, b)
}

// text looks like an INF: words and blanks that come again.
func text(seed uint64, n int) string {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]byte, 0, n+300)
	for len(out) < n {
		if back := 1 + r.IntN(6000); r.IntN(3) > 0 && back < len(out) {
			from := len(out) - back
			for i := range 3 + r.IntN(1+r.IntN(60)) {
				out = append(out, out[from+i])
			}
			continue
		}
		for range 1 + r.IntN(50) {
			out = append(out, byte(r.IntN(1+r.IntN(256))))
		}
	}
	return string(out[:n])
}

var sizes = map[string]string{
	"nothing": "", "one byte": "a", "spaces at first": "     x", "little": text(1, 300), "spaces": strings.Repeat(" ", 9000),
	"more than the window": text(2, 10000), "more than a chunk": text(3, 2*chunkSize+77),
}

func TestSZDD(t *testing.T) {
	t.Parallel()
	for name, data := range sizes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archivetest.Check(t, Open, input(t, "net.sy_", makeSZDD(data, 's')), map[string]string{"net.sys": data})
		})
		t.Run(name+", QBasic", func(t *testing.T) {
			t.Parallel()
			archivetest.Check(t, Open, input(t, "net.sy_", makeBasic(data)), map[string]string{"net.sys": data})
		})
		t.Run(name+", bytes behind it", func(t *testing.T) {
			t.Parallel()
			archivetest.Check(t, Open, input(t, "net.sy_", append(makeSZDD(data, 's'), "\xFFmore than it has"...)), map[string]string{"net.sys": data})
		})
	}
}

func TestKWAJ(t *testing.T) {
	t.Parallel()
	for method, what := range []string{"stored", "inverted", "LZSS", "LZH", "MSZIP"} {
		for name, data := range sizes {
			t.Run(what+", "+name, func(t *testing.T) {
				t.Parallel()
				k := kwaj{method: method, size: len(data), packed: pack(method, data)}
				archivetest.Check(t, Open, input(t, "net.sy_", k.bytes()), map[string]string{"net.sys": data})
				k.name, k.ext, k.more = "E100B", "SYS", true
				archivetest.Check(t, Open, archivetest.Bytes("net.sy_", k.bytes()), map[string]string{"E100B.SYS": data})
				k.size = -1
				// A last byte of bits may hold a few more literals, if nobody says how many there are.
				if method != methodLZH {
					archivetest.Check(t, Open, archivetest.Bytes("net.sy_", k.bytes()), map[string]string{"E100B.SYS": data})
				}
			})
		}
	}
	for way := range 4 {
		t.Run(fmt.Sprint("LZH, lengths in way ", way), func(t *testing.T) {
			t.Parallel()
			data := text(uint64(way), 5000)
			k := kwaj{method: methodLZH, size: len(data), packed: encodeLZH(data, [5]int{way, way, way, way, way})}
			archivetest.Check(t, Open, input(t, "net.sy_", k.bytes()), map[string]string{"net.sys": data})
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		missing byte
		want    string
	}{
		{"net.sy_", 's', "net.sys"}, {"NET.SY_", 's', "NET.SYs"}, {"setup.ex_", 0, "setup.exe"}, {"SETUP.EX_", 0, "SETUP.EXE"},
		{"a.dl_", 0, "a.dll"}, {"a.in_", 0, "a.inf"}, {"a.ca_", 0, "a.cat"}, {"a.oc_", 0, "a.ocx"}, {"a.cp_", 0, "a.cpl"},
		{"a.dl_", '!', "a.dl!"}, {"a.dl_", '\n', "a.dll"}, {"a.dl_", 0xFF, "a.dll"},
		{"readme.q_", 0, "readme.q"}, {"readme._", 0, "readme"}, {"readme_", 0, "readme"}, {"_", 0, "_"}, {"._", 0, "._"},
		{"a_b.dll", 's', "a_b.dll"}, {"a.386", 0, "a.386"}, {"a.38_", 0, "a.386"},
	} {
		if got := restore(tt.name, tt.missing); got != tt.want {
			t.Errorf("restore(%q, %q) = %q, want %q", tt.name, tt.missing, got, tt.want)
		}
	}
	for _, tt := range []struct{ name, ext, want string }{
		{"", "", "net.inf"}, {"E100B", "", "E100B"}, {"", "CAT", "net.CAT"}, {"E100B", "CAT", "E100B.CAT"},
	} {
		r, err := Open(archivetest.Bytes("net.in_", kwaj{name: tt.name, ext: tt.ext, size: 1, packed: []byte("x")}.bytes()), archive.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Entries()[0].Name; got != tt.want {
			t.Errorf("the name %q and the extension %q give %q, want %q", tt.name, tt.ext, got, tt.want)
		}
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	data := text(4, 5000)
	whole := makeSZDD(data, 's')
	packed := func(method int, cut int) []byte {
		k := kwaj{method: method, size: len(data), packed: pack(method, data), more: true, name: "A", ext: "B"}
		b := k.bytes()
		return b[:len(b)-cut]
	}
	mode := makeSZDD(data, 's')
	mode[8] = 'B'
	tests := map[string]struct {
		src  []byte
		want error
	}{
		"nothing":                   {nil, archive.ErrFormat},
		"another format":            {[]byte("MZ" + strings.Repeat("\x00", 100)), archive.ErrFormat},
		"SZDD, half its mark":       {whole[:6], archive.ErrFormat},
		"SZDD, cut in its header":   {whole[:12], archive.ErrCorrupt},
		"SZDD, no data":             {whole[:14], archive.ErrCorrupt},
		"SZDD, cut":                 {whole[:len(whole)-1], archive.ErrCorrupt},
		"SZDD, another mode":        {mode, archive.ErrUnsupported},
		"SZDD, 4 GiB in no bytes":   {[]byte(magicSZDD + "As\xFF\xFF\xFF\xFF"), archive.ErrCorrupt},
		"QBasic, cut in its header": {[]byte(magicBasic + "\x01\x00"), archive.ErrCorrupt},
		"KWAJ, another method":      {kwaj{method: 5, size: 1, packed: []byte("x")}.bytes(), archive.ErrUnsupported},
		"KWAJ, a long name":         {kwaj{size: 1, name: strings.Repeat("n", 20), packed: []byte("x")}.bytes(), archive.ErrCorrupt},
		"LZH, a way that is none":   {kwaj{method: methodLZH, size: 1, packed: encodeLZH("x", [5]int{1, 1, 1, 1, 4})}.bytes(), archive.ErrUnsupported},
		"LZH, too many codes":       {kwaj{method: methodLZH, size: 1, packed: []byte{0x30, 0, 0, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11}}.bytes(), archive.ErrCorrupt},
		"MSZIP, no mark":            {kwaj{method: methodMSZIP, size: 1, packed: []byte("\x03\x00xx")}.bytes(), archive.ErrCorrupt},
	}
	header := len(kwaj{size: 1, name: "A", ext: "B", more: true}.bytes())
	for cut := 12; cut < header-6; cut++ { // the text at the end of the header need not be there
		tests[fmt.Sprint("KWAJ, cut at ", cut)] = struct {
			src  []byte
			want error
		}{packed(methodLZH, 0)[:cut], archive.ErrCorrupt}
	}
	for method := range 5 {
		tests[fmt.Sprint("KWAJ, cut, method ", method)] = struct {
			src  []byte
			want error
		}{packed(method, 3), archive.ErrCorrupt}
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := Open(archivetest.Bytes("net.sy_", tt.src), archive.Limits{})
			if err == nil {
				err = r.Extract(context.Background(), func(int) bool { return true }, func(_ int, src io.Reader) error {
					_, err := io.Copy(io.Discard, src)
					return err
				})
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

func FuzzOpen(f *testing.F) {
	data := text(5, 400)
	f.Add(makeSZDD(data, 's'))
	f.Add(makeBasic(data))
	for method := range 5 {
		f.Add(kwaj{method: method, size: len(data), name: "A", ext: "B", more: true, packed: pack(method, data)}.bytes())
		f.Add(kwaj{method: method, size: -1, packed: pack(method, data)}.bytes())
	}
	archivetest.Fuzz(f, Open, "net.sy_")
}

func BenchmarkExtract(b *testing.B) {
	data := strings.Repeat(text(6, 100000), 10)
	for name, src := range map[string][]byte{
		"szdd": makeSZDD(data, 's'),
		"lzh":  kwaj{method: methodLZH, size: len(data), packed: encodeLZH(data, [5]int{1, 1, 1, 1, 1})}.bytes(),
	} {
		b.Run(name, func(b *testing.B) {
			r, err := Open(archivetest.Bytes("net.sy_", src), archive.Limits{})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				err := r.Extract(b.Context(), func(int) bool { return true }, func(_ int, src io.Reader) error {
					_, err := io.Copy(io.Discard, src)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
