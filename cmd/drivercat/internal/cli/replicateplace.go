package cli

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/distribute"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree/smb/login"
)

// bringTo is where packages are brought to.
type bringTo struct {
	name  string // as it was called
	point string // "" for a root
	root  string
}

// placesOf finds out what the words after --to mean: points and groups of the catalog, which may be missing, or roots. named
// counts words that name something that is skipped; a member of a group that is skipped is no mistake.
func (a *app) placesOf(ctx context.Context, store catalog.Store, words []string) (places []bringTo, skipped []skippedTarget, named int, err error) {
	w := &placeWords{a: a, world: &distribute.World{Generation: a.generation()}}
	if store != nil {
		if w.world, err = a.pointWorld(ctx, store); err != nil {
			return nil, nil, 0, err
		}
	}
	for _, word := range words {
		before := len(w.skipped)
		group, err := w.add(strings.TrimSpace(word))
		if err != nil {
			return nil, nil, 0, err
		}
		if !group && len(w.skipped) > before {
			named++
		}
	}
	return w.places, w.skipped, named, nil
}

type placeWords struct {
	a       *app
	world   *distribute.World
	places  []bringTo
	skipped []skippedTarget
}

func (w *placeWords) add(word string) (group bool, err error) {
	if word == "" {
		return false, usageError("", "an empty target is given")
	}
	if shown := login.Redact(word); shown != word {
		return false, usageError(adviceNoPasswordInAddress, "target %s: a password does not belong in an address: process lists and logs show it", shown)
	}
	d, err := destinationNamed(w.world, word)
	var ce *codedError
	switch {
	case err == nil && d.group != nil:
		w.group(d.group)
		return true, nil
	case err == nil:
		w.point(d.point)
		return false, nil
	case !errors.As(err, &ce) || ce.code != exitNothing:
		return false, err
	}
	if st, serr := os.Stat(word); isRoot(word) || serr == nil && st.IsDir() {
		w.root(word)
		return false, nil
	}
	if strings.HasPrefix(word, distribute.PointMark) || strings.HasPrefix(word, distribute.GroupMark) {
		return false, err
	}
	return false, coded(exitNothing, `"drivercat points list" shows the points; a share's root is written with its slashes, as in \\server\Drivers or ./folder`, "no point, group or folder is called %s", quote(word))
}

// isRoot reports whether a word can only be a path or an address.
func isRoot(word string) bool {
	return strings.ContainsAny(word, `/\`) || word == "." || word == ".." || login.IsAddress(word)
}

func (w *placeWords) group(g *catalog.PointGroup) {
	if len(g.Members) == 0 {
		w.a.err.warn("\"drivercat points group join\" lets points join it", "group %s has no points", quote(g.Name))
	}
	for _, m := range g.Members {
		if p, ok := pointNamed(w.world.Points, m.Point); ok {
			w.point(p)
		}
	}
}

func (w *placeWords) point(p catalog.Point) {
	switch why := w.notTarget(p); {
	case why != "":
		w.skip(p.Name, why)
	case p.Share == "":
		w.skip(p.Name, "no share is known for it (\"drivercat points set\" tells one)")
	default:
		w.put(bringTo{name: p.Name, point: p.Name, root: p.Share})
	}
}

// notTarget says why nothing is brought to a point, "" if it is a target.
func (w *placeWords) notTarget(p catalog.Point) string {
	if why := distribute.Skipped(p, w.world.Generation); why != "" {
		return why
	}
	if err := layout.CheckShare(p.Share); p.Share != "" && err != nil {
		return message(err)
	}
	return ""
}

func (w *placeWords) root(word string) {
	var se *layout.ShareError
	if err := layout.CheckShare(word); errors.As(err, &se) {
		w.skip(word, strings.Replace(se.Error(), se.Path, "it", 1))
		return
	}
	w.put(bringTo{name: word, root: word})
}

func (w *placeWords) skip(name, text string) {
	for _, s := range w.skipped {
		if s.Name == name {
			return
		}
	}
	w.skipped = append(w.skipped, skippedTarget{name, text})
}

// put adds a place once, whoever names it. A point is recorded by its name, so two with one share are told.
func (w *placeWords) put(p bringTo) {
	for _, x := range w.places {
		if !strings.EqualFold(x.root, p.root) {
			continue
		}
		if x.point != "" && p.point != "" && x.point != p.point {
			w.skip(p.name, "its share is that of "+x.point+", which is brought the packages")
		}
		return
	}
	w.places = append(w.places, p)
}

// completeTargets offers points and groups; roots are folders, so the shell's own completion stays on.
func (a *app) completeTargets(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	out, _ := a.fromCatalog(cmd, typed, pointNames, groupNames)
	return out, cobra.ShellCompDirectiveFilterDirs
}
