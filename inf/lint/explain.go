package lint

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"github.com/drivercat/drivercat/inf"
)

// Rule finds the rule of a code, ignoring case; "412" and "INF412" stand for "INF0412".
func Rule(code string) (r inf.Rule, ok bool) {
	digits := strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(code)), "INF")
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return inf.Rule{}, false
	}
	want := fmt.Sprintf("INF%04d", n)
	for _, r := range Rules() {
		if r.Code == want {
			return r, true
		}
	}
	return inf.Rule{}, false
}

// Explain prints what a rule means, for people:
//
//	INF0303, error: a models section that is listed and does not exist
//
//	The explanation, wrapped.
//
//	advice:   add the section or remove the decoration
//	InfVerif: 1203
//	source:   https://learn.microsoft.com/...
func Explain(w io.Writer, r inf.Rule, o Options) error {
	columns := o.Columns
	if columns == 0 {
		columns = 100
	}
	columns = min(max(columns, minColumns), 120)
	var b strings.Builder
	title := strings.ReplaceAll(r.Title, "`", "")
	if o.Colour {
		fmt.Fprintf(&b, "%s%s%s, %s: %s\n", bold, r.Code, reset, r.Severity, title)
	} else {
		fmt.Fprintf(&b, "%s, %s: %s\n", r.Code, r.Severity, title)
	}
	for _, p := range strings.Split(strings.TrimSpace(r.Explanation), "\n\n") {
		if p == "" {
			continue
		}
		b.WriteByte('\n')
		for _, line := range paragraph(p, columns) {
			b.WriteString(line + "\n")
		}
	}
	const hang = 10 // under the words, behind their labels
	b.WriteByte('\n')
	label := func(name, text string) {
		for i, line := range wrap(text, columns-hang) {
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(&b, "%-*s%s\n", hang, name, line)
		}
	}
	label("advice:", r.Advice)
	if len(r.InfVerif) > 0 {
		label("InfVerif:", strings.Trim(strings.ReplaceAll(fmt.Sprint(r.InfVerif), " ", ", "), "[]"))
	}
	if r.Source != "" {
		label("source:", r.Source)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// paragraph wraps text; a paragraph with an indented line is an example and stays as it is.
func paragraph(p string, columns int) []string {
	lines := strings.Split(p, "\n")
	for _, l := range lines {
		if strings.HasPrefix(l, " ") || strings.HasPrefix(l, "\t") {
			return lines
		}
	}
	return wrap(strings.Join(lines, " "), columns)
}

// wrap breaks text at blanks into lines of at most columns; a longer word stays whole.
func wrap(text string, columns int) []string {
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(text) {
		n := columnsOf(word)
		if line != "" && used+1+n > columns {
			lines = append(lines, line)
			line, used = "", 0
		}
		if line != "" {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+n
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// columnsOf counts the columns that text takes on a terminal.
func columnsOf(s string) (n int) {
	for _, r := range s {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}
