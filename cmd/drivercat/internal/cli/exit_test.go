package cli

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/tree"
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
	}
}
