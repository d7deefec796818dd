package nsis

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// Variables, by their numbers. $0 to $9 and $R0 to $R9 come before them.
const (
	varR0        = 10
	varR4        = 14
	varInstDir   = 21
	varOutDir    = 22
	varExeDir    = 23
	varTemp      = 25
	varPluginDir = 26
	varExePath   = 27 // from 2.26 on
	varParent225 = 27 // until 2.25
	varOutDir225 = 29 // the second name of $OUTDIR, from 2.04 until 2.25
	varOutDir2   = 31 // from 2.26 on
)

var variableNames = []string{
	"CMDLINE", "INSTDIR", "OUTDIR", "EXEDIR", "LANGUAGE", "TEMP", "PLUGINSDIR", "EXEPATH", "EXEFILE", "HWNDPARENT", "_CLICK", "_OUTDIR",
}

// shellFolders are NSIS's names of the system's folders, by their CSIDL. One name can stand for a user's folder and for
// that of all users.
var shellFolders = [...]string{
	0: "DESKTOP", 1: "INTERNET", 2: "SMPROGRAMS", 3: "CONTROLS", 4: "PRINTERS", 5: "DOCUMENTS", 6: "FAVORITES", 7: "SMSTARTUP", 8: "RECENT",
	9: "SENDTO", 10: "BITBUCKET", 11: "STARTMENU", 13: "MUSIC", 14: "VIDEOS", 16: "DESKTOP", 17: "DRIVES", 18: "NETWORK", 19: "NETHOOD",
	20: "FONTS", 21: "TEMPLATES", 22: "STARTMENU", 23: "SMPROGRAMS", 24: "SMSTARTUP", 25: "DESKTOP", 26: "APPDATA", 27: "PRINTHOOD",
	28: "LOCALAPPDATA", 29: "ALTSTARTUP", 30: "ALTSTARTUP", 31: "FAVORITES", 32: "INTERNET_CACHE", 33: "COOKIES", 34: "HISTORY",
	35: "APPDATA", 36: "WINDIR", 37: "SYSDIR", 38: "PROGRAM_FILES", 39: "PICTURES", 40: "PROFILE", 41: "SYSTEMX86",
	42: "PROGRAM_FILESX86", 43: "PROGRAM_FILES_COMMON", 44: "PROGRAM_FILES_COMMONX8", 45: "TEMPLATES", 46: "DOCUMENTS",
	47: "ADMINTOOLS", 48: "ADMINTOOLS", 49: "CONNECTIONS", 53: "MUSIC", 54: "PICTURES", 55: "VIDEOS", 56: "RESOURCES",
	57: "RESOURCES_LOCALIZED", 58: "COMMON_OEM_LINKS", 59: "CDBURN_AREA", 61: "COMPUTERSNEARME",
}

// What stands for something else in a string: characters below 5 in NSIS 3, above 251 before it, and of a private range
// in Park's builds.
const (
	code3Lang  = 1
	code3Shell = 2
	code3Var   = 3
	code3Skip  = 4

	code2Skip  = 252
	code2Var   = 253
	code2Shell = 254
	code2Lang  = 255

	codeParkSkip  = 0xE000
	codeParkVar   = 0xE001
	codeParkShell = 0xE002
	codeParkLang  = 0xE003
)

const (
	maxText   = archive.MaxPath // characters of one string; NSIS itself keeps 1,024, special builds 8,192
	errorText = "$_ERROR_STR_"
)

// stringTable is the block of strings. A place in it counts characters.
type stringTable struct {
	b       []byte
	unicode bool
	n       uint32
}

// at is a character, 0 behind the end.
func (t *stringTable) at(i uint32) uint32 {
	switch {
	case i >= t.n:
		return 0
	case t.unicode:
		return uint32(u16(t.b[2*i:]))
	}
	return uint32(t.b[i])
}

// special classifies the character at i: what it stands for and its number, and how many characters that takes. kind 0
// is an ordinary character, -1 the end of the string.
type special int

const (
	endOfString special = iota - 1
	plainChar
	langString
	shellFolder
	variable
)

