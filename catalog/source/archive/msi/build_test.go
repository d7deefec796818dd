package msi

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// node is a stream or, with children, a storage of a compound file that a test writes.
type node struct {
	name     string
	units    []uint16 // the name as it is stored, if name is empty
	data     []byte
	class    string
	children []node
}

// compoundSpec is a compound file to write. Streams lie sector by sector in turns if scatter is set.
type compoundSpec struct {
	sector  int // 512 or 4096
	scatter bool
	root    node
}

// writer lays out a compound file.
type writer struct {
	compoundSpec
	entries []entrySpec
	mini    []byte
	miniFAT []uint32
	fat     []uint32
	sectors [][]byte
}

type entrySpec struct {
	node
	kind               byte
	left, right, child uint32
	start              uint32
	size               int
}

const endOfChain = 0xFFFFFFFE

func (s compoundSpec) bytes() []byte {
	if s.sector == 0 {
		s.sector = 512
	}
	w := &writer{compoundSpec: s}
	w.entries = []entrySpec{{node: s.root, kind: 5, left: noEntry, right: noEntry, child: noEntry}}
	w.place(0)
	var large []int
	for i := range w.entries {
		e := &w.entries[i]
		switch {
		case e.kind != kindStream:
		case e.size < miniCutoff:
			e.start = endOfChain
			if e.size > 0 {
				e.start = uint32(len(w.miniFAT))
			}
			for at := 0; at < e.size; at += miniSector {
				w.miniFAT = append(w.miniFAT, uint32(len(w.miniFAT)+1))
				w.mini = append(w.mini, pad(e.data[at:min(at+miniSector, e.size)], miniSector)...)
			}
			if e.size > 0 {
				w.miniFAT[len(w.miniFAT)-1] = endOfChain
			}
		default:
			large = append(large, i)
		}
	}
	w.large(large)
	w.entries[0].start, w.entries[0].size = w.chain(w.mini), len(w.mini)
	miniFAT := w.chain(le(w.miniFAT))
	directory := w.chain(w.directory())
	return w.finish(directory, miniFAT)
}

// place gives the children of a storage their entries, each the right sibling of the one before.
func (w *writer) place(storage int) {
	before := -1
	for _, n := range w.entries[storage].children {
		e := entrySpec{node: n, kind: kindStream, left: noEntry, right: noEntry, child: noEntry, size: len(n.data)}
		if n.children != nil {
			e.kind = kindStorage
		}
		i := len(w.entries)
		if before < 0 {
			w.entries[storage].child = uint32(i)
		} else {
			w.entries[before].right = uint32(i)
		}
		before = i
		w.entries = append(w.entries, e)
		if e.kind == kindStorage {
			w.place(i)
		}
	}
}

// large writes the streams that have sectors of their own.
func (w *writer) large(list []int) {
	if !w.scatter {
		for _, i := range list {
			w.entries[i].start = w.chain(w.entries[i].data)
		}
		return
	}
	last := make([]int, len(list))
	for at, more := 0, true; more; at += w.sector {
		more = false
		for k, i := range list {
			e := &w.entries[i]
			if at >= e.size {
				continue
			}
			more = true
			s := w.add(e.data[at:min(at+w.sector, e.size)])
			if at == 0 {
				e.start = uint32(s)
			} else {
				w.fat[last[k]] = uint32(s)
			}
			last[k] = s
		}
	}
}

func (w *writer) add(b []byte) int {
	w.sectors = append(w.sectors, pad(b, w.sector))
	w.fat = append(w.fat, endOfChain)
	return len(w.sectors) - 1
}

func (w *writer) chain(b []byte) uint32 {
	if len(b) == 0 {
		return endOfChain
	}
	first := len(w.sectors)
	for at := 0; at < len(b); at += w.sector {
		if s := w.add(b[at:min(at+w.sector, len(b))]); s > first {
			w.fat[s-1] = uint32(s)
		}
	}
	return uint32(first)
}

