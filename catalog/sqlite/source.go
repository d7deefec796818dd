package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
)

// targetOf reads what Target.String wrote. It asks no table, so that a target this program does not know yet is still shown.
func targetOf(text string) catalog.Target {
	i := strings.LastIndexByte(text, '-')
	if i < 0 {
		return catalog.Target{OS: text}
	}
	arch, err := inf.ParseArch(text[i+1:])
	if err != nil {
		arch = inf.Arch(text[i+1:])
	}
	return catalog.Target{OS: text[:i], Arch: arch}
}

// sources returns the sources that a condition on source s and model m chooses.
func sources(ctx context.Context, c *conn, where string, args ...any) (found []catalog.Source, err error) {
	err = c.each(ctx, `SELECT s.id, m.make, m.name, s.target, s.location, s.adopted, s.origin, s.imported, s.revision,
		s.files, s.bytes, s.nice, s.bad, s.broken, s.problems
		FROM source s JOIN model m ON m.id = s.model WHERE `+where+`
		ORDER BY m.name, s.target, s.location COLLATE NOCASE, s.location, s.adopted`, args, func(r row) error {
		found = append(found, catalog.Source{
			ID: r.int(0),
			SourceKey: catalog.SourceKey{
				Model: catalog.Model{Make: r.text(1), Name: r.text(2)}, Target: targetOf(r.text(3)), Location: r.text(4), Adopted: r.bool(5),
			},
			Origin: r.text(6), Imported: r.time(7), Revision: int(r.int(8)),
			Files: r.int(9), Bytes: r.int(10),
			Nice: int(r.int(11)), Bad: int(r.int(12)), Broken: int(r.int(13)), Problems: int(r.int(14)),
		})
		return nil
	})
	return found, err
}

// Sources implements catalog.Reader.
func (s *Store) Sources(ctx context.Context, f catalog.SourceFilter) (found []catalog.Source, err error) {
	var q condition
	q.add(f.Model != "", "m.name = ?", f.Model)
	q.add(f.Target.OS != "", "s.target = ?", f.Target.String())
	q.add(f.Location != "", "s.location = ?", f.Location)
	err = s.read(ctx, "list sources", func(c *conn) error {
		found, err = sources(ctx, c, q.where(), q.args...)
		return err
	})
	return found, err
}

// Source implements catalog.Reader.
func (s *Store) Source(ctx context.Context, id int64) (src catalog.Source, err error) {
	err = s.read(ctx, "find source", func(c *conn) error {
		found, err := sources(ctx, c, "s.id = ?", id)
		if err == nil && len(found) == 0 {
			err = fmt.Errorf("source %d: %w", id, catalog.ErrNotFound)
		}
		if err == nil {
			src = found[0]
		}
		return err
	})
	return src, err
}

// DeleteSource implements catalog.Store.
func (s *Store) DeleteSource(ctx context.Context, id int64) error {
	return s.write(ctx, "delete source", func(c *conn) error {
		drivers := make(map[int64]struct{})
		err := c.each(ctx, "SELECT driver FROM source_driver WHERE source = ?", []any{id}, func(r row) error {
			drivers[r.int(0)] = struct{}{}
			return nil
		})
		if err != nil {
			return err
		}
		r, err := c.execResult("DELETE FROM source WHERE id = ?", id)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("source %d: %w", id, catalog.ErrNotFound))
		}
		return collect(ctx, c, drivers, make(map[int64]struct{}))
	})
}

// SourceFolders implements catalog.Reader.
func (s *Store) SourceFolders(ctx context.Context, id int64) (map[string]catalog.Fingerprint, error) {
	folders := make(map[string]catalog.Fingerprint)
	err := s.read(ctx, "read folders", func(c *conn) error {
		return c.each(ctx, "SELECT path, fingerprint FROM source_folder WHERE source = ?", []any{id}, func(r row) error {
			var fp catalog.Fingerprint
			b, _ := r[1].([]byte)
			copy(fp[:], b)
			folders[r.text(0)] = fp
			return nil
		})
	})
	return folders, err
}

// SourceFiles implements catalog.Reader.
func (s *Store) SourceFiles(ctx context.Context, id int64) iter.Seq2[catalog.SourceFile, error] {
	return func(yield func(catalog.SourceFile, error) bool) {
		stopped := false
		err := s.read(ctx, "read files", func(c *conn) error {
			return c.each(ctx, "SELECT path, size, mtime, sha256, state, why, detail, problem FROM source_file WHERE source = ? ORDER BY path", []any{id}, func(r row) error {
				f := catalog.SourceFile{
					Path: r.text(0), Size: r.int(1), MTime: r.int(2), SHA256: r.hash(3),
					State: catalog.FileState(r.text(4)), Why: r.text(5), Detail: r.text(6), Problem: r.bool(7),
				}
				if stopped = !yield(f, nil); stopped {
					return errStop
				}
				return nil
			})
		})
		if err != nil && !stopped {
			yield(catalog.SourceFile{}, err)
		}
	}
}

// SourceInstallers implements catalog.Reader.
func (s *Store) SourceInstallers(ctx context.Context, id int64) (found []catalog.SourceInstaller, err error) {
	err = s.read(ctx, "read installers", func(c *conn) error {
		at := make(map[string]int)
		err := c.each(ctx, "SELECT path, info FROM source_installer WHERE source = ? ORDER BY path", []any{id}, func(r row) error {
			i := catalog.SourceInstaller{Path: r.text(0)}
			if err := json.Unmarshal([]byte(r.text(1)), &i.Info); err != nil {
				return fmt.Errorf("installer %s: %w", i.Path, err)
			}
			at[i.Path] = len(found)
			found = append(found, i)
			return nil
		})
		if err != nil {
			return err
		}
		return c.each(ctx, "SELECT path, inf FROM source_installer_redundant WHERE source = ? ORDER BY path, n", []any{id}, func(r row) error {
			i := &found[at[r.text(0)]]
			i.RedundantBy = append(i.RedundantBy, r.text(1))
			return nil
		})
	})
	return found, err
}

// Accounting implements catalog.Reader.
func (s *Store) Accounting(ctx context.Context, id int64) (lines []catalog.AccountingLine, err error) {
	err = s.read(ctx, "count files", func(c *conn) error {
		return c.each(ctx, "SELECT state, why, count(*), sum(size) FROM source_file WHERE source = ? GROUP BY state, why ORDER BY state, why", []any{id}, func(r row) error {
			lines = append(lines, catalog.AccountingLine{State: catalog.FileState(r.text(0)), Why: r.text(1), Files: r.int(2), Bytes: r.int(3)})
			return nil
		})
	})
	return lines, err
}

// condition is a WHERE clause that grows.
type condition struct {
	parts []string
	args  []any
}

func (q *condition) add(used bool, sql string, args ...any) {
	if used {
		q.parts = append(q.parts, sql)
		q.args = append(q.args, args...)
	}
}

func (q *condition) where() string {
	if len(q.parts) == 0 {
		return "true"
	}
	return strings.Join(q.parts, " AND ")
}
