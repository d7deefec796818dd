package intake

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source"
)

// settlement gives every file of the source its state, and writes what changed.
type settlement struct {
	im    *importer
	nice  []string        // INF paths of nice drivers
	setup map[string]bool // setup programs' paths that are put
	links map[string]bool // paths of drivers that the source carries
}

func newSettlement(im *importer) *settlement {
	return &settlement{im: im, setup: map[string]bool{}, links: map[string]bool{}}
}

// whyNamed is the leftover code of files that only an INF names which is no driver.
const whyNamed = "named-by-no-driver"

// drivers stores the drivers of the source: those judged now, and those that stay as the catalog has them.
func (s *settlement) drivers(ctx context.Context, w catalog.SourceWriter, all []*judged) error {
	im := s.im
	carried := make(map[string]*catalog.Driver, len(all)+len(im.prev.drivers))
	for path, d := range im.prev.drivers {
		if i := im.tree.find(".", path); d.INF != nil && i >= 0 && im.tree.path(int(i)) == path && im.tree.files[i].same && !im.tree.files[i].problem {
			carried[path] = d
		}
	}
	slices.SortFunc(all, func(a, b *judged) int { return int(a.file - b.file) })
	for _, j := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		path := im.tree.path(int(j.file))
		delete(carried, path)
		if f := &im.tree.files[j.file]; j.inf == nil {
			f.state, f.why, f.detail = catalog.StateLeftover, j.why, j.detail
			continue
		}
		d := im.conclude(j)
		if err := w.PutDriver(d, Revision); err != nil {
			return err
		}
		if p := im.prev.drivers[path]; p == nil || p.Hash != d.Hash {
			if err := w.Link(path, d.Hash); err != nil {
				return err
			}
		}
		carried[path] = d
	}
	for _, path := range slices.Sorted(maps.Keys(carried)) {
		s.mark(path, carried[path])
	}
	for _, j := range all { // after the drivers: what an INF names that is no driver may be content of one
		if j.inf == nil {
			s.orphans(j)
		}
	}
	return nil
}

// mark gives a driver's files their state.
func (s *settlement) mark(path string, d *catalog.Driver) {
	im := s.im
	s.links[path] = true
	if d.Verdict == catalog.Nice {
		s.nice = append(s.nice, path)
	}
	folder := parentOf(path)
	for _, df := range d.Files {
		at := df.Path
		if df.Role == catalog.RoleINF && df.Path == d.Name {
			at = baseOf(path)
		}
		i := im.tree.find(folder, at)
		if i < 0 || im.tree.files[i].problem {
			continue
		}
		f := &im.tree.files[i]
		if at == baseOf(path) { // an INF is explained by itself
			f.state, f.why, f.detail = catalog.StateDriver, string(catalog.RoleINF), ""
		} else if f.state != catalog.StateDriver { // other files by the first driver that names them
			f.state, f.why, f.detail = catalog.StateDriver, string(df.Role), "named by "+path
		}
	}
}

// orphans explains files that only an INF names which is no driver.
func (s *settlement) orphans(j *judged) {
	im := s.im
	for _, n := range j.needs {
		if n.file < 0 || n.file == j.file {
			continue
		}
		if f := &im.tree.files[n.file]; f.state == catalog.StateLeftover && !f.problem && !f.setup {
			f.why, f.detail = whyNamed, fmt.Sprintf("named only by %s, which is no driver INF", im.tree.path(int(j.file)))
		}
	}
}

// files writes the state of every file that changed, and drops what the source no longer has.
func (s *settlement) files(ctx context.Context, w catalog.SourceWriter) error {
	im := s.im
	for i := range im.tree.files {
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		f := &im.tree.files[i]
		if f.why == "" {
			f.why, f.detail = im.leftover(i)
		}
		rec := catalog.SourceFile{Path: im.tree.path(i), Size: f.size, MTime: f.mtime, SHA256: f.sha, State: f.state, Why: f.why, Detail: f.detail, Problem: f.problem}
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
	var head [4096]byte
	n := 0
	if f, err := im.open(im.tree.path(i)); err == nil {
		n, _ = io.ReadFull(f, head[:])
		f.Close()
	}
	return source.LeftoverReason(im.tree.files[i].name, head[:n])
}

func baseOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
