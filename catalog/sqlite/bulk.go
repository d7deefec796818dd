package sqlite

import (
	"context"
	"database/sql/driver"
	"strings"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// bulkRows is how many rows one statement inserts: fewer cost calls into C, more cost nothing and gain nothing
// (docs/catalog.md).
const bulkRows = 64

// bulk inserts rows many at a time. Rows wait in memory until bulkRows of them are there or flush is called.
type bulk struct {
	c      *conn
	insert string // "INSERT ... INTO t (a, b) VALUES "
	suffix string // "ON CONFLICT ...", or empty
	cols   int
	args   []driver.NamedValue // room for bulkRows rows
	used   int                 // of args
	stmts  map[int]*sqlite3.SQLiteStmt
}

// newBulk says OR FAIL, since a statement of many rows that may be undone by itself keeps a copy of every page it changes:
// that quadruples the writes. Here an error always undoes the whole transaction.
func newBulk(c *conn, table string, columns []string, suffix string) *bulk {
	b := &bulk{
		c:      c,
		insert: "INSERT OR FAIL INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES ",
		suffix: suffix,
		cols:   len(columns),
		args:   make([]driver.NamedValue, bulkRows*len(columns)),
		stmts:  make(map[int]*sqlite3.SQLiteStmt),
	}
	for i := range b.args {
		b.args[i].Ordinal = i + 1
	}
	return b
}

// text, int and blob set the next column of the row that is being added; end ends the row.
func (b *bulk) text(s string) { b.args[b.used].Value = s; b.used++ }
func (b *bulk) int(n int64)   { b.args[b.used].Value = n; b.used++ }
func (b *bulk) blob(p []byte) { b.args[b.used].Value = p; b.used++ }
func (b *bulk) null()         { b.args[b.used].Value = nil; b.used++ }

func (b *bulk) bool(v bool) {
	if v {
		b.int(1)
	} else {
		b.int(0)
	}
}

func (b *bulk) end(ctx context.Context) error {
	if b.used == len(b.args) {
		return b.flush(ctx)
	}
	return nil
}

// flush inserts the waiting rows, in halves of bulkRows so that few statements serve every number of rows.
// The context is looked at here, not while SQLite works.
func (b *bulk) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for from, n := 0, bulkRows; from < b.used; n /= 2 {
		for b.used-from >= n*b.cols {
			if err := b.run(b.args[from:from+n*b.cols], n); err != nil {
				b.used = 0
				return err
			}
			from += n * b.cols
		}
	}
	b.used = 0
	return nil
}

func (b *bulk) run(args []driver.NamedValue, rows int) error {
	s, ok := b.stmts[rows]
	if !ok {
		group := "(" + strings.Repeat("?, ", b.cols-1) + "?)"
		var err error
		if s, err = b.c.stmt(b.insert + strings.Repeat(group+", ", rows-1) + group + b.suffix); err != nil {
			return err
		}
		b.stmts[rows] = s
	}
	// The arguments of a later group keep their place in b.args, so their ordinals are set anew.
	if len(args) > 0 && args[0].Ordinal != 1 {
		renumbered := make([]driver.NamedValue, len(args))
		for i, a := range args {
			renumbered[i] = driver.NamedValue{Ordinal: i + 1, Value: a.Value}
		}
		args = renumbered
	}
	_, err := b.c.run(s, args)
	return err
}
