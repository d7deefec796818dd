package distribute

import (
	"strings"
	"time"

	"github.com/drivercat/drivercat/catalog"
)

// due is what a point should hold of a package.
type due struct {
	reached catalog.Sending // the last one that reached the point; version 0 if none did
	since   time.Time       // when it did: a point that joins a group later gets it then
	missed  catalog.Sending // the last one to a group of the point that did not reach it: it joined later (2007)
	joined  time.Time       // that group
	brought catalog.Holding // what drivercat brought to the point itself, which is as good as sent; version 0 if nothing
}

// wanted reports whether the point should hold the package at all.
func (d due) wanted() bool { return d.last().Version+d.brought.Version > 0 }

// last is the later of the two: what the administrator wanted there.
func (d due) last() catalog.Sending {
	if d.missed.Sent.After(d.reached.Sent) {
		return d.missed
	}
	return d.reached
}

// due finds what was sent to a point, itself or in a group. In 2007 a group is a way to select points: what is sent to it
// goes to those that are in it then. In the current branch it stays with the group, and a point that joins gets it.
func (w *World) due(p catalog.Point, folder string) (d due) {
	d.brought = w.at().holdings[[2]string{strings.ToLower(folder), strings.ToLower(p.Name)}]
	for _, n := range w.at().sendings[strings.ToLower(folder)] {
		if n.Point != "" {
			if strings.EqualFold(n.Point, p.Name) {
				d.reach(n, n.Sent)
			}
			continue
		}
		joined, member := w.member(n.Group, p.Name)
		switch {
		case !member:
		case !joined.After(n.Sent):
			d.reach(n, n.Sent)
		case w.Generation == GenerationCurrent:
			d.reach(n, joined)
		case !n.Sent.Before(d.missed.Sent):
			d.missed, d.joined = n, joined
		}
	}
	return d
}

// reach takes a sending that reached the point. They come in the order of time.
func (d *due) reach(n catalog.Sending, at time.Time) {
	if !n.Sent.Before(d.reached.Sent) {
		d.reached, d.since = n, at
	}
}

// index finds records by name; all keys are lower case.
type index struct {
	sendings map[string][]catalog.Sending  // by folder
	holdings map[[2]string]catalog.Holding // by folder and point
	packages map[string]*catalog.Package   // by folder
	members  map[[2]string]time.Time       // by group and point
}

// at is the index, made when it is first asked for: a site has 5,000 points and 10,000 packages at most.
func (w *World) at() *index {
	if w.index != nil {
		return w.index
	}
	x := &index{map[string][]catalog.Sending{}, map[[2]string]catalog.Holding{}, map[string]*catalog.Package{}, map[[2]string]time.Time{}}
	for _, n := range w.Sendings {
		low := strings.ToLower(n.Folder)
		x.sendings[low] = append(x.sendings[low], n)
	}
	for _, h := range w.Holdings {
		x.holdings[[2]string{strings.ToLower(h.Folder), strings.ToLower(h.Point)}] = h
	}
	for i := range w.Packages {
		x.packages[strings.ToLower(w.Packages[i].Folder)] = &w.Packages[i]
	}
	for _, g := range w.Groups {
		for _, m := range g.Members {
			x.members[[2]string{strings.ToLower(g.Name), strings.ToLower(m.Point)}] = m.Added
		}
	}
	w.index = x
	return x
}

// member tells since when a point is in a group.
func (w *World) member(group, point string) (time.Time, bool) {
	t, ok := w.at().members[[2]string{strings.ToLower(group), strings.ToLower(point)}]
	return t, ok
}

// held finds what a point holds of a package: what lies on its share if that was looked into, else the later of what
// drivercat recorded and what was sent.
func held(folder string, s sight, d due, row *Drift) Held {
	if s.looked {
		row.By = ByShare
		h := s.there[strings.ToLower(folder)].Held
		row.Holds = h.Version
		return h
	}
	v, by := d.recorded()
	row.Holds, row.By = v, by
	return Held{Version: v}
}

// recorded is the later of what was brought and what was sent.
func (d due) recorded() (version int, by string) {
	switch {
	case d.brought.Version > 0 && !d.brought.Known.Before(d.since):
		return d.brought.Version, ByRecord
	case d.reached.Version > 0:
		return d.reached.Version, BySending
	}
	return 0, ByNothing
}

// Recorded tells which version of a package a point holds as far as the catalog's records go, 0 for none, and how that
// is known.
func (w *World) Recorded(p catalog.Point, folder string) (version int, by string) {
	return w.due(p, folder).recorded()
}

// Due tells which version of a package should be at a point, 0 if none was sent to it or to its groups.
func (w *World) Due(p catalog.Point, folder string) int {
	d := w.due(p, folder)
	return d.last().Version
}

// GroupsOf are the names of the groups that a point is in, in their order.
func (w *World) GroupsOf(point string) []string {
	out := []string{}
	for _, g := range w.Groups {
		if _, ok := w.member(g.Name, point); ok {
			out = append(out, g.Name)
		}
	}
	return out
}

// Leaving gives what to record of a point before it leaves a group, at the time now. In 2007 what was sent to the group was
// sent to the point itself, so that it stays sent. In the current branch it was the group's, and the point only holds it.
func (w *World) Leaving(group, point string, now time.Time) (sent []catalog.Sending, held []catalog.Holding) {
	joined, member := w.member(group, point)
	if !member {
		return nil, nil
	}
	seen := map[string]bool{}
	for _, n := range w.Sendings {
		if !strings.EqualFold(n.Group, group) {
			continue
		}
		if w.Generation == Generation2007 {
			if !joined.After(n.Sent) {
				sent = append(sent, catalog.Sending{Folder: n.Folder, Point: point, Version: n.Version, Sent: n.Sent})
			}
			continue
		}
		low := strings.ToLower(n.Folder)
		if v, _ := w.Recorded(catalog.Point{Name: point}, n.Folder); v > 0 && !seen[low] {
			held = append(held, catalog.Holding{Folder: n.Folder, Point: point, Version: v, Known: now})
		}
		seen[low] = true
	}
	return sent, held
}
