package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/distribute"
)

func newPointsGroup(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "group list|show|add|remove|join|leave",
		Short: "Keep groups of points",
		Long: `Keep groups of points. A group is for sending: it does not balance load.

In ConfigMgr 2007 what is sent to a group goes to those that are in it then; a point that joins later gets only what is sent
later. In the current branch a point that joins gets what was sent to the group before, and keeps it when it leaves.`,
		Example: `  drivercat points group list
  drivercat points group show North`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownSub(cmd, args[0])
		},
	}
	subVerbs(cmd, newGroupList(a), newGroupShow(a), newGroupAdd(a), newGroupRemove(a), newGroupJoin(a), newGroupLeave(a))
	return cmd
}

// groupRow is a group in "points group list --json".
type groupRow struct {
	catalog.PointGroup
	Packages int `json:"packages"` // that were sent to it
}

func groupRowOf(w *distribute.World, g catalog.PointGroup) groupRow {
	g.Members = orEmpty(g.Members)
	return groupRow{g, len(sentTo(w, g.Name))}
}

// sentTo are the last sendings to a group, one for each package, ordered by folder.
func sentTo(w *distribute.World, group string) []catalog.Sending {
	last := map[string]catalog.Sending{}
	for _, n := range w.Sendings {
		if strings.EqualFold(n.Group, group) {
			last[strings.ToLower(n.Folder)] = n
		}
	}
	out := []catalog.Sending{}
	for _, n := range last {
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b catalog.Sending) int {
		return strings.Compare(strings.ToLower(a.Folder), strings.ToLower(b.Folder))
	})
	return out
}

func newGroupList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the groups",
		Example: `  drivercat points group list
  drivercat points group list --json`,
		Args:              wants("", 0, 0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.runGroupList(cmd.Context())
		},
	}
}

func (a *app) runGroupList(ctx context.Context) error {
	store, err := a.openCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	w, err := a.pointWorld(ctx, store)
	if err != nil {
		return err
	}
	rows := []groupRow{}
	for _, g := range w.Groups {
		rows = append(rows, groupRowOf(w, g))
	}
	if a.flags.json {
		return a.out.json(map[string]any{"groups": rows})
	}
	g := newGrid(column{"GROUP", wrap}, column{"POINTS", digits}, column{"PACKAGES SENT", digits}, column{"MEMBERS", wrap})
	for _, r := range rows {
		var names []string
		for _, m := range r.Members {
			p, _ := pointNamed(w.Points, m.Point)
			if distribute.Skipped(p, w.Generation) != "" {
				m.Point += " (PXE, never a target)"
			}
			names = append(names, m.Point)
		}
		g.add(r.Name, number(len(r.Members)), number(r.Packages), strings.Join(names, ", "))
	}
	a.renderAny(g)
	if len(rows) == 0 {
		a.err.say("no groups")
	}
	return nil
}

func newGroupShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show GROUP",
		Short: "Show a group's points and what was sent to it",
		Example: `  drivercat points group show North
  drivercat points group show North --json`,
		Args:              wants("group", 1, 1),
		ValidArgsFunction: a.firstArg(a.completeGroups),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runGroupShow(cmd.Context(), args[0])
		},
	}
}

// groupReport is the shape of "points group show --json".
type groupReport struct {
	catalog.PointGroup
	Skipped  []distribute.SkippedPoint `json:"skipped"`  // members that are never a target
	Sendings []catalog.Sending         `json:"sendings"` // the last one of each package
}

func (a *app) runGroupShow(ctx context.Context, name string) error {
	store, err := a.openCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	w, err := a.pointWorld(ctx, store)
	if err != nil {
		return err
	}
	g, ok := groupNamed(w.Groups, strings.TrimPrefix(name, distribute.GroupMark))
	if !ok {
		return noGroup(name)
	}
	g.Members = orEmpty(g.Members)
	members, err := pointsMeant(w, []string{distribute.GroupMark + g.Name})
	if err != nil {
		return err
	}
	_, skipped := distribute.Split(members, w.Generation)
	rep := groupReport{g, skipped, sentTo(w, g.Name)}
	if a.flags.json {
		return a.out.json(rep)
	}
	a.tellSkipped(skipped)
	a.facts("group", g.Name, "points", number(len(g.Members)), "packages sent", number(len(rep.Sendings)))
	if len(g.Members) > 0 {
		t := newGrid(column{"POINT", wrap}, column{"JOINED", fixed}, column{"SITE", fixed})
		for _, m := range g.Members {
			p, _ := pointNamed(w.Points, m.Point)
			t.add(m.Point, minute(m.Added), p.Site)
		}
		a.section("points", t)
	}
	if len(rep.Sendings) > 0 {
		t := newGrid(column{"PACKAGE", wrap}, column{"VERSION", digits}, column{"SENT", fixed})
		for _, n := range rep.Sendings {
			t.add(a.shortFolder(n.Folder), number(n.Version), minute(n.Sent))
		}
		a.section("sent", t)
	}
	return nil
}

