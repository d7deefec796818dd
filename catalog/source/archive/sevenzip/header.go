package sevenzip

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf16"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// The numbers of the properties that a header is made of.
const (
	idEnd = iota
	idHeader
	idArchiveProperties
	idAdditionalStreams
	idMainStreams
	idFiles
	idPackInfo
	idUnpackInfo
	idSubStreams
	idSize
	idCRC
	idFolder
	idUnpackSize
	idNumStreams
	idEmptyStream
	idEmptyFile
	idAnti
	idNames
	idCTime
	idATime
	idMTime
	idAttributes
	idComment
	idEncodedHeader
)

// Limits of a folder, those of 7-Zip itself.
const (
	maxCoders  = 32
	maxStreams = 32
)

// coder is one decoder of a folder.
type coder struct {
	method uint64
	inputs int
	props  []byte
	size   int64 // of its output
	first  int   // the number of its first input
}

// folder is what is compressed together.
type folder struct {
	coders  []coder
	bound   map[int]int // which coder feeds which input
	packed  []int       // which inputs are fed from the archive, in the order of the packed streams
	main    int         // the coder whose output is the folder's
	sum     sum
	stream  int // its first packed stream
	pieces  []piece
	offsets []int64 // where each packed stream lies, from the start of all
}

// piece is a file with data inside a folder.
type piece struct {
	size int64
	sum  sum
}

// streams is what a header says about the packed data.
type streams struct {
	position int64
	packed   []int64 // sizes
	folders  []folder
}

// streams reads the description of packed data, after its number.
func (s *scanner) streams(entries int) (st streams, err error) {
	for {
		switch id := s.number(); {
		case s.bad:
			return st, errHeader
		case id == idEnd:
			return st, st.place()
		case id == idPackInfo:
			s.packInfo(&st)
		case id == idUnpackInfo:
			s.unpackInfo(&st)
		case id == idSubStreams:
			if err := s.subStreams(&st, entries); err != nil {
				return st, err
			}
		default:
			return st, errHeader
		}
	}
}

func (s *scanner) packInfo(st *streams) {
	st.position = s.size()
	n := s.count()
	for !s.bad {
		switch s.number() {
		case idEnd:
			if len(st.packed) != n {
				s.bad = true
			}
			return
		case idSize:
			st.packed = make([]int64, n)
			for i := range st.packed {
				st.packed[i] = s.size()
			}
		case idCRC:
			s.sums(n)
		default:
			s.bad = true
		}
	}
}

func (s *scanner) unpackInfo(st *streams) {
	if s.number() != idFolder {
		s.bad = true
	}
	n := s.count()
	if s.byte() != 0 || s.bad { // elsewhere: no program writes that
		s.bad = true
		return
	}
	for range n {
		f, ok := s.folder()
		if !ok || s.bad {
			s.bad = true
			return
		}
		st.folders = append(st.folders, f)
	}
	if s.number() != idUnpackSize {
		s.bad = true
	}
	for i := range st.folders {
		for c := range st.folders[i].coders {
			st.folders[i].coders[c].size = s.size()
		}
	}
	for !s.bad {
		switch s.number() {
		case idEnd:
			for i := range st.folders {
				f := &st.folders[i]
				f.pieces = []piece{{f.size(), f.sum}}
			}
			return
		case idCRC:
			for i, v := range s.sums(len(st.folders)) {
				st.folders[i].sum = v
			}
		default:
			s.bad = true
		}
	}
}

// size is what the folder unpacks to.
func (f *folder) size() int64 { return f.coders[f.main].size }

