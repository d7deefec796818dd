package catalogtest

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/seccat"
)

// revision is that of the judging rules in tests that do not care.
const revision = 3

func hash(s string) catalog.Hash { return sha256.Sum256([]byte(s)) }

// target reads "xp-x86"; the targets of the tests are all in the table.
func target(s string) catalog.Target {
	t, err := catalog.ParseTarget(s, "")
	if err != nil {
		panic(err)
	}
	return t
}

func key(model, tgt, location string) catalog.SourceKey {
	return catalog.SourceKey{Model: catalog.Model{Make: "Lenovo", Name: model}, Target: target(tgt), Location: location}
}

func when(minute int) time.Time { return time.Date(2026, 3, 1, 12, minute, 0, 123456789, time.UTC) }

// newINF returns an INF with one models section and the given hardware IDs, each an entry of its own.
func newINF(name, class, provider string, ids ...string) *catalog.INF {
	i := &catalog.INF{
		SHA256: hash("inf " + name), Kind: "device", Encoding: "utf-16le", Class: class, ClassGUID: "{4D36E972-E325-11CE-BFC1-08002BE10318}",
		Provider: provider, Date: "2009-04-21", Version: "1.2.3.4",
		Models: []catalog.ModelsSection{{Manufacturer: provider, Name: "Models", Decoration: "NTamd64", Listed: true, Defined: true, Entries: len(ids), Line: 12}},
	}
	for n, id := range ids {
		i.IDs = append(i.IDs, catalog.HardwareID{ID: id, Entry: n, Description: "Device " + id})
	}
	return i
}

// newDriver returns a nice driver of an INF file and a .sys file.
func newDriver(name, class, provider string, ids ...string) *catalog.Driver {
	i := newINF(name, class, provider, ids...)
	return &catalog.Driver{
		Hash: hash("driver " + name), Name: name, Verdict: catalog.Nice, INF: i, Complete: []inf.Arch{inf.X86, inf.AMD64},
		Reasons: []catalog.Reason{{Code: "complete", Level: catalog.Decides, Text: "every file is there", Place: catalog.Place{Path: name, Line: 7}}},
		Files: []catalog.DriverFile{
			{Path: name, Size: 1000, SHA256: i.SHA256, Role: catalog.RoleINF, Arches: []inf.Arch{inf.X86, inf.AMD64}},
			{Path: "amd64/" + name + ".sys", Size: 2000, SHA256: hash("sys " + name), Role: catalog.RoleFile, Arches: []inf.Arch{inf.AMD64}, SHA1: sha1.Sum([]byte(name)), Image: &catalog.Image{
				SHA1: sha1.Sum([]byte("image")), SHA256: hash("image " + name), OriginalName: name + ".sys", Version: "1.2.0.0", Signers: []catalog.ImageSigner{{Name: "Acme", TBS: "0123", Leaf: true}},
			}},
		},
		Signatures: []catalog.Signature{
			{
				Arches: []inf.Arch{inf.AMD64}, State: catalog.SignatureVerified, Catalog: name + ".cat", Trust: seccat.Verified, Signer: "Publisher", Kind: seccat.SignedByWHQL,
				Chain: []string{"Publisher", "Root"}, Digest: "SHA-1", Legacy: true, Signed: time.Date(2009, 7, 14, 1, 2, 3, 0, time.UTC), Stamped: "Clock", Systems: []string{"Windows 7 x64"},
			},
			{Arches: []inf.Arch{inf.X86}, State: catalog.SignatureBroken, Code: "files-changed", Text: "not what it lists: a.sys", Expires: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), Differ: []string{"a.sys"}, Unknown: []string{"b.cab"}},
		},
	}
}

// summary is how a driver of newDriver is listed while one source carries it.
func summary(d *catalog.Driver) catalog.DriverSummary {
	s := catalog.DriverSummary{Hash: d.Hash, Name: d.Name, Verdict: d.Verdict, Files: len(d.Files), Bytes: d.Bytes(), Sources: 1, Signature: d.SignatureWorst()}
	if d.INF == nil {
		return s
	}
	s.Class, s.Provider, s.Date, s.Version = d.INF.Class, d.INF.Provider, d.INF.Date, d.INF.Version
	distinct := make(map[string]bool)
	for _, id := range d.INF.IDs {
		distinct[id.ID] = true
	}
	s.IDs = len(distinct)
	return s
}

// putDriver stores a driver with its INF and links it at path.
func putDriver(w catalog.SourceWriter, path string, d *catalog.Driver, revision int) error {
	if d.INF != nil {
		if err := w.PutINF(d.INF, revision); err != nil {
			return err
		}
	}
	if err := w.PutDriver(d, revision); err != nil {
		return err
	}
	return w.Link(path, d.Hash)
}

// importDrivers makes a source that carries drivers, each in a folder of its own, and returns it.
func importDrivers(t *testing.T, s catalog.Store, k catalog.SourceKey, drivers ...*catalog.Driver) catalog.Source {
	t.Helper()
	err := s.UpdateSource(t.Context(), k, func(w catalog.SourceWriter) error {
		for n, d := range drivers {
			if err := putDriver(w, fmt.Sprintf("%02d/%s", n, d.Name), d, revision); err != nil {
				return err
			}
		}
		return w.Finish(catalog.Source{Revision: revision, Imported: when(0)})
	})
	must(t, err)
	return onlySource(t, s, k)
}

// onlySource returns the source with the key.
func onlySource(t *testing.T, s catalog.Store, k catalog.SourceKey) catalog.Source {
	t.Helper()
	found := get[[]catalog.Source](t)(s.Sources(t.Context(), catalog.SourceFilter{Model: k.Model.Name, Target: k.Target, Location: k.Location}))
	if len(found) != 1 {
		t.Fatalf("%d sources for %v, want 1", len(found), k)
	}
	return found[0]
}

// update changes a source and fails the test if that goes wrong.
func update(t *testing.T, s catalog.Store, k catalog.SourceKey, fn func(w catalog.SourceWriter) error) catalog.Source {
	t.Helper()
	must(t, s.UpdateSource(t.Context(), k, fn))
	return onlySource(t, s, k)
}

func filesOf(t *testing.T, s catalog.Store, id int64) (files []catalog.SourceFile) {
	t.Helper()
	for f, err := range s.SourceFiles(t.Context(), id) {
		must(t, err)
		files = append(files, f)
	}
	return files
}

func listDrivers(t *testing.T, s catalog.Store, f catalog.DriverFilter) (names []string) {
	t.Helper()
	for _, d := range get[[]catalog.DriverSummary](t)(s.Drivers(t.Context(), f, catalog.Hash{}, 0)) {
		names = append(names, d.Name)
	}
	return names
}
