package distribute

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/catalog"
)

// World is what the catalog says of points. Lists are ordered as the store orders them and stay as they are once a method
// was called. It is for one goroutine.
type World struct {
	Generation Generation
	Points     []catalog.Point
	Groups     []catalog.PointGroup
	Sendings   []catalog.Sending
	Holdings   []catalog.Holding
	Packages   []catalog.Package // as they were published last

	index *index // see at
}

// How drift knows what a point holds.
const (
	ByShare   = "share"   // its own share was looked into
	ByRecord  = "record"  // drivercat brought it there
	BySending = "sending" // what was sent is taken for delivered
	ByNothing = "nothing" // nothing is known of it there
)

// The states of a package at a point.
const (
	DriftLacks       = "lacks"       // it should hold it and does not
	DriftOld         = "old"         // it holds an older version than the published one
	DriftNewer       = "newer"       // it holds a newer version than the catalog knows
	DriftDiffers     = "differs"     // it holds another content under the same version
	DriftMore        = "more"        // it holds what was never sent to it
	DriftDamaged     = "damaged"     // what it holds cannot be read
	DriftUnreachable = "unreachable" // its share cannot be looked into
)

// Drift is one thing that is not at a point as it should be. Folder is "" if it is about the point itself.
type Drift struct {
	Point     string `json:"point"`
	Folder    string `json:"folder"`
	State     string `json:"state"`
	Holds     int    `json:"holds"`     // version, 0 for none
	Sent      int    `json:"sent"`      // version that was sent last, 0 for none
	Published int    `json:"published"` // version, 0 if the catalog has no such package
	By        string `json:"by"`
	Text      string `json:"text"`
	Advice    string `json:"advice"`
}

// Report is what Drift finds. OK is true if every point holds what it should; an unreachable point alone does not change that.
type Report struct {
	Generation  Generation     `json:"generation"`
	OK          bool           `json:"ok"`
	Points      int            `json:"points"`   // that were asked about
	Packages    int            `json:"packages"` // the same
	Right       int            `json:"right"`    // packages at points that are as they should be
	Assumed     int            `json:"assumed"`  // of those: it was sent, and nobody looked whether it arrived
	Drift       []Drift        `json:"drift"`    // ordered by point and folder
	Unreachable int            `json:"unreachable"`
	Skipped     []SkippedPoint `json:"skipped"`
}

// Held is a package as it lies on a point's share.
type Held struct {
	Version  int
	Manifest catalog.Hash // SHA-256 of the manifest's bytes
	Problem  string       // why it cannot be read, "" if it can
}

// Look looks into the share of a point and returns the packages there by folder. It is called for several points at once.
// An error with a method Advice() string says what to do about it.
type Look func(ctx context.Context, p catalog.Point) (map[string]Held, error)

// lookers is how many points are looked into at once: they are slow, and each one is another server.
const lookers = 8

