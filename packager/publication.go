package packager

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// Publication is a package as it is to be on a tree, wherever its files come from.
type Publication struct {
	Folder   string             // of the package, relative to the tree's root
	Manifest *manifest.Manifest // what the package is to hold, sorted
	// Exact publishes the manifest as it is, with its version: a replica. Otherwise it is numbered: the version after the
	// published one, or the published one again if it holds the same.
	Exact bool

	// Pack makes the archive of a Manifest that has one, and says what it became; Stage gets it to where it belongs. It is
	// called under the lock, and only if the archive that is published is not right. Nil if Manifest.Archive says already what
	// it is.
	Pack func(ctx context.Context) (size int64, sum catalog.Hash, err error)
	// Prepare, if not nil, is called once under the lock, when it is known what has to be written and before anything is.
	// An error ends the publication.
	Prepare func(ctx context.Context, w Work) error
	// Stage makes the new file of that name in the tree and answers for its content: after it the file has the length and
	// hash of f. It is called from several goroutines at once, and need not make the file durable.
	Stage func(ctx context.Context, name string, f manifest.File) error
	// Settle, if not nil, is called once when everything is staged and before anything is published. An error ends the
	// publication.
	Settle func(ctx context.Context) error

	// Resume keeps what is staged when the publication fails or the process dies, for the next publication with Resume. Then
	// Stage is also called for files that are in the stage already, in whole or in part: Work.There has them. A build of the
	// package removes what is kept; Recover and Verify leave it alone.
	Resume bool
	// Stopped, if not nil, is called once, still under the lock, when staging ended early and no Stage is running any more.
	Stopped func()
}

// Work is what a publication has to do.
type Work struct {
	Previous *manifest.Manifest // of the published version, nil if there is none that vouches for its files
	// PreviousBody is the bytes of Previous as they lie in the tree.
	PreviousBody []byte
	Old          []manifest.File // files of the published version that are there, by size and time; ordered by path
	// Doubtful are files of the published version that have its size, but are no older than its manifest: as a rule the last
	// that were staged for it. Whoever takes one for its content has to read it. Ordered by path.
	Doubtful []manifest.File
	Put      []manifest.File // to be staged, ordered by path
	Next     []manifest.File // what is to lie in the package's folder beside the manifest

	Staged string           // the folder of the stage that files are staged in, by their paths in the package
	There  map[string]int64 // the sizes of files of Put that are staged already, by path; only with Resume
	Record string           // a folder of the stage for records of what is staged; "" without Resume
}

// PublishOptions say how a publication is carried out. The zero value is right for everyday use; see BuildOptions.
type PublishOptions struct {
	Force    bool
	Rehash   bool
	Workers  int
	Holder   string
	Meter    *catalog.Meter
	Recorded *catalog.Package
	Wait     time.Duration
	Waiting  func(error)
}

// Publish makes a package folder what a publication says, or leaves it what it was: whatever fails, and whenever the process
// dies. It first finishes or undoes what an interrupted publication left. Files that are right already are not touched, and
// a package that is right already costs no write.
//
// Errors: *layout.ShareError (refused share), ErrForeign, tree.ErrLocked, those of Prepare and Stage, and what the tree reports.
func Publish(ctx context.Context, t tree.Tree, p *Publication, o PublishOptions) (Result, error) {
	res := Result{Folder: p.Folder, Removed: []string{}, Extras: []string{}, Skipped: []Skipped{}}
	if err := layout.CheckShare(layout.JoinShare(t.Root(), p.Folder)); err != nil {
		return res, err
	}
	err := newPublisher(t, p, o).run(ctx, &res)
	return res, err
}

func newPublisher(t tree.Tree, p *Publication, o PublishOptions) *publisher {
	b := &publisher{t: t, pub: p, opts: o, meter: o.Meter, site: siteOf(p.Folder)}
	if b.meter == nil {
		b.meter = new(catalog.Meter)
	}
	return b
}

// Compare tells what Publish would do, and writes nothing. What an interrupted publication left is not looked at.
func Compare(ctx context.Context, t tree.Tree, p *Publication, o PublishOptions) (Work, Result, error) {
	res := Result{Folder: p.Folder, Removed: []string{}, Extras: []string{}, Skipped: []Skipped{}}
	if err := layout.CheckShare(layout.JoinShare(t.Root(), p.Folder)); err != nil {
		return Work{}, res, err
	}
	b := newPublisher(t, p, o)
	s, err := b.compare(ctx)
	if err != nil {
		return Work{}, res, err
	}
	s.report(p, &res)
	res.Unchanged = s.unchanged()
	return b.work(s), res, nil
}

// work orders what is to be staged.
func (b *publisher) work(s *state) Work {
	slices.SortFunc(s.put, func(x, y manifest.File) int { return strings.Compare(x.Path, y.Path) })
	return Work{Previous: s.previous, PreviousBody: s.previousBody, Old: s.old, Doubtful: s.doubtful, Next: s.files, Put: s.put, Staged: b.site.stage + "/new"}
}

// site is where a package and drivercat's own files beside it lie.
type site struct {
	folder string // the package
	stage  string
	lock   string
}

func siteOf(folder string) site {
	dir, model := path.Split(folder)
	return site{folder: folder, stage: dir + layout.StagePrefix + model, lock: dir + layout.LockPrefix + model}
}

