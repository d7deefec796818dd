package packager

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/blocklist"
	"github.com/drivercat/drivercat/catalog/source/archive/external"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// OldPlan publishes the content of an older version again. Its JSON shape is documented in docs/packages.md.
type OldPlan struct {
	Of         int           `json:"of"` // the version whose content it is
	Plan       *Plan         `json:"plan"`
	Missing    []MissingFile `json:"missing"`    // files that cannot be had any more; with any there is nothing to publish
	Objections []Objection   `json:"objections"` // drivers that a build would not take today
}

// MissingFile is a file of an older version that is nowhere.
type MissingFile struct {
	Path   string       `json:"path"` // in the package
	Size   int64        `json:"size"`
	SHA256 catalog.Hash `json:"sha256"`
	INF    string       `json:"inf"` // of its driver
	Driver string       `json:"driverVersion"`
	Why    string       `json:"why"`
}

// Objection is why a driver of an older version would not be taken today.
type Objection struct {
	Driver manifest.Driver `json:"driver"`
	Code   string          `json:"code"` // CodeBlocked, or a verdict: CodeBad, CodeBroken
	Text   string          `json:"text"`
}

// OldOptions say where the content of an older version may come from.
type OldOptions struct {
	Layout    layout.Layout
	Packages  []catalog.Package // the catalog's records of the packages on the tree
	Tools     []external.Tool   // programs for archives of the sources that no reader knows
	Blocklist *blocklist.List   // nil asks none

	// Not are places that turned out not to hold what they should: see OldPlan.Without.
	Not map[Place]bool
}

// Place is where a file lies: in a source, or in a package, whose SourceRef has an ID below 0.
type Place struct {
	Source SourceRef
	Path   string
}

// PlanOld finds where each file of an older version can be had: in the catalog's sources, the package itself, or
// other packages on the tree. It reads manifests and folders there and writes nothing.
func PlanOld(ctx context.Context, t tree.Tree, r catalog.Reader, h *History, v HistoryVersion, o OldOptions) (*OldPlan, error) {
	m := v.Manifest
	f := &finder{
		ctx: ctx, tree: t, reader: r, history: h, opts: o, from: &origins{tree: t, tools: o.Tools}, folders: map[Place]map[string]fs.FileInfo{},
		places: map[catalog.Hash][]found{}, records: map[catalog.Hash]*catalog.Driver{},
	}
	defer f.from.Close()
	p := &OldPlan{Of: v.Version, Missing: []MissingFile{}, Objections: []Objection{}, Plan: &Plan{
		Model: m.Model, Target: m.Target, Kind: m.Kind, Content: m.Content, Format: formatOf(m.Archive), Folder: h.Folder, Drivers: []PlanDriver{},
		LeftOut: []LeftDriver{}, LeftOver: []LeftFile{}, Skipped: []Skipped{}, Warnings: []layout.Warning{},
	}}
	if s, ok := skip(layout.JoinShare(t.Root(), h.Folder)); ok {
		p.Plan.Skipped = append(p.Plan.Skipped, s)
	}
	if err := f.gather(m); err != nil {
		return nil, err
	}
	files := make([][]manifest.File, len(m.Drivers))
	for _, file := range m.Files {
		if i := driverOf(m.Drivers, file.Path); i >= 0 {
			files[i] = append(files[i], file)
		}
	}
	for i, d := range m.Drivers {
		pd := PlanDriver{
			Hash: d.Hash, INF: d.INF, Class: d.Class, Provider: d.Provider, Date: d.Date, Version: d.Version,
			Why: fmt.Sprintf("version %d has it", v.Version), Folder: d.Folder, Files: []PlanFile{},
		}
		for _, file := range files[i] {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			pf, why := f.place(file)
			if why != "" {
				p.Missing = append(p.Missing, MissingFile{Path: file.Path, Size: file.Size, SHA256: file.SHA256, INF: d.INF, Driver: d.Version, Why: why})
				continue
			}
			pd.Files = append(pd.Files, pf)
			pd.Bytes += pf.Size
			// A driver is shown with the source of its INF, or else of any file.
			if pd.Source == (SourceRef{}) || strings.EqualFold(path.Base(pf.Path), d.INF) {
				pd.Source, pd.Path = *pf.Source, pf.From
			}
		}
		p.Plan.Drivers = append(p.Plan.Drivers, pd)
		p.Plan.Files += len(pd.Files)
		p.Plan.Bytes += pd.Bytes
		if ob, ok := f.objection(d); ok {
			p.Objections = append(p.Objections, ob)
		}
	}
	if len(p.Missing) == 0 && !p.Plan.Manifest(v.Version).SameContent(m) {
		return nil, fmt.Errorf("packager: version %d of %s: its manifest lists files that belong to no driver", v.Version, h.Folder)
	}
	return p, nil
}