// FindDrift compares what each point should hold with what it holds: all packages, or those of the given folders. Points
// without a share, and those that cannot be reached, are judged by the catalog's records. The error is the context's.
func FindDrift(ctx context.Context, w World, look Look, folders ...string) (Report, error) {
	targets, skipped := Split(w.Points, w.Generation)
	d := drifter{World: w, rep: Report{Generation: w.Generation, Points: len(targets), Drift: []Drift{}, Skipped: skipped}}
	for _, f := range folders {
		if !containsFold(d.only, f) {
			d.only = append(d.only, f)
		}
	}
	seen := make([]sight, len(targets))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(lookers)
	for i, p := range targets {
		if p.Share == "" || look == nil {
			continue
		}
		g.Go(func() error {
			there, err := look(gctx, p)
			if cerr := gctx.Err(); cerr != nil {
				return cerr
			}
			seen[i] = sight{looked: err == nil, there: lower(there), err: err}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return d.rep, err
	}
	d.findFolders(seen)
	for i, p := range targets {
		d.point(p, seen[i])
	}
	d.rep.Packages = len(d.folders)
	d.rep.OK = !slices.ContainsFunc(d.rep.Drift, func(r Drift) bool { return r.State != DriftUnreachable })
	return d.rep, nil
}

// sight is what looking into a point's share showed.
type sight struct {
	looked bool
	there  map[string]folderHeld // by folder, lower case
	err    error
}

type folderHeld struct {
	folder string
	Held
}

func lower(there map[string]Held) map[string]folderHeld {
	out := make(map[string]folderHeld, len(there))
	for folder, h := range there {
		out[strings.ToLower(folder)] = folderHeld{folder, h}
	}
	return out
}

type drifter struct {
	World
	only    []string
	folders []string // of all packages that any point should hold or holds, each in one spelling
	rep     Report
}

// findFolders gathers the packages that are asked about.
func (d *drifter) findFolders(seen []sight) {
	spelled := map[string]string{} // by folder, lower case
	add := func(f string) {
		if low := strings.ToLower(f); spelled[low] == "" && (d.only == nil || containsFold(d.only, f)) {
			spelled[low] = f
		}
	}
	for _, pkg := range d.Packages {
		add(pkg.Folder)
	}
	for _, n := range d.Sendings {
		add(n.Folder)
	}
	for _, h := range d.Holdings {
		add(h.Folder)
	}
	for _, s := range seen {
		for _, low := range slices.Sorted(maps.Keys(s.there)) {
			add(s.there[low].folder)
		}
	}
	for _, low := range slices.Sorted(maps.Keys(spelled)) {
		d.folders = append(d.folders, spelled[low])
	}
}

// point judges every package that a point should hold or holds.
func (d *drifter) point(p catalog.Point, s sight) {
	if s.err != nil {
		row := Drift{Point: p.Name, State: DriftUnreachable, By: ByNothing, Text: fmt.Sprintf("its share %s cannot be looked into: %v", p.Share, s.err)}
		if e, ok := errors.AsType[interface {
			error
			Advice() string
		}](s.err); ok {
			row.Advice = e.Advice()
		}
		d.rep.Unreachable++
		d.rep.Drift = append(d.rep.Drift, row)
	}
	for _, f := range d.folders {
		d.judge(p, f, s)
	}
}

func (d *drifter) judge(p catalog.Point, folder string, s sight) {
	due := d.due(p, folder)
	row := Drift{Point: p.Name, Folder: folder, Sent: due.last().Version, By: ByNothing}
	published := d.at().packages[strings.ToLower(folder)]
	want := max(row.Sent, due.brought.Version)
	if published != nil {
		row.Published = published.Version
		want = published.Version
	}
	held := held(folder, s, due, &row)
	switch {
	case held.Problem != "":
		row.State, row.Text, row.Advice = DriftDamaged, held.Problem, "build or replicate the package there again"
	case row.Holds == 0 && !due.wanted():
		return // neither there nor due
	case row.Holds == 0:
		row.State = DriftLacks
		row.Text, row.Advice = lacking(row, due)
	case !due.wanted():
		row.State, row.Text, row.Advice = DriftMore, fmt.Sprintf("holds version %d, and it was never sent there", row.Holds), "record it with \"points send\", or remove it there"
	case row.Published > 0 && row.Holds > row.Published:
		row.State, row.Text, row.Advice = DriftNewer, fmt.Sprintf("holds version %d, and the catalog knows version %d", row.Holds, row.Published), "use the catalog that published it"
	case row.Holds < want:
		row.State = DriftOld
		row.Text, row.Advice = aged(row, due)
	case row.By == ByShare && published != nil && held.Manifest != published.Manifest:
		row.State, row.Text, row.Advice = DriftDiffers, fmt.Sprintf("holds version %d with another manifest than the published one", row.Holds), "bring the package there again"
	default:
		d.rep.Right++
		if row.By == BySending {
			d.rep.Assumed++
		}
		return
	}
	d.rep.Drift = append(d.rep.Drift, row)
}

// lacking says why a point that should hold a package does not.
func lacking(row Drift, due due) (text, advice string) {
	if row.Sent == 0 {
		return fmt.Sprintf("lacks version %d, which was brought there on %s", due.brought.Version, due.brought.Known.Format("2006-01-02")), "bring the package there again"
	}
	if due.reached.Version == 0 {
		joined := due.joined.Format("2006-01-02")
		return fmt.Sprintf("lacks version %d: it joined %s on %s, after that was sent, and ConfigMgr 2007 sends a group's earlier packages to nobody who joins later", row.Sent, due.missed.Group, joined),
			"send the package to the point"
	}
	return fmt.Sprintf("lacks version %d, which was sent %son %s", row.Sent, toWhom(due.last()), due.last().Sent.Format("2006-01-02")), "look at the distribution's status, or bring the package there"
}

func toWhom(n catalog.Sending) string {
	if n.Group != "" {
		return "to " + n.Group + " "
	}
	return ""
}

// aged says why a point holds an old version.
func aged(row Drift, due due) (text, advice string) {
	text = fmt.Sprintf("holds version %d (published is %d)", row.Holds, row.Published)
	if row.Published == 0 {
		text = fmt.Sprintf("holds version %d", row.Holds)
	}
	switch {
	case row.Sent > row.Holds && due.reached.Version < row.Sent:
		return text + fmt.Sprintf("; version %d was sent to %s before it joined", row.Sent, due.missed.Group), "send the package to the point"
	case row.Sent > row.Holds:
		return text + fmt.Sprintf("; version %d was sent %son %s", row.Sent, toWhom(due.last()), due.last().Sent.Format("2006-01-02")), "look at the distribution's status, or bring the package there"
	}
	return text + "; the published one was not sent", "send the package"
}
