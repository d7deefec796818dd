package distribute

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
)

// pt makes a point of words: a type, "protected", "at:10.1.2.5/24", "adsite:Bonn", "site:S01"; others are boundaries.
func pt(name string, words ...string) catalog.Point {
	p := catalog.Point{Name: name, Site: "S01"}
	var types []Type
	for _, w := range words {
		switch key, v, _ := strings.Cut(w, ":"); key {
		case "at":
			p.Address = v
		case "adsite":
			p.ADSite = v
		case "site":
			p.Site = v
		case "protected":
			p.Protected = true
		case "pxe":
			p.PXE = true
		default:
			if t, err := ParseType(w); err == nil {
				types = append(types, t)
			} else {
				p.Boundaries = append(p.Boundaries, w)
			}
		}
	}
	SetTypes(&p, types)
	return p
}

// places are candidates as "1 DP1 BITS".
func places(cs []Candidate) (out []string) {
	for _, c := range cs {
		out = append(out, fmt.Sprint(c.Place, " ", c.Point, " ", c.Via))
	}
	return out
}

// size: a table, one case after the other.
func TestChoose2007(t *testing.T) {
	t.Parallel()
	holds := func(names ...string) func(string) int {
		return func(p string) int {
			if slices.Contains(names, p) {
				return 3
			}
			return 0
		}
	}
	for _, c := range []struct {
		name            string
		points          []catalog.Point
		ask             Ask
		order, fallback []string
		left            []string // names with a part of the reason
		notes           []string // parts
	}{
		{
			name:   "a protected point whose boundary contains the client is the only one",
			points: []catalog.Point{pt("A", "10.1.0.0/16", "bits"), pt("P", "protected", "10.1.2.0/24"), pt("Q", "protected", "10.3.0.0/16")},
			order:  []string{"1 P SMB"}, fallback: []string{"1 A BITS"},
			left:  []string{"A: inside a boundary of the protected point P", "Q: protected and none"},
			notes: []string{"told of such points only"},
		},
		{
			name:   "without such a point all unprotected ones are told",
			points: []catalog.Point{pt("B", "10.1.0.0/16"), pt("P", "protected", "10.3.0.0/16"), pt("A", "bits")},
			order:  []string{"1 A BITS", "2 B SMB"}, left: []string{"P: protected and none"},
			notes: []string{"told of all unprotected points"},
		},
		{
			name:   "a slow boundary counts for protection, and makes its point remote",
			points: []catalog.Point{pt("A", "bits"), pt("P", "protected", "slow:10.1.2.0/24")},
			order:  []string{"1 P SMB"}, fallback: []string{"1 A BITS"}, left: []string{"A: protected point P"},
		},
		{
			name:   "a fast boundary of the site makes all its points local; without one the nearest is remote",
			points: []catalog.Point{pt("L", "10.1.0.0/16"), pt("N", "site:", "at:10.1.2.9/24", "bits")},
			order:  []string{"1 L SMB", "2 N BITS"},
		},
		{
			name:   "fast wins over slow where both contain the client",
			points: []catalog.Point{pt("A", "slow:10.1.2.0/24"), pt("B", "site:", "slow:10.1.0.0/16", "fast:10.1.2.0/24")},
			order:  []string{"1 B SMB", "2 A SMB"},
		},
		{
			name:   "same subnet, same AD site, the rest; BITS only within each",
			points: []catalog.Point{pt("R", "bits", "10.1.0.0/16"), pt("D", "bits", "adsite:bonn"), pt("S", "at:10.1.2.9/24"), pt("T", "at:10.1.2.8/24", "bits"), pt("E", "adsite:Bonn", "at:10.1.9.9/24")},
			ask:    Ask{Client: Client{ADSite: "Bonn"}},
			order:  []string{"1 T BITS", "2 S SMB", "3 D BITS", "4 E SMB", "5 R BITS"},
		},
		{
			name:   "the client's own subnet decides where the server's is not told",
			points: []catalog.Point{pt("A", "at:10.1.3.9"), pt("B", "at:10.1.2.9")},
			ask:    Ask{Client: Client{Subnet: netip.MustParsePrefix("10.1.2.0/23")}},
			order:  []string{"1 A SMB", "1 B SMB"},
		},
		{
			name:   "points that no rule tells apart share a place",
			points: []catalog.Point{pt("C"), pt("b", "bits"), pt("A", "bits")},
			order:  []string{"1 A BITS", "1 b BITS", "3 C SMB"},
		},
		{
			name:   "a program that runs from the point is reached over SMB",
			points: []catalog.Point{pt("B", "bits"), pt("A")}, ask: Ask{RunFromPoint: true},
			order: []string{"1 A SMB", "1 B SMB"}, notes: []string{"always reached over SMB"},
		},
		{
			name:   "a branch point serves over SMB whatever else it is called",
			points: []catalog.Point{pt("B", "branch", "bits"), pt("S", "bits")},
			order:  []string{"1 S BITS", "2 B SMB"},
		},
		{
			name:   "a protected point without the package does not open the others",
			points: []catalog.Point{pt("A"), pt("P", "protected", "10.1.2.0/24")}, ask: Ask{Version: holds("A")},
			fallback: []string{"1 A SMB"}, left: []string{"A: protected point P", "P: does not hold the package"}, notes: []string{"only if the advertisement allows it"},
		},
		{
			name:   "the advertisement may allow them",
			points: []catalog.Point{pt("A"), pt("P", "protected", "10.1.2.0/24")}, ask: Ask{Version: holds("A"), Fallback: true},
			fallback: []string{"1 A SMB"}, left: []string{"A: protected point P", "P: does not hold the package"}, notes: []string{"after 8 hours"},
		},
		{
			name:   "only points of the site that the client is in",
			points: []catalog.Point{pt("A", "10.1.0.0/16"), pt("B", "site:S02", "10.2.0.0/16"), pt("C", "site:")},
			order:  []string{"1 A SMB", "2 C SMB"}, left: []string{"B: it belongs to site S02; the client asks S01"},
		},
		{
			name:   "the site may be said",
			points: []catalog.Point{pt("A", "10.1.0.0/16"), pt("B", "site:S02", "10.2.0.0/16")}, ask: Ask{Site: "s02"},
			order: []string{"1 B SMB"}, left: []string{"A: it belongs to site S01"},
		},
		{
			name:   "the assigned site is asked if the other has nothing",
			points: []catalog.Point{pt("A", "10.1.0.0/16"), pt("B", "site:S02")}, ask: Ask{Assigned: "S02", Version: holds("B")},
			order: []string{"1 B SMB"}, left: []string{"A: it belongs to site S01"}, notes: []string{"its assigned site is asked: S02"},
		},
		{
			name:   "outside of all boundaries the assigned site is asked",
			points: []catalog.Point{pt("A", "10.5.0.0/16"), pt("B", "site:S02")}, ask: Ask{Assigned: "S02"},
			order: []string{"1 B SMB"}, left: []string{"A: it belongs to site S01"}, notes: []string{"no boundary contains the client"},
		},
		{
			name:   "which may not be known",
			points: []catalog.Point{pt("A", "10.5.0.0/16"), pt("B", "site:S02")},
			order:  []string{"1 A SMB", "1 B SMB"}, notes: []string{"--assigned-site says which it is"},
		},
		{
			name:   "boundaries of two sites overlap",
			points: []catalog.Point{pt("A", "10.1.0.0/16"), pt("B", "site:S02", "10.0.0.0/8")},
			order:  []string{"1 A SMB", "1 B SMB"}, notes: []string{"boundaries of S01 and S02 contain the client"},
		},
		{
			name:   "a PXE share is left out, by its name and by the flag",
			points: []catalog.Point{pt(`A\SMSPXEIMAGE$`, "10.1.0.0/16"), pt("B", "pxe"), pt("C")},
			order:  []string{"1 C SMB"}, left: []string{`A\SMSPXEIMAGE$: PXE, never a target`, "B: PXE, never a target"},
		},
		{
			name:   "a boundary that cannot be read is told",
			points: []catalog.Point{pt("A", "nonsense")},
			order:  []string{"1 A SMB"}, notes: []string{`A: boundary "nonsense"`},
		},
		{name: "no points at all"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.ask.Client.IP = netip.MustParseAddr("10.1.2.3")
			got := Choose(c.points, Generation2007, c.ask)
			if diff := cmp.Diff(c.order, places(got.Order)); diff != "" {
				t.Errorf("order (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.fallback, places(got.Fallback)); diff != "" {
				t.Errorf("fallback (-want +got)\n%s", diff)
			}
			if len(got.LeftOut) != len(c.left) {
				t.Errorf("left out: %+v, want %q", got.LeftOut, c.left)
			}
			for i, want := range c.left {
				name, why, _ := strings.Cut(want, ": ")
				if i < len(got.LeftOut) && (got.LeftOut[i].Point != name || !strings.Contains(got.LeftOut[i].Why, why)) {
					t.Errorf("left out: %+v, want %q", got.LeftOut[i], want)
				}
			}
			for _, want := range c.notes {
				if !slices.ContainsFunc(got.Notes, func(n string) bool { return strings.Contains(n, want) }) {
					t.Errorf("no note says %q: %q", want, got.Notes)
				}
			}
			for _, cand := range append(got.Order, got.Fallback...) {
				if len(cand.Reasons) < 3 {
					t.Errorf("%s has the reasons %q", cand.Point, cand.Reasons)
				}
			}
		})
	}
}

