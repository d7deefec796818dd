package intake

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source"
	"github.com/drivercat/drivercat/inf"
)

// judged is what an INF says and which files of the source it needs. The verdict waits until all files were read.
type judged struct {
	file     int32
	folder   string       // the INF's, relative to the source
	inf      *catalog.INF // nil if the file is no driver INF
	why      string       // then: the leftover's code and sentence
	detail   string
	odd      []catalog.Reason // what Windows takes but the author cannot have meant
	fault    *catalog.Reason  // a driver INF that Windows would not take at all
	needs    []need
	legacy   []int32 // files that only Windows 95, 98 and Me would copy
	byPath   map[string]int
	arches   map[inf.Arch]bool // with models entries (or DefaultInstall, for a primitive driver)
	catalogs []catalogFile
	inbox    bool // it takes parts from INF files of Windows
}

// need is one file that an INF names.
type need struct {
	path     string // relative to the INF's folder, as the INF spells it
	file     int32  // index of the file that serves, -1 if there is none
	role     catalog.FileRole
	how      string // "" for a loose file, "compressed", "cabinet"
	inner    int32  // the file itself, if the compressed file or the cabinet is open; else -1
	listed   bool
	escapes  bool
	arches   []inf.Arch
	sections []int
	place    catalog.Place

	size int64 // of a needed INF
	sha  catalog.Hash
	sha1 catalog.SHA1
}

// catalogFile is the security catalog an architecture asks for.
type catalogFile struct {
	arch  inf.Arch
	file  int32 // -1 if it is missing or no catalog
	fault string
	place catalog.Place

	proven   *provenCatalog // what it holds; nil if file is -1 or cannot be read
	unsigned bool           // there is none, or nobody signed it; fault says why. Known when all files were read
}

// judge parses an INF and finds the files it needs among the source's. It only looks at names, so it can run while other
// files are still being hashed.
func (im *importer) judge(i int32, text []byte) *judged {
	name := im.tree.files[i].name
	j := &judged{file: i, folder: im.tree.folders[im.tree.files[i].folder].path, byPath: map[string]int{}, arches: map[inf.Arch]bool{}}
	f, ds := inf.Parse(name, text)
	d := f.Driver()
	if !j.classify(f, ds, d, name) {
		j.namesOf(im, d)
		return j
	}
	entries := 0
	for _, ms := range d.ModelsSections() {
		if ms.Section != nil {
			entries += len(ms.Section.Lines)
		}
	}
	if entries > maxEntries {
		j.inf = &catalog.INF{SHA256: im.tree.files[i].sha, Kind: string(d.Kind), Encoding: f.Encoding.String(), Version: d.Version.DriverVer.VersionString()}
		j.tooComplex(name)
		return j
	}
	j.inf = record(f, d, im.tree.files[i].sha)
	im.oddities(j, f, ds, d)
	j.inbox = d.UsesInbox()
	im.findFiles(j, d)
	im.findCatalogs(j, d, name)
	return j
}

// classify says whether the file is a driver INF at all, and what keeps Windows from loading it if it is one.
func (j *judged) classify(f *inf.File, ds inf.Diagnostics, d *inf.Driver, name string) bool {
	if f.Err != nil {
		fault := loadFault(f, ds, name)
		if f.Section("Version") != nil && (d.Kind == inf.KindDevice || d.Kind == inf.KindPrimitive) {
			j.fault = &fault
			return true
		}
		j.why, j.detail = "not-driver-inf", fmt.Sprintf("%s (%s)", fault.Text, fault.Place)
		if strings.EqualFold(name, "autorun.inf") {
			j.why, j.detail = source.LeftoverReason(name, nil)
		}
		return false
	}
	switch d.Kind {
	case inf.KindLegacy:
		j.why, j.detail = "right-click-inf", "installed by right-click ([DefaultInstall] without devices); Windows cannot import it as a driver"
	case inf.KindClass:
		j.why, j.detail = "class-inf", "installs a setup or interface class, no device; Windows cannot import it as a driver"
	case inf.KindNone:
		j.why, j.detail = "not-driver-inf", "not a driver INF: it has neither [Manufacturer] nor [DefaultInstall]"
	default:
		return true
	}
	return false
}

