package manifest

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
)

func example() *Manifest {
	return &Manifest{
		Model: catalog.Model{Make: "R&D <Labs>", Name: "R61-8935CTO"}, Target: catalog.Target{OS: "xp", Arch: inf.X86},
		Kind: "standard", Content: "inf", Version: 3,
		Drivers: []Driver{{Folder: "Net/b", INF: "b.inf", Class: "Net", Provider: "Größe", Date: "2007-01-02", Version: "1.2.3.4"}, {Folder: "Net/a", INF: "a.inf"}},
		Files:   []File{{Path: "Net/b/b.inf", Size: 2, SHA256: catalog.Hash{1}}, {Path: "Net/a/a.inf", Size: 5 << 32}},
	}
}

const zeros = "0000000000000000000000000000000000000000000000000000000000000000"

func TestEncode(t *testing.T) {
	t.Parallel()
	m := example()
	got := string(m.Encode())
	want := `{
  "format": 1,
  "model": {"make":"R&D <Labs>","name":"R61-8935CTO"},
  "target": "xp-x86",
  "kind": "standard",
  "content": "inf",
  "version": 3,
  "hash": "` + m.Sum().String() + `",
  "drivers": [
    {"hash":"` + zeros + `","inf":"a.inf","folder":"Net/a","class":"","provider":"","date":"","version":""},
    {"hash":"` + zeros + `","inf":"b.inf","folder":"Net/b","class":"Net","provider":"Größe","date":"2007-01-02","version":"1.2.3.4"}
  ],
  "files": [
    {"path":"Net/a/a.inf","size":21474836480,"sha256":"` + zeros + `"},
    {"path":"Net/b/b.inf","size":2,"sha256":"01` + zeros[2:] + `"}
  ]
}
`
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	var b bytes.Buffer
	if err := Write(&b, m); err != nil {
		t.Fatal(err)
	}
	back, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(m, back); d != "" {
		t.Error(d)
	}
	// The version does not count: it is history, not content.
	back.Version = 9
	if back.Sum() != m.Sum() {
		t.Error("the hash depends on the version")
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	good := string(example().Encode())
	change := func(old, next string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the example has no %q", old)
		}
		return strings.Replace(good, old, next, 1)
	}
	// rehash makes a manifest whose hash is right and whose content is wrong.
	rehash := func(fn func(*Manifest)) string {
		m := example()
		m.Encode()
		fn(m)
		return string(append(m.head(m.Sum()), m.lists()...))
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":               {"", "line 1"},
		"cut short":           {good[:len(good)/2], "line "},
		"more behind it":      {good + "{}", "line "},
		"a changed size":      {change(`"size":2`, `"size":3`), "changed after"},
		"a changed provider":  {change("Größe", "Grösse"), "changed after"},
		"unknown field":       {change(`"kind"`, `"kinds"`), "kinds"},
		"a text for a size":   {change(`"size":2`, `"size":"2"`), "line "},
		"no format":           {change(`"format": 1`, `"format": 0`), "format"},
		"path out":            {rehash(func(m *Manifest) { m.Files[1].Path = "../x" }), "path"},
		"absolute path":       {rehash(func(m *Manifest) { m.Files[1].Path = "/x" }), "path"},
		"backslash":           {rehash(func(m *Manifest) { m.Files[1].Path = `a\b` }), "path"},
		"drive":               {rehash(func(m *Manifest) { m.Files[1].Path = "c:x" }), "path"},
		"unsorted":            {rehash(func(m *Manifest) { m.Files[0], m.Files[1] = m.Files[1], m.Files[0] }), "order"},
		"doubled":             {rehash(func(m *Manifest) { m.Files[1] = m.Files[0] }), "order"},
		"case twins":          {rehash(func(m *Manifest) { m.Files[0].Path, m.Files[1].Path = "A", "a" }), "case"},
		"negative size":       {rehash(func(m *Manifest) { m.Files[0].Size = -1 }), "negative"},
		"itself":              {rehash(func(m *Manifest) { m.Files[1].Path = "drivercat.json" }), "itself"},
		"no model":            {rehash(func(m *Manifest) { m.Model.Name = "" }), "model"},
		"another format":      {change(`"format": 1`, `"format": 2`), "format 2"},
		"archive as format 1": {strings.Replace(packed(nil), `"format": 2`, `"format": 1`, 1), "format 1"},
		"archive elsewhere":   {packed(func(a *Archive) { a.Name = "../x.zip" }), "archive"},
		"archive is itself":   {packed(func(a *Archive) { a.Name = "DriverCat.json" }), "archive"},
		"archive of nothing":  {packed(func(a *Archive) { a.Size = 0 }), "0 bytes"},
		"archive of no kind":  {packed(func(a *Archive) { a.Format = "" }), "format"},
		"driver folder out":   {rehash(func(m *Manifest) { m.Drivers[0].Folder = ".." }), "folder"},
	} {
		if _, err := Parse([]byte(c.text)); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", name, err, c.want)
		}
	}
	if _, err := Parse([]byte(change(`"format": 1`, `"format": 3`))); !errors.Is(err, ErrNewerFormat) {
		t.Errorf("newer: %v", err)
	}
}

// packed is the example as an archive.
func packed(change func(*Archive)) string {
	m := example()
	m.Archive = &Archive{Name: "DriverPackage.zip", Format: "zip", Size: 7, SHA256: catalog.Hash{2}}
	if change != nil {
		change(m.Archive)
	}
	return string(m.Encode())
}

func TestArchive(t *testing.T) {
	t.Parallel()
	text := packed(nil)
	if want := `  "archive": {"name":"DriverPackage.zip","format":"zip","size":7,"sha256":"02` + zeros[2:] + `"},`; !strings.Contains(text, "\"format\": 2,\n") || !strings.Contains(text, want) {
		t.Errorf("no %s in\n%s", want, text)
	}
	m, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]File{{Path: "DriverPackage.zip", Size: 7, SHA256: catalog.Hash{2}}}, m.Published()); d != "" {
		t.Error(d)
	}
	other, err := Parse([]byte(packed(func(a *Archive) { a.Size++; a.SHA256[3]++ })))
	if err != nil {
		t.Fatal(err)
	}
	other.Version++
	if m.Sum() == other.Sum() || !m.SameContent(other) {
		t.Error("another archive of the same files is the same manifest, or other content")
	}
	folder := example()
	folder.Encode()
	if m.SameContent(folder) || folder.SameContent(m) || folder.SameContent(nil) || !folder.SameContent(folder) {
		t.Error("an archive is no folder")
	}
	if d := cmp.Diff(folder.Files, folder.Published()); d != "" {
		t.Error(d)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(example().Encode())
	f.Add([]byte(packed(nil)))
	f.Add([]byte(`{"format":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if err != nil {
			return
		}
		again, err := Parse(m.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(m, again); d != "" {
			t.Error(d)
		}
	})
}

// TestFileLines: the lines of files are what encoding/json makes of them.
func TestFileLines(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"Net/a/b.sys", "R&D/<x>.inf", "ä/ö.dll", `quote"back\slash`, "tab\there", "\u2028", "\x7f", "bad\xff", ""} {
		f := File{Path: p, Size: 1<<40 + 7, SHA256: catalog.Hash{1, 0xab, 31: 0xff}}
		if got, want := string(f.appendJSON(nil)), string(compact(f)); got != want {
			t.Errorf("%q: %s, encoding/json has %s", p, got, want)
		}
	}
}
