package distribute

import (
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
)

// The rules say what the published table says, cell by cell, under the labels that it has for rows and columns.
func TestPublishedTable(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/dp_compat_2007.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	table, err := r.ReadAll()
	if err != nil || len(table) != 11 {
		t.Fatalf("%d rows, %v", len(table), err)
	}
	counts := map[string]int{}
	for _, row := range table[1:] {
		for j, want := range row[1:] {
			a, err := ParseType(row[0])
			if err != nil {
				t.Fatal(err)
			}
			b, err := ParseType(table[0][j+1])
			if err != nil {
				t.Fatal(err)
			}
			if got := Cell(a, b); got != want {
				t.Errorf("%s with %s: %q, the table says %q", a, b, got, want)
			}
			counts[want]++
		}
	}
	if want := map[string]int{"Yes": 62, "No": 24, "Required": 4, "N/A": 10}; !cmp.Equal(counts, want) {
		t.Errorf("the table has %v, want %v", counts, want)
	}
}

func TestParseType(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Type{
		"server": Server, "Windows NT Server": Server, "Server Share": ServerShare, "server-share": ServerShare, "BITS": BITS, "bits-enabled": BITS, "BITS-Enabled": BITS,
		"Mobile Device Support": Mobile, "Mobile Device": Mobile, "Internet Based Clients": Internet, "Supporting Internet Based Clients": Internet, "internet-based": Internet,
		"PROTECTED": Protected, "multicast": Multicast, "Streaming": Streaming, "Branch": Branch, "standard": Standard,
	} {
		if got, err := ParseType(text); got != want || err != nil {
			t.Errorf("%q is %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"", "share", "pxe"} {
		if got, err := ParseType(text); err == nil {
			t.Errorf("%q is %q", text, got)
		}
	}
}

func TestCombine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		types  []Type
		issues []string // code and types
		ways   []string
	}{
		{"nothing", nil, nil, nil},
		{"an ordinary server", []Type{Server, Standard, BITS, Protected}, nil, nil},
		{"a share is no server", []Type{Server, ServerShare}, []string{"conflict server server-share"}, []string{"take away server", "take away server-share"}},
		{"mobile requires BITS", []Type{Server, Mobile}, []string{"needs mobile bits"}, []string{"add bits"}},
		{"Internet requires BITS", []Type{Internet}, []string{"needs internet bits"}, []string{"add bits"}},
		{"BITS requires nothing", []Type{BITS}, nil, nil},
		{"both share one need", []Type{Mobile, Internet}, []string{"needs mobile bits", "needs internet bits"}, []string{"add bits"}},
		{"streaming from a standard point requires BITS, which the table hides", []Type{Standard, Streaming}, []string{"needs standard streaming bits"}, []string{"add bits"}},
		{"streaming from a branch point does not", []Type{Branch, Streaming}, nil, nil},
		{"a branch point cannot get what mobile needs", []Type{Branch, Mobile}, []string{"conflict branch mobile", "needs mobile bits"}, []string{"take away mobile", "take away branch and add bits"}},
		{"a remark is no fault", []Type{ServerShare, BITS}, []string{"note server-share bits"}, nil},
		{"one culprit of many", []Type{ServerShare, Branch, Internet, BITS}, []string{"conflict server-share branch", "conflict server-share internet", "conflict branch bits", "conflict branch internet", "note server-share bits"}, []string{"take away server-share and branch", "take away branch and internet", "take away server-share and bits and internet"}},
	} {
		got := Combine(c.types)
		var issues, ways []string
		for _, i := range got.Issues {
			issues = append(issues, i.Code+" "+join(i.Types, " "))
			if i.Text == "" || i.Source == "" {
				t.Errorf("%s: %v gives no reason or no source", c.name, i.Types)
			}
		}
		for _, w := range got.Ways {
			ways = append(ways, w.String())
		}
		if diff := cmp.Diff(c.issues, issues); diff != "" {
			t.Errorf("%s: issues (-want +got)\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.ways, ways); diff != "" {
			t.Errorf("%s: ways (-want +got)\n%s", c.name, diff)
		}
		if got.OK != (len(ways) == 0) {
			t.Errorf("%s: OK is %v and there are %d ways", c.name, got.OK, len(ways))
		}
	}
}

// Every combination that is wrong can be mended, and what is proposed is right.
func TestWaysMend(t *testing.T) {
	t.Parallel()
	all := Types()
	for set := range 1 << len(all) {
		var types []Type
		for i, typ := range all {
			if set>>i&1 == 1 {
				types = append(types, typ)
			}
		}
		c := Combine(types)
		if !c.OK && len(c.Ways) == 0 {
			t.Errorf("%v: no way to mend it", types)
		}
		for _, w := range c.Ways {
			mended := append(slices.DeleteFunc(slices.Clone(types), func(t Type) bool { return slices.Contains(w.Remove, t) }), w.Add...)
			if again := Combine(mended); !again.OK {
				t.Errorf("%v: %s leaves %v", types, w, again.Issues)
			}
		}
		// Adding what mobile and Internet need never makes a new conflict, so nobody is sent from one fault to the next.
		if c.OK || len(types) == 0 {
			continue
		}
		onlyNeeds := !slices.ContainsFunc(c.Issues, func(i Issue) bool { return i.Code == IssueConflict })
		if onlyNeeds && (len(c.Ways) != 1 || len(c.Ways[0].Remove) > 0) {
			t.Errorf("%v lacks only what it needs, and the ways are %v", types, c.Ways)
		}
	}
}

func TestTypesOfPoint(t *testing.T) {
	t.Parallel()
	p := catalog.Point{}
	SetTypes(&p, []Type{Standard, Protected, BITS, Server})
	if want := []string{"bits", "server", "standard"}; !cmp.Equal(p.Types, want) || !p.Protected {
		t.Errorf("types %v, protected %v", p.Types, p.Protected)
	}
	if got, want := TypesOf(p), []Type{Server, Standard, BITS, Protected}; !cmp.Equal(got, want) {
		t.Errorf("types %v, want %v", got, want)
	}
	SetTypes(&p, []Type{Server})
	if !p.Protected {
		t.Error("new types took the flag away")
	}
}

func TestCheckPoints(t *testing.T) {
	t.Parallel()
	branch := catalog.Point{Name: "B", Site: "S01", Types: []string{"branch"}}
	feeder := catalog.Point{Name: "F", Site: "s01", Types: []string{"server", "bits"}}
	elsewhere := catalog.Point{Name: "E", Site: "S02", Types: []string{"server", "bits"}}
	for _, c := range []struct {
		name string
		all  []catalog.Point
		note bool
	}{
		{"alone", []catalog.Point{branch}, true},
		{"with a point to fetch from", []catalog.Point{branch, feeder}, false},
		{"which is at another site", []catalog.Point{branch, elsewhere}, true},
		{"without BITS", []catalog.Point{branch, {Name: "S", Site: "S01", Types: []string{"standard"}}}, true},
	} {
		got := CheckPoints(c.all, []catalog.Point{branch})
		if len(got) != 1 || !got[0].OK || (len(got[0].Issues) == 1) != c.note {
			t.Errorf("%s: %+v", c.name, got)
		}
		if c.note && !strings.Contains(got[0].Issues[0].Text, "no standard point with BITS is known at site S01") {
			t.Errorf("%s: %s", c.name, got[0].Issues[0].Text)
		}
	}
}
