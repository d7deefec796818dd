package msi

import (
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// part is a cabinet of a set: one stored folder that may go on from the part before or into the next.
type part struct {
	before, next string
	index        uint16
	files        []partFile
	data         []byte
}

type partFile struct {
	name         string
	size, offset int
	folder       uint16
}

// Numbers of folders with which a file goes on. learn.microsoft.com/openspecs/exchange_server_protocols/ms-cab
const (
	fromBefore = 0xFFFD
	intoNext   = 0xFFFE
)

func (p part) bytes() []byte {
	var names, files []byte
	flags := uint16(0)
	for i, n := range []string{p.before, p.next} {
		if n != "" {
			flags |= 1 << i
			names = append(names, n+"\x00disk\x00"...)
		}
	}
	for _, f := range p.files {
		files = append(files, le([]uint32{uint32(f.size), uint32(f.offset)})...)
		files = append(files, le([]uint16{f.folder, 0x5A21, 0x6000, 0x20})...)
		files = append(files, f.name+"\x00"...)
	}
	head := 36 + len(names)
	block := append([]byte{0, 0, 0, 0}, le([]uint16{uint16(len(p.data)), uint16(len(p.data))})...)
	at := head + 8 + len(files)
	h := append([]byte("MSCF\x00\x00\x00\x00"), le([]uint32{uint32(at + len(block) + len(p.data)), 0, uint32(head + 8), 0})...)
	h = append(h, 3, 1)
	h = append(h, le([]uint16{1, uint16(len(p.files)), flags, 77, p.index})...)
	folder := append(le(uint32(at)), le([]uint16{1, 0})...)
	return slices.Concat(h, names, folder, files, block, p.data)
}

// splitSet is a package whose second file lies in two cabinets.
func splitSet(embedded bool) archive.Input {
	text := strings.Repeat("0123456789", 500)
	all := text + text + text + "c"
	const cut = 8000
	cabinets := map[string][]byte{
		"disk1.cab": part{next: "disk2.cab", data: []byte(all[:cut]), files: []partFile{
			{"A", len(text), 0, 0}, {"B", 2 * len(text), len(text), intoNext}}}.bytes(),
		"disk2.cab": part{before: "disk1.cab", index: 1, data: []byte(all[cut:]), files: []partFile{
			{"B", 2 * len(text), len(text), fromBefore}, {"C", 1, 3 * len(text), 0}}}.bytes(),
	}
	p := testPackage{
		dirs: [][3]string{{"TARGETDIR", "", "SourceDir"}}, components: [][2]string{{"C", "TARGETDIR"}},
		files: []testFile{{key: "A", component: "C", name: "a.bin", text: text}, {key: "B", component: "C", name: "b.bin", text: text + text},
			{key: "C", component: "C", name: "c.bin", text: "c"}},
		media: []testMedium{{2, "disk1.cab"}, {3, "disk2.cab"}}, noCabinets: true,
	}
	if embedded {
		p.media = []testMedium{{2, "#disk1.cab"}, {3, "#disk2.cab"}}
		p.streams = cabinets
		cabinets = nil
	}
	b, _ := p.build()
	return input("set.msi", b, cabinets)
}
