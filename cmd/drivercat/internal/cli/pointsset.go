package cli

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/distribute"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree/smb/login"
)

// none clears a property that is a text or a list.
const none = "none"

type pointOptions struct {
	names      []string
	share      string
	nal        string
	types      []string
	site       string
	adSite     string
	address    string
	boundaries []string
	groups     []string
	protected  bool
	pxe        bool
	pull       bool
	cloud      bool
	dryRun     bool

	given func(flag string) bool
}

// register makes the flags that say what a point is.
func (o *pointOptions) register(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.share, "share", "", "the Drivers share there, `ROOT`: drivercat looks into it and may bring packages there")
	f.StringSliceVar(&o.types, "type", nil, "its `TYPES` in ConfigMgr 2007, with commas between them")
	f.StringVar(&o.site, "site", "", "its site's `CODE`")
	f.StringSliceVar(&o.boundaries, "boundary", nil, "a `PART` of the network: 10.1.0.0/16, 10.1.0.5-10.1.0.90 or ad:SITE, slow: in front of a slow one; may be repeated")
	f.StringVar(&o.address, "address", "", "the server's own address, `IP/LENGTH` of its subnet")
	f.StringVar(&o.adSite, "ad-site", "", "the Active Directory `SITE` that the server stands in")
	f.StringVar(&o.nal, "nal", "", "its NAL `PATH`, as ConfigMgr exports it")
	f.BoolVar(&o.protected, "protected", false, "only clients inside its boundaries use it (2007)")
	f.BoolVar(&o.pxe, "pxe", false, "it answers computers that start from the network; in ConfigMgr 2007 that makes it no target")
	f.BoolVar(&o.pull, "pull", false, "it fetches packages from another point (current branch)")
	f.BoolVar(&o.cloud, "cloud", false, "it is a cloud service (current branch)")
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "say what would be kept")
	mustComplete(cmd, "share", completeFolders)
	mustComplete(cmd, "type", completeTypes)
	mustComplete(cmd, "site", a.completeSites)
	o.given = func(flag string) bool { return cmd.Flags().Changed(flag) }
}

// completeTypes completes the last of a list of types.
func completeTypes(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	i := strings.LastIndex(typed, ",") + 1
	var words []string
	for _, t := range distribute.Types() {
		words = append(words, typed[:i]+string(t)+"\t"+t.Title())
	}
	return matching(words, typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func newPointsAdd(a *app) *cobra.Command {
	var o pointOptions
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a point",
		Long: `Add a distribution point. NAME is its server's name, as ConfigMgr shows it; a point on a share of a server is SERVER\SHARE.

The types are those of ConfigMgr 2007: server, server-share, branch, standard, bits, protected, mobile, internet, streaming, multicast.
"points check" tells which of them cannot be combined. A PXE share is kept and never a target.`,
		Example: `  drivercat points add DP7 --site S01 --type server,standard,bits --boundary 10.7.0.0/16 --address 10.7.0.5/24
  drivercat points add DP8 --site S01 --protected --boundary ad:Bonn --share '\\DP8\Drivers' --dry-run`,
		Args:              wants("point", 1, 1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.names = args
			return a.runPointsAdd(cmd.Context(), o)
		},
	}
	o.register(a, cmd)
	cmd.Flags().StringSliceVar(&o.groups, "group", nil, "also let it join these `GROUPS`")
	mustComplete(cmd, "group", a.completeGroups)
	return cmd
}

func newPointsSet(a *app) *cobra.Command {
	var o pointOptions
	cmd := &cobra.Command{
		Use:   "set NAME...",
		Short: "Change what is known of points",
		Long: `Change what is known of points. Only what is given changes; a list replaces the one before, and the word "none" empties a text or a
list: --boundary none. A flag is taken away with --protected=false.`,
		Example: `  drivercat points set DP1.corp.example --type server,standard,bits,streaming
  drivercat points set DP1.corp.example --boundary none --protected=false --dry-run`,
		Args:              wants("point", 1, -1),
		ValidArgsFunction: a.completePoints,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.names = args
			return a.runPointsSet(cmd.Context(), o)
		},
	}
	o.register(a, cmd)
	return cmd
}

// pointFlags are the flags that say what a point is.
func pointFlags() []string {
	return []string{"share", "type", "site", "boundary", "address", "ad-site", "nal", "protected", "pxe", "pull", "cloud"}
}

