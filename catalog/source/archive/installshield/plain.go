package installshield

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// The plain list that setup.exe of versions 5 to 15 has behind it: for each file four texts, which are its name, its path, its
// version and its size in digits, and then the file. The launcher in Unicode has UTF-16 there, and the number of files
// before the first one.

// plainHead is how far the texts of one file may reach.
const plainHead = 4096

// maxPlain is how many files of such a list are read.
const maxPlain = 1 << 16

// plainFile is one file of the list.
type plainFile struct {
	name     string
	at, size int64
}

// openPlain lists the files behind a program. It returns nil if there is no such list.
func openPlain(m *image, at int64, head []byte, l archive.Limits) (*files, error) {
	if n := binary.LittleEndian.Uint32(head); n > 0 && n < maxPlain {
		if f, err := readPlain(m, at+4, int(n), true, l); f != nil || err != nil {
			return f, err
		}
	}
	return readPlain(m, at, maxPlain, false, l)
}

// readPlain reads a list of so many files.
func readPlain(m *image, at int64, most int, wide bool, l archive.Limits) (*files, error) {
	f := &files{kind: "installshield setup"}
	var places []*io.SectionReader
	buf := make([]byte, plainHead)
	for len(places) < most {
		n, _ := m.in.ReadAt(buf[:min(plainHead, max(0, m.stop-at))], at)
		p, ok := plainFileAt(buf[:n], at, wide)
		if !ok {
			break
		}
		if len(places) == l.Entries {
			return nil, fmt.Errorf("%w: more than %d files", archive.ErrLimit, l.Entries)
		}
		// A list is believed once its first file is there. Later ones may be cut off.
		if len(places) == 0 && p.at+p.size > m.in.Size {
			return nil, nil
		}
		places = append(places, io.NewSectionReader(m.in, p.at, p.size))
		f.entries = append(f.entries, archive.Entry{Name: slashes(p.name), Size: p.size, Packed: p.size, Block: len(f.entries)})
		at = p.at + p.size
	}
	if len(places) == 0 {
		return nil, nil
	}
	if wide && len(places) < most {
		f.ended = corrupt("the program has %d of its %d files", len(places), most)
	}
	f.decode = func(i int) (io.Reader, error) {
		return newExact(io.NewSectionReader(places[i], 0, places[i].Size()), places[i].Size()), nil
	}
	f.section = func(i int) *io.SectionReader { return places[i] }
	return f, nil
}

// plainFileAt reads the four texts before a file.
func plainFileAt(b []byte, at int64, wide bool) (plainFile, bool) {
	var texts [4]string
	used := 0
	for i := range texts {
		text, n, ok := plainText(b[used:], wide)
		if !ok {
			return plainFile{}, false
		}
		texts[i] = text
		used += n
	}
	size, err := strconv.ParseUint(strings.TrimSpace(texts[3]), 10, 40)
	if err != nil || texts[0] == "" {
		return plainFile{}, false
	}
	name := texts[1]
	if name == "" {
		name = texts[0]
	}
	return plainFile{name: name, at: at + int64(used), size: int64(size)}, true
}

// plainText reads a text of printable characters up to its NUL, and how many bytes it takes.
func plainText(b []byte, wide bool) (string, int, bool) {
	if !wide {
		n := bytes.IndexByte(b, 0)
		if n < 0 || n > maxName || bytes.ContainsFunc(b[:n], func(r rune) bool { return r < ' ' }) {
			return "", 0, false
		}
		return narrowText(b[:n]), n + 1, true
	}
	for n := 0; n+2 <= len(b) && n <= 2*maxName; n += 2 {
		switch c := binary.LittleEndian.Uint16(b[n:]); {
		case c == 0:
			s, _ := wideText(b[:n])
			return s, n + 2, true
		case c < ' ':
			return "", 0, false
		}
	}
	return "", 0, false
}
