package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/drivercat/drivercat/catalog"
)

func sourceFile(path string, n int64, state catalog.FileState, why string) catalog.SourceFile {
	return catalog.SourceFile{Path: path, Size: n, MTime: 1_700_000_000_123_456_789 + n, SHA256: hash(path), State: state, Why: why, Detail: "because of " + path}
}

func fingerprint(s string) catalog.Fingerprint {
	h := hash(s)
	return catalog.Fingerprint(h[:16])
}

func testSourceRoundTrip(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	k := key("R61-8935CTO", "xp-x86", "PC/_OriginalSources_/XP/R61-8935CTO")
	k.Adopted = true
	nice, bad := newDriver("net.inf", "Net", "Intel", `PCI\VEN_8086&DEV_1049`), setupDriver()
	unreadable := catalog.SourceFile{Path: "z/locked.bin", Size: 5, MTime: -1, State: catalog.StateLeftover, Why: "unreadable", Detail: "permission denied", Problem: true}
	files := []catalog.SourceFile{
		sourceFile("a/net.inf", 1000, catalog.StateDriver, "inf"),
		sourceFile("a/readme.txt", 10, catalog.StateLeftover, "readme"),
		sourceFile("b/setup.exe", 3000, catalog.StateInstaller, "setup"),
		unreadable,
	}
	folders := map[string]catalog.Fingerprint{".": {1}, "a": {2, 3}, "b": {0xff}}
	installers := []catalog.SourceInstaller{
		{Path: "a/old.exe", Info: catalog.InstallerInfo{Kind: "nsis"}, RedundantBy: []string{"a/net.inf", "a/second.inf"}},
		{Path: "b/setup.exe", Info: *bad.Installer},
	}
	src := update(t, s, k, func(w catalog.SourceWriter) error {
		if got := w.Source(); got.ID == 0 || got.Revision != 0 || got.SourceKey != k {
			t.Errorf("a new source is %+v in its transaction", got)
		}
		var errs []error
		for i := len(files) - 1; i >= 0; i-- {
			errs = append(errs, w.PutFile(files[i]))
		}
		for path, fp := range folders {
			errs = append(errs, w.PutFolder(path, fp))
		}
		for i := len(installers) - 1; i >= 0; i-- {
			errs = append(errs, w.PutInstaller(installers[i]))
		}
		errs = append(errs, putDriver(w, "b/setup.exe", bad, revision), putDriver(w, "a/net.inf", nice, revision),
			w.Finish(catalog.Source{Revision: revision, Imported: when(1), Origin: "/cd/drivers"}))
		return errors.Join(errs...)
	})
	want := catalog.Source{
		ID: src.ID, SourceKey: k, Origin: "/cd/drivers", Imported: when(1), Revision: revision,
		Files: 4, Bytes: 4015, Nice: 1, Bad: 1, Problems: 1,
	}
	equal(t, "source", src, want)
	equal(t, "source by ID", get[catalog.Source](t)(s.Source(ctx, src.ID)), want)
	equal(t, "files", filesOf(t, s, src.ID), files)
	equal(t, "folders", get[map[string]catalog.Fingerprint](t)(s.SourceFolders(ctx, src.ID)), folders)
	equal(t, "installers", get[[]catalog.SourceInstaller](t)(s.SourceInstallers(ctx, src.ID)), installers)
	records := []catalog.SourceDriverRecord{{Path: "a/net.inf", Driver: nice}, {Path: "b/setup.exe", Driver: bad}}
	equal(t, "drivers", get[[]catalog.SourceDriverRecord](t)(s.SourceDrivers(ctx, src.ID, true)), records)
	bare, bareINF := *nice, *nice.INF
	bareINF.IDs, bare.INF = nil, &bareINF
	records[0].Driver = &bare
	equal(t, "drivers without IDs", get[[]catalog.SourceDriverRecord](t)(s.SourceDrivers(ctx, src.ID, false)), records)
	equal(t, "stats", get[catalog.Stats](t)(s.Stats(ctx)),
		catalog.Stats{Schema: get[catalog.Stats](t)(s.Stats(ctx)).Schema, Models: 1, Sources: 1, Drivers: 2, INFs: 1, IDs: 1, Files: 4, Bytes: 4015})
}

