package packager_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/local"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

var xp = catalog.Target{OS: "xp", Arch: inf.X86}

const originals = "PC/_OriginalSources_/XP/R61-8935CTO/"

const folder = "PC/SCCM_Driver_Packages/XP/R61-8935CTO"

// world is a share in a temporary folder and a catalog's answers about what lies on it.
type world struct {
	t     *testing.T
	local tree.Tree
	in    packager.Input
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return worldAt(t, fastDir(t))
}

func worldAt(t *testing.T, dir string) *world {
	t.Helper()
	tr, err := local.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tr.Close() })
	return &world{t: t, local: noSync{tr}, in: packager.Input{Model: catalog.Model{Make: "Lenovo", Name: "R61-8935CTO"}, Target: xp}}
}

// noSync is a tree without its waits for the disk: the tests kill processes, not machines, and build thousands of packages.
type noSync struct{ tree.Tree }

func (noSync) Sync(...string) error { return nil }

// fastDir is a temporary folder in memory where the system has such a place, for the same reason.
func fastDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "drivercat-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// drv describes a driver; what is empty gets a usual value.
type drv struct {
	source   string // folder name among the originals
	inf      string // path in the source
	class    string
	provider string
	date     string
	version  string
	ids      []string // "+ID" stands as a compatible ID
	files    map[string]string
	loose    map[string]string // files in the source that the INF does not name
	verdict  catalog.Verdict
	arch     inf.Arch
}

func or(s, usual string) string {
	if s == "" {
		return usual
	}
	return s
}

// add puts a driver on the share and into the catalog's answers.
func (w *world) add(d drv) catalog.Hash {
	w.t.Helper()
	d.source, d.inf = or(d.source, "Src"), or(d.inf, "drv.inf")
	if d.arch == "" {
		d.arch = inf.X86
	}
	is := w.source(d.source)
	content := map[string]string{path.Base(d.inf): fmt.Sprintf("; %.2000s", fmt.Sprintf("%+v", d))}
	for n, c := range d.files {
		content[n] = c
	}
	names := make([]string, 0, len(content))
	for n := range content {
		names = append(names, n)
	}
	slices.Sort(names)
	rec := &catalog.Driver{Name: path.Base(d.inf), Verdict: d.verdict, Complete: []inf.Arch{d.arch}, Installer: nil}
	if rec.Verdict == "" {
		rec.Verdict = catalog.Nice
	}
	all := sha256.New()
	for _, n := range names {
		sum := sha256.Sum256([]byte(content[n]))
		rec.Files = append(rec.Files, catalog.DriverFile{Path: n, Size: int64(len(content[n])), SHA256: sum})
		fmt.Fprintf(all, "%s %x\n", strings.ToLower(n), sum)
		w.file(is, path.Join(path.Dir(d.inf), n), content[n], catalog.StateDriver, "")
	}
	for n, c := range d.loose {
		w.file(is, path.Join(path.Dir(d.inf), n), c, catalog.StateLeftover, "readme")
	}
	all.Sum(rec.Hash[:0])
	rec.INF = &catalog.INF{
		Class: or(d.class, "Net"), Provider: or(d.provider, "Acme"), Date: or(d.date, "2007-01-01"), Version: or(d.version, "1.0.0.0"),
		Models: []catalog.ModelsSection{{Name: "Models", Defined: true, Listed: true, Entries: 1, Line: 7}},
	}
	if d.arch != inf.X86 {
		rec.INF.Models[0].Decoration = "NT" + string(d.arch)
	}
	if d.ids == nil {
		d.ids = []string{"PCI\\" + strings.ToUpper(d.inf)}
	}
	for _, id := range d.ids {
		pos := 0
		if s, ok := strings.CutPrefix(id, "+"); ok {
			id, pos = s, 1
		}
		rec.INF.IDs = append(rec.INF.IDs, catalog.HardwareID{ID: id, Position: pos})
	}
	is.Drivers = append(is.Drivers, catalog.SourceDriverRecord{Path: d.inf, Driver: rec})
	return rec.Hash
}

func (w *world) source(name string) *packager.InputSource {
	for i := range w.in.Sources {
		if path.Base(w.in.Sources[i].Source.Location) == name {
			return &w.in.Sources[i]
		}
	}
	s := catalog.Source{ID: int64(len(w.in.Sources) + 1), SourceKey: catalog.SourceKey{Model: w.in.Model, Target: xp, Location: originals + name, Adopted: true}}
	w.in.Sources = append(w.in.Sources, packager.InputSource{Source: s})
	return &w.in.Sources[len(w.in.Sources)-1]
}

