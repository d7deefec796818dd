package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/drivercat/drivercat/catalog"
	sqlite3 "github.com/mattn/go-sqlite3"
)

// Open opens the catalog in the file at path. The file's folder must exist. It opens an existing catalog without writing
// to it, unless its schema is older than this program's. Errors wrap fs.ErrNotExist where the file or its folder is
// missing and catalog.ErrNewerSchema where it is too new.
func Open(ctx context.Context, path string, opts Options) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("catalog: open %s: %w", path, err)
	}
	fresh, err := checkPath(path, opts)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, readOnly: opts.ReadOnly, writing: make(chan struct{}, 1)}
	version := 0
	if !fresh {
		if version, err = s.probe(ctx); err != nil {
			s.discard()
			return nil, explain("open", path, err)
		}
	}
	if version == schemaVersion {
		return s, nil
	}
	if opts.ReadOnly && version == 0 {
		s.discard()
		return nil, noCatalogYet(path)
	}
	if s.writer, err = dialWriter(path); err == nil {
		err = migrate(ctx, s.writer)
	}
	if err != nil {
		s.discard()
		return nil, explain("open", path, err)
	}
	return s, nil
}

// checkPath looks at what SQLite would only call "unable to open database file". It reports whether the file is still
// to be made.
func checkPath(path string, opts Options) (fresh bool, err error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return false, fmt.Errorf("catalog: open %s: this is a folder; name a file in it, such as %s", path, filepath.Join(path, "drivercat.db"))
	case err == nil && !info.Mode().IsRegular():
		return false, fmt.Errorf("catalog: open %s: not a regular file; a catalog needs one on a local disk", path)
	case err == nil && opts.ReadOnly:
		return false, nil
	case err == nil:
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return false, fmt.Errorf("catalog: open %s: the file cannot be written; make it writable, or name another: %w", path, err)
		}
		return info.Size() == 0, f.Close()
	case !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("catalog: open %s: %w", path, err)
	case opts.ReadOnly:
		return false, noCatalogYet(path)
	}
	switch dir, err := os.Stat(filepath.Dir(path)); {
	case errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("catalog: open %s: its folder does not exist; create it, or name another file: %w", path, fs.ErrNotExist)
	case err != nil:
		return false, fmt.Errorf("catalog: open %s: %w", path, err)
	case !dir.IsDir():
		return false, fmt.Errorf("catalog: open %s: %s is a file, not a folder", path, filepath.Dir(path))
	}
	return true, nil
}

func noCatalogYet(path string) error {
	return fmt.Errorf("catalog: open %s: there is no catalog yet; import a source to make one: %w", path, fs.ErrNotExist)
}

// probe reads the schema's version through a reading connection, which it keeps for the first query.
func (s *Store) probe(ctx context.Context) (int, error) {
	version, err := s.probeOnce(ctx)
	e, ok := errors.AsType[sqlite3.Error](err)
	if !ok || !s.readOnly || e.Code != sqlite3.ErrCantOpen && e.Code != sqlite3.ErrReadonly {
		return version, err
	}
	// Reading a WAL database takes a file for shared memory beside it. Where none can be made nobody writes either, so
	// the file can be read as it is, provided that no log with newer pages is left beside it.
	if info, serr := os.Stat(s.path + "-wal"); serr == nil && info.Size() > 0 {
		return 0, err
	}
	s.immutable = true
	return s.probeOnce(ctx)
}

func (s *Store) probeOnce(ctx context.Context) (version int, err error) {
	c, err := dial(readerDSN(s.path, s.immutable))
	if err != nil {
		return 0, err
	}
	err = c.retryBusy(ctx, func() error {
		version, err = schemaOf(ctx, c)
		return err
	})
	if err != nil {
		return 0, errors.Join(err, c.close())
	}
	s.release(c)
	return version, nil
}

// discard closes what Open had opened before it failed. Its own errors say nothing that the first one did not.
func (s *Store) discard() {
	for _, c := range s.idle {
		_ = c.close()
	}
	if s.writer != nil {
		_ = s.writer.close()
	}
}

// busyTimeout is how long one attempt to get a lock waits, in milliseconds. Writers try again until their context ends;
// readers meet a lock only while another process opens or closes the catalog.
const (
	writerBusyTimeout = 200
	readerBusyTimeout = 5000
)

func readerDSN(path string, immutable bool) string {
	d := fmt.Sprintf("%s&mode=rw&_query_only=on&_busy_timeout=%d", fileURI(path), readerBusyTimeout)
	if immutable {
		d += "&immutable=1"
	}
	return d
}

// dialWriter opens the writing connection. 16 MiB of cache serve a transaction of any size: more of it measured no
// faster, since SQLite spills what does not fit to the write-ahead log. The log is copied back into the file after
// 64 MiB rather than the usual 4, because each time costs two syncs, and is cut to that size afterwards.
func dialWriter(path string) (*conn, error) {
	c, err := dial(fmt.Sprintf("%s&mode=rwc&_foreign_keys=on&_synchronous=NORMAL&_cache_size=-16384&_busy_timeout=%d", fileURI(path), writerBusyTimeout))
	if err != nil {
		return nil, err
	}
	if err := c.script("PRAGMA wal_autocheckpoint = 16384; PRAGMA journal_size_limit = 67108864"); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// fileURI writes a path as SQLite reads it in a URI. The connections are each used by one goroutine at a time, so SQLite's own
// locks are left out.
func fileURI(path string) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // C:/...
	}
	return "file://" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(p) + "?_mutex=no"
}

// explain says what an error of SQLite means for the catalog's user, once.
func explain(op, path string, err error) error {
	if err == nil || strings.HasPrefix(err.Error(), "catalog: ") {
		return err
	}
	e, ofSQLite := errors.AsType[sqlite3.Error](err)
	if !ofSQLite && op != "open" {
		return fmt.Errorf("catalog: %s: %w", op, err) // about a record, not about the file
	}
	if op != "open" && op != "close" {
		op += " in"
	}
	op += " " + path
	switch {
	case errors.Is(err, catalog.ErrNewerSchema):
		return fmt.Errorf("catalog: %s: %w; update drivercat to use it", op, err)
	case errors.Is(err, errForeign):
		return fmt.Errorf("catalog: %s: this is no catalog but %w; name another file", op, errForeign)
	}
	if advice := adviceFor(e); advice != "" {
		return fmt.Errorf("catalog: %s: %s: %w", op, advice, err)
	}
	return fmt.Errorf("catalog: %s: %w", op, err)
}

func adviceFor(e sqlite3.Error) string {
	switch {
	case e.Code == sqlite3.ErrFull, e.SystemErrno == syscall.ENOSPC:
		return "the disk is full; free some space and run the command again, nothing was changed"
	case e.Code == sqlite3.ErrNotADB:
		return "this is no catalog, or its beginning is damaged; name another file, or restore this one from a copy"
	case e.Code == sqlite3.ErrCorrupt:
		return "the catalog is damaged; restore it from a copy, or move it away and import the sources again"
	case e.Code == sqlite3.ErrReadonly, e.Code == sqlite3.ErrPerm, e.Code == sqlite3.ErrAuth:
		return "the catalog cannot be written; check the permissions of the file and its folder"
	case e.Code == sqlite3.ErrCantOpen:
		return "the file cannot be opened; check the permissions of the file and its folder, where SQLite keeps two more"
	case e.Code == sqlite3.ErrIoErr:
		return "the disk reports an error; check it, and restore the catalog from a copy if this happens again"
	}
	return ""
}
