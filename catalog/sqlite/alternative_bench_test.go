package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog"
)

// BenchmarkAlternatives stores the same hardware IDs in other ways, each with an index on the ID, its commit and its closing.
// It is why the table and the statements are as they are; docs/catalog.md has the figures.
func BenchmarkAlternatives(b *testing.B) {
	const rows = 500_000
	infs := bulkINFs(rows)
	const (
		byRow     = "CREATE TABLE h (row INTEGER PRIMARY KEY, section INTEGER NOT NULL, entry INTEGER NOT NULL, position INTEGER NOT NULL, id TEXT NOT NULL, description TEXT) STRICT; CREATE INDEX h_id ON h (id)"
		byColumns = `CREATE TABLE h (inf INTEGER NOT NULL, section INTEGER NOT NULL, entry INTEGER NOT NULL, position INTEGER NOT NULL, id TEXT NOT NULL, description TEXT,
			PRIMARY KEY (inf, section, entry, position)) STRICT, WITHOUT ROWID; CREATE INDEX h_id ON h (id)`
	)
	rowColumns := []string{"row", "section", "entry", "position", "id", "description"}
	for _, a := range []struct {
		name, schema string
		put          func(c *conn, infs []*catalog.INF) error
	}{
		{"as the store does", byRow, func(c *conn, infs []*catalog.INF) error {
			return putBulk(newBulk(c, "h", rowColumns, ""), infs, true, true)
		}},
		{"description in every row", byRow, func(c *conn, infs []*catalog.INF) error {
			return putBulk(newBulk(c, "h", rowColumns, ""), infs, true, false)
		}},
		{"key of four columns", byColumns, func(c *conn, infs []*catalog.INF) error {
			return putBulk(newBulk(c, "h", append([]string{"inf"}, rowColumns[1:]...), ""), infs, false, true)
		}},
		{"statements that may be undone", byRow, func(c *conn, infs []*catalog.INF) error {
			b := newBulk(c, "h", rowColumns, "")
			b.insert = strings.Replace(b.insert, " OR FAIL", "", 1)
			return putBulk(b, infs, true, true)
		}},
		{"one row a statement", byRow, func(c *conn, infs []*catalog.INF) error {
			b := newBulk(c, "h", rowColumns, "")
			b.args = b.args[:b.cols]
			return putBulk(b, infs, true, true)
		}},
		{"one JSON list an INF", byRow, putJSON},
		{"database/sql, one row a statement", byRow, putDatabaseSQL},
	} {
		b.Run(a.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := freshStore(b)
				b.StopTimer()
				if err := s.writer.script(a.schema); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if err := errors.Join(s.writer.begin(b.Context()), a.put(s.writer, infs), s.writer.commit(), s.Close()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func putBulk(bulk *bulk, infs []*catalog.INF, rows, shared bool) error {
	for n, i := range infs {
		for k, h := range i.IDs {
			if rows {
				bulk.int(int64(n+1)<<idBits + int64(k))
			} else {
				bulk.int(int64(n + 1))
			}
			bulk.int(int64(h.Section))
			bulk.int(int64(h.Entry))
			bulk.int(int64(h.Position))
			bulk.text(h.ID)
			if shared && k > 0 && i.IDs[k-1].Description == h.Description {
				bulk.null()
			} else {
				bulk.text(h.Description)
			}
			if err := bulk.end(context.Background()); err != nil {
				return err
			}
		}
	}
	return bulk.flush(context.Background())
}

func putJSON(c *conn, infs []*catalog.INF) error {
	for n, i := range infs {
		rows := make([][6]any, len(i.IDs))
		for k, h := range i.IDs {
			rows[k] = [6]any{(n+1)<<idBits + k, h.Section, h.Entry, h.Position, h.ID}
			if k == 0 || i.IDs[k-1].Description != h.Description {
				rows[k][5] = h.Description
			}
		}
		text, err := json.Marshal(rows)
		if err != nil {
			return err
		}
		err = c.exec("INSERT OR FAIL INTO h SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?)", string(text))
		if err != nil {
			return err
		}
	}
	return nil
}

// putDatabaseSQL uses a connection of its own, so it ends the transaction of the other.
func putDatabaseSQL(c *conn, infs []*catalog.INF) error {
	if err := c.script("COMMIT"); err != nil {
		return err
	}
	db, err := sql.Open("sqlite3", "file:"+c.c.GetFilename("main")+"?_synchronous=NORMAL&_cache_size=-16384")
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	insert, err := tx.Prepare("INSERT INTO h VALUES (?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	for n, i := range infs {
		for k, h := range i.IDs {
			var description any
			if k == 0 || i.IDs[k-1].Description != h.Description {
				description = h.Description
			}
			if _, err := insert.Exec((n+1)<<idBits+k, h.Section, h.Entry, h.Position, h.ID, description); err != nil {
				return err
			}
		}
	}
	return errors.Join(tx.Commit(), c.script("BEGIN"))
}
