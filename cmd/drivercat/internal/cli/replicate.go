package cli

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/replicate"
	"github.com/drivercat/drivercat/packager/tree"
)

type replicateOptions struct {
	names    []string // models, or packages' folders
	to       []string
	dryRun   bool
	force    bool
	rehash   bool
	trust    bool
	readOld  bool
	parallel int
	limit    string
	window   string

	bytesPerSecond int64
	open           replicate.Window
}

// replicateReport is the shape of "replicate --json".
type replicateReport struct {
	OK      bool               `json:"ok"`
	DryRun  bool               `json:"dryRun"`
	Targets []replicatedTarget `json:"targets"`
	Skipped []skippedTarget    `json:"skipped"`
	Total   replicatedTotal    `json:"total"`
}

// replicatedTarget is what was done at one target.
type replicatedTarget struct {
	Point string `json:"point,omitempty"`
	replicate.At
}

// skippedTarget is a target that nothing is brought to.
type skippedTarget struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// replicatedTotal adds everything up.
type replicatedTotal struct {
	Targets      int          `json:"targets"`
	Packages     int          `json:"packages"`  // at all targets together
	Brought      int          `json:"brought"`   // in a dry run: that would be
	Unchanged    int          `json:"unchanged"` // right already
	Failed       int          `json:"failed"`    // or not reached
	Left         int          `json:"left"`      // files from here on
	Copied       int          `json:"copied"`
	Rebuilt      int          `json:"rebuilt"`
	Sent         int          `json:"sent"`
	Resumed      int          `json:"resumed"`
	Removed      int          `json:"removed"`
	SentBytes    int64        `json:"sentBytes"` // of content
	CopiedBytes  int64        `json:"copiedBytes"`
	ResumedBytes int64        `json:"resumedBytes"`
	Traffic      tree.Traffic `json:"traffic"`
	Seconds      float64      `json:"seconds"`
}

func newReplicate(a *app) *cobra.Command {
	var o replicateOptions
	cmd := &cobra.Command{
		Use:   "replicate [MODEL|FOLDER...] --to POINT|GROUP|ROOT",
		Short: "Bring packages to other servers with few bytes",
		Long: `Bring packages from the share to points, groups of points, or other share roots, and send as few bytes as that takes. A package
there becomes byte for byte the one on the share, or stays what it was. Without MODEL or FOLDER all packages are brought.

Files that are right are left, what the target holds elsewhere is copied by its server, changed files are rebuilt there from
ranges of the old ones and the new chunks, and only the rest is sent. What is rebuilt is read back and hashed; what is sent is hashed
on the way. PXE shares are skipped and named. What fails at one target stops no other; the exit code is then 3.

An interrupted run leaves what was sent for the next one, inside large files too. The traffic in the summary is what the network
carried, protocol and all, from counters; of a local folder it is the bytes written and read.`,
		Example: `  drivercat replicate --to /srv/Branch --share /srv/Drivers --dry-run
  drivercat replicate R61-8935CTO --to /srv/Branch --limit 20Mbit/s --share /srv/Drivers`,
		ValidArgsFunction: a.completePackages,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.names = args
			return a.runReplicate(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.to, "to", nil, "points, groups or share `ROOTS`, with commas between them")
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "tell what would be done and estimate the bytes, and write nothing")
	f.IntVar(&o.parallel, "parallel", replicate.DefaultParallel, "serve `N` targets at once")
	f.StringVar(&o.limit, "limit", "", "bandwidth for all targets together, `RATE`: 10MB/s, 80Mbit/s")
	f.StringVar(&o.window, "window", "", "work only at this time of day, as in `22:00-06:00`: wait until then, stop after it")
	f.BoolVar(&o.trust, "trust-copies", false, "believe a server about what it copied instead of reading it back")
	f.BoolVar(&o.readOld, "read-old", false, "read old files of a target whose signatures the catalog lacks: fewer bytes there, as many back")
	f.BoolVar(&o.rehash, "rehash", false, "read every file of the targets instead of trusting size and time")
	f.BoolVar(&o.force, "force", false, "take over folders at the target that drivercat did not make; files that are not in the package are removed")
	mustComplete(cmd, "to", a.completeTargets)
	return cmd
}

