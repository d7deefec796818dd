package installshield

import (
	"fmt"
	"time"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// Where the descriptor keeps what. The lists of groups are hashed by name into 71 chains.
const (
	atFileTable   = 0x0C
	atDirectories = 0x1C
	atFileCount   = 0x28
	atFileTable2  = 0x2C // version 6: the files, relative to the file table
	atGroups      = 0x3E
	groupChains   = 71
	fileLen6      = 0x57
)

// Flags of a file.
const (
	flagSplit      = 1
	flagObfuscated = 2
	flagCompressed = 4
	flagInvalid    = 8
	linkPrevious   = 1
)

// file is a file of a cabinet.
type file struct {
	index  int // in the table of files
	flags  uint16
	size   uint64
	packed uint64
	at     uint64
	volume int // 0: the volumes tell
	md5    [16]byte
	link   int // file whose data it shares, -1 if it has its own
	label  int // bytes of its name that are the file group and the slash behind it
}

// group is a file group: a range of files.
type group struct {
	name        string
	first, last int64
}

func (c *cabinet) readGroups() ([]group, error) {
	h := &c.header
	var groups []group
	firstAt := int64(0x4C) // two words follow: the first file and the last one
	if c.six() {
		firstAt = 0x16
	}
	most := len(h.b) / 12 // an element of a chain has 12 bytes
	for i := range int64(groupChains) {
		for at := int64(h.u32(atGroups + 4*i)); at != 0; at = int64(h.u32(at + 8)) {
			if len(groups) >= most {
				return nil, corrupt("the list of file groups leads back into itself")
			}
			d := int64(h.u32(at + 4))
			g := group{first: int64(h.u32(d + firstAt)), last: int64(h.u32(d + firstAt + 4))}
			if name := int64(h.u32(d)); name != 0 {
				g.name = label(h.text(name, c.unicode()))
			}
			if h.outside { // the files of this group are told without it
				h.outside = false
				break
			}
			groups = append(groups, g)
		}
	}
	return groups, nil
}

// lister gathers the entries and watches over the limits.
type lister struct {
	c       *cabinet
	table   int64 // where the file table lies
	folders []string
	entries []archive.Entry
	names   int64 // bytes of all names
}

// readList lists the files, group by group, and then those of no group.
func (c *cabinet) readList() ([]archive.Entry, error) {
	h := &c.header
	l := &lister{c: c, table: int64(h.u32(atFileTable))}
	folders, count := int64(h.u32(atDirectories)), int64(h.u32(atFileCount))
	if c.six() {
		folders = int64(h.u16(atDirectories))
	}
	perFile := int64(4)
	if c.six() {
		perFile = fileLen6
	}
	if h.outside || folders*4+count*perFile > int64(len(h.b)) {
		return nil, corrupt("the header is shorter than the %d files that it has", count)
	}
	if count > int64(c.limits.Entries) {
		return nil, fmt.Errorf("%w: %d files", archive.ErrLimit, count)
	}
	for i := range folders {
		name := ""
		if at := int64(h.u32(l.table + 4*i)); at != 0 {
			name = slashes(h.text(l.table+at, c.unicode()))
		}
		if l.names += int64(len(name)); l.names > c.limits.Memory/4 {
			return nil, fmt.Errorf("%w: names of %d bytes", archive.ErrLimit, l.names)
		}
		l.folders = append(l.folders, name)
	}
	groups, err := c.readGroups()
	if err != nil {
		return nil, err
	}
	grouped := make([]bool, count)
	visits := 0
	for _, g := range groups {
		for i := g.first; i <= min(g.last, count-1); i++ {
			if visits++; visits > c.limits.Entries {
				return nil, fmt.Errorf("%w: file groups with more than %d files", archive.ErrLimit, c.limits.Entries)
			}
			grouped[i] = true
			if err := l.add(g.name, i, folders); err != nil {
				return nil, err
			}
		}
	}
	for i, in := range grouped {
		if !in {
			if err := l.add("", int64(i), folders); err != nil {
				return nil, err
			}
		}
	}
	if h.outside {
		return nil, corrupt("the header points to places outside of itself")
	}
	return l.entries, nil
}

// add lists a file, unless it is one that InstallShield leaves out.
func (l *lister) add(group string, index, folders int64) error {
	c := l.c
	d := l.describe(index, folders)
	if d.flags&flagInvalid != 0 || d.nameAt == 0 || d.at == 0 {
		return nil
	}
	e := archive.Entry{
		Size: int64(min(d.size, 1<<62)), Packed: int64(min(d.packed, 1<<62)), ModTime: d.time, Block: len(l.entries),
	}
	folder := ""
	if d.folder < uint32(len(l.folders)) {
		folder = l.folders[d.folder]
	}
	e.Name = join(group, folder, slashes(c.header.text(l.table+int64(d.nameAt), c.unicode())))
	if d.link >= 0 {
		e.Packed = 0
	}
	if group != "" {
		d.label = min(len(group)+1, len(e.Name))
	}
	if len(l.entries) >= c.limits.Entries {
		return fmt.Errorf("%w: more than %d files", archive.ErrLimit, c.limits.Entries)
	}
	if l.names += int64(len(e.Name)); l.names > c.limits.Memory/4 {
		return fmt.Errorf("%w: names of %d bytes", archive.ErrLimit, l.names)
	}
	l.entries = append(l.entries, e)
	c.byIndex[d.index] = len(c.list)
	c.list = append(c.list, d.file)
	return nil
}

// description is what the table of files says of one.
type description struct {
	file
	nameAt uint32
	folder uint32
	time   time.Time
}

func (l *lister) describe(index, folders int64) description {
	h := &l.c.header
	d := description{file: file{index: int(index), link: -1}}
	if !l.c.six() {
		at := l.table + int64(h.u32(l.table+4*(folders+index)))
		d.nameAt, d.folder, d.flags = h.u32(at), h.u32(at+4), h.u16(at+8)
		d.size, d.packed, d.at = uint64(h.u32(at+0x0A)), uint64(h.u32(at+0x0E)), uint64(h.u32(at+0x26))
		d.time = dosTime(uint16(h.u32(at+0x16)), uint16(h.u32(at+0x1A)))
		return d
	}
	at := l.table + int64(h.u32(atFileTable2)) + index*fileLen6
	d.flags, d.size, d.packed, d.at = h.u16(at), h.u64(at+2), h.u64(at+0x0A), h.u64(at+0x12)
	copy(d.md5[:], h.at(at+0x1A, len(d.md5)))
	d.nameAt, d.folder = h.u32(at+0x3A), uint32(h.u16(at+0x3E))
	d.time = dosTime(h.u16(at+0x44), h.u16(at+0x46))
	if h.u8(at+0x54)&linkPrevious != 0 {
		d.link = int(h.u32(at + 0x4C))
	}
	d.volume = int(h.u16(at + 0x55))
	return d
}
