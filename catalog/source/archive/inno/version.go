package inno

import (
	"fmt"
	"strconv"
	"strings"
)

// version is the version of an installer's tables. It is raised only when a table changes: Inno Setup 5.5.3 writes
// tables of 5.5.0.
type version struct {
	n       uint32 // major, minor, patch and build, a byte each
	unicode bool   // strings are UTF-16
	isx     bool   // My Inno Setup Extensions, a variant until 3.0
	text    string // as the installer names it
}

// v makes a number that versions are compared with.
func v(major, minor, patch uint32) uint32 { return v4(major, minor, patch, 0) }

func v4(major, minor, patch, build uint32) uint32 {
	return major<<24 | minor<<16 | patch<<8 | build
}

// Each table of an installer begins with this many bytes of text: "Inno Setup Setup Data (5.5.7) (u)".
const versionLen = 64

const versionMark = "Inno Setup"

// oldest is the first version whose tables are known here. The last is 6.7.0; later ones are tried with its shape.
const oldest = 2 << 24

// parseVersion reads the text at the start of the tables.
func parseVersion(b []byte) (version, bool) {
	text := string(b)
	if i := strings.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	ver := version{text: strings.TrimSpace(text)}
	if !strings.Contains(text, versionMark) || !strings.Contains(text, "Setup Data") {
		return ver, false
	}
	// "(2.0.8) with ISX (2.0.10)": the higher one counts.
	for _, part := range strings.Split(text, "(")[1:] {
		inner, _, ok := strings.Cut(part, ")")
		if !ok {
			continue
		}
		if n, ok := parseNumber(inner); ok {
			ver.n = max(ver.n, n)
		}
	}
	ver.isx = strings.Contains(text, "with ISX") || strings.Contains(text, "My Inno Setup Extensions")
	ver.unicode = strings.Contains(text, "(u)") || strings.Contains(text, "(U)") || ver.n >= v(6, 3, 0)
	return ver, ver.n > 0
}

// parseNumber reads "6.4.0.1" or "2.0.6a".
func parseNumber(s string) (uint32, bool) {
	parts := strings.Split(s, ".")
	if len(parts) < 3 || len(parts) > 4 {
		return 0, false
	}
	var out uint32
	for i := range 4 {
		var n uint64
		if i < len(parts) {
			var err error
			if n, err = strconv.ParseUint(strings.TrimSuffix(parts[i], "a"), 10, 8); err != nil {
				return 0, false
			}
		}
		out = out<<8 | uint32(n)
	}
	return out, true
}

// number is the version as people write it.
func (ver version) number() string {
	s := fmt.Sprintf("%d.%d.%d", ver.n>>24, ver.n>>16&0xFF, ver.n>>8&0xFF)
	if build := ver.n & 0xFF; build > 0 {
		s += fmt.Sprintf(".%d", build)
	}
	return s
}

// atLeast reports whether tables are of the version n or later.
func (ver version) atLeast(n uint32) bool { return ver.n >= n }

// before reports whether tables are older than the version n.
func (ver version) before(n uint32) bool { return ver.n < n }

// candidates are the versions whose shape the tables may have, the likeliest first. Some versions changed their tables and
// not their name, and variants of Inno Setup by others changed both or neither.
func (ver version) candidates() []version {
	out := []version{ver}
	for _, other := range map[uint32][]uint32{
		v(2, 0, 1):  {v(2, 0, 2)},
		v(3, 0, 3):  {v(3, 0, 4)},
		v(4, 2, 3):  {v(4, 2, 4)},
		v(5, 3, 10): {v4(5, 3, 10, 1), v(5, 4, 2)},
		v(5, 4, 2):  {v4(5, 4, 2, 1), v(5, 5, 0)},
		v(5, 5, 0):  {v4(5, 5, 0, 1), v(5, 5, 6)},
		v(5, 5, 7):  {v4(5, 5, 7, 1), v(5, 6, 0)},
	}[ver.n] {
		c := ver
		c.n = other
		out = append(out, c)
	}
	return out
}
