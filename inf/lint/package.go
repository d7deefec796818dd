package lint

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/seccat"
)

// PackageOptions say what Folder.Check looks at.
type PackageOptions struct {
	// Targets are the systems that the driver is wanted for: only files and catalogs of their architectures count, and
	// catalogs are asked whether they cover these versions. None means any.
	Targets []inf.Target
	// Quick leaves out the digests of all files but the INF itself. Without them no package is known to be whole.
	Quick bool
	// Roots are the certificates that signatures must lead to; nil stands for Microsoft's.
	Roots *seccat.Roots
}

// Package is what Folder.Check found.
type Package struct {
	File        *inf.File
	Diagnostics inf.Diagnostics // in the order of their places
	// Whole is set if a signed catalog lists the INF and every file that it copies, and all of them are there with the
	// bytes that were signed, or with those after restoring converted line ends. The catalog's signature is right; whose it is
	// does not matter.
	Whole bool
	// Reason says why the package is not known to be whole, in a few words.
	Reason string
	// Problems are errors of reading files beside the INF; findings that depend on them are missing.
	Problems []error
}

// Check finds what is wrong with an INF of the folder and with the files beside it. name is the INF's name in the folder
// and src its bytes, which are kept and must not change.
//
// What the catalog proves weighs more than what the text seems to lack: if the package is whole, Windows takes it, so
// errors about its text become warnings. Those of a file that Windows cannot even load stay what they are.
func (f *Folder) Check(name string, src []byte, o PackageOptions) Package {
	file, ds := Check(f.shown(name), src) // most of the work, and it needs nothing of the folder
	f.mu.Lock()
	defer f.mu.Unlock()
	f.problems = nil
	c := &check{folder: f, o: o, file: file, d: file.Driver(), dir: path.Dir(name), name: path.Base(name), src: src, differ: map[string]caseDiffers{}, counts: map[string]int{}}
	c.arches = arches(c.d, o.Targets)
	switch {
	case file.Err != nil:
		c.partial("Windows cannot load the INF")
	case c.d.Kind == inf.KindNone || len(c.arches) == 0:
		c.partial("the INF is for no device")
	case o.Quick:
		c.partial("its files were not compared with the catalog")
	}
	c.run()
	if c.why == "" {
		weigh(ds)
	}
	ds = append(ds, c.found...)
	slices.SortStableFunc(ds, func(a, b inf.Diagnostic) int { return cmp.Compare(a.Range.Start.Offset, b.Range.Start.Offset) })
	return Package{File: file, Diagnostics: ds, Whole: c.why == "", Reason: c.why, Problems: f.problems}
}

// weigh makes errors about the text of an INF warnings, where the package around it is whole: it was signed as it is, and
// Windows takes it.
func weigh(ds inf.Diagnostics) {
	for i := range ds {
		if ds[i].Severity == inf.Error {
			ds[i].Severity = inf.Warning
		}
	}
}

// check is one INF being looked at with the files beside it.
type check struct {
	folder *Folder
	o      PackageOptions
	file   *inf.File
	d      *inf.Driver
	dir    string
	name   string
	src    []byte
	arches []inf.Arch
	found  inf.Diagnostics
	why    string                 // the package is not known to be whole
	differ map[string]caseDiffers // by path
	counts map[string]int         // findings by code
}

// mostFindings bounds the findings of one code.
const mostFindings = 50

func (c *check) report(code, particulars string, at inf.Range) *inf.Diagnostic {
	if c.counts[code]++; c.counts[code] > mostFindings {
		return &inf.Diagnostic{}
	}
	i := slices.IndexFunc(packageRules, func(r inf.Rule) bool { return r.Code == code })
	c.found = append(c.found, packageRules[i].Diagnostic(c.file, particulars, at))
	return &c.found[len(c.found)-1]
}

// partial notes why the package is not known to be whole; the first reason counts.
func (c *check) partial(format string, args ...any) {
	if c.why == "" {
		c.why = fmt.Sprintf(format, args...)
	}
}

