package packager

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source"
	"github.com/drivercat/drivercat/catalog/source/archive/external"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree"
)

// AdoptOptions say which folder is copied to the share's originals.
type AdoptOptions struct {
	Dir     string // the vendor's folder on this machine, or a single file: an archive or a setup program
	Model   string // checked by layout.CheckModel
	Target  catalog.Target
	Name    string          // of the folder among the originals, "" is Dir's own name, of a file without its extension
	Tools   []external.Tool // programs for archives that no reader knows
	Extract bool            // unpack the archives, each into a folder beside it
	DryRun  bool            // decide, write nothing
	Workers int             // files copied at once, 0 is one for each processor
	Meter   *catalog.Meter  // nil to not count
	Problem func(Problem)   // what is left behind and why; called from one goroutine at a time; nil to only count
	Waiting func(error)     // called once if another adoption for the model is waited for; the error names its holder; may be nil
}

// Problem is an input that was skipped; the rest went on.
type Problem struct {
	Path   string `json:"path"` // relative to the source folder
	Text   string `json:"text"`
	Advice string `json:"advice"`

	Warning bool `json:"warning,omitempty"` // nothing of the vendor's is left behind
}

// Adopted tells where a source lies among the originals.
type Adopted struct {
	Location string `json:"location"` // relative to the share root, forward slashes
	Origin   string `json:"origin"`   // the absolute folder it was copied from
	InPlace  bool   `json:"inPlace"`  // it lay among the originals already; nothing was copied
	Existed  bool   `json:"existed"`  // the same content is there already; nothing was copied
	Renamed  bool   `json:"renamed"`  // its own name is taken by another content
	Files    int    `json:"files"`
	Bytes    int64  `json:"bytes"`
	Problems int    `json:"problems"`
}

// AdoptSource copies a vendor's folder to <platform>/_OriginalSources_/<OS>/<Model>/<name>, byte by byte and with its files'
// times, and makes it visible as a whole or not at all. Originals are immutable: a folder of that name with other content is
// left alone and the next free name is taken (<name>-2); one with the same content is used as it is.
//
// Another adoption for the same model is waited for, 30 seconds at most.
//
// Links that leave the folder, unreadable and vanishing files are reported and left behind. Errors: *layout.NameError,
// *layout.ShareError, fs.ErrNotExist for the folder, tree.ErrLocked, and what the tree reports.
func AdoptSource(ctx context.Context, t tree.Tree, l layout.Layout, o AdoptOptions) (Adopted, error) {
	a := &adopter{t: t, o: o, meter: o.Meter}
	if a.meter == nil {
		a.meter = new(catalog.Meter)
	}
	a.o.Workers = workers(t, a.o.Workers)
	err := a.run(ctx, l)
	if err != nil {
		err = fmt.Errorf("packager: adopt %s: %w", o.Dir, err)
	}
	return a.res, err
}

type adopter struct {
	t     tree.Tree
	o     AdoptOptions
	meter *catalog.Meter
	root  *os.Root
	file  string       // the name of a single file in root, "" for a folder
	open  *source.Tree // what is in archives
	files []sourceFile // sorted by path
	mu    sync.Mutex
	res   Adopted
}

func (a *adopter) problem(name, text, advice string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.res.Problems++
	if a.o.Problem != nil {
		a.o.Problem(Problem{Path: name, Text: text, Advice: advice})
	}
}

func (a *adopter) run(ctx context.Context, l layout.Layout) error {
	if err := l.Check(); err != nil {
		return err
	}
	model, err := layout.CheckModel(a.o.Model)
	if err != nil {
		return err
	}
	parent := l.Originals(a.o.Target, model)
	if err := layout.CheckShare(layout.JoinShare(a.t.Root(), parent)); err != nil {
		return err
	}
	dir, err := a.locate()
	if err != nil {
		return err
	}
	a.o.Meter = a.meter
	if done, err := a.inPlace(dir, parent); done || err != nil {
		return err
	}
	name := a.o.Name
	switch {
	case name != "":
	case a.file != "":
		name = source.UnpackedFolders(a.file)[0]
	default:
		name = filepath.Base(dir)
	}
	if name, err = layout.CheckFolder(name); err != nil {
		return err
	}
	if a.root, err = os.OpenRoot(dir); err != nil {
		return err
	}
	defer a.root.Close()
	a.open = source.NewTree(a.root.FS().(source.Base), source.TreeOptions{Workers: a.o.Workers, Tools: a.o.Tools})
	defer a.open.Close()
	a.meter.SetPhase("looking")
	if err := a.list(ctx); err != nil {
		return err
	}
	if len(a.files) == 0 {
		return errors.New("the folder holds no readable file: nothing was adopted")
	}
	if err := a.checkLength(parent + "/" + name); err != nil {
		return err
	}
	if a.o.DryRun {
		_, err := a.choose(ctx, parent, name)
		return err
	}
	return a.publish(ctx, parent, name)
}

