package installshield

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

const cabinetMark = 0x28635349 // "ISc("

// What all files of a set begin with.
const (
	atVersion    = 4
	atDescriptor = 12 // where the descriptor lies in this file
	atDescSize   = 16 // 0 in a file without one
	atVolume     = 20 // what the volume holds: see readVolume
	volumeLen5   = 40
	volumeLen6   = 64
)

const maxVolumes = 1 << 16 // what a file can name

// cabinet is a set of volumes and its header.
type cabinet struct {
	in      archive.Input
	limits  archive.Limits
	prefix  string // of the names of the set: "data" for data1.cab
	number  int    // of in among the volumes; 0 if it is the header
	major   int    // version of InstallShield; 0 is like 5
	header  table  // from the descriptor on
	list    []file
	byIndex map[int]int // where in list a file of that index is, for links
	pool    sync.Pool   // of *inflater

	mu      sync.Mutex
	volumes map[int]*volume
}

// majorVersion is the version of InstallShield that wrote a cabinet.
func majorVersion(v uint32) int {
	switch v >> 24 {
	case 1:
		return int(v >> 12 & 15)
	case 2, 4:
		return int(v&0xFFFF) / 100
	}
	return 0
}

func (c *cabinet) six() bool     { return c.major >= 6 }
func (c *cabinet) unicode() bool { return c.major >= 17 }

// openCabinet finds the header of the set that in belongs to and lists the files.
func openCabinet(in archive.Input, l archive.Limits) (archive.Reader, error) {
	c := &cabinet{in: in, limits: l, volumes: map[int]*volume{}, byIndex: map[int]int{}}
	if err := c.findHeader(); err != nil {
		return nil, err
	}
	f := &files{kind: "installshield cabinet " + strconv.Itoa(max(c.major, 5)), decode: c.decode, section: c.section, release: c.release}
	var err error
	if f.entries, err = c.readList(); err != nil {
		return nil, err
	}
	c.header = table{} // everything is in the list
	// All volumes are looked for now, so that whoever gave the folder learns what belongs to the set.
	for n := 1; n <= maxVolumes && c.volume(n).err == nil; n++ {
	}
	f.beside = c.outside(f.entries)
	return f, nil
}

// outside finds the files that are only listed, because the vendor left them beside the cabinet: they are said to lie where
// their volume ends.
func (c *cabinet) outside(entries []archive.Entry) map[int]string {
	beside := map[int]string{}
	for i := range c.list {
		f := &c.list[i]
		if f.link >= 0 || f.size == 0 {
			continue
		}
		if v, _ := c.home(f); v.err == nil && f.at == uint64(v.in.Size) {
			entries[i].Mode, entries[i].Packed = fs.ModeIrregular, 0
			beside[i] = entries[i].Name[f.label:]
		}
	}
	return beside
}

// findHeader reads the descriptor of the set: from this file if its ending says so, from the file with that ending, from
// this file, or from the first volume.
func (c *cabinet) findHeader() error {
	ext := path.Ext(c.in.Name)
	stem := strings.TrimSuffix(c.in.Name, ext)
	if strings.EqualFold(ext, ".hdr") {
		c.prefix = strings.TrimSuffix(stem, "1")
		return c.readHeader(c.in)
	}
	in, ok, err := c.first(stem, ".hdr")
	if ok {
		return c.readHeader(in)
	}
	if err != nil {
		return err
	}
	err = c.readHeader(c.in)
	if c.number == 1 {
		return err
	}
	in, ok, broken := c.first(stem, ".cab")
	switch {
	case errors.Is(err, archive.ErrMissingPart) && ok:
		return c.readHeader(in)
	case errors.Is(err, archive.ErrMissingPart) && broken != nil:
		return broken
	case err == nil && !ok && strings.HasSuffix(stem, "1"):
		c.prefix, c.number = strings.TrimSuffix(stem, "1"), 1
	}
	return err
}

// first looks for the first file of the set and learns from it where the name ends and the number of the volume begins:
// the last digits number the volume, those before them may belong to the name, as in win641.cab.
func (c *cabinet) first(stem, ext string) (archive.Input, bool, error) {
	const most = 5 // digits of a volume
	digits := min(len(stem)-len(strings.TrimRight(stem, "0123456789")), most)
	for k := digits; k >= 1; k-- {
		c.split(stem, k)
		name := c.prefix + "1" + ext
		in, err := c.in.Open(name)
		if err == nil && isCabinet(in) {
			return in, true, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return archive.Input{}, false, fmt.Errorf("%s: %w", name, err)
		}
	}
	c.split(stem, digits)
	return archive.Input{}, false, nil
}