func (o *replicateOptions) check() (err error) {
	if len(o.to) == 0 {
		return usageError(`name them with --to, as in --to '\\branch1\Drivers'`, "no target is given")
	}
	if o.parallel < 1 || o.parallel > 64 {
		return usageError("", "--parallel is between 1 and 64, not %d", o.parallel)
	}
	if o.limit != "" {
		if o.bytesPerSecond, err = replicate.ParseRate(o.limit); err != nil {
			return usageError("", "--limit %w", err)
		}
	}
	if o.window != "" {
		if o.open, err = replicate.ParseWindow(o.window); err != nil {
			return usageError("", "--window %w", err)
		}
	}
	return nil
}

func (a *app) runReplicate(ctx context.Context, o replicateOptions) error {
	a.whenInterrupted = "nothing was changed"
	if err := o.check(); err != nil {
		return err
	}
	src, err := a.openShare(ctx, "replicate")
	if err != nil {
		return err
	}
	defer src.Close()
	store, err := a.catalogIfAny(ctx, o.dryRun)
	if err != nil {
		return err
	}
	var recorded []catalog.Package
	if store != nil {
		defer store.Close()
		if recorded, err = store.Packages(ctx, catalog.PackageFilter{}); err != nil {
			return err
		}
	}
	places, skipped, named, err := a.placesOf(ctx, store, o.to)
	if err != nil {
		return err
	}
	for _, s := range skipped {
		a.err.warn("", "%s is skipped: %s", s.Name, s.Text)
	}
	folders, err := a.packageFolders(ctx, src, recorded, o.names)
	if err != nil {
		return err
	}
	if !o.dryRun {
		err := o.open.Wait(ctx, func(opens time.Time) { a.err.say("waiting for %s, when the window opens", opens.Format("15:04")) })
		if err != nil {
			return err
		}
		var stop context.CancelFunc
		ctx, stop = o.open.Context(ctx)
		defer stop()
	}
	r := &replicating{a: a, o: o, src: src, store: store, folders: folders, places: places}
	if store != nil {
		if r.holdings, err = store.Holdings(ctx, ""); err != nil {
			return err
		}
	}
	rep := r.run(ctx, recorded)
	rep.Skipped = orEmpty(skipped)
	return a.finishReplicate(ctx, rep, o, named)
}

// catalogIfAny opens the catalog; nil if there is none, which replicating does not need.
func (a *app) catalogIfAny(ctx context.Context, readOnly bool) (catalog.Store, error) {
	file, err := a.catalogFile()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(file); err != nil {
		return nil, nil
	}
	return a.openCatalogFor(ctx, readOnly)
}

// replicating is one run of replicate.
type replicating struct {
	a       *app
	o       replicateOptions
	src     openedTree
	store   catalog.Store // nil if there is none
	folders []string
	places  []bringTo
	problem sync.Once // the first one of recording

	holdings []catalog.Holding // before the run
}

// run opens the targets, which may ask for passwords, and brings the packages.
func (r *replicating) run(ctx context.Context, recorded []catalog.Package) replicateReport {
	a, o := r.a, r.o
	var limit *replicate.Limit
	if o.bytesPerSecond > 0 {
		limit = replicate.NewLimit(o.bytesPerSecond)
	}
	a.limit = limit
	targets := r.openTargets(ctx)
	meter := new(catalog.Meter)
	opts := replicate.Options{
		DryRun: o.dryRun, TrustCopies: o.trust, Rehash: o.rehash, Force: o.force, ReadOld: o.readOld, Parallel: o.parallel, Wait: packager.LockWait,
		Packages: recorded, Limit: limit, Meter: meter,
		Tell: func(t replicate.Target, text string) { a.err.warn("", "%s: %s", t.Name, text) },
		Done: func(t replicate.Target, p replicate.Package) { r.record(ctx, t, p) },
	}
	if r.store != nil {
		opts.Signatures, opts.Keep = r.store, r.store
	}
	if !o.dryRun {
		a.whenInterrupted = "what was sent is kept at the targets; run it again to go on"
	}
	start := time.Now()
	stop := a.progress(meter)
	ats := replicate.Run(ctx, r.src, r.folders, targets, opts)
	stop()
	rep := replicateReport{OK: true, DryRun: o.dryRun, Targets: []replicatedTarget{}}
	for i, at := range ats {
		rep.OK = rep.OK && at.OK()
		rep.Targets = append(rep.Targets, replicatedTarget{Point: r.places[i].point, At: at})
		rep.Total.add(at)
	}
	rep.Total.Seconds = time.Since(start).Seconds()
	return rep
}

