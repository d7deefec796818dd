package catalogtest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
)

// setupDriver is a bad driver: a setup program.
func setupDriver() *catalog.Driver {
	return &catalog.Driver{
		Hash: hash("setup"), Name: "setup.exe", Verdict: catalog.Bad,
		Reasons:   []catalog.Reason{{Code: "setup-program", Level: catalog.Decides, Text: "an NSIS installer", Place: catalog.Place{Path: "setup.exe", Offset: 1 << 40, Signature: "NullsoftInst"}}},
		Files:     []catalog.DriverFile{{Path: "setup.exe", Size: 3000, SHA256: hash("setup.exe"), Role: catalog.RoleInstaller}},
		Installer: &catalog.InstallerInfo{Kind: "nsis", Product: "Card Reader", Version: "5.1", Company: "Ricoh", Evidence: catalog.Place{Path: "setup.exe", Offset: 1 << 40, Signature: "NullsoftInst"}},
	}
}

// fullDriver uses every field, and more rows than a store is likely to write at once.
func fullDriver() *catalog.Driver {
	d := newDriver("full.inf", "Net", "Intel")
	d.Verdict, d.Complete, d.Unsigned = catalog.Broken, inf.Arches(), []inf.Arch{inf.AMD64, inf.ARM}
	d.INF.Models = nil
	for n := range 300 {
		d.INF.Models = append(d.INF.Models, catalog.ModelsSection{
			Manufacturer: fmt.Sprint("Maker ", n), ManLine: n / 2, Name: fmt.Sprint("Models", n), Decoration: "NTx86.5.1",
			Listed: n%2 == 0, Defined: n%3 == 0, Entries: n, Line: n + 1,
		})
		d.Reasons = append(d.Reasons, catalog.Reason{Code: "file-missing", Level: catalog.Warns, Text: fmt.Sprint("reason ", n), Place: catalog.Place{Path: "full.inf", Line: n, Column: 300 - n}})
		d.Files = append(d.Files, catalog.DriverFile{Path: fmt.Sprintf("x86/%d.sys", 300-n), Size: int64(n) << 32, SHA256: hash(fmt.Sprint(n)), Role: catalog.RoleCatalog, Arches: []inf.Arch{inf.Arches()[n%5]}})
		d.Missing = append(d.Missing, catalog.MissingFile{Path: fmt.Sprint(n, ".dll"), Arches: []inf.Arch{inf.AMD64}, Sections: []int{n, 2, 1}[:n%4], Role: catalog.RoleFile, Place: catalog.Place{Path: "full.inf", Line: n, Column: 2, Offset: 3, Signature: "s"}})
	}
	for n := range 2000 {
		d.INF.IDs = append(d.INF.IDs, catalog.HardwareID{
			ID: fmt.Sprintf(`PCI\VEN_8086&DEV_%04X`, n%700), Section: n / 500, Entry: n % 500 / 2, Position: n % 2, Description: fmt.Sprint("Device ", n/7*7),
		})
	}
	return d
}

func testDriverRoundTrip(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	full, setup, bare := fullDriver(), setupDriver(), &catalog.Driver{Hash: hash("bare"), Name: "bare.inf", Verdict: catalog.Broken, INF: &catalog.INF{SHA256: hash("bare.inf"), Version: "0.0.0.0"}}
	shuffled := *full
	shuffledINF := *full.INF
	shuffledINF.IDs = slices.Clone(full.INF.IDs)
	slices.Reverse(shuffledINF.IDs)
	shuffled.INF = &shuffledINF
	importDrivers(t, s, key("R61", "xp-x86", "a"), &shuffled, setup, bare)
	for _, want := range []*catalog.Driver{full, setup, bare} {
		equal(t, want.Name, get[*catalog.Driver](t)(s.Driver(ctx, want.Hash.String())), want)
	}
	equal(t, "the caller's IDs are left as they were", shuffledINF.IDs[0], full.INF.IDs[1999])
	want := summary(full)
	want.IDs = 700
	listed := get[[]catalog.DriverSummary](t)(s.Drivers(ctx, catalog.DriverFilter{Class: "net"}, catalog.Hash{}, 0))
	equal(t, "summary", listed, []catalog.DriverSummary{want})
	if stats := get[catalog.Stats](t)(s.Stats(ctx)); stats.IDs != 2000 || stats.INFs != 2 {
		t.Errorf("stats count %d IDs of %d INFs, want 2000 of 2", stats.IDs, stats.INFs)
	}
}

