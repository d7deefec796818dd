package packager

import (
	"fmt"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/blocklist"
	"github.com/drivercat/drivercat/packager/archive"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/manifest"
)

// What a driver brings into a package.
const (
	ContentINF    = "inf"    // what its INF names: the default
	ContentFolder = "folder" // everything in the INF's folder and below
)

// FormatFolder is the form of a package whose files lie in its folder. The other forms are those of package archive.
const FormatFolder = "folder"

// KindStandard is the kind of package that drivercat fills and ConfigMgr takes as a standard package.
const KindStandard = "standard"

// largePackage is from how many drivers on ConfigMgr's documentation advises against one package
// (learn.microsoft.com/mem/configmgr/osd/get-started/manage-drivers).
const largePackage = 500

// PlanOptions say what a package is to hold. The zero value plans what the INFs name, for a layout with the usual platform
// folder.
type PlanOptions struct {
	Layout  layout.Layout
	Content string // ContentINF or ContentFolder, "" is ContentINF
	Format  string // FormatFolder, or an archive.Format; "" is FormatFolder
	Root    string // the share root, for the path budget and the refused shares; "" checks neither

	Blocklist    *blocklist.List // drivers on it are left out; nil asks none
	AllowBlocked bool            // take them all the same, with a warning
}

// Plan is a package before it is written. It is a value: planning the same input gives the same plan. Its JSON shape is
// documented in docs/packages.md.
type Plan struct {
	Model    catalog.Model    `json:"model"`
	Target   catalog.Target   `json:"target"`
	Kind     string           `json:"kind"`
	Content  string           `json:"content"`
	Format   string           `json:"format"` // FormatFolder, "zip" or "wim"
	Folder   string           `json:"folder"` // of the package, relative to the share root, forward slashes
	Drivers  []PlanDriver     `json:"drivers"`
	LeftOut  []LeftDriver     `json:"leftOut"`
	Files    int              `json:"files"`
	Bytes    int64            `json:"bytes"`
	LeftOver []LeftFile       `json:"leftOverFiles"` // files of the sources that go into no driver folder
	Skipped  []Skipped        `json:"skipped"`       // places that are not written to, said aloud
	Warnings []layout.Warning `json:"warnings"`
}

// PlanDriver is a driver that the package takes.
type PlanDriver struct {
	Hash     catalog.Hash `json:"hash"`
	INF      string       `json:"inf"` // file name
	Class    string       `json:"class"`
	Provider string       `json:"provider"`
	Date     string       `json:"date"`
	Version  string       `json:"version"`
	Why      string       `json:"why"`    // why it applies: the models sections chosen
	Folder   string       `json:"folder"` // in the package
	Source   SourceRef    `json:"source"`
	Path     string       `json:"path"` // of the INF in its source
	Files    []PlanFile   `json:"files"`
	Bytes    int64        `json:"bytes"`
}

// PlanFile is a file that the package takes.
type PlanFile struct {
	Path   string       `json:"path"` // in the package
	From   string       `json:"from"` // in the source
	Size   int64        `json:"size"`
	SHA256 catalog.Hash `json:"sha256"`
	MTime  int64        `json:"-"`                // of From as its import recorded it, nanoseconds since 1970; 0 if it did not
	Source *SourceRef   `json:"source,omitempty"` // where From lies, if that is not the driver's source: an older version's file
}

// SourceRef names a source.
type SourceRef struct {
	ID       int64  `json:"id"`
	Location string `json:"location"`
	Adopted  bool   `json:"adopted"`
}

// LeftDriver is a driver that the package does not take, and why.
type LeftDriver struct {
	Hash     catalog.Hash    `json:"hash"`
	Name     string          `json:"name"`
	Verdict  catalog.Verdict `json:"verdict"`
	Class    string          `json:"class,omitempty"`
	Provider string          `json:"provider,omitempty"`
	Version  string          `json:"version,omitempty"`
	Source   SourceRef       `json:"source"`
	Path     string          `json:"path"` // of the INF or setup program in its source
	Code     string          `json:"code"` // see docs/packages.md
	Text     string          `json:"text"`
	Place    catalog.Place   `json:"place"`
	By       catalog.Hash    `json:"by,omitzero"` // the driver that replaces it
}

