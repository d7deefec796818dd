package msi

import (
	"encoding/binary"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// A patch is transforms, each a storage with the rows that it adds and changes, and cabinets with new files and
// differences. A transform's tables have no columns of their own, they are those of the package that it is for. So the
// tables that matter here are read with the columns that Microsoft documents.

// patch opens the cabinets of a patch and names their members as far as its transforms tell.
// learn.microsoft.com/windows/win32/msi/patch-packages
func (b *builder) patch() error {
	b.d.kind = "msp"
	for s := range strings.SplitSeq(b.d.info.Summary.Template, ";") {
		if s = strings.TrimSpace(s); s != "" {
			b.d.info.Targets = append(b.d.info.Targets, s)
		}
	}
	names := patchNames{path: map[string]string{}, delta: map[string]bool{}}
	for _, i := range b.root.c.children(0) {
		if b.root.c.dir[i].kind == kindStorage {
			if err := b.transform(i, &names); err != nil {
				return err
			}
		}
	}
	for _, name := range b.root.order {
		st, err := b.root.c.open(b.root.streams[name])
		if err != nil {
			continue // told as a stream
		}
		var magic [4]byte
		if _, err := st.ReadAt(magic[:], 0); err != nil || string(magic[:]) != "MSCF" || b.used[strings.ToLower(name)] {
			continue
		}
		r, err := b.cabinet(name, true)
		if err != nil {
			if err := b.unread(name, st.size, err); err != nil {
				return err
			}
			continue
		}
		err = b.take(r, func(_ int, e archive.Entry) (string, detail, int) {
			path := names.path[e.Name]
			if path == "" {
				path = e.Name
			}
			if names.delta[e.Name] {
				path = "$Delta/" + path
			}
			return path, detail{}, -1
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unread tells of a cabinet that cannot be opened, since nothing else tells what is in it.
func (b *builder) unread(name string, size int64, problem error) error {
	from := len(b.d.entries)
	if err := b.add(archive.Entry{Name: "$Cabinet/" + name, Size: size, Packed: size, Block: b.block}, detail{}); err != nil {
		return err
	}
	b.block++
	b.finish(source{err: problem}, from)
	return nil
}

// patchNames is what transforms tell of the members of cabinets.
type patchNames struct {
	path  map[string]string
	delta map[string]bool // differences to a file, not files
}

// The columns of tables in transforms. The numbers that order files are of four bytes in newer packages.
// learn.microsoft.com/windows/win32/msi/database-tables
func transformColumns(table string, wide bool) []column {
	const key, text, short, long, object = typeKey | typeString | 72, typeString | 72, 2, 4, typeBinary | typeNullable
	sequence := column{"Sequence", short}
	if wide {
		sequence.typ = long
	}
	switch table {
	case "File":
		return []column{{"File", key}, {"Component_", text}, {"FileName", text}, {"FileSize", long}, {"Version", text}, {"Language", text}, {"Attributes", short}, sequence}
	case "Component":
		return []column{{"Component", key}, {"ComponentId", text}, {"Directory_", text}, {"Attributes", short}, {"Condition", text}, {"KeyPath", text}}
	case "Directory":
		return []column{{"Directory", key}, {"Directory_Parent", text}, {"DefaultDir", text}}
	case "Patch":
		sequence.typ |= typeKey
		return []column{{"File_", key}, sequence, {"PatchSize", long}, {"Attributes", short}, {"Header", object}, {"StreamRef_", text}}
	}
	return nil
}

// transform reads the rows that a transform adds. What cannot be read names nothing: the files are there all the same.
func (b *builder) transform(entry int, names *patchNames) error {
	s := newStorage(b.root.c, entry, b.root.budget)
	p, err := s.pool()
	if err != nil {
		return nil
	}
	rows := func(name string, fn func(row []string)) {
		data, err := s.read(name)
		for _, wide := range []bool{false, true} {
			columns := transformColumns(name, wide)
			if err == nil && added(p, columns, data, nil) {
				added(p, columns, data, fn)
				return
			}
		}
	}
	dirs := &directories{rows: map[string]directory{}, path: map[string]string{}}
	rows("Directory", func(r []string) { dirs.add(r[0], r[1], r[2], false, false) })
	folder := map[string]string{}
	rows("Component", func(r []string) { folder[r[0]] = r[2] })
	rows("File", func(r []string) {
		key, component, name := r[0], r[1], longName(r[2])
		if _, known := names.path[key]; known || name == "" || err != nil {
			return
		}
		path := join(dirs.resolve(folder[component]), name)
		if err = b.charge(len(path)); err == nil {
			names.path[key] = path
		}
	})
	rows("Patch", func(r []string) { names.delta[r[0]] = true })
	return err
}

// added hands out the rows that a transform adds to a table. Each row begins with a mask. Its lowest bit says that the row
// is new and its upper byte how many columns follow; else a bit stands for each column that follows beside the keys, and
// none for a row that is deleted. It returns false if the data are not rows of these columns; fn may be nil to ask that.
func added(p *pool, columns []column, data []byte, fn func(row []string)) bool {
	row := make([]string, len(columns))
	for len(data) >= 2 {
		mask := binary.LittleEndian.Uint16(data)
		data = data[2:]
		isNew, count := mask&1 != 0, int(mask>>8)
		if isNew && count > len(columns) {
			return false
		}
		clear(row)
		for i, c := range columns {
			if isNew && i >= count || !isNew && c.typ&typeKey == 0 && mask&(1<<i) == 0 {
				continue
			}
			w := c.width(p.width)
			if len(data) < w {
				return false
			}
			var v uint32
			for k := range w {
				v |= uint32(data[k]) << (8 * k)
			}
			data = data[w:]
			if c.text() && int64(v)+1 >= int64(len(p.starts)) {
				return false
			}
			if c.text() && fn != nil {
				row[i] = p.text(v)
			}
		}
		if isNew && fn != nil {
			fn(row)
		}
	}
	return len(data) == 0
}
