package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/drivercat/drivercat/catalog"
)

// screen makes an app that prints to a terminal of that many columns, or to a file if columns is 0.
func screen(columns int) (*app, *bytes.Buffer) {
	var b bytes.Buffer
	env := Env{Stdout: Stream{Writer: &b, Terminal: columns > 0, Columns: columns}, Stderr: Stream{Writer: io.Discard}, Getenv: func(string) string { return "" }}
	return &app{env: env, out: newOutput(&b), err: &console{w: io.Discard}}, &b
}

func sampleGrid() *grid {
	g := newGrid(column{"NAME", cut}, column{"WHY", wrap}, column{"DATE", fixed | spare}, column{"SIZE", digits})
	g.add("reader.inf", "it names a file that is not in the folder beside it", "2008-03-12", "5 B")
	g.add("読取り装置.inf", "-", "2008-03-12", "12 KiB")
	g.footer = []string{"total", "", "", "13 KiB"}
	return g
}

func TestTableFitsTheTerminal(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		columns int
		want    string
	}{
		"a file gets it whole": {0, `
NAME            WHY                                                  DATE          SIZE
reader.inf      it names a file that is not in the folder beside it  2008-03-12     5 B
読取り装置.inf  -                                                    2008-03-12  12 KiB
---------------------------------------------------------------------------------------
total                                                                            13 KiB
`},
		"long text is wrapped": {60, `
NAME            WHY                       DATE          SIZE
reader.inf      it names a file that is   2008-03-12     5 B
                not in the folder beside
                it
読取り装置.inf  -                         2008-03-12  12 KiB
------------------------------------------------------------
total                                                 13 KiB
`},
		"spare columns go first": {50, `
NAME            WHY                           SIZE
reader.inf      it names a file that is        5 B
                not in the folder beside
                it
読取り装置.inf  -                           12 KiB
--------------------------------------------------
total                                       13 KiB
`},
		"then all are narrow": {33, `
NAME         WHY             SIZE
reader.inf   it names a       5 B
             file that is
             not in the
             folder
             beside it
読取り装置…  -             12 KiB
---------------------------------
total                      13 KiB
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := screen(tt.columns)
			a.render(sampleGrid())
			if err := a.out.flush(); err != nil {
				t.Fatal(err)
			}
			if got := "\n" + b.String(); got != tt.want {
				t.Errorf("got:%s\nwant:%s", got, tt.want)
			}
			for line := range strings.Lines(b.String()) {
				if w := text.StringWidth(strings.TrimRight(line, "\n")); tt.columns > 0 && w > tt.columns {
					t.Errorf("%d columns wide: %s", w, line)
				}
			}
		})
	}
}

func TestColoursOnlyWhereTheyShow(t *testing.T) {
	t.Parallel()
	for _, colour := range []bool{false, true} {
		a, b := screen(80)
		a.colour = colour
		g := newGrid(column{"VERDICT", fixed})
		g.paint(0, verdictColours())
		g.add("broken")
		a.render(g)
		if err := a.out.flush(); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), "\x1b[31mbroken\x1b[0m"); got != colour {
			t.Errorf("colour %v: %q", colour, b.String())
		}
	}
}

func TestListsFitANarrowTerminal(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]*grid{
		"drivers": driverGrid([]catalog.DriverSummary{{
			Name: "rtsuvstorD3Off.inf", Verdict: catalog.Broken, Class: "Universal Serial Bus devices",
			Provider: "Analog Devices, Inc.", Date: "2012-10-15", Version: "6.1.7600.16385", Files: 3, Bytes: 322 << 10,
		}}),
		"models": modelGrid([]catalog.ModelSummary{{Model: catalog.Model{Make: "Hewlett-Packard", Name: "EliteBook 840 G8 Notebook PC"}}}),
	} {
		a, b := screen(60)
		a.render(g)
		if err := a.out.flush(); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if w := text.StringWidth(strings.TrimRight(line, "\n")); w > 60 {
				t.Errorf("%s: %d columns in a terminal of 60: %s", name, w, line)
			}
		}
	}
}