// folder reads how the decoders of a folder are bound to each other.
func (s *scanner) folder() (f folder, ok bool) {
	n := s.count()
	if n == 0 || n > maxCoders {
		return f, false
	}
	inputs := 0
	for range n {
		c := coder{inputs: 1, first: inputs}
		flags := s.byte()
		for _, b := range s.bytes(uint64(flags & 15)) {
			c.method = c.method<<8 | uint64(b)
		}
		if flags&15 > 8 || flags&0xC0 != 0 {
			return f, false
		}
		if flags&0x10 != 0 {
			in, out := s.number(), s.number()
			if in == 0 || in > maxStreams || out != 1 {
				return f, false
			}
			c.inputs = int(in)
		}
		if flags&0x20 != 0 {
			c.props = s.bytes(s.number())
		}
		if inputs += c.inputs; inputs > maxStreams {
			return f, false
		}
		f.coders = append(f.coders, c)
	}
	f.bound = map[int]int{}
	used := make([]bool, n)
	for range n - 1 {
		in, out := s.number(), s.number()
		if s.bad || in >= uint64(inputs) || out >= uint64(n) || used[out] {
			return f, false
		}
		if _, twice := f.bound[int(in)]; twice {
			return f, false
		}
		f.bound[int(in)], used[out] = int(out), true
	}
	for i, u := range used {
		if !u {
			f.main = i
		}
	}
	if free := inputs - (n - 1); free == 1 {
		for in := range inputs {
			if _, ok := f.bound[in]; !ok {
				f.packed = []int{in}
			}
		}
	} else {
		for range free {
			in := s.number()
			if s.bad || in >= uint64(inputs) {
				return f, false
			}
			f.packed = append(f.packed, int(in))
		}
	}
	return f, !s.bad && f.reaches(f.main, 0) == n
}

// reaches counts the decoders that feed one, itself included. In a circle it counts too many.
func (f *folder) reaches(c, depth int) int {
	if depth > maxCoders {
		return maxCoders + 1
	}
	n := 1
	for in := f.coders[c].first; in < f.coders[c].first+f.coders[c].inputs; in++ {
		if from, ok := f.bound[in]; ok {
			n += f.reaches(from, depth+1)
		}
	}
	return n
}

// subStreams reads which files a folder unpacks to.
func (s *scanner) subStreams(st *streams, entries int) error {
	counts := make([]int, len(st.folders))
	for i := range counts {
		counts[i] = 1
	}
	id := s.number()
	if id == idNumStreams {
		total := uint64(0)
		for i := range counts {
			n := s.number()
			if total += n; n > uint64(entries) || total > uint64(entries) {
				return tooMany(entries)
			}
			counts[i] = int(n)
		}
		id = s.number()
	}
	for i := range st.folders {
		f := &st.folders[i]
		f.pieces = nil
		left := f.size()
		for k := range counts[i] {
			p := piece{size: left}
			if k < counts[i]-1 {
				if id != idSize {
					return errHeader
				}
				p.size = s.size()
			} else if counts[i] == 1 {
				p.sum = f.sum
			}
			if left -= p.size; s.bad || left < 0 {
				return errHeader
			}
			f.pieces = append(f.pieces, p)
		}
	}
	if id == idSize {
		id = s.number()
	}
	for ; !s.bad && id != idEnd; id = s.number() {
		if id != idCRC {
			return errHeader
		}
		var missing []*sum
		for i := range st.folders {
			f := &st.folders[i]
			if len(f.pieces) == 1 && f.sum.ok {
				continue
			}
			for k := range f.pieces {
				missing = append(missing, &f.pieces[k].sum)
			}
		}
		for i, v := range s.sums(len(missing)) {
			*missing[i] = v
		}
	}
	if s.bad {
		return errHeader
	}
	return nil
}

func tooMany(entries int) error {
	return fmt.Errorf("%w: more than %d entries", archive.ErrLimit, entries)
}

// place finds out where the packed streams of each folder lie.
func (st *streams) place() error {
	next, at := 0, st.position
	for i := range st.folders {
		f := &st.folders[i]
		f.stream = next
		for range f.packed {
			if next == len(st.packed) {
				return errHeader
			}
			f.offsets = append(f.offsets, at)
			if at += st.packed[next]; at < 0 {
				return errHeader
			}
			next++
		}
	}
	return nil
}

// packedSize is what a folder takes in the archive.
func (st *streams) packedSize(f *folder) (n int64) {
	for _, size := range st.packed[f.stream : f.stream+len(f.packed)] {
		n += size
	}
	return n
}

// listing is what a header tells.
type listing struct {
	streams streams
	entries []archive.Entry
	places  []place
}

// place is where the data of an entry are: which file of its folder, -1 if it has none.
type place struct{ piece int }

// header reads a header that is not packed.
func (s *scanner) header(l archive.Limits) (h listing, err error) {
	for {
		switch id := s.number(); {
		case s.bad:
			return h, errHeader
		case id == idEnd:
			return h, nil
		case id == idArchiveProperties:
			for s.number() != idEnd && !s.bad {
				s.bytes(s.number())
			}
		case id == idAdditionalStreams:
			if _, err := s.streams(l.Entries); err != nil {
				return h, err
			}
		case h.entries != nil && (id == idMainStreams || id == idFiles):
			return h, errHeader // the files have their places already
		case id == idMainStreams:
			if h.streams, err = s.streams(l.Entries); err != nil {
				return h, err
			}
		case id == idFiles:
			if err := s.files(&h, l); err != nil {
				return h, err
			}
		default:
			return h, errHeader
		}
	}
}

