package msi

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// builder gathers the entries of a database.
type builder struct {
	in     archive.Input
	limits archive.Limits
	open   opener
	root   *storage
	names  int64 // bytes that names may still take
	block  int   // the next one
	d      *Database

	used    map[string]bool // cabinets that were opened, lower case
	taken   map[string]bool // streams that are cabinets
	files   []file
	byKey   map[string]int
	byLower map[string]int // where keys and names in cabinets differ in case
	pending map[int]int    // files without an entry, by medium
	where   *components
	titles  map[string]string // paths of streams whose tables name files
}

// file is a row of the File table.
type file struct {
	key, component, folder, name string
	size                         int64
	attributes, sequence         int
	medium                       int // of the media, -1 for none
	hash                         *[16]byte
	entry                        int // -1 until it has one
}

// Bits of File.Attributes. learn.microsoft.com/windows/win32/msi/file-table
const (
	filePatchAdded = 0x1000 // by a patch, whose files are in cabinets
	fileOutside    = 0x2000
	fileCompressed = 0x4000
)

// medium is a row of the Media table.
type medium struct {
	last     int    // sequence number
	cabinet  string // "" if files lie outside
	embedded bool
	err      error // why the cabinet cannot be opened
}

// add appends an entry that comes from the source that is being filled.
func (b *builder) add(e archive.Entry, more detail) error {
	if len(b.d.entries) >= b.limits.Entries {
		return fmt.Errorf("more than %d files: %w", b.limits.Entries, archive.ErrLimit)
	}
	if err := b.charge(len(e.Name)); err != nil {
		return err
	}
	more.source = len(b.d.sources)
	b.d.entries = append(b.d.entries, e)
	b.d.more = append(b.d.more, more)
	return nil
}

// charge takes bytes of what names may take: tables can make long names of few bytes.
func (b *builder) charge(n int) error {
	if b.names -= int64(n) + 16; b.names < 0 {
		return fmt.Errorf("the names of the files take too much memory: %w", archive.ErrLimit)
	}
	return nil
}

// finish ends a source that began at an entry. Its blocks have been numbered.
func (b *builder) finish(s source, from int) {
	s.from, s.to = from, len(b.d.entries)
	b.d.sources = append(b.d.sources, s)
}

// forget lets go of what only opening needs. Cabinets keep the builder, since they may ask for what lies beside them.
func (b *builder) forget() {
	b.files, b.byKey, b.byLower, b.pending, b.where, b.titles = nil, nil, nil, nil, nil, nil
	b.root.c.fat = map[int][]uint32{}
}

// input is a stream as a file of its own. What it asks for beside itself is another stream or lies beside the database.
func (b *builder) input(name string, st *stream) archive.Input {
	return archive.Input{Name: name, ReaderAt: st, Size: st.size, Beside: func(name string) (archive.Input, error) {
		b.used[strings.ToLower(name)] = true
		if st, err := b.stream(name); err == nil {
			return b.input(name, st), nil
		}
		return b.in.Open(name)
	}}
}

// stream finds a stream of the root storage by its name, ignoring case if need be.
func (b *builder) stream(name string) (*stream, error) {
	i, ok := b.root.streams[name]
	if !ok {
		k := slices.IndexFunc(b.root.order, func(s string) bool { return strings.EqualFold(s, name) })
		if k < 0 {
			return nil, fmt.Errorf("there is no stream %q: %w", name, archive.ErrCorrupt)
		}
		name = b.root.order[k]
		i = b.root.streams[name]
	}
	b.taken[name] = true
	return b.root.c.open(i)
}

