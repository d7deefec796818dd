package packager_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/archive"
	"github.com/drivercat/drivercat/packager/chunk"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

func asZip() packager.PlanOptions { return packager.PlanOptions{Format: "zip"} }

// pack builds as an archive.
func (w *world) pack(format string, o packager.BuildOptions) packager.Result {
	w.t.Helper()
	r, err := packager.Build(context.Background(), w.local, w.plan(packager.PlanOptions{Format: format}), o)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// unzip gives what a package's archive holds.
func (w *world) unzip() map[string]string {
	w.t.Helper()
	raw := w.files(folder)["DriverPackage.zip"]
	z, err := zip.NewReader(strings.NewReader(raw), int64(len(raw)))
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			w.t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			w.t.Fatal(err)
		}
		out[f.Name] = string(b)
	}
	return out
}

// wimTools finds wimlib-imagex; without it the test is skipped, or fails where everything is to be installed.
func wimTools(t *testing.T) []archive.Tool {
	t.Helper()
	p, err := exec.LookPath("wimlib-imagex")
	if err != nil {
		if os.Getenv("DRIVERCAT_REQUIRE_SERVERS") == "1" {
			t.Fatal("wimlib-imagex is missing: apt-get install wimtools")
		}
		t.Skip("wimlib-imagex is missing: apt-get install wimtools")
	}
	return []archive.Tool{{Name: "wimlib-imagex", Path: p}}
}

// TestZipIsTheFolder: an archive holds what the folder would hold, and nothing else lies in the package.
func TestZipIsTheFolder(t *testing.T) {
	t.Parallel()
	dir := fastDir(t)
	w := firstVersion(t, dir)
	w.build(packager.BuildOptions{})
	want := w.content()
	res := w.pack("zip", packager.BuildOptions{})
	if d := cmp.Diff(want, w.unzip()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"DriverPackage.zip"}, keys(w.content())); d != "" {
		t.Error(d)
	}
	if res.Was != "folder" || res.Archive == nil || res.Version != 2 || res.Files != len(want) || res.Written != 1 || len(res.Removed) != len(want) {
		t.Errorf("%+v", res)
	}
	if f := verify(t, w.local, packager.VerifyOptions{}); len(f) > 0 {
		t.Error(f)
	}
	// And back.
	res = w.build(packager.BuildOptions{})
	if d := cmp.Diff(want, w.content()); d != "" || res.Was != "zip" || res.Archive != nil || res.Version != 3 {
		t.Errorf("%s %+v", d, res)
	}
}

func keys(m map[string]string) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	return out
}

// TestArchiveUnchanged: an archive of the same drivers is neither made nor written again; its bytes are the same wherever it
// is made.
func TestArchiveUnchanged(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"zip", "wim"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			var tools []archive.Tool
			if format == "wim" {
				tools = wimTools(t)
			}
			w := firstVersion(t, fastDir(t))
			first := w.pack(format, packager.BuildOptions{Packers: tools})
			ro := &treetest.Faulty{Tree: w.local, At: 1, Mode: treetest.Fail, Only: writing}
			plan := w.plan(packager.PlanOptions{Format: format})
			// Without a tool: it is not needed.
			for _, o := range []packager.BuildOptions{{}, {Rehash: true}} {
				res, err := packager.Build(context.Background(), ro, plan, o)
				if err != nil || !res.Unchanged || res.Version != 1 || ro.Fired() != "" || *res.Archive != *first.Archive || res.Files != first.Files {
					t.Errorf("%+v, %v, %s", res, err, ro.Fired())
				}
			}
			if f := verify(t, w.local, packager.VerifyOptions{Packers: tools}); len(f) > 0 {
				t.Error(f)
			}
			other := firstVersion(t, fastDir(t))
			other.pack(format, packager.BuildOptions{Packers: tools, Workers: 7})
			if !maps.Equal(w.files(folder), other.files(folder)) {
				t.Error("the same drivers make other bytes elsewhere")
			}
			// A package that was damaged is what it was again, and no new version.
			w.write(folder+"/DriverPackage."+format, "rubbish")
			w.write(folder+"/more.txt", "rubbish")
			if res := w.pack(format, packager.BuildOptions{Packers: tools}); res.Version != 1 || res.Written != 1 {
				t.Errorf("%+v", res)
			}
			if !maps.Equal(w.files(folder), other.files(folder)) {
				t.Error("not repaired")
			}
			// An update is a new version.
			next, _ := secondVersion(t, w.local.Root())
			if res := next.pack(format, packager.BuildOptions{Packers: tools}); res.Version != 2 || res.Was != "" || len(res.Removed) > 0 {
				t.Errorf("%+v", res)
			}
			if f := verify(t, w.local, packager.VerifyOptions{Packers: tools}); len(f) > 0 {
				t.Error(f)
			}
		})
	}
}

