package smb

import (
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf16"
)

// maxNameUnits is how long one name may be on Windows file systems, in UTF-16 units. A whole path may be 32,767 of them.
const (
	maxNameUnits = 255
	maxPathUnits = 32_000 // leaves room for the server's own prefix
)

// checkName refuses what is not a name in the form of io/fs, and what Windows forbids. A server on another system would
// take some of those and show them to Windows as made-up 8.3 names.
func checkName(name string) error {
	if !fs.ValidPath(name) {
		return fs.ErrInvalid
	}
	if name == "." {
		return nil
	}
	if n := units(name); n > maxPathUnits {
		return fmt.Errorf("%w: the path has %d characters, %d are allowed", fs.ErrInvalid, n, maxPathUnits)
	}
	for part := range strings.SplitSeq(name, "/") {
		for _, r := range part {
			if r < 0x20 {
				return fmt.Errorf("%w: %q holds the control character U+%04X, which Windows forbids in names", fs.ErrInvalid, part, r)
			}
			if strings.ContainsRune(`<>:"|?*\`, r) {
				return fmt.Errorf("%w: %q holds the character %c, which Windows forbids in names", fs.ErrInvalid, part, r)
			}
		}
		switch part[len(part)-1] {
		case '.':
			return fmt.Errorf("%w: %q ends in a dot, which Windows would drop", fs.ErrInvalid, part)
		case ' ':
			return fmt.Errorf("%w: %q ends in a space, which Windows would drop", fs.ErrInvalid, part)
		}
		if n := units(part); n > maxNameUnits {
			return fmt.Errorf("%w: the name %.40q... has %d characters, %d are allowed", fs.ErrInvalid, part, n, maxNameUnits)
		}
	}
	return nil
}

func units(s string) (n int) {
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// remote is the path below the share as the protocol writes it.
func (t *Tree) remote(name string) string {
	p := t.c.Folder
	switch {
	case p == "" || p == ".":
		p = name
	case name != ".":
		p += "/" + name
	}
	if p == "." {
		return ""
	}
	return strings.ReplaceAll(p, "/", `\`)
}
