package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
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
	return Main(ctx, Env{
		Args:    os.Args[1:],
		Version: version,
		Stdin:   os.Stdin,
		Stdout:  stream(os.Stdout),
		Stderr:  stream(os.Stderr),
		Getenv:  os.Getenv,
		OS:      runtime.GOOS,
		Now:     time.Now,
	})
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
