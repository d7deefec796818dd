package cli

import (
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// column describes one column of a grid.
type column struct {
	title string
	kind  columnKind
}

type columnKind uint8

// The kinds of columns: what happens to a column when the terminal is too narrow for all.
const (
	fixed  columnKind = iota // never narrower than its text
	digits                   // the same, right-aligned
	cut                      // cut with an ellipsis
	wrap                     // wrapped

	// spare, added to a kind, marks a column that a terminal too narrow for all of them goes without.
	spare columnKind = 1 << 7
)

// floor is the width below which a column is not narrowed.
type floor struct{ cut, wrap int }

// The floors. Spare columns are given up before the others get less than is comfortable to read.
var (
	comfortable = floor{cut: 12, wrap: 24}
	readable    = floor{cut: 10, wrap: 10}
)

func (f floor) of(k columnKind) int {
	if k&^spare == wrap {
		return f.wrap
	}
	return f.cut
}

// grid is a table for people. On a terminal it fits the width; elsewhere nothing is cut.
type grid struct {
	columns []column
	rows    [][]string
	footer  []string
	painted map[int]map[string]text.Color // by column: the colours of its values
}

func newGrid(columns ...column) *grid { return &grid{columns: columns} }

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

// paint colours the cells of a column by their text.
func (g *grid) paint(col int, colours map[string]text.Color) {
	if g.painted == nil {
		g.painted = map[int]map[string]text.Color{}
	}
	g.painted[col] = colours
}

// render prints the grid as the reader of stdout can take it.
func (a *app) render(g *grid) {
	w := table.NewWriter()
	w.SuppressTrailingSpaces()
	style := table.StyleDefault
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format = table.FormatOptions{Header: text.FormatDefault, Footer: text.FormatDefault, Row: text.FormatDefault}
	style.Options = table.OptionsNoBordersAndSeparators
	if g.footer != nil {
		style.Options.SeparateFooter = true
	}
	w.SetStyle(style)

	limit := 0
	if a.env.Stdout.Terminal {
		limit = a.env.Stdout.Columns
	}
	g = g.without(limit)
	widths := g.widths()
	max := fit(g.columns, widths, limit, readable)
	configs := make([]table.ColumnConfig, len(g.columns))
	for i, c := range g.columns {
		configs[i] = table.ColumnConfig{Number: i + 1}
		if c.kind&^spare == digits {
			configs[i].Align, configs[i].AlignHeader, configs[i].AlignFooter = text.AlignRight, text.AlignRight, text.AlignRight
		}
		if max[i] < widths[i] {
			configs[i].WidthMax = max[i]
			configs[i].WidthMaxEnforcer = ellipsis
			if c.kind&^spare == wrap {
				configs[i].WidthMaxEnforcer = text.WrapSoft
			}
		}
	}
	w.SetColumnConfigs(configs)
	w.AppendHeader(g.header(a.colour))
	for _, r := range g.rows {
		w.AppendRow(g.row(r, a.colour))
	}
	if g.footer != nil {
		w.AppendFooter(cells(g.footer))
	}
	text := w.Render()
	if g.footer != nil { // the rule above it also underlines the padding of the last column, which nobody sees
		total := 2 * (len(max) - 1)
		for _, w := range max {
			total += w
		}
		text = strings.Replace(text, "\n"+strings.Repeat("-", total+2)+"\n", "\n"+strings.Repeat("-", total)+"\n", 1)
	}
	a.out.printf("%s\n", text)
}

func (g *grid) header(colour bool) table.Row {
	row := make(table.Row, len(g.columns))
	for i, c := range g.columns {
		row[i] = c.title
		if colour {
			row[i] = paint(text.Bold, c.title)
		}
	}
	return row
}

func (g *grid) row(r []string, colour bool) table.Row {
	row := make(table.Row, len(r))
	for i, c := range r {
		row[i] = plain(c)
		if c, ok := g.painted[i][c]; ok && colour {
			row[i] = paint(c, r[i])
		}
	}
	return row
}

func cells(r []string) table.Row {
	row := make(table.Row, len(r))
	for i, c := range r {
		row[i] = plain(c)
	}
	return row
}

// paint writes the escapes itself, since the library's switch for colours is a global that follows the process's
// environment and not the stream.
func paint(c text.Color, s string) string { return text.Escape(s, c.EscapeSeq()) }

func ellipsis(s string, width int) string { return text.Snip(s, width, "…") }

func (g *grid) widths() []int {
	w := make([]int, len(g.columns))
	for i, c := range g.columns {
		w[i] = text.StringWidth(c.title)
	}
	for _, r := range append(g.rows[:len(g.rows):len(g.rows)], g.footer) {
		for i, c := range r {
			for line := range strings.SplitSeq(c, "\n") {
				w[i] = max(w[i], text.StringWidth(line))
			}
		}
	}
	return w
}

// without leaves out spare columns, the last first, until the rest can be made to fit into limit columns (0: no limit).
func (g *grid) without(limit int) *grid {
	for limit > 0 {
		total := 2 * (len(g.columns) - 1)
		for _, w := range fit(g.columns, g.widths(), limit, comfortable) {
			total += w
		}
		if total <= limit {
			break
		}
		last := -1
		for i, c := range g.columns {
			if c.kind&spare != 0 {
				last = i
			}
		}
		if last < 0 {
			break
		}
		g = g.drop(last)
	}
	return g
}

// drop returns the grid without one column.
func (g *grid) drop(col int) *grid {
	out := &grid{columns: slices.Delete(slices.Clone(g.columns), col, col+1), painted: map[int]map[string]text.Color{}}
	for _, r := range g.rows {
		out.rows = append(out.rows, slices.Delete(slices.Clone(r), col, col+1))
	}
	if g.footer != nil {
		out.footer = slices.Delete(slices.Clone(g.footer), col, col+1)
	}
	for c, colours := range g.painted {
		switch {
		case c < col:
			out.painted[c] = colours
		case c > col:
			out.painted[c-1] = colours
		}
	}
	return out
}

// fit narrows the widest columns that may be narrowed until the row fits into limit columns (0: no limit).
func fit(columns []column, widths []int, limit int, least floor) []int {
	out := append([]int(nil), widths...)
	if limit <= 0 {
		return out
	}
	total := 2 * (len(out) - 1)
	for _, w := range out {
		total += w
	}
	for total > limit {
		widest := -1
		for i, c := range columns {
			if c.kind&^spare >= cut && out[i] > least.of(c.kind) && (widest < 0 || out[i] > out[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		out[widest]--
		total--
	}
	return out
}