// next reads what stands at i.
func (h *header) next(i uint32) (kind special, value, taken uint32) {
	t := &h.strings
	c := t.at(i)
	if c == 0 {
		return endOfString, 0, 0
	}
	switch {
	case h.layout.park() && t.unicode:
		if c < codeParkSkip || c > codeParkLang {
			return plainChar, c, 1
		}
		c = [4]uint32{code3Skip, code3Var, code3Shell, code3Lang}[c-codeParkSkip]
	case h.layout.family == nsis3:
		if c > code3Skip {
			return plainChar, c, 1
		}
	default:
		if c < code2Skip {
			return plainChar, c, 1
		}
		c = [4]uint32{code3Skip, code3Var, code3Shell, code3Lang}[c-code2Skip]
	}
	v, taken := t.at(i+1), uint32(2)
	if v == 0 {
		return endOfString, 0, 0
	}
	if c == code3Skip {
		return plainChar, v, 2
	}
	high := v >> 8
	if !t.unicode {
		if high = t.at(i + 2); high == 0 {
			return endOfString, 0, 0
		}
		taken = 3
	}
	if c == code3Shell {
		return shellFolder, v&0xFF | high<<8, taken
	}
	if h.layout.park() && t.unicode {
		v &= 0x7FFF
	} else {
		v = v&0x7F | high&0x7F<<7
	}
	if c == code3Var {
		return variable, v, taken
	}
	return langString, v, taken
}

// variable is the number of the variable that a string starts with, -1 if it does not, and the characters that it takes.
func (h *header) variable(pos uint32) (number int, taken uint32) {
	if pos < h.strings.n {
		if kind, v, taken := h.next(pos); kind == variable {
			return int(v), taken
		}
	}
	return -1, 0
}

// isVar reports whether a string is a variable and nothing else.
func (h *header) isVar(pos uint32, number int) bool {
	v, n := h.variable(pos)
	return v == number && h.strings.at(pos+n) == 0
}

// goodString reports whether a string starts where another ends. Some start behind a backslash.
func (h *header) goodString(pos uint32) bool {
	if pos >= h.strings.n {
		return false
	}
	c := uint32(0)
	if pos > 0 {
		c = h.strings.at(pos - 1)
	}
	return c == 0 || c == '\\'
}

func (h *header) equal(a, b uint32) bool {
	if a == b {
		return true
	}
	if a >= h.strings.n || b >= h.strings.n {
		return false
	}
	for i := range uint32(maxText) {
		c := h.strings.at(a + i)
		if c != h.strings.at(b+i) {
			return false
		}
		if c == 0 {
			return true
		}
	}
	return true
}

// raw is a string with the names of what it refers to: bytes of the installer's code page, UTF-8 in Unicode builds.
func (h *header) raw(pos uint32) (string, error) { return h.expand(pos, 8, false) }

// expand builds a string; with resolve, language strings are replaced by those of the first language.
func (h *header) expand(pos uint32, depth int, resolve bool) (string, error) {
	var b []byte
	switch {
	case int32(pos) < 0:
		id := -(int32(pos) + 1)
		if !resolve {
			b = fmt.Appendf(b, "$(LSTR_%d)", id)
		} else if at, ok := h.langString(uint32(id)); ok && depth > 0 {
			return h.expand(at, depth-1, resolve)
		}
		return string(b), h.spend(len(b))
	case pos >= h.strings.n:
		return errorText, h.spend(len(errorText))
	}
	var surrogate rune
	for taken := uint32(0); len(b) < maxText; pos += taken {
		var kind special
		var v uint32
		kind, v, taken = h.next(pos)
		switch kind {
		case endOfString:
			return string(b), h.spend(len(b) + 16)
		case plainChar:
			if !h.strings.unicode {
				b = append(b, byte(v))
				continue
			}
			r := rune(v)
			if surrogate != 0 && utf16.IsSurrogate(r) {
				if whole := utf16.DecodeRune(surrogate, r); whole != utf8.RuneError {
					b, surrogate = utf8.AppendRune(b[:len(b)-3], whole), 0
					continue
				}
			}
			surrogate = 0
			if utf16.IsSurrogate(r) {
				surrogate = r
			}
			b = utf8.AppendRune(b, r) // U+FFFD, three bytes, for half a character
		case variable:
			b = append(append(b, '$'), h.variableName(v)...)
		case shellFolder:
			b = append(b, h.shellName(v&0xFF, v>>8)...)
		case langString:
			if at, ok := h.langString(v); resolve && ok && depth > 0 {
				s, err := h.expand(at, depth-1, resolve)
				if err != nil {
					return "", err
				}
				b = append(b, s...)
			} else if !resolve {
				b = fmt.Appendf(b, "$(LSTR_%d)", v)
			}
		}
		if kind != plainChar {
			surrogate = 0
		}
	}
	return string(b), h.spend(len(b))
}

