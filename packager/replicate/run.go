package replicate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// DefaultParallel is how many targets are served at once if nothing else is said.
const DefaultParallel = 4

// Signatures gives the chunk signatures that are kept of contents, see catalog.VersionStore.
type Signatures interface {
	Signatures(ctx context.Context, files []catalog.Hash) (map[catalog.Hash][]byte, error)
}

// Target is a share that packages are brought to.
type Target struct {
	Name string // as the user calls it
	Root string // local path or UNC path
	// Open opens its tree. What it returns is used for one run and closed by calling close.
	Open func(ctx context.Context) (t tree.Tree, close func() error, err error)
}

// Options say how packages are replicated. The zero value is right for everyday use.
type Options struct {
	DryRun      bool // tell what would be done, and write nothing
	TrustCopies bool // believe what a target says about what it copied, instead of reading it back
	Rehash      bool // read every file of the targets, and every copy made there, instead of trusting size and time
	Force       bool // take over folders at the target that drivercat did not make

	Parallel int    // targets served at once, 0 is DefaultParallel
	Workers  int    // files under way to one target, 0 is a choice by its kind
	Holder   string // who replicates, for others that find the lock

	Wait time.Duration // how long to wait for another drivercat that works on a package; 0 does not wait

	Packages   []catalog.Package // what the catalog knows of the share's packages; nil: the share is believed
	Signatures Signatures        // nil: changed files are sent whole
	Keep       SignatureStore    // gets signatures of what is read from a share over a network; nil to keep none
	Limit      *Limit            // of bandwidth, for trees that do not reach a network by themselves; see Limit.Conn for the others
	Meter      *catalog.Meter    // nil to not count

	// ReadOld reads old files of a target whose signatures are not kept. That costs about as many bytes as sending their new
	// contents, but the other way.
	ReadOld bool
	// ProgressBytes is how much of a large file is sent between two records of it, 0 is 32 MiB.
	ProgressBytes int64

	Tell func(t Target, text string) // something worth knowing, as it happens; nil to not tell
	Done func(t Target, p Package)   // a package was brought, or was there; from several goroutines at once; may be nil
}

// State is what came of a package at a target.
type State string

// The states.
const (
	Unchanged State = "unchanged" // it was right already; nothing was written
	Brought   State = "brought"
	Planned   State = "planned" // in a dry run: something would be done
	Failed    State = "failed"  // it is what it was, or the next command on it finishes it
	NotDone   State = "not-done"
)

// Package tells what was done about a package at a target.
type Package struct {
	Folder  string `json:"folder"` // relative to the share root
	Version int    `json:"version"`
	State   State  `json:"state"`
	Files   int    `json:"files"`
	Bytes   int64  `json:"bytes"`

	Left    int `json:"left"`    // files that were right and were not touched
	Copied  int `json:"copied"`  // files that the target copied from one of the same content, under another name or in another package
	Rebuilt int `json:"rebuilt"` // files made of ranges of old ones and what was sent
	Sent    int `json:"sent"`    // files sent whole
	Resumed int `json:"resumed"` // files that an earlier run had sent
	Removed int `json:"removed"` // files of an earlier version, or of none
	Wrong   int `json:"wrong"`   // copies that turned out to be wrong; these files were sent whole

	SentBytes    int64        `json:"sentBytes"`    // of content; in a dry run an estimate
	CopiedBytes  int64        `json:"copiedBytes"`  // of content, copied by the target
	ResumedBytes int64        `json:"resumedBytes"` // of content, sent by an earlier run
	Traffic      tree.Traffic `json:"traffic"`      // what crossed the wire, from counters
	Seconds      float64      `json:"seconds"`

	Err   error  `json:"-"`
	Error string `json:"error,omitempty"`
}

// At is what was done at one target.
type At struct {
	Target   Target       `json:"-"`
	Name     string       `json:"name"`
	Root     string       `json:"root"`
	Packages []Package    `json:"packages"`
	Traffic  tree.Traffic `json:"traffic"` // all of it, connecting and looking around included
	Network  bool         `json:"network"` // the traffic is what the network carried; otherwise bytes written and read
	Seconds  float64      `json:"seconds"`
	Err      error        `json:"-"`
	Error    string       `json:"error,omitempty"` // why the target as a whole failed
}

// OK reports whether every package is right at the target.
func (a At) OK() bool {
	for _, p := range a.Packages {
		if p.State == Failed || p.State == NotDone {
			return false
		}
	}
	return a.Err == nil
}

