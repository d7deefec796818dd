package inf

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// Encoding is how the bytes of an INF stand for characters. The zero value is invalid.
type Encoding uint8

// The encodings of INF files. Microsoft guarantees ASCII, ANSI and UTF16LE only.
const (
	ASCII   Encoding = iota + 1
	ANSI             // one of the Windows code pages, see File.CodePage
	UTF16LE          // with byte order mark FF FE, or recognised without one
	UTF16BE          // with byte order mark FE FF, or recognised without one
	UTF8             // with byte order mark EF BB BF
)

// String names the encoding in lower case: "ascii", "ansi", "utf-16le", "utf-16be", "utf-8".
func (e Encoding) String() string {
	switch e {
	case ASCII:
		return "ascii"
	case ANSI:
		return "ansi"
	case UTF16LE:
		return "utf-16le"
	case UTF16BE:
		return "utf-16be"
	case UTF8:
		return "utf-8"
	}
	return "invalid"
}

// codePages maps a Windows code page to its decoder.
func codePage(cp int) encoding.Encoding {
	switch cp {
	case 874:
		return charmap.Windows874
	case 932:
		return japanese.ShiftJIS
	case 936:
		return simplifiedchinese.GBK
	case 949:
		return korean.EUCKR
	case 950:
		return traditionalchinese.Big5
	case 1250:
		return charmap.Windows1250
	case 1251:
		return charmap.Windows1251
	case 1252:
		return charmap.Windows1252
	case 1253:
		return charmap.Windows1253
	case 1254:
		return charmap.Windows1254
	case 1255:
		return charmap.Windows1255
	case 1256:
		return charmap.Windows1256
	case 1257:
		return charmap.Windows1257
	case 1258:
		return charmap.Windows1258
	}
	return nil
}

// languageCodePage maps a primary language (the low 10 bits of a LANGID) to the ANSI code page of its Windows.
// Chinese depends on the sublanguage, Serbian and Azeri too: those are decided by the whole LANGID.
func languageCodePage(langid int) int {
	switch langid {
	case 0x0404, 0x0c04, 0x1404:
		return 950
	case 0x0804, 0x1004, 0x0004:
		return 936
	case 0x0c1a, 0x1c1a:
		return 1251
	case 0x081a, 0x141a:
		return 1250
	}
	switch langid & 0x3ff {
	case 0x11:
		return 932
	case 0x12:
		return 949
	case 0x19, 0x22, 0x02, 0x23, 0x2f:
		return 1251
	case 0x15, 0x05, 0x0e, 0x1a, 0x1b, 0x24, 0x18, 0x1c:
		return 1250
	case 0x08:
		return 1253
	case 0x1f:
		return 1254
	case 0x0d:
		return 1255
	case 0x01, 0x20, 0x29:
		return 1256
	case 0x25, 0x26, 0x27:
		return 1257
	case 0x1e:
		return 874
	case 0x2a:
		return 1258
	}
	return 1252
}

// decoded is a file's text with what is needed to find its bytes again.
type decoded struct {
	text     string
	enc      Encoding
	codePage int // 0 unless ANSI
	bom      int // bytes of byte order mark
	guessed  bool
	invalid  int // offset in src of the first byte sequence that stands for no character, -1 if none
}

// decode turns bytes into text. It never fails: what cannot be decoded becomes U+FFFD. ansi is the code page for ANSI
// text, 0 to choose it by the languages of the [Strings.xxxx] sections.
func decode(src []byte, ansi int) decoded {
	switch {
	case bytes.HasPrefix(src, []byte{0xff, 0xfe}):
		return decodeUTF16(src, 2, false)
	case bytes.HasPrefix(src, []byte{0xfe, 0xff}):
		return decodeUTF16(src, 2, true)
	case bytes.HasPrefix(src, []byte{0xef, 0xbb, 0xbf}):
		d := decoded{enc: UTF8, bom: 3, invalid: -1}
		rest := src[3:]
		if utf8.Valid(rest) {
			d.text = view(rest)
			return d
		}
		d.text, d.invalid = repairUTF8(rest)
		d.invalid += 3
		return d
	}
	if big, ok := looksLikeUTF16(src); ok {
		d := decodeUTF16(src, 0, big)
		d.guessed = true
		return d
	}
	if isASCII(src) {
		return decoded{text: view(src), enc: ASCII, invalid: -1}
	}
	if codePage(ansi) == nil {
		ansi = chooseCodePage(src)
	}
	d := decoded{enc: ANSI, codePage: ansi}
	d.text, d.invalid = decodeCodePage(src, ansi)
	return d
}