func testMissingParents(t *testing.T, s catalog.Store) {
	d := newDriver("a.inf", "Net", "Intel", "A")
	for _, c := range []struct {
		name string
		fn   func(w catalog.SourceWriter) error
	}{
		{"a link to an unknown driver", func(w catalog.SourceWriter) error { return w.Link("a.inf", d.Hash) }},
		{"a driver whose INF was not put", func(w catalog.SourceWriter) error { return w.PutDriver(d, revision) }},
	} {
		wantErr(t, c.name, s.UpdateSource(t.Context(), key("R61", "xp-x86", "a"), c.fn), catalog.ErrNotFound)
	}
	importDrivers(t, s, key("R61", "xp-x86", "a"), d)
	update(t, s, key("R61", "xp-x86", "b"), func(w catalog.SourceWriter) error { return w.Link("a.inf", d.Hash) })
	equal(t, "drivers", listDrivers(t, s, catalog.DriverFilter{}), []string{"a.inf"})
}

func testDriverLife(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	a, b := newDriver("a.inf", "Net", "Intel", "A"), newDriver("b.inf", "Net", "Intel", "B")
	twin := newDriver("twin.inf", "Net", "Intel")
	twin.INF = a.INF // same INF, other content
	k1, k2 := key("R61", "xp-x86", "1"), key("T61", "win7-x64", "2")
	check := func(what string, infs int64, drivers ...string) {
		t.Helper()
		equal(t, what, listDrivers(t, s, catalog.DriverFilter{}), drivers)
		if st := get[catalog.Stats](t)(s.Stats(ctx)); st.INFs != infs || st.Drivers != int64(len(drivers)) {
			t.Errorf("%s: %d drivers of %d INFs, want %d of %d", what, st.Drivers, st.INFs, len(drivers), infs)
		}
	}
	src1 := importDrivers(t, s, k1, a, b)
	src2 := importDrivers(t, s, k2, b, twin)
	check("two sources", 2, "a.inf", "b.inf", "twin.inf")

	update(t, s, k1, func(w catalog.SourceWriter) error { return w.Unlink("01/b.inf") })
	check("unlinked in one of two", 2, "a.inf", "b.inf", "twin.inf")
	src2 = update(t, s, k2, func(w catalog.SourceWriter) error {
		return errors.Join(w.Unlink("00/b.inf"), w.Link("moved/b.inf", b.Hash), w.Unlink("01/twin.inf"))
	})
	check("moved in the other, its neighbour unlinked", 2, "a.inf", "b.inf")
	if src2.Nice != 1 {
		t.Errorf("a source with one driver left counts %d", src2.Nice)
	}
	update(t, s, k2, func(w catalog.SourceWriter) error {
		return errors.Join(w.PutINF(a.INF, revision), w.Link("moved/b.inf", a.Hash), w.PutINF(newINF("c.inf", "Net", "Intel", "C"), revision),
			w.PutINF(newINF("d.inf", "Net", "Intel", "D"), revision), w.PutDriver(newDriver("d.inf", "Net", "Intel", "D"), revision))
	})
	check("a link replaced; an INF and a driver put, but not linked", 1, "a.inf")
	must(t, s.DeleteSource(ctx, src1.ID))
	check("one source deleted", 1, "a.inf")
	must(t, s.DeleteSource(ctx, src2.ID))
	check("both deleted", 0)
	if st := get[catalog.Stats](t)(s.Stats(ctx)); st.IDs != 0 || st.Files != 0 {
		t.Errorf("an empty catalog holds %d IDs, %d files", st.IDs, st.Files)
	}
	equal(t, "IDs of deleted drivers", get[[]catalog.Hit](t)(s.Find(ctx, "A", 0)), []catalog.Hit{})
}

