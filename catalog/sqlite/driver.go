package sqlite

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// Driver implements catalog.Reader.
func (s *Store) Driver(ctx context.Context, prefix string) (d *catalog.Driver, err error) {
	err = s.read(ctx, "find driver", func(c *conn) error {
		from, to, err := hashRange(prefix)
		if err != nil {
			return err
		}
		var ids []int64
		err = c.each(ctx, "SELECT id FROM driver WHERE hash BETWEEN ? AND ? ORDER BY hash LIMIT 2", []any{from, to}, func(r row) error {
			ids = append(ids, r.int(0))
			return nil
		})
		switch {
		case err != nil:
			return err
		case len(ids) == 0:
			return fmt.Errorf("driver %s: %w", prefix, catalog.ErrNotFound)
		case len(ids) > 1:
			return fmt.Errorf("driver %s: %w; give more digits", prefix, catalog.ErrAmbiguous)
		}
		loaded, err := loadDrivers(ctx, c, "VALUES (?1)", ids[0], true)
		if err != nil {
			return err
		}
		d = loaded[ids[0]]
		return overrule(ctx, c, "VALUES (?1)", []any{ids[0]}, loaded)
	})
	return d, err
}

// hashRange returns the first and the last hash that start with the given digits.
func hashRange(prefix string) (from, to []byte, err error) {
	digits := strings.ToLower(prefix)
	if len(digits) < 6 || len(digits) > 64 {
		return nil, nil, fmt.Errorf("driver %q: a driver is named by 6 to 64 digits of its hash: %w", prefix, catalog.ErrNotFound)
	}
	from, err = hex.DecodeString(digits + strings.Repeat("0", 64-len(digits)))
	if err != nil {
		return nil, nil, fmt.Errorf("driver %q: no hexadecimal digits: %w", prefix, catalog.ErrNotFound)
	}
	to, err = hex.DecodeString(digits + strings.Repeat("f", 64-len(digits)))
	return from, to, err
}

// SourceDrivers implements catalog.Reader.
func (s *Store) SourceDrivers(ctx context.Context, id int64, ids bool) ([]catalog.SourceDriverRecord, error) {
	return s.sourceDrivers(ctx, id, ids, overrule)
}

// sourceDrivers reads what a source carries; settings, if not nil, changes the drivers as administrators want them.
func (s *Store) sourceDrivers(ctx context.Context, id int64, ids bool, settings func(context.Context, *conn, string, []any, map[int64]*catalog.Driver) error) (records []catalog.SourceDriverRecord, err error) {
	const set = "SELECT driver FROM source_driver WHERE source = ?1"
	err = s.read(ctx, "read drivers", func(c *conn) error {
		drivers, err := loadDrivers(ctx, c, set, id, ids)
		if err == nil && settings != nil {
			err = settings(ctx, c, set, []any{id}, drivers)
		}
		if err != nil {
			return err
		}
		return c.each(ctx, "SELECT path, driver FROM source_driver WHERE source = ? ORDER BY path", []any{id}, func(r row) error {
			at := r.text(0)
			records = append(records, catalog.SourceDriverRecord{Path: at, Driver: drivers[r.int(1)].Named(path.Base(at))})
			return nil
		})
	})
	return records, err
}

