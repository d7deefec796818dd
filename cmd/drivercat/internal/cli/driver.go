package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
)

// newDriver is the noun for what administrators say of drivers.
func newDriver(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "driver set|list",
		Short: "Say what you know better: a verdict, a silent command",
		Long: `Say what you know better of a driver than the rules and the vendor do: its verdict, or how its setup program runs without
questions. What you say is kept with its reason by the driver's content: importing it again changes nothing, and every model
that carries the same files has it. "drivercat show" tells what was said and what it overrules.`,
		Example: `  drivercat driver set setup.exe --silent 'setup.exe /VERYSILENT /NORESTART' --exit-codes 0,3010 --reason 'tested on an R61'
  drivercat driver list`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return usageError(`see "drivercat driver --help"`, "driver has no sub-verb %s", quote(args[0]))
		},
	}
	const sub = "sub"
	cmd.AddGroup(&cobra.Group{ID: sub, Title: "Sub-verbs:"})
	for _, c := range []*cobra.Command{newDriverSet(a), newDriverList(a)} {
		c.GroupID = sub
		c.Flags().SortFlags = false
		cmd.AddCommand(c)
	}
	return cmd
}

type driverSetOptions struct {
	driver    string
	silent    string
	exitCodes string
	restart   string
	verdict   string
	reason    string
	from, app string
	clear     bool
	dryRun    bool

	given map[string]bool // flags
	codes []catalog.ExitCode
}

