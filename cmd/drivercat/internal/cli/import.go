package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/intake"
	"github.com/drivercat/drivercat/catalog/source"
	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb/login"
)

type importOptions struct {
	sources   []string
	make      string
	model     string
	os, arch  string
	originals bool
	inPlace   bool
	extract   bool
	rehash    bool
	dryRun    bool

	target catalog.Target // of os and arch
}

func newImport(a *app) *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import SOURCE... --make MAKE --model MODEL --os OS | import --originals",
		Short: "Read vendors' drivers, judge them and keep what they are in the catalog",
		Long: `Read folders of vendor drivers, archives and setup programs, judge each driver and keep what they are in the catalog.

With a share root each SOURCE is first copied to _OriginalSources_\OS\MODEL on the share, where it stays unchanged.
Without one, or with --in-place, it is read where it lies. --originals takes every source that already lies below
_OriginalSources_ on the share.

Archives and setup programs are read like folders, also one in another; no vendor's program is run. --extract also
unpacks them on the share, each into a folder beside it.

Importing again costs a look at the folders; only what changed is read. Interrupting loses nothing.`,
		Example: `  drivercat import samples/sources/R61-8935CTO/CardReader --make Lenovo --model R61-8935CTO --os xp
  drivercat import samples/sources/R61-8935CTO/* --make Lenovo --model R61-8935CTO --os xp --share /srv/Drivers`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.sources = args
			return a.runImport(cmd.Context(), o)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.make, "make", "", "who makes the model, such as `Lenovo`; may be left away for a known model")
	f.StringVar(&o.model, "model", "", "the hardware `MODEL`, as its folder on the share is called")
	f.StringVar(&o.os, "os", "", "the operating system the drivers are for, `OS`: xp, win10, win11, ...")
	f.StringVar(&o.arch, "arch", "", "its `ARCH`itecture, if it is not the OS's usual one: x86, x64, arm64")
	f.BoolVar(&o.originals, "originals", false, "import every source below _OriginalSources_ on the share")
	f.BoolVar(&o.inPlace, "in-place", false, "read the source where it lies, do not copy it to the share")
	f.BoolVar(&o.extract, "extract", false, "unpack archives and setup programs on the share, each into a folder beside it")
	f.BoolVar(&o.rehash, "rehash", false, "read every file again, whatever its size and time say")
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "say what would be copied and imported, and change nothing")
	mustComplete(cmd, "model", a.completeModels)
	mustComplete(cmd, "os", completeOS)
	mustComplete(cmd, "arch", completeArch)
	return cmd
}

func (a *app) runImport(ctx context.Context, o importOptions) error {
	a.whenInterrupted = "nothing was changed"
	if err := o.check(); err != nil {
		return err
	}
	if err := checkSources(o.sources); err != nil {
		return err
	}
	if o.extract && a.set.share() == "" {
		return usageError("name the share with --share", "--extract unpacks on the share, and there is none")
	}
	var share openedTree
	if o.originals || a.set.share() != "" && !o.inPlace {
		var err error
		if share, err = a.openShare(ctx, "import --originals"); err != nil {
			return err
		}
		defer share.Close()
	}
	store, err := a.importCatalog(ctx, &o)
	if err != nil {
		return err
	}
	if store != nil {
		defer store.Close()
	}
	r := &importRun{a: a, o: o, share: share, store: store, meter: new(catalog.Meter), dryRun: o.dryRun}
	r.report = importReport{DryRun: o.dryRun, Imports: []importResult{}, Failed: []importFailed{}}
	jobs, err := r.jobs(ctx)
	if err != nil {
		return err
	}
	return r.run(ctx, jobs)
}

// check makes sure of everything that can be known without looking at a disk.
func (o *importOptions) check() error {
	if o.originals {
		switch {
		case len(o.sources) > 0:
			return usageError("leave one of them away", "both SOURCE and --originals are given")
		case o.model+o.os+o.arch+o.make != "" || o.inPlace || o.extract:
			return usageError("--originals takes model and operating system from the folders' names", "--originals goes with none of --make, --model, --os, --arch, --in-place, --extract")
		}
		return nil
	}
	switch {
	case len(o.sources) == 0:
		return usageError("name a folder of vendor drivers, an archive or a setup program, or import what lies on the share with --originals", "nothing to import")
	case o.model == "":
		return usageError("add --model, as in --model R61-8935CTO", "no model is given")
	case o.os == "":
		return usageError("add --os, as in --os win10", "no operating system is given")
	case o.extract && o.inPlace:
		return usageError("leave one of them away: what is read in place stays as it is", "both --extract and --in-place are given")
	}
	var err error
	if o.target, err = target(o.os, o.arch); err != nil {
		return err
	}
	o.model, err = layout.CheckModel(o.model)
	return err
}

