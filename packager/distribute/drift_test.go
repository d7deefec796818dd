package distribute

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
)

func day(n int) time.Time { return time.Date(2026, 3, n, 12, 0, 0, 0, time.UTC) }

const r61 = "PC/SCCM_Driver_Packages/XP/R61"

func published(folder string, version int) catalog.Package {
	return catalog.Package{Folder: folder, Version: version, Manifest: catalog.Hash{byte(version)}}
}

// group makes a group of words like "A@3": since that day.
func group(name string, members ...string) catalog.PointGroup {
	g := catalog.PointGroup{Name: name}
	for _, m := range members {
		point, since, _ := strings.Cut(m, "@")
		n := 0
		_, _ = fmt.Sscan(since, &n)
		g.Members = append(g.Members, catalog.PointGroupMember{Point: point, Added: day(n)})
	}
	return g
}

func toGroup(version, on int) catalog.Sending {
	return catalog.Sending{Folder: r61, Group: "All", Version: version, Sent: day(on)}
}

func toPoint(point string, version, on int) catalog.Sending {
	return catalog.Sending{Folder: r61, Point: point, Version: version, Sent: day(on)}
}

// found are drifts as "A lacks 0 of 2: text".
func found(ds []Drift) (out []string) {
	for _, d := range ds {
		out = append(out, fmt.Sprintf("%s %s %d/%d/%d %s: %s", d.Point, d.State, d.Holds, d.Sent, d.Published, d.By, d.Text))
	}
	return out
}

