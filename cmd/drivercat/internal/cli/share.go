package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree/local"
)

// layout is the share layout in force.
func (a *app) layout() layout.Layout { return layout.Layout{Platform: a.set.platform()} }

// openShare opens the share root. It must be there: a mistyped root must not become a new tree. The caller closes it.
func (a *app) openShare(verb string) (*local.Tree, error) {
	root := a.set.share()
	if root == "" {
		return nil, usageError("name the Drivers share with --share ROOT, DRIVERCAT_SHARE or \"share = ROOT\" in drivercat.ini", "%s needs a share root", verb)
	}
	if err := layout.CheckShare(root); err != nil {
		return nil, err
	}
	if isURL(root) {
		return nil, usageError("mount the share and give the folder", "share %s: a URL is not understood", setting{Value: root}.redacted())
	}
	st, err := os.Stat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !windows && strings.HasPrefix(root, `\\`):
		return nil, failed("mount it and give the folder it is mounted at", "share %s: this system cannot open UNC paths", root)
	case errors.Is(err, fs.ErrNotExist):
		return nil, failed("make the folder if it is the right one", "share %s (from %s) does not exist", root, a.set.values[keyShare].From)
	case err != nil:
		return nil, failed("", "share %s: %s", root, fileError(err))
	case !st.IsDir():
		return nil, failed("the share root is a folder", "share %s is a file", root)
	}
	if err := a.layout().Check(); err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("share %s: %w", root, err)
	}
	// The root may be fine and the platform folder a link to where nothing may be written.
	if err := layout.CheckShare(layout.JoinShare(abs, a.layout().PlatformFolder())); err != nil {
		return nil, err
	}
	t, err := local.Open(abs)
	if err != nil {
		return nil, err
	}
	misses, err := packager.NearMisses(t, a.layout())
	if err != nil {
		t.Close()
		return nil, err
	}
	for _, w := range append(layout.ShareWarnings(root), misses...) {
		a.err.warn("", "%s", w.Text)
	}
	return t, nil
}