// TestZipFaults fails every call of an update of an archive.
func TestZipFaults(t *testing.T) {
	t.Parallel()
	versions := func() (*world, *packager.Plan) {
		dir := fastDir(t)
		firstVersion(t, dir).pack("zip", packager.BuildOptions{})
		w, _ := secondVersion(t, dir)
		return w, w.plan(asZip())
	}
	w, plan := versions()
	before := w.files(folder)
	if _, err := packager.Build(context.Background(), w.local, plan, packager.BuildOptions{}); err != nil {
		t.Fatal(err)
	}
	after := w.files(folder)
	for _, mode := range []treetest.Mode{treetest.Fail, treetest.Break, treetest.DieAfter} {
		for at := 1; ; at++ {
			w, plan := versions()
			temp := t.TempDir()
			faulty := &treetest.Faulty{Tree: w.local, At: at, Mode: mode, Plain: true}
			_, err := packager.Build(context.Background(), faulty, plan, packager.BuildOptions{Workers: 1, Temp: temp})
			if left, rerr := os.ReadDir(temp); rerr != nil || len(left) > 0 {
				t.Errorf("%s: left among the temporary files: %v, %v", faulty.Fired(), left, rerr)
			}
			if faulty.Fired() == "" {
				if err != nil || at < 40 {
					t.Fatalf("after %d calls: %v", at, err)
				}
				break
			}
			if mode == treetest.Fail || mode == treetest.ShortWrite {
				wantOneOf(t, faulty.Fired(), w.files(folder), before, after)
			}
			wantRecovered(t, faulty.Fired(), w, plan, before, after)
		}
	}
}

func TestArchiveFails(t *testing.T) {
	t.Parallel()
	w := firstVersion(t, fastDir(t))
	ctx := context.Background()
	if _, err := packager.Build(ctx, w.local, w.plan(packager.PlanOptions{Format: "wim"}), packager.BuildOptions{}); !errors.Is(err, archive.ErrNoTool) {
		t.Errorf("no tool: %v", err)
	}
	gone := packager.BuildOptions{Temp: filepath.Join(t.TempDir(), "gone")}
	if _, err := packager.Build(ctx, w.local, w.plan(asZip()), gone); !errors.Is(err, archive.ErrTemporary) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no temporary folder: %v", err)
	}
	w.write(originals+"A/net/a.sys", "another content")
	_, err := packager.Build(ctx, w.local, w.plan(asZip()), packager.BuildOptions{})
	var se *packager.SourceError
	if !errors.Is(err, packager.ErrChanged) || !errors.As(err, &se) || se.Path != "net/a.sys" {
		t.Errorf("a changed source: %v", err)
	}
	w.remove("../../../_OriginalSources_/XP/R61-8935CTO/A/net/a.sys")
	if _, err := packager.Build(ctx, w.local, w.plan(asZip()), packager.BuildOptions{}); !errors.Is(err, packager.ErrChanged) || !errors.As(err, &se) {
		t.Errorf("a source that is gone: %v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := packager.Build(cancelled, w.local, w.plan(asZip()), packager.BuildOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if there, err := w.local.ReadDir("PC"); err != nil || len(there) != 1 {
		t.Errorf("something was published: %v, %v", there, err)
	}
	if _, err := packager.MakePlan(w.in, packager.PlanOptions{Format: "rar"}); err == nil {
		t.Error("rar is planned")
	}
}