// run is one replication.
type run struct {
	src     tree.Tree
	folders []string
	o       Options
	meter   *catalog.Meter
	buffers sync.Pool
	signer  signer
	keeper  keeper
	files   int // under way to one target over a network
}

// Run brings packages, by their folders on the share, to targets. What fails at one target, or about one package, is in the
// result and stops nothing else. When the context ends what is staged stays for the next run.
func Run(ctx context.Context, src tree.Tree, folders []string, targets []Target, o Options) []At {
	r := &run{src: src, folders: folders, o: o, meter: o.Meter}
	if r.meter == nil {
		r.meter = new(catalog.Meter)
	}
	if r.o.ProgressBytes <= 0 {
		r.o.ProgressBytes = progressBytes
	}
	if tree.Remote(src) && !o.DryRun {
		r.keeper.store = o.Keep
	}
	n := int(min(int64(o.Limit.buffer()), r.o.ProgressBytes))
	r.buffers.New = func() any { b := make([]byte, n); return &b }
	out := make([]At, len(targets))
	var g errgroup.Group
	if o.Parallel <= 0 {
		o.Parallel = DefaultParallel
	}
	parallel, files := o.Limit.spread(min(o.Parallel, max(len(targets), 1)))
	r.files = files
	g.SetLimit(parallel)
	for i, t := range targets {
		g.Go(func() error {
			start := time.Now()
			out[i] = r.at(ctx, t)
			out[i].Seconds = time.Since(start).Seconds()
			return nil
		})
	}
	_ = g.Wait() // failures are in the results
	if err := r.keeper.close(ctx); err != nil && o.Tell != nil && len(targets) > 0 {
		o.Tell(targets[0], fmt.Sprintf("signatures for the next update cannot be kept: %v", err))
	}
	return out
}

// at serves one target.
func (r *run) at(ctx context.Context, t Target) (a At) {
	a = At{Target: t, Name: t.Name, Root: t.Root, Packages: []Package{}}
	fail := func(err error) At {
		a.Err, a.Error = err, err.Error()
		for _, f := range r.folders[len(a.Packages):] {
			a.Packages = append(a.Packages, Package{Folder: f, State: NotDone})
		}
		return a
	}
	if ctx.Err() != nil {
		return fail(context.Cause(ctx))
	}
	if err := layout.CheckShare(t.Root); err != nil {
		return fail(err)
	}
	dst, closeTree, err := t.Open(ctx)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return fail(err)
	}
	defer closeTree()
	w := newWired(ctx, dst, r.o.Limit)
	a.Network = w.network != nil
	defer func() { a.Traffic = w.counted() }()
	if w.network != nil {
		w.before = tree.Traffic{} // the tree is ours: connecting counts
	}
	if err := r.notSource(w); err != nil {
		return fail(err)
	}
	for _, folder := range r.folders {
		start, before := time.Now(), w.counted()
		p := r.bring(ctx, t, w, folder)
		after := w.counted()
		p.Traffic = tree.Traffic{Sent: after.Sent - before.Sent, Received: after.Received - before.Received}
		p.Seconds = time.Since(start).Seconds()
		if p.Err != nil {
			p.Error = p.Err.Error()
		}
		a.Packages = append(a.Packages, p)
		switch {
		case ctx.Err() != nil:
			return fail(context.Cause(ctx))
		case p.Err != nil && gone(w):
			return fail(p.Err)
		case p.State != Failed && p.State != Planned && r.o.Done != nil && !r.o.DryRun:
			r.o.Done(t, p)
		}
	}
	return a
}

// gone reports whether a target does not answer at all any more.
func gone(t tree.Tree) bool {
	_, err := t.Lstat(".")
	return err != nil
}

// bring makes a package at a target what it is on the share.
func (r *run) bring(ctx context.Context, target Target, t *wired, folder string) (p Package) {
	p = Package{Folder: folder, State: Failed}
	m, err := r.load(ctx, folder)
	if err != nil {
		p.Err = err
		return p
	}
	p.Version, p.Files, p.Bytes = m.Version, len(m.Published()), sizeOf(m.Published())
	d := &delivery{run: r, target: target, t: t, folder: folder, m: m}
	pub := &packager.Publication{Folder: folder, Manifest: m, Exact: true, Resume: true, Prepare: d.prepare, Stage: d.stage, Stopped: d.stopped}
	o := packager.PublishOptions{
		Force: r.o.Force, Rehash: r.o.Rehash, Workers: r.o.Workers, Holder: r.o.Holder, Meter: r.meter,
		Wait: r.o.Wait, Waiting: func(err error) { d.tell("waiting: %v", err) },
	}
	if o.Workers <= 0 && t.network != nil {
		o.Workers = r.files
	}
	if r.o.DryRun {
		return d.dryRun(ctx, pub, o, p)
	}
	res, err := packager.Publish(ctx, t, pub, o)
	d.report(&p)
	p.Left, p.Removed = res.Kept, len(res.Removed)+len(res.Extras)
	switch {
	case err != nil && ctx.Err() != nil:
		p.State, p.Err = NotDone, context.Cause(ctx)
	case err != nil:
		p.Err = fmt.Errorf("bring %s: %w", folder, err)
	case res.Unchanged:
		p.State = Unchanged
	default:
		p.State = Brought
	}
	return p
}