// LeftFile is a file of a source that no driver of the package takes.
type LeftFile struct {
	Source int64  `json:"source"`
	Path   string `json:"path"` // in the source
	Size   int64  `json:"size"`
	Code   string `json:"code"`
	Text   string `json:"text,omitempty"`
}

// Skipped is a place that is not written to.
type Skipped struct {
	Path string `json:"path"`
	Code string `json:"code"` // "pxe-share", "configmgr-share"
	Text string `json:"text"`
}

// The codes of drivers left out, beside those of catalog.Applicability.
const (
	CodeBad        = "bad"
	CodeBroken     = "broken"
	CodeSuperseded = "superseded"
	CodeDuplicate  = "duplicate"
	CodeCase       = "case-collision"
	CodeUnsafe     = "unsafe-path"
	CodeBlocked    = "blocked"    // a file of it is on the list of vulnerable drivers
	CodeIncomplete = "incomplete" // of a driver that an administrator calls nice
)

// The codes of files left out, beside the reasons that the source's accounting gives for leftovers.
const (
	CodeLeftDriver = "driver-left-out" // content of a driver that is left out
	CodeInstaller  = "installer"       // a setup program or its data
)

// MakePlan decides which drivers and files a package holds. It reads nothing but its arguments and the links of o.Root. An
// error means that there can be no such package: a name that cannot be used (*layout.NameError), an unknown option.
func MakePlan(in Input, o PlanOptions) (*Plan, error) {
	if o.Content == "" {
		o.Content = ContentINF
	}
	if o.Content != ContentINF && o.Content != ContentFolder {
		return nil, fmt.Errorf("packager: content %q is neither %q nor %q", o.Content, ContentINF, ContentFolder)
	}
	if o.Format == "" {
		o.Format = FormatFolder
	}
	if o.Format != FormatFolder && !slices.Contains(archive.Formats(), archive.Format(o.Format)) {
		return nil, fmt.Errorf("packager: format %q is not known", o.Format)
	}
	if err := o.Layout.Check(); err != nil {
		return nil, err
	}
	model, err := layout.CheckModel(in.Model.Name)
	if err != nil {
		return nil, err
	}
	p := &Plan{
		Model: in.Model, Target: in.Target, Kind: KindStandard, Content: o.Content, Format: o.Format, Folder: o.Layout.Package(in.Target, model),
		Drivers: []PlanDriver{}, LeftOut: []LeftDriver{}, LeftOver: []LeftFile{}, Skipped: []Skipped{}, Warnings: []layout.Warning{},
	}
	p.place(in, choose(in, p, o))
	p.account(in)
	p.warn(o)
	return p, nil
}

// Manifest is the manifest of the package that the plan describes. The archive of one that is to be an archive has no size
// and no hash yet.
func (p *Plan) Manifest(version int) *manifest.Manifest {
	m := &manifest.Manifest{
		Model: p.Model, Target: p.Target, Kind: p.Kind, Content: p.Content, Version: version,
		Drivers: make([]manifest.Driver, 0, len(p.Drivers)), Files: make([]manifest.File, 0, p.Files),
	}
	for _, d := range p.Drivers {
		m.Drivers = append(m.Drivers, manifest.Driver{
			Hash: d.Hash, INF: d.INF, Folder: d.Folder, Class: d.Class, Provider: d.Provider, Date: d.Date, Version: d.Version,
		})
		for _, f := range d.Files {
			m.Files = append(m.Files, manifest.File{Path: f.Path, Size: f.Size, SHA256: f.SHA256})
		}
	}
	if f := p.archive(); f != "" {
		m.Archive = &manifest.Archive{Name: f.FileName(), Format: string(f)}
	}
	m.Sort()
	return m
}

