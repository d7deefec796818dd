package cli

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb"
)

// TestHintsAboutPermission: advice about writing is no help where something cannot be read.
func TestHintsAboutPermission(t *testing.T) {
	t.Parallel()
	denied := &fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}
	for name, tt := range map[string]struct {
		err  error
		says string
	}{
		"a file of a source": {fmt.Errorf("packager: build x: %w", &packager.SourceError{Path: "a.sys", Err: denied}), "readable"},
		"what is copied":     {fmt.Errorf("copy: %w", &tree.ReadError{Err: denied}), "readable"},
		"the share":          {fmt.Errorf("make folder: %w", denied), "may write there"},
	} {
		if hints := strings.Join(hintsFor(tt.err), "; "); !strings.Contains(hints, tt.says) {
			t.Errorf("%s: %q", name, hints)
		}
		// --share and --catalog do not choose what replicate writes to.
		if hint := hintAt(tt.err); strings.Contains(hint, "--catalog") || name != "the share" && !strings.Contains(hint, tt.says) {
			t.Errorf("%s, at a target: %q", name, hint)
		}
	}
}

// TestHintsAboutRoom: a disk that is full is one, here and on a server.
func TestHintsAboutRoom(t *testing.T) {
	t.Parallel()
	for _, full := range []error{syscall.ENOSPC, smb.ErrFull} {
		if hints := strings.Join(hintsFor(fmt.Errorf("build x: %w", full)), "; "); !strings.Contains(hints, "free some space") {
			t.Errorf("%v: %q", full, hints)
		}
	}
}
