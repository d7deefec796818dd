package sqlite

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/drivercat/drivercat/catalog"
)

// applicationID marks the file as a catalog ("drct"), so that a database of another program is never taken for one.
const applicationID = 0x64726374

// errForeign is what migrate reports for an SQLite file that another program made.
var errForeign = errors.New("a database of another program")

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations returns the schema's steps in their order; the file's user_version counts those applied.
func migrations() ([]string, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	steps := make([]string, len(names))
	for i, name := range names {
		if want := fmt.Sprintf("migrations/%04d_", i+1); name[:len(want)] != want {
			return nil, fmt.Errorf("migration %s should start with %s", name, want)
		}
		b, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		steps[i] = string(b)
	}
	return steps, nil
}

// schemaVersion is the number of migrations this program knows.
const schemaVersion = 4

// schemaOf returns the version of the schema in the file, 0 for an empty one.
func schemaOf(ctx context.Context, c *conn) (int, error) {
	version, err := c.int(ctx, "PRAGMA user_version")
	if err != nil {
		return 0, err
	}
	id, err := c.int(ctx, "PRAGMA application_id")
	if err != nil {
		return 0, err
	}
	if id != applicationID {
		objects, err := c.int(ctx, "SELECT count(*) FROM sqlite_schema")
		if err != nil {
			return 0, err
		}
		if objects > 0 || version > 0 || id != 0 {
			return 0, errForeign
		}
	}
	if version > schemaVersion {
		return 0, fmt.Errorf("%w (schema %d, this program knows %d)", catalog.ErrNewerSchema, version, schemaVersion)
	}
	return int(version), nil
}

// migrate brings the file to this program's schema. Each step is a transaction of its own, and the version is read
// again inside it, since another process may be doing the same.
func migrate(ctx context.Context, c *conn) error {
	steps, err := migrations()
	if err != nil {
		return err
	}
	// Both are stored in the file and cannot change inside a transaction; the page size only before the first table.
	// Pages of 8 KiB cost a tenth less than those of 4 KiB when hardware IDs are stored.
	if err := c.retryBusy(ctx, func() error { return c.script("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL") }); err != nil {
		return err
	}
	for {
		if err := c.begin(ctx); err != nil {
			return err
		}
		version, err := schemaOf(ctx, c)
		if err == nil && version < len(steps) {
			err = c.script(fmt.Sprintf("%s;\nPRAGMA application_id = %d; PRAGMA user_version = %d", steps[version], applicationID, version+1))
		}
		if err == nil {
			err = c.commit()
		}
		if err != nil {
			return errors.Join(err, c.rollback())
		}
		if version >= len(steps) {
			return nil
		}
	}
}