func (d *delivery) report(p *Package) {
	p.Copied, p.Rebuilt, p.Sent = int(d.nCopied.Load()), int(d.nRebuilt.Load()), int(d.nSent.Load())
	p.Resumed, p.Wrong = int(d.nResumed.Load()), int(d.nWrong.Load())
	p.SentBytes, p.CopiedBytes, p.ResumedBytes = d.sent.Load(), d.copied.Load(), d.resumed.Load()
}

// dryRun tells what bring would do.
func (d *delivery) dryRun(ctx context.Context, pub *packager.Publication, o packager.PublishOptions, p Package) Package {
	work, res, err := packager.Compare(ctx, d.t, pub, o)
	if err == nil {
		err = d.prepare(ctx, work)
	}
	if err != nil {
		p.Err = fmt.Errorf("compare %s: %w", d.folder, err)
		return p
	}
	p.Left, p.Removed = res.Kept, len(res.Removed)+len(res.Extras)
	if res.Unchanged {
		p.State = Unchanged
		return p
	}
	p.State = Planned
	p.SentBytes = int64(len(d.m.Encode()))
	for _, f := range work.Put {
		r, err := d.recipe(ctx, f)
		if l := d.leaders[f.SHA256]; err == nil && l != nil && l.path != f.Path {
			r = copyOf(l.path, f.Size)
		}
		switch {
		case err != nil:
			p.State, p.Err = Failed, err
			return p
		case r.same:
			p.Copied++
		case r.copies():
			p.Rebuilt++
		default:
			p.Sent++
		}
		p.SentBytes += r.sent()
		p.CopiedBytes += f.Size - r.sent()
	}
	return p
}

// load reads a package's manifest from the share. The manifest at the target will be the same bytes.
func (r *run) load(ctx context.Context, folder string) (*manifest.Manifest, error) {
	if !r.o.DryRun {
		if _, err := packager.Recover(ctx, r.src, folder); err != nil {
			return nil, fmt.Errorf("%s on the share: %w", folder, err)
		}
	}
	name := folder + "/" + manifest.Name
	raw, err := fs.ReadFile(treeFS{r.src}, name)
	if err != nil {
		return nil, err
	}
	m, err := manifest.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	record := packager.Recorded(r.o.Packages, folder)
	switch {
	case !packager.Vouched(raw, m, record):
		return nil, &SourceError{name, fmt.Errorf("it is version %d, which was not published; the catalog recorded version %d (build the package again)", m.Version, record.Version)}
	case !bytes.Equal(raw, m.Encode()):
		return nil, &SourceError{name, errors.New("it is not written as drivercat writes it (build the package again)")}
	}
	return m, nil
}

// notSource refuses a target that is the share itself, however it is spelled or reached.
func (r *run) notSource(t *wired) error {
	if sameFile(r.src, ".", t.Tree, ".") || sameUNC(r.src.Root(), t.Root()) {
		return errSame(t.Root(), r.src.Root())
	}
	for _, folder := range r.folders {
		if sameFile(r.src, folder, t.Tree, folder) {
			return errSame(layout.JoinShare(t.Root(), folder), layout.JoinShare(r.src.Root(), folder))
		}
	}
	if inside(t.Root(), r.src.Root()) {
		return fmt.Errorf("%w: %s lies inside it", ErrSame, t.Root())
	}
	for _, folder := range r.folders {
		name := folder + "/" + manifest.Name
		a, aerr := r.src.Lstat(name)
		b, berr := t.Lstat(name)
		if aerr != nil || berr != nil || a.Size() != b.Size() || a.ModTime().Sub(b.ModTime()).Abs() > 2*time.Second {
			continue
		}
		// So young a twin is the same file, or was copied with its time by another program.
		same, err := marked(r.src, t.Tree, path.Dir(folder))
		if same {
			return errSame(t.Root(), r.src.Root())
		}
		return err
	}
	return nil
}