func (s site) staged(name string) string    { return s.stage + "/new/" + name }
func (s site) aside(name string) string     { return s.stage + "/old/" + name }
func (s site) journal() string              { return s.stage + "/journal.json" }
func (s site) record() string               { return s.stage + "/record" } // marks a stage that is kept
func (s site) published(name string) string { return s.folder + "/" + name }

type publisher struct {
	t     tree.Tree
	pub   *Publication
	opts  PublishOptions
	meter *catalog.Meter
	site  site
}

func (b *publisher) run(ctx context.Context, res *Result) error {
	b.meter.SetPhase("checking")
	interrupted, err := tree.Exists(b.t, b.site.stage)
	if err != nil {
		return err
	}
	if !interrupted {
		s, err := b.compare(ctx)
		if err != nil {
			return err
		}
		if s.unchanged() {
			s.report(b.pub, res)
			res.Unchanged = true
			dropLock(b.t, b.site.lock)
			return nil
		}
	}
	undo, err := makeFolders(b.t, path.Dir(b.site.folder))
	if err != nil {
		return err
	}
	unlock, err := waitLock(ctx, b.t, b.site.lock, b.opts.Holder, b.opts.Wait, b.opts.Waiting)
	if err != nil {
		undo()
		return err
	}
	err = b.runLocked(ctx, res)
	_ = unlock() // the lock ends with the process at the latest
	if err != nil {
		undo()
	}
	return err
}

func (b *publisher) runLocked(ctx context.Context, res *Result) (err error) {
	if res.Recovered, err = recoverSite(b.t, b.site, b.pub.Resume); err != nil {
		return err
	}
	s, err := b.compare(ctx)
	if err != nil {
		return err
	}
	if b.pub.Pack != nil && len(s.put) > 0 {
		if s, err = b.pack(ctx); err != nil {
			return err
		}
	}
	s.report(b.pub, res)
	if s.unchanged() {
		res.Unchanged = res.Recovered == NothingToRecover
		return tree.RemoveAll(b.t, b.site.stage) // what an earlier publication kept is of no use any more
	}
	if err := b.stage(ctx, s); err != nil {
		return b.giveUp(err)
	}
	b.meter.SetPhase("publishing")
	return b.publish(s)
}

// pack has the archive made, which tells what the manifest is to say, and compares once more.
func (b *publisher) pack(ctx context.Context) (*state, error) {
	b.meter.SetPhase("packing")
	size, sum, err := b.pub.Pack(ctx)
	if err != nil {
		return nil, err
	}
	m, a := *b.pub.Manifest, *b.pub.Manifest.Archive
	a.Size, a.SHA256 = size, sum
	m.Archive = &a
	pub := *b.pub
	pub.Manifest, pub.Pack = &m, nil
	b.pub = &pub
	return b.compare(ctx)
}

// makeFolders makes a folder and those above it; undo removes the ones that were not there before, unless something has come
// to lie in them.
func makeFolders(t tree.Tree, name string) (undo func(), err error) {
	var made []string
	for d := name; d != "."; d = path.Dir(d) {
		there, err := tree.Exists(t, d)
		if err != nil {
			return nil, err
		}
		if there {
			break
		}
		made = append(made, d)
	}
	undo = func() {
		for _, d := range made {
			_ = t.Remove(d) // fails for one that holds something
		}
	}
	if err := t.MkdirAll(name); err != nil {
		undo()
		return nil, err
	}
	return undo, nil
}

// stage writes what changed beside the package, each file checked, and makes it durable.
func (b *publisher) stage(ctx context.Context, s *state) error {
	b.meter.SetPhase("copying")
	b.meter.FilesTotal.Add(int64(len(s.put)))
	w := b.work(s)
	if b.pub.Resume {
		var err error
		if w.There, err = b.takeUp(s.put); err != nil {
			return err
		}
		w.Record = b.site.record()
		if err := b.t.MkdirAll(w.Record); err != nil {
			return err
		}
	}
	if b.pub.Prepare != nil {
		if err := b.pub.Prepare(ctx, w); err != nil {
			return err
		}
	}
	dirs := map[string]bool{b.site.stage + "/new": true}
	names := make([]string, 0, len(s.put)+1)
	for _, f := range s.put {
		b.meter.BytesTotal.Add(f.Size)
		names = append(names, b.site.staged(f.Path))
		dirs[path.Dir(b.site.staged(f.Path))] = true
	}
	if err := makeAll(ctx, b.t, dirs); err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(workers(b.t, b.opts.Workers))
	for _, f := range s.put {
		g.Go(func() error {
			if err := gctx.Err(); err != nil {
				return err
			}
			if err := b.pub.Stage(gctx, b.site.staged(f.Path), f); err != nil {
				return err
			}
			b.meter.FilesDone.Add(1)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		if b.pub.Stopped != nil {
			b.pub.Stopped()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	name := b.site.staged(manifest.Name)
	want := tree.Expect{Check: true, Size: int64(len(s.manifest)), SHA256: s.sum}
	if _, err := tree.Write(ctx, b.t, name, bytes.NewReader(s.manifest), tree.Options{Expect: want}); err != nil {
		return err
	}
	if b.pub.Settle != nil {
		if err := b.pub.Settle(ctx); err != nil {
			return err
		}
	}
	return b.t.Sync(append(names, name)...)
}
