package catalog

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drivercat/drivercat/inf"
)

// Hash is a SHA-256. As text it is 64 lower-case hexadecimal digits.
type Hash [32]byte

// ParseHash reads 64 hexadecimal digits of either case.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != 64 {
		return h, fmt.Errorf("catalog: a SHA-256 has 64 hexadecimal digits, %q has %d", s, len(s))
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return h, fmt.Errorf("catalog: %q is no SHA-256: %w", s, err)
	}
	return h, nil
}

// String returns the hash as 64 lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Short returns the first 12 digits, enough to name a driver on a command line.
func (h Hash) Short() string { return hex.EncodeToString(h[:6]) }

// IsZero reports whether the hash was never set.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(b []byte) error {
	p, err := ParseHash(string(b))
	if err != nil {
		return err
	}
	*h = p
	return nil
}

// Verdict says how Windows can install a driver. The zero value is no verdict.
type Verdict string

// The verdicts.
const (
	Nice   Verdict = "nice"   // importable from its INF
	Bad    Verdict = "bad"    // only a setup program installs it
	Broken Verdict = "broken" // neither: invalid, incomplete or tampered with
)

// Level says what a reason does to a verdict.
type Level string

// The levels of a reason.
const (
	Decides Level = "decides" // the verdict rests on this reason
	Warns   Level = "warns"   // a risk that does not change the verdict
	Notes   Level = "notes"   // information
)

// Reason is one step to a verdict, always with its place.
type Reason struct {
	Code  string `json:"code"`  // stable, lower-case words joined by hyphens: "file-missing"
	Level Level  `json:"level"` // what it does to the verdict
	Text  string `json:"text"`  // one sentence for people
	Place Place  `json:"place"`
}

// Place is where a reason was found. Path is relative to the driver's folder (the INF's own), with forward slashes.
// Line and Column start at 1 and are 0 where the place is a whole file; Signature then tells which bytes were recognised.
type Place struct {
	Path      string `json:"path"`
	Line      int    `json:"line,omitempty"`
	Column    int    `json:"column,omitempty"`
	Offset    int64  `json:"offset,omitempty"`    // byte offset of Signature
	Signature string `json:"signature,omitempty"` // such as "NullsoftInst"
}

// String gives the place as path:line:column, or path@offset.
func (p Place) String() string {
	switch {
	case p.Line > 0 && p.Column > 0:
		return fmt.Sprintf("%s:%d:%d", p.Path, p.Line, p.Column)
	case p.Line > 0:
		return fmt.Sprintf("%s:%d", p.Path, p.Line)
	case p.Signature != "":
		return fmt.Sprintf("%s@0x%x (%s)", p.Path, p.Offset, p.Signature)
	}
	return p.Path
}

// INF is what one INF says, whatever files lie beside it. It is stored once by the hash of its bytes.
type INF struct {
	SHA256    Hash   `json:"sha256"`
	Kind      string `json:"kind"` // inf.Kind's text: "device", "primitive", "class", ...
	Encoding  string `json:"encoding"`
	Class     string `json:"class"`
	ClassGUID string `json:"classGuid"` // upper case with braces, "" if absent or malformed
	Provider  string `json:"provider"`
	Date      string `json:"date"`    // YYYY-MM-DD, "" if missing or malformed
	Version   string `json:"version"` // four decimal parts without leading zeros; "0.0.0.0" if missing

	Models []ModelsSection `json:"models"`
	IDs    []HardwareID    `json:"hardwareIds,omitempty"`
}

// ModelsSection is one models section that a [Manufacturer] line names, with or without a decoration. A line with
// decorations also yields its undecorated twin if that section exists, since x86 systems fall back to it.
type ModelsSection struct {
	Manufacturer string `json:"manufacturer"` // the line's key, strings substituted
	ManLine      int    `json:"-"`            // which [Manufacturer] line, counted from 0; sections of one line compete
	Name         string `json:"name"`         // models name without decoration, as spelled
	Decoration   string `json:"decoration"`   // "NTamd64.10.0", "" for the undecorated section
	Listed       bool   `json:"-"`            // false for an undecorated twin of a line that has decorations
	Defined      bool   `json:"defined"`      // the section exists in the INF
	Entries      int    `json:"entries"`      // models entries in it; 0 in a defined section means deliberate exclusion
	Line         int    `json:"line"`         // of the [Manufacturer] entry, from 1
}