// oddities reports what makes an INF mean something else on Windows than its author can have wanted: damaged characters,
// values that Windows cuts, directives that lead back to where they stand. Windows takes the INF all the same.
func (im *importer) oddities(j *judged, f *inf.File, ds inf.Diagnostics, d *inf.Driver) {
	told := func(code, text, advice string, at catalog.Place) {
		for _, r := range j.odd {
			if r.Code == code { // one of a kind is enough
				return
			}
		}
		j.odd = append(j.odd, catalog.Reason{Code: code, Level: catalog.Warns, Text: text, Place: at})
		im.problem(Problem{Code: code, Path: im.tree.path(int(j.file)), Text: fmt.Sprintf("line %d: %s", at.Line, text), Advice: advice})
		im.tree.files[j.file].damaged = true
	}
	for _, diag := range ds {
		at := catalog.Place{Path: f.Name, Line: diag.Range.Start.Line, Column: diag.Range.Start.Column}
		switch diag.Code {
		case inf.CodeEncodingInvalid:
			told("inf-damaged", fmt.Sprintf("%s (byte %d of %s text)", diag.Summary, diag.Range.Start.Offset, f.Encoding), diag.Advice, at)
		case inf.CodeFieldTooLong:
			told("inf-value-cut", diag.Summary, "get the INF again from the vendor: a line this long is hardly meant", at)
		}
	}
	for _, l := range d.Loops() {
		told("inf-loop", l.Text, "nothing is lost, Windows ends the loop; tell the vendor", place(f, f.Name, l.Field))
	}
}

// loadFault says why Windows refuses an INF: the finding of the parser that stands in the line Windows reports.
func loadFault(f *inf.File, ds inf.Diagnostics, name string) catalog.Reason {
	r := catalog.Reason{Code: "inf-invalid", Level: catalog.Decides, Text: "Windows refuses the INF with ERROR_" + f.Err.Code, Place: catalog.Place{Path: name, Line: max(f.Err.Line, 1)}}
	for _, d := range ds {
		if d.Severity == inf.Error && (f.Err.Line == 0 && d.Code == inf.CodeNotINF || f.Err.Line == d.Range.Start.Line) {
			r.Text += ": " + d.Summary
			r.Place.Line, r.Place.Column = d.Range.Start.Line, d.Range.Start.Column
			break
		}
	}
	return r
}

// maxEntries bounds the models entries of one INF, counted for each [Manufacturer] line that leads to them. The largest
// real ones have some ten thousand; a made-up one of half a megabyte could ask for millions.
const maxEntries = 1 << 20

// tooComplex refuses an INF that no real driver resembles, before it costs hours.
func (j *judged) tooComplex(name string) {
	j.fault = &catalog.Reason{Code: "inf-too-complex", Level: catalog.Decides, Place: catalog.Place{Path: name, Line: 1},
		Text: "the INF's sections name each other so often that what it needs cannot be told; no real driver does that"}
}

// namesOf records the files that an INF copies that is no driver, so that they are left over with its name.
func (j *judged) namesOf(im *importer, d *inf.Driver) {
	for _, arch := range d.SourceArches() {
		for _, sf := range d.PackageFiles(arch) {
			j.add(im, d.File, sf, "")
		}
	}
}

