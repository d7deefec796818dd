package sqlite

import (
	"context"
	"fmt"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/drivercat/drivercat/catalog"
)

// maxManifestBytes bounds what the body of a version unpacks to. Package manifest reads no larger ones.
const maxManifestBytes = 256 << 20

// PutVersion implements catalog.Store.
func (s *Store) PutVersion(ctx context.Context, v catalog.PackageVersion, contents []catalog.Hash) error {
	body, err := pack(v.Body)
	if err != nil {
		return fmt.Errorf("catalog: put version %d of %s: %w", v.Version, v.Folder, err)
	}
	return s.write(ctx, fmt.Sprintf("put version %d of %s", v.Version, v.Folder), func(c *conn) error {
		// What the new version needs must not go with what the old ones leave, so it comes first: under a number that no
		// version has, since it may replace one.
		id, err := c.insert("INSERT INTO version (folder, version, manifest, body, published) VALUES (?, -1, ?, ?, ?)", v.Folder, v.Manifest, body, v.Published)
		if err != nil {
			return err
		}
		n := 0
		for _, h := range v.Drivers {
			driver, err := c.int(ctx, "SELECT id FROM driver WHERE hash = ?", h)
			if err != nil {
				return err
			}
			if driver == 0 {
				continue
			}
			if err := c.exec("INSERT INTO version_driver (version, n, driver) VALUES (?, ?, ?)", id, n, driver); err != nil {
				return err
			}
			n++
		}
		for _, h := range contents {
			if err := c.exec("INSERT INTO content (sha256) VALUES (?) ON CONFLICT (sha256) DO NOTHING", h); err != nil {
				return err
			}
			if err := c.exec("INSERT INTO version_content (version, content) SELECT ?, id FROM content WHERE sha256 = ? ON CONFLICT DO NOTHING", id, h); err != nil {
				return err
			}
		}
		if err := forgetVersions(ctx, c, v); err != nil {
			return err
		}
		return c.exec("UPDATE version SET version = ? WHERE id = ?", v.Version, id)
	})
}

// forgetVersions removes the versions of v's folder that v replaces or that are too old, and what only they referred to.
func forgetVersions(ctx context.Context, c *conn, v catalog.PackageVersion) error {
	var old []int64
	err := c.each(ctx, `SELECT id FROM version WHERE folder = ?1 AND version >= ?2
		UNION ALL SELECT id FROM (SELECT id FROM version WHERE folder = ?1 AND version < ?2 AND version >= 0 ORDER BY version DESC LIMIT -1 OFFSET ?3)`,
		[]any{v.Folder, v.Version, catalog.KeptVersions}, func(r row) error {
			old = append(old, r.int(0))
			return nil
		})
	if err != nil {
		return err
	}
	drivers := make(map[int64]struct{})
	for _, id := range old {
		err := c.each(ctx, "SELECT driver FROM version_driver WHERE version = ?", []any{id}, func(r row) error {
			drivers[r.int(0)] = struct{}{}
			return nil
		})
		if err != nil {
			return err
		}
		var contents []int64
		err = c.each(ctx, "SELECT content FROM version_content WHERE version = ?", []any{id}, func(r row) error {
			contents = append(contents, r.int(0))
			return nil
		})
		if err != nil {
			return err
		}
		if err := c.exec("DELETE FROM version WHERE id = ?", id); err != nil {
			return err
		}
		for _, content := range contents {
			if err := c.exec("DELETE FROM content WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM version_content WHERE content = ?1)", content); err != nil {
				return err
			}
		}
	}
	return collect(ctx, c, drivers, make(map[int64]struct{}))
}

// Versions implements catalog.Reader.
func (s *Store) Versions(ctx context.Context, folder string) (found []catalog.PackageVersion, err error) {
	err = s.read(ctx, "list versions of "+folder, func(c *conn) error {
		at := make(map[int64]int)
		err := c.each(ctx, "SELECT id, folder, version, manifest, body, published FROM version WHERE folder = ? ORDER BY version DESC", []any{folder}, func(r row) error {
			body, err := unpack(r.blob(4))
			if err != nil {
				return fmt.Errorf("version %d: %w", r.int(2), err)
			}
			at[r.int(0)] = len(found)
			found = append(found, catalog.PackageVersion{Folder: r.text(1), Version: int(r.int(2)), Manifest: r.hash(3), Body: body, Published: r.time(5)})
			return nil
		})
		if err != nil {
			return err
		}
		return c.each(ctx, `SELECT vd.version, d.hash FROM version v JOIN version_driver vd ON vd.version = v.id JOIN driver d ON d.id = vd.driver
			WHERE v.folder = ? ORDER BY vd.version, vd.n`, []any{folder}, func(r row) error {
			v := &found[at[r.int(0)]]
			v.Drivers = append(v.Drivers, r.hash(1))
			return nil
		})
	})
	return found, err
}

// signatureBatch is how many signatures one transaction keeps, so that a large package does not hold up other writers.
const signatureBatch = 1000

// PutSignatures implements catalog.Store.
func (s *Store) PutSignatures(ctx context.Context, list []catalog.FileSignature) error {
	for batch := range slices.Chunk(list, signatureBatch) {
		err := s.write(ctx, "put signatures", func(c *conn) error {
			for _, f := range batch {
				if err := c.exec("UPDATE content SET signature = ? WHERE sha256 = ?", f.Body, f.SHA256); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Signatures implements catalog.Reader.
func (s *Store) Signatures(ctx context.Context, contents []catalog.Hash) (map[catalog.Hash][]byte, error) {
	found := make(map[catalog.Hash][]byte)
	err := s.read(ctx, "read signatures", func(c *conn) error {
		for _, h := range contents {
			if err := ctx.Err(); err != nil {
				return err
			}
			_, err := c.one(ctx, "SELECT signature FROM content WHERE sha256 = ? AND signature IS NOT NULL", []any{h}, func(r row) {
				found[h] = r.blob(0)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

// pack compresses a manifest: hashes in hexadecimal and paths that repeat their folders shrink to 45 %.
func pack(body []byte) ([]byte, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer e.Close()
	return e.EncodeAll(body, []byte{}), nil
}

func unpack(b []byte) ([]byte, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxManifestBytes))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	body, err := d.DecodeAll(b, []byte{})
	if err != nil {
		return nil, fmt.Errorf("unpack its manifest: %w", err)
	}
	return body, nil
}