// TestVerifyInside finds what is wrong with the files in an archive.
func TestVerifyInside(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer // a file that is stored, so that it can be found
	for i := range 300 {
		sum := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
		text.Write(sum[:])
	}
	build := func(t *testing.T) *world {
		w := newWorld(t)
		w.add(drv{files: map[string]string{"a.sys": text.String(), "b.sys": "b"}})
		w.pack("zip", packager.BuildOptions{})
		return w
	}
	const name = folder + "/DriverPackage.zip"
	t.Run("a flipped bit", func(t *testing.T) {
		t.Parallel()
		w := build(t)
		w.write(name, strings.Replace(w.files(folder)["DriverPackage.zip"], text.String()[:9], text.String()[:8]+"x", 1))
		want := []string{"changed DriverPackage.zip", "changed DriverPackage.zip/Net/drv/a.sys"}
		if d := cmp.Diff(want, verify(t, w.local, packager.VerifyOptions{})); d != "" {
			t.Error(d)
		}
		if res := w.pack("zip", packager.BuildOptions{Rehash: true}); res.Version != 1 || res.Written != 1 {
			t.Errorf("%+v", res)
		}
		if f := verify(t, w.local, packager.VerifyOptions{}); len(f) > 0 {
			t.Error(f)
		}
	})
	t.Run("cut", func(t *testing.T) {
		t.Parallel()
		w := build(t)
		w.write(name, w.files(folder)["DriverPackage.zip"][:5000])
		if d := cmp.Diff([]string{"changed DriverPackage.zip"}, verify(t, w.local, packager.VerifyOptions{})); d != "" {
			t.Error(d)
		}
	})
	t.Run("gone", func(t *testing.T) {
		t.Parallel()
		w := build(t)
		w.remove("DriverPackage.zip")
		if d := cmp.Diff([]string{"missing DriverPackage.zip"}, verify(t, w.local, packager.VerifyOptions{})); d != "" {
			t.Error(d)
		}
	})
	// An archive whose maker went wrong: it is what was published, and does not hold what the manifest says.
	t.Run("not what the manifest says", func(t *testing.T) {
		t.Parallel()
		w := build(t)
		raw := w.files(folder)["DriverPackage.zip"]
		m := w.plan(asZip()).Manifest(1)
		m.Archive.Size, m.Archive.SHA256 = int64(len(raw)), sha256.Sum256([]byte(raw))
		m.Files[1].SHA256[0]++
		m.Files[2].Path += "x"
		w.write(folder+"/"+manifest.Name, string(m.Encode()))
		want := []string{"changed DriverPackage.zip/Net/drv/b.sys", "extra DriverPackage.zip/Net/drv/drv.inf", "missing DriverPackage.zip/Net/drv/drv.infx"}
		if d := cmp.Diff(want, verify(t, w.local, packager.VerifyOptions{})); d != "" {
			t.Error(d)
		}
	})
	t.Run("no archive", func(t *testing.T) {
		t.Parallel()
		w := build(t)
		m := w.plan(asZip()).Manifest(1)
		m.Archive.Size, m.Archive.SHA256 = 7, sha256.Sum256([]byte("rubbish"))
		w.write(folder+"/"+manifest.Name, string(m.Encode()))
		w.write(name, "rubbish")
		if d := cmp.Diff([]string{"unreadable DriverPackage.zip"}, verify(t, w.local, packager.VerifyOptions{})); d != "" {
			t.Error(d)
		}
	})
}

func TestVerifyWIM(t *testing.T) {
	t.Parallel()
	tools := wimTools(t)
	w := firstVersion(t, fastDir(t))
	w.pack("wim", packager.BuildOptions{Packers: tools})
	check := func(o packager.VerifyOptions) packager.Verified {
		t.Helper()
		vs, err := packager.Verify(context.Background(), w.local, o, folder)
		if err != nil {
			t.Fatal(err)
		}
		return vs[0]
	}
	opened := check(packager.VerifyOptions{Packers: tools})
	if !opened.OK() || opened.Unopened != "" || opened.Archive != "DriverPackage.wim" || opened.Files != 12 {
		t.Errorf("%+v", opened)
	}
	if whole := check(packager.VerifyOptions{}); !whole.OK() || !strings.Contains(whole.Unopened, "no program") || whole.Files != 1 {
		t.Errorf("%+v", whole)
	}
	raw := []byte(w.files(folder)["DriverPackage.wim"])
	raw[300]++
	w.write(folder+"/DriverPackage.wim", string(raw))
	if bad := check(packager.VerifyOptions{Packers: tools}); len(bad.Findings) != 1 || bad.Findings[0].Code != packager.FoundChanged || bad.Unopened == "" {
		t.Errorf("%+v", bad)
	}
}

// TestPathBudgetOfArchives: what lies in an archive has no path on the share.
func TestPathBudgetOfArchives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(drv{files: map[string]string{strings.Repeat("long/", 50) + "a.sys": "a"}})
	for format, want := range map[string]int{"folder": 1, "zip": 0} {
		if p := w.plan(packager.PlanOptions{Format: format, Root: w.local.Root()}); len(p.Warnings) != want {
			t.Errorf("%s: %v", format, p.Warnings)
		}
	}
}