// record turns the meaning of an INF into the catalog's form. Nothing in it points into the INF's text.
func record(f *inf.File, d *inf.Driver, sha catalog.Hash) *catalog.INF {
	v := d.Version
	rec := &catalog.INF{
		SHA256: sha, Kind: string(d.Kind), Encoding: f.Encoding.String(),
		Class: cut(v.Class), ClassGUID: strings.Clone(v.ClassGUID), Provider: cut(v.Provider),
		Date: v.DriverVer.Date, Version: v.DriverVer.VersionString(),
	}
	var ids idArena
	for n, ms := range d.ModelsSections() {
		man := d.Manufacturers[ms.Manufacturer]
		m := catalog.ModelsSection{
			Manufacturer: cut(man.Name), ManLine: ms.Manufacturer, Name: cut(man.Models), Decoration: cut(ms.Decoration),
			Listed: ms.Listed, Defined: ms.Section != nil, Line: int(man.Line.First),
		}
		for e := range d.Entries(ms.Section) {
			description := ""
			for pos, id := range e.IDs {
				if id == "" || len(id) > maxID {
					continue
				}
				if description == "" {
					description = cut(e.Description)
				}
				ids.add(id)
				rec.IDs = append(rec.IDs, catalog.HardwareID{Section: n, Entry: m.Entries, Position: pos, Description: description})
			}
			m.Entries++
		}
		rec.Models = append(rec.Models, m)
	}
	ids.fill(rec.IDs)
	return rec
}

// Windows keeps 255 characters of a name it shows, and no device has an ID of 200 characters or more. What an INF says
// beyond that is not stored: a small file with many long strings would fill the catalog.
const (
	maxName = 255
	maxID   = 512 // bytes
)

// cut copies a name, as far as Windows would keep it.
func cut(s string) string {
	if len(s) > maxName {
		if r := []rune(s); len(r) > maxName {
			return string(r[:maxName])
		}
	}
	return strings.Clone(s)
}

// idArena keeps an INF's hardware IDs in one piece of memory: there may be thousands.
type idArena struct {
	text []byte
	ends []int
}

func (a *idArena) add(id string) {
	start := len(a.text)
	a.text = append(a.text, id...)
	for i := start; i < len(a.text); i++ {
		switch c := a.text[i]; {
		case c >= 'a' && c <= 'z':
			a.text[i] = c - 'a' + 'A'
		case c >= 0x80: // not seen in real INF files
			a.text = append(a.text[:start], strings.ToUpper(id)...)
			i = len(a.text)
		}
	}
	a.ends = append(a.ends, len(a.text))
}

func (a *idArena) fill(ids []catalog.HardwareID) {
	text, start := string(a.text), 0
	for i, end := range a.ends {
		ids[i].ID = text[start:end]
		start = end
	}
}

// findFiles looks for every file the INF names: first those its install sections need, by models section, then the rest
// that it copies anywhere, which the vendor signed with it.
func (im *importer) findFiles(j *judged, d *inf.Driver) {
	needs := d.Needs()
	for n, ms := range d.ModelsSections() {
		arch := ms.Arch()
		if ms.Section == nil || len(ms.Section.Lines) == 0 || arch == "" {
			continue
		}
		j.arches[arch] = true
		for _, sf := range needs.Files(ms, arch) {
			j.need(im, d.File, sf, arch, n)
		}
	}
	if needs.Exceeded() {
		j.tooComplex(d.File.Name)
		return
	}
	if d.Kind == inf.KindPrimitive {
		for _, arch := range inf.Arches() {
			if d.File.Section("DefaultInstall.NT"+string(arch)) == nil {
				continue
			}
			j.arches[arch] = true
			for _, sf := range needs.DefaultFiles(arch) {
				j.need(im, d.File, sf, arch, -1)
			}
		}
	}
	for _, arch := range d.SourceArches() {
		for _, sf := range d.PackageFiles(arch) {
			j.add(im, d.File, sf, "")
		}
	}
	for _, arch := range d.SourceArches() {
		for _, sf := range d.LegacyFiles(arch) {
			if i := im.tree.find(j.folder, sf.Path); i >= 0 && !sf.Escapes {
				j.legacy = append(j.legacy, i)
			}
		}
	}
	for _, c := range d.CopyINFs() {
		im.bringAlong(j, d, c, map[string]bool{}, 0)
	}
}

