// Package archtest keeps the rules of the house: which way imports run, what only the command may do, how large a file
// may grow. It holds tests only. Each rule says in its message why it exists, and is shown here to be able to fail.
package archtest

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	module    = "github.com/drivercat/drivercat"
	maxLines  = 600 // of a Go file
	maxFunc   = 80  // lines of a function
	maxMain   = 20  // lines of cmd/drivercat/main.go
	sizeNote  = "// size: "
	allowList = "cmd inf catalog packager samples docs go.mod go.sum README.md CHANGELOG.md CONTRIBUTING.md LICENSE Makefile"
)

// finding is one broken rule.
type finding struct {
	rule string // stable name, for the test that proves the rule can fail
	at   string // file or file:line
	text string // what is wrong, and why the rule exists
}

// goFile is one Go file of the tree, of any operating system.
type goFile struct {
	name    string // slash-separated, relative to the module
	pkg     string // its folder
	test    bool
	src     []byte
	fset    *token.FileSet
	ast     *ast.File
	imports []string
}

func (f *goFile) at(p token.Pos) string {
	return fmt.Sprintf("%s:%d", f.name, f.fset.Position(p).Line)
}

// house is what the rules look at.
type house struct {
	top   []string // names in the module's root
	files []*goFile
	texts map[string][]byte // every text file, Go files included
}

func (h *house) shipped() []*goFile {
	return slices.DeleteFunc(slices.Clone(h.files), func(f *goFile) bool { return f.test })
}

// rules are all rules, in the order of their findings.
func rules() []func(*house) []finding {
	return []func(*house) []finding{
		topLevel, layers, infImports, onlyCmd, noImplementation, noTesting, noInit, packageNames, packageDocs, sizes, machinePaths, promises,
	}
}

func check(h *house) []finding {
	var all []finding
	for _, r := range rules() {
		all = append(all, r(h)...)
	}
	return all
}

func topLevel(h *house) (out []finding) {
	// What building and trying leaves behind, as .gitignore has it.
	made := regexp.MustCompile(`^(bin|drivercat|drivercat\.exe|drivercat\.ini|.*\.(test|prof|db|db-shm|db-wal))$`)
	for _, n := range h.top {
		if !strings.HasPrefix(n, ".") && !made.MatchString(n) && !slices.Contains(strings.Fields(allowList), n) {
			out = append(out, finding{"top-level", n, "is not a top-level name of the house: a new code folder beside inf, catalog, packager and cmd would have no place in the order of imports"})
		}
	}
	return out
}

// inside reports whether the package p is folder or below it.
func inside(p, folder string) bool { return p == folder || strings.HasPrefix(p, folder+"/") }

// local turns an import path into a folder of the module.
func local(imp string) (string, bool) {
	if imp == module {
		return ".", true
	}
	return strings.CutPrefix(imp, module+"/")
}

func layers(h *house) (out []finding) {
	order := []string{"inf", "catalog", "packager", "cmd"}
	rank := func(p string) int {
		return slices.IndexFunc(order, func(l string) bool { return inside(p, l) })
	}
	for _, f := range h.files {
		for _, imp := range f.imports {
			to, ok := local(imp)
			if !ok || rank(f.pkg) < 0 || rank(to) <= rank(f.pkg) {
				continue
			}
			out = append(out, finding{"layers", f.name, fmt.Sprintf("imports %s; imports run one way, inf <- catalog <- packager <- cmd, so that each layer can be used and tested without those above it", to)})
		}
	}
	return out
}

// standard reports whether an import path is of the standard library: its first element has no dot.
func standard(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".")
}

func infImports(h *house) (out []finding) {
	for _, f := range h.shipped() {
		for _, imp := range f.imports {
			_, mine := local(imp) // layers judges those
			ok := standard(imp) && imp != "C" || inside(imp, "golang.org/x/text") || mine
			if inside(f.pkg, "inf") && !ok {
				out = append(out, finding{"inf-imports", f.name, fmt.Sprintf("imports %s; inf needs only the standard library and x/text, so that anyone can use it as an INF reader", imp)})
			}
		}
	}
	return out
}

