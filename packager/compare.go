package packager

import (
	"cmp"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/manifest"
)

// Comparison is what leads from one version of a package to another. Lists are never nil. Its JSON shape is documented in
// docs/packages.md.
type Comparison struct {
	OldFormat string        `json:"oldFormat"` // FormatFolder, "zip" or "wim"
	Format    string        `json:"format"`
	Drivers   DriverChanges `json:"drivers"`
	IDs       IDChanges     `json:"hardwareIds"`
	Files     FileChanges   `json:"files"`

	published *FileChanges // of the files that lie in the package's folder, if one version is an archive
}

// lying is a manifest of what lies in the package's folder, as Diff takes it.
func lying(m *manifest.Manifest) *manifest.Manifest {
	return &manifest.Manifest{Files: m.Published()}
}

// Same reports whether nothing differs.
func (c *Comparison) Same() bool {
	return c.OldFormat == c.Format && len(c.Drivers.Added)+len(c.Drivers.Removed)+len(c.Drivers.Updated)+len(c.Drivers.Moved) == 0 &&
		len(c.Files.Added)+len(c.Files.Removed)+len(c.Files.Changed)+len(c.Files.Moved) == 0
}

// DriverChanges are ordered by the folder in the package, of the new version where there is one.
type DriverChanges struct {
	Added   []manifest.Driver `json:"added"`
	Removed []manifest.Driver `json:"removed"`
	Updated []DriverUpdate    `json:"updated"` // other content
	Moved   []DriverUpdate    `json:"moved"`   // the same content in another folder
	Same    int               `json:"same"`
}

// DriverUpdate is a driver in both versions, and what it gains and loses for the target of the package.
type DriverUpdate struct {
	Old    manifest.Driver `json:"old"`
	New    manifest.Driver `json:"new"`
	Gained []string        `json:"gainedIds"`
	Lost   []string        `json:"lostIds"`
}

// IDChanges are the IDs that the package as a whole serves in one version only, ordered by ID.
type IDChanges struct {
	Gained  []IDChange        `json:"gained"`
	Lost    []IDChange        `json:"lost"`
	Unknown []manifest.Driver `json:"unknown"` // drivers that the catalog does not hold, so that nobody knows their IDs
}

// IDChange is an ID that the package has come to serve, or serves no more. One that turns from a hardware ID into a mere
// compatible one is in both lists: Windows ranks it lower.
type IDChange struct {
	ID          string `json:"id"`
	Compatible  bool   `json:"compatible"` // it stands as a compatible ID only
	Description string `json:"description,omitempty"`
	Driver      string `json:"driver"` // the folder of the first driver that has it
}

// FileChanges are ordered by path, of the new version where there is one. The files of a package that is an archive are those
// in it; what an update sends is then the archive.
type FileChanges struct {
	Added     []FileChange `json:"added"`
	Removed   []FileChange `json:"removed"`
	Changed   []FileChange `json:"changed"` // other content under the same path
	Moved     []FileChange `json:"moved"`   // the same content under another path
	Same      int          `json:"same"`
	SameBytes int64        `json:"sameBytes"`
	Update    UpdateCost   `json:"update"`
}

// FileChange is a file that differs.
type FileChange struct {
	Path     string       `json:"path"`
	From     string       `json:"from,omitempty"` // of a moved file: where it was
	Renamed  bool         `json:"renamed,omitempty"`
	OldSize  int64        `json:"oldSize"`
	Size     int64        `json:"size"`
	OldHash  catalog.Hash `json:"oldSha256,omitzero"`
	Hash     catalog.Hash `json:"sha256,omitzero"`
	NewBytes int64        `json:"newBytes"` // what sending its chunks costs; its size if its old content has no signature
}

