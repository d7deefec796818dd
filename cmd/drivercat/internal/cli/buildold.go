package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/tree"
)

// oldBuildReport is the shape of "build --version --json".
type oldBuildReport struct {
	DryRun bool `json:"dryRun"`
	*packager.OldPlan
	Result  *packager.Result `json:"result,omitempty"` // not with --dry-run, and not if something is missing
	Traffic *tree.Traffic    `json:"traffic,omitempty"`
}

// runBuildOld publishes the content of an older version again.
func (a *app) runBuildOld(ctx context.Context, o buildOptions, store catalog.Store) error {
	m, err := store.Model(ctx, o.model)
	if err != nil {
		return unknownModel(err, o.model)
	}
	recorded, err := store.Packages(ctx, catalog.PackageFilter{})
	if err != nil {
		return err
	}
	folder := a.layout().Package(o.target, m.Name)
	kept, err := store.Versions(ctx, folder)
	if err != nil {
		return err
	}
	record := packager.Recorded(recorded, folder)
	nothing := coded(exitNothing, "build it without --version first", "%s has no package for %s", m.Name, o.target.Title())
	if len(kept) == 0 && record == nil {
		return nothing
	}
	t, err := a.openShare(ctx, "build")
	if err != nil {
		return err
	}
	defer t.Close()
	h, err := packager.ReadHistory(ctx, t, kept, folder, record)
	if err != nil {
		return err
	}
	if len(h.Versions) == 0 {
		return nothing
	}
	v, ok := h.Find(o.version)
	if !ok {
		return coded(exitNothing, "", "version %d of %s is not kept; %s", o.version, folder, keptVersions(h))
	}
	list, err := readBlocklist(ctx, store)
	if err != nil && !errors.Is(err, catalog.ErrNotFound) {
		return err
	}
	plan := func(not map[packager.Place]bool) (*packager.OldPlan, error) {
		return packager.PlanOld(ctx, t, store, h, v, packager.OldOptions{Layout: a.layout(), Packages: recorded, Tools: a.tools(), Blocklist: list, Not: not})
	}
	p, err := plan(nil)
	if err != nil {
		return err
	}
	if o.dryRun {
		return a.printOldDryRun(p, o)
	}
	if err := a.oldRefused(p, o); err != nil {
		return a.oldFailed(p, err)
	}
	a.whenInterrupted = "the package is what it was before; run it again to build it"
	meter := new(catalog.Meter)
	stop := a.progressOn(t, meter)
	p, res, err := packager.BuildOld(ctx, t, p, packager.BuildOptions{
		Force: o.force, Rehash: o.rehash, Workers: a.set.workers(), Meter: meter, Recorded: record, Packages: recorded, Tools: a.tools(), Packers: a.packers(), Versions: store,
		Wait: o.wait, Waiting: a.waitingFor(folder),
	}, plan)
	stop()
	if errors.Is(err, packager.ErrMissing) {
		return a.oldFailed(p, a.oldRefused(p, o))
	}
	if err != nil {
		return err
	}
	a.whenInterrupted = "the package is published; run it again to record it in the catalog"
	if err := a.record(ctx, store, p.Plan, res, record); err != nil {
		return err
	}
	a.whenInterrupted = ""
	return a.printOld(p, res, t)
}

// oldRefused is why a plan cannot be carried out, nil if it can.
func (a *app) oldRefused(p *packager.OldPlan, o buildOptions) error {
	switch {
	case len(p.Plan.Skipped) > 0:
		return coded(exitUsage, "choose another share with --share", "%s would not be written: %s", p.Plan.Folder, p.Plan.Skipped[0].Text)
	case len(p.Missing) > 0:
		return failed("put back the sources that had them and import them again; nothing was written", "version %d cannot be published: %s cannot be had any more", p.Of, count(len(p.Missing), "file"))
	case len(p.Objections) > 0 && !o.blocked:
		return failed("--allow-blocked publishes it all the same", "version %d has %s that a build would not take today", p.Of, count(len(p.Objections), "driver"))
	}
	return nil
}

