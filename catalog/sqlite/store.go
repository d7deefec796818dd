package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/drivercat/drivercat/catalog"
)

// Options say how a catalog is opened. The zero value opens it for reading and writing and creates it if it is new.
type Options struct {
	// ReadOnly opens a catalog that exists, for queries only. Without it a missing catalog is created. A catalog on a
	// medium that cannot be written opens only this way.
	ReadOnly bool
}

// idleReaders is how many reading connections are kept for the next query; more are opened while they are needed.
const idleReaders = 4

// Store is a catalog in one SQLite file. It is safe for concurrent use, also by other processes.
type Store struct {
	path      string
	readOnly  bool
	immutable bool // nobody can write the file, and SQLite need not look for others

	writing chan struct{} // holds one token while a transaction writes
	writer  *conn         // opened by the first write; owned by whoever holds the token

	mu     sync.Mutex
	idle   []*conn
	closed bool
}

var _ catalog.Store = (*Store)(nil)

var errClosed = errors.New("the catalog is closed")

// Close ends the store; it waits for a running write. It may be called twice, and never from inside UpdateSource.
func (s *Store) Close() error {
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	s.mu.Lock()
	idle := s.idle
	s.idle, s.closed = nil, true
	s.mu.Unlock()
	var errs []error
	for _, c := range idle {
		errs = append(errs, c.close())
	}
	// The last connection of all processes to close brings the write-ahead log back into the file.
	if s.writer != nil {
		errs = append(errs, s.writer.close())
		s.writer = nil
	}
	return explain("close", s.path, errors.Join(errs...))
}

// read runs fn in a reading transaction, so that all its queries see the same state.
func (s *Store) read(ctx context.Context, op string, fn func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("catalog: %s: %w", op, err)
	}
	c, err := s.reader()
	if err != nil {
		return explain(op, s.path, err)
	}
	defer s.release(c)
	err = c.exec("BEGIN")
	if err == nil {
		err = errors.Join(fn(c), c.rollback())
	}
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // an interrupted query reports only that it was interrupted
	}
	return explain(op, s.path, err)
}

func (s *Store) reader() (*conn, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, errClosed
	}
	if n := len(s.idle); n > 0 {
		c := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.mu.Unlock()
		return c, nil
	}
	s.mu.Unlock()
	return dial(readerDSN(s.path, s.immutable))
}

func (s *Store) release(c *conn) {
	s.mu.Lock()
	keep := !s.closed && len(s.idle) < idleReaders && c.c.AutoCommit()
	if keep {
		s.idle = append(s.idle, c)
	}
	s.mu.Unlock()
	if !keep {
		_ = c.close() // nothing was written with it
	}
}

// write runs fn in the one writing transaction of the store. It commits if fn and ctx are well, and undoes everything otherwise.
func (s *Store) write(ctx context.Context, op string, fn func(*conn) error) (err error) {
	if s.readOnly {
		return fmt.Errorf("catalog: %s: %s was opened for reading only", op, s.path)
	}
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return fmt.Errorf("catalog: %s: %w", op, ctx.Err())
	}
	c, err := s.writerConn()
	if err != nil {
		return explain(op, s.path, err)
	}
	if err := c.begin(ctx); err != nil {
		return explain(op, s.path, err)
	}
	committed := false
	defer func() {
		if committed {
			return
		}
		// Also reached when fn panics. A connection that cannot roll back is not used again.
		if rerr := c.rollback(); rerr != nil {
			err = errors.Join(err, rerr, c.close())
			s.writer = nil
		}
	}()
	if err := fn(c); err != nil {
		return explain(op, s.path, err)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("catalog: %s: %w", op, err)
	}
	if err := c.commit(); err != nil {
		return explain(op, s.path, err)
	}
	committed = true
	return nil
}

// writerConn returns the writing connection; the caller holds the token.
func (s *Store) writerConn() (*conn, error) {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	if s.writer == nil {
		c, err := dialWriter(s.path)
		if err != nil {
			return nil, err
		}
		s.writer = c
	}
	return s.writer, nil
}
