package cli

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/sqlite"
)

// openCatalog opens the catalog to read it. It never makes one: a query on a mistyped path should not leave a file.
func (a *app) openCatalog(ctx context.Context) (catalog.Store, error) {
	return a.openCatalogFor(ctx, true)
}

// openCatalogFor opens a catalog that must be there, to read it only or also to change it.
func (a *app) openCatalogFor(ctx context.Context, readOnly bool) (catalog.Store, error) {
	path, err := a.catalogFile()
	if err != nil {
		return nil, err
	}
	switch st, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, failed("make one with \"drivercat import SOURCE --make MAKE --model MODEL --os OS\", or name another one with --catalog",
			"no catalog at %s (from %s)", path, a.set.values[keyCatalog].From)
	case err != nil:
		return nil, failed("", "catalog %s: %s", path, fileError(err))
	case st.IsDir():
		return nil, failed("name the file in it", "catalog %s is a folder", path)
	case st.Size() == 0 && !journaled(path):
		return nil, failed("name another one with --catalog; the next \"drivercat import\" makes a catalog of it", "catalog %s (from %s) is empty (0 bytes): nothing was ever imported into it",
			path, a.set.values[keyCatalog].From)
	}
	a.err.note("catalog %s", path)
	return sqlite.Open(ctx, path, sqlite.Options{ReadOnly: readOnly})
}

// makeCatalog opens the catalog to change it and makes it if there is none.
func (a *app) makeCatalog(ctx context.Context) (catalog.Store, error) {
	path, err := a.catalogFile()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, failed("choose another place with --catalog", "catalog %s: make its folder: %s", path, fileError(err))
	}
	a.err.note("catalog %s", path)
	store, err := sqlite.Open(ctx, path, sqlite.Options{})
	if _, serr := os.Stat(path); err != nil && serr != nil {
		if ferr := folderWritable(filepath.Dir(path)); ferr != nil {
			return nil, failed("choose another place with --catalog, or make the folder writable", "catalog %s: its folder cannot be written: %s", path, fileError(ferr))
		}
	}
	if err != nil {
		return nil, err
	}
	return store, nil
}

// journaled reports whether another process has written something that is not in the file itself yet.
func journaled(path string) bool {
	_, err := os.Stat(path + "-wal")
	return err == nil
}

// folderWritable finds out why no file can be made in a folder: SQLite says no more than that it cannot open its file.
func folderWritable(dir string) error {
	f, err := os.CreateTemp(dir, ".drivercat-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// catalogFile is the file of the embedded store.
func (a *app) catalogFile() (string, error) {
	path := a.set.catalog()
	if !isURL(path) {
		return path, nil
	}
	u, err := url.Parse(path)
	switch {
	case err != nil:
		return "", usageError("give a file, or postgres://server/database", "the catalog's URL cannot be read")
	case u.Scheme == "postgres" || u.Scheme == "postgresql":
		return "", usageError("give a file with --catalog", "catalog %s: PostgreSQL catalogs come with a later version", u.Redacted())
	}
	return "", usageError("give a file with --catalog", "catalog %s: %s:// is no kind of catalog", u.Redacted(), u.Scheme)
}
