package packager

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"sync/atomic"
	"time"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source/archive/external"
	"github.com/drivercat/drivercat/packager/archive"
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
	Packers []archive.Tool  // programs that make the archive of a package
	Temp    string          // folder for temporary files, "" is the system's

	// Recorded is the catalog's record of the package, nil if there is none. A manifest that is not the recorded one vouches
	// for nothing: every file is read, and the package becomes the version after the recorded one. A folder whose manifest is
	// gone is taken over if it holds nothing but files of the plan.
	Recorded *catalog.Package
	// Packages are the catalog's records of the packages of the tree. What a server can copy from one of them is not sent.
	Packages []catalog.Package

	Wait    time.Duration // how long to wait for another builder of the package; 0 does not wait
	Waiting func(error)   // called once if another builder is waited for; the error names it; may be nil

	// Versions keeps the version that is replaced, if it is not kept yet, and signatures of the contents that leave the
	// package. nil keeps nothing.
	Versions VersionStore
}

// Result tells what a build did.
type Result struct {
	Folder       string                  `json:"folder"`
	Version      int                     `json:"version"`
	Unchanged    bool                    `json:"unchanged"` // the package was there already; nothing was written
	Recovered    Recovery                `json:"recovered"` // what was done about an interrupted build before
	Files        int                     `json:"files"`
	Bytes        int64                   `json:"bytes"`
	Archive      *manifest.Archive       `json:"archive,omitempty"` // what Files lie in, if the package is one
	Was          string                  `json:"was,omitempty"`     // the format that the package had before, if it was another
	Written      int                     `json:"written"`           // files added or replaced
	WrittenBytes int64                   `json:"writtenBytes"`
	Kept         int                     `json:"kept"`    // files that were right already and were not touched
	Removed      []string                `json:"removed"` // files of the previous version that the package no longer has
	Extras       []string                `json:"extras"`  // files that no version had; removed too
	Manifest     catalog.Hash            `json:"manifest"`
	Body         []byte                  `json:"-"`       // of the manifest
	Signatures   []catalog.FileSignature `json:"-"`       // of contents that were sent over a network, to be kept after the version
	Skipped      []Skipped               `json:"skipped"` // from the plan

	ServerCopied      int   `json:"serverCopied"`      // of the files written: copied by the server, without their bytes passing through the program
	ServerCopiedBytes int64 `json:"serverCopiedBytes"` //
	Miscopied         int   `json:"miscopied"`         // copies of the server that were wrong; they were thrown away and the files sent
}

