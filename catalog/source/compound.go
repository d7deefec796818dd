package source

import (
	"encoding/binary"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// compound is an OLE compound file: Windows Installer databases are such files. Only its directory and one small
// stream are read. [MS-CFB], learn.microsoft.com/openspecs/windows_protocols/ms-cfb
type compound struct {
	w      *window
	header []byte
	sector int64 // bytes of a sector
	root   int64 // where the root storage's directory entry lies
}

const (
	compoundMagic    = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
	compoundEntryLen = 128
	miniSector       = 64
	lastSector       = 0xFFFFFFF9 // greater numbers mark ends and free sectors
	maxChain         = 64         // sectors followed in one chain
)

// The class of a compound file that Windows Installer made, learn.microsoft.com/windows/win32/msi/installation-package.
const (
	classDatabase = "\x84\x10\x0C\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46"
	classPatch    = "\x86\x10\x0C\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46"
)

// readCompound reads the header of a compound file. It returns nil for anything else.
func readCompound(w *window) *compound {
	h := w.exactly(0, 512)
	if h == nil || string(h[:8]) != compoundMagic {
		return nil
	}
	c := &compound{w: w, header: h}
	switch binary.LittleEndian.Uint16(h[30:]) {
	case 9:
		c.sector = 512
	case 12:
		c.sector = 4096
	default:
		return nil
	}
	c.root = c.at(c.u32(48))
	return c
}

func (c *compound) u32(at int) uint32 { return binary.LittleEndian.Uint32(c.header[at:]) }

// at is where a sector lies. The header takes the place of one.
func (c *compound) at(sector uint32) int64 { return (int64(sector) + 1) * c.sector }

// class returns the root storage's class and where it stands.
func (c *compound) class() (string, int64) {
	return string(c.w.exactly(c.root+80, 16)), c.root + 80
}

// next returns the sector after s in its chain. Only what the header's 109 FAT sectors cover is followed: the
// directory of an installer database lies in there but for files beyond 7 MB (sectors of 512 bytes), where it may not.
func (c *compound) next(s uint32) uint32 {
	per := uint32(c.sector / 4)
	if s/per >= 109 {
		return lastSector + 1
	}
	b := c.w.exactly(c.at(c.u32(76+4*int(s/per)))+4*int64(s%per), 4)
	if b == nil {
		return lastSector + 1
	}
	return binary.LittleEndian.Uint32(b)
}

// chain lists the sectors from s on, up to a limit.
func (c *compound) chain(s uint32) (list []uint32) {
	for ; s <= lastSector && len(list) < maxChain; s = c.next(s) {
		list = append(list, s)
	}
	return list
}

// stream returns the first bytes of a stream of the root storage, at most limit, nil if there is none.
func (c *compound) stream(name string, limit int) []byte {
	for _, s := range c.chain(c.u32(48)) {
		b := c.w.bytes(c.at(s), int(c.sector))
		for ; len(b) >= compoundEntryLen; b = b[compoundEntryLen:] {
			if utf16Text(b[:64]) != name || b[66] != 2 { // 2 is a stream
				continue
			}
			start, size := binary.LittleEndian.Uint32(b[116:]), binary.LittleEndian.Uint32(b[120:])
			if size >= c.u32(56) {
				return c.w.bytes(c.at(start), int(min(int64(size), c.sector, int64(limit))))
			}
			return c.mini(start, min(int(size), limit))
		}
	}
	return nil
}

// mini returns a stream that is kept in small sectors inside the root storage's own stream.
func (c *compound) mini(s uint32, size int) (out []byte) {
	root := c.w.exactly(c.root+116, 4)
	if root == nil {
		return nil
	}
	container := c.chain(binary.LittleEndian.Uint32(root))
	table := c.chain(c.u32(60))
	per := uint32(c.sector / miniSector)
	for len(out) < size && s <= lastSector && int(s/per) < len(container) {
		b := c.w.exactly(c.at(container[s/per])+int64(s%per)*miniSector, miniSector)
		if b == nil {
			return nil
		}
		out = append(out, b...)
		i := s / uint32(c.sector/4)
		if int(i) >= len(table) {
			break
		}
		n := c.w.exactly(c.at(table[i])+4*int64(s%uint32(c.sector/4)), 4)
		if n == nil {
			break
		}
		s = binary.LittleEndian.Uint32(n)
	}
	return out[:min(len(out), size)]
}

// summary is what the summary information of a Windows Installer database says: the product's name as its subject, the
// manufacturer as its author, the program that wrote it, and the least version of Windows Installer that reads it (200
// is 2.0) as its page count. learn.microsoft.com/windows/win32/msi/summary-property-descriptions
type summary struct {
	subject, author, writer string
	schema                  uint32
}

func (c *compound) summary() (s summary) {
	const sections, longest = 48, 4096
	b := c.stream("\x05SummaryInformation", longest)
	if len(b) < sections || b[0] != 0xFE || b[1] != 0xFF {
		return s
	}
	base := int(binary.LittleEndian.Uint32(b[44:]))
	if base < sections || base+8 > len(b) {
		return s
	}
	b = b[base:]
	n := min(int(binary.LittleEndian.Uint32(b[4:])), 32)
	values := map[uint32][]byte{}
	for i := range n {
		if len(b) < 16+8*i {
			break
		}
		id, at := binary.LittleEndian.Uint32(b[8+8*i:]), binary.LittleEndian.Uint32(b[12+8*i:])
		if int64(at)+4 <= int64(len(b)) {
			values[id] = b[at:]
		}
	}
	const codePage, subjectID, authorID, pagesID, writerID, typeNumber = 1, 3, 4, 14, 18, 3
	utf8 := false
	if v := values[codePage]; len(v) >= 6 {
		utf8 = binary.LittleEndian.Uint16(v[4:]) == 65001
	}
	s.subject, s.author, s.writer = summaryText(values[subjectID], utf8), summaryText(values[authorID], utf8), summaryText(values[writerID], utf8)
	if v := values[pagesID]; len(v) >= 8 && binary.LittleEndian.Uint32(v) == typeNumber {
		s.schema = binary.LittleEndian.Uint32(v[4:])
	}
	return s
}

// summaryText reads a VT_LPSTR. Code pages other than UTF-8 are read as Windows-1252: these are names for people.
func summaryText(v []byte, utf8 bool) string {
	const typeText = 30
	if len(v) < 8 || binary.LittleEndian.Uint32(v) != typeText {
		return ""
	}
	n := int64(binary.LittleEndian.Uint32(v[4:]))
	s := string(v[8:min(8+n, int64(len(v)))])
	s, _, _ = strings.Cut(s, "\x00")
	if !utf8 {
		if d, err := charmap.Windows1252.NewDecoder().String(s); err == nil {
			s = d
		}
	}
	return cleanText(strings.ToValidUTF8(s, "\uFFFD"))
}
