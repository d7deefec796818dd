package distribute

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/chunk"
	"github.com/drivercat/drivercat/packager/manifest"
)

// Contents is a version of a package as replication sees it: the files in its folder, the manifest among them. Of a package
// that is an archive that is the archive.
type Contents struct {
	Version  int
	Kind     string          // of the package, as the manifest says
	Files    []manifest.File // ordered by path
	Manifest []byte
}

// ContentsOf gives what a package with that manifest holds.
func ContentsOf(m *manifest.Manifest) Contents {
	body := m.Encode()
	c := Contents{Version: m.Version, Kind: m.Kind, Files: slices.Clone(m.Published()), Manifest: body}
	c.Files = append(c.Files, manifest.File{Path: manifest.Name, Size: int64(len(body)), SHA256: sha256.Sum256(body)})
	slices.SortFunc(c.Files, func(a, b manifest.File) int { return strings.Compare(a.Path, b.Path) })
	return c
}

// Bytes is the size of all files together.
func (c Contents) Bytes() (n int64) {
	for _, f := range c.Files {
		n += f.Size
	}
	return n
}

// Update is what is asked of Cost: bringing a version of a package to points.
type Update struct {
	New    Contents
	Kept   []Contents // older versions whose files are known
	Points []CostPoint
	Others []OtherPackage // that points hold
	// Library says that points keep each content once, whatever packages it is in: the current branch does, 2007 does not.
	Library    bool
	Signatures map[catalog.Hash]chunk.Signature // of the contents that Changes names, as far as they are known
}

// CostPoint is a point that the version is brought to.
type CostPoint struct {
	Point catalog.Point
	Holds int    // version of the package, 0 for none
	By    string // how that is known
	// Unknown says why nobody knows what it holds, "" if that is the version of that number. It then counts for nothing.
	Unknown string
	Else    map[string]int // versions of other packages there, by their folder
}

// OtherPackage is a version of another package.
type OtherPackage struct {
	Folder  string
	Version int
	Files   []manifest.File
}

// PointCost is what an update costs at a point, in bytes.
type PointCost struct {
	Point string `json:"point"`
	Site  string `json:"site"`
	Holds int    `json:"holds"` // version, 0 for none
	By    string `json:"by"`    // how that is known
	Known bool   `json:"known"` // whether what it holds is known file by file; if not, everything counts
	Files int    `json:"files"` // that are sent
	// FileBytes is what replication file by file sends: files that are new, changed, renamed or moved, whole.
	FileBytes int64 `json:"fileBytes"`
	// ChunkBytes is what binary differential replication sends: of changed files the chunks that their old content lacks. Nil
	// where it does not work.
	ChunkBytes *int64 `json:"chunkBytes"`
	// SendBytes is what is sent if binary differential replication is on: ChunkBytes, or else FileBytes.
	SendBytes int64 `json:"sendBytes"`
	// UnsignedBytes is how much of ChunkBytes is changed files that count whole, since nobody knows their chunks.
	UnsignedBytes int64 `json:"unsignedBytes"`
	// StoreBytes is what the content library stores in addition: contents that no package there has. Nil if there is none.
	StoreBytes *int64 `json:"storeBytes"`
	Why        string `json:"why"` // why everything counts, or why chunks do not
}

// CostTotal adds up points.
type CostTotal struct {
	Points        int    `json:"points"`
	FileBytes     int64  `json:"fileBytes"`
	SendBytes     int64  `json:"sendBytes"`
	UnsignedBytes int64  `json:"unsignedBytes"`
	StoreBytes    *int64 `json:"storeBytes"`
}

// CostReport is what an update costs.
type CostReport struct {
	Version int         `json:"version"`
	Files   int         `json:"files"` // of the version, the manifest among them
	Bytes   int64       `json:"bytes"`
	Points  []PointCost `json:"points"` // in the order of Update.Points
	Total   CostTotal   `json:"total"`
}