func (w *world) file(is *packager.InputSource, name, content string, state catalog.FileState, why string) {
	w.t.Helper()
	w.write(path.Join(is.Source.Location, name), content)
	i, err := w.local.Lstat(path.Join(is.Source.Location, name))
	if err != nil {
		w.t.Fatal(err)
	}
	is.Files = append(is.Files, catalog.SourceFile{
		Path: name, Size: int64(len(content)), MTime: i.ModTime().UnixNano(), SHA256: sha256.Sum256([]byte(content)), State: state, Why: why,
	})
}

// write changes the share behind drivercat's back.
func (w *world) write(name, content string) {
	w.t.Helper()
	p := filepath.Join(w.local.Root(), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(content), 0o666); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) plan(o packager.PlanOptions) *packager.Plan {
	w.t.Helper()
	p, err := packager.MakePlan(w.in, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) build(o packager.BuildOptions) packager.Result {
	w.t.Helper()
	r, err := packager.Build(context.Background(), w.local, w.plan(packager.PlanOptions{}), o)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// verify returns what Verify finds, as "code path".
func verify(t *testing.T, tr tree.Tree, o packager.VerifyOptions) []string {
	t.Helper()
	vs, err := packager.Verify(context.Background(), tr, o, folder)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, f := range vs[0].Findings {
		out = append(out, strings.TrimSpace(f.Code+" "+f.Path))
	}
	return out
}

func (w *world) files(dir string) map[string]string {
	w.t.Helper()
	return treetest.Files(w.t, w.local, dir)
}

// content is what a package holds, without the manifest.
func (w *world) content() map[string]string {
	w.t.Helper()
	f := w.files(folder)
	delete(f, "drivercat.json")
	return f
}

// twoVersions fills a world with a package of the first version and returns the plan of the second: files added, changed,
// removed, moved from file to folder and back, and kept.
func twoVersions(t *testing.T, dir string) (*world, *packager.Plan) {
	t.Helper()
	first := firstVersion(t, dir)
	first.build(packager.BuildOptions{})
	return secondVersion(t, dir)
}

func firstVersion(t *testing.T, dir string) *world {
	t.Helper()
	w := worldAt(t, dir)
	w.add(drv{source: "A", inf: "net/a.inf", files: map[string]string{"a.sys": "a1", "a.cat": "c1", "same.dll": "same"}})
	w.add(drv{source: "A", inf: "gone/gone.inf", class: "USB", files: map[string]string{"x/gone.sys": "gone", "turn": "file"}})
	w.add(drv{source: "A", inf: "turn/turn.inf", class: "MEDIA", files: map[string]string{"turn": "file", "fold/er": "in folder"}})
	w.add(drv{source: "Stay", inf: "stay/stay.inf", files: map[string]string{"stay.sys": strings.Repeat("stay", 10)}})
	return w
}

func secondVersion(t *testing.T, dir string) (*world, *packager.Plan) {
	t.Helper()
	w := worldAt(t, dir)
	w.add(drv{source: "B", inf: "net/a.inf", version: "2.0.0.0", files: map[string]string{"a.sys": "a2 longer", "a.cat": "c2", "same.dll": "same"}})
	w.add(drv{source: "B", inf: "new/new.inf", class: "HDC", files: map[string]string{"deep/er/new.sys": big("new")}})
	w.add(drv{source: "B", inf: "turn/turn.inf", class: "MEDIA", version: "2.0.0.0", files: map[string]string{"turn/now": "folder", "fold": "now a file"}})
	w.add(drv{source: "Stay", inf: "stay/stay.inf", files: map[string]string{"stay.sys": strings.Repeat("stay", 10)}})
	return w, w.plan(packager.PlanOptions{})
}

var errStuck = errors.New("used by another process")

// stuckTree refuses to move one file, as Windows does while somebody reads it.
type stuckTree struct {
	tree.Tree
	name string
	hits int
}

func (s *stuckTree) Rename(from, to string) error {
	if from == s.name {
		s.hits++
		return errStuck
	}
	return s.Tree.Rename(from, to)
}
