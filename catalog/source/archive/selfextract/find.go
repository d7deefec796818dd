package selfextract

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/cab"
	"github.com/drivercat/drivercat/catalog/source/archive/rar"
	"github.com/drivercat/drivercat/catalog/source/archive/sevenzip"
	"github.com/drivercat/drivercat/catalog/source/archive/zip"
	"github.com/drivercat/drivercat/catalog/source/program"
)

// The kinds of archives that are found.
const (
	SevenZip = "7z"
	Rar      = "rar"
	Zip      = "zip"
	Cab      = "cab"
)

// Found is an archive in a program.
type Found struct {
	Kind   string        // SevenZip, Rar, Zip or Cab
	Part   archive.Input // what its reader opens
	Offset int64         // where Part begins in the program; 0 for a ZIP archive behind it, which is told with the program
	Config string        // the text in front of a 7z archive, between its marks; "" if there is none
	// Settings are those of IExpress: RUNPROGRAM, POSTRUNPROGRAM, TITLE, ADMQCMD, USRQCMD, REBOOT and so on, as the resources
	// are named. Numbers are decimal; "<None>" stands for nothing.
	Settings map[string]string
}

// Open opens the archive in a program, ErrFormat if there is none.
func Open(in archive.Input, l archive.Limits) (archive.Reader, error) {
	f, ok := Find(in)
	if !ok {
		return nil, archive.ErrFormat
	}
	open := map[string]func(archive.Input, archive.Limits) (archive.Reader, error){
		SevenZip: sevenzip.Open, Rar: rar.Open, Zip: zip.Open, Cab: cab.Open,
	}[f.Kind]
	r, err := open(f.Part, l)
	if err != nil {
		return nil, fmt.Errorf("the %s archive at byte %d of the program: %w", f.Kind, f.Offset, err)
	}
	return r, nil
}

const (
	reach       = 1 << 20 // how far behind a program an archive may begin
	configStart = ";!@Install@!UTF-8!"
	configEnd   = ";!@InstallEnd@!"
	maxConfig   = 64 << 10
	least       = 20 // bytes of the smallest archive: an empty one of RAR 4
)

// Find finds the archive in a program.
func Find(in archive.Input) (Found, bool) {
	p := program.Read(in, in.Size)
	if p == nil {
		return Found{}, false
	}
	if _, burn := p.Section(".wixburn"); burn {
		return Found{}, false // its cabinets hold numbers for names, and the first one its own windows
	}
	resources := p.Resources()
	for _, r := range resources {
		if f, ok := at(in, r.Offset, r.Offset+int64(r.Size)); ok {
			f.Settings = settings(in, resources)
			return f, true
		}
	}
	for _, s := range p.Sections {
		from := int64(s.PointerToRawData)
		if f, ok := at(in, from, from+int64(s.SizeOfRawData)); ok {
			return f, true
		}
	}
	regions := [][2]int64{{p.Overlay, p.End}}
	if p.SignatureSize > 0 {
		regions = append(regions, [2]int64{int64(p.Signature) + int64(p.SignatureSize), in.Size})
	}
	for _, r := range regions {
		if f, ok := behind(in, r[0], r[1]); ok {
			return f, true
		}
	}
	for _, r := range regions {
		if r[1]-r[0] >= least && hasZipEnd(in, r[0], r[1]) {
			return Found{Kind: Zip, Part: in.Section(0, r[1])}, true
		}
	}
	return Found{}, false
}

// at looks whether an archive begins at a place. It goes on to the place to at most.
func at(in archive.Input, from, to int64) (Found, bool) {
	to = min(to, in.Size)
	if from <= 0 || to-from < least {
		return Found{}, false
	}
	b := make([]byte, min(headLen, to-from))
	if n, _ := in.ReadAt(b, from); n < len(b) {
		return Found{}, false
	}
	kind, size := begins(b, to-from)
	if kind == "" {
		return Found{}, false
	}
	return Found{Kind: kind, Part: in.Section(from, size), Offset: from}, true
}

// headLen is how much of an archive is looked at to tell whether it is one.
const headLen = 256

// behind looks for an archive that begins behind a program.
func behind(in archive.Input, from, to int64) (Found, bool) {
	if from < 0 || to-from < least {
		return Found{}, false
	}
	b := make([]byte, min(reach+headLen, to-from))
	n, _ := in.ReadAt(b, from)
	b = b[:n]
	config := ""
	if start := bytes.Index(b, []byte(configStart)); start >= 0 {
		text := b[start+len(configStart):]
		if end := bytes.Index(text[:min(len(text), maxConfig)], []byte(configEnd)); end >= 0 {
			config = strings.ToValidUTF8(string(text[:end]), "\uFFFD")
		}
	}
	marks := [][]byte{[]byte(sevenzip.Signature), []byte("Rar!\x1A\x07"), []byte("MSCF\x00\x00\x00\x00"), []byte("PK\x03\x04"), []byte("PK\x05\x06")}
	next := make([]int, len(marks)) // where each mark comes next, -1 if not any more
	for i, m := range marks {
		next[i] = bytes.Index(b, m)
	}
	for {
		first := -1
		for i, at := range next {
			if at >= 0 && (first < 0 || at < next[first]) {
				first = i
			}
		}
		if first < 0 {
			return Found{}, false
		}
		place := next[first]
		if kind, size := begins(b[place:], to-from-int64(place)); kind != "" {
			f := Found{Kind: kind, Part: in.Section(from+int64(place), size), Offset: from + int64(place)}
			switch kind {
			case SevenZip:
				f.Config = config
			case Zip:
				f.Part, f.Offset = in.Section(0, to), 0
			}
			return f, true
		}
		next[first] = bytes.Index(b[place+1:], marks[first])
		if next[first] >= 0 {
			next[first] += place + 1
		}
	}
}

