package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/archive"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree"
)

type buildOptions struct {
	model    string
	os, arch string
	content  string
	format   string
	dryRun   bool
	force    bool
	rehash   bool
	wait     time.Duration // for another builder
	blocked  bool          // take drivers on the block list
	version  int           // publish what this version had; 0 plans anew

	target catalog.Target // of os and arch
}

// buildReport is the shape of "build --json".
type buildReport struct {
	DryRun bool             `json:"dryRun"`
	Plan   *packager.Plan   `json:"plan"`
	Result *packager.Result `json:"result,omitempty"` // not with --dry-run, and not if there is nothing to build

	Traffic *tree.Traffic `json:"traffic,omitempty"` // on a share that is reached over the network, what crossed the network
}

func newBuild(a *app) *cobra.Command {
	var o buildOptions
	cmd := &cobra.Command{
		Use:   "build MODEL --os OS",
		Short: "Build a model's driver package on the share",
		Long: `Build the driver package of a model for an operating system below SCCM_Driver_Packages on the share.

It takes the nice drivers that serve the target and are not superseded. The package is complete or not published at all;
what is there already and right is not touched. --dry-run prints the plan: what is taken, what is left out and why.

--format zip or wim puts the drivers into one file, DriverPackage.zip or DriverPackage.wim, as Modern Driver Management takes
it, beside the manifest. The same drivers give the same archive; it is made again only if they changed. A WIM needs
wimlib-imagex, or DISM on Windows.

--version N publishes what version N had, as a new version, if all of it can still be had: in the sources, in the package as it
is now, in other packages on the share. Otherwise it lists what is missing and writes nothing.`,
		Example: `  drivercat build R61-8935CTO --os xp --share /srv/Drivers --dry-run
  drivercat build R61-8935CTO --os xp --share /srv/Drivers
  drivercat build R61-8935CTO --os xp --share /srv/Drivers --format zip
  drivercat build R61-8935CTO --os xp --share /srv/Drivers --version 1 --dry-run`,
		Args:              wants("model", 1, 1),
		ValidArgsFunction: a.firstArg(a.completeModels),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.model = args[0]
			if err := o.checkVersion(cmd); err != nil {
				return err
			}
			return a.runBuild(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.os, "os", "", "the operating system, `OS`: xp, win10, win11, ...")
	f.StringVar(&o.arch, "arch", "", "its `ARCH`itecture, if it is not the OS's usual one")
	f.StringVar(&o.content, "content", packager.ContentINF, "what a driver brings: \"inf\", the files its INF names, or \"folder\", the INF's whole `FOLDER`")
	f.StringVar(&o.format, "format", packager.FormatFolder, "the package's `FORMAT`: \"folder\", or one file with the drivers in it, \"zip\" or \"wim\"")
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "print the plan and write nothing")
	f.BoolVar(&o.force, "force", false, "take over a folder that drivercat did not make; files that are not in the plan are removed")
	f.BoolVar(&o.rehash, "rehash", false, "read every published file instead of trusting size and time")
	f.DurationVar(&o.wait, "wait", packager.LockWait, "the `TIME` to wait for another one who builds the package, such as 10m; 0s does not wait")
	f.BoolVar(&o.blocked, "allow-blocked", false, "take drivers that are on the list of vulnerable drivers too; with --version, all that a build would not take today")
	f.IntVar(&o.version, "version", 0, "publish what version `N` had, if all of it can still be had")
	mustComplete(cmd, "os", completeOS)
	mustComplete(cmd, "arch", completeArch)
	mustComplete(cmd, "content", completeWords(packager.ContentINF, packager.ContentFolder))
	mustComplete(cmd, "format", completeWords(packageFormats()...))
	return cmd
}