func (c *check) field(fd inf.Field) inf.Range { return c.file.FieldRange(fd) }

// rel is a path of the INF's own folder.
func (c *check) rel(p string) string { return path.Join(c.dir, p) }

func (c *check) run() {
	usable := map[inf.Arch]*namedCatalog{}
	byField := map[*inf.Line]*namedCatalog{}
	for _, a := range c.arches {
		cf, ok := c.d.Version.Catalog(a)
		if !ok {
			c.partial("it names no catalog for %s", a)
			continue
		}
		n, ok := byField[cf.Line]
		if !ok {
			n = c.catalogEntry(cf)
			byField[cf.Line] = n
		}
		usable[a] = n
	}
	if c.d.Kind != inf.KindNone {
		c.files(usable)
	}
	c.letterCase()
	c.surplus(usable)
	c.leftovers()
}

// namedCatalog is a catalog that can be asked, with the entry that names it.
type namedCatalog struct {
	cat   *seccat.Catalog
	path  string
	entry inf.CatalogFile
	lists bool // it lists the INF, as it is or restored
}

// catalogEntry looks at the catalog of one CatalogFile entry. It returns nil if there is none to ask.
func (c *check) catalogEntry(cf inf.CatalogFile) *namedCatalog {
	at := c.field(cf.Line.Fields[0])
	if cf.Name != path.Base(cf.Name) || strings.ContainsAny(cf.Name, `\:`) {
		c.partial("the catalog's name has a path") // told as INF0206
		return nil
	}
	real := c.folder.find(c.rel(cf.Name))
	if real == "" {
		c.partial("the catalog %s is missing", cf.Name)
		c.report(codeCatalogNotThere, cf.Name, at)
		return nil
	}
	c.sameCase(c.rel(cf.Name), real, at)
	file := c.folder.catalog(real)
	switch {
	case file.io:
		c.partial("the catalog %s cannot be read", cf.Name)
		return nil
	case file.err != nil:
		c.partial("%s is no catalog", cf.Name)
		c.report(codeCatalogNone, cf.Name+" "+whyNone(file.err), at)
		return nil
	}
	n := &namedCatalog{cat: file.cat, path: real, entry: cf}
	if !file.cat.Signed() {
		c.partial("the catalog %s is not signed", cf.Name)
		c.report(codeCatalogUnsigned, cf.Name, at)
	} else {
		c.signature(file, cf.Name, at)
	}
	sums := seccat.FlatSums(c.src)
	m := file.cat.Find(sums)
	if m == nil {
		if restored, ok := file.cat.RestoreLines(c.src); ok {
			m = file.cat.Find(seccat.FlatSums(restored))
			c.report(codeConverted, c.name, at)
		} else {
			c.partial("the catalog %s does not list the INF", cf.Name)
			c.report(codeINFNotListed, cf.Name, at)
		}
	}
	if n.lists = m != nil; n.lists {
		c.covers(m, cf, at)
	}
	return n
}

// signature tells what is wrong with a catalog's signature, or whom it leads to.
func (c *check) signature(file *catalogFile, name string, at inf.Range) {
	switch v := file.verify(c.o.Roots); v.State {
	case seccat.Invalid:
		c.partial("the signature of the catalog %s is wrong", name)
		c.report(codeSignatureWrong, name+": "+v.Reason, at)
	case seccat.UnknownRoot:
		c.report(codeSigner, fmt.Sprintf("%s is signed by %s; %s", name, v.Signer, v.Reason), at)
	case seccat.Distrusted:
		c.report(codeSigner, fmt.Sprintf("%s is signed by %s, but %s", name, v.Signer, v.Reason), at).Severity = inf.Warning
	}
}

// whyNone says in a few words why a file is no catalog.
func whyNone(err error) string {
	switch {
	case errors.Is(err, seccat.ErrPlaceholder):
		return "is a placeholder"
	case errors.Is(err, seccat.ErrTruncated):
		return "is cut off"
	}
	return "is something else: " + strings.TrimPrefix(err.Error(), seccat.ErrNotCatalog.Error()+": ")
}

