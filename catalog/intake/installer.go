package intake

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/installer"
	"github.com/drivercat/drivercat/catalog/source"
)

// program is one setup program of the source.
type program struct {
	path   string
	folder string
	file   int32
	info   catalog.InstallerInfo
	beside []string // names of files in its folder that say how it is run; they are part of it
}

// foundSetup records a setup program. It is safe for concurrent use.
func (im *importer) foundSetup(i int32, info catalog.InstallerInfo) {
	im.mu.Lock()
	defer im.mu.Unlock()
	if im.setups == nil {
		im.setups = map[int32]catalog.InstallerInfo{}
	}
	im.setups[i] = info
}

// programs returns the setup programs that are not themselves content of an INF driver, ordered by depth and path, so
// that one that holds others in its folders comes first.
func (s *settlement) programs() []program {
	im := s.im
	for p, i := range im.prev.installers {
		if n := im.tree.find(".", p); n >= 0 && im.tree.path(int(n)) == p && im.tree.files[n].same {
			im.foundSetup(n, im.recogniseAgain(n, i.Info))
		}
	}
	var out []program
	for i, info := range im.setups {
		if f := &im.tree.files[i]; f.state != catalog.StateDriver && !f.problem {
			out = append(out, im.advise(program{path: im.tree.path(int(i)), folder: im.tree.folders[f.folder].path, file: i, info: info}))
		}
	}
	slices.SortFunc(out, func(a, b program) int {
		return cmp.Or(cmp.Compare(depth(a.folder), depth(b.folder)), strings.Compare(a.folder, b.folder),
			cmp.Compare(rank(a.path), rank(b.path)), strings.Compare(a.path, b.path))
	})
	return out
}

func depth(folder string) int {
	if folder == "." {
		return 0
	}
	return 1 + strings.Count(folder, "/")
}

// rank orders the programs of one folder by how likely they start the others: setup.exe before install.exe before other
// programs named so, before the rest.
func rank(p string) int {
	name := strings.ToLower(baseOf(p))
	stem := strings.TrimSuffix(name, path.Ext(name))
	switch {
	case name == "setup.exe":
		return 0
	case name == "install.exe":
		return 1
	case stem == "setup" || stem == "install":
		return 2
	case strings.HasPrefix(stem, "setup") || strings.HasPrefix(stem, "install"):
		return 3
	}
	return 4
}

// starts reports whether a program is named as the one that installs everything beside and below it.
func (p program) starts() bool { return rank(p.path) < 4 }

// installers decides what each setup program is: redundant if drivers that Windows can import lie in it, below it or beside
// its folder, part of a setup program above or around it, or a bad driver of its own. A program that holds both drivers and
// other programs is a bad driver too, beside the nice ones.
func (s *settlement) installers() error {
	var bad []program // mains of bad drivers so far
	put := map[string]bool{}
	for _, p := range s.programs() {
		rec := catalog.SourceInstaller{Path: p.path, Info: p.info}
		switch main := s.owner(bad, p); {
		case main != nil:
			rec.RedundantBy = []string{main.path}
		default:
			why, drivers := s.only(p)
			if drivers == nil {
				if err := s.bad(p, why); err != nil {
					return err
				}
				bad = append(bad, p)
				break
			}
			rec.RedundantBy = drivers
			f := &s.im.tree.files[p.file]
			f.state, f.why, f.detail = catalog.StateInstaller, "redundant-installer", "wraps drivers that Windows can import: "+some(rec.RedundantBy)
		}
		put[p.path] = true
		if prev, ok := s.im.prev.installers[p.path]; ok && equalInstaller(prev, rec) {
			continue
		}
		if err := s.w.PutInstaller(rec); err != nil {
			return err
		}
	}
	for _, path := range slices.Sorted(maps.Keys(s.im.prev.installers)) {
		if !put[path] {
			if err := s.w.DeleteInstaller(path); err != nil {
				return err
			}
		}
	}
	s.archives()
	return nil
}