// cabinet opens a cabinet, which may be the first of a set.
func (b *builder) cabinet(name string, embedded bool) (archive.Reader, error) {
	b.used[strings.ToLower(name)] = true
	var in archive.Input
	if embedded {
		st, err := b.stream(name)
		if err != nil {
			return nil, err
		}
		in = b.input(name, st)
	} else {
		var err error
		in, err = b.in.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("the cabinet %q does not lie beside %q: %w", name, b.in.Name, archive.ErrMissingPart)
		}
		if err != nil {
			return nil, fmt.Errorf("open the cabinet %q: %w", name, err)
		}
		b.d.info.Cabinets = append(b.d.info.Cabinets, in.Name)
		if beside := in.Beside; beside != nil {
			in.Beside = func(name string) (archive.Input, error) {
				b.used[strings.ToLower(name)] = true
				return beside(name)
			}
		}
	}
	l := b.limits
	if l.Entries -= len(b.d.entries); l.Entries <= 0 {
		return nil, fmt.Errorf("more than %d files: %w", b.limits.Entries, archive.ErrLimit)
	}
	r, err := b.open(in, l)
	if errors.Is(err, archive.ErrFormat) {
		return nil, fmt.Errorf("%q is not a cabinet: %w", name, archive.ErrCorrupt)
	}
	if err != nil {
		return nil, fmt.Errorf("cabinet %q: %w", name, err)
	}
	return r, nil
}

// take makes entries of the members of a cabinet that name tells names for; "" leaves a member out.
func (b *builder) take(r archive.Reader, name func(m int, e archive.Entry) (string, detail, int)) error {
	from, first, last := len(b.d.entries), b.block, b.block
	members := r.Entries()
	s := source{cabinet: r, members: make([]int, len(members))}
	for m, e := range members {
		s.members[m] = -1
		if e.Mode != 0 {
			continue
		}
		path, more, f := name(m, e)
		if path == "" {
			continue
		}
		s.members[m] = len(b.d.entries)
		if f >= 0 {
			b.files[f].entry = len(b.d.entries)
			b.pending[b.files[f].medium]--
		}
		e.Name, more.member = path, m
		e.Block += first
		last = max(last, e.Block+1)
		if err := b.add(e, more); err != nil {
			_ = r.Close()
			return err
		}
	}
	b.block = last
	b.finish(s, from)
	return nil
}

// streams makes entries of the streams that are not cabinets: programs and pictures of the setup itself. Their names are
// those of a table and of its row, "Binary.CA_DLL", if the table does not name the file.
func (b *builder) streams() error {
	for _, name := range b.root.order {
		if b.taken[name] || strings.HasPrefix(name, "\x05") {
			continue
		}
		st, err := b.root.c.open(b.root.streams[name])
		s := source{stream: st, err: err}
		size := int64(-1)
		if err == nil {
			size = st.size
		}
		path := b.titles[name]
		if path == "" {
			table, key, ok := strings.Cut(name, ".")
			if !ok {
				table, key = "Stream", name
			}
			path = "$" + table + "/" + key
		}
		from := len(b.d.entries)
		if err := b.add(archive.Entry{Name: path, Size: size, Packed: max(0, size), Block: b.block}, detail{}); err != nil {
			return err
		}
		b.block++
		b.finish(s, from)
	}
	return nil
}

// readTitles finds the names of files in tables that keep some as streams: InstallShield's ISSetupFile has what a setup
// needs while it runs, sometimes drivers.
func (b *builder) readTitles(d *database) error {
	b.titles = map[string]string{}
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(d.schema)) {
		if !slices.ContainsFunc(d.schema[name], func(c column) bool { return c.name == "FileName" }) || !slices.ContainsFunc(d.schema[name], column.object) {
			continue
		}
		t, err := d.table(name)
		if err != nil {
			continue // the streams are there all the same
		}
		for row, file := 0, t.column("FileName"); row < t.len(); row++ {
			key, title := t.text(row, 0), longName(t.text(row, file))
			if key == "" || title == "" {
				continue
			}
			path := "$" + name + "/" + title
			if lower := strings.ToLower(path); seen[lower] { // of another language
				path = "$" + name + "/" + key + "/" + title
			} else {
				seen[lower] = true
			}
			if err := b.charge(2 * len(path)); err != nil {
				return err
			}
			b.titles[name+"."+key] = path
		}
	}
	return nil
}
