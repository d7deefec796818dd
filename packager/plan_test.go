package packager_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/layout"
)

func taken(p *packager.Plan) []string {
	out := []string{}
	for _, d := range p.Drivers {
		out = append(out, d.Folder)
	}
	return out
}

func left(p *packager.Plan) []string {
	out := []string{}
	for _, l := range p.LeftOut {
		out = append(out, l.Code+" "+l.Path)
	}
	slices.Sort(out)
	return out
}

func TestChoose(t *testing.T) {
	// size: one table of which driver is taken and why the others are not
	t.Parallel()
	old, newer := drv{inf: "old.inf", version: "1.0.0.0", ids: []string{"A", "B"}}, drv{inf: "new.inf", version: "2.0.0.0", ids: []string{"A", "B", "C"}}
	with := func(d drv, change func(*drv)) drv { change(&d); return d }
	for name, c := range map[string]struct {
		drivers []drv
		taken   []string
		left    []string
	}{
		"newer version covers all IDs": {[]drv{old, newer}, []string{"Net/new"}, []string{"superseded old.inf"}},
		"newer date beats version": {
			[]drv{with(old, func(d *drv) { d.version = "9.0.0.0" }), with(newer, func(d *drv) { d.date = "2008-01-01" })},
			[]string{"Net/new"}, []string{"superseded old.inf"},
		},
		"versions compare by number": {
			[]drv{with(old, func(d *drv) { d.version = "1.9.0.0" }), with(newer, func(d *drv) { d.version = "1.10.0.0" })},
			[]string{"Net/new"}, []string{"superseded old.inf"},
		},
		"one ID is not covered": {
			[]drv{old, with(newer, func(d *drv) { d.ids = []string{"A", "C"} })}, []string{"Net/new", "Net/old"}, []string{},
		},
		"another provider": {
			[]drv{old, with(newer, func(d *drv) { d.provider = "Other" })}, []string{"Net/new", "Net/old"}, []string{},
		},
		"another class": {
			[]drv{old, with(newer, func(d *drv) { d.class = "USB" })}, []string{"Net/old", "USB/new"}, []string{},
		},
		"a hardware ID covered by a compatible one only": {
			[]drv{old, with(newer, func(d *drv) { d.ids = []string{"A", "+B"} })}, []string{"Net/new", "Net/old"}, []string{},
		},
		"a compatible ID covered by a hardware ID": {
			[]drv{with(old, func(d *drv) { d.ids = []string{"A", "+B"} }), newer}, []string{"Net/new"}, []string{"superseded old.inf"},
		},
		"the same age": {
			[]drv{old, with(newer, func(d *drv) { d.version = "1.0.0.0" })}, []string{"Net/new", "Net/old"}, []string{},
		},
		"extensions stand side by side": {
			[]drv{with(old, func(d *drv) { d.class = "Extension" }), with(newer, func(d *drv) { d.class = "Extension" })},
			[]string{"Extension/new", "Extension/old"}, []string{},
		},
		"no ID is not every ID": {
			[]drv{with(old, func(d *drv) { d.ids = []string{} }), newer}, []string{"Net/new", "Net/old"}, []string{},
		},
		"a broken one supersedes nothing": {
			[]drv{old, with(newer, func(d *drv) { d.verdict = catalog.Broken })}, []string{"Net/old"}, []string{"broken new.inf"},
		},
		"one for another system supersedes nothing": {
			[]drv{old, with(newer, func(d *drv) { d.arch = inf.AMD64 })}, []string{"Net/old"}, []string{"models-none new.inf"},
		},
		"a chain leaves the newest": {
			[]drv{old, with(newer, func(d *drv) { d.inf = "mid.inf"; d.version = "1.5.0.0" }), newer},
			[]string{"Net/new"}, []string{"superseded mid.inf", "superseded old.inf"},
		},
		"two files that differ only in case": {
			[]drv{with(old, func(d *drv) { d.files = map[string]string{"a.sys": "1", "A.SYS": "2"} })}, []string{}, []string{"case-collision old.inf"},
		},
		"a file outside the INF's folder": {
			[]drv{with(old, func(d *drv) { d.inf = "sub/old.inf"; d.files = map[string]string{"../x.sys": "1"} })}, []string{}, []string{"unsafe-path sub/old.inf"},
		},
		"names are made safe": {
			[]drv{with(old, func(d *drv) { d.class = `we:ird\class.`; d.inf = "con.inf" })}, []string{"we_ird_class/_con"}, []string{},
		},
		"known classes have Microsoft's spelling": {
			[]drv{with(old, func(d *drv) { d.class = "media" })}, []string{"MEDIA/old"}, []string{},
		},
		"without a class": {
			[]drv{with(old, func(d *drv) { d.class = " " })}, []string{"Unknown/old"}, []string{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, d := range c.drivers {
				w.add(d)
			}
			p := w.plan(packager.PlanOptions{})
			if d := cmp.Diff(c.taken, taken(p)); d != "" {
				t.Errorf("taken: %s", d)
			}
			if d := cmp.Diff(c.left, left(p)); d != "" {
				t.Errorf("left out: %s", d)
			}
			for _, l := range p.LeftOut {
				if l.Text == "" || l.Place.Path == "" {
					t.Errorf("%s is left out without reason or place: %+v", l.Path, l)
				}
			}
		})
	}
}