// covers asks whether the catalog was made for the targets.
func (c *check) covers(m *seccat.Member, cf inf.CatalogFile, at inf.Range) {
	if m.OSAttr == "" {
		return
	}
	for _, t := range c.o.Targets {
		used, ok := c.d.Version.Catalog(t.Arch)
		if ok && used.Line == cf.Line && slices.Contains(c.arches, t.Arch) && !coversVersion(m.OSAttr, t) {
			c.report(codeOSAttr, fmt.Sprintf("%s is for %s, not for %d.%d", cf.Name, m.OSAttr, t.Major, t.Minor), at)
			return
		}
	}
}

// coversVersion reads an OSAttr, "2:5.1,2:6.x": 2 is Windows NT, x any minor version.
func coversVersion(attr string, t inf.Target) bool {
	for part := range strings.FieldsFuncSeq(attr, func(r rune) bool { return r == ',' || r == ';' }) {
		platform, version, ok := strings.Cut(strings.TrimSpace(part), ":")
		if !ok || platform != "2" {
			continue
		}
		major, minor, _ := strings.Cut(version, ".")
		if n, err := strconv.Atoi(major); err != nil || n != t.Major {
			continue
		}
		if strings.EqualFold(minor, "x") {
			return true
		}
		if n, err := strconv.Atoi(minor); err == nil && n == t.Minor {
			return true
		}
	}
	return false
}

// files looks for every file of the package and compares it with the catalogs. What [SourceDisksFiles] does not list for an
// architecture was not signed for it.
func (c *check) files(usable map[inf.Arch]*namedCatalog) {
	type pair struct{ file, catalog string }
	asked := map[pair]bool{}
	there := map[string]bool{} // by folded name
	var missing absent
	for _, a := range c.arches {
		needed := c.needed(a)
		for _, sf := range c.d.PackageFiles(a) {
			if !sf.Listed || sf.Escapes { // told as INF0501 or INF0505
				continue
			}
			key := strings.ToLower(sf.Name)
			real := c.folder.find(c.rel(sf.Path))
			switch {
			case real != "":
				there[key] = true
			case c.packed(sf):
				there[key] = true
				c.partial("%s lies there packed", sf.Path)
				continue
			default:
				missing.add(sf, needed == nil || needed[key])
				continue
			}
			at := c.field(sf.Field)
			c.sameCase(c.rel(sf.Path), real, at)
			n := usable[a]
			if n == nil {
				continue
			}
			if key := (pair{real, n.path}); !asked[key] {
				asked[key] = true
				c.inCatalog(n, real, sf, at)
			}
		}
	}
	for _, m := range missing.all {
		if m.needed || !there[strings.ToLower(m.sf.Name)] {
			c.partial("%s is missing", m.sf.Path)
			c.report(codeFileMissing, some(m.paths), c.field(m.sf.Field))
		}
	}
}

// needed are the folded names of the files that some device needs on an architecture; nil if that cannot be told.
func (c *check) needed(a inf.Arch) map[string]bool {
	needs := c.d.Needs()
	names := map[string]bool{}
	add := func(files []inf.SourceFile) {
		for _, sf := range files {
			names[strings.ToLower(sf.Name)] = true
		}
	}
	for _, ms := range c.d.ModelsSections() {
		if ms.Arch() == a {
			add(needs.Files(ms, a))
		}
	}
	if c.d.Kind != inf.KindDevice {
		add(needs.DefaultFiles(a))
	}
	if needs.Exceeded() {
		return nil
	}
	return names
}

// absent gathers missing files by the reference that needs them: each architecture may want it in another folder.
type absent struct {
	all []absentFile
	at  map[inf.Field]int
}

type absentFile struct {
	sf     inf.SourceFile
	paths  []string
	needed bool
}

