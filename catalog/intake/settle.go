package intake

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source"
)

// settlement gives every file of the source its state, and writes what changed.
type settlement struct {
	im    *importer
	w     catalog.SourceWriter
	nice  []string        // INF paths of nice drivers
	links map[string]bool // paths of drivers that the source carries
	infs  []mention       // INF files that drivers bring along (CopyINF)
	loose []mention       // files that INF files name which are no drivers
	old   []mention       // files that INF files copy on Windows 95, 98 and Me only
	lone  []loneINF       // incomplete drivers of archives: perhaps copies of whole ones
}

// maxLone bounds how many incomplete drivers of archives are kept in memory.
const maxLone = 2000

// loneINF is a driver whose files are not beside it.
type loneINF struct {
	judged *judged
	driver *catalog.Driver
}

// mention is a file of the source and the INF that names it.
type mention struct{ file, by int32 }

func newSettlement(im *importer, w catalog.SourceWriter) *settlement {
	return &settlement{im: im, w: w, links: map[string]bool{}}
}

// whyNamed is the leftover code of files that only an INF names which is no driver.
const whyNamed = "named-by-no-driver"

// whyLegacy is the leftover code of files that a driver copies on systems without NT only.
const whyLegacy = "windows-9x"

// take stores what an INF says and the driver it makes, once all other files were read.
func (s *settlement) take(j *judged) error {
	im := s.im
	if j.inf == nil {
		f := &im.tree.files[j.file]
		f.state, f.why, f.detail = catalog.StateLeftover, j.why, j.detail
		for _, n := range j.needs {
			if n.file >= 0 && n.file != j.file {
				s.loose = append(s.loose, mention{n.file, j.file})
			}
		}
		return nil
	}
	d := im.conclude(j)
	if d.Verdict == catalog.Broken && len(d.Missing) > 0 && im.tree.within(j.file) >= 0 && len(s.lone) < maxLone {
		s.lone = append(s.lone, loneINF{j, d})
		return nil
	}
	return s.put(j, d)
}

// put stores a driver.
func (s *settlement) put(j *judged, d *catalog.Driver) error {
	im := s.im
	if err := s.w.PutINF(j.inf, Revision); err != nil {
		return err
	}
	if err := s.w.PutDriver(d, Revision); err != nil {
		return err
	}
	path := im.tree.path(int(j.file))
	if p := im.prev.drivers[path]; p == nil || p.Hash != d.Hash {
		if err := s.w.Link(path, d.Hash); err != nil {
			return err
		}
	}
	s.mark(j.file, d)
	for _, i := range j.legacy {
		s.old = append(s.old, mention{i, j.file})
	}
	return nil
}

// keep settles the drivers that stay as the catalog has them, then what waited until every INF was judged.
func (s *settlement) keep() error {
	im := s.im
	for path, d := range im.prev.drivers {
		if d.INF == nil || s.links[path] {
			continue
		}
		if i := im.tree.find(".", path); i >= 0 && im.tree.path(int(i)) == path && im.tree.files[i].same && !im.tree.files[i].judged {
			s.mark(i, d)
		}
	}
	if err := s.settleLone(); err != nil {
		return err
	}
	for _, m := range s.infs {
		if f := &im.tree.files[m.file]; f.state != catalog.StateDriver && !f.problem {
			f.state, f.why, f.detail = catalog.StateDriver, string(catalog.RoleINF), "named by "+im.tree.path(int(m.by))
		}
	}
	s.explain(s.loose, whyNamed, "named only by %s, which is no driver INF")
	s.explain(s.old, whyLegacy, "%s copies it on Windows 95, 98 and Me only")
	slices.Sort(s.nice)
	return nil
}

// whyCopy is the leftover code of an INF that a setup program copies elsewhere a second time, without its files.
const whyCopy = "inf-copy"