// driverOf finds the driver in whose folder a file lies, -1 for none. Drivers are sorted by folder, and one may lie in another's.
func driverOf(drivers []manifest.Driver, file string) int {
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		i, ok := slices.BinarySearchFunc(drivers, dir, func(d manifest.Driver, dir string) int { return strings.Compare(d.Folder, dir) })
		if ok {
			return i
		}
	}
	return -1
}

// found is a place where a content was seen by an import or a build.
type found struct {
	Place
	mtime int64 // as it was recorded; 0 if it was not
}

// finder finds contents.
type finder struct {
	ctx     context.Context
	tree    tree.Tree
	reader  catalog.Reader
	history *History
	opts    OldOptions
	from    *origins
	folders map[Place]map[string]fs.FileInfo
	places  map[catalog.Hash][]found
	records map[catalog.Hash]*catalog.Driver // nil for those that the catalog does not hold
	asked   bool                             // other packages were asked
}

// gather lists where contents of the version were seen: in the sources of the model, those that carry its drivers, and the
// package as it is now.
func (f *finder) gather(m *manifest.Manifest) error {
	wanted := map[catalog.Hash]bool{}
	for _, file := range m.Files {
		wanted[file.SHA256] = true
	}
	sources := map[int64]catalog.Source{}
	of, err := f.reader.Sources(f.ctx, catalog.SourceFilter{Model: m.Model.Name})
	if err != nil {
		return err
	}
	for _, s := range of {
		sources[s.ID] = s
	}
	for _, d := range m.Drivers {
		rec, err := f.reader.Driver(f.ctx, d.Hash.String())
		if errors.Is(err, catalog.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		f.records[d.Hash] = rec
		uses, err := f.reader.DriverUses(f.ctx, d.Hash)
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return err
		}
		for _, u := range uses.Sources {
			sources[u.Source.ID] = u.Source
		}
	}
	ids := make([]int64, 0, len(sources))
	for id := range sources {
		ids = append(ids, id)
	}
	// Adopted sources first, since the server may copy from them, then the newest import.
	slices.SortFunc(ids, func(a, b int64) int {
		x, y := sources[a], sources[b]
		if x.Adopted != y.Adopted {
			if x.Adopted {
				return -1
			}
			return 1
		}
		return cmp.Compare(b, a)
	})
	for _, id := range ids {
		s := sources[id]
		ref := SourceRef{ID: s.ID, Location: s.Location, Adopted: s.Adopted}
		for file, err := range f.reader.SourceFiles(f.ctx, id) {
			if err != nil {
				return err
			}
			if wanted[file.SHA256] {
				f.places[file.SHA256] = append(f.places[file.SHA256], found{Place: Place{ref, file.Path}, mtime: file.MTime})
			}
		}
	}
	if now := f.history.Present(); now != nil {
		f.fromPackage(f.history.Folder, now)
	}
	return nil
}

// fromPackage adds the files of a package whose manifest vouches for them.
func (f *finder) fromPackage(folder string, m *manifest.Manifest) {
	info, err := f.tree.Lstat(folder + "/" + manifest.Name)
	if err != nil {
		return
	}
	ref := packageRef(folder)
	if m.Archive != nil {
		for _, file := range m.Files {
			f.places[file.SHA256] = append(f.places[file.SHA256], found{Place: Place{ref, m.Archive.Name + "/" + file.Path}})
		}
		return
	}
	for _, file := range m.Files {
		i := f.look(ref, file.Path)
		if i == nil || i.Size() != file.Size {
			continue
		}
		x := found{Place: Place{ref, file.Path}}
		if i.ModTime().Before(info.ModTime()) {
			x.mtime = i.ModTime().UnixNano()
		}
		f.places[file.SHA256] = append(f.places[file.SHA256], x)
	}
}

// packageRef names a package as a source. The number only tells it from others.
func packageRef(folder string) SourceRef {
	sum := sha256.Sum256([]byte(folder))
	id := int64(0)
	for _, b := range sum[:7] {
		id = id<<8 | int64(b)
	}
	return SourceRef{ID: -1 - id, Location: folder, Adopted: true}
}

// look finds a file of a place by listing its folder once; nil if it is not there as a plain file.
func (f *finder) look(s SourceRef, name string) fs.FileInfo {
	at := Place{s, path.Dir(name)}
	list, ok := f.folders[at]
	if !ok {
		list = map[string]fs.FileInfo{}
		if g, err := f.from.get(s); err == nil {
			entries, _ := g.ReadDir(at.Path) // what cannot be listed has nothing
			for _, e := range entries {
				if i, err := e.Info(); err == nil && i.Mode().IsRegular() {
					list[e.Name()] = i
				}
			}
		}
		f.folders[at] = list
	}
	return list[path.Base(name)]
}

