package source

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"
)

// UnpackedFolders are the names of the folder beside an archive that its content is unpacked to: the archive's own without
// its extension, and one for the case that this is taken.
func UnpackedFolders(name string) [2]string {
	stem := strings.TrimSuffix(name, path.Ext(name))
	if stem == "" || stem == name {
		stem = name + ".extracted"
	}
	return [2]string{stem, name + ".extracted"}
}

// skipUnpacked leaves archives aside whose content lies beside them in a folder named after them, each file of its size:
// somebody unpacked them, and every driver would be found twice.
func (t *Tree) skipUnpacked(l *Listing) {
	sizes := map[string]int64{}
	spelled := map[string]string{} // folders
	for name, a := range t.archives {
		if a.Outer != nil || len(a.files) == 0 {
			continue
		}
		if len(spelled) == 0 {
			for _, f := range l.Folders {
				if spelled[foldName(f.Path)] == "" {
					spelled[foldName(f.Path)] = f.Path
				}
				for _, e := range f.Entries {
					sizes[foldName(join(f.Path, e.Name))] = e.Size
				}
			}
		}
		dir, base := path.Split(name)
		for n := 0; ; n++ {
			folder := spelled[foldName(dir+unpackedFolder(base, n))]
			if folder == "" && n > 1 {
				break // numbers follow each other
			}
			if folder != "" && a.liesIn(folder, sizes) {
				t.unpacked[name] = folder
				break
			}
		}
	}
}

// unpackedFolder is the name that an archive's content is unpacked to if n others are taken.
func unpackedFolder(name string, n int) string {
	folders := UnpackedFolders(name)
	if n < len(folders) {
		return folders[n]
	}
	return folders[1] + "-" + strconv.Itoa(n)
}

// liesIn reports whether a folder holds every file of the archive.
func (a *Archive) liesIn(folder string, sizes map[string]int64) bool {
	entries := a.reader.Entries()
	for _, f := range a.files {
		size, ok := sizes[foldName(folder+"/"+f.path)]
		if want := entries[f.entry].Size; !ok || want >= 0 && want != size {
			return false
		}
	}
	return true
}

// Extracted is a file of an archive, and where it goes when the source is unpacked.
type Extracted struct {
	Path  string // where it goes, relative to the source
	From  string // where it is found in the tree
	Size  int64  // bytes; -1 if only unpacking tells
	MTime int64  // nanoseconds since 1970; 0 if the archive does not tell
}

// Extract tells where every file of every archive goes that was opened, if each archive is unpacked into a folder beside it.
// taken are the paths of the files that the source has already. Archives whose content lies beside them are left alone.
func (t *Tree) Extract(taken []string) (out []Extracted) {
	used := map[string]bool{}
	use := func(name string) {
		for at := name; at != "."; at = path.Dir(at) {
			used[foldName(at)] = true
		}
	}
	for _, name := range taken {
		use(name)
	}
	t.mu.Lock()
	var as []*Archive
	for _, a := range t.archives {
		if t.unpacked[a.Top().Path] == "" {
			as = append(as, a)
		}
	}
	t.mu.Unlock()
	// Outer archives first: where an inner one goes depends on them.
	slices.SortFunc(as, func(x, y *Archive) int { return cmp.Or(cmp.Compare(x.depth, y.depth), strings.Compare(x.Path, y.Path)) })
	goes := map[string]string{} // path in the tree -> where the file goes
	for _, a := range as {
		at := cmp.Or(goes[a.Path], a.Path)
		dir, base := path.Split(at)
		folder := dir + unpackedFolder(base, 0)
		for n := 1; used[foldName(folder)]; n++ {
			folder = dir + unpackedFolder(base, n)
		}
		entries := a.reader.Entries()
		use(folder)
		for _, f := range a.files {
			e := &entries[f.entry]
			x := Extracted{Path: folder + "/" + f.path, From: a.at(f), Size: e.Size, MTime: nanoseconds(e.ModTime)}
			goes[x.From] = x.Path
			use(x.Path)
			out = append(out, x)
		}
	}
	return out
}

// listParts adds the other files of split archives to a listing of a single file, which does not know them.
func listParts(l *Listing, as []*Archive) {
	if len(l.Folders) != 1 || len(l.Folders[0].Entries) != 1 {
		return
	}
	for _, a := range as {
		if a.Outer != nil {
			continue
		}
		for i, p := range a.Parts {
			if !slices.ContainsFunc(l.Folders[0].Entries, func(e Entry) bool { return e.Name == p }) {
				l.Folders[0].Entries = append(l.Folders[0].Entries, a.partEntries[i])
			}
		}
	}
	slices.SortFunc(l.Folders[0].Entries, func(x, y Entry) int { return strings.Compare(x.Name, y.Name) })
}
