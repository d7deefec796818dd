package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

type diffOptions struct {
	name     string // of a model, or a package's folder
	os, arch string
	old      int // 0 is the one before
	next     int // 0 is the present one
	planned  bool
	all      bool

	target catalog.Target // of os and arch
}

// diffReport is the shape of "diff --json".
type diffReport struct {
	Package string         `json:"package"`
	Model   catalog.Model  `json:"model"`
	Target  catalog.Target `json:"target"`
	Old     diffVersion    `json:"old"`
	New     diffVersion    `json:"new"`
	Same    bool           `json:"same"`
	*packager.Comparison
}

// diffVersion is one side of a comparison. Published is null if nobody knows.
type diffVersion struct {
	Version   int        `json:"version"`
	Planned   bool       `json:"planned,omitempty"` // what the next build would publish
	Published *time.Time `json:"published"`
	Drivers   int        `json:"drivers"`
	Files     int        `json:"files"`
	Bytes     int64      `json:"bytes"`
}

func newDiff(a *app) *cobra.Command {
	var o diffOptions
	cmd := &cobra.Command{
		Use:   "diff MODEL|FOLDER [OLD [NEW]]",
		Short: "Compare two versions of a package",
		Long: `Compare two versions of a package: drivers added, removed and updated, hardware IDs gained and lost, files added,
removed, changed, moved and renamed, and what bringing the change to a place that has the old version sends: in whole files,
and in chunks.

OLD and NEW are version numbers; without them the present version is compared with the one before, with OLD alone the
present version with that one. The catalog keeps the present version and the five before it. --planned compares
with what the next build would publish.`,
		Example: `  drivercat diff R61-8935CTO --share /srv/Drivers
  drivercat diff R61-8935CTO 1 --os xp --share /srv/Drivers
  drivercat diff R61-8935CTO --planned --share /srv/Drivers`,
		Args: func(cmd *cobra.Command, args []string) error { return o.arguments(cmd, args) },
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return a.completePackages(cmd, args, typed)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runDiff(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.os, "os", "", "the operating system, `OS`, if the model has packages for several")
	f.StringVar(&o.arch, "arch", "", "its `ARCH`itecture, if it is not the OS's usual one")
	f.BoolVar(&o.planned, "planned", false, "compare with what the next build would publish")
	f.BoolVar(&o.all, "all", false, "show every line of long lists")
	mustComplete(cmd, "os", completeOS)
	mustComplete(cmd, "arch", completeArch)
	return cmd
}

// arguments reads PACKAGE [OLD [NEW]].
func (o *diffOptions) arguments(cmd *cobra.Command, args []string) error {
	usage := "usage: " + cmd.UseLine()
	switch {
	case len(args) == 0:
		return usageError(usage, "no model or package folder is given")
	case len(args) > 3:
		return usageError(usage, "diff takes a package and two versions, and %s is given besides", quote(args[3]))
	case len(args) == 3 && o.planned:
		return usageError("leave NEW out", "--planned is the new version")
	}
	o.name = args[0]
	for i, into := range []*int{&o.old, &o.next} {
		if len(args) < i+2 {
			break
		}
		n, err := strconv.Atoi(args[i+1])
		if err != nil || n < 1 {
			return usageError(usage, "%s is no version: versions are numbers from 1", quote(args[i+1]))
		}
		*into = n
	}
	return nil
}

func (a *app) runDiff(ctx context.Context, o diffOptions) error {
	if o.os == "" && o.arch != "" {
		return usageError("add --os, as in --os win10", "--arch is given without --os")
	}
	if o.os != "" {
		var err error
		if o.target, err = target(o.os, o.arch); err != nil {
			return err
		}
	}
	store, err := a.openCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	// Versions are in the catalog; the share says which one is present. Without one the catalog is believed.
	var t tree.Tree
	if a.set.share() != "" {
		share, err := a.openShare(ctx, "diff")
		if err != nil {
			return err
		}
		defer share.Close()
		t = share
	}
	h, err := a.history(ctx, store, t, o.name, o.target)
	if err != nil {
		return err
	}
	old, next, err := a.sides(ctx, store, t, h, o)
	if err != nil {
		return err
	}
	records := &driverRecords{ctx: ctx, r: store}
	c := packager.CompareManifests(old.Manifest, next.Manifest, next.Manifest.Target, records.get)
	if records.err != nil {
		return records.err
	}
	meter := new(catalog.Meter)
	stop := a.progress(meter)
	err = c.Costs(ctx, old.Manifest, packager.CostOptions{Signatures: store.Signatures, Tree: t, Folder: h.Folder, Present: h.Present(), Meter: meter})
	stop()
	if err != nil {
		return err
	}
	rep := diffReport{Package: h.Folder, Model: next.Manifest.Model, Target: next.Manifest.Target, Old: sideOf(old, false), New: sideOf(next, o.planned), Same: c.Same(), Comparison: c}
	if a.flags.json {
		return a.out.json(rep)
	}
	a.printDiff(rep, o.all)
	return nil
}

func sideOf(v packager.HistoryVersion, planned bool) diffVersion {
	d := diffVersion{Version: v.Version, Planned: planned, Drivers: len(v.Manifest.Drivers), Files: len(v.Manifest.Files), Bytes: v.Manifest.Bytes()}
	if !v.Published.IsZero() {
		d.Published = &v.Published
	}
	return d
}

// driverRecords reads drivers; one that the catalog does not hold is nil.
type driverRecords struct {
	ctx context.Context
	r   catalog.Reader
	err error
}

func (d *driverRecords) get(h catalog.Hash) *catalog.Driver {
	if d.err != nil {
		return nil
	}
	rec, err := d.r.Driver(d.ctx, h.String())
	if err != nil && !errors.Is(err, catalog.ErrNotFound) {
		d.err = err
	}
	if err != nil {
		return nil
	}
	return rec
}

// history finds the package that is meant and what is known of its versions. t may be nil.
func (a *app) history(ctx context.Context, store catalog.Store, t tree.Tree, name string, want catalog.Target) (*packager.History, error) {
	recorded, err := store.Packages(ctx, catalog.PackageFilter{})
	if err != nil {
		return nil, err
	}
	folder, err := a.onePackage(ctx, t, recorded, name, want)
	if err != nil {
		return nil, err
	}
	kept, err := store.Versions(ctx, folder)
	if err != nil {
		return nil, err
	}
	h, err := packager.ReadHistory(ctx, t, kept, folder, packager.Recorded(recorded, folder))
	if err != nil {
		return nil, err
	}
	if len(h.Versions) == 0 {
		return nil, coded(exitNothing, "build it with \"drivercat build\"", "no version of %s is known%s", folder, because(h.Problem))
	}
	if h.Problem != "" {
		a.err.warn("\"drivercat verify\" tells more; the next \"drivercat build\" puts it right", "%s: %s; version %d from the catalog counts as the present one", folder, h.Problem, h.Versions[0].Version)
	}
	return h, nil
}

func because(problem string) string {
	if problem == "" {
		return ""
	}
	return ": " + problem
}

// onePackage finds the folder of the one package that a name means: of the catalog's packages and, with a tree, those on it.
func (a *app) onePackage(ctx context.Context, t tree.Tree, recorded []catalog.Package, name string, want catalog.Target) (string, error) {
	found := map[string]catalog.Target{}
	asModel := layout.Normalise(name)
	add := func(folder, model string, t catalog.Target) {
		if strings.EqualFold(model, asModel) && (want.OS == "" || t == want) || a.isFolder(folder, name) {
			found[folder] = t
		}
	}
	for _, p := range recorded {
		add(p.Folder, p.Model.Name, p.Target)
	}
	if t != nil {
		there, err := packager.Packages(ctx, t, a.layout())
		if err != nil {
			return "", err
		}
		for _, p := range there {
			add(p.Folder, p.Model, p.Target)
		}
	}
	folders := slices.Sorted(func(yield func(string) bool) {
		for f := range found {
			if !yield(f) {
				return
			}
		}
	})
	switch {
	case len(folders) == 1:
		return folders[0], nil
	case len(folders) > 1:
		return "", usageError("choose one with --os and --arch", "%s has several packages: %s", name, strings.Join(folders, ", "))
	case want.OS != "":
		return "", coded(exitNothing, "\"drivercat list packages\" shows the packages", "%s has no package for %s", quote(name), want.Title())
	}
	if t != nil {
		folder, err := a.namedFolder(t, name)
		if err == nil {
			return folder, nil
		}
	}
	return "", coded(exitNothing, "\"drivercat list packages\" shows the packages", "no package or model is called %s", quote(name))
}

// sides chooses the two versions.
func (a *app) sides(ctx context.Context, store catalog.Store, t tree.Tree, h *packager.History, o diffOptions) (old, next packager.HistoryVersion, err error) {
	find := func(n int) (packager.HistoryVersion, error) {
		v, ok := h.Find(n)
		if !ok {
			return v, coded(exitNothing, "", "version %d of %s is not kept; %s", n, h.Folder, keptVersions(h))
		}
		return v, nil
	}
	next = h.Versions[0]
	switch {
	case o.planned:
		if next, err = a.planned(ctx, store, t, h); err != nil {
			return old, next, err
		}
	case o.next > 0:
		if next, err = find(o.next); err != nil {
			return old, next, err
		}
	}
	switch {
	case o.old > 0:
		old, err = find(o.old)
	case o.planned:
		old = h.Versions[0]
	case len(h.Versions) == 1:
		err = coded(exitNothing, "a version is kept when a build publishes something else; --planned compares with what the next build would publish",
			"there is nothing to compare: %s", keptVersions(h))
	default:
		old = h.Versions[1]
	}
	return old, next, err
}

func keptVersions(h *packager.History) string {
	var n []string
	for _, v := range h.Versions {
		n = append(n, strconv.Itoa(v.Version))
	}
	if len(n) == 1 {
		return "only version " + n[0] + " is kept"
	}
	return "kept are " + strings.Join(n, ", ")
}

// planned is what the next build would publish.
func (a *app) planned(ctx context.Context, store catalog.Store, t tree.Tree, h *packager.History) (packager.HistoryVersion, error) {
	now := h.Versions[0].Manifest
	in, err := packager.Load(ctx, store, now.Model.Name, now.Target)
	if err != nil {
		return packager.HistoryVersion{}, err
	}
	list, err := readBlocklist(ctx, store)
	if err != nil && !errors.Is(err, catalog.ErrNotFound) {
		return packager.HistoryVersion{}, err
	}
	o := packager.PlanOptions{Layout: a.layout(), Content: now.Content, Blocklist: list}
	if now.Archive != nil {
		o.Format = now.Archive.Format
	}
	if t != nil {
		o.Root = t.Root()
	}
	plan, err := packager.MakePlan(in, o)
	if err != nil {
		return packager.HistoryVersion{}, err
	}
	m := plan.Manifest(now.Version + 1)
	if m.SameContent(now) {
		m.Version, m.Archive = now.Version, now.Archive
	}
	return packager.HistoryVersion{Version: m.Version, Manifest: m}, nil
}

// printDiff prints a comparison for people.
func (a *app) printDiff(rep diffReport, all bool) {
	if a.flags.quiet {
		return
	}
	a.out.printf("%s: %s, then %s\n", plain(rep.Package), rep.Old.title(), rep.New.title())
	if rep.Same {
		a.out.printf("the same: %s, %s, %s\n", count(rep.New.Drivers, "driver"), count(rep.New.Files, "file"), size(rep.New.Bytes))
		return
	}
	a.printDriverChanges(rep.Drivers, all)
	a.printIDChanges(rep.IDs, all)
	a.printFileChanges(rep.Files, all)
	if rep.OldFormat != rep.Format {
		a.out.printf("\nthe package was a %s and is a %s\n", rep.OldFormat, rep.Format)
	}
	u := rep.Files.Update
	if u.Unknown {
		a.out.printf("\nwhat an update sends is known when the archive is made\n")
		return
	}
	a.out.printf("\nan update sends %s in whole files, %s in chunks, and the manifest", size(u.FileBytes), size(u.ChunkBytes))
	if u.UnsignedBytes > 0 {
		a.out.printf("\n(%s of that are files whose chunks nobody kept: they count whole)", size(u.UnsignedBytes))
	}
	a.out.printf("\n")
}

func (v diffVersion) title() string {
	switch {
	case v.Planned:
		return "what the next build would publish"
	case v.Published == nil:
		return fmt.Sprintf("version %d", v.Version)
	}
	return fmt.Sprintf("version %d (%s)", v.Version, v.Published.Local().Format(time.DateOnly))
}

// tally says how many there are of each kind: "2 added, 1 removed, 5 the same".
func tally(parts ...any) string {
	var out []string
	for i := 0; i+1 < len(parts); i += 2 {
		if n := parts[i].(int); n > 0 {
			out = append(out, number(n)+" "+parts[i+1].(string))
		}
	}
	return cmp.Or(strings.Join(out, ", "), "none")
}

func (a *app) printDriverChanges(c packager.DriverChanges, all bool) {
	g := newGrid(column{"DRIVER", fixed}, column{"INF", cut}, column{"OLD VERSION", cut}, column{"NEW VERSION", cut}, column{"FOLDER", wrap}, column{"IDS", fixed}, column{"PROVIDER", cut | spare})
	row := func(what string, old, next, shown manifest.Driver, folder, ids string) {
		g.add(what, shown.INF, cmp.Or(old.Version, "-"), cmp.Or(next.Version, "-"), folder, ids, cmp.Or(shown.Provider, "-"))
	}
	for _, d := range c.Updated {
		folder := d.New.Folder
		if d.Old.Folder != d.New.Folder {
			folder = d.Old.Folder + " -> " + d.New.Folder
		}
		row("updated", d.Old, d.New, d.New, folder, plusMinus(len(d.Gained), len(d.Lost)))
	}
	for _, d := range c.Added {
		row("added", manifest.Driver{}, d, d, d.Folder, "")
	}
	for _, d := range c.Removed {
		row("removed", d, manifest.Driver{}, d, d.Folder, "")
	}
	for _, d := range c.Moved {
		row("moved", d.Old, d.New, d.New, d.Old.Folder+" -> "+d.New.Folder, "")
	}
	title := "Drivers: " + tally(len(c.Updated), "updated", len(c.Added), "added", len(c.Removed), "removed", len(c.Moved), "moved", c.Same, "the same")
	a.changes(title, g, all)
}

func plusMinus(gained, lost int) string {
	var out []string
	if gained > 0 {
		out = append(out, fmt.Sprintf("+%d", gained))
	}
	if lost > 0 {
		out = append(out, fmt.Sprintf("-%d", lost))
	}
	return cmp.Or(strings.Join(out, " "), "=")
}

func (a *app) printIDChanges(c packager.IDChanges, all bool) {
	g := newGrid(column{"ID", fixed}, column{"HARDWARE ID", wrap}, column{"DEVICE", wrap}, column{"DRIVER", wrap | spare})
	row := func(what string, d packager.IDChange) {
		id := d.ID
		if d.Compatible {
			id += " (compatible)"
		}
		g.add(what, id, cmp.Or(d.Description, "-"), d.Driver)
	}
	for _, d := range c.Lost {
		row("lost", d)
	}
	for _, d := range c.Gained {
		row("gained", d)
	}
	a.changes("Hardware IDs of the package: "+tally(len(c.Gained), "gained", len(c.Lost), "lost"), g, all)
	if n := len(c.Unknown); n > 0 {
		a.err.warn("import their sources again to know them", "the catalog does not hold %s of the drivers (%s, ...): what they serve is not compared", number(n), c.Unknown[0].Folder)
	}
}

func (a *app) printFileChanges(c packager.FileChanges, all bool) {
	g := newGrid(column{"FILE", fixed}, column{"PATH", wrap}, column{"OLD SIZE", digits | spare}, column{"SIZE", digits}, column{"IN CHUNKS", digits})
	for _, f := range c.Changed {
		g.add("changed", f.Path, size(f.OldSize), size(f.Size), size(f.NewBytes))
	}
	for _, f := range c.Added {
		g.add("added", f.Path, "-", size(f.Size), size(f.NewBytes))
	}
	for _, f := range c.Removed {
		g.add("removed", f.Path, size(f.OldSize), "-", "-")
	}
	for _, f := range c.Moved {
		what := "moved"
		if f.Renamed {
			what = "renamed"
		}
		g.add(what, f.From+" -> "+f.Path, size(f.OldSize), size(f.Size), size(0))
	}
	renamed := 0
	for _, f := range c.Moved {
		if f.Renamed {
			renamed++
		}
	}
	title := "Files: " + tally(len(c.Changed), "changed", len(c.Added), "added", len(c.Removed), "removed", renamed, "renamed", len(c.Moved)-renamed, "moved", c.Same, "the same")
	a.changes(title, g, all)
}

// changes prints a list under its title, or the title alone if the list is empty.
func (a *app) changes(title string, g *grid, all bool) {
	if len(g.rows) == 0 {
		a.out.printf("\n%s\n", title)
		return
	}
	more := a.shorten(g, all)
	a.section(title, g)
	a.out.printf("%s", more)
}