// locate finds the folder to adopt, or the one that a single file lies in.
func (a *adopter) locate() (string, error) {
	info, err := os.Stat(a.o.Dir)
	if err != nil {
		return "", err
	}
	if info.Mode().IsRegular() {
		abs, err := filepath.Abs(a.o.Dir)
		if err != nil {
			return "", err
		}
		if abs, err = filepath.EvalSymlinks(abs); err != nil {
			return "", err
		}
		a.res.Origin, a.file = abs, filepath.Base(abs)
		return filepath.Dir(abs), nil
	}
	dir, err := realDir(a.o.Dir)
	a.res.Origin = dir
	return dir, err
}

// realDir is the folder's absolute path with its links worked out.
func realDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return "", err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%s is no folder", abs)
	}
	return abs, nil
}

// inPlace finds out whether the source already lies where it would be copied to, and refuses a source that holds the share.
func (a *adopter) inPlace(dir, parent string) (bool, error) {
	if a.file != "" {
		return false, nil // its folder is not the source
	}
	if tree.Network(a.t) {
		return false, nil // its root is no path of this system
	}
	root, err := realDir(a.t.Root())
	if err != nil {
		return false, nil // a tree that is no folder of this machine
	}
	rel, err := filepath.Rel(root, dir)
	if err == nil {
		rel = filepath.ToSlash(rel)
		if rel == parent || strings.HasPrefix(rel, parent+"/") {
			a.res.Location, a.res.InPlace = rel, true
			return true, nil
		}
	}
	if back, err := filepath.Rel(dir, root); err == nil && (back == "." || filepath.IsLocal(back)) {
		return false, fmt.Errorf("the share %s lies inside the source: name the vendor's folder itself", root)
	}
	return false, nil
}

// checkLength refuses a folder whose own path is too long. Files that are too long in it are copied, since they are part
// of what the vendor shipped, and reported.
func (a *adopter) checkLength(folder string) error {
	if err := layout.CheckPath(a.t.Root(), folder, 1); err != nil {
		return err
	}
	over, longest := 0, ""
	for _, f := range a.files {
		n := layout.PathLen(f.path)
		if layout.CheckPath(a.t.Root(), folder, n) == nil {
			continue
		}
		if over++; n > layout.PathLen(longest) {
			longest = f.path
		}
	}
	var ne *layout.NameError
	if errors.As(layout.CheckPath(a.t.Root(), folder, layout.PathLen(longest)), &ne) && over > 0 {
		text := fmt.Sprintf("its path on the share is longer than the %d characters that ConfigMgr can handle", layout.MaxPath)
		if over > 1 {
			text += fmt.Sprintf(", and that of %s", others(over-1))
		}
		a.problem(longest, text, "for "+path.Base(folder)+": "+ne.Advice)
	}
	return nil
}

// publish copies into a stage beside the model's folder and renames it into place.
func (a *adopter) publish(ctx context.Context, parent, name string) error {
	dir, model := path.Split(parent)
	stage := dir + layout.AdoptPrefix + model
	// Looking first keeps a second adoption of the same source from writing so much as a lock.
	if existed, err := a.choose(ctx, parent, name); existed || err != nil {
		return err
	}
	undo, err := makeFolders(a.t, parent)
	if err != nil {
		return err
	}
	unlock, err := waitLock(ctx, a.t, dir+layout.LockPrefix+model, "", LockWait, a.o.Waiting)
	if err != nil {
		undo()
		return err
	}
	err = a.publishLocked(ctx, parent, name, stage)
	_ = unlock() // the lock ends with the process at the latest
	if err != nil {
		undo()
	}
	return err
}

func (a *adopter) publishLocked(ctx context.Context, parent, name, stage string) error {
	if err := tree.RemoveAll(a.t, stage); err != nil {
		return err
	}
	if existed, err := a.choose(ctx, parent, name); existed || err != nil {
		return err
	}
	err := a.copyAll(ctx, stage)
	if err == nil {
		err = a.t.MkdirAll(parent) // one that failed before may have taken it away again
	}
	if err == nil {
		err = a.t.Rename(stage, a.res.Location)
	}
	if err != nil {
		_ = tree.RemoveAll(a.t, stage) // what stays, the next adoption removes
		return err
	}
	return a.t.Sync(a.res.Location)
}

// choose finds the name to take, or the folder that already holds the same.
func (a *adopter) choose(ctx context.Context, parent, name string) (existed bool, err error) {
	a.res.Files, a.res.Bytes = len(a.files), 0
	for _, f := range a.files {
		a.res.Bytes += max(0, f.size)
	}
	for n := 1; ; n++ {
		a.res.Location, a.res.Renamed = path.Join(parent, name), n > 1
		if n > 1 {
			a.res.Location += fmt.Sprintf("-%d", n)
		}
		there, err := tree.Exists(a.t, a.res.Location)
		if err != nil || !there {
			return false, err
		}
		same, err := a.sameAs(ctx, a.res.Location)
		if err != nil {
			return false, err
		}
		if same {
			a.res.Existed = true
			return true, nil
		}
	}
}