func testRevisions(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	old := newDriver("a.inf", "Net", "Intel", "A", "B", "C")
	twin := newDriver("twin.inf", "Net", "Intel")
	twin.INF = old.INF
	k1, k2 := key("R61", "xp-x86", "1"), key("T61", "xp-x86", "2")
	importDrivers(t, s, k1, old, twin)
	importDrivers(t, s, k2, old)

	judged := newDriver("a.inf", "Display", "Intel", "A", "D")
	judged.INF.Models[0].Name, judged.INF.Date = "Other", "2010-01-01"
	judged.Verdict, judged.Complete, judged.Files, judged.Reasons = catalog.Broken, nil, judged.Files[:1], judged.Reasons[:0]
	judged.Missing = []catalog.MissingFile{{Path: "a.sys", Role: catalog.RoleFile}}
	src2 := update(t, s, k2, func(w catalog.SourceWriter) error { return putDriver(w, "00/a.inf", judged, revision+1) })

	equal(t, "driver", get[*catalog.Driver](t)(s.Driver(ctx, judged.Hash.String())), judged)
	equal(t, "the INF of another driver", get[*catalog.Driver](t)(s.Driver(ctx, twin.Hash.String())).INF, judged.INF)
	equal(t, "drivers of the new class", listDrivers(t, s, catalog.DriverFilter{Class: "Display"}), []string{"a.inf", "twin.inf"})
	equal(t, "an ID that is gone", get[[]catalog.Hit](t)(s.Find(ctx, "C", 0)), []catalog.Hit{})
	if src2.Nice != 0 || src2.Broken != 1 {
		t.Errorf("the source counts %d nice, %d broken", src2.Nice, src2.Broken)
	}
	if src1 := onlySource(t, s, k1); src1.Nice != 1 || src1.Broken != 1 {
		t.Errorf("another source of the driver counts %d nice, %d broken", src1.Nice, src1.Broken)
	}
	if st := get[catalog.Stats](t)(s.Stats(ctx)); st.INFs != 1 || st.IDs != 2 {
		t.Errorf("%d INFs with %d IDs, want 1 with 2", st.INFs, st.IDs)
	}
}

func testKnownDriver(t *testing.T, s catalog.Store) {
	d := newDriver("m.inf", "Net", "Intel", "A")
	importDrivers(t, s, key("R61", "xp-x86", "1"), d)
	other := *d
	otherINF := *d.INF
	other.INF, otherINF.IDs, otherINF.Class = &otherINF, nil, "Changed"
	other.Name = "z.inf"
	importDrivers(t, s, key("R61", "xp-x86", "2"), &other, &other)
	equal(t, "driver", get[*catalog.Driver](t)(s.Driver(t.Context(), d.Hash.String())), d)
	if src := onlySource(t, s, key("R61", "xp-x86", "2")); src.Nice != 1 {
		t.Errorf("a source that holds one driver twice counts %d", src.Nice)
	}
}

