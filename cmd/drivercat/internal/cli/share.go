package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/local"
	"github.com/drivercat/drivercat/packager/tree/smb/login"
)

// openedTree is a target tree that was opened here. The caller closes it.
type openedTree interface {
	tree.Tree
	io.Closer
}

// layout is the share layout in force.
func (a *app) layout() layout.Layout { return layout.Layout{Platform: a.set.platform()} }

// checkShareRoot looks at what can be known of the share root without opening it, which may ask for a password.
func (a *app) checkShareRoot(verb string) error {
	root := a.set.share()
	if root == "" {
		return usageError("name the Drivers share with --share ROOT, DRIVERCAT_SHARE or \"share = ROOT\" in drivercat.ini", "%s needs a share root", verb)
	}
	if err := a.layout().Check(); err != nil {
		return err
	}
	_, _, err := a.checkRoot(root)
	return err
}

// openShare opens the share root, as openTree does.
func (a *app) openShare(ctx context.Context, verb string) (openedTree, error) {
	if err := a.checkShareRoot(verb); err != nil {
		return nil, err
	}
	root := a.set.share()
	t, err := a.openFrom(ctx, root, a.set.values[keyShare].From)
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

// openTree opens the root of a tree: a local folder, or a folder on a Windows share by its UNC path or smb:// address. It must
// be there: a mistyped root must not become a new tree. PXE shares and ConfigMgr's own are refused before anybody is asked.
func (a *app) openTree(ctx context.Context, root string) (openedTree, error) {
	return a.openFrom(ctx, root, "")
}

// openFrom is openTree for a root that comes from somewhere, such as --share.
func (a *app) openFrom(ctx context.Context, root, from string) (openedTree, error) {
	addr, there, err := a.checkRoot(root)
	switch {
	case err != nil:
		return nil, err
	case !there:
		return a.openFolder(root, from)
	case windows && len(a.serverFor(addr)) == 0 && addr.Port == "" && addr.User == "":
		return a.openFolder(uncOf(addr), from)
	}
	return a.openServer(ctx, addr)
}

// checkRoot refuses roots that are never written to and addresses that cannot be read. there is false for a local folder.
func (a *app) checkRoot(root string) (addr login.Address, there bool, err error) {
	// What is refused is named, and a name may hold a password.
	if shown := login.Redact(root); shown != root {
		return addr, false, usageError(adviceNoPasswordInAddress, "share %s: a password does not belong in an address: process lists and logs show it", shown)
	}
	if err := layout.CheckShare(root); err != nil {
		return addr, false, err
	}
	addr, there, err = a.address(root)
	if err != nil {
		return addr, false, usageError(`write it as \\server\share\folder or smb://server/share/folder`, "%w", err)
	}
	if !there {
		return addr, false, nil
	}
	unc := uncOf(addr)
	// The platform folder may be where nothing may be written, although the root is fine.
	for _, p := range []string{unc, layout.JoinShare(unc, a.layout().PlatformFolder())} {
		if err := layout.CheckShare(p); err != nil {
			return addr, false, err
		}
	}
	return addr, true, nil
}

const adviceNoPasswordInAddress = "leave it away: drivercat takes it from DRIVERCAT_SMB_PASSWORD, from a file (\"credentials = FILE\" below [server NAME] in drivercat.ini), uses Kerberos tickets, or asks for it on a terminal"

// address reads the address of a Windows share; there is false for a local folder.
func (a *app) address(root string) (addr login.Address, there bool, err error) {
	if !login.IsAddress(root) && !isSlashed(root) {
		return addr, false, nil
	}
	addr, err = login.ParseAddress(root)
	if err != nil && windows && strings.HasPrefix(root, `\\`) {
		return addr, false, nil // a device path, such as \\?\C:\Drivers
	}
	return addr, err == nil, err
}

// isSlashed reports whether root is //server/share. On Unix that is a local path too, and one whose first folder is there is
// meant as such, since //srv/Drivers with a folder /srv is far more often a slip of the finger than a server called srv.
func isSlashed(root string) bool {
	rest, ok := strings.CutPrefix(root, "//")
	first, _, more := strings.Cut(rest, "/")
	if !ok || first == "" || !more || windows {
		return false
	}
	_, err := os.Stat("/" + first)
	return errors.Is(err, fs.ErrNotExist)
}

func uncOf(addr login.Address) string {
	unc := `\\` + addr.Server + `\` + addr.Share
	if addr.Folder != "" {
		unc += `\` + strings.ReplaceAll(addr.Folder, "/", `\`)
	}
	return unc
}

// openFolder opens a folder of this system.
func (a *app) openFolder(root, from string) (openedTree, error) {
	if isURL(root) {
		return nil, usageError(`give a local folder, \\server\share or smb://server/share`, "share %s: that kind of address is not understood", root)
	}
	if from != "" {
		from = " (from " + from + ")"
	}
	st, err := os.Stat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, failed("make the folder if it is the right one", "share %s%s does not exist", root, from)
	case err != nil:
		return nil, failed("", "share %s: %s", root, fileError(err))
	case !st.IsDir():
		return nil, failed("the share root is a folder", "share %s is a file", root)
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("share %s: %w", root, err)
	}
	// The root may be fine and the platform folder a link to where nothing may be written.
	if err := layout.CheckShare(layout.JoinShare(abs, a.layout().PlatformFolder())); err != nil {
		return nil, err
	}
	return local.Open(abs)
}

// traffic is what crossed the network for a tree; nil for a local one.
func traffic(t tree.Tree) *tree.Traffic {
	m, ok := t.(tree.Metered)
	if !ok {
		return nil
	}
	n := m.Traffic()
	return &n
}

// noteTraffic tells it, with --verbose.
func (a *app) noteTraffic(n *tree.Traffic) {
	if n != nil {
		a.err.note("over the network: %s sent, %s received", size(n.Sent), size(n.Received))
	}
}
