package distribute_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/packager/chunk"
	"github.com/drivercat/drivercat/packager/distribute"
	"github.com/drivercat/drivercat/packager/manifest"
)

// noise is content without repetitions, the same on every machine.
func noise(seed byte, n int) string {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{seed}).Read(b)
	return string(b)
}

// pack is a version of a package with these files.
func pack(version int, files map[string]string) distribute.Contents {
	m := &manifest.Manifest{
		Model: catalog.Model{Make: "Lenovo", Name: "R61-8935CTO"}, Target: catalog.Target{OS: "xp", Arch: inf.X86}, Kind: "standard", Content: "inf", Version: version,
	}
	for n, c := range files {
		m.Files = append(m.Files, manifest.File{Path: n, Size: int64(len(c)), SHA256: sha256.Sum256([]byte(c))})
	}
	return distribute.ContentsOf(m)
}

// sign makes the signatures of contents.
func sign(t *testing.T, versions ...map[string]string) map[catalog.Hash]chunk.Signature {
	t.Helper()
	out := map[catalog.Hash]chunk.Signature{}
	for _, v := range versions {
		for _, c := range v {
			s, err := chunk.Sign(t.Context(), strings.NewReader(c))
			if err != nil {
				t.Fatal(err)
			}
			out[sha256.Sum256([]byte(c))] = s
		}
	}
	return out
}

func with(files map[string]string, changes ...string) map[string]string {
	out := map[string]string{}
	for n, c := range files {
		out[n] = c
	}
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "-" {
			delete(out, changes[i])
			continue
		}
		out[changes[i]] = changes[i+1]
	}
	return out
}

func baseFiles() map[string]string {
	return map[string]string{
		"Net/a/a.inf": "[Version]\n", "Net/a/a.sys": noise(1, 100_000), "Net/a/a.cat": noise(2, 3_000),
		"Display/v/v.inf": "[Version] ", "Display/v/v.dll": noise(3, 500_000),
	}
}

// holding is a point that holds a version.
func holding(name string, version int) distribute.CostPoint {
	return distribute.CostPoint{Point: catalog.Point{Name: name}, Holds: version, By: distribute.ByRecord}
}

// about checks a figure that chunk boundaries decide.
func about(t *testing.T, what string, got, least, most int64) {
	t.Helper()
	if got < least || got > most {
		t.Errorf("%s is %d, want %d to %d", what, got, least, most)
	}
}