// only tells whether a setup program is there for drivers only that Windows can import: then which. Otherwise why it must
// be run.
func (s *settlement) only(p program) (why []catalog.Reason, drivers []string) {
	im := s.im
	evidence := p.info.Evidence
	evidence.Path = baseOf(p.path)
	title := kindTitle(p.info)
	reason := func(code string, level catalog.Level, format string, args ...any) {
		why = append(why, catalog.Reason{Code: code, Level: level, Place: evidence, Text: fmt.Sprintf(format, args...)})
	}
	content := p.content(im)
	if content == "" {
		if drivers = s.wraps(p); drivers != nil {
			return nil, drivers
		}
		reason("installer-only", catalog.Decides, "only this setup program (%s) installs it: no driver that Windows can import lies beside or below it", title)
		switch err := im.open.Closed(p.path); {
		case err != nil:
			reason("installer-closed", catalog.Warns, "what it installs is not known, for it cannot be opened: %v", err)
		case !p.launches():
			reason("installer-closed", catalog.Warns, "what it installs is not known: no reader knows how %s keeps its files", title)
		}
		return why, nil
	}
	inside := s.niceBelow(content)
	others := s.others(p, content)
	switch {
	case len(inside) > 0 && len(others) == 0:
		return nil, inside
	case len(inside) > 0:
		reason("installer-both", catalog.Decides, "this setup program (%s) installs more than the %s in it: %s", title, count(len(inside), "driver that Windows can import", "drivers that Windows can import"), some(others))
		return why, nil
	}
	if drivers = s.wraps(p); drivers != nil {
		return nil, drivers
	}
	reason("installer-only", catalog.Decides, "only this setup program (%s) installs it: no driver that Windows can import lies in it, beside or below it", title)
	return why, nil
}

// content is the folder of what is in the program: the program itself if it is open, or the folder that somebody unpacked
// it to; "" if it holds nothing that is known.
func (p program) content(im *importer) string { return im.tree.content[p.file] }

// launches reports whether a setup program need not hold what it installs: it may start what lies beside it.
func (p program) launches() bool {
	switch p.info.Kind {
	case source.KindExe, source.KindDPInst, source.KindInstallShield:
		return true
	}
	return false
}

// niceBelow returns the nice drivers in a folder and below.
func (s *settlement) niceBelow(folder string) (out []string) {
	for _, n := range s.nice {
		if under(n, folder) {
			out = append(out, n)
		}
	}
	return out
}

// others returns the programs in the content of a setup program that are neither a driver's content nor part of setting
// drivers up.
func (s *settlement) others(p program, content string) (out []string) {
	im := s.im
	for i := range im.tree.files {
		f := &im.tree.files[i]
		folder := im.tree.folders[f.folder].path
		if int32(i) == p.file || f.problem || f.state != catalog.StateLeftover || !under(folder, content) {
			continue
		}
		switch {
		case f.setup:
			at := im.tree.path(i)
			if q := (program{path: at, folder: folder, file: int32(i)}); s.wraps(q) != nil || q.content(im) != "" && s.niceBelow(q.content(im)) != nil {
				continue
			}
		case f.why != source.LeftProgram || source.SetupHelper(relativeTo(im.tree.path(i), content)):
			continue
		}
		out = append(out, im.tree.path(i))
	}
	return out
}

// archives explains the archives that are no setup programs, and what lies in those that are content of a driver.
func (s *settlement) archives() {
	im := s.im
	for i := range im.tree.files {
		f := &im.tree.files[i]
		path := im.tree.path(i)
		outer := im.tree.folders[f.folder].within
		switch {
		case f.problem || f.state != catalog.StateLeftover:
		case outer >= 0 && im.tree.files[outer].state == catalog.StateDriver:
			f.state, f.why, f.detail = catalog.StateDriver, "inside", "in "+im.tree.path(int(outer))+", which is content of a driver"
		case outer >= 0 && im.tree.files[outer].state == catalog.StateInstaller && im.tree.files[outer].why != "redundant-installer":
			f.state, f.why, f.detail = catalog.StateInstaller, "inside", "in "+im.tree.path(int(outer))
		case f.archive:
			a := im.open.Archive(path)
			files, _ := a.Size()
			f.why, f.detail = "archive-opened", fmt.Sprintf("an archive (%s) of %s, which are listed below it", a.Kind, count(files, "file", "files"))
		case im.open.Unpacked(path) != "":
			f.why, f.detail = "archive-unpacked", "an archive whose content lies unpacked in "+im.open.Unpacked(path)
		case im.open.Closed(path) != nil:
			f.why, f.detail = "archive-closed", fmt.Sprintf("an archive that cannot be opened: %v", im.open.Closed(path))
		}
	}
}

