package msi

import (
	"io"
	"strings"
)

// What Probe reads at most. The summary is among the first streams of any database that Windows Installer wrote.
const (
	probeDirectory = 2048      // streams: 256 KiB
	probeTables    = 192 << 10 // bytes of tables
)

// Probed is what Probe finds.
type Probed struct {
	Class   string // of the root storage: ClassDatabase, ClassPatch, ClassTransform, or another program's
	ClassAt int64  // where it stands in the file
	Summary Summary
	// Of the Property table, if all that is needed to read it takes 192 KiB at most.
	ProductName, ProductVersion, Manufacturer string
}

// Probe looks at the class, summary and properties of a compound file, usually 10 to 100 KB of it and at most some 460. It
// returns false for anything that is not a compound file. What cannot be read is left empty.
func Probe(r io.ReaderAt, size int64) (p Probed, ok bool) {
	c, err := readCompound(r, size)
	if err != nil {
		return Probed{}, false
	}
	p.ClassAt = c.root + 80
	class := make([]byte, 16)
	if n, _ := r.ReadAt(class, p.ClassAt); n == len(class) {
		p.Class = string(class)
	}
	if c.readDirectory(probeDirectory) != nil {
		return p, true
	}
	budget := int64(16 * probeTables)
	root := newStorage(c, 0, &budget)
	p.Summary, _ = readSummary(root)
	if left := int64(probeTables); root.fits(&left, "_StringPool", "_StringData", "_Columns", "Property") {
		p.properties(root)
	}
	return p, true
}

// fits takes the sizes of tables from what is left, and reports whether that was enough.
func (s *storage) fits(left *int64, tables ...string) bool {
	for _, name := range tables {
		i, ok := s.tables[name]
		if !ok {
			return false
		}
		if *left -= s.c.dir[i].size; *left < 0 {
			return false
		}
	}
	return true
}

func (p *Probed) properties(s *storage) {
	d, err := readDatabase(s)
	if err != nil {
		return
	}
	t, err := d.table("Property")
	if err != nil {
		return
	}
	key, value := t.column("Property"), t.column("Value")
	for row := range t.len() {
		switch to := t.text(row, key); to {
		case "ProductName":
			p.ProductName = strings.TrimSpace(t.text(row, value))
		case "ProductVersion":
			p.ProductVersion = strings.TrimSpace(t.text(row, value))
		case "Manufacturer":
			p.Manufacturer = strings.TrimSpace(t.text(row, value))
		}
	}
}
