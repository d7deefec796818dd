package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/drivercat/drivercat/cmd/drivercat/internal/cli"
	"github.com/drivercat/drivercat/packager/tree/local"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"drivercat": func() { os.Exit(cli.Run("test")) }})
}

// TestScript runs each script of testdata/script. A script sees the project's samples in $SAMPLES and a command of its
// own: "code N command args..." demands that exit code.
func TestScript(t *testing.T) {
	t.Parallel()
	samples, err := filepath.Abs("../../samples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, params(samples, "testdata/script", nil))
}

// params are what every script has: the samples, a home of its own and commands.
func params(samples, dir string, setup func(*testscript.Env)) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SAMPLES", samples)
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("DRIVERCAT_TOOLS", "none") // so that a script says the same on every machine
			e.Setenv("AppData", filepath.Join(e.WorkDir, "home"))
			e.Setenv("LocalAppData", filepath.Join(e.WorkDir, "home"))
			if setup != nil {
				setup(e)
			}
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" { // may read everything
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"code": code, "append": appendTo, "replace": replaceIn, "catalog": makeCatalog, "zip": makeZip, "credentials": credentials},
	}
}

// credentials writes a file of credentials: "credentials FILE USER PASSWORD".
func credentials(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: credentials FILE USER PASSWORD")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("username = "+args[1]+"\npassword = "+args[2]+"\n"), 0o600))
}

func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N command args...")
	}
	got := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// appendTo appends text to a file: "append FILE TEXT".
func appendTo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: append FILE TEXT")
	}
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_WRONLY, 0)
	ts.Check(err)
	_, err = f.WriteString(args[1])
	ts.Check(errors.Join(err, f.Close()))
}

// replaceIn replaces a text that must be in a file: "replace FILE OLD NEW".
func replaceIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	old := ts.ReadFile(args[0])
	if !strings.Contains(old, args[1]) {
		ts.Fatalf("%s does not hold %s", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(old, args[1], args[2])), 0o600))
}

// home makes an empty place for one test and an environment that keeps the developer's settings out.
func home(t *testing.T) (dir string, env []string) {
	t.Helper()
	dir = t.TempDir()
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DRIVERCAT_") && !strings.HasPrefix(v, "XDG_") {
			env = append(env, v)
		}
	}
	return dir, append(env, "DRIVERCAT_TOOLS=none", "HOME="+dir, "AppData="+dir, "LocalAppData="+dir)
}

// A reader that goes away, as head does, ends a command without a word.
func TestClosedPipeEndsQuietly(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the pipe of a Windows test process reports its end in another way")
	}
	dir, env := home(t)
	long := filepath.Join(dir, "long.inf")
	if err := os.WriteFile(long, []byte("[Version]\nSignature=\"$CHICAGO$\"\n[A]\n"+strings.Repeat("value\n", 100_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("drivercat", "parse", long, long, long)
	cmd.Env = env
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(bufio.NewReaderSize(out, 16), make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	out.Close()
	if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
		t.Errorf("ended with %v and said %q; want success and silence", err, stderr.String())
	}
}

// Ctrl-C ends a command that waits for its input, with one line and code 130.
func TestInterruptWhileWaitingForInput(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a Windows process cannot send Ctrl-C to one other process")
	}
	dir, env := home(t)
	small := filepath.Join(dir, "small.inf")
	if err := os.WriteFile(small, []byte("[Version]\nSignature=\"$CHICAGO$\"\n"+strings.Repeat("; a comment\n", 10)+strings.Repeat("a=b\n", 20_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("drivercat", "parse", "--files-from", "-")
	cmd.Env = env
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Its first output shows that it has set up its signals and waits for more.
	if _, err := io.WriteString(in, small+"\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 130 || stderr.String() != "drivercat: interrupted\n" {
		t.Errorf("ended with %v and said %q; want exit code 130 and \"drivercat: interrupted\"", err, stderr.String())
	}
}

// A second import for a model says whom it waits for, and goes on when the first is done.
func TestImportWaitsForAnother(t *testing.T) {
	t.Parallel()
	dir, env := home(t)
	share := filepath.Join(dir, "Drivers")
	if err := os.MkdirAll(filepath.Join(share, "PC/_OriginalSources_/XP"), 0o755); err != nil {
		t.Fatal(err)
	}
	tr, err := local.Open(share)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	unlock, err := tr.Lock("PC/_OriginalSources_/XP/.drivercat-lock-R61-8935CTO", "carol's import")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("drivercat", "import", "../../samples/sources/R61-8935CTO/CardReader", "--make", "Lenovo", "--model", "R61-8935CTO", "--os", "xp", "--share", share)
	cmd.Env = env
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(stderr)
	line, err := r.ReadString('\n')
	if err != nil || !strings.Contains(line, "CardReader: waiting for the other one to finish: ") || !strings.Contains(line, "(carol's import)") {
		t.Errorf("said %q, %v", line, err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(r)
	if err := errors.Join(err, cmd.Wait()); err != nil || len(rest) > 0 {
		t.Errorf("ended with %v and said %q", err, rest)
	}
}

// Every verb has two examples at least, and each works on the samples.
func TestExamples(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the examples are written for a Unix shell")
	}
	dir, env := home(t)
	samples, err := filepath.Abs("../../samples")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(samples, filepath.Join(dir, "samples")); err != nil {
		t.Fatal(err)
	}
	share, branch := filepath.Join(dir, "Drivers"), filepath.Join(dir, "Branch")
	if err := errors.Join(os.Mkdir(share, 0o755), os.Mkdir(branch, 0o755)); err != nil {
		t.Fatal(err)
	}
	places := strings.NewReplacer("/srv/Drivers", share, "/srv/Branch", branch)
	sh := func(line string) (string, error) {
		cmd := exec.Command("sh", "-c", line)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	// What the help tells an administrator to do first comes first here too; the builds make two versions, which diff takes.
	verbs := []string{"import", "list", "find", "show", "build", "diff", "verify", "replicate", "parse", "lint", "rank", "repair", "blocklist", "driver", "points", "config", "doctor", "completion", "version"}
	help, err := sh("drivercat --help")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z]+) {2,}[A-Z]`).FindAllStringSubmatch(help, -1) {
		if m[1] != "help" && !strings.Contains(" "+strings.Join(verbs, " ")+" ", " "+m[1]+" ") {
			t.Errorf("the examples of %q are not tested here", m[1])
		}
	}
	// Points are sent to before anybody asks what they lack, and removed last.
	for _, sub := range []string{"import", "list", "show", "add", "set", "check", "choose", "group", "group list", "group show", "group add", "group join", "send", "plan", "drift", "group leave", "group remove", "remove"} {
		verbs = append(verbs, "points "+sub)
	}
	for _, verb := range verbs {
		help, err := sh("drivercat help " + verb)
		if err != nil {
			t.Fatal(err)
		}
		_, examples, _ := strings.Cut(help, "Examples:\n")
		examples, _, _ = strings.Cut(examples, "\n\n")
		lines := strings.Split(examples, "\n")
		if len(lines) < 2 {
			t.Errorf("%s has %d examples, want 2", verb, len(lines))
		}
		for _, line := range lines {
			out, err := sh(places.Replace(line))
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() == 3 && (verb == "lint" || verb == "parse") {
				continue // some samples are wrong on purpose
			}
			if err != nil {
				t.Errorf("%s: %v\n%s", strings.TrimSpace(line), err, out)
			}
		}
	}
}
