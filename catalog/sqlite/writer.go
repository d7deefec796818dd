package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// UpdateSource implements catalog.Store.
func (s *Store) UpdateSource(ctx context.Context, key catalog.SourceKey, fn func(catalog.SourceWriter) error) error {
	var fnErr error
	err := s.write(ctx, "update source "+key.Location, func(c *conn) error {
		src, err := openSource(ctx, c, key)
		if err != nil {
			return err
		}
		w := newSourceWriter(ctx, s, c, src)
		defer func() { w.done = true }()
		if fnErr = fn(w); fnErr != nil {
			return fnErr
		}
		if w.err != nil {
			return w.err
		}
		return w.finish()
	})
	if fnErr != nil {
		return fnErr
	}
	return err
}

// openSource finds the source or makes it, and its model.
func openSource(ctx context.Context, c *conn, key catalog.SourceKey) (catalog.Source, error) {
	model, err := openModel(ctx, c, key.Model)
	if err != nil {
		return catalog.Source{}, err
	}
	args := []any{model, key.Target.String(), key.Location, key.Adopted}
	id, err := c.int(ctx, "SELECT id FROM source WHERE model = ? AND target = ? AND location = ? AND adopted = ?", args...)
	if err == nil && id == 0 {
		id, err = c.insert("INSERT INTO source (model, target, location, adopted) VALUES (?, ?, ?, ?)", args...)
	}
	if err != nil {
		return catalog.Source{}, err
	}
	found, err := sources(ctx, c, "s.id = ?", id)
	if err != nil {
		return catalog.Source{}, err
	}
	return found[0], nil
}

// openModel returns the key of a model, which it makes if it is new, and whose make it fills in if it was unknown.
func openModel(ctx context.Context, c *conn, m catalog.Model) (id int64, err error) {
	var known string
	found, err := c.one(ctx, "SELECT id, make FROM model WHERE name = ?", []any{m.Name}, func(r row) {
		id, known = r.int(0), r.text(1)
	})
	switch {
	case err != nil:
		return 0, err
	case !found:
		return c.insert("INSERT INTO model (make, name) VALUES (?, ?)", m.Make, m.Name)
	case known == "" && m.Make != "":
		return id, c.exec("UPDATE model SET make = ? WHERE id = ?", m.Make, id)
	case m.Make != "" && !strings.EqualFold(known, m.Make):
		return 0, fmt.Errorf("%w: %s is known as a model of %s, not of %s", catalog.ErrMakeConflict, m.Name, known, m.Make)
	}
	return id, nil
}

// sourceWriter is the catalog.SourceWriter of one transaction. The first error stays: after it every call returns it.
type sourceWriter struct {
	ctx   context.Context // of the UpdateSource that this writer lives in
	store *Store
	c     *conn
	src   catalog.Source // as it was before
	final catalog.Source // what Finish set
	err   error
	done  bool

	files, folders *bulk
	links          map[string]int64 // path to driver, as the source has them now; nil until they are needed
	drivers        driverWriter
}

func newSourceWriter(ctx context.Context, s *Store, c *conn, src catalog.Source) *sourceWriter {
	return &sourceWriter{
		ctx: ctx, store: s, c: c, src: src, final: src,
		files: newBulk(c, "source_file", []string{"source", "path", "size", "mtime", "sha256", "state", "why", "detail", "problem"},
			` ON CONFLICT (source, path) DO UPDATE SET size = excluded.size, mtime = excluded.mtime, sha256 = excluded.sha256,
			state = excluded.state, why = excluded.why, detail = excluded.detail, problem = excluded.problem`),
		folders: newBulk(c, "source_folder", []string{"source", "path", "fingerprint"},
			" ON CONFLICT (source, path) DO UPDATE SET fingerprint = excluded.fingerprint"),
		drivers: newDriverWriter(ctx, c),
	}
}

var errWriterDone = errors.New("catalog: a source writer was used after its transaction")

// do runs one change, unless one before it went wrong.
func (w *sourceWriter) do(op, object string, fn func() error) error {
	if w.done {
		return errWriterDone
	}
	if w.err == nil {
		if err := fn(); err != nil {
			w.err = explain(op+" "+object, w.store.path, err)
		}
	}
	return w.err
}

// Source implements catalog.SourceWriter.
func (w *sourceWriter) Source() catalog.Source { return w.src }

// The Previous methods ask a reading connection, which sees the last committed state: what was before this transaction.

// PreviousFiles implements catalog.SourceWriter.
func (w *sourceWriter) PreviousFiles() iter.Seq2[catalog.SourceFile, error] {
	return w.store.SourceFiles(w.ctx, w.src.ID)
}

// PreviousDrivers implements catalog.SourceWriter.
func (w *sourceWriter) PreviousDrivers() ([]catalog.SourceDriverRecord, error) {
	return w.store.sourceDrivers(w.ctx, w.src.ID, false, nil)
}

// PreviousInstallers implements catalog.SourceWriter.
func (w *sourceWriter) PreviousInstallers() ([]catalog.SourceInstaller, error) {
	return w.store.SourceInstallers(w.ctx, w.src.ID)
}

// PutFile implements catalog.SourceWriter.
func (w *sourceWriter) PutFile(f catalog.SourceFile) error {
	return w.do("put file", f.Path, func() error {
		b := w.files
		b.int(w.src.ID)
		b.text(f.Path)
		b.int(f.Size)
		b.int(f.MTime)
		if f.SHA256.IsZero() {
			b.null()
		} else {
			b.blob(f.SHA256[:])
		}
		b.text(string(f.State))
		b.text(f.Why)
		b.text(f.Detail)
		b.bool(f.Problem)
		return b.end(w.ctx)
	})
}

