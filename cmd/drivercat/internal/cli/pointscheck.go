package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/packager/distribute"
)

func newPointsCheck(a *app) *cobra.Command {
	var types []string
	table := false
	cmd := &cobra.Command{
		Use:   "check [POINT|GROUP...]",
		Short: "Tell which types cannot be combined on a point, why, and what would have to change",
		Long: `Tell which types of ConfigMgr 2007 cannot be combined on a point, why, and what would have to be added or taken away. Without a
name all points are checked; --type asks about types alone, --table prints the table.

"required" has a direction: mobile and internet require bits, bits requires neither. Where sources disagree both are told. The
exit code is 5 if a point has types that cannot be combined. The current branch has no such types.`,
		Example: `  drivercat points check
  drivercat points check --type server-share,bits,mobile`,
		ValidArgsFunction: a.completeDestinations,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case table && (len(args) > 0 || cmd.Flags().Changed("type")):
				return usageError("leave the rest away", "--table prints the whole table")
			case table:
				return a.printCompatibility()
			case cmd.Flags().Changed("type") && len(args) > 0:
				return usageError("leave one of them away", "--type asks about types, and %s is given too", quote(args[0]))
			case cmd.Flags().Changed("type"):
				return a.runCheckTypes(types)
			}
			return a.runPointsCheck(cmd.Context(), args)
		},
	}
	cmd.Flags().StringSliceVar(&types, "type", nil, "ask about these `TYPES`, with commas between them")
	cmd.Flags().BoolVar(&table, "table", false, "print the table of compatible types")
	mustComplete(cmd, "type", completeTypes)
	return cmd
}

// checkReport is the shape of "points check --json".
type checkReport struct {
	OK      bool                      `json:"ok"`
	Points  []distribute.Checked      `json:"points"`
	Skipped []distribute.SkippedPoint `json:"skipped"`
}

func (a *app) runCheckTypes(words []string) error {
	ts, err := distribute.ParseTypes(words)
	if err != nil {
		return wrong(err, "\"drivercat points check --table\" shows the types")
	}
	if len(ts) == 0 {
		return usageError("give types, as in --type server,bits", "--type is empty")
	}
	c := distribute.Combine(ts)
	return a.printChecked(checkReport{OK: c.OK, Points: []distribute.Checked{{Combination: c}}, Skipped: []distribute.SkippedPoint{}})
}

func (a *app) runPointsCheck(ctx context.Context, words []string) error {
	store, err := a.openCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	w, err := a.pointWorld(ctx, store)
	if err != nil {
		return err
	}
	points, err := pointsMeant(w, words)
	if err != nil {
		return err
	}
	targets, skipped := distribute.Split(points, w.Generation)
	rep := checkReport{OK: true, Points: distribute.CheckPoints(w.Points, targets), Skipped: skipped}
	typed := 0
	for _, p := range rep.Points {
		rep.OK = rep.OK && p.OK
		typed += len(p.Types)
	}
	a.tellSkipped(skipped)
	if w.Generation == distribute.GenerationCurrent && typed > 0 {
		a.err.say("these are the rules of ConfigMgr 2007; the current branch, which the setting \"generation\" names, has no such types")
	}
	if len(rep.Points) == 0 && !a.flags.json {
		a.err.say("no points to check")
		return nil
	}
	return a.printChecked(rep)
}

func (a *app) printChecked(r checkReport) error {
	if a.flags.json {
		if err := a.out.json(r); err != nil {
			return err
		}
	} else {
		a.checkGrid(r)
	}
	wrong := 0
	for _, p := range r.Points {
		if !p.OK {
			wrong++
		}
	}
	switch {
	case r.OK:
		return nil
	case r.Points[0].Point == "":
		return coded(exitVerify, "", "these types cannot be combined")
	}
	return coded(exitVerify, "", "%s of %s cannot be as told", count(wrong, "point"), number(len(r.Points)))
}

func (a *app) checkGrid(r checkReport) {
	g := newGrid(column{"POINT", wrap}, column{"TYPES", wrap}, column{"FINDING", wrap})
	for _, p := range r.Points {
		name, types := p.Point, typeNames(p.Types)
		if name == "" {
			name = "(asked)"
		}
		lines := []string{}
		for _, i := range p.Issues {
			text := i.Text + " (" + i.Source + ")"
			if i.Doubt != "" {
				text += "; but " + i.Doubt
			}
			if i.Code == distribute.IssueNote {
				text = "note: " + text
			}
			lines = append(lines, text)
		}
		for n, way := range p.Ways {
			lead := "to mend it: "
			if n > 0 {
				lead = "or: "
			}
			lines = append(lines, lead+way.String())
		}
		switch {
		case p.OK && len(p.Types) == 0:
			lines = append([]string{"no types are told"}, lines...)
		case p.OK:
			lines = append([]string{"ok"}, lines...)
		}
		for n, l := range lines {
			if n > 0 {
				name, types = "", ""
			}
			if !a.flags.quiet || !p.OK {
				if !p.OK {
					l = "- " + l
				}
				g.add(name, types, l)
			}
		}
	}
	a.renderAny(g)
}

func typeNames(ts []distribute.Type) string {
	words := make([]string, len(ts))
	for i, t := range ts {
		words[i] = string(t)
	}
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(words, " ")
}

// compatibilityTable is the shape of "points check --table --json".
type compatibilityTable struct {
	Types []compatibilityRow `json:"table"`
}

type compatibilityRow struct {
	Type  distribute.Type            `json:"type"`
	Title string                     `json:"title"`
	Cells map[distribute.Type]string `json:"cells"`
}

// printCompatibility prints the table in as few columns as it can: it must fit a terminal of 80.
func (a *app) printCompatibility() error {
	ts := distribute.Types()
	var t compatibilityTable
	columns := []column{{"", fixed}}
	for i, x := range ts {
		columns = append(columns, column{fmt.Sprint(i + 1), fixed})
		row := compatibilityRow{Type: x, Title: x.Title(), Cells: map[distribute.Type]string{}}
		for _, y := range ts {
			row.Cells[y] = distribute.Cell(x, y)
		}
		t.Types = append(t.Types, row)
	}
	if a.flags.json {
		return a.out.json(t)
	}
	short := map[string]string{"Yes": "yes", "No": "no", "Required": "req", "N/A": "-"}
	g := newGrid(columns...)
	for i, row := range t.Types {
		cells := []string{fmt.Sprintf("%2d %s", i+1, row.Title)}
		for _, y := range ts {
			cells = append(cells, short[row.Cells[y]])
		}
		g.add(cells...)
	}
	a.render(g)
	a.out.printf("\nreq: required, in one direction: mobile and internet require bits, bits requires neither.\n")
	a.out.printf("Standard with streaming requires bits too, which the table does not say.\n")
	return nil
}
