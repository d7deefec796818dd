package msi

import (
	"strings"
	"unicode/utf16"
)

// Windows Installer packs the names of streams, so that 62 characters fit into the 31 of a compound file: one unit from
// U+3800 on holds two characters of 64, one from U+4800 on holds one, and U+4840 in front marks a table. Anything else
// stands for itself. The order of the 64 characters is that of the names in any database.
const nameCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"

const tableMark = 0x4840

// streamName returns the name of a stream, and whether it is that of a table.
func streamName(units []uint16) (name string, table bool) {
	if len(units) > 0 && units[0] == tableMark {
		units, table = units[1:], true
	}
	out := make([]uint16, 0, 2*len(units))
	for _, u := range units {
		switch {
		case u >= 0x3800 && u < 0x4800:
			out = append(out, uint16(nameCharacters[(u-0x3800)&63]), uint16(nameCharacters[(u-0x3800)>>6]))
		case u >= 0x4800 && u < tableMark:
			out = append(out, uint16(nameCharacters[u-0x4800]))
		default:
			out = append(out, u)
		}
	}
	return string(utf16.Decode(out)), table
}

// longName is the long one of "SHORT~1.TXT|long name.txt".
func longName(s string) string {
	if _, long, ok := strings.Cut(s, "|"); ok {
		return long
	}
	return s
}

// shortName is the other.
func shortName(s string) string {
	s, _, _ = strings.Cut(s, "|")
	return s
}
