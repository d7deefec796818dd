package installshield

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/installshield/explode"
)

const (
	threeMark = 0x8C655D13
	threeLen  = 0xFF // the header and what is left free behind it: data follows

	maxThreeParts = 255
)

// Flags of an archive and of its files.
const (
	threeParts    = 3     // of an archive: it comes in parts
	threeStored   = 0x10  // of a file: not compressed
	threeRemoved  = 0x20  // of a file: no longer there
	threeContinue = 0x100 // of a file: it lies in several parts
)

// three is an archive of InstallShield 3, maybe in parts.
type three struct {
	in     archive.Input
	stem   string // of the names of the parts: _setup for _setup.1
	number int    // of in among the parts, from 1
	parts  bool
	list   []threeFile

	mu     sync.Mutex
	opened map[int]*threePart
}

type threePart struct {
	in  archive.Input
	end int64 // where its data ends
	err error
}

type threeFile struct {
	at, packed, size int64
	flags            uint16
	first, last      int // parts
}

// openThree lists the files of an archive. The first part of several has the whole list with the right places.
func openThree(in archive.Input, l archive.Limits) (archive.Reader, error) {
	h, err := threeHeader(in)
	if err != nil {
		return nil, err
	}
	t := &three{in: in, stem: strings.TrimSuffix(in.Name, path.Ext(in.Name)), number: 1, opened: map[int]*threePart{}}
	if t.parts = h.u16(10)&threeParts != 0; t.parts && h.u8(31) > 0 {
		t.number = int(h.u8(31))
	}
	source := in
	if t.number > 1 {
		if source, err = in.Open(t.partName(1)); err != nil {
			return nil, missing(t.partName(1), err)
		}
		if h, err = threeHeader(source); err != nil {
			return nil, err
		}
	}
	entries, err := t.read(source, h, l)
	if err != nil {
		return nil, err
	}
	// All parts are looked for now, so that whoever gave the folder learns what belongs to the archive.
	for n := 1; t.parts && n <= maxThreeParts && t.part(n).err == nil; n++ {
	}
	return &files{kind: "installshield 3", entries: entries, decode: t.decode, section: t.section}, nil
}

func missing(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", archive.ErrMissingPart, name)
	}
	return fmt.Errorf("%s: %w", name, err)
}

func threeHeader(in archive.Input) (*table, error) {
	b := make([]byte, 64)
	if n, err := in.ReadAt(b, 0); n < len(b) {
		return nil, cut(err)
	}
	h := &table{b: b}
	if h.u32(0) != threeMark {
		return nil, archive.ErrFormat
	}
	if h.u8(4) != 0x3A {
		return nil, fmt.Errorf("%w: a header of %d bytes", archive.ErrUnsupported, h.u8(4))
	}
	return h, nil
}

func (t *three) partName(n int) string { return t.stem + "." + strconv.Itoa(n) }

// read reads the two lists: folders, then files.
func (t *three) read(in archive.Input, h *table, l archive.Limits) ([]archive.Entry, error) {
	dirsAt, dirs, filesAt, count := int64(h.u32(41)), int(h.u16(49)), int64(h.u32(51)), int(h.u16(12))
	start := min(dirsAt, filesAt)
	if start > in.Size {
		return nil, corrupt("the list of files lies behind the end, at %d", start)
	}
	if in.Size-start > l.Memory/4 {
		return nil, fmt.Errorf("%w: a list of %d bytes", archive.ErrLimit, in.Size-start)
	}
	if count > l.Entries {
		return nil, fmt.Errorf("%w: %d files", archive.ErrLimit, count)
	}
	list := &table{b: make([]byte, in.Size-start)}
	if n, err := in.ReadAt(list.b, start); n < len(list.b) {
		return nil, cut(err)
	}
	var folders []string
	for at := dirsAt - start; len(folders) < dirs && !list.outside; {
		folders = append(folders, slashes(narrowText(list.at(at+6, int(list.u16(at+4))))))
		at += max(1, int64(list.u16(at+2)))
	}
	var entries []archive.Entry
	for at, i := filesAt-start, 0; i < count && !list.outside; i++ {
		f := threeFile{
			last: int(list.u8(at)), size: int64(list.u32(at + 3)), packed: int64(list.u32(at + 7)), at: int64(list.u32(at + 11)),
			flags: list.u16(at + 25), first: int(list.u8(at + 28)),
		}
		folder, date, clock := int(list.u16(at+1)), list.u16(at+15), list.u16(at+17)
		name := slashes(narrowText(list.at(at+30, int(list.u8(at+29)))))
		at += max(1, int64(list.u16(at+23)))
		if f.flags&threeRemoved != 0 || list.outside {
			continue
		}
		if folder < len(folders) {
			name = join(folders[folder], name)
		}
		t.list = append(t.list, f)
		entries = append(entries, archive.Entry{Name: name, Size: f.size, Packed: f.packed, ModTime: dosTime(date, clock), Block: len(entries)})
	}
	if list.outside {
		return nil, corrupt("the list of %d files is cut short", count)
	}
	return entries, nil
}

func (t *three) part(n int) *threePart {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.opened[n]
	if p == nil {
		p = t.openPart(n)
		t.opened[n] = p
	}
	return p
}

func (t *three) openPart(n int) *threePart {
	p := &threePart{in: t.in}
	if n != t.number {
		if p.in, p.err = t.in.Open(t.partName(n)); p.err != nil {
			p.err = missing(t.partName(n), p.err)
			return p
		}
	}
	h, err := threeHeader(p.in)
	if err != nil {
		p.err = corrupt("%s is no part of the archive", t.partName(n))
		return p
	}
	p.end = min(int64(h.u32(41)), p.in.Size)
	return p
}

// spans finds the places of a file's data.
func (t *three) spans(f *threeFile) ([]*io.SectionReader, error) {
	n := t.number
	if t.parts {
		n = max(1, f.first)
	}
	p := t.part(n)
	if p.err != nil {
		return nil, p.err
	}
	if !t.parts || f.flags&threeContinue == 0 {
		at := min(f.at, p.in.Size)
		return []*io.SectionReader{io.NewSectionReader(p.in, at, min(f.packed, p.in.Size-at))}, nil
	}
	var list []*io.SectionReader
	at, left := f.at, f.packed
	for {
		size := min(left, p.end-at)
		if size > 0 {
			list = append(list, io.NewSectionReader(p.in, at, size))
			left -= size
		}
		if n++; left == 0 || n > f.last {
			return list, nil
		}
		if p = t.part(n); p.err != nil {
			return nil, p.err
		}
		at = threeLen
	}
}

func (t *three) decode(i int) (io.Reader, error) {
	f := &t.list[i]
	list, err := t.spans(f)
	if err != nil {
		return nil, err
	}
	src := &spanReader{list: list}
	if f.flags&threeStored != 0 {
		return newExact(src, f.size), nil
	}
	return exploded(src, f.size), nil
}

func (t *three) section(i int) *io.SectionReader {
	f := &t.list[i]
	if f.flags&threeStored == 0 {
		return nil
	}
	list, err := t.spans(f)
	if err != nil || len(list) != 1 || list[0].Size() != f.size {
		return nil
	}
	return list[0]
}

// exploded decodes a file that is as long as it was told to be.
func exploded(src io.Reader, size int64) io.Reader {
	return newExact(archive.Damaged(explode.NewReader(src)), size)
}
