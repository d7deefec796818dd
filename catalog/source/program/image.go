package program

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Image is the outside of an executable: enough to find what was appended to it or lies in its resources.
//
// debug/pe's types are used, but not its NewFile: that reads symbol and string tables of any size, and refuses images
// that Windows runs, such as packed ones with stale symbol pointers.
type Image struct {
	Format   string // "PE", "NE", "LE" or "MZ"
	Header   int64  // where that header lies
	Library  bool   // a DLL, or a driver
	Sections []pe.SectionHeader32
	Table    int64 // where the section table lies
	// What was appended, from the end of the last section to the signature or the end of the file.
	Overlay, End int64
	// The program's own signature in the file, 0 if there is none.
	Signature, SignatureSize uint32

	r         io.ReaderAt
	size      int64
	resources uint32 // RVA of the resource directory, 0 if there is none
}

const (
	dosHeaderLen     = 64
	sectionHeaderLen = 40
	maxSections      = 96 // the Windows loader's limit
)

// Read reads the headers of an executable. It returns nil for anything else.
func Read(r io.ReaderAt, size int64) *Image {
	p := &Image{Format: "MZ", End: size, r: r, size: size}
	dos := p.exactly(0, dosHeaderLen)
	if dos == nil || dos[0] != 'M' || dos[1] != 'Z' {
		return nil
	}
	// The last page's bytes and the pages of 512 bytes that the DOS loader reads.
	last, pages := int64(binary.LittleEndian.Uint16(dos[2:])), int64(binary.LittleEndian.Uint16(dos[4:]))
	p.Overlay = pages * 512
	if last > 0 {
		p.Overlay += last - 512
	}
	header := int64(binary.LittleEndian.Uint32(dos[0x3C:]))
	magic := p.exactly(header, 4)
	switch {
	case header < 4 || magic == nil: // a plain DOS program may have anything there
	case string(magic) == "PE\x00\x00":
		p.Format, p.Header = "PE", header
		if !p.readPE() {
			return nil
		}
	case magic[0] == 'N' && magic[1] == 'E':
		p.Format, p.Header = "NE", header
		if flags := p.exactly(header+0x0C, 2); flags != nil {
			p.Library = flags[1]&0x80 != 0
		}
	case magic[0] == 'L' && (magic[1] == 'E' || magic[1] == 'X'): // a VxD or an OS/2 program
		p.Format, p.Header, p.Library = "LE", header, true
	}
	return p
}

func (p *Image) readPE() bool {
	var h pe.FileHeader
	b := p.exactly(p.Header+4, binary.Size(h))
	if _, err := binary.Decode(b, binary.LittleEndian, &h); err != nil {
		return false
	}
	p.Library = h.Characteristics&pe.IMAGE_FILE_DLL != 0
	optional := p.Header + 4 + int64(binary.Size(h))
	o := p.bytes(optional, int(h.SizeOfOptionalHeader))
	var directories int
	if len(o) < 72 {
		return false
	}
	switch binary.LittleEndian.Uint16(o) {
	case 0x10B:
		directories = 96
	case 0x20B:
		directories = 112
	default:
		return false
	}
	if binary.LittleEndian.Uint16(o[68:]) == pe.IMAGE_SUBSYSTEM_NATIVE {
		p.Library = true
	}
	directory := func(i int) (at, size uint32) {
		d := directories + 8*i
		if len(o) < d+8 || uint32(i) >= binary.LittleEndian.Uint32(o[directories-4:]) {
			return 0, 0
		}
		return binary.LittleEndian.Uint32(o[d:]), binary.LittleEndian.Uint32(o[d+4:])
	}
	p.resources, _ = directory(pe.IMAGE_DIRECTORY_ENTRY_RESOURCE)
	p.Table = optional + int64(h.SizeOfOptionalHeader)
	p.readSections(int(h.NumberOfSections))
	// The only directory whose address is a place in the file.
	if at, size := directory(pe.IMAGE_DIRECTORY_ENTRY_SECURITY); size > 0 && int64(at) >= p.Overlay && int64(at) < p.End {
		p.End = int64(at)
		p.Signature, p.SignatureSize = at, size
	}
	return true
}

func (p *Image) readSections(n int) {
	n = min(n, maxSections)
	b := p.bytes(p.Table, n*sectionHeaderLen)
	p.Overlay = p.Table + int64(n*sectionHeaderLen)
	for len(b) >= sectionHeaderLen {
		var s pe.SectionHeader32
		if _, err := binary.Decode(b[:sectionHeaderLen], binary.LittleEndian, &s); err != nil {
			return
		}
		b = b[sectionHeaderLen:]
		p.Sections = append(p.Sections, s)
		if s.SizeOfRawData > 0 && s.PointerToRawData > 0 {
			p.Overlay = max(p.Overlay, int64(s.PointerToRawData)+int64(s.SizeOfRawData))
		}
	}
}

