package packager

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source/archive/external"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// BuildOptions say how a plan is carried out. The zero value is right for everyday use.
type BuildOptions struct {
	Force   bool            // take over a folder that drivercat did not make; files that are not in the plan are removed
	Rehash  bool            // read every published file instead of trusting size and time
	Workers int             // files copied at once, 0 is one for each processor
	Holder  string          // who builds, for others that find the lock; "" is this machine and process
	Meter   *catalog.Meter  // nil to not count
	Tools   []external.Tool // programs for archives of the sources that no reader knows

	// Recorded is the catalog's record of the package, nil if there is none. A manifest that is not the recorded one vouches
	// for nothing: every file is read, and the package becomes the version after the recorded one. A folder whose manifest is
	// gone is taken over if it holds nothing but files of the plan.
	Recorded *catalog.Package
}

// Result tells what a build did.
type Result struct {
	Folder       string       `json:"folder"`
	Version      int          `json:"version"`
	Unchanged    bool         `json:"unchanged"` // the package was there already; nothing was written
	Recovered    Recovery     `json:"recovered"` // what was done about an interrupted build before
	Files        int          `json:"files"`
	Bytes        int64        `json:"bytes"`
	Written      int          `json:"written"` // files added or replaced
	WrittenBytes int64        `json:"writtenBytes"`
	Kept         int          `json:"kept"`    // files that were right already and were not touched
	Removed      []string     `json:"removed"` // files of the previous version that the package no longer has
	Extras       []string     `json:"extras"`  // files that no version had; removed too
	Manifest     catalog.Hash `json:"manifest"`
	Skipped      []Skipped    `json:"skipped"` // from the plan
}

// Build carries a plan out on the tree whose root is the share root. The package becomes what the plan says, or stays what it was: whatever fails, and
// whenever the process dies. It first finishes or undoes what an interrupted build left.
//
// Files that are right already are not touched, and a package that is right already costs no write. A file counts as right if
// size and hash are those of the manifest and it is older than the manifest; newer ones are read and hashed.
//
// Errors: *layout.ShareError (refused share), ErrNothing, ErrForeign, *SourceError, tree.ErrLocked, and what the tree reports.
func Build(ctx context.Context, t tree.Tree, p *Plan, o BuildOptions) (Result, error) {
	res := Result{Folder: p.Folder, Removed: []string{}, Extras: []string{}, Skipped: p.Skipped}
	if err := layout.CheckShare(layout.JoinShare(t.Root(), p.Folder)); err != nil {
		return res, err
	}
	if len(p.Drivers) == 0 {
		return res, fmt.Errorf("packager: build %s: %w", p.Folder, ErrNothing)
	}
	b := &builder{t: t, plan: p, opts: o, meter: o.Meter, site: siteOf(p.Folder)}
	if b.meter == nil {
		b.meter = new(catalog.Meter)
	}
	err := b.run(ctx, &res)
	if err != nil {
		err = fmt.Errorf("packager: build %s: %w", p.Folder, err)
	}
	return res, err
}

// Record is the catalog's record of a package that was built.
func (p *Plan) Record(r Result, published time.Time) catalog.Package {
	c := catalog.Package{
		Model: p.Model, Target: p.Target, Kind: p.Kind, Folder: p.Folder, Version: r.Version,
		Manifest: r.Manifest, Files: r.Files, Bytes: r.Bytes, Published: published,
	}
	c.Drivers = p.Manifest(1).Hashes()
	return c
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
func (s site) published(name string) string { return s.folder + "/" + name }

type builder struct {
	t     tree.Tree
	plan  *Plan
	opts  BuildOptions
	meter *catalog.Meter
	site  site
}

func (b *builder) run(ctx context.Context, res *Result) error {
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
			s.report(b.plan, res)
			res.Unchanged = true
			return nil
		}
	}
	undo, err := makeFolders(b.t, path.Dir(b.site.folder))
	if err != nil {
		return err
	}
	unlock, err := b.t.Lock(b.site.lock, holder(b.opts.Holder))
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

func (b *builder) runLocked(ctx context.Context, res *Result) (err error) {
	if res.Recovered, err = recoverSite(b.t, b.site); err != nil {
		return err
	}
	s, err := b.compare(ctx)
	if err != nil {
		return err
	}
	s.report(b.plan, res)
	if s.unchanged() {
		res.Unchanged = res.Recovered == NothingToRecover
		return nil
	}
	if err := b.stage(ctx, s); err != nil {
		// Nothing is published yet. What cannot be removed now, the next command removes.
		_ = tree.RemoveAll(b.t, b.site.stage)
		return err
	}
	b.meter.SetPhase("publishing")
	return b.publish(s)
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

func holder(s string) string {
	if s != "" {
		return s
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown machine"
	}
	return fmt.Sprintf("process %d on %s", os.Getpid(), host)
}

// stage writes what changed beside the package, each file checked, and makes it durable.
func (b *builder) stage(ctx context.Context, s *state) error {
	b.meter.SetPhase("copying")
	b.meter.FilesTotal.Add(int64(len(s.put)))
	from := &origins{tree: b.t, tools: b.opts.Tools}
	defer from.Close()
	dirs := map[string]bool{b.site.stage + "/new": true}
	names := make([]string, 0, len(s.put)+1)
	for _, f := range s.put {
		b.meter.BytesTotal.Add(f.Size)
		names = append(names, b.site.staged(f.Path))
		dirs[path.Dir(b.site.staged(f.Path))] = true
	}
	for d := range dirs {
		if err := b.t.MkdirAll(d); err != nil {
			return err
		}
	}
	g, gctx := errgroup.WithContext(ctx)
	workers := b.opts.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	g.SetLimit(workers)
	for _, f := range s.put {
		g.Go(func() error {
			if err := gctx.Err(); err != nil {
				return err
			}
			return b.copy(gctx, from, f)
		})
	}
	if err := g.Wait(); err != nil {
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
	return b.t.Sync(append(names, name)...)
}

// copy stages one file.
func (b *builder) copy(ctx context.Context, from *origins, f putFile) error {
	src, err := from.file(ctx, f.source, f.From)
	if err != nil {
		return &SourceError{Source: f.source, Path: f.From, Err: err}
	}
	defer src.Close()
	_, err = tree.Write(ctx, b.t, b.site.staged(f.Path), src, tree.Options{
		Expect: tree.Expect{Check: true, Size: f.Size, SHA256: f.SHA256}, Bytes: &b.meter.BytesDone,
	})
	var re *tree.ReadError
	switch {
	case errors.Is(err, tree.ErrWrongLength), errors.Is(err, tree.ErrWrongHash):
		return &SourceError{Source: f.source, Path: f.From, Err: fmt.Errorf("%w: %w (run drivercat import again)", ErrChanged, err)}
	case errors.As(err, &re):
		return &SourceError{Source: f.source, Path: f.From, Err: err}
	}
	if err == nil {
		b.meter.FilesDone.Add(1)
	}
	return err
}