// groupChange is what a sub-verb changes about a group.
type groupChange struct {
	name   string
	points []string
	dryRun bool
}

// groupChangeReport is the shape of "points group add|join|leave|remove --json".
type groupChangeReport struct {
	DryRun  bool     `json:"dryRun"`
	Group   string   `json:"group"`
	State   string   `json:"state"` // new, changed, same or removed
	Joined  []string `json:"joined"`
	Left    []string `json:"left"`
	Members int      `json:"members"`
}

func newGroupAdd(a *app) *cobra.Command {
	var c groupChange
	cmd := &cobra.Command{
		Use:   "add GROUP [POINT...]",
		Short: "Add a group, with its first points",
		Example: `  drivercat points group add South DP2.corp.example
  drivercat points group add East --dry-run`,
		Args:              wants("group", 1, -1),
		ValidArgsFunction: a.afterFirst(nil, a.completePoints),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.name, c.points = args[0], args[1:]
			return a.runGroupJoin(cmd.Context(), c, true)
		},
	}
	cmd.Flags().BoolVarP(&c.dryRun, "dry-run", "n", false, "say what would be kept")
	return cmd
}

func newGroupJoin(a *app) *cobra.Command {
	var c groupChange
	cmd := &cobra.Command{
		Use:   "join GROUP POINT...",
		Short: "Let points join a group",
		Example: `  drivercat points group join North DP2.corp.example
  drivercat points group join North DP1.corp.example --dry-run`,
		Args:              wants("group and a point", 2, -1),
		ValidArgsFunction: a.afterFirst(a.completeGroups, a.completePoints),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.name, c.points = args[0], args[1:]
			return a.runGroupJoin(cmd.Context(), c, false)
		},
	}
	cmd.Flags().BoolVarP(&c.dryRun, "dry-run", "n", false, "say what would be kept")
	return cmd
}

// afterFirst completes the first argument and the others; nil offers nothing.
func (a *app) afterFirst(first, rest completer) completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		switch {
		case len(args) > 0:
			return rest(cmd, args, typed)
		case first != nil:
			return first(cmd, args, typed)
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// joined is a group with one more member; one that is in it stays as it is.
func joined(g catalog.PointGroup, point string, at time.Time) catalog.PointGroup {
	if !slices.ContainsFunc(g.Members, func(m catalog.PointGroupMember) bool { return strings.EqualFold(m.Point, point) }) {
		g.Members = append(slices.Clone(g.Members), catalog.PointGroupMember{Point: point, Added: at})
	}
	return g
}

func (a *app) runGroupJoin(ctx context.Context, c groupChange, add bool) error {
	a.whenInterrupted = "nothing was changed"
	if err := distribute.CheckName(c.name); err != nil {
		return wrong(err, "")
	}
	if c.name == none {
		return usageError("", "\"%s\" empties a list and is no name of a group", none)
	}
	store, w, done, err := a.changePoints(ctx, c.dryRun)
	if err != nil {
		return err
	}
	defer done()
	g, there := groupNamed(w.Groups, c.name)
	rep := groupChangeReport{DryRun: c.dryRun, State: "same", Joined: []string{}, Left: []string{}}
	switch {
	case !there && !add:
		return noGroup(c.name)
	case !there:
		g, rep.State = catalog.PointGroup{Name: c.name}, "new"
		if p, ok := pointNamed(w.Points, c.name); ok {
			return usageError("choose another name: \"points send --to\" takes both", "a point is called %s", p.Name)
		}
	}
	rep.Group = g.Name
	var points []catalog.Point
	for _, name := range c.points {
		p, ok := pointNamed(w.Points, strings.TrimPrefix(name, distribute.PointMark))
		if !ok {
			return noPoint(name)
		}
		before := len(g.Members)
		if g = joined(g, p.Name, a.env.Now().UTC()); len(g.Members) > before {
			rep.Joined, points = append(rep.Joined, p.Name), append(points, p)
		}
	}
	rep.Members = len(g.Members)
	if rep.State == "same" && len(rep.Joined) > 0 {
		rep.State = "changed"
	}
	if !c.dryRun && rep.State != "same" {
		if err := store.PutPointGroup(ctx, g); err != nil {
			return err
		}
	}
	_, skipped := distribute.Split(points, w.Generation)
	a.tellSkipped(skipped)
	if n := len(sentTo(w, g.Name)); n > 0 && len(points) > len(skipped) {
		if w.Generation == distribute.Generation2007 {
			a.err.warn("\"drivercat points drift\" lists what is lacking, \"drivercat points send\" records what is sent to a point", "%s was sent to %s before: ConfigMgr 2007 does not send it to a point that joins later", count(n, "package"), g.Name)
		} else {
			a.err.say("%s was sent to %s before: ConfigMgr sends it to a point that joins", count(n, "package"), g.Name)
		}
	}
	return a.printGroupChange(rep)
}

func (a *app) printGroupChange(r groupChangeReport) error {
	if a.flags.json {
		return a.out.json(r)
	}
	state := map[string]string{"same": "is so already", "new": "was added", "changed": "was changed", "removed": "was removed"}[r.State]
	if r.DryRun && r.State != "same" {
		state = strings.Replace(state, "was", "would be", 1)
	}
	text := ""
	for _, l := range []struct {
		verb  string
		names []string
	}{{"joined", r.Joined}, {"left", r.Left}} {
		if len(l.names) > 0 {
			text += "; " + l.verb + ": " + strings.Join(l.names, ", ")
		}
	}
	if r.State != "removed" {
		text += "; it has " + count(r.Members, "point")
	}
	a.err.say("group %s %s%s", r.Group, state, text)
	return nil
}

func newGroupLeave(a *app) *cobra.Command {
	var c groupChange
	cmd := &cobra.Command{
		Use:   "leave GROUP POINT...",
		Short: "Let points leave a group",
		Long: `Let points leave a group. What they hold stays with them. In ConfigMgr 2007 what was sent to the group while they were in it
counts as sent to them; in the current branch it was the group's, and that they hold it is recorded.`,
		Example: `  drivercat points group leave North DP1.corp.example --dry-run
  drivercat points group leave North DP1.corp.example DP2.corp.example --dry-run --json`,
		Args:              wants("group and a point", 2, -1),
		ValidArgsFunction: a.afterFirst(a.completeGroups, a.completePoints),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.name, c.points = args[0], args[1:]
			return a.runGroupLeave(cmd.Context(), c, false)
		},
	}
	cmd.Flags().BoolVarP(&c.dryRun, "dry-run", "n", false, "say what would be changed")
	return cmd
}

