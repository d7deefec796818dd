package distribute

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// The codes of issues.
const (
	IssueConflict = "conflict" // two types that one point cannot have
	IssueNeeds    = "needs"    // a type that only works with another one
	IssueNote     = "note"     // not wrong; the sources disagree, or it only shows beside other points
)

// Issue is something about a combination of types.
type Issue struct {
	Code   string `json:"code"`
	Types  []Type `json:"types"` // that it is about
	Text   string `json:"text"`
	Source string `json:"source"`          // where it is written
	Doubt  string `json:"doubt,omitempty"` // what another source says
}

// Change is a way to make a combination work.
type Change struct {
	Add    []Type `json:"add"`
	Remove []Type `json:"remove"`
}

// Combination is what is known of types on one point.
type Combination struct {
	Types  []Type   `json:"types"`
	OK     bool     `json:"ok"`
	Issues []Issue  `json:"issues"`
	Ways   []Change `json:"ways"` // those that take away least come first; none takes away more than it must; empty if it is OK
}

// The sources of the rules.
const (
	fromTable   = "the table of compatible types of ConfigMgr 2007"
	fromHelp    = "the help of ConfigMgr 2007"
	fromSDK     = "the SDK of ConfigMgr 2007, SMS_DistributionPointInfo"
	inTableOnly = "the table says no and gives no reason; no other source was found"
)

// conflict is a "No" of the table. Every one is symmetric.
type conflict struct {
	a, b               Type
	why, source, doubt string
}

// conflicts are the table's twelve "No".
func conflicts() []conflict {
	const branchLimits = "a branch point is a workstation's service: it serves neither mobile devices nor Internet-based clients and does not lie on a server share"
	return []conflict{
		{Server, ServerShare, "a site system is either a server or a share of one", fromTable, ""},
		{ServerShare, Branch, branchLimits, fromHelp, ""},
		{ServerShare, Standard, "the option that makes a standard point is offered for servers only", fromHelp,
			"the same help elsewhere calls every point standard that is no branch point, which a server share would be"},
		{ServerShare, Internet, "a server share serves mobile devices, but not Internet-based clients", fromHelp, ""},
		{ServerShare, Multicast, inTableOnly, fromTable, ""},
		{Branch, Standard, "a standard point is any point that is not a branch point", fromHelp, ""},
		{Branch, BITS, "BITS is never enabled on a branch point: it fetches its content over BITS, and serves it over SMB", fromSDK, ""},
		{Branch, Mobile, branchLimits, fromHelp, ""},
		{Branch, Internet, branchLimits, fromHelp, ""},
		{Branch, Multicast, inTableOnly, fromTable, ""},
		{Mobile, Streaming, inTableOnly, fromTable, ""},
		{Internet, Multicast, inTableOnly, fromTable, ""},
	}
}

// requirement says that a point with all types in have needs another one. It has a direction: what is needed needs nothing.
type requirement struct {
	have               []Type
	need               Type
	why, source, doubt string
}

// requirements are the table's two "Required", which it prints in both directions, and one that it hides.
func requirements() []requirement {
	const bitsOption = "the BITS option must be selected for mobile devices and for Internet-based clients; BITS by itself requires neither"
	return []requirement{
		{[]Type{Mobile}, BITS, bitsOption, fromHelp, ""},
		{[]Type{Internet}, BITS, bitsOption, fromHelp, ""},
		{[]Type{Standard, Streaming}, BITS, "streaming from a standard point works only if BITS is enabled on it", fromSDK, "the table says yes to standard with streaming, without a condition"},
	}
}

// remarks are combinations that work, although a source reads as if they did not.
func remarks() []conflict {
	return []conflict{
		{ServerShare, BITS, "the table says yes, and the help describes BITS folders on server shares", fromTable, "the help elsewhere calls BITS an option of a standard point, which a server share is not"},
	}
}

// Cell is what the table prints for two types: "Yes", "No", "Required" or "N/A".
func Cell(a, b Type) string {
	if a == b {
		return "N/A"
	}
	for _, c := range conflicts() {
		if c.a == a && c.b == b || c.a == b && c.b == a {
			return "No"
		}
	}
	for _, r := range requirements() {
		if len(r.have) == 1 && (r.have[0] == a && r.need == b || r.have[0] == b && r.need == a) {
			return "Required"
		}
	}
	return "Yes"
}

// Combine tells whether one point can have all of the types, why not, and what would have to change.
func Combine(types []Type) Combination {
	types = ordered(types)
	c := Combination{Types: types, Issues: issues(types), Ways: []Change{}}
	c.OK = !slices.ContainsFunc(c.Issues, func(i Issue) bool { return i.Code != IssueNote })
	if !c.OK {
		c.Ways = ways(types)
	}
	return c
}

