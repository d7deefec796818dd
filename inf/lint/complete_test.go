package lint_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/inf/lint"
)

// TestRulesAreComplete asserts that each rule is explained, says where the rule comes from, and has a case that names it.
func TestRulesAreComplete(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if name != "docs_test.go" && name != "complete_test.go" && name != "sarif_test.go" && name != "render_test.go" {
			tests.Write(b)
		}
	}
	for _, r := range lint.Rules() {
		if len(r.Explanation) < 80 {
			t.Errorf("%s is not explained: %q", r.Code, r.Explanation)
		}
		if !strings.HasPrefix(r.Source, "https://") {
			t.Errorf("%s does not say where its rule comes from: %q", r.Code, r.Source)
		}
		if !strings.Contains(tests.String(), r.Code) {
			t.Errorf("%s has no case", r.Code)
		}
	}
}