// view shares the bytes with the string: Parse's contract forbids changing them.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

const highBits = 0x8080808080808080

func isASCII(b []byte) bool { return asciiPrefix(b) == len(b) }

// asciiPrefix is how many bytes b begins with before the first that is no ASCII.
func asciiPrefix(b []byte) int {
	i := 0
	for ; i+32 <= len(b); i += 32 {
		w := b[i : i+32]
		if (binary.LittleEndian.Uint64(w)|binary.LittleEndian.Uint64(w[8:])|binary.LittleEndian.Uint64(w[16:])|binary.LittleEndian.Uint64(w[24:]))&highBits != 0 {
			break
		}
	}
	for i < len(b) && b[i] < 0x80 {
		i++
	}
	return i
}

// countHigh counts the bytes that are no ASCII.
func countHigh(b []byte) (n int) {
	for len(b) >= 8 {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(b) & highBits)
		b = b[8:]
	}
	for _, c := range b {
		n += int(c >> 7)
	}
	return n
}

// looksLikeUTF16 recognises UTF-16 without a byte order mark: at least nine tenths of the odd (little endian) or even
// (big endian) bytes of the first 512 are zero.
func looksLikeUTF16(src []byte) (big, ok bool) {
	head := src[:min(len(src), 512)]
	if len(head) < 4 || bytes.IndexByte(head, 0) < 0 {
		return false, false
	}
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i&1]++
		}
	}
	half := len(head) / 2
	switch {
	case zeros[1]*10 >= half*9 && zeros[0]*10 < half:
		return false, true
	case zeros[0]*10 >= half*9 && zeros[1]*10 < half:
		return true, true
	}
	return false, false
}

func decodeUTF16(src []byte, bom int, big bool) decoded {
	d := decoded{enc: UTF16LE, bom: bom, invalid: -1}
	lo, hi, notASCII := 0, 1, uint64(0xff80ff80ff80ff80)
	if big {
		d.enc, lo, hi, notASCII = UTF16BE, 1, 0, 0x80ff80ff80ff80ff
	}
	b := src[bom:]
	out := make([]byte, 0, utf8Size(b, lo, hi, notASCII))
	for i := 0; i+1 < len(b); i += 2 {
		for i+8 <= len(b) { // four ASCII characters at a time
			w := binary.LittleEndian.Uint64(b[i:])
			if w&notASCII != 0 {
				break
			}
			if big {
				w >>= 8
			}
			w |= w >> 8
			out = binary.LittleEndian.AppendUint32(out, uint32(w&0xffff|w>>16&0xffff0000))
			i += 8
		}
		if i+1 >= len(b) {
			break
		}
		u := rune(b[i+lo]) | rune(b[i+hi])<<8
		if u < 0x80 {
			out = append(out, byte(u))
			continue
		}
		if u >= 0xd800 && u < 0xe000 {
			if u < 0xdc00 && i+3 < len(b) {
				if v := rune(b[i+2+lo]) | rune(b[i+2+hi])<<8; v >= 0xdc00 && v < 0xe000 {
					out = utf8.AppendRune(out, (u-0xd800)<<10+(v-0xdc00)+0x10000)
					i += 2
					continue
				}
			}
			if d.invalid < 0 {
				d.invalid = bom + i
			}
			u = utf8.RuneError
		}
		out = utf8.AppendRune(out, u)
	}
	if len(b)%2 == 1 {
		if d.invalid < 0 {
			d.invalid = len(src) - 1
		}
		out = utf8.AppendRune(out, utf8.RuneError)
	}
	d.text = view(out)
	return d
}

