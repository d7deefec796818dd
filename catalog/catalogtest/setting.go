package catalogtest

import (
	"testing"

	"github.com/drivercat/drivercat/catalog"
)

// overruled is a driver as it is read once an administrator has spoken.
func overruled(d *catalog.Driver, s catalog.DriverSetting) *catalog.Driver {
	n := *d
	n.Reasons = append([]catalog.Reason(nil), d.Reasons...)
	n.Overrule(s)
	return &n
}

func testSettings(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	a, b, setup := newDriver("a.inf", "Net", "Intel", "A"), newDriver("b.inf", "Net", "Intel", "B"), setupDriver()
	b.Verdict = catalog.Broken
	k1, k2 := key("R61", "xp-x86", "1"), key("T61", "win7-x64", "2")
	importDrivers(t, s, k1, a, b, setup)
	importDrivers(t, s, k2, b)
	counts := func(what string, nice, bad, broken int) {
		t.Helper()
		src := onlySource(t, s, k1)
		m := get[catalog.ModelSummary](t)(s.Model(ctx, "R61"))
		if got, want := [2][3]int{{src.Nice, src.Bad, src.Broken}, {m.Nice, m.Bad, m.Broken}}, [3]int{nice, bad, broken}; got[0] != want || got[1] != want {
			t.Errorf("%s: source and model count %v nice, bad, broken; want %v", what, got, want)
		}
	}
	counts("before", 1, 1, 1)

	nice := catalog.DriverSetting{Verdict: catalog.Nice, VerdictReason: "tested on three machines", Changed: when(1)}
	silent := catalog.DriverSetting{
		Silent: "setup.exe /S", ExitCodes: []catalog.ExitCode{{Code: -1, Result: catalog.ExitRestart, Meaning: "restart"}},
		Restart: catalog.RestartNo, SilentReason: "from the vendor's forum", Changed: when(2),
	}
	must(t, s.SetDriver(ctx, b.Hash, nice))
	must(t, s.SetDriver(ctx, setup.Hash, silent))
	counts("after", 2, 1, 0)
	if src := onlySource(t, s, k2); src.Nice != 1 || src.Broken != 0 {
		t.Errorf("another source counts %d nice, %d broken", src.Nice, src.Broken)
	}
	got := get[*catalog.Driver](t)(s.Driver(ctx, b.Hash.String()))
	equal(t, "driver", got, overruled(b, nice))
	if got.Verdict != catalog.Nice || got.Judged != catalog.Broken || got.Reasons[0].Code != "overruled" || got.Reasons[1].Level != catalog.Warns {
		t.Errorf("an overruled driver is read as %+v", got)
	}
	program := get[*catalog.Driver](t)(s.Driver(ctx, setup.Hash.String()))
	equal(t, "setup program", program, overruled(setup, silent))
	if i := program.Installer.Silent; i == nil || i.Command != "setup.exe /S" || i.Source != catalog.SilentAdministrator || program.Verdict != catalog.Bad || program.Judged != "" {
		t.Errorf("a setup program with a command is read as %+v", program)
	}
	src := onlySource(t, s, k1)
	var ofSource []catalog.Verdict
	for _, r := range get[[]catalog.SourceDriverRecord](t)(s.SourceDrivers(ctx, src.ID, false)) {
		ofSource = append(ofSource, r.Driver.Verdict)
	}
	equal(t, "verdicts of a source's drivers", ofSource, []catalog.Verdict{catalog.Nice, catalog.Nice, catalog.Bad})
	equal(t, "nice drivers", listDrivers(t, s, catalog.DriverFilter{Verdict: catalog.Nice}), []string{"a.inf", "b.inf"})
	equal(t, "broken drivers", listDrivers(t, s, catalog.DriverFilter{Verdict: catalog.Broken}), []string{})
	listed := summary(b)
	listed.Verdict, listed.Judged, listed.Sources = catalog.Nice, catalog.Broken, 2
	equal(t, "an overruled driver in a list", get[[]catalog.DriverSummary](t)(s.Drivers(ctx, catalog.DriverFilter{Verdict: catalog.Nice}, a.Hash, 0)), []catalog.DriverSummary{listed})
	for _, h := range get[[]catalog.Hit](t)(s.Find(ctx, "b.inf", 0)) {
		if h.Driver.Verdict != catalog.Nice {
			t.Errorf("find has %s as %s", h.Driver.Name, h.Driver.Verdict)
		}
	}
	want := []catalog.DriverSettingRecord{{Driver: b.Hash, Setting: nice}, {Driver: setup.Hash, Setting: silent}}
	if b.Hash.String() > setup.Hash.String() {
		want[0], want[1] = want[1], want[0]
	}
	equal(t, "settings", get[[]catalog.DriverSettingRecord](t)(s.DriverSettings(ctx)), want)

	must(t, s.SetDriver(ctx, b.Hash, catalog.DriverSetting{}))
	must(t, s.SetDriver(ctx, setup.Hash, catalog.DriverSetting{}))
	counts("cleared", 1, 1, 1)
	equal(t, "a cleared driver", get[*catalog.Driver](t)(s.Driver(ctx, b.Hash.String())), b)
	equal(t, "settings that are left", get[[]catalog.DriverSettingRecord](t)(s.DriverSettings(ctx)), []catalog.DriverSettingRecord{})
}

func testSettingsOutlive(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	d := newDriver("a.inf", "Net", "Intel", "A")
	k := key("R61", "xp-x86", "1")
	src := importDrivers(t, s, k, d)
	bad := catalog.DriverSetting{Verdict: catalog.Bad, VerdictReason: "needs its tray icon", Changed: when(1)}
	must(t, s.SetDriver(ctx, d.Hash, bad))

	update(t, s, k, func(w catalog.SourceWriter) error {
		previous := get[[]catalog.SourceDriverRecord](t)(w.PreviousDrivers())
		if len(previous) != 1 || previous[0].Driver.Verdict != catalog.Nice || previous[0].Driver.Setting != nil {
			t.Errorf("a transaction sees %+v, not what the rules say", previous)
		}
		return putDriver(w, "00/a.inf", d, revision+1)
	})
	equal(t, "after a newer revision", get[*catalog.Driver](t)(s.Driver(ctx, d.Hash.String())), overruled(d, bad))

	must(t, s.DeleteSource(ctx, src.ID))
	equal(t, "while the driver is gone", get[[]catalog.DriverSettingRecord](t)(s.DriverSettings(ctx)), []catalog.DriverSettingRecord{{Driver: d.Hash, Setting: bad}})
	back := importDrivers(t, s, k, d)
	if back.Bad != 1 || back.Nice != 0 {
		t.Errorf("imported again, its source counts %d bad, %d nice", back.Bad, back.Nice)
	}
	equal(t, "imported again", get[*catalog.Driver](t)(s.Driver(ctx, d.Hash.String())), overruled(d, bad))
}
