package intake

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/seccat"
)

// maxMissing bounds how many missing files are told one by one.
const maxMissing = 20

// conclude judges an INF when all files were read: which of the files it needs are there, for which architectures it is
// complete, and what that makes of it.
func (im *importer) conclude(j *judged) *catalog.Driver {
	d := &catalog.Driver{Name: im.tree.files[j.file].name, INF: j.inf}
	d.Files = append(d.Files, im.driverFile(j.file, d.Name, catalog.RoleINF, nil))
	incomplete := map[int]bool{} // models sections that miss a file
	broken := map[inf.Arch]bool{}
	unreadable := map[string]bool{}     // missing files that are there
	packed := map[string][]signedFile{} // what lies in files that are compressed, or cabinets; nothing if they are not open
	var notes []catalog.Reason
	for i := range j.needs {
		n := &j.needs[i]
		if n.file == j.file {
			continue
		}
		if n.file >= 0 && im.readable(n) {
			path := relativeTo(im.tree.path(int(n.file)), j.folder)
			if isINF(path) {
				d.Files = append(d.Files, catalog.DriverFile{Path: path, Size: n.size, SHA256: n.sha, Role: n.role, Arches: n.arches, SHA1: n.sha1})
			} else {
				d.Files = append(d.Files, im.driverFile(n.file, path, n.role, n.arches))
			}
			notes = appendHow(notes, n, path)
			if n.how != "" {
				packed[path] = im.unpacked(n, packed[path])
			}
			continue
		}
		if n.role == catalog.RoleCatalog || len(n.arches) == 0 {
			continue // catalogs are told by architecture; what no models section needs is not missed
		}
		if !n.listed && j.inbox && n.file < 0 && !n.escapes {
			notes = append(notes, catalog.Reason{Code: "file-from-windows", Level: catalog.Notes, Place: n.place,
				Text: fmt.Sprintf("%s is copied but not listed in [SourceDisksFiles]: it comes with Windows, whose INF files this one includes", n.path)})
			continue
		}
		if n.file >= 0 {
			unreadable[n.path] = true
		}
		d.Missing = append(d.Missing, catalog.MissingFile{Path: n.path, Arches: n.arches, Sections: n.sections, Role: n.role, Place: n.place})
		for _, s := range n.sections {
			incomplete[s] = true
		}
		if len(n.sections) == 0 {
			for _, a := range n.arches {
				broken[a] = true
			}
		}
	}
	dedupe(&d.Files)
	asked := im.asked(j)
	im.complete(j, d, incomplete, broken)
	content := newSignedContent(d, packed,
		func(path string) ([]byte, error) { return im.readINF(im.tree.find(j.folder, path)) },
		func(path string) (catalog.SHA1, error) { return im.sha1(im.tree.find(j.folder, path)) })
	content.catalogs = asked
	if len(d.Complete) > 0 { // what is not here cannot be signed or changed
		content.catalogs = slices.DeleteFunc(asked, func(a askedCatalog) bool { return !slices.Contains(d.Complete, a.arch) && !broken[a.arch] })
	}
	d.Signatures = content.signatures()
	im.verdict(j, d, unreadable)
	d.Reasons = append(append(d.Reasons, j.odd...), notes...)
	d.Hash = catalog.DriverHash(d.Files, d.Name)
	return d
}

// unpacked adds the file that a need means to those of its cabinet, or of the file that it is the compressed form of.
func (im *importer) unpacked(n *need, files []signedFile) []signedFile {
	if n.inner < 0 || slices.ContainsFunc(files, func(f signedFile) bool { return f.path == n.path }) {
		return files
	}
	df := im.driverFile(n.inner, n.path, n.role, n.arches)
	return append(files, newSignedFile(df, func() ([]byte, error) { return im.readINF(n.inner) }, func() (catalog.SHA1, error) { return im.sha1(n.inner) }))
}

// sha1 reads a file for its SHA-1.
func (im *importer) sha1(i int32) (sum catalog.SHA1, err error) {
	f, err := im.openFile(i)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha1.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, f.Size)); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}

// readable reports whether the file that serves a need could be read. INF files are read at the same time as others are
// judged, so one that is brought along is hashed on its own.
func (im *importer) readable(n *need) bool {
	if !isINF(im.tree.files[n.file].name) {
		return !im.tree.files[n.file].problem
	}
	text, err := im.readINF(n.file)
	n.size, n.sha, n.sha1 = int64(len(text)), sha256.Sum256(text), sha1.Sum(text)
	return err == nil
}

// driverFile is a file of the source as content of a driver.
func (im *importer) driverFile(i int32, path string, role catalog.FileRole, arches []inf.Arch) catalog.DriverFile {
	f := &im.tree.files[i]
	df := catalog.DriverFile{Path: path, Size: f.size, SHA256: f.sha, Role: role, Arches: arches}
	if d := im.digests(i); d != nil {
		df.SHA1, df.Image = d.sha1, d.image
	}
	return df
}

