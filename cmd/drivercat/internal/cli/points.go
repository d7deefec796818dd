package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/distribute"
)

// newPoints is the noun for distribution points and groups of them.
func newPoints(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "points SUB-VERB",
		Short: "Keep distribution points and groups, and see what each should hold",
		Long: `Keep distribution points and groups of points: what they are, what was sent to them, and what each should hold.

drivercat does not talk to a ConfigMgr site: points are told by hand or read from an export, and "points send" records what was
sent. Points and groups mean different things in ConfigMgr 2007 and in the current branch; the setting "generation" says which
one the site runs. A PXE share is never a target: it is kept, skipped always, and named every time.`,
		Example: `  drivercat points import samples/points/points.csv
  drivercat points list`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownSub(cmd, args[0])
		},
	}
	subVerbs(cmd,
		newPointsList(a), newPointsShow(a), newPointsAdd(a), newPointsSet(a), newPointsRemove(a), newPointsImport(a), newPointsGroup(a),
		newPointsCheck(a), newPointsChoose(a), newPointsSend(a), newPointsDrift(a), newPointsPlan(a),
	)
	return cmd
}

// subVerbs puts verbs below a noun.
func subVerbs(noun *cobra.Command, verbs ...*cobra.Command) {
	const group = "sub"
	noun.AddGroup(&cobra.Group{ID: group, Title: "Sub-verbs:"})
	for _, c := range verbs {
		c.GroupID = group
		c.Flags().SortFlags = false
		noun.AddCommand(c)
	}
}

// unknownSub suggests what may have been meant.
func unknownSub(cmd *cobra.Command, name string) error {
	hint := `see "` + cmd.CommandPath() + ` --help"`
	cmd.SuggestionsMinimumDistance = 2
	if s := cmd.SuggestionsFor(name); len(s) > 0 {
		hint = "did you mean " + quoteAny(s) + "?"
	}
	return usageError(hint, "%s has no sub-verb %s", cmd.Name(), quote(name))
}

// generation is which ConfigMgr the site runs; prepare has checked it.
func (a *app) generation() distribute.Generation {
	return distribute.Generation(a.set.values[keyGeneration].Value)
}

// pointWorld reads all that the catalog holds of points.
func (a *app) pointWorld(ctx context.Context, r catalog.Reader) (w *distribute.World, err error) {
	w = &distribute.World{Generation: a.generation()}
	if w.Points, err = r.Points(ctx); err != nil {
		return nil, err
	}
	if w.Groups, err = r.PointGroups(ctx); err != nil {
		return nil, err
	}
	if w.Sendings, err = r.Sendings(ctx, ""); err != nil {
		return nil, err
	}
	if w.Holdings, err = r.Holdings(ctx, ""); err != nil {
		return nil, err
	}
	w.Packages, err = r.Packages(ctx, catalog.PackageFilter{})
	return w, err
}

func pointNamed(points []catalog.Point, name string) (catalog.Point, bool) {
	i := slices.IndexFunc(points, func(p catalog.Point) bool { return strings.EqualFold(p.Name, name) })
	if i < 0 {
		return catalog.Point{}, false
	}
	return points[i], true
}

func groupNamed(groups []catalog.PointGroup, name string) (catalog.PointGroup, bool) {
	i := slices.IndexFunc(groups, func(g catalog.PointGroup) bool { return strings.EqualFold(g.Name, name) })
	if i < 0 {
		return catalog.PointGroup{}, false
	}
	return groups[i], true
}

func noPoint(name string) error {
	return coded(exitNothing, "\"drivercat points list\" shows the points, \"drivercat points add\" adds one", "no point is called \"%s\"", name)
}

func noGroup(name string) error {
	return coded(exitNothing, "\"drivercat points group list\" shows the groups, \"drivercat points group add\" adds one", "no group of points is called \"%s\"", name)
}

