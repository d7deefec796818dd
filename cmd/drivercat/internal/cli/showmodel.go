package cli

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"github.com/drivercat/drivercat/catalog"
)

// modelReport is the shape of "show MODEL --json".
type modelReport struct {
	Kind     string               `json:"kind"` // "model"
	Model    catalog.ModelSummary `json:"model"`
	Sources  []catalog.Source     `json:"sources"`
	Packages []catalog.Package    `json:"packages"`
}

func (a *app) showModel(ctx context.Context, r catalog.Reader, m catalog.ModelSummary) error {
	sources, err := r.Sources(ctx, catalog.SourceFilter{Model: m.Name})
	if err != nil {
		return err
	}
	packages, err := r.Packages(ctx, catalog.PackageFilter{Model: m.Name})
	if err != nil {
		return err
	}
	if a.flags.json {
		return a.out.json(modelReport{kindModel, m, orEmpty(sources), orEmpty(packages)})
	}
	a.facts("model", m.Name, "make", cmp.Or(m.Make, "-"), "targets", cmp.Or(targetNames(m.Targets), "-"),
		"drivers", fmt.Sprintf("%d nice, %d bad, %d broken", m.Nice, m.Bad, m.Broken))
	a.printSourcesAndPackages(sources, packages)
	return nil
}

// targetReport is the shape of "show OS --json".
type targetReport struct {
	Kind     string            `json:"kind"` // "os"
	Target   catalog.Target    `json:"target"`
	Title    string            `json:"title"`
	Folder   string            `json:"folder"` // in the share layout
	Sources  []catalog.Source  `json:"sources"`
	Packages []catalog.Package `json:"packages"`
}

func (a *app) showTarget(ctx context.Context, r catalog.Reader, t catalog.Target) error {
	sources, err := r.Sources(ctx, catalog.SourceFilter{Target: t})
	if err != nil {
		return err
	}
	packages, err := r.Packages(ctx, catalog.PackageFilter{Target: t})
	if err != nil {
		return err
	}
	if a.flags.json {
		return a.out.json(targetReport{kindOS, t, t.Title(), t.Folder(), orEmpty(sources), orEmpty(packages)})
	}
	models := map[string]bool{}
	for _, s := range sources {
		models[s.Model.Name] = true
	}
	a.facts("target", t.String(), "name", t.Title(), "share folder", t.Folder(), "models", strconv.Itoa(len(models)))
	a.printSourcesAndPackages(sources, packages)
	return nil
}

func (a *app) printSourcesAndPackages(sources []catalog.Source, packages []catalog.Package) {
	if len(sources) > 0 {
		g := newGrid(column{"SOURCE", digits}, column{"MODEL", wrap}, column{"TARGET", fixed}, column{"LOCATION", wrap}, column{"FILES", digits | spare},
			column{"SIZE", digits | spare}, column{"NICE", digits}, column{"BAD", digits}, column{"BROKEN", digits})
		for _, s := range sources {
			g.add(strconv.FormatInt(s.ID, 10), s.Model.Name, s.Target.String(), s.Location, number(s.Files), size(s.Bytes), number(s.Nice), number(s.Bad), number(s.Broken))
		}
		a.section("Sources", g)
	}
	if len(packages) > 0 {
		a.section("Packages", packageGrid(packages))
	}
}

// packageReport is the shape of "show PACKAGE --json".
type packageReport struct {
	Kind     string                   `json:"kind"` // "package"
	Package  catalog.Package          `json:"package"`
	Drivers  []packageDriver          `json:"drivers"`
	Versions []catalog.PackageVersion `json:"versions"` // that are kept, newest first
}

// packageDriver is a driver that a package carries.
type packageDriver struct {
	Hash    catalog.Hash    `json:"hash"`
	Name    string          `json:"name"`
	Verdict catalog.Verdict `json:"verdict"`
	Class   string          `json:"class"`
	Version string          `json:"version"`
	Date    string          `json:"date"`
	Files   int             `json:"files"`
	Bytes   int64           `json:"bytes"`
}

func (a *app) showPackage(ctx context.Context, r catalog.Reader, p catalog.Package) error {
	rep := packageReport{Kind: kindPackage, Package: p, Drivers: []packageDriver{}}
	for _, h := range p.Drivers {
		d, err := r.Driver(ctx, h.String())
		if err != nil {
			return gone(err, "driver "+h.Short()+" of the package")
		}
		row := packageDriver{Hash: h, Name: d.Name, Verdict: d.Verdict, Files: len(d.Files), Bytes: d.Bytes()}
		if d.INF != nil {
			row.Class, row.Version, row.Date = d.INF.Class, d.INF.Version, d.INF.Date
		}
		rep.Drivers = append(rep.Drivers, row)
	}
	vs, err := r.Versions(ctx, p.Folder)
	if err != nil {
		return err
	}
	for _, v := range vs {
		v.Drivers = orEmpty(v.Drivers)
		rep.Versions = append(rep.Versions, v)
	}
	rep.Versions = orEmpty(rep.Versions)
	if a.flags.json {
		return a.out.json(rep)
	}
	a.facts("package", p.Folder, "model", p.Model.Name, "target", p.Target.Title(), "kind", p.Kind, "version", strconv.Itoa(p.Version),
		"published", p.Published.Local().Format("2006-01-02 15:04:05"), "holds", fmt.Sprintf("%s, %s", count(p.Files, "file"), size(p.Bytes)), "manifest", p.Manifest.String())
	g := newGrid(column{"DRIVER", fixed}, column{"NAME", cut}, column{"CLASS", cut}, column{"VERSION", cut}, column{"DATE", fixed}, column{"FILES", digits}, column{"SIZE", digits})
	for _, d := range rep.Drivers {
		g.add(d.Hash.Short(), d.Name, cmp.Or(d.Class, "-"), cmp.Or(d.Version, "-"), cmp.Or(d.Date, "-"), number(d.Files), size(d.Bytes))
	}
	a.section("Drivers", g)
	if len(vs) > 0 {
		g = newGrid(column{"VERSION", digits}, column{"PUBLISHED", fixed}, column{"DRIVERS", digits}, column{"MANIFEST", cut})
		for _, v := range vs {
			published := "-"
			if !v.Published.IsZero() {
				published = v.Published.Local().Format("2006-01-02 15:04")
			}
			g.add(number(v.Version), published, number(len(v.Drivers)), v.Manifest.String())
		}
		a.section("Versions that are kept; \"drivercat diff\" compares them", g)
	}
	return nil
}
