package lint

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/drivercat/drivercat/inf"
)

// Options change how a finding is printed; the zero value prints it without colours.
type Options struct {
	Colour bool
	// Columns is the width that the source line is cut to; 0 means 160, fewer than 40 mean 40.
	Columns int
}

const (
	defaultColumns = 160
	minColumns     = 40
	tabStop        = 8
)

// The escapes of a terminal's colours.
const (
	reset  = "\x1b[0m"
	bold   = "\x1b[1m"
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	blue   = "\x1b[1;34m"
)

// Render prints a finding for people:
//
//	net.inf:12:5: error: models section [Acme.NTamd64] does not exist [INF0303]
//	   12 | %Acme% = Acme, NTamd64
//	      |          ^^^^
//	   advice: add the section or remove the decoration
//
// src is the file that the finding is about. Without it, or if the place is outside of it, only the words are printed.
func Render(w io.Writer, src *inf.File, d inf.Diagnostic, o Options) error {
	var b bytes.Buffer
	paint := func(escape, s string) string {
		if !o.Colour {
			return s
		}
		return escape + s + reset
	}
	severity := map[inf.Severity]string{inf.Error: red, inf.Warning: yellow, inf.Info: blue}[d.Severity]
	fmt.Fprintf(&b, "%s: %s %s [%s]\n", paint(bold, place(d.File, d.Range.Start)), paint(severity, d.Severity.String()+":"), printable(d.Summary), d.Code)
	if src != nil && d.Range.Start.Line > 0 {
		snippet(&b, src, d.Range, o, func(s string) string { return paint(severity, s) })
	}
	if d.Advice != "" {
		fmt.Fprintf(&b, "   %s %s\n", paint(bold, "advice:"), printable(d.Advice))
	}
	for _, r := range d.Related {
		fmt.Fprintf(&b, "   %s: %s\n", place(r.File, r.Range.Start), printable(r.Text))
	}
	_, err := w.Write(b.Bytes())
	return err
}

func place(file string, p inf.Pos) string {
	return fmt.Sprintf("%s:%d:%d", printable(file), p.Line, p.Column)
}

// snippet prints the line and the carets. Tabs are spread to columns in both, so that the carets stand where they
// should whatever the terminal's tab stops are.
func snippet(b *bytes.Buffer, src *inf.File, r inf.Range, o Options, paint func(string) string) {
	line := src.SourceLine(r.Start.Line)
	end := r.End.Column
	if r.End.Line != r.Start.Line {
		end = utf8.RuneCountInString(strings.TrimRight(line, " \t")) + 1
	}
	columns := o.Columns
	if columns == 0 {
		columns = defaultColumns
	}
	number := strconv.Itoa(r.Start.Line)
	gutter := max(len(number), 4) + 4
	text, from, carets := layOut(line, r.Start.Column, max(end, r.Start.Column+1), max(columns, minColumns)-gutter)
	if strings.TrimSpace(text) == "" {
		return
	}
	fmt.Fprintf(b, "%*s | %s\n", gutter-3, number, text)
	fmt.Fprintf(b, "%*s | %s%s\n", gutter-3, "", strings.Repeat(" ", from), paint(strings.Repeat("^", carets)))
}

// cell is one character as a terminal shows it.
type cell struct {
	text  string
	width int
}

// layOut turns a line into what a terminal shows, and finds the columns that characters start to end-1 (from 1) take in
// it. A line wider than most columns is cut on both sides of the place.
func layOut(line string, start, end, most int) (text string, from, carets int) {
	first, cells := window(line, start, most)
	var b strings.Builder
	col := 0
	if first > 1 {
		b.WriteString("…")
		col = 1
	}
	from = -1
	for i, c := range cells {
		n := first + i
		if n == start {
			from = col
		}
		if col+c.width > most-1 && n > start {
			b.WriteString("…")
			break
		}
		if c.text == "\t" {
			c.width = tabStop - col%tabStop
			c.text = strings.Repeat(" ", c.width)
		}
		b.WriteString(c.text)
		col += c.width
		if n >= start && n < end {
			carets += c.width
		}
	}
	if from < 0 { // behind the last character
		from = col
	}
	return strings.TrimRight(b.String(), " "), from, max(carets, 1)
}

// window returns the characters that may be shown, and the number (from 1) of the first: it begins at the line's start
// unless the place lies too far to the right.
func window(line string, start, most int) (first int, cells []cell) {
	first = 1
	if start > most/2 {
		first = start - most/3
	}
	n := 0
	for _, r := range line {
		n++
		if n < first {
			continue
		}
		if n > first+most+1 {
			break
		}
		cells = append(cells, cellOf(r))
	}
	return first, cells
}

func cellOf(r rune) cell {
	switch {
	case r == '\t':
		return cell{"\t", 0}
	case unicode.In(r, unicode.Mn, unicode.Me):
		return cell{string(r), 0}
	case hidden(r):
		return cell{"\uFFFD", 1}
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return cell{string(r), 2}
	}
	return cell{string(r), 1}
}

// hidden finds characters that would not show, or would command the terminal or turn the text around.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// printable makes text safe for a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if hidden(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}