func (a *adopter) copyAll(ctx context.Context, stage string) error {
	a.meter.SetPhase("copying")
	dirs := map[string]bool{stage: true}
	a.meter.FilesTotal.Add(int64(len(a.files)))
	a.meter.BytesTotal.Add(a.res.Bytes)
	for _, f := range a.files {
		dirs[path.Dir(stage+"/"+f.path)] = true
	}
	if err := makeAll(ctx, a.t, dirs); err != nil {
		return err
	}
	copied := make([]bool, len(a.files))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(a.o.Workers)
	inner := map[string]int32{}
	for i, f := range a.files {
		if f.from != "" {
			inner[f.from] = int32(i)
			continue
		}
		g.Go(func() (err error) {
			if err := gctx.Err(); err != nil {
				return err
			}
			copied[i], err = a.copy(gctx, stage, f)
			return err
		})
	}
	for _, task := range a.open.Tasks(inner) {
		g.Go(func() error {
			return task.Run(gctx, func(i int32, r io.Reader, _ *io.SectionReader) (err error) {
				copied[i], err = a.unpack(gctx, stage, i, r)
				return err
			})
		})
	}
	if err := g.Wait(); err != nil {
		return cmpErr(ctx.Err(), err)
	}
	names := make([]string, 0, len(a.files))
	a.res.Files, a.res.Bytes = 0, 0
	for i, f := range a.files {
		if copied[i] {
			names = append(names, stage+"/"+f.path)
			a.res.Files++
			a.res.Bytes += f.size
		}
	}
	if len(names) == 0 {
		return errors.New("no file could be read: nothing was adopted")
	}
	return a.t.Sync(names...)
}

func cmpErr(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// copy copies one file; false means that it was left behind, which has been reported.
func (a *adopter) copy(ctx context.Context, stage string, f sourceFile) (bool, error) {
	name := stage + "/" + f.path
	for try := 0; ; try++ {
		src, err := a.root.Open(f.path)
		if err != nil {
			a.problem(f.path, "cannot be read: "+cause(err), "check the rights on it, then import again")
			return false, nil
		}
		before, err := src.Stat()
		var w tree.Written
		if err == nil {
			w, err = tree.Write(ctx, a.t, name, src, tree.Options{NoHash: true, Bytes: &a.meter.BytesDone})
		}
		after, serr := src.Stat()
		_ = src.Close()
		if err != nil {
			return a.copyFailed(ctx, f, err)
		}
		if serr == nil && w.Size == after.Size() && before.ModTime().Equal(after.ModTime()) {
			if err := a.t.SetTime(name, after.ModTime()); err != nil {
				return false, err
			}
			a.meter.FilesDone.Add(1)
			return true, nil
		}
		if err := a.t.Remove(name); err != nil {
			return false, err
		}
		if try > 0 {
			a.problem(f.path, "kept changing while it was copied", "wait until nothing writes to the source, then import again")
			return false, nil
		}
	}
}

// unpack writes one file of an archive; false means that it was left behind, which has been reported.
func (a *adopter) unpack(ctx context.Context, stage string, i int32, r io.Reader) (bool, error) {
	f := &a.files[i]
	name := stage + "/" + f.path
	w, err := tree.Write(ctx, a.t, name, r, tree.Options{NoHash: true, Bytes: &a.meter.BytesDone})
	var re *tree.ReadError
	switch {
	case err == nil:
	case ctx.Err() == nil && errors.As(err, &re):
		a.problem(f.from, "cannot be unpacked: "+cause(re.Err), "get the archive again from the vendor")
		return false, nil
	default:
		return false, err
	}
	f.size = w.Size
	if !f.mtime.IsZero() {
		if err := a.t.SetTime(name, f.mtime); err != nil {
			return false, err
		}
	}
	a.meter.FilesDone.Add(1)
	return true, nil
}

// copyFailed tells an unreadable source file, which is left behind, from a tree that cannot be written, which ends it all.
func (a *adopter) copyFailed(ctx context.Context, f sourceFile, err error) (bool, error) {
	var re *tree.ReadError
	if ctx.Err() != nil || !errors.As(err, &re) {
		if ctx.Err() == nil && !a.readable(ctx, f) {
			a.problem(f.path, "cannot be read to its end", "check the disk it lies on, then import again")
			return false, nil
		}
		return false, err
	}
	a.problem(f.path, "cannot be read: "+cause(re.Err), "check the disk it lies on, then import again")
	return false, nil
}

// readable reads a file to its end: a copy made by the system does not say which side failed.
func (a *adopter) readable(ctx context.Context, f sourceFile) bool {
	r, err := a.openFile(ctx, f)
	if err != nil {
		return false
	}
	defer r.Close()
	buf := make([]byte, 1<<20)
	for {
		if n, err := r.Read(buf); err != nil {
			return n == 0 && err.Error() == "EOF"
		}
	}
}

// cause is the system's word without the operation and the path.
func cause(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

func others(n int) string {
	if n == 1 {
		return "1 other"
	}
	return fmt.Sprintf("%d others", n)
}