// TestRecordedArchive: a package whose manifest is gone comes back as the recorded version, since its archive does.
func TestRecordedArchive(t *testing.T) {
	t.Parallel()
	w := firstVersion(t, fastDir(t))
	res := w.pack("zip", packager.BuildOptions{})
	rec := &catalog.Package{Folder: folder, Version: res.Version, Manifest: res.Manifest}
	w.remove(manifest.Name)
	again := w.pack("zip", packager.BuildOptions{Recorded: rec})
	if fmt.Sprint(again.Version, again.Manifest) != fmt.Sprint(res.Version, res.Manifest) {
		t.Errorf("%+v, %+v", res, again)
	}
}

// TestCostsOfArchives: what an update of an archive sends is what changes in the archive; what is in it is told all the same.
func TestCostsOfArchives(t *testing.T) {
	t.Parallel()
	sum := func(s string) (h catalog.Hash) { return sha256.Sum256([]byte(s)) }
	archives := []string{strings.Repeat("a", 10_000), strings.Repeat("a", 10_000) + "b"}
	version := func(n int) *manifest.Manifest {
		return &manifest.Manifest{
			Archive: &manifest.Archive{Name: "DriverPackage.zip", Format: "zip", Size: int64(len(archives[n])), SHA256: sum(archives[n])},
			Files:   []manifest.File{{Path: "a.inf", Size: int64(50_000 + n), SHA256: catalog.Hash{byte(n)}}, {Path: "b.inf", Size: 7}},
		}
	}
	old, next := version(0), version(1)
	drivers := func(catalog.Hash) *catalog.Driver { return nil }
	kept := map[catalog.Hash][]byte{}
	o := packager.CostOptions{
		Signatures: func(context.Context, []catalog.Hash) (map[catalog.Hash][]byte, error) { return kept, nil },
		Tree:       shelf{files: fstest.MapFS{"P/DriverPackage.zip": {Data: []byte(archives[1])}}}, Folder: "P", Present: next,
	}
	costs := func(old, next *manifest.Manifest) *packager.Comparison {
		t.Helper()
		c := packager.CompareManifests(old, next, xp, drivers)
		if err := c.Costs(t.Context(), old, o); err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := costs(old, next)
	if u := c.Files.Update; u.FileBytes != 10_001 || u.ChunkBytes != 10_001 || u.UnsignedBytes != 10_001 || len(c.Files.Changed) != 1 || c.Files.Changed[0].Path != "a.inf" {
		t.Errorf("%+v", c.Files)
	}
	s, err := chunk.Sign(t.Context(), strings.NewReader(archives[0]))
	if err != nil {
		t.Fatal(err)
	}
	kept[sum(archives[0])] = s.Encode()
	if u := costs(old, next).Files.Update; u.FileBytes != 10_001 || u.ChunkBytes > 8192 || u.UnsignedBytes != 0 {
		t.Errorf("%+v", u)
	}
	changes := []manifest.Change{{Old: old.Published()[0], New: next.Published()[0]}}
	if got, err := o.Collect(t.Context(), changes); err != nil || len(got) != 2 || got[sum(archives[1])].Size() != 10_001 {
		t.Errorf("%v, %v", got, err)
	}
	// From a folder, and to an archive that is not made yet.
	folder := *old
	folder.Archive = nil
	if u := costs(&folder, next).Files.Update; u.FileBytes != 10_001 {
		t.Errorf("%+v", u)
	}
	planned := *next
	planned.Archive = &manifest.Archive{Name: "DriverPackage.zip", Format: "zip"}
	if u := costs(old, &planned).Files.Update; !u.Unknown {
		t.Errorf("%+v", u)
	}
}

// TestArchiveOnServer: archives are made, checked and updated on a share that programs of the system cannot reach.
func TestArchiveOnServer(t *testing.T) {
	t.Parallel()
	tools := wimTools(t)
	s := smbtest.Start(t, smbtest.Options{})
	tr := onServer(t, s)
	w := firstVersion(t, s.Dir)
	err := filepath.WalkDir(s.Dir, func(name string, _ fs.DirEntry, err error) error {
		s.Own(name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for version, format := range []string{"zip", "wim"} {
		for _, unchanged := range []bool{false, true} {
			plan := w.plan(packager.PlanOptions{Format: format})
			res, err := packager.Build(t.Context(), tr, plan, packager.BuildOptions{Packers: tools})
			if err != nil || res.Unchanged != unchanged || res.Version != version+1 {
				t.Fatalf("%s: %+v, %v", format, res, err)
			}
		}
		vs, err := packager.Verify(t.Context(), tr, packager.VerifyOptions{Packers: tools}, folder)
		if err != nil || !vs[0].OK() || vs[0].Files != 12 || vs[0].Unopened != "" {
			t.Errorf("%s: %+v, %v", format, vs, err)
		}
	}
}
