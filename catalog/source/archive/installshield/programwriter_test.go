package installshield_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
)

// program writes the outside of a PE program with one section, and what is appended to it. With debug, the linker's record
// lies between; with a signature, that follows.
func program(appended []byte, debug, signature bool) []byte {
	const header, section, sectionLen = 0x80, 0x200, 0x400
	b := &blob{make([]byte, section+sectionLen)}
	copy(b.b, "MZ")
	b.put32(0x3C, header)
	copy(b.b[header:], "PE\x00\x00")
	b.put16(header+4, 0x14C)
	b.put16(header+6, 1)
	b.put16(header+20, 224)
	b.put16(header+24, 0x10B)
	b.put32(header+24+92, 16)
	s := header + 24 + 224
	copy(b.b[s:], ".text")
	b.put32(s+8, sectionLen)
	b.put32(s+12, 0x1000)
	b.put32(s+16, sectionLen)
	b.put32(s+20, section)
	if debug {
		record := b.add([]byte("NB10\x00\x00\x00\x00\x12\x34\x56\x37\x01\x00\x00\x00c:\\build\\setup.pdb\x00"))
		b.put32(header+24+96+6*8, 0x1010)
		b.put32(header+24+96+6*8+4, 28)
		b.put32(section+0x10+16, b.len()-record)
		b.put32(section+0x10+24, record)
	}
	b.add(appended)
	if signature {
		at := b.add(bytes.Repeat([]byte("signature"), 100))
		b.put32(header+24+96+4*8, at)
		b.put32(header+24+96+4*8+4, b.len()-at)
	}
	return b.b
}

// setupFile is a file behind a setup program.
type setupFile struct {
	name, data string
	flags      int // 2: a key over the whole; 6: one that begins anew every 1,024 bytes
	deflated   bool
}

func (f *setupFile) pack() []byte {
	p := []byte(f.data)
	if f.deflated {
		var out bytes.Buffer
		w := zlib.NewWriter(&out)
		_, _ = w.Write(p)
		_ = w.Close()
		p = out.Bytes()
	}
	p = bytes.Clone(p)
	if f.flags == 0 {
		return p
	}
	magic := "\x13\x35\x86\x07"
	for i, c := range p {
		at := i
		if f.flags&4 != 0 {
			at %= 1024
		}
		at %= len(f.name)
		c = ^c ^ f.name[at] ^ magic[at%4]
		p[i] = c<<4 | c>>4
	}
	return p
}

// marked writes files behind the mark "InstallShield".
func marked(files []setupFile) []byte {
	b := &blob{make([]byte, 46)}
	copy(b.b, "InstallShield")
	b.put16(14, uint16(len(files)))
	for _, f := range files {
		p, at := f.pack(), b.room(312)
		copy(b.b[at:], f.name)
		b.put32(at+260, f.flags)
		b.put32(at+268, len(p))
		if f.deflated {
			b.b[at+280] = 1
		}
		b.add(p)
	}
	return b.b
}

// streamed writes files as an ISSetupStream, with times if it is of type 4.
func streamed(files []setupFile, kind int) []byte {
	b := &blob{make([]byte, 46)}
	copy(b.b, "ISSetupStream")
	b.put16(14, uint16(len(files)))
	b.put32(16, kind)
	for _, f := range files {
		p, name, at := f.pack(), utf16Bytes(f.name), b.room(24)
		b.put32(at, len(name))
		b.put32(at+4, f.flags)
		b.put32(at+10, len(p))
		if f.deflated {
			b.b[at+22] = 1
		}
		if kind >= 4 {
			ticks := (written().Unix() + 11_644_473_600) * 10_000_000
			for range 3 {
				b.add(binary.LittleEndian.AppendUint64(nil, uint64(ticks)))
			}
		}
		b.add(name)
		b.add(p)
	}
	return b.b
}

// listed writes the plain list of files.
func listed(files []setupFile, wide bool) []byte {
	b := &blob{}
	if wide {
		b.put32(b.room(4), len(files))
	}
	for _, f := range files {
		base := f.name[max(0, bytes.LastIndexByte([]byte(f.name), '\\')+1):]
		for _, s := range []string{base, f.name, "1.2.3.4", strconv.Itoa(len(f.data))} {
			b.text(s, wide)
		}
		b.add([]byte(f.data))
	}
	return b.b
}

// web writes what PackageForTheWeb appends.
func web(cabinet []byte) []byte {
	settings := bytes.Repeat([]byte{0xDC, 0xED, 0xBD, 0xA9}, 50)
	b := &blob{}
	b.put32(b.room(4), len(settings))
	b.add(settings)
	b.add(cabinet)
	return b.b
}

// smallCabinet writes a Microsoft cabinet with stored files, whose names begin with a backslash.
func smallCabinet(files map[string]string) []byte {
	names := slices.Sorted(maps.Keys(files))
	b := &blob{make([]byte, 36+8)}
	copy(b.b, "MSCF")
	b.b[24], b.b[25] = 3, 1
	b.put16(26, 1)
	b.put16(28, uint16(len(names)))
	b.put32(16, b.len())
	var data []byte
	for _, name := range names {
		at := b.room(16)
		b.put32(at, len(files[name]))
		b.put32(at+4, len(data))
		b.add([]byte("\\" + name + "\x00"))
		data = append(data, files[name]...)
	}
	b.put32(36, b.len())
	b.put16(40, 1)
	at := b.room(8)
	b.put16(at+4, uint16(len(data)))
	b.put16(at+6, uint16(len(data)))
	b.add(data)
	b.put32(8, b.len())
	return b.b
}
