package catalogtest

import (
	"context"
	"errors"
	"testing"

	"github.com/drivercat/drivercat/catalog"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Run holds a store to the contract. It calls open for an empty store of its own in each case, in parallel; open
// arranges for the store to be closed when its test ends.
func Run(t *testing.T, open func(t *testing.T) catalog.Store) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, s catalog.Store)
	}{
		{"an empty catalog answers everything", testEmpty},
		{"a source comes back as it was put", testSourceRoundTrip},
		{"a put replaces and a delete removes", testSourceChanges},
		{"previous records are those before the transaction", testPrevious},
		{"source drivers are named as the source names them", testCarriedNames},
		{"a failed update changes nothing", testRollback},
		{"a panic in an update changes nothing", testPanic},
		{"a writer dies with its transaction", testWriterDies},
		{"a model is one whatever its case, and has one make", testModels},
		{"sources are found by model, target and location", testSourceLists},
		{"the accounting adds up", testAccounting},
		{"an iteration may stop and may ask the store", testIteration},
		{"odd names come back unchanged", testOddNames},
		{"a driver comes back as it was put", testDriverRoundTrip},
		{"a link needs a stored driver, a driver its INF", testMissingParents},
		{"a driver lives as long as something refers to it", testDriverLife},
		{"a newer revision replaces what the older said", testRevisions},
		{"a known driver is not written again", testKnownDriver},
		{"a driver is found by the first digits of its hash", testDriverPrefix},
		{"drivers are listed in order, by page and filter", testDriverLists},
		{"the uses of a driver are told", testDriverUses},
		{"an administrator's word is kept and applied", testSettings},
		{"an administrator's word outlives the driver", testSettingsOutlive},
		{"find answers in the order of its kinds", testFind},
		{"find by prefix takes each driver once", testFindPrefix},
		{"find stops at its limit", testFindLimit},
		{"a package is replaced by one of the same folder", testPackages},
		{"versions are kept, replaced and forgotten", testVersions},
		{"a version keeps its drivers", testVersionDrivers},
		{"signatures live as long as a version wants them", testSignatures},
		{"documents are kept, replaced and removed", testDocuments},
		{"the images of drivers are told", testImages},
		{"a point is replaced by one of the same name", testPoints},
		{"a group keeps its members in order", testPointGroups},
		{"what was sent is kept once, in order", testSendings},
		{"the last word on a holding counts", testHoldings},
		{"a removed point or group takes its records with it", testPointCascade},
		{"the order of imports does not show", testImportOrder},
		{"two writers and readers work at once", testConcurrency},
		{"a writer waits no longer than its context", testWriterContext},
		{"closing twice is fine", testCloseTwice},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, open(t))
		})
	}
}

// equal fails the test if two values differ; nil and empty lists are the same, and so are times at the same instant.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// must fails the test at once if a call that prepares it went wrong.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func get[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// wantErr fails the test unless err wraps want.
func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

func testEmpty(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	equal(t, "models", get[[]catalog.ModelSummary](t)(s.Models(ctx)), []catalog.ModelSummary{})
	equal(t, "sources", get[[]catalog.Source](t)(s.Sources(ctx, catalog.SourceFilter{})), []catalog.Source{})
	equal(t, "drivers", get[[]catalog.DriverSummary](t)(s.Drivers(ctx, catalog.DriverFilter{}, catalog.Hash{}, 0)), []catalog.DriverSummary{})
	equal(t, "packages", get[[]catalog.Package](t)(s.Packages(ctx, catalog.PackageFilter{})), []catalog.Package{})
	equal(t, "versions", get[[]catalog.PackageVersion](t)(s.Versions(ctx, "PC/x")), []catalog.PackageVersion{})
	equal(t, "signatures", get[map[catalog.Hash][]byte](t)(s.Signatures(ctx, []catalog.Hash{hash("x")})), map[catalog.Hash][]byte{})
	equal(t, "hits", get[[]catalog.Hit](t)(s.Find(ctx, "PCI", 0)), []catalog.Hit{})
	stats := get[catalog.Stats](t)(s.Stats(ctx))
	equal(t, "stats", stats, catalog.Stats{Schema: stats.Schema})
	_, err := s.Model(ctx, "R61")
	wantErr(t, "Model", err, catalog.ErrNotFound)
	_, err = s.Source(ctx, 1)
	wantErr(t, "Source", err, catalog.ErrNotFound)
	_, err = s.Driver(ctx, "abcdef")
	wantErr(t, "Driver", err, catalog.ErrNotFound)
	_, err = s.DriverUses(ctx, hash("x"))
	wantErr(t, "DriverUses", err, catalog.ErrNotFound)
	wantErr(t, "DeleteSource", s.DeleteSource(ctx, 1), catalog.ErrNotFound)
	wantErr(t, "SetDriver", s.SetDriver(ctx, hash("x"), catalog.DriverSetting{Verdict: catalog.Bad}), catalog.ErrNotFound)
	must(t, s.SetDriver(ctx, hash("x"), catalog.DriverSetting{}))
}

func testCloseTwice(t *testing.T, s catalog.Store) {
	must(t, s.Close())
	must(t, s.Close())
	if _, err := s.Models(t.Context()); err == nil {
		t.Error("a closed store answers")
	}
	err := s.UpdateSource(context.Background(), key("R61", "xp-x86", "a"), func(catalog.SourceWriter) error { return nil })
	if err == nil {
		t.Error("a closed store takes changes")
	}
}