// TestCostOfChanges: what each kind of change costs where version 1 is held. The manifest, which counts versions, always
// changes; it is under 2,000 bytes here.
func TestCostOfChanges(t *testing.T) {
	t.Parallel()
	base := baseFiles()
	edited := base["Display/v/v.dll"][:250_000] + noise(9, 1000) + base["Display/v/v.dll"][251_000:]
	inserted := noise(9, 10) + base["Display/v/v.dll"]
	const manifests = 2_000
	for name, c := range map[string]struct {
		next                map[string]string
		file, chunks, store int64 // without the manifest
		slack               int64 // of chunks
		files               int
	}{
		"nothing but the version":  {base, 0, 0, 0, 0, 1},
		"one small file":           {with(base, "Net/a/a.inf", "[Version]\nnew"), 13, 13, 13, 0, 2},
		"some bytes of a file":     {with(base, "Display/v/v.dll", edited), 500_000, 1000, 500_000, 20_000, 2},
		"bytes inserted in a file": {with(base, "Display/v/v.dll", inserted), 500_010, 10, 500_010, 10_000, 2},
		"a new file":               {with(base, "Net/a/b.sys", noise(5, 70_000)), 70_000, 70_000, 70_000, 0, 2},
		"a file less":              {with(base, "Net/a/a.sys", "-"), 0, 0, 0, 0, 1},
		"a copy of a file":         {with(base, "Net/a/b.sys", base["Net/a/a.sys"]), 100_000, 100_000, 0, 0, 2},
		"a renamed file":           {with(base, "Net/a/a.sys", "-", "Net/a/b.sys", base["Net/a/a.sys"]), 100_000, 100_000, 0, 0, 2},
		"a driver in another folder": {with(base, "Display/v/v.inf", "-", "Display/v/v.dll", "-", "Display/w/v.inf", base["Display/v/v.inf"], "Display/w/v.dll", base["Display/v/v.dll"]),
			500_010, 500_010, 0, 0, 3},
		"two new files with one content": {with(base, "x", noise(6, 10_000), "y", noise(6, 10_000)), 20_000, 20_000, 10_000, 0, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := &distribute.Update{
				New: pack(2, c.next), Kept: []distribute.Contents{pack(1, base)}, Library: true, Signatures: sign(t, base, c.next),
				Points: []distribute.CostPoint{holding("DP1", 1)},
			}
			r := distribute.Cost(u).Points[0]
			about(t, "file by file", r.FileBytes, c.file, c.file+manifests)
			about(t, "in chunks", *r.ChunkBytes, c.chunks, c.chunks+c.slack+manifests)
			about(t, "the library", *r.StoreBytes, c.store, c.store+manifests)
			if r.SendBytes != *r.ChunkBytes || r.UnsignedBytes != 0 || !r.Known || r.Files != c.files || r.Why != "" {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestSameDriversCostNothing: the same drivers give the same bytes, so that a point that holds them is sent nothing.
func TestSameDriversCostNothing(t *testing.T) {
	t.Parallel()
	u := &distribute.Update{New: pack(3, baseFiles()), Library: true, Points: []distribute.CostPoint{holding("DP1", 3)}}
	r := distribute.Cost(u).Points[0]
	if r.FileBytes != 0 || *r.ChunkBytes != 0 || *r.StoreBytes != 0 || r.Files != 0 || !r.Known || r.Why != "" {
		t.Errorf("%+v", r)
	}
}

// TestCostOfPoints: which points are sent what.
func TestCostOfPoints(t *testing.T) {
	t.Parallel()
	base := baseFiles()
	next := with(base, "Display/v/v.dll", noise(9, 10)+base["Display/v/v.dll"])
	var kept []distribute.Contents
	for v := 8; v >= 2; v-- { // more than are kept, since the share may have one besides
		kept = append(kept, pack(v, base))
	}
	pull, cloud, other := holding("pull", 8), holding("cloud", 8), holding("other", 8)
	pull.Point.Pull, cloud.Point.Cloud, other.Unknown = true, true, "it cannot be read"
	u := &distribute.Update{
		New: pack(9, next), Kept: kept, Signatures: sign(t, base, next), Library: true,
		Points: []distribute.CostPoint{holding("last", 8), holding("fifth", 4), holding("sixth", 3), holding("gone", 1), holding("none", 0), pull, cloud, other, holding("done", 9)},
	}
	rep := distribute.Cost(u)
	all := rep.Bytes
	if all != u.New.Bytes() || rep.Files != 6 || rep.Version != 9 {
		t.Errorf("%+v", rep)
	}
	type want struct {
		file, send string
		known      bool
		why        string
	}
	figure := func(n int64) string {
		switch {
		case n == all:
			return "all"
		case n == 0:
			return "0"
		case n < 10_000:
			return "chunks"
		case n > 500_000 && n < 505_000:
			return "file"
		}
		return fmt.Sprint(n)
	}
	got := map[string]want{}
	var file, send, store int64
	for _, p := range rep.Points {
		got[p.Point] = want{figure(p.FileBytes), figure(p.SendBytes), p.Known, p.Why}
		if (p.ChunkBytes == nil) != (p.Point == "pull" || p.Point == "cloud") {
			t.Errorf("%s: chunks %v", p.Point, p.ChunkBytes)
		}
		file, send, store = file+p.FileBytes, send+p.SendBytes, store+*p.StoreBytes
	}
	if d := cmp.Diff(map[string]want{
		"last":  {"file", "chunks", true, ""},
		"fifth": {"file", "chunks", true, ""},
		"sixth": {"file", "all", true, "version 3 is older than the last 5, from which chunks are sent"},
		"gone":  {"all", "all", false, "version 1 is not kept, so everything counts"},
		"none":  {"all", "all", true, "it holds nothing of the package"},
		"pull":  {"file", "file", true, "a pull point: it fetches whole files"},
		"cloud": {"file", "file", true, "a cloud point: it gets whole files"},
		"other": {"all", "all", false, "it cannot be read, so everything counts"},
		"done":  {"0", "0", true, ""},
	}, got, cmp.AllowUnexported(want{})); d != "" {
		t.Error(d)
	}
	total := distribute.CostTotal{Points: 9, FileBytes: file, SendBytes: send, StoreBytes: &store}
	if d := cmp.Diff(total, rep.Total); d != "" {
		t.Error(d)
	}
}

// TestDriverPackages: binary differential replication is no option of theirs, and ConfigMgr 2007 has no library.
func TestDriverPackages(t *testing.T) {
	t.Parallel()
	base := baseFiles()
	next := with(base, "Display/v/v.dll", noise(9, 10)+base["Display/v/v.dll"])
	u := &distribute.Update{New: pack(2, next), Kept: []distribute.Contents{pack(1, base)}, Signatures: sign(t, base, next), Points: []distribute.CostPoint{holding("DP1", 1)}}
	u.New.Kind = "native"
	if len(u.Changes()) != 0 {
		t.Error("signatures are asked for")
	}
	r := distribute.Cost(u).Points[0]
	if r.ChunkBytes != nil || r.SendBytes != r.FileBytes || r.StoreBytes != nil || r.Why != "a driver package: ConfigMgr sends whole files" {
		t.Errorf("%+v", r)
	}
}

// TestUnsigned: a changed file whose chunks nobody knows counts whole, and that is told.
func TestUnsigned(t *testing.T) {
	t.Parallel()
	base := baseFiles()
	next := with(base, "Display/v/v.dll", noise(9, 10)+base["Display/v/v.dll"], "Net/a/a.sys", noise(8, 90_000), "Net/a/a.inf", "new")
	u := &distribute.Update{New: pack(2, next), Kept: []distribute.Contents{pack(1, base)}, Points: []distribute.CostPoint{holding("DP1", 1), holding("none", 0)}}
	var asked []string
	for _, c := range u.Changes() {
		asked = append(asked, c.New.Path)
	}
	slices.Sort(asked)
	if d := cmp.Diff([]string{"Display/v/v.dll", "Net/a/a.sys"}, asked); d != "" {
		t.Error(d)
	}
	u.Signatures = sign(t, map[string]string{"": base["Display/v/v.dll"]}, map[string]string{"": next["Display/v/v.dll"], "a": next["Net/a/a.sys"]})
	rep := distribute.Cost(u)
	if r := rep.Points[0]; r.UnsignedBytes != 90_000 || *r.ChunkBytes >= 110_000 || *r.ChunkBytes < 90_000 || rep.Total.UnsignedBytes != 90_000 {
		t.Errorf("%+v", r)
	}
}

// TestLibrary: a content that another package at the point has is not stored again, however many have it.
func TestLibrary(t *testing.T) {
	t.Parallel()
	base := baseFiles()
	shared := pack(4, map[string]string{"Net/z.sys": base["Net/a/a.sys"], "Net/y.sys": base["Net/a/a.sys"]})
	p1, p2, p3 := holding("has it", 0), holding("has another version", 0), holding("has nothing", 0)
	p1.Else = map[string]int{"X": 4, "Y": 1}
	p2.Else = map[string]int{"X": 3}
	u := &distribute.Update{
		New: pack(1, base), Library: true, Points: []distribute.CostPoint{p1, p2, p3},
		Others: []distribute.OtherPackage{{Folder: "X", Version: 4, Files: shared.Files}, {Folder: "X", Version: 3}, {Folder: "Y", Version: 1, Files: shared.Files}},
	}
	rep := distribute.Cost(u)
	all := u.New.Bytes()
	for i, want := range []int64{all - 100_000, all, all} {
		if got := *rep.Points[i].StoreBytes; got != want {
			t.Errorf("%s: %d, want %d", rep.Points[i].Point, got, want)
		}
		if rep.Points[i].FileBytes != all {
			t.Errorf("%s is sent %d of %d", rep.Points[i].Point, rep.Points[i].FileBytes, all)
		}
	}
}

// TestCostOfArchives: of a package that is an archive the archive is sent.
func TestCostOfArchives(t *testing.T) {
	t.Parallel()
	one := noise(1, 300_000)
	two := one[:100_000] + noise(2, 500) + one[100_500:]
	as := func(version int, archive string) distribute.Contents {
		return distribute.ContentsOf(&manifest.Manifest{
			Model: catalog.Model{Name: "R61"}, Target: catalog.Target{OS: "xp", Arch: inf.X86}, Kind: "standard", Version: version,
			Archive: &manifest.Archive{Name: "DriverPackage.zip", Format: "zip", Size: int64(len(archive)), SHA256: sha256.Sum256([]byte(archive))},
			Files:   []manifest.File{{Path: "Net/a.sys", Size: 1 << 30, SHA256: catalog.Hash{byte(version)}}},
		})
	}
	u := &distribute.Update{
		New: as(2, two), Kept: []distribute.Contents{as(1, one)}, Points: []distribute.CostPoint{holding("DP1", 1)},
		Signatures: sign(t, map[string]string{"1": one, "2": two}),
	}
	r := distribute.Cost(u).Points[0]
	about(t, "file by file", r.FileBytes, 300_000, 302_000)
	about(t, "in chunks", *r.ChunkBytes, 500, 20_000)
}

// TestManifestChunks: a large manifest is cut like any file, and needs no signature that anybody keeps.
func TestManifestChunks(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for i := range 2000 {
		files[fmt.Sprintf("Net/a/file%04d.sys", i)] = fmt.Sprint(i)
	}
	next := with(files, "Net/a/file1000.sys", "other")
	u := &distribute.Update{New: pack(2, next), Kept: []distribute.Contents{pack(1, files)}, Points: []distribute.CostPoint{holding("DP1", 1)}}
	r := distribute.Cost(u).Points[0]
	if r.UnsignedBytes != 0 || *r.ChunkBytes > 25_000 || r.FileBytes < 200_000 {
		t.Errorf("%+v %d", r, *r.ChunkBytes)
	}
	if !bytes.Contains(u.New.Manifest, []byte(`"version": 2`)) {
		t.Error("no manifest")
	}
}