// destination is a point or a group that a word names.
type destination struct {
	point catalog.Point
	group *catalog.PointGroup // nil if it is a point
}

// destinationNamed finds the point or group that a word names.
func destinationNamed(w *distribute.World, word string) (destination, error) {
	asPoint, isPoint := strings.CutPrefix(word, distribute.PointMark)
	asGroup, isGroup := strings.CutPrefix(word, distribute.GroupMark)
	p, point := pointNamed(w.Points, asPoint)
	g, group := groupNamed(w.Groups, asGroup)
	point, group = point && !isGroup, group && !isPoint
	switch {
	case point && group:
		return destination{}, usageError("say point:"+p.Name+" or group:"+g.Name, "\"%s\" is both a point and a group", word)
	case point:
		return destination{point: p}, nil
	case group:
		return destination{group: &g}, nil
	case isPoint:
		return destination{}, noPoint(asPoint)
	case isGroup:
		return destination{}, noGroup(asGroup)
	}
	return destination{}, coded(exitNothing, "\"drivercat points list\" and \"drivercat points group list\" show what there is", "no point or group is called \"%s\"", word)
}

// pointsMeant are the points that words name, themselves or as members of a group; all if there are no words.
func pointsMeant(w *distribute.World, words []string) ([]catalog.Point, error) {
	if len(words) == 0 {
		return w.Points, nil
	}
	meant := map[string]bool{}
	for _, word := range words {
		d, err := destinationNamed(w, word)
		if err != nil {
			return nil, err
		}
		if d.group == nil {
			meant[d.point.Name] = true
			continue
		}
		for _, m := range d.group.Members {
			meant[m.Point] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(w.Points), func(p catalog.Point) bool { return !meant[p.Name] }), nil
}

// tellSkipped names the points that are left out of everything. It is said even with --quiet: nobody should miss it.
func (a *app) tellSkipped(skipped []distribute.SkippedPoint) {
	for _, s := range skipped {
		a.err.warn("", "%s is skipped: %s", s.Point, s.Why)
	}
}

// pointRow is a point in "points list --json" and "points show --json".
type pointRow struct {
	catalog.Point
	Groups  []string `json:"groups"`
	Skipped string   `json:"skipped"` // why it is never a target, "" if it may be one
}

func rowOf(w *distribute.World, p catalog.Point) pointRow {
	p.Types, p.Boundaries = orEmpty(p.Types), orEmpty(p.Boundaries)
	return pointRow{p, w.GroupsOf(p.Name), distribute.Skipped(p, w.Generation)}
}

// flags are a point's properties in a table.
func (r pointRow) flags() string {
	var words []string
	for _, f := range []struct {
		on   bool
		word string
	}{{r.Protected, "protected"}, {r.Pull, "pull"}, {r.Cloud, "cloud"}, {r.Skipped != "", "PXE, never a target"}, {r.PXE && r.Skipped == "", "PXE"}} {
		if f.on {
			words = append(words, f.word)
		}
	}
	return strings.Join(words, ", ")
}

func newPointsList(a *app) *cobra.Command {
	var site, group string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the points",
		Example: `  drivercat points list
  drivercat points list --site S01 --json`,
		Args:              wants("", 0, 0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.runPointsList(cmd.Context(), site, group)
		},
	}
	cmd.Flags().StringVar(&site, "site", "", "only points of this `SITE`")
	cmd.Flags().StringVar(&group, "group", "", "only members of this `GROUP`")
	mustComplete(cmd, "site", a.completeSites)
	mustComplete(cmd, "group", a.completeGroups)
	return cmd
}

