package cli

import (
	"cmp"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf/hwid"
	"github.com/drivercat/drivercat/inf/hwid/idname"
)

type findOptions struct {
	text    string
	limit   int
	blocked bool // drivers on the block list instead
}

func newFind(a *app) *cobra.Command {
	var o findOptions
	cmd := &cobra.Command{
		Use:   "find TEXT|HARDWARE-ID | find --blocked",
		Short: "Find drivers by hardware ID, name, file, provider, class or model",
		Long: `Find drivers by hardware ID (whole, or its beginning), or by a part of their name, of a file's name, of the provider's
name, of the class or the model. Upper and lower case do not matter. The exit code is 4 if nothing is found.

--blocked finds the drivers with files on Microsoft's list of vulnerable drivers, which "drivercat blocklist update" reads.`,
		Example: `  drivercat find 'PCI\VEN_D5A1&DEV_0411'
  drivercat find pbcard.sys`,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.blocked {
				if len(args) > 0 {
					return usageError("usage: "+cmd.UseLine(), "--blocked asks for all drivers, and %s is given besides", quote(args[0]))
				}
				return nil
			}
			return wants("text or hardware ID", 1, 1)(cmd, args)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.blocked {
				return a.findBlocked(cmd.Context())
			}
			o.text = args[0]
			return a.runFind(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.blocked, "blocked", false, "find drivers on Microsoft's list of vulnerable drivers")
	cmd.Flags().IntVar(&o.limit, "limit", 1000, "at most this `NUMBER` of answers")
	return cmd
}

func (a *app) runFind(ctx context.Context, o findOptions) error {
	switch {
	case strings.TrimSpace(o.text) == "":
		return usageError("give a hardware ID or a part of a name", "nothing to find")
	case o.limit < 1:
		return usageError("", "--limit must be 1 or more")
	}
	store, err := a.openCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	hits, err := store.Find(ctx, strings.TrimSpace(o.text), o.limit)
	if err != nil {
		return err
	}
	if a.flags.json {
		if err := a.out.json(map[string]any{"hits": orEmpty(hits)}); err != nil {
			return err
		}
	}
	if len(hits) == 0 {
		return coded(exitNothing, findHint(o.text), "nothing found for \"%s\"%s", o.text, inBrackets(deviceName(o.text)))
	}
	if a.flags.json {
		return nil
	}
	if name := deviceName(o.text); name != "" {
		a.err.say("%s is %s", o.text, name)
	}
	g := newGrid(column{"FOUND IN", fixed}, column{"TEXT", wrap}, column{"DEVICE", cut | spare}, column{"DRIVER", fixed}, column{"NAME", cut},
		column{"VERDICT", fixed}, column{"VERSION", cut | spare}, column{"MODELS", wrap})
	g.paint(5, verdictColours())
	for _, h := range hits {
		d := h.Driver
		if h.Kind == catalog.HitModel {
			g.add(hitName(h.Kind), h.Text, "-", "-", "-", "-", "-", strings.Join(h.Models, " "))
			continue
		}
		g.add(hitName(h.Kind), h.Text, cmp.Or(h.Description, "-"), d.Hash.Short(), d.Name, listedVerdict(d), cmp.Or(d.Version, "-"), cmp.Or(strings.Join(h.Models, " "), "-"))
	}
	a.render(g)
	if len(hits) == o.limit {
		a.err.say("only the first %s answers are shown; --limit shows more", number(o.limit))
	}
	return nil
}

// deviceName names the device that an ID belongs to, from the public lists; it is empty for all other text.
func deviceName(text string) string {
	n := idname.Lookup(hwid.Parse(text))
	name := n.String()
	if name != "" && n.Subsystem != "" {
		name += ", " + n.Subsystem
	}
	return name
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// hitName says in a word or two what matched.
func hitName(k catalog.HitKind) string {
	switch k {
	case catalog.HitID:
		return "ID"
	case catalog.HitIDPrefix:
		return "ID begins"
	}
	return string(k)
}

// findHint helps with the usual mistake: a device's instance ID or an ID with a revision that no INF lists.
func findHint(text string) string {
	if i := strings.LastIndex(strings.ToUpper(text), "&REV_"); i > 0 {
		return "try it without the revision: drivercat find '" + text[:i] + "'"
	}
	if strings.Count(text, `\`) >= 2 {
		return "that looks like an instance ID; a hardware ID has one backslash: drivercat find '" + text[:strings.LastIndex(text, `\`)] + "'"
	}
	if i := strings.LastIndex(strings.ToUpper(text), "&SUBSYS_"); i > 0 {
		return "try it without the subsystem: drivercat find '" + text[:i] + "'"
	}
	return ""
}