// place chooses where a file comes from: a file that is as it was recorded, else one in an archive, else one that has the size
// at least. It tells why there is none.
func (f *finder) place(file manifest.File) (PlanFile, string) {
	x, why := f.choose(f.places[file.SHA256], file.Size)
	if x == nil && !f.asked {
		f.asked = true
		f.askNeighbours()
		x, why = f.choose(f.places[file.SHA256], file.Size)
	}
	if x == nil {
		return PlanFile{}, cmp.Or(why, "no source in the catalog and no package on the share has it")
	}
	return PlanFile{Path: file.Path, From: x.Path, Size: file.Size, SHA256: file.SHA256, MTime: x.mtime, Source: &x.Source}, ""
}

func (f *finder) choose(list []found, size int64) (x *found, why string) {
	var doubtful, elsewhere []*found
	for i := range list {
		x := &list[i]
		there := f.look(x.Source, x.Path)
		switch {
		case f.opts.Not[x.Place]:
			why = x.tell() + " holds something else now, or cannot be read"
		case there == nil:
			elsewhere = append(elsewhere, x)
		case there.Size() != size:
			why = cmp.Or(why, x.tell()+" was changed")
		case x.mtime != 0 && sameTime(there.ModTime(), time.Unix(0, x.mtime)):
			return x, ""
		default:
			doubtful = append(doubtful, x)
		}
	}
	for _, x := range elsewhere {
		r, err := f.from.file(f.ctx, x.Source, x.Path) // in an archive, or spelled in another case
		if err == nil {
			_ = r.Close() // nothing was read
			return x, ""
		}
		why = cmp.Or(why, x.tell()+" is gone")
	}
	if len(doubtful) > 0 {
		return doubtful[0], ""
	}
	return nil, why
}

func (p Place) tell() string {
	if p.Source.ID < 0 {
		return p.Source.Location + "/" + p.Path
	}
	return fmt.Sprintf("%s in source %d (%s)", p.Path, p.Source.ID, p.Source.Location)
}

// askNeighbours adds the other packages on the tree.
func (f *finder) askNeighbours() {
	for _, p := range f.opts.Packages {
		if p.Folder == f.history.Folder || f.ctx.Err() != nil {
			continue
		}
		raw, err := fs.ReadFile(treeFS{f.tree}, p.Folder+"/"+manifest.Name)
		if err != nil || catalog.Hash(sha256.Sum256(raw)) != p.Manifest {
			continue // it vouches for nothing
		}
		if m, err := manifest.Parse(raw); err == nil {
			f.fromPackage(p.Folder, m)
		}
	}
}

// objection tells why a build would not take a driver today.
func (f *finder) objection(d manifest.Driver) (Objection, bool) {
	rec := f.records[d.Hash]
	if rec == nil {
		return Objection{}, false
	}
	if rec.Verdict != catalog.Nice {
		code := CodeBroken
		if rec.Verdict == catalog.Bad {
			code = CodeBad
		}
		return Objection{Driver: d, Code: code, Text: cmp.Or(deciding(rec).Text, "its verdict is "+string(rec.Verdict))}, true
	}
	if f.opts.Blocklist == nil {
		return Objection{}, false
	}
	if files := f.opts.Blocklist.Files(rec); len(files) > 0 {
		return Objection{Driver: d, Code: CodeBlocked, Text: fmt.Sprintf("%s is on the list of vulnerable drivers: %s", files[0].Path, files[0].Matches[0].Text)}, true
	}
	return Objection{}, false
}

// BuildOld carries the plan out like Build. A place that turns out to hold something else is left out, and the plan made
// again without it: replan is called with what to leave out. Nothing is published before all is had.
func BuildOld(ctx context.Context, t tree.Tree, p *OldPlan, o BuildOptions, replan func(not map[Place]bool) (*OldPlan, error)) (*OldPlan, Result, error) {
	not := map[Place]bool{}
	for {
		if len(p.Missing) > 0 {
			return p, Result{Folder: p.Plan.Folder}, fmt.Errorf("packager: build %s: %w", p.Plan.Folder, ErrMissing)
		}
		res, err := Build(ctx, t, p.Plan, o)
		var se *SourceError
		if !errors.As(err, &se) || not[Place{se.Source, se.Path}] {
			return p, res, err
		}
		not[Place{se.Source, se.Path}] = true
		if p, err = replan(not); err != nil {
			return nil, res, err
		}
	}
}
