package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/archive"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/login"
)

// The exit codes, see exitHelp.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitPartial     = 3
	exitNothing     = 4
	exitVerify      = 5
	exitInterrupted = 130
)

const exitHelp = `Exit codes:
  0    done
  1    failed
  2    wrong usage: an unknown flag, operating system or name
  3    done in part: some inputs had errors, each was reported
  4    nothing found, or a device without a driver
  5    verification failed
  130  interrupted`

// codedError is an error that decides the exit code and may carry hints.
type codedError struct {
	code  int
	err   error
	hints []string
}

func (e *codedError) Error() string { return e.err.Error() }
func (e *codedError) Unwrap() error { return e.err }

// usageError is a mistake on the command line.
func usageError(hint, format string, args ...any) error {
	return coded(exitUsage, hint, format, args...)
}

// failed is an error with a hint.
func failed(hint, format string, args ...any) error {
	return coded(exitFailed, hint, format, args...)
}

// coded makes an error with an exit code; an empty hint is none.
func coded(code int, hint, format string, args ...any) error {
	e := &codedError{code: code, err: fmt.Errorf(format, args...)}
	if hint != "" {
		e.hints = []string{hint}
	}
	return e
}

// errOutputClosed says that the reader of stdout went away, as head does: no reason to complain.
var errOutputClosed = errors.New("the reader of the output went away")

// exitCode decides how the process ends. It is the only place that does.
func exitCode(ctx context.Context, err error) int {
	var ce *codedError
	var name *layout.NameError
	var share *layout.ShareError
	switch {
	case err == nil, errors.Is(err, errOutputClosed):
		return exitDone
	case errors.As(err, &ce):
		return ce.code
	case ctx.Err() != nil, errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, catalog.ErrUnknownOS), errors.As(err, &name), errors.As(err, &share):
		return exitUsage
	case errors.Is(err, catalog.ErrNotFound):
		return exitNothing
	}
	return exitFailed
}

// hintUnreadable is for what cannot be read, be it in a source or a package.
const hintUnreadable = "make it readable for the user who runs drivercat, or run it as one who may read it; nothing was changed"

// hintTemporary follows errors of the folder for temporary files.
const hintTemporary = "set TMPDIR (TEMP on Windows) to a folder with room"

// hintsFor gives advice for errors of the libraries, which know nothing of commands and flags.
func hintsFor(err error) []string {
	var ce *codedError
	var source *packager.SourceError
	var read *tree.ReadError
	switch {
	case errors.As(err, &ce):
		return ce.hints
	case errors.Is(err, fs.ErrPermission) && (errors.As(err, &source) || errors.As(err, &read)):
		return []string{hintUnreadable}
	case errors.Is(err, catalog.ErrNewerSchema):
		return []string{"use the drivercat that wrote it, or a newer one; this one changed nothing"}
	case errors.Is(err, catalog.ErrMakeConflict):
		return []string{"models are folders of the share, so their names are unique: check --make with \"drivercat list models\", or choose another --model"}
	case errors.Is(err, packager.ErrForeign):
		return []string{"look what is in the folder; --force takes it over and removes the files that are not in the plan"}
	case errors.Is(err, packager.ErrChanged):
		return []string{"run \"drivercat import\" for that source again, then build; nothing was published"}
	case errors.Is(err, tree.ErrLocked):
		return []string{"wait until the other drivercat is done, then run it again; build and verify wait longer with --wait 10m"}
	case errors.Is(err, archive.ErrTemporary):
		return []string{hintTemporary}
	case errors.Is(err, tree.ErrUnreachable):
		return []string{"run it again when the server is back: what was published stays as it was, and what was begun is finished or undone then"}
	case errors.Is(err, tree.ErrLockLost):
		return []string{"run it again: what was published stays as it was, and what was begun is finished or undone then"}
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, smb.ErrFull):
		return []string{"free some space and run it again; nothing is half-written"}
	case errors.Is(err, fs.ErrPermission):
		return []string{"run it as a user who may write there, or choose another place with --share or --catalog"}
	}
	return nil
}

// report prints the error that ended the command, on stderr: two kinds of lines for people, one object for programs.
func (a *app) report(ctx context.Context, err error) int {
	code := exitCode(ctx, err)
	if code == exitDone {
		return code
	}
	msg, hints := message(err), hintsFor(err)
	if code == exitInterrupted {
		msg, hints = "interrupted", nil
		if a.whenInterrupted != "" {
			msg += "; " + a.whenInterrupted
		}
	}
	a.err.fail(code, msg, hints)
	return code
}

// message is the error for people: without the name of the package that made it, which tells them nothing.
func message(err error) string {
	s := strings.ReplaceAll(err.Error(), "\n", "; ") // of joined errors
	for _, p := range []string{"catalog: ", "packager: ", "intake: ", "sqlite: ", "source: ", "inf: ", "layout: ", "local: ", "tree: "} {
		if rest, ok := strings.CutPrefix(s, p); ok {
			s = rest
			break
		}
	}
	return s
}

// fileError says what is wrong with a file that the user named, without Go's words for the operation.
func fileError(err error) string {
	var pe *fs.PathError
	address := false
	if errors.As(err, &pe) {
		address = !windows && login.IsAddress(pe.Path)
		err = pe.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && address:
		return "it lies on a share, which this verb cannot read before it is mounted"
	case errors.Is(err, fs.ErrNotExist):
		return "no such file or folder"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.Is(err, syscall.EISDIR):
		return "is a folder"
	case errors.Is(err, syscall.ENAMETOOLONG):
		return "the path is too long for this system"
	case errors.Is(err, os.ErrClosed):
		return "closed too early"
	}
	return err.Error()
}

// jsonMessage is what stderr gets with --json.
type jsonMessage struct {
	Error   *jsonText `json:"error,omitempty"`
	Warning *jsonText `json:"warning,omitempty"`
	Note    *jsonText `json:"note,omitempty"`
}

type jsonText struct {
	Message  string   `json:"message"`
	Hints    []string `json:"hints,omitempty"`
	ExitCode int      `json:"exitCode,omitempty"`
}

func encodeLine(v any) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Appendf(nil, "{\"error\":{\"message\":%q}}\n", err.Error())
	}
	return []byte(b.String())
}
