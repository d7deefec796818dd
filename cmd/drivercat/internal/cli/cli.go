package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/packager/replicate"
)

// The groups of the help.
const (
	groupDay    = "day"
	groupINF    = "inf"
	groupThings = "things"
	groupHand   = "hand"
	groupTool   = "tool"
)

// app is one run of drivercat: the world around it, its streams and the settings in force.
type app struct {
	env    Env
	out    *output
	err    *console
	flags  globalFlags
	set    settings
	colour bool // stdout takes colours

	asked      answers
	badSetting error // what is wrong with the settings, for "config", which runs all the same

	// whenInterrupted completes the sentence "interrupted; ..." and is set by verbs that change something.
	whenInterrupted string

	limit *replicate.Limit // of the bandwidth to servers that are opened from now on; nil for none
}

// globalFlags are the flags of every verb as typed.
type globalFlags struct {
	catalog, share, config string
	json, quiet, verbose   bool
}

// Main runs one command and returns its exit code.
func Main(ctx context.Context, env Env) int {
	a := &app{env: env, out: newOutput(env.Stdout), err: &console{w: env.Stderr}}
	a.colour = env.Stdout.Terminal && env.Getenv("NO_COLOR") == "" && env.Getenv("TERM") != "dumb"
	// A wrong flag ends parsing before --json may have been seen, and the error must be JSON all the same.
	a.err.json = slices.Contains(env.Args, "--json")

	root := a.root()
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(a.out)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	if flushErr := a.out.flush(); err == nil {
		err = flushErr
	}
	return a.report(ctx, err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "drivercat VERB [flags]",
		Short: "Turn piles of vendor drivers into driver packages an administrator can trust",
		Long: `drivercat turns piles of vendor drivers into driver packages an administrator can trust.

It reads what vendors ship, decides driver by driver whether Windows can install it from its INF (nice), only by
running a setup program (bad), or not at all (broken), keeps that in a catalog per hardware model and operating
system, and writes verified package folders for ConfigMgr.`,
		Example: `  drivercat import samples/sources/R61-8935CTO/CardReader --make Lenovo --model R61-8935CTO --os xp
  drivercat list drivers`,
		Version:                    a.version().Version,
		SuggestionsMinimumDistance: 2,
		SilenceErrors:              true,
		SilenceUsage:               true,
		CompletionOptions:          cobra.CompletionOptions{DisableDefaultCmd: true},
		Args:                       cobra.ArbitraryArgs,
		PersistentPreRunE:          func(cmd *cobra.Command, _ []string) error { return a.prepare(cmd) },
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownVerb(cmd, args[0])
		},
	}
	root.SetFlagErrorFunc(flagError)
	f := root.PersistentFlags()
	f.StringVar(&a.flags.catalog, "catalog", "", "the catalog: `FILE` or URL (default drivercat.db beside drivercat.ini, else in your data folder)")
	f.StringVar(&a.flags.share, "share", "", "the Drivers share's `ROOT`: \\\\server\\Drivers or a local folder")
	f.StringVar(&a.flags.config, "config", "", "the configuration `FILE` (default drivercat.ini here, else in your configuration folder)")
	f.BoolVar(&a.flags.json, "json", false, "results as JSON, messages as JSON lines")
	f.BoolVarP(&a.flags.quiet, "quiet", "q", false, "only results asked for and problems")
	f.BoolVarP(&a.flags.verbose, "verbose", "v", false, "tell what is going on")
	f.SortFlags, root.Flags().SortFlags = false, false
	mustComplete(root, "share", completeFolders)

	root.AddGroup(
		&cobra.Group{ID: groupDay, Title: "Every day:"},
		&cobra.Group{ID: groupINF, Title: "INF files:"},
		&cobra.Group{ID: groupThings, Title: "Things:"},
		&cobra.Group{ID: groupHand, Title: "Handing over:"},
		&cobra.Group{ID: groupTool, Title: "The tool:"},
	)
	root.SetHelpCommand(newHelp())
	root.SetHelpCommandGroupID(groupTool)
	for _, v := range []struct {
		group string
		cmd   *cobra.Command
	}{
		{groupDay, newImport(a)},
		{groupDay, newList(a)},
		{groupDay, newFind(a)},
		{groupDay, newShow(a)},

		{groupDay, newBuild(a)},
		{groupDay, newDiff(a)},
		{groupDay, newVerify(a)},
		{groupINF, newParse(a)},
		{groupINF, newLint(a)},
		{groupINF, newRank(a)},
		{groupINF, newRepair(a)},
		{groupThings, newBlocklist(a)},
		{groupThings, newDriver(a)},
		{groupThings, newPoints(a)},
		{groupHand, newReplicate(a)},
		{groupTool, newConfig(a)},
		{groupTool, newDoctor(a)},
		{groupTool, newCompletion(a)},
		{groupTool, newVersion(a)},
	} {
		v.cmd.GroupID = v.group
		v.cmd.Flags().SortFlags = false
		root.AddCommand(v.cmd)
	}
	root.SetUsageTemplate(usageTemplate)
	root.SetVersionTemplate("drivercat {{.Version}}\n")
	return root
}

// usageTemplate is cobra's own, with one usage line for each verb and the exit codes below the list of verbs.
const usageTemplate = `Usage:
  {{.UseLine}}
{{- if .HasExample}}

Examples:
{{.Example}}
{{- end}}
{{- $verbs := .Commands}}
{{- range $group := .Groups}}

{{.Title}}
{{- range $verbs}}
{{- if and (eq .GroupID $group.ID) (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding}}  {{.Short}}
{{- end}}
{{- end}}
{{- end}}
{{- if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{- end}}
{{- if .HasAvailableInheritedFlags}}

Flags of every verb:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}
{{- end}}
{{- if not .HasParent}}

` + exitHelp + `

"drivercat VERB --help" tells more about a verb.
{{- end}}
`

// prepare finds out what is in force before a verb runs.
func (a *app) prepare(cmd *cobra.Command) error {
	a.err.json, a.err.quiet, a.err.verbose = a.flags.json, a.flags.quiet, a.flags.verbose
	if a.flags.quiet && a.flags.verbose {
		return usageError("leave one of them away", "both --quiet and --verbose are given")
	}
	set, err := a.resolve(cmd)
	if err != nil {
		return err
	}
	a.set = set
	for _, p := range set.problems {
		if !p.refused { // that is an error, below
			a.err.warn(p.advice, "%s", p.text)
		}
	}
	// The verb that shows what is in force shows a bad value too.
	if a.badSetting = set.check(); cmd.Name() == "config" {
		return nil
	}
	return a.badSetting
}

// unknownVerb suggests what may have been meant.
func unknownVerb(cmd *cobra.Command, name string) error {
	hint := "see \"drivercat --help\" for the verbs"
	if s := cmd.SuggestionsFor(name); len(s) > 0 {
		hint = "did you mean " + quoteAny(s) + "?"
	}
	return usageError(hint, "unknown verb %s", quote(name))
}

// quoteAny joins alternatives: "a", "b" or "c".
func quoteAny(s []string) string {
	q := make([]string, len(s))
	for i := range s {
		q[i] = `"` + s[i] + `"`
	}
	if len(q) == 1 {
		return q[0]
	}
	return strings.Join(q[:len(q)-1], ", ") + " or " + q[len(q)-1]
}