// spend bounds what the strings of a script may take together.
func (h *header) spend(n int) error {
	if h.textLeft -= n; h.textLeft < 0 {
		return fmt.Errorf("%w: the names in the script of the installer take too much memory", archive.ErrLimit)
	}
	return nil
}

func (h *header) variableName(v uint32) string {
	switch {
	case v < varR0:
		return strconv.Itoa(int(v))
	case v < 20:
		return "R" + strconv.Itoa(int(v-varR0))
	}
	internal := uint32(20 + len(variableNames))
	switch h.layout.before {
	case 200:
		internal -= 3
	case 225:
		internal -= 2
	}
	if v >= internal {
		return "_" + strconv.Itoa(int(v-internal)) + "_"
	}
	if h.layout.before != 0 && v >= varExePath {
		v += 2
	}
	return variableNames[v-20]
}

// shellName names a folder of the system by its two numbers, the second one for where the first does not exist. The
// highest bit of the first marks a value of the registry instead.
func (h *header) shellName(first, second uint32) string {
	if first&0x80 == 0 {
		for _, i := range []uint32{first, second} {
			if i < uint32(len(shellFolders)) && shellFolders[i] != "" {
				return "$" + shellFolders[i]
			}
		}
		return fmt.Sprintf("$_ERROR_UNSUPPORTED_SHELL_[%d,%d]", first, second)
	}
	pos := first & 0x3F
	if pos >= h.strings.n {
		return errorText
	}
	var value []byte
	for i := range uint32(256) {
		c := h.strings.at(pos + i)
		if c == 0 {
			break
		}
		if c < 0x80 || !h.strings.unicode {
			value = append(value, byte(c))
		}
	}
	wide := ""
	if first&0x40 != 0 {
		wide = "64"
	}
	switch string(value) {
	case "ProgramFilesDir":
		return "$PROGRAMFILES" + wide
	case "CommonFilesDir":
		return "$COMMONFILES" + wide
	}
	return "$_ERROR_UNSUPPORTED_VALUE_REGISTRY_" + wide + "(" + string(value) + ")"
}

// text turns what raw returns into Unicode.
func (h *header) text(s string) string {
	if h.strings.unicode || isASCII(s) {
		return s
	}
	if t, err := h.codePage().NewDecoder().String(s); err == nil {
		return t
	}
	return s
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// codePage is that of the installer's first language that has one of its own. The file does not tell the code page, and
// Windows uses that of the machine where the installer is run.
func (h *header) codePage() encoding.Encoding {
	for _, id := range h.languages {
		switch id & 0x3FF {
		case 0x04:
			if id == 0x0404 || id == 0x0C04 || id == 0x1404 {
				return traditionalchinese.Big5
			}
			return simplifiedchinese.GBK
		case 0x11:
			return japanese.ShiftJIS
		case 0x12:
			return korean.EUCKR
		case 0x05, 0x0E, 0x15, 0x18, 0x1B, 0x1C, 0x24, 0x1A:
			return charmap.Windows1250
		case 0x02, 0x19, 0x22, 0x23, 0x2F:
			return charmap.Windows1251
		case 0x08:
			return charmap.Windows1253
		case 0x1F:
			return charmap.Windows1254
		case 0x0D:
			return charmap.Windows1255
		case 0x01, 0x29:
			return charmap.Windows1256
		case 0x25, 0x26, 0x27:
			return charmap.Windows1257
		case 0x2A:
			return charmap.Windows1258
		case 0x1E:
			return charmap.Windows874
		}
	}
	return charmap.Windows1252
}

// compareUTF16 orders texts by their UTF-16 units.
func compareUTF16(a, b string) int {
	for a != "" && b != "" {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if x != y {
			if hx, hy := x > 0xFFFF, y > 0xFFFF; hx != hy {
				// A pair starts with a unit below U+E000.
				if hx && y >= 0xE000 {
					return -1
				}
				if hy && x >= 0xE000 {
					return 1
				}
			}
			return cmp.Compare(x, y)
		}
		a, b = a[n:], b[m:]
	}
	return cmp.Compare(len(a), len(b))
}
