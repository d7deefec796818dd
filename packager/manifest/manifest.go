package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// Name is the manifest's file name at the top of a package.
const Name = "drivercat.json"

// Format is the number of the newest format. Any change of shape or meaning takes the next number. A manifest is written in
// the oldest format that can say what it says, so that a package that an older drivercat can read stays one: 1 is a package
// whose files lie in its folder, 2 one whose files lie in an archive.
const Format = 2

const maxBytes = 256 << 20

// What Read reports. Test with errors.Is.
var (
	ErrDamaged     = errors.New("damaged manifest")
	ErrNewerFormat = errors.New("manifest was written by a newer drivercat")
)

// Manifest is one published state of a package.
type Manifest struct {
	Model   catalog.Model  `json:"model"`
	Target  catalog.Target `json:"target"`
	Kind    string         `json:"kind"`    // "standard"
	Content string         `json:"content"` // "inf" or "folder": which files a driver brings
	Version int            `json:"version"` // counts the published states of this package, from 1
	Archive *Archive       `json:"archive"` // the archive that holds Files; nil if they lie in the folder
	Drivers []Driver       `json:"drivers"` // sorted by folder
	Files   []File         `json:"files"`   // sorted by path
}

// Archive is the one file that a package consists of if its files lie in an archive.
type Archive struct {
	Name   string       `json:"name"`   // in the package folder
	Format string       `json:"format"` // "zip" or "wim"
	Size   int64        `json:"size"`   // bytes; with SHA256 zero it is still to be made
	SHA256 catalog.Hash `json:"sha256"`
}

// Driver is one driver of a package.
type Driver struct {
	Hash     catalog.Hash `json:"hash"`
	INF      string       `json:"inf"`    // the INF's file name
	Folder   string       `json:"folder"` // in the package, with forward slashes
	Class    string       `json:"class"`
	Provider string       `json:"provider"`
	Date     string       `json:"date"`
	Version  string       `json:"version"`
}

// File is one file of a package, the manifest itself excepted.
type File struct {
	Path   string       `json:"path"` // in the package, or in its archive, with forward slashes
	Size   int64        `json:"size"` // bytes
	SHA256 catalog.Hash `json:"sha256"`
}

