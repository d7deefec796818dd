package smb

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sync"

	smb2 "github.com/cloudsoda/go-smb2"
)

const (
	// block is what one request reads or writes: more is not taken by Windows servers.
	block = 1 << 20
	// ahead is how many blocks a reader asks for before they are needed, and a writer sends before they are confirmed.
	ahead = 4
)

var blocks = sync.Pool{New: func() any { b := make([]byte, block); return &b }}

// reader is an open file. Its length is what it was when it was opened. Reading goes on after a broken connection if the
// file is still the same. Read and Seek are for one goroutine, ReadAt is for many.
type reader struct {
	t    *Tree
	name string
	info *fileInfo

	mu   sync.Mutex
	link *link
	file *smb2.File
	done bool

	pos   int64
	last  int64      // where the last Read ended
	queue []*pending // blocks that were asked for, in order; the first one starts at or before pos
}

// pending is a block on its way.
type pending struct {
	off  int64
	buf  *[]byte
	n    int
	err  error
	done chan struct{}
}

// Open implements tree.Tree.
func (t *Tree) Open(name string) (fs.File, error) {
	if err := checkName(name); err != nil {
		return nil, t.fail("open", name, err)
	}
	r := &reader{t: t, name: name, last: -1}
	err := t.again(false, func(l *link) error { return r.open(l) }, nil)
	if status(err) == statusDeletePending {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, t.fail("open", name, err)
	}
	return r, nil
}

func (r *reader) open(l *link) error {
	f, err := openFile(l.share, r.t.remote(r.name), accessGenericRead, shareAll, dispositionOpen, optionFile|optionSynchronous)
	if err != nil {
		return err
	}
	info := &fileInfo{FileStat: *statOf(f)}
	info.FileName = path.Base(r.name)
	if r.info != nil && (info.Size() != r.info.Size() || !info.ModTime().Equal(r.info.ModTime())) {
		_ = f.Close()
		return fmt.Errorf("the file changed while it was read")
	}
	if r.info == nil {
		r.info = info // opened again, it is the same; others may be looking at it
	}
	r.link, r.file = l, f
	return nil
}

// Stat implements fs.File.
func (r *reader) Stat() (fs.FileInfo, error) { return r.info, nil }

// handle returns the open file, opened again where the connection broke.
func (r *reader) handle(l *link) (*smb2.File, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done {
		return nil, fs.ErrClosed
	}
	if !r.link.dead() {
		return r.file, nil
	}
	if err := r.open(l); err != nil {
		return nil, err
	}
	return r.file, nil
}

// fetch reads one stretch with one request, if the server gives it all.
func (r *reader) fetch(b []byte, off int64) (n int, err error) {
	err = r.t.again(false, func(l *link) error {
		r.mu.Lock()
		own := r.link
		r.mu.Unlock()
		if !own.dead() {
			l = own
		}
		return l.run(func(l *link) error {
			f, err := r.handle(l)
			if err != nil {
				return err
			}
			n, err = f.ReadAt(b, off)
			return err
		})
	}, nil)
	return n, err
}

// ReadAt implements io.ReaderAt.
func (r *reader) ReadAt(b []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, r.t.fail("read", r.name, fs.ErrInvalid)
	}
	for n < len(b) {
		size := r.info.Size() - off - int64(n)
		if size <= 0 {
			return n, io.EOF
		}
		part := b[n:min(int64(len(b)), int64(n)+min(size, block))]
		m, err := r.fetch(part, off+int64(n))
		n += m
		if err == io.EOF || err == nil && m == 0 {
			return n, io.ErrUnexpectedEOF // it was longer when it was opened
		}
		if err != nil {
			return n, r.t.fail("read", r.name, err)
		}
	}
	return n, nil
}

// Read implements fs.File. From the second call in a row on, it asks for blocks ahead.
func (r *reader) Read(b []byte) (int, error) {
	if r.closed() {
		return 0, r.t.fail("read", r.name, fs.ErrClosed)
	}
	if len(b) == 0 {
		return 0, nil
	}
	if r.pos >= r.info.Size() {
		return 0, io.EOF
	}
	r.fill()
	p := r.queue[0]
	<-p.done
	skip := int(r.pos - p.off)
	if skip >= p.n {
		err := p.err
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		r.drop(len(r.queue))
		return 0, r.t.fail("read", r.name, err)
	}
	n := copy(b, (*p.buf)[skip:p.n])
	r.pos += int64(n)
	r.last = r.pos
	if skip+n == p.n && p.err == nil {
		r.drop(1)
	}
	return n, nil
}

// fill makes sure that the block of pos is on its way, and those behind it where reading goes straight on.
func (r *reader) fill() {
	size := r.info.Size()
	depth := 1
	if r.last == r.pos {
		depth = ahead
	}
	if len(r.queue) > 0 && (r.pos < r.queue[0].off || r.pos >= r.queue[0].off+block) {
		r.drop(len(r.queue))
	}
	next := r.pos
	if len(r.queue) > 0 {
		next = r.queue[len(r.queue)-1].off + block
	}
	for len(r.queue) < depth && next < size {
		p := &pending{off: next, buf: blocks.Get().(*[]byte), done: make(chan struct{})}
		want := min(block, size-next)
		go func() {
			defer close(p.done)
			p.n, p.err = r.fetch((*p.buf)[:want], p.off)
			for p.err == nil && int64(p.n) < want { // servers may give less than they were asked for
				var m int
				m, p.err = r.fetch((*p.buf)[p.n:want], p.off+int64(p.n))
				if p.n += m; m == 0 {
					break
				}
			}
		}()
		r.queue = append(r.queue, p)
		next += block
	}
}

// drop gives the first blocks back.
func (r *reader) drop(n int) {
	for _, p := range r.queue[:n] {
		<-p.done
		blocks.Put(p.buf)
	}
	r.queue = append(r.queue[:0], r.queue[n:]...)
}

// Seek implements io.Seeker.
func (r *reader) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += r.pos
	case io.SeekEnd:
		off += r.info.Size()
	case io.SeekStart:
	default:
		return 0, r.t.fail("seek in", r.name, fs.ErrInvalid)
	}
	if off < 0 {
		return 0, r.t.fail("seek in", r.name, fs.ErrInvalid)
	}
	r.pos = off
	return off, nil
}

func (r *reader) closed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.done
}

// Close implements fs.File.
func (r *reader) Close() error {
	r.drop(len(r.queue))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done {
		return r.t.fail("close", r.name, fs.ErrClosed)
	}
	r.done = true
	err := r.link.run(func(*link) error { return r.file.Close() })
	if errors.Is(err, errBroken) {
		return nil // nothing is lost: it was only read
	}
	return r.t.fail("close", r.name, err)
}
