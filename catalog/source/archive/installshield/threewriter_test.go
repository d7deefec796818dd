package installshield_test

import (
	"fmt"

	"github.com/drivercat/drivercat/catalog/source/archive/installshield/explode/explodetest"
)

// threeFile is a file of an archive of InstallShield 3 to be written.
type threeFile struct {
	folder, name, data string
	stored, removed    bool
}

func (f *threeFile) pack() []byte {
	if f.stored {
		return []byte(f.data)
	}
	return explodetest.Implode([]byte(f.data), 6, len(f.data)%2 == 0)
}

// three writes an archive, in parts of so many bytes of data if volume is not 0, and returns its files by name.
func three(files []threeFile, stem string, volume int) map[string][]byte {
	const headLen = 255
	var parts []*blob
	next := func() { parts = append(parts, &blob{make([]byte, headLen)}) }
	next()
	places := make([]threePlace, len(files))
	for i := range files {
		data := files[i].pack()
		p := threePlace{packed: len(data)}
		for begun := false; len(data) > 0 || !begun; {
			free := len(data)
			if volume > 0 {
				free = min(free, headLen+volume-parts[len(parts)-1].len())
			}
			if free <= 0 && len(data) > 0 {
				next()
				continue
			}
			at := parts[len(parts)-1].add(data[:free])
			data = data[free:]
			if p.last = len(parts); !begun {
				p.at, p.first, begun = at, len(parts), true
			}
		}
		places[i] = p
	}
	out := map[string][]byte{}
	for k, b := range parts {
		threeLists(b, files, places)
		name := stem + ".z"
		if volume > 0 {
			b.put16(10, 1)
			b.b[30], b.b[31] = byte(len(parts)), byte(k+1)
			name = fmt.Sprintf("%s.%d", stem, k+1)
		}
		out[name] = b.b
	}
	return out
}

// threePlace is where a file was written.
type threePlace struct{ at, packed, first, last int }

// threeLists writes the header of a part, and the folders and files at its end.
func threeLists(b *blob, files []threeFile, places []threePlace) {
	var folders []string
	folderOf := map[string]int{}
	for _, f := range files {
		if _, ok := folderOf[f.folder]; !ok {
			folderOf[f.folder] = len(folders)
			folders = append(folders, f.folder)
		}
	}
	dirs := b.len()
	for _, name := range folders {
		at := b.room(6)
		b.put16(at+2, uint16(11+len(name)))
		b.put16(at+4, uint16(len(name)))
		b.text(name, false)
		b.room(4)
	}
	list := b.len()
	for i, f := range files {
		p, at := places[i], b.room(30)
		flags := 0
		if f.stored {
			flags |= 0x10
		}
		if f.removed {
			flags |= 0x20
		}
		if p.last > p.first {
			flags |= 0x100
		}
		b.b[at] = byte(p.last)
		b.put16(at+1, uint16(folderOf[f.folder]))
		b.put32(at+3, len(f.data))
		b.put32(at+7, p.packed)
		b.put32(at+11, p.at)
		b.put16(at+15, uint16(2009-1980)<<9|7<<5|14)
		b.put16(at+17, uint16(13)<<11|37<<5|21)
		b.put16(at+23, uint16(43+len(f.name)))
		b.put16(at+25, uint16(flags))
		b.b[at+28] = byte(p.first)
		b.b[at+29] = byte(len(f.name))
		b.text(f.name, false)
		b.room(12)
	}
	b.put32(0, 0x8C655D13)
	b.b[4], b.b[5], b.b[6] = 0x3A, 1, 2
	b.put16(12, uint16(len(files)))
	b.put32(41, dirs)
	b.put16(49, uint16(len(folders)))
	b.put32(51, list)
}

// engine writes an archive like _inst32i.ex_.
func engine(files map[string]string, order ...string) []byte {
	b := &blob{make([]byte, 82)}
	copy(b.b, "\x2A\xAB\x79\xD8\x00\x01\x00\x00Copyright (c) 1990-1995 Stirling Technologies, Inc. All Rights Reserve")
	b.put16(78, uint16(len(order)))
	var ats []int
	for _, name := range order {
		at := b.room(20)
		ats = append(ats, at)
		b.put32(at+8, len(files[name]))
		for _, n := range []string{name, "_INS5576._MP"} {
			b.put16(b.room(2), uint16(len(n)))
			b.add([]byte(n))
		}
	}
	for i, name := range order {
		p := explodetest.Implode([]byte(files[name]), 6, false)
		b.put32(ats[i], b.add(p))
		b.put32(ats[i]+4, len(p))
	}
	return b.b
}
