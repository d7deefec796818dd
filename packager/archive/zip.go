package archive

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"hash/crc32"
	"io"
	"runtime"
	"sync"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/packager/manifest"
)

const (
	// deflateLevel is where klauspost/compress stops gaining: on drivers level 7 saves 1 % more and takes half as long again.
	deflateLevel = 6
	// worthwhile is the share of a file, one in so many bytes, that deflating must save: below that it is stored as it is, so
	// that it can be read in place and an update of it sends what changed.
	worthwhile = 50
	// inMemory is how much of one packed file is kept in memory; the rest goes to a temporary file.
	inMemory = 8 << 20
	// dosEpoch is 1980-01-01, the first day that a ZIP can tell. It stands for "no time".
	dosEpoch = 1<<5 | 1

	zipVersion20  = 20
	flagUTF8      = 0x800
	flagDescribed = 0x8
)

// writeZip packs several files at once and writes them in order.
func writeZip(ctx context.Context, w io.Writer, files []manifest.File, open Opener, o Options) error {
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	// packed is in the order of the files; each file has a place of its own, so that they can become ready in any order.
	// What is ready and not yet written is bounded by its capacity.
	packed := make(chan chan *packedFile, workers)
	go func() {
		defer close(packed)
		var packers errgroup.Group
		packers.SetLimit(workers)
		for _, f := range files {
			if ctx.Err() != nil {
				break
			}
			place := make(chan *packedFile, 1)
			packed <- place
			packers.Go(func() error {
				defer close(place)
				p, err := pack(ctx, f, open, o)
				if err != nil {
					fail(err)
					return nil
				}
				place <- p
				return nil
			})
		}
		_ = packers.Wait() // they tell by fail
	}()
	out := bufio.NewWriterSize(w, 1<<20)
	zw := zip.NewWriter(out)
	for place := range packed {
		p, ok := <-place
		if !ok {
			continue
		}
		if ctx.Err() == nil {
			if err := p.write(ctx, zw, open); err != nil {
				fail(err)
			}
		}
		p.close()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := zw.Close(); err != nil {
		return err
	}
	return out.Flush()
}

// packedFile is a file that is ready to be written.
type packedFile struct {
	manifest.File
	crc    uint32
	method uint16
	data   *spool // nil: it is read once more
}

func (p *packedFile) close() {
	if p.data != nil {
		p.data.close()
	}
}

// pack reads a file once, checks it, and deflates it if that is worthwhile.
func pack(ctx context.Context, f manifest.File, open Opener, o Options) (*packedFile, error) {
	src, err := open(ctx, f)
	if err != nil {
		return nil, &FileError{f.Path, err}
	}
	defer src.Close()
	p := &packedFile{File: f, method: zip.Deflate, data: &spool{temp: o.Temp, most: o.memory()}}
	var plain *bytes.Buffer
	if f.Size <= o.memory() {
		plain = bytes.NewBuffer(make([]byte, 0, f.Size))
	}
	if err := p.deflate(counted{ctx, src, o}, plain); err != nil {
		p.close()
		return nil, err
	}
	if p.data.size > f.Size-f.Size/worthwhile {
		p.close()
		p.method, p.data = zip.Store, nil
		if plain != nil {
			p.data = &spool{size: f.Size, mem: *plain}
		}
	}
	return p, nil
}

var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(io.Discard, deflateLevel)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

// deflate packs what src gives and checks it. plain, if not nil, keeps it as it is.
func (p *packedFile) deflate(src io.Reader, plain *bytes.Buffer) error {
	d := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(d)
	d.Reset(p.data)
	sum, crc := sha256.New(), crc32.NewIEEE()
	to := []io.Writer{d, sum, crc}
	if plain != nil {
		to = append(to, plain)
	}
	from := &failing{r: io.LimitReader(src, p.Size+1)}
	n, err := copyThrough(io.MultiWriter(to...), from)
	if err == nil {
		err = d.Close()
	}
	switch {
	case from.err != nil:
		return &FileError{p.Path, from.err}
	case err != nil:
		return err
	}
	p.crc = crc.Sum32()
	return check(p.File, n, [32]byte(sum.Sum(nil)))
}

// failing remembers the error of a reader, to tell it from one of the writer.
type failing struct {
	r   io.Reader
	err error
}

func (f *failing) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

// header has nothing in it but what the file itself says.
func (p *packedFile) header() *zip.FileHeader {
	h := &zip.FileHeader{
		Name: p.Path, Method: p.method, CreatorVersion: zipVersion20, ReaderVersion: zipVersion20,
		//lint:ignore SA1019 CreateRaw writes this one; Modified would add a second time in another form
		ModifiedDate: dosEpoch,
		CRC32:        p.crc, UncompressedSize64: uint64(p.Size), CompressedSize64: uint64(p.Size),
	}
	if p.data != nil {
		h.CompressedSize64 = uint64(p.data.size)
	}
	for i := range len(p.Path) {
		if p.Path[i] >= utf8.RuneSelf {
			h.Flags |= flagUTF8
			break
		}
	}
	if h.UncompressedSize64 >= 1<<32-1 || h.CompressedSize64 >= 1<<32-1 {
		// The package zip has no room for such sizes in front of a file, only behind it.
		h.Flags |= flagDescribed
	}
	return h
}

func (p *packedFile) write(ctx context.Context, zw *zip.Writer, open Opener) error {
	w, err := zw.CreateRaw(p.header())
	if err != nil {
		return err
	}
	if p.data != nil {
		return p.data.copyTo(w)
	}
	src, err := open(ctx, p.File)
	if err != nil {
		return &FileError{p.Path, err}
	}
	defer src.Close()
	sum := sha256.New()
	from := &failing{r: counted{ctx, io.LimitReader(src, p.Size+1), Options{}}}
	n, err := copyThrough(io.MultiWriter(w, sum), from)
	switch {
	case from.err != nil:
		return &FileError{p.Path, from.err}
	case err != nil:
		return err
	}
	return check(p.File, n, [32]byte(sum.Sum(nil)))
}

// spool keeps bytes in memory as long as they are few, and in a temporary file otherwise.
type spool struct {
	temp string
	most int64 // bytes in memory
	size int64
	mem  bytes.Buffer
	file *TempFile
}

func (s *spool) Write(b []byte) (int, error) {
	s.size += int64(len(b))
	if s.file == nil && int64(s.mem.Len()+len(b)) <= s.most {
		return s.mem.Write(b)
	}
	if s.file == nil {
		f, err := Temporary(s.temp)
		if err != nil {
			return 0, err
		}
		s.file = f
		if _, err := s.mem.WriteTo(f); err != nil {
			return 0, err
		}
	}
	return s.file.Write(b)
}

func (s *spool) copyTo(w io.Writer) error {
	if s.file == nil {
		_, err := w.Write(s.mem.Bytes())
		return err
	}
	f, err := s.file.Rewind()
	if err != nil {
		return err
	}
	_, err = copyThrough(w, f)
	return err
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
}
