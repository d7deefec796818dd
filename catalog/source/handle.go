package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
)

// handles keeps files of the base open, not more at a time than systems allow a process: a source may hold thousands of
// archives. It is safe for concurrent use.
type handles struct {
	base Base
	most int

	mu   sync.Mutex
	open []*handle // the one that was opened first in front
}

// mostHandles is less than the 256 or 1024 files that systems allow a process at least.
const mostHandles = 128

// handle is a file of the base that is opened when it is read, and again if it was closed for another one meanwhile.
type handle struct {
	of   *handles
	name string
	info fs.FileInfo // of the first time

	mu sync.RWMutex
	f  fs.File // nil while it is closed
	at io.ReaderAt
}

// errExchanged: a file of the source is not the one that was opened before.
var errExchanged = errors.New("the file changed while it was read")

// ReadAt implements io.ReaderAt.
func (h *handle) ReadAt(p []byte, off int64) (int, error) {
	h.mu.RLock()
	for h.f == nil {
		h.mu.RUnlock()
		if err := h.reopen(); err != nil {
			return 0, err
		}
		h.mu.RLock()
	}
	defer h.mu.RUnlock()
	return h.at.ReadAt(p, off)
}

func (h *handle) reopen() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.f != nil {
		return nil
	}
	f, err := h.of.base.Open(h.name)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	at, ok := f.(io.ReaderAt)
	switch {
	case err != nil:
	case !ok || info.Size() != h.info.Size() || !info.ModTime().Equal(h.info.ModTime()):
		err = fmt.Errorf("%s: %w", h.name, errExchanged)
	}
	if err != nil {
		_ = f.Close() // only read
		return err
	}
	h.f, h.at = f, at
	h.of.keep(h)
	return nil
}

// keep books a file that was opened, and closes others if there are too many. Files that are being read, or opened, are left
// alone: their number is that of the workers.
func (s *handles) keep(h *handle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, h)
	for i := 0; len(s.open) > s.most && i < len(s.open)-1; {
		old := s.open[i]
		if old == h || !old.mu.TryLock() {
			i++
			continue
		}
		_ = old.f.Close() // only read
		old.f, old.at = nil, nil
		old.mu.Unlock()
		s.open = slices.Delete(s.open, i, i+1)
	}
}

// Close closes a file for good.
func (h *handle) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.f == nil {
		return nil
	}
	h.of.mu.Lock()
	h.of.open = slices.DeleteFunc(h.of.open, func(o *handle) bool { return o == h })
	h.of.mu.Unlock()
	err := h.f.Close()
	h.f, h.at = nil, nil
	return err
}