func issues(types []Type) []Issue {
	out := []Issue{}
	for _, c := range conflicts() {
		if hasAll(types, c.a, c.b) {
			out = append(out, Issue{IssueConflict, []Type{c.a, c.b}, fmt.Sprintf("%s and %s cannot be combined: %s", c.a, c.b, c.why), c.source, c.doubt})
		}
	}
	for _, r := range requirements() {
		if hasAll(types, r.have...) && !slices.Contains(types, r.need) {
			out = append(out, Issue{IssueNeeds, append(slices.Clone(r.have), r.need), fmt.Sprintf("%s requires %s: %s", join(r.have, " with "), r.need, r.why), r.source, r.doubt})
		}
	}
	for _, c := range remarks() {
		if hasAll(types, c.a, c.b) {
			out = append(out, Issue{IssueNote, []Type{c.a, c.b}, fmt.Sprintf("%s and %s can be combined: %s", c.a, c.b, c.why), c.source, c.doubt})
		}
	}
	return out
}

func hasAll(types []Type, want ...Type) bool {
	return !slices.ContainsFunc(want, func(t Type) bool { return !slices.Contains(types, t) })
}

func join(ts []Type, sep string) string {
	words := make([]string, len(ts))
	for i, t := range ts {
		words[i] = string(t)
	}
	return strings.Join(words, sep)
}

// ways tries every set of types to take away, the smallest first: ten types make 1,024. A set that holds another one that
// works is no way of its own.
func ways(types []Type) []Change {
	out := []Change{}
	var found []int // the sets that work, as bits
	for size := range len(types) + 1 {
		for set := range 1 << len(types) {
			if bits.OnesCount(uint(set)) != size || slices.ContainsFunc(found, func(f int) bool { return f&set == f }) {
				continue
			}
			var keep, remove []Type
			for i, t := range types {
				if set>>i&1 == 1 {
					remove = append(remove, t)
				} else {
					keep = append(keep, t)
				}
			}
			with := closure(keep)
			if !slices.ContainsFunc(issues(with), func(i Issue) bool { return i.Code != IssueNote }) {
				found = append(found, set)
				add := slices.DeleteFunc(with, func(t Type) bool { return slices.Contains(keep, t) })
				out = append(out, Change{Add: orNone(add), Remove: orNone(remove)})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Change) int {
		return cmp.Or(cmp.Compare(len(a.Remove), len(b.Remove)), cmp.Compare(len(a.Add), len(b.Add)))
	})
	return out
}

// closure adds what the types need.
func closure(types []Type) []Type {
	out := slices.Clone(types)
	for _, r := range requirements() {
		if hasAll(out, r.have...) && !slices.Contains(out, r.need) {
			out = append(out, r.need)
		}
	}
	return ordered(out)
}

func orNone(ts []Type) []Type {
	if ts == nil {
		return []Type{}
	}
	return ts
}

// String is the change in words: "take away branch", "add bits".
func (c Change) String() string {
	var parts []string
	if len(c.Remove) > 0 {
		parts = append(parts, "take away "+join(c.Remove, " and "))
	}
	if len(c.Add) > 0 {
		parts = append(parts, "add "+join(c.Add, " and "))
	}
	return strings.Join(parts, " and ")
}

// TypesOf are the types of a point with the flag that is a row of the table too. Names that are no types are left out; a
// store keeps none.
func TypesOf(p catalog.Point) []Type {
	var ts []Type
	for _, name := range p.Types {
		if t, err := ParseType(name); err == nil {
			ts = append(ts, t)
		}
	}
	if p.Protected {
		ts = append(ts, Protected)
	}
	return ordered(ts)
}

// SetTypes gives a point types. "protected" is a flag of the point and not kept among its types, so that there is one truth.
func SetTypes(p *catalog.Point, ts []Type) {
	p.Types = []string{}
	for _, t := range ts {
		if t == Protected {
			p.Protected = true
			continue
		}
		p.Types = append(p.Types, string(t))
	}
	slices.Sort(p.Types)
	p.Types = slices.Compact(p.Types)
}

// Checked is what is known of a point's types.
type Checked struct {
	Point string `json:"point"`
	Combination
}

// CheckPoints checks each of the points, and what they need of each other: a branch point fetches its content from a
// standard point with BITS. The points to find it among are all; those named are told of.
func CheckPoints(all, named []catalog.Point) []Checked {
	out := []Checked{}
	for _, p := range named {
		c := Checked{Point: p.Name, Combination: Combine(TypesOf(p))}
		if slices.Contains(c.Types, Branch) && !slices.ContainsFunc(all, func(o catalog.Point) bool { return feeds(o, p) }) {
			text := "no standard point with BITS is known"
			if p.Site != "" {
				text += " at site " + p.Site
			}
			c.Issues = append(c.Issues, Issue{IssueNote, []Type{Branch}, text + ": a branch point fetches its content from one", fromHelp, ""})
		}
		out = append(out, c)
	}
	return out
}

// feeds reports whether a branch point can fetch from o. A point that is neither called standard nor branch is standard.
func feeds(o, branch catalog.Point) bool {
	ts := TypesOf(o)
	return slices.Contains(ts, BITS) && !slices.Contains(ts, Branch) && (o.Site == "" || branch.Site == "" || strings.EqualFold(o.Site, branch.Site))
}