// size: a table, one case after the other.
func TestDrift(t *testing.T) {
	t.Parallel()
	a := catalog.Point{Name: "A"}
	shared := catalog.Point{Name: "A", Share: `\\A\Drivers`}
	for _, c := range []struct {
		name     string
		w        World
		there    map[string]Held // on the share of A
		gone     error           // the share of A cannot be opened
		old, new []string        // drift in 2007 and in the current branch
		right    [2]int
	}{
		{name: "nothing was sent", w: World{Points: []catalog.Point{a}, Packages: []catalog.Package{published(r61, 1)}}},
		{
			name:  "what was sent is taken for delivered",
			w:     World{Points: []catalog.Point{a}, Packages: []catalog.Package{published(r61, 1)}, Sendings: []catalog.Sending{toPoint("a", 1, 1)}},
			right: [2]int{1, 1},
		},
		{
			name: "a newer version was published and not sent",
			w:    World{Points: []catalog.Point{a}, Packages: []catalog.Package{published(r61, 4)}, Sendings: []catalog.Sending{toPoint("A", 1, 1), toPoint("A", 3, 2)}},
			old:  []string{"A old 3/3/4 sending: holds version 3 (published is 4); the published one was not sent"},
			new:  []string{"A old 3/3/4 sending: holds version 3 (published is 4); the published one was not sent"},
		},
		{
			name: "a point that joins a group later",
			w: World{Points: []catalog.Point{a, {Name: "B"}}, Packages: []catalog.Package{published(r61, 2)},
				Groups: []catalog.PointGroup{group("all", "a@5", "B@1")}, Sendings: []catalog.Sending{toGroup(1, 1), toGroup(2, 2)}},
			old:   []string{"A lacks 0/2/2 nothing: lacks version 2: it joined All on 2026-03-05, after that was sent, and ConfigMgr 2007 sends a group's earlier packages to nobody who joins later"},
			right: [2]int{1, 2},
		},
		{
			name: "it got a version before, itself",
			w: World{Points: []catalog.Point{a}, Packages: []catalog.Package{published(r61, 2)},
				Groups: []catalog.PointGroup{group("All", "A@5")}, Sendings: []catalog.Sending{toPoint("A", 1, 1), toGroup(2, 2)}},
			old:   []string{"A old 1/2/2 sending: holds version 1 (published is 2); version 2 was sent to All before it joined"},
			right: [2]int{0, 1},
		},
		{
			name: "it joined on the very day",
			w: World{Points: []catalog.Point{a}, Packages: []catalog.Package{published(r61, 2)},
				Groups: []catalog.PointGroup{group("All", "A@2")}, Sendings: []catalog.Sending{toGroup(2, 2)}},
			right: [2]int{1, 1},
		},
		{
			name: "a group that it is not in",
			w: World{Points: []catalog.Point{a}, Packages: []catalog.Package{published(r61, 2)},
				Groups: []catalog.PointGroup{group("All")}, Sendings: []catalog.Sending{toGroup(2, 2)}},
		},
		{
			name: "its share lacks what was sent",
			w: World{Points: []catalog.Point{shared}, Packages: []catalog.Package{published(r61, 2)},
				Groups: []catalog.PointGroup{group("All", "A@1")}, Sendings: []catalog.Sending{toGroup(2, 2)}},
			there: map[string]Held{},
			old:   []string{"A lacks 0/2/2 share: lacks version 2, which was sent to All on 2026-03-02"},
			new:   []string{"A lacks 0/2/2 share: lacks version 2, which was sent to All on 2026-03-02"},
		},
		{
			name:  "its share holds an old version",
			w:     World{Points: []catalog.Point{shared}, Packages: []catalog.Package{published(r61, 3)}, Sendings: []catalog.Sending{toPoint("A", 3, 2)}},
			there: map[string]Held{strings.ToLower(r61): {Version: 2, Manifest: catalog.Hash{2}}},
			old:   []string{"A old 2/3/3 share: holds version 2 (published is 3); version 3 was sent on 2026-03-02"},
			new:   []string{"A old 2/3/3 share: holds version 2 (published is 3); version 3 was sent on 2026-03-02"},
		},
		{
			name:  "its share holds the package, whoever brought it",
			w:     World{Points: []catalog.Point{shared}, Packages: []catalog.Package{published(r61, 3)}, Sendings: []catalog.Sending{toPoint("A", 2, 2)}},
			there: map[string]Held{r61: {Version: 3, Manifest: catalog.Hash{3}}}, right: [2]int{1, 1},
		},
		{
			name:  "the same version is another content",
			w:     World{Points: []catalog.Point{shared}, Packages: []catalog.Package{published(r61, 3)}, Sendings: []catalog.Sending{toPoint("A", 3, 2)}},
			there: map[string]Held{r61: {Version: 3, Manifest: catalog.Hash{9}}},
			old:   []string{"A differs 3/3/3 share: holds version 3 with another manifest than the published one"},
			new:   []string{"A differs 3/3/3 share: holds version 3 with another manifest than the published one"},
		},
		{
			name:  "it holds what was never sent, and what the catalog does not know",
			w:     World{Points: []catalog.Point{shared}, Packages: []catalog.Package{published(r61, 3)}},
			there: map[string]Held{r61: {Version: 3, Manifest: catalog.Hash{3}}, "PC/x": {Version: 7}},
			old:   []string{"A more 3/0/3 share: holds version 3, and it was never sent there", "A more 7/0/0 share: holds version 7, and it was never sent there"},
			new:   []string{"A more 3/0/3 share: holds version 3, and it was never sent there", "A more 7/0/0 share: holds version 7, and it was never sent there"},
		},
		{
			name:  "it holds a newer version than the catalog knows",
			w:     World{Points: []catalog.Point{shared}, Packages: []catalog.Package{published(r61, 3)}, Sendings: []catalog.Sending{toPoint("A", 3, 2)}},
			there: map[string]Held{r61: {Version: 4}},
			old:   []string{"A newer 4/3/3 share: holds version 4, and the catalog knows version 3"},
			new:   []string{"A newer 4/3/3 share: holds version 4, and the catalog knows version 3"},
		},
		{
			name:  "what it holds cannot be read",
			w:     World{Points: []catalog.Point{shared}, Packages: []catalog.Package{published(r61, 3)}},
			there: map[string]Held{r61: {Problem: "damaged manifest"}},
			old:   []string{"A damaged 0/0/3 share: damaged manifest"}, new: []string{"A damaged 0/0/3 share: damaged manifest"},
		},
		{
			name: "a share that cannot be opened leaves the records",
			w:    World{Points: []catalog.Point{shared}, Packages: []catalog.Package{published(r61, 3)}, Sendings: []catalog.Sending{toPoint("A", 2, 2)}},
			gone: errors.New("no route to host"),
			old: []string{`A unreachable 0/0/0 nothing: its share \\A\Drivers cannot be looked into: no route to host`,
				"A old 2/2/3 sending: holds version 2 (published is 3); the published one was not sent"},
			new: []string{`A unreachable 0/0/0 nothing: its share \\A\Drivers cannot be looked into: no route to host`,
				"A old 2/2/3 sending: holds version 2 (published is 3); the published one was not sent"},
		},
		{
			name: "a record after the sending counts",
			w: World{Points: []catalog.Point{a}, Packages: []catalog.Package{published(r61, 3)}, Sendings: []catalog.Sending{toPoint("A", 2, 2)},
				Holdings: []catalog.Holding{{Folder: strings.ToUpper(r61), Point: "a", Version: 3, Known: day(3)}}},
			right: [2]int{1, 1},
		},
		{
			name: "one before it does not",
			w: World{Points: []catalog.Point{a}, Packages: []catalog.Package{published(r61, 3)}, Sendings: []catalog.Sending{toPoint("A", 3, 4)},
				Holdings: []catalog.Holding{{Folder: r61, Point: "A", Version: 1, Known: day(3)}}},
			right: [2]int{1, 1},
		},
		{
			name: "what joining a group brings comes after what was recorded before",
			w: World{Points: []catalog.Point{a}, Packages: []catalog.Package{published(r61, 2)}, Groups: []catalog.PointGroup{group("All", "A@5")},
				Sendings: []catalog.Sending{toGroup(2, 2)}, Holdings: []catalog.Holding{{Folder: r61, Point: "A", Version: 1, Known: day(3)}}},
			old:   []string{"A old 1/2/2 record: holds version 1 (published is 2); version 2 was sent to All before it joined"},
			right: [2]int{0, 1},
		},
		{
			name:  "an unreachable point alone is no drift",
			w:     World{Points: []catalog.Point{shared}, Packages: []catalog.Package{published(r61, 2)}, Sendings: []catalog.Sending{toPoint("A", 2, 2)}},
			gone:  errors.New("no route to host"),
			old:   []string{`A unreachable 0/0/0 nothing: its share \\A\Drivers cannot be looked into: no route to host`},
			new:   []string{`A unreachable 0/0/0 nothing: its share \\A\Drivers cannot be looked into: no route to host`},
			right: [2]int{1, 1},
		},
		{
			name: "a package that the catalog no longer knows",
			w:    World{Points: []catalog.Point{a}, Sendings: []catalog.Sending{toPoint("A", 3, 4)}, Holdings: []catalog.Holding{{Folder: r61, Point: "A", Version: 1, Known: day(5)}}},
			old:  []string{"A old 1/3/0 record: holds version 1; version 3 was sent on 2026-03-04"},
			new:  []string{"A old 1/3/0 record: holds version 1; version 3 was sent on 2026-03-04"},
		},
		{
			name:  "what drivercat brought there is as good as sent",
			w:     World{Points: []catalog.Point{shared}, Packages: []catalog.Package{published(r61, 3)}, Holdings: []catalog.Holding{{Folder: r61, Point: "A", Version: 3, Known: day(5)}}},
			there: map[string]Held{r61: {Version: 3, Manifest: catalog.Hash{3}}}, right: [2]int{1, 1},
		},
		{
			name:  "and is missed",
			w:     World{Points: []catalog.Point{shared}, Packages: []catalog.Package{published(r61, 3)}, Holdings: []catalog.Holding{{Folder: r61, Point: "A", Version: 2, Known: day(5)}}},
			there: map[string]Held{},
			old:   []string{"A lacks 0/0/3 share: lacks version 2, which was brought there on 2026-03-05"},
			new:   []string{"A lacks 0/0/3 share: lacks version 2, which was brought there on 2026-03-05"},
		},
		{
			name: "a PXE point is not asked",
			w:    World{Points: []catalog.Point{{Name: `A\REMINST`}}, Packages: []catalog.Package{published(r61, 3)}, Sendings: []catalog.Sending{toPoint(`A\REMINST`, 2, 2)}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for i, want := range [][]string{c.old, c.new} {
				w := c.w
				w.Generation = []Generation{Generation2007, GenerationCurrent}[i]
				rep, err := FindDrift(t.Context(), w, func(context.Context, catalog.Point) (map[string]Held, error) { return c.there, c.gone })
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, found(rep.Drift)); diff != "" {
					t.Errorf("%s (-want +got)\n%s", w.Generation, diff)
				}
				if rep.Right != c.right[i] {
					t.Errorf("%s: %d are right, want %d", w.Generation, rep.Right, c.right[i])
				}
				if wrong := len(want) - rep.Unreachable; rep.OK != (wrong == 0) {
					t.Errorf("%s: OK is %v with %d findings", w.Generation, rep.OK, wrong)
				}
			}
		})
	}
}

