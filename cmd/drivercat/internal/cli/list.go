package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/layout"
)

type listOptions struct {
	what     string
	model    string
	os, arch string
	source   int64
	verdict  string
	class    string
	provider string

	target catalog.Target // of os and arch
}

func newList(a *app) *cobra.Command {
	var o listOptions
	cmd := &cobra.Command{
		Use:   "list models|drivers|sources|packages",
		Short: "List what the catalog holds",
		Example: `  drivercat list models
  drivercat list drivers --model R61-8935CTO --os xp --verdict broken`,
		ValidArgs: []string{"models\thardware models", "drivers\tINF drivers and setup programs", "sources\timported sources", "packages\tpublished packages"},
		Args:      wants("list", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.what = args[0]
			return a.runList(cmd.Context(), cmd, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.model, "model", "", "only what belongs to this `MODEL`")
	f.StringVar(&o.os, "os", "", "only what is for this operating system, `OS`")
	f.StringVar(&o.arch, "arch", "", "its `ARCH`itecture, if it is not the OS's usual one")
	f.StringVar(&o.verdict, "verdict", "", "drivers: only nice, bad or broken `ONES`")
	f.StringVar(&o.class, "class", "", "drivers: only of this INF `CLASS`")
	f.StringVar(&o.provider, "provider", "", "drivers: only if the provider's name has this `TEXT` in it")
	f.Int64Var(&o.source, "source", 0, "drivers: only of the source with this `NUMBER`")
	mustComplete(cmd, "model", a.completeModels)
	mustComplete(cmd, "os", completeOS)
	mustComplete(cmd, "arch", completeArch)
	mustComplete(cmd, "verdict", completeWords(string(catalog.Nice), string(catalog.Bad), string(catalog.Broken)))
	return cmd
}

func (a *app) runList(ctx context.Context, cmd *cobra.Command, o listOptions) error {
	if err := o.check(cmd); err != nil {
		return err
	}
	store, err := a.openCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	o.model = layout.Normalise(o.model)
	if o.model != "" {
		if _, err := store.Model(ctx, o.model); err != nil {
			return unknownModel(err, o.model)
		}
	}
	var n int
	switch o.what {
	case "models":
		n, err = a.listModels(ctx, store)
	case "drivers":
		n, err = a.listDrivers(ctx, store, o)
	case "sources":
		n, err = a.listSources(ctx, store, o)
	default:
		n, err = a.listPackages(ctx, store, o)
	}
	if err != nil {
		return err
	}
	if n == 0 && !a.flags.json {
		a.err.say("no %s", o.what)
	}
	return nil
}

// check refuses flags that would not change the list: a filter that is silently ignored gives a wrong answer.
func (o *listOptions) check(cmd *cobra.Command) error {
	allowed := map[string]string{
		"models":   "",
		"drivers":  "model os arch verdict class provider source",
		"sources":  "model os arch",
		"packages": "model os arch",
	}[o.what]
	for _, f := range []string{"model", "os", "arch", "verdict", "class", "provider", "source"} {
		if cmd.Flags().Changed(f) && !strings.Contains(" "+allowed+" ", " "+f+" ") {
			return usageError("", "--%s does not apply to a list of %s", f, o.what)
		}
	}
	switch catalog.Verdict(o.verdict) {
	case "", catalog.Nice, catalog.Bad, catalog.Broken:
	default:
		return usageError("verdicts are nice, bad and broken", "unknown verdict %s", quote(o.verdict))
	}
	var err error
	o.target, err = optionalTarget(o.os, o.arch)
	return err
}

// optionalTarget is the target that --os and --arch name, or none.
func optionalTarget(os, arch string) (catalog.Target, error) {
	if os == "" && arch != "" {
		return catalog.Target{}, usageError("add --os", "--arch alone names no target")
	}
	if os == "" {
		return catalog.Target{}, nil
	}
	return target(os, arch)
}

// target is the target that --os and --arch name. A wrong one is wrong usage.
func target(os, arch string) (catalog.Target, error) {
	t, err := catalog.ParseTarget(os, arch)
	if err != nil {
		return t, usageError("name the operating system with --os, as in --os win10, and another architecture than its usual one with --arch", "%s", message(err))
	}
	return t, nil
}

func unknownModel(err error, name string) error {
	if !errors.Is(err, catalog.ErrNotFound) {
		return err
	}
	return coded(exitNothing, "\"drivercat list models\" shows the models", "no model is called \"%s\"", name)
}

func (a *app) listModels(ctx context.Context, r catalog.Reader) (int, error) {
	ms, err := r.Models(ctx)
	if err != nil {
		return 0, err
	}
	if a.flags.json {
		return len(ms), a.out.json(map[string]any{"models": orEmpty(ms)})
	}
	a.renderAny(modelGrid(ms))
	return len(ms), nil
}

func modelGrid(ms []catalog.ModelSummary) *grid {
	g := newGrid(column{"MODEL", wrap}, column{"MAKE", cut | spare}, column{"TARGETS", wrap}, column{"SOURCES", digits},
		column{"NICE", digits}, column{"BAD", digits}, column{"BROKEN", digits}, column{"PACKAGES", digits})
	for _, m := range ms {
		g.add(m.Name, cmp.Or(m.Make, "-"), targetNames(m.Targets), number(m.Sources), number(m.Nice), number(m.Bad), number(m.Broken), number(m.Packages))
	}
	return g
}

func targetNames(ts []catalog.Target) string {
	names := make([]string, len(ts))
	for i, t := range ts {
		names[i] = t.String()
	}
	return strings.Join(names, " ")
}

// driversPerPage is how many drivers are read in one query.
const driversPerPage = 2000

func (a *app) listDrivers(ctx context.Context, r catalog.Reader, o listOptions) (int, error) {
	filter := catalog.DriverFilter{Model: o.model, Target: o.target, Source: o.source, Verdict: catalog.Verdict(o.verdict), Class: o.class, Provider: o.provider}
	if o.source != 0 {
		if _, err := r.Source(ctx, o.source); err != nil {
			if !errors.Is(err, catalog.ErrNotFound) {
				return 0, err
			}
			return 0, coded(exitNothing, "\"drivercat list sources\" shows the sources", "no source has the number %d", o.source)
		}
	}
	var ds []catalog.DriverSummary
	var after catalog.Hash
	for {
		page, err := r.Drivers(ctx, filter, after, driversPerPage)
		if err != nil {
			return 0, err
		}
		ds = append(ds, page...)
		if len(page) < driversPerPage {
			break
		}
		after = page[len(page)-1].Hash
	}
	if a.flags.json {
		return len(ds), a.out.json(map[string]any{"drivers": orEmpty(ds)})
	}
	a.renderAny(driverGrid(ds))
	return len(ds), nil
}

func driverGrid(ds []catalog.DriverSummary) *grid {
	g := newGrid(column{"DRIVER", fixed}, column{"NAME", cut}, column{"VERDICT", fixed}, column{"SIGNATURE", fixed | spare}, column{"CLASS", cut | spare}, column{"PROVIDER", cut | spare},
		column{"VERSION", cut}, column{"DATE", fixed | spare}, column{"IDS", digits | spare}, column{"FILES", digits | spare}, column{"SIZE", digits})
	g.paint(2, verdictColours())
	for _, d := range ds {
		g.add(d.Hash.Short(), d.Name, listedVerdict(d), cmp.Or(string(d.Signature), "-"), cmp.Or(d.Class, "-"), cmp.Or(d.Provider, "-"), cmp.Or(d.Version, "-"), cmp.Or(d.Date, "-"),
			number(d.IDs), number(d.Files), size(d.Bytes))
	}
	return g
}

func verdictColours() map[string]text.Color {
	colours := map[string]text.Color{string(catalog.Nice): text.FgGreen, string(catalog.Bad): text.FgYellow, string(catalog.Broken): text.FgRed}
	for v, c := range maps.Clone(colours) {
		colours[v+overruled] = c
	}
	return colours
}

// overruled is put behind a verdict in lists that an administrator gave against the rules.
const overruled = " (overruled)"

func listedVerdict(d catalog.DriverSummary) string {
	if d.Judged != "" {
		return string(d.Verdict) + overruled
	}
	return string(d.Verdict)
}

func (a *app) listSources(ctx context.Context, r catalog.Reader, o listOptions) (int, error) {
	ss, err := r.Sources(ctx, catalog.SourceFilter{Model: o.model, Target: o.target})
	if err != nil {
		return 0, err
	}
	if a.flags.json {
		return len(ss), a.out.json(map[string]any{"sources": orEmpty(ss)})
	}
	g := newGrid(column{"SOURCE", digits}, column{"MODEL", wrap}, column{"TARGET", fixed}, column{"LOCATION", wrap}, column{"IMPORTED", fixed | spare},
		column{"FILES", digits | spare}, column{"SIZE", digits | spare}, column{"NICE", digits}, column{"BAD", digits}, column{"BROKEN", digits}, column{"PROBLEMS", digits | spare})
	for _, s := range ss {
		g.add(strconv.FormatInt(s.ID, 10), s.Model.Name, s.Target.String(), s.Location, s.Imported.Local().Format("2006-01-02 15:04"),
			number(s.Files), size(s.Bytes), number(s.Nice), number(s.Bad), number(s.Broken), number(s.Problems))
	}
	a.renderAny(g)
	return len(ss), nil
}

func (a *app) listPackages(ctx context.Context, r catalog.Reader, o listOptions) (int, error) {
	ps, err := r.Packages(ctx, catalog.PackageFilter{Model: o.model, Target: o.target})
	if err != nil {
		return 0, err
	}
	if a.flags.json {
		return len(ps), a.out.json(map[string]any{"packages": orEmpty(ps)})
	}
	a.renderAny(packageGrid(ps))
	return len(ps), nil
}

func packageGrid(ps []catalog.Package) *grid {
	g := newGrid(column{"MODEL", wrap}, column{"TARGET", fixed}, column{"KIND", fixed | spare}, column{"VERSION", digits}, column{"DRIVERS", digits},
		column{"FILES", digits | spare}, column{"SIZE", digits | spare}, column{"PUBLISHED", fixed | spare}, column{"FOLDER", wrap})
	for _, p := range ps {
		g.add(p.Model.Name, p.Target.String(), p.Kind, number(p.Version), number(len(p.Drivers)), number(p.Files), size(p.Bytes),
			p.Published.Local().Format("2006-01-02 15:04"), p.Folder)
	}
	return g
}

// renderAny prints a grid unless it is empty: headings over nothing tell nothing.
func (a *app) renderAny(g *grid) {
	if len(g.rows) > 0 {
		a.render(g)
	}
}

// orEmpty makes JSON say [] and not null.
func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// placeIn makes a place, which is relative to its driver's folder, relative to the driver's source.
func placeIn(driver string, p catalog.Place) catalog.Place {
	if p.Path != "" {
		p.Path = path.Join(path.Dir(driver), p.Path)
	}
	return p
}

// place is a reason's place for people.
func place(p catalog.Place) string {
	if p.Path == "" {
		return "-"
	}
	return fmt.Sprint(p)
}
