package cli

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/distribute"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

type pointsPlanOptions struct {
	pack, os, arch string
	old, next      int // versions; 0 is what each point holds, and the present one
	to             []string
	offline        bool
}

// pointsPlanReport is the shape of "points plan --json".
type pointsPlanReport struct {
	Package    string                `json:"package"` // its folder
	Kind       string                `json:"kind"`
	Format     string                `json:"format"`
	Generation distribute.Generation `json:"generation"`
	Old        int                   `json:"old"` // version that every point is taken to hold, 0 if each is asked about
	distribute.CostReport
	Skipped []distribute.SkippedPoint `json:"skipped"`
}

func newPointsPlan(a *app) *cobra.Command {
	var o pointsPlanOptions
	cmd := &cobra.Command{
		Use:   "plan PACKAGE [OLD [NEW]]",
		Short: "Tell what an update of a package costs: bytes sent to each point, and stored there",
		Long: `Tell what bringing a package's present version, or version NEW, to points costs, at each point and in total:

WHOLE FILES is what replication file by file sends: files that are new, changed, renamed or moved.
WITH CHUNKS is what is sent with binary differential replication on: of changed files the chunks that their old content lacks. It is
an option of standard packages, works from one of the last five versions, and not to pull points or cloud points.
LIBRARY is what the content library stores in addition: contents that no package at the point has.

The points are those that the package was sent to or that hold it, or those of --to. What a point holds is read from its own share, if one is
told and can be opened; otherwise it is what was recorded, and what was sent is taken for delivered. With OLD every point is taken to hold
that version. What nobody knows file by file counts as everything. Nothing is sent. The exit code is 3 if points could not be reached.`,
		Example: `  drivercat points plan R61-8935CTO --share /srv/Drivers
  drivercat points plan R61-8935CTO 1 2 --to North --share /srv/Drivers --json`,
		Args: func(cmd *cobra.Command, args []string) error { return o.arguments(cmd, args) },
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return a.completePublished(cmd, args, typed)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runPointsPlan(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.to, "to", nil, "these points, or members of these groups, `NAMES` with commas between them")
	f.StringVar(&o.os, "os", "", "the package's operating system, `OS`, if the model has several packages")
	f.StringVar(&o.arch, "arch", "", "its `ARCH`itecture, if it is not the OS's usual one")
	f.BoolVar(&o.offline, "offline", false, "do not look into the points' shares: by the catalog's records only")
	mustComplete(cmd, "to", a.completeDestinations)
	mustComplete(cmd, "os", completeOS)
	mustComplete(cmd, "arch", completeArch)
	return cmd
}

// arguments reads PACKAGE [OLD [NEW]].
func (o *pointsPlanOptions) arguments(cmd *cobra.Command, args []string) error {
	usage := "usage: " + cmd.UseLine()
	switch {
	case len(args) == 0:
		return usageError(usage, "no package is given")
	case len(args) > 3:
		return usageError(usage, "plan takes a package and two versions, and %s is given besides", quote(args[3]))
	}
	o.pack = args[0]
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

func (a *app) runPointsPlan(ctx context.Context, o pointsPlanOptions) error {
	target, err := optionalTarget(o.os, o.arch)
	if err != nil {
		return err
	}
	store, err := a.openCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	w, err := a.pointWorld(ctx, store)
	if err != nil {
		return err
	}
	if len(w.Points) == 0 {
		return coded(exitNothing, "add them with \"drivercat points add\" or \"drivercat points import\"", "no points are known")
	}
	pack, err := a.onePublished(ctx, store, o.pack, target)
	if err != nil {
		return err
	}
	// The versions are in the catalog; the share says which one is present, and has the contents that nobody signed.
	var t tree.Tree
	if a.set.share() != "" {
		share, err := a.openShare(ctx, "points plan")
		if err != nil {
			return err
		}
		defer share.Close()
		t = share
	}
	h, err := a.history(ctx, store, t, pack.Folder, pack.Target)
	if err != nil {
		return err
	}
	next := h.Versions[0]
	for _, n := range []int{o.old, o.next} {
		v, ok := h.Find(n)
		switch {
		case n > 0 && !ok:
			return coded(exitNothing, "", "version %d of %s is not kept; %s", n, h.Folder, keptVersions(h))
		case n > 0 && n == o.next:
			next = v
		}
	}
	p := pointsPlanner{app: a, store: store, world: w, opts: o, folder: h.Folder, versions: h.Versions, shares: map[string]map[string]distribute.Held{}}
	u, skipped, err := p.update(ctx, next)
	if err != nil {
		return err
	}
	meter := new(catalog.Meter)
	stop := a.progress(meter)
	u.Signatures, err = packager.CostOptions{Signatures: store.Signatures, Tree: t, Folder: h.Folder, Present: h.Present(), Meter: meter}.Collect(ctx, u.Changes())
	stop()
	if err != nil {
		return err
	}
	rep := pointsPlanReport{
		Package: h.Folder, Kind: next.Manifest.Kind, Format: packager.FormatFolder, Generation: w.Generation, Old: o.old,
		CostReport: distribute.Cost(u), Skipped: skipped,
	}
	if next.Manifest.Archive != nil {
		rep.Format = next.Manifest.Archive.Format
	}
	return a.printPointsPlan(rep, p.unreachable)
}

// pointsPlanner gathers what is known of points.
type pointsPlanner struct {
	*app
	store    catalog.Store
	world    *distribute.World
	opts     pointsPlanOptions
	folder   string
	versions []packager.HistoryVersion

	shares      map[string]map[string]distribute.Held // what lies on the share of a point, by its name and by folder in lower case
	unreachable int
}

// update describes the update for the points that are meant.
func (p *pointsPlanner) update(ctx context.Context, next packager.HistoryVersion) (*distribute.Update, []distribute.SkippedPoint, error) {
	meant, err := pointsMeant(p.world, p.opts.to)
	if err != nil {
		return nil, nil, err
	}
	targets, skipped := distribute.Split(meant, p.world.Generation)
	if err := p.look(ctx, targets); err != nil {
		return nil, nil, err
	}
	u := &distribute.Update{New: distribute.ContentsOf(next.Manifest), Library: p.world.Generation == distribute.GenerationCurrent}
	sums := map[int]catalog.Hash{}
	for _, v := range p.versions {
		c := distribute.ContentsOf(v.Manifest)
		u.Kept = append(u.Kept, c)
		sums[v.Version] = sha256.Sum256(c.Manifest)
	}
	var all []distribute.CostPoint
	for _, t := range targets {
		cp := distribute.CostPoint{Point: t}
		var held distribute.Held
		held, cp.By = p.holds(t, p.folder)
		cp.Holds = held.Version
		concerned := held.Version > 0 || held.Problem != "" || p.world.Due(t, p.folder) > 0
		sum, kept := sums[held.Version]
		switch {
		case p.opts.old > 0:
			cp.Holds, cp.By = p.opts.old, byAssumed
		case held.Problem != "":
			cp.Unknown = "what it holds cannot be read"
		case kept && cp.By == distribute.ByShare && sum != held.Manifest:
			cp.Unknown = fmt.Sprintf("its version %d is not the one that was published", held.Version)
		}
		all = append(all, cp)
		if concerned {
			u.Points = append(u.Points, cp)
		}
	}
	switch {
	case len(p.opts.to) > 0:
		u.Points = all
	case len(u.Points) == 0 && len(all) > 0:
		p.err.say("the package was sent nowhere: this is what sending it to every point costs")
		u.Points = all
	}
	return u, skipped, p.others(ctx, u)
}

// byAssumed is how it is known what a point holds if the user says so.
const byAssumed = "assumed"

// look looks into the shares of points, as drift does.
func (p *pointsPlanner) look(ctx context.Context, targets []catalog.Point) error {
	if p.opts.offline || p.opts.old > 0 && p.world.Generation == distribute.Generation2007 {
		return nil // of no use
	}
	const atOnce = 8
	var mu sync.Mutex
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, t := range targets {
		if t.Share == "" {
			continue
		}
		g.Go(func() error {
			there, err := p.lookIntoPoint(gctx, t)
			if gctx.Err() != nil {
				return gctx.Err()
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				p.unreachable++
				p.err.warn("", "%s: its share %s cannot be looked into, so the records count: %s", t.Name, t.Share, message(err))
				return nil
			}
			low := make(map[string]distribute.Held, len(there))
			for folder, h := range there {
				low[strings.ToLower(folder)] = h
			}
			p.shares[t.Name] = low
			return nil
		})
	}
	return g.Wait()
}

// holds tells what a point holds of a package, and by what that is known.
func (p *pointsPlanner) holds(t catalog.Point, folder string) (h distribute.Held, by string) {
	if there, ok := p.shares[t.Name]; ok {
		return there[strings.ToLower(folder)], distribute.ByShare
	}
	v, by := p.world.Recorded(t, folder)
	return distribute.Held{Version: v}, by
}

// others finds what else the points hold, as far as the catalog keeps the versions.
func (p *pointsPlanner) others(ctx context.Context, u *distribute.Update) error {
	if !u.Library {
		return nil
	}
	for _, k := range p.world.Packages {
		if strings.EqualFold(k.Folder, p.folder) {
			continue
		}
		held := map[int]bool{}
		for i := range u.Points {
			h, _ := p.holds(u.Points[i].Point, k.Folder)
			if v := h.Version; v > 0 && h.Problem == "" {
				held[v] = true
				if u.Points[i].Else == nil {
					u.Points[i].Else = map[string]int{}
				}
				u.Points[i].Else[k.Folder] = v
			}
		}
		if len(held) == 0 {
			continue
		}
		kept, err := p.store.Versions(ctx, k.Folder)
		if err != nil {
			return err
		}
		for _, v := range kept {
			if !held[v.Version] {
				continue
			}
			m, err := manifest.Parse(v.Body)
			if err != nil {
				return err
			}
			u.Others = append(u.Others, distribute.OtherPackage{Folder: k.Folder, Version: v.Version, Files: m.Published()})
		}
	}
	return nil
}

func (a *app) printPointsPlan(r pointsPlanReport, unreachable int) error {
	a.tellSkipped(r.Skipped)
	if a.flags.json {
		if err := a.out.json(r); err != nil {
			return err
		}
	} else {
		a.drawPointsPlan(r)
	}
	switch {
	case len(r.Points) == 0:
		return coded(exitNothing, "", "there is no point to send to")
	case unreachable > 0:
		return coded(exitPartial, "", "%s could not be looked into", count(unreachable, "point"))
	}
	return nil
}

func (a *app) drawPointsPlan(r pointsPlanReport) {
	if len(r.Points) == 0 {
		return
	}
	g := newGrid(column{"POINT", wrap}, column{"HOLDS", digits}, column{"KNOWN BY", fixed | spare}, column{"FILES", digits | spare},
		column{"WHOLE FILES", digits}, column{"WITH CHUNKS", digits}, column{"LIBRARY", digits}, column{"WHY", wrap})
	for _, p := range r.Points {
		g.add(p.Point, version(p.Holds), p.By, number(p.Files), size(p.FileBytes), maybeSize(p.ChunkBytes), maybeSize(p.StoreBytes), cmp.Or(p.Why, "-"))
	}
	t := r.Total
	g.add("total", "", "", "", size(t.FileBytes), size(t.SendBytes), maybeSize(t.StoreBytes), "")
	a.renderAny(g)
	if a.flags.quiet {
		return
	}
	in := ""
	if r.Format != packager.FormatFolder {
		in = ", one " + r.Format
	}
	a.out.printf("\n%s version %s%s: %s, %s; to %s, %s\n", plain(a.shortFolder(r.Package)), number(r.Version), in, count(r.Files, "file"), size(r.Bytes),
		count(t.Points, "point"), r.Generation.Title())
	if t.UnsignedBytes > 0 {
		a.out.printf("with chunks, %s are changed files that count whole, since their chunks are not known\n", size(t.UnsignedBytes))
	}
	if !slices.ContainsFunc(r.Points, func(p distribute.PointCost) bool { return p.ChunkBytes != nil }) {
		return
	}
	if t.SendBytes < t.FileBytes {
		a.out.printf("turn binary differential replication on for the package: it saves %s\n", size(t.FileBytes-t.SendBytes))
	}
}

// maybeSize is a size that there may be none of.
func maybeSize(n *int64) string {
	if n == nil {
		return "-"
	}
	return size(*n)
}
