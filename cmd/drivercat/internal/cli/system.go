package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"
)

// Env is what a command knows of the world around it. Tests make their own.
type Env struct {
	Args           []string // without the program's name
	Version        string   // "" if the linker set none
	Stdin          io.Reader
	Stdout, Stderr Stream
	Getenv         func(string) string
	OS             string // one of runtime.GOOS's names: decides where configuration and data lie
	Now            func() time.Time

	// Ask asks whoever sits at the terminal and gives the answer without its line end; without echo nothing of it is shown.
	// When the context ends it returns that error, the terminal as it was. nil if nobody sits there.
	Ask func(ctx context.Context, question string, echo bool) (string, error)
}

// Stream is one of the output streams.
type Stream struct {
	io.Writer
	Terminal bool
	Columns  int // width of the terminal, 0 if unknown
}

// Run runs drivercat in this process's environment and returns its exit code. Ctrl-C and SIGTERM end the command in an
// orderly way; a second one ends it at once.
func Run(version string) int {
	// Without this the runtime would kill the process when the reader of its output goes away, perhaps in the middle of
	// an import. A failing write is handled where it happens.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	env := Env{
		Args:    os.Args[1:],
		Version: version,
		Stdin:   os.Stdin,
		Stdout:  stream(os.Stdout),
		Stderr:  stream(os.Stderr),
		Getenv:  environment(),
		OS:      runtime.GOOS,
		Now:     time.Now,
	}
	// A question that goes to a file would be a command that hangs.
	if env.Stderr.Terminal && term.IsTerminal(int(os.Stdin.Fd())) {
		env.Ask = func(ctx context.Context, question string, echo bool) (string, error) {
			return ask(ctx, os.Stdin, os.Stderr, question, echo)
		}
	}
	return Main(ctx, env)
}

// environment takes the password out of the process's environment, so that no outside program inherits it.
func environment() func(string) string {
	password := os.Getenv(envPassword)
	_ = os.Unsetenv(envPassword) // it fails for names that are none
	return func(name string) string {
		if name == envPassword {
			return password
		}
		return os.Getenv(name)
	}
}

// ask asks on a terminal. The reading itself cannot be interrupted: it is left behind, and the process is about to end.
func ask(ctx context.Context, in *os.File, out io.Writer, question string, echo bool) (string, error) {
	fd := int(in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	fmt.Fprint(out, question)
	type answer struct {
		text string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		if echo {
			text, err := readLine(in)
			done <- answer{text, err}
			return
		}
		text, err := term.ReadPassword(fd)
		done <- answer{string(text), err}
	}()
	select {
	case a := <-done:
		// What the terminal did not show has no line end: a password, and Ctrl-D.
		if !echo || a.err != nil {
			fmt.Fprintln(out)
		}
		return a.text, a.err
	case <-ctx.Done():
		err := term.Restore(fd, before)
		fmt.Fprintln(out)
		return "", errors.Join(ctx.Err(), err)
	}
}

// readLine reads up to the line's end and not a byte further: what follows may be somebody else's.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for b := make([]byte, 1); ; {
		n, err := r.Read(b)
		switch {
		case n == 1 && b[0] == '\n':
			return strings.TrimSuffix(string(line), "\r"), nil
		case n == 1:
			line = append(line, b[0])
		case err != nil:
			return string(line), err
		}
	}
}

func stream(f *os.File) Stream {
	s := Stream{Writer: f, Terminal: term.IsTerminal(int(f.Fd()))}
	if !s.Terminal {
		return s
	}
	if w, _, err := term.GetSize(int(f.Fd())); err == nil {
		s.Columns = w
	} else if w, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil {
		s.Columns = w
	}
	return s
}