// TestDuplicates: the same content in two sources goes into the package once.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.add(drv{source: "One", inf: "a.inf"})
	two := w.source("Two")
	two.Drivers = append(two.Drivers, catalog.SourceDriverRecord{Path: "copy/a.inf", Driver: w.in.Sources[0].Drivers[0].Driver})
	p := w.plan(packager.PlanOptions{})
	if d := cmp.Diff([]string{"duplicate copy/a.inf"}, left(p)); d != "" || len(p.Drivers) != 1 || p.LeftOut[0].By != h {
		t.Errorf("%s; %+v", d, p)
	}
}

// TestAccount: every file of every source is taken or named with a reason.
func TestAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(drv{inf: "d/a.inf", files: map[string]string{"a.sys": "a"}, loose: map[string]string{"readme.txt": "hello"}})
	w.add(drv{inf: "d/broken.inf", verdict: catalog.Broken, files: map[string]string{"b.sys": "b", "a.sys": "a"}})
	s := w.source("Src")
	w.file(s, "setup.exe", "MZ", catalog.StateInstaller, "nsis")
	p := w.plan(packager.PlanOptions{})
	var got []string
	for _, f := range p.LeftOver {
		got = append(got, f.Code+" "+f.Path)
	}
	slices.Sort(got)
	want := []string{"driver-left-out d/b.sys", "driver-left-out d/broken.inf", "installer setup.exe", "readme d/readme.txt"}
	if d := cmp.Diff(want, slices.Compact(got)); d != "" {
		t.Error(d)
	}
	if p.Files != 2 {
		t.Errorf("%d files are taken", p.Files)
	}
	sum := p.LeftOverSummary()
	if len(sum) != 3 || sum[0].Code != "driver-left-out" || sum[0].Files != 2 {
		t.Errorf("summary %+v", sum)
	}
}

func TestContentFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(drv{inf: "d/a.inf", files: map[string]string{"a.sys": "a"}, loose: map[string]string{"readme.txt": "x", "sub/more.txt": "y"}})
	w.add(drv{inf: "d/sub2/b.inf", class: "USB", files: map[string]string{"b.sys": "b"}})
	var got []string
	for _, d := range w.plan(packager.PlanOptions{Content: packager.ContentFolder}).Drivers {
		for _, f := range d.Files {
			got = append(got, f.Path)
		}
	}
	want := []string{"Net/a/a.inf", "Net/a/a.sys", "Net/a/readme.txt", "Net/a/sub/more.txt", "USB/b/b.inf", "USB/b/b.sys"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, err := packager.MakePlan(w.in, packager.PlanOptions{Content: "all"}); err == nil {
		t.Error("an unknown content is taken")
	}
}

func TestPlanWarns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(drv{inf: "a.inf", files: map[string]string{strings.Repeat("x/", 60) + "f": "a"}})
	p := w.plan(packager.PlanOptions{Root: `\\server\` + strings.Repeat("d", 80)})
	if len(p.Warnings) != 1 || p.Warnings[0].Code != "path-budget" || !strings.Contains(p.Warnings[0].Text, "254") {
		t.Errorf("warnings %+v", p.Warnings)
	}
	if p := w.plan(packager.PlanOptions{Root: `\\server\D$\Drivers`}); len(p.Warnings) != 1 || p.Warnings[0].Code != "admin-share" {
		t.Errorf("warnings %+v", p.Warnings)
	}
	if p := w.plan(packager.PlanOptions{Root: `\\server\SMSPXEIMAGE$`}); len(p.Skipped) != 1 || p.Skipped[0].Code != "pxe-share" {
		t.Errorf("skipped %+v", p.Skipped)
	}
	many := newWorld(t)
	many.add(drv{})
	r := many.in.Sources[0].Drivers[0]
	for i := range 500 {
		d := *r.Driver
		d.Hash[0], d.Hash[1] = byte(i), byte(i>>8)
		many.in.Sources[0].Drivers = append(many.in.Sources[0].Drivers, catalog.SourceDriverRecord{Path: fmt.Sprintf("d%d.inf", i), Driver: &d})
	}
	if p := many.plan(packager.PlanOptions{}); len(p.Warnings) != 1 || p.Warnings[0].Code != "large-package" {
		t.Errorf("warnings %+v for %d drivers", p.Warnings, len(p.Drivers))
	}
}

func TestPlanRefusesNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.in.Model.Name = "R61/8935"
	var ne *layout.NameError
	if _, err := packager.MakePlan(w.in, packager.PlanOptions{}); !errors.As(err, &ne) {
		t.Errorf("error %v", err)
	}
	w.in.Model.Name = "R61"
	if _, err := packager.MakePlan(w.in, packager.PlanOptions{Layout: layout.Layout{Platform: ".."}}); !errors.As(err, &ne) {
		t.Errorf("error %v", err)
	}
}

// TestPlanJSON holds the documented shape: no null where a list is meant.
func TestPlanJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, err := json.Marshal(w.plan(packager.PlanOptions{}))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"model":{"make":"Lenovo","name":"R61-8935CTO"},"target":"xp-x86","kind":"standard","content":"inf","format":"folder","folder":"PC/SCCM_Driver_Packages/XP/R61-8935CTO",` +
		`"drivers":[],"leftOut":[],"files":0,"bytes":0,"leftOverFiles":[],"skipped":[],"warnings":[]}`
	if string(b) != want {
		t.Errorf("got\n%s\nwant\n%s", b, want)
	}
}
