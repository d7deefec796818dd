package installshield

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zlib"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// What setup.exe has behind it since version 10 or so: a mark, a number of files, and each file behind what is said of it.
// The newer mark came with version 2013 or so: names in UTF-16 of any length, later with times.
const (
	markedMark   = "InstallShield\x00"
	streamMark   = "ISSetupStream\x00"
	markedLen    = 46
	markedEntry  = 312 // a name of 260 bytes and fields
	streamEntry  = 24
	streamTimes  = 24 // three times, between fields and name
	streamTimed  = 4  // the type of a stream that has them
	maxNameBytes = 2 * maxName
)

// What was done to a file.
const (
	codedWhole  = 2 // changed byte by byte with a key
	codedBlocks = 4 // the key begins anew with every 1,024 bytes
)

// marked is a file behind such a mark.
type marked struct {
	at, packed int64
	flags      uint32
	deflated   bool
	key        []byte
}

// markedList is what was read behind a mark.
type markedList struct {
	files   []marked
	entries []archive.Entry
	end     int64 // where the last file ends
	err     error // why there are not as many files as there should be
}

// readMarkedList reads so many files.
func readMarkedList(m *image, at int64, count int, read func(m *image, at int64) (marked, archive.Entry, error)) *markedList {
	l := &markedList{end: at}
	for i := range count {
		x, e, err := read(m, l.end)
		if err != nil {
			l.err = fmt.Errorf("after %d of %d files: %w", i, count, err)
			break
		}
		e.Block, e.Packed, e.Size = i, x.packed, x.packed
		if x.deflated {
			e.Size = -1
		}
		l.files, l.entries = append(l.files, x), append(l.entries, e)
		l.end = x.at + x.packed
	}
	return l
}

// listMarked lists the files behind the mark at a place.
func listMarked(m *image, at int64, limits archive.Limits) (*markedList, error) {
	h := &table{b: make([]byte, markedLen)}
	if n, err := m.in.ReadAt(h.b, at); n < len(h.b) {
		return nil, cut(err)
	}
	count := int(h.u16(14))
	if count > limits.Entries {
		return nil, fmt.Errorf("%w: %d files", archive.ErrLimit, count)
	}
	at += markedLen
	if string(h.b[:len(streamMark)]) != streamMark {
		return readMarkedList(m, at, count, readMarked), nil
	}
	plain := func(m *image, at int64) (marked, archive.Entry, error) { return readStreamed(m, at, 0) }
	timed := func(m *image, at int64) (marked, archive.Entry, error) { return readStreamed(m, at, streamTimes) }
	// The type tells whether there are times. For types that nobody has seen yet, what makes sense decides.
	kind := h.u32(16)
	if kind >= streamTimed {
		plain, timed = timed, plain
	}
	l := readMarkedList(m, at, count, plain)
	if l.err != nil && kind > streamTimed {
		if other := readMarkedList(m, at, count, timed); other.err == nil {
			return other, nil
		}
	}
	return l, nil
}

// openMarked opens what is behind the mark at a place.
func openMarked(m *image, at int64, limits archive.Limits) (archive.Reader, error) {
	l, err := listMarked(m, at, limits)
	if err != nil {
		return nil, err
	}
	if len(l.files) == 0 && l.err != nil {
		return nil, l.err
	}
	return l.open(m), nil
}

func (l *markedList) open(m *image) *files {
	f := &files{kind: "installshield setup", entries: l.entries, ended: l.err}
	f.decode = func(i int) (io.Reader, error) { return l.files[i].open(m.in) }
	f.section = func(i int) *io.SectionReader {
		if x := &l.files[i]; x.flags&(codedWhole|codedBlocks) == 0 && !x.deflated && x.at+x.packed <= m.in.Size {
			return io.NewSectionReader(m.in, x.at, x.packed)
		}
		return nil
	}
	return f
}

// findMarked looks for a mark further behind the program, with files behind it that all have names and fit.
func findMarked(m *image, at int64, limits archive.Limits) (archive.Reader, error) {
	const reach = 64 << 10
	b := make([]byte, min(reach, max(0, m.stop-at)))
	n, _ := m.in.ReadAt(b, at)
	for _, mark := range []string{streamMark, markedMark} {
		i := bytes.Index(b[:n], []byte(mark))
		if i < 0 {
			continue
		}
		if l, err := listMarked(m, at+int64(i), limits); err == nil && l.err == nil && len(l.files) > 0 && l.end <= m.in.Size {
			return l.open(m), nil
		}
	}
	return nil, archive.ErrFormat
}

