package archivetest

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"unicode/utf16"
)

// Member is one entry of an archive that a test builds. The name is written as it is.
type Member struct {
	Name, Data string      // the data of a link are its target
	Mode       fs.FileMode // 0, fs.ModeDir, fs.ModeSymlink, fs.ModeIrregular for a hard link, where the format has them
}

// Zip builds a ZIP archive, deflated.
func Zip(members ...Member) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.Name, Method: zip.Deflate}
		if m.Mode != 0 {
			h.SetMode(m.Mode | 0o777)
		}
		if m.Mode == fs.ModeDir || m.Data == "" {
			h.Method = zip.Store
		}
		f, err := w.CreateHeader(h)
		if err == nil && m.Data != "" {
			_, err = io.WriteString(f, m.Data)
		}
		must(err)
	}
	must(w.Close())
	return b.Bytes()
}

func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("build an archive: %v", err))
	}
}

// SevenZip builds a 7z archive whose files are stored in one folder, with a plain header.
func SevenZip(members ...Member) []byte {
	var data []byte
	var sizes, sums []byte
	files, last := 0, 0
	for _, m := range members {
		if m.Data == "" {
			continue
		}
		if files++; files > 1 { // the last one's size follows from that of all
			sizes = append(sizes, Number(uint64(last))...)
		}
		data, last = append(data, m.Data...), len(m.Data)
		sums = binary.LittleEndian.AppendUint32(sums, crc32.ChecksumIEEE([]byte(m.Data)))
	}
	h := []byte{1}
	if files > 0 {
		h = append(h, 4, 6, 0, 1, 9) // main streams: packed data at 0, one stream, its size
		h = append(append(h, Number(uint64(len(data)))...), 0)
		h = append(h, 7, 11, 1, 0, 1, 1, 0, 12) // one folder of one coder, copied; its size
		h = append(append(h, Number(uint64(len(data)))...), 0)
		h = append(append(append(h, 8, 13), Number(uint64(files))...), 9)
		h = append(append(append(h, sizes...), 10, 1), sums...)
		h = append(h, 0, 0)
	}
	return Seal(data, append(append(h, SevenZipFiles(members)...), 0))
}

// SevenZipFiles is the part of a 7z header that tells of the files.
func SevenZipFiles(members []Member) []byte {
	h := append([]byte{5}, Number(uint64(len(members)))...)
	property := func(id byte, b []byte) { h = append(append(append(h, id), Number(uint64(len(b)))...), b...) }
	var empty, emptyFile []bool
	names, attributes := []byte{0}, []byte{1, 0}
	for _, m := range members {
		empty = append(empty, m.Data == "")
		if m.Data == "" {
			emptyFile = append(emptyFile, m.Mode != fs.ModeDir)
		}
		for _, u := range utf16.Encode([]rune(m.Name)) {
			names = binary.LittleEndian.AppendUint16(names, u)
		}
		names = append(names, 0, 0)
		a := uint32(0x20)
		switch m.Mode {
		case fs.ModeDir:
			a = 0x10
		case fs.ModeSymlink:
			a = 0x8000 | 0o120777<<16
		}
		attributes = binary.LittleEndian.AppendUint32(attributes, a)
	}
	property(14, bits(empty))
	property(15, bits(emptyFile))
	property(17, names)
	property(21, attributes)
	return append(h, 0)
}

func bits(v []bool) []byte {
	b := make([]byte, (len(v)+7)/8)
	for i, set := range v {
		if set {
			b[i/8] |= 0x80 >> (i % 8)
		}
	}
	return b
}

// Number is a number as 7z writes it, in nine bytes if it takes more than one.
func Number(n uint64) []byte {
	if n < 0x80 {
		return []byte{byte(n)}
	}
	return binary.LittleEndian.AppendUint64([]byte{0xFF}, n)
}

// Seal puts a 7z archive together from its packed data and its header.
func Seal(data, header []byte) []byte {
	start := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	start = binary.LittleEndian.AppendUint64(start, uint64(len(header)))
	start = binary.LittleEndian.AppendUint32(start, crc32.ChecksumIEEE(header))
	b := binary.LittleEndian.AppendUint32([]byte("7z\xBC\xAF\x27\x1C\x00\x04"), crc32.ChecksumIEEE(start))
	return append(append(append(b, start...), data...), header...)
}

