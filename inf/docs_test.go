package inf

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCodesAreDocumented asserts that each code has its finding and its row in docs/inf.md, with its severity, and that the
// page has no row too many.
func TestCodesAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.FromSlash("../docs/inf.md"))
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("code.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range regexp.MustCompile(`"INF\d+"`).FindAllString(string(table), -1) {
		if _, ok := findings[code(strings.Trim(c, `"`))]; !ok {
			t.Errorf("%s means nothing: findings does not have it", c)
		}
	}
	rows := map[code]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| (INF\d+) \| (\w+) \| [^|]+ \| [^|]+ \|$`).FindAllStringSubmatch(string(page), -1) {
		if _, twice := rows[code(m[1])]; twice {
			t.Errorf("docs/inf.md has two rows for %s", m[1])
		}
		rows[code(m[1])] = m[2]
	}
	for c, f := range findings {
		if got := rows[c]; got != f.severity.String() {
			t.Errorf("docs/inf.md has %q as the severity of %s, it is %q", got, c, f.severity)
		}
		if f.summary == "" || f.advice == "" {
			t.Errorf("%s has no summary or no advice", c)
		}
	}
	for c := range rows {
		if _, ok := findings[c]; !ok {
			t.Errorf("docs/inf.md has a row for %s, which is no code", c)
		}
	}
}