func testSourceChanges(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	k := key("R61", "xp-x86", "a")
	src := update(t, s, k, func(w catalog.SourceWriter) error {
		return errors.Join(
			w.PutFile(sourceFile("a", 1, catalog.StateLeftover, "x")), w.PutFile(sourceFile("b", 1, catalog.StateLeftover, "x")),
			w.PutFile(sourceFile("a", 2, catalog.StateLeftover, "y")),
			w.PutFolder(".", catalog.Fingerprint{1}), w.PutFolder("sub", catalog.Fingerprint{1}), w.PutFolder(".", catalog.Fingerprint{2}),
			w.PutInstaller(catalog.SourceInstaller{Path: "i", Info: catalog.InstallerInfo{Kind: "exe"}, RedundantBy: []string{"1", "2"}}),
			w.PutInstaller(catalog.SourceInstaller{Path: "j", Info: catalog.InstallerInfo{Kind: "exe"}}),
			w.Finish(catalog.Source{Revision: 1, Imported: when(1), Origin: "cd"}))
	})
	equal(t, "files", filesOf(t, s, src.ID), []catalog.SourceFile{sourceFile("a", 2, catalog.StateLeftover, "y"), sourceFile("b", 1, catalog.StateLeftover, "x")})
	again := update(t, s, k, func(w catalog.SourceWriter) error {
		equal(t, "source in its second transaction", w.Source(), src)
		return errors.Join(
			w.DeleteFile("a"), w.PutFile(sourceFile("c", 7, catalog.StateLeftover, "z")), w.DeleteFile("not there"),
			w.PutFile(sourceFile("d", 7, catalog.StateLeftover, "z")), w.DeleteFile("d"), w.PutFile(sourceFile("b", 9, catalog.StateInstaller, "w")),
			w.DeleteFolder("sub"), w.PutFolder(".", catalog.Fingerprint{3}), w.DeleteFolder("not there"),
			w.PutInstaller(catalog.SourceInstaller{Path: "i", Info: catalog.InstallerInfo{Kind: "msi"}, RedundantBy: []string{"3"}}),
			w.DeleteInstaller("j"), w.DeleteInstaller("not there"), w.Unlink("not there"))
	})
	src.Bytes = 16
	equal(t, "source without Finish keeps revision, time and origin", again, src)
	equal(t, "files after the second", filesOf(t, s, src.ID), []catalog.SourceFile{sourceFile("b", 9, catalog.StateInstaller, "w"), sourceFile("c", 7, catalog.StateLeftover, "z")})
	equal(t, "folders", get[map[string]catalog.Fingerprint](t)(s.SourceFolders(ctx, src.ID)), map[string]catalog.Fingerprint{".": {3}})
	equal(t, "installers", get[[]catalog.SourceInstaller](t)(s.SourceInstallers(ctx, src.ID)),
		[]catalog.SourceInstaller{{Path: "i", Info: catalog.InstallerInfo{Kind: "msi"}, RedundantBy: []string{"3"}}})

	must(t, s.DeleteSource(ctx, src.ID))
	_, err := s.Source(ctx, src.ID)
	wantErr(t, "deleted source", err, catalog.ErrNotFound)
	equal(t, "files of the deleted source", filesOf(t, s, src.ID), []catalog.SourceFile{})
	if m := get[catalog.ModelSummary](t)(s.Model(ctx, "R61")); m.Sources != 0 {
		t.Errorf("the model has %d sources after its only one was deleted", m.Sources)
	}
	if fresh := update(t, s, k, func(catalog.SourceWriter) error { return nil }); fresh.ID == src.ID || fresh.Files != 0 || fresh.Revision != 0 {
		t.Errorf("a source of the same key as the deleted %d is %+v; IDs are not given twice", src.ID, fresh)
	}
}

// testCarriedNames: a copy of an INF under another name is the same driver, and its source tells it by its own name.
func testCarriedNames(t *testing.T, s catalog.Store) {
	d := newDriver("a.inf", "Net", "Intel", "A")
	k := key("R61", "xp-x86", "a")
	src := update(t, s, k, func(w catalog.SourceWriter) error {
		return errors.Join(putDriver(w, "x/a.inf", d, revision), w.Link("y/oem7.inf", d.Hash))
	})
	records := get[[]catalog.SourceDriverRecord](t)(s.SourceDrivers(t.Context(), src.ID, true))
	equal(t, "records", records, []catalog.SourceDriverRecord{{Path: "x/a.inf", Driver: d}, {Path: "y/oem7.inf", Driver: d.Named("oem7.inf")}})
	for _, r := range records {
		if !slices.ContainsFunc(r.Driver.Files, func(f catalog.DriverFile) bool { return f.Path == r.Driver.Name }) {
			t.Errorf("%s: none of its files is the INF", r.Path)
		}
	}
}

