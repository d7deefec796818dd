package msi

import (
	"encoding/binary"
	"fmt"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// Bits of a column's type, as the table _Columns keeps it: the low byte is the width.
const (
	typeString   = 0x0800
	typeNullable = 0x1000
	typeKey      = 0x2000
	typeBinary   = 0x0900 // with typeNullable or not: a stream of its own
)

// maxTables is how many tables are taken for real. Packages have about 100.
const maxTables = 4096

// maxColumns is how many columns a table can have. learn.microsoft.com/windows/win32/msi/column-definition-format
const maxColumns = 32

type column struct {
	name string
	typ  uint16
}

// object reports whether a column's values are streams.
func (c column) object() bool { return c.typ&^(typeNullable|typeKey) == typeBinary }

// text reports whether a column holds strings.
func (c column) text() bool { return c.typ&typeString != 0 && !c.object() }

// width is how many bytes a value takes.
func (c column) width(reference int) int {
	switch {
	case c.text():
		return reference
	case c.typ&typeString == 0 && c.typ&0xFF == 4:
		return 4
	}
	return 2
}

// table is a table's values: all of the first column, then all of the second, and so on. A nil table has no rows.
type table struct {
	pool    *pool
	columns []column
	starts  []int // where each column starts
	rows    int
	data    []byte
}

// newTable lays out the values of a table. What is left after whole rows is not looked at.
func newTable(p *pool, columns []column, data []byte) *table {
	t := &table{pool: p, columns: columns, data: data}
	row := 0
	for _, c := range columns {
		row += c.width(p.width)
	}
	if row == 0 {
		return t
	}
	t.rows = len(data) / row
	at := 0
	for _, c := range columns {
		t.starts = append(t.starts, at)
		at += t.rows * c.width(p.width)
	}
	return t
}

func (t *table) len() int {
	if t == nil {
		return 0
	}
	return t.rows
}

// column finds a column by its name, -1 if there is none.
func (t *table) column(name string) int {
	if t != nil {
		for i, c := range t.columns {
			if c.name == name {
				return i
			}
		}
	}
	return -1
}

// raw returns the value of a column of a row as it is stored, 0 for a column that there is not.
func (t *table) raw(row, col int) (v uint32, width int) {
	if t == nil || col < 0 || row >= t.rows {
		return 0, 0
	}
	width = t.columns[col].width(t.pool.width)
	b := t.data[t.starts[col]+row*width:]
	switch width {
	case 2:
		return uint32(binary.LittleEndian.Uint16(b)), width
	case 3:
		return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16, width
	}
	return binary.LittleEndian.Uint32(b), width
}

// text returns a string.
func (t *table) text(row, col int) string {
	if t == nil || col < 0 || !t.columns[col].text() {
		return ""
	}
	id, _ := t.raw(row, col)
	return t.pool.text(id)
}

// number returns an integer; ok is false if there is none.
func (t *table) number(row, col int) (n int, ok bool) {
	if t == nil || col < 0 || t.columns[col].typ&typeString != 0 {
		return 0, false
	}
	v, width := t.raw(row, col)
	return integer(v, width)
}

// integer turns a stored number into its value. Numbers are stored with their sign turned, so that 0 can mean none.
func integer(v uint32, width int) (n int, ok bool) {
	if v == 0 {
		return 0, false
	}
	if width == 4 {
		return int(int32(v ^ 0x80000000)), true
	}
	return int(int16(uint16(v) ^ 0x8000)), true
}

// schema is the columns of each table.
type schema map[string][]column

// readSchema reads the table _Columns, whose own columns are known.
func readSchema(p *pool, data []byte) (schema, error) {
	t := newTable(p, []column{{"Table", typeString | 64}, {"Number", 2}, {"Name", typeString | 64}, {"Type", 2}}, data)
	s := schema{}
	for row := range t.rows {
		name := t.text(row, 0)
		n, _ := t.number(row, 1)
		typ, _ := t.number(row, 3)
		if n < 1 || n > maxColumns {
			n, typ = 1, 0 // so that the table cannot be read
		}
		list, known := s[name]
		if !known && len(s) == maxTables {
			return nil, fmt.Errorf("more than %d tables: %w", maxTables, archive.ErrLimit)
		}
		for len(list) < n {
			list = append(list, column{})
		}
		if typ != 0 {
			list[n-1] = column{t.text(row, 2), uint16(typ)}
		}
		s[name] = list
	}
	return s, nil
}