// archive is the format of the archive that the package is to be, "" if it is none.
func (p *Plan) archive() archive.Format {
	if p.Format == FormatFolder {
		return ""
	}
	return archive.Format(p.Format)
}

// account counts what is taken and names every file of the sources that the package does not take.
func (p *Plan) account(in Input) {
	type key struct {
		source int64
		path   string
	}
	taken, named := map[key]bool{}, map[key]string{}
	for _, d := range p.Drivers {
		for _, f := range d.Files {
			taken[key{d.Source.ID, f.From}] = true
		}
		p.Files += len(d.Files)
		p.Bytes += d.Bytes
	}
	records := map[key]*catalog.Driver{}
	for _, s := range in.Sources {
		for _, r := range s.Drivers {
			records[key{s.Source.ID, r.Path}] = r.Driver
		}
	}
	for _, l := range p.LeftOut {
		for _, f := range records[key{l.Source.ID, l.Path}].Files {
			if k := (key{l.Source.ID, inSource(l.Path, f.Path)}); named[k] == "" {
				named[k] = fmt.Sprintf("content of %s, which is left out: %s", l.Path, l.Code)
			}
		}
	}
	for _, s := range in.Sources {
		for _, f := range s.Files {
			k := key{s.Source.ID, f.Path}
			if taken[k] {
				continue
			}
			l := LeftFile{Source: s.Source.ID, Path: f.Path, Size: f.Size, Code: f.Why, Text: f.Detail}
			switch {
			case f.State == catalog.StateInstaller:
				l.Code, l.Text = CodeInstaller, "a setup program or its data"
			case named[k] != "":
				l.Code, l.Text = CodeLeftDriver, named[k]
			case l.Code == "" || f.State == catalog.StateDriver:
				l.Code = "not-referenced"
			}
			p.LeftOver = append(p.LeftOver, l)
		}
	}
}

func (p *Plan) warn(o PlanOptions) {
	add := func(code, format string, args ...any) {
		p.Warnings = append(p.Warnings, layout.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	if n := len(p.Drivers); n > largePackage {
		add("large-package", "%d drivers: ConfigMgr advises fewer than %d in one package", n, largePackage)
	}
	if o.Root == "" {
		return
	}
	if s, ok := skip(layout.JoinShare(o.Root, p.Folder)); ok {
		p.Skipped = append(p.Skipped, s)
	}
	p.Warnings = append(p.Warnings, layout.ShareWarnings(o.Root)...)
	over, longest := 0, ""
	for _, f := range p.Manifest(1).Published() { // what lies in an archive has no path on the share
		if layout.CheckPath(o.Root, p.Folder, layout.PathLen(f.Path)) == nil {
			continue
		}
		if over++; layout.PathLen(f.Path) > layout.PathLen(longest) {
			longest = f.Path
		}
	}
	if over > 0 {
		err := layout.CheckPath(o.Root, p.Folder, layout.PathLen(longest))
		add("path-budget", "%d paths are too long for ConfigMgr, the longest inside the package is %s (%d characters): %v", over, longest, layout.PathLen(longest), err)
	}
}

// FileSummary counts left-over files by code.
type FileSummary struct {
	Code  string `json:"code"`
	Files int    `json:"files"`
	Bytes int64  `json:"bytes"`
}

// LeftOverSummary counts the files that go into no driver folder, ordered by code.
func (p *Plan) LeftOverSummary() []FileSummary {
	by := map[string]*FileSummary{}
	for _, f := range p.LeftOver {
		s := by[f.Code]
		if s == nil {
			s = &FileSummary{Code: f.Code}
			by[f.Code] = s
		}
		s.Files++
		s.Bytes += f.Size
	}
	out := make([]FileSummary, 0, len(by))
	for _, s := range by {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b FileSummary) int { return strings.Compare(a.Code, b.Code) })
	return out
}
