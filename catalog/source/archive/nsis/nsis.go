package nsis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/program"
)

// method is how an installer's data are compressed.
type method int

const (
	stored method = iota
	deflated
	bzipped
	lzmaed
)

func (m method) String() string {
	return [...]string{"stored", "deflate", "bzip2", "lzma"}[m]
}

const (
	firstHeader = 28 // flags, signature, sizes of the header and of the archive
	step        = 512
	packedFlag  = 1 << 31 // of a size: what follows is compressed
)

// The bits of the first header's flags that NSIS knows.
const (
	flagUninstaller = 1 << iota
	flagSilent
	flagNoCRC
	flagForceCRC
	flagsKnown = 1<<iota - 1
)

const signature = "\xEF\xBE\xAD\xDENullsoftInst"

// Archive is an open installer. It implements archive.Reader and archive.Stored.
type Archive struct {
	in         archive.Input
	limits     archive.Limits
	stub       int64 // size of the program in front
	data       archive.Input
	cutBy      int64 // bytes that the file should have and has not
	headerSize uint32
	flags      uint32

	method   method
	solid    bool
	filtered bool  // each stream tells in its first byte whether the filter for x86 code is used
	files    int64 // where files start: in data, or in the decoded stream

	h       *header
	items   []item
	entries []archive.Entry
	version string
}

// Open opens an NSIS installer or uninstaller. Errors wrap those of package archive.
func Open(in archive.Input, l archive.Limits) (archive.Reader, error) {
	a, err := open(in, l.OrDefault())
	if err != nil {
		return nil, err
	}
	return a, nil
}

func open(in archive.Input, l archive.Limits) (*Archive, error) {
	a := &Archive{in: in, limits: l}
	if err := a.find(); err != nil {
		return nil, err
	}
	b, err := a.readHeader()
	if err != nil {
		return nil, fmt.Errorf("read the header of the installer: %w", err)
	}
	if a.h, err = parse(b, l); err != nil {
		return nil, err
	}
	if a.items, err = a.h.items(l); err != nil {
		return nil, err
	}
	a.version = a.readVersion()
	return a, a.list()
}

