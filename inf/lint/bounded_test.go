package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/inf/lint"
)

// TestManyNamesAreBounded would run for minutes if every missing name were looked for in every included INF, or every list
// read for every install section.
func TestManyNamesAreBounded(t *testing.T) {
	t.Parallel()
	var names, lists strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&names, "Include=x%d.inf\nAddReg=R%d\nNeeds=N%d\n", i, i, i)
	}
	for i := range 2000 {
		fmt.Fprintf(&lists, "[I%d]\nCopyFiles=Files,Others\nNeeds=I%d,I0\n", i, (i+1)%2000)
	}
	lists.WriteString("[Others]\n" + strings.Repeat("acme.sys,other.sys\n", 5000))
	for name, src := range map[string]string{"names": install(names.String()), "lists": more(install("Needs = I0\n"), lists.String())} {
		if _, ds := lint.Check("acme.inf", []byte(src)); len(ds) == 0 || len(ds) > 500 {
			t.Errorf("%s: %d findings, want a few of each kind", name, len(ds))
		}
	}
}
