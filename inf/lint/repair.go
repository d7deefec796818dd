package lint

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/seccat"
)

// TextState says how the text of a file stands to the catalogs beside it.
type TextState string

// The states of text.
const (
	TextRight     TextState = "right"     // a catalog lists it as it is
	TextConverted TextState = "converted" // a catalog lists it with other line ends
	TextUnproven  TextState = "unproven"  // no catalog lists it, with whatever line ends
)

// Text is a text file of a driver package, compared with the package's catalogs.
type Text struct {
	Path     string // below the folder
	State    TextState
	Catalog  string // path of the catalog that lists it; "" for TextUnproven
	Reason   string // why nothing is proven
	Was      [sha256.Size]byte
	Restored []byte // the text with its line ends restored, for TextConverted
}

// Texts compares INF files of the folder, and the text files that they copy, with the catalogs that the INF files name.
// names are INF files directly in the folder. Each file is told once, the INF files first. Files that are not text are left
// out, and so are those that are missing; problems are errors of reading.
//
// A catalog counts whether it is signed or not: its digests say what the text was when the catalog was made.
func (f *Folder) Texts(names []string) (texts []Text, problems []error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.problems = nil
	seen := map[string]bool{}
	var copied []Text
	for _, name := range names {
		src, err := f.read(name, maxText)
		if err != nil {
			f.problem(err)
			continue
		}
		file, _ := inf.Parse(name, src)
		d := file.Driver()
		certs, why := f.certificates(d, path.Dir(name))
		if !seen[name] {
			seen[name] = true
			texts = append(texts, compareText(name, src, certs, why))
		}
		for _, real := range f.copied(d, path.Dir(name)) {
			if seen[real] || len(certs) == 0 {
				continue
			}
			if t, ok := f.copiedText(real, certs); ok {
				seen[real] = true
				copied = append(copied, t)
			}
		}
	}
	slices.SortFunc(copied, func(a, b Text) int { return strings.Compare(a.Path, b.Path) })
	return append(texts, copied...), f.problems
}

// certificate is a catalog that an INF names and that can be asked.
type certificate struct {
	path string
	cat  *seccat.Catalog
}

// certificates are the catalogs that an INF names, and why there is none.
func (f *Folder) certificates(d *inf.Driver, dir string) (certs []certificate, why string) {
	why = "the INF names no catalog"
	for _, cf := range d.Version.Catalogs {
		real := ""
		if !strings.ContainsAny(cf.Name, `/\:`) {
			real = f.find(path.Join(dir, cf.Name))
		}
		if real == "" {
			why = fmt.Sprintf("its catalog %s is not there", cf.Name)
			continue
		}
		c := f.catalog(real)
		if c.cat == nil {
			if why = "its catalog " + cf.Name + " " + whyNone(c.err); c.io {
				why = fmt.Sprintf("its catalog %s cannot be read", cf.Name)
			}
			continue
		}
		if !slices.ContainsFunc(certs, func(x certificate) bool { return x.path == real }) {
			certs = append(certs, certificate{real, c.cat})
		}
	}
	return certs, why
}

// compareText asks catalogs for a text, as it is first.
func compareText(name string, src []byte, certs []certificate, why string) Text {
	sums := seccat.FlatSums(src)
	t := Text{Path: name, State: TextUnproven, Reason: why, Was: sums.SHA256}
	for _, c := range certs {
		if c.cat.Find(sums) != nil {
			t.State, t.Catalog, t.Reason = TextRight, c.path, ""
			return t
		}
	}
	for _, c := range certs {
		if restored, ok := c.cat.RestoreLines(src); ok {
			t.State, t.Catalog, t.Reason, t.Restored = TextConverted, c.path, "", restored
			return t
		}
		t.Reason = fmt.Sprintf("the catalog %s lists it neither as it is nor with other line ends", c.path)
	}
	return t
}

// copiedText compares a file that an INF copies; ok is false for what is no text.
func (f *Folder) copiedText(name string, certs []certificate) (t Text, ok bool) {
	sums := f.digests(name)
	if sums.err != nil || sums.IsPE || sums.Size > maxText {
		return t, false
	}
	src, err := f.read(name, maxText)
	if err != nil {
		f.problem(err)
		return t, false
	}
	if t = compareText(name, src, certs, ""); t.State == TextConverted {
		return t, true
	}
	return t, isText(src)
}

// isText tells text from data by its beginning: no NUL, or the mark of UTF-16.
func isText(src []byte) bool {
	const looked = 8 << 10
	return bytes.HasPrefix(src, []byte{0xff, 0xfe}) || bytes.IndexByte(src[:min(len(src), looked)], 0) < 0
}

// copied are the paths of the files that an INF copies and that are there, in order.
func (f *Folder) copied(d *inf.Driver, dir string) []string {
	found := map[string]bool{}
	var out []string
	for _, a := range d.SourceArches() {
		for _, sf := range d.PackageFiles(a) {
			if !sf.Listed || sf.Escapes || strings.HasSuffix(strings.ToLower(sf.Path), ".inf") {
				continue
			}
			if real := f.find(path.Join(dir, sf.Path)); real != "" && !found[real] {
				found[real] = true
				out = append(out, real)
			}
		}
	}
	return out
}