// files reads the names and attributes of the files.
func (s *scanner) files(h *listing, l archive.Limits) error {
	count := s.number()
	switch {
	case s.bad || count*2 > uint64(len(s.b)): // a name takes two bytes at least
		return errHeader
	case count > uint64(l.Entries), int64(count)*entryCost > l.Memory:
		return tooMany(l.Entries)
	}
	n := int(count)
	h.entries, h.places = make([]archive.Entry, n), make([]place, n)
	empty, file, anti := make([]bool, n), []bool(nil), []bool(nil)
	empties := 0
	for !s.bad {
		id := s.number()
		if id == idEnd {
			break
		}
		p := &scanner{b: s.bytes(s.number())}
		switch id {
		case idEmptyStream:
			empty = p.bits(n)
			empties = 0
			for _, e := range empty {
				if e {
					empties++
				}
			}
		case idEmptyFile:
			file = p.bits(empties)
		case idAnti:
			anti = p.bits(empties)
		case idNames:
			p.names(h.entries)
		case idMTime:
			p.each(n, func(i int) { h.entries[i].ModTime, _ = archive.FileTime(p.uint64()) })
		case idAttributes:
			p.each(n, func(i int) { h.entries[i].Mode = mode(p.uint32()) })
		}
		s.bad = s.bad || p.bad
	}
	if s.bad {
		return errHeader
	}
	return h.assign(empty, file, anti)
}

// entryCost is about what an entry takes in memory beside its name.
const entryCost = 200

// each calls fn for each of n things that has a value.
func (s *scanner) each(n int, fn func(i int)) {
	defined := s.defined(n)
	if s.byte() != 0 {
		s.bad = true
	}
	for i, ok := range defined {
		if ok && !s.bad {
			fn(i)
		}
	}
}

func (s *scanner) names(entries []archive.Entry) {
	if s.byte() != 0 {
		s.bad = true
	}
	var u []uint16
	for i := range entries {
		for u = u[:0]; ; {
			b := s.bytes(2)
			if b == nil {
				return
			}
			c := binary.LittleEndian.Uint16(b)
			if c == 0 {
				break
			}
			u = append(u, c)
		}
		entries[i].Name = strings.ReplaceAll(string(utf16.Decode(u)), `\`, "/")
	}
}

// mode tells what an entry is by its attributes: those of Windows, and in the upper half those of Unix if bit 15 is set.
func mode(a uint32) fs.FileMode {
	const windowsFolder, windowsLink, unix = 0x10, 0x400, 0x8000
	if a&unix != 0 {
		switch a >> 16 & 0xF000 {
		case 0, 0x8000:
		case 0x4000:
			return fs.ModeDir
		case 0xA000:
			return fs.ModeSymlink
		default:
			return fs.ModeIrregular
		}
	}
	switch {
	case a&windowsLink != 0:
		return fs.ModeSymlink
	case a&windowsFolder != 0:
		return fs.ModeDir
	}
	return 0
}

// assign gives each entry that has data its place in the folders.
func (h *listing) assign(empty, file, anti []bool) error {
	block, next, e := 0, 0, 0
	folders := h.streams.folders
	for i := range h.entries {
		entry := &h.entries[i]
		if empty[i] {
			if entry.Mode == 0 && (e >= len(file) || !file[e]) {
				entry.Mode = fs.ModeDir
			}
			if e < len(anti) && anti[e] { // says that something is to be removed
				entry.Mode = fs.ModeIrregular
			}
			e++
			entry.Block, h.places[i].piece = min(block, max(0, len(folders)-1)), -1
			continue
		}
		for block < len(folders) && next == len(folders[block].pieces) {
			block, next = block+1, 0
		}
		if block == len(folders) {
			return errHeader
		}
		f := &folders[block]
		entry.Block, entry.Size, h.places[i].piece = block, f.pieces[next].size, next
		entry.Encrypted = f.encrypted()
		if len(f.pieces) == 1 {
			entry.Packed = h.streams.packedSize(f)
		}
		next++
	}
	return nil
}

func (f *folder) encrypted() bool {
	for _, c := range f.coders {
		if c.method == methodAES {
			return true
		}
	}
	return false
}
