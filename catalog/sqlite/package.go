package sqlite

import (
	"context"
	"fmt"

	"github.com/drivercat/drivercat/catalog"
)

// PutPackage implements catalog.Store. Its drivers must be stored; its model is made if it is new.
func (s *Store) PutPackage(ctx context.Context, p catalog.Package) error {
	return s.write(ctx, "put package "+p.Folder, func(c *conn) error {
		before := make(map[int64]struct{})
		err := c.each(ctx, "SELECT pd.driver FROM package p JOIN package_driver pd ON pd.package = p.id WHERE p.folder = ?", []any{p.Folder}, func(r row) error {
			before[r.int(0)] = struct{}{}
			return nil
		})
		if err != nil {
			return err
		}
		if err := c.exec("DELETE FROM package WHERE folder = ?", p.Folder); err != nil {
			return err
		}
		model, err := openModel(ctx, c, p.Model)
		if err != nil {
			return err
		}
		id, err := c.insert(`INSERT INTO package (model, target, kind, folder, version, manifest, files, bytes, published)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, model, p.Target.String(), p.Kind, p.Folder, p.Version, p.Manifest, p.Files, p.Bytes, p.Published)
		if err != nil {
			return err
		}
		for n, h := range p.Drivers {
			driver, err := c.int(ctx, "SELECT id FROM driver WHERE hash = ?", h)
			if err != nil {
				return err
			}
			if driver == 0 {
				return fmt.Errorf("driver %s: %w", h.Short(), catalog.ErrNotFound)
			}
			if err := c.exec("INSERT INTO package_driver (package, n, driver) VALUES (?, ?, ?)", id, n, driver); err != nil {
				return err
			}
		}
		return collect(ctx, c, before, make(map[int64]struct{}))
	})
}

// Packages implements catalog.Reader.
func (s *Store) Packages(ctx context.Context, f catalog.PackageFilter) (found []catalog.Package, err error) {
	var q condition
	q.add(f.Model != "", "m.name = ?", f.Model)
	q.add(f.Target.OS != "", "p.target = ?", f.Target.String())
	err = s.read(ctx, "list packages", func(c *conn) error {
		found, err = packages(ctx, c, q.where(), q.args...)
		return err
	})
	return found, err
}

// packages returns the packages that a condition on package p and model m chooses.
func packages(ctx context.Context, c *conn, where string, args ...any) (found []catalog.Package, err error) {
	at := make(map[int64]int)
	err = c.each(ctx, `SELECT p.id, m.make, m.name, p.target, p.kind, p.folder, p.version, p.manifest, p.files, p.bytes, p.published
		FROM package p JOIN model m ON m.id = p.model WHERE `+where+" ORDER BY p.folder", args, func(r row) error {
		at[r.int(0)] = len(found)
		found = append(found, catalog.Package{
			Model: catalog.Model{Make: r.text(1), Name: r.text(2)}, Target: targetOf(r.text(3)), Kind: r.text(4), Folder: r.text(5),
			Version: int(r.int(6)), Manifest: r.hash(7), Files: int(r.int(8)), Bytes: r.int(9), Published: r.time(10),
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = c.each(ctx, `SELECT pd.package, d.hash FROM package p JOIN model m ON m.id = p.model JOIN package_driver pd ON pd.package = p.id
		JOIN driver d ON d.id = pd.driver WHERE `+where+" ORDER BY pd.package, pd.n", args, func(r row) error {
		p := &found[at[r.int(0)]]
		p.Drivers = append(p.Drivers, r.hash(1))
		return nil
	})
	return found, err
}
