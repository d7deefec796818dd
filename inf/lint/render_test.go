package lint

import (
	"maps"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/inf"
)

// renderCase is a finding about a file, and what is printed for it.
type renderCase struct {
	src  string
	d    inf.Diagnostic
	o    Options
	want string
}

// at is a range on one line.
func at(line, from, to int) inf.Range {
	return inf.Range{Start: inf.Pos{Line: line, Column: from}, End: inf.Pos{Line: line, Column: to}}
}

// places are about where the carets stand.
func places() map[string]renderCase {
	return map[string]renderCase{
		"carets stand under the place": {
			src: "[Version]\nClass = Ney ; network\n",
			d:   inf.Diagnostic{Code: "INF9999", Severity: inf.Warning, Summary: "unknown class", Advice: "write Net", File: "a.inf", Range: at(2, 9, 12)},
			want: `
a.inf:2:9: warning: unknown class [INF9999]
    2 | Class = Ney ; network
      |         ^^^
   advice: write Net
`,
		},
		"under tabs and wide characters too": {
			src: "\t読取り =\t装置\tX\n",
			d:   inf.Diagnostic{Code: "INF9999", Severity: inf.Error, Summary: "s", File: "a.inf", Range: at(1, 8, 10)},
			want: `
a.inf:1:8: error: s [INF9999]
    1 |         読取り =        装置    X
      |                         ^^^^
`,
		},
		"a mark takes no column": {
			src:  "e\u0301x = y\n",
			d:    inf.Diagnostic{Code: "INF9999", Severity: inf.Info, Summary: "s", File: "a.inf", Range: at(1, 3, 4)},
			want: "\na.inf:1:3: info: s [INF9999]\n    1 | e\u0301x = y\n      |  ^\n",
		},
		"an empty range has one caret, also behind the end": {
			src: "abc\n",
			d:   inf.Diagnostic{Code: "INF9999", Severity: inf.Error, Summary: "s", File: "a.inf", Range: at(1, 4, 4)},
			want: `
a.inf:1:4: error: s [INF9999]
    1 | abc
      |    ^
`,
		},
		"a range over lines ends with the first": {
			src: "abc def \nghi\n",
			d: inf.Diagnostic{
				Code: "INF9999", Severity: inf.Error, Summary: "s", File: "a.inf",
				Range: inf.Range{Start: inf.Pos{Line: 1, Column: 5}, End: inf.Pos{Line: 2, Column: 3}},
			},
			want: `
a.inf:1:5: error: s [INF9999]
    1 | abc def
      |     ^^^
`,
		},
	}
}

// dresses are about what is printed around them.
func dresses() map[string]renderCase {
	long := strings.Repeat("x", 300) + "HERE" + strings.Repeat("y", 300)
	return map[string]renderCase{
		"a long line is cut around the place": {
			src: long + "\n",
			d:   inf.Diagnostic{Code: "INF9999", Severity: inf.Error, Summary: "s", File: "a.inf", Range: at(1, 301, 305)},
			o:   Options{Columns: 48},
			want: `
a.inf:1:301: error: s [INF9999]
    1 | …xxxxxxxxxxxxxHEREyyyyyyyyyyyyyyyyyyyyy…
      |               ^^^^
`,
		},
		"commands to the terminal are shown, not given": {
			src: "a\x1b[2J = b\n",
			d:   inf.Diagnostic{Code: "INF9999", Severity: inf.Error, Summary: "s\x1b[2J", File: "a\u202e.inf", Range: at(1, 8, 9)},
			want: `
a` + "\ufffd" + `.inf:1:8: error: s` + "\ufffd" + `[2J [INF9999]
    1 | a` + "\ufffd" + `[2J = b
      |        ^
`,
		},
		"related places follow": {
			src: "[A]\n[a]\n",
			d: inf.Diagnostic{
				Code: "INF9999", Severity: inf.Info, Summary: "s", Advice: "merge", File: "a.inf", Range: at(2, 1, 4),
				Related: []inf.Related{{Text: "first here", File: "a.inf", Range: at(1, 1, 4)}},
			},
			want: `
a.inf:2:1: info: s [INF9999]
    2 | [a]
      | ^^^
   advice: merge
   a.inf:1:1: first here
`,
		},
		"colours": {
			src:  "ab\n",
			d:    inf.Diagnostic{Code: "INF9999", Severity: inf.Error, Summary: "s", File: "a.inf", Range: at(1, 1, 2)},
			o:    Options{Colour: true},
			want: "\n\x1b[1ma.inf:1:1\x1b[0m: \x1b[1;31merror:\x1b[0m s [INF9999]\n    1 | ab\n      | \x1b[1;31m^\x1b[0m\n",
		},
		"a place outside of the file": {
			src:  "ab\n",
			d:    inf.Diagnostic{Code: "INF9999", Severity: inf.Error, Summary: "s", File: "a.inf", Range: at(9, 1, 2)},
			want: "\na.inf:9:1: error: s [INF9999]\n",
		},
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	cases := places()
	maps.Copy(cases, dresses())
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, _ := inf.Parse("a.inf", []byte("\xef\xbb\xbf"+tt.src))
			var b strings.Builder
			if err := Render(&b, f, tt.d, tt.o); err != nil {
				t.Fatal(err)
			}
			if got := "\n" + b.String(); got != tt.want {
				t.Errorf("got:%s\nwant:%s\n%q\n%q", got, tt.want, got, tt.want)
			}
		})
	}
}

func FuzzRender(f *testing.F) {
	f.Add("[Version]\na = b", 2, 1, 2)
	f.Add("\t読取り = \xff\x1b", 1, 3, 900)
	f.Add(strings.Repeat("wide 装置 ", 500), 1, 1500, 4000)
	f.Fuzz(func(t *testing.T, src string, line, from, to int) {
		file, ds := inf.Parse("a.inf", []byte(src))
		ds = append(ds, inf.Diagnostic{Severity: inf.Error, File: "a.inf", Range: inf.Range{Start: inf.Pos{Line: line, Column: from}, End: inf.Pos{Line: line, Column: to}}})
		for _, d := range ds {
			var b strings.Builder
			if err := Render(&b, file, d, Options{}); err != nil {
				t.Fatal(err)
			}
			if strings.ContainsRune(b.String(), '\x1b') || b.Len() > 20_000 {
				t.Errorf("%q gives %d bytes: %q", src, b.Len(), b.String())
			}
		}
	})
}