// digests makes those of a file that was no driver's content before, so that nobody kept them. Nil if it cannot be read.
func (im *importer) digests(i int32) *digests {
	f := &im.tree.files[i]
	if f.sums != nil || f.problem {
		return f.sums
	}
	fh, err := im.openFile(i)
	if err != nil {
		return nil
	}
	defer fh.Close()
	s := seccat.NewQuickSummer()
	if _, err := io.Copy(s, io.NewSectionReader(fh, 0, fh.Size)); err != nil {
		return nil
	}
	f.sums = digestsOf(s.Sums(), fh)
	return f.sums
}

// dedupe orders a driver's files by path and keeps one of each: two needs may be served by one file.
func dedupe(files *[]catalog.DriverFile) {
	slices.SortStableFunc(*files, func(a, b catalog.DriverFile) int { return strings.Compare(a.Path, b.Path) })
	*files = slices.CompactFunc(*files, func(a, b catalog.DriverFile) bool { return a.Path == b.Path })
}

func appendHow(notes []catalog.Reason, n *need, path string) []catalog.Reason {
	switch n.how {
	case "compressed":
		return append(notes, catalog.Reason{Code: "file-compressed", Level: catalog.Notes, Place: n.place, Text: fmt.Sprintf("%s lies compressed as %s", n.path, path)})
	case "cabinet":
		if n.inner >= 0 {
			return append(notes, catalog.Reason{Code: "file-in-cabinet", Level: catalog.Notes, Place: n.place, Text: fmt.Sprintf("%s lies in the cabinet %s", n.path, path)})
		}
		return append(notes, catalog.Reason{Code: "file-in-cabinet", Level: catalog.Warns, Place: n.place, Text: fmt.Sprintf("%s is said to lie in the cabinet %s, which was not opened", n.path, path)})
	}
	return notes
}

// complete fills in for which architectures the driver has a models section that misses nothing, and for which no
// security catalog lies beside it.
func (im *importer) complete(j *judged, d *catalog.Driver, incomplete map[int]bool, broken map[inf.Arch]bool) {
	for _, arch := range inf.Arches() {
		if !j.arches[arch] {
			continue
		}
		whole := d.INF.Kind == string(inf.KindPrimitive) && !broken[arch]
		for n, m := range d.INF.Models {
			ms := inf.ModelsSection{Decoration: m.Decoration}
			if m.Entries > 0 && ms.Arch() == arch && !incomplete[n] {
				whole = true
			}
		}
		if whole {
			d.Complete = append(d.Complete, arch)
		}
	}
	for _, c := range j.catalogs {
		if c.unsigned {
			d.Unsigned = append(d.Unsigned, c.arch)
		}
	}
}

// verdict decides, and gives the reasons in the order in which a person would ask for them.
func (im *importer) verdict(j *judged, d *catalog.Driver, unreadable map[string]bool) {
	d.Verdict = catalog.Broken
	switch {
	case j.fault != nil:
		d.Reasons = append(d.Reasons, *j.fault)
	case len(j.arches) == 0:
		d.Reasons = append(d.Reasons, noModels(d))
	case len(d.Complete) == 0:
		d.Reasons = append(d.Reasons, missing(d, unreadable, catalog.Decides)...)
	case allRefused(d):
		d.Reasons = append(d.Reasons, im.unsigned(j, catalog.Decides)...)
		d.Reasons = append(d.Reasons, signatureReasons(d, j.catalogs, catalog.Decides)...)
		d.Reasons = append(d.Reasons, missing(d, unreadable, catalog.Warns)...)
	default:
		d.Verdict = catalog.Nice
		d.Reasons = append(d.Reasons, importable(d))
		d.Reasons = append(d.Reasons, missing(d, unreadable, catalog.Warns)...)
		d.Reasons = append(d.Reasons, im.unsigned(j, catalog.Warns)...)
		d.Reasons = append(d.Reasons, signatureReasons(d, j.catalogs, catalog.Warns)...)
	}
}

// importable says why a driver is nice.
func importable(d *catalog.Driver) catalog.Reason {
	r := catalog.Reason{Code: "importable", Level: catalog.Decides, Place: catalog.Place{Path: d.Name, Line: 1}}
	if d.INF.Kind == string(inf.KindPrimitive) {
		r.Text = fmt.Sprintf("Windows 10 1903 and later import it (a primitive driver, for no device) on %s; %s", archNames(d.Complete), presence(d))
		return r
	}
	devices := 0
	for _, m := range d.INF.Models {
		devices += m.Entries
	}
	for _, m := range d.INF.Models {
		if m.Entries > 0 {
			r.Place.Line = m.Line
			break
		}
	}
	r.Text = fmt.Sprintf("Windows can import it: %s for %s; %s", count(devices, "models entry", "models entries"), archNames(d.Complete), presence(d))
	return r
}

