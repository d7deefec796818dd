package archive

import (
	"bytes"
	"cmp"
	"crypto/sha1" // what a WIM knows its files by
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"unicode/utf16"
)

// The layout of a WIM: "Windows Imaging File Format (WIM)", Microsoft 2007, and wimlib's header.h.
const (
	wimMagic       = "MSWIM\x00\x00\x00"
	wimHeaderBytes = 208
	wimVersion     = 0x10d00

	wimGUID      = 24
	wimParts     = 40 // two numbers: this part, all parts
	wimTable     = 48 // these five are descriptions of where something lies
	wimXML       = 72
	wimBoot      = 96
	wimBootIndex = 120
	wimIntegrity = 124
	wimUnused    = 148

	wimEntryBytes = 50   // of the table: a description, the part, the count of users, a SHA-1
	wimMetadata   = 0x02 // flags of a description
	wimCompressed = 0x04
	wimSolid      = 0x10 // several files in one stream: no place of their own
	wimSpanned    = 0x08

	maxTableBytes = 64 << 20 // 1.3 million files
	maxXMLBytes   = 1 << 20
)

// resource describes where something lies in a WIM.
type resource struct {
	size     int64 // as it lies there
	flags    byte
	offset   int64
	original int64 // unpacked
}

func readResource(b []byte) resource {
	n := binary.LittleEndian.Uint64(b)
	return resource{
		size: int64(n &^ (0xff << 56)), flags: byte(n >> 56),
		offset: int64(binary.LittleEndian.Uint64(b[8:])), original: int64(binary.LittleEndian.Uint64(b[16:])),
	}
}

func (r resource) put(b []byte) {
	binary.LittleEndian.PutUint64(b, uint64(r.size)|uint64(r.flags)<<56)
	binary.LittleEndian.PutUint64(b[8:], uint64(r.offset))
	binary.LittleEndian.PutUint64(b[16:], uint64(r.original))
}

func (r resource) inside(size int64) bool {
	return r.offset >= 0 && r.size >= 0 && r.original >= 0 && r.offset <= size && r.size <= size-r.offset
}

// blob is an entry of a WIM's table.
type blob struct {
	resource
	raw [wimEntryBytes]byte
}

func (b *blob) sum() [sha1.Size]byte { return [sha1.Size]byte(b.raw[30:]) }

// wim is an opened one.
type wim struct {
	in     io.ReaderAt
	size   int64
	header []byte
	blobs  []blob
	xml    []byte
}

