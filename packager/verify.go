package packager

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/archive"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// VerifyOptions say how packages are verified. The zero value is right for everyday use.
type VerifyOptions struct {
	Workers   int               // files read at once, 0 is one for each processor
	Packers   []archive.Tool    // programs that open archives
	Temp      string            // folder for temporary files, "" is the system's
	NoRecover bool              // report an interrupted build instead of finishing or undoing it
	Recorded  []catalog.Package // what the catalog knows to be published; their manifests are compared with it. nil: the share is believed
	Meter     *catalog.Meter    // nil to not count
	Wait      time.Duration     // how long to wait for a builder of a package; 0 does not wait
	Waiting   func(error)       // called once for each package whose builder is waited for; the error names it; may be nil
}

// The codes of what Verify finds.
const (
	FoundMissing       = "missing"        // listed and not there; without a path the whole package
	FoundExtra         = "extra"          // there and not listed
	FoundChanged       = "changed"        // another size or another hash
	FoundUnreadable    = "unreadable"     // cannot be read, so not vouched for
	FoundManifest      = "manifest"       // the manifest is missing, damaged, too new or not the one that was published
	FoundHalfPublished = "half-published" // an interrupted build that could not be finished or undone
	FoundBusy          = "busy"           // another drivercat is building the package
)

// Finding is something wrong with a package.
type Finding struct {
	Folder string `json:"folder"`         // of the package, relative to the share root
	Path   string `json:"path,omitempty"` // in the package
	Code   string `json:"code"`
	Text   string `json:"text"`
	Advice string `json:"advice"`
}

// Verified is the result for one package.
type Verified struct {
	Folder    string         `json:"folder"`
	Model     catalog.Model  `json:"model"`
	Target    catalog.Target `json:"target"`
	Version   int            `json:"version"`
	Files     int            `json:"files"` // read and compared
	Bytes     int64          `json:"bytes"`
	Archive   string         `json:"archive,omitempty"`  // the file that a package consists of which is an archive
	Unopened  string         `json:"unopened,omitempty"` // why the archive was compared as a whole only, and not file by file
	Recovered Recovery       `json:"recovered"`
	Findings  []Finding      `json:"findings"`
}

// OK reports whether the package is what its manifest says.
func (v Verified) OK() bool { return len(v.Findings) == 0 }

// Verify reads packages whole and compares them with their manifests. It first finishes or undoes an interrupted build. The
// error is about the operation, a cancelled context or a tree that cannot be read at all; what is wrong with a package is a Finding.
func Verify(ctx context.Context, t tree.Tree, o VerifyOptions, folders ...string) ([]Verified, error) {
	if o.Meter == nil {
		o.Meter = new(catalog.Meter)
	}
	o.Workers = workers(t, o.Workers)
	o.Meter.SetPhase("verifying")
	out := make([]Verified, 0, len(folders))
	for _, f := range folders {
		v := verifier{t: t, o: o, v: Verified{Folder: f, Findings: []Finding{}}}
		err := v.settled(ctx)
		if err == nil {
			err = v.gone
		}
		if err != nil {
			return out, fmt.Errorf("packager: verify %s: %w", f, err)
		}
		out = append(out, v.v)
	}
	return out, nil
}

type verifier struct {
	t  tree.Tree
	o  VerifyOptions
	mu sync.Mutex
	v  Verified

	gone error // the server is; what was found since then means nothing
}

func (v *verifier) found(code, name, advice, format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, a := range args {
		if err, ok := a.(error); ok && errors.Is(err, tree.ErrUnreachable) {
			v.gone = err
		}
	}
	v.v.Findings = append(v.v.Findings, Finding{Folder: v.v.Folder, Path: name, Code: code, Text: fmt.Sprintf(format, args...), Advice: advice})
}

const (
	buildAgain  = "build the package again"
	rehashAgain = "build the package again with --rehash"
	packAgain   = "delete the archive and build the package again"
	buildForce  = "look what is in the folder; building the package with --force takes it over and removes the files that are not in the plan"
)

// publishedMeanwhile is how often a package is looked at again because it was published while it was read.
const publishedMeanwhile = 3