// openTargets opens all targets before anything is shown: some may ask for a password. What fails is told by the run.
func (r *replicating) openTargets(ctx context.Context) []replicate.Target {
	targets := make([]replicate.Target, len(r.places))
	var g errgroup.Group
	g.SetLimit(r.o.parallel)
	for i, p := range r.places {
		g.Go(func() error {
			t, err := r.a.openTree(ctx, p.root)
			targets[i] = replicate.Target{Name: p.name, Root: p.root, Open: func(context.Context) (tree.Tree, func() error, error) {
				if err != nil {
					return nil, nil, err
				}
				return t, t.Close, nil
			}}
			return nil
		})
	}
	_ = g.Wait()
	return targets
}

// record keeps what a point holds.
func (r *replicating) record(ctx context.Context, t replicate.Target, p replicate.Package) {
	for _, x := range r.places {
		if x.point == "" || x.root != t.Root || p.State == replicate.Unchanged && r.holds(x.point, p) {
			continue
		}
		h := catalog.Holding{Folder: p.Folder, Point: x.point, Version: p.Version, Known: r.a.env.Now().UTC()}
		if err := r.store.PutHolding(context.WithoutCancel(ctx), h); err != nil {
			r.problem.Do(func() { r.a.err.warn("", "what %s holds is not recorded: %s", x.point, message(err)) })
		}
	}
}

// holds reports whether the catalog knows that a point holds a package in this version: recording it again would be a write
// for nothing.
func (r *replicating) holds(point string, p replicate.Package) bool {
	return slices.ContainsFunc(r.holdings, func(h catalog.Holding) bool {
		return h.Version == p.Version && strings.EqualFold(h.Point, point) && strings.EqualFold(h.Folder, p.Folder)
	})
}

func (t *replicatedTotal) add(a replicate.At) {
	t.Targets++
	for _, p := range a.Packages {
		t.Packages++
		switch p.State {
		case replicate.Unchanged:
			t.Unchanged++
		case replicate.Brought, replicate.Planned:
			t.Brought++
		default:
			t.Failed++
		}
		t.Left += p.Left
		t.Copied += p.Copied
		t.Rebuilt += p.Rebuilt
		t.Sent += p.Sent
		t.Resumed += p.Resumed
		t.Removed += p.Removed
		t.SentBytes += p.SentBytes
		t.CopiedBytes += p.CopiedBytes
		t.ResumedBytes += p.ResumedBytes
	}
	t.Traffic.Sent += a.Traffic.Sent
	t.Traffic.Received += a.Traffic.Received
}

// finishReplicate prints the summary and decides how the command ends.
func (a *app) finishReplicate(ctx context.Context, rep replicateReport, o replicateOptions, named int) error {
	if err := a.printReplicated(rep, context.Cause(ctx)); err != nil {
		return err
	}
	closed := errors.Is(context.Cause(ctx), replicate.ErrWindowClosed)
	left := rep.Total.Failed
	switch {
	case closed && left > 0:
		return coded(exitPartial, "run it again: it waits for the window and goes on", "%w; %s not done", context.Cause(ctx), count(left, "package"))
	case ctx.Err() != nil && !closed:
		return ctx.Err()
	case !rep.OK && rep.Total.Brought+rep.Total.Unchanged == 0:
		return coded(exitFailed, "", "nothing was brought")
	case !rep.OK:
		return coded(exitPartial, "run it again once that is mended: what was sent is kept", "%s could not be brought, %s", count(left, "package"), count(rep.Total.Brought+rep.Total.Unchanged, "package")+" could")
	case named > 0 && len(rep.Targets) == 0:
		return coded(exitUsage, "name another target with --to", "nothing was brought: no target is left, see above")
	case len(rep.Targets) == 0:
		return coded(exitNothing, "\"drivercat points list\" shows the points; \"drivercat points set POINT --share SHARE\" says where the Drivers share of one is", "nothing was brought: no target is left, see above")
	case named > 0:
		return coded(exitPartial, "", "%s left out, see above", count(named, "target"))
	}
	return nil
}