// In the current branch nothing is ordered, and what is said is what is known.
func TestChooseCurrent(t *testing.T) {
	t.Parallel()
	points := []catalog.Point{pt("A", "10.1.0.0/16", "protected"), pt("B", "pxe", "10.9.0.0/16"), pt(`C\REMINST`), pt("D")}
	ask := Ask{Client: client("10.1.2.3"), Version: func(p string) int { return map[string]int{"A": 2, "B": 1}[p] }}
	got := Choose(points, GenerationCurrent, ask)
	if len(got.Order)+len(got.Fallback) > 0 {
		t.Errorf("an order is told: %+v", got)
	}
	if diff := cmp.Diff([]Known{{Point: "A", Boundary: "10.1.0.0/16", Version: 2}, {Point: "B", Version: 1}}, got.Known); diff != "" {
		t.Error(diff)
	}
	if len(got.LeftOut) != 2 || got.LeftOut[0].Point != `C\REMINST` || got.LeftOut[1].Point != "D" {
		t.Errorf("left out: %+v", got.LeftOut)
	}
	if !strings.Contains(strings.Join(got.Notes, "\n"), "boundary groups decide") {
		t.Errorf("notes: %q", got.Notes)
	}
}

// simple is the rules of 2007 for points of one site, written down again as comparisons of two points: which of them a
// client uses first, and which it is told of at all.
type simple struct {
	client Client
	fast   bool // inside a fast boundary of the site
}