// readMarked reads what is said of a file behind the older mark.
func readMarked(m *image, at int64) (marked, archive.Entry, error) {
	h := &table{b: make([]byte, markedEntry)}
	if n, err := m.in.ReadAt(h.b, at); n < len(h.b) {
		return marked{}, archive.Entry{}, cut(err)
	}
	name, _, _ := bytes.Cut(h.b[:260], []byte{0})
	if len(name) == 0 {
		return marked{}, archive.Entry{}, corrupt("a file without a name")
	}
	x := marked{at: at + markedEntry, packed: int64(h.u32(268)), flags: h.u32(260), deflated: h.u16(280) != 0, key: name}
	return x, archive.Entry{Name: slashes(narrowText(name))}, nil
}

// readStreamed reads what is said of a file of a stream, which may have times. The key is made from the name in UTF-8.
func readStreamed(m *image, at, times int64) (marked, archive.Entry, error) {
	h := &table{b: make([]byte, streamEntry+times)}
	if n, err := m.in.ReadAt(h.b, at); n < len(h.b) {
		return marked{}, archive.Entry{}, cut(err)
	}
	size := int64(h.u32(0))
	if size == 0 || size%2 != 0 || size > maxNameBytes {
		return marked{}, archive.Entry{}, corrupt("a name of %d bytes", size)
	}
	b := make([]byte, size)
	if n, err := m.in.ReadAt(b, at+streamEntry+times); n < len(b) {
		return marked{}, archive.Entry{}, cut(err)
	}
	name, _ := wideText(b)
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return marked{}, archive.Entry{}, corrupt("a file without a name")
	}
	x := marked{
		at: at + streamEntry + times + size, packed: int64(h.u32(10)), flags: h.u32(4), deflated: h.u16(22) != 0, key: []byte(name),
	}
	e := archive.Entry{Name: slashes(name)}
	if times > 0 {
		e.ModTime, _ = archive.FileTime(h.u64(streamEntry))
	}
	return x, e, nil
}

// open makes a reader of a file.
func (x *marked) open(in archive.Input) (io.Reader, error) {
	var r io.Reader = io.NewSectionReader(in, x.at, x.packed)
	switch {
	case x.flags&codedBlocks != 0:
		r = &keyed{r: r, key: makeKey(x.key, codedBlock)}
	case x.flags&codedWhole != 0:
		r = &keyed{r: r, key: makeKey(x.key, 8*len(x.key))}
	}
	if !x.deflated {
		return newExact(r, x.packed), nil
	}
	z, err := zlib.NewReader(r)
	if err != nil {
		return nil, corrupt("it cannot be decoded: %v", err)
	}
	return archive.Damaged(z), nil // it has a checksum of its own
}

// keyed turns coded bytes back: halves exchanged, exclusive or with the key, inverted.
type keyed struct {
	r   io.Reader
	key []byte // a multiple of 8 bytes, inverted, from where it begins to where it begins anew
	at  int    // in key
}

const codedBlock = 1024

// makeKey makes the key of n bytes from a name.
func makeKey(name []byte, n int) []byte {
	magic := [4]byte{0x13, 0x35, 0x86, 0x07}
	key := make([]byte, n)
	for i := range key {
		at := i % len(name)
		key[i] = ^(name[at] ^ magic[at%len(magic)])
	}
	return key
}

func (k *keyed) Read(p []byte) (int, error) {
	n, err := k.r.Read(p)
	k.plain(p[:n])
	return n, err
}

func (k *keyed) plain(p []byte) {
	const low = 0x0F0F0F0F0F0F0F0F
	for len(p) > 0 {
		n := min(len(p), len(k.key)-k.at)
		part, key := p[:n], k.key[k.at:k.at+n]
		for len(part) >= 8 && len(key) >= 8 {
			v := binary.LittleEndian.Uint64(part)
			v = v>>4&low | v&low<<4
			binary.LittleEndian.PutUint64(part, v^binary.LittleEndian.Uint64(key))
			part, key = part[8:], key[8:]
		}
		for i, b := range part {
			part[i] = (b>>4 | b<<4) ^ key[i]
		}
		p = p[n:]
		if k.at += n; k.at == len(k.key) {
			k.at = 0
		}
	}
}