func presence(d *catalog.Driver) string {
	switch {
	case len(d.Missing) == 0 && len(d.Files) == 1:
		return "it needs no file but the INF"
	case len(d.Missing) == 0:
		return fmt.Sprintf("all %d files it needs are here", len(d.Files))
	}
	return "every file it needs there is here"
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func archNames(as []inf.Arch) string {
	var b strings.Builder
	for i, a := range as {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(a.Short())
	}
	return b.String()
}

// noModels says why an INF serves no device at all.
func noModels(d *catalog.Driver) catalog.Reason {
	r := catalog.Reason{Code: "models-none", Level: catalog.Decides, Place: catalog.Place{Path: d.Name, Line: 1}}
	if len(d.INF.Models) == 0 {
		r.Text = "the INF has no models section, so it serves no device"
		return r
	}
	first := d.INF.Models[0]
	r.Place.Line = first.Line
	for _, m := range d.INF.Models {
		if strings.Contains(m.Decoration, "$") {
			r.Code, r.Place.Line = "unstamped", m.Line
			r.Text = fmt.Sprintf("the decoration %s was never stamped: this is a source file of a driver, not a driver", m.Decoration)
			return r
		}
	}
	for _, m := range d.INF.Models {
		if m.Defined && m.Entries > 0 {
			r.Place.Line = m.Line
			r.Text = fmt.Sprintf("Windows cannot read the decoration %q, the only one with devices", m.Decoration)
			return r
		}
	}
	if first.Defined {
		r.Text = fmt.Sprintf("[%s] and all other models sections are empty, so it serves no device", first.Section())
	} else {
		r.Text = fmt.Sprintf("[%s] does not exist, nor any other models section with devices", first.Section())
	}
	return r
}

// missing tells the files that an INF needs and its folder lacks.
func missing(d *catalog.Driver, unreadable map[string]bool, level catalog.Level) []catalog.Reason {
	var out []catalog.Reason
	for i, m := range d.Missing {
		if i == maxMissing {
			out = append(out, catalog.Reason{Code: "files-missing", Level: level, Place: m.Place, Text: fmt.Sprintf("%d more files are missing", len(d.Missing)-i)})
			break
		}
		r := catalog.Reason{Code: "file-missing", Level: level, Place: m.Place, Text: fmt.Sprintf("%s is missing; it is needed for %s", m.Path, archNames(m.Arches))}
		if unreadable[m.Path] {
			r.Code, r.Text = "file-unreadable", fmt.Sprintf("%s cannot be read; it is needed for %s", m.Path, archNames(m.Arches))
		}
		out = append(out, r)
	}
	return out
}

// allRefused reports whether every system that the driver is complete for refuses it: 64-bit Windows since Vista takes no
// driver without a catalog, or with other files than those that were signed. What was tampered with nobody should install. Windows XP x64 and Server 2003 x64 do, so models for them count.
func allRefused(d *catalog.Driver) bool {
	for _, a := range d.Complete {
		if d.Tampered(a) {
			continue
		}
		if a == inf.X86 || !d.Refuses(a) {
			return false
		}
		if a != inf.AMD64 && a != inf.IA64 {
			continue
		}
		for _, m := range d.INF.Models {
			dec, ok := inf.ParseDecoration(m.Decoration)
			if ok && dec.Arch == a && m.Entries > 0 && (dec.Major < 6) {
				return false
			}
		}
	}
	return true
}

// unsigned tells for which architectures no security catalog lies beside the INF, one reason for each cause.
func (im *importer) unsigned(j *judged, level catalog.Level) []catalog.Reason {
	var out []catalog.Reason
	for i, c := range j.catalogs {
		if !c.unsigned {
			continue
		}
		same := func(o catalogFile) bool { return o.unsigned && o.fault == c.fault && o.place == c.place }
		if slices.ContainsFunc(j.catalogs[:i], same) {
			continue
		}
		var arches []inf.Arch
		for _, o := range j.catalogs[i:] {
			if same(o) {
				arches = append(arches, o.arch)
			}
		}
		out = append(out, catalog.Reason{Code: "unsigned", Level: level, Place: c.place, Text: fmt.Sprintf("unsigned for %s: %s; %s", archNames(arches), c.fault, unsignedMeans(arches))})
	}
	return out
}

func unsignedMeans(arches []inf.Arch) string {
	if slices.Contains(arches, inf.X86) && len(arches) == 1 {
		return "32-bit Windows warns before it installs the driver"
	}
	return "64-bit Windows since Vista refuses the driver"
}
