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
	"testing"

	"github.com/drivercat/drivercat/catalog"
	"github.com/google/go-cmp/cmp"
	sqlite3 "github.com/mattn/go-sqlite3"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		path     func(t *testing.T, dir string) string
		readOnly bool
		want     string // part of the message
		is       error
	}{
		{name: "a file in a folder that is missing", path: func(t *testing.T, dir string) string { return filepath.Join(dir, "no", "x.db") },
			want: "its folder does not exist; create it", is: fs.ErrNotExist},
		{name: "a folder", path: func(t *testing.T, dir string) string { return dir },
			want: "this is a folder; name a file in it, such as"},
		{name: "a file in a file", path: func(t *testing.T, dir string) string {
			return filepath.Join(writeFile(t, dir, "file", ""), "x.db")
		}, want: "file"},
		{name: "a text file", path: func(t *testing.T, dir string) string {
			return writeFile(t, dir, "x.db", strings.Repeat("no database\n", 1000))
		},
			want: "this is no catalog, or its beginning is damaged; name another file"},
		{name: "a database of another program", path: func(t *testing.T, dir string) string {
			return script(t, filepath.Join(dir, "x.db"), "CREATE TABLE photos (id INTEGER)")
		}, want: "no catalog but a database of another program; name another file"},
		{name: "a database of another program with a mark of its own", path: func(t *testing.T, dir string) string {
			return script(t, filepath.Join(dir, "x.db"), "PRAGMA application_id = 7")
		}, want: "no catalog but a database of another program; name another file"},
		{name: "a newer schema", path: func(t *testing.T, dir string) string {
			path := filepath.Join(dir, "x.db")
			openTest(t, path)
			return script(t, path, fmt.Sprint("PRAGMA user_version = ", schemaVersion+1))
		}, want: fmt.Sprintf("schema %d, this program knows %d", schemaVersion+1, schemaVersion), is: catalog.ErrNewerSchema},
		{name: "a missing file for reading", path: func(t *testing.T, dir string) string { return filepath.Join(dir, "x.db") },
			readOnly: true, want: "there is no catalog yet; import a source", is: fs.ErrNotExist},
		{name: "an empty file for reading", path: func(t *testing.T, dir string) string { return writeFile(t, dir, "x.db", "") },
			readOnly: true, want: "there is no catalog yet; import a source", is: fs.ErrNotExist},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := c.path(t, dir)
			before := tree(t, dir)
			s, err := Open(t.Context(), path, Options{ReadOnly: c.readOnly})
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("got error %q, want %s and %q", err, path, c.want)
			}
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Errorf("refusing changed the folder (-before +after):\n%s", diff)
			}
		})
	}
}

