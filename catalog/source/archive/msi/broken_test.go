package msi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// rotated is a compound file with one FAT sector whose first k sectors are moved to its end.
func rotated(b []byte, k int) []byte {
	const sector = 512
	out := bytes.Clone(b)
	n := len(b)/sector - 1
	number := binary.LittleEndian.Uint32
	moved := func(s uint32) uint32 {
		if s > lastSector {
			return s
		}
		return uint32((int(s) - k + n) % n)
	}
	for s := range n {
		copy(out[(int(moved(uint32(s)))+1)*sector:][:sector], b[(s+1)*sector:][:sector])
	}
	for _, at := range []int{48, 60, 76} { // the directory, the small FAT, the FAT
		binary.LittleEndian.PutUint32(out[at:], moved(number(b[at:])))
	}
	oldFAT := b[(int(number(b[76:]))+1)*sector:][:sector]
	fat := out[(int(number(out[76:]))+1)*sector:][:sector]
	for s := range n {
		binary.LittleEndian.PutUint32(fat[4*int(moved(uint32(s))):], moved(number(oldFAT[4*s:])))
	}
	for s := number(out[48:]); s <= lastSector; s = number(fat[4*s:]) {
		for e := out[(int(s)+1)*sector:][:sector]; len(e) > 0; e = e[entryLen:] {
			if e[66] == 5 || e[66] == kindStream && number(e[120:]) >= miniCutoff {
				binary.LittleEndian.PutUint32(e[116:], moved(number(e[116:])))
			}
		}
	}
	return out
}

// Of a package whose download broke off inside its cabinet, the files before that can be read.
func TestBrokenDownload(t *testing.T) {
	t.Parallel()
	p := driverPackage()
	for i := range p.files {
		p.files[i].text = strings.Repeat(p.files[i].key, 1800)
	}
	whole, _ := p.build()
	cabinet := 0
	for _, f := range p.files {
		cabinet += len(f.text)
	}
	file := rotated(whole, cabinet/512+1)
	want := map[string]string{}
	for i, f := range []string{"Program Files/ACME Devices/Drivers/network card.inf", "Program Files/ACME Devices/Drivers/net.sys", "System Files/lib.dll",
		"Program Files/ACME Devices/Drivers/EMPTY.TXT", "readme.txt"} {
		want[f] = p.files[i].text
	}
	archivetest.Check(t, Open, archivetest.Bytes("whole.msi", file), want)

	d := mustOpen(t, archivetest.Bytes("broken.msi", file[:len(file)-cabinet/4]))
	read, lost := 0, 0
	if err := d.Extract(t.Context(), func(int) bool { return true }, func(i int, r io.Reader) error {
		switch b, err := io.ReadAll(r); {
		case err == nil && string(b) == want[d.Entries()[i].Name]:
			read++
		case errors.Is(err, archive.ErrCorrupt):
			lost++
		default:
			t.Errorf("%s: %d bytes, %v", d.Entries()[i].Name, len(b), err)
		}
		return nil
	}); err != nil || read == 0 || lost == 0 || read+lost != len(want) {
		t.Errorf("%d files read, %d lost, %v", read, lost, err)
	}
}
