package source

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
)

// spool keeps unpacked files that must be read at any place: archives in archives, programs, what a package takes out of a
// solid archive. Small ones stay in memory, the others share one temporary file that no name leads to where the system
// allows that. It is safe for concurrent use.
type spool struct {
	dir string // "": the system's

	mu     sync.Mutex
	memory int64
	free   []*spoolFile // files that nobody writes to at the moment
	all    []*spoolFile
}

type spoolFile struct {
	*os.File
	end int64
}

const (
	spoolSmall  = 1 << 20  // bytes of a file that is kept in memory
	spoolMemory = 32 << 20 // bytes of all of them
)

// keep reads r to its end and returns what it held.
func (s *spool) keep(r io.Reader) (*io.SectionReader, error) {
	var head bytes.Buffer
	n, err := io.Copy(&head, io.LimitReader(r, spoolSmall+1))
	if err != nil {
		return nil, err
	}
	if n <= spoolSmall && s.inMemory(n) {
		return io.NewSectionReader(bytes.NewReader(head.Bytes()), 0, n), nil
	}
	f, err := s.acquire()
	if err != nil {
		return nil, err
	}
	defer s.release(f)
	start := f.end
	w := io.NewOffsetWriter(f.File, start)
	n, err = io.Copy(w, io.MultiReader(&head, r))
	if err != nil {
		return nil, err // the next file takes the place of what was written
	}
	f.end = start + n
	return io.NewSectionReader(f.File, start, n), nil
}

// borrow is keep for the time of one call of fn: the space is used again afterwards.
func (s *spool) borrow(r io.Reader, fn func(*io.SectionReader) error) error {
	f, err := s.acquire()
	if err != nil {
		return err
	}
	defer s.release(f)
	n, err := io.Copy(io.NewOffsetWriter(f.File, f.end), r)
	if err != nil {
		return err
	}
	return fn(io.NewSectionReader(f.File, f.end, n))
}

func (s *spool) inMemory(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.memory+n > spoolMemory {
		return false
	}
	s.memory += n
	return true
}

// acquire gives a file that nobody else writes to.
func (s *spool) acquire() (*spoolFile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		f := s.free[n-1]
		s.free = s.free[:n-1]
		return f, nil
	}
	f, err := os.CreateTemp(s.dir, "drivercat-*.tmp")
	if err != nil {
		return nil, fmt.Errorf("source: make a temporary file: %w", err)
	}
	if runtime.GOOS != "windows" {
		_ = os.Remove(f.Name()) // a killed process leaves nothing behind
	}
	sf := &spoolFile{File: f}
	s.all = append(s.all, sf)
	return sf, nil
}

func (s *spool) release(f *spoolFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, f)
}

// Close forgets everything that was kept.
func (s *spool) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.all {
		_ = f.Close() // nothing is lost with it
		if runtime.GOOS == "windows" {
			_ = os.Remove(f.Name())
		}
	}
	s.all, s.free, s.memory = nil, nil, 0
}
