package source

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// unreadable explains why a folder or an entry of one is not in the listing.
func unreadable(at string, err error, folder bool) Problem {
	what := "entry"
	if folder {
		what = "folder"
	}
	p := Problem{Code: ProblemUnreadable, Path: at}
	switch {
	case errors.Is(err, fs.ErrPermission):
		p.Text = "no permission to read this " + what
		p.Advice = "give the user that runs drivercat read access, and on Linux and macOS also the right to enter the folder (chmod u+rx)"
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errNotFolder), isExchanged(err):
		p.Code = ProblemVanished
		p.Text = "this " + what + " vanished or was exchanged while its folder was read"
		p.Advice = "import again when nothing changes the source any more"
	default:
		p.Text = "this " + what + " cannot be read: " + reason(err)
		p.Advice = "check the disk or the network connection, then import again"
	}
	return p
}

// reason is an error without the operation and path that a problem tells anyway.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return err.Error()
}

func loop(at string) Problem {
	return Problem{Code: ProblemLoop, Path: at,
		Text:   "this folder contains itself, through a mount point or a link that a file server follows",
		Advice: "import the folder that the mount point leads to, or remove it from the source"}
}

func special(at string) Problem {
	return Problem{Code: ProblemSpecial, Path: at,
		Text:   "a device, socket or pipe, not a file",
		Advice: "remove it from the source; a driver cannot need it"}
}

// foreignLink is a link of a base that cannot be asked where it leads.
func foreignLink(at string) Problem {
	return Problem{Code: ProblemLinkOutside, Path: at,
		Text:   "a link; where it leads is not asked for on a share, and it is not followed",
		Advice: "put a copy of the target in the place of the link"}
}

func folderTooLong(at string, units int) Problem {
	return Problem{Code: ProblemTooLong, Path: at,
		Text:   fmt.Sprintf("the path of this folder has %d characters, Windows can name %d; it was not entered", units, maxUnits),
		Advice: "shorten the folder names above it"}
}

// explainLinks says for each link where it leads. Links are judged by their spelling and the listing alone: following
// one to find out would be looking outside the source.
func (l *Listing) explainLinks(r folderReader, root string) {
	if !slices.ContainsFunc(l.Problems, func(p Problem) bool { return p.Code == ProblemLink }) {
		return
	}
	roots := []string{root}
	if real, err := filepath.EvalSymlinks(root); err == nil && real != root {
		roots = append(roots, real) // an absolute link may use either spelling
	}
	for i := range l.Problems {
		p := &l.Problems[i]
		if p.Code != ProblemLink {
			continue
		}
		target, err := r.readLink(p.Path)
		if err != nil {
			*p = unreadable(p.Path, err, false)
			continue
		}
		inside, ok := linkTarget(roots, p.Path, target)
		switch {
		case !ok:
			p.Code = ProblemLinkOutside
			p.Text = fmt.Sprintf("a link to %s, which lies outside the source; it is not followed", target)
			p.Advice = "put a copy of the target in the place of the link"
		case l.has(inside):
			p.Warning = true
			p.Text = fmt.Sprintf("a link to %s; its target is read where it lies", target)
			p.Advice = "put a copy of the target in the place of the link if a driver needs it under this name"
		default:
			p.Code = ProblemLinkBroken
			p.Text = fmt.Sprintf("a link to %s, which is not there", target)
			p.Advice = "put the missing file in the place of the link, or remove it"
		}
	}
}

// linkTarget gives the path relative to the root that a link at rel leads to, false if it leads out. The root may have
// several spellings.
func linkTarget(roots []string, rel, target string) (string, bool) {
	if !filepath.IsAbs(target) {
		t := path.Join(path.Dir(rel), filepath.ToSlash(target))
		return t, filepath.IsLocal(filepath.FromSlash(t))
	}
	for _, root := range roots {
		if t, err := filepath.Rel(root, target); err == nil && filepath.IsLocal(t) {
			return filepath.ToSlash(t), true
		}
	}
	return "", false
}

// has reports whether a file or folder is in the listing.
func (l *Listing) has(at string) bool {
	if _, ok := l.folder(at); ok {
		return true
	}
	f, ok := l.folder(path.Dir(at))
	if !ok {
		return false
	}
	_, ok = slices.BinarySearchFunc(f.Entries, path.Base(at), func(e Entry, name string) int { return strings.Compare(e.Name, name) })
	return ok
}

func (l *Listing) folder(at string) (Folder, bool) {
	i, ok := slices.BinarySearchFunc(l.Folders, at, func(f Folder, at string) int { return strings.Compare(f.Path, at) })
	if !ok {
		return Folder{}, false
	}
	return l.Folders[i], true
}
