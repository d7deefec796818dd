package sqlite

import (
	"context"
	"fmt"

	"github.com/drivercat/drivercat/catalog"
)

// Models implements catalog.Reader.
func (s *Store) Models(ctx context.Context) (found []catalog.ModelSummary, err error) {
	err = s.read(ctx, "list models", func(c *conn) error {
		found, err = models(ctx, c, "true")
		return err
	})
	return found, err
}

// Model implements catalog.Reader.
func (s *Store) Model(ctx context.Context, name string) (m catalog.ModelSummary, err error) {
	err = s.read(ctx, "find model", func(c *conn) error {
		found, err := models(ctx, c, "m.name = ?", name)
		if err == nil && len(found) == 0 {
			err = fmt.Errorf("model %q: %w", name, catalog.ErrNotFound)
		}
		if err == nil {
			m = found[0]
		}
		return err
	})
	return m, err
}

// models returns the models that a condition on model m chooses, with their counts.
func models(ctx context.Context, c *conn, where string, args ...any) (found []catalog.ModelSummary, err error) {
	at := make(map[int64]int)
	err = c.each(ctx, `SELECT m.id, m.make, m.name, (SELECT count(*) FROM source WHERE model = m.id), (SELECT count(*) FROM package WHERE model = m.id)
		FROM model m WHERE `+where+` ORDER BY m.name`, args, func(r row) error {
		at[r.int(0)] = len(found)
		found = append(found, catalog.ModelSummary{
			Model: catalog.Model{Make: r.text(1), Name: r.text(2)}, Sources: int(r.int(3)), Packages: int(r.int(4)),
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = c.each(ctx, "SELECT DISTINCT m.id, s.target FROM model m JOIN source s ON s.model = m.id WHERE "+where+" ORDER BY m.id, s.target", args, func(r row) error {
		m := &found[at[r.int(0)]]
		m.Targets = append(m.Targets, targetOf(r.text(1)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = c.each(ctx, `SELECT m.id, `+verdictOf+`, count(DISTINCT d.id) FROM model m JOIN source s ON s.model = m.id
		JOIN source_driver sd ON sd.source = s.id JOIN driver d ON d.id = sd.driver WHERE `+where+` GROUP BY m.id, 2`, args, func(r row) error {
		m := &found[at[r.int(0)]]
		switch n := int(r.int(2)); catalog.Verdict(r.text(1)) {
		case catalog.Nice:
			m.Nice = n
		case catalog.Bad:
			m.Bad = n
		case catalog.Broken:
			m.Broken = n
		}
		return nil
	})
	return found, err
}

// Stats implements catalog.Reader.
func (s *Store) Stats(ctx context.Context) (st catalog.Stats, err error) {
	err = s.read(ctx, "count the catalog", func(c *conn) error {
		_, err := c.one(ctx, `SELECT (SELECT count(*) FROM model), (SELECT count(*) FROM source), (SELECT count(*) FROM driver),
			(SELECT count(*) FROM inf), (SELECT coalesce(sum(id_rows), 0) FROM inf), (SELECT coalesce(sum(files), 0) FROM source),
			(SELECT coalesce(sum(bytes), 0) FROM source), (SELECT count(*) FROM package)`, nil, func(r row) {
			st = catalog.Stats{
				Schema: schemaVersion, Models: r.int(0), Sources: r.int(1), Drivers: r.int(2),
				INFs: r.int(3), IDs: r.int(4), Files: r.int(5), Bytes: r.int(6), Packages: r.int(7),
			}
		})
		return err
	})
	return st, err
}
