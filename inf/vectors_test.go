package inf_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf"
)

// vector is one case of the shared vector file. Expectations differ by area, so they stay raw until the area is known.
type vector struct {
	ID     string          `json:"id"`
	Area   string          `json:"area"`
	Input  json.RawMessage `json:"input"`
	Expect json.RawMessage `json:"expect"`
}

// vectorFile is where the shared cases lie beside a checkout.
const vectorFile = "../../shared/reference/inf-vectors.json"

// TestVectors runs the shared cases whose areas this package covers. Identifiers, ranking and catalogs have their own
// packages.
func TestVectors(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.FromSlash(vectorFile))
	if err != nil {
		requireShared(t)
		t.Skipf("the shared vectors are not beside this checkout (%v); the tables of this package cover the same rules", err)
	}
	var vs []vector
	if err := json.Unmarshal(b, &vs); err != nil {
		t.Fatal(err)
	}
	run := map[string]func(*testing.T, vector){
		"lex": testLexVector, "file": testFileVector, "models": testModelsVector, "install": testInstallVector,
		"files": testFilesVector, "driverver": testDriverVerVector, "strings": testStringsVector,
	}
	elsewhere := []string{"ids", "rank", "cat"}
	for _, v := range vs {
		f, ok := run[v.Area]
		if !ok {
			if !slices.Contains(elsewhere, v.Area) {
				t.Errorf("%s: nobody tests area %q", v.ID, v.Area)
			}
			continue
		}
		t.Run(v.ID, func(t *testing.T) { f(t, v) })
	}
}

// requireShared fails where the shared material has to be there: the gate sets the variable when it sees the folder.
func requireShared(tb testing.TB) {
	tb.Helper()
	if os.Getenv("DRIVERCAT_REQUIRE_SHARED") == "1" {
		tb.Fatal("the shared material beside the checkout is not found")
	}
}

func decode[T any](t *testing.T, raw json.RawMessage) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("vector: %v in %s", err, raw)
	}
	return v
}

type wantLine struct {
	Key    *string  `json:"key"`
	Fields []string `json:"fields"`
}

