package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/blocklist"
	"github.com/drivercat/drivercat/inf"
)

// driverReport is the shape of "show DRIVER --json".
type driverReport struct {
	Kind    string             `json:"kind"` // "driver"
	Driver  *catalog.Driver    `json:"driver"`
	Targets []driverTarget     `json:"targets"` // every target there is
	Uses    catalog.DriverUses `json:"uses"`
	Models  []string           `json:"models"`
	// Blocked are the files on the list of vulnerable drivers; left out if there are none or the catalog has no list.
	Blocked []blocklist.BlockedFile `json:"blocked,omitempty"`
}

// driverTarget says whether a driver serves a target, and why.
type driverTarget struct {
	Target catalog.Target `json:"target"`
	catalog.Applicability
}

func (a *app) showDriver(ctx context.Context, r catalog.Reader, hash string, o showOptions) error {
	d, err := r.Driver(ctx, hash)
	if err != nil {
		return gone(err, "driver "+hash)
	}
	uses, err := r.DriverUses(ctx, d.Hash)
	if err != nil {
		return err
	}
	rep := driverReport{Kind: kindDriver, Driver: d, Uses: uses, Models: []string{}}
	switch list, err := readBlocklist(ctx, r); {
	case err == nil:
		rep.Blocked = list.Files(d)
	case !errors.Is(err, catalog.ErrNotFound):
		return err
	}
	seen := map[string]bool{}
	for _, u := range uses.Sources {
		if m := u.Source.Model.Name; !seen[m] {
			seen[m] = true
			rep.Models = append(rep.Models, m)
		}
	}
	for _, os := range catalog.OperatingSystems() {
		for _, arch := range os.Arches {
			t := catalog.Target{OS: os.Name, Arch: arch}
			rep.Targets = append(rep.Targets, driverTarget{Target: t, Applicability: catalog.Applies(d, t)})
		}
	}
	if a.flags.json {
		rep.Uses.Sources, rep.Uses.Packages, rep.Uses.Versions = orEmpty(uses.Sources), orEmpty(uses.Packages), orEmpty(uses.Versions)
		return a.out.json(rep)
	}
	a.printDriver(rep, o)
	return nil
}

func (a *app) printDriver(rep driverReport, o showOptions) {
	d := rep.Driver
	pairs := []string{"driver", d.Hash.String(), "name", d.Name}
	if i := d.INF; i != nil {
		pairs = append(pairs, "provider", i.Provider, "class", strings.TrimSpace(i.Class+" "+i.ClassGUID), "version", strings.TrimSpace(i.Version+" "+i.Date), "encoding", i.Encoding)
	}
	if p := d.Installer; p != nil {
		pairs = append(pairs, "installer", p.Kind, "technology", technologyText(p), "product", p.Product, "version", p.Version, "company", p.Company, "runs", p.Runs, "recognised by", place(p.Evidence))
	}
	a.facts(append(pairs, "content", fmt.Sprintf("%s, %s", count(len(d.Files), "file"), size(d.Bytes())), "verdict", verdictText(d))...)
	if d.Setting != nil {
		a.out.printf("\nAn administrator says\n")
		a.facts(append([]string{"verdict", string(d.Setting.Verdict)}, settingFacts(d.Setting)...)...)
	}
	if d.Installer != nil {
		a.printSilent(d.Installer)
	}

	g := newGrid(column{"LEVEL", fixed}, column{"REASON", wrap}, column{"PLACE", wrap}, column{"CODE", fixed})
	for _, r := range d.Reasons {
		g.add(string(r.Level), r.Text, place(r.Place), r.Code)
	}
	a.section("Reasons", g)
	if len(rep.Blocked) > 0 {
		a.section("On the list of vulnerable drivers", blockedGrid(rep.Blocked))
	}

	a.printSignatures(d)
	if d.INF != nil {
		a.section("Targets", targetGrid(rep.Targets))
		a.printIDs(d, o)
	}
	g = newGrid(column{"FILE", wrap}, column{"ROLE", fixed}, column{"FOR", wrap}, column{"SIZE", digits}, column{"SHA-256", cut})
	for _, f := range d.Files {
		g.add(f.Path, string(f.Role), archNames(f.Arches), size(f.Size), f.SHA256.String())
	}
	for _, m := range d.Missing {
		g.add(m.Path, string(m.Role), archNames(m.Arches), "missing", "named in "+place(m.Place))
	}
	more := a.shorten(g, o.all)
	a.section("Files", g)
	a.out.printf("%s", more)

	g = newGrid(column{"SOURCE", digits}, column{"MODEL", wrap}, column{"TARGET", fixed}, column{"PATH", wrap})
	for _, u := range rep.Uses.Sources {
		g.add(fmt.Sprint(u.Source.ID), u.Source.Model.Name, u.Source.Target.String(), u.Source.Location+"/"+u.Path)
	}
	more = a.shorten(g, o.all)
	a.section("Carried by sources", g)
	a.out.printf("%s", more)
	if len(rep.Uses.Packages) > 0 {
		a.section("Carried by packages", packageGrid(rep.Uses.Packages))
	}
	if len(rep.Uses.Versions) > 0 {
		g = newGrid(column{"VERSION", digits}, column{"PACKAGE", wrap})
		for _, v := range rep.Uses.Versions {
			g.add(number(v.Version), v.Folder)
		}
		more = a.shorten(g, o.all)
		a.section("Carried by versions that are kept", g)
		a.out.printf("%s", more)
	}
}

func archNames(as []inf.Arch) string {
	names := make([]string, len(as))
	for i, a := range as {
		names[i] = a.Short()
	}
	return cmp.Or(strings.Join(names, " "), "-")
}

// targetGrid puts targets with the same answer into one row, those the driver serves first.
func targetGrid(ts []driverTarget) *grid {
	type answer struct {
		ok   bool
		text string
	}
	var order []answer
	names := map[answer][]string{}
	for _, t := range ts {
		// The sentence names its one target; a row may stand for many.
		text := strings.TrimPrefix(t.Text, t.Target.Title()+": ")
		text = strings.ReplaceAll(text, "which "+t.Target.Title()+" needs", "which these need")
		text = strings.ReplaceAll(text, t.Target.Title(), "these")
		if p := place(t.Place); t.Place.Line > 0 {
			text += " (" + p + ")"
		}
		k := answer{t.OK, text}
		if _, ok := names[k]; !ok {
			order = append(order, k)
		}
		names[k] = append(names[k], t.Target.String())
	}
	g := newGrid(column{"SERVES", fixed}, column{"TARGETS", wrap}, column{"WHY", wrap})
	for _, ok := range []bool{true, false} {
		for _, k := range order {
			if k.ok == ok {
				g.add(map[bool]string{true: "yes", false: "no"}[ok], strings.Join(names[k], " "), k.text)
			}
		}
	}
	return g
}

func (a *app) printIDs(d *catalog.Driver, o showOptions) {
	g := newGrid(column{"HARDWARE ID", wrap}, column{"KIND", fixed}, column{"MODELS SECTION", cut}, column{"DEVICE", wrap})
	for _, id := range d.INF.IDs {
		kind, section := "hardware", "-"
		if id.Position > 0 {
			kind = "compatible"
		}
		if id.Section >= 0 && id.Section < len(d.INF.Models) {
			section = d.INF.Models[id.Section].Section()
		}
		g.add(id.ID, kind, section, cmp.Or(id.Description, deviceName(id.ID), "-"))
	}
	if len(g.rows) == 0 {
		return
	}
	more := a.shorten(g, o.all)
	a.section("Hardware IDs", g)
	a.out.printf("%s", more)
}