// loadDrivers reads the drivers that a sub-select with one argument names, one query for each table. Drivers of one INF share it.
func loadDrivers(ctx context.Context, c *conn, set string, arg any, ids bool) (map[int64]*catalog.Driver, error) {
	args := []any{arg}
	infs, err := loadINFs(ctx, c, set, arg, ids)
	if err != nil {
		return nil, err
	}
	drivers := make(map[int64]*catalog.Driver)
	err = c.each(ctx, "SELECT id, hash, name, verdict, complete, installer, inf, unsigned, signature FROM driver WHERE id IN ("+set+")", args, func(r row) error {
		d := &catalog.Driver{Hash: r.hash(1), Name: r.text(2), Verdict: catalog.Verdict(r.text(3)), Complete: archesOf(r.int(4)), INF: infs[r.int(6)], Unsigned: archesOf(r.int(7))}
		if text := r.text(5); text != "" {
			d.Installer = new(catalog.InstallerInfo)
			if err := json.Unmarshal([]byte(text), d.Installer); err != nil {
				return fmt.Errorf("driver %s: %w", d.Hash.Short(), err)
			}
		}
		var err error
		if d.Signatures, err = signaturesOf(r.text(8)); err != nil {
			return fmt.Errorf("driver %s: %w", d.Hash.Short(), err)
		}
		drivers[r.int(0)] = d
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = c.each(ctx, "SELECT driver, code, level, text, path, line, col, offset, signature FROM driver_reason WHERE driver IN ("+set+") ORDER BY driver, n", args, func(r row) error {
		d := drivers[r.int(0)]
		d.Reasons = append(d.Reasons, catalog.Reason{Code: r.text(1), Level: catalog.Level(r.text(2)), Text: r.text(3), Place: r.place(4)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = c.each(ctx, "SELECT driver, path, size, sha256, role, arches, sha1, image FROM driver_file WHERE driver IN ("+set+") ORDER BY driver, n", args, func(r row) error {
		d := drivers[r.int(0)]
		f := catalog.DriverFile{Path: r.text(1), Size: r.int(2), SHA256: r.hash(3), Role: catalog.FileRole(r.text(4)), Arches: archesOf(r.int(5))}
		if sum, ok := r[6].([]byte); ok {
			copy(f.SHA1[:], sum)
		}
		if text := r.text(7); text != "" {
			f.Image = new(catalog.Image)
			if err := json.Unmarshal([]byte(text), f.Image); err != nil {
				return fmt.Errorf("driver %s: %s: %w", d.Hash.Short(), f.Path, err)
			}
		}
		d.Files = append(d.Files, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = c.each(ctx, "SELECT driver, path, arches, role, at_path, line, col, offset, signature, sections FROM driver_missing WHERE driver IN ("+set+") ORDER BY driver, n", args, func(r row) error {
		sections, err := numbersOf(r.text(9))
		d := drivers[r.int(0)]
		d.Missing = append(d.Missing, catalog.MissingFile{Path: r.text(1), Arches: archesOf(r.int(2)), Sections: sections, Role: catalog.FileRole(r.text(3)), Place: r.place(4)})
		return err
	})
	return drivers, err
}

func (r row) place(i int) catalog.Place {
	return catalog.Place{Path: r.text(i), Line: int(r.int(i + 1)), Column: int(r.int(i + 2)), Offset: r.int(i + 3), Signature: r.text(i + 4)}
}

// loadINFs reads the INFs of the drivers that a sub-select names, by their keys.
func loadINFs(ctx context.Context, c *conn, set string, arg any, ids bool) (map[int64]*catalog.INF, error) {
	args := []any{arg}
	ofDrivers := "(SELECT inf FROM driver WHERE id IN (" + set + "))"
	infs := make(map[int64]*catalog.INF)
	rows := make(map[int64]int64)
	err := c.each(ctx, "SELECT id, sha256, kind, encoding, class, class_guid, provider, date, version, id_rows FROM inf WHERE id IN "+ofDrivers, args, func(r row) error {
		infs[r.int(0)] = &catalog.INF{
			SHA256: r.hash(1), Kind: r.text(2), Encoding: r.text(3), Class: r.text(4), ClassGUID: r.text(5),
			Provider: r.text(6), Date: r.text(7), Version: r.text(8),
		}
		rows[r.int(0)] = r.int(9)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = c.each(ctx, `SELECT inf, manufacturer, man_line, name, decoration, listed, defined, entries, line
		FROM inf_models WHERE inf IN `+ofDrivers+` ORDER BY inf, n`, args, func(r row) error {
		i := infs[r.int(0)]
		i.Models = append(i.Models, catalog.ModelsSection{
			Manufacturer: r.text(1), ManLine: int(r.int(2)), Name: r.text(3), Decoration: r.text(4),
			Listed: r.bool(5), Defined: r.bool(6), Entries: int(r.int(7)), Line: int(r.int(8)),
		})
		return nil
	})
	if err != nil || !ids {
		return infs, err
	}
	for id, i := range infs {
		if n := rows[id]; n > 0 {
			if i.IDs, err = loadIDs(ctx, c, id, n); err != nil {
				return nil, err
			}
		}
	}
	return infs, nil
}

func loadIDs(ctx context.Context, c *conn, inf, rows int64) ([]catalog.HardwareID, error) {
	ids := make([]catalog.HardwareID, 0, rows)
	description := ""
	err := c.each(ctx, "SELECT section, entry, position, id, description FROM hardware_id WHERE row >= ?1 << 24 AND row < (?1 + 1) << 24 ORDER BY row", []any{inf}, func(r row) error {
		if r[4] != nil {
			description = r.text(4)
		}
		ids = append(ids, catalog.HardwareID{Section: int(r.int(0)), Entry: int(r.int(1)), Position: int(r.int(2)), ID: r.text(3), Description: description})
		return nil
	})
	return ids, err
}

const summaryColumns = `d.id, d.hash, d.name, ` + verdictOf + `, d.class, d.provider, d.date, d.version, d.files, d.bytes,
	coalesce((SELECT ids FROM inf WHERE inf.id = d.inf), 0), (SELECT count(DISTINCT source) FROM source_driver WHERE driver = d.id),
	CASE d.signature WHEN '' THEN '' ELSE json_extract(d.signature, '$.worst') END, d.verdict`

// summaryWidth is the number of summaryColumns.
const summaryWidth = 14

func (r row) summary() catalog.DriverSummary {
	s := catalog.DriverSummary{
		Hash: r.hash(1), Name: r.text(2), Verdict: catalog.Verdict(r.text(3)), Class: r.text(4), Provider: r.text(5), Date: r.text(6), Version: r.text(7),
		Files: int(r.int(8)), Bytes: r.int(9), IDs: int(r.int(10)), Sources: int(r.int(11)),
		Signature: catalog.SignatureState(r.text(12)),
	}
	if judged := catalog.Verdict(r.text(13)); judged != s.Verdict {
		s.Judged = judged
	}
	return s
}

// driverOrder is the order of drivers in lists; the index driver_list has it. SQLite does not start in the middle of an
// index for a comparison of rows with collations, so afterDriver lets it start at the class.
const (
	driverOrder = "d.class COLLATE NOCASE, d.class, d.provider COLLATE NOCASE, d.provider, d.name COLLATE NOCASE, d.name, d.hash"
	afterDriver = "d.class >= ? COLLATE NOCASE AND (" + driverOrder + ") > (?, ?, ?, ?, ?, ?, ?)"
)

// Drivers implements catalog.Reader.
func (s *Store) Drivers(ctx context.Context, f catalog.DriverFilter, after catalog.Hash, limit int) (found []catalog.DriverSummary, err error) {
	err = s.read(ctx, "list drivers", func(c *conn) error {
		q := driverCondition(f)
		if !after.IsZero() {
			known, err := c.one(ctx, "SELECT class, provider, name FROM driver WHERE hash = ?", []any{after}, func(r row) {
				class, provider, name := r.text(0), r.text(1), r.text(2)
				q.add(true, afterDriver, class, class, class, provider, provider, name, name, after)
			})
			if err != nil {
				return err
			}
			if !known {
				return fmt.Errorf("continue after driver %s: %w", after.Short(), catalog.ErrNotFound)
			}
		}
		if limit <= 0 {
			limit = -1 // what SQLite calls no limit
		}
		return c.each(ctx, "SELECT "+summaryColumns+" FROM driver d WHERE "+q.where()+" ORDER BY "+driverOrder+" LIMIT ?", append(q.args, limit), func(r row) error {
			found = append(found, r.summary())
			return nil
		})
	})
	return found, err
}

func driverCondition(f catalog.DriverFilter) *condition {
	var carried, q condition
	carried.add(f.Model != "", "s.model = (SELECT id FROM model WHERE name = ?)", f.Model)
	carried.add(f.Target.OS != "", "s.target = ?", f.Target.String())
	carried.add(f.Source != 0, "s.id = ?", f.Source)
	q.add(len(carried.parts) > 0, "d.id IN (SELECT sd.driver FROM source s JOIN source_driver sd ON sd.source = s.id WHERE "+carried.where()+")", carried.args...)
	q.add(f.Verdict != "", verdictOf+" = ?", string(f.Verdict))
	q.add(f.Class != "", "d.class = ? COLLATE NOCASE", f.Class)
	q.add(f.Provider != "", `d.provider LIKE ? ESCAPE '\'`, contains(f.Provider))
	return &q
}

// contains is the LIKE pattern, escaped by \, of what has text in it.
func contains(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

// DriverUses implements catalog.Reader.
func (s *Store) DriverUses(ctx context.Context, h catalog.Hash) (uses catalog.DriverUses, err error) {
	err = s.read(ctx, "find the uses of driver "+h.Short(), func(c *conn) error {
		id, err := c.int(ctx, "SELECT id FROM driver WHERE hash = ?", h)
		if err != nil {
			return err
		}
		if id == 0 {
			return catalog.ErrNotFound
		}
		found, err := sources(ctx, c, "s.id IN (SELECT source FROM source_driver WHERE driver = ?)", id)
		if err != nil {
			return err
		}
		for _, src := range found {
			err := c.each(ctx, "SELECT path FROM source_driver WHERE source = ? AND driver = ? ORDER BY path", []any{src.ID, id}, func(r row) error {
				uses.Sources = append(uses.Sources, catalog.DriverUse{Source: src, Path: r.text(0)})
				return nil
			})
			if err != nil {
				return err
			}
		}
		if uses.Packages, err = packages(ctx, c, "p.id IN (SELECT package FROM package_driver WHERE driver = ?)", id); err != nil {
			return err
		}
		return c.each(ctx, `SELECT v.folder, v.version FROM version_driver vd JOIN version v ON v.id = vd.version WHERE vd.driver = ?
			GROUP BY v.id ORDER BY v.folder, v.folder COLLATE BINARY, v.version DESC`, []any{id}, func(r row) error {
			uses.Versions = append(uses.Versions, catalog.VersionUse{Folder: r.text(0), Version: int(r.int(1))})
			return nil
		})
	})
	return uses, err
}

// upperASCII is how the catalog compares without regard to case: ASCII letters only, as SQLite does.
func upperASCII(s string) string {
	return string(bytes.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, []byte(s)))
}