// apply puts what is given into a point.
func (o *pointOptions) apply(a *app, p *catalog.Point) error {
	for _, t := range []struct {
		flag, value string
		to          *string
	}{{"share", o.share, &p.Share}, {"site", o.site, &p.Site}, {"ad-site", o.adSite, &p.ADSite}, {"nal", o.nal, &p.NAL}, {"address", o.address, &p.Address}} {
		if !o.given(t.flag) {
			continue
		}
		v := strings.TrimSpace(t.value)
		switch {
		case v == "":
			return usageError("--"+t.flag+" none empties it", "--%s is empty", t.flag)
		case strings.EqualFold(v, none):
			v = ""
		}
		*t.to = v
	}
	p.Site = strings.ToUpper(p.Site)
	for flag, b := range map[string]struct{ value, to *bool }{"protected": {&o.protected, &p.Protected}, "pxe": {&o.pxe, &p.PXE}, "pull": {&o.pull, &p.Pull}, "cloud": {&o.cloud, &p.Cloud}} {
		if o.given(flag) {
			*b.to = *b.value
		}
	}
	if err := o.applyLists(p); err != nil {
		return err
	}
	if o.given("address") && p.Address != "" {
		addr, subnet, err := distribute.ParseAddress(p.Address)
		if err != nil {
			return wrong(err, "write it as 10.1.2.3/24")
		}
		p.Address = distribute.FormatAddress(addr, subnet)
	}
	var err error
	p.Share, err = a.pointShare(p.Share)
	return err
}

func (o *pointOptions) applyLists(p *catalog.Point) error {
	if o.given("type") {
		if len(o.types) == 0 {
			return usageError("--type none empties it", "--type is empty")
		}
		if len(o.types) == 1 && strings.EqualFold(o.types[0], none) {
			o.types = nil
		}
		ts, err := distribute.ParseTypes(o.types)
		if err != nil {
			var all []string
			for _, t := range distribute.Types() {
				all = append(all, string(t))
			}
			return wrong(err, "the types are "+strings.Join(all, ", "))
		}
		if slices.Contains(ts, distribute.Protected) && o.given("protected") && !o.protected {
			return usageError("leave one of them away", "--type says protected and --protected=false says it is not")
		}
		distribute.SetTypes(p, ts)
	}
	if o.given("boundary") {
		if len(o.boundaries) == 0 {
			return usageError("--boundary none empties it", "--boundary is empty")
		}
		p.Boundaries = []string{}
		if len(o.boundaries) == 1 && strings.EqualFold(o.boundaries[0], none) {
			return nil
		}
		for _, text := range o.boundaries {
			b, err := distribute.ParseBoundary(text)
			if err != nil {
				return wrong(err, "")
			}
			if s := b.String(); !slices.Contains(p.Boundaries, s) {
				p.Boundaries = append(p.Boundaries, s)
			}
		}
	}
	return nil
}

// wrong is a value on the command line that a parser of distribute refuses.
func wrong(err error, hint string) error {
	return usageError(hint, "%s", strings.TrimPrefix(err.Error(), "distribute: "))
}

// pointShare is a point's share as it is kept: a folder by its whole path, so that it means the same from everywhere. It
// refuses a share that cannot be one of Drivers, except a PXE share: such a point is kept to be skipped. A password would be
// kept in the catalog for everybody to read.
func (a *app) pointShare(share string) (string, error) {
	if share == "" {
		return "", nil
	}
	if shown := login.Redact(share); shown != share {
		return "", usageError(adviceNoPasswordInAddress, "share %s: a password is never kept in the catalog", shown)
	}
	var e *layout.ShareError
	if errors.As(layout.CheckShare(share), &e) {
		if e.PXE {
			return share, nil
		}
		return "", e
	}
	_, remote, err := a.address(share)
	switch {
	case err != nil:
		return "", usageError(`write it as \\server\share\folder or smb://server/share/folder`, "share %s: %w", share, err)
	case remote || isURL(share) || len(share) > 1 && share[1] == ':':
		return share, nil
	}
	abs, err := filepath.Abs(share)
	if err != nil {
		return "", failed("", "share %s: %s", share, fileError(err))
	}
	return abs, nil
}

// pointChange is the shape of "points add --json" and of each point of "points set --json".
type pointChange struct {
	DryRun bool   `json:"dryRun"`
	State  string `json:"state"` // new, changed or same
	pointRow
}

