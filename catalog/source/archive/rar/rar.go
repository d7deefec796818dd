package rar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nwaples/rardecode/v2"
	"golang.org/x/text/encoding/charmap"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// reader is an open archive. It holds nothing that must be closed.
type reader struct {
	kind    string
	name    string
	folder  *folder
	memory  int64
	entries []archive.Entry
	files   []*rardecode.File
}

// Open reads the headers of an archive. The input begins with the archive, and of a split one it is the first volume.
func Open(in archive.Input, l archive.Limits) (archive.Reader, error) {
	l = l.OrDefault()
	mark := make([]byte, len(mark5))
	if n, err := in.ReadAt(mark, 0); n < len(mark4) {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil, archive.ErrFormat
		}
		return nil, err
	}
	r := &reader{kind: "rar", name: in.Name, memory: l.Memory}
	old := strings.HasPrefix(string(mark), mark4)
	switch {
	case old:
		if laterVolume(in) {
			return nil, errLaterVolume
		}
	case string(mark) == mark5:
		r.kind = "rar 5"
	default:
		return nil, archive.ErrFormat
	}
	if r.name == "" {
		r.name = "archive.rar"
	}
	in.Name = r.name
	r.folder = newFolder(in, min(l.Entries, int(l.Memory/headerCost)))
	if err := guard(func() (err error) { r.files, err = rardecode.List(r.name, r.options()...); return err }); err != nil {
		return nil, r.explain(err)
	}
	solid := make(map[int]bool)
	r.entries = make([]archive.Entry, len(r.files))
	block := -1
	for i, f := range r.files {
		if !f.Solid || block < 0 {
			block++
		} else {
			solid[block] = true
		}
		r.entries[i] = entry(f, block, old)
	}
	for i := range r.entries {
		if e := &r.entries[i]; solid[e.Block] {
			e.Packed = 0
		}
	}
	return r, nil
}

func (r *reader) options() []rardecode.Option {
	return []rardecode.Option{rardecode.FileSystem(r.folder), rardecode.MaxDictionarySize(r.memory / 2), rardecode.BufferSize(8 << 10)}
}

var errLaterVolume = fmt.Errorf("%w: this is not the first one", archive.ErrMissingPart)

// headerCost is about what the decoder takes for a header while it reads them.
const headerCost = 2 << 10

