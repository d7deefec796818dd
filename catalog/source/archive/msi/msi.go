package msi

import (
	"context"
	"io"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/cab"
)

// The classes by which Windows Installer knows its files.
// learn.microsoft.com/windows/win32/msi/installation-package
const (
	ClassDatabase  = "\x84\x10\x0C\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46" // packages and merge modules
	ClassTransform = "\x82\x10\x0C\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46"
	ClassPatch     = "\x86\x10\x0C\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46"
)

// opener opens a cabinet.
type opener = func(archive.Input, archive.Limits) (archive.Reader, error)

// Database is an open package, merge module, patch or transform. It is an archive.Reader, and archive.Stored.
type Database struct {
	kind    string
	info    Info
	entries []archive.Entry
	more    []detail // of each entry
	sources []source
}

// detail is what an entry has beyond what archives have.
type detail struct {
	outside string // where the file lies, if not in here
	hash    *[16]byte
	source  int // of Database.sources
	member  int // of its cabinet
}

// source is where a row of entries come from, one of the three.
type source struct {
	from, to int // entries
	cabinet  archive.Reader
	members  []int // for each entry of the cabinet, the entry it is; -1 for none
	stream   *stream
	err      error // why the entries cannot be read
}

// Open opens a package (.msi), merge module (.msm), patch (.msp) or transform (.mst). Cabinets beside it are opened by
// in.Beside. The Reader is a *Database.
func Open(in archive.Input, l archive.Limits) (archive.Reader, error) {
	d, err := open(in, l, cab.Open)
	if err != nil {
		return nil, err
	}
	return d, nil
}

func open(in archive.Input, l archive.Limits, cabinets opener) (*Database, error) {
	l = l.OrDefault()
	c, err := readCompound(in, in.Size)
	if err != nil {
		return nil, err
	}
	if err := c.readDirectory(maxDirectory + 1); err != nil {
		return nil, err
	}
	budget := l.Memory / 4 * 3
	root := newStorage(c, 0, &budget)
	class := c.dir[0].class
	_, tables := root.tables["_StringPool"]
	if !tables && class != ClassDatabase && class != ClassPatch && class != ClassTransform {
		return nil, archive.ErrFormat // a document of another program
	}
	b := &builder{in: in, limits: l, open: cabinets, root: root, names: l.Memory / 4, d: &Database{},
		used: map[string]bool{}, taken: map[string]bool{}, pending: map[int]int{}}
	if b.d.info.Summary, err = readSummary(root); err != nil {
		return nil, err
	}
	switch class {
	case ClassPatch:
		err = b.patch()
	case ClassTransform:
		b.d.kind = "mst"
	default:
		err = b.installation()
	}
	if err == nil {
		err = b.streams()
	}
	b.forget()
	if err != nil {
		_ = b.d.Close()
		return nil, err
	}
	return b.d, nil
}

// Kind is "msi", "msm", "msp" or "mst", the first with the version of Windows Installer that it needs: "msi 2.0".
func (d *Database) Kind() string {
	if v := d.info.Summary.Version(); d.kind == "msi" && v != "" {
		return "msi " + v
	}
	return d.kind
}

// Info is what the database tells about itself. The caller must not change it.
func (d *Database) Info() *Info { return &d.info }

// Entries implements archive.Reader.
func (d *Database) Entries() []archive.Entry { return d.entries }

// Outside says where the file of an entry lies if it is not kept in the database nor in a cabinet: its path from the
// folder of the database, as Windows Installer looks for it. ok is false for all other entries.
func (d *Database) Outside(i int) (path string, ok bool) {
	return d.more[i].outside, d.more[i].outside != ""
}

// MD5 is the hash of an entry's content that the vendor recorded, which packages have for files without a version.
// learn.microsoft.com/windows/win32/msi/msifilehash-table
func (d *Database) MD5(i int) (sum [16]byte, ok bool) {
	if h := d.more[i].hash; h != nil {
		return *h, true
	}
	return sum, false
}

// Extract implements archive.Reader.
func (d *Database) Extract(ctx context.Context, want func(i int) bool, fn func(i int, r io.Reader) error) error {
	var later error // what a cabinet says when it has handed out what it has
	for _, s := range d.sources {
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.cabinet == nil {
			if err := d.extract(ctx, &s, want, fn); err != nil {
				return err
			}
			continue
		}
		var stop error
		err := s.cabinet.Extract(ctx, func(m int) bool {
			return s.members[m] >= 0 && want(s.members[m])
		}, func(m int, r io.Reader) error {
			stop = fn(s.members[m], r)
			return stop
		})
		if stop != nil {
			return stop
		}
		if err != nil && later == nil {
			later = err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return later
}

// extract hands out entries that are streams, or that cannot be read.
func (d *Database) extract(ctx context.Context, s *source, want func(int) bool, fn func(int, io.Reader) error) error {
	for i := s.from; i < s.to; i++ {
		if d.entries[i].Mode != 0 || !want(i) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		var r io.Reader = failing{s.err}
		if s.stream != nil {
			r = s.stream.section()
		}
		if err := fn(i, r); err != nil {
			return err
		}
	}
	return nil
}

// failing is a file that cannot be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Section implements archive.Stored: streams lie as they are, and so may files of cabinets.
func (d *Database) Section(i int) *io.SectionReader {
	s := &d.sources[d.more[i].source]
	if s.stream != nil {
		return s.stream.section()
	}
	if stored, ok := s.cabinet.(archive.Stored); ok {
		return stored.Section(d.more[i].member)
	}
	return nil
}

// Close closes the cabinets.
func (d *Database) Close() error {
	var first error
	for _, s := range d.sources {
		if s.cabinet != nil {
			if err := s.cabinet.Close(); err != nil && first == nil {
				first = err
			}
		}
	}
	return first
}

// cabinetName returns the name of a cabinet in the Media table and whether it is a stream of the database.
func cabinetName(s string) (name string, embedded bool) {
	name, embedded = strings.CutPrefix(s, "#")
	return strings.ReplaceAll(name, `\`, "/"), embedded
}
