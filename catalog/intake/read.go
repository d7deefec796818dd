package intake

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source"
)

// bufferSize is how much of a file is read at once: large enough that system calls do not count.
const bufferSize = 512 << 10

// read reads files with several workers. found, if not nil, is told of every INF among them, one call at a time and in no
// certain order.
func (im *importer) read(ctx context.Context, jobs []int32, found func(*judged) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var next atomic.Int64
	results := make(chan *judged, 2*im.o.Workers)
	var workers sync.WaitGroup
	for range im.o.Workers {
		workers.Go(func() {
			r := &reader{im: im, hash: sha256.New(), buf: make([]byte, bufferSize)}
			defer r.close()
			for ctx.Err() == nil {
				n := next.Add(1) - 1
				if n >= int64(len(jobs)) {
					return
				}
				if j := r.file(ctx, jobs[n]); j != nil {
					results <- j
				}
			}
		})
	}
	go func() {
		workers.Wait()
		close(results)
	}()
	var failed error
	for j := range results {
		if failed == nil {
			if failed = found(j); failed != nil {
				cancel()
			}
		}
	}
	if failed != nil {
		return failed
	}
	return ctx.Err()
}

// reader is one worker's scratch space.
type reader struct {
	im     *importer
	hash   hash.Hash
	buf    []byte
	root   *os.Root // the folder that was read from last: opening by name alone spares a system call for each level
	folder int32
}

// open opens a file of the source. The root refuses a path that was exchanged for a link out of the source meanwhile.
func (r *reader) open(f *file) (*os.File, error) {
	if r.root == nil || r.folder != f.folder {
		r.close()
		root, err := r.im.root.OpenRoot(r.im.tree.folders[f.folder].path)
		if err != nil {
			return nil, err
		}
		r.root, r.folder = root, f.folder
	}
	return r.root.Open(f.name)
}

func (r *reader) close() {
	if r.root != nil {
		r.root.Close()
		r.root = nil
	}
}

// file reads one file of the source: its hash, and what it is. It returns the judgement of an INF, nil for other files.
// The file's record is this worker's alone until all workers are done.
func (r *reader) file(ctx context.Context, i int32) *judged {
	im := r.im
	f := &im.tree.files[i]
	path := im.tree.path(int(i))
	var err error
	var text []byte
	if isINF(f.name) && f.size <= maxINF {
		text, err = r.whole(f)
	} else {
		err = r.stream(ctx, i, f)
	}
	im.o.Meter.FilesDone.Add(1)
	atomic.AddInt64(&im.result.HashedFiles, 1)
	if err != nil {
		if ctx.Err() == nil {
			f.problem = true
			f.state, f.why, f.detail = catalog.StateLeftover, "unreadable", reason(err)
			im.problem(unreadable(path, err))
		}
		return nil
	}
	if text == nil {
		return nil
	}
	atomic.AddInt64(&im.result.ParsedINFs, 1)
	return im.judge(i, text)
}

// whole reads and hashes a file that is kept in memory.
func (r *reader) whole(f *file) ([]byte, error) {
	fh, err := r.open(f)
	if err != nil {
		return nil, err
	}
	defer fh.Close()
	text := make([]byte, f.size+1) // one more, to see a file that grew
	n, err := io.ReadFull(fh, text)
	if err == nil && n > maxINF {
		return nil, errGrew
	}
	if err == nil { // it grew meanwhile: take what is there now
		rest, err := io.ReadAll(io.LimitReader(fh, maxINF))
		if err != nil {
			return nil, err
		}
		text = append(text, rest...)
		n = len(text)
	} else if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	text = text[:n:n]
	f.size = int64(n)
	f.sha = sha256.Sum256(text)
	r.count(int64(n))
	return text, nil
}

var errGrew = errors.New("the file is being written to")

// stream hashes a file in pieces and recognises setup programs and the usual leftovers by their first bytes.
func (r *reader) stream(ctx context.Context, i int32, f *file) error {
	fh, err := r.open(f)
	if err != nil {
		return err
	}
	defer fh.Close()
	r.hash.Reset()
	var size int64
	for {
		n, err := fh.Read(r.buf)
		if size == 0 {
			f.why, f.detail = source.LeftoverReason(f.name, r.buf[:min(n, 4096)])
			f.der = n > 0 && r.buf[0] == derSequence
		}
		r.hash.Write(r.buf[:n])
		size += int64(n)
		r.count(int64(n))
		if err == io.EOF || err == nil && n < len(r.buf) && size == f.size {
			break
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	f.size = size
	r.hash.Sum(f.sha[:0])
	if mayBeSetup(f.name) {
		if info, ok := source.Recognise(f.name, fh, size); ok {
			f.setup = true
			r.im.foundSetup(i, info)
		}
	}
	f.state = catalog.StateLeftover
	return nil
}

// count adds bytes to the meters, which the readers share.
func (r *reader) count(n int64) {
	r.im.o.Meter.BytesDone.Add(n)
	atomic.AddInt64(&r.im.result.HashedBytes, n)
}

// mayBeSetup tells which files are looked into for a setup program.
func mayBeSetup(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".exe", ".msi", ".msp", ".com":
		return true
	}
	return false
}

func unreadable(path string, err error) Problem {
	p := Problem{Code: "unreadable", Path: path, Text: reason(err), Advice: "make the file readable and import the source again; the rest of the source is in the catalog"}
	if errors.Is(err, fs.ErrNotExist) {
		p.Code, p.Advice = "vanished", "import the source again when nobody writes to it; the rest of it is in the catalog"
	}
	return p
}

// reason is an error without the path, which is told beside it.
func reason(err error) string {
	var pe *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "vanished while the source was read"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.As(err, &pe):
		return fmt.Sprintf("cannot be read: %v", pe.Err)
	}
	return fmt.Sprintf("cannot be read: %v", err)
}