func testDriverPrefix(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	a, b, c := newDriver("a.inf", "Net", "Intel"), newDriver("b.inf", "Net", "Intel"), newDriver("c.inf", "Net", "Intel")
	a.Hash = catalog.Hash{0xab, 0xcd, 0xef, 0x12, 0x30}
	b.Hash = catalog.Hash{0xab, 0xcd, 0xef, 0x12, 0x3f}
	for i := range c.Hash {
		c.Hash[i] = 0xff
	}
	importDrivers(t, s, key("R61", "xp-x86", "1"), a, b, c)
	for _, x := range []struct {
		prefix string
		want   string
		err    error
	}{
		{"abcdef123f", "b.inf", nil},
		{"ABCDEF1230", "a.inf", nil},
		{a.Hash.String(), "a.inf", nil},
		{"ffffff", "c.inf", nil},
		{c.Hash.String(), "c.inf", nil},
		{"abcdef123", "", catalog.ErrAmbiguous},
		{"abcdef", "", catalog.ErrAmbiguous},
		{"abcde", "", catalog.ErrNotFound},
		{"", "", catalog.ErrNotFound},
		{"abcdee", "", catalog.ErrNotFound},
		{"abcdeg", "", catalog.ErrNotFound},
		{"driver.inf", "", catalog.ErrNotFound},
		{a.Hash.String() + "0", "", catalog.ErrNotFound},
	} {
		d, err := s.Driver(ctx, x.prefix)
		if !errors.Is(err, x.err) {
			t.Errorf("Driver(%q): error %v, want %v", x.prefix, err, x.err)
		}
		if err == nil && d.Name != x.want {
			t.Errorf("Driver(%q) is %s, want %s", x.prefix, d.Name, x.want)
		}
	}
}

func testDriverLists(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	var drivers []*catalog.Driver
	for _, x := range [][3]string{ // class, provider, name
		{"net", "intel", "b.inf"}, {"Net", "Intel", "B.inf"}, {"Net", "Intel", "a.inf"}, {"Net", "Broad_com", "c.inf"}, {"Net", "Broad%com", "d.inf"},
		{"Display", "nVidia", "z.inf"}, {"", "", "raw.inf"}, {"NET", "Intel", "a.inf"}, {"Net", "Intel", "a.INF"},
	} {
		d := newDriver(x[2], x[0], x[1], x[2])
		d.Hash, d.INF.SHA256 = hash(fmt.Sprint(x)), hash(fmt.Sprint("inf", x))
		drivers = append(drivers, d)
	}
	drivers[5].Verdict = catalog.Broken
	setup := setupDriver()
	setup.Installer.Company = "" // so that it stands first
	first := importDrivers(t, s, key("R61", "xp-x86", "1"), drivers[0], drivers[1], drivers[2], drivers[3], setup)
	importDrivers(t, s, key("R61", "win7-x64", "2"), drivers[2], drivers[4], drivers[5], drivers[7])
	importDrivers(t, s, key("T61", "xp-x86", "3"), drivers[6], drivers[8])

	label := func(d catalog.DriverSummary) string { return d.Class + "/" + d.Provider + "/" + d.Name }
	list := func(f catalog.DriverFilter) (got []string) {
		for _, d := range get[[]catalog.DriverSummary](t)(s.Drivers(ctx, f, catalog.Hash{}, 0)) {
			got = append(got, label(d))
		}
		return got
	}
	all := []string{
		"//raw.inf", "//setup.exe", "Display/nVidia/z.inf", "NET/Intel/a.inf", "Net/Broad%com/d.inf", "Net/Broad_com/c.inf",
		"Net/Intel/a.INF", "Net/Intel/a.inf", "Net/Intel/B.inf", "net/intel/b.inf",
	}
	for _, c := range []struct {
		name string
		f    catalog.DriverFilter
		want []string
	}{
		{"all", catalog.DriverFilter{}, all},
		{"by model, ignoring case", catalog.DriverFilter{Model: "t61"}, []string{"//raw.inf", "Net/Intel/a.INF"}},
		{"by model and target of one source", catalog.DriverFilter{Model: "T61", Target: target("win7-x64")}, nil},
		{"by target", catalog.DriverFilter{Target: target("win7-x64")}, []string{"Display/nVidia/z.inf", "NET/Intel/a.inf", "Net/Broad%com/d.inf", "Net/Intel/a.inf"}},
		{"by source", catalog.DriverFilter{Source: first.ID}, []string{"//setup.exe", "Net/Broad_com/c.inf", "Net/Intel/a.inf", "Net/Intel/B.inf", "net/intel/b.inf"}},
		{"by verdict", catalog.DriverFilter{Verdict: catalog.Bad}, []string{"//setup.exe"}},
		{"by class, ignoring case", catalog.DriverFilter{Class: "dISPLAY"}, []string{"Display/nVidia/z.inf"}},
		{"by part of the provider", catalog.DriverFilter{Provider: "VID"}, []string{"Display/nVidia/z.inf"}},
		{"a provider's % is no wildcard", catalog.DriverFilter{Provider: "d%c"}, []string{"Net/Broad%com/d.inf"}},
		{"a provider's _ is no wildcard", catalog.DriverFilter{Provider: "d_c"}, []string{"Net/Broad_com/c.inf"}},
		{"by all", catalog.DriverFilter{Model: "R61", Target: target("xp-x86"), Source: first.ID, Verdict: catalog.Nice, Class: "net", Provider: "intel"},
			[]string{"Net/Intel/a.inf", "Net/Intel/B.inf", "net/intel/b.inf"}},
		{"of an unknown model", catalog.DriverFilter{Model: "X"}, nil},
	} {
		equal(t, c.name, list(c.f), c.want)
		for size := 1; size < 4; size++ {
			var paged []string
			var after catalog.Hash
			for range len(all) + 1 {
				page := get[[]catalog.DriverSummary](t)(s.Drivers(ctx, c.f, after, size))
				if len(page) == 0 {
					break
				}
				for _, d := range page {
					paged, after = append(paged, label(d)), d.Hash
				}
			}
			equal(t, fmt.Sprint(c.name, ", by pages of ", size), paged, c.want)
		}
	}
	shared := summary(drivers[2])
	shared.Sources = 2
	got := get[[]catalog.DriverSummary](t)(s.Drivers(ctx, catalog.DriverFilter{Source: first.ID}, drivers[3].Hash, 1))
	equal(t, "a summary counts the sources", got, []catalog.DriverSummary{shared})
	_, err := s.Drivers(ctx, catalog.DriverFilter{}, hash("gone"), 1)
	wantErr(t, "a page after a driver that is gone", err, catalog.ErrNotFound)
}