// settleLone leaves INF files over whose driver lies whole in the same archive, open or unpacked: setup programs often copy the INF alone to
// Windows' own folder too. The others are what they seem, incomplete.
func (s *settlement) settleLone() error {
	im := s.im
	type place struct {
		top int32
		sha catalog.Hash
	}
	whole := map[place]string{}
	for _, path := range s.nice {
		if i := im.tree.find(".", path); i >= 0 && im.tree.within(i) >= 0 {
			at := place{im.tree.top(i), im.tree.files[i].sha}
			if old, ok := whole[at]; !ok || path < old {
				whole[at] = path
			}
		}
	}
	for _, l := range s.lone {
		f := &im.tree.files[l.judged.file]
		if path, ok := whole[place{im.tree.top(l.judged.file), f.sha}]; ok {
			f.state, f.why, f.detail = catalog.StateLeftover, whyCopy, "the same INF as "+path+", whose files are there"
			continue
		}
		if err := s.put(l.judged, l.driver); err != nil {
			return err
		}
	}
	return nil
}

// explain tells why files are left over that an INF mentions. Of several INF files the first in the source is named.
func (s *settlement) explain(mentions []mention, why, detail string) {
	slices.SortFunc(mentions, func(a, b mention) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(b.by, a.by)) })
	for _, m := range mentions {
		if f := &s.im.tree.files[m.file]; f.state == catalog.StateLeftover && !f.problem && !f.setup {
			f.why, f.detail = why, fmt.Sprintf(detail, s.im.tree.path(int(m.by)))
		}
	}
}

// mark gives a driver's files their state. Of several drivers that name a file the first in the source explains it. INF
// files wait: others may still be judged.
func (s *settlement) mark(inf int32, d *catalog.Driver) {
	im := s.im
	path := im.tree.path(int(inf))
	s.links[path] = true
	if d.Verdict == catalog.Nice {
		s.nice = append(s.nice, path)
	}
	im.tree.files[inf].state, im.tree.files[inf].why, im.tree.files[inf].detail = catalog.StateDriver, string(catalog.RoleINF), ""
	folder := parentOf(path)
	for _, df := range d.Files {
		i := im.tree.find(folder, df.Path)
		switch {
		case i < 0 || i == inf || df.Role == catalog.RoleINF && df.Path == d.Name:
			continue
		case isINF(im.tree.files[i].name):
			s.infs = append(s.infs, mention{i, inf})
			continue
		}
		f := &im.tree.files[i]
		if f.problem || f.state == catalog.StateDriver && f.by <= inf {
			continue
		}
		f.state, f.why, f.detail, f.by = catalog.StateDriver, string(df.Role), "named by "+path, inf
	}
}

// files writes the state of every file that changed, and drops what the source no longer has.
func (s *settlement) files(ctx context.Context) error {
	im, w := s.im, s.w
	for i := range im.tree.files {
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		f := &im.tree.files[i]
		if f.state == catalog.StateLeftover && f.why == "" {
			f.why, f.detail = im.leftover(i)
		}
		rec := catalog.SourceFile{Path: im.tree.path(i), Size: f.size, MTime: f.mtime, SHA256: f.sha, State: f.state, Why: f.why, Detail: f.detail, Problem: f.problem || f.damaged}
		if f.problem {
			rec.SHA256 = catalog.Hash{}
		}
		if p, ok := im.prev.files[rec.Path]; ok {
			delete(im.prev.files, rec.Path)
			if p == rec {
				continue
			}
		}
		if err := w.PutFile(rec); err != nil {
			return err
		}
	}
	for _, path := range slices.Sorted(maps.Keys(im.prev.files)) {
		if err := w.DeleteFile(path); err != nil {
			return err
		}
	}
	for _, path := range slices.Sorted(maps.Keys(im.prev.drivers)) {
		if !s.links[path] {
			if err := w.Unlink(path); err != nil {
				return err
			}
		}
	}
	return nil
}

// leftover explains a file that was content before and is so no more: its first bytes are looked at again.
func (im *importer) leftover(i int) (why, detail string) {
	var head [headSize]byte
	n := 0
	if f, err := im.openFile(int32(i)); err == nil {
		n, _ = f.ReadAt(head[:], 0)
		f.Close()
	}
	return source.LeftoverReason(im.tree.files[i].name, head[:n])
}

func baseOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
