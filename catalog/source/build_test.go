package source

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unicode/utf16"

	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// peSpec is a tiny executable that the tests make: headers, one section of code, one of resources, an overlay.
type peSpec struct {
	dll, native, plus bool // plus: 64-bit
	section           string
	code              string // what the first section begins with
	resources         []testResource
	overlay           string
	signature         string // an Authenticode signature behind the overlay
	dosMark           string // at 0x30
}

type testResource struct {
	typ, id uint32
	name    string // instead of id
	data    []byte
}

const (
	peHeader = archivetest.ProgramHeader
	peCodeAt = archivetest.ProgramCode
	peRsrcAt = archivetest.ProgramResources
)

func le[T any](v T) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, v)
	if err != nil {
		panic(err)
	}
	return b
}

func padded(b []byte, n int) []byte {
	return append(b, make([]byte, (n-len(b)%n)%n)...)
}

func (s peSpec) build() []byte {
	p := archivetest.Program{DLL: s.dll, Native: s.native, Plus: s.plus, Section: s.section, Code: s.code, Overlay: s.overlay, Signature: s.signature, DOSMark: s.dosMark}
	for _, r := range s.resources {
		p.Resources = append(p.Resources, archivetest.Resource{Type: r.typ, ID: r.id, Name: r.name, Data: r.data})
	}
	return p.Bytes()
}

func wide(s string) []byte { return le(utf16.Encode([]rune(s))) }

// versionResource makes a version resource of pairs of keys and values.
func versionResource(pairs ...string) testResource {
	node := func(key string, valueLen int, text uint16, value []byte, children ...[]byte) []byte {
		b := slices.Concat(make([]byte, 6), wide(key), []byte{0, 0})
		b = append(padded(b, 4), value...)
		for _, c := range children {
			b = append(padded(b, 4), c...)
		}
		binary.LittleEndian.PutUint16(b, uint16(len(b)))
		binary.LittleEndian.PutUint16(b[2:], uint16(valueLen))
		binary.LittleEndian.PutUint16(b[4:], text)
		return b
	}
	var strs [][]byte
	for i := 0; i+1 < len(pairs); i += 2 {
		v := append(wide(pairs[i+1]), 0, 0)
		strs = append(strs, node(pairs[i], len(v)/2, 1, v))
	}
	fixed := slices.Concat(le(uint32(0xFEEF04BD)), le(uint32(0x10000)), le(uint32(5<<16|12)), le(uint32(3<<16|4)), make([]byte, 36))
	return testResource{typ: 16, id: 1, data: node("VS_VERSION_INFO", len(fixed), 0, fixed,
		node("VarFileInfo", 0, 1, nil, node("Translation", 4, 0, []byte{9, 4, 0xB0, 4})),
		node("StringFileInfo", 0, 1, nil, node("040904B0", 0, 1, nil, strs...)))}
}

// compoundFile makes an OLE compound file of the given class with a summary of subject and author, and of a schema if it is
// given.
func compoundFile(class, subject, author string, schema ...uint32) []byte {
	const sector, compoundEntryLen, miniSector = 512, 128, 64
	h := make([]byte, sector)
	copy(h, compoundMagic+"\xA1\xB1\x1A\xE1")
	binary.LittleEndian.PutUint16(h[30:], 9)
	// Sectors: 0 the FAT, 1 the directory, 2 the mini FAT, 3 and 4 the mini stream.
	for at, v := range map[int]uint32{48: 1, 56: 4096, 60: 2, 76: 0} {
		binary.LittleEndian.PutUint32(h[at:], v)
	}
	const end = 0xFFFFFFFE
	table := func(next ...uint32) []byte {
		b := bytes.Repeat([]byte{0xFF}, sector)
		copy(b, le(next))
		return b
	}
	value := func(s string) []byte {
		b := append([]byte(s), 0)
		return padded(slices.Concat(le(uint32(30)), le(uint32(len(b))), b), 4)
	}
	vs, va := value(subject), value(author)
	summary := slices.Concat([]byte{0xFE, 0xFF}, make([]byte, 42), le(uint32(48)),
		le(uint32(0)), le(uint32(2)), le([]uint32{3, 24, 4, uint32(24 + len(vs))}), vs, va)
	if len(schema) > 0 {
		summary = slices.Concat([]byte{0xFE, 0xFF}, make([]byte, 42), le(uint32(48)),
			le(uint32(0)), le(uint32(3)), le([]uint32{3, 32, 4, uint32(32 + len(vs)), 14, uint32(32 + len(vs) + len(va))}), vs, va, le(uint32(3)), le(schema[0]))
	}
	directory := make([]byte, sector)
	entry := func(at int, name string, kind byte, start, size uint32) {
		e := directory[at*compoundEntryLen:]
		copy(e, wide(name))
		e[66] = kind
		binary.LittleEndian.PutUint32(e[116:], start)
		binary.LittleEndian.PutUint32(e[120:], size)
		copy(e[68:], le([]uint32{end, end, end}))
	}
	entry(0, "Root Entry", 5, 3, 2*sector)
	copy(directory[80:], class)
	entry(1, "Other", 2, 0, 10)
	entry(2, "\x05SummaryInformation", 2, 1, uint32(len(summary)))
	binary.LittleEndian.PutUint32(directory[76:], 1)                  // the root's child
	binary.LittleEndian.PutUint32(directory[compoundEntryLen+72:], 2) // its right sibling
	// The summary lies in the mini sectors 1, 3, 5, ...: a chain that must be followed.
	mini := make([]byte, 2*sector)
	var next []uint32
	for i := range uint32(2 * sector / miniSector) {
		next = append(next, i+2)
		if i%2 == 1 && int(i/2*miniSector) < len(summary) {
			copy(mini[i*miniSector:(i+1)*miniSector], summary[i/2*miniSector:])
		}
	}
	return slices.Concat(h, table(0xFFFFFFFD, end, end, 4, end), directory, table(next...), mini)
}
