package cli

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/packager/distribute"
)

// The examples of docs/cli.md are JSON, and have no field that drivercat does not print.
func TestDocumentedShapes(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{"models": true, "drivers": true, "sources": true, "packages": true, "hits": true, "settings": true, "points": true, "groups": true, "removed": true}
	for _, n := range []string{"file", "encoding", "error", "sections", "name", "lines", "key", "fields", "line", "diagnostics"} {
		names[n] = true // parse appends these by hand
	}
	seen := map[reflect.Type]bool{}
	for _, v := range []any{
		importReport{},
		sourceReport{},
		fileReport{},
		blocklistReport{},
		doctorReport{},
		blockedDriver{},
		driverReport{},
		driverSetReport{},
		driverSettingRow{},
		modelReport{},
		targetReport{},
		packageReport{},
		buildReport{},
		diffReport{},
		oldBuildReport{},
		verifyReport{},
		signatureReport{},
		replicateReport{},
		repairReport{},
		configReport{},
		versionInfo{},
		rankReport{},
		pointReport{}, pointsPlanReport{},
		pointChange{},
		importPointsReport{},
		checkReport{},
		compatibilityTable{},
		chooseReport{},
		sendReport{},
		groupReport{},
		groupRow{},
		groupChangeReport{},
		removedPoint{},
		distribute.Report{},
		jsonMessage{},
		catalog.Hit{},
		catalog.SourceFile{},
		inf.Diagnostic{},
	} {
		collect(reflect.TypeOf(v), names, seen)
	}
	blocks := 0
	for block := range strings.SplitSeq(string(raw), "```json\n") {
		example, _, ok := strings.Cut(block, "\n```")
		if !ok || !strings.HasPrefix(example, "{") {
			continue
		}
		blocks++
		d := json.NewDecoder(strings.NewReader(example))
		for {
			var v any
			if err := d.Decode(&v); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%v in:\n%s", err, example)
				break
			}
			for _, k := range keys(v) {
				if !names[k] {
					t.Errorf("nothing has a field %q, which is in:\n%s", k, example)
				}
			}
		}
	}
	if blocks < 10 {
		t.Errorf("only %d examples were found", blocks)
	}
}

// collect gathers the JSON names of a type and of all it is made of.
func collect(t reflect.Type, names map[string]bool, seen map[reflect.Type]bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		collect(t.Elem(), names, seen)
	case reflect.Struct:
		if seen[t] {
			return
		}
		seen[t] = true
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name != "" && name != "-" {
				names[name] = true
			}
			if f.IsExported() || f.Anonymous {
				collect(f.Type, names, seen)
			}
		}
	}
}

// keys lists the keys of a JSON value at every depth.
func keys(v any) (out []string) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			out = append(append(out, k), keys(e)...)
		}
	case []any:
		for _, e := range v {
			out = append(out, keys(e)...)
		}
	}
	return out
}
