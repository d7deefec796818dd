package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// Name is the manifest's file name at the top of a package.
const Name = "drivercat.json"

// Format is the number of the format that Write writes. Any change of shape or meaning takes the next number.
const Format = 1

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
	Drivers []Driver       `json:"drivers"` // sorted by folder
	Files   []File         `json:"files"`   // sorted by path
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
	Path   string       `json:"path"` // in the package, with forward slashes
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

// Hashes returns the drivers' hashes in the manifest's order.
func (m *Manifest) Hashes() []catalog.Hash {
	out := make([]catalog.Hash, len(m.Drivers))
	for i, d := range m.Drivers {
		out[i] = d.Hash
	}
	return out
}

// Sum is the hash over everything but the version: two packages with the same sum hold the same.
func (m *Manifest) Sum() catalog.Hash {
	c := *m
	c.Version = 0
	return sha256.Sum256(c.encode(catalog.Hash{}))
}

// Encode gives the manifest's bytes. It sorts drivers and files first.
func (m *Manifest) Encode() []byte {
	slices.SortFunc(m.Drivers, func(a, b Driver) int { return strings.Compare(a.Folder, b.Folder) })
	slices.SortFunc(m.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return m.encode(m.Sum())
}

// encode writes the lines by hand: one line for each driver and file makes the manifest readable and its differences short,
// which encoding/json cannot do.
func (m *Manifest) encode(sum catalog.Hash) []byte {
	var b bytes.Buffer
	field := func(name string, v any) {
		fmt.Fprintf(&b, "  %q: %s,\n", name, compact(v))
	}
	b.WriteString("{\n")
	field("format", Format)
	field("model", m.Model)
	field("target", m.Target)
	field("kind", m.Kind)
	field("content", m.Content)
	field("version", m.Version)
	field("hash", sum)
	list(&b, "drivers", m.Drivers)
	b.WriteString(",\n")
	list(&b, "files", m.Files)
	b.WriteString("\n}\n")
	return b.Bytes()
}

func list[T any](b *bytes.Buffer, name string, items []T) {
	fmt.Fprintf(b, "  %q: [", name)
	for i, it := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n    ")
		b.Write(compact(it))
	}
	if len(items) > 0 {
		b.WriteString("\n  ")
	}
	b.WriteByte(']')
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
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, damaged("%s", jsonError(b, err))
	}
	switch {
	case head.Format > Format:
		return nil, fmt.Errorf("manifest: %w: its format is %d, this drivercat knows up to %d", ErrNewerFormat, head.Format, Format)
	case head.Format < 1:
		return nil, damaged("it has no format number")
	}
	var doc struct {
		Format int          `json:"format"`
		Hash   catalog.Hash `json:"hash"`
		Manifest
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		return nil, damaged("%s", jsonError(b, err))
	}
	m := &doc.Manifest
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