// need records a file that a models section needs on an architecture; section -1 stands for a primitive driver.
func (j *judged) need(im *importer, f *inf.File, sf inf.SourceFile, arch inf.Arch, section int) {
	n := j.add(im, f, sf, "")
	if !slices.Contains(n.arches, arch) {
		n.arches = append(n.arches, arch)
	}
	if section >= 0 && (len(n.sections) == 0 || n.sections[len(n.sections)-1] != section) {
		n.sections = append(n.sections, section)
	}
}

// add records a file that the INF names, below a folder relative to the INF's (for INF files that it brings along).
// f is the INF that the reference stands in if its place is worth a column, else nil.
func (j *judged) add(im *importer, f *inf.File, sf inf.SourceFile, below string) *need {
	path := sf.Path
	if sf.Escapes {
		path = sf.Name
	} else if below != "" {
		path = below + "/" + path
	}
	if len(path) > maxNeeded { // no such file can exist, and the catalog keeps the name of each that is missing
		path = strings.ToValidUTF8(path[:maxNeeded], "")
	}
	key := strings.ToLower(path)
	if i, ok := j.byPath[key]; ok {
		return &j.needs[i]
	}
	n := need{path: strings.Clone(path), file: -1, inner: -1, role: catalog.RoleFile, listed: sf.Listed, escapes: sf.Escapes}
	n.place = catalog.Place{Path: im.tree.files[j.file].name, Line: int(sf.Line.First)}
	if !sf.Escapes {
		n.locate(im, j.folder, sf)
	}
	if n.file < 0 && f != nil {
		n.place = place(f, n.place.Path, sf.Field)
	}
	j.byPath[key] = len(j.needs)
	j.needs = append(j.needs, n)
	return &j.needs[len(j.needs)-1]
}

// maxNeeded is the longest path of a file that an INF can need, in bytes.
const maxNeeded = 1024

// locate finds the file that serves a need: the loose file, a compressed copy, or the cabinet it is said to lie in.
func (n *need) locate(im *importer, folder string, sf inf.SourceFile) {
	if n.file = im.tree.find(folder, n.path); n.file >= 0 {
		return
	}
	for _, c := range inf.CompressedNames(n.path) {
		if n.file = im.tree.find(folder, c); n.file >= 0 {
			n.how, n.inner = "compressed", im.tree.only(n.file)
			return
		}
	}
	if sf.Cabinet == "" {
		return
	}
	if n.file = im.tree.find(folder, sf.Cabinet); n.file >= 0 {
		n.how = "cabinet"
		if content := im.tree.content[n.file]; content != "" {
			if n.inner = im.tree.find(content, baseOf(n.path)); n.inner < 0 {
				n.file = -1 // what is in it is known, and the file is not
			}
		}
	}
}

// maxCopyINF bounds how deep INF files that bring each other along are followed.
const maxCopyINF = 8

// bringAlong adds an INF that CopyINF names, and all that it names: it is a package of its own that has to lie where this
// one expects it.
func (im *importer) bringAlong(j *judged, parent *inf.Driver, c inf.OtherINF, seen map[string]bool, depth int) {
	key := strings.ToLower(c.Path)
	if c.Path == "" || seen[key] || depth > maxCopyINF {
		return
	}
	seen[key] = true
	n := j.add(im, nil, inf.SourceFile{Name: c.Path, Path: c.Path, Listed: true, Line: c.Line}, "")
	if n.file == j.file { // it names itself
		return
	}
	if n.role = catalog.RoleINF; n.file < 0 {
		return
	}
	text, err := im.readINF(n.file)
	if err != nil { // reported when the file itself is read
		return
	}
	f, _ := inf.Parse(im.tree.files[n.file].name, text)
	d := f.Driver()
	below := ""
	if dir := parentOf(c.Path); dir != "." {
		below = dir
	}
	for _, arch := range d.SourceArches() {
		for _, sf := range d.PackageFiles(arch) {
			sf.Line = c.Line
			j.add(im, nil, sf, below)
		}
	}
	for _, cf := range d.Version.Catalogs {
		j.add(im, nil, inf.SourceFile{Name: cf.Name, Path: cf.Name, Listed: true, Line: c.Line}, below).role = catalog.RoleCatalog
	}
	for _, next := range d.CopyINFs() {
		next.Path = joinPath(parentOf(c.Path), next.Path)
		im.bringAlong(j, parent, next, seen, depth+1)
	}
}