// Build carries a plan out on the tree whose root is the share root. The package becomes what the plan says, or stays what it was: whatever fails, and
// whenever the process dies. It first finishes or undoes what an interrupted build left.
//
// Files that are right already are not touched, and a package that is right already costs no write. A file counts as right if
// size and hash are those of the manifest and it is older than the manifest; newer ones are read and hashed.
//
// A package that is an archive is packed among the temporary files first; one that holds the same already is not packed again.
//
// Errors: *layout.ShareError (refused share), ErrNothing, ErrForeign, *SourceError, tree.ErrLocked, archive.ErrNoTool,
// archive.ErrTool, and what the tree reports.
func Build(ctx context.Context, t tree.Tree, p *Plan, o BuildOptions) (Result, error) {
	none := Result{Folder: p.Folder, Removed: []string{}, Extras: []string{}, Skipped: p.Skipped}
	if err := layout.CheckShare(layout.JoinShare(t.Root(), p.Folder)); err != nil {
		return none, err
	}
	if len(p.Drivers) == 0 {
		return none, fmt.Errorf("packager: build %s: %w", p.Folder, ErrNothing)
	}
	b := &builder{tree: t, from: &origins{tree: t, tools: o.Tools}, meter: o.Meter, folder: p.Folder, files: map[string]planned{}, rehash: o.Rehash}
	b.vouchers = newVouchers(t, p, o.Packages)
	defer b.from.Close()
	if b.meter == nil {
		b.meter = new(catalog.Meter)
	}
	for _, d := range p.Drivers {
		for _, f := range d.Files {
			from := d.Source
			if f.Source != nil {
				from = *f.Source
			}
			b.files[f.Path] = planned{f.From, from, f.MTime}
		}
	}
	pub := &Publication{Folder: p.Folder, Manifest: p.Manifest(1), Prepare: b.prepare, Stage: b.stage, Settle: b.settle}
	if o.Versions != nil {
		k := &keeper{tree: t, store: o.Versions, folder: p.Folder, recorded: o.Recorded, meter: b.meter}
		defer k.close()
		pub.Prepare = func(ctx context.Context, w Work) error {
			if err := k.prepare(ctx, w); err != nil {
				return err
			}
			return b.prepare(ctx, w)
		}
		pub.Settle = func(ctx context.Context) error { return errors.Join(k.settle(ctx), b.settle(ctx)) }
		if tree.Remote(t) {
			b.passing = new(passing)
		}
	}
	if f := p.archive(); f != "" {
		pk := &packer{builder: b, format: f, files: pub.Manifest.Files, opts: archive.Options{
			Workers: o.Workers, Temp: o.Temp, Tools: o.Packers, Bytes: &b.meter.BytesDone,
		}}
		defer pk.close()
		pub.Pack, pub.Stage = pk.pack, pk.stage
	}
	res, err := Publish(ctx, t, pub, PublishOptions{
		Force: o.Force, Rehash: o.Rehash, Workers: o.Workers, Holder: o.Holder, Meter: b.meter, Recorded: o.Recorded, Wait: o.Wait, Waiting: o.Waiting,
	})
	res.Skipped = p.Skipped
	if b.passing != nil {
		res.Signatures = b.passing.signed
	}
	res.ServerCopied, res.ServerCopiedBytes, res.Miscopied = int(b.copied.Load()), b.copiedBytes.Load(), int(b.miscopied.Load())
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

// builder takes the files of a plan from their sources.
type builder struct {
	tree     tree.Tree
	from     *origins
	vouchers *vouchers
	folder   string             // of the package
	files    map[string]planned // by path in the package
	meter    *catalog.Meter
	rehash   bool
	passing  *passing // nil to not sign what is sent

	copied, copiedBytes, miscopied atomic.Int64
}

// planned is where a file of a plan comes from.
type planned struct {
	path   string // in the source
	source SourceRef
	mtime  int64 // as the import recorded it, nanoseconds since 1970; 0 if it did not
}

func (b *builder) prepare(_ context.Context, w Work) error {
	b.vouchers.held = map[catalog.Hash]string{}
	for _, f := range w.Old {
		b.vouchers.held[f.SHA256] = path.Join(b.folder, f.Path)
	}
	return nil
}

// stage copies one file: on the server from where it vouches for the content, or else from its source.
func (b *builder) stage(ctx context.Context, name string, f manifest.File) error {
	p := b.files[f.Path]
	var signing *signingReader
	open := func() (io.ReadCloser, error) {
		src, err := b.from.file(ctx, p.source, p.path)
		if err != nil {
			return nil, &SourceError{Source: p.source, Path: p.path, Err: err}
		}
		if b.passing != nil && worthSigning(f) {
			signing = b.passing.reader(ctx, src)
			return signing, nil
		}
		return src, nil
	}
	c, err := tree.Copy(ctx, b.tree, name, open, tree.CopyOptions{
		Expect: tree.Expect{Check: true, Size: f.Size, SHA256: f.SHA256}, Rehash: b.rehash, Bytes: &b.meter.BytesDone,
		From: func(context.Context) []string { return b.vouchers.files(f, p) },
	})
	b.miscopied.Add(int64(c.Wrong))
	if c.OnServer {
		b.copied.Add(1)
		b.copiedBytes.Add(f.Size)
	}
	if err == nil && signing != nil {
		b.passing.keep(signing, f)
	}
	var re *tree.ReadError
	switch {
	case errors.Is(err, tree.ErrWrongLength), errors.Is(err, tree.ErrWrongHash):
		return &SourceError{Source: p.source, Path: p.path, Err: fmt.Errorf("%w: %w (run drivercat import again)", ErrChanged, err)}
	case errors.As(err, &re):
		return &SourceError{Source: p.source, Path: p.path, Err: err}
	}
	return err
}

// settle sees that nobody wrote to what the server copied. It closes the sources: one may be the package itself, and Windows
// keeps open files where they are.
func (b *builder) settle(ctx context.Context) error {
	b.from.Close()
	return b.vouchers.check(ctx)
}
