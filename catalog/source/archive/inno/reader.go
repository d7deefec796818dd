package inno

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// Reader is an open installer.
type Reader struct {
	layout
	t       *tables
	limits  archive.Limits
	info    Info
	entries []archive.Entry
	places  []int           // of each entry, the location of its bytes; -1 for folders
	unpack  map[chunk]int64 // the size of what a chunk unpacks to

	mu     sync.Mutex
	opened map[int]openSlice
}

// tablesShare is the part of Limits.Memory that the tables may take: one of them unpacked, and what is made of it.
const tablesShare = 4

// Open opens an installer. It returns ErrFormat for anything else, after reading the headers of a program.
func Open(in archive.Input, l archive.Limits) (archive.Reader, error) {
	l = l.OrDefault()
	where, err := locate(in)
	if err != nil {
		return nil, err
	}
	var mark [versionLen]byte
	if err := readFull(where.in, mark[:], where.tables); err != nil {
		return nil, err
	}
	ver, ok := parseVersion(mark[:])
	switch {
	case !ok:
		return nil, unsupported("a version of Inno Setup, or a variant of it, that does not tell its name")
	case ver.n < oldest:
		return nil, unsupported("Inno Setup " + ver.number())
	}
	t, err := load(where.in, where.tables+versionLen, ver, l)
	if err != nil {
		return nil, err
	}
	r := &Reader{layout: where, t: t, limits: l, opened: map[int]openSlice{}}
	x := textOf(t)
	r.info = infoOf(t, x)
	if base := r.info.BaseName; base != "" && !slices.Contains(r.slices, base) {
		r.slices = append(r.slices, base)
	}
	if err := r.list(x); err != nil {
		return nil, err
	}
	return r, nil
}

// load reads the tables, in the first shape that fits.
func load(in archive.Input, off int64, ver version, l archive.Limits) (*tables, error) {
	if ver.atLeast(v(6, 5, 0)) {
		var err error
		if off, err = skipEncryption(in, off); err != nil {
			return nil, err
		}
	}
	most := l.Memory / tablesShare
	first, next, err := readBlock(in, off, ver, most)
	if err != nil {
		return nil, err
	}
	second, _, err := readBlock(in, next, ver, most)
	if err != nil {
		return nil, err
	}
	var found *tables
	for _, candidate := range ver.candidates() {
		t, err := readTables(first, candidate, l.Entries)
		if err == nil {
			t.locations, err = readLocations(second, t)
		}
		switch {
		case errors.Is(err, errShape):
		case err != nil || t.whole:
			return t, err
		case found == nil && t.used():
			found = t
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%w (%w)", unsupported(ver.text), errShape)
	}
	return found, nil
}

// sizes of the record that stands before the tables since 6.5: whether they are encrypted, and with what.
const encryptionLen = 1 + 16 + 4 + 24 + 4

func skipEncryption(in archive.Input, off int64) (int64, error) {
	b := make([]byte, 4+encryptionLen)
	if err := readFull(in, b, off); err != nil {
		return 0, err
	}
	if err := checkSum(b); err != nil {
		return 0, err
	}
	const all = 2
	if b[4] == all {
		return 0, fmt.Errorf("%w: the whole installer needs a password", archive.ErrEncrypted)
	}
	return off + int64(len(b)), nil
}

// list makes the entries: folders first, then the files chunk by chunk.
func (r *Reader) list(x text) error {
	t := r.t
	taken := map[string]bool{}
	files := nameFiles(t, x)
	for _, it := range files {
		taken[strings.ToLower(it.name)] = true
	}
	for _, d := range t.dirs {
		name := expand(x.decode(d))
		if key := strings.ToLower(name); name != "" && !taken[key] {
			taken[key] = true
			r.entries = append(r.entries, archive.Entry{Name: name, Mode: fs.ModeDir})
			r.places = append(r.places, -1)
		}
	}
	if n := len(r.entries) + len(files); n > r.limits.Entries {
		return fmt.Errorf("%w: the installer has %d files and folders, %d are allowed", archive.ErrLimit, n, r.limits.Entries)
	}
	slices.SortStableFunc(files, func(a, b item) int {
		x, y := &t.locations[a.file.location], &t.locations[b.file.location]
		return cmp.Or(compareChunks(x.chunk, y.chunk), cmp.Compare(x.at, y.at), cmp.Compare(x.size, y.size), cmp.Compare(a.file.location, b.file.location))
	})
	r.unpack = map[chunk]int64{}
	used := map[chunk]int{}
	for i := range t.locations {
		l := &t.locations[i]
		r.unpack[l.chunk] = max(r.unpack[l.chunk], l.at+l.size)
		used[l.chunk]++
	}
	block := -1
	var last chunk
	for _, it := range files {
		l := &t.locations[it.file.location]
		if block < 0 || l.chunk != last {
			block, last = block+1, l.chunk
		}
		e := archive.Entry{Name: it.name, Size: l.size, ModTime: l.time(), Block: block, Encrypted: l.encrypted}
		if used[l.chunk] == 1 {
			e.Packed = l.packed
		}
		r.entries = append(r.entries, e)
		r.places = append(r.places, it.file.location)
	}
	return nil
}

func compareChunks(a, b chunk) int {
	encrypted := func(c chunk) int {
		if c.encrypted {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(a.slice, b.slice), cmp.Compare(a.off, b.off), cmp.Compare(a.packed, b.packed),
		cmp.Compare(a.method, b.method), cmp.Compare(encrypted(a), encrypted(b)))
}

// Kind is "inno" and the version of the tables.
func (r *Reader) Kind() string { return "inno " + r.t.ver.number() }

// Entries lists folders, then files chunk by chunk.
func (r *Reader) Entries() []archive.Entry { return r.entries }

// Setup is what the installer tells of itself.
func (r *Reader) Setup() Info { return r.info }

// Close does nothing: the input belongs to the caller.
func (r *Reader) Close() error { return nil }

// Section returns the bytes of a file that is neither packed nor encrypted and lies in setup.exe.
func (r *Reader) Section(i int) *io.SectionReader {
	if i < 0 || i >= len(r.places) || r.places[i] < 0 || r.data == 0 {
		return nil
	}
	l := &r.t.locations[r.places[i]]
	at := r.data + l.off + int64(len(chunkMark)) + l.at
	if l.method != stored || l.encrypted || l.filter != noFilter || l.slice != 0 ||
		l.at+l.size > l.packed || at < 0 || at > r.in.Size-l.size {
		return nil
	}
	return io.NewSectionReader(r.in, at, l.size)
}