func (a *app) runPointsList(ctx context.Context, site, group string) error {
	store, err := a.openCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	w, err := a.pointWorld(ctx, store)
	if err != nil {
		return err
	}
	if _, ok := groupNamed(w.Groups, group); group != "" && !ok {
		return noGroup(group)
	}
	rows := []pointRow{}
	for _, p := range w.Points {
		r := rowOf(w, p)
		in := slices.ContainsFunc(r.Groups, func(g string) bool { return strings.EqualFold(g, group) })
		if (site == "" || strings.EqualFold(p.Site, site)) && (group == "" || in) {
			rows = append(rows, r)
		}
	}
	if a.flags.json {
		return a.out.json(map[string]any{"points": rows})
	}
	g := newGrid(column{"POINT", wrap}, column{"SITE", fixed}, column{"TYPES", wrap | spare}, column{"PROPERTIES", wrap}, column{"GROUPS", wrap | spare}, column{"SHARE", wrap | spare})
	for _, r := range rows {
		g.add(r.Name, cmp.Or(r.Site, "-"), cmp.Or(strings.Join(r.Types, " "), "-"), cmp.Or(r.flags(), "-"), cmp.Or(strings.Join(r.Groups, ", "), "-"), cmp.Or(r.Share, "-"))
	}
	a.renderAny(g)
	if len(rows) == 0 {
		a.err.say("no points")
	}
	return nil
}

func newPointsShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME",
		Short: "Show all about a point: its types, groups, and the packages that it should hold",
		Example: `  drivercat points show DP1.corp.example
  drivercat points show DP1.corp.example --json`,
		Args:              wants("point", 1, 1),
		ValidArgsFunction: a.firstArg(a.completePoints),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runPointsShow(cmd.Context(), args[0])
		},
	}
}

// pointReport is the shape of "points show --json".
type pointReport struct {
	pointRow
	Packages []pointPackage `json:"packages"`
}

// pointPackage is a package that a point should hold or holds, by the catalog's records.
type pointPackage struct {
	Folder    string `json:"folder"`
	Sent      int    `json:"sent"`      // version that was sent there last, 0 for none
	Holds     int    `json:"holds"`     // version, 0 for none
	By        string `json:"by"`        // how that is known
	Published int    `json:"published"` // version, 0 if the catalog has no such package
}

func (a *app) runPointsShow(ctx context.Context, name string) error {
	store, err := a.openCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	w, err := a.pointWorld(ctx, store)
	if err != nil {
		return err
	}
	p, ok := pointNamed(w.Points, name)
	if !ok {
		return noPoint(name)
	}
	rep := pointReport{pointRow: rowOf(w, p), Packages: []pointPackage{}}
	published := map[string]int{}
	var folders []string
	for _, k := range w.Packages {
		published[strings.ToLower(k.Folder)] = k.Version
		folders = append(folders, k.Folder)
	}
	for _, n := range w.Sendings {
		folders = append(folders, n.Folder)
	}
	for _, h := range w.Holdings {
		folders = append(folders, h.Folder)
	}
	seen := map[string]bool{}
	for _, f := range folders {
		low := strings.ToLower(f)
		row := pointPackage{Folder: f, Sent: w.Due(p, f), Published: published[low]}
		row.Holds, row.By = w.Recorded(p, f)
		if !seen[low] && row.Sent+row.Holds > 0 {
			rep.Packages = append(rep.Packages, row)
		}
		seen[low] = true
	}
	if a.flags.json {
		return a.out.json(rep)
	}
	a.printPoint(rep)
	return nil
}

func (a *app) printPoint(r pointReport) {
	a.facts("point", r.Name, "site", r.Site, "AD site", r.ADSite, "address", r.Address, "share", r.Share, "NAL path", r.NAL, "types", strings.Join(r.Types, ", "),
		"properties", r.flags(), "why", r.Skipped, "boundaries", strings.Join(r.Boundaries, ", "), "groups", strings.Join(r.Groups, ", "), "added", minute(r.Added))
	if len(r.Packages) == 0 {
		return
	}
	g := newGrid(column{"PACKAGE", wrap}, column{"SENT", digits}, column{"HOLDS", digits}, column{"KNOWN BY", fixed}, column{"PUBLISHED", digits})
	for _, p := range r.Packages {
		g.add(a.shortFolder(p.Folder), version(p.Sent), version(p.Holds), p.By, version(p.Published))
	}
	a.section("packages, by what was recorded", g)
}

