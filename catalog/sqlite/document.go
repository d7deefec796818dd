package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/drivercat/drivercat/catalog"
)

// PutDocument implements catalog.Store.
func (s *Store) PutDocument(ctx context.Context, d catalog.Document) error {
	return s.write(ctx, "put document "+d.Name, func(c *conn) error {
		if len(d.Body) == 0 {
			return c.exec("DELETE FROM document WHERE name = ?", d.Name)
		}
		return c.exec("INSERT INTO document (name, body, changed) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body, changed = excluded.changed", d.Name, d.Body, d.Changed.UnixNano())
	})
}

// Document implements catalog.Reader.
func (s *Store) Document(ctx context.Context, name string) (d catalog.Document, err error) {
	err = s.read(ctx, "read document "+name, func(c *conn) error {
		found, err := c.one(ctx, "SELECT body, changed FROM document WHERE name = ?", []any{name}, func(r row) {
			body, _ := r[0].([]byte)
			d = catalog.Document{Name: name, Body: append([]byte(nil), body...), Changed: time.Unix(0, r.int(1)).UTC()}
		})
		if err == nil && !found {
			err = catalog.ErrNotFound
		}
		return err
	})
	return d, err
}

// Images implements catalog.Reader.
func (s *Store) Images(ctx context.Context) iter.Seq2[catalog.DriverImage, error] {
	return func(yield func(catalog.DriverImage, error) bool) {
		stopped := false
		err := s.read(ctx, "read images", func(c *conn) error {
			const columns = summaryWidth
			return c.each(ctx, "SELECT "+summaryColumns+", f.path, f.size, f.sha256, f.role, f.sha1, f.image FROM driver d JOIN driver_file f ON f.driver = d.id WHERE f.image <> '' ORDER BY "+driverOrder+", f.path", nil, func(r row) error {
				i := catalog.DriverImage{Driver: r.summary(), File: catalog.DriverFile{
					Path: r.text(columns), Size: r.int(columns + 1), SHA256: r.hash(columns + 2), Role: catalog.FileRole(r.text(columns + 3)), Image: new(catalog.Image),
				}}
				if sum, ok := r[columns+4].([]byte); ok {
					copy(i.File.SHA1[:], sum)
				}
				if err := json.Unmarshal([]byte(r.text(columns+5)), i.File.Image); err != nil {
					return fmt.Errorf("driver %s: %s: %w", i.Driver.Hash.Short(), i.File.Path, err)
				}
				if stopped = !yield(i, nil); stopped {
					return errStop
				}
				return nil
			})
		})
		if err != nil && !stopped {
			yield(catalog.DriverImage{}, err)
		}
	}
}