func (w *writer) directory() []byte {
	var out []byte
	for _, e := range w.entries {
		b := make([]byte, entryLen)
		units := e.units
		if e.name != "" {
			units = utf16.Encode([]rune(e.name))
		}
		copy(b[:62], le(units))
		binary.LittleEndian.PutUint16(b[64:], uint16(2*len(units)+2))
		b[66], b[67] = e.kind, 1
		for at, v := range map[int]uint32{68: e.left, 72: e.right, 76: e.child, 116: e.start, 120: uint32(e.size)} {
			binary.LittleEndian.PutUint32(b[at:], v)
		}
		copy(b[80:96], e.class)
		out = append(out, b...)
	}
	return out
}

// finish writes the FAT behind everything, and the header in front of it.
func (w *writer) finish(directory, miniFAT uint32) []byte {
	per := w.sector / 4
	data := len(w.sectors)
	nFAT, nDIFAT := 0, 0
	for {
		f := (data + nFAT + nDIFAT + per - 1) / per
		d := 0
		if f > headerFAT {
			d = (f - headerFAT + per - 2) / (per - 1)
		}
		if f == nFAT && d == nDIFAT {
			break
		}
		nFAT, nDIFAT = f, d
	}
	var fatAt []uint32
	for i := range nFAT {
		fatAt = append(fatAt, uint32(data+i))
		w.fat = append(w.fat, 0xFFFFFFFD)
	}
	for range nDIFAT {
		w.fat = append(w.fat, 0xFFFFFFFC)
	}
	for len(w.fat) < nFAT*per {
		w.fat = append(w.fat, freeSector)
	}
	h := bytes.Repeat([]byte{0xFF}, 512)
	clear(h[:76])
	copy(h, compoundMagic)
	binary.LittleEndian.PutUint16(h[24:], 0x3E)
	binary.LittleEndian.PutUint16(h[26:], 3)
	binary.LittleEndian.PutUint16(h[28:], 0xFFFE)
	binary.LittleEndian.PutUint16(h[30:], 9)
	if w.sector == 4096 {
		binary.LittleEndian.PutUint32(h[40:], uint32((len(w.entries)*entryLen+w.sector-1)/w.sector))
		binary.LittleEndian.PutUint16(h[26:], 4)
		binary.LittleEndian.PutUint16(h[30:], 12)
	}
	binary.LittleEndian.PutUint16(h[32:], 6)
	firstDIFAT := uint32(endOfChain)
	if nDIFAT > 0 {
		firstDIFAT = uint32(data + nFAT)
	}
	for at, v := range map[int]uint32{44: uint32(nFAT), 48: directory, 56: miniCutoff, 60: miniFAT,
		64: uint32((len(w.miniFAT)*4 + w.sector - 1) / w.sector), 68: firstDIFAT, 72: uint32(nDIFAT)} {
		binary.LittleEndian.PutUint32(h[at:], v)
	}
	copy(h[76:], le(fatAt[:min(len(fatAt), headerFAT)]))
	out := [][]byte{pad(h, w.sector)}
	out = append(out, w.sectors...)
	out = append(out, le(w.fat))
	fatAt = fatAt[min(len(fatAt), headerFAT):]
	for i := range nDIFAT {
		list := slices.Clone(fatAt[:min(len(fatAt), per-1)])
		fatAt = fatAt[len(list):]
		for len(list) < per-1 {
			list = append(list, freeSector)
		}
		next := uint32(endOfChain)
		if i+1 < nDIFAT {
			next = uint32(data + nFAT + i + 1)
		}
		out = append(out, le(append(list, next)))
	}
	return bytes.Join(out, nil)
}

func pad(b []byte, to int) []byte {
	return append(slices.Clone(b), make([]byte, (to-len(b)%to)%to)...)
}

func le(v any) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, v)
	if err != nil {
		panic(err)
	}
	return b
}