func onlyCmd(h *house) (out []finding) {
	functions := map[string]string{
		"os.Getenv": "reads the environment", "os.LookupEnv": "reads the environment", "os.Environ": "reads the environment",
		"os.ExpandEnv": "reads the environment", "os.Exit": "exits", "os.Stdout": "prints", "os.Stderr": "prints",
		"os.Stdin": "reads standard input", "os.Args": "reads the command line",
		"fmt.Print": "prints", "fmt.Printf": "prints", "fmt.Println": "prints",
	}
	imports := map[string]string{
		"github.com/spf13/cobra": "is a command line", "github.com/spf13/pflag": "is a command line", "flag": "is a command line",
		"log": "prints and exits", "github.com/jedib0t/go-pretty/v6/table": "draws for people", "github.com/schollz/progressbar/v3": "draws for people",
	}
	const why = "; only cmd reads the environment, prints or exits, so that the libraries do the same thing wherever they are called"
	for _, f := range h.shipped() {
		if inside(f.pkg, "cmd") {
			continue
		}
		for _, imp := range f.imports {
			if what, ok := imports[imp]; ok {
				out = append(out, finding{"only-cmd", f.name, "imports " + imp + ", which " + what + why})
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok {
					// A suite starts servers, and the environment says whether one may be missing.
					if what, ok := functions[x.Name+"."+n.Sel.Name]; ok && !(suite(f.pkg) && x.Name+"."+n.Sel.Name == "os.Getenv") {
						out = append(out, finding{"only-cmd", f.at(n.Pos()), x.Name + "." + n.Sel.Name + " " + what + why})
					}
				}
			case *ast.CallExpr:
				if x, ok := n.Fun.(*ast.Ident); ok && (x.Name == "print" || x.Name == "println") {
					out = append(out, finding{"only-cmd", f.at(n.Pos()), x.Name + " prints" + why})
				}
			}
			return true
		})
	}
	return out
}

func noImplementation(h *house) (out []finding) {
	implementations := []string{"catalog/sqlite", "catalog/postgres", "packager/tree/local", "packager/tree/smb"}
	edges := map[string][]string{}
	for _, f := range h.shipped() {
		for _, imp := range f.imports {
			if to, ok := local(imp); ok {
				edges[f.pkg] = append(edges[f.pkg], to)
			}
		}
	}
	for _, p := range slices.Sorted(maps.Keys(edges)) {
		bound := inside(p, "packager") || inside(p, "cmd/drivercat/internal/web")
		if !bound || slices.ContainsFunc(implementations, func(i string) bool { return inside(p, i) }) {
			continue
		}
		for _, to := range reach(edges, p) {
			if slices.Contains(implementations, to) {
				out = append(out, finding{"no-implementation", p, fmt.Sprintf("depends on %s; packager and web know interfaces only, so that every store and every target tree works with them: cli opens them and hands them in", to)})
			}
		}
	}
	return out
}

// reach returns the packages that p depends on, directly or not, in order.
func reach(edges map[string][]string, p string) []string {
	seen := map[string]bool{}
	var walk func(string)
	walk = func(p string) {
		for _, to := range edges[p] {
			if !seen[to] {
				seen[to] = true
				walk(to)
			}
		}
	}
	walk(p)
	return slices.Sorted(maps.Keys(seen))
}

// suite reports whether a package is test code that other packages' tests import: catalogtest, treetest.
func suite(p string) bool { return strings.HasSuffix(path.Base(p), "test") }

func noTesting(h *house) (out []finding) {
	for _, f := range h.shipped() {
		if suite(f.pkg) {
			continue
		}
		for _, imp := range f.imports {
			to, mine := local(imp)
			if inside(imp, "testing") || mine && suite(to) || imp == "github.com/google/go-cmp/cmp" || inside(imp, "github.com/rogpeppe/go-internal") {
				out = append(out, finding{"no-testing", f.name, "imports " + imp + "; shipped code holds no test code: it would add flags and bytes to the binary and let tests reach what users cannot"})
			}
		}
	}
	return out
}

func noInit(h *house) (out []finding) {
	for _, f := range h.shipped() {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				out = append(out, finding{"no-init", f.at(fn.Pos()), "init does work before main and on every import, also where nobody asked for it"})
			}
		}
	}
	return out
}

func packageNames(h *house) (out []finding) {
	vague := strings.Fields("util utils common helper helpers base types misc shared")
	for _, f := range h.files {
		if slices.Contains(vague, f.ast.Name.Name) {
			out = append(out, finding{"package-name", f.name, "package " + f.ast.Name.Name + " says nothing: a package is named for the noun it holds"})
		}
	}
	return out
}

