package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/blocklist"
)

// blocklistDocument is the name under which the catalog keeps the policy.
const blocklistDocument = "blocklist"

func newBlocklist(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "blocklist update FILE | blocklist show",
		Short: "Keep Microsoft's list of vulnerable drivers in the catalog",
		Long: `Keep Microsoft's list of vulnerable drivers that Windows refuses to load in the catalog.

"find --blocked" and "show" tell which driver files are on it, "build" leaves those drivers out. Download the list from
https://aka.ms/VulnerableDriverBlockList; drivercat fetches nothing itself.`,
		Example: `  drivercat blocklist update samples/blocklist/SiPolicy_Enforced.xml
  drivercat blocklist show`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("\"drivercat blocklist update FILE\" or \"drivercat blocklist show\"", "say what to do with the list")
			}
			return unknownVerb(cmd, args[0])
		},
	}
	update := &cobra.Command{
		Use:   "update FILE",
		Short: "Read the list as Microsoft publishes it: a zip archive, or the SiPolicy XML in it",
		Example: `  drivercat blocklist update samples/blocklist/SiPolicy_Enforced.xml
  drivercat find --blocked`,
		Args: wants("file", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.updateBlocklist(cmd.Context(), args[0])
		},
	}
	show := &cobra.Command{
		Use:   "show",
		Short: "Show which list is in the catalog",
		Example: `  drivercat blocklist show
  drivercat blocklist show --json`,
		Args: wants("argument", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.showBlocklist(cmd.Context())
		},
	}
	cmd.AddCommand(update, show)
	return cmd
}

// blocklistReport is the shape of "blocklist update --json" and "blocklist show --json".
type blocklistReport struct {
	*blocklist.List
	Rules   int       `json:"rules"`
	Changed time.Time `json:"changed"` // when it was put into the catalog
}

// readBlocklist reads the list from the catalog; catalog.ErrNotFound if it has none.
func readBlocklist(ctx context.Context, r catalog.Reader) (*blocklist.List, error) {
	d, err := r.Document(ctx, blocklistDocument)
	if err != nil {
		return nil, err
	}
	return blocklist.Parse(d.Body)
}

func (a *app) updateBlocklist(ctx context.Context, name string) error {
	a.whenInterrupted = "nothing was changed"
	st, err := os.Stat(name)
	switch {
	case err != nil:
		return failed("download it from https://aka.ms/VulnerableDriverBlockList", "%s: %s", name, fileError(err))
	case st.IsDir():
		return failed("name the file in it", "%s is a folder", name)
	case st.Size() > blocklist.MaxSize:
		return failed("", "%s has %s; a list has a few megabytes", name, size(st.Size()))
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return failed(hintUnreadable, "%s: %s", name, fileError(err))
	}
	var list *blocklist.List
	text, err := blocklist.Read(b)
	if err == nil {
		list, err = blocklist.Parse(text)
	}
	if err != nil {
		return failed("download VulnerableDriverBlockList.zip from https://aka.ms/VulnerableDriverBlockList; the list in the catalog was not changed", "%s: %s", name, strings.TrimPrefix(err.Error(), "blocklist: "))
	}
	store, err := a.makeCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	before, err := readBlocklist(ctx, store)
	if err != nil && !errors.Is(err, catalog.ErrNotFound) && !errors.Is(err, blocklist.ErrNotPolicy) {
		return err
	}
	now := a.env.Now()
	if err := store.PutDocument(ctx, catalog.Document{Name: blocklistDocument, Body: text, Changed: now}); err != nil {
		return err
	}
	if a.flags.json {
		return a.out.json(blocklistReport{list, len(list.Rules), now})
	}
	a.printBlocklist(list, now)
	switch {
	case before != nil && list.OlderThan(before):
		a.err.warn("read the newer one again if this was not meant", "it is older than version %s, which it replaces", before.Version)
	case before != nil && before.Version != list.Version:
		a.err.say("it replaces version %s, which had %s", before.Version, count(len(before.Rules), "rule"))
	}
	return nil
}

func (a *app) showBlocklist(ctx context.Context) error {
	store, err := a.openCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	d, err := store.Document(ctx, blocklistDocument)
	if errors.Is(err, catalog.ErrNotFound) {
		return noBlocklist()
	}
	if err != nil {
		return err
	}
	list, err := blocklist.Parse(d.Body)
	if err != nil {
		return err
	}
	if a.flags.json {
		return a.out.json(blocklistReport{list, len(list.Rules), d.Changed})
	}
	a.printBlocklist(list, d.Changed)
	return nil
}

func noBlocklist() error {
	return coded(exitNothing, "\"drivercat blocklist update FILE\" reads one; download it from https://aka.ms/VulnerableDriverBlockList", "the catalog has no list of vulnerable drivers")
}

func (a *app) printBlocklist(l *blocklist.List, changed time.Time) {
	ignored := ""
	if l.Ignored > 0 {
		ignored = fmt.Sprintf(" (%s of a kind that is not compared)", number(l.Ignored))
	}
	a.facts("list", cmp.Or(l.Name, l.PolicyID), "version", l.Version, "rules", number(len(l.Rules))+ignored, "read", changed.Local().Format("2006-01-02 15:04"))
}

// blockedDriver is a driver with files on the list.
type blockedDriver struct {
	Driver catalog.DriverSummary   `json:"driver"`
	Files  []blocklist.BlockedFile `json:"files"`
}

func (a *app) findBlocked(ctx context.Context) error {
	store, err := a.openCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	list, err := readBlocklist(ctx, store)
	if errors.Is(err, catalog.ErrNotFound) {
		return noBlocklist()
	}
	if err != nil {
		return err
	}
	found := []blockedDriver{}
	for i, err := range store.Images(ctx) {
		if err != nil {
			return err
		}
		ms := list.Match(i.File.Image)
		if ms == nil {
			continue
		}
		if n := len(found); n == 0 || found[n-1].Driver.Hash != i.Driver.Hash {
			found = append(found, blockedDriver{Driver: i.Driver})
		}
		last := &found[len(found)-1]
		last.Files = append(last.Files, blocklist.BlockedFile{Path: i.File.Path, Matches: ms})
	}
	if a.flags.json {
		if err := a.out.json(map[string]any{"drivers": found}); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		return coded(exitNothing, "", "no driver of the catalog is on the list of vulnerable drivers (version %s)", list.Version)
	}
	if a.flags.json {
		return nil
	}
	g := newGrid(column{"DRIVER", fixed}, column{"NAME", cut}, column{"VERDICT", fixed}, column{"FILE", wrap}, column{"RULE", cut | spare}, column{"WHY", wrap})
	g.paint(2, verdictColours())
	for _, d := range found {
		for _, f := range d.Files {
			for _, m := range f.Matches {
				g.add(d.Driver.Hash.Short(), d.Driver.Name, string(d.Driver.Verdict), f.Path, m.Rule, m.Text)
			}
		}
	}
	a.render(g)
	return nil
}

func blockedGrid(files []blocklist.BlockedFile) *grid {
	g := newGrid(column{"FILE", wrap}, column{"RULE", cut}, column{"WHY", wrap})
	for _, f := range files {
		for _, m := range f.Matches {
			g.add(f.Path, m.Rule, m.Text)
		}
	}
	return g
}