// UpdateCost is what bringing the new version to a place that holds the old one sends.
type UpdateCost struct {
	FileBytes     int64 `json:"fileBytes"`     // whole files: added, changed and moved ones, as file-level replication does
	ChunkBytes    int64 `json:"chunkBytes"`    // only chunks that the old version has nowhere
	UnsignedBytes int64 `json:"unsignedBytes"` // of ChunkBytes: of files sent whole, since a signature is not kept
	Unknown       bool  `json:"unknown"`       // the new version is an archive that is still to be made
}

// CompareManifests compares two versions of a package; old may be nil. drivers returns the catalog's record of a driver with its IDs,
// nil if there is none. What chunks would cost is not known here: NewBytes are sizes, see Costs.
func CompareManifests(old, next *manifest.Manifest, target catalog.Target, drivers func(catalog.Hash) *catalog.Driver) *Comparison {
	if old == nil {
		old = &manifest.Manifest{}
	}
	c := &Comparison{OldFormat: formatOf(old.Archive), Format: formatOf(next.Archive), Files: fileChanges(manifest.Diff(old, next))}
	if old.Archive != nil || next.Archive != nil {
		published := fileChanges(manifest.Diff(lying(old), lying(next)))
		c.published, c.Files.Update = &published, published.Update
		c.Files.Update.Unknown = next.Archive != nil && next.Archive.Size == 0
	}
	c.Drivers = matchDrivers(old.Drivers, next.Drivers)
	served := idIndex{target: target, drivers: drivers, of: map[catalog.Hash]servedIDs{}}
	for i := range c.Drivers.Updated {
		u := &c.Drivers.Updated[i]
		u.Gained, u.Lost = []string{}, []string{}
		a, b := served.get(u.Old), served.get(u.New)
		if a == nil || b == nil {
			continue // told as unknown
		}
		for _, d := range gained(a, b) {
			u.Gained = append(u.Gained, d.ID)
		}
		for _, d := range gained(b, a) {
			u.Lost = append(u.Lost, d.ID)
		}
	}
	a, b := served.all(old.Drivers), served.all(next.Drivers)
	c.IDs = IDChanges{Gained: gained(a, b), Lost: gained(b, a), Unknown: []manifest.Driver{}}
	seen := map[catalog.Hash]bool{}
	for _, d := range slices.Concat(old.Drivers, next.Drivers) {
		if served.get(d) == nil && !seen[d.Hash] {
			seen[d.Hash] = true
			c.IDs.Unknown = append(c.IDs.Unknown, d)
		}
	}
	return c
}

// matchDrivers pairs the drivers of two versions: by their content and folder, by their folder, by their content, then by
// provider, class and INF name.
func matchDrivers(old, next []manifest.Driver) DriverChanges {
	c := DriverChanges{Added: []manifest.Driver{}, Removed: []manifest.Driver{}, Updated: []DriverUpdate{}, Moved: []DriverUpdate{}}
	old, next = slices.Clone(old), slices.Clone(next)
	for _, by := range []func(manifest.Driver) string{
		func(d manifest.Driver) string { return d.Folder + "\x00" + d.Hash.String() },
		func(d manifest.Driver) string { return strings.ToLower(d.Folder) },
		func(d manifest.Driver) string { return d.Hash.String() },
		func(d manifest.Driver) string {
			return strings.ToLower(strings.Join([]string{d.Provider, d.Class, d.INF}, "\x00"))
		},
	} {
		at := map[string][]int{}
		for i, d := range old {
			at[by(d)] = append(at[by(d)], i)
		}
		paired := map[int]bool{}
		next = slices.DeleteFunc(next, func(d manifest.Driver) bool {
			k := by(d)
			if len(at[k]) == 0 {
				return false
			}
			i := at[k][0]
			at[k], paired[i] = at[k][1:], true
			switch o := old[i]; {
			case o.Hash == d.Hash && o.Folder == d.Folder:
				c.Same++
			case o.Hash == d.Hash:
				c.Moved = append(c.Moved, DriverUpdate{Old: o, New: d, Gained: []string{}, Lost: []string{}})
			default:
				c.Updated = append(c.Updated, DriverUpdate{Old: o, New: d})
			}
			return true
		})
		rest := old[:0:0]
		for i, d := range old {
			if !paired[i] {
				rest = append(rest, d)
			}
		}
		old = rest
	}
	c.Added, c.Removed = append(c.Added, next...), append(c.Removed, old...)
	byFolder := func(a, b DriverUpdate) int { return strings.Compare(a.New.Folder, b.New.Folder) }
	slices.SortFunc(c.Updated, byFolder)
	slices.SortFunc(c.Moved, byFolder)
	return c
}

