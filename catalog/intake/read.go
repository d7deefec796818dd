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

// read hashes files and judges INF files with several workers. What the INF files say is stored while the rest is read.
func (im *importer) read(ctx context.Context, w catalog.SourceWriter, jobs []int32) ([]*judged, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var next atomic.Int64
	found := make(chan *judged, 4*im.o.Workers)
	var workers sync.WaitGroup
	for range im.o.Workers {
		workers.Go(func() {
			r := &reader{im: im, hash: sha256.New(), buf: make([]byte, bufferSize)}
			for ctx.Err() == nil {
				n := next.Add(1) - 1
				if n >= int64(len(jobs)) {
					return
				}
				if j := r.file(ctx, jobs[n]); j != nil {
					select {
					case found <- j:
					case <-ctx.Done():
						return
					}
				}
			}
		})
	}
	go func() {
		workers.Wait()
		close(found)
	}()
	var all []*judged
	var failed error
	for j := range found {
		if failed == nil && j.inf != nil {
			if failed = w.PutINF(j.inf, Revision); failed != nil {
				cancel()
			}
			j.inf.IDs = nil // stored; a large source has millions
		}
		all = append(all, j)
	}
	if failed != nil {
		return nil, failed
	}
	return all, ctx.Err()
}

// reader is one worker's scratch space.
type reader struct {
	im   *importer
	hash hash.Hash
	buf  []byte
}

// file reads one file of the source: its hash, and what it is. It returns the judgement of an INF, nil for other files.
// The file's record is this worker's alone until all workers are done.
func (r *reader) file(ctx context.Context, i int32) *judged {
	im := r.im
	f := &im.tree.files[i]
	path := im.tree.path(int(i))
	var err error
	var text []byte
	if isINF := strings.EqualFold(filepath.Ext(f.name), ".inf"); isINF && f.size <= maxINF {
		text, err = r.whole(path, f)
	} else {
		err = r.stream(ctx, path, i, f)
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

// open opens a file of the source. The root refuses a path that was exchanged for a link out of the source meanwhile.
func (im *importer) open(path string) (*os.File, error) { return im.root.Open(path) }

// whole reads and hashes a file that is kept in memory.
func (r *reader) whole(path string, f *file) ([]byte, error) {
	fh, err := r.im.open(path)
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
func (r *reader) stream(ctx context.Context, path string, i int32, f *file) error {
	fh, err := r.im.open(path)
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
		}
		r.hash.Write(r.buf[:n])
		size += int64(n)
		r.count(int64(n))
		if err == io.EOF {
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
