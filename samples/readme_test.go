package samples_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadme runs the commands of the README's first minute with the real binary and compares what they print. With
// -update it writes what they print into the page:
//
//	go test ./samples -run Readme -update
func TestReadme(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the page shows a Unix shell")
	}
	const page = "../README.md"
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	s := newShell(t)
	got := s.replay(string(want))
	if s.commands < 4 {
		t.Fatalf("only %d commands found in README.md: has its form changed?", s.commands)
	}
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(strings.Split(steady(string(want)), "\n"), strings.Split(steady(got), "\n")); d != "" {
		t.Errorf("README.md is not what drivercat prints (run the test with -update and read the change) (-page +printed):\n%s", d)
	}
}

var update = flag.Bool("update", false, "write what drivercat prints into README.md")

// TestLinks follows every link of the pages to a file of this repository, and to the heading behind a "#".
func TestLinks(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, "../README.md", "../CHANGELOG.md", "../CONTRIBUTING.md", "README.md")
	links := 0
	for _, page := range pages {
		text := read(t, page)
		for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
			file, heading, _ := strings.Cut(m[1], "#")
			if strings.Contains(file, "://") {
				continue
			}
			links++
			to := page
			if file != "" {
				to = filepath.Join(filepath.Dir(page), filepath.FromSlash(file))
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
			} else if heading != "" && !slices.Contains(anchors(read(t, to)), heading) {
				t.Errorf("%s links to %s, which has no such heading", page, m[1])
			}
		}
	}
	if links < 30 {
		t.Errorf("only %d links were found", links)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// anchors are the headings of a page as links name them: lower case, without punctuation, hyphens for blanks.
func anchors(page string) (out []string) {
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
		a := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(m[1]), "")
		out = append(out, strings.ReplaceAll(a, " ", "-"))
	}
	return out
}

// steady replaces what differs from run to run.
func steady(s string) string {
	return regexp.MustCompile(`in [\d.]+ ?[mµ]?s( \([\d.]+ [KMG]?i?B/s\))?`).ReplaceAllString(s, "in TIME")
}

// shell runs commands of the page.
type shell struct {
	t        *testing.T
	binary   string
	env      []string
	commands int
}

func newShell(t *testing.T) *shell {
	t.Helper()
	dir := t.TempDir()
	s := &shell{t: t, binary: filepath.Join(dir, "drivercat")}
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", s.binary, "../cmd/drivercat").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	share := filepath.Join(dir, "share")
	if err := os.Mkdir(share, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DRIVERCAT_") {
			s.env = append(s.env, v)
		}
	}
	s.env = append(s.env, "DRIVERCAT_CATALOG="+filepath.Join(dir, "drivercat.db"), "DRIVERCAT_SHARE="+share)
	return s
}

// replay returns the page with the output of each console block replaced by what its commands print now.
func (s *shell) replay(page string) string {
	var out strings.Builder
	console, first := false, false
	for line := range strings.Lines(page) {
		switch {
		case strings.HasPrefix(line, "```"):
			console, first = strings.TrimSpace(line) == "```console", true
			out.WriteString(line)
		case !console:
			out.WriteString(line)
		case strings.HasPrefix(line, "$ "):
			if !first {
				out.WriteString("\n")
			}
			first = false
			out.WriteString(line + s.run(strings.TrimSpace(line[2:])))
		}
	}
	return out.String()
}

// run runs one drivercat command. Arguments are split at blanks; quotes go, patterns are expanded.
func (s *shell) run(command string) string {
	s.t.Helper()
	s.commands++
	var args []string
	for _, a := range strings.Fields(command)[1:] {
		if strings.Contains(a, "*") {
			found, err := filepath.Glob("../" + a)
			if err != nil || len(found) == 0 {
				s.t.Fatalf("%s: %q finds nothing: %v", command, a, err)
			}
			for _, f := range found {
				args = append(args, strings.TrimPrefix(filepath.ToSlash(f), "../"))
			}
			continue
		}
		args = append(args, strings.Trim(a, "'"))
	}
	cmd := exec.CommandContext(s.t.Context(), s.binary, args...)
	cmd.Dir, cmd.Env = "..", s.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		s.t.Fatalf("%s: %v", command, err)
	} else if err != nil {
		s.t.Errorf("%s: exit code %d\n%s", command, exit.ExitCode(), out.Bytes())
	}
	if out.Len() == 0 {
		return ""
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}