// encodeName packs the name of a stream as Windows Installer does.
func encodeName(name string, table bool) (units []uint16) {
	if table {
		units = append(units, tableMark)
	}
	in := utf16.Encode([]rune(name))
	value := func(u uint16) int {
		if u > 127 {
			return -1
		}
		return strings.IndexByte(nameCharacters, byte(u))
	}
	for i := 0; i < len(in); i++ {
		a := value(in[i])
		switch {
		case a < 0:
			units = append(units, in[i])
		case i+1 < len(in) && value(in[i+1]) >= 0:
			units = append(units, uint16(0x3800+a+value(in[i+1])<<6))
			i++
		default:
			units = append(units, uint16(0x4800+a))
		}
	}
	return units
}

// tableSpec is a table to write. Columns are "Name s" for a string, "Name 2" and "Name 4" for integers, "Name v" for a
// stream; values are string, int and nil.
type tableSpec struct {
	name    string
	columns string
	rows    [][]any
}

// databaseSpec is a database to write.
type databaseSpec struct {
	class    string
	summary  map[int]any
	codePage int
	encode   func(string) []byte // of the code page
	long     bool                // references of three bytes
	tables   []tableSpec
	streams  map[string][]byte
	storages []node
	compoundSpec
}

// stringTable numbers strings.
type stringTable struct {
	spec *databaseSpec
	ids  map[string]int
	list []string
}

func (s *stringTable) id(text string) int {
	if text == "" {
		return 0
	}
	if id, ok := s.ids[text]; ok {
		return id
	}
	s.list = append(s.list, text)
	s.ids[text] = len(s.list)
	return len(s.list)
}

func (s *stringTable) ref(id int) []byte {
	if s.spec.long {
		return le(uint32(id))[:3]
	}
	return le(uint16(id))
}

// streams are the pool and its data.
func (s *stringTable) nodes() []node {
	head := uint32(s.spec.codePage)
	if s.spec.long {
		head |= 0x80000000
	}
	index, data := le(head), []byte{}
	for _, text := range s.list {
		b := []byte(text)
		if s.spec.encode != nil {
			b = s.spec.encode(text)
		}
		if len(b) > 0xFFFF {
			index = append(index, le([]uint16{0, 1})...)
			index = append(index, le(uint32(len(b)))...)
		} else {
			index = append(index, le([]uint16{uint16(len(b)), 1})...)
		}
		data = append(data, b...)
	}
	return []node{{units: encodeName("_StringPool", true), data: index}, {units: encodeName("_StringData", true), data: data}}
}

// columnType is the type of a column of a tableSpec, as _Columns has it. The first column is a key.
func columnType(kind string, key bool) int {
	t := map[string]int{"s": 0x0D00 + 72, "l": 0x0F00, "2": 0x0502, "4": 0x0104, "v": 0x0900}[kind]
	if key {
		t |= typeKey
	}
	return t
}

// cell is one value as a table stores it.
func (s *stringTable) cell(kind string, v any) []byte {
	switch kind {
	case "s", "l":
		text, _ := v.(string)
		return s.ref(s.id(text))
	case "4":
		n, ok := v.(int)
		if !ok {
			return make([]byte, 4)
		}
		return le(uint32(int32(n)) ^ 0x80000000)
	case "v":
		return le(uint16(1))
	}
	n, ok := v.(int)
	if !ok {
		return make([]byte, 2)
	}
	return le(uint16(int16(n)) ^ 0x8000)
}