// oldFailed prints what is wrong with a plan.
func (a *app) oldFailed(p *packager.OldPlan, err error) error {
	if a.flags.json {
		return errors.Join(a.out.json(oldBuildReport{OldPlan: p}), err)
	}
	a.printOldPlan(p)
	return err
}

func (a *app) printOldDryRun(p *packager.OldPlan, o buildOptions) error {
	refused := a.oldRefused(p, o)
	if a.flags.json {
		return errors.Join(a.out.json(oldBuildReport{DryRun: true, OldPlan: p}), refused)
	}
	g := newGrid(column{"TAKEN", fixed}, column{"INF", cut}, column{"VERSION", cut}, column{"FOLDER", wrap}, column{"FILES", digits}, column{"SIZE", digits}, column{"FROM", wrap})
	for _, d := range p.Plan.Drivers {
		for _, from := range origins(d) {
			g.add(d.Hash.Short(), d.INF, cmp.Or(d.Version, "-"), d.Folder, number(from.files), size(from.bytes), from.where)
		}
	}
	a.renderAny(g)
	a.printOldPlan(p)
	if refused != nil {
		return refused
	}
	a.out.printf("\nwould publish version %d of %s again: %s, %s, %s\n", p.Of, plain(p.Plan.Folder), count(len(p.Plan.Drivers), "driver"), count(p.Plan.Files, "file"), size(p.Plan.Bytes))
	return nil
}

// originOf is a place that files of a driver come from.
type originOf struct {
	where string
	files int
	bytes int64
}

// origins groups a driver's files by where they come from, in the order of their paths.
func origins(d packager.PlanDriver) (out []originOf) {
	at := map[packager.SourceRef]int{}
	for _, f := range d.Files {
		i, ok := at[*f.Source]
		if !ok {
			i = len(out)
			at[*f.Source] = i
			where := f.Source.Location
			if f.Source.ID > 0 {
				where = fmt.Sprintf("source %d: %s", f.Source.ID, where)
			}
			out = append(out, originOf{where: where})
		}
		out[i].files++
		out[i].bytes += f.Size
	}
	return out
}

// printOldPlan prints what is missing and what speaks against it.
func (a *app) printOldPlan(p *packager.OldPlan) {
	if len(p.Missing) > 0 {
		g := newGrid(column{"MISSING", wrap}, column{"SIZE", digits}, column{"DRIVER", cut}, column{"VERSION", cut | spare}, column{"WHY", wrap})
		for _, m := range p.Missing {
			g.add(m.Path, size(m.Size), m.INF, cmp.Or(m.Driver, "-"), m.Why)
		}
		a.section("Files that cannot be had any more", g)
	}
	if len(p.Objections) > 0 {
		g := newGrid(column{"DRIVER", cut}, column{"VERSION", cut}, column{"FOLDER", wrap}, column{"CODE", fixed}, column{"REASON", wrap})
		for _, o := range p.Objections {
			g.add(o.Driver.INF, cmp.Or(o.Driver.Version, "-"), o.Driver.Folder, o.Code, o.Text)
		}
		a.section("Drivers that a build would not take today", g)
	}
}

func (a *app) printOld(p *packager.OldPlan, res packager.Result, t openedTree) error {
	tr := traffic(t)
	if a.flags.json {
		return a.out.json(oldBuildReport{OldPlan: p, Result: &res, Traffic: tr})
	}
	for _, o := range p.Objections {
		a.err.warn("", "%s is taken, although a build would not take it today: %s", o.Driver.Folder, o.Text)
	}
	if !res.Unchanged && !a.flags.quiet {
		a.out.printf("published what version %d had:\n", p.Of)
	}
	return a.printBuild(p.Plan, res, tr)
}
