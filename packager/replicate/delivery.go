package replicate

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"sync/atomic"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/chunk"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// delivery brings one package to one target.
type delivery struct {
	run    *run
	target Target
	t      *wired
	folder string
	m      *manifest.Manifest

	work packager.Work
	rec  *record

	held    map[catalog.Hash]string // files of the target with a content of the package that something vouches for
	index   *chunk.Index            // of old files that are signed
	olds    []string                // their names in the tree
	oldAt   map[string]int          // by path in the package
	signed  map[catalog.Hash][]byte // signatures that the catalog keeps
	known   map[string]entry        // what an earlier run staged
	leaders map[catalog.Hash]*leader

	noCopies atomic.Bool // the target cannot copy by itself

	sent, copied, resumed atomic.Int64 // bytes of content
	nSent, nCopied        atomic.Int64 // files
	nRebuilt, nResumed    atomic.Int64
	nWrong                atomic.Int64
}

// leader is the first of several files with one content: the others are copied from it.
type leader struct {
	path string
	done chan struct{}
	ok   bool // set before done is closed
}

// prepare finds out what the target can do by itself.
func (d *delivery) prepare(ctx context.Context, w packager.Work) (err error) {
	d.work = w
	if w.Record != "" {
		if d.rec, d.known, err = openRecord(d.t, w.Record, d.t.network != nil); err != nil {
			return err
		}
	}
	d.held = map[catalog.Hash]string{}
	for _, f := range w.Old {
		d.held[f.SHA256] = d.folder + "/" + f.Path
	}
	d.leaders = map[catalog.Hash]*leader{}
	var open []manifest.File
	for _, f := range w.Put {
		if f.Size < smallFile {
			continue
		}
		if d.leaders[f.SHA256] == nil {
			d.leaders[f.SHA256] = &leader{path: f.Path, done: make(chan struct{})}
		}
		if d.held[f.SHA256] == "" && !d.isStaged(f) {
			open = append(open, f)
		}
	}
	open = d.run.neighbours(ctx, d, open)
	if len(open) > 0 {
		d.indexOld(ctx, open)
	}
	return ctx.Err()
}

// isStaged reports whether an earlier run staged all of a file.
func (d *delivery) isStaged(f manifest.File) bool {
	e := d.known[f.Path]
	return e.SHA256 == f.SHA256 && e.Bytes == f.Size && d.work.There[f.Path] == f.Size && f.Size > 0
}

// indexOld gets the signatures of old files that may be like those that are to be made: the previous contents, and files that
// the package no longer has. Without signatures files are sent.
func (d *delivery) indexOld(ctx context.Context, open []manifest.File) {
	if d.run.o.Signatures == nil && !d.run.o.ReadOld {
		return
	}
	next := map[string]catalog.Hash{}
	for _, f := range d.m.Published() {
		next[f.Path] = f.SHA256
	}
	var old []manifest.File
	var hashes []catalog.Hash
	there := d.work.Old
	if !d.run.o.TrustCopies { // what is rebuilt is read back
		there = slices.Concat(there, d.work.Doubtful)
	}
	for _, f := range there {
		if next[f.Path] != f.SHA256 && f.Size >= smallFile {
			old = append(old, f)
			hashes = append(hashes, f.SHA256)
		}
	}
	if len(old) == 0 {
		return
	}
	for _, f := range open {
		hashes = append(hashes, f.SHA256)
	}
	if d.run.o.Signatures != nil {
		var err error
		if d.signed, err = d.run.o.Signatures.Signatures(ctx, hashes); err != nil && ctx.Err() == nil {
			d.tell("the catalog's signatures cannot be read, so changed files are sent whole: %v", err)
		}
	}
	d.oldAt = map[string]int{}
	var sigs []chunk.Signature
	for _, f := range old {
		s, ok := d.signature(f)
		if !ok && d.run.o.ReadOld && ctx.Err() == nil {
			var err error
			s, err = packager.SignFile(ctx, d.t, d.folder+"/"+f.Path, f)
			ok = err == nil // what rotted is of no use
		}
		if ok {
			d.oldAt[f.Path] = len(sigs)
			sigs = append(sigs, s)
			d.olds = append(d.olds, d.folder+"/"+f.Path)
		}
	}
	if len(sigs) > 0 {
		d.index = chunk.NewIndex(sigs)
	}
}

// signature decodes what the catalog keeps of a content.
func (d *delivery) signature(f manifest.File) (chunk.Signature, bool) {
	b, ok := d.signed[f.SHA256]
	if !ok {
		return nil, false
	}
	s, err := chunk.Decode(b)
	return s, err == nil && s.Size() == f.Size
}

