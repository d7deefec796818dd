package archive

import (
	"fmt"
	"path"
	"strings"
	"unicode/utf8"
)

// Clean turns a name as an archive stores it into a path below the folder that the archive is opened in: relative, with
// forward slashes, without "." and empty elements. It refuses whatever leads elsewhere or means something else on Windows,
// and says why: absolute paths, drives, "..", streams, device names, characters and endings that Windows does not keep.
func Clean(name string) (string, error) {
	name = strings.ReplaceAll(name, `\`, "/")
	switch {
	case strings.HasPrefix(name, "/"):
		return "", fmt.Errorf("%q is an absolute path", name)
	case len(name) >= 2 && name[1] == ':':
		return "", fmt.Errorf("%q names a drive", name)
	}
	for e := range strings.SplitSeq(name, "/") {
		switch {
		case e == "" || e == ".":
			continue
		case e == "..":
			return "", fmt.Errorf("%q leads out of the archive", name)
		case strings.Contains(e, ":"):
			return "", fmt.Errorf("%q names a stream of a file", name)
		}
		if flaw := NameFlaw(e); flaw != "" {
			return "", fmt.Errorf("%q: %s", name, flaw)
		}
	}
	clean := path.Clean(name)
	if clean == "." || name == "" {
		return "", fmt.Errorf("%q names nothing", name)
	}
	if n := UTF16Len(clean); n > MaxPath {
		return "", fmt.Errorf("a name of %d characters, Windows can name %d", n, MaxPath)
	}
	return clean, nil
}

// MaxPath is the longest path that Windows can name, in UTF-16 units.
// learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation
const MaxPath = 32767

// NameFlaw says why Windows does not allow a name, without folders, "" if it does.
// learn.microsoft.com/windows/win32/fileio/naming-a-file
func NameFlaw(name string) string {
	if !utf8.ValidString(name) {
		return "the name is not valid Unicode: it was made on a system with another encoding"
	}
	for _, r := range name {
		switch {
		case r < ' ':
			return fmt.Sprintf("the name has the control character U+%04X, which Windows does not allow", r)
		case strings.ContainsRune(`<>:"/\|?*`, r):
			return fmt.Sprintf("the name has the character %c, which Windows does not allow", r)
		}
	}
	switch name[len(name)-1] {
	case '.':
		return "the name ends in a period, which Windows drops"
	case ' ':
		return "the name ends in a space, which Windows drops"
	}
	if IsReserved(name) {
		return "the name is that of a device in Windows"
	}
	if n := UTF16Len(name); n > 255 {
		return fmt.Sprintf("the name has %d characters, Windows allows 255", n)
	}
	return ""
}

// IsReserved reports whether Windows takes a name for a device: CON, NUL, COM1 and so on, with any extension.
func IsReserved(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	base = strings.TrimRight(base, " ")
	switch len(base) {
	case 3:
		switch strings.ToUpper(base) {
		case "CON", "PRN", "AUX", "NUL":
			return true
		}
	case 4, 5: // the superscript digits take two bytes
		switch head := strings.ToUpper(base[:3]); head {
		case "COM", "LPT":
			switch base[3:] {
			case "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³":
				return true
			}
		}
	case 6, 7:
		switch strings.ToUpper(base) {
		case "CONIN$", "CONOUT$":
			return true
		}
	}
	return false
}

// UTF16Len is the length of a text in UTF-16 units, which is what Windows counts.
func UTF16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
