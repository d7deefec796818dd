package cab

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// folder is what is compressed together, over all parts of a set that it lies in.
type folder struct {
	method uint16
	parts  []span
	files  []int  // entries, by their place in the folder
	lost   error  // nothing of it can be decoded
	noEnd  string // the part that it goes on in, if that is missing
	// shared are the files that the folder's last part left to the next one, which names them again.
	shared map[shared]bool
}

// span is the data of a folder in one cabinet.
type span struct {
	in      archive.Input
	offset  int64
	blocks  int
	reserve int
}

type shared struct {
	name         string
	offset, size int64
}

// findSet opens the parts of the set that c belongs to, by their numbers, and tells the names of those that are missing.
// Numbers only grow along the names of next parts and only fall along those of the ones before, so this ends.
func findSet(c *cabinet, b *budget) (set []*cabinet, missing []string, err error) {
	known := map[int]*cabinet{c.index: c}
	open := func(from *cabinet, name string, fits func(index int) bool) (*cabinet, error) {
		// Some makers write the folder of their own machine.
		in, err := from.in.Open(name[strings.LastIndexAny(name, `\/`)+1:])
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		} else if err != nil {
			return nil, fmt.Errorf("cab: %s: the part %q: %w", from.in.Name, name, err)
		}
		p, err := parse(in, b)
		switch {
		case errors.Is(err, archive.ErrLimit):
			return nil, err
		case err != nil && (errors.Is(err, archive.ErrFormat) || errors.Is(err, archive.ErrCorrupt) || errors.Is(err, archive.ErrUnsupported)):
			return nil, nil // as good as missing: another file of that name
		case err != nil:
			return nil, err
		case p.set != from.set || !fits(p.index):
			return nil, nil
		}
		return p, nil
	}
	// The part before may be one further back: it is where the file begins that c begins with.
	for at := c; at.prev != ""; {
		p, err := open(at, at.prev, func(i int) bool { return i < at.index && known[i] == nil })
		if err != nil {
			return nil, nil, err
		}
		if p == nil {
			missing = append(missing, at.prev)
			break
		}
		known[p.index], at = p, p
	}
	for _, start := range slices.Sorted(maps.Keys(known)) {
		for at := known[start]; at.next != "" && known[at.index+1] == nil; {
			p, err := open(at, at.next, func(i int) bool { return i == at.index+1 })
			if err != nil {
				return nil, nil, err
			}
			if p == nil {
				missing = append(missing, at.next)
				break
			}
			known[p.index], at = p, p
		}
	}
	for _, i := range slices.Sorted(maps.Keys(known)) {
		set = append(set, known[i])
	}
	return set, missing, nil
}

// join makes one list of folders and files of the parts of a set.
func (r *reader) join(set []*cabinet) {
	var last *folder // of the part before, if it goes on
	for k, c := range set {
		first, going := c.continues()
		if k == 0 || set[k-1].index+1 != c.index {
			last = nil
		}
		begin := len(r.folders)
		for i, raw := range c.folders {
			s := span{in: c.in, offset: raw.offset, blocks: raw.blocks, reserve: c.reserve}
			if i == 0 && first && last != nil && last.method == raw.method {
				last.parts = append(last.parts, s)
				last.noEnd = ""
				begin--
				continue
			}
			f := &folder{method: raw.method, parts: []span{s}}
			switch {
			case i > 0 || !first:
			case last != nil:
				f.lost = fmt.Errorf("%s says that it goes on with what %s ends with, but by another method: %w", c.in.Name, set[k-1].in.Name, archive.ErrCorrupt)
			default:
				f.lost = fmt.Errorf("the data begin in %s, which is not here: %w", cmp.Or(c.prev, "the part before "+c.in.Name), archive.ErrMissingPart)
			}
			r.folders = append(r.folders, f)
		}
		if n := len(c.folders); going && n > 0 {
			last = r.folders[begin+n-1]
			last.noEnd = cmp.Or(c.next, "the part behind "+c.in.Name)
		} else {
			last = nil
		}
		for _, f := range c.files {
			r.add(f, begin, len(c.folders))
		}
	}
}

// continues reports whether a part's first folder is begun by the part before, and its last one goes on in the next.
func (c *cabinet) continues() (first, going bool) {
	for _, f := range c.files {
		first = first || f.folder == contFromPrev || f.folder == contBoth
		going = going || f.folder == contToNext || f.folder == contBoth
	}
	return first, going
}

// add enters a file of a cabinet whose n folders are those from begin on.
func (r *reader) add(f rawFile, begin, n int) {
	i := f.folder
	switch i {
	case contFromPrev, contBoth:
		i = 0
	case contToNext:
		i = n - 1
	}
	e := file{offset: f.offset}
	e.Name, e.Size, e.ModTime = f.name, f.size, f.modTime
	if f.attrs&attrFolder != 0 && f.size == 0 {
		e.Mode = fs.ModeDir
	}
	if i < 0 || i >= n {
		e.lost = fmt.Errorf("it lies in a folder that is not there (number %d of %d): %w", f.folder, n, archive.ErrCorrupt)
		r.files = append(r.files, e)
		return
	}
	in := r.folders[begin+i]
	key := shared{f.name, f.offset, f.size}
	if (f.folder == contFromPrev || f.folder == contBoth) && in.shared[key] {
		return
	}
	if f.folder == contToNext || f.folder == contBoth {
		if in.shared == nil {
			in.shared = map[shared]bool{}
		}
		in.shared[key] = true
	}
	if in.method&methodMask == methodStored {
		e.Packed = f.size
	}
	e.in, e.Block = in, begin+i
	r.files = append(r.files, e)
}
