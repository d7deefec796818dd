package installshield

import (
	"bytes"
	"debug/pe"
	"encoding/binary"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// image is the outside of a program: where what was appended to it begins and ends.
type image struct {
	in       archive.Input
	sections []pe.SectionHeader32
	end      int64 // of the image: the appended data begins here, or behind debug data
	stop     int64 // where a signature begins, or the end of the file
	debug    int64 // where debug data behind the image ends, 0 if there is none
}

// readImage reads the headers of a 32-bit or 64-bit program. It returns nil for anything else.
func readImage(in archive.Input) *image {
	const sectionLen, most = 40, 96
	var dos [64]byte
	if n, _ := in.ReadAt(dos[:], 0); n < len(dos) {
		return nil
	}
	at := int64(binary.LittleEndian.Uint32(dos[0x3C:]))
	h := &table{b: make([]byte, 24+240+most*sectionLen)}
	n, _ := in.ReadAt(h.b, at)
	h.b = h.b[:n]
	if string(h.at(0, 4)) != "PE\x00\x00" {
		return nil
	}
	optional := int64(h.u16(20))
	directories := int64(24 + 96)
	if h.u16(24) == 0x20B {
		directories += 16
	}
	directory := func(i int64) (rva, size uint32) {
		d := directories + 8*i
		if d+8 > 24+optional {
			return 0, 0
		}
		return h.u32(d), h.u32(d + 4)
	}
	m := &image{in: in, stop: in.Size}
	for i := range min(int64(h.u16(6)), most) {
		var s pe.SectionHeader32
		b := h.at(24+optional+i*sectionLen, sectionLen)
		if _, err := binary.Decode(b, binary.LittleEndian, &s); err != nil {
			return nil
		}
		m.sections = append(m.sections, s)
		if s.SizeOfRawData > 0 && s.PointerToRawData > 0 {
			m.end = max(m.end, int64(s.PointerToRawData)+int64(s.SizeOfRawData))
		}
	}
	if h.outside {
		return nil
	}
	// The signature's address is a place in the file.
	if at, size := directory(pe.IMAGE_DIRECTORY_ENTRY_SECURITY); size > 0 && int64(at) >= m.end && int64(at) < m.stop {
		m.stop = int64(at)
	}
	rva, size := directory(pe.IMAGE_DIRECTORY_ENTRY_DEBUG)
	m.readDebug(rva, size)
	return m
}

// readDebug finds debug data that the linker put behind the sections.
func (m *image) readDebug(rva, size uint32) {
	const entryLen, most = 28, 16
	for _, s := range m.sections {
		if rva < s.VirtualAddress || rva-s.VirtualAddress >= s.SizeOfRawData || size == 0 {
			continue
		}
		d := &table{b: make([]byte, min(size, most*entryLen))}
		n, _ := m.in.ReadAt(d.b, int64(s.PointerToRawData)+int64(rva-s.VirtualAddress))
		d.b = d.b[:n]
		for at := int64(0); at+entryLen <= int64(n); at += entryLen {
			end := int64(d.u32(at+24)) + int64(d.u32(at+16))
			if int64(d.u32(at+24)) >= m.end && end <= m.stop {
				m.debug = max(m.debug, end)
			}
		}
		return
	}
}

// openProgram looks behind a program for what the setup launchers of InstallShield look for there.
func openProgram(in archive.Input, l archive.Limits) (archive.Reader, error) {
	m := readImage(in)
	if m == nil {
		return nil, archive.ErrFormat
	}
	starts := []int64{m.end}
	if m.debug > m.end {
		starts = append(starts, m.debug)
	}
	for _, at := range starts {
		if r, err := openBehind(m, at, l); r != nil || err != nil {
			return r, err
		}
	}
	return findMarked(m, m.end, l)
}

// openBehind opens what lies at a place. It returns nil if it is nothing of InstallShield's.
func openBehind(m *image, at int64, l archive.Limits) (archive.Reader, error) {
	head := make([]byte, min(16, max(0, m.stop-at)))
	if n, _ := m.in.ReadAt(head, at); n < 16 {
		return nil, nil
	}
	if bytes.HasPrefix(head, []byte(streamMark)) || bytes.HasPrefix(head, []byte(markedMark)) {
		return openMarked(m, at, l)
	}
	if r, err := openWeb(m, at, head, l); r != nil || err != nil {
		return r, err
	}
	if f, err := openPlain(m, at, head, l); f != nil || err != nil {
		return f, err
	}
	return nil, nil
}
