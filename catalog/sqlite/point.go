package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/drivercat/drivercat/catalog"
)

// Points implements catalog.PointReader.
func (s *Store) Points(ctx context.Context) (found []catalog.Point, err error) {
	err = s.read(ctx, "list points", func(c *conn) error {
		return c.each(ctx, "SELECT name, share, nal, site, ad_site, address, types, protected, pxe, pull, cloud, boundaries, added FROM point ORDER BY name", nil, func(r row) error {
			p := catalog.Point{
				Name: r.text(0), Share: r.text(1), NAL: r.text(2), Site: r.text(3), ADSite: r.text(4), Address: r.text(5),
				Protected: r.bool(7), PXE: r.bool(8), Pull: r.bool(9), Cloud: r.bool(10), Added: r.time(12),
			}
			err := errors.Join(json.Unmarshal([]byte(r.text(6)), &p.Types), json.Unmarshal([]byte(r.text(11)), &p.Boundaries))
			if err != nil {
				return fmt.Errorf("point %q: %w", p.Name, err)
			}
			found = append(found, p)
			return nil
		})
	})
	return found, err
}

// PutPoint implements catalog.PointStore.
func (s *Store) PutPoint(ctx context.Context, p catalog.Point) error {
	return s.write(ctx, fmt.Sprintf("put point %q", p.Name), func(c *conn) error {
		types, err := jsonList(p.Types)
		if err != nil {
			return err
		}
		boundaries, err := jsonList(p.Boundaries)
		if err != nil {
			return err
		}
		return c.exec(`INSERT INTO point (name, share, nal, site, ad_site, address, types, protected, pxe, pull, cloud, boundaries, added)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET name = excluded.name, share = excluded.share,
			nal = excluded.nal, site = excluded.site, ad_site = excluded.ad_site, address = excluded.address, types = excluded.types,
			protected = excluded.protected, pxe = excluded.pxe, pull = excluded.pull, cloud = excluded.cloud,
			boundaries = excluded.boundaries, added = excluded.added`,
			p.Name, p.Share, p.NAL, p.Site, p.ADSite, p.Address, types, p.Protected, p.PXE, p.Pull, p.Cloud, boundaries, p.Added)
	})
}

// jsonList is a list as JSON; none is the empty list.
func jsonList(list []string) (string, error) {
	if list == nil {
		list = []string{}
	}
	b, err := json.Marshal(list)
	return string(b), err
}

// DeletePoint implements catalog.PointStore.
func (s *Store) DeletePoint(ctx context.Context, name string) error {
	return s.write(ctx, "delete point", func(c *conn) error {
		id, err := pointID(ctx, c, name)
		if err != nil {
			return err
		}
		return c.exec("DELETE FROM point WHERE id = ?", id)
	})
}

// pointID finds a point by its name.
func pointID(ctx context.Context, c *conn, name string) (int64, error) {
	id, err := c.int(ctx, "SELECT id FROM point WHERE name = ?", name)
	if err == nil && id == 0 {
		err = fmt.Errorf("point %q: %w", name, catalog.ErrNotFound)
	}
	return id, err
}

func pointGroupID(ctx context.Context, c *conn, name string) (int64, error) {
	id, err := c.int(ctx, "SELECT id FROM point_group WHERE name = ?", name)
	if err == nil && id == 0 {
		err = fmt.Errorf("group %q: %w", name, catalog.ErrNotFound)
	}
	return id, err
}

// PointGroups implements catalog.PointReader.
func (s *Store) PointGroups(ctx context.Context) (found []catalog.PointGroup, err error) {
	err = s.read(ctx, "list groups of points", func(c *conn) error {
		at := make(map[int64]int)
		err := c.each(ctx, "SELECT id, name FROM point_group ORDER BY name", nil, func(r row) error {
			at[r.int(0)] = len(found)
			found = append(found, catalog.PointGroup{Name: r.text(1)})
			return nil
		})
		if err != nil {
			return err
		}
		return c.each(ctx, "SELECT m.point_group, p.name, m.added FROM point_group_member m JOIN point p ON p.id = m.point ORDER BY p.name, m.point_group", nil, func(r row) error {
			g := &found[at[r.int(0)]]
			g.Members = append(g.Members, catalog.PointGroupMember{Point: r.text(1), Added: r.time(2)})
			return nil
		})
	})
	return found, err
}