func equalInstaller(a, b catalog.SourceInstaller) bool {
	return reflect.DeepEqual(a.Info, b.Info) && slices.Equal(a.RedundantBy, b.RedundantBy)
}

// owner finds the bad driver whose setup program holds p, or starts it: one in the same folder or above.
func (s *settlement) owner(bad []program, p program) *program {
	for i := range bad {
		if content := bad[i].content(s.im); content != "" && under(p.folder, content) || bad[i].starts() && under(p.folder, bad[i].folder) {
			return &bad[i]
		}
	}
	return nil
}

// wraps returns the INF files of the nice drivers that make a setup program redundant: those below its folder, or
// directly in the folder above. What lies in another archive has nothing to do with it.
func (s *settlement) wraps(p program) []string {
	im := s.im
	within := im.tree.within(p.file)
	var out []string
	for _, n := range s.nice {
		if !under(n, p.folder) && (p.folder == "." || parentOf(n) != parentOf(p.folder)) {
			continue
		}
		if i := im.tree.find(".", n); i >= 0 && im.tree.within(i) == within {
			out = append(out, n)
		}
	}
	return out
}

func some(paths []string) string {
	const most = 3
	if len(paths) <= most {
		return strings.Join(paths, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(paths[:most], ", "), len(paths)-most)
}

// bad makes a bad driver of a setup program and its data: everything beside and below it that is no driver's content if
// it is named as the one that starts the rest, else the program with the files that are known to belong to setup programs.
// What lies in the program goes with it and is not listed.
func (s *settlement) bad(p program, why []catalog.Reason) error {
	im := s.im
	d := &catalog.Driver{Name: baseOf(p.path), Verdict: catalog.Bad, Installer: &p.info, Reasons: why}
	within := im.tree.within(p.file)
	parts := s.parts(p)
	for i := range im.tree.files {
		f := &im.tree.files[i]
		folder := im.tree.folders[f.folder].path
		if f.problem || f.state != catalog.StateLeftover || !under(folder, p.folder) || im.tree.within(int32(i)) != within {
			continue
		}
		at := im.tree.path(i)
		if content := im.tree.content[int32(i)]; int32(i) != p.file && content != "" && s.niceBelow(content) != nil {
			continue // an archive of drivers is explained by them
		}
		if int32(i) != p.file && !p.starts() && !parts[at] && !(folder == p.folder && (source.InstallerData(f.name) || slices.Contains(p.beside, f.name))) {
			continue
		}
		d.Files = append(d.Files, catalog.DriverFile{Path: relativeTo(at, p.folder), Size: f.size, SHA256: f.sha, Role: catalog.RoleInstaller})
		f.state, f.why, f.detail = catalog.StateInstaller, "installer-data", "part of "+p.path
	}
	f := &im.tree.files[p.file]
	f.state, f.why, f.detail = catalog.StateInstaller, "installer", ""
	dedupe(&d.Files)
	d.Hash = catalog.DriverHash(d.Files, d.Name)
	if err := s.w.PutDriver(d, Revision); err != nil {
		return err
	}
	s.links[p.path] = true
	if prev := im.prev.drivers[p.path]; prev != nil && prev.Hash == d.Hash {
		return nil
	}
	return s.w.Link(p.path, d.Hash)
}

// parts are the other files of a program that is split, by path.
func (s *settlement) parts(p program) map[string]bool {
	out := map[string]bool{}
	if a := s.im.open.Opened(p.path); a != nil {
		for _, part := range a.Parts {
			out[part] = true
		}
	}
	return out
}

// kindTitle names an installer for people: technology, then product and version if it tells them.
func kindTitle(i catalog.InstallerInfo) string {
	title := cmp.Or(i.Technology, i.Kind)
	if i.Technology == installer.UnknownTechnology {
		title = i.Kind
	}
	if i.Product != "" {
		title += ", " + i.Product
		if i.Version != "" {
			title += " " + i.Version
		}
	}
	return title
}