// Rar5 builds a RAR archive of format 5, stored.
func Rar5(members ...Member) []byte {
	b := append([]byte("Rar!\x1A\x07\x01\x00"), rar5Block(1, 0, nil, []byte{0}, "")...)
	for _, m := range members {
		b = append(b, Rar5File(m, uint64(len(m.Data)))...)
	}
	return append(b, rar5Block(5, 0, nil, []byte{0}, "")...)
}

// Rar5File is the block of a file that claims a size.
func Rar5File(m Member, size uint64) []byte {
	const folder, hasSum = 1, 4
	var extra []byte
	data, flags, host := m.Data, uint64(hasSum), uint64(0)
	attributes := uint64(0x20)
	switch m.Mode {
	case fs.ModeDir:
		flags, attributes = folder, 0x10
	case fs.ModeSymlink, fs.ModeIrregular:
		kind := uint64(1) // a symbolic link of Unix
		if m.Mode == fs.ModeIrregular {
			kind = 4 // a hard link
		}
		record := binary.AppendUvarint([]byte{5}, kind)
		record = binary.AppendUvarint(append(record, 0), uint64(len(data)))
		record = append(record, data...)
		extra = append(binary.AppendUvarint(nil, uint64(len(record))), record...)
		data, size, host, attributes = "", 0, 1, 0o120777
	}
	h := binary.AppendUvarint(nil, flags)
	h = binary.AppendUvarint(h, size)
	h = binary.AppendUvarint(h, attributes)
	if flags&hasSum != 0 {
		h = binary.LittleEndian.AppendUint32(h, crc32.ChecksumIEEE([]byte(data)))
	}
	h = binary.AppendUvarint(append(h, 0), host) // stored
	h = binary.AppendUvarint(h, uint64(len(m.Name)))
	return rar5Block(2, uint64(len(data)), extra, append(h, m.Name...), data)
}

func rar5Block(kind byte, packed uint64, extra, body []byte, data string) []byte {
	const hasExtra, hasData = 1, 2
	flags := uint64(0)
	var sizes []byte
	if len(extra) > 0 {
		flags |= hasExtra
		sizes = binary.AppendUvarint(sizes, uint64(len(extra)))
	}
	if kind == 2 {
		flags |= hasData
		sizes = binary.AppendUvarint(sizes, packed)
	}
	h := append(binary.AppendUvarint([]byte{kind}, flags), sizes...)
	h = append(append(h, body...), extra...)
	h = append(binary.AppendUvarint(nil, uint64(len(h))), h...)
	b := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(h))
	return append(append(b, h...), data...)
}

// Rar4 builds a RAR archive of format 1.5 to 4, stored. It has no hard links.
func Rar4(members ...Member) []byte {
	b := append([]byte("Rar!\x1A\x07\x00"), rar4Block(0x73, 0, make([]byte, 6), "")...)
	for _, m := range members {
		b = append(b, Rar4File(m, 0)...)
	}
	return append(b, rar4Block(0x7B, 0x4000, nil, "")...)
}

// Rar4File is the block of a file, with more flags.
func Rar4File(m Member, more uint16) []byte {
	const hasData, folder = 0x8000, 0xE0
	flags, host, attributes := uint16(hasData)|more, byte(2), uint32(0x20)
	switch m.Mode {
	case fs.ModeDir:
		flags, attributes = flags|folder, 0x10
	case fs.ModeSymlink:
		host, attributes = 3, 0o120777
	}
	h := binary.LittleEndian.AppendUint32(nil, uint32(len(m.Data)))
	h = append(binary.LittleEndian.AppendUint32(h, uint32(len(m.Data))), host)
	h = binary.LittleEndian.AppendUint32(h, crc32.ChecksumIEEE([]byte(m.Data)))
	h = append(binary.LittleEndian.AppendUint32(h, 44<<25|5<<21|7<<16|4<<11|14<<5|1), 29, 0x30) // 2024-05-07 04:14:02, stored
	h = binary.LittleEndian.AppendUint16(h, uint16(len(m.Name)))
	h = binary.LittleEndian.AppendUint32(h, attributes)
	return rar4Block(0x74, flags, append(h, m.Name...), m.Data)
}

func rar4Block(kind byte, flags uint16, body []byte, data string) []byte {
	h := binary.LittleEndian.AppendUint16([]byte{kind}, flags)
	h = append(binary.LittleEndian.AppendUint16(h, uint16(7+len(body))), body...)
	b := binary.LittleEndian.AppendUint16(nil, uint16(crc32.ChecksumIEEE(h)))
	return append(append(b, h...), data...)
}
