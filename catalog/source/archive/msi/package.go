package msi

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// moduleCabinet is the stream that holds all files of a merge module.
// learn.microsoft.com/windows/win32/msi/authoring-merge-module-cabinet-files
const moduleCabinet = "MergeModule.CABinet"

// installation reads the tables of a package or merge module and opens its cabinets.
func (b *builder) installation() error {
	b.d.kind = "msi"
	d, err := readDatabase(b.root)
	if err != nil {
		return err
	}
	readInfo(d, &b.d.info)
	media, err := readMedia(d)
	if err != nil {
		return err
	}
	if _, ok := d.schema["ModuleSignature"]; ok {
		b.d.kind = "msm"
		if _, ok := b.root.streams[moduleCabinet]; ok {
			media = append(media, medium{last: 1<<31 - 1, cabinet: moduleCabinet, embedded: true})
		}
	}
	if err := b.readFiles(d, media); err != nil {
		return err
	}
	if err := b.openMedia(media); err != nil {
		return err
	}
	if err := b.rest(media); err != nil {
		return err
	}
	b.drivers()
	return b.readTitles(d)
}

// maxMedia is what the numbers of media can tell apart.
const maxMedia = 32767

func readMedia(d *database) (list []medium, err error) {
	t, err := d.table("Media")
	if err != nil {
		return nil, err
	}
	last, cabinet := t.column("LastSequence"), t.column("Cabinet")
	for row := range t.len() {
		var m medium
		m.last, _ = t.number(row, last)
		m.cabinet, m.embedded = cabinetName(t.text(row, cabinet))
		list = append(list, m)
	}
	if len(list) > maxMedia {
		return nil, fmt.Errorf("%d media: %w", len(list), archive.ErrLimit)
	}
	slices.SortStableFunc(list, func(a, b medium) int { return cmp.Compare(a.last, b.last) })
	return list, nil
}

// readFiles reads the File table and what it refers to.
func (b *builder) readFiles(d *database, media []medium) error {
	var tables [4]*table
	for i, name := range []string{"File", "Component", "Directory", "MsiFileHash"} {
		var err error
		if tables[i], err = d.table(name); err != nil {
			return err
		}
	}
	t := tables[0]
	if t.len() > b.limits.Entries {
		return fmt.Errorf("more than %d files: %w", b.limits.Entries, archive.ErrLimit)
	}
	b.where = readComponents(tables[1], tables[2], b.d.info.Summary.Source&SourceShortNames != 0)
	hashes := readHashes(tables[3])
	key, component, name, size := t.column("File"), t.column("Component_"), t.column("FileName"), t.column("FileSize")
	attributes, sequence := t.column("Attributes"), t.column("Sequence")
	b.files = make([]file, 0, t.len())
	for row := range t.len() {
		f := file{key: t.text(row, key), component: t.text(row, component), name: t.text(row, name), entry: -1}
		if longName(f.name) == "" { // lost in a code page that could not hold it
			f.name = f.key
		}
		n, _ := t.number(row, size)
		f.size = int64(max(0, n))
		f.attributes, _ = t.number(row, attributes)
		f.sequence, _ = t.number(row, sequence)
		f.hash = hashes[f.key]
		f.folder = b.where.folder(f.component)
		f.medium = sort.Search(len(media), func(k int) bool { return media[k].last >= f.sequence })
		if f.medium == len(media) {
			f.medium = -1
		}
		b.pending[f.medium]++
		if err := b.charge(len(f.folder) + len(f.name) + len(f.key)); err != nil {
			return err
		}
		b.files = append(b.files, f)
	}
	b.index()
	return b.distinguish()
}

func readHashes(t *table) map[string]*[16]byte {
	out := map[string]*[16]byte{}
	key := t.column("File_")
	parts := [4]int{t.column("HashPart1"), t.column("HashPart2"), t.column("HashPart3"), t.column("HashPart4")}
	for row := range t.len() {
		var h [16]byte
		whole := true
		for i, c := range parts {
			n, ok := t.number(row, c)
			whole = whole && ok
			binary.LittleEndian.PutUint32(h[4*i:], uint32(int32(n)))
		}
		if whole {
			out[t.text(row, key)] = &h
		}
	}
	return out
}

// index makes files findable by their keys, which are their names in cabinets.
func (b *builder) index() {
	b.byKey, b.byLower = make(map[string]int, len(b.files)), map[string]int{}
	for i := range b.files {
		if _, twice := b.byKey[b.files[i].key]; !twice {
			b.byKey[b.files[i].key] = i
		}
	}
}

// find returns the file of a member of a cabinet, -1 for none.
func (b *builder) find(member string) int {
	if i, ok := b.byKey[member]; ok {
		return i
	}
	if len(b.byLower) == 0 {
		for i := range b.files {
			b.byLower[strings.ToLower(b.files[i].key)] = i
		}
	}
	if i, ok := b.byLower[strings.ToLower(member)]; ok {
		return i
	}
	return -1
}

