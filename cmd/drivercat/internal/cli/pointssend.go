package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/distribute"
)

type sendOptions struct {
	pack, os, arch string
	to             []string
	dryRun         bool
}

func newPointsSend(a *app) *cobra.Command {
	var o sendOptions
	cmd := &cobra.Command{
		Use:   "send PACKAGE --to POINT|GROUP",
		Short: "Record that a package's present version was sent to points or groups",
		Long: `Record that the present version of a package was sent to points or groups. Nothing is sent: drivercat does not talk to ConfigMgr.
Distribute or update the package in the console, and record it here, so that "points drift" knows what each point should hold.

PACKAGE is a model or the package's folder. A PXE share is skipped and named, also as a member of a group.`,
		Example: `  drivercat points send R61-8935CTO --to North
  drivercat points send R61-8935CTO --os xp --to DP1.corp.example,North --dry-run`,
		Args:              wants("package", 1, 1),
		ValidArgsFunction: a.firstArg(a.completePublished),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.pack = args[0]
			return a.runPointsSend(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.to, "to", nil, "the points or groups, `NAMES` with commas between them")
	f.StringVar(&o.os, "os", "", "the package's operating system, `OS`, if the model has several packages")
	f.StringVar(&o.arch, "arch", "", "its `ARCH`itecture, if it is not the OS's usual one")
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "say what would be recorded")
	mustComplete(cmd, "to", a.completeDestinations)
	mustComplete(cmd, "os", completeOS)
	mustComplete(cmd, "arch", completeArch)
	return cmd
}

// sendReport is the shape of "points send --json".
type sendReport struct {
	DryRun  bool                      `json:"dryRun"`
	Package string                    `json:"package"` // its folder
	Version int                       `json:"version"`
	Sent    []sentRow                 `json:"sent"`
	Skipped []distribute.SkippedPoint `json:"skipped"`
}

// sentRow is one point or group.
type sentRow struct {
	Point  string   `json:"point,omitempty"`
	Group  string   `json:"group,omitempty"`
	State  string   `json:"state"`  // sent, or same if that was recorded before
	Points []string `json:"points"` // that it reaches
}

func (a *app) runPointsSend(ctx context.Context, o sendOptions) error {
	a.whenInterrupted = "run it again to finish it"
	if len(o.to) == 0 {
		return usageError("name them with --to, as in --to DP1,North", "no point or group is given")
	}
	target, err := optionalTarget(o.os, o.arch)
	if err != nil {
		return err
	}
	store, err := a.openCatalogFor(ctx, o.dryRun)
	if err != nil {
		return err
	}
	defer store.Close()
	w, err := a.pointWorld(ctx, store)
	if err != nil {
		return err
	}
	pack, err := a.onePublished(ctx, store, o.pack, target)
	if err != nil {
		return err
	}
	rep := sendReport{DryRun: o.dryRun, Package: pack.Folder, Version: pack.Version, Sent: []sentRow{}, Skipped: []distribute.SkippedPoint{}}
	named := 0 // points that were named themselves and are skipped
	var records []catalog.Sending
	for _, word := range o.to {
		d, err := destinationNamed(w, word)
		if err != nil {
			return err
		}
		row, record, skipped := a.sending(w, pack, d)
		for _, s := range skipped {
			if !slices.Contains(rep.Skipped, s) {
				rep.Skipped = append(rep.Skipped, s)
			}
		}
		if d.group == nil && len(skipped) > 0 {
			named++
			continue
		}
		if slices.ContainsFunc(rep.Sent, func(r sentRow) bool { return r.Point == row.Point && r.Group == row.Group }) {
			continue
		}
		if row.State != "same" {
			records = append(records, record)
		}
		rep.Sent = append(rep.Sent, row)
	}
	for _, r := range records {
		if o.dryRun {
			break
		}
		if err := store.PutSending(ctx, r); err != nil {
			return err
		}
	}
	return a.printSent(rep, named)
}

// sending is what recording a package for one destination comes to. It is not recorded twice, unless somebody joined the
// group in between whom only a new sending reaches.
func (a *app) sending(w *distribute.World, pack catalog.Package, d destination) (row sentRow, record catalog.Sending, skipped []distribute.SkippedPoint) {
	record = catalog.Sending{Folder: pack.Folder, Version: pack.Version, Sent: a.env.Now().UTC()}
	row = sentRow{State: "sent"}
	points := []catalog.Point{d.point}
	if d.group == nil {
		row.Point, record.Point = d.point.Name, d.point.Name
	} else {
		row.Group, record.Group = d.group.Name, d.group.Name
		points = nil
		for _, m := range d.group.Members {
			p, _ := pointNamed(w.Points, m.Point)
			points = append(points, p)
		}
	}
	targets, skipped := distribute.Split(points, w.Generation)
	row.Points = []string{}
	for _, p := range targets {
		row.Points = append(row.Points, p.Name)
	}
	last := catalog.Sending{}
	for _, n := range w.Sendings {
		if strings.EqualFold(n.Folder, pack.Folder) && strings.EqualFold(n.Point, record.Point) && strings.EqualFold(n.Group, record.Group) {
			last = n
		}
	}
	if last.Version != pack.Version {
		return row, record, skipped
	}
	late := d.group != nil && w.Generation == distribute.Generation2007 && slices.ContainsFunc(d.group.Members, func(m catalog.PointGroupMember) bool { return m.Added.After(last.Sent) })
	if !late {
		row.State = "same"
	}
	return row, record, skipped
}

func (a *app) printSent(r sendReport, named int) error {
	a.tellSkipped(r.Skipped)
	if a.flags.json {
		if err := a.out.json(r); err != nil {
			return err
		}
	} else if !a.flags.quiet {
		g := newGrid(column{"TO", wrap}, column{"STATE", fixed}, column{"POINTS", wrap})
		for _, s := range r.Sent {
			to := s.Point
			if s.Group != "" {
				to = "group " + s.Group
			}
			state := s.State
			if r.DryRun && state == "sent" {
				state = "would be sent"
			}
			g.add(to, state, strings.Join(s.Points, ", "))
		}
		if len(r.Sent) > 0 {
			a.out.printf("%s version %s\n", plain(a.shortFolder(r.Package)), number(r.Version))
		}
		a.renderAny(g)
	}
	for _, s := range r.Sent {
		if s.Group != "" && len(s.Points) == 0 {
			a.err.warn("\"drivercat points group join\" lets points join it", "group %s has no point that it could be sent to", s.Group)
		}
	}
	switch {
	case named > 0 && len(r.Sent) == 0:
		return coded(exitNothing, "", "nothing was recorded: a PXE share is never a target")
	case named > 0:
		return coded(exitPartial, "", "%s left out: a PXE share is never a target", count(named, "point"))
	}
	return nil
}
