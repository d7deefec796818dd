package packager

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/layout"
)

// candidate is a driver at its place in a source.
type candidate struct {
	source *InputSource
	path   string // of the INF in the source
	driver *catalog.Driver
	why    string
	ids    idSet
}

// idSet holds the IDs of the models sections that the target reads, and whether one stands as a hardware ID (true) or only
// as a compatible one.
type idSet map[string]bool

// extensionGUID is the class of extension INFs. Several of them serve one device side by side, told apart by an ExtensionId.
const extensionGUID = "{E2F84CE7-8EFA-411C-AA69-97454CA4CB57}"

// choose takes the drivers that go into the package, in the order of source and path, and notes the others as left out.
func choose(in Input, p *Plan, o PlanOptions) []candidate {
	var nice []candidate
	for _, c := range candidates(in) {
		left, refused := refuse(c, in.Target)
		if !refused {
			left, refused = blocked(c, p, o)
		}
		if refused {
			p.LeftOut = append(p.LeftOut, left)
			continue
		}
		a := catalog.Applies(c.driver, in.Target)
		c.why, c.ids = a.Text, idsOf(c.driver, a.Sections)
		nice = append(nice, c)
	}
	nice = dropDuplicates(nice, p)
	return dropSuperseded(nice, p)
}

// candidates lists what the sources carry, adopted sources first, so that a package prefers content that lies on the share.
func candidates(in Input) []candidate {
	var all []candidate
	for i := range in.Sources {
		for _, r := range in.Sources[i].Drivers {
			all = append(all, candidate{source: &in.Sources[i], path: r.Path, driver: r.Driver})
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(
			cmp.Compare(rankAdopted(a), rankAdopted(b)),
			strings.Compare(a.source.Source.Location, b.source.Source.Location),
			strings.Compare(a.path, b.path),
		)
	})
	return all
}

func rankAdopted(c candidate) int {
	if c.source.Source.Adopted {
		return 0
	}
	return 1
}

// refuse tells why a driver cannot go into a package for the target.
func refuse(c candidate, t catalog.Target) (LeftDriver, bool) {
	switch c.driver.Verdict {
	case catalog.Bad:
		r := deciding(c.driver)
		text := "only its setup program installs it: it needs a software package"
		if c.driver.Judged != "" {
			text = r.Text
		}
		return c.left(CodeBad, text, r), true
	case catalog.Broken:
		r := deciding(c.driver)
		text := r.Text
		if text == "" {
			text = "Windows cannot install it"
		}
		return c.left(CodeBroken, text, r), true
	}
	if a := catalog.Applies(c.driver, t); !a.OK {
		return c.left(a.Code, a.Text, catalog.Reason{Place: a.Place}), true
	}
	if c.driver.Judged != "" {
		// Called nice by an administrator: the rules made sure of nothing. An incomplete package is never built. What the
		// target's models sections miss was told above.
		for _, m := range c.driver.Missing {
			if len(m.Sections) == 0 && slices.Contains(m.Arches, t.Arch) {
				return c.left(CodeIncomplete, fmt.Sprintf("%s is missing, and no word of an administrator's replaces it", m.Path), catalog.Reason{Place: m.Place}), true
			}
		}
	}
	for _, f := range c.driver.Files {
		if rel := inSource(c.path, f.Path); rel == "" || strings.ContainsAny(f.Path, `\:`) || !insideFolder(f.Path) {
			return c.left(CodeUnsafe, fmt.Sprintf("its file \"%s\" lies outside the INF's folder, and a package folder must hold it all", f.Path), catalog.Reason{Place: catalog.Place{Path: f.Path}}), true
		}
	}
	if a, b := caseTwins(c.driver.Files); a != "" {
		return c.left(CodeCase, fmt.Sprintf("%s and %s differ only in case, and Windows can keep one of them: remove the one that does not belong and import again", a, b), catalog.Reason{Place: catalog.Place{Path: a}}), true
	}
	return LeftDriver{}, false
}

// blocked refuses a driver with files that Windows is told not to load, or warns of them if they are allowed.
func blocked(c candidate, p *Plan, o PlanOptions) (LeftDriver, bool) {
	if o.Blocklist == nil {
		return LeftDriver{}, false
	}
	var files []string
	for _, f := range o.Blocklist.Files(c.driver) {
		files = append(files, fmt.Sprintf("%s (%s, %s)", f.Path, f.Matches[0].Text, f.Matches[0].Rule))
	}
	if len(files) == 0 {
		return LeftDriver{}, false
	}
	text := "on the list of vulnerable drivers: " + strings.Join(files, "; ")
	if o.AllowBlocked {
		p.Warnings = append(p.Warnings, layout.Warning{Code: "blocked-driver", Text: c.path + " is taken although it is " + text})
		return LeftDriver{}, false
	}
	return c.left(CodeBlocked, text, catalog.Reason{Place: catalog.Place{Path: o.Blocklist.Files(c.driver)[0].Path}}), true
}

