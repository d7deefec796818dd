package replicate

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree"
)

// ErrSame is what the result of a target wraps that is the share itself.
var ErrSame = errors.New("the target is the share itself")

func errSame(target, share string) error {
	if target == share {
		return fmt.Errorf("%w: %s", ErrSame, share)
	}
	return fmt.Errorf("%w: %s leads to %s", ErrSame, target, share)
}

// sameFile reports whether the same file or folder of this system lies at a name in two trees: through links and bind mounts.
func sameFile(a tree.Tree, in string, b tree.Tree, at string) bool {
	x, xerr := a.Lstat(in)
	y, yerr := b.Lstat(at)
	return xerr == nil && yerr == nil && os.SameFile(x, y)
}

// sameUNC compares UNC paths as Windows does.
func sameUNC(a, b string) bool {
	clean := func(s string) string {
		return strings.ToLower(strings.TrimRight(strings.ReplaceAll(s, "/", `\`), `\`))
	}
	return strings.HasPrefix(a, `\\`) && clean(a) == clean(b)
}

// inside reports whether a local folder lies in another one.
func inside(p, dir string) bool {
	if strings.HasPrefix(p, `\\`) || strings.HasPrefix(dir, `\\`) {
		return false
	}
	p, perr := filepath.EvalSymlinks(p)
	dir, derr := filepath.EvalSymlinks(dir)
	if perr != nil || derr != nil {
		return false
	}
	rel, err := filepath.Rel(dir, p)
	return err == nil && filepath.IsLocal(rel)
}

// marked makes a file in a folder of one tree for a moment and looks whether it is in the other too. A tree that cannot be
// written to leaves the question open, which harms nobody: bringing a package to itself finds nothing to do.
func marked(a, b tree.Tree, folder string) (bool, error) {
	name := folder + "/" + layout.LockPrefix + "same-" + strings.ToLower(rand.Text())
	unlock, err := a.Lock(name, "drivercat looks whether two shares are one")
	if err != nil {
		return false, nil
	}
	there, err := tree.Exists(b, name)
	if uerr := unlock(); err == nil {
		err = uerr
	}
	return there, err
}