// HardwareID is one hardware or compatible ID of a models entry.
type HardwareID struct {
	ID          string `json:"id"`          // upper case, trimmed
	Section     int    `json:"section"`     // index into INF.Models: the decoration it stands under
	Entry       int    `json:"entry"`       // which models entry of that section, from 0
	Position    int    `json:"position"`    // 0 is the entry's hardware ID, 1.. its compatible IDs
	Description string `json:"description"` // the entry's device description, strings substituted
}

// FileRole says why a file belongs to a driver.
type FileRole string

// The roles of a driver's files.
const (
	RoleINF       FileRole = "inf"
	RoleCatalog   FileRole = "catalog"
	RoleFile      FileRole = "file"
	RoleInstaller FileRole = "installer" // setup program or its data, in a bad driver
)

// DriverFile is one file of a driver's content.
type DriverFile struct {
	Path   string     `json:"path"` // relative to the INF's folder (an installer's own folder), forward slashes, as on disk
	Size   int64      `json:"size"` // bytes
	SHA256 Hash       `json:"sha256"`
	Role   FileRole   `json:"role"`
	Arches []inf.Arch `json:"arches,omitempty"` // the architectures whose install sections need it; empty: named, but by no applicable section

	SHA1  SHA1   `json:"sha1,omitzero"`   // of its bytes; zero where nobody asked for it, see Signature
	Image *Image `json:"image,omitempty"` // what a PE image is known by; nil for other files
}

// MissingFile is a file that an INF names and its folder lacks. Security catalogs are not listed here, see Driver.Unsigned.
type MissingFile struct {
	Path     string     `json:"path"` // where it was looked for, relative to the INF's folder
	Arches   []inf.Arch `json:"arches,omitempty"`
	Sections []int      `json:"-"` // indexes into INF.Models of the models sections whose devices need it
	Role     FileRole   `json:"role"`
	Place    Place      `json:"place"`
}

// Driver is one INF and the content it needs, or one setup program with its data (a bad driver).
type Driver struct {
	Hash     Hash          `json:"hash"` // over its content, see DriverHash
	Name     string        `json:"name"` // INF or setup file name, as first seen
	Verdict  Verdict       `json:"verdict"`
	Reasons  []Reason      `json:"reasons"`
	INF      *INF          `json:"inf,omitempty"`      // nil for a setup program
	Complete []inf.Arch    `json:"complete,omitempty"` // architectures with a models section that misses no file
	Unsigned []inf.Arch    `json:"unsigned,omitempty"` // architectures with models for which no signed security catalog lies beside the INF
	Files    []DriverFile  `json:"files"`
	Missing  []MissingFile `json:"missing,omitempty"`

	// Signatures say what the security catalogs prove, each for its own architectures. Nil for setup programs, and for drivers
	// that were imported before signatures were verified.
	Signatures []Signature `json:"signatures,omitempty"`

	Installer *InstallerInfo `json:"installer,omitempty"` // what the setup program is, for a bad driver

	Setting *DriverSetting `json:"setting,omitempty"` // what an administrator says of it, as applied to this record
	Judged  Verdict        `json:"judged,omitempty"`  // the verdict of the rules, if Setting overrules it
}

// Bytes is the size of the driver's content.
func (d *Driver) Bytes() (n int64) {
	for _, f := range d.Files {
		n += f.Size
	}
	return n
}

// Named returns the driver as a source carries it that calls its INF or setup program name. Drivers are stored once by
// content, under one name; a copy under another name is the same driver.
func (d *Driver) Named(name string) *Driver {
	if d.Name == name {
		return d
	}
	n := *d
	n.Name = name
	renamed := func(p Place) Place {
		if p.Path == d.Name {
			p.Path = name
		}
		return p
	}
	n.Files = slices.Clone(d.Files)
	for i := range n.Files {
		if n.Files[i].Path == d.Name {
			n.Files[i].Path = name
		}
	}
	slices.SortStableFunc(n.Files, func(a, b DriverFile) int { return strings.Compare(a.Path, b.Path) })
	n.Reasons = slices.Clone(d.Reasons)
	for i := range n.Reasons {
		n.Reasons[i].Place = renamed(n.Reasons[i].Place)
	}
	n.Missing = slices.Clone(d.Missing)
	for i := range n.Missing {
		n.Missing[i].Place = renamed(n.Missing[i].Place)
	}
	n.Signatures = slices.Clone(d.Signatures)
	for i := range n.Signatures {
		n.Signatures[i] = n.Signatures[i].named(d.Name, name)
	}
	if d.Installer != nil {
		info := *d.Installer
		info.Evidence = renamed(info.Evidence)
		info.Silent = info.Silent.renamed(d.Name, name)
		n.Installer = &info
	}
	return &n
}

