package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/drivercat/drivercat/catalog"
	sqlite3 "github.com/mattn/go-sqlite3"
)

// conn is one connection with its prepared statements, for one goroutine at a time. It uses the driver without
// database/sql, whose conversions cost more than SQLite itself on the rows that matter here (docs/catalog.md).
type conn struct {
	c     *sqlite3.SQLiteConn
	stmts map[string]*sqlite3.SQLiteStmt

	// A full disk makes SQLite end a transaction by itself, and what came after would be committed on its own. So the
	// first error of a writing transaction stays until it is rolled back.
	writing bool
	broken  error
}

func dial(dsn string) (*conn, error) {
	c, err := (&sqlite3.SQLiteDriver{}).Open(dsn)
	if err != nil {
		return nil, err
	}
	return &conn{c: c.(*sqlite3.SQLiteConn), stmts: make(map[string]*sqlite3.SQLiteStmt)}, nil
}

// close finalizes the statements first: SQLite keeps a connection with open ones alive, and with it the write-ahead log.
func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	c.stmts = nil
	return errors.Join(append(errs, c.c.Close())...)
}

func (c *conn) stmt(sql string) (*sqlite3.SQLiteStmt, error) {
	if s, ok := c.stmts[sql]; ok {
		return s, nil
	}
	s, err := c.c.Prepare(sql)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", sql, err)
	}
	c.stmts[sql] = s.(*sqlite3.SQLiteStmt)
	return c.stmts[sql], nil
}

// script runs statements without arguments and keeps none of them.
func (c *conn) script(sql string) error {
	_, err := c.c.Exec(sql, nil)
	return err
}

// exec runs a statement to its end. It takes no context: the driver starts a goroutine for each statement that has one.
func (c *conn) exec(sql string, args ...any) error {
	_, err := c.execResult(sql, args...)
	return err
}

// insert runs a statement and returns the row's key.
func (c *conn) insert(sql string, args ...any) (int64, error) {
	r, err := c.execResult(sql, args...)
	if err != nil {
		return 0, err
	}
	return r.LastInsertId()
}

func (c *conn) execResult(sql string, args ...any) (driver.Result, error) {
	s, err := c.stmt(sql)
	if err != nil {
		return nil, c.failed(err)
	}
	return c.run(s, bindings(args))
}

// run executes a prepared statement, unless one before it broke the transaction.
func (c *conn) run(s *sqlite3.SQLiteStmt, args []driver.NamedValue) (driver.Result, error) {
	if c.broken != nil {
		return nil, c.broken
	}
	r, err := s.ExecContext(context.Background(), args)
	return r, c.failed(err)
}

func (c *conn) failed(err error) error {
	if c.writing && c.broken == nil {
		c.broken = err
	}
	return err
}

// each calls fn for every row of a query. The row is valid until fn returns, its strings and blobs for good. A statement
// cannot run inside itself, so fn must not ask the same query of the same connection.
func (c *conn) each(ctx context.Context, sql string, args []any, fn func(row) error) (err error) {
	if c.broken != nil {
		return c.broken
	}
	s, err := c.stmt(sql)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(ctx, bindings(args))
	if err != nil {
		return err
	}
	defer func() {
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
	}()
	r := make(row, len(rows.Columns()))
	for {
		switch err := rows.Next(r); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := fn(r); err != nil {
			return err
		}
	}
}

// one reads the single row that a query finds; found is false if there is none.
func (c *conn) one(ctx context.Context, sql string, args []any, fn func(row)) (found bool, err error) {
	err = c.each(ctx, sql, args, func(r row) error {
		found = true
		fn(r)
		return errStop
	})
	if errors.Is(err, errStop) {
		err = nil
	}
	return found, err
}

// errStop ends each early; it never leaves the package.
var errStop = errors.New("stop")

func (c *conn) int(ctx context.Context, sql string, args ...any) (n int64, err error) {
	_, err = c.one(ctx, sql, args, func(r row) { n = r.int(0) })
	return n, err
}

// begin starts a writing transaction, waiting for other writers until ctx ends.
func (c *conn) begin(ctx context.Context) error {
	err := c.retryBusy(ctx, func() error { return c.script("BEGIN IMMEDIATE") })
	c.writing, c.broken = err == nil, nil
	return err
}

func (c *conn) commit() error {
	err := c.broken
	if err == nil {
		err = c.script("COMMIT")
	}
	if err == nil {
		c.writing = false
	}
	return err
}

// rollback ends a transaction that failed; SQLite may have ended it by itself.
func (c *conn) rollback() error {
	c.writing, c.broken = false, nil
	if c.c.AutoCommit() {
		return nil
	}
	return c.script("ROLLBACK")
}

// retryBusy repeats fn while another connection holds a lock. Each attempt waits busyTimeout inside SQLite, so the
// context is looked at that often.
func (c *conn) retryBusy(ctx context.Context, fn func() error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := fn()
		if e, ok := errors.AsType[sqlite3.Error](err); !ok || e.Code != sqlite3.ErrBusy && e.Code != sqlite3.ErrLocked {
			return err
		}
	}
}

// row is one row of a query's result.
type row []driver.Value

// text returns a column as a string, "" for NULL.
func (r row) text(i int) string {
	s, _ := r[i].(string)
	return s
}

// int returns a column as an integer, 0 for NULL.
func (r row) int(i int) int64 {
	n, _ := r[i].(int64)
	return n
}

func (r row) bool(i int) bool { return r.int(i) != 0 }

func (r row) hash(i int) (h catalog.Hash) {
	b, _ := r[i].([]byte)
	copy(h[:], b)
	return h
}

// blob returns a column's bytes, none for NULL.
func (r row) blob(i int) []byte {
	b, _ := r[i].([]byte)
	return b
}

func (r row) time(i int) time.Time {
	n := r.int(i)
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

func bindings(args []any) []driver.NamedValue {
	if len(args) == 0 {
		return nil
	}
	named := make([]driver.NamedValue, len(args))
	for i, a := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: value(a)}
	}
	return named
}

// value turns what the records hold into what the driver can bind.
func value(a any) driver.Value {
	switch v := a.(type) {
	case int:
		return int64(v)
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case catalog.Hash:
		return v[:]
	case time.Time:
		if v.IsZero() {
			return int64(0)
		}
		return v.UnixNano()
	}
	return a
}
