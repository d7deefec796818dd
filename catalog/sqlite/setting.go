package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/drivercat/drivercat/catalog"
)

// verdictOf is a driver's verdict in force: an administrator's if one overruled that of the rules. It is looked up where
// it is asked for, since few drivers have a setting and their table is small.
const verdictOf = "coalesce((SELECT nullif(json_extract(setting, '$.verdict'), '') FROM driver_setting WHERE driver_hash = d.hash), d.verdict)"

// SetDriver implements catalog.Store.
func (s *Store) SetDriver(ctx context.Context, h catalog.Hash, setting catalog.DriverSetting) error {
	return s.write(ctx, "set driver "+h.Short(), func(c *conn) error {
		id, err := c.int(ctx, "SELECT id FROM driver WHERE hash = ?", h)
		if err != nil {
			return err
		}
		if setting.IsZero() {
			err = c.exec("DELETE FROM driver_setting WHERE driver_hash = ?", h)
		} else {
			if id == 0 {
				return fmt.Errorf("driver %s: %w", h.Short(), catalog.ErrNotFound)
			}
			b, merr := json.Marshal(setting)
			if merr != nil {
				return merr
			}
			err = c.exec("INSERT INTO driver_setting (driver_hash, setting, changed) VALUES (?, ?, ?) ON CONFLICT (driver_hash) DO UPDATE SET setting = excluded.setting, changed = excluded.changed",
				h, string(b), setting.Changed)
		}
		if err != nil || id == 0 {
			return err
		}
		var sources []int64
		err = c.each(ctx, "SELECT DISTINCT source FROM source_driver WHERE driver = ? ORDER BY source", []any{id}, func(r row) error {
			sources = append(sources, r.int(0))
			return nil
		})
		if err != nil {
			return err
		}
		for _, source := range sources {
			if err := recount(c, source); err != nil {
				return err
			}
		}
		return nil
	})
}

// DriverSettings implements catalog.Reader.
func (s *Store) DriverSettings(ctx context.Context) (list []catalog.DriverSettingRecord, err error) {
	err = s.read(ctx, "list driver settings", func(c *conn) error {
		return c.each(ctx, "SELECT driver_hash, setting, changed FROM driver_setting ORDER BY driver_hash", nil, func(r row) error {
			setting, err := r.setting(0, 1, 2)
			list = append(list, catalog.DriverSettingRecord{Driver: r.hash(0), Setting: setting})
			return err
		})
	})
	return list, err
}

func (r row) setting(hash, text, changed int) (s catalog.DriverSetting, err error) {
	if err := json.Unmarshal([]byte(r.text(text)), &s); err != nil {
		return s, fmt.Errorf("setting of driver %s: %w", r.hash(hash).Short(), err)
	}
	s.Changed = r.time(changed)
	return s, nil
}

// overrule applies the settings of the drivers that a sub-select names.
func overrule(ctx context.Context, c *conn, set string, args []any, drivers map[int64]*catalog.Driver) error {
	return c.each(ctx, "SELECT d.id, d.hash, s.setting, s.changed FROM driver d JOIN driver_setting s ON s.driver_hash = d.hash WHERE d.id IN ("+set+")", args, func(r row) error {
		setting, err := r.setting(1, 2, 3)
		if err == nil {
			drivers[r.int(0)].Overrule(setting)
		}
		return err
	})
}