func packageDocs(h *house) (out []finding) {
	documented := map[string]bool{}
	for _, f := range h.shipped() {
		isDoc := path.Base(f.name) == "doc.go" && f.ast.Doc != nil
		documented[f.pkg] = documented[f.pkg] || isDoc || f.ast.Name.Name == "main"
	}
	for _, p := range slices.Sorted(maps.Keys(documented)) {
		if !documented[p] {
			out = append(out, finding{"package-doc", p, "has no doc.go with a package comment: it is where a package says what it promises, its limits, and what is out of scope"})
		}
	}
	return out
}

func sizes(h *house) (out []finding) {
	const why = "; long ones hide a second purpose: split it, or give the reason in a comment that starts with `" + sizeNote + "`"
	for _, f := range h.files {
		head, _, _ := bytes.Cut(f.src, []byte("\nimport"))
		lines := bytes.Count(f.src, []byte("\n"))
		switch {
		case f.name == "cmd/drivercat/main.go" && lines >= maxMain:
			out = append(out, finding{"size", f.name, fmt.Sprintf("has %d lines, %d are too many: main calls cli.Main and exits, for what stands in it cannot be tested", lines, maxMain)})
		case lines > maxLines && !bytes.Contains(head, []byte(sizeNote)):
			out = append(out, finding{"size", f.name, fmt.Sprintf("has %d lines, over %d%s", lines, maxLines, why)})
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			start := fn.Pos()
			if fn.Doc != nil {
				start = fn.Doc.Pos()
			}
			text := f.src[f.fset.Position(start).Offset:f.fset.Position(fn.End()).Offset]
			n := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1
			if n > maxFunc && !bytes.Contains(text, []byte(sizeNote)) {
				out = append(out, finding{"size", f.at(fn.Pos()), fmt.Sprintf("%s has %d lines, over %d%s", fn.Name.Name, n, maxFunc, why)})
			}
		}
	}
	return out
}

func machinePaths(h *house) (out []finding) {
	// Written in two parts, so that this file does not break its own rule. A user of one letter is nobody's: tests of
	// where configuration lies need such homes.
	places := regexp.MustCompile(`(^|[\s"'` + "`" + `(=:])/(wor` + `k|roo` + `t|var/tm` + `p|home/[a-z]\w+|Use` + `rs/\w\w+|tm` + `p/\w+)(/|\b)`)
	for _, name := range slices.Sorted(maps.Keys(h.texts)) {
		for i, line := range bytes.Split(h.texts[name], []byte("\n")) {
			if m := places.Find(line); m != nil {
				out = append(out, finding{"machine-path", fmt.Sprintf("%s:%d", name, i+1), fmt.Sprintf("%q is a path of somebody's machine: it works nowhere else", strings.TrimSpace(string(m)))})
			}
		}
	}
	return out
}

// promises checks that docs/architecture.md names tests that exist, where it says who keeps a promise.
func promises(h *house) (out []finding) {
	const page = "docs/architecture.md"
	tests := map[string]bool{}
	for _, f := range h.files {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && f.test && fn.Recv == nil {
				tests[f.pkg+" "+fn.Name.Name] = true
			}
		}
	}
	names := regexp.MustCompile("`([^`]+)`")
	_, table, _ := strings.Cut(string(h.texts[page]), "\n## Promises")
	for line := range strings.Lines(table) {
		pkg := ""
		for _, m := range names.FindAllStringSubmatch(line, -1) {
			if !strings.HasPrefix(m[1], "Test") {
				pkg = m[1]
			} else if !tests[pkg+" "+m[1]] {
				out = append(out, finding{"promises", page, fmt.Sprintf("says that %s of %s keeps a promise, but there is no such test: a promise without a test is a hope", m[1], pkg)})
			}
		}
	}
	return out
}

// load reads a source tree. Files of every operating system are read, whatever runs the test.
func load(tree fs.FS) (*house, error) {
	h := &house{texts: map[string][]byte{}}
	top, err := fs.ReadDir(tree, ".")
	if err != nil {
		return nil, err
	}
	for _, e := range top {
		h.top = append(h.top, e.Name())
	}
	err = fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (name == ".git" || name == "bin"):
			return fs.SkipDir
		case !e.Type().IsRegular(), name == ".git": // in a second working tree .git is a file
			return nil
		}
		src, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		if bytes.IndexByte(src, 0) < 0 && len(src) < 1<<20 {
			h.texts[name] = src
		}
		if path.Ext(name) != ".go" || strings.Contains(name, "testdata/") {
			return nil
		}
		f, err := parse(name, src)
		if err != nil {
			return err
		}
		h.files = append(h.files, f)
		return nil
	})
	slices.SortFunc(h.files, func(a, b *goFile) int { return cmp.Compare(a.name, b.name) })
	return h, err
}