// readINF reads an INF besides the reading of the source: another worker may be at it, so its record is not touched.
func (im *importer) readINF(i int32) ([]byte, error) {
	f, err := im.openFile(i)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.NewSectionReader(f, 0, min(f.Size, maxINF)))
}

// openFile opens a file of the source, also one in an archive.
func (im *importer) openFile(i int32) (source.File, error) {
	if !im.tree.files[i].inner {
		f, err := im.openBase(i)
		if err != nil {
			return source.File{}, err
		}
		info, err := f.Stat()
		if err != nil {
			f.Close()
			return source.File{}, err
		}
		return source.File{ReaderAt: f, Size: info.Size(), Closer: f}, nil
	}
	return im.open.OpenFile(context.Background(), im.tree.path(int(i)))
}

// findCatalogs looks for the security catalog of each architecture with models, and takes all others that are there.
func (im *importer) findCatalogs(j *judged, d *inf.Driver, name string) {
	for _, c := range d.Version.Catalogs {
		if path := plainName(c.Name); path != "" {
			n := j.add(im, nil, inf.SourceFile{Name: path, Path: path, Listed: true, Line: c.Line}, "")
			n.role = catalog.RoleCatalog
		}
	}
	for _, arch := range inf.Arches() {
		if !j.arches[arch] {
			continue
		}
		cf := catalogFile{arch: arch, file: -1, place: catalog.Place{Path: name, Line: versionLine(d.File)}}
		c, ok := d.Version.Catalog(arch)
		switch path := plainName(c.Name); {
		case !ok:
			cf.fault = "the INF names no CatalogFile"
		case path == "":
			cf.place = place(d.File, name, c.Line.Fields[0])
			cf.fault = fmt.Sprintf("CatalogFile %q is no plain file name", c.Name)
		default:
			cf.place = place(d.File, name, c.Line.Fields[0])
			cf.file = im.tree.find(j.folder, path)
			if cf.file < 0 {
				cf.fault = fmt.Sprintf("its catalog %s is missing", path)
			} else if !im.isCatalog(cf.file) {
				cf.fault = fmt.Sprintf("%s is no security catalog but a placeholder", path)
				cf.place = catalog.Place{Path: path, Signature: "not DER"}
				cf.file = -1
			}
		}
		if cf.file >= 0 && !im.tree.files[cf.file].problem {
			cf.proven = im.prove(cf.file) // here, where several workers are at it
		}
		j.catalogs = append(j.catalogs, cf)
	}
}

// derSequence is the first byte of every security catalog: a SEQUENCE in DER. Placeholders are text.
const derSequence = 0x30

// isCatalog reports whether a file begins like a security catalog. A file that cannot be read counts as one; reading it
// reported the problem.
func (im *importer) isCatalog(i int32) bool {
	f := &im.tree.files[i]
	if !f.same {
		return f.der || f.problem
	}
	fh, err := im.openFile(i)
	if err != nil {
		return true
	}
	defer fh.Close()
	var head [1]byte
	n, _ := fh.ReadAt(head[:], 0)
	return n == 1 && head[0] == derSequence
}

// plainName returns a name without any path, or "" if it has one.
func plainName(s string) string {
	if strings.ContainsAny(s, `/\:`) {
		return ""
	}
	return strings.Clone(s)
}

func versionLine(f *inf.File) int {
	if s := f.Section("Version"); s != nil {
		return s.Line
	}
	return 1
}

// place says where a field of an INF stands.
func place(f *inf.File, name string, fd inf.Field) catalog.Place {
	p := f.FieldRange(fd).Start
	return catalog.Place{Path: name, Line: p.Line, Column: p.Column}
}
