package inno

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"path"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// layout tells where the parts of an installer lie.
type layout struct {
	in     archive.Input // the file with the tables
	tables int64
	data   int64 // where the files' data begin, 0 if they lie in slices
	// names of slices, without their number: what the slices of this installer may be called.
	slices []string
}

// The marks of the table by which the loader finds the parts of the installer, by version.
var loaderMarks = []struct {
	mark string
	n    uint32
}{
	{"rDlPtS02\x87eVx", v(1, 2, 10)},
	{"rDlPtS04\x87eVx", v(4, 0, 0)},
	{"rDlPtS05\x87eVx", v(4, 0, 3)},
	{"rDlPtS06\x87eVx", v(4, 0, 10)},
	{"rDlPtS07\x87eVx", v(4, 1, 6)},
	{"rDlPtS\xcd\xe6\xd7\x7b\x0b\x2a", v(5, 1, 5)},
	{"nS5W7dT\x83\xaa\x1b\x0fj", v(5, 1, 5)},
}

// loaderResource is the number of the resource that holds the table since 5.1.5.
const loaderResource = 11111

// locate finds the tables of an installer. It returns ErrFormat for anything else.
func locate(in archive.Input) (layout, error) {
	var head [64]byte
	if in.Size < int64(len(head)) {
		return layout{}, archive.ErrFormat
	}
	if err := readFull(in, head[:], 0); err != nil {
		return layout{}, err
	}
	l := layout{in: in, slices: []string{stem(in.Name)}}
	if bytes.HasPrefix(head[:], []byte(versionMark)) || bytes.HasPrefix(head[:], []byte("My "+versionMark)) {
		// setup-0.bin, the tables alone
		l.slices = []string{strings.TrimSuffix(l.slices[0], "-0")}
		return l, nil
	}
	if head[0] != 'M' || head[1] != 'Z' {
		return layout{}, archive.ErrFormat
	}
	for _, at := range []int64{pointedTable(in, head[:]), resourceTable(in, head[:])} {
		if at > 0 {
			return l, l.readLoader(at)
		}
	}
	// Built without a loader: the tables are a file of their own.
	for _, name := range []string{l.slices[0] + "-0.bin", l.slices[0] + ".0"} {
		tables, err := in.Open(name)
		if err != nil {
			continue
		}
		var mark [versionLen]byte
		if readFull(tables, mark[:], 0) != nil {
			continue
		}
		if _, ok := parseVersion(mark[:]); ok {
			l.in = tables
			return l, nil
		}
	}
	return layout{}, archive.ErrFormat
}