func testPrevious(t *testing.T, s catalog.Store) {
	k := key("R61", "xp-x86", "a")
	d, other := newDriver("a.inf", "Net", "Intel", "A"), newDriver("b.inf", "Net", "Intel", "B")
	old, inst := sourceFile("a", 1, catalog.StateLeftover, "x"), catalog.SourceInstaller{Path: "i", Info: catalog.InstallerInfo{Kind: "exe"}}
	previous := func(w catalog.SourceWriter) (files []catalog.SourceFile, drivers []string, installers []catalog.SourceInstaller) {
		for f, err := range w.PreviousFiles() {
			must(t, err)
			files = append(files, f)
		}
		for _, r := range get[[]catalog.SourceDriverRecord](t)(w.PreviousDrivers()) {
			drivers = append(drivers, r.Path)
			if len(r.Driver.INF.IDs) > 0 {
				t.Error("PreviousDrivers reads the IDs")
			}
		}
		return files, drivers, get[[]catalog.SourceInstaller](t)(w.PreviousInstallers())
	}
	update(t, s, k, func(w catalog.SourceWriter) error {
		must(t, errors.Join(w.PutFile(old), putDriver(w, "a.inf", d, revision), w.PutInstaller(inst)))
		if f, d, i := previous(w); len(f)+len(d)+len(i) != 0 {
			t.Errorf("a new source had files %v, drivers %v, installers %v", f, d, i)
		}
		return nil
	})
	update(t, s, k, func(w catalog.SourceWriter) error {
		must(t, errors.Join(w.PutFile(sourceFile("a", 2, catalog.StateLeftover, "x")), w.DeleteFile("a"), w.PutFile(sourceFile("b", 2, catalog.StateLeftover, "x")),
			w.Unlink("a.inf"), putDriver(w, "b.inf", other, revision), w.DeleteInstaller("i")))
		files, drivers, installers := previous(w)
		equal(t, "previous files", files, []catalog.SourceFile{old})
		equal(t, "previous drivers", drivers, []string{"a.inf"})
		equal(t, "previous installers", installers, []catalog.SourceInstaller{inst})
		for f := range w.PreviousFiles() {
			must(t, w.PutFile(f)) // changing while the old files are read is what a re-import does
		}
		return nil
	})
}

func testRollback(t *testing.T, s catalog.Store) {
	k := key("R61", "xp-x86", "a")
	src := update(t, s, k, func(w catalog.SourceWriter) error {
		return errors.Join(w.PutFile(sourceFile("a", 1, catalog.StateLeftover, "x")), putDriver(w, "a.inf", newDriver("a.inf", "Net", "Intel", "A"), revision))
	})
	before := get[catalog.Stats](t)(s.Stats(t.Context()))
	change := func(w catalog.SourceWriter) {
		must(t, errors.Join(w.DeleteFile("a"), w.PutFile(sourceFile("b", 1, catalog.StateLeftover, "x")), w.Unlink("a.inf"),
			putDriver(w, "b.inf", newDriver("b.inf", "Net", "Intel", "B"), revision)))
		for n := range 1000 {
			must(t, w.PutFile(sourceFile(fmt.Sprint(n), 1, catalog.StateLeftover, "x")))
		}
	}
	broken := errors.New("broken")
	wantErr(t, "an update that fails", s.UpdateSource(t.Context(), k, func(w catalog.SourceWriter) error { change(w); return broken }), broken)
	ctx, cancel := context.WithCancel(t.Context())
	wantErr(t, "an update that is cancelled", s.UpdateSource(ctx, k, func(w catalog.SourceWriter) error { change(w); cancel(); return nil }), context.Canceled)
	wantErr(t, "an update that hides an error", s.UpdateSource(t.Context(), k, func(w catalog.SourceWriter) error {
		change(w)
		_ = w.Link("c.inf", hash("no such driver"))
		return nil
	}), catalog.ErrNotFound)
	wantErr(t, "a new source that fails", s.UpdateSource(t.Context(), key("T61", "xp-x86", "b"), func(w catalog.SourceWriter) error { change(w); return broken }), broken)

	equal(t, "stats", get[catalog.Stats](t)(s.Stats(t.Context())), before)
	equal(t, "source", get[catalog.Source](t)(s.Source(t.Context(), src.ID)), src)
	equal(t, "files", filesOf(t, s, src.ID), []catalog.SourceFile{sourceFile("a", 1, catalog.StateLeftover, "x")})
	equal(t, "drivers", listDrivers(t, s, catalog.DriverFilter{Source: src.ID}), []string{"a.inf"})
}

