package intake

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source"
)

// tree is the source's files while they are imported, kept small since there may be a million.
type tree struct {
	folders []folder
	files   []file             // by folder, then name
	byPath  map[string]int32   // lower-case path -> first file of that name
	twins   map[string][]int32 // lower-case paths that several files share on a case-sensitive system
	content map[int32]string   // archive -> the folder of what is in it: its own path, or where somebody unpacked it to
	of      map[string]int32   // folder of what is in an archive -> the archive
}

type folder struct {
	path        string // "." for the root
	fingerprint catalog.Fingerprint
	first, last int32 // its files
	outer       int32 // the open archive that it lies in, -1 for none
	within      int32 // the archive that it lies in, open or unpacked to a folder around it, -1 for none
}

type file struct {
	name        string
	folder      int32
	same        bool  // the catalog knows its bytes; it is not read again (an INF may still be judged again)
	der         bool  // begins like a security catalog; known only of files read in this import
	inner       bool  // lies in an archive
	archive     bool  // is an archive that is open: what it holds lies below its own path
	damaged     bool  // an INF that was read and is worth a problem
	problem     bool  // could not be read
	setup       bool  // recognised as a setup program
	judged      bool  // an INF that was judged in this import
	by          int32 // the INF that explains a driver's file
	size, mtime int64
	sha         catalog.Hash
	sums        *digests // nil if the file was not read in this import and is no driver's content
	state       catalog.FileState
	why, detail string
}

// digests are by what a file is known elsewhere.
type digests struct {
	sha1  catalog.SHA1   // zero unless it was asked for
	image *catalog.Image // nil for files that are no PE images
}

// archives tells what is known of the archives of a source.
type archives interface {
	Archive(path string) *source.Archive
	Unpacked(path string) string
}

// newTree makes the tree of a listing.
func newTree(l *source.Listing, known archives) *tree {
	n := 0
	for _, f := range l.Folders {
		n += len(f.Entries)
	}
	t := &tree{
		folders: make([]folder, len(l.Folders)), files: make([]file, 0, n), byPath: make(map[string]int32, n),
		content: map[int32]string{}, of: map[string]int32{},
	}
	for i, lf := range l.Folders {
		f := &t.folders[i]
		f.path, f.fingerprint, f.first = lf.Path, lf.Fingerprint, int32(len(t.files))
		f.outer, f.within = t.around(f.path)
		for _, e := range lf.Entries {
			t.add(int32(i), e)
			n := len(t.files) - 1
			t.files[n].inner = f.outer >= 0
			t.found(int32(n), joinPath(f.path, e.Name), known)
		}
		f.last = int32(len(t.files))
	}
	return t
}

// found notes where a file's content lies if it is an archive.
func (t *tree) found(i int32, path string, known archives) {
	content := known.Unpacked(path)
	if known.Archive(path) != nil {
		t.files[i].archive, content = true, path
	}
	if content == "" {
		return
	}
	t.content[i] = content
	if _, taken := t.of[content]; !taken {
		t.of[content] = i
	}
}

// around finds the archives that a folder lies in: the innermost one that is open, and the innermost of all. Folders are
// ordered by path, so that those above it are known before. -1 is none.
func (t *tree) around(folder string) (outer, within int32) {
	within = -1
	for at := folder; at != "."; at = parentOf(at) {
		i, ok := t.of[at]
		if !ok {
			continue
		}
		if within < 0 {
			within = i
		}
		if t.files[i].archive {
			return i, within
		}
	}
	return -1, within
}

func (t *tree) add(folder int32, e source.Entry) {
	i := int32(len(t.files))
	t.files = append(t.files, file{name: e.Name, folder: folder, size: e.Size, mtime: e.MTime})
	key := strings.ToLower(joinPath(t.folders[folder].path, e.Name))
	first, taken := t.byPath[key]
	if !taken {
		t.byPath[key] = i
		return
	}
	if t.twins == nil {
		t.twins = map[string][]int32{}
	}
	if t.twins[key] == nil {
		t.twins[key] = []int32{first}
	}
	t.twins[key] = append(t.twins[key], i)
}

// path is a file's path relative to the source.
func (t *tree) path(i int) string {
	f := &t.files[i]
	return joinPath(t.folders[f.folder].path, f.name)
}

// find looks a path up below a folder, ignoring letter case; of several files that differ only in it the exact one
// counts. It returns -1 if there is none.
func (t *tree) find(folder, rel string) int32 {
	path := joinPath(folder, rel)
	key := strings.ToLower(path)
	for _, i := range t.twins[key] {
		if t.path(int(i)) == path {
			return i
		}
	}
	if i, ok := t.byPath[key]; ok {
		return i
	}
	return -1
}

// within is the archive that a file lies in, open or unpacked; -1 if it lies in none.
func (t *tree) within(i int32) int32 { return t.folders[t.files[i].folder].within }

// top is the outermost archive that a file lies in, open or unpacked; -1 if it lies in none.
func (t *tree) top(i int32) int32 { return t.topOf(t.files[i].folder) }

// topOf is the outermost archive that a folder lies in.
func (t *tree) topOf(folder int32) int32 {
	top := t.folders[folder].within
	for o := top; o >= 0; o = t.within(o) {
		top = o
	}
	return top
}

// only is the one file that an archive holds; -1 if that is not known or it holds others.
func (t *tree) only(i int32) int32 {
	path := t.content[i]
	if path == "" {
		return -1
	}
	n, ok := slices.BinarySearchFunc(t.folders, path, func(f folder, path string) int { return strings.Compare(f.path, path) })
	if !ok || t.folders[n].last-t.folders[n].first != 1 {
		return -1
	}
	return t.folders[n].first
}

func joinPath(folder, name string) string {
	if folder == "." {
		return name
	}
	return folder + "/" + name
}

func parentOf(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return "."
}

// under reports whether path lies in the folder or below it.
func under(path, folder string) bool {
	return folder == "." || path == folder || strings.HasPrefix(path, folder) && len(path) > len(folder) && path[len(folder)] == '/'
}

// relativeTo is a path below a folder, seen from that folder.
func relativeTo(path, folder string) string {
	if folder == "." {
		return path
	}
	return path[len(folder)+1:]
}

func isINF(name string) bool { return strings.EqualFold(filepath.Ext(name), ".inf") }
