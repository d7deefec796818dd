package cli

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
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
	w := &placeWords{a: a}
	if store != nil {
		if w.points, err = store.Points(ctx); err != nil {
			return nil, nil, 0, err
		}
		if w.groups, err = store.PointGroups(ctx); err != nil {
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
	points  []catalog.Point
	groups  []catalog.PointGroup
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
	asPoint, isPoint := strings.CutPrefix(word, "point:")
	asGroup, isGroup := strings.CutPrefix(word, "group:")
	var members []string
	points, groups := 0, 0
	for _, p := range w.points {
		if !isGroup && strings.EqualFold(p.Name, asPoint) {
			members, points = []string{p.Name}, 1
		}
	}
	for _, g := range w.groups {
		if !isPoint && strings.EqualFold(g.Name, asGroup) {
			groups = 1
			for _, m := range g.Members {
				members = append(members, m.Point)
			}
		}
	}
	switch st, serr := os.Stat(word); {
	case points+groups == 2:
		return false, usageError("say point:"+word+" or group:"+word, "%s is both a point and a group", quote(word))
	case points+groups == 1:
		for _, name := range members {
			w.point(name)
		}
		if groups == 1 && len(members) == 0 {
			w.a.err.warn("", "group %s has no points", quote(word))
		}
		return groups == 1, nil
	case isRoot(word), serr == nil && st.IsDir():
		w.root(word)
		return false, nil
	}
	return false, coded(exitNothing, `a share's root is written with its slashes, as in \\server\Drivers or ./folder`, "no point, group or folder is called %s", quote(word))
}

// isRoot reports whether a word can only be a path or an address.
func isRoot(word string) bool {
	return strings.ContainsAny(word, `/\`) || word == "." || word == ".." || login.IsAddress(word)
}

func (w *placeWords) point(name string) {
	for _, p := range w.points {
		if !strings.EqualFold(p.Name, name) {
			continue
		}
		switch why := w.a.notTarget(p); {
		case why != "":
			w.skip(p.Name, why)
		case p.Share == "":
			w.skip(p.Name, "no share is known for it")
		default:
			w.put(bringTo{name: p.Name, point: p.Name, root: p.Share})
		}
	}
}

func (w *placeWords) root(word string) {
	var se *layout.ShareError
	if err := layout.CheckShare(word); errors.As(err, &se) {
		w.skip(word, se.Error())
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

// put adds a place once, whoever names it.
func (w *placeWords) put(p bringTo) {
	for _, x := range w.places {
		if strings.EqualFold(x.root, p.root) {
			return
		}
	}
	w.places = append(w.places, p)
}

// notTarget says why nothing is brought to a point, "" if it is a target.
func (a *app) notTarget(p catalog.Point) string {
	if p.PXE {
		return "it is a PXE service point, which is never a target"
	}
	var se *layout.ShareError
	if errors.As(layout.CheckShare(p.Share), &se) {
		return se.Error()
	}
	return ""
}

// completeTargets offers points and groups; roots are folders, so the shell's own completion stays on.
func (a *app) completeTargets(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	out, _ := a.fromCatalog(cmd, typed, targetNamesOf)
	return out, cobra.ShellCompDirectiveFilterDirs
}

func targetNamesOf(ctx context.Context, r catalog.Reader) ([]string, error) {
	points, err := r.Points(ctx)
	if err != nil {
		return nil, err
	}
	groups, err := r.PointGroups(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range points {
		out = append(out, p.Name+"\tpoint")
	}
	for _, g := range groups {
		out = append(out, g.Name+"\tgroup")
	}
	return out, nil
}
