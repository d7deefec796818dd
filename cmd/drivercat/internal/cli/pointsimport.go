package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/distribute"
)

func newPointsImport(a *app) *cobra.Command {
	dryRun := false
	cmd := &cobra.Command{
		Use:   "import FILE.csv",
		Short: "Read points and groups from an export of ConfigMgr",
		Long: `Read points and groups from an export of ConfigMgr, as one of these writes it, or from a list of your own:

  Get-CMDistributionPointInfo | Export-Csv points.csv
  Get-CimInstance -Namespace root\SMS\site_S01 SMS_DistributionPointInfo | Export-Csv points.csv

Columns are known by their headings, in any order: ServerName, Name, NetworkOSPath or NALPath name the point; SiteCode, IsPXE,
IsProtected, IsPullDP, BitsEnabled, IsPeerDP, IsMulticast, IsFileStreaming, InternetFacing and ResourceType are read, and in lists of
your own Share, Types, Boundaries, Address, ADSite and Group. The text may be UTF-8, UTF-16 or Windows-1252, with commas,
semicolons or tabs. What the file says nothing of stays as it was known; points that it does not name stay.

A row that cannot be read is told with its line and makes the exit code 3; the others are kept. "-" reads standard input.`,
		Example: `  drivercat points import samples/points/points.csv
  drivercat points import samples/points/points.csv --dry-run --json`,
		Args: wants("file", 1, 1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"csv", "CSV", "txt"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runPointsImport(cmd.Context(), cmd.InOrStdin(), args[0], dryRun)
		},
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "say what would be kept")
	return cmd
}

// importPointsReport is the shape of "points import --json".
type importPointsReport struct {
	DryRun   bool                       `json:"dryRun"`
	File     string                     `json:"file"`
	Points   []importedPoint            `json:"points"`
	Groups   []string                   `json:"newGroups"`
	Problems []distribute.ExportProblem `json:"problems"`
	Unused   []string                   `json:"unusedColumns"`
}

// importedPoint is what became of a row.
type importedPoint struct {
	Line   int      `json:"line"`
	State  string   `json:"state"` // new, changed or same
	Joined []string `json:"joined"`
	pointRow
}

func readExport(stdin io.Reader, name string) ([]byte, error) {
	const hint = "export the points with \"Get-CMDistributionPointInfo | Export-Csv points.csv\""
	if name == "-" {
		b, err := io.ReadAll(io.LimitReader(stdin, distribute.MaxExport+1))
		if err != nil {
			return nil, failed("", "standard input: %s", fileError(err))
		}
		return b, nil
	}
	st, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, failed(hint, "%s: %s", name, fileError(err))
	case st.IsDir():
		return nil, failed("name the file in it", "%s is a folder", name)
	case st.Size() > distribute.MaxExport:
		return nil, failed("", "%s has %s; an export has a few kilobytes for each point", name, size(st.Size()))
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, failed(hintUnreadable, "%s: %s", name, fileError(err))
	}
	return b, nil
}

