package cli

import (
	"errors"
	"io/fs"
	"slices"
	"time"

	"github.com/drivercat/drivercat/packager/replicate"
)

// printReplicated prints one line for each target, with --verbose also for each package, and what it came to.
func (a *app) printReplicated(rep replicateReport, ended error) error {
	a.tellFailed(rep, ended)
	if a.flags.json {
		return a.out.json(rep)
	}
	if a.flags.quiet || len(rep.Targets) == 0 {
		return nil
	}
	if a.flags.verbose {
		a.printPackagesAt(rep)
	}
	a.printTargets(rep, ended)
	t := rep.Total
	if rep.DryRun {
		a.out.printf("\nwould bring %s to %s; %s unchanged\n", count(t.Brought, "package"), count(t.Targets, "target"), number(t.Unchanged))
		a.out.printf("would send about %s (an estimate), copy %s at the targets\n", size(t.SentBytes), size(t.CopiedBytes))
		return nil
	}
	a.out.printf("\n%s at %s: %s brought, %s unchanged, %s not done\n", count(t.Packages, "package"), count(t.Targets, "target"), number(t.Brought), number(t.Unchanged), number(t.Failed))
	a.out.printf("files: %s left, %s copied and %s rebuilt at the targets, %s sent, %s sent before, %s removed\n",
		number(t.Left), number(t.Copied), number(t.Rebuilt), number(t.Sent), number(t.Resumed), number(t.Removed))
	a.out.printf("traffic: %s sent, %s received in %s; %s of new content\n", size(t.Traffic.Sent), size(t.Traffic.Received), seconds(t.Seconds), size(t.SentBytes))
	return nil
}

// tellFailed names each target and each package that is not what it should be, and why; not that the run ended, which is told
// once.
func (a *app) tellFailed(rep replicateReport, ended error) {
	for _, t := range rep.Targets {
		told, untried := 0, 0
		for _, p := range t.Packages {
			if p.State == replicate.NotDone {
				untried++
			}
			if p.Err != nil && p.State == replicate.Failed {
				told++
				a.err.warn(hintAt(p.Err), "%s: %s", t.Name, message(p.Err))
			}
		}
		if t.Err != nil && told == 0 && (ended == nil || !errors.Is(t.Err, ended)) {
			a.err.warn(hintOf(t.Err), "%s: %s", t.Name, message(t.Err))
		}
		if told > 0 && untried > 0 && t.Err != nil && (ended == nil || !errors.Is(t.Err, ended)) {
			a.err.warn("", "%s: it does not answer any more; not tried: %s", t.Name, count(untried, "package"))
		}
	}
}

// hintAt is hintOf for what failed at a target, which no flag but --to chooses.
func hintAt(err error) string {
	hint := hintOf(err)
	if errors.Is(err, fs.ErrPermission) && hint != hintUnreadable {
		return "whoever runs drivercat, or signs in there, needs the right to write: \"drivercat doctor --share ROOT\" tells who that is"
	}
	return hint
}

func hintOf(err error) string {
	if h := hintsFor(err); len(h) > 0 {
		return h[0]
	}
	return ""
}

func (a *app) printTargets(rep replicateReport, ended error) {
	sent := "SENT"
	if rep.DryRun {
		sent = "ESTIMATE"
	}
	g := newGrid(column{"TARGET", wrap}, column{"STATE", fixed}, column{"PACKAGES", digits}, column{"LEFT", digits | spare}, column{"COPIED", digits | spare},
		column{"REBUILT", digits | spare}, column{"FILES SENT", digits}, column{sent, digits}, column{"RECEIVED", digits}, column{"TIME", digits | spare})
	for _, t := range rep.Targets {
		var sum replicatedTotal
		sum.add(t.At)
		bytes := sum.Traffic.Sent
		if rep.DryRun {
			bytes = sum.SentBytes
		}
		g.add(t.Name, stateAt(t.At, sum, rep.DryRun, ended), number(sum.Packages), number(sum.Left), number(sum.Copied), number(sum.Rebuilt), number(sum.Sent), size(bytes),
			size(sum.Traffic.Received), seconds(t.Seconds))
	}
	a.renderAny(g)
}

func stateAt(a replicate.At, sum replicatedTotal, dry bool, ended error) string {
	switch {
	case a.OK() && sum.Brought == 0:
		return "unchanged"
	case a.OK() && dry:
		return "planned"
	case a.OK():
		return "done"
	case sum.Brought+sum.Unchanged > 0:
		return "in part"
	case !slices.ContainsFunc(a.Packages, func(p replicate.Package) bool { return p.State != replicate.NotDone }) && ended != nil && errors.Is(a.Err, ended):
		return "not done"
	}
	return "failed"
}

func (a *app) printPackagesAt(rep replicateReport) {
	g := newGrid(column{"TARGET", wrap}, column{"PACKAGE", wrap}, column{"VERSION", digits}, column{"STATE", fixed}, column{"FILES", digits | spare}, column{"LEFT", digits | spare},
		column{"COPIED", digits | spare}, column{"REBUILT", digits | spare}, column{"SENT", digits | spare}, column{"NEW", digits}, column{"TIME", digits | spare})
	for _, t := range rep.Targets {
		for _, p := range t.Packages {
			g.add(t.Name, p.Folder, number(p.Version), string(p.State), number(p.Files), number(p.Left), number(p.Copied), number(p.Rebuilt), number(p.Sent), size(p.SentBytes), seconds(p.Seconds))
		}
	}
	a.renderAny(g)
	a.out.printf("\n")
}

func seconds(s float64) string { return duration(time.Duration(s * float64(time.Second))) }
