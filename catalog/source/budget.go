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
		return treeLimit(fmt.Sprintf("it claims to unpack to %s; with all archives in it a file of %s may unpack to %s", sizeText(bytes), sizeText(b.size), sizeText(b.total)))
	}
	if b.files+files > budgetFiles {
		return treeLimit(fmt.Sprintf("with all archives in it, it holds more than %d files", budgetFiles))
	}
	if b.archives == budgetArchives {
		return treeLimit(fmt.Sprintf("the file that it lies in holds more than %d archives", budgetArchives))
	}
	b.bytes -= bytes
	b.files += files
	b.archives++
	return nil
}

// treeLimit says why an archive is not opened that no reader objects to. Where one in a file of the source meets a limit, hundreds
// may: only the first is told. It wraps archive.ErrLimit.
type treeLimit string

func (e treeLimit) Error() string { return archive.ErrLimit.Error() + ": " + string(e) }
func (treeLimit) Unwrap() error   { return archive.ErrLimit }

// sizeText is a number of bytes in powers of 1024: "512 bytes", "4.0 TiB".
func sizeText(bytes int64) string {
	if bytes < 1<<10 {
		return fmt.Sprintf("%d bytes", bytes)
	}
	n, unit := float64(bytes), 0
	for n /= 1 << 10; n >= 1<<10; n /= 1 << 10 {
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", n, "KMGTPE"[unit])
}

// more books bytes whose number was not told beforehand.
func (b *budget) more(bytes int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bytes -= bytes; b.bytes < 0 {
		return fmt.Errorf("%w: a file of %s may unpack to %s with all archives in it", archive.ErrLimit, sizeText(b.size), sizeText(b.total))
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