func (a *app) runBuild(ctx context.Context, o buildOptions) error {
	a.whenInterrupted = "nothing was changed"
	if err := o.check(); err != nil {
		return err
	}
	if err := a.checkShareRoot("build"); err != nil {
		return err
	}
	store, err := a.openCatalogFor(ctx, o.dryRun)
	if err != nil {
		return err
	}
	defer store.Close()
	if o.version > 0 {
		return a.runBuildOld(ctx, o, store)
	}
	in, err := packager.Load(ctx, store, o.model, o.target)
	if err != nil {
		return a.unknownBuild(ctx, store, o, err)
	}
	list, err := readBlocklist(ctx, store)
	if err != nil && !errors.Is(err, catalog.ErrNotFound) {
		return err
	}
	// Last, since it may ask for a password, which is a nuisance for a model that is mistyped.
	t, err := a.openShare(ctx, "build")
	if err != nil {
		return err
	}
	defer t.Close()
	plan, err := packager.MakePlan(in, packager.PlanOptions{
		Layout: a.layout(), Content: o.content, Format: o.format, Root: t.Root(), Blocklist: list, AllowBlocked: o.blocked,
	})
	if err != nil {
		return err
	}
	a.tellBlocked(plan)
	if o.dryRun {
		return a.printDryRun(plan)
	}
	a.whenInterrupted = "the package is what it was before; run it again to build it"
	filter := catalog.PackageFilter{Model: plan.Model.Name, Target: plan.Target}
	if tree.Network(t) {
		filter = catalog.PackageFilter{} // the server may copy from other packages
	}
	known, err := store.Packages(ctx, filter)
	if err != nil {
		return err
	}
	record := packager.Recorded(known, plan.Folder)
	meter := new(catalog.Meter)
	stop := a.progressOn(t, meter)
	res, err := packager.Build(ctx, t, plan, packager.BuildOptions{Force: o.force, Rehash: o.rehash, Workers: a.set.workers(), Meter: meter, Recorded: record, Tools: a.tools(), Packers: a.packers(), Versions: store,
		Packages: known, Wait: o.wait, Waiting: a.waitingFor(plan.Folder)})
	stop()
	if err != nil {
		return a.buildFailed(plan, err)
	}
	a.whenInterrupted = "the package is published; run it again to record it in the catalog"
	if err := a.record(ctx, store, plan, res, record); err != nil {
		return err
	}
	a.whenInterrupted = ""
	return a.printBuild(plan, res, traffic(t))
}

// checkVersion refuses what --version cannot be given with.
func (o *buildOptions) checkVersion(cmd *cobra.Command) error {
	if !cmd.Flags().Changed("version") {
		return nil
	}
	if o.version < 1 {
		return usageError("\"drivercat diff\" tells which versions are kept", "--version %d is no version: versions are numbers from 1", o.version)
	}
	for _, f := range []string{"content", "format"} {
		if cmd.Flags().Changed(f) {
			return usageError("leave --"+f+" out", "--version publishes what that version was, and --%s says something else", f)
		}
	}
	return nil
}

// waitingFor says aloud whom a command waits for.
func (a *app) waitingFor(folder string) func(error) {
	return func(err error) { a.err.say("%s: waiting for the other one to finish: %s", plain(folder), message(err)) }
}

func (o *buildOptions) check() error {
	o.model = layout.Normalise(o.model)
	switch o.content {
	case packager.ContentINF, packager.ContentFolder:
	default:
		return usageError("", "--content is %q or %q, not %s", packager.ContentINF, packager.ContentFolder, quote(o.content))
	}
	if !slices.Contains(packageFormats(), o.format) {
		return usageError("", "--format is \"folder\", \"zip\" or \"wim\", not %s", quote(o.format))
	}
	if o.wait < 0 {
		return usageError("0s does not wait", "--wait %s lies in the past", o.wait)
	}
	if o.os == "" {
		return usageError("add --os, as in --os win10", "no operating system is given")
	}
	var err error
	o.target, err = target(o.os, o.arch)
	return err
}

func packageFormats() []string {
	out := []string{packager.FormatFolder}
	for _, f := range archive.Formats() {
		out = append(out, string(f))
	}
	return out
}