func (a *app) runPointsAdd(ctx context.Context, o pointOptions) error {
	a.whenInterrupted = "nothing was changed"
	p := catalog.Point{Name: o.names[0], Types: []string{}, Boundaries: []string{}, Added: a.env.Now().UTC()}
	if err := distribute.CheckName(p.Name); err != nil {
		return wrong(err, "")
	}
	if err := o.apply(a, &p); err != nil {
		return err
	}
	store, w, done, err := a.changePoints(ctx, o.dryRun)
	if err != nil {
		return err
	}
	defer done()
	var groups []catalog.PointGroup
	for _, name := range o.groups {
		g, ok := groupNamed(w.Groups, name)
		if !ok {
			return noGroup(name)
		}
		groups = append(groups, joined(g, p.Name, p.Added))
	}
	state := "new"
	if old, ok := pointNamed(w.Points, p.Name); ok {
		p.Added = old.Added
		if !samePoint(old, p) {
			return usageError("\"drivercat points set\" changes it", "there is a point %s already, and it is not the same", old.Name)
		}
		state = "same"
	}
	if !o.dryRun {
		if err := store.PutPoint(ctx, p); err != nil {
			return err
		}
		for _, g := range groups {
			if err := store.PutPointGroup(ctx, g); err != nil {
				return err
			}
		}
	}
	w = withPoint(w, p)
	for _, g := range groups {
		w = withGroup(w, g)
	}
	rep := pointChange{o.dryRun, state, rowOf(w, p)}
	a.warnOfPoint(w, p)
	if a.flags.json {
		return a.out.json(rep)
	}
	if !a.flags.quiet {
		a.printPoint(pointReport{pointRow: rep.pointRow})
	}
	return nil
}

