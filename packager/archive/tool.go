package archive

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Tool is a program of the system that makes WIMs.
type Tool struct {
	Name string // "wimlib-imagex" or "dism"
	Path string // of the program
}

// Program is a program that can be used as a tool.
type Program struct {
	Name    string   // as in Tool
	Names   []string // under which it is installed
	Windows bool     // it is a part of Windows and nowhere else
	For     string   // what it is for
	Install string   // how it is had
}

// Programs are all that can be used, the preferred one first.
func Programs() []Program {
	return []Program{
		{"wimlib-imagex", []string{"wimlib-imagex"}, false, "packages as WIM: \"build --format wim\"", "apt-get install wimtools; brew install wimlib; on Windows wimlib.net"},
		{"dism", []string{"dism"}, true, "packages as WIM where wimlib-imagex is missing, as administrator", "a part of Windows"},
	}
}

// maxTime is how long a program may work on one archive.
const maxTime = 2 * time.Hour

// run starts a program and waits. Its last lines are in the error.
func (t Tool) run(ctx context.Context, args ...string) error {
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, t.Path, args...)
	// Names of files are UTF-8, whatever the language of the system is.
	cmd.Env = append(cmd.Environ(), "WIMLIB_IMAGEX_USE_UTF8=1")
	said := &tail{}
	cmd.Stdout, cmd.Stderr = said, said
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	switch {
	case err == nil:
		return nil
	case caller.Err() != nil:
		return caller.Err()
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%w: %s took longer than %s", ErrTool, t.Name, maxTime)
	}
	return fmt.Errorf("%w: %s: %w: %s", ErrTool, t.Name, err, said)
}

// tail keeps the last lines that a tool wrote.
type tail struct{ b []byte }

const (
	tailBytes = 4 << 10
	tailLines = 3
)

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if len(t.b) > tailBytes {
		t.b = append(t.b[:0], t.b[len(t.b)-tailBytes:]...)
	}
	return len(p), nil
}

// String joins the last lines. A line that was overwritten with a carriage return, such as progress, counts as its last state.
func (t *tail) String() string {
	var lines []string
	for _, l := range strings.Split(strings.ToValidUTF8(string(t.b), "?"), "\n") {
		l = strings.TrimRight(l, "\r")
		if i := strings.LastIndexByte(l, '\r'); i >= 0 {
			l = l[i+1:]
		}
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	if len(lines) == 0 {
		return "it says nothing"
	}
	return strings.Join(lines[max(0, len(lines)-tailLines):], "; ")
}
