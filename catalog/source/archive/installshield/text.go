package installshield

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// maxName is the longest name that is read, in characters of the archive.
const maxName = 1024

// table is a header in memory. What is asked for outside of it is 0 or empty, and noted.
type table struct {
	b       []byte
	outside bool
}

func (t *table) at(at int64, n int) []byte {
	if at < 0 || at > int64(len(t.b)-n) {
		t.outside = true
		return make([]byte, n) // n is the size of a field
	}
	return t.b[at : at+int64(n)]
}

func (t *table) u8(at int64) byte    { return t.at(at, 1)[0] }
func (t *table) u16(at int64) uint16 { return binary.LittleEndian.Uint16(t.at(at, 2)) }
func (t *table) u32(at int64) uint32 { return binary.LittleEndian.Uint32(t.at(at, 4)) }
func (t *table) u64(at int64) uint64 { return binary.LittleEndian.Uint64(t.at(at, 8)) }

// text reads a text up to its NUL, in UTF-16 or in bytes.
func (t *table) text(at int64, wide bool) string {
	if at < 0 || at >= int64(len(t.b)) {
		t.outside = true
		return ""
	}
	b := t.b[at:]
	if wide {
		s, ended := wideText(b)
		t.outside = t.outside || !ended
		return s
	}
	n := 0
	for n < len(b) && n < maxName && b[n] != 0 {
		n++
	}
	t.outside = t.outside || n == len(b)
	return narrowText(b[:n])
}

// wideText reads UTF-16 up to a NUL, and tells whether that or the longest name came before the end.
func wideText(b []byte) (s string, ended bool) {
	var u []uint16
	for ; len(b) >= 2; b = b[2:] {
		c := binary.LittleEndian.Uint16(b)
		if ended = c == 0 || len(u) == maxName; ended {
			break
		}
		u = append(u, c)
	}
	return string(utf16.Decode(u)), ended
}

// narrowText turns the bytes of a name into text. Which code page the vendor used is not stored.
func narrowText(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var s strings.Builder
	for _, c := range b {
		r := charmap.Windows1252.DecodeByte(c)
		if r == utf8.RuneError {
			r = rune(c) // one of the five that the code page leaves to controls
		}
		s.WriteRune(r)
	}
	return s.String()
}

// slashes turns a path of Windows into the one that an Entry has, without empty elements at its ends.
func slashes(name string) string {
	return strings.Trim(strings.ReplaceAll(name, `\`, "/"), "/")
}

// label turns the name of a file group into a folder's name, as unshield does, and where Windows would not keep it.
func label(group string) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(` <>[]:"|?*`, r), !unicode.IsPrint(r):
			return '_'
		}
		return r
	}, slashes(group))
	elements := strings.Split(s, "/")
	for i, e := range elements {
		switch {
		case strings.HasSuffix(e, "."):
			elements[i] = strings.TrimRight(e, ".") + "_"
		case archive.IsReserved(e):
			elements[i] = "_" + e
		}
	}
	return strings.Join(elements, "/")
}

// join puts a name together from its parts, those that are there.
func join(parts ...string) string {
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "/")
}