// split takes the last digits of a name for the number of the volume.
func (c *cabinet) split(stem string, digits int) {
	at := len(stem) - digits
	c.prefix, c.number = stem[:at], 1
	if n, err := strconv.Atoi(stem[at:]); err == nil {
		c.number = n
	}
}

func isCabinet(in archive.Input) bool {
	var b [4]byte
	_, err := in.ReadAt(b[:], 0)
	return err == nil && binary.LittleEndian.Uint32(b[:]) == cabinetMark
}

// readHeader reads the descriptor that lies in a file.
func (c *cabinet) readHeader(in archive.Input) error {
	var b [atVolume + 4]byte
	if n, err := in.ReadAt(b[:], 0); n < len(b) {
		return cut(err)
	}
	c.major = majorVersion(binary.LittleEndian.Uint32(b[atVersion:]))
	at, size := int64(binary.LittleEndian.Uint32(b[atDescriptor:])), int64(binary.LittleEndian.Uint32(b[atDescSize:]))
	if size == 0 {
		return fmt.Errorf("%w: %s1.hdr, which names the files in %s", archive.ErrMissingPart, c.prefix, in.Name)
	}
	// The tables that the descriptor points to follow it, up to the end of a header or the data of a volume.
	const plenty = 16 << 20
	end := in.Size
	if data := int64(binary.LittleEndian.Uint32(b[atVolume:])); data >= at+size && end-at > min(plenty, c.limits.Memory/4) {
		end = min(end, data)
	}
	if at+size > end {
		return corrupt("the header ends too early")
	}
	if end-at > c.limits.Memory/4 {
		return fmt.Errorf("%w: a header of %d bytes", archive.ErrLimit, end-at)
	}
	c.header.b = make([]byte, end-at)
	if n, err := in.ReadAt(c.header.b, at); n < len(c.header.b) {
		return cut(err)
	}
	return nil
}

// cut is the error for a file that ends too early.
func cut(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return corrupt("the file ends too early")
	}
	return err
}

// volume is one of data1.cab, data2.cab and so on.
type volume struct {
	in          archive.Input
	err         error
	first, last uint32 // indices of files
	firstPart   part
	lastPart    part
}

// part is what a volume has of its first or last file.
type part struct{ at, size, packed uint64 }

// volume opens a volume of the set.
func (c *cabinet) volume(n int) *volume {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.volumes[n]
	if v == nil {
		v = c.openVolume(n)
		c.volumes[n] = v
	}
	return v
}

func (c *cabinet) openVolume(n int) *volume {
	v := &volume{in: c.in}
	name := c.prefix + strconv.Itoa(n) + ".cab"
	if n != c.number {
		v.in, v.err = c.in.Open(name)
		if errors.Is(v.err, fs.ErrNotExist) {
			v.err = fmt.Errorf("%w: %s", archive.ErrMissingPart, name)
		}
		if v.err != nil {
			return v
		}
	}
	if !isCabinet(v.in) {
		v.err = corrupt("%s is no InstallShield cabinet", name)
		return v
	}
	b := make([]byte, volumeLen6)
	size := volumeLen5
	if c.six() {
		size = volumeLen6
	}
	if got, err := v.in.ReadAt(b[:size], atVolume); got < size {
		v.err = cut(err)
		return v
	}
	t := table{b: b}
	if !c.six() {
		v.first, v.last = t.u32(8), t.u32(12)
		v.firstPart = part{uint64(t.u32(16)), uint64(t.u32(20)), uint64(t.u32(24))}
		v.lastPart = part{uint64(t.u32(28)), uint64(t.u32(32)), uint64(t.u32(36))}
		return v
	}
	v.first, v.last = t.u32(8), t.u32(12)
	v.firstPart = part{t.u64(16), t.u64(24), t.u64(32)}
	v.lastPart = part{t.u64(40), t.u64(48), t.u64(56)}
	return v
}

// of returns what the volume has of a file that it shares with others.
func (v *volume) of(index int, packed bool) (at, size uint64, ok bool) {
	const none = 0x7FFFFFFF
	p := v.firstPart
	switch {
	case uint32(index) == v.last && v.lastPart.at != 0 && v.lastPart.at != none:
		p = v.lastPart
	case uint32(index) != v.first:
		return 0, 0, false
	}
	size = p.size
	if packed {
		size = p.packed
	}
	return p.at, size, size > 0
}
