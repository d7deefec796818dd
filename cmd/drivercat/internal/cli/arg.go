package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// wants demands between min and max arguments; max below 0 is any number. what is an argument's name in messages. Where
// the verb has a fixed list of arguments, each must be one of it.
func wants(what string, min, max int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		usage := "usage: " + cmd.UseLine()
		switch {
		case len(given) < min:
			return usageError(usage, "no %s is given", what)
		case max == 0 && len(given) > 0:
			return usageError(usage, "%s takes no arguments, and %s is given", cmd.Name(), quote(given[0]))
		case max > 0 && len(given) > max:
			return usageError(usage, "%s takes one %s, and %s is given besides %s", cmd.Name(), what, quote(given[max]), quote(given[0]))
		}
		var valid []string
		for _, v := range cmd.ValidArgs {
			word, _, _ := strings.Cut(v, "\t") // its description for the completion follows
			valid = append(valid, word)
		}
		for _, g := range given {
			if len(valid) > 0 && !slices.Contains(valid, g) {
				return usageError(usage, "%s is no %s: it is %s", quote(g), what, quoteAny(valid))
			}
		}
		return nil
	}
}

// quote puts what was typed in quotes as it was typed; a backslash stays one.
func quote(s string) string { return `"` + s + `"` }

// flagError puts what is wrong with a flag in our words.
func flagError(cmd *cobra.Command, err error) error {
	hint := `see "` + cmd.CommandPath() + ` --help"`
	msg := err.Error()
	if bad, ok := err.(interface{ GetValue() string }); ok {
		name := msg[strings.LastIndex(msg, "--"):]
		name, _, _ = strings.Cut(strings.TrimPrefix(name, "--"), `"`)
		need := "a value of another kind"
		if f := cmd.Flags().Lookup(name); f != nil {
			switch f.Value.Type() {
			case "int64", "int":
				need = "a number"
			case "bool":
				need = "true or false"
			case "duration":
				need = "a time like 30s or 10m"
			}
		}
		return usageError(hint, "--%s needs %s, not %s", name, need, quote(bad.GetValue()))
	}
	if name, ok := strings.CutPrefix(msg, "flag needs an argument: "); ok {
		return usageError(hint, "%s needs a value", name)
	}
	if unknown, ok := err.(interface{ GetSpecifiedShortnames() string }); ok && unknown.GetSpecifiedShortnames() != "" {
		return usageError(hint, "unknown flag: -%s", unknown.GetSpecifiedShortnames())
	}
	return usageError(hint, "%w", err)
}

// newHelp replaces cobra's own help verb, which takes an unknown topic for done.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [VERB]",
		Short: "Help about any verb",
		// Help works whatever is wrong with the settings.
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		ValidArgsFunction: func(cmd *cobra.Command, given []string, _ string) (out []string, _ cobra.ShellCompDirective) {
			for _, c := range cmd.Root().Commands() {
				if len(given) == 0 && c.IsAvailableCommand() {
					out = append(out, c.Name()+"\t"+c.Short)
				}
			}
			return out, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, given []string) error {
			root := cmd.Root()
			if len(given) == 0 {
				return root.Help()
			}
			found, rest, err := root.Find(given)
			if err != nil || found == root || len(rest) > 0 {
				return unknownVerb(root, strings.Join(given, " "))
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}