// find looks for the first header behind the program. It starts at a multiple of 512 bytes.
func (a *Archive) find() error {
	start := int64(0)
	head := make([]byte, step)
	n, err := a.in.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	head = head[:n]
	if !first(head) {
		if !bytes.HasPrefix(head, []byte("MZ")) {
			return archive.ErrFormat
		}
		p := program.Read(a.in, a.in.Size)
		if p == nil || p.Format != "PE" {
			return archive.ErrFormat
		}
		start = p.Overlay &^ (step - 1)
	}
	// How far behind its sections a program may still have something, and how much of that is read at once.
	const ahead, most = 1 << 20, 32 << 10
	chunk := make([]byte, most)
	for at := start; at < min(a.in.Size, start+ahead); at += most {
		n, err := a.in.ReadAt(chunk[:min(most, a.in.Size-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		for i := 0; i < n; i += step {
			if b := chunk[i:min(i+step, n)]; first(b) {
				return a.use(b, at+int64(i))
			}
		}
	}
	return a.findOld(start)
}

// use reads the first header, which lies at a place in the file.
func (a *Archive) use(b []byte, at int64) error {
	a.flags, a.headerSize = u32(b), u32(b[20:])
	size := int64(u32(b[24:]))
	if a.flags&^flagsKnown != 0 {
		return fmt.Errorf("%w: an installer of NSISBI, the variant of NSIS for more than 2 GB", archive.ErrUnsupported)
	}
	if a.headerSize == 0 {
		return corrupt("the installer has no header")
	}
	a.stub = at
	a.cutBy = max(0, at+size-a.in.Size)
	a.data = a.in.Section(at+firstHeader, size-a.cutBy-firstHeader)
	return nil
}

// first reports whether a first header lies at the start of b.
func first(b []byte) bool {
	return len(b) >= firstHeader && string(b[4:20]) == signature && u32(b)&^0xFF == 0 && u32(b[24:]) > firstHeader
}

// findOld tells NSIS 1 apart, whose headers are built in another way.
func (a *Archive) findOld(start int64) error {
	head := make([]byte, 64)
	for at := start; at < min(a.in.Size, start+16*step); at += step {
		if n, _ := a.in.ReadAt(head, at); bytes.Contains(head[:n], []byte("\xEF\xBE\xAD\xDEnsisinstall")) {
			return fmt.Errorf("%w: an installer of NSIS 1", archive.ErrUnsupported)
		}
	}
	return archive.ErrFormat
}

// isLZMA recognises the properties that NSIS compresses with: lc 3, lp 0, pb 2, a dictionary of a multiple of 64 KiB.
func isLZMA(b []byte) bool {
	return b[0] == 0x5D && b[1] == 0 && b[2] == 0 && b[5] == 0 && b[6]&0x80 == 0
}

func filteredLZMA(b []byte) (filtered, ok bool) {
	if isLZMA(b) {
		return false, true
	}
	ok = b[0] <= 1 && isLZMA(b[1:])
	return ok, ok
}

func isBzip2(b []byte) bool { return b[0] == 0x31 && b[1] < 14 }

// readHeader finds out how the data are compressed, which nothing says but their first bytes, and decodes the header:
//
//	header size as it is, then the header      nothing is compressed
//	size with the highest bit, then a stream   each file has a stream of its own
//	a stream that starts with the header size  one stream for everything
func (a *Archive) readHeader() ([]byte, error) {
	sig := make([]byte, 12)
	if n, err := a.data.ReadAt(sig, 0); n < len(sig) {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, corrupt("the file ends behind its first header")
	}
	size := u32(sig)
	if limit := a.limits.Memory / 4; int64(a.headerSize) > limit {
		return nil, fmt.Errorf("%w: a header of %d bytes", archive.ErrLimit, a.headerSize)
	}
	var ok bool
	if a.filtered, ok = filteredLZMA(sig); ok && size != a.headerSize {
		a.method, a.solid = lzmaed, true
	} else if size == a.headerSize {
		a.files = 4 + int64(a.headerSize)
		return a.exactly(io.NewSectionReader(a.data, 4, a.data.Size-4))
	} else if sig[3] == 0x80 {
		a.method = a.guess(sig[4:])
	} else {
		a.solid, a.method = true, deflated
		if isBzip2(sig) {
			a.method = bzipped
		}
	}
	d := a.decoder(a.method, a.limits.Memory/4*3)
	if !a.solid {
		size &^= packedFlag
		a.files = 4 + int64(size)
		d.reset(io.NewSectionReader(a.data, 4, int64(size)))
		return a.exactly(d)
	}
	a.files = 4 + int64(a.headerSize)
	d.reset(io.NewSectionReader(a.data, 0, a.data.Size))
	if _, err := io.ReadFull(d, sig[:4]); err != nil {
		return nil, short(err)
	}
	if u32(sig) != a.headerSize {
		return nil, corrupt("a header of %d bytes where %d are told", u32(sig), a.headerSize)
	}
	return a.exactly(d)
}

// guess tells the method of a stream from its first bytes.
func (a *Archive) guess(b []byte) method {
	filtered, ok := filteredLZMA(b)
	switch {
	case ok:
		a.filtered = filtered
		return lzmaed
	case isBzip2(b):
		return bzipped
	}
	return deflated
}

// exactly reads the header. The memory grows with what is there, not with what is claimed.
func (a *Archive) exactly(r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r, int64(a.headerSize)); err != nil {
		return nil, short(err)
	}
	return b.Bytes(), nil
}

// short turns the end of a stream in the middle of something into what is the matter.
func short(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return corrupt("the data end too early")
	}
	return err
}

// readVersion finds the version in the manifest of the program in front: "Nullsoft Install System v3.08".
func (a *Archive) readVersion() string {
	const mark, most = "Nullsoft Install System v", 32 << 10
	b := make([]byte, most+len(mark)+16)
	for at := int64(0); at < a.stub; at += most {
		n, _ := a.in.ReadAt(b[:min(int64(len(b)), a.stub-at)], at)
		if _, after, ok := bytes.Cut(b[:n], []byte(mark)); ok {
			end := bytes.IndexFunc(after, func(r rune) bool {
				return r != '.' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
			})
			if end > 0 && end <= 16 {
				return strings.TrimRight(string(after[:end]), "-.") // "2.46.5-Unicode"
			}
		}
	}
	return ""
}

// Kind implements archive.Reader.
func (a *Archive) Kind() string {
	if a.version != "" {
		return "nsis " + a.version
	}
	if a.h.layout.family == nsis3 {
		return "nsis 3"
	}
	return "nsis 2"
}

// Entries implements archive.Reader.
func (a *Archive) Entries() []archive.Entry { return a.entries }

// Close implements archive.Reader. Nothing is held open.
func (a *Archive) Close() error { return nil }

// Section implements archive.Stored.
func (a *Archive) Section(i int) *io.SectionReader {
	it := &a.items[i]
	if a.solid || it.empty || it.uninstaller && it.patch != 0 || a.entries[i].Size < 0 {
		return nil
	}
	return io.NewSectionReader(a.data, a.files+int64(it.pos)+4, a.entries[i].Size)
}

// list makes the entries.
func (a *Archive) list() error {
	stub := a.stub > 0 && a.stub < maxStub
	a.entries = make([]archive.Entry, len(a.items))
	var left = a.limits.Memory / 8
	for i := range a.items {
		it := &a.items[i]
		e := archive.Entry{Name: a.h.path(it, stub), Size: -1, ModTime: it.time}
		if left -= int64(len(e.Name)); left < 0 {
			return fmt.Errorf("%w: the names of the files take too much memory", archive.ErrLimit)
		}
		switch {
		case it.empty:
			e.Size = 0
		case !a.solid:
			if size, packed, err := a.sizeAt(a.files + int64(it.pos)); err == nil {
				e.Packed = size
				if !packed && it.patch == 0 {
					e.Size = size
				}
			}
		}
		if !a.solid {
			e.Block = i
		}
		a.entries[i] = e
	}
	return nil
}

// sizeAt reads the size in front of a stream of its own.
func (a *Archive) sizeAt(at int64) (size int64, packed bool, err error) {
	var b [4]byte
	if n, err := a.data.ReadAt(b[:], at); n < len(b) {
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, false, err
		}
		return 0, false, a.cut()
	}
	v := u32(b[:])
	size, packed = int64(v&^packedFlag), v&packedFlag != 0
	if size > a.data.Size-at-4 {
		return size, packed, a.cut()
	}
	return size, packed, nil
}