func parse(name string, src []byte) (*goFile, error) {
	f := &goFile{name: name, pkg: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), src: src, fset: token.NewFileSet()}
	var err error
	if f.ast, err = parser.ParseFile(f.fset, name, src, parser.ParseComments); err != nil {
		return nil, fmt.Errorf("archtest: parse %s: %w", name, err)
	}
	for _, s := range f.ast.Imports {
		imp, err := strconv.Unquote(s.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("archtest: import in %s: %w", name, err)
		}
		f.imports = append(f.imports, imp)
	}
	return f, nil
}

// moduleRoot is the folder of go.mod above the test's working directory.
func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

func TestHouse(t *testing.T) {
	t.Parallel()
	h, err := load(os.DirFS(moduleRoot(t)))
	if err != nil {
		t.Fatal(err)
	}
	if len(h.shipped()) < 10 {
		t.Fatalf("only %d shipped files found: the test looks at the wrong folder", len(h.shipped()))
	}
	for _, f := range check(h) {
		t.Errorf("[%s] %s %s", f.rule, f.at, f.text)
	}
}

// TestRulesCanFail gives every rule a tree that breaks it and nothing else.
func TestRulesCanFail(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\n", maxLines)
	body := strings.Repeat("\n\t_ = 1", maxFunc)
	for _, tt := range []struct{ name, rule, file, src string }{
		{"a new top-level folder", "top-level", "tools/x.txt", "x"},
		{"inf imports catalog", "layers", "inf/x.go", "package inf\nimport _ \"" + module + "/catalog\""},
		{"a test of catalog imports packager", "layers", "catalog/x_test.go", "package catalog\nimport _ \"" + module + "/packager\""},
		{"catalog imports cmd", "layers", "catalog/x.go", "package catalog\nimport _ \"" + module + "/cmd/drivercat/internal/cli\""},
		{"inf imports a library", "inf-imports", "inf/x.go", "package inf\nimport _ \"golang.org/x/sys/unix\""},
		{"inf uses cgo", "inf-imports", "inf/x.go", "package inf\nimport \"C\""},
		{"catalog imports cobra", "only-cmd", "catalog/x.go", "package catalog\nimport _ \"github.com/spf13/cobra\""},
		{"packager reads the environment", "only-cmd", "packager/x.go", "package packager\nimport \"os\"\nvar x = os.Getenv(\"X\")"},
		{"inf exits", "only-cmd", "inf/x.go", "package inf\nimport \"os\"\nfunc f() { os.Exit(1) }"},
		{"catalog prints", "only-cmd", "catalog/x.go", "package catalog\nimport \"fmt\"\nfunc f() { fmt.Println() }"},
		{"catalog prints with the builtin", "only-cmd", "catalog/x.go", "package catalog\nfunc f() { println() }"},
		{"packager imports a store", "no-implementation", "packager/x.go", "package packager\nimport _ \"" + module + "/catalog/sqlite\""},
		{"packager reaches a tree through another package", "no-implementation", "packager/x.go", "package packager\nimport _ \"" + module + "/packager/between\""},
		{"web imports a tree", "no-implementation", "cmd/drivercat/internal/web/x.go", "package web\nimport _ \"" + module + "/packager/tree/local\""},
		{"a shipped file imports testing", "no-testing", "inf/x.go", "package inf\nimport _ \"testing\""},
		{"a shipped file imports a suite", "no-testing", "catalog/x.go", "package catalog\nimport _ \"" + module + "/catalog/catalogtest\""},
		{"work in init", "no-init", "inf/x.go", "package inf\nfunc init() {}"},
		{"a vague name", "package-name", "inf/util/doc.go", "// Package util helps.\npackage util"},
		{"no doc.go", "package-doc", "inf/lint/x.go", "package lint"},
		{"a long file", "size", "inf/x.go", "package inf" + long + "\n"},
		{"a long function", "size", "inf/x.go", "package inf\nfunc f() {" + body + "\n}"},
		{"a long main", "size", "cmd/drivercat/main.go", "package main\nfunc main() {" + strings.Repeat("\n", maxMain) + "}\n"},
		{"a promise whose test is gone", "promises", "docs/architecture.md", "# Map\n\n## Promises\n\n| 1 | whole | `packager` `TestGone` |\n"},
		{"a path of a machine", "machine-path", "docs/x.md", "see /ho" + "me/somebody/notes"},
		{"a path of a machine in quotes", "machine-path", "inf/x.go", "package inf\nconst p = \"/wor" + "k/main\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := map[string]bool{}
			for _, f := range check(goodHouse(t, tt.file, tt.src)) {
				got[f.rule] = true
			}
			if len(got) != 1 || !got[tt.rule] {
				t.Errorf("rules broken: %v, want only %q", slices.Sorted(maps.Keys(got)), tt.rule)
			}
		})
	}
}