// unknownBuild tells which part of the wish the catalog does not know.
func (a *app) unknownBuild(ctx context.Context, r catalog.Reader, o buildOptions, err error) error {
	if !errors.Is(err, catalog.ErrNotFound) {
		return err
	}
	m, merr := r.Model(ctx, o.model)
	if merr != nil {
		return coded(exitNothing, "\"drivercat list models\" shows the models; \"drivercat import\" adds one", "no model is called \"%s\"", o.model)
	}
	arch := ""
	if o.arch != "" {
		arch = " --arch " + o.target.Arch.Short()
	}
	return coded(exitNothing, fmt.Sprintf("import one with \"drivercat import SOURCE --model %s --os %s%s\"", m.Name, o.target.OS, arch),
		"%s has no source for %s, only for %s", m.Name, o.target.Title(), cmp.Or(targetNames(m.Targets), "nothing"))
}

// buildFailed prints what the plan leaves out if that is why there is nothing to build.
func (a *app) buildFailed(p *packager.Plan, err error) error {
	if errors.Is(err, archive.ErrNoTool) {
		return a.noPacker(p)
	}
	if !errors.Is(err, packager.ErrNothing) {
		return err
	}
	if a.flags.json {
		return errors.Join(a.out.json(buildReport{Plan: p}), nothingToBuild(p))
	}
	a.printLeftOut(p)
	return nothingToBuild(p)
}

// noPacker says how the program that a format needs is had.
func (a *app) noPacker(p *packager.Plan) error {
	hint := "install wimlib-imagex (" + archive.Programs()[0].Install + "), or take --format zip"
	if a.set.values[keyTools].Value == toolsNone {
		hint = "the setting tools = none keeps drivercat from using one; change it, or take --format zip"
	}
	return failed(hint, "%s: a %s needs a program that makes it, and there is none", plain(p.Folder), strings.ToUpper(p.Format))
}

func nothingToBuild(p *packager.Plan) error {
	return coded(exitNothing, "", "no driver of %s can be packaged for %s; each was left out for the reason given", p.Model.Name, p.Target.Title())
}

// tellBlocked says aloud which drivers are refused for being on the list of vulnerable drivers.
func (a *app) tellBlocked(p *packager.Plan) {
	for _, l := range p.LeftOut {
		if l.Code == packager.CodeBlocked {
			a.err.warn("remove the driver from the source or get a newer one; --allow-blocked takes it all the same", "%s is left out: %s", l.Path, l.Text)
		}
	}
}

// record keeps the catalog in step with what is published. A package that is recorded already costs no write.
func (a *app) record(ctx context.Context, store catalog.Store, p *packager.Plan, res packager.Result, known *catalog.Package) error {
	if res.Unchanged && known != nil && known.Manifest == res.Manifest {
		return nil
	}
	now := a.env.Now()
	if err := packager.KeepVersion(ctx, store, p.Folder, res.Body, now); err != nil {
		return err
	}
	if err := store.PutSignatures(ctx, res.Signatures); err != nil {
		return err
	}
	return store.PutPackage(ctx, p.Record(res, now))
}

func (a *app) printDryRun(p *packager.Plan) error {
	var refused error
	if len(p.Skipped) > 0 {
		refused = coded(exitUsage, "choose another share with --share", "%s would not be written: %s", p.Folder, p.Skipped[0].Text)
	}
	if refused == nil && len(p.Drivers) == 0 {
		refused = nothingToBuild(p)
	}
	if a.flags.json {
		return errors.Join(a.out.json(buildReport{DryRun: true, Plan: p}), refused)
	}
	a.printTaken(p)
	a.printLeftOut(p)
	if refused != nil {
		return refused
	}
	in := ""
	if p.Format != packager.FormatFolder {
		in = " in " + archive.Format(p.Format).FileName()
	}
	a.out.printf("\nwould build %s: %s, %s, %s%s\n", plain(p.Folder), count(len(p.Drivers), "driver"), count(p.Files, "file"), size(p.Bytes), in)
	if p.Format == string(archive.WIM) && len(a.packers()) == 0 {
		a.err.warn("", "%s", message(a.noPacker(p)))
	}
	return nil
}