// stem is a file's name without its extension.
func stem(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

// pointedTable follows the pointer that versions before 5.1.5 keep in the DOS header; 0 if there is none.
func pointedTable(in archive.Input, head []byte) int64 {
	at := binary.LittleEndian.Uint32(head[0x34:])
	if string(head[0x30:0x34]) != "Inno" || at != ^binary.LittleEndian.Uint32(head[0x38:]) || int64(at) >= in.Size {
		return 0
	}
	return int64(at)
}

// readLoader reads the table at off.
func (l *layout) readLoader(off int64) error {
	b := make([]byte, max(0, min(64, l.in.Size-off)))
	if err := readFull(l.in, b, off); err != nil {
		return err
	}
	c := &cursor{b: b}
	mark := string(c.take(12))
	n := uint32(0)
	for _, m := range loaderMarks {
		if m.mark == mark {
			n = m.n
		}
	}
	if n == 0 {
		return archive.ErrFormat
	}
	after := v(5, 1, 5)
	revision := uint32(1)
	if n >= after {
		revision = c.u32()
	}
	if revision > 2 {
		return unsupported(fmt.Sprintf("a later Inno Setup (loader %d)", revision))
	}
	is64 := revision == 2
	c.wide(is64) // size of setup.exe
	c.wide(is64) // the setup program
	if n < v(4, 1, 6) {
		c.skip(4) // its packed size
	}
	c.skip(8) // its size and checksum
	if n < v(4, 0, 0) {
		c.skip(4) // messages
	}
	tables, data := c.wide(is64), c.wide(is64)
	if is64 {
		c.skip(4)
	}
	sum := uint32(0)
	if n >= v(4, 0, 10) {
		sum = crc32.ChecksumIEEE(b[:len(b)-len(c.b)])
		if sum == c.u32() {
			sum = 0
		}
	}
	if c.failed || sum != 0 || tables >= uint64(l.in.Size) || data > uint64(l.in.Size) {
		return fmt.Errorf("%w: the table that tells where the parts of the installer lie is wrong", archive.ErrCorrupt)
	}
	l.tables, l.data = int64(tables), int64(data)
	return nil
}

// unsupported is the error for a version that is not known.
func unsupported(what string) error {
	return fmt.Errorf("%w: an installer of %s; try innoextract, and put the folder that it makes into the source", archive.ErrUnsupported, what)
}

// resourceTable finds the loader's table among the resources of a program; 0 if it has none. It reads the headers, three
// levels of the resource directory and nothing else.
func resourceTable(in archive.Input, head []byte) int64 {
	pe := int64(binary.LittleEndian.Uint32(head[0x3C:]))
	h := piece(in, pe, 24)
	if h == nil || string(h[:4]) != "PE\x00\x00" {
		return 0
	}
	sections, optional := int(binary.LittleEndian.Uint16(h[6:])), int(binary.LittleEndian.Uint16(h[20:]))
	o := piece(in, pe+24, optional)
	if len(o) < 96 || sections > 96 { // the Windows loader's limit
		return 0
	}
	directories := 96
	if binary.LittleEndian.Uint16(o) == 0x20B {
		directories = 112
	}
	const resources = 2 // the third directory
	if len(o) < directories+8*(resources+1) {
		return 0
	}
	m := &image{table: piece(in, pe+24+int64(optional), sections*40)}
	root := m.place(binary.LittleEndian.Uint32(o[directories+8*resources:]))
	if root == 0 {
		return 0
	}
	at := root
	for level, id := range []uint32{10, loaderResource, any32} { // RCDATA, its number, any language
		next, folder := resource(in, at, id)
		if next == 0 || folder != (level < 2) {
			return 0
		}
		at = root + int64(next)
	}
	leaf := piece(in, at, 4)
	if leaf == nil {
		return 0
	}
	return m.place(binary.LittleEndian.Uint32(leaf))
}

// any32 is an id that every entry of a resource directory matches.
const any32 = 1<<32 - 1

// resource finds an entry of the resource directory at off. It tells where it leads, from the directory's root, and
// whether that is another directory.
func resource(in archive.Input, off int64, id uint32) (next uint32, folder bool) {
	head := piece(in, off, 16)
	if head == nil {
		return 0, false
	}
	n := int(binary.LittleEndian.Uint16(head[12:])) + int(binary.LittleEndian.Uint16(head[14:]))
	b := piece(in, off+16, 8*n)
	for ; len(b) >= 8; b = b[8:] {
		if id == any32 || binary.LittleEndian.Uint32(b) == id {
			to := binary.LittleEndian.Uint32(b[4:])
			return to &^ (1 << 31), to>>31 == 1
		}
	}
	return 0, false
}

// image turns addresses of a program in memory into places in its file.
type image struct {
	table []byte // the section table
}

// place returns where the byte at rva lies in the file, 0 if nowhere.
func (m *image) place(rva uint32) int64 {
	for b := m.table; len(b) >= 40; b = b[40:] {
		address, size := binary.LittleEndian.Uint32(b[12:]), binary.LittleEndian.Uint32(b[16:])
		if rva >= address && rva-address < size {
			return int64(binary.LittleEndian.Uint32(b[20:])) + int64(rva-address)
		}
	}
	return 0
}

// piece reads n bytes at off, or none.
func piece(in archive.Input, off int64, n int) []byte {
	if n <= 0 || off < 0 || off > in.Size-int64(n) {
		return nil
	}
	b := make([]byte, n)
	if got, _ := in.ReadAt(b, off); got < n {
		return nil
	}
	return b
}