// InstallerInfo says what a setup program is.
type InstallerInfo struct {
	Kind              string  `json:"kind"`                        // the file's format, see package source: "nsis", "inno", "installshield", "msi", "exe", ...
	Technology        string  `json:"technology,omitempty"`        // what made it, see package installer: "NSIS", "Dell Update Package"
	TechnologyVersion string  `json:"technologyVersion,omitempty"` // of what made it: "3.08"
	Product           string  `json:"product,omitempty"`           // from its version resource or database, else from a file beside it
	Version           string  `json:"version,omitempty"`
	Company           string  `json:"company,omitempty"`
	Runs              string  `json:"runs,omitempty"` // what a self-extractor starts once it is unpacked
	Evidence          Place   `json:"evidence"`       // the bytes or the name that say so
	Silent            *Silent `json:"silent,omitempty"`
}

// Model is a hardware model.
type Model struct {
	Make string `json:"make"`
	Name string `json:"name"` // the administrator's folder name, such as R61-8935CTO
}

// SourceKey names a source: what was imported for which model and target, from where.
type SourceKey struct {
	Model  Model  `json:"model"`
	Target Target `json:"target"`
	// Location is the source's folder: relative to the share root with forward slashes if Adopted, an absolute path of
	// the importing machine otherwise.
	Location string `json:"location"`
	Adopted  bool   `json:"adopted"`
}

// Source is one imported source.
type Source struct {
	ID int64 `json:"id"`
	SourceKey
	Origin   string    `json:"origin,omitempty"` // where an adopted source was copied from
	Imported time.Time `json:"imported"`
	Revision int       `json:"revision"` // of the judging rules it was imported with
	Files    int64     `json:"files"`
	Bytes    int64     `json:"bytes"`
	Nice     int       `json:"nice"`
	Bad      int       `json:"bad"`
	Broken   int       `json:"broken"`
	Problems int       `json:"problems"` // files with Problem set
}

// FileState is the one state each file of a source ends in.
type FileState string

// The states of a source's files.
const (
	StateDriver    FileState = "driver"    // content of at least one INF driver
	StateInstaller FileState = "installer" // a setup program, or data of one
	StateLeftover  FileState = "leftover"  // neither; Why says why
)

// SourceFile is one file of a source.
type SourceFile struct {
	Path    string    `json:"path"`  // relative to the source, forward slashes, as on disk
	Size    int64     `json:"size"`  // bytes
	MTime   int64     `json:"mtime"` // nanoseconds since 1970, as the file system tells
	SHA256  Hash      `json:"sha256"`
	State   FileState `json:"state"`
	Why     string    `json:"why"`               // stable code of the reason: "readme", "not-referenced", "unreadable", ...
	Detail  string    `json:"detail,omitempty"`  // one sentence for people, with names and places
	Problem bool      `json:"problem,omitempty"` // could not be read (SHA256 is zero), or is damaged; the next import looks again
}

// SourceDriver says that a source carries a driver.
type SourceDriver struct {
	Path   string `json:"path"` // of the INF or setup program, relative to the source
	Driver Hash   `json:"driver"`
}

// SourceInstaller is one setup program found in a source. Redundant ones wrap INF drivers that the source also holds.
type SourceInstaller struct {
	Path        string        `json:"path"`
	Info        InstallerInfo `json:"info"`
	RedundantBy []string      `json:"redundantBy,omitempty"` // INF paths of the drivers that make it so, or the setup program it is part of; empty for a bad driver
}

// Fingerprint is a hash over the names, sizes and time stamps in one folder, without its sub-folders.
type Fingerprint [16]byte

// Package is one published package.
type Package struct {
	Model     Model     `json:"model"`
	Target    Target    `json:"target"`
	Kind      string    `json:"kind"`   // "standard"
	Folder    string    `json:"folder"` // relative to the share root, forward slashes
	Version   int       `json:"version"`
	Manifest  Hash      `json:"manifest"` // SHA-256 of the manifest file
	Files     int       `json:"files"`
	Bytes     int64     `json:"bytes"`
	Published time.Time `json:"published"`
	Drivers   []Hash    `json:"drivers"`
}
