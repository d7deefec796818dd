package intake_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestCodesAreDocumented asserts that each code of a reason, a leftover or a problem is explained in docs/intake.md. Codes
// are found where the source text gives them, so that a new one cannot be forgotten.
func TestCodesAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.FromSlash("../../docs/intake.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{}
	for _, name := range append(files, filepath.FromSlash("../applies.go")) {
		if !strings.HasSuffix(name, "_test.go") {
			maps.Copy(codes, codesOf(t, name))
		}
	}
	if len(codes) < 25 {
		t.Errorf("only %d codes were found: has their form changed? %v", len(codes), codes)
	}
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		if !strings.Contains(string(page), "`"+code+"`") {
			t.Errorf("%s: docs/intake.md does not explain %s", codes[code], code)
		}
	}
}

// codesOf finds the codes that a file gives: texts that become a Code or a why, and what told is called with.
func codesOf(t *testing.T, name string) map[string]string {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{}
	take := func(to string, e ast.Expr) {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING || to != "Code" && !strings.HasPrefix(to, "why") {
			return
		}
		if s, err := strconv.Unquote(lit.Value); err == nil && s != "" {
			codes[s] = fset.Position(lit.Pos()).String()
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			take(nameOf(n.Key), n.Value)
		case *ast.ValueSpec:
			for i, v := range n.Values {
				take(n.Names[i].Name, v)
			}
		case *ast.AssignStmt:
			for i, to := range n.Lhs {
				if len(n.Lhs) == len(n.Rhs) {
					take(nameOf(to), n.Rhs[i])
				}
			}
		case *ast.CallExpr:
			if nameOf(n.Fun) == "told" {
				take("Code", n.Args[0])
			}
		}
		return true
	})
	return codes
}

// nameOf is an identifier's name, or that of the field a selector ends in.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
