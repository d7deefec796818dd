package catalogtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog"
)

func newVersion(folder string, n int, drivers ...catalog.Hash) catalog.PackageVersion {
	return catalog.PackageVersion{
		Folder: "PC/SCCM_Driver_Packages/" + folder, Version: n, Manifest: hash(fmt.Sprint(folder, n)),
		Body: []byte(strings.Repeat(fmt.Sprintf("{%s %d \x00\xff}\n", folder, n), 100)), Published: when(n % 60), Drivers: drivers,
	}
}

func versionsOf(t *testing.T, s catalog.Store, folder string) []catalog.PackageVersion {
	t.Helper()
	return get[[]catalog.PackageVersion](t)(s.Versions(t.Context(), "PC/SCCM_Driver_Packages/"+folder))
}

func numbers(vs []catalog.PackageVersion) (n []int) {
	for _, v := range vs {
		n = append(n, v.Version)
	}
	return n
}

func testVersions(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	first := newVersion("XP/R61", 1)
	must(t, s.PutVersion(ctx, first, nil)) // before its package, its model and its drivers are known
	equal(t, "the first version", versionsOf(t, s, "XP/R61"), []catalog.PackageVersion{first})
	must(t, s.PutVersion(ctx, newVersion("XP/T61", 7), nil))
	for n := 2; n <= 9; n++ {
		must(t, s.PutVersion(ctx, newVersion("XP/R61", n), nil))
	}
	equal(t, "after nine versions", numbers(versionsOf(t, s, "XP/r61")), []int{9, 8, 7, 6, 5, 4})
	equal(t, "of another folder", numbers(versionsOf(t, s, "XP/T61")), []int{7})

	again := newVersion("XP/r61", 9)
	again.Body, again.Published = nil, when(50)
	must(t, s.PutVersion(ctx, again, nil))
	got := versionsOf(t, s, "XP/R61")
	equal(t, "after the ninth was replaced", numbers(got), []int{9, 8, 7, 6, 5, 4})
	equal(t, "the ninth", got[0], again)
	equal(t, "the eighth", got[1], newVersion("XP/R61", 8))

	must(t, s.PutVersion(ctx, newVersion("XP/R61", 20), nil)) // numbers may be left out
	equal(t, "after the twentieth", numbers(versionsOf(t, s, "XP/R61")), []int{20, 9, 8, 7, 6, 5})
	must(t, s.PutVersion(ctx, newVersion("XP/R61", 7), nil))
	equal(t, "after the folder went back to the seventh", numbers(versionsOf(t, s, "XP/R61")), []int{7, 6, 5})
	must(t, s.PutVersion(ctx, newVersion("XP/R61", 1), nil))
	equal(t, "after the folder began anew", numbers(versionsOf(t, s, "XP/R61")), []int{1})
}

func testVersionDrivers(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	a, b, c := newDriver("a.inf", "Net", "Intel", "A"), newDriver("b.inf", "Net", "Intel", "B"), newDriver("c.inf", "Net", "Intel", "C")
	src := importDrivers(t, s, key("R61", "xp-x86", "1"), a, b, c)
	must(t, s.PutVersion(ctx, newVersion("XP/R61", 1, b.Hash, hash("unknown"), a.Hash), nil))
	equal(t, "the drivers of a version, those that the catalog lacks left out", versionsOf(t, s, "XP/R61")[0].Drivers, []catalog.Hash{b.Hash, a.Hash})
	must(t, s.PutPackage(ctx, newPackage("R61", "XP/R61", a.Hash)))
	must(t, s.DeleteSource(ctx, src.ID))
	equal(t, "drivers that a version keeps", listDrivers(t, s, catalog.DriverFilter{}), []string{"a.inf", "b.inf"})

	must(t, s.PutVersion(ctx, newVersion("XP/R61", 2, a.Hash), nil))
	must(t, s.PutPackage(ctx, newPackage("R61", "XP/R61", a.Hash)))
	equal(t, "while the first is one of the last five", listDrivers(t, s, catalog.DriverFilter{}), []string{"a.inf", "b.inf"})
	for n := 3; n <= 7; n++ {
		must(t, s.PutVersion(ctx, newVersion("XP/R61", n, a.Hash), nil))
	}
	equal(t, "after the first was forgotten", listDrivers(t, s, catalog.DriverFilter{}), []string{"a.inf"})
	must(t, s.PutPackage(ctx, newPackage("R61", "XP/R61")))
	must(t, s.PutVersion(ctx, newVersion("XP/R61", 1, a.Hash), nil))
	equal(t, "a driver that only the replacing version keeps", listDrivers(t, s, catalog.DriverFilter{}), []string{"a.inf"})
	must(t, s.PutVersion(ctx, newVersion("XP/R61", 1), nil))
	equal(t, "without any", listDrivers(t, s, catalog.DriverFilter{}), []string(nil))
}

func testSignatures(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	all := []catalog.Hash{hash("a"), hash("b"), hash("shared"), hash("never")}
	signature := func(names ...string) (out []catalog.FileSignature) {
		for _, n := range names {
			out = append(out, catalog.FileSignature{SHA256: hash(n), Body: []byte("\x01 signature of " + n)})
		}
		return out
	}
	want := func(what string, names ...string) {
		t.Helper()
		m := map[catalog.Hash][]byte{}
		for _, f := range signature(names...) {
			m[f.SHA256] = f.Body
		}
		equal(t, what, get[map[catalog.Hash][]byte](t)(s.Signatures(ctx, all)), m)
	}
	must(t, s.PutSignatures(ctx, signature("a")))
	want("before a version wants it")
	must(t, s.PutVersion(ctx, newVersion("XP/R61", 1), []catalog.Hash{hash("a"), hash("shared"), hash("a")}))
	want("before it is made")
	must(t, s.PutSignatures(ctx, signature("never", "a", "shared", "a")))
	want("of the first version", "a", "shared")
	equal(t, "of one", get[map[catalog.Hash][]byte](t)(s.Signatures(ctx, []catalog.Hash{hash("a"), hash("a")})), map[catalog.Hash][]byte{hash("a"): signature("a")[0].Body})

	must(t, s.PutVersion(ctx, newVersion("XP/T61", 1), []catalog.Hash{hash("shared")}))
	must(t, s.PutVersion(ctx, newVersion("XP/R61", 2), []catalog.Hash{hash("b"), hash("shared")}))
	must(t, s.PutSignatures(ctx, signature("b")))
	must(t, s.PutSignatures(ctx, []catalog.FileSignature{{SHA256: hash("a"), Body: []byte("another format")}}))
	must(t, s.PutSignatures(ctx, signature("a")))
	want("of the first two versions", "a", "b", "shared")
	for n := 3; n <= 7; n++ {
		must(t, s.PutVersion(ctx, newVersion("XP/R61", n), []catalog.Hash{hash("b")}))
	}
	want("after the first was forgotten", "b", "shared")
	must(t, s.PutVersion(ctx, newVersion("XP/R61", 8), []catalog.Hash{hash("b")}))
	want("what another package wants", "b", "shared")
	must(t, s.PutVersion(ctx, newVersion("XP/R61", 1), []catalog.Hash{hash("b")}))
	want("what the replacing version wants", "b", "shared")
	must(t, s.PutVersion(ctx, newVersion("XP/R61", 1), nil))
	must(t, s.PutVersion(ctx, newVersion("XP/T61", 1), nil))
	want("nothing wanted")
}
