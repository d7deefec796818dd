package msi

import (
	"slices"
	"strings"
)

// directories resolves the Directory table to paths.
type directories struct {
	rows  map[string]directory
	path  map[string]string
	names []string // space for resolve
}

type directory struct{ parent, name string }

// Where resolving stops: deeper and longer ones are cut off at their top, since no Windows has them.
const (
	maxDepth = 128
	maxPath  = 1024 // bytes; Windows Installer stops at 260 characters
)

// readDirectories takes the target's long names, which is where files get installed, or those of the source.
//
// DefaultDir is "target:source", each "SHORT|long"; "." is the parent itself and SourceDir the root. Folders of the
// system are often ".:Windows" there, because the target is where Windows says: then the source names it. A program
// folder without a name is called as Windows calls it.
// learn.microsoft.com/windows/win32/msi/directory-table
func readDirectories(t *table, source, short bool) *directories {
	d := &directories{rows: map[string]directory{}, path: map[string]string{}}
	id, parent, def := t.column("Directory"), t.column("Directory_Parent"), t.column("DefaultDir")
	for row := range t.len() {
		d.add(t.text(row, id), t.text(row, parent), t.text(row, def), source, short)
	}
	return d
}

func (d *directories) add(id, parent, def string, source, short bool) {
	name, from, both := strings.Cut(def, ":")
	if both && (source || name == ".") {
		name = from
	}
	if short {
		name = shortName(name)
	} else {
		name = longName(name)
	}
	if id == "ProgramFilesFolder" && !source {
		name = "Program Files"
	}
	d.rows[id] = directory{parent, name}
}

// resolve returns the path of a directory, "" for the root.
func (d *directories) resolve(id string) string {
	if p, ok := d.path[id]; ok {
		return p
	}
	names := d.names[:0]
	size := 0
	for at, depth := id, 0; depth < maxDepth; depth++ {
		row, ok := d.rows[at]
		if !ok || row.name == "SourceDir" {
			break
		}
		if row.name != "." && row.name != "" {
			if size += len(row.name) + 1; size > maxPath {
				break
			}
			names = append(names, row.name)
		}
		if row.parent == "" || row.parent == at {
			break
		}
		at = row.parent
	}
	d.names = names
	slices.Reverse(names)
	p := strings.Join(names, "/")
	d.path[id] = p
	return p
}

// components knows the folders of components.
type components struct {
	rows     map[string]componentRow
	to, from *directories // where files get installed, where they lie if they are outside
	short    bool         // names outside are the short ones
}

type componentRow struct{ directory, condition string }

func readComponents(t, dirs *table, short bool) *components {
	c := &components{rows: map[string]componentRow{}, short: short}
	c.to, c.from = readDirectories(dirs, false, false), readDirectories(dirs, true, short)
	id, dir, condition := t.column("Component"), t.column("Directory_"), t.column("Condition")
	for row := range t.len() {
		c.rows[t.text(row, id)] = componentRow{t.text(row, dir), t.text(row, condition)}
	}
	return c
}

func (c *components) folder(component string) string {
	return c.to.resolve(c.rows[component].directory)
}

// outside is where a file lies that is not in a cabinet, from the folder of the package.
func (c *components) outside(f *file) string {
	name := longName(f.name)
	if c.short {
		name = shortName(f.name)
	}
	return join(c.from.resolve(c.rows[f.component].directory), name)
}

// join puts a name into a folder.
func join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}