func newDriverSet(a *app) *cobra.Command {
	o := driverSetOptions{given: map[string]bool{}}
	cmd := &cobra.Command{
		Use:   "set HASH|NAME|PATH",
		Short: "Overrule a verdict, or set how a setup program runs without questions",
		Long: `Overrule a driver's verdict, or set how its setup program runs without questions. The driver is named by the first digits of
its hash (6 or more), by the name of its INF or setup program, or by where that lies.

Only what is given changes. --exit-codes lists the codes that mean success, each with what it asks for if it is not the usual:
0,3010,14=restart,5=failed. The words are done, restart, restarting, retry and failed; 3010 is a restart and 1641 a restart that
was started, as Windows Installer has it.

--from takes the command from the catalogue that Lenovo publishes for ConfigMgr administrators (catalog.xml): the program for a model
and system that carry the driver; --app says which, if there are several.

A driver that is called nice is taken into packages only where all of its files are there: an incomplete package is never built.`,
		Example: `  drivercat driver set setup.exe --silent 'setup.exe /VERYSILENT /NORESTART' --restart no --reason 'tested on an R61'
  drivercat driver set pbcard.inf --verdict bad --reason 'hangs without its tray icon' --dry-run`,
		Args:              wants("driver", 1, 1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.driver = args[0]
			for _, f := range []string{"silent", "exit-codes", "restart", "from", "app", "verdict", "reason"} {
				o.given[f] = cmd.Flags().Changed(f)
			}
			return a.runDriverSet(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.silent, "silent", "", "the `COMMAND` that runs the setup program without questions")
	f.StringVar(&o.exitCodes, "exit-codes", "", "its exit `CODES`: 0,3010,14=restart")
	f.StringVar(&o.restart, "restart", "", "`WHETHER` it restarts the computer by itself: yes, no or unknown")
	f.StringVar(&o.from, "from", "", "take the command from Lenovo's catalogue in this `FILE`")
	f.StringVar(&o.app, "app", "", "with --from: the program's name there, or `PART` of it")
	f.StringVar(&o.verdict, "verdict", "", "the driver's `VERDICT`: nice, bad or broken")
	f.StringVar(&o.reason, "reason", "", "`WHY`, for those who read it later")
	f.BoolVar(&o.clear, "clear", false, "forget what was said of the driver")
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "say what would be kept")
	mustComplete(cmd, "verdict", completeWords(string(catalog.Nice), string(catalog.Bad), string(catalog.Broken)))
	mustComplete(cmd, "restart", completeWords("yes", "no", "unknown"))
	return cmd
}

// check refuses what makes no sense before the catalog is opened.
func (o *driverSetOptions) check() error {
	says := o.given["silent"] || o.given["from"] || o.given["exit-codes"] || o.given["restart"] || o.given["verdict"]
	switch {
	case o.clear && (says || o.given["reason"]):
		return usageError("clear first, then set anew", "--clear forgets everything, and other flags are given too")
	case o.clear:
		return nil
	case !says:
		return usageError("give --silent, --from, --exit-codes, --restart, --verdict or --clear", "nothing to set is given")
	case o.given["silent"] && o.given["from"]:
		return usageError("leave one of them away", "both --silent and --from say how the program runs")
	case o.given["app"] && !o.given["from"]:
		return usageError("name the catalogue with --from", "--app chooses from a catalogue, and none is given")
	case strings.TrimSpace(o.reason) == "" && (!o.given["from"] || o.given["verdict"]):
		return usageError("say it with --reason: in a year nobody remembers", "no reason is given")
	case o.given["silent"] && strings.TrimSpace(o.silent) == "":
		return usageError("--clear forgets what was said", "--silent is empty")
	}
	switch catalog.Verdict(o.verdict) {
	case catalog.Nice, catalog.Bad, catalog.Broken:
	default:
		if o.given["verdict"] {
			return usageError("verdicts are nice, bad and broken", "unknown verdict %s", quote(o.verdict))
		}
	}
	switch catalog.Restart(o.restart) {
	case catalog.RestartYes, catalog.RestartNo, catalog.RestartUnknown:
	default:
		if o.given["restart"] {
			return usageError("it is yes, no or unknown", "--restart %s is not understood", quote(o.restart))
		}
	}
	var err error
	if o.given["exit-codes"] {
		o.codes, err = parseExitCodes(o.exitCodes)
	}
	return err
}

// parseExitCodes reads "0,3010,14=restart".
func parseExitCodes(list string) (codes []catalog.ExitCode, err error) {
	const hint = "write them as 0,3010,14=restart; the words are done, restart, restarting, retry and failed"
	meanings := map[catalog.ExitResult]string{
		catalog.ExitDone: "done", catalog.ExitRestart: "done; a restart is needed", catalog.ExitRestarting: "done, and a restart was started",
		catalog.ExitRetry: "not done; the same command may work later", catalog.ExitFailed: "failed",
	}
	for item := range strings.SplitSeq(list, ",") {
		number, word, named := strings.Cut(strings.TrimSpace(item), "=")
		n, err := strconv.ParseInt(strings.TrimSpace(number), 0, 64)
		if err != nil || n < -1<<31 || n >= 1<<32 {
			return nil, usageError(hint, "%s is no exit code", quote(strings.TrimSpace(item)))
		}
		if n >= 1<<31 {
			n -= 1 << 32 // the same 32 bits, as they are stored
		}
		c := catalog.ExitCode{Code: n, Result: catalog.ExitDone}
		switch {
		case named:
			c.Result = catalog.ExitResult(strings.TrimSpace(word))
		case n == 3010:
			c.Result = catalog.ExitRestart
		case n == 1641:
			c.Result = catalog.ExitRestarting
		}
		if c.Meaning = meanings[c.Result]; c.Meaning == "" {
			return nil, usageError(hint, "%s means nothing for an exit code", quote(word))
		}
		if slices.ContainsFunc(codes, func(o catalog.ExitCode) bool { return o.Code == n }) {
			return nil, usageError(hint, "exit code %d is given twice", n)
		}
		codes = append(codes, c)
	}
	return codes, nil
}

// driverSetReport is the shape of "driver set --json".
type driverSetReport struct {
	DryRun  bool                   `json:"dryRun"`
	Driver  catalog.Hash           `json:"driver"`
	Name    string                 `json:"name"`
	Verdict catalog.Verdict        `json:"verdict"` // in force
	Judged  catalog.Verdict        `json:"judged"`  // of the rules
	Setting *catalog.DriverSetting `json:"setting"` // null if nothing is said
	Silent  *catalog.Silent        `json:"silent,omitempty"`
}

func (a *app) runDriverSet(ctx context.Context, o driverSetOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	store, err := a.openCatalogFor(ctx, o.dryRun)
	if err != nil {
		return err
	}
	defer store.Close()
	d, err := a.oneDriver(ctx, store, o.driver)
	if err != nil {
		return err
	}
	if err := a.fromCatalogue(ctx, store, d, &o); err != nil {
		return err
	}
	setting, err := o.apply(d)
	if err != nil {
		return err
	}
	if !setting.IsZero() {
		setting.Changed = a.env.Now().UTC()
	}
	if !o.dryRun {
		if err := store.SetDriver(ctx, d.Hash, setting); err != nil {
			return err
		}
		if d, err = store.Driver(ctx, d.Hash.String()); err != nil {
			return err
		}
	} else {
		d = said(d, setting)
	}
	rep := driverSetReport{DryRun: o.dryRun, Driver: d.Hash, Name: d.Name, Verdict: d.Verdict, Judged: cmp.Or(d.Judged, d.Verdict), Setting: d.Setting}
	if d.Installer != nil {
		rep.Silent = d.Installer.Silent
	}
	if n := len(d.Missing); n > 0 && o.given["verdict"] && d.Verdict == catalog.Nice {
		a.err.warn("import a source that holds them", "%s is nice now, but misses %s that it needs, %s first: it stays out of packages for the systems that need them", d.Name, count(n, "file"), d.Missing[0].Path)
	}
	if i := slices.IndexFunc(d.Reasons, func(r catalog.Reason) bool { return r.Code == string(inf.ImportInvalid) }); i >= 0 && o.given["verdict"] && d.Verdict == catalog.Nice {
		a.err.warn("\"drivercat lint\" tells more; try the package on a computer before it is deployed", "%s is nice now and goes into packages, but by its text %s", d.Name, d.Reasons[i].Text)
	}
	if a.flags.json {
		return a.out.json(rep)
	}
	if !a.flags.quiet {
		a.facts(append([]string{"driver", d.Hash.String(), "name", d.Name, "verdict", verdictText(d)}, settingFacts(d.Setting)...)...)
	}
	return nil
}

// said is the driver as it will be read once the setting is kept.
func said(d *catalog.Driver, s catalog.DriverSetting) *catalog.Driver {
	n := *d
	if d.Judged != "" {
		n.Verdict, n.Judged = d.Judged, ""
	}
	if n.Setting = nil; !s.IsZero() {
		n.Overrule(s)
	}
	return &n
}

// apply makes the setting of what was said before and what is said now.
func (o *driverSetOptions) apply(d *catalog.Driver) (s catalog.DriverSetting, err error) {
	if o.clear {
		return s, nil
	}
	if d.Setting != nil {
		s = *d.Setting
	}
	program := o.given["silent"] || o.given["exit-codes"] || o.given["restart"]
	switch {
	case program && d.Installer == nil:
		return s, usageError("--silent, --exit-codes and --restart are for setup programs", "%s is no setup program", d.Name)
	case d.INF == nil && catalog.Verdict(o.verdict) == catalog.Nice:
		return s, usageError("", "%s is a setup program: Windows can import an INF, and it has none", d.Name)
	}
	if o.given["verdict"] {
		s.Verdict, s.VerdictReason = catalog.Verdict(o.verdict), strings.TrimSpace(o.reason)
	}
	if program {
		s.SilentReason = strings.TrimSpace(o.reason)
	}
	if o.given["silent"] {
		s.Silent = strings.TrimSpace(o.silent)
	}
	if o.given["exit-codes"] {
		s.ExitCodes = o.codes
	}
	if o.given["restart"] {
		s.Restart = catalog.Restart(o.restart)
	}
	return s, nil
}

// oneDriver finds the driver that a hash, a name or a path means.
func (a *app) oneDriver(ctx context.Context, r catalog.Reader, word string) (*catalog.Driver, error) {
	word = strings.TrimPrefix(word, kindDriver+":")
	things, err := findDrivers(ctx, r, word)
	if err == nil && len(things) == 0 {
		things, err = a.driversAt(ctx, r, word)
	}
	switch {
	case err != nil:
		return nil, err
	case len(things) == 0:
		return nil, coded(exitNothing, "\"drivercat list drivers\" shows the drivers with their hashes", "no driver is called \"%s\"", word)
	case len(things) > 1:
		e := &codedError{code: exitUsage, err: fmt.Errorf("\"%s\" fits %s", word, count(len(things), "driver"))}
		for _, t := range things {
			e.hints = append(e.hints, fmt.Sprintf("driver:%s   %s", t.key, t.text))
		}
		return nil, e
	}
	d, err := r.Driver(ctx, things[0].key)
	if errors.Is(err, catalog.ErrNotFound) {
		return nil, gone(err, "driver "+things[0].key)
	}
	return d, err
}

// driversAt finds drivers by where their INF or setup program lies, in a source of the catalog or on this machine.
func (a *app) driversAt(ctx context.Context, r catalog.Reader, path string) (out []thing, err error) {
	sources, err := r.Sources(ctx, catalog.SourceFilter{})
	if err != nil {
		return nil, err
	}
	found := map[catalog.Hash]bool{}
	for _, s := range sources {
		for _, location := range a.locations(path) {
			rel, ok := strings.CutPrefix(strings.ReplaceAll(location, `\`, "/"), strings.ReplaceAll(s.Location, `\`, "/")+"/")
			if !ok {
				continue
			}
			records, err := r.SourceDrivers(ctx, s.ID, false)
			if err != nil {
				return nil, err
			}
			for _, d := range records {
				if strings.EqualFold(d.Path, rel) && !found[d.Driver.Hash] {
					found[d.Driver.Hash] = true
					out = append(out, thing{kind: kindDriver, key: d.Driver.Hash.String(), text: s.Location + "/" + d.Path})
				}
			}
			break
		}
	}
	return out, nil
}

func newDriverList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List what was said of drivers",
		Example: `  drivercat driver list
  drivercat driver list --json`,
		Args:              wants("", 0, 0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return a.runDriverList(cmd.Context()) },
	}
}

// driverSettingRow is one row of "driver list --json". Name and judged are "" while the catalog does not hold the driver.
type driverSettingRow struct {
	catalog.DriverSettingRecord
	Name   string          `json:"name"`
	Judged catalog.Verdict `json:"judged"`
}

func (a *app) runDriverList(ctx context.Context) error {
	store, err := a.openCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	records, err := store.DriverSettings(ctx)
	if err != nil {
		return err
	}
	rows := []driverSettingRow{}
	for _, r := range records {
		row := driverSettingRow{DriverSettingRecord: r}
		switch d, err := store.Driver(ctx, r.Driver.String()); {
		case err == nil:
			row.Name, row.Judged = d.Name, cmp.Or(d.Judged, d.Verdict)
		case !errors.Is(err, catalog.ErrNotFound):
			return err
		}
		rows = append(rows, row)
	}
	if a.flags.json {
		return a.out.json(map[string]any{"settings": rows})
	}
	if len(rows) == 0 {
		a.err.say("nothing was said of any driver")
	}
	g := newGrid(column{"DRIVER", fixed}, column{"NAME", cut}, column{"VERDICT", fixed}, column{"RULES SAY", fixed | spare}, column{"SILENT COMMAND", wrap}, column{"REASON", wrap}, column{"SINCE", fixed | spare})
	g.paint(2, verdictColours())
	for _, r := range rows {
		s := r.Setting
		reason := cmp.Or(s.VerdictReason, s.SilentReason)
		if s.VerdictReason != "" && s.SilentReason != "" && s.VerdictReason != s.SilentReason {
			reason += "; " + s.SilentReason
		}
		g.add(r.Driver.Short(), cmp.Or(r.Name, "(not in the catalog)"), cmp.Or(string(s.Verdict), "-"), cmp.Or(string(r.Judged), "-"), cmp.Or(s.Silent, "-"), reason, s.Changed.Local().Format("2006-01-02 15:04"))
	}
	a.renderAny(g)
	return nil
}