// TestRulesPass shows what the rules let through on purpose.
func TestRulesPass(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\n", maxLines)
	body := strings.Repeat("\n\t_ = 1", maxFunc)
	for _, tt := range []struct{ name, file, src string }{
		{"nothing added", "docs/x.md", ""},
		{"inf uses x/text", "inf/x.go", "package inf\nimport _ \"golang.org/x/text/encoding\""},
		{"cmd prints", "cmd/drivercat/internal/cli/x.go", "package cli\nimport \"fmt\"\nfunc f() { fmt.Println() }"},
		{"a test reads the environment", "catalog/x_test.go", "package catalog\nimport \"os\"\nvar x = os.Getenv(\"X\")"},
		{"a suite asks whether a server may be missing", "packager/tree/smb/smbtest/doc.go", "// Package smbtest starts servers.\npackage smbtest\nimport \"os\"\nvar _ = os.Getenv(\"X\")"},
		{"a tree's own test imports the suite", "packager/tree/local/x_test.go", "package local\nimport _ \"" + module + "/packager/tree/treetest\""},
		{"cli imports a store", "cmd/drivercat/internal/cli/x.go", "package cli\nimport _ \"" + module + "/catalog/sqlite\""},
		{"a long file with a reason", "inf/x.go", "package inf\n\n" + sizeNote + "one table" + long},
		{"a long function with a reason", "inf/x.go", "package inf\nfunc f() {\n\t" + sizeNote + "one switch" + body + "\n}"},
		{"a promise with its test", "docs/architecture.md", "# Map\n\n## Promises\n\n| 1 | whole | `inf` `TestThere` |\n"},
		{"a share of a server", "docs/x.md", "HOME=/home/u; mount it on /srv/drivers or /mnt/share, not under https://example.org/home/x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, f := range check(goodHouse(t, tt.file, tt.src)) {
				t.Errorf("[%s] %s %s", f.rule, f.at, f.text)
			}
		})
	}
}

// goodHouse is a small tree that breaks no rule, with one more file.
func goodHouse(t *testing.T, name, src string) *house {
	t.Helper()
	tree := fstest.MapFS{}
	for file, pkg := range map[string]string{
		"inf/doc.go": "inf", "catalog/doc.go": "catalog", "catalog/sqlite/doc.go": "sqlite", "catalog/catalogtest/doc.go": "catalogtest",
		"packager/doc.go": "packager", "packager/tree/local/doc.go": "local", "cmd/drivercat/internal/cli/doc.go": "cli", "cmd/drivercat/internal/web/doc.go": "web",
	} {
		tree[file] = &fstest.MapFile{Data: []byte("// Package " + pkg + " is good.\npackage " + pkg + "\n")}
	}
	tree["packager/between/doc.go"] = &fstest.MapFile{Data: []byte("// Package between leads on.\npackage between\n")}
	if strings.Contains(src, "/packager/between") {
		tree["packager/between/doc.go"].Data = []byte("// Package between leads on.\npackage between\nimport _ \"" + module + "/packager/tree/local\"\n")
	}
	tree["catalog/catalogtest/suite.go"] = &fstest.MapFile{Data: []byte("package catalogtest\nimport _ \"testing\"\n")}
	tree["inf/x_test.go"] = &fstest.MapFile{Data: []byte("package inf\nfunc TestThere() {}\n")}
	tree["README.md"] = &fstest.MapFile{Data: []byte("A house.\n")}
	tree[name] = &fstest.MapFile{Data: []byte(src)}
	h, err := load(tree)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