// version is a package's version in a table.
func version(n int) string {
	if n == 0 {
		return "-"
	}
	return number(n)
}

// minute is a time for people.
func minute(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04")
}

// shortFolder is a package's folder without what all of them begin with.
func (a *app) shortFolder(folder string) string {
	root := a.layout().PackagesRoot() + "/"
	if len(folder) > len(root) && strings.EqualFold(folder[:len(root)], root) {
		return folder[len(root):]
	}
	return folder
}

// isFolder reports whether a word is a package's folder, whole or as tables show it.
func (a *app) isFolder(folder, word string) bool {
	word = strings.Trim(strings.ReplaceAll(word, `\`, "/"), "/")
	return strings.EqualFold(folder, word) || strings.EqualFold(a.shortFolder(folder), word)
}

func pointNames(ctx context.Context, r catalog.Reader) ([]string, error) {
	ps, err := r.Points(ctx)
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = strings.TrimRight(p.Name+"\t"+p.Site, "\t")
	}
	return out, err
}

func groupNames(ctx context.Context, r catalog.Reader) ([]string, error) {
	gs, err := r.PointGroups(ctx)
	out := make([]string, len(gs))
	for i, g := range gs {
		out[i] = fmt.Sprintf("%s\tgroup of %s", g.Name, count(len(g.Members), "point"))
	}
	return out, err
}

func siteNames(ctx context.Context, r catalog.Reader) ([]string, error) {
	ps, err := r.Points(ctx)
	var out []string
	for _, p := range ps {
		if p.Site != "" && !slices.Contains(out, p.Site) {
			out = append(out, p.Site)
		}
	}
	return out, err
}

func packageNames(ctx context.Context, r catalog.Reader) ([]string, error) {
	ps, err := r.Packages(ctx, catalog.PackageFilter{})
	var out []string
	for _, p := range ps {
		name := p.Model.Name + "\t" + p.Target.String()
		if i := slices.IndexFunc(out, func(o string) bool { return strings.HasPrefix(o, p.Model.Name+"\t") }); i >= 0 {
			out[i] += " " + p.Target.String()
			continue
		}
		out = append(out, name)
	}
	return out, err
}

func (a *app) completePoints(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return a.fromCatalog(cmd, typed, pointNames)
}

func (a *app) completeGroups(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return a.fromCatalog(cmd, typed, groupNames)
}

func (a *app) completeDestinations(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return a.fromCatalog(cmd, typed, pointNames, groupNames)
}

func (a *app) completeSites(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return a.fromCatalog(cmd, typed, siteNames)
}

func (a *app) completePublished(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return a.fromCatalog(cmd, typed, packageNames)
}

// publishedPackages are the packages that a word names: a model's, those for one target only if there is one, or the one
// with a folder. A package that the catalog has no record of is none.
func (a *app) publishedPackages(ctx context.Context, r catalog.Reader, word string, target catalog.Target) ([]catalog.Package, error) {
	things, err := a.lookUp(ctx, r, word)
	if err != nil {
		return nil, err
	}
	var out []catalog.Package
	model := ""
	for _, t := range things {
		switch t.kind {
		case kindModel:
			model = t.model.Name
			ps, err := r.Packages(ctx, catalog.PackageFilter{Model: t.model.Name, Target: target})
			if err != nil {
				return nil, err
			}
			out = append(out, ps...)
		case kindPackage:
			if target.OS == "" || t.pack.Target == target {
				out = append(out, t.pack)
			}
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case model != "":
		return nil, coded(exitNothing, "build one with \"drivercat build "+model+" --os OS\"", "%s has no published package that the catalog knows", model)
	}
	return nil, coded(exitNothing, "\"drivercat list packages\" shows the packages", "no model or package is called \"%s\"", word)
}
