package source

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNameProblems(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		names []string // ordered
		want  []string
	}{
		{"plain names", []string{"NET.INF", "com10.txt", "console.dll", "lpt.sys", "x (1) [a]{b}~!@#$%^&-+=,;'.sys", "日本.inf"}, nil},
		{"differ in case", []string{"NET.inf", "Net.inf", "a", "net.inf"}, []string{"Net.inf: case-conflict", "net.inf: case-conflict"}},
		{"differ in the case of other letters", []string{"STRASSE", "ÄRGER", "Σ", "ärger", "σ", "straße"}, []string{"ärger: case-conflict", "σ: case-conflict"}},
		{"kelvin sign", []string{"k.sys", "\u212A.sys"}, []string{"\u212A.sys: case-conflict"}},
		{"devices", []string{"AUX", "COM1.inf", "CONOUT$", "LPT³.sys", "con .txt", "nul.tar.gz"},
			[]string{"AUX: name-invalid", "COM1.inf: name-invalid", "CONOUT$: name-invalid", "LPT³.sys: name-invalid", "con .txt: name-invalid", "nul.tar.gz: name-invalid"}},
		{"characters", []string{"a\tb", "a:b", `a\b`, "a|b", "del\x7F"}, []string{"a\tb: name-invalid", "a:b: name-invalid", `a\b: name-invalid`, "a|b: name-invalid"}},
		{"ends", []string{"a ", "a.", "b..inf", "c .inf"}, []string{"a : name-invalid", "a.: name-invalid"}},
		{"encodings", []string{"caf\xe9.inf", "café.inf"}, []string{"caf\xe9.inf: name-invalid"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var s scratch
			for _, n := range tt.names {
				s.entries = append(s.entries, rawEntry{name: n, kind: kindFile})
			}
			l := Listing{Problems: s.nameProblems(job{path: "."}, nil)}
			slices.SortFunc(l.Problems, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
			if d := cmp.Diff(tt.want, troubles(&l)); d != "" {
				t.Errorf("problems (-want +got):\n%s", d)
			}
			for _, p := range l.Problems {
				if p.Text == "" || p.Advice == "" || p.Warning {
					t.Errorf("%q: %+v", p.Path, p)
				}
			}
		})
	}
}

func TestLongPathsAreReportedOnce(t *testing.T) {
	t.Parallel()
	s := scratch{entries: []rawEntry{
		{name: strings.Repeat("a", 53), kind: kindFile},   // 254
		{name: strings.Repeat("b", 54), kind: kindFile},   // 255
		{name: strings.Repeat("é", 60), kind: kindFile},   // 261
		{name: strings.Repeat("z", 99), kind: kindFolder}, // its files will tell
	}}
	ps := s.nameProblems(job{path: "p", units: 200}, nil)
	want := []Problem{{Code: ProblemLong, Path: "p/" + strings.Repeat("é", 60), Warning: true,
		Text:   "the path has 261 characters within the source, ConfigMgr replicates up to 254 on the whole (2 files in this folder)",
		Advice: "shorten the folder names above it, or import from a folder nearer to it"}}
	if d := cmp.Diff(want, ps); d != "" {
		t.Errorf("problems (-want +got):\n%s", d)
	}
}
