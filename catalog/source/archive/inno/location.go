package inno

import (
	"time"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// location tells where the bytes of a file lie, and what they must be.
type location struct {
	chunk
	at, size int64 // within the unpacked chunk
	sum      []byte
	kind     sumKind
	modified uint64 // 100 nanoseconds since 1601
	version  uint64
	hasVer   bool
	filter   filter
}

// chunk is a piece of data that is packed as a whole, and of which files are parts.
type chunk struct {
	slice     int
	off       int64 // in the slice, or from the start of the data
	packed    int64
	method    method
	encrypted bool
}

// sumKind is the kind of a checksum.
type sumKind byte

const (
	adler sumKind = iota
	crc
	md5Sum
	sha1Sum
	sha256Sum
)

// sumOf tells which checksum a version keeps of a file, and its length.
func sumOf(ver version) (sumKind, int) {
	switch {
	case ver.atLeast(v(6, 4, 0)):
		return sha256Sum, 32
	case ver.atLeast(v(5, 3, 9)):
		return sha1Sum, 20
	case ver.atLeast(v(4, 2, 0)):
		return md5Sum, 16
	case ver.atLeast(v(4, 0, 1)):
		return crc, 4
	}
	return adler, 4
}

// locationOptions tells where in a location's set of options those are that matter here, and how many there are.
type locationOptions struct {
	hasVer, bzip, utc, calls, encrypted, packed, n int
}

func locationOptionsOf(ver version) locationOptions {
	o := locationOptions{hasVer: -1, bzip: -1, utc: -1, calls: -1, encrypted: -1, packed: -1}
	for _, f := range []struct {
		at *int
		span
	}{
		{&o.hasVer, span{}},
		{nil, span{0, v(6, 4, 3)}}, // no version
		{&o.bzip, span{v(2, 0, 17), v(4, 0, 1)}},
		{&o.utc, span{v(4, 0, 10), 0}},
		{nil, span{v(4, 1, 0), v(6, 4, 3)}}, // uninstaller
		{&o.calls, span{v(4, 1, 8), 0}},
		{nil, span{v(4, 2, 0), v(6, 4, 3)}}, // time is set
		{&o.encrypted, span{v(4, 2, 2), 0}},
		{&o.packed, span{v(4, 2, 5), 0}},
		{nil, span{v(5, 1, 13), v(6, 4, 3)}}, // last of its chunk
		{nil, span{v(5, 5, 7), v(6, 3, 0)}},  // signed
		{nil, span{v(5, 5, 7), v(6, 3, 0)}},  // signed once
	} {
		if !f.has(ver) {
			continue
		}
		if f.at != nil {
			*f.at = o.n
		}
		o.n++
	}
	return o
}

// readLocations reads the second block. The whole of it must fit.
func readLocations(b []byte, t *tables) ([]location, error) {
	ver, n := t.ver, t.header.locations
	at := locationOptionsOf(ver)
	one := &cursor{b: b}
	if n > 0 {
		readLocation(one, t.header, ver, at)
	}
	if size := int64(len(b) - len(one.b)); one.failed || size*int64(n) != int64(len(b)) {
		return nil, errShape
	}
	c := &cursor{b: b}
	out := make([]location, n)
	for i := range out {
		l := readLocation(c, t.header, ver, at)
		if l.slice < 0 || l.off < 0 || l.at < 0 || l.size < 0 || l.packed < 0 || l.at+l.size < 0 {
			return nil, errShape
		}
		out[i] = l
	}
	return out, nil
}

func readLocation(c *cursor, h *header, ver version, at locationOptions) location {
	var l location
	l.slice = int(int32(c.u32()))
	c.skip(4) // last slice
	if ver.before(v(4, 0, 0)) {
		l.slice-- // counted from 1
	}
	l.off = int64(c.wide(ver.atLeast(v(6, 5, 2))))
	if ver.atLeast(v(4, 0, 1)) {
		l.at = int64(c.u64())
	}
	l.size, l.packed = int64(c.wide(ver.atLeast(v(4, 0, 0)))), int64(c.wide(ver.atLeast(v(4, 0, 0))))
	kind, n := sumOf(ver)
	l.kind, l.sum = kind, c.take(n)
	l.modified = c.u64()
	l.version = uint64(c.u32())<<32 | uint64(c.u32())
	set := c.set(at.n)
	if ver.atLeast(v(6, 3, 0)) && ver.before(v(6, 4, 3)) {
		c.skip(1) // signed
	}
	l.hasVer, l.encrypted = set.has(at.hasVer), set.has(at.encrypted)
	l.method = h.compression
	if at.packed >= 0 && !set.has(at.packed) {
		l.method = stored
	}
	if set.has(at.bzip) {
		l.method = bzipped
	}
	if set.has(at.calls) {
		switch {
		case ver.before(v(5, 2, 0)):
			l.filter = callsEverywhere
		case ver.before(v(5, 3, 9)):
			l.filter = callsNear
		default:
			l.filter = callsFlipped
		}
	}
	return l
}

// time is when the file was modified. It is local time where the file was made in older versions; a zone is not stored.
func (l *location) time() time.Time {
	t, _ := archive.FileTime(l.modified)
	return t
}