func (a *app) runPointsImport(ctx context.Context, stdin io.Reader, name string, dryRun bool) error {
	a.whenInterrupted = "points that were read before are kept; run it again"
	raw, err := readExport(stdin, name)
	if err != nil {
		return err
	}
	e, err := distribute.ParseExport(raw)
	if err != nil {
		hint := ""
		if errors.Is(err, distribute.ErrNoExport) {
			hint = "\"drivercat points import --help\" tells which columns are read"
		}
		return failed(hint, "%s: %s", name, strings.TrimPrefix(err.Error(), "distribute: "))
	}
	store, w, done, err := a.changePoints(ctx, dryRun)
	if err != nil {
		return err
	}
	defer done()
	rep := importPointsReport{DryRun: dryRun, File: name, Points: []importedPoint{}, Groups: []string{}, Problems: e.Problems, Unused: orEmpty(e.Unused)}
	points, groups := a.mergeExport(w, e, &rep)
	if !dryRun {
		for _, p := range points {
			if err := store.PutPoint(ctx, p); err != nil {
				return err
			}
		}
		for _, g := range groups {
			if err := store.PutPointGroup(ctx, g); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(rep.Problems, func(a, b distribute.ExportProblem) int { return cmp.Compare(a.Line, b.Line) })
	rep.Problems = orEmpty(rep.Problems)
	return a.printPointsImport(rep)
}

// mergeExport puts the rows of an export over what is known: it gives the points and groups that change.
func (a *app) mergeExport(w *distribute.World, e *distribute.Export, rep *importPointsReport) (points []catalog.Point, groups []catalog.PointGroup) {
	now := a.env.Now().UTC()
	changed := map[string]catalog.PointGroup{} // by name, lower case
	for _, r := range e.Rows {
		old, known := pointNamed(w.Points, r.Point.Name)
		if !known {
			old.Added = now
		}
		p := r.Merge(old)
		var err error
		if p.Share, err = a.pointShare(p.Share); err != nil {
			rep.Problems = append(rep.Problems, distribute.ExportProblem{Line: r.Line, Text: message(err)})
			continue
		}
		row := importedPoint{Line: r.Line, State: "new", Joined: []string{}}
		switch {
		case known && samePoint(old, p):
			p, row.State = old, "same"
		case known:
			p.Name, row.State = old.Name, "changed"
		}
		if row.State != "same" {
			points = append(points, p)
		}
		for _, name := range r.Groups {
			g, ok := changed[strings.ToLower(name)]
			if !ok {
				if g, ok = groupNamed(w.Groups, name); !ok {
					g = catalog.PointGroup{Name: name}
					rep.Groups = append(rep.Groups, name)
				}
			}
			before := len(g.Members)
			if g = joined(g, p.Name, now); len(g.Members) > before {
				row.Joined = append(row.Joined, g.Name)
				changed[strings.ToLower(name)] = g
			}
		}
		row.pointRow = rowOf(w, p)
		row.Groups = append(row.Groups, row.Joined...)
		slices.Sort(row.Groups)
		rep.Points = append(rep.Points, row)
	}
	for _, g := range changed {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b catalog.PointGroup) int { return strings.Compare(a.Name, b.Name) })
	return points, groups
}

func (a *app) printPointsImport(r importPointsReport) error {
	if len(r.Unused) > 0 {
		a.err.say("%s: %s not used: %s", r.File, count(len(r.Unused), "column"), strings.Join(r.Unused, ", "))
	}
	for _, p := range r.Problems {
		a.err.warn("", "%s:%d: %s", r.File, p.Line, p.Text)
	}
	skipped := []distribute.SkippedPoint{}
	states := map[string]int{}
	for _, p := range r.Points {
		states[p.State]++
		if p.Skipped != "" {
			skipped = append(skipped, distribute.SkippedPoint{Point: p.Name, Why: p.Skipped})
		}
	}
	a.tellSkipped(skipped)
	if a.flags.json {
		if err := a.out.json(r); err != nil {
			return err
		}
	} else if !a.flags.quiet {
		g := newGrid(column{"LINE", digits}, column{"POINT", wrap}, column{"STATE", fixed}, column{"SITE", fixed}, column{"TYPES", wrap | spare}, column{"PROPERTIES", wrap}, column{"JOINS", wrap | spare})
		for _, p := range r.Points {
			g.add(number(p.Line), p.Name, p.State, cmp.Or(p.Site, "-"), cmp.Or(strings.Join(p.Types, " "), "-"), cmp.Or(p.flags(), "-"), cmp.Or(strings.Join(p.Joined, ", "), "-"))
		}
		a.renderAny(g)
		kept := "kept"
		if r.DryRun {
			kept = "would be kept"
		}
		a.err.say("%s %s: %s new, %s changed, %s as before", count(len(r.Points), "point"), kept, number(states["new"]), number(states["changed"]), number(states["same"]))
	}
	switch {
	case len(r.Problems) > 0:
		return coded(exitPartial, "", "%s of %s left out", count(len(r.Problems), "row"), r.File)
	case len(r.Points) == 0:
		return coded(exitNothing, "", "%s lists no points", r.File)
	}
	return nil
}
