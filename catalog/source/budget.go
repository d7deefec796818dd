package source

import (
	"fmt"
	"io"
	"sync"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// Bounds on what one file of the source may unpack to, with all archives in it. Real packages unpack to less than 30 times
// their size.
const (
	budgetFloor    = 4 << 30 // bytes that any archive may unpack to
	budgetRatio    = 200     // times its own size beyond that
	budgetFiles    = 1 << 19
	budgetArchives = 20000
)

// budget is what one file of the source may still unpack to. It is safe for concurrent use.
type budget struct {
	size  int64 // of the file
	total int64

	mu              sync.Mutex
	bytes           int64 // left
	files, archives int   // so far
}

func newBudget(size, floor int64) *budget {
	total := max(floor, budgetRatio*min(size, 1<<50))
	return &budget{size: size, total: total, bytes: total}
}

// take books what an archive says that it unpacks to.
func (b *budget) take(files int, bytes int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if bytes < 0 || bytes > b.bytes {
		return fmt.Errorf("%w: it claims to unpack to %d bytes; with all archives in it a file of %d bytes may unpack to %d", archive.ErrLimit, bytes, b.size, b.total)
	}
	if b.files+files > budgetFiles {
		return fmt.Errorf("%w: with all archives in it, it holds more than %d files", archive.ErrLimit, budgetFiles)
	}
	if b.archives == budgetArchives {
		return fmt.Errorf("%w: the file that it lies in holds more than %d archives", archive.ErrLimit, budgetArchives)
	}
	b.bytes -= bytes
	b.files += files
	b.archives++
	return nil
}

// more books bytes whose number was not told beforehand.
func (b *budget) more(bytes int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bytes -= bytes; b.bytes < 0 {
		return fmt.Errorf("%w: a file of %d bytes may unpack to %d with all archives in it", archive.ErrLimit, b.size, b.total)
	}
	return nil
}

// guard holds what a file unpacks to to the size that its archive tells, or else to the budget.
func (a *Archive) guard(entry int, r io.Reader) io.Reader {
	if size := a.reader.Entries()[entry].Size; size >= 0 {
		return &guarded{r: r, left: size}
	}
	return &metered{r: r, budget: a.budget}
}

// guarded is a file whose size is told.
type guarded struct {
	r    io.Reader
	left int64
}

func (g *guarded) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if int64(len(p)) > g.left {
		p = p[:g.left+1] // one more, to see a file that is longer
	}
	n, err := g.r.Read(p)
	if int64(n) > g.left {
		n, g.left = int(g.left), 0
		return n, fmt.Errorf("%w: it unpacks to more than the archive tells", archive.ErrCorrupt)
	}
	g.left -= int64(n)
	if err == io.EOF && g.left > 0 {
		err = fmt.Errorf("%w: %d bytes are missing at its end", archive.ErrCorrupt, g.left)
	}
	return n, err
}

// metered is a file whose size nobody told.
type metered struct {
	r      io.Reader
	budget *budget
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if over := m.budget.more(int64(n)); over != nil {
		return n, over
	}
	return n, err
}
