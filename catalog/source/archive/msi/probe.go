package msi

import "io"

// probeDirectory is how many streams Probe looks at, 256 KiB of a directory. The summary is among the first of any
// database that Windows Installer wrote.
const probeDirectory = 2048

// Probed is what Probe finds.
type Probed struct {
	Class   string // of the root storage: ClassDatabase, ClassPatch, ClassTransform, or another program's
	ClassAt int64  // where it stands in the file
	Summary Summary
}

// Probe looks at the class and summary of a compound file without reading its tables, usually 2 to 20 KB of it. It
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
	if c.readDirectory(probeDirectory) == nil {
		budget := int64(0) // no table
		p.Summary, _ = readSummary(newStorage(c, 0, &budget))
	}
	return p, true
}
