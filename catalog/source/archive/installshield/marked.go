package installshield

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

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

// openMarked lists the files behind the mark at a place.
func openMarked(m *image, at int64, l archive.Limits) (*files, error) {
	h := &table{b: make([]byte, markedLen)}
	if n, err := m.in.ReadAt(h.b, at); n < len(h.b) {
		return nil, cut(err)
	}
	read, kind := readMarked, "installshield setup"
	if string(h.b[:len(streamMark)]) == streamMark {
		kind, read = "installshield stream", func(m *image, at int64) (marked, archive.Entry, error) {
			return readStreamed(m, at, 0)
		}
		if h.u32(16) >= streamTimed {
			read = func(m *image, at int64) (marked, archive.Entry, error) { return readStreamed(m, at, streamTimes) }
		}
	}
	count := int(h.u16(14))
	if count > l.Entries {
		return nil, fmt.Errorf("%w: %d files", archive.ErrLimit, count)
	}
	f := &files{kind: kind}
	var list []marked
	at += markedLen
	for i := range count {
		x, e, err := read(m, at)
		if err != nil {
			if i == 0 && !errors.Is(err, archive.ErrCorrupt) {
				return nil, err
			}
			f.ended = fmt.Errorf("after %d of %d files: %w", i, count, err)
			break
		}
		e.Block, e.Packed, e.Size = i, x.packed, x.packed
		if x.deflated {
			e.Size = -1
		}
		list, f.entries = append(list, x), append(f.entries, e)
		at = x.at + x.packed
	}
	f.decode = func(i int) (io.Reader, error) { return list[i].open(m.in) }
	f.section = func(i int) *io.SectionReader {
		if x := &list[i]; x.flags&(codedWhole|codedBlocks) == 0 && !x.deflated && x.at+x.packed <= m.in.Size {
			return io.NewSectionReader(m.in, x.at, x.packed)
		}
		return nil
	}
	return f, nil
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

// readStreamed reads what is said of a file of a stream. The key is made from the name in UTF-8.
func readStreamed(m *image, at, times int64) (marked, archive.Entry, error) {
	h := &table{b: make([]byte, streamEntry+times)}
	if n, err := m.in.ReadAt(h.b, at); n < len(h.b) {
		return marked{}, archive.Entry{}, cut(err)
	}
	size := int64(h.u32(0))
	if size == 0 || size > maxNameBytes {
		return marked{}, archive.Entry{}, corrupt("a name of %d bytes", size)
	}
	b := make([]byte, size)
	if n, err := m.in.ReadAt(b, at+streamEntry+times); n < len(b) {
		return marked{}, archive.Entry{}, cut(err)
	}
	name, _ := wideText(b)
	if name == "" {
		return marked{}, archive.Entry{}, corrupt("a file without a name")
	}
	x := marked{
		at: at + streamEntry + times + size, packed: int64(h.u32(10)), flags: h.u32(4), deflated: h.u16(22) != 0, key: []byte(name),
	}
	e := archive.Entry{Name: slashes(name)}
	if times > 0 {
		e.ModTime = fileTime(h.u64(streamEntry))
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
	return &deflated{z}, nil
}

// deflated words what is wrong with a zlib stream, which has a checksum of its own.
type deflated struct{ r io.Reader }

func (d *deflated) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	switch {
	case err == nil || errors.Is(err, io.EOF):
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = corrupt("it ends too early")
	default:
		err = corrupt("it cannot be decoded: %v", err)
	}
	return n, err
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
