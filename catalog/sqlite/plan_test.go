package sqlite

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog"
)

// TestPlans holds the queries that must not grow with the catalog to the indexes made for them.
func TestPlans(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	openTest(t, path)
	c, err := dial(readerDSN(path, false))
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	page := driverCondition(catalog.DriverFilter{})
	page.add(true, afterDriver)
	for _, q := range []struct{ name, sql, want string }{
		{"a page of drivers", "SELECT " + summaryColumns + " FROM driver d WHERE " + page.where() + " ORDER BY " + driverOrder + " LIMIT 50", "SEARCH d USING INDEX driver_list (class>?)"},
		{"the first page of drivers", "SELECT " + summaryColumns + " FROM driver d ORDER BY " + driverOrder + " LIMIT 50", "SCAN d USING INDEX driver_list"},
		{"a hardware ID", "SELECT row FROM hardware_id WHERE id = ? ORDER BY row", "SEARCH hardware_id USING COVERING INDEX hardware_id_id (id=?)"},
		{"a prefix of one", "SELECT id, row FROM hardware_id WHERE id > ? AND id < ? ORDER BY id, row", "SEARCH hardware_id USING COVERING INDEX hardware_id_id (id>? AND id<?)"},
		{"a driver by digits", "SELECT id FROM driver WHERE hash BETWEEN ? AND ? ORDER BY hash LIMIT 2", "SEARCH driver USING COVERING INDEX sqlite_autoindex_driver_1 (hash>? AND hash<?)"},
		{"a source by location", "SELECT id FROM source s WHERE s.location = ?", "SEARCH s USING COVERING INDEX source_location (location=?)"},
		{"the IDs of an INF", "DELETE FROM hardware_id WHERE row >= ?1 << 24 AND row < (?1 + 1) << 24", "SEARCH hardware_id USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
		{"the uses of a driver", "SELECT 1 FROM source_driver WHERE driver = ?1", "SEARCH source_driver USING COVERING INDEX source_driver_driver (driver=?)"},
		{"the versions with a driver", "SELECT 1 FROM version_driver WHERE driver = ?1", "SEARCH version_driver USING COVERING INDEX version_driver_driver (driver=?)"},
		{"the versions with a content", "SELECT 1 FROM version_content WHERE content = ?1", "SEARCH version_content USING COVERING INDEX version_content_content (content=?)"},
		{"the versions of a folder", "SELECT id FROM version WHERE folder = ? ORDER BY version DESC", "SEARCH version USING COVERING INDEX sqlite_autoindex_version_1 (folder=?)"},
		{"a signature", "SELECT signature FROM content WHERE sha256 = ?", "SEARCH content USING INDEX sqlite_autoindex_content_1 (sha256=?)"},
	} {
		var plan []string
		err := c.each(t.Context(), "EXPLAIN QUERY PLAN "+q.sql, nil, func(r row) error {
			plan = append(plan, r.text(3))
			return nil
		})
		if got := strings.Join(plan, "; "); err != nil || !strings.Contains(got, q.want) || strings.Contains(got, "TEMP B-TREE FOR ORDER BY") {
			t.Errorf("%s: plan %q, want %q, error %v", q.name, got, q.want, err)
		}
	}
}
