package sqlite

import (
	"context"
	"maps"
	"slices"
)

// collect removes the drivers and INFs of this transaction that nothing refers to. Those in linked are known to be used.
func (w *driverWriter) collect(linked map[int64]struct{}) error {
	for id := range w.touched {
		if _, ok := linked[id]; ok {
			delete(w.touched, id)
		}
	}
	return collect(w.ctx, w.c, w.touched, w.orphans)
}

// collect removes those of the drivers that no source, package or version of one carries, then those of the INFs that no driver has. Only
// what a transaction touched is looked at, so the work does not grow with the catalog.
func collect(ctx context.Context, c *conn, drivers, infs map[int64]struct{}) error {
	for _, id := range slices.Sorted(maps.Keys(drivers)) {
		err := c.each(ctx, `DELETE FROM driver WHERE id = ?1
			AND NOT EXISTS (SELECT 1 FROM source_driver WHERE driver = ?1)
			AND NOT EXISTS (SELECT 1 FROM package_driver WHERE driver = ?1)
			AND NOT EXISTS (SELECT 1 FROM version_driver WHERE driver = ?1) RETURNING inf`, []any{id}, func(r row) error {
			if inf := r.int(0); inf != 0 {
				infs[inf] = struct{}{}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(infs)) {
		if err := c.exec("DELETE FROM inf WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM driver WHERE inf = ?1)", id); err != nil {
			return err
		}
	}
	return nil
}

// recount derives the verdict counters of a source, and of those others that carry a driver whose verdict changed.
func (w *driverWriter) recount(source int64) error {
	sources := map[int64]struct{}{source: {}}
	for id := range w.judged {
		err := w.c.each(w.ctx, "SELECT source FROM source_driver WHERE driver = ?", []any{id}, func(r row) error {
			sources[r.int(0)] = struct{}{}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(sources)) {
		if err := recount(w.c, id); err != nil {
			return err
		}
	}
	return nil
}

// recount counts distinct drivers: a source that holds one twice still carries one.
func recount(c *conn, source int64) error {
	return c.exec(`UPDATE source SET (nice, bad, broken) =
		(SELECT count(DISTINCT sd.driver) FILTER (WHERE `+verdictOf+` = 'nice'),
			count(DISTINCT sd.driver) FILTER (WHERE `+verdictOf+` = 'bad'),
			count(DISTINCT sd.driver) FILTER (WHERE `+verdictOf+` = 'broken')
		FROM source_driver sd JOIN driver d ON d.id = sd.driver WHERE sd.source = source.id) WHERE id = ?`, source)
}