// recipe decides how a file is made.
func (d *delivery) recipe(ctx context.Context, f manifest.File) (recipe, error) {
	if f.Size < smallFile || d.noCopies.Load() {
		return whole(f.Size), nil
	}
	if at := d.held[f.SHA256]; at != "" {
		return copyOf(at, f.Size), nil
	}
	if d.index == nil {
		return whole(f.Size), nil
	}
	s, ok := d.signature(f)
	if !ok {
		var err error
		if s, err = d.run.sign(ctx, d, f); err != nil {
			return recipe{}, err
		}
	}
	return rebuild(d.index.Delta(s, d.like(f)), d.olds), nil
}

// like finds the old file that is most likely the previous content of a file, -1 for none.
func (d *delivery) like(f manifest.File) int {
	if i, ok := d.oldAt[f.Path]; ok {
		return i
	}
	return slices.IndexFunc(d.olds, func(old string) bool { return path.Base(old) == path.Base(f.Path) })
}

// stage makes one file in the target's stage.
func (d *delivery) stage(ctx context.Context, name string, f manifest.File) (err error) {
	l := d.leaders[f.SHA256]
	if l != nil && l.path == f.Path {
		defer func() {
			l.ok = err == nil
			close(l.done)
		}()
	}
	if d.isStaged(f) {
		ok, err := d.stillRight(ctx, name, f)
		if err != nil {
			return err
		}
		if ok {
			d.nResumed.Add(1)
			d.resumed.Add(f.Size)
			d.run.meter.BytesDone.Add(f.Size)
			return nil
		}
	}
	r, err := d.recipe(ctx, f)
	if err != nil {
		return err
	}
	if l != nil && l.path != f.Path && !r.same {
		if twin, err := d.follow(ctx, l, f); err != nil || twin != nil {
			if err != nil {
				return err
			}
			r = *twin
		}
	}
	r = d.trim(ctx, f, r)
	err = d.make(ctx, name, f, r, d.partial(f, r))
	if errors.Is(err, errCopy) && ctx.Err() == nil {
		if !errors.Is(err, errors.ErrUnsupported) {
			d.nWrong.Add(1)
			d.tell("%s/%s: %v; it is sent whole", d.folder, f.Path, err)
		}
		r = whole(f.Size)
		err = d.make(ctx, name, f, r, entry{})
	}
	if err != nil {
		return err
	}
	switch {
	case r.same:
		d.nCopied.Add(1)
	case r.copies():
		d.nRebuilt.Add(1)
	default:
		d.nSent.Add(1)
	}
	d.rec.add(entry{Path: f.Path, SHA256: f.SHA256, Bytes: f.Size}, name, f.Size, false)
	return nil
}

// follow waits for the first file of a content and copies that, if it could be made and the target can copy.
func (d *delivery) follow(ctx context.Context, l *leader, f manifest.File) (*recipe, error) {
	if d.noCopies.Load() {
		return nil, nil
	}
	select {
	case <-l.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !l.ok || d.noCopies.Load() {
		return nil, nil
	}
	r := copyOf(d.work.Staged+"/"+l.path, f.Size)
	return &r, nil
}

// stillRight reports whether a staged file is what was recorded. Where reading it costs nothing it is read.
func (d *delivery) stillRight(ctx context.Context, name string, f manifest.File) (bool, error) {
	if d.t.network != nil {
		return true, nil
	}
	n, sum, err := tree.HashFile(ctx, d.t.Tree, name, nil)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return err == nil && n == f.Size && sum == f.SHA256, nil
}

// partial is how much of a file an earlier run left that this one can go on with.
func (d *delivery) partial(f manifest.File, r recipe) entry {
	e := d.known[f.Path]
	if !d.t.appends() || r.same || e.SHA256 != f.SHA256 || e.Bytes >= f.Size || d.work.There[f.Path] < e.Bytes {
		return entry{}
	}
	return e
}

// forget takes back what was recorded of a file that turned out to be wrong.
func (d *delivery) forget(f manifest.File) {
	d.rec.add(entry{Path: f.Path, SHA256: f.SHA256}, "", 0, true)
}

// stopped writes down what is staged, for the next run.
func (d *delivery) stopped() {
	if d.rec != nil {
		d.rec.flush()
	}
}

func (d *delivery) tell(format string, args ...any) {
	if d.run.o.Tell != nil {
		d.run.o.Tell(d.target, fmt.Sprintf(format, args...))
	}
}