// settled verifies a package until nobody publishes it meanwhile: half of the old one and half of the new one is nothing to
// tell anybody about.
func (v *verifier) settled(ctx context.Context) error {
	for try := 1; ; try++ {
		before, _ := fs.ReadFile(treeFS{v.t}, v.v.Folder+"/"+manifest.Name)
		if err := v.run(ctx); err != nil || v.v.OK() || v.gone != nil {
			return err
		}
		after, _ := fs.ReadFile(treeFS{v.t}, v.v.Folder+"/"+manifest.Name)
		if bytes.Equal(before, after) || v.v.Recovered != NothingToRecover {
			return nil
		}
		if try == publishedMeanwhile {
			v.v.Findings = []Finding{}
			v.found(FoundBusy, "", "verify again when nobody builds it any more", "the package was published again and again while it was read")
			return nil
		}
		v.v = Verified{Folder: v.v.Folder, Findings: []Finding{}}
	}
}

func (v *verifier) run(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !v.recover(ctx) {
		return nil
	}
	record := Recorded(v.o.Recorded, v.v.Folder)
	raw, err := fs.ReadFile(treeFS{v.t}, v.v.Folder+"/"+manifest.Name)
	if err != nil {
		return v.noManifest(err, record)
	}
	m, err := manifest.Parse(raw)
	if err != nil {
		advice := buildAgain
		if errors.Is(err, manifest.ErrNewerFormat) {
			advice = "use a newer drivercat"
		}
		v.found(FoundManifest, manifest.Name, advice, "%v", err)
		return nil
	}
	v.v.Model, v.v.Target, v.v.Version = m.Model, m.Target, m.Version
	if !Vouched(raw, m, record) {
		v.found(FoundManifest, manifest.Name, buildAgain, "the manifest is not the one that was published: it is version %d with the SHA-256 %s, the catalog recorded version %d with %s",
			m.Version, catalog.Hash(sha256.Sum256(raw)).Short(), record.Version, record.Manifest.Short())
	}
	if err := v.files(ctx, m); err != nil {
		return err
	}
	if m.Archive != nil {
		v.v.Archive = m.Archive.Name
		if err := v.inside(ctx, m); err != nil {
			return err
		}
	}
	slices.SortFunc(v.v.Findings, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Code, b.Code))
	})
	return nil
}

// noManifest tells a package that is gone from a folder without a manifest.
func (v *verifier) noManifest(err error, record *catalog.Package) error {
	if record != nil {
		v.v.Model, v.v.Target = record.Model, record.Target
	}
	if !errors.Is(err, fs.ErrNotExist) {
		v.found(FoundManifest, manifest.Name, "check the rights on the file and the disk it lies on", "%v", err)
		return nil
	}
	there, err := tree.Exists(v.t, v.v.Folder)
	switch {
	case err != nil:
		return err
	case !there && record != nil:
		v.found(FoundMissing, "", buildAgain, "the package folder is missing, although the catalog records version %d of it", record.Version)
	case !there:
		v.found(FoundMissing, "", buildAgain, "the package folder is missing")
	case record != nil:
		v.found(FoundManifest, manifest.Name, buildAgain+"; if other files lie in its folder it takes --force, which removes them", "there is no %s, although the catalog records version %d of this package", manifest.Name, record.Version)
	default:
		v.found(FoundManifest, manifest.Name, buildForce, "there is no %s, so this is no package of drivercat", manifest.Name)
	}
	return nil
}

// recover deals with an interrupted build and reports whether it makes sense to go on.
func (v *verifier) recover(ctx context.Context) bool {
	s := siteOf(v.v.Folder)
	if v.o.NoRecover {
		if there, err := tree.Exists(v.t, s.journal()); err == nil && there {
			v.found(FoundHalfPublished, "", buildAgain, "an interrupted build left the package half published (%s)", s.journal())
			return false
		}
		return true
	}
	r, err := recoverWaiting(ctx, v.t, v.v.Folder, v.o.Wait, v.o.Waiting)
	v.v.Recovered = cmp.Or(v.v.Recovered, r)
	switch {
	case errors.Is(err, tree.ErrLocked):
		v.found(FoundBusy, "", "verify again when the build is done", "%v", err)
		return false
	case err != nil:
		if there, eerr := tree.Exists(v.t, s.journal()); eerr == nil && !there {
			return true // the stage is rubbish that could not be removed; the package itself is whole
		}
		v.found(FoundHalfPublished, "", buildAgain, "an interrupted build left the package half published, and it could not be finished: %v", err)
		return false
	}
	return true
}