func (s simple) inside(p catalog.Point) bool {
	for _, b := range p.Boundaries {
		if netip.MustParsePrefix(strings.TrimPrefix(b, "slow:")).Contains(s.client.IP) {
			return true
		}
	}
	return false
}

func (s simple) told(all []catalog.Point) (out []catalog.Point) {
	for _, p := range all {
		if p.Protected && s.inside(p) {
			out = append(out, p)
		}
	}
	if out != nil {
		return out
	}
	for _, p := range all {
		if !p.Protected {
			out = append(out, p)
		}
	}
	return out
}

// before reports whether a comes before b; all points of one site are local or all are remote.
func (s simple) before(a, b catalog.Point) bool {
	near := func(p catalog.Point) int {
		if p.Address != "" && netip.MustParsePrefix(p.Address).Contains(s.client.IP) {
			return 0
		}
		if p.ADSite == s.client.ADSite {
			return 1
		}
		return 2
	}
	if near(a) != near(b) {
		return near(a) < near(b)
	}
	return slices.Contains(a.Types, "bits") && !slices.Contains(b.Types, "bits")
}

func TestChooseProperty(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 2007))
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	for round := range 3000 {
		var points []catalog.Point
		fast := false
		s := simple{client: Client{IP: netip.MustParseAddr("10.1.2.3"), ADSite: pick("Bonn", "Kiel")}}
		for n := range r.IntN(7) {
			p := catalog.Point{Name: fmt.Sprint("P", n), Site: "S01", ADSite: pick("Bonn", "Kiel", "Trier"), Address: pick("", "10.1.2.9/24", "10.7.2.9/24"), Protected: r.IntN(3) == 0}
			if r.IntN(2) == 0 {
				p.Types = []string{"bits"}
			}
			for range r.IntN(3) {
				b := pick("", "slow:") + pick("10.1.0.0/16", "10.2.0.0/16", "10.7.0.0/16")
				p.Boundaries = append(p.Boundaries, b)
				fast = fast || b == "10.1.0.0/16"
			}
			points = append(points, p)
		}
		s.fast = fast
		got := Choose(points, Generation2007, Ask{Client: s.client, Site: "S01"})
		var names []string
		for _, c := range got.Order {
			names = append(names, c.Point)
			if c.Local != s.fast {
				t.Fatalf("round %d: %s is local: %v, want %v\n%+v", round, c.Point, c.Local, s.fast, points)
			}
		}
		var want []string
		told := s.told(points)
		for _, p := range told {
			want = append(want, p.Name)
		}
		slices.Sort(want)
		if sorted := slices.Sorted(slices.Values(names)); !slices.Equal(sorted, want) {
			t.Fatalf("round %d: told of %v, want %v\n%+v", round, sorted, want, points)
		}
		for i, a := range got.Order {
			for _, b := range got.Order[i+1:] {
				pa, pb := points[indexOf(points, a.Point)], points[indexOf(points, b.Point)]
				if s.before(pb, pa) || s.before(pa, pb) != (a.Place < b.Place) {
					t.Fatalf("round %d: %s has place %d, %s has place %d\n%+v\n%+v", round, a.Point, a.Place, b.Point, b.Place, pa, pb)
				}
			}
		}
		if len(got.Order)+len(got.LeftOut) != len(points) {
			t.Fatalf("round %d: %d points, %d ordered, %d left out", round, len(points), len(got.Order), len(got.LeftOut))
		}
	}
}

func indexOf(points []catalog.Point, name string) int {
	return slices.IndexFunc(points, func(p catalog.Point) bool { return p.Name == name })
}
