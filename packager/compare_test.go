package packager_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/chunk"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// driverOf reads "folder provider inf version"; its content is its version and what follows.
func driverOf(text string) manifest.Driver {
	f := strings.Fields(text)
	return manifest.Driver{Folder: f[0], Provider: f[1], INF: f[2], Version: f[3], Class: path.Dir(f[0]), Hash: sha256.Sum256([]byte(strings.Join(f[2:], " ")))}
}

func TestCompareDrivers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		old, next []string
		want      []string
	}{
		{"nothing", nil, nil, nil},
		{"the same", []string{"Net/a P a.inf 1"}, []string{"Net/a P a.inf 1"}, []string{"1 same"}},
		{"added and removed", []string{"Net/a P a.inf 1"}, []string{"Net/b P b.inf 1"}, []string{"added Net/b", "removed Net/a"}},
		{"updated", []string{"Net/a P a.inf 1"}, []string{"Net/a P a.inf 2"}, []string{"updated Net/a 1 > Net/a 2"}},
		{"the same version with other content", []string{"Net/a P a.inf 1"}, []string{"Net/a P a.inf 1 signed"}, []string{"updated Net/a 1 > Net/a 1"}},
		{"a folder whose case changed", []string{"net/a P a.inf 1"}, []string{"Net/a P a.inf 2"}, []string{"updated net/a 1 > Net/a 2"}},
		{"moved", []string{"Net/a P a.inf 1"}, []string{"Net/a-P P a.inf 1"}, []string{"moved Net/a > Net/a-P"}},
		{"updated and moved", []string{"Net/a P a.inf 1"}, []string{"Net/a-P P A.INF 2"}, []string{"updated Net/a 1 > Net/a-P 2"}},
		{"another vendor's of that name", []string{"Net/a P a.inf 1"}, []string{"Net/a-Q Q a.inf 2"}, []string{"added Net/a-Q", "removed Net/a"}},
		{"a twin appears and both get their vendor's name", []string{"Net/a P a.inf 1"}, []string{"Net/a-P P a.inf 1", "Net/a-Q Q a.inf 2"}, []string{"added Net/a-Q", "moved Net/a > Net/a-P"}},
		{"the folder counts more than the content", []string{"Net/a P a.inf 1", "Net/b P a.inf 2"}, []string{"Net/a P a.inf 2"}, []string{"removed Net/b", "updated Net/a 1 > Net/a 2"}},
	} {
		list := func(texts []string) *manifest.Manifest {
			m := &manifest.Manifest{}
			for _, s := range texts {
				m.Drivers = append(m.Drivers, driverOf(s))
			}
			return m
		}
		d := packager.CompareManifests(list(c.old), list(c.next), xp, func(catalog.Hash) *catalog.Driver { return nil }).Drivers
		var got []string
		for _, a := range d.Added {
			got = append(got, "added "+a.Folder)
		}
		for _, r := range d.Removed {
			got = append(got, "removed "+r.Folder)
		}
		for _, u := range d.Updated {
			got = append(got, fmt.Sprintf("updated %s %s > %s %s", u.Old.Folder, u.Old.Version, u.New.Folder, u.New.Version))
		}
		for _, m := range d.Moved {
			got = append(got, fmt.Sprintf("moved %s > %s", m.Old.Folder, m.New.Folder))
		}
		if d.Same > 0 {
			got = append(got, fmt.Sprint(d.Same, " same"))
		}
		if !cmp.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestCompareIDs: what counts is what the package serves on its target, as a hardware ID or only as a compatible one.
func TestCompareIDs(t *testing.T) {
	t.Parallel()
	record := func(section string, ids ...string) *catalog.Driver {
		i := &catalog.INF{Models: []catalog.ModelsSection{{Name: "M", Decoration: section, Listed: true, Defined: true, Entries: 1}}}
		for _, id := range ids {
			id, compatible := strings.CutPrefix(id, "+")
			h := catalog.HardwareID{ID: id, Description: "the " + id}
			if compatible {
				h.Position = 1
			}
			i.IDs = append(i.IDs, h)
		}
		return &catalog.Driver{INF: i, Verdict: catalog.Nice, Complete: []inf.Arch{inf.X86}}
	}
	drivers := map[string]*catalog.Driver{
		"Net/a P a.inf 1": record("", "A", "B", "+C"), "Net/a P a.inf 2": record("", "A", "+B", "C", "D"),
		"Net/b P b.inf 1": record("", "D", "X"), "Net/c P c.inf 1": record("NTamd64", "Z"), "Net/d P d.inf 1": nil,
		"Net/e P e.inf 1": {Verdict: catalog.Bad},
	}
	of := map[catalog.Hash]*catalog.Driver{}
	for text, d := range drivers {
		of[driverOf(text).Hash] = d
	}
	list := func(texts ...string) *manifest.Manifest {
		m := &manifest.Manifest{}
		for _, s := range texts {
			m.Drivers = append(m.Drivers, driverOf(s))
		}
		return m
	}
	c := packager.CompareManifests(list("Net/a P a.inf 1", "Net/b P b.inf 1", "Net/d P d.inf 1"), list("Net/a P a.inf 2", "Net/c P c.inf 1", "Net/d P d.inf 1", "Net/e P e.inf 1"), xp,
		func(h catalog.Hash) *catalog.Driver { return of[h] })
	told := func(list []packager.IDChange) (out []string) {
		for _, d := range list {
			if d.Description != "the "+d.ID {
				t.Errorf("%s is %q", d.ID, d.Description)
			}
			if d.Compatible {
				d.ID = "+" + d.ID
			}
			out = append(out, d.ID+" "+d.Driver)
		}
		return out
	}
	// D goes from one driver to another: the package serves it still.
	if got, want := told(c.IDs.Gained), []string{"+B Net/a", "C Net/a"}; !cmp.Equal(got, want) {
		t.Errorf("gained %q, want %q", got, want)
	}
	if got, want := told(c.IDs.Lost), []string{"B Net/a", "+C Net/a", "X Net/b"}; !cmp.Equal(got, want) {
		t.Errorf("lost %q, want %q", got, want)
	}
	if len(c.IDs.Unknown) != 1 || c.IDs.Unknown[0].Folder != "Net/d" {
		t.Errorf("unknown %v", c.IDs.Unknown)
	}
	u := c.Drivers.Updated
	if len(u) != 1 || !cmp.Equal(u[0].Gained, []string{"B", "C", "D"}) || !cmp.Equal(u[0].Lost, []string{"B", "C"}) {
		t.Errorf("updated %+v", u)
	}
}

// shelf is file contents as a tree that can only be read.
type shelf struct {
	tree.Tree
	files fstest.MapFS
}

func (s shelf) Root() string                      { return "/shelf" }
func (s shelf) Open(name string) (fs.File, error) { return s.files.Open(name) }

func TestCosts(t *testing.T) {
	t.Parallel()
	noise := func(seed byte, n int) string {
		b := make([]byte, n)
		rand.NewChaCha8([32]byte{seed}).Read(b)
		return string(b)
	}
	manifestOf := func(files map[string]string) *manifest.Manifest {
		m := &manifest.Manifest{}
		for p, c := range files {
			m.Files = append(m.Files, manifest.File{Path: p, Size: int64(len(c)), SHA256: sha256.Sum256([]byte(c))})
		}
		m.Encode()
		return m
	}
	a, b, small := noise(1, 200_000), noise(2, 200_000), noise(3, 1000)
	edited := a[:100_000] + "edited" + a[100_000:]
	const few = 3 * chunk.MaxBytes
	for _, c := range []struct {
		name       string
		old, next  map[string]string
		unsigned   []string // contents without a kept signature
		share      bool     // the new version lies on a share
		file       int64
		atMost     int64
		unsignedBy int64
	}{
		{name: "nothing changes", old: map[string]string{"a": a}, next: map[string]string{"a": a}},
		{name: "an edit", old: map[string]string{"a": a}, next: map[string]string{"a": edited}, file: 200_006, atMost: few},
		{name: "moved", old: map[string]string{"a": a}, next: map[string]string{"b": a}, file: 200_000},
		{name: "a copy", old: map[string]string{"a": a}, next: map[string]string{"a": a, "b": a}, file: 200_000},
		{name: "moved and edited", old: map[string]string{"p/a": a}, next: map[string]string{"q/a": edited}, file: 200_006, atMost: few},
		{name: "new", old: map[string]string{"a": a}, next: map[string]string{"a": a, "b": b}, file: 200_000, atMost: 200_000},
		{name: "new twice", old: map[string]string{}, next: map[string]string{"a": a, "b": a}, file: 400_000, atMost: 200_000},
		{name: "another content", old: map[string]string{"a": a}, next: map[string]string{"a": b}, file: 200_000, atMost: 200_000},
		{name: "small files count whole", old: map[string]string{"a": "old"}, next: map[string]string{"a": small}, file: 1000, atMost: 1000},
		{name: "two files joined", old: map[string]string{"a": a, "b": b}, next: map[string]string{"a": a + b}, file: 400_000, atMost: few},
		{name: "no signature of the old content", old: map[string]string{"a": a}, next: map[string]string{"a": edited}, unsigned: []string{a}, file: 200_006, atMost: 200_006, unsignedBy: 200_006},
		{name: "no signature of the new content", old: map[string]string{"a": a}, next: map[string]string{"a": edited}, unsigned: []string{edited}, file: 200_006, atMost: 200_006, unsignedBy: 200_006},
		{name: "one that is read from the share", old: map[string]string{"a": a}, next: map[string]string{"a": edited}, unsigned: []string{edited}, share: true, file: 200_006, atMost: few},
	} {
		old, next := manifestOf(c.old), manifestOf(c.next)
		kept := map[catalog.Hash][]byte{}
		for _, content := range []string{a, b, edited, a + b} {
			s, err := chunk.Sign(t.Context(), strings.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			kept[sha256.Sum256([]byte(content))] = s.Encode()
		}
		for _, u := range c.unsigned {
			delete(kept, sha256.Sum256([]byte(u)))
		}
		o := packager.CostOptions{Signatures: func(context.Context, []catalog.Hash) (map[catalog.Hash][]byte, error) { return kept, nil }}
		if c.share {
			files := fstest.MapFS{}
			for p, content := range c.next {
				files["P/"+p] = &fstest.MapFile{Data: []byte(content)}
			}
			o.Tree, o.Folder, o.Present = shelf{files: files}, "P", next
		}
		d := packager.CompareManifests(old, next, xp, func(catalog.Hash) *catalog.Driver { return nil })
		if err := d.Costs(t.Context(), old, o); err != nil {
			t.Fatal(err)
		}
		u := d.Files.Update
		if u.FileBytes != c.file || u.ChunkBytes > c.atMost || u.UnsignedBytes != c.unsignedBy {
			t.Errorf("%s: %+v, want %d in files, at most %d in chunks, %d unsigned", c.name, u, c.file, c.atMost, c.unsignedBy)
		}
		if c.atMost == 200_000 && u.ChunkBytes != c.atMost {
			t.Errorf("%s: %d bytes in chunks", c.name, u.ChunkBytes)
		}
	}
	broken := errors.New("broken")
	d := packager.CompareManifests(nil, manifestOf(map[string]string{"a": a}), xp, func(catalog.Hash) *catalog.Driver { return nil })
	if err := d.Costs(t.Context(), nil, packager.CostOptions{Signatures: func(context.Context, []catalog.Hash) (map[catalog.Hash][]byte, error) { return nil, broken }}); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func when(n int) time.Time { return time.Unix(int64(n), 0) }

func TestHistory(t *testing.T) {
	t.Parallel()
	body := func(n int, provider string) []byte {
		m := &manifest.Manifest{Model: catalog.Model{Make: "Lenovo", Name: "R61"}, Target: xp, Kind: "standard", Content: "inf", Version: n, Drivers: []manifest.Driver{{Folder: "Net/a", Provider: provider}}}
		return m.Encode()
	}
	kept := func(numbers ...int) (out []catalog.PackageVersion) {
		for _, n := range numbers {
			out = append(out, catalog.PackageVersion{Folder: "P", Version: n, Body: body(n, fmt.Sprint(n)), Manifest: sha256.Sum256(body(n, fmt.Sprint(n))), Published: when(n)})
		}
		return out
	}
	record := func(n int) *catalog.Package {
		return &catalog.Package{Version: n, Manifest: sha256.Sum256(body(n, fmt.Sprint(n))), Published: when(n)}
	}
	for _, c := range []struct {
		name     string
		kept     []catalog.PackageVersion
		share    []byte
		recorded *catalog.Package
		want     string
		problem  string
	}{
		{"the share has the newest", kept(3, 2), body(3, "3"), record(3), "3 2 share", ""},
		{"the share is ahead: a build died before it recorded", kept(3, 2), body(4, "4"), record(3), "4* 3 2 share", ""},
		{"no version is kept, but the package is known", nil, body(3, "3"), record(3), "3* share", ""},
		{"nothing is known", nil, body(3, "3"), nil, "3* share", ""},
		{"the manifest was edited", kept(3, 2), body(3, "edited"), record(3), "3 2", "says version 3 and is not the one that was published"},
		{"the share was put back to an older version", kept(3, 2), body(2, "2"), record(3), "3 2", "says version 2 and is not the one"},
		{"the manifest is damaged", kept(3, 2), []byte("{"), record(3), "3 2", "damaged"},
		{"the package is gone", kept(3, 2), nil, record(3), "3 2", "there is no"},
		{"a folder that began anew", kept(3, 2), body(2, "anew"), nil, "2* share", ""},
	} {
		files := fstest.MapFS{}
		if c.share != nil {
			files["P/drivercat.json"] = &fstest.MapFile{Data: c.share}
		}
		h, err := packager.ReadHistory(t.Context(), shelf{files: files}, c.kept, "P", c.recorded)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, v := range h.Versions {
			s := fmt.Sprint(v.Version)
			if !v.Kept {
				s += "*"
			}
			got = append(got, s)
		}
		if h.OnShare {
			got = append(got, "share")
		}
		if (h.Present() != nil) != h.OnShare || strings.Join(got, " ") != c.want || !strings.Contains(h.Problem, c.problem) || (h.Problem == "") != (c.problem == "") {
			t.Errorf("%s: %v, problem %q; want %s, %q", c.name, got, h.Problem, c.want, c.problem)
		}
	}
	if h, err := packager.ReadHistory(t.Context(), nil, kept(3, 2), "P", nil); err != nil || len(h.Versions) != 2 || h.OnShare || h.Problem != "" {
		t.Errorf("without a share: %+v, error %v", h, err)
	}
	broken := kept(3)
	broken[0].Body = bytes.ToUpper(broken[0].Body)
	if _, err := packager.ReadHistory(t.Context(), nil, broken, "P", nil); !errors.Is(err, manifest.ErrDamaged) {
		t.Errorf("a version that is damaged in the catalog: %v", err)
	}
}
