package catalogtest

import (
	"testing"

	"github.com/drivercat/drivercat/catalog"
)

func newPoint(name string) catalog.Point {
	return catalog.Point{
		Name: name, Share: `\\` + name + `\Drivers`, NAL: `["Display=\\` + name + `\"]MSWNET:["SMS_SITE=S01"]\\` + name + `\`, Site: "S01", ADSite: "Bonn",
		Address: "10.1.2.3/24", Types: []string{"bits", "server"}, Protected: true, Pull: true, Boundaries: []string{"10.2.0.0/16", "slow:ad:Bonn"}, Added: when(1),
	}
}

func pointNames(t *testing.T, s catalog.Store) (names []string) {
	t.Helper()
	for _, p := range get[[]catalog.Point](t)(s.Points(t.Context())) {
		names = append(names, p.Name)
	}
	return names
}

func testPoints(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	equal(t, "points of an empty catalog", pointNames(t, s), []string(nil))
	wantErr(t, "DeletePoint", s.DeletePoint(ctx, "DP1"), catalog.ErrNotFound)
	bare := catalog.Point{Name: "_bare"}
	pxe := catalog.Point{Name: `b\SMSPXEIMAGE$`, PXE: true, Cloud: true, Added: when(2)}
	must(t, s.PutPoint(ctx, newPoint("dp1")))
	must(t, s.PutPoint(ctx, pxe))
	must(t, s.PutPoint(ctx, newPoint("DP1"))) // the same one; its last spelling counts
	must(t, s.PutPoint(ctx, newPoint("A")))
	must(t, s.PutPoint(ctx, bare))
	equal(t, "points", get[[]catalog.Point](t)(s.Points(ctx)), []catalog.Point{bare, newPoint("A"), pxe, newPoint("DP1")})
	must(t, s.DeletePoint(ctx, "a"))
	equal(t, "points", pointNames(t, s), []string{"_bare", `b\SMSPXEIMAGE$`, "DP1"})
}

func putPoints(t *testing.T, s catalog.Store, names ...string) {
	t.Helper()
	for _, n := range names {
		must(t, s.PutPoint(t.Context(), newPoint(n)))
	}
}

func testPointGroups(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	wantErr(t, "DeletePointGroup", s.DeletePointGroup(ctx, "All"), catalog.ErrNotFound)
	putPoints(t, s, "c", "B", "a")
	must(t, s.PutPointGroup(ctx, catalog.PointGroup{Name: "south"}))
	must(t, s.PutPointGroup(ctx, catalog.PointGroup{Name: "NORTH", Members: []catalog.PointGroupMember{{Point: "C", Added: when(3)}, {Point: "b", Added: when(2)}, {Point: "a", Added: when(1)}}}))
	want := []catalog.PointGroup{
		{Name: "NORTH", Members: []catalog.PointGroupMember{{Point: "a", Added: when(1)}, {Point: "B", Added: when(2)}, {Point: "c", Added: when(3)}}},
		{Name: "south"},
	}
	equal(t, "groups", get[[]catalog.PointGroup](t)(s.PointGroups(ctx)), want)
	wantErr(t, "an unknown member", s.PutPointGroup(ctx, catalog.PointGroup{Name: "north", Members: []catalog.PointGroupMember{{Point: "d"}}}), catalog.ErrNotFound)
	equal(t, "groups after the failure", get[[]catalog.PointGroup](t)(s.PointGroups(ctx)), want)

	putPoints(t, s, "b") // a point that is put again stays in its groups
	must(t, s.PutPointGroup(ctx, catalog.PointGroup{Name: "North", Members: want[0].Members[1:2]}))
	equal(t, "groups", get[[]catalog.PointGroup](t)(s.PointGroups(ctx)), []catalog.PointGroup{
		{Name: "North", Members: []catalog.PointGroupMember{{Point: "b", Added: when(2)}}}, {Name: "south"},
	})
	must(t, s.DeletePointGroup(ctx, "NORTH"))
	equal(t, "groups", get[[]catalog.PointGroup](t)(s.PointGroups(ctx)), []catalog.PointGroup{{Name: "south"}})
	equal(t, "points", pointNames(t, s), []string{"a", "b", "c"})
}

func testSendings(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	putPoints(t, s, "A", "B")
	must(t, s.PutPointGroup(ctx, catalog.PointGroup{Name: "All"}))
	const r61, t61 = "PC/SCCM_Driver_Packages/XP/R61", "PC/SCCM_Driver_Packages/XP/T61"
	first := catalog.Sending{Folder: t61, Point: "B", Version: 3, Sent: when(1)}
	late := catalog.Sending{Folder: r61, Group: "All", Version: 2, Sent: when(5)}
	toA, toB := catalog.Sending{Folder: r61, Point: "A", Version: 1, Sent: when(2)}, catalog.Sending{Folder: r61, Point: "B", Version: 1, Sent: when(2)}
	for _, n := range []catalog.Sending{late, toB, toA, first, late, toA} {
		must(t, s.PutSending(ctx, n))
	}
	must(t, s.PutSending(ctx, catalog.Sending{Folder: "pc/sccm_driver_packages/xp/r61", Point: "a", Version: 1, Sent: when(2)}))
	equal(t, "all sendings", get[[]catalog.Sending](t)(s.Sendings(ctx, "")), []catalog.Sending{first, toA, toB, late})
	equal(t, "those of a package", get[[]catalog.Sending](t)(s.Sendings(ctx, "pc/SCCM_driver_packages/xp/r61")), []catalog.Sending{toA, toB, late})
	wantErr(t, "to an unknown point", s.PutSending(ctx, catalog.Sending{Folder: r61, Point: "C", Version: 1}), catalog.ErrNotFound)
	wantErr(t, "to an unknown group", s.PutSending(ctx, catalog.Sending{Folder: r61, Group: "A", Version: 1}), catalog.ErrNotFound)
	for _, n := range []catalog.Sending{{Folder: r61, Version: 1}, {Folder: r61, Point: "A", Group: "All", Version: 1}} {
		if s.PutSending(ctx, n) == nil {
			t.Errorf("%+v was taken", n)
		}
	}
}

func testHoldings(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	putPoints(t, s, "b", "A")
	hold := func(folder, point string, version, minute int) catalog.Holding {
		return catalog.Holding{Folder: folder, Point: point, Version: version, Known: when(minute)}
	}
	for _, h := range []catalog.Holding{hold("T61", "A", 1, 1), hold("R61", "b", 1, 2), hold("r61", "B", 2, 3), hold("R61", "a", 4, 4)} {
		must(t, s.PutHolding(ctx, h))
	}
	equal(t, "all holdings", get[[]catalog.Holding](t)(s.Holdings(ctx, "")), []catalog.Holding{hold("R61", "A", 4, 4), hold("r61", "b", 2, 3), hold("T61", "A", 1, 1)})
	must(t, s.PutHolding(ctx, hold("R61", "a", 0, 5)))
	must(t, s.PutHolding(ctx, hold("R61", "a", 0, 5)))
	equal(t, "those of a package", get[[]catalog.Holding](t)(s.Holdings(ctx, "R61")), []catalog.Holding{hold("r61", "b", 2, 3)})
	wantErr(t, "at an unknown point", s.PutHolding(ctx, hold("R61", "C", 1, 1)), catalog.ErrNotFound)
}

func testPointCascade(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	putPoints(t, s, "A", "B")
	must(t, s.PutPointGroup(ctx, catalog.PointGroup{Name: "All", Members: []catalog.PointGroupMember{{Point: "A", Added: when(1)}, {Point: "B", Added: when(1)}}}))
	for _, n := range []catalog.Sending{{Folder: "R61", Point: "A", Version: 1, Sent: when(1)}, {Folder: "R61", Group: "All", Version: 1, Sent: when(2)}} {
		must(t, s.PutSending(ctx, n))
	}
	must(t, s.PutHolding(ctx, catalog.Holding{Folder: "R61", Point: "A", Version: 1, Known: when(1)}))
	must(t, s.DeletePoint(ctx, "a"))
	equal(t, "groups", get[[]catalog.PointGroup](t)(s.PointGroups(ctx)), []catalog.PointGroup{{Name: "All", Members: []catalog.PointGroupMember{{Point: "B", Added: when(1)}}}})
	equal(t, "sendings", get[[]catalog.Sending](t)(s.Sendings(ctx, "")), []catalog.Sending{{Folder: "R61", Group: "All", Version: 1, Sent: when(2)}})
	equal(t, "holdings", get[[]catalog.Holding](t)(s.Holdings(ctx, "")), []catalog.Holding{})
	must(t, s.DeletePointGroup(ctx, "all"))
	equal(t, "sendings", get[[]catalog.Sending](t)(s.Sendings(ctx, "")), []catalog.Sending{})
	putPoints(t, s, "A") // one of the same name begins anew
	equal(t, "holdings", get[[]catalog.Holding](t)(s.Holdings(ctx, "")), []catalog.Holding{})
}