func TestDriftFolders(t *testing.T) {
	t.Parallel()
	w := World{
		Generation: GenerationCurrent, Points: []catalog.Point{{Name: "A", Share: "x"}, {Name: "B"}, {Name: `C\SMSPXEIMAGE$`}},
		Packages: []catalog.Package{published(r61, 1), published("PC/T61", 1)}, Sendings: []catalog.Sending{toPoint("A", 1, 1), {Folder: "PC/T61", Point: "A", Version: 1, Sent: day(1)}},
	}
	none := func(context.Context, catalog.Point) (map[string]Held, error) { return nil, nil }
	rep, err := FindDrift(t.Context(), w, none, strings.ToLower(r61), r61)
	if err != nil || len(rep.Drift) != 1 || rep.Drift[0].Folder != r61 || rep.Packages != 1 || rep.Points != 2 || len(rep.Skipped) != 1 {
		t.Errorf("%+v, %v", rep, err)
	}
	if rep, err = FindDrift(t.Context(), w, nil); err != nil || !rep.OK || rep.Right != 2 || rep.Assumed != 2 {
		t.Errorf("without looking: %+v, %v", rep, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = FindDrift(ctx, w, func(context.Context, catalog.Point) (map[string]Held, error) { cancel(); return nil, errors.New("x") })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after an interruption: %v", err)
	}
}

func TestLeaving(t *testing.T) {
	t.Parallel()
	w := World{
		Generation: Generation2007, Points: []catalog.Point{{Name: "A"}},
		Groups: []catalog.PointGroup{group("All", "A@2")}, Sendings: []catalog.Sending{toGroup(1, 1), toGroup(2, 3), toGroup(3, 4), toPoint("A", 4, 5)},
	}
	sent, held := w.Leaving("all", "a", day(9))
	if diff := cmp.Diff([]catalog.Sending{toPoint("a", 2, 3), toPoint("a", 3, 4)}, sent); diff != "" || len(held) > 0 {
		t.Errorf("2007: %s, holdings %v", diff, held)
	}
	w.Generation, w.index = GenerationCurrent, nil
	sent, held = w.Leaving("All", "A", day(9))
	if diff := cmp.Diff([]catalog.Holding{{Folder: r61, Point: "A", Version: 4, Known: day(9)}}, held); diff != "" || len(sent) > 0 {
		t.Errorf("current: %s, sendings %v", diff, sent)
	}
	if sent, held = w.Leaving("All", "B", day(9)); sent != nil || held != nil {
		t.Errorf("a stranger: %v, %v", sent, held)
	}
	if got := w.GroupsOf("a"); !cmp.Equal(got, []string{"All"}) {
		t.Errorf("groups %v", got)
	}
}