// utf8Size is how many bytes UTF-16 becomes, or a little more: three for each half of a surrogate pair.
func utf8Size(b []byte, lo, hi int, notASCII uint64) int {
	n := 0
	for i := 0; i+1 < len(b); {
		if i+8 <= len(b) && binary.LittleEndian.Uint64(b[i:])&notASCII == 0 {
			n += 4
			i += 8
			continue
		}
		switch h := b[i+hi]; {
		case h == 0 && b[i+lo] < 0x80:
			n++
		case h < 0x08:
			n += 2
		default:
			n += 3
		}
		i += 2
	}
	return n + 3*(len(b)%2)
}

func repairUTF8(src []byte) (text string, invalid int) {
	invalid = -1
	out := make([]byte, 0, len(src)+16)
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n == 1 && invalid < 0 {
			invalid = i
		}
		out = utf8.AppendRune(out, r)
		i += n
	}
	return view(out), invalid
}

// decodeCodePage decodes ANSI text. Bytes that a single-byte code page leaves undefined become the C1 control of the same
// number, as Windows does it.
func decodeCodePage(src []byte, cp int) (text string, invalid int) {
	if cm, ok := codePage(cp).(*charmap.Charmap); ok {
		out := make([]byte, 0, len(src)+2*countHigh(src))
		for rest := src; ; rest = rest[1:] {
			n := asciiPrefix(rest)
			out, rest = append(out, rest[:n]...), rest[n:]
			if len(rest) == 0 {
				break
			}
			c := rest[0]
			r := cm.DecodeByte(c)
			if r == utf8.RuneError {
				r = rune(c)
			}
			out = utf8.AppendRune(out, r)
		}
		return view(out), -1
	}
	out, err := codePage(cp).NewDecoder().Bytes(src)
	if err != nil { // the decoders of x/text replace what they cannot read; an error would be theirs
		return strings.ToValidUTF8(string(src), "\uFFFD"), 0
	}
	if i := bytes.Index(out, []byte("\uFFFD")); i >= 0 {
		return view(out), multiByteOffset(src, cp, i)
	}
	return view(out), -1
}

// multiByteOffset finds how many bytes of src decode to the first n bytes of text in a multi-byte code page.
func multiByteOffset(src []byte, cp int, n int) int {
	dec := codePage(cp).NewDecoder()
	var buf [utf8.UTFMax * 2]byte
	done, in := 0, 0
	for in < len(src) && done < n {
		step := 1
		dec.Reset()
		nDst, nSrc, _ := dec.Transform(buf[:], src[in:min(in+step, len(src))], false)
		for nSrc == 0 && in+step < len(src) && step < 4 {
			step++
			dec.Reset()
			nDst, nSrc, _ = dec.Transform(buf[:], src[in:in+step], in+step == len(src))
		}
		if nSrc == 0 {
			dec.Reset()
			nDst, nSrc, _ = dec.Transform(buf[:], src[in:min(in+step, len(src))], true)
		}
		if nSrc == 0 {
			nSrc, nDst = 1, 3
		}
		in += nSrc
		done += nDst
	}
	return in
}

// chooseCodePage picks the code page of the languages that the file's [Strings.xxxx] sections name, if they agree on one
// besides 1252; else 1252. Windows itself uses the code page of the running system.
func chooseCodePage(src []byte) int {
	found := 1252
	for rest := src; ; {
		i := bytes.IndexByte(rest, '[')
		if i < 0 {
			return found
		}
		rest = rest[i+1:]
		const prefix = "strings."
		if len(rest) < len(prefix)+5 || !strings.EqualFold(view(rest[:len(prefix)]), prefix) || rest[len(prefix)+4] != ']' {
			continue
		}
		lang, ok := parseLangID(string(rest[len(prefix) : len(prefix)+4]))
		if !ok {
			continue
		}
		if cp := languageCodePage(lang); cp != 1252 {
			if found != 1252 && found != cp {
				return 1252
			}
			found = cp
		}
	}
}

// parseLangID reads the four hexadecimal digits of a language identifier.
func parseLangID(s string) (int, bool) {
	if len(s) != 4 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		c := s[i] | 0x20
		switch {
		case s[i] >= '0' && s[i] <= '9':
			n = n<<4 | int(s[i]-'0')
		case c >= 'a' && c <= 'f':
			n = n<<4 | int(c-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}
