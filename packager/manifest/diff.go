package manifest

import (
	"path"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// Change is a file that two manifests describe differently: under one path, or the same content under two.
type Change struct {
	Old, New File
}

// Renamed reports whether a content lies under another name in the same folder.
func (c Change) Renamed() bool {
	return c.Old.Path != c.New.Path && path.Dir(c.Old.Path) == path.Dir(c.New.Path)
}

// Difference is what leads from one manifest to another. Each file of either is in one of its lists or counted as the same.
type Difference struct {
	Added, Removed []File
	Changed        []Change // other content under the same path
	Moved          []Change // the same content under another path; ordered by the new one
	Same           int      // files
	SameBytes      int64    // in files that are the same
}

// Bytes is how much file-level replication sends: added, changed and moved files, since it knows files by their paths.
func (d Difference) Bytes() (n int64) {
	for _, f := range d.Added {
		n += f.Size
	}
	for _, c := range d.Changed {
		n += c.New.Size
	}
	for _, c := range d.Moved {
		n += c.New.Size
	}
	return n
}

// Empty reports whether the files are the same.
func (d Difference) Empty() bool {
	return len(d.Added)+len(d.Removed)+len(d.Changed)+len(d.Moved) == 0
}

// Diff compares the files of two manifests, nil meaning none. Both must be sorted, as Read and Encode leave them. Paths
// are compared byte by byte: a file whose name changes in case only has moved, as replication sees it.
//
// A content that is gone from one path and new under another has moved. Of several that could be meant, the one whose path
// has more in common is taken: all but the case, the name and its folder's, the name, the folder, then the first.
func Diff(old, next *Manifest) (d Difference) {
	var a, b []File
	if old != nil {
		a = old.Files
	}
	if next != nil {
		b = next.Files
	}
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Path < b[0].Path:
			d.Removed, a = append(d.Removed, a[0]), a[1:]
		case len(a) == 0 || b[0].Path < a[0].Path:
			d.Added, b = append(d.Added, b[0]), b[1:]
		default:
			if a[0] == b[0] {
				d.Same++
				d.SameBytes += a[0].Size
			} else {
				d.Changed = append(d.Changed, Change{a[0], b[0]})
			}
			a, b = a[1:], b[1:]
		}
	}
	d.pair()
	return d
}

// pair finds what moved among what was added and removed.
func (d *Difference) pair() {
	type content struct {
		sum  catalog.Hash
		size int64
	}
	gone := make(map[content]bool, len(d.Removed))
	for _, f := range d.Removed {
		gone[content{f.SHA256, f.Size}] = true
	}
	if !slices.ContainsFunc(d.Added, func(f File) bool { return gone[content{f.SHA256, f.Size}] }) {
		return
	}
	type key struct {
		content
		part string
	}
	for _, part := range []func(File) (string, bool){
		func(f File) (string, bool) { return strings.ToLower(f.Path), true },
		func(f File) (string, bool) {
			return path.Join(path.Base(path.Dir(f.Path)), path.Base(f.Path)), strings.Contains(f.Path, "/")
		},
		func(f File) (string, bool) { return strings.ToLower(path.Base(f.Path)), true },
		// Empty files have all the same content: under another name they are other files.
		func(f File) (string, bool) { return path.Dir(f.Path), f.Size > 0 },
		func(f File) (string, bool) { return "", f.Size > 0 },
	} {
		from := map[key][]int{} // of d.Removed
		for i, f := range d.Removed {
			if p, ok := part(f); ok && gone[content{f.SHA256, f.Size}] {
				k := key{content{f.SHA256, f.Size}, p}
				from[k] = append(from[k], i)
			}
		}
		paired := map[int]bool{} // of d.Removed
		d.Added = slices.DeleteFunc(d.Added, func(f File) bool {
			p, ok := part(f)
			k := key{content{f.SHA256, f.Size}, p}
			if !ok || len(from[k]) == 0 {
				return false
			}
			i := from[k][0]
			from[k] = from[k][1:]
			paired[i] = true
			d.Moved = append(d.Moved, Change{d.Removed[i], f})
			return true
		})
		rest := d.Removed[:0]
		for i, f := range d.Removed {
			if !paired[i] {
				rest = append(rest, f)
			}
		}
		d.Removed = rest
	}
	slices.SortFunc(d.Moved, func(x, y Change) int { return strings.Compare(x.New.Path, y.New.Path) })
}