// begins tells which archive begins with b, and how long it is, of left bytes at most.
func begins(b []byte, left int64) (kind string, size int64) {
	switch {
	case bytes.HasPrefix(b, []byte(sevenzip.Signature)):
		if len(b) >= 32 && crc32.ChecksumIEEE(b[12:32]) == binary.LittleEndian.Uint32(b[8:]) {
			return SevenZip, left
		}
	case bytes.HasPrefix(b, []byte("Rar!\x1A\x07")):
		if isRar(b) {
			return Rar, left
		}
	case bytes.HasPrefix(b, []byte("MSCF\x00\x00\x00\x00")):
		// Length, where the files begin, version 1.3, folders and files.
		if len(b) >= 36 && binary.LittleEndian.Uint32(b[16:]) >= 36 && b[24] <= 3 && b[25] == 1 && binary.LittleEndian.Uint16(b[26:]) > 0 {
			if size := int64(binary.LittleEndian.Uint32(b[8:])); size >= 36 && size <= left {
				return Cab, left // a signature of the cabinet may follow
			}
		}
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		// Version needed, method, length of the name.
		if len(b) >= 30 {
			name := binary.LittleEndian.Uint16(b[26:])
			if b[4] <= 63 && binary.LittleEndian.Uint16(b[8:]) < 100 && 0 < name && name < 1024 {
				return Zip, left
			}
		}
	case bytes.HasPrefix(b, []byte("PK\x05\x06")) && left == 22:
		return Zip, left // empty
	}
	return "", 0
}

// isRar checks the header that follows the mark, by its checksum.
func isRar(b []byte) bool {
	if len(b) < 7 { // nothing follows the mark
		return false
	}
	if b[6] == 0 {
		if len(b) < 20 {
			return false
		}
		size := int(binary.LittleEndian.Uint16(b[12:]))
		// An archive header has 13 bytes; a comment in it is not part of the checksum.
		return b[9] == 0x73 && size >= 13 && uint16(crc32.ChecksumIEEE(b[9:20])) == binary.LittleEndian.Uint16(b[7:])
	}
	if len(b) < 16 || b[6] != 1 || b[7] != 0 {
		return false
	}
	length, n := binary.Uvarint(b[12:])
	end := 12 + n + int(length)
	return n > 0 && length < headLen && end <= len(b) && crc32.ChecksumIEEE(b[12:end]) == binary.LittleEndian.Uint32(b[8:])
}

// hasZipEnd looks for the record that ends a ZIP archive.
func hasZipEnd(in archive.Input, from, to int64) bool {
	const record, comment = 22, 1<<16 - 1
	from = max(from, to-record-comment)
	b := make([]byte, to-from)
	if n, _ := in.ReadAt(b, from); n < len(b) {
		return false
	}
	for at := bytes.LastIndex(b, []byte("PK\x05\x06")); at >= 0; at = bytes.LastIndex(b[:at], []byte("PK\x05\x06")) {
		if at+record > len(b) {
			continue
		}
		size, entries := int64(binary.LittleEndian.Uint32(b[at+12:])), binary.LittleEndian.Uint16(b[at+10:])
		if entries > 0 && size > 0 && size <= from+int64(at) {
			return true
		}
	}
	return false
}

// settings reads the resources that IExpress keeps beside its cabinet.
func settings(in archive.Input, resources []program.Resource) map[string]string {
	const longest = 1024
	m := map[string]string{}
	for _, r := range resources {
		if r.Type != program.TypeRCData || r.Size == 0 || r.Size > longest || strings.HasPrefix(r.Name, "#") {
			continue
		}
		b := make([]byte, r.Size)
		if n, _ := in.ReadAt(b, r.Offset); n < len(b) {
			continue
		}
		switch r.Name {
		case "RUNPROGRAM", "POSTRUNPROGRAM", "TITLE", "ADMQCMD", "USRQCMD", "FINISHMSG", "UPROMPT", "LICENSE":
			text, _, _ := bytes.Cut(b, []byte{0})
			if s, err := charmap.Windows1252.NewDecoder().Bytes(text); err == nil {
				m[r.Name] = string(s)
			}
		case "REBOOT", "EXTRACTOPT", "SHOWWINDOW":
			if len(b) == 4 {
				m[r.Name] = fmt.Sprint(binary.LittleEndian.Uint32(b))
			}
		}
	}
	if len(m) == 0 {
		return nil
	}
	return m
}
