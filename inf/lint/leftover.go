package lint

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/seccat"
)

// named is what the INF files of a folder and below name.
type named struct {
	paths map[string]bool // folded paths of files that an INF names
	// bases are the folded names of what the INF files directly in the folder name, by folded name of their catalog.
	bases  map[string]map[string]bool
	first  map[string]string // folded name of a catalog -> the first INF of the folder that names it
	infs   []string          // INF files directly in the folder
	left   []string          // files that nothing names
	tooBig bool
}

// The limits of looking at what lies below a folder; beyond them leftovers are not told.
const (
	maxWalk = 20_000 // files and folders
	maxINFs = 500    // INF files below the folder
)

// names looks at all INF files of a folder and below it, once.
func (f *Folder) names() *named {
	if f.named != nil {
		return f.named
	}
	n := &named{paths: map[string]bool{}, bases: map[string]map[string]bool{}, first: map[string]string{}, infs: f.infNames(".")}
	f.named = n
	var files, infs []string
	walked := 0
	err := fs.WalkDir(f.fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if walked++; walked > maxWalk || len(infs) > maxINFs {
			n.tooBig = true
			return fs.SkipAll
		}
		switch {
		case err != nil: // told when something is looked for there
		case e.IsDir():
		case strings.EqualFold(path.Ext(name), ".inf"):
			infs = append(infs, name)
		default:
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		n.tooBig = true
	}
	if n.tooBig {
		infs = n.infs
	}
	below := map[string]bool{} // folders that have INF files of their own
	for _, name := range infs {
		if dir := path.Dir(name); dir != "." {
			below[dir] = true
		}
		f.namedBy(n, name)
	}
	if n.tooBig {
		return n
	}
	for _, name := range files {
		if !n.paths[strings.ToLower(name)] && !ownFolder(below, name) {
			n.left = append(n.left, name)
		}
	}
	slices.Sort(n.left)
	return n
}

// ownFolder reports whether a file lies in or below a folder that has INF files of its own: it is told with those.
func ownFolder(below map[string]bool, name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if below[dir] {
			return true
		}
	}
	return false
}

// namedBy adds what one INF names.
func (f *Folder) namedBy(n *named, name string) {
	src, err := f.read(name, maxText)
	if err != nil {
		return // told when the INF itself is looked at
	}
	file, _ := inf.Parse(name, src)
	d := file.Driver()
	dir := path.Dir(name)
	bases := map[string]bool{strings.ToLower(path.Base(name)): true}
	add := func(p string) {
		n.paths[strings.ToLower(path.Join(dir, p))] = true
		bases[strings.ToLower(path.Base(p))] = true
	}
	for _, a := range inf.Arches() {
		for _, sf := range slices.Concat(d.PackageFiles(a), d.LegacyFiles(a)) {
			bases[strings.ToLower(sf.Name)] = true
			if sf.Path == "" {
				continue
			}
			add(sf.Path)
			for _, c := range inf.CompressedNames(sf.Path) {
				add(c)
			}
			if sf.Cabinet != "" {
				add(sf.Cabinet)
			}
		}
	}
	for _, c := range d.CopyINFs() {
		add(c.Path)
	}
	for _, sec := range file.Sections {
		if key := strings.ToLower(sec.Name); key == "sourcedisksfiles" || strings.HasPrefix(key, "sourcedisksfiles.") {
			for i := range sec.Lines {
				bases[strings.ToLower(file.Expand(sec.Lines[i].Key.Text))] = true
			}
		}
	}
	for _, c := range d.Version.Catalogs {
		add(c.Name)
	}
	if dir != "." {
		return
	}
	for _, c := range d.Version.Catalogs {
		key := strings.ToLower(c.Name)
		if n.bases[key] == nil {
			n.bases[key] = map[string]bool{}
		}
		for b := range bases {
			n.bases[key][b] = true
		}
		if first := n.first[key]; first == "" || name < first {
			n.first[key] = name
		}
	}
}

// surplus tells files that a catalog lists and no INF of the folder names that shares it. It is told with the first of
// these INF files.
func (c *check) surplus(usable map[inf.Arch]*namedCatalog) {
	seen := map[string]bool{}
	for _, a := range c.arches {
		u := usable[a]
		if u == nil || !u.lists || seen[u.path] || c.dir != "." {
			continue
		}
		seen[u.path] = true
		n := c.folder.names()
		key := strings.ToLower(u.entry.Name)
		if n.first[key] != c.name {
			continue
		}
		extra, otherINF := unnamed(u.cat, n.bases[key])
		if len(extra) == 0 {
			continue
		}
		words := fmt.Sprintf("%s lists %s", u.entry.Name, some(extra))
		d := c.report(codeFileList, words, c.field(u.entry.Line.Fields[0]))
		if otherINF { // they belong to an INF that was left out of the folder
			d.Severity = inf.Info
		}
	}
}

// unnamed returns the names of members that are not among the names, in order, and whether an INF is among them.
func unnamed(cat *seccat.Catalog, names map[string]bool) (extra []string, otherINF bool) {
	for i := range cat.Members {
		name := strings.ToLower(cat.Members[i].Name())
		if name == "" || names[name] || strings.HasSuffix(name, ".cat") {
			continue
		}
		extra = append(extra, name)
		otherINF = otherINF || strings.HasSuffix(name, ".inf")
	}
	slices.Sort(extra)
	return slices.Compact(extra), otherINF
}

// leftovers tells the files that no INF names. It is told with the first INF of the folder.
func (c *check) leftovers() {
	if c.dir != "." || c.d.Kind == inf.KindNone {
		return
	}
	n := c.folder.names()
	if len(n.left) == 0 || len(n.infs) == 0 || n.infs[0] != c.name {
		return
	}
	c.report(codeLeftover, some(n.left), c.anchor())
}

// anchor is the place of findings that no part of the INF is to blame for: the first CatalogFile entry, else the first
// entry of [Version], else the beginning.
func (c *check) anchor() inf.Range {
	if v := c.d.Version.Catalogs; len(v) > 0 {
		return c.field(v[0].Line.Fields[0])
	}
	if v := c.file.Section("Version"); v != nil && len(v.Lines) > 0 {
		return c.file.LineRange(&v.Lines[0])
	}
	start := inf.Pos{Line: 1, Column: 1}
	return inf.Range{Start: start, End: start}
}