// cut says that what is looked for lies behind the end of the archive.
func (a *Archive) cut() error {
	return corrupt("the file lies behind the end of the installer, which has %d bytes", a.in.Size)
}

// Verify compares the checksum behind the data, which covers the file from its 512th byte on, with the file. That reads the
// whole file. It is nil if the installer has no checksum, and wraps archive.ErrCorrupt if it is wrong. A signature made
// later does not count: it lies behind the checksum, and what it changes in front before the 512th byte.
func (a *Archive) Verify(ctx context.Context) error {
	if a.flags&flagNoCRC != 0 && a.flags&flagForceCRC == 0 {
		return nil
	}
	if a.cutBy > 0 {
		return corrupt("%d bytes are missing at the end of the installer", a.cutBy)
	}
	end := a.stub + firstHeader + a.data.Size - 4
	if end < step {
		return nil
	}
	sum, left := crc32.NewIEEE(), end-step
	r := io.NewSectionReader(a.in, step, left)
	for left > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.CopyN(sum, r, min(left, 1<<20))
		if left -= n; err != nil {
			return short(err)
		}
	}
	var b [4]byte
	if _, err := a.in.ReadAt(b[:], end); err != nil {
		return short(err)
	}
	if want := u32(b[:]); want != sum.Sum32() {
		return corrupt("the checksum of the installer is %08x, %08x is told", sum.Sum32(), want)
	}
	return nil
}
