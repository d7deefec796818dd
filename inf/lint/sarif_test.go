package lint_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/lint"
)

// log reads back what was written.
type log struct {
	Version string
	Runs    []struct {
		Tool struct {
			Driver struct {
				Name  string
				Rules []struct{ ID string }
			}
		}
		ColumnKind string
		Results    []any
	}
}

func at(line, from, to, offset int) inf.Range {
	return inf.Range{Start: inf.Pos{Line: line, Column: from, Offset: offset}, End: inf.Pos{Line: line, Column: to, Offset: offset + to - from}}
}

func TestSARIF(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	s := lint.NewSARIF(&b, lint.Tool{Name: "drivercat", Version: "v1"})
	for _, d := range []inf.Diagnostic{
		{
			Code: "INF0302", Severity: inf.Error, Summary: "cannot be read: NTx64", Advice: "write NTamd64", File: `net\a b.inf`, Range: at(3, 5, 10, 40),
			Fix:     &inf.Fix{Text: "write NTamd64", Edits: []inf.Edit{{Range: at(3, 5, 10, 40), New: "NTamd64"}}},
			Related: []inf.Related{{Text: "first here", File: "a.inf", Range: at(1, 1, 2, 0)}},
		},
		{Code: "INF0304", Severity: inf.Info, Summary: "empty", Advice: "nothing, if that is meant", File: "/share/a.inf"},
	} {
		if err := s.Write(d); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var got log
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	run := got.Runs[0]
	index := map[string]float64{}
	for i, r := range run.Tool.Driver.Rules {
		index[r.ID] = float64(i)
	}
	if len(index) != len(lint.Rules()) || got.Version != "2.1.0" || run.ColumnKind != "unicodeCodePoints" {
		t.Errorf("%d rules of %d, version %q, columns in %q", len(index), len(lint.Rules()), got.Version, run.ColumnKind)
	}
	region := func(line, from, to, offset float64) map[string]any {
		return map[string]any{"startLine": line, "startColumn": from, "endLine": line, "endColumn": to, "byteOffset": offset, "byteLength": to - from}
	}
	uri := func(s string) map[string]any { return map[string]any{"uri": s} }
	want := []any{
		map[string]any{
			"ruleId": "INF0302", "ruleIndex": index["INF0302"], "level": "error", "message": map[string]any{"text": "Cannot be read: NTx64. Write NTamd64."},
			"locations": []any{map[string]any{"physicalLocation": map[string]any{"artifactLocation": uri("net/a%20b.inf"), "region": region(3, 5, 10, 40)}}},
			"relatedLocations": []any{map[string]any{
				"id": 1.0, "message": map[string]any{"text": "First here."},
				"physicalLocation": map[string]any{"artifactLocation": uri("a.inf"), "region": region(1, 1, 2, 0)},
			}},
			"fixes": []any{map[string]any{
				"description": map[string]any{"text": "Write NTamd64."},
				"artifactChanges": []any{map[string]any{
					"artifactLocation": uri("net/a%20b.inf"),
					"replacements":     []any{map[string]any{"deletedRegion": region(3, 5, 10, 40), "insertedContent": map[string]any{"text": "NTamd64"}}},
				}},
			}},
		},
		map[string]any{
			"ruleId": "INF0304", "ruleIndex": index["INF0304"], "level": "note", "message": map[string]any{"text": "Empty. Nothing, if that is meant."},
			"locations": []any{map[string]any{"physicalLocation": map[string]any{"artifactLocation": uri("file:///share/a.inf")}}},
		},
	}
	if d := cmp.Diff(want, run.Results); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestSARIFPaths(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		`./net/a.inf`:             "net/a.inf",
		`C:\drv\a.inf`:            "file:///C:/drv/a.inf",
		`\\server\Drivers\a#.inf`: "file://server/Drivers/a%23.inf",
		`c:a.inf`:                 "./c:a.inf",
		`100%.inf`:                "100%25.inf",
	} {
		var b strings.Builder
		s := lint.NewSARIF(&b, lint.Tool{Name: "x"})
		if err := s.Write(inf.Diagnostic{Code: "INF0101", Severity: inf.Error, File: name}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), `"artifactLocation":{"uri":"`+want+`"}`) {
			t.Errorf("%s is not %s", name, want)
		}
	}
}

// full is a disk without room.
type full struct{}

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestSARIFTellsThatWritingFailed(t *testing.T) {
	t.Parallel()
	s := lint.NewSARIF(full{}, lint.Tool{Name: "x"})
	if err := s.Close(); !errors.Is(err, errFull) {
		t.Errorf("Close returns %v", err)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	r := inf.Rule{
		Code: "INF9999", Severity: inf.Warning, Title: "a `[Section]` nobody reads", Advice: "remove it, or name it where it is meant to be read",
		Explanation: "Windows reads only what something names.\nThis stands alone.\n\nAn example:\n\n    [Install]\n    AddReg = This",
		InfVerif:    []int{1, 2}, Source: "https://learn.microsoft.com/windows-hardware/drivers/install/a-page",
	}
	var b strings.Builder
	if err := lint.Explain(&b, r, lint.Options{Columns: 40}); err != nil {
		t.Fatal(err)
	}
	want := `INF9999, warning: a [Section] nobody reads

Windows reads only what something names.
This stands alone.

An example:

    [Install]
    AddReg = This

advice:   remove it, or name it where it
          is meant to be read
InfVerif: 1, 2
source:   https://learn.microsoft.com/windows-hardware/drivers/install/a-page
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestRuleIsFoundByItsCode(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"INF0104", "inf0104", "104", " INF104 ", "0104"} {
		if r, ok := lint.Rule(code); !ok || r.Code != "INF0104" {
			t.Errorf("%q finds %q", code, r.Code)
		}
	}
	for _, code := range []string{"", "INF", "INF0000", "INF01O4", "-104", "INF70000"} {
		if r, ok := lint.Rule(code); ok {
			t.Errorf("%q finds %s", code, r.Code)
		}
	}
}
