package lint_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/lint"
)

// markCase is an INF text in which « and » stand around the places where findings of one code are expected. Without marks
// the code must not be found.
type markCase struct {
	code string
	src  string
}

// head begins most texts: a [Version] without findings. Cases about models, sections and files append to it.
const head = `[Version]
Signature = "$Windows NT$"
Class = Net
ClassGuid = {4d36e972-e325-11ce-bfc1-08002be10318}
Provider = Acme
DriverVer = 01/02/2024,1.2.3.4
CatalogFile = acme.cat
PnpLockdown = 1
`

// testMarks runs cases named by what they show.
func testMarks(t *testing.T, cases map[string]markCase) {
	t.Parallel()
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src, want := unmark(t, tt.src)
			f, ds := lint.Check("acme.inf", []byte(src))
			var got []string
			for _, d := range ds {
				if d.Code == tt.code {
					got = append(got, place(f, d.Range))
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s (-want +got)\n%s\nall findings:\n%v", tt.code, d, ds)
			}
			for _, d := range ds {
				if d.Fix != nil {
					checkFix(t, f, d, ds)
				}
			}
		})
	}
}

// checkFix asserts that a fix removes its finding and makes no new error.
func checkFix(t *testing.T, f *inf.File, d inf.Diagnostic, before inf.Diagnostics) {
	t.Helper()
	var b strings.Builder
	src := string(f.Bytes())
	at := 0
	for _, e := range d.Fix.Edits {
		if e.Range.Start.Offset < at || e.Range.End.Offset < e.Range.Start.Offset {
			t.Fatalf("%v: edits are not in order: %v", d, d.Fix.Edits)
		}
		b.WriteString(src[at:e.Range.Start.Offset] + e.New)
		at = e.Range.End.Offset
	}
	b.WriteString(src[at:])
	fixed, after := lint.Check(f.Name, []byte(b.String()))
	count := func(ds inf.Diagnostics, hit func(inf.Diagnostic) bool) (n int) {
		for _, d := range ds {
			if hit(d) {
				n++
			}
		}
		return n
	}
	same := func(o inf.Diagnostic) bool { return o.Code == d.Code }
	if b.String() == src || count(after, same) >= count(before, same) {
		t.Errorf("%v: the fix %q does not remove it:\n%s", d, d.Fix.Text, b.String())
	}
	isError := func(o inf.Diagnostic) bool { return o.Severity == inf.Error }
	if f.Err == nil && (fixed.Err != nil || count(after, isError) > count(before, isError)) {
		t.Errorf("%v: the fix %q makes errors:\n%s\n%v", d, d.Fix.Text, b.String(), after)
	}
}

// place shows a range and the text in it.
func place(f *inf.File, r inf.Range) string {
	return strings.TrimSpace(strings.Join([]string{
		inf.Diagnostic{Range: r, Severity: inf.Error}.String(), string(f.Bytes()[r.Start.Offset:r.End.Offset]),
	}, " "))
}

// unmark removes the marks and returns the places between them.
func unmark(t *testing.T, marked string) (src string, places []string) {
	t.Helper()
	var b strings.Builder
	var open []int
	var ranges [][2]int
	for _, r := range marked {
		switch r {
		case '«':
			open = append(open, b.Len())
		case '»':
			ranges = append(ranges, [2]int{open[len(open)-1], b.Len()})
			open = open[:len(open)-1]
		default:
			b.WriteRune(r)
		}
	}
	if len(open) > 0 {
		t.Fatalf("mark without end in %q", marked)
	}
	src = b.String()
	f, _ := inf.Parse("acme.inf", []byte(src))
	pos := func(off int) inf.Pos {
		line := strings.Count(src[:off], "\n") + 1
		start := strings.LastIndexByte(src[:off], '\n') + 1
		return inf.Pos{Line: line, Column: len([]rune(src[start:off])) + 1, Offset: off}
	}
	for _, r := range ranges {
		places = append(places, place(f, inf.Range{Start: pos(r[0]), End: pos(r[1])}))
	}
	return src, places
}