// Changes are the files that change between a version that some point holds and the new one, and that chunks count for: what
// Signatures should know. Each pair of contents is named once.
func (u *Update) Changes() []manifest.Change {
	var out []manifest.Change
	seen := map[[2]catalog.Hash]bool{}
	for _, old := range u.Kept {
		used := slices.ContainsFunc(u.Points, func(p CostPoint) bool {
			return p.Holds == old.Version && p.Unknown == "" && noChunks(u.New, p.Point) == ""
		})
		if !used || tooOld(old.Version, u.New.Version) {
			continue
		}
		for _, c := range u.difference(old).Changed {
			key := [2]catalog.Hash{c.Old.SHA256, c.New.SHA256}
			if !seen[key] && c.New.Path != manifest.Name && c.Old.Size >= chunk.SmallestContent && c.New.Size >= chunk.SmallestContent {
				seen[key] = true
				out = append(out, c)
			}
		}
	}
	return out
}

func (u *Update) difference(old Contents) manifest.Difference {
	return manifest.Diff(&manifest.Manifest{Files: old.Files}, &manifest.Manifest{Files: u.New.Files})
}

// Cost tells what an update costs. It is pure.
func Cost(u *Update) CostReport {
	c := costs{Update: u, updates: map[int]updateCost{}, where: map[catalog.Hash][]int{}}
	c.indexOthers()
	rep := CostReport{Version: u.New.Version, Files: len(u.New.Files), Bytes: u.New.Bytes(), Points: []PointCost{}}
	if u.Library {
		rep.Total.StoreBytes = new(int64)
	}
	for _, p := range u.Points {
		row := c.point(p)
		rep.Points = append(rep.Points, row)
		rep.Total.Points++
		rep.Total.FileBytes += row.FileBytes
		rep.Total.SendBytes += row.SendBytes
		rep.Total.UnsignedBytes += row.UnsignedBytes
		if row.StoreBytes != nil {
			*rep.Total.StoreBytes += *row.StoreBytes
		}
	}
	return rep
}

type costs struct {
	*Update
	updates map[int]updateCost     // by the version that is held
	where   map[catalog.Hash][]int // of the contents of the new version, the other packages that have them
}

// updateCost is what leads from one version to the new one, wherever it is held.
type updateCost struct {
	files           int
	fileBytes       int64
	chunkBytes      int64
	unsigned        int64
	contents        map[catalog.Hash]bool // of the old version
	known, chunkful bool
}

func (c *costs) indexOthers() {
	wanted := map[catalog.Hash]bool{}
	for _, f := range c.New.Files {
		wanted[f.SHA256] = true
	}
	for i, o := range c.Others {
		for _, f := range o.Files {
			if w := c.where[f.SHA256]; wanted[f.SHA256] && (len(w) == 0 || w[len(w)-1] != i) {
				c.where[f.SHA256] = append(w, i)
			}
		}
	}
}

func (c *costs) point(p CostPoint) PointCost {
	row := PointCost{Point: p.Point.Name, Site: p.Point.Site, Holds: p.Holds, By: p.By}
	up := c.from(p.Holds)
	if p.Unknown != "" {
		up = c.everything()
	}
	row.Known, row.Files, row.FileBytes = up.known, up.files, up.fileBytes
	row.SendBytes = up.fileBytes
	switch why := noChunks(c.New, p.Point); {
	case p.Unknown != "":
		row.Why = p.Unknown + ", so everything counts"
	case p.Holds == 0:
		row.Why = "it holds nothing of the package"
	case !up.known:
		row.Why = fmt.Sprintf("version %d is not kept, so everything counts", p.Holds)
	case up.fileBytes == 0:
	case why != "":
		row.Why = why
	case !up.chunkful:
		row.Why = fmt.Sprintf("version %d is older than the last %d, from which chunks are sent", p.Holds, catalog.KeptVersions)
	}
	if noChunks(c.New, p.Point) == "" {
		n := up.chunkBytes
		row.ChunkBytes, row.SendBytes, row.UnsignedBytes = &n, n, up.unsigned
	}
	if c.Library {
		n := c.store(p, up)
		row.StoreBytes = &n
	}
	return row
}