func (a *app) printBuild(p *packager.Plan, res packager.Result, n *tree.Traffic) error {
	if a.flags.json {
		return a.out.json(buildReport{Plan: p, Result: &res, Traffic: n})
	}
	defer a.noteTraffic(n)
	for _, s := range res.Skipped {
		a.err.warn("", "%s", s.Text)
	}
	if a.flags.quiet {
		return nil
	}
	tables := a.flags.verbose && len(p.Drivers) > 0
	if a.flags.verbose {
		a.printTaken(p)
	}
	if (!res.Unchanged || a.flags.verbose) && a.printLeftOut(p) {
		tables = true
	}
	if tables {
		a.out.printf("\n")
	}
	for _, f := range res.Extras {
		a.out.printf("removed, since no version had it: %s\n", plain(f))
	}
	if res.Unchanged {
		a.out.printf("%s is up to date: version %d, %s, %s, %s%s; nothing was written\n", plain(res.Folder), res.Version,
			count(len(p.Drivers), "driver"), count(res.Files, "file"), size(res.Bytes), packed(res))
		return nil
	}
	a.out.printf("built %s version %d: %s, %s, %s%s\n", plain(res.Folder), res.Version, count(len(p.Drivers), "driver"), count(res.Files, "file"), size(res.Bytes), packed(res))
	if res.Was != "" {
		a.err.warn("", "the package was a %s before and is a %s now: what replicates it sends everything once more", res.Was, p.Format)
	}
	a.out.printf("wrote %s (%s), kept %s, removed %s\n", count(res.Written, "file"), size(res.WrittenBytes), number(res.Kept), number(len(res.Removed)))
	if res.ServerCopied > 0 {
		a.out.printf("of these the server copied %s (%s) by itself\n", count(res.ServerCopied, "file"), size(res.ServerCopiedBytes))
	}
	if res.Miscopied > 0 {
		a.err.warn("tell whoever looks after the server", "the server copied %s wrongly; they were thrown away and sent instead", count(res.Miscopied, "file"))
	}
	return nil
}

// packed names the archive that a package is.
func packed(res packager.Result) string {
	if res.Archive == nil {
		return ""
	}
	return fmt.Sprintf(" in %s (%s)", res.Archive.Name, size(res.Archive.Size))
}

func (a *app) printTaken(p *packager.Plan) {
	if len(p.Drivers) == 0 {
		return
	}
	g := newGrid(column{"TAKEN", fixed}, column{"INF", cut}, column{"VERSION", cut}, column{"DATE", fixed | spare}, column{"FOLDER", wrap},
		column{"FILES", digits | spare}, column{"SIZE", digits}, column{"WHY", wrap | spare})
	for _, d := range p.Drivers {
		g.add(d.Hash.Short(), d.INF, cmp.Or(d.Version, "-"), cmp.Or(d.Date, "-"), d.Folder, number(len(d.Files)), size(d.Bytes), d.Why)
	}
	a.render(g)
}

// printLeftOut prints what a package does not take: nothing is left out silently. It reports whether there was a table.
func (a *app) printLeftOut(p *packager.Plan) (tables bool) {
	if len(p.LeftOut) > 0 {
		g := newGrid(column{"LEFT OUT", fixed}, column{"PATH", wrap}, column{"CODE", fixed}, column{"REASON", wrap}, column{"PLACE", wrap | spare})
		for _, l := range p.LeftOut {
			source := path.Base(l.Source.Location) // a model's sources mostly differ in their last part
			at := placeIn(l.Path, l.Place)
			at.Path = path.Join(source, at.Path)
			g.add(l.Hash.Short(), path.Join(source, l.Path), l.Code, l.Text, place(at))
		}
		a.section("Drivers left out", g)
	}
	s := p.LeftOverSummary()
	if len(s) > 0 {
		g := newGrid(column{"WHY", fixed}, column{"FILES", digits}, column{"SIZE", digits})
		for _, l := range s {
			g.add(l.Code, number(l.Files), size(l.Bytes))
		}
		a.section("Files left out", g)
	}
	for _, w := range p.Warnings {
		a.err.warn("", "%s", w.Text)
	}
	return len(p.LeftOut)+len(s) > 0
}