func testPanic(t *testing.T, s catalog.Store) {
	k := key("R61", "xp-x86", "a")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = s.UpdateSource(t.Context(), k, func(w catalog.SourceWriter) error {
			must(t, w.PutFile(sourceFile("a", 1, catalog.StateLeftover, "x")))
			panic("a bug in the importer")
		})
	}()
	equal(t, "sources", get[[]catalog.Source](t)(s.Sources(t.Context(), catalog.SourceFilter{})), []catalog.Source{})
	update(t, s, k, func(w catalog.SourceWriter) error { return w.PutFile(sourceFile("a", 1, catalog.StateLeftover, "x")) })
}

func testWriterDies(t *testing.T, s catalog.Store) {
	var kept catalog.SourceWriter
	src := update(t, s, key("R61", "xp-x86", "a"), func(w catalog.SourceWriter) error { kept = w; return nil })
	if err := kept.PutFile(sourceFile("a", 1, catalog.StateLeftover, "x")); err == nil {
		t.Error("a writer works after its transaction")
	}
	equal(t, "files", filesOf(t, s, src.ID), []catalog.SourceFile{})
}

func testModels(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	k := key("R61-8935CTO", "xp-x86", "a")
	k.Model.Make = ""
	first := importDrivers(t, s, k, newDriver("a.inf", "Net", "Intel", "A"))
	k.Model = catalog.Model{Make: "Lenovo", Name: "r61-8935cto"}
	if again := update(t, s, k, func(catalog.SourceWriter) error { return nil }); again.ID != first.ID {
		t.Errorf("the same key with another case of the model is source %d, not %d", again.ID, first.ID)
	}
	importDrivers(t, s, key("R61-8935CTO", "win7-x64", "b"), newDriver("a.inf", "Net", "Intel", "A"), setupDriver())
	importDrivers(t, s, key("a1", "xp-x86", "c"))
	importDrivers(t, s, key("B1", "xp-x86", "d"))
	k = key("R61-8935CTO", "xp-x86", "e")
	k.Model.Make = "Dell"
	wantErr(t, "another make", s.UpdateSource(ctx, k, func(catalog.SourceWriter) error { return nil }), catalog.ErrMakeConflict)

	r61 := catalog.ModelSummary{
		Model: catalog.Model{Make: "Lenovo", Name: "R61-8935CTO"}, Targets: []catalog.Target{target("win7-x64"), target("xp-x86")},
		Sources: 2, Nice: 1, Bad: 1,
	}
	empty := func(name string) catalog.ModelSummary {
		return catalog.ModelSummary{Model: catalog.Model{Make: "Lenovo", Name: name}, Targets: []catalog.Target{target("xp-x86")}, Sources: 1}
	}
	equal(t, "models", get[[]catalog.ModelSummary](t)(s.Models(ctx)), []catalog.ModelSummary{empty("a1"), empty("B1"), r61})
	equal(t, "model", get[catalog.ModelSummary](t)(s.Model(ctx, "R61-8935cto")), r61)
}

func testSourceLists(t *testing.T, s catalog.Store) {
	ids := make(map[string]int64)
	for _, k := range []catalog.SourceKey{
		key("T61", "xp-x86", "/z"), key("T61", "win7-x64", "/b"), key("r61", "xp-x86", "/a"), key("T61", "xp-x86", "/B"), key("T61", "xp-x86", "/a"),
	} {
		ids[k.Model.Name+" "+k.Target.String()+" "+k.Location] = importDrivers(t, s, k).ID
	}
	adopted := key("T61", "xp-x86", "/a")
	adopted.Adopted = true
	must(t, s.UpdateSource(t.Context(), adopted, func(catalog.SourceWriter) error { return nil }))
	for _, c := range []struct {
		name string
		f    catalog.SourceFilter
		want []string
	}{
		{"all, in order", catalog.SourceFilter{}, []string{"r61 xp-x86 /a", "T61 win7-x64 /b", "T61 xp-x86 /a", "T61 xp-x86 /a", "T61 xp-x86 /B", "T61 xp-x86 /z"}},
		{"by model in another case", catalog.SourceFilter{Model: "R61"}, []string{"r61 xp-x86 /a"}},
		{"by target", catalog.SourceFilter{Target: target("win7-x64")}, []string{"T61 win7-x64 /b"}},
		{"by location, exactly", catalog.SourceFilter{Location: "/b"}, []string{"T61 win7-x64 /b"}},
		{"by all three", catalog.SourceFilter{Model: "t61", Target: target("xp-x86"), Location: "/z"}, []string{"T61 xp-x86 /z"}},
		{"by an unknown model", catalog.SourceFilter{Model: "T6"}, nil},
	} {
		var got []string
		for _, src := range get[[]catalog.Source](t)(s.Sources(t.Context(), c.f)) {
			got = append(got, src.Model.Name+" "+src.Target.String()+" "+src.Location)
		}
		equal(t, c.name, got, c.want)
	}
}

