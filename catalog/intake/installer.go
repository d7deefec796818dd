package intake

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source"
)

// program is one setup program of the source.
type program struct {
	path   string
	folder string
	file   int32
	info   catalog.InstallerInfo
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
			im.foundSetup(n, i.Info)
		}
	}
	var out []program
	for i, info := range im.setups {
		if f := &im.tree.files[i]; f.state != catalog.StateDriver && !f.problem {
			out = append(out, program{path: im.tree.path(int(i)), folder: im.tree.folders[f.folder].path, file: i, info: info})
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

// installers decides what each setup program is: redundant if drivers that Windows can import lie below it or beside its
// folder, part of a setup program above it, or a bad driver of its own.
func (s *settlement) installers() error {
	var bad []program // mains of bad drivers so far
	put := map[string]bool{}
	for _, p := range s.programs() {
		rec := catalog.SourceInstaller{Path: p.path, Info: p.info}
		switch main := owner(bad, p); {
		case main != nil:
			rec.RedundantBy = []string{main.path}
		default:
			if rec.RedundantBy = s.wraps(p); rec.RedundantBy == nil {
				if err := s.bad(p); err != nil {
					return err
				}
				bad = append(bad, p)
			} else {
				f := &s.im.tree.files[p.file]
				f.state, f.why, f.detail = catalog.StateInstaller, "redundant-installer", "wraps drivers that Windows can import: "+some(rec.RedundantBy)
			}
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
	return nil
}

func equalInstaller(a, b catalog.SourceInstaller) bool {
	return a.Info == b.Info && slices.Equal(a.RedundantBy, b.RedundantBy)
}

// owner finds the bad driver whose setup program starts p: one in the same folder or above.
func owner(bad []program, p program) *program {
	for i := range bad {
		if bad[i].starts() && under(p.folder, bad[i].folder) {
			return &bad[i]
		}
	}
	return nil
}

// wraps returns the INF files of the nice drivers that make a setup program redundant: those below its folder, or
// directly in the folder above.
func (s *settlement) wraps(p program) []string {
	var out []string
	for _, n := range s.nice {
		if under(n, p.folder) || p.folder != "." && parentOf(n) == parentOf(p.folder) {
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
func (s *settlement) bad(p program) error {
	im := s.im
	d := &catalog.Driver{Name: baseOf(p.path), Verdict: catalog.Bad, Installer: &p.info}
	for i := range im.tree.files {
		f := &im.tree.files[i]
		folder := im.tree.folders[f.folder].path
		if f.problem || f.state != catalog.StateLeftover || !under(folder, p.folder) {
			continue
		}
		if int32(i) != p.file && !p.starts() && !(folder == p.folder && source.InstallerData(f.name)) {
			continue
		}
		at := im.tree.path(i)
		d.Files = append(d.Files, catalog.DriverFile{Path: relativeTo(at, p.folder), Size: f.size, SHA256: f.sha, Role: catalog.RoleInstaller})
		f.state, f.why, f.detail = catalog.StateInstaller, "installer-data", "part of "+p.path
	}
	f := &im.tree.files[p.file]
	f.state, f.why, f.detail = catalog.StateInstaller, "installer", ""
	dedupe(&d.Files)
	evidence := p.info.Evidence
	evidence.Path = d.Name
	d.Reasons = []catalog.Reason{
		{Code: "installer-only", Level: catalog.Decides, Place: evidence, Text: fmt.Sprintf("only this setup program (%s) installs it: no driver that Windows can import lies beside or below it", kindTitle(p.info))},
	}
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

// kindTitle names an installer for people: technology, then product and version if it tells them.
func kindTitle(i catalog.InstallerInfo) string {
	title := i.Kind
	if i.Product != "" {
		title += ", " + i.Product
		if i.Version != "" {
			title += " " + i.Version
		}
	}
	return title
}