func (v *verifier) files(ctx context.Context, m *manifest.Manifest) error {
	there := map[string]fs.FileInfo{}
	if err := walk(ctx, v.t, v.v.Folder, func(name string, i fs.FileInfo) { there[name] = i }); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		v.found(FoundUnreadable, "", "check the rights on the folder", "%v", err)
		return nil
	}
	delete(there, manifest.Name)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(v.o.Workers)
	published := m.Published()
	v.o.Meter.FilesTotal.Add(int64(len(published)))
	for _, f := range published {
		v.o.Meter.BytesTotal.Add(f.Size)
		i := there[f.Path]
		delete(there, f.Path)
		switch {
		case i == nil:
			v.found(FoundMissing, f.Path, buildAgain, "missing (%d bytes)", f.Size)
		case !i.Mode().IsRegular():
			v.found(FoundChanged, f.Path, buildAgain, "is %s instead of a file", kindOf(i))
		case i.Size() != f.Size:
			v.found(FoundChanged, f.Path, buildAgain, "has %d bytes instead of %d", i.Size(), f.Size)
		default:
			g.Go(func() error { return v.hash(gctx, f) })
			continue
		}
		v.o.Meter.FilesDone.Add(1)
		v.o.Meter.BytesDone.Add(f.Size)
	}
	err := g.Wait()
	for name, i := range there {
		v.found(FoundExtra, name, "build the package again, which removes it, or move it elsewhere first", "is not in the manifest (%s, %d bytes)", kindOf(i), i.Size())
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (v *verifier) hash(ctx context.Context, f manifest.File) error {
	n, sum, err := tree.HashFile(ctx, v.t, v.v.Folder+"/"+f.Path, &v.o.Meter.BytesDone)
	v.o.Meter.FilesDone.Add(1)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		v.found(FoundUnreadable, f.Path, "check the rights on the file and the disk it lies on", "%v", err)
	case n != f.Size || sum != f.SHA256:
		v.found(FoundChanged, f.Path, rehashAgain, "its content has the SHA-256 %s instead of %s", sum.Short(), f.SHA256.Short())
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.v.Files++
	v.v.Bytes += n
	return nil
}

func kindOf(i fs.FileInfo) string {
	switch m := i.Mode(); {
	case m&fs.ModeSymlink != 0:
		return "a symbolic link"
	case m.IsDir():
		return "a folder"
	case m.IsRegular():
		return "a file"
	}
	return "a special file"
}

// PackageFolder is a folder of the share layout that holds a package.
type PackageFolder struct {
	Folder string         `json:"folder"` // relative to the share root
	OS     string         `json:"os"`     // folder name
	Model  string         `json:"model"`  // folder name
	Target catalog.Target `json:"target"` // zero if the OS folder is none of the table's
}

// Packages lists the folders that hold packages of drivercat, or the remains of an interrupted build, ordered by path. A
// share without any is not an error.
func Packages(ctx context.Context, t tree.Tree, l layout.Layout) ([]PackageFolder, error) {
	var out []PackageFolder
	models, err := modelFolders(ctx, t, l.PackagesRoot())
	if err != nil {
		return nil, fmt.Errorf("packager: list packages: %w", err)
	}
	for _, m := range models {
		for _, sign := range []string{m.Folder + "/" + manifest.Name, siteOf(m.Folder).journal()} {
			there, err := tree.Exists(t, sign)
			if err != nil {
				return nil, fmt.Errorf("packager: list packages: %w", err)
			}
			if there {
				out = append(out, m)
				break
			}
		}
	}
	return out, nil
}

// modelFolders lists <OS>/<Model> below a folder of the layout.
func modelFolders(ctx context.Context, t tree.Tree, root string) ([]PackageFolder, error) {
	systems, err := t.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []PackageFolder
	for _, s := range systems {
		if !s.IsDir() || ours(s.Name()) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		target, err := catalog.ParseTarget(s.Name(), "")
		if err != nil || target.Folder() != s.Name() && !strings.EqualFold(target.Folder(), s.Name()) {
			target = catalog.Target{}
		}
		models, err := t.ReadDir(path.Join(root, s.Name()))
		if err != nil {
			return nil, err
		}
		for _, m := range models {
			if m.IsDir() && !ours(m.Name()) {
				out = append(out, PackageFolder{Folder: path.Join(root, s.Name(), m.Name()), OS: s.Name(), Model: m.Name(), Target: target})
			}
		}
	}
	return out, nil
}

func ours(name string) bool {
	return strings.HasPrefix(strings.ToLower(name), layout.OwnPrefix)
}

// NearMisses looks below the platform folder for folders that were meant to be the layout's own.
func NearMisses(t tree.Tree, l layout.Layout) ([]layout.Warning, error) {
	entries, err := t.ReadDir(l.PlatformFolder())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("packager: look at the platform folder: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return layout.NearMisses(names), nil
}
