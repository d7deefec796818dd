package cli

import (
	"context"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/distribute"
)

type driftOptions struct {
	packages []string
	points   []string
	offline  bool
}

func newPointsDrift(a *app) *cobra.Command {
	var o driftOptions
	cmd := &cobra.Command{
		Use:   "drift [PACKAGE...]",
		Short: "List what each point lacks, holds in an old version, or holds without having been sent",
		Long: `List what each point lacks, holds in an old version, or holds without having been sent. Without a PACKAGE, which is a model or a
package's folder, all packages are looked at.

What a point should hold follows from what was sent to it and to its groups: in ConfigMgr 2007 a point that joins a group later
lacks what was sent before, in the current branch it gets it. What it holds is read from its own share, if one is told and can be
opened; otherwise it is what was recorded, and what was sent is taken for delivered.

The exit code is 4 if something is not as it should be, and 3 if only points could not be reached.`,
		Example: `  drivercat points drift --offline
  drivercat points drift R61-8935CTO --point North --offline --json`,
		ValidArgsFunction: a.completePublished,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.packages = args
			return a.runPointsDrift(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.points, "point", nil, "only these points, or members of these groups, `NAMES` with commas between them")
	f.BoolVar(&o.offline, "offline", false, "do not look into shares: by the catalog's records only")
	mustComplete(cmd, "point", a.completeDestinations)
	return cmd
}

func (a *app) runPointsDrift(ctx context.Context, o driftOptions) error {
	store, err := a.openCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	w, err := a.pointWorld(ctx, store)
	if err != nil {
		return err
	}
	var folders []string
	for _, word := range o.packages {
		ps, err := a.publishedPackages(ctx, store, word, catalog.Target{})
		if err != nil {
			return err
		}
		for _, p := range ps {
			folders = append(folders, p.Folder)
		}
	}
	if len(w.Points) == 0 {
		return coded(exitNothing, "add them with \"drivercat points add\" or \"drivercat points import\"", "no points are known")
	}
	if w.Points, err = pointsMeant(w, o.points); err != nil {
		return err
	}
	look := a.lookIntoPoint
	if o.offline {
		look = nil
	}
	rep, err := distribute.FindDrift(ctx, *w, look, folders...)
	if err != nil {
		return err
	}
	a.tellSkipped(rep.Skipped)
	if a.flags.json {
		if err := a.out.json(rep); err != nil {
			return err
		}
	} else {
		a.printDrift(rep)
	}
	switch {
	case !rep.OK:
		return coded(exitNothing, "", "%s on what points should hold", count(len(rep.Drift)-rep.Unreachable, "finding"))
	case rep.Unreachable > 0:
		return coded(exitPartial, "", "%s could not be looked into", count(rep.Unreachable, "point"))
	}
	return nil
}

// lookIntoPoint reads which packages lie on a point's share.
func (a *app) lookIntoPoint(ctx context.Context, p catalog.Point) (map[string]distribute.Held, error) {
	t, err := a.openTree(ctx, p.Share)
	if err != nil {
		e := lookError{err: err, text: message(err)}
		for _, prefix := range []string{"share " + p.Share, ":", " "} {
			e.text = strings.TrimPrefix(e.text, prefix)
		}
		if hints := hintsFor(err); len(hints) > 0 {
			e.advice = hints[0]
		}
		return nil, e
	}
	defer t.Close()
	there, err := distribute.HeldOn(ctx, t, a.layout())
	a.noteTraffic(traffic(t))
	return there, err
}

// lookError says why a point's share cannot be looked into, and what to do about it.
type lookError struct {
	text, advice string
	err          error
}

func (e lookError) Error() string  { return e.text }
func (e lookError) Unwrap() error  { return e.err }
func (e lookError) Advice() string { return e.advice }

func (a *app) printDrift(r distribute.Report) {
	g := newGrid(column{"POINT", wrap}, column{"PACKAGE", wrap}, column{"STATE", fixed}, column{"FINDING", wrap}, column{"ADVICE", wrap | spare})
	g.paint(2, map[string]text.Color{distribute.DriftLacks: text.FgRed, distribute.DriftOld: text.FgYellow, distribute.DriftUnreachable: text.FgYellow})
	for _, d := range r.Drift {
		folder := a.shortFolder(d.Folder)
		if folder == "" {
			folder = "-"
		}
		g.add(d.Point, folder, d.State, d.Text, d.Advice)
	}
	a.renderAny(g)
	if a.flags.quiet {
		return
	}
	states := map[string]int{}
	for _, d := range r.Drift {
		states[d.State]++
	}
	var parts []string
	for _, s := range []string{distribute.DriftLacks, distribute.DriftOld, distribute.DriftMore, distribute.DriftNewer, distribute.DriftDiffers, distribute.DriftDamaged, distribute.DriftUnreachable} {
		if states[s] > 0 {
			parts = append(parts, number(states[s])+" "+s)
		}
	}
	if len(parts) == 0 {
		parts = []string{"no drift"}
	}
	if len(g.rows) > 0 {
		a.out.printf("\n")
	}
	right := number(r.Right) + " right"
	if r.Assumed > 0 {
		right += " (" + number(r.Assumed) + " by what was sent only)"
	}
	a.out.printf("%s, %s, %s: %s, %s\n", count(r.Points, "point"), count(r.Packages, "package"), r.Generation.Title(), right, strings.Join(parts, ", "))
}
