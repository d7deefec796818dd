package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// findLimit is how many hits Find returns if its caller does not say.
const findLimit = 1000

// Find implements catalog.Reader. The hits of a kind are ordered by ID for IDs, then as drivers and models are in lists.
func (s *Store) Find(ctx context.Context, text string, limit int) ([]catalog.Hit, error) {
	if limit <= 0 {
		limit = findLimit
	}
	f := finder{ctx: ctx, limit: limit, text: strings.TrimSpace(text), models: make(map[int64][]string)}
	if f.text == "" {
		return nil, nil
	}
	f.id, f.pattern = upperASCII(f.text), contains(f.text)
	err := s.read(ctx, "find "+f.text, func(c *conn) error {
		f.c = c
		for _, step := range []func() error{f.exactIDs, f.idPrefix, f.names, f.files, f.providers, f.classes, f.modelNames} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f.hits, nil
}

// finder collects the hits of one Find.
type finder struct {
	ctx     context.Context
	c       *conn
	limit   int
	text    string
	id      string // text as IDs are stored
	pattern string // LIKE pattern of what contains text
	hits    []catalog.Hit
	models  map[int64][]string // by driver
}

func (f *finder) left() int { return f.limit - len(f.hits) }

// add takes a hit for each row of a query that yields a driver's summary and the text that matched.
func (f *finder) add(kind catalog.HitKind, sql string, args ...any) ([]int64, error) {
	if f.left() == 0 {
		return nil, nil
	}
	var drivers []int64
	first := len(f.hits)
	err := f.c.each(f.ctx, "SELECT "+summaryColumns+", "+sql+" ORDER BY "+driverOrder+" LIMIT ?", append(args, f.left()), func(r row) error {
		drivers = append(drivers, r.int(0))
		f.hits = append(f.hits, catalog.Hit{Kind: kind, Driver: r.summary(), Text: r.text(summaryWidth)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, id := range drivers {
		if f.hits[first+i].Models, err = f.modelsOf(id); err != nil {
			return nil, err
		}
	}
	return drivers, nil
}

func (f *finder) modelsOf(driver int64) ([]string, error) {
	if names, ok := f.models[driver]; ok {
		return names, nil
	}
	var names []string
	err := f.c.each(f.ctx, "SELECT name FROM model WHERE id IN (SELECT s.model FROM source_driver sd JOIN source s ON s.id = sd.source WHERE sd.driver = ?) ORDER BY name",
		[]any{driver}, func(r row) error {
			names = append(names, r.text(0))
			return nil
		})
	f.models[driver] = names
	return names, err
}

func (f *finder) exactIDs() error {
	rows := make(map[int64]int64)
	err := f.c.each(f.ctx, "SELECT row FROM hardware_id WHERE id = ? ORDER BY row", []any{f.id}, func(r row) error {
		if inf := r.int(0) >> idBits; rows[inf] == 0 {
			rows[inf] = r.int(0)
		}
		return nil
	})
	if err != nil || len(rows) == 0 {
		return err
	}
	first := len(f.hits)
	drivers, err := f.add(catalog.HitID, "? FROM driver d WHERE d.inf IN (SELECT row >> 24 FROM hardware_id WHERE id = ?)", f.id, f.id)
	if err != nil {
		return err
	}
	return f.describe(first, drivers, rows)
}

// describe fills in the device descriptions of hits on IDs, whose rows it gets by INF.
func (f *finder) describe(first int, drivers []int64, rows map[int64]int64) error {
	for i, driver := range drivers {
		inf, err := f.c.int(f.ctx, "SELECT inf FROM driver WHERE id = ?", driver)
		if err != nil {
			return err
		}
		// A row without a description has that of the nearest row before it.
		_, err = f.c.one(f.ctx, "SELECT description FROM hardware_id WHERE row <= ?1 AND row >= ?2 << 24 AND description IS NOT NULL ORDER BY row DESC LIMIT 1",
			[]any{rows[inf], inf}, func(r row) { f.hits[first+i].Description = r.text(0) })
		if err != nil {
			return err
		}
	}
	return nil
}

// idPrefix walks the index on IDs from the prefix on and stops when enough drivers are found. A driver counts with the first
// of its IDs only; the INFs of one ID are taken together, so that where the limit cuts does not depend on the order of imports.
func (f *finder) idPrefix() error {
	if f.left() == 0 {
		return nil
	}
	seen := make(map[int64]bool)
	group := make(map[int64]int64) // INF to its first row with the ID
	id := ""
	take := func() error {
		for inf := range group {
			seen[inf] = true
		}
		err := f.prefixHits(id, group)
		clear(group)
		if err == nil && f.left() == 0 {
			err = errStop
		}
		return err
	}
	err := f.c.each(f.ctx, "SELECT id, row FROM hardware_id WHERE id > ? AND id < ? ORDER BY id, row", []any{f.id, after(f.id)}, func(r row) error {
		if next := r.text(0); next != id {
			if err := take(); err != nil {
				return err
			}
			id = next
		}
		inf := r.int(1) >> idBits
		if _, again := group[inf]; !again && !seen[inf] {
			group[inf] = r.int(1)
		}
		return nil
	})
	if err == nil {
		err = take()
	}
	if errors.Is(err, errStop) {
		err = nil
	}
	return err
}

func (f *finder) prefixHits(id string, rows map[int64]int64) error {
	if len(rows) == 0 {
		return nil
	}
	infs, err := json.Marshal(slices.Collect(maps.Keys(rows)))
	if err != nil {
		return err
	}
	first := len(f.hits)
	drivers, err := f.add(catalog.HitIDPrefix, "? FROM driver d WHERE d.inf IN (SELECT value FROM json_each(?))", id, string(infs))
	if err != nil {
		return err
	}
	return f.describe(first, drivers, rows)
}

// after returns the least text that is greater than all that start with prefix.
func after(prefix string) string {
	b := []byte(prefix)
	for len(b) > 0 && b[len(b)-1] == 0xff {
		b = b[:len(b)-1]
	}
	if len(b) > 0 {
		b[len(b)-1]++
	}
	return string(b)
}

func (f *finder) names() error {
	_, err := f.add(catalog.HitName, `d.name FROM driver d WHERE d.name LIKE ? ESCAPE '\'`, f.pattern)
	return err
}

func (f *finder) files() error {
	// A path without its trailing characters other than "/" is its folder; what follows is the file's name.
	const name = `substr(path, length(rtrim(path, replace(path, '/', ''))) + 1)`
	first := len(f.hits)
	_, err := f.add(catalog.HitFile, `f.path FROM (SELECT driver, min(n) AS n FROM driver_file
		WHERE path LIKE ?1 ESCAPE '\' AND `+name+` LIKE ?1 ESCAPE '\' GROUP BY driver) m
		JOIN driver_file f ON f.driver = m.driver AND f.n = m.n JOIN driver d ON d.id = m.driver`, f.pattern)
	for i := range f.hits[first:] {
		hit := &f.hits[first+i]
		hit.Text = hit.Text[strings.LastIndexByte(hit.Text, '/')+1:]
	}
	return err
}

func (f *finder) providers() error {
	_, err := f.add(catalog.HitProvider, `d.provider FROM driver d WHERE d.provider LIKE ? ESCAPE '\'`, f.pattern)
	return err
}

func (f *finder) classes() error {
	_, err := f.add(catalog.HitClass, `d.class FROM driver d WHERE d.class LIKE ? ESCAPE '\'`, f.pattern)
	return err
}

func (f *finder) modelNames() error {
	return f.c.each(f.ctx, `SELECT name FROM model WHERE name LIKE ? ESCAPE '\' ORDER BY name LIMIT ?`, []any{f.pattern, f.left()}, func(r row) error {
		f.hits = append(f.hits, catalog.Hit{Kind: catalog.HitModel, Text: r.text(0), Models: []string{r.text(0)}})
		return nil
	})
}