// changePoints opens the catalog to change points, and makes it if it is new; with a dry run nothing is made.
func (a *app) changePoints(ctx context.Context, dryRun bool) (catalog.Store, *distribute.World, func(), error) {
	open := a.makeCatalog
	if dryRun {
		if a.missingCatalog() {
			return nil, &distribute.World{Generation: a.generation()}, func() {}, nil
		}
		open = a.openCatalog
	}
	store, err := open(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	w, err := a.pointWorld(ctx, store)
	if err != nil {
		store.Close()
		return nil, nil, nil, err
	}
	return store, w, func() { store.Close() }, nil
}

// samePoint reports whether two records say the same of a point.
func samePoint(a, b catalog.Point) bool {
	a.Types, a.Boundaries, b.Types, b.Boundaries = orEmpty(a.Types), orEmpty(a.Boundaries), orEmpty(b.Types), orEmpty(b.Boundaries)
	a.Added = b.Added
	return reflect.DeepEqual(a, b)
}

// withPoint is the world as it is after a point was put.
func withPoint(w *distribute.World, p catalog.Point) *distribute.World {
	n := &distribute.World{Generation: w.Generation, Groups: w.Groups, Sendings: w.Sendings, Holdings: w.Holdings, Packages: w.Packages}
	n.Points = append(slices.DeleteFunc(slices.Clone(w.Points), func(o catalog.Point) bool { return strings.EqualFold(o.Name, p.Name) }), p)
	return n
}

// withGroup is the world as it is after a group was put.
func withGroup(w *distribute.World, g catalog.PointGroup) *distribute.World {
	n := &distribute.World{Generation: w.Generation, Points: w.Points, Sendings: w.Sendings, Holdings: w.Holdings, Packages: w.Packages}
	n.Groups = append(slices.DeleteFunc(slices.Clone(w.Groups), func(o catalog.PointGroup) bool { return strings.EqualFold(o.Name, g.Name) }), g)
	return n
}

// warnOfPoint tells what is odd about a point that is kept all the same.
func (a *app) warnOfPoint(w *distribute.World, p catalog.Point) {
	if why := distribute.Skipped(p, w.Generation); why != "" {
		a.err.warn("it is kept so that it can be told from the others", "%s: %s", p.Name, why)
		return
	}
	c := distribute.Combine(distribute.TypesOf(p))
	for _, i := range c.Issues {
		if i.Code != distribute.IssueNote {
			a.err.warn("\"drivercat points check\" tells what would have to change", "%s: %s", p.Name, i.Text)
		}
	}
	if p.Protected && len(p.Boundaries) == 0 && w.Generation == distribute.Generation2007 {
		a.err.warn("give them with --boundary", "%s is protected and has no boundaries: no client uses it", p.Name)
	}
	if p.Share != "" {
		for _, warning := range layout.ShareWarnings(p.Share) {
			a.err.warn("", "%s: %s", p.Name, warning.Text)
		}
	}
}

func (a *app) runPointsSet(ctx context.Context, o pointOptions) error {
	a.whenInterrupted = "nothing was changed"
	if !slices.ContainsFunc(pointFlags(), o.given) {
		return usageError("give --"+strings.Join(pointFlags(), ", --"), "nothing to change is given")
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
	rows := []pointChange{}
	var changed []catalog.Point
	for _, name := range o.names {
		p, ok := pointNamed(w.Points, name)
		if !ok {
			return noPoint(name)
		}
		old := p
		if err := o.apply(a, &p); err != nil {
			return err
		}
		state := "same"
		if !samePoint(old, p) {
			state = "changed"
			changed = append(changed, p)
		}
		rows = append(rows, pointChange{o.dryRun, state, rowOf(withPoint(w, p), p)})
	}
	for _, p := range changed {
		a.warnOfPoint(w, p)
		if !o.dryRun {
			if err := store.PutPoint(ctx, p); err != nil {
				return err
			}
			a.whenInterrupted = "some of the points were changed"
		}
	}
	if a.flags.json {
		return a.out.json(map[string]any{"points": rows})
	}
	for i, r := range rows {
		if a.flags.quiet {
			break
		}
		if i > 0 {
			a.out.printf("\n")
		}
		a.printPoint(pointReport{pointRow: r.pointRow})
		if r.State == "same" {
			a.err.say("%s was so already", r.Name)
		}
	}
	return nil
}

func newPointsRemove(a *app) *cobra.Command {
	dryRun := false
	cmd := &cobra.Command{
		Use:   "remove NAME...",
		Short: "Remove points, with what was recorded of them",
		Long: `Remove points from the catalog: from all groups too, with what was sent to them and what they hold. Nothing is changed at the
point itself or in ConfigMgr.`,
		Example: `  drivercat points remove DP2.corp.example --dry-run
  drivercat points remove DP1.corp.example DP2.corp.example --dry-run --json`,
		Args:              wants("point", 1, -1),
		ValidArgsFunction: a.completePoints,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runPointsRemove(cmd.Context(), args, dryRun)
		},
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "say what would be removed")
	return cmd
}

// removedPoint is a row of "points remove --json".
type removedPoint struct {
	Point    string   `json:"point"`
	Groups   []string `json:"groups"`
	Sendings int      `json:"sendings"`
	Holdings int      `json:"holdings"`
}

func (a *app) runPointsRemove(ctx context.Context, names []string, dryRun bool) error {
	a.whenInterrupted = "run it again with the points that are left"
	store, err := a.openCatalogFor(ctx, dryRun)
	if err != nil {
		return err
	}
	defer store.Close()
	w, err := a.pointWorld(ctx, store)
	if err != nil {
		return err
	}
	rows := []removedPoint{}
	for _, name := range names {
		p, ok := pointNamed(w.Points, name)
		if !ok {
			return noPoint(name)
		}
		row := removedPoint{Point: p.Name, Groups: w.GroupsOf(p.Name)}
		for _, n := range w.Sendings {
			if strings.EqualFold(n.Point, p.Name) {
				row.Sendings++
			}
		}
		for _, h := range w.Holdings {
			if strings.EqualFold(h.Point, p.Name) {
				row.Holdings++
			}
		}
		if !slices.ContainsFunc(rows, func(r removedPoint) bool { return r.Point == p.Name }) {
			rows = append(rows, row)
		}
	}
	for _, r := range rows {
		if dryRun {
			break
		}
		if err := store.DeletePoint(ctx, r.Point); err != nil {
			return err
		}
	}
	if a.flags.json {
		return a.out.json(map[string]any{"dryRun": dryRun, "removed": rows})
	}
	for _, r := range rows {
		verb := "removed"
		if dryRun {
			verb = "would be removed"
		}
		text := ""
		if len(r.Groups) > 0 {
			text = ", also from " + strings.Join(r.Groups, ", ")
		}
		a.err.say("%s %s%s; %s and %s forgotten", r.Point, verb, text, count(r.Sendings, "sending"), count(r.Holdings, "holding"))
	}
	return nil
}
