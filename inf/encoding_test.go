package inf_test

import (
	"encoding/binary"
	"strconv"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf"
)

func utf16Bytes(order binary.AppendByteOrder, bom bool, s string) []byte {
	var b []byte
	if bom {
		b = order.AppendUint16(b, 0xfeff)
	}
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

// encodings are the ways in which the same text can be stored.
var encodings = []struct {
	name   string
	encode func(string) []byte
}{
	{"ascii", func(s string) []byte { return []byte(s) }},
	{"utf-16le", func(s string) []byte { return utf16Bytes(binary.LittleEndian, true, s) }},
	{"utf-16be", func(s string) []byte { return utf16Bytes(binary.BigEndian, true, s) }},
	{"utf-8", func(s string) []byte { return append([]byte("\xef\xbb\xbf"), s...) }},
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	const head = "[Version]\r\nSignature=$CHICAGO$\r\n"
	cases := []struct {
		name  string
		src   []byte
		want  string // encoding and code page
		value string // of the key "a" in [T]
	}{
		{"ASCII", []byte(head + "[T]\r\na=b\r\n"), "ascii 0", "b"},
		{"UTF-16 LE", utf16Bytes(binary.LittleEndian, true, head+"[T]\r\na=ü漢😀\r\n"), "utf-16le 0", "ü漢😀"},
		{"UTF-16 BE", utf16Bytes(binary.BigEndian, true, head+"[T]\r\na=ü漢\r\n"), "utf-16be 0", "ü漢"},
		{"UTF-16 LE without a mark", utf16Bytes(binary.LittleEndian, false, head+"[T]\r\na=ü\r\n"), "utf-16le 0", "ü"},
		{"UTF-8 with a mark", []byte("\xef\xbb\xbf;\r\n" + head + "[T]\r\na=ü\r\n"), "utf-8 0", "ü"},
		{"UTF-8 without a mark is ANSI", []byte(head + "[T]\r\na=ü\r\n"), "ansi 1252", "Ã¼"},
		{"undefined bytes become controls", []byte(head + "[T]\r\na=\x81\r\n"), "ansi 1252", "\u0081"},
		{"Russian strings", []byte(head + "[T]\r\na=\xcf\r\n[Strings.0419]\r\n"), "ansi 1251", "П"},
		{"Chinese strings", []byte(head + "[T]\r\na=\xba\xba\r\n[strings.0804]\r\n"), "ansi 936", "汉"},
		{"Taiwanese strings, trail byte is a backslash", []byte(head + "[T]\r\na=\xb3\x5c\r\n[Strings.0404]\r\n"), "ansi 950", "許"},
		{"languages that disagree", []byte(head + "[T]\r\na=\xcf\r\n[Strings.0419]\r\n[Strings.0408]\r\n"), "ansi 1252", "Ï"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, _ := inf.Parse("t.inf", c.src)
			checkLossless(t, c.name, c.src)
			got := f.Encoding.String() + " " + strconv.Itoa(f.CodePage)
			if got != c.want {
				t.Errorf("encoding %s, want %s", got, c.want)
			}
			l := f.Section("T").First("a")
			if d := cmp.Diff(c.value, l.Fields[0].Text); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// TestOffsets asserts that places are byte offsets in the original file, whatever its encoding.
func TestOffsets(t *testing.T) {
	t.Parallel()
	const text = ";é汉\n[Version]\nSignature=$CHICAGO$\n[T]\na=é汉\"x"
	cases := []struct {
		name string
		src  []byte
		want int
	}{
		{"UTF-16 LE", utf16Bytes(binary.LittleEndian, true, text), 2 + 2*42},
		{"UTF-8", append([]byte("\xef\xbb\xbf"), text...), 3 + 42 + 2*(1+2)},
		{"GBK", []byte(";\xa8\xa6\xba\xba\n[Version]\nSignature=$CHICAGO$\n[T]\na=\xa8\xa6\xba\xba\"x\n[Strings.0804]\n"), 42 + 2*2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, ds := inf.Parse("t.inf", c.src)
			for _, d := range ds {
				if d.Code == "INF0108" {
					if d.Range.Start.Offset != c.want || c.src[d.Range.Start.Offset] != '"' {
						t.Errorf("quote at byte %d, want %d", d.Range.Start.Offset, c.want)
					}
					return
				}
			}
			t.Errorf("no finding about the quote: %v", ds)
		})
	}
}

func TestDamagedUTF16(t *testing.T) {
	t.Parallel()
	whole := utf16Bytes(binary.LittleEndian, true, "[Version]\nSignature=$CHICAGO$\n[T]\na=1\n")
	odd := append(append([]byte{}, whole...), 'x')
	lone := append(append([]byte{}, whole...), 0x00, 0xd8, 'x', 0)
	for name, src := range map[string][]byte{"odd length": odd, "lone surrogate": lone} {
		f, ds := inf.Parse("t.inf", src)
		checkLossless(t, name, src)
		if f.Section("T").First("a") == nil {
			t.Errorf("%s: what can be read is lost", name)
		}
		found := false
		for _, d := range ds {
			found = found || d.Code == "INF0107" && d.Range.Start.Offset == len(whole)
		}
		if !found {
			t.Errorf("%s: not reported at byte %d: %v", name, len(whole), ds)
		}
	}
}