// DeleteFile implements catalog.SourceWriter.
func (w *sourceWriter) DeleteFile(path string) error {
	return w.do("delete file", path, func() error {
		if err := w.files.flush(w.ctx); err != nil {
			return err
		}
		return w.c.exec("DELETE FROM source_file WHERE source = ? AND path = ?", w.src.ID, path)
	})
}

// PutFolder implements catalog.SourceWriter.
func (w *sourceWriter) PutFolder(path string, fp catalog.Fingerprint) error {
	return w.do("put folder", path, func() error {
		w.folders.int(w.src.ID)
		w.folders.text(path)
		w.folders.blob(fp[:])
		return w.folders.end(w.ctx)
	})
}

// DeleteFolder implements catalog.SourceWriter.
func (w *sourceWriter) DeleteFolder(path string) error {
	return w.do("delete folder", path, func() error {
		if err := w.folders.flush(w.ctx); err != nil {
			return err
		}
		return w.c.exec("DELETE FROM source_folder WHERE source = ? AND path = ?", w.src.ID, path)
	})
}

// PutINF implements catalog.SourceWriter.
func (w *sourceWriter) PutINF(i *catalog.INF, revision int) error {
	return w.do("put INF", i.SHA256.Short(), func() error { return w.drivers.putINF(i, revision) })
}

// PutDriver implements catalog.SourceWriter.
func (w *sourceWriter) PutDriver(d *catalog.Driver, revision int) error {
	return w.do("put driver", d.Name, func() error { return w.drivers.put(d, revision) })
}

// Link implements catalog.SourceWriter.
func (w *sourceWriter) Link(path string, hash catalog.Hash) error {
	return w.do("link", path, func() error {
		id, err := w.drivers.id(hash)
		if err != nil {
			return err
		}
		if err := w.loadLinks(); err != nil {
			return err
		}
		old, linked := w.links[path]
		if linked && old == id {
			return nil
		}
		if linked {
			w.drivers.touched[old] = struct{}{}
		}
		w.links[path] = id
		return w.c.exec("INSERT INTO source_driver (source, path, driver) VALUES (?, ?, ?) ON CONFLICT (source, path) DO UPDATE SET driver = excluded.driver",
			w.src.ID, path, id)
	})
}

// Unlink implements catalog.SourceWriter.
func (w *sourceWriter) Unlink(path string) error {
	return w.do("unlink", path, func() error {
		if err := w.loadLinks(); err != nil {
			return err
		}
		old, linked := w.links[path]
		if !linked {
			return nil
		}
		w.drivers.touched[old] = struct{}{}
		delete(w.links, path)
		return w.c.exec("DELETE FROM source_driver WHERE source = ? AND path = ?", w.src.ID, path)
	})
}

func (w *sourceWriter) loadLinks() error {
	if w.links != nil {
		return nil
	}
	w.links = make(map[string]int64)
	return w.c.each(w.ctx, "SELECT path, driver FROM source_driver WHERE source = ?", []any{w.src.ID}, func(r row) error {
		w.links[r.text(0)] = r.int(1)
		return nil
	})
}

// PutInstaller implements catalog.SourceWriter.
func (w *sourceWriter) PutInstaller(i catalog.SourceInstaller) error {
	return w.do("put installer", i.Path, func() error {
		info, err := json.Marshal(i.Info)
		if err != nil {
			return err
		}
		err = errors.Join(
			w.c.exec("DELETE FROM source_installer WHERE source = ? AND path = ?", w.src.ID, i.Path),
			w.c.exec("INSERT INTO source_installer (source, path, info) VALUES (?, ?, ?)", w.src.ID, i.Path, string(info)))
		for n, inf := range i.RedundantBy {
			err = errors.Join(err, w.c.exec("INSERT INTO source_installer_redundant (source, path, n, inf) VALUES (?, ?, ?, ?)", w.src.ID, i.Path, n, inf))
		}
		return err
	})
}

// DeleteInstaller implements catalog.SourceWriter.
func (w *sourceWriter) DeleteInstaller(path string) error {
	return w.do("delete installer", path, func() error {
		return w.c.exec("DELETE FROM source_installer WHERE source = ? AND path = ?", w.src.ID, path)
	})
}

// Finish implements catalog.SourceWriter.
func (w *sourceWriter) Finish(s catalog.Source) error {
	return w.do("finish", w.src.Location, func() error {
		w.final = s
		return nil
	})
}

// finish stores what waits, removes what nothing refers to any more and derives the counters.
func (w *sourceWriter) finish() error {
	if err := errors.Join(w.files.flush(w.ctx), w.folders.flush(w.ctx), w.drivers.flush()); err != nil {
		return err
	}
	linked := make(map[int64]struct{}, len(w.links))
	for _, id := range w.links {
		linked[id] = struct{}{}
	}
	if err := w.drivers.collect(linked); err != nil {
		return err
	}
	err := w.c.exec(`UPDATE source SET origin = ?, imported = ?, revision = ?, (files, bytes, problems) =
		(SELECT count(*), coalesce(sum(size), 0), coalesce(sum(problem), 0) FROM source_file WHERE source = source.id) WHERE id = ?`,
		w.final.Origin, w.final.Imported, w.final.Revision, w.src.ID)
	if err != nil {
		return err
	}
	return w.drivers.recount(w.src.ID)
}
