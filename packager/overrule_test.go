package packager_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/packager"
)

// An administrator's verdict counts, and no word of anybody's completes a package.
func TestOverruled(t *testing.T) {
	t.Parallel()
	missing := func(sections []int, arch inf.Arch) []catalog.MissingFile {
		return []catalog.MissingFile{{Path: "x.dll", Arches: []inf.Arch{arch}, Sections: sections, Role: catalog.RoleFile, Place: catalog.Place{Path: "drv.inf", Line: 9}}}
	}
	nice := catalog.DriverSetting{Verdict: catalog.Nice, VerdictReason: "tested"}
	for name, c := range map[string]struct {
		judged  catalog.Verdict
		set     catalog.DriverSetting
		missing []catalog.MissingFile
		taken   []string
		left    []string
		text    string
	}{
		"broken by the rules":                       {judged: catalog.Broken, taken: []string{}, left: []string{"broken drv.inf"}},
		"called nice, and all is there":             {judged: catalog.Broken, set: nice, taken: []string{"Net/drv"}, left: []string{}},
		"called nice, and a models section lacks":   {judged: catalog.Broken, set: nice, missing: missing([]int{0}, inf.X86), taken: []string{}, left: []string{"incomplete drv.inf"}},
		"called nice, and the architecture lacks":   {judged: catalog.Broken, set: nice, missing: missing(nil, inf.X86), taken: []string{}, left: []string{"incomplete drv.inf"}},
		"called nice, and another system's lacks":   {judged: catalog.Broken, set: nice, missing: missing(nil, inf.AMD64), taken: []string{"Net/drv"}, left: []string{}},
		"nice by the rules, which made sure enough": {judged: catalog.Nice, missing: missing(nil, inf.X86), taken: []string{"Net/drv"}, left: []string{}},
		"called bad":    {judged: catalog.Nice, set: catalog.DriverSetting{Verdict: catalog.Bad, VerdictReason: "needs its tray icon"}, taken: []string{}, left: []string{"bad drv.inf"}, text: "an administrator says so: needs its tray icon"},
		"called broken": {judged: catalog.Nice, set: catalog.DriverSetting{Verdict: catalog.Broken, VerdictReason: "hangs"}, taken: []string{}, left: []string{"broken drv.inf"}, text: "an administrator says so: hangs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.add(drv{verdict: c.judged})
			d := w.in.Sources[0].Drivers[0].Driver
			d.Missing = c.missing
			if !c.set.IsZero() {
				d.Overrule(c.set)
			}
			p := w.plan(packager.PlanOptions{})
			if diff := cmp.Diff(c.taken, taken(p)); diff != "" {
				t.Errorf("taken: %s", diff)
			}
			if diff := cmp.Diff(c.left, left(p)); diff != "" {
				t.Errorf("left out: %s", diff)
			}
			if c.text != "" && p.LeftOut[0].Text != c.text {
				t.Errorf("left out because %q, want %q", p.LeftOut[0].Text, c.text)
			}
		})
	}
}