// servedIDs are the IDs that a driver or package serves on its target.
type servedIDs map[string]IDChange

// idIndex reads the IDs of drivers once.
type idIndex struct {
	target  catalog.Target
	drivers func(catalog.Hash) *catalog.Driver
	of      map[catalog.Hash]servedIDs // nil for a driver that the catalog does not hold
}

func (x idIndex) get(d manifest.Driver) servedIDs {
	ids, known := x.of[d.Hash]
	if known {
		return ids
	}
	if rec := x.drivers(d.Hash); rec != nil {
		ids = servedIDs{}
		if rec.INF != nil {
			sections := catalog.Applies(rec, x.target).Sections
			for _, id := range rec.INF.IDs {
				if slices.Contains(sections, id.Section) {
					ids.add(IDChange{ID: id.ID, Compatible: id.Position > 0, Description: id.Description, Driver: d.Folder})
				}
			}
		}
	}
	x.of[d.Hash] = ids
	return ids
}

func (x idIndex) all(drivers []manifest.Driver) servedIDs {
	all := servedIDs{}
	for _, d := range drivers {
		for _, id := range x.get(d) {
			all.add(IDChange{ID: id.ID, Compatible: id.Compatible, Description: id.Description, Driver: d.Folder})
		}
	}
	return all
}

// add keeps a hardware ID rather than a compatible one, then the one of the lesser folder.
func (s servedIDs) add(id IDChange) {
	if o, ok := s[id.ID]; ok && (!o.Compatible && id.Compatible || o.Compatible == id.Compatible && o.Driver <= id.Driver) {
		return
	}
	s[id.ID] = id
}

// gained lists what b serves and a does not, or not as well.
func gained(a, b servedIDs) []IDChange {
	out := []IDChange{}
	for id, n := range b {
		if o, ok := a[id]; !ok || o.Compatible != n.Compatible {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(x, y IDChange) int {
		return cmp.Or(strings.Compare(x.ID, y.ID), strings.Compare(x.Driver, y.Driver))
	})
	return out
}

func fileChanges(d manifest.Difference) FileChanges {
	c := FileChanges{Added: []FileChange{}, Removed: []FileChange{}, Changed: []FileChange{}, Moved: []FileChange{}, Same: d.Same, SameBytes: d.SameBytes}
	for _, f := range d.Added {
		c.Added = append(c.Added, FileChange{Path: f.Path, Size: f.Size, Hash: f.SHA256, NewBytes: f.Size})
	}
	for _, f := range d.Removed {
		c.Removed = append(c.Removed, FileChange{Path: f.Path, OldSize: f.Size, OldHash: f.SHA256})
	}
	for _, p := range d.Changed {
		c.Changed = append(c.Changed, FileChange{Path: p.New.Path, OldSize: p.Old.Size, Size: p.New.Size, OldHash: p.Old.SHA256, Hash: p.New.SHA256, NewBytes: p.New.Size})
	}
	for _, p := range d.Moved {
		c.Moved = append(c.Moved, FileChange{Path: p.New.Path, From: p.Old.Path, Renamed: p.Renamed(), OldSize: p.Old.Size, Size: p.New.Size, OldHash: p.Old.SHA256, Hash: p.New.SHA256})
	}
	c.Update.FileBytes = d.Bytes()
	return c
}