func testDriverUses(t *testing.T, s catalog.Store) {
	d, other := newDriver("a.inf", "Net", "Intel"), newDriver("b.inf", "Net", "Intel")
	src2 := importDrivers(t, s, key("T61", "xp-x86", "2"), other, d, d)
	src1 := importDrivers(t, s, key("R61", "xp-x86", "1"), d)
	importDrivers(t, s, key("R61", "xp-x86", "3"), other)
	p := newPackage("R61", "XP/R61", d.Hash)
	must(t, s.PutPackage(t.Context(), p))
	must(t, s.PutPackage(t.Context(), newPackage("T61", "XP/T61", other.Hash)))
	for _, v := range []catalog.PackageVersion{newVersion("XP/T61", 3, d.Hash), newVersion("XP/R61", 1, d.Hash, d.Hash), newVersion("XP/R61", 2, other.Hash), newVersion("XP/R61", 3, other.Hash, d.Hash)} {
		must(t, s.PutVersion(t.Context(), v, nil))
	}
	equal(t, "uses", get[catalog.DriverUses](t)(s.DriverUses(t.Context(), d.Hash)), catalog.DriverUses{
		Sources:  []catalog.DriverUse{{Source: src1, Path: "00/a.inf"}, {Source: src2, Path: "01/a.inf"}, {Source: src2, Path: "02/a.inf"}},
		Packages: []catalog.Package{p},
		Versions: []catalog.VersionUse{{Folder: p.Folder, Version: 3}, {Folder: p.Folder, Version: 1}, {Folder: "PC/SCCM_Driver_Packages/XP/T61", Version: 3}},
	})
}