// Section finds a section by name and returns where its header lies.
func (p *Image) Section(name string) (int64, bool) {
	for i := range p.Sections {
		if SectionName(&p.Sections[i]) == name {
			return p.Table + int64(i*sectionHeaderLen), true
		}
	}
	return 0, false
}

// SectionName is the name of a section without its padding.
func SectionName(s *pe.SectionHeader32) string {
	name, _, _ := bytes.Cut(s.Name[:], []byte{0})
	return string(name)
}

// offset turns an RVA into a place in the file.
func (p *Image) offset(rva uint32) (int64, bool) {
	for i := range p.Sections {
		s := &p.Sections[i]
		if rva < s.VirtualAddress || rva-s.VirtualAddress >= max(s.VirtualSize, s.SizeOfRawData) {
			continue
		}
		// The loader rounds the section's place down to a sector.
		return int64(rva-s.VirtualAddress) + int64(s.PointerToRawData&^511), true
	}
	return 0, false
}

// Types of resources, as far as they matter here.
const (
	TypeRCData  = "#10"
	TypeVersion = "#16"
)

// Resource is one leaf of the resource tree. Type and name are upper case, or "#" and a number.
type Resource struct {
	Type, Name string
	Offset     int64 // in the file
	Size       uint32
}

// The resource tree is read up to these limits; a setup program keeps what matters at its start.
const (
	maxResourceEntries = 64 // of one directory
	maxResources       = 256
)

// Resources returns the resources of a program, one language of each.
func (p *Image) Resources() (list []Resource) {
	base, ok := p.offset(p.resources)
	if p.resources == 0 || !ok {
		return nil
	}
	for _, t := range p.directory(base, 0) {
		if !t.folder {
			continue
		}
		for _, n := range p.directory(base, t.at) {
			leaf := n
			if n.folder {
				languages := p.directory(base, n.at)
				if len(languages) == 0 || languages[0].folder {
					continue
				}
				leaf = languages[0]
			}
			d := p.exactly(base+int64(leaf.at), 16)
			if d == nil {
				continue
			}
			if at, ok := p.offset(binary.LittleEndian.Uint32(d)); ok {
				list = append(list, Resource{t.name, n.name, at, binary.LittleEndian.Uint32(d[4:])})
			}
			if len(list) == maxResources {
				return list
			}
		}
	}
	return list
}

type resourceEntry struct {
	name   string
	at     uint32 // relative to the directory's base
	folder bool
}

func (p *Image) directory(base int64, at uint32) (list []resourceEntry) {
	const inner = 1 << 31 // marks a name that is text, and an entry that is a directory
	h := p.exactly(base+int64(at), 16)
	if h == nil {
		return nil
	}
	n := int(binary.LittleEndian.Uint16(h[12:])) + int(binary.LittleEndian.Uint16(h[14:]))
	b := p.bytes(base+int64(at)+16, 8*min(n, maxResourceEntries))
	for ; len(b) >= 8; b = b[8:] {
		name, data := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
		e := resourceEntry{at: data &^ inner, folder: data&inner != 0}
		if name&inner != 0 {
			e.name = p.resourceName(base + int64(name&^inner))
		} else {
			e.name = numbered(name)
		}
		list = append(list, e)
	}
	return list
}

// resourceName reads a name of the resource tree: its length, then UTF-16.
func (p *Image) resourceName(at int64) string {
	b := p.exactly(at, 2)
	if b == nil {
		return ""
	}
	const longest = 64 // no name that matters is longer
	name := p.bytes(at+2, 2*min(int(binary.LittleEndian.Uint16(b)), longest))
	u := make([]uint16, 0, len(name)/2)
	for ; len(name) >= 2; name = name[2:] {
		u = append(u, binary.LittleEndian.Uint16(name))
	}
	text, _, _ := strings.Cut(string(utf16.Decode(u)), "\x00")
	return strings.ToUpper(text)
}

func numbered(id uint32) string { return "#" + strconv.Itoa(int(id)) }

// bytes returns the n bytes at off: fewer where the file ends, none outside of it and after a read error.
func (p *Image) bytes(off int64, n int) []byte {
	if off < 0 || n <= 0 || off >= p.size {
		return nil
	}
	b := make([]byte, min(int64(n), p.size-off))
	got, err := p.r.ReadAt(b, off)
	if err != nil && err != io.EOF {
		return nil
	}
	return b[:max(0, min(got, len(b)))]
}

// exactly returns the n bytes at off, or none.
func (p *Image) exactly(off int64, n int) []byte {
	if b := p.bytes(off, n); len(b) == n {
		return b
	}
	return nil
}