// checkSources makes sure that every source is there before the first is touched.
func checkSources(sources []string) error {
	for _, s := range sources {
		if !windows && login.IsAddress(s) {
			return failed("mount the share and name the folder, or copy it to _OriginalSources_ and use --originals", "source %s lies on a share; sources are folders and files of this system", login.Redact(s))
		}
		st, err := os.Stat(s)
		if err != nil {
			return failed("", "source %s: %s", s, fileError(err))
		}
		switch {
		case st.IsDir():
		case !st.Mode().IsRegular():
			return failed("name a folder, an archive or a setup program", "source %s is neither a file nor a folder", s)
		default:
			switch err := source.CheckFile(s); {
			case errors.Is(err, archive.ErrFormat):
				return failed("name the folder that it lies in, an archive or a setup program", "source %s is neither a folder nor an archive nor a setup program", s)
			case err != nil:
				return failed(hintUnreadable, "source %s cannot be read: %s", s, fileError(err))
			}
			continue
		}
		if err := listable(s); err != nil {
			return failed(hintUnreadable, "source %s cannot be read: %s", s, fileError(err))
		}
	}
	return nil
}

// listable looks into a folder.
func listable(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Readdirnames(1); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// importCatalog opens the catalog; a dry run makes none and may get nil. It finds the make of a known model.
func (a *app) importCatalog(ctx context.Context, o *importOptions) (catalog.Store, error) {
	path, err := a.catalogFile()
	if err != nil {
		return nil, err
	}
	_, statErr := os.Stat(path)
	fresh := errors.Is(statErr, os.ErrNotExist)
	needMake := !o.originals && o.make == ""
	unknownMake := func() error {
		return usageError("add --make, as in --make Lenovo", "%s is a new model and no make is given", o.model)
	}
	if fresh && needMake {
		return nil, unknownMake()
	}
	var store catalog.Store
	switch {
	case o.dryRun && fresh:
		return nil, nil
	case o.dryRun:
		store, err = a.openCatalog(ctx)
	default:
		store, err = a.makeCatalog(ctx)
	}
	if err != nil || o.originals {
		return store, err
	}
	m, err := store.Model(ctx, o.model)
	switch {
	case err == nil && needMake:
		o.make = m.Make
		return store, nil
	case err == nil && m.Make != "" && !strings.EqualFold(m.Make, o.make):
		store.Close() // the store would refuse it too, but only after the source was copied to the share
		return nil, fmt.Errorf("%w: %s is known as a model of %s, not of %s", catalog.ErrMakeConflict, m.Name, m.Make, o.make)
	case err == nil, errors.Is(err, catalog.ErrNotFound) && !needMake:
		return store, nil
	}
	store.Close()
	if errors.Is(err, catalog.ErrNotFound) {
		return nil, unknownMake()
	}
	return nil, err
}

// importJob is one source to import.
type importJob struct {
	location
	adopt   bool // copy it to the share first
	key     catalog.SourceKey
	exclude []string
}

// told puts the source before a message that does not name it already.
func (j importJob) told(msg string) string {
	if strings.Contains(msg, j.shown) || strings.Contains(msg, filepath.Base(j.path)+":") {
		return msg
	}
	return j.shown + ": " + msg
}

// importRun carries out an import verb.
type importRun struct {
	a      *app
	o      importOptions
	share  openedTree // nil if sources are read where they lie
	store  catalog.Store
	meter  *catalog.Meter
	dryRun bool
	report importReport
	shown  int // problems printed for the source at hand
}

// importReport is the shape of "import --json".
type importReport struct {
	DryRun  bool           `json:"dryRun"`
	Imports []importResult `json:"imports"`
	Failed  []importFailed `json:"failed"`

	Traffic *tree.Traffic `json:"traffic,omitempty"` // on a share that is reached over the network, what crossed the network
}

// importResult is what became of one source.
type importResult struct {
	From    string            `json:"from"` // as named on the command line, or relative to the share root
	Adopted *packager.Adopted `json:"adopted,omitempty"`
	*intake.Result
	Drivers    []sourceDriver           `json:"drivers"` // those that are not nice; [] if unchanged
	Accounting []catalog.AccountingLine `json:"accounting"`
	Notices    []intake.Problem         `json:"notices"` // problems and warnings
	Seconds    float64                  `json:"seconds"`
}

type importFailed struct {
	From  string `json:"from"`
	Error string `json:"error"`
}

// jobs finds out what is to be imported.
func (r *importRun) jobs(ctx context.Context) ([]importJob, error) {
	if r.o.originals {
		return r.originals(ctx)
	}
	var out []importJob
	for _, s := range r.o.sources {
		abs, err := filepath.Abs(s)
		if err != nil {
			return nil, err
		}
		out = append(out, importJob{
			location: location{shown: s, path: abs}, adopt: r.share != nil,
			key: catalog.SourceKey{Model: catalog.Model{Make: r.o.make, Name: r.o.model}, Target: r.o.target, Location: abs},
		})
	}
	return out, nil
}

// run imports one source after the other. What fails is told, and the rest goes on.
func (r *importRun) run(ctx context.Context, jobs []importJob) error {
	problems := 0
	for i, j := range jobs {
		r.a.whenInterrupted = "nothing was changed"
		if i > 0 {
			r.a.whenInterrupted = "what was imported before stays; run it again to go on"
		}
		res, err := r.one(ctx, j)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && len(jobs) == 1:
			return err
		case err != nil:
			hint := ""
			if hints := hintsFor(err); len(hints) > 0 {
				hint = hints[0]
			}
			r.a.err.warn(hint, "%s", j.told(message(err)))
			r.report.Failed = append(r.report.Failed, importFailed{From: j.shown, Error: message(err)})
			continue
		}
		r.report.Imports = append(r.report.Imports, res)
		if res.Result != nil {
			problems += res.Problems
		}
		if res.Adopted != nil {
			problems += res.Adopted.Problems
		}
		if !r.a.flags.json {
			r.print(res)
		}
	}
	r.report.Traffic = traffic(r.share)
	if r.a.flags.json {
		if err := r.a.out.json(r.report); err != nil {
			return err
		}
	} else {
		r.a.noteTraffic(r.report.Traffic)
	}
	switch failures := len(r.report.Failed); {
	case failures > 0 && len(r.report.Imports) == 0:
		return failed("", "nothing could be imported")
	case failures > 0:
		return coded(exitPartial, "", "%s could not be imported, %s could", count(failures, "source"), number(len(r.report.Imports)))
	case problems > 0:
		return coded(exitPartial, "the rest is in the catalog; what could not be read is tried again by the next import", "%s, each told above", count(problems, "problem"))
	}
	return nil
}