// entry is what a header tells.
func entry(f *rardecode.File, block int, old bool) archive.Entry {
	e := archive.Entry{Name: f.Name, Size: f.UnPackedSize, Packed: f.PackedSize, Block: block, Encrypted: f.Encrypted, ModTime: f.ModificationTime}
	if !utf8.ValidString(e.Name) {
		if t, err := charmap.CodePage437.NewDecoder().String(e.Name); err == nil {
			e.Name = t
		}
	}
	e.Name = strings.ReplaceAll(e.Name, `\`, "/")
	if f.UnKnownSize || e.Size < 0 {
		e.Size = -1
	}
	if t := e.ModTime; old && !t.IsZero() { // the clock of the machine that packed; the decoder takes it for this one's
		e.ModTime = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	}
	e.ModTime = e.ModTime.UTC()
	if f.ModificationTime.IsZero() {
		e.ModTime = time.Time{}
	}
	switch unix := f.HostOS == rardecode.HostOSUnix; {
	case f.IsDir:
		e.Mode = fs.ModeDir
	case f.LinkType == rardecode.LinkTypeHardLink, f.LinkType == rardecode.LinkTypeFileCopy:
		e.Mode = fs.ModeIrregular
	case f.LinkType != rardecode.LinkTypeNone, unix && f.Attributes&0xF000 == 0xA000, !unix && f.Attributes&0x400 != 0:
		e.Mode = fs.ModeSymlink
	case unix && f.Attributes&0xF000 != 0 && f.Attributes&0xF000 != 0x8000:
		e.Mode = fs.ModeIrregular
	}
	if e.Mode != 0 {
		e.Size = max(e.Size, 0)
	}
	return e
}

func (r *reader) Kind() string             { return r.kind }
func (r *reader) Entries() []archive.Entry { return r.entries }
func (r *reader) Close() error             { return nil }

// Extract implements archive.Reader.
func (r *reader) Extract(ctx context.Context, want func(int) bool, fn func(int, io.Reader) error) error {
	for from := 0; from < len(r.entries); {
		to := from + 1
		for to < len(r.entries) && r.entries[to].Block == r.entries[from].Block {
			to++
		}
		if err := r.block(ctx, from, to, want, fn); err != nil {
			return err
		}
		from = to
	}
	return ctx.Err()
}

// block extracts from the entries of one block.
func (r *reader) block(ctx context.Context, from, to int, want func(int) bool, fn func(int, io.Reader) error) error {
	var s *row
	defer func() { s.close() }()
	for i := from; i < to; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.entries[i].Mode != 0 || !want(i) {
			continue
		}
		var err error
		switch {
		case r.entries[i].Encrypted:
			err = fn(i, archive.ErrReader(archive.ErrEncrypted))
		case to-from == 1:
			err = r.alone(i, fn)
		default:
			if s == nil {
				s = &row{r: r}
			}
			err = fn(i, s.file(ctx, i))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// alone extracts a file that shares nothing with others.
func (r *reader) alone(i int, fn func(int, io.Reader) error) error {
	var src io.ReadCloser
	if err := guard(func() (err error) { src, err = r.files[i].Open(); return err }); err != nil {
		return fn(i, archive.ErrReader(r.explain(err)))
	}
	defer src.Close()
	return fn(i, &guarded{src: src, r: r, left: r.entries[i].Size})
}

// row reads the archive from its start, file by file.
type row struct {
	r    *reader
	src  *rardecode.ReadCloser
	next int // what Next will go to
	err  error
}

// file goes on to a file and returns its reader.
func (s *row) file(ctx context.Context, i int) io.Reader {
	if s.src == nil && s.err == nil {
		s.err = guard(func() (err error) { s.src, err = rardecode.OpenReader(s.r.name, s.r.options()...); return err })
	}
	for ; s.err == nil && s.next <= i; s.next++ {
		if err := ctx.Err(); err != nil {
			return archive.ErrReader(err)
		}
		s.err = guard(func() error { _, err := s.src.Next(); return err })
	}
	if s.err != nil {
		if s.err == io.EOF {
			s.err = io.ErrUnexpectedEOF
		}
		return archive.ErrReader(s.r.explain(s.err))
	}
	return &guarded{src: s.src, r: s.r, left: s.r.entries[i].Size}
}

func (s *row) close() {
	if s != nil && s.src != nil {
		_ = s.src.Close()
	}
}

// guarded reads a file and says what its errors mean.
type guarded struct {
	src  io.Reader
	r    *reader
	left int64 // -1 if not told
	err  error
}

// Read decodes.
func (g *guarded) Read(p []byte) (n int, err error) {
	if g.err != nil {
		return 0, g.err
	}
	err = guard(func() (err error) { n, err = g.src.Read(p); return err })
	if g.left > 0 {
		g.left = max(0, g.left-int64(n))
	}
	if err == io.EOF && g.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && err != io.EOF {
		err = g.r.explain(err)
	}
	g.err = err
	return n, err
}

// guard calls the decoder. It was not written for data that lie: what makes it index out of its tables is damage.
func guard(fn func() error) (err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("%w: the RAR data make no sense", archive.ErrCorrupt)
		}
	}()
	return fn()
}

// explain says what an error of the decoder means.
func (r *reader) explain(err error) error {
	is := func(list ...error) bool {
		for _, e := range list {
			if errors.Is(err, e) {
				return true
			}
		}
		return false
	}
	switch {
	case is(archive.ErrLimit, archive.ErrCorrupt):
		return err
	case is(rardecode.ErrArchiveEncrypted, rardecode.ErrArchivedFileEncrypted, rardecode.ErrBadPassword):
		return archive.ErrEncrypted
	case is(rardecode.ErrDictionaryTooLarge, rardecode.ErrPlatformIntSize):
		return fmt.Errorf("%w: unpacking takes a dictionary of more than %d MiB", archive.ErrLimit, r.memory>>21)
	case is(rardecode.ErrUnsupportedDecoder, rardecode.ErrUnknownDecoder, rardecode.ErrUnknownVersion, rardecode.ErrUnknownEncryptMethod, rardecode.ErrMultipleDecoders):
		return fmt.Errorf("the compression of this version of RAR is %w", archive.ErrUnsupported)
	case is(fs.ErrNotExist):
		return fmt.Errorf("%w: %s", archive.ErrMissingPart, r.folder.lacks())
	case is(rardecode.ErrBadVolumeNumber):
		return errLaterVolume
	case is(rardecode.ErrBadFileChecksum):
		return fmt.Errorf("%w: the checksum of a file is wrong", archive.ErrCorrupt)
	case is(rardecode.ErrShortFile, rardecode.ErrUnexpectedArcEnd, rardecode.ErrDecoderOutOfData, io.ErrUnexpectedEOF, io.EOF):
		return fmt.Errorf("%w: it ends too early", archive.ErrCorrupt)
	}
	return archive.Classify(err)
}