func badWIM(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// openWIM reads what a WIM of one part says about itself.
func openWIM(in io.ReaderAt, size int64) (*wim, error) {
	w := &wim{in: in, size: size, header: make([]byte, wimHeaderBytes)}
	if err := w.read(w.header, 0); err != nil {
		return nil, err
	}
	h := w.header
	switch le := binary.LittleEndian; {
	case string(h[:8]) != wimMagic || le.Uint32(h[8:]) != wimHeaderBytes:
		return nil, badWIM("it is no WIM")
	case le.Uint32(h[12:]) != wimVersion:
		return nil, badWIM("a WIM of version %#x", le.Uint32(h[12:]))
	case le.Uint32(h[wimParts:]) != 1|1<<16:
		return nil, badWIM("a WIM of several parts")
	case le.Uint32(h[wimBootIndex:]) != 0:
		return nil, badWIM("a WIM that can be started")
	}
	table, err := w.plain("table", readResource(h[wimTable:]), maxTableBytes)
	if err != nil {
		return nil, err
	}
	if len(table)%wimEntryBytes != 0 {
		return nil, badWIM("its table has %d bytes", len(table))
	}
	w.blobs = make([]blob, len(table)/wimEntryBytes)
	for i := range w.blobs {
		b := &w.blobs[i]
		b.raw = [wimEntryBytes]byte(table[i*wimEntryBytes:])
		b.resource = readResource(b.raw[:])
		if !b.inside(size) || b.offset < wimHeaderBytes || b.flags&(wimSolid|wimSpanned) != 0 {
			return nil, badWIM("entry %d of its table leads nowhere", i+1)
		}
	}
	w.xml, err = w.plain("description", readResource(h[wimXML:]), maxXMLBytes)
	return w, err
}

func (w *wim) read(b []byte, offset int64) error {
	if n, err := w.in.ReadAt(b, offset); n < len(b) {
		if err == io.EOF {
			return badWIM("it ends too early")
		}
		return err
	}
	return nil
}

// plain reads something that must not be compressed.
func (w *wim) plain(what string, r resource, most int64) ([]byte, error) {
	if !r.inside(w.size) || r.flags&(wimCompressed|wimSolid|wimSpanned) != 0 || r.size != r.original || r.size > most {
		return nil, badWIM("its %s has a place that cannot be", what)
	}
	b := make([]byte, r.size)
	return b, w.read(b, r.offset)
}

// settleWIM writes a WIM anew in an order that the files give, sums being their SHA-1s in order, with an identity that is
// given and without times. Programs write the files in the order in which they find them on the disk. A WIM that lacks one of the
// files, or holds others, is refused.
func settleWIM(to io.Writer, in io.ReaderAt, size int64, sums [][sha1.Size]byte, id [16]byte) error {
	w, err := openWIM(in, size)
	if err != nil {
		return err
	}
	if err := w.order(sums); err != nil {
		return err
	}
	table := make([]byte, 0, len(w.blobs)*wimEntryBytes)
	at := int64(wimHeaderBytes)
	for _, b := range w.blobs {
		moved := b.resource
		moved.offset = at
		moved.put(b.raw[:])
		table = append(table, b.raw[:]...)
		if b.size > math.MaxInt64-at {
			return badWIM("its files are larger than can be")
		}
		at += b.size
	}
	xml := withoutTimes(w.xml)
	h := bytes.Clone(w.header)
	copy(h[wimGUID:], id[:])
	resource{int64(len(table)), readResource(h[wimTable:]).flags, at, int64(len(table))}.put(h[wimTable:])
	resource{int64(len(xml)), readResource(h[wimXML:]).flags, at + int64(len(table)), int64(len(xml))}.put(h[wimXML:])
	clear(h[wimBoot:wimBootIndex])
	clear(h[wimIntegrity:wimUnused]) // it is about bytes that have moved
	if _, err := to.Write(h); err != nil {
		return err
	}
	buf := make([]byte, 1<<20)
	for _, b := range w.blobs {
		n, err := io.CopyBuffer(struct{ io.Writer }{to}, io.NewSectionReader(in, b.offset, b.size), buf)
		if err != nil {
			return err
		}
		if n != b.size {
			return badWIM("it ends too early")
		}
	}
	if _, err := to.Write(table); err != nil {
		return err
	}
	_, err = to.Write(xml)
	return err
}

// order sorts the table by where the first file with that content stands; what is about the image comes last.
func (w *wim) order(sums [][sha1.Size]byte) error {
	empty := sha1.Sum(nil)
	place := make(map[[sha1.Size]byte]int, len(sums))
	for i, s := range sums {
		if _, ok := place[s]; !ok && s != empty { // an empty file has no content to keep
			place[s] = i
		}
	}
	found := 0
	seen := make(map[[sha1.Size]byte]bool, len(w.blobs))
	for _, b := range w.blobs {
		_, ours := place[b.sum()]
		switch {
		case b.flags&wimMetadata != 0:
		case !ours || seen[b.sum()]:
			return badWIM("it holds something that is none of the files")
		default:
			seen[b.sum()] = true
			found++
		}
	}
	if found != len(place) {
		return badWIM("it lacks %d of the files", len(place)-found)
	}
	rank := func(b blob) int {
		if b.flags&wimMetadata != 0 {
			return len(sums)
		}
		return place[b.sum()]
	}
	slices.SortStableFunc(w.blobs, func(a, b blob) int { return cmp.Compare(rank(a), rank(b)) })
	return nil
}

var xmlTime = regexp.MustCompile(`<(HIGHPART|LOWPART)>0x[0-9A-Fa-f]{1,8}</`)

// withoutTimes replaces all times in the description of a WIM, which is UTF-16. They are halves of a count of 100 ns since
// 1601.
func withoutTimes(xml []byte) []byte {
	units := make([]uint16, len(xml)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(xml[2*i:])
	}
	const from1601 = 11644473600 // seconds to 1970
	t := uint64(noTime().Unix()+from1601) * 1e7
	text := xmlTime.ReplaceAllStringFunc(string(utf16.Decode(units)), func(s string) string {
		half := t >> 32
		if s[1] == 'L' {
			half = t & math.MaxUint32
		}
		return fmt.Sprintf("%s0x%08X</", s[:bytes.IndexByte([]byte(s), '>')+1], half)
	})
	out := make([]byte, 0, len(xml))
	for _, u := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}