func testAccounting(t *testing.T, s catalog.Store) {
	src := update(t, s, key("R61", "xp-x86", "a"), func(w catalog.SourceWriter) error {
		var errs []error
		for n := range 1000 {
			f := sourceFile(fmt.Sprintf("%d/%d", n%7, n), int64(n), catalog.StateLeftover, []string{"readme", "not-referenced", "unreadable"}[n%3])
			if n%3 == 2 {
				f.SHA256, f.Problem = catalog.Hash{}, true
			}
			if n%5 == 0 {
				f.State, f.Why, f.Problem = catalog.StateDriver, "content", false
			}
			errs = append(errs, w.PutFile(f))
		}
		return errors.Join(errs...)
	})
	lines := get[[]catalog.AccountingLine](t)(s.Accounting(t.Context(), src.ID))
	equal(t, "accounting", lines, []catalog.AccountingLine{
		{State: catalog.StateDriver, Why: "content", Files: 200, Bytes: 99500},
		{State: catalog.StateLeftover, Why: "not-referenced", Files: 267, Bytes: 133332},
		{State: catalog.StateLeftover, Why: "readme", Files: 267, Bytes: 133668},
		{State: catalog.StateLeftover, Why: "unreadable", Files: 266, Bytes: 133000},
	})
	if src.Files != 1000 || src.Bytes != 499500 || src.Problems != 266 {
		t.Errorf("the source counts %d files, %d bytes, %d problems", src.Files, src.Bytes, src.Problems)
	}
}

func testIteration(t *testing.T, s catalog.Store) {
	src := update(t, s, key("R61", "xp-x86", "a"), func(w catalog.SourceWriter) error {
		return errors.Join(w.PutFile(sourceFile("a", 1, catalog.StateLeftover, "x")), w.PutFile(sourceFile("b", 1, catalog.StateLeftover, "x")))
	})
	for range 50 { // more often than any pool has connections
		for f, err := range s.SourceFiles(t.Context(), src.ID) {
			must(t, err)
			if f.Path != "a" {
				t.Fatalf("first file is %s", f.Path)
			}
			for range s.SourceFiles(t.Context(), src.ID) {
				get[catalog.Source](t)(s.Source(t.Context(), src.ID))
			}
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range s.SourceFiles(ctx, src.ID) {
		wantErr(t, "a cancelled iteration", err, context.Canceled)
	}
}

func testOddNames(t *testing.T, s catalog.Store) {
	names := []string{"", " ", "%", "_", `\`, "'", `"`, "a\nb", "Treiber für Drucker", "ドライバー", "a/../b", "\U0001f4be", ";--"}
	src := update(t, s, key("R61", "xp-x86", `C:\Ünïcode\it's`), func(w catalog.SourceWriter) error {
		var errs []error
		for _, n := range names {
			errs = append(errs, w.PutFile(sourceFile(n, 1, catalog.StateLeftover, "x")), w.PutFolder(n, fingerprint(n)))
		}
		return errors.Join(errs...)
	})
	files := make(map[string]bool)
	for _, f := range filesOf(t, s, src.ID) {
		files[f.Path] = true
		equal(t, "file", f, sourceFile(f.Path, 1, catalog.StateLeftover, "x"))
	}
	folders := get[map[string]catalog.Fingerprint](t)(s.SourceFolders(t.Context(), src.ID))
	for _, n := range names {
		if !files[n] || folders[n] != fingerprint(n) {
			t.Errorf("%q is lost or changed", n)
		}
	}
	if len(files) != len(names) {
		t.Errorf("%d files, want %d", len(files), len(names))
	}
}