func writeFile(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// script runs SQL in the file at path.
func script(t *testing.T, path, sql string) string {
	t.Helper()
	c, err := dialWriter(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.script(sql), c.close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// tree returns the folder's files and their content. The files that SQLite shares between processes are left out.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "-shm") || strings.HasSuffix(e.Name(), "-wal") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(b)
	}
	return files
}

func TestDamagedCatalog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	s := openTest(t, path)
	fill(t, s, 2000)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	junk := make([]byte, info.Size()-16384)
	for i := range junk {
		junk[i] = byte(i * 7)
	}
	if _, err := f.WriteAt(junk, 16384); err != nil { // all but the schema
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = Open(t.Context(), path, Options{})
	if err == nil {
		_, err = s.Sources(t.Context(), catalog.SourceFilter{})
		s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "the catalog is damaged; restore it from a copy") || !strings.Contains(err.Error(), path) {
		t.Errorf("got error %v", err)
	}
}

// fill makes a source of some files.
func fill(t testing.TB, s *Store, files int) {
	t.Helper()
	err := s.UpdateSource(t.Context(), benchKey(0), func(w catalog.SourceWriter) error {
		for n := range files {
			if err := w.PutFile(catalog.SourceFile{Path: fmt.Sprintf("%06d", n), Size: 1, Why: "test"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	s := openTest(t, path)
	fill(t, s, 100)
	pages, err := s.writer.int(t.Context(), "PRAGMA page_count")
	if err != nil {
		t.Fatal(err)
	}
	// SQLite reports a page over this limit as it reports a full disk.
	limit := func(pages int64) {
		if err := s.writer.script(fmt.Sprint("PRAGMA max_page_count = ", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages + 20)
	err = s.UpdateSource(t.Context(), benchKey(1), func(w catalog.SourceWriter) error {
		for n := range 100_000 {
			_ = w.PutFile(catalog.SourceFile{Path: fmt.Sprint(n)}) // an importer that looks away
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "the disk is full; free some space") || !strings.Contains(err.Error(), path) {
		t.Errorf("got error %v", err)
	}
	checkWhole(t, path)
	found, err := s.Sources(t.Context(), catalog.SourceFilter{})
	if err != nil || len(found) != 1 || found[0].Files != 100 {
		t.Errorf("after the failure: sources %+v, error %v", found, err)
	}
	limit(1 << 30)
	fill(t, s, 50_000)
}

// checkWhole asks SQLite whether the file and its references are sound, and whether each hardware ID has its INF.
func checkWhole(t *testing.T, path string) {
	t.Helper()
	c, err := dial(readerDSN(path, false))
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, q := range []struct{ sql, want string }{
		{"PRAGMA integrity_check", "ok"},
		{"SELECT CAST(count(*) AS TEXT) FROM pragma_foreign_key_check", "0"},
		{"SELECT CAST(count(*) AS TEXT) FROM hardware_id WHERE row >> 24 NOT IN (SELECT id FROM inf)", "0"},
		{"SELECT CAST(count(*) AS TEXT) FROM inf WHERE id_rows <> (SELECT count(*) FROM hardware_id WHERE row >= inf.id << 24 AND row < (inf.id + 1) << 24)", "0"},
	} {
		var got string
		if _, err := c.one(context.Background(), q.sql, nil, func(r row) { got = r.text(0) }); err != nil || got != q.want {
			t.Errorf("%s: %q, error %v", q.sql, got, err)
		}
	}
}

func TestAdvice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		err  sqlite3.Error
		want string
	}{
		{"a full disk", sqlite3.Error{Code: sqlite3.ErrFull}, "the disk is full"},
		{"a full disk seen by the system", sqlite3.Error{Code: sqlite3.ErrIoErr, SystemErrno: syscall.ENOSPC}, "the disk is full"},
		{"another disk error", sqlite3.Error{Code: sqlite3.ErrIoErr}, "the disk reports an error"},
		{"a file that cannot be written", sqlite3.Error{Code: sqlite3.ErrReadonly}, "cannot be written; check the permissions"},
		{"a folder that cannot be written", sqlite3.Error{Code: sqlite3.ErrCantOpen}, "cannot be opened; check the permissions"},
		{"a damaged file", sqlite3.Error{Code: sqlite3.ErrCorrupt}, "damaged; restore it"},
		{"a fault of this program", sqlite3.Error{Code: sqlite3.ErrConstraint}, "catalog: put in x.db: insert: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := explain("put", "x.db", fmt.Errorf("insert: %w", c.err))
			if !strings.Contains(err.Error(), c.want) || explain("again", "y", err) != err {
				t.Errorf("got %q, want %q once", err, c.want)
			}
		})
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "100% of #1?.db") // characters that mean something in a URI
	w := openTest(t, path)
	fill(t, w, 10)
	r, err := Open(t.Context(), path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if found, err := r.Sources(t.Context(), catalog.SourceFilter{}); err != nil || len(found) != 1 {
		t.Errorf("sources %v, error %v", found, err)
	}
	for op, err := range map[string]error{
		"UpdateSource": r.UpdateSource(t.Context(), benchKey(1), func(catalog.SourceWriter) error { t.Error("called"); return nil }),
		"DeleteSource": r.DeleteSource(t.Context(), 1),
		"PutPackage":   r.PutPackage(t.Context(), catalog.Package{}),
	} {
		if err == nil || !strings.Contains(err.Error(), "opened for reading only") {
			t.Errorf("%s: error %v", op, err)
		}
	}
	if err := errors.Join(r.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	if files := tree(t, filepath.Dir(path)); len(files) != 1 {
		t.Errorf("the closed catalog left %d files", len(files))
	}
	if rest, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*-*")); len(rest) != 0 {
		t.Errorf("the closed catalog left %v", rest)
	}
}

// TestReadOnlyMedium reads a catalog where SQLite cannot make its own files, as on a CD or a share without write access.
func TestReadOnlyMedium(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "medium")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "x.db")
	w := openTest(t, path)
	fill(t, w, 10)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s := &Store{path: path, readOnly: true, immutable: true, writing: make(chan struct{}, 1)}
	defer s.Close()
	if version, err := s.probe(t.Context()); err != nil || version != schemaVersion {
		t.Fatalf("version %d, error %v", version, err)
	}
	if found, err := s.Sources(t.Context(), catalog.SourceFilter{}); err != nil || len(found) != 1 {
		t.Errorf("sources %v, error %v", found, err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("reading left %d files", len(files))
	}
}

func TestMigrations(t *testing.T) {
	t.Parallel()
	steps, err := migrations()
	if err != nil || len(steps) != schemaVersion {
		t.Fatalf("%d migrations, schema version %d, error %v", len(steps), schemaVersion, err)
	}
	path := filepath.Join(t.TempDir(), "x.db")
	openTest(t, path)
	c, err := dial(readerDSN(path, false))
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for pragma, want := range map[string]int64{"user_version": schemaVersion, "application_id": applicationID, "page_size": 8192} {
		if got, err := c.int(t.Context(), "PRAGMA "+pragma); err != nil || got != want {
			t.Errorf("%s is %d, want %d, error %v", pragma, got, want, err)
		}
	}
	loose, err := c.int(t.Context(), "SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND NOT strict")
	if err != nil || loose != 0 {
		t.Errorf("%d tables are not STRICT, error %v", loose, err)
	}
}