// PutPointGroup implements catalog.PointStore.
func (s *Store) PutPointGroup(ctx context.Context, g catalog.PointGroup) error {
	return s.write(ctx, fmt.Sprintf("put group %q", g.Name), func(c *conn) error {
		if err := c.exec("INSERT INTO point_group (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET name = excluded.name", g.Name); err != nil {
			return err
		}
		id, err := pointGroupID(ctx, c, g.Name)
		if err != nil {
			return err
		}
		if err := c.exec("DELETE FROM point_group_member WHERE point_group = ?", id); err != nil {
			return err
		}
		for _, m := range g.Members {
			point, err := pointID(ctx, c, m.Point)
			if err != nil {
				return err
			}
			if err := c.exec("INSERT INTO point_group_member (point_group, point, added) VALUES (?, ?, ?)", id, point, m.Added); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeletePointGroup implements catalog.PointStore.
func (s *Store) DeletePointGroup(ctx context.Context, name string) error {
	return s.write(ctx, "delete group of points", func(c *conn) error {
		id, err := pointGroupID(ctx, c, name)
		if err != nil {
			return err
		}
		return c.exec("DELETE FROM point_group WHERE id = ?", id)
	})
}

// Sendings implements catalog.PointReader.
func (s *Store) Sendings(ctx context.Context, folder string) (found []catalog.Sending, err error) {
	err = s.read(ctx, "list sendings", func(c *conn) error {
		return c.each(ctx, `SELECT s.folder, p.name, g.name, s.version, s.sent FROM sending s
			LEFT JOIN point p ON p.id = s.point LEFT JOIN point_group g ON g.id = s.point_group
			WHERE ?1 = '' OR s.folder = ?1 ORDER BY s.sent, s.folder, g.name, p.name, s.version`, []any{folder}, func(r row) error {
			found = append(found, catalog.Sending{Folder: r.text(0), Point: r.text(1), Group: r.text(2), Version: int(r.int(3)), Sent: r.time(4)})
			return nil
		})
	})
	return found, err
}

// PutSending implements catalog.PointStore.
func (s *Store) PutSending(ctx context.Context, n catalog.Sending) error {
	return s.write(ctx, "put sending of "+n.Folder, func(c *conn) error {
		var point, group any
		var id int64
		var err error
		switch {
		case (n.Point == "") == (n.Group == ""):
			return errors.New("it must be to a point or to a group")
		case n.Point != "":
			id, err = pointID(ctx, c, n.Point)
			point = id
		default:
			id, err = pointGroupID(ctx, c, n.Group)
			group = id
		}
		if err != nil {
			return err
		}
		return c.exec("INSERT INTO sending (folder, point, point_group, version, sent) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", n.Folder, point, group, n.Version, n.Sent)
	})
}

// Holdings implements catalog.PointReader.
func (s *Store) Holdings(ctx context.Context, folder string) (found []catalog.Holding, err error) {
	err = s.read(ctx, "list holdings", func(c *conn) error {
		return c.each(ctx, `SELECT h.folder, p.name, h.version, h.known FROM holding h JOIN point p ON p.id = h.point
			WHERE ?1 = '' OR h.folder = ?1 ORDER BY h.folder, p.name`, []any{folder}, func(r row) error {
			found = append(found, catalog.Holding{Folder: r.text(0), Point: r.text(1), Version: int(r.int(2)), Known: r.time(3)})
			return nil
		})
	})
	return found, err
}

// PutHolding implements catalog.PointStore.
func (s *Store) PutHolding(ctx context.Context, h catalog.Holding) error {
	return s.write(ctx, "put holding of "+h.Folder, func(c *conn) error {
		point, err := pointID(ctx, c, h.Point)
		if err != nil {
			return err
		}
		if h.Version == 0 {
			return c.exec("DELETE FROM holding WHERE folder = ? AND point = ?", h.Folder, point)
		}
		return c.exec(`INSERT INTO holding (folder, point, version, known) VALUES (?, ?, ?, ?) ON CONFLICT (folder, point) DO UPDATE SET
			folder = excluded.folder, version = excluded.version, known = excluded.known`, h.Folder, point, h.Version, h.Known)
	})
}
