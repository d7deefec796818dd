package source

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// maxVersion is how much of a version resource is read. Real ones have about 1 KiB.
const maxVersion = 16 << 10

// versionInfo is what the version resource of a program says.
type versionInfo struct {
	strings []versionString
	fixed   string // the file version of the binary part
}

// versionString is one value of the first string table.
type versionString struct {
	key, value string
	offset     int64 // of the value in the file
}

// get returns a value by its key, "" if there is none.
func (v *versionInfo) get(key string) versionString {
	for _, s := range v.strings {
		if strings.EqualFold(s.key, key) {
			return s
		}
	}
	return versionString{}
}

// first returns the first value that is not empty.
func (v *versionInfo) first(keys ...string) string {
	for _, k := range keys {
		if s := v.get(k).value; s != "" {
			return s
		}
	}
	return ""
}

// readVersion reads the version resource, whose structure is a tree of VS_VERSIONINFO, StringFileInfo, StringTable
// and String. learn.microsoft.com/windows/win32/menurc/vs-versioninfo
func readVersion(w *window, r resource) (v versionInfo) {
	b := w.bytes(r.offset, int(min(r.size, maxVersion)))
	root, ok := versionBlock(b, 0)
	if !ok || root.key != "VS_VERSION_INFO" {
		return v
	}
	// VS_FIXEDFILEINFO: signature, structure version, then the file version in two halves.
	if f := b[root.value:root.end]; root.valueLen >= 16 && len(f) >= 16 && binary.LittleEndian.Uint32(f) == 0xFEEF04BD {
		high, low := binary.LittleEndian.Uint32(f[8:]), binary.LittleEndian.Uint32(f[12:])
		v.fixed = fmt.Sprintf("%d.%d.%d.%d", high>>16, high&0xFFFF, low>>16, low&0xFFFF)
	}
	for info := range root.children(b, root.valueLen) {
		if info.key != "StringFileInfo" {
			continue
		}
		for table := range info.children(b, 0) {
			for s := range table.children(b, 0) {
				value := cleanText(utf16Text(b[s.value:s.end]))
				v.strings = append(v.strings, versionString{s.key, value, r.offset + int64(s.value)})
			}
			if len(v.strings) > 0 {
				return v
			}
		}
	}
	return v
}

// block is one node of a version resource. Positions are relative to the resource.
type block struct {
	key        string
	value, end int // the value starts at value; the children follow it, up to end
	valueLen   int // as the node tells: bytes of binary values, characters of text ones
}

func versionBlock(b []byte, at int) (n block, ok bool) {
	if at < 0 || at+6 > len(b) {
		return n, false
	}
	length := int(binary.LittleEndian.Uint16(b[at:]))
	if length < 6 {
		return n, false
	}
	n.end = min(at+length, len(b))
	n.valueLen = int(binary.LittleEndian.Uint16(b[at+2:]))
	n.key = utf16Text(b[at+6 : n.end])
	// The zero after the key, then padding to 32 bits.
	n.value = min(align4(at+6+2*archive.UTF16Len(n.key)+2), n.end)
	return n, true
}

// children yields the nodes after a node's value, which has skip bytes.
func (n block) children(b []byte, skip int) func(yield func(block) bool) {
	return func(yield func(block) bool) {
		for at := align4(n.value + skip); at < n.end; {
			c, ok := versionBlock(b[:n.end], at)
			if !ok || !yield(c) {
				return
			}
			at = align4(c.end)
		}
	}
}

func align4(n int) int { return (n + 3) &^ 3 }

// utf16Text decodes little-endian UTF-16 up to a zero.
func utf16Text(b []byte) string {
	var u []uint16
	for ; len(b) >= 2; b = b[2:] {
		c := binary.LittleEndian.Uint16(b)
		if c == 0 {
			break
		}
		u = append(u, c)
	}
	return string(utf16.Decode(u))
}

// maxText is the longest product, version or company, in characters.
const maxText = 120

// cleanText makes a vendor's text fit to be shown: one line without control characters, of bounded length.
func cleanText(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxText {
		return string(r[:maxText]) + "…"
	}
	return s
}