func newGroupRemove(a *app) *cobra.Command {
	var c groupChange
	cmd := &cobra.Command{
		Use:   "remove GROUP",
		Short: "Remove a group; its points stay",
		Example: `  drivercat points group remove North --dry-run
  drivercat points group remove North --dry-run --json`,
		Args:              wants("group", 1, 1),
		ValidArgsFunction: a.firstArg(a.completeGroups),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.name = args[0]
			return a.runGroupLeave(cmd.Context(), c, true)
		},
	}
	cmd.Flags().BoolVarP(&c.dryRun, "dry-run", "n", false, "say what would be removed")
	return cmd
}

// runGroupLeave lets points leave; if the group is removed, all of them.
func (a *app) runGroupLeave(ctx context.Context, c groupChange, remove bool) error {
	a.whenInterrupted = "run it again to finish it"
	store, err := a.openCatalogFor(ctx, c.dryRun)
	if err != nil {
		return err
	}
	defer store.Close()
	w, err := a.pointWorld(ctx, store)
	if err != nil {
		return err
	}
	g, ok := groupNamed(w.Groups, c.name)
	if !ok {
		return noGroup(c.name)
	}
	rep := groupChangeReport{DryRun: c.dryRun, Group: g.Name, State: "same", Joined: []string{}, Left: []string{}}
	if remove {
		rep.State = "removed"
		for _, m := range g.Members {
			c.points = append(c.points, m.Point)
		}
	}
	var sent []catalog.Sending
	var held []catalog.Holding
	for _, name := range c.points {
		p, ok := pointNamed(w.Points, strings.TrimPrefix(name, distribute.PointMark))
		if !ok {
			return noPoint(name)
		}
		before := len(g.Members)
		g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(m catalog.PointGroupMember) bool { return strings.EqualFold(m.Point, p.Name) })
		if len(g.Members) < before {
			rep.Left = append(rep.Left, p.Name)
			n, h := w.Leaving(g.Name, p.Name, a.env.Now().UTC())
			sent, held = append(sent, n...), append(held, h...)
		}
	}
	rep.Members = len(g.Members)
	if !remove && len(rep.Left) > 0 {
		rep.State = "changed"
	}
	if !c.dryRun && rep.State != "same" {
		// What a point keeps is recorded before it leaves, so that an interruption loses nothing.
		for _, n := range sent {
			if err := store.PutSending(ctx, n); err != nil {
				return err
			}
		}
		for _, h := range held {
			if err := store.PutHolding(ctx, h); err != nil {
				return err
			}
		}
		if remove {
			err = store.DeletePointGroup(ctx, g.Name)
		} else {
			err = store.PutPointGroup(ctx, g)
		}
		if err != nil {
			return err
		}
	}
	return a.printGroupChange(rep)
}