func (c candidate) left(code, text string, r catalog.Reason) LeftDriver {
	l := LeftDriver{
		Hash: c.driver.Hash, Name: path.Base(c.path), Verdict: c.driver.Verdict, Source: c.ref(), Path: c.path,
		Code: code, Text: text, Place: r.Place,
	}
	if i := c.driver.INF; i != nil {
		l.Class, l.Provider, l.Version = i.Class, i.Provider, i.Version
	}
	return l
}

func (c candidate) ref() SourceRef {
	s := c.source.Source
	return SourceRef{ID: s.ID, Location: s.Location, Adopted: s.Adopted}
}

// deciding is the first reason that a verdict rests on.
func deciding(d *catalog.Driver) catalog.Reason {
	for _, r := range d.Reasons {
		if r.Level == catalog.Decides {
			return r
		}
	}
	return catalog.Reason{Place: catalog.Place{Path: d.Name}}
}

// inSource is a driver file's path in its source, "" if it leads out of it.
func inSource(infPath, file string) string {
	p := path.Join(path.Dir(infPath), file)
	if p == ".." || strings.HasPrefix(p, "../") || path.IsAbs(file) {
		return ""
	}
	return p
}

func insideFolder(p string) bool {
	p = path.Clean(p)
	return p != "." && p != ".." && !strings.HasPrefix(p, "../")
}

// caseTwins finds two files whose paths differ only in case and whose content differs.
func caseTwins(files []catalog.DriverFile) (string, string) {
	seen := map[string]catalog.DriverFile{}
	for _, f := range files {
		low := strings.ToLower(f.Path)
		if o, ok := seen[low]; ok && o.SHA256 != f.SHA256 {
			return o.Path, f.Path
		}
		seen[low] = f
	}
	return "", ""
}

func idsOf(d *catalog.Driver, sections []int) idSet {
	ids := idSet{}
	for _, id := range d.INF.IDs {
		if slices.Contains(sections, id.Section) {
			ids[id.ID] = ids[id.ID] || id.Position == 0
		}
	}
	return ids
}

// covers reports whether every ID of o is served here too, and as well: a hardware ID must not become a compatible one,
// which Windows ranks lower.
func (s idSet) covers(o idSet) bool {
	for id, hardware := range o {
		h, ok := s[id]
		if !ok || hardware && !h {
			return false
		}
	}
	return true
}

// dropDuplicates keeps the first place of each content.
func dropDuplicates(all []candidate, p *Plan) []candidate {
	first := map[catalog.Hash]candidate{}
	kept := all[:0:0]
	for _, c := range all {
		if o, dup := first[c.driver.Hash]; dup {
			l := c.left(CodeDuplicate, fmt.Sprintf("the same content as %s in %s", o.path, o.source.Source.Location), catalog.Reason{Place: catalog.Place{Path: path.Base(c.path)}})
			l.By = o.driver.Hash
			p.LeftOut = append(p.LeftOut, l)
			continue
		}
		first[c.driver.Hash] = c
		kept = append(kept, c)
	}
	return kept
}

// dropSuperseded leaves out drivers whose every ID a newer one of the same provider and class serves. Names do not count.
func dropSuperseded(all []candidate, p *Plan) []candidate {
	groups := map[string][]candidate{}
	key := func(c candidate) string {
		i := c.driver.INF
		class := cmp.Or(i.ClassGUID, i.Class)
		return strings.ToLower(strings.TrimSpace(i.Provider) + "\x00" + class)
	}
	for _, c := range all {
		groups[key(c)] = append(groups[key(c)], c)
	}
	var kept []candidate
	for _, c := range all {
		by := newest(c, groups[key(c)])
		if by == nil {
			kept = append(kept, c)
			continue
		}
		i := by.driver.INF
		l := c.left(CodeSuperseded, fmt.Sprintf("%s of %s, version %s, is newer and covers all of its hardware IDs", by.path, i.Date, i.Version), catalog.Reason{Place: catalog.Place{Path: path.Base(c.path)}})
		l.By = by.driver.Hash
		p.LeftOut = append(p.LeftOut, l)
	}
	return kept
}

// newest finds the newest driver of the group that supersedes c, or nil. Being superseded is transitive, so the newest one
// is itself taken.
func newest(c candidate, group []candidate) *candidate {
	i := c.driver.INF
	if len(c.ids) == 0 || strings.EqualFold(i.ClassGUID, extensionGUID) || strings.EqualFold(i.Class, "Extension") {
		return nil
	}
	var best *candidate
	for k := range group {
		g := &group[k]
		if compareAge(i, g.driver.INF) < 0 && g.ids.covers(c.ids) && (best == nil || compareAge(best.driver.INF, g.driver.INF) < 0) {
			best = g
		}
	}
	return best
}

// compareAge compares by DriverVer as Windows does among drivers of one rank: the date first, then the version.
func compareAge(a, b *catalog.INF) int {
	return cmp.Or(strings.Compare(a.Date, b.Date), compareVersions(a.Version, b.Version))
}

func compareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		if c := cmp.Compare(part(x, i), part(y, i)); c != 0 {
			return c
		}
	}
	return 0
}

func part(v []string, i int) uint64 {
	if i >= len(v) {
		return 0
	}
	n, err := strconv.ParseUint(v[i], 10, 32)
	if err != nil {
		return 0 // the catalog stores decimal parts only
	}
	return n
}