// Bytes is the size of all files together.
func (m *Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

// Published lists the files that lie in the package's folder beside the manifest: Files, or the archive that holds them.
func (m *Manifest) Published() []File {
	if m.Archive == nil {
		return m.Files
	}
	return []File{{Path: m.Archive.Name, Size: m.Archive.Size, SHA256: m.Archive.SHA256}}
}

// SameContent reports whether two packages hold the same in the same form. The bytes of archives do not count: another
// version of the program that made one may make others.
func (m *Manifest) SameContent(other *Manifest) bool {
	return other != nil && m.content() == other.content()
}

func (m *Manifest) content() catalog.Hash {
	c := *m
	if m.Archive != nil {
		c.Archive = &Archive{Name: m.Archive.Name, Format: m.Archive.Format}
	}
	return c.Sum()
}

// Hashes returns the drivers' hashes in the manifest's order.
func (m *Manifest) Hashes() []catalog.Hash {
	out := make([]catalog.Hash, len(m.Drivers))
	for i, d := range m.Drivers {
		out[i] = d.Hash
	}
	return out
}

// Sum is the hash over everything but the version: two packages with the same sum hold the same.
func (m *Manifest) Sum() catalog.Hash { return m.sum(m.lists()) }

// sum is Sum with the lists encoded already, which takes nearly all the time.
func (m *Manifest) sum(lists []byte) (out catalog.Hash) {
	c := *m
	c.Version = 0
	h := sha256.New()
	h.Write(c.head(catalog.Hash{}))
	h.Write(lists)
	h.Sum(out[:0])
	return out
}

// Sort puts drivers and files into the order in which they are written.
func (m *Manifest) Sort() {
	slices.SortFunc(m.Drivers, func(a, b Driver) int { return strings.Compare(a.Folder, b.Folder) })
	slices.SortFunc(m.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
}

// Encode gives the manifest's bytes. It sorts drivers and files first.
func (m *Manifest) Encode() []byte {
	m.Sort()
	lists := m.lists()
	return append(m.head(m.sum(lists)), lists...)
}

// head writes the fields by hand, and lists the lines: one line for each driver and file makes the manifest readable and its
// differences short, which encoding/json cannot do.
func (m *Manifest) head(sum catalog.Hash) []byte {
	var b bytes.Buffer
	field := func(name string, v any) {
		fmt.Fprintf(&b, "  %q: %s,\n", name, compact(v))
	}
	b.WriteString("{\n")
	field("format", m.format())
	field("model", m.Model)
	field("target", m.Target)
	field("kind", m.Kind)
	field("content", m.Content)
	field("version", m.Version)
	field("hash", sum)
	if m.Archive != nil {
		field("archive", m.Archive)
	}
	return b.Bytes()
}

func (m *Manifest) lists() []byte {
	const line = 200 // bytes, and a bit more than most have
	b := make([]byte, 0, 64+line*(len(m.Drivers)+len(m.Files)))
	b = list(b, "drivers", m.Drivers, func(b []byte, d Driver) []byte { return append(b, compact(d)...) })
	b = append(b, ",\n"...)
	b = list(b, "files", m.Files, func(b []byte, f File) []byte { return f.appendJSON(b) })
	return append(b, "\n}\n"...)
}

func (m *Manifest) format() int {
	if m.Archive != nil {
		return 2
	}
	return 1
}

func list[T any](b []byte, name string, items []T, one func([]byte, T) []byte) []byte {
	b = fmt.Appendf(b, "  %q: [", name)
	for i, it := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(append(b, "\n    "...), it)
	}
	if len(items) > 0 {
		b = append(b, "\n  "...)
	}
	return append(b, ']')
}

// appendJSON appends what compact makes of the file. A package has tens of thousands, and an unchanged one is compared by
// encoding them.
func (f File) appendJSON(b []byte) []byte {
	b = append(b, `{"path":`...)
	if isPlain(f.Path) {
		b = append(append(append(b, '"'), f.Path...), '"')
	} else {
		b = append(b, compact(f.Path)...)
	}
	b = strconv.AppendInt(append(b, `,"size":`...), f.Size, 10)
	b = hex.AppendEncode(append(b, `,"sha256":"`...), f.SHA256[:])
	return append(b, `"}`...)
}

// isPlain reports whether JSON writes a text as it stands.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// compact is v as JSON on one line, with names as people wrote them: "R&D", not "R\u0026D".
func compact(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		// Strings, numbers and hashes always encode.
		panic(err)
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// Write writes the manifest.
func Write(w io.Writer, m *Manifest) error {
	_, err := w.Write(m.Encode())
	return err
}

// Read reads a manifest and believes nothing: unknown fields, unsorted, doubled or unsafe paths and a wrong hash are errors.
func Read(r io.Reader) (*Manifest, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("manifest: read: %w", err)
	}
	if len(b) > maxBytes {
		return nil, fmt.Errorf("manifest: %w: over %d MiB", ErrDamaged, maxBytes>>20)
	}
	return Parse(b)
}

// Parse is Read on bytes.
func Parse(b []byte) (*Manifest, error) {
	var doc struct {
		Format int          `json:"format"`
		Hash   catalog.Hash `json:"hash"`
		Manifest
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	derr := d.Decode(&doc)
	head := struct {
		Format int `json:"format"`
	}{doc.Format}
	if derr != nil || len(bytes.TrimSpace(b[d.InputOffset():])) > 0 {
		// A newer format may have fields that this one does not know.
		if err := json.Unmarshal(b, &head); err != nil {
			return nil, damaged("%s", jsonError(b, err))
		}
	}
	switch {
	case head.Format > Format:
		return nil, fmt.Errorf("manifest: %w: its format is %d, this drivercat knows up to %d", ErrNewerFormat, head.Format, Format)
	case head.Format < 1:
		return nil, damaged("it has no format number")
	case derr != nil:
		return nil, damaged("%s", jsonError(b, derr))
	}
	m := &doc.Manifest
	if m.format() != head.Format {
		return nil, damaged("it is of format %d, which is not the format of what it says", head.Format)
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	if got := m.Sum(); got != doc.Hash {
		return nil, damaged("its content has the hash %s, and it says %s: it was changed after drivercat wrote it", got.Short(), doc.Hash.Short())
	}
	return m, nil
}

// jsonError puts the line in front of what encoding/json says.
func jsonError(b []byte, err error) string {
	offset := int64(-1)
	var se *json.SyntaxError
	var te *json.UnmarshalTypeError
	switch {
	case errors.As(err, &se):
		offset = se.Offset
	case errors.As(err, &te):
		offset = te.Offset
	}
	if offset < 0 || offset > int64(len(b)) {
		return err.Error()
	}
	return fmt.Sprintf("line %d: %s", 1+bytes.Count(b[:offset], []byte{'\n'}), err)
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("manifest: %w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

func (m *Manifest) check() error {
	if m.Model.Name == "" || m.Target.OS == "" || m.Kind == "" || m.Version < 1 {
		return damaged("model, target, kind or version is missing")
	}
	for i, d := range m.Drivers {
		if !fs.ValidPath(d.Folder) || d.Folder == "." {
			return damaged("driver %d has the folder \"%s\"", i+1, d.Folder)
		}
		if i > 0 && m.Drivers[i-1].Folder >= d.Folder {
			return damaged("driver folder \"%s\" is not in order", d.Folder)
		}
	}
	if a := m.Archive; a != nil {
		switch {
		case !fs.ValidPath(a.Name) || a.Name == "." || strings.ContainsAny(a.Name, `/\:`) || strings.EqualFold(a.Name, Name):
			return damaged("its archive is called \"%s\"", a.Name)
		case a.Format == "" || a.Size <= 0:
			return damaged("its archive has the format \"%s\" and %d bytes", a.Format, a.Size)
		}
	}
	fold := make(map[string]string, len(m.Files))
	for i, f := range m.Files {
		switch {
		case !fs.ValidPath(f.Path) || f.Path == "." || strings.ContainsAny(f.Path, `\:`):
			return damaged("file %d has the path \"%s\"", i+1, f.Path)
		case i > 0 && m.Files[i-1].Path >= f.Path:
			return damaged("file \"%s\" is not in order", f.Path)
		case f.Size < 0:
			return damaged("file \"%s\" has a negative size", f.Path)
		case strings.EqualFold(f.Path, Name):
			return damaged("it lists itself")
		}
		low := strings.ToLower(f.Path)
		if other, dup := fold[low]; dup {
			return damaged("files \"%s\" and \"%s\" differ only in case", other, f.Path)
		}
		fold[low] = f.Path
	}
	return nil
}