// add notes a missing file. A path that no device of its architecture needs is named only if it is the only one.
func (m *absent) add(sf inf.SourceFile, needed bool) {
	i, ok := m.at[sf.Field]
	if !ok {
		if m.at == nil {
			m.at = map[inf.Field]int{}
		}
		i = len(m.all)
		m.at[sf.Field] = i
		m.all = append(m.all, absentFile{sf: sf})
	}
	if f := &m.all[i]; needed && !f.needed {
		f.needed, f.paths = true, nil
	} else if !needed && f.needed {
		return
	}
	if !slices.ContainsFunc(m.all[i].paths, func(p string) bool { return strings.EqualFold(p, sf.Path) }) {
		m.all[i].paths = append(m.all[i].paths, sf.Path)
	}
}

// packed reports whether a file that does not lie loose is there compressed, or in its cabinet. Neither is opened.
func (c *check) packed(sf inf.SourceFile) bool {
	for _, name := range inf.CompressedNames(sf.Path) {
		if c.folder.find(c.rel(name)) != "" {
			return true
		}
	}
	return sf.Cabinet != "" && c.folder.find(c.rel(sf.Cabinet)) != ""
}

// inCatalog compares a file with the catalog that must list it.
func (c *check) inCatalog(n *namedCatalog, real string, sf inf.SourceFile, at inf.Range) {
	base := path.Base(real)
	if c.o.Quick {
		if n.lists && hasNames(n.cat) && member(n.cat, sf.Name) == nil {
			c.report(codeFileList, n.entry.Name+" lists no "+sf.Name, at)
		}
		return
	}
	switch l, _ := c.folder.lists(n.cat, real); l {
	case converted:
		c.report(codeConverted, base, at)
	case unknown:
		c.partial("%s cannot be compared with the catalog", sf.Path)
	case notListed:
		c.partial("the catalog does not list %s as it is", sf.Path)
		words := fmt.Sprintf("%s does not list %s", n.entry.Name, sf.Path)
		if member(n.cat, base) != nil {
			words = fmt.Sprintf("%s is not the file that %s lists under this name", sf.Path, n.entry.Name)
		}
		c.report(codeFileNotListed, words, at)
	}
}

// hasNames reports whether the catalog tells the names of its members.
func hasNames(c *seccat.Catalog) bool {
	return slices.ContainsFunc(c.Members, func(m seccat.Member) bool { return m.File != "" })
}

// caseDiffers is a name that is spelled otherwise in the folder.
type caseDiffers struct {
	want, real string
	at         inf.Range
}

func (c *check) sameCase(want, real string, at inf.Range) {
	if path.Clean(want) != real {
		c.differ[real] = caseDiffers{path.Clean(want), real, at}
	}
}

// letterCase tells names that differ in letter case only, in one finding: there are often many.
func (c *check) letterCase() {
	if len(c.differ) == 0 {
		return
	}
	all := make([]caseDiffers, 0, len(c.differ))
	for _, d := range c.differ {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b caseDiffers) int {
		return cmp.Or(cmp.Compare(a.at.Start.Offset, b.at.Start.Offset), cmp.Compare(a.real, b.real))
	})
	words := fmt.Sprintf("%s lies there as %s", all[0].want, all[0].real)
	if n := len(all) - 1; n > 0 {
		words += fmt.Sprintf(", and %d more", n)
	}
	d := c.report(codeFileCase, words, all[0].at)
	for _, x := range all[1:min(len(all), 1+mostNamed)] {
		d.Related = append(d.Related, inf.Related{Text: x.want + " lies there as " + x.real, File: c.file.Name, Range: x.at})
	}
}

// mostNamed is how many of many files a finding names.
const mostNamed = 5

// some names the first of many.
func some(names []string) string {
	words := strings.Join(names[:min(len(names), mostNamed)], ", ")
	if n := len(names) - mostNamed; n > 0 {
		words += fmt.Sprintf(" and %d more", n)
	}
	return words
}
