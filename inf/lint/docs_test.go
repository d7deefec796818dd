package lint_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf/lint"
)

var update = flag.Bool("update", false, "write docs/diagnostics.md anew")

// TestRulesAreDocumented asserts that docs/diagnostics.md says what the rules say, and that each rule says something.
func TestRulesAreDocumented(t *testing.T) {
	var b strings.Builder
	b.WriteString(`# Diagnostics of INF files

What ` + "`drivercat lint`" + ` can find. [inf.md](inf.md#diagnostics) says what the hundreds and the severities mean. This page is written by
` + "`go test ./inf/lint -run Documented -update`" + ` from the rules in the code.

| code | severity | InfVerif | what is found | what to do |
|---|---|---|---|---|
`)
	last := ""
	for _, r := range lint.Rules() {
		if r.Code <= last {
			t.Errorf("%s stands behind %s: codes are in order and used once", r.Code, last)
		}
		last = r.Code
		if r.Title == "" || r.Summary == "" || r.Advice == "" || r.Severity.String() == "" || strings.ContainsAny(r.Title+r.Advice, "|\n") {
			t.Errorf("%s lacks its title, summary, advice or severity, or would break the table", r.Code)
		}
		iv := strings.Trim(strings.ReplaceAll(fmt.Sprint(r.InfVerif), " ", ", "), "[]")
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.Code, r.Severity, iv, r.Title, r.Advice)
	}
	page := filepath.FromSlash("../../docs/diagnostics.md")
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(b.String(), strings.ReplaceAll(string(got), "\r\n", "\n")); d != "" {
		t.Errorf("docs/diagnostics.md differs from the rules (-rules +page); write it with -update\n%s", d)
	}
}