func (d databaseSpec) bytes() []byte {
	s := &stringTable{spec: &d, ids: map[string]int{}}
	root := node{name: "Root Entry", class: d.class}
	if d.class == "" {
		root.class = ClassDatabase
	}
	if d.summary != nil {
		root.children = append(root.children, node{name: "\x05SummaryInformation", data: summaryStream(d.summary)})
	}
	all := tableSpec{name: "_Columns", columns: "Table s,Number 2,Name s,Type 2"}
	names := tableSpec{name: "_Tables", columns: "Name s"}
	for _, t := range d.tables {
		names.rows = append(names.rows, []any{t.name})
		for i, c := range strings.Split(t.columns, ",") {
			name, kind, _ := strings.Cut(c, " ")
			all.rows = append(all.rows, []any{t.name, i + 1, name, columnType(kind, i == 0)})
		}
	}
	if len(d.tables) > 0 {
		for _, t := range append([]tableSpec{names, all}, d.tables...) {
			var data []byte
			for i, c := range strings.Split(t.columns, ",") {
				_, kind, _ := strings.Cut(c, " ")
				for _, row := range t.rows {
					v := row[i]
					data = append(data, s.cell(kind, v)...)
				}
			}
			if len(data) > 0 {
				root.children = append(root.children, node{units: encodeName(t.name, true), data: data})
			}
		}
		root.children = append(root.children, s.nodes()...)
	}
	for _, name := range sortedKeys(d.streams) {
		root.children = append(root.children, node{units: encodeName(name, false), data: d.streams[name]})
	}
	root.children = append(root.children, d.storages...)
	d.root = root
	return d.compoundSpec.bytes()
}

func sortedKeys(m map[string][]byte) (list []string) {
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// summaryStream writes a property set: int is a number, string a text; the code page is property 1.
func summaryStream(values map[int]any) []byte {
	var ids []int
	for id := range values {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var index, data []byte
	base := 8 + 8*len(ids)
	for _, id := range ids {
		index = append(index, le([]uint32{uint32(id), uint32(base + len(data))})...)
		switch v := values[id].(type) {
		case int:
			typ := uint32(propertyI4)
			if id == 1 {
				typ = propertyI2
			}
			data = append(data, le([]uint32{typ, uint32(v)})...)
		case uint64:
			data = append(data, le(uint32(propertyFileTime))...)
			data = append(data, le(v)...)
		case string:
			data = append(data, le([]uint32{propertyText, uint32(len(v) + 1)})...)
			data = append(data, pad(append([]byte(v), 0), 4)...)
		default:
			panic(fmt.Sprintf("no property of type %T", v))
		}
	}
	head := append([]byte{0xFE, 0xFF, 0, 0, 5, 1, 2, 0}, make([]byte, 16)...)
	head = append(head, 1, 0, 0, 0)
	head = append(head, "\xE0\x85\x9F\xF2\xF9\x4F\x68\x10\xAB\x91\x08\x00\x2B\x27\xB3\xD9"...)
	head = append(head, le(uint32(48))...)
	section := append(le([]uint32{uint32(base + len(data)), uint32(len(ids))}), index...)
	return slices.Concat(head, section, data)
}

// storedCabinet writes a cabinet without compression.
func storedCabinet(members ...[2]string) []byte {
	var names, data []byte
	for _, m := range members {
		names = append(names, le(uint32(len(m[1])))...)
		names = append(names, le(uint32(len(data)))...)
		names = append(names, le([]uint16{0, 0x5A21, 0x6000, 0x20})...)
		names = append(names, m[0]...)
		names = append(names, 0)
		data = append(data, m[1]...)
	}
	const head, folder, block = 36, 8, 32768
	var blocks []byte
	n := 0
	for at := 0; at < len(data); at += block {
		part := data[at:min(at+block, len(data))]
		blocks = append(blocks, 0, 0, 0, 0) // no checksum
		blocks = append(blocks, le([]uint16{uint16(len(part)), uint16(len(part))})...)
		blocks = append(blocks, part...)
		n++
	}
	size := head + folder + len(names) + len(blocks)
	h := append([]byte("MSCF\x00\x00\x00\x00"), le([]uint32{uint32(size), 0, head + folder, 0})...)
	h = append(h, 3, 1)
	h = append(h, le([]uint16{1, uint16(len(members)), 0, 1, 0})...)
	f := le(uint32(head + folder + len(names)))
	f = append(f, le([]uint16{uint16(n), 0})...)
	return slices.Concat(h, f, names, blocks)
}
