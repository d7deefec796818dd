package archivetest

import (
	"encoding/binary"
	"slices"
	"unicode/utf16"
)

// Program is a tiny executable that a test makes: headers, one section of code, one of resources, what is behind.
type Program struct {
	DLL, Native, Plus bool // Plus: 64-bit
	Section           string
	Code              string // what the first section begins with
	Resources         []Resource
	Overlay           string
	Signature         string // an Authenticode signature behind the overlay
	DOSMark           string // at 0x30
}

// Resource is a resource of a Program.
type Resource struct {
	Type, ID uint32
	Name     string // instead of ID
	Data     []byte
}

// Where the parts of a Program lie.
const (
	ProgramHeader    = 0x80
	ProgramCode      = 0x400
	ProgramResources = ProgramCode + codeLen

	codeLen     = 0x200
	resourceRVA = 0x2000
)

func le[T any](v T) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, v)
	must(err)
	return b
}

func padded(b []byte, n int) []byte {
	return append(b, make([]byte, (n-len(b)%n)%n)...)
}

// Bytes is the program's file.
func (s Program) Bytes() []byte {
	rsrc := padded(resourceSection(s.Resources), 512)
	b := make([]byte, ProgramCode)
	copy(b, "MZ")
	binary.LittleEndian.PutUint32(b[0x3C:], ProgramHeader)
	copy(b[0x30:], s.DOSMark)
	optional, directories, magic := 224, 96, uint16(0x10B)
	if s.Plus {
		optional, directories, magic = 240, 112, 0x20B
	}
	copy(b[ProgramHeader:], "PE\x00\x00")
	h := b[ProgramHeader+4:]
	binary.LittleEndian.PutUint16(h, 0x14C)
	binary.LittleEndian.PutUint16(h[2:], 2)
	binary.LittleEndian.PutUint16(h[16:], uint16(optional))
	characteristics := uint16(2)
	if s.DLL {
		characteristics |= 0x2000
	}
	binary.LittleEndian.PutUint16(h[18:], characteristics)
	o := h[20:]
	binary.LittleEndian.PutUint16(o, magic)
	subsystem := uint16(2)
	if s.Native {
		subsystem = 1
	}
	binary.LittleEndian.PutUint16(o[68:], subsystem)
	binary.LittleEndian.PutUint32(o[directories-4:], 16)
	if len(s.Resources) > 0 {
		binary.LittleEndian.PutUint32(o[directories+2*8:], resourceRVA)
		binary.LittleEndian.PutUint32(o[directories+2*8+4:], uint32(len(rsrc)))
	}
	end := ProgramResources + len(rsrc)
	if s.Signature != "" {
		binary.LittleEndian.PutUint32(o[directories+4*8:], uint32(end+len(s.Overlay)))
		binary.LittleEndian.PutUint32(o[directories+4*8+4:], uint32(len(s.Signature)))
	}
	name := s.Section
	if name == "" {
		name = ".text"
	}
	section := func(at []byte, name string, rva, size, raw uint32) {
		copy(at, name)
		for i, v := range []uint32{size, rva, size, raw} {
			binary.LittleEndian.PutUint32(at[8+4*i:], v)
		}
	}
	section(o[optional:], name, 0x1000, codeLen, ProgramCode)
	section(o[optional+40:], ".rsrc", resourceRVA, uint32(len(rsrc)), ProgramResources)
	code := make([]byte, codeLen)
	copy(code, s.Code)
	return slices.Concat(b, code, rsrc, []byte(s.Overlay), []byte(s.Signature))
}

// resourceSection lays resources out as type, name, language, each directory with one entry but the first.
func resourceSection(rs []Resource) []byte {
	const dir, entry, leaf, inner = 16, 8, 16, 1 << 31
	// The root, then for each resource two directories with one entry, a leaf, its name and its data.
	head := func(named, ids int) []byte {
		return slices.Concat(make([]byte, 12), le(uint16(named)), le(uint16(ids)))
	}
	out := head(0, len(rs))
	at := len(out) + entry*len(rs)
	var bodies []byte
	for _, r := range rs {
		base := at + len(bodies)
		out = append(out, slices.Concat(le(r.Type), le(uint32(base)|inner))...)
		leafAt := base + 2*(dir+entry)
		nameAt := leafAt + leaf
		name := slices.Concat(le(uint16(len(r.Name))), le(utf16.Encode([]rune(r.Name))))
		dataAt := nameAt + len(padded(slices.Clone(name), 4))
		id, named := r.ID, 0
		if r.Name != "" {
			id, named = uint32(nameAt)|inner, 1
		}
		bodies = slices.Concat(bodies,
			head(named, 1-named), le(id), le(uint32(base+dir+entry)|inner),
			head(0, 1), le(uint32(1033)), le(uint32(leafAt)),
			le(uint32(resourceRVA+dataAt)), le(uint32(len(r.Data))), make([]byte, 8),
			padded(name, 4), padded(slices.Clone(r.Data), 4))
	}
	return append(out, bodies...)
}
