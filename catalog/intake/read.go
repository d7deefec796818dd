package intake

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source"
	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/inf/seccat"
)

// bufferSize is how much of a file is read at once: large enough that system calls do not count.
const bufferSize = 512 << 10

// read reads files with several workers. found, if not nil, is told of every INF among them that is to be judged, one call at
// a time and in no certain order.
func (im *importer) read(ctx context.Context, jobs []int32, found func(*judged) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var loose []int32
	inner := map[string]int32{}
	for _, i := range jobs {
		if im.tree.files[i].inner {
			inner[im.tree.path(int(i))] = i
		} else {
			loose = append(loose, i)
		}
	}
	tasks := im.open.Tasks(inner)
	var next atomic.Int64
	results := make(chan *judged, 2*im.o.Workers)
	var workers sync.WaitGroup
	for range im.o.Workers {
		workers.Go(func() {
			r := &reader{im: im, sums: seccat.NewQuickSummer(), buf: make([]byte, bufferSize), lost: cancel}
			if found != nil {
				r.found = func(j *judged) { results <- j }
			}
			defer r.close()
			for ctx.Err() == nil {
				switch n := int(next.Add(1) - 1); {
				case n < len(tasks):
					_ = tasks[n].Run(ctx, r.inner(ctx)) // ends with ctx only
				case n < len(tasks)+len(loose):
					r.loose(ctx, loose[n-len(tasks)])
				default:
					return
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
				cancel(failed)
			}
		}
	}
	return context.Cause(ctx)
}

// maxTexts bounds the INF files of archives that are kept in memory until all other files were read, in bytes. Those
// beyond are unpacked once more.
const maxTexts = 64 << 20

// readINFs reads and judges INF files.
func (im *importer) readINFs(ctx context.Context, infs []int32, found func(*judged) error) error {
	var unread []int32
	for _, i := range infs {
		text, ok := im.texts[i]
		if !ok {
			if !im.tree.files[i].problem {
				unread = append(unread, i)
			}
			continue
		}
		delete(im.texts, i)
		if err := ctx.Err(); err != nil {
			return err
		}
		im.result.ParsedINFs++
		if err := found(im.judge(i, text)); err != nil {
			return err
		}
	}
	return im.read(ctx, unread, found)
}

// keepText keeps an INF of an archive until it is judged, if there is room.
func (im *importer) keepText(i int32, text []byte) {
	im.mu.Lock()
	defer im.mu.Unlock()
	if im.textSize+len(text) > maxTexts {
		return
	}
	if im.texts == nil {
		im.texts = map[int32][]byte{}
	}
	im.texts[i], im.textSize = text, im.textSize+len(text)
}

// reader is one worker's scratch space.
type reader struct {
	im     *importer
	sums   *seccat.Summer
	buf    []byte
	found  func(*judged) // nil while INF files are not judged yet
	lost   func(error)   // ends the reading: no other file fares better
	root   *os.Root      // the folder that was read from last: opening by name alone spares a system call for each level
	folder int32
}

// open opens a file of the source. The root, or base, refuses a path that was exchanged for a link out of the source meanwhile.
func (r *reader) open(i int32) (looseFile, error) {
	if r.im.root == nil {
		return r.im.openBase(i)
	}
	f := &r.im.tree.files[i]
	if r.root == nil || r.folder != f.folder {
		r.close()
		root, err := r.im.root.OpenRoot(r.im.tree.folders[f.folder].path)
		if err != nil {
			return nil, err
		}
		r.root, r.folder = root, f.folder
	}
	fh, err := r.root.Open(f.name)
	if err != nil {
		return nil, err // no looseFile that holds a nil file
	}
	return fh, nil
}

// looseFile is a file that lies in no archive.
type looseFile interface {
	fs.File
	io.ReaderAt
}

var errNotAnywhere = errors.New("it can only be read in order")

// openBase opens a file of the source's own by its path.
func (im *importer) openBase(i int32) (looseFile, error) {
	name := im.tree.path(int(i))
	if im.root != nil { // takes names that are no Unicode, too
		f, err := im.root.Open(name)
		if err != nil {
			return nil, err
		}
		return f, nil
	}
	f, err := im.base.Open(name)
	if err != nil {
		return nil, err
	}
	loose, ok := f.(looseFile)
	if !ok {
		_ = f.Close() // only read
		return nil, &fs.PathError{Op: "open", Path: name, Err: errNotAnywhere}
	}
	return loose, nil
}

func (r *reader) close() {
	if r.root != nil {
		r.root.Close()
		r.root = nil
	}
}

// loose reads one file of the source's own. The file's record is this worker's alone until all workers are done.
func (r *reader) loose(ctx context.Context, i int32) {
	fh, err := r.open(i)
	if err == nil {
		defer fh.Close()
		if r.im.root != nil {
			err = r.take(ctx, i, fh, fh)
		} else {
			err = r.takeFar(ctx, i, fh)
		}
	}
	r.done(ctx, i, err)
}

// maxFar is the largest file of a base that is read into memory before it is looked at, in bytes.
const maxFar = 4 << 20

// takeFar is take of a file that lies elsewhere. Looking into a program takes many small reads: those are spared the way.
func (r *reader) takeFar(ctx context.Context, i int32, fh looseFile) error {
	size := r.im.tree.files[i].size
	if size > maxFar {
		return r.take(ctx, i, fh, r.im.open.Nearby(fh, size))
	}
	var text bytes.Buffer
	text.Grow(int(size) + bytes.MinRead)
	n, err := io.Copy(&text, io.LimitReader(fh, maxFar+1))
	switch {
	case err != nil:
		return err
	case n > maxFar: // it grew
		return r.take(ctx, i, io.MultiReader(&text, fh), r.im.open.Nearby(fh, size))
	}
	at := bytes.NewReader(text.Bytes())
	return r.take(ctx, i, at, at)
}

// inner reads files of archives, handed over by tasks.
func (r *reader) inner(ctx context.Context) func(int32, io.Reader, *io.SectionReader) error {
	return func(i int32, src io.Reader, at *io.SectionReader) error {
		var err error
		if at != nil {
			err = r.take(ctx, i, src, at)
		} else {
			err = r.take(ctx, i, src, nil)
		}
		r.done(ctx, i, err)
		return ctx.Err()
	}
}

// done books a file that was read, or could not be.
func (r *reader) done(ctx context.Context, i int32, err error) {
	im := r.im
	im.o.Meter.FilesDone.Add(1)
	atomic.AddInt64(&im.result.HashedFiles, 1)
	if err != nil && ctx.Err() == nil {
		if lost := im.lost(err); lost != nil {
			r.lost(lost)
			return
		}
		f := &im.tree.files[i]
		f.problem = true
		f.state, f.why, f.detail = catalog.StateLeftover, "unreadable", reason(err)
		im.problem(unreadable(im.tree.path(int(i)), err))
	}
}

// lost tells whether a file could not be read because nothing of the source can: a server that went away must not make
// unreadable files of all that is on it. Then it is an error of the import.
func (im *importer) lost(err error) error {
	if im.root != nil || archive.Fault(err) != nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return im.alive()
}

// alive asks a source that lies elsewhere for a sign of life.
func (im *importer) alive() error {
	if im.root != nil || im.base == nil {
		return nil
	}
	if _, err := im.base.ReadDir("."); err != nil {
		return fmt.Errorf("the source went away while it was read: %w", err)
	}
	return nil
}

// take reads one file: its hash, and what it is. at may be nil if the file can only be read in order.
func (r *reader) take(ctx context.Context, i int32, src io.Reader, at io.ReaderAt) error {
	im := r.im
	f := &im.tree.files[i]
	if !isINF(f.name) || f.size > maxINF {
		return r.stream(ctx, i, f, src, at)
	}
	text, err := whole(f, src)
	if err != nil {
		return err
	}
	if len(text) > maxINF {
		return r.stream(ctx, i, f, io.MultiReader(bytes.NewReader(text), src), at)
	}
	f.size = int64(len(text))
	f.sha = sha256.Sum256(text)
	f.sums = &digests{sha1: sha1.Sum(text)}
	r.count(f.size)
	switch {
	case r.found != nil:
		atomic.AddInt64(&im.result.ParsedINFs, 1)
		r.found(im.judge(i, text))
	case f.judged:
		im.keepText(i, text)
	}
	return nil
}

// whole reads a file that is kept in memory: up to one byte more than an INF may have.
func whole(f *file, src io.Reader) ([]byte, error) {
	text := make([]byte, max(0, f.size)+1) // one more, to see a file that grew
	n, err := io.ReadFull(src, text)
	text = text[:n]
	switch {
	case err == nil: // it grew meanwhile, or its size is not known: take what is there now
		rest, err := io.ReadAll(io.LimitReader(src, maxINF+1-int64(n)))
		return append(text, rest...), err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return text[:n:n], nil
	}
	return nil, err
}

// stream hashes a file in pieces, recognises setup programs and the usual leftovers by their first bytes, and takes down
// what a PE image says of itself.
func (r *reader) stream(ctx context.Context, i int32, f *file, src io.Reader, at io.ReaderAt) error {
	n, err := io.ReadFull(src, r.buf[:headSize])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	head := r.buf[:n]
	f.why, f.detail = source.LeftoverReason(f.name, head)
	f.der = n > 0 && head[0] == derSequence
	rest := io.MultiReader(bytes.NewReader(bytes.Clone(head)), src)
	if f.inner && f.der && f.size <= maxKeptCatalog && strings.EqualFold(filepath.Ext(f.name), ".cat") {
		var text bytes.Buffer
		err := r.digest(ctx, i, f, io.TeeReader(rest, &text), at)
		if err == nil {
			r.im.keepCatalog(i, text.Bytes())
		}
		return err
	}
	if at == nil && isProgram(head) {
		return r.im.open.Whole(rest, func(s *io.SectionReader) error {
			return r.digest(ctx, i, f, io.NewSectionReader(s, 0, s.Size()), s)
		})
	}
	return r.digest(ctx, i, f, rest, at)
}

// headSize is how much of a file tells what to do with it.
const headSize = 4096

func isProgram(head []byte) bool { return len(head) > 1 && head[0] == 'M' && head[1] == 'Z' }

// digest reads a file to its end.
func (r *reader) digest(ctx context.Context, i int32, f *file, src io.Reader, at io.ReaderAt) error {
	r.sums.Reset()
	var size int64
	for {
		n, err := src.Read(r.buf)
		r.sums.Write(r.buf[:n])
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
	sums := r.sums.Sums()
	f.sha, f.sums = sums.SHA256, digestsOf(sums, at)
	if at != nil && mayBeSetup(f.name) {
		if info, ok := source.Recognise(f.name, at, size); ok {
			f.setup = true
			r.im.foundSetup(i, info)
		}
	}
	f.state = catalog.StateLeftover
	return nil
}

// digestsOf puts together by what a file is known; at may be nil for a file that is no PE image.
func digestsOf(s seccat.Sums, at io.ReaderAt) *digests {
	d := &digests{sha1: s.SHA1}
	if s.IsPE && at != nil {
		if d.image = source.ReadImage(at, s.Size); d.image == nil {
			d.image = &catalog.Image{}
		}
		d.image.SHA1, d.image.SHA256 = s.PESHA1, s.PESHA256
	}
	return d
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
	if fault := archive.Fault(err); fault != nil {
		p.Code, p.Advice = "archive-damaged", "get the archive again from the vendor; the rest of the source is in the catalog"
		if errors.Is(err, archive.ErrEncrypted) {
			p.Code, p.Advice = "archive-encrypted", "unpack the archive with the vendor's password, then import the folder"
		}
	}
	if errors.Is(err, source.ErrDefect) {
		p.Code, p.Advice = source.ProblemArchiveDefect, source.AdviceDefect
	}
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