// one imports one source.
func (r *importRun) one(ctx context.Context, j importJob) (importResult, error) {
	began := r.a.env.Now()
	res := importResult{From: j.shown, Drivers: []sourceDriver{}, Accounting: []catalog.AccountingLine{}, Notices: []intake.Problem{}}
	r.shown = 0
	notice := func(p intake.Problem) {
		res.Notices = append(res.Notices, p)
		r.tell(j, p)
	}
	stop := r.a.progressOn(r.share, r.meter)
	defer stop()
	origin := ""
	if j.adopt {
		ad, err := packager.AdoptSource(ctx, r.share, r.a.layout(), packager.AdoptOptions{
			Dir: j.path, Model: j.key.Model.Name, Target: j.key.Target, Extract: r.o.extract, Tools: r.a.tools(), DryRun: r.dryRun, Workers: r.a.set.workers(), Meter: r.meter,
			Problem: func(p packager.Problem) {
				notice(intake.Problem{Code: "not-copied", Path: p.Path, Text: p.Text, Advice: p.Advice})
			},
			Waiting: func(err error) { r.a.err.say("%s: waiting for the other one to finish: %s", j.shown, message(err)) },
		})
		if err != nil {
			return res, err
		}
		res.Adopted = &ad
		if !ad.InPlace {
			origin = ad.Origin
		}
		j.key.Location, j.key.Adopted = ad.Location, true
		j.location = locationOn(r.share, ad.Location, j.shown)
		r.a.whenInterrupted = "run it again to go on"
	}
	if r.dryRun {
		return res, nil
	}
	result, err := j.read(ctx, r.store, j.key, intake.Options{
		Workers: r.a.set.workers(), Rehash: r.o.rehash, Exclude: j.exclude, Origin: origin, Now: r.a.env.Now, Meter: r.meter, Tools: r.a.tools(), Problem: notice,
	})
	if err != nil {
		return res, err
	}
	res.Result = &result
	if err := r.details(ctx, &res); err != nil {
		return res, err
	}
	if res.Drivers == nil {
		res.Drivers = []sourceDriver{}
	}
	res.Seconds = r.a.env.Now().Sub(began).Round(time.Millisecond).Seconds()
	return res, nil
}
