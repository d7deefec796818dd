package msi

import (
	"fmt"
	"slices"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// storage is a storage of a compound file as Windows Installer uses it: streams by their names, tables among them.
type storage struct {
	c       *compound
	streams map[string]int // of directory entries
	tables  map[string]int
	order   []string // of the streams, as they were written
	budget  *int64   // bytes that tables may still take
}

func newStorage(c *compound, entry int, budget *int64) *storage {
	s := &storage{c: c, streams: map[string]int{}, tables: map[string]int{}, budget: budget}
	for _, i := range c.children(entry) {
		if c.dir[i].kind != kindStream {
			continue
		}
		name, isTable := streamName(c.dir[i].name)
		if isTable {
			s.tables[name] = i
		} else if _, twice := s.streams[name]; !twice {
			s.streams[name] = i
			s.order = append(s.order, name)
		}
	}
	return s
}

// read reads a stream of a table into memory, nil if there is none. What is made of each of its bytes counts too.
func (s *storage) read(name string) ([]byte, error) {
	i, ok := s.tables[name]
	if !ok {
		return nil, nil
	}
	cost := int64(16)
	switch name {
	case "_StringData":
		cost = 4 // decoded, of any code page
	case "_StringPool":
		cost = 8
	}
	size := s.c.dir[i].size
	if size > s.c.size {
		return nil, fmt.Errorf("table %s claims %d bytes in a file of %d: %w", name, size, s.c.size, archive.ErrCorrupt)
	}
	if *s.budget -= cost * size; *s.budget < 0 {
		return nil, fmt.Errorf("table %s takes %d bytes: %w", name, size, archive.ErrLimit)
	}
	st, err := s.c.open(i)
	if err != nil {
		return nil, err
	}
	b, err := st.bytes()
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", name, err)
	}
	return b, nil
}

// pool reads the strings.
func (s *storage) pool() (*pool, error) {
	index, err := s.read("_StringPool")
	if err != nil {
		return nil, err
	}
	data, err := s.read("_StringData")
	if err != nil {
		return nil, err
	}
	return readPool(index, data)
}

// database is the tables of a package or a merge module.
type database struct {
	*storage
	strings *pool
	schema  schema
}

func readDatabase(s *storage) (*database, error) {
	d := &database{storage: s}
	var err error
	if d.strings, err = s.pool(); err != nil {
		return nil, err
	}
	columns, err := s.read("_Columns")
	if err != nil {
		return nil, err
	}
	d.schema, err = readSchema(d.strings, columns)
	return d, err
}

// table reads a table, nil if the database has none of that name.
func (d *database) table(name string) (*table, error) {
	columns, ok := d.schema[name]
	if !ok {
		return nil, nil
	}
	data, err := d.read(name)
	if err != nil {
		return nil, err
	}
	if slices.Contains(columns, column{}) {
		return nil, fmt.Errorf("table %s lacks a column: %w", name, archive.ErrCorrupt)
	}
	return newTable(d.strings, columns, data), nil
}