func testLexVector(t *testing.T, v vector) {
	want := decode[struct {
		Lines         []wantLine     `json:"lines"`
		OtherSections map[string]int `json:"otherSections"`
		Error         string         `json:"error"`
		Line          int            `json:"line"`
	}](t, v.Expect)
	src := "[Version]\nSignature=\"$CHICAGO$\"\n[T]\n" + decode[string](t, v.Input)
	f, _ := inf.Parse("vector.inf", []byte(src))
	if want.Error != "" {
		checkError(t, f, want.Error, want.Line)
		return
	}
	if f.Err != nil {
		t.Fatalf("Parse: %v", f.Err)
	}
	var got []wantLine
	for _, l := range f.Section("T").Lines {
		g := wantLine{}
		if l.HasKey {
			k := f.Expand(l.Key.Text)
			g.Key = &k
		}
		for _, fd := range l.Fields {
			g.Fields = append(g.Fields, f.Expand(fd.Text))
		}
		got = append(got, g)
	}
	if d := cmp.Diff(want.Lines, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	for name, n := range want.OtherSections {
		sec := f.Section(name)
		if sec == nil {
			t.Errorf("no section [%s]", name)
		} else if len(sec.Lines) != n {
			t.Errorf("[%s] has %d lines, want %d", name, len(sec.Lines), n)
		}
	}
}

func checkError(t *testing.T, f *inf.File, code string, line int) {
	t.Helper()
	if f.Err == nil {
		t.Fatalf("no error, want %s in line %d", code, line)
	}
	if d := cmp.Diff(&inf.LoadError{Code: code, Line: line}, f.Err); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func testFileVector(t *testing.T, v vector) {
	want := decode[struct {
		OK       bool     `json:"ok"`
		Sections []string `json:"sections"`
		Error    string   `json:"error"`
		Line     int      `json:"line"`
	}](t, v.Expect)
	f, _ := inf.Parse("vector.inf", []byte(decode[string](t, v.Input)))
	if !want.OK {
		checkError(t, f, want.Error, want.Line)
		return
	}
	if f.Err != nil {
		t.Fatalf("Parse: %v", f.Err)
	}
	var got []string
	for _, s := range f.Sections {
		got = append(got, strings.ToLower(s.Name))
	}
	if d := cmp.Diff(want.Sections, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func testModelsVector(t *testing.T, v vector) {
	in := decode[struct {
		Manufacturer string              `json:"manufacturer"`
		Sections     map[string][]string `json:"sections"`
		Target       json.RawMessage     `json:"target"`
	}](t, v.Input)
	var b strings.Builder
	b.WriteString("[Version]\nSignature=$CHICAGO$\n[Manufacturer]\nMaker=" + in.Manufacturer + "\n")
	target := inf.Target{Arch: inf.AMD64, Major: 10, Build: 22631, ProductType: inf.Workstation}
	if in.Sections != nil {
		for name, lines := range in.Sections {
			b.WriteString("[" + name + "]\n" + strings.Join(lines, "\n") + "\n")
		}
	} else {
		spec := decode[struct {
			Arch                       string
			Maj, Min, Build, Pt, Suite int
		}](t, in.Target)
		target = inf.Target{Arch: inf.Arch(spec.Arch), Major: spec.Maj, Minor: spec.Min, Build: spec.Build, ProductType: inf.ProductType(spec.Pt), SuiteMask: uint32(spec.Suite)}
		name, _, _ := strings.Cut(in.Manufacturer, ",")
		b.WriteString("[" + name + "]\nx=I,HW\n")
	}
	f, _ := inf.Parse("vector.inf", []byte(b.String()))
	d := f.Driver()
	var got string
	for _, ms := range d.Select(target) {
		got = ms.Name
	}
	want := ""
	if string(v.Expect) != "null" {
		want = decode[string](t, v.Expect)
	}
	if in.Sections != nil {
		want, _, _ = strings.Cut(want, " ")
		for m := range d.Models(target) {
			t.Errorf("model %q applies although the chosen section is empty", m.Description)
		}
	}
	if got != want {
		t.Errorf("chose %q, want %q", got, want)
	}
}

func testInstallVector(t *testing.T, v vector) {
	in := decode[struct {
		Name    string
		Have    []string
		Arch    string
		Version map[string]string
	}](t, v.Input)
	want := decode[string](t, v.Expect)
	src := "[Version]\nSignature=$CHICAGO$\n"
	for k, val := range in.Version {
		src += k + "=" + val + "\n"
	}
	for _, s := range in.Have {
		src += "[" + s + "]\n"
	}
	f, _ := inf.Parse("vector.inf", []byte(src))
	d := f.Driver()
	if in.Version != nil {
		if c, _ := d.Version.Catalog(inf.Arch(in.Arch)); c.Name != want {
			t.Errorf("catalog %q, want %q", c.Name, want)
		}
		return
	}
	got, sec := d.InstallSection(in.Name, inf.Arch(in.Arch))
	wantName, note, _ := strings.Cut(want, " ")
	if got != wantName {
		t.Errorf("section %q, want %q", got, wantName)
	}
	if missing := strings.Contains(note, "missing"); missing != (sec == nil) {
		t.Errorf("section exists: %v, want %v", sec != nil, !missing)
	}
}

// testFilesVector builds an INF from the parts that the vector names and compares where its files lie.
func testFilesVector(t *testing.T, v vector) {
	raw := decode[map[string]json.RawMessage](t, v.Input)
	arch := inf.AMD64
	src := "[Version]\nSignature=$CHICAGO$\n[Manufacturer]\nm=M,NTamd64\n[M.NTamd64]\nd=I,HW\n[I]\n"
	for key, val := range raw {
		switch key {
		case "CopyFiles", "CopyINF":
			src += "[I]\n" + key + "=" + decode[string](t, val) + "\n"
		case "arch":
			arch = inf.Arch(decode[string](t, val))
		case "onDisk":
		default:
			src += "[" + key + "]\n"
			if val[0] == '[' {
				src += strings.Join(decode[[]string](t, val), "\n") + "\n"
				continue
			}
			for k, line := range decode[map[string]string](t, val) {
				src += k + "=" + line + "\n"
				if strings.HasPrefix(key, "SourceDisksFiles") && raw["CopyFiles"] == nil {
					src += "[I]\nCopyFiles=@" + k + "\n[" + key + "]\n"
				}
			}
		}
	}
	f, _ := inf.Parse("vector.inf", []byte(src))
	d := f.Driver()
	got := map[string]inf.SourceFile{}
	for _, sf := range d.PackageFiles(arch) {
		got[sf.Name] = sf
	}
	needed := map[string]string{}
	for _, sf := range d.Needs().Files(d.ModelsSections()[0], arch) {
		needed[sf.Name] = sf.Path
	}
	for name, sf := range got {
		if needed[name] != sf.Path {
			t.Errorf("the install sections need %v, the package has %q", needed, sf.Path)
		}
	}
	switch v.ID {
	case "P02":
		if got["old.dll"].Path != "base/x64/old.dll" {
			t.Errorf("got %+v", got)
		}
	case "P04":
		if got["k.sys"].Listed {
			t.Error("an entry under SourceDisksFiles.NTamd64 counts")
		}
	case "P05":
		if sf := got["k.sys"]; sf.Cabinet != "data.cab" || sf.Path != "k.sys" {
			t.Errorf("got %+v", sf)
		}
	case "P06":
		if got["k.sys"].Path != "k.sys" {
			t.Errorf("got %+v", got)
		}
		if !slices.Contains(inf.CompressedNames("k.sys"), "k.sy_") {
			t.Errorf("CompressedNames(k.sys) = %v", inf.CompressedNames("k.sys"))
		}
	case "P10":
		if c := d.CopyINFs(); len(c) != 1 || c[0].Path != "sub/child.inf" {
			t.Errorf("got %+v", c)
		}
	default:
		for name, path := range decode[map[string]string](t, v.Expect) {
			if got[name].Path != path {
				t.Errorf("%s lies at %q, want %q", name, got[name].Path, path)
			}
		}
	}
}

func testDriverVerVector(t *testing.T, v vector) {
	want := decode[struct {
		Date    *string
		Version [4]uint16
	}](t, v.Expect)
	f, _ := inf.Parse("vector.inf", []byte("[Version]\nSignature=$CHICAGO$\nDriverVer="+decode[string](t, v.Input)+"\n"))
	got := f.Driver().Version.DriverVer
	date := ""
	if want.Date != nil {
		date = *want.Date
	}
	if got.Date != date || got.Version != want.Version {
		t.Errorf("got %s %v, want %s %v", got.Date, got.Version, date, want.Version)
	}
}

func testStringsVector(t *testing.T, v vector) {
	in := decode[struct {
		Have []string
		Want string
	}](t, v.Input)
	src := "[Version]\nSignature=$CHICAGO$\n"
	for _, s := range in.Have {
		src += "[" + s + "]\n"
	}
	f, _ := inf.Parse("vector.inf", []byte(src))
	lang, err := strconv.ParseInt(in.Want, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := f.Strings(int(lang)).Name, decode[string](t, v.Expect); got != want {
		t.Errorf("chose [%s], want [%s]", got, want)
	}
}
