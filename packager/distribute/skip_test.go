package distribute

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
)

func TestSkipped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		point        catalog.Point
		old, current bool // skipped in 2007, in the current branch
		why          string
	}{
		{"an ordinary point", catalog.Point{Name: "DP1", Share: `\\DP1\Drivers`, NAL: `["Display=\\DP1\"]MSWNET:["SMS_SITE=S01"]\\DP1\`}, false, false, ""},
		{"a PXE share", catalog.Point{Name: "DP1", Share: `\\DP1\smspxeimage$`}, true, true, "its share"},
		{"a folder on one", catalog.Point{Name: "DP1", Share: `\\DP1\SMSPXEIMAGES$\x`}, true, true, "its share"},
		{"a PXE share by its NAL path", catalog.Point{Name: "DP1", NAL: `["Display=\\DP1\SMSPXEIMAGE$\"]MSWNET:["SMS_SITE=S01"]\\DP1\SMSPXEIMAGE$\`}, true, true, "NAL path"},
		{"a PXE share by its name", catalog.Point{Name: `DP1\REMINST`}, true, true, "called like"},
		{"the flag", catalog.Point{Name: "DP1", PXE: true}, true, false, "flagged"},
		{"one of ConfigMgr's own shares as its share is no PXE share either", catalog.Point{Name: "DP1", Share: `\\DP1\SMSPKGD$`}, false, false, ""},
		{"one of ConfigMgr's own shares is no PXE share", catalog.Point{Name: "DP1", NAL: `["Display=\\DP1\SMSPKGD$\"]MSWNET:["SMS_SITE=S01"]\\DP1\SMSPKGD$\`}, false, false, ""},
	} {
		for g, want := range map[Generation]bool{Generation2007: c.old, GenerationCurrent: c.current} {
			got := Skipped(c.point, g)
			if (got != "") != want || want && (!strings.HasPrefix(got, "PXE, never a target: ") || !strings.Contains(got, c.why)) {
				t.Errorf("%s, %s: %q", c.name, g, got)
			}
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	targets, skipped := Split([]catalog.Point{{Name: "A"}, {Name: `A\SMSPXEIMAGE$`}, {Name: "B"}}, GenerationCurrent)
	var names []string
	for _, p := range targets {
		names = append(names, p.Name)
	}
	if !cmp.Equal(names, []string{"A", "B"}) || len(skipped) != 1 || skipped[0].Point != `A\SMSPXEIMAGE$` {
		t.Errorf("targets %v, skipped %v", names, skipped)
	}
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{
		"DP1": true, `DP1\SMSPXEIMAGE$`: true, "Süd 2": true, strings.Repeat("ä", 255): true,
		"point:A": false, "group:A": false, "": false, " ": false, " DP1": false, "a\x1bb": false, "a\nb": false, "\xff": false, strings.Repeat("a", 256): false,
	} {
		if err := CheckName(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestParseGeneration(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{"2007": true, "current": true, "": false, "2012": false} {
		if _, err := ParseGeneration(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}