// distinguish gives files that would get the same path, which packages for several processors and languages have,
// folders of their own. A component moves as a whole out of a folder in which one of its files has no place, since the
// files of a component belong together: those of a driver are one.
func (b *builder) distinguish() error {
	type place struct{ component, folder string }
	owner := make(map[string]place, len(b.files)) // of each path
	moved := map[place]bool{}
	path := func(f *file) string { return strings.ToLower(join(f.folder, longName(f.name))) }
	for i := range b.files {
		f := &b.files[i]
		here, p := place{f.component, f.folder}, path(f)
		if other, twice := owner[p]; twice && other != here {
			moved[here] = true
		} else {
			owner[p] = here
		}
	}
	if len(owner) == len(b.files) {
		return nil
	}
	if len(moved) > 0 {
		for i := range b.files {
			f := &b.files[i]
			if !moved[place{f.component, f.folder}] {
				continue
			}
			if err := b.charge(len(f.component)); err != nil {
				return err
			}
			f.folder = join(f.folder, "$"+f.component)
		}
	}
	seen := make(map[string]bool, len(b.files))
	for i := range b.files {
		f := &b.files[i]
		if seen[path(f)] { // one component has the name twice
			f.folder = join(f.folder, "$"+f.key)
		}
		seen[path(f)] = true
	}
	return nil
}

// openMedia opens the cabinets in the order of the media and makes entries of their members.
func (b *builder) openMedia(media []medium) error {
	opened := map[string]error{}
	for i := range media {
		m := &media[i]
		id := fmt.Sprint(m.embedded, m.cabinet)
		if m.cabinet == "" || b.used[strings.ToLower(m.cabinet)] && b.pending[i] == 0 {
			continue // a part of a set that is open
		}
		if err, twice := opened[id]; twice {
			m.err = err
			continue
		}
		r, err := b.cabinet(m.cabinet, m.embedded)
		opened[id] = err
		if err != nil {
			m.err = err
			continue
		}
		err = b.take(r, func(_ int, e archive.Entry) (string, detail, int) {
			f := b.find(e.Name)
			switch {
			case f < 0:
				return "$Cabinet/" + m.cabinet + "/" + e.Name, detail{}, -1
			case b.files[f].entry >= 0: // the cabinets of a set tell the same files
				return "", detail{}, -1
			}
			return b.path(f), detail{hash: b.files[f].hash}, f
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) path(f int) string { return join(b.files[f].folder, longName(b.files[f].name)) }

// rest makes entries of the files that no cabinet had.
func (b *builder) rest(media []medium) error {
	from := len(b.d.entries)
	var s source
	for i := range b.files {
		f := &b.files[i]
		if f.entry >= 0 {
			continue
		}
		e := archive.Entry{Name: b.path(i), Size: f.size, Block: b.block}
		more := detail{hash: f.hash}
		var problem error
		switch {
		case f.medium < 0 || media[f.medium].cabinet == "" || !b.compressed(f):
			e.Mode = fs.ModeIrregular
			more.outside = b.where.outside(f)
			if err := b.charge(len(more.outside)); err != nil {
				return err
			}
		case media[f.medium].err != nil:
			problem = media[f.medium].err
		default:
			problem = fmt.Errorf("the cabinet %q lacks the file %s: %w", media[f.medium].cabinet, f.key, archive.ErrCorrupt)
		}
		if problem != s.err && len(b.d.entries) > from {
			b.finish(s, from)
			from = len(b.d.entries)
		}
		s.err, f.entry = problem, len(b.d.entries)
		if err := b.add(e, more); err != nil {
			return err
		}
	}
	if len(b.d.entries) > from {
		b.finish(s, from)
	}
	b.block++
	return nil
}

// compressed reports whether a file is said to be in a cabinet.
func (b *builder) compressed(f *file) bool {
	switch {
	case f.attributes&(fileCompressed|filePatchAdded) != 0:
		return true
	case f.attributes&fileOutside != 0:
		return false
	}
	return b.d.info.Summary.Source&SourceCompressed != 0 || b.d.kind == "msm"
}

// drivers finds the entries of the components that are drivers.
func (b *builder) drivers() {
	byComponent := map[string]int{}
	for i := range b.d.info.Drivers {
		dr := &b.d.info.Drivers[i]
		byComponent[dr.Component] = i
		dr.Path, dr.Condition = b.where.folder(dr.Component), b.where.rows[dr.Component].condition
	}
	for i := range b.files {
		if k, ok := byComponent[b.files[i].component]; ok {
			dr := &b.d.info.Drivers[k]
			dr.Files = append(dr.Files, b.files[i].entry)
			if f := b.files[i].folder; len(dr.Files) == 1 || len(f) < len(dr.Path) {
				dr.Path = f
			}
		}
	}
	for i := range b.d.info.Drivers {
		slices.Sort(b.d.info.Drivers[i].Files)
	}
}
