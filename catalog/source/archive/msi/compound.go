package msi

import (
	"encoding/binary"
	"fmt"
	"io"
	"sort"
	"unicode/utf16"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// A compound file is a small file system: sectors of one size, chained by a table (FAT), and a directory of storages and
// streams. Streams below 4 KiB lie in sectors of 64 bytes inside a stream of their own. All of it from [MS-CFB],
// learn.microsoft.com/openspecs/windows_protocols/ms-cfb
const (
	compoundMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
	entryLen      = 128
	miniSector    = 64
	miniCutoff    = 4096 // streams from here on lie in sectors
	lastSector    = 0xFFFFFFF9
	freeSector    = 0xFFFFFFFF
	noEntry       = 0xFFFFFFFF
	headerFAT     = 109 // FAT sectors that the header names
)

// maxDirectory is how many storages and streams are read, 16 MiB of them. Installers have some hundred.
const maxDirectory = 1 << 17

// maxSectors keeps the table of sectors below 32 MiB: files of 4 GiB, 32 GiB with the large sectors. Windows Installer
// itself stops at 2 GiB. maxPieces keeps what is known of where streams lie below 100 MiB.
const (
	maxSectors = 1 << 23
	maxPieces  = 1 << 22
	maxStream  = 1 << 32
)

const (
	kindStorage = 1
	kindStream  = 2
)

// dirEntry is a storage or a stream.
type dirEntry struct {
	name               []uint16
	kind               byte
	left, right, child uint32
	class              string
	start              uint32
	size               int64
}

// compound reads one compound file. It is not safe for concurrent use; the streams that it returns are.
type compound struct {
	r       io.ReaderAt
	size    int64
	sector  int64
	long    bool // sizes have 64 bits
	cutoff  int64
	fatAt   []uint32         // the sectors of the FAT
	fat     map[int][]uint32 // those that were read
	dir     []dirEntry
	root    int64 // where the root's directory entry lies
	miniFAT []uint32
	mini    *stream // what holds the mini sectors
	left    int64   // sectors that may still be part of a chain
	pieces  int     // extents that streams may still have
	header  []byte
}

// readCompound reads the header of a compound file. Anything else is ErrFormat.
func readCompound(r io.ReaderAt, size int64) (*compound, error) {
	h := make([]byte, 512)
	if size < int64(len(h)) {
		return nil, archive.ErrFormat
	}
	if _, err := r.ReadAt(h[:8], 0); err != nil || string(h[:8]) != compoundMagic {
		return nil, archive.ErrFormat
	}
	if _, err := r.ReadAt(h[8:], 8); err != nil {
		return nil, archive.ErrFormat
	}
	c := &compound{r: r, size: size, header: h, fat: map[int][]uint32{}, pieces: maxPieces}
	switch binary.LittleEndian.Uint16(h[30:]) {
	case 9:
		c.sector = 512
	case 12:
		c.sector, c.long = 4096, true
	default:
		return nil, archive.ErrFormat
	}
	c.cutoff = miniCutoff
	if n := c.u32(56); n >= miniSector && n <= 1<<20 {
		c.cutoff = int64(n)
	}
	c.root = c.at(c.u32(48))
	if c.sectors() > maxSectors {
		return nil, fmt.Errorf("a compound file of %d bytes: %w", size, archive.ErrLimit)
	}
	// A sector belongs to one chain. Twice as many is generous to writers, and what ends chains that share sectors.
	c.left = 2*c.sectors() + 64
	return c, nil
}

func (c *compound) u32(at int) uint32 { return binary.LittleEndian.Uint32(c.header[at:]) }

// at is where a sector lies. The header takes the place of one.
func (c *compound) at(sector uint32) int64 { return (int64(sector) + 1) * c.sector }

// sectors is how many sectors the file can hold, a last one that is cut short included.
func (c *compound) sectors() int64 { return (c.size - 1) / c.sector }

// numbers reads a sector of sector numbers.
func (c *compound) numbers(sector uint32) []uint32 {
	b := make([]byte, c.sector)
	if int64(sector) >= c.sectors() {
		return nil
	}
	n, err := c.r.ReadAt(b, c.at(sector))
	if err != nil && err != io.EOF {
		return nil
	}
	out := make([]uint32, n/4)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return out
}

// findFAT lists the sectors of the FAT that the header does not name, when they are needed.
func (c *compound) findFAT() {
	for i := range headerFAT {
		c.fatAt = append(c.fatAt, c.u32(76+4*i))
	}
	per := c.sector / 4
	most := c.sectors()/per + 1 // FAT sectors that the file has any use for
	for s := c.u32(68); s <= lastSector && int64(len(c.fatAt)) < most; {
		list := c.numbers(s)
		if int64(len(list)) < per {
			return
		}
		c.fatAt = append(c.fatAt, list[:per-1]...)
		s = list[per-1]
	}
}

// next returns the sector after s in its chain, a number beyond lastSector at its end.
func (c *compound) next(s uint32) uint32 {
	if c.fatAt == nil {
		c.findFAT()
	}
	per := uint32(c.sector / 4)
	page := int(s / per)
	if page >= len(c.fatAt) {
		return freeSector
	}
	list, ok := c.fat[page]
	if !ok {
		if at := c.fatAt[page]; at <= lastSector {
			list = c.numbers(at)
		}
		c.fat[page] = list
	}
	if i := s % per; int(i) < len(list) {
		return list[i]
	}
	return freeSector
}

// chain lays out the sectors from s on, at most size bytes of them. Chains that end early are laid out as far as they go.
func (c *compound) chain(s uint32, size int64) *stream {
	st := &stream{r: c.r, size: size}
	for got := int64(0); got < size && s <= lastSector && int64(s) < c.sectors() && c.left > 0 && c.pieces > 0; s = c.next(s) {
		c.left--
		n := min(c.sector, size-got)
		c.pieces -= st.add(c.at(s), n)
		got += n
	}
	return st
}

// miniChain does the same with the small sectors.
func (c *compound) miniChain(s uint32, size int64) *stream {
	st := &stream{r: c.r, size: size}
	for got := int64(0); got < size && s <= lastSector && c.left > 0 && c.pieces > 0; {
		c.left--
		n := min(miniSector, size-got)
		at, have := c.mini.find(int64(s) * miniSector)
		if have < n {
			break
		}
		c.pieces -= st.add(at, n)
		got += n
		if int(s) >= len(c.miniFAT) {
			break
		}
		s = c.miniFAT[s]
	}
	return st
}

// readDirectory reads the directory, at most so many entries of it, and what small streams need.
func (c *compound) readDirectory(most int64) error {
	list := c.chain(c.u32(48), most*entryLen)
	b := make([]byte, list.have())
	if _, err := list.ReadAt(b, 0); err != nil && err != io.EOF && len(b) > 0 {
		return err
	}
	if len(b)/entryLen > maxDirectory {
		return fmt.Errorf("a compound file of more than %d streams: %w", maxDirectory, archive.ErrLimit)
	}
	for ; len(b) >= entryLen; b = b[entryLen:] {
		c.dir = append(c.dir, c.parseEntry(b))
	}
	if len(c.dir) == 0 {
		return fmt.Errorf("a compound file without a directory: %w", archive.ErrCorrupt)
	}
	root := &c.dir[0]
	c.mini = c.chain(root.start, min(root.size, c.size, maxDirectory*miniCutoff))
	// The small streams' table has a number for each 64 bytes of what holds them.
	table := c.chain(c.u32(60), (c.mini.have()+miniSector-1)/miniSector*4)
	b = make([]byte, table.have())
	if _, err := table.ReadAt(b, 0); err != nil && err != io.EOF && len(b) > 0 {
		return err
	}
	c.miniFAT = make([]uint32, len(b)/4)
	for i := range c.miniFAT {
		c.miniFAT[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	c.left += int64(len(c.miniFAT)) // small sectors count too
	return nil
}

func (c *compound) parseEntry(b []byte) dirEntry {
	e := dirEntry{
		kind: b[66],
		left: binary.LittleEndian.Uint32(b[68:]), right: binary.LittleEndian.Uint32(b[72:]), child: binary.LittleEndian.Uint32(b[76:]),
		class: string(b[80:96]),
		start: binary.LittleEndian.Uint32(b[116:]), size: int64(binary.LittleEndian.Uint64(b[120:])),
	}
	if !c.long { // the upper half may be anything
		e.size &= 0xFFFFFFFF
	}
	e.size = max(0, e.size)
	for i := 0; i < 32; i++ { // the length that stands behind the name is not always right
		u := binary.LittleEndian.Uint16(b[2*i:])
		if u == 0 {
			break
		}
		e.name = append(e.name, u)
	}
	return e
}

// children lists what a storage holds, in no order that means anything.
func (c *compound) children(storage int) (list []int) {
	seen := map[uint32]bool{0: true, uint32(storage): true}
	for todo := []uint32{c.dir[storage].child}; len(todo) > 0; {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if i == noEntry || int64(i) >= int64(len(c.dir)) || seen[i] {
			continue
		}
		seen[i] = true
		e := &c.dir[i]
		if e.kind == kindStorage || e.kind == kindStream {
			list = append(list, int(i))
		}
		todo = append(todo, e.right, e.left)
	}
	sort.Ints(list) // as they were written
	return list
}

// open lays out a stream. It costs a step for each of its sectors. Of a stream that the end of the file cuts off, what is
// there can be read: a download that broke off.
func (c *compound) open(i int) (*stream, error) {
	e := &c.dir[i]
	if e.size > max(c.size, maxStream) {
		return nil, fmt.Errorf("stream %q claims %d bytes in a file of %d: %w", e.text(), e.size, c.size, archive.ErrCorrupt)
	}
	if e.size < c.cutoff {
		return c.miniChain(e.start, e.size), nil
	}
	return c.chain(e.start, e.size), nil
}

// text is the name as it stands there. See streamName for Windows Installer's own.
func (e *dirEntry) text() string { return string(utf16.Decode(e.name)) }