// from tells what leads from a version to the new one; from 0, or from one that nobody knows, that is everything.
func (c *costs) from(version int) updateCost {
	if up, ok := c.updates[version]; ok {
		return up
	}
	up := c.everything()
	up.known = version == 0
	i := slices.IndexFunc(c.Kept, func(k Contents) bool { return k.Version == version })
	switch {
	case version == c.New.Version:
		up = updateCost{known: true, chunkful: true, contents: contentsOf(c.New.Files)}
	case version > 0 && i >= 0:
		up = c.between(c.Kept[i])
	}
	c.updates[version] = up
	return up
}

func (c *costs) everything() updateCost {
	all := c.New.Bytes()
	return updateCost{files: len(c.New.Files), fileBytes: all, chunkBytes: all}
}

func (c *costs) between(old Contents) updateCost {
	d := c.difference(old)
	up := updateCost{
		files: len(d.Added) + len(d.Changed) + len(d.Moved), fileBytes: d.Bytes(),
		contents: contentsOf(old.Files), known: true, chunkful: !tooOld(old.Version, c.New.Version),
	}
	if !up.chunkful {
		up.chunkBytes = c.New.Bytes()
		return up
	}
	up.chunkBytes = up.fileBytes
	for _, ch := range d.Changed {
		n, signed := c.changed(ch, old)
		up.chunkBytes -= ch.New.Size - n
		if !signed {
			up.unsigned += n
		}
	}
	return up
}

// changed is what chunks of a changed file are sent. A file counts whole if it, or its old content, is too small to be cut or
// nobody has its signature.
func (c *costs) changed(ch manifest.Change, before Contents) (bytes int64, signed bool) {
	if ch.Old.Size < chunk.SmallestContent || ch.New.Size < chunk.SmallestContent {
		return ch.New.Size, true
	}
	old, next := c.Signatures[ch.Old.SHA256], c.Signatures[ch.New.SHA256]
	if ch.New.Path == manifest.Name {
		old, next = signatureOf(before.Manifest), signatureOf(c.New.Manifest)
	}
	if old == nil || next == nil {
		return ch.New.Size, false
	}
	return chunk.NewBytes(chunk.Delta([]chunk.Signature{old}, next)), true
}

func signatureOf(b []byte) chunk.Signature {
	s, err := chunk.Sign(context.Background(), bytes.NewReader(b))
	if err != nil {
		return nil // memory can always be read
	}
	return s
}

// store is what the content library of a point stores in addition.
func (c *costs) store(p CostPoint, up updateCost) (n int64) {
	seen := map[catalog.Hash]bool{}
	for _, f := range c.New.Files {
		if seen[f.SHA256] || up.contents[f.SHA256] {
			continue
		}
		seen[f.SHA256] = true
		if !slices.ContainsFunc(c.where[f.SHA256], func(i int) bool { return p.Else[c.Others[i].Folder] == c.Others[i].Version }) {
			n += f.Size
		}
	}
	return n
}

func contentsOf(files []manifest.File) map[catalog.Hash]bool {
	out := make(map[catalog.Hash]bool, len(files))
	for _, f := range files {
		out[f.SHA256] = true
	}
	return out
}

// kindNative is the kind of a package that ConfigMgr fills itself: a driver package.
const kindNative = "native"

// noChunks says why binary differential replication does not work for a package at a point, "" if it does. It is an option
// of standard packages, and not of driver packages (Set-CMPackage has the switch, Set-CMDriverPackage has not); pull points and
// cloud points fetch whole files (learn.microsoft.com/mem/configmgr/core/plan-design/hierarchy/fundamental-concepts-for-content-management).
func noChunks(c Contents, p catalog.Point) string {
	switch {
	case c.Kind == kindNative:
		return "a driver package: ConfigMgr sends whole files"
	case p.Cloud:
		return "a cloud point: it gets whole files"
	case p.Pull:
		return "a pull point: it fetches whole files"
	}
	return ""
}

// tooOld reports whether a version is older than those from which chunks are sent: the last five before the new one.
func tooOld(old, next int) bool { return next-old > catalog.KeptVersions }
