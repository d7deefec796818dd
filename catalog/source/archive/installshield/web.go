package installshield

import (
	"encoding/binary"
	"io"
	"path"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// openWeb recognises PackageForTheWeb: behind the program a length, as many bytes that tell how to run the setup, and a
// Microsoft cabinet with the files up to the end. The cabinet is one file here, kept as it is. It returns nil for anything
// else.
func openWeb(m *image, at int64, head []byte, _ archive.Limits) (*files, error) {
	const most, smallest = 1 << 20, 36
	n := int64(binary.LittleEndian.Uint32(head))
	place := at + 4 + n
	if n == 0 || n > most || place+smallest > m.stop {
		return nil, nil
	}
	h := &table{b: make([]byte, smallest)}
	if n, err := m.in.ReadAt(h.b, place); n < len(h.b) {
		return nil, cut(err)
	}
	if string(h.b[:8]) != "MSCF\x00\x00\x00\x00" {
		return nil, nil
	}
	// What the cabinet says of its size; the signature of a program follows it.
	size := min(int64(h.u32(8)), m.in.Size-place)
	cabinet := io.NewSectionReader(m.in, place, size)
	name := strings.TrimSuffix(m.in.Name, path.Ext(m.in.Name)) + ".cab"
	return &files{
		kind:    "packagefortheweb",
		entries: []archive.Entry{{Name: name, Size: size, Packed: size}},
		decode:  func(int) (io.Reader, error) { return newExact(io.NewSectionReader(cabinet, 0, size), size), nil },
		section: func(int) *io.SectionReader { return cabinet },
	}, nil
}
