package intake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source"
)

// Revision numbers the rules by which drivers are judged. A source that was imported with another revision is judged
// again at its next import, without hashing what has not changed.
const Revision = 1

// maxINF is the largest INF that is parsed, in bytes. Real ones stay below 3 MB.
const maxINF = 16 << 20

// Options choose how a source is imported; the zero value is fine.
type Options struct {
	Workers int      // files read at the same time; 0: GOMAXPROCS
	Rehash  bool     // read every file again, whatever its size and time say
	Exclude []string // folders relative to the source that are not part of it
	Origin  string   // where an adopted source was copied from
	Now     func() time.Time
	Meter   *catalog.Meter
	// Problem, if not nil, is told of everything that could not be read, one call at a time.
	Problem func(Problem)
}

// Problem is something in a source that could not be read or deserves a look.
type Problem struct {
	Code    string `json:"code"`
	Path    string `json:"path"` // relative to the source, forward slashes
	Text    string `json:"text"`
	Advice  string `json:"advice"`
	Warning bool   `json:"warning,omitempty"` // the import is complete all the same
}

// Result says what an import did.
type Result struct {
	Source         catalog.Source `json:"source"`
	Unchanged      bool           `json:"unchanged"` // nothing was read, nothing was stored
	FoldersChanged int            `json:"foldersChanged"`
	HashedFiles    int64          `json:"hashedFiles"`
	HashedBytes    int64          `json:"hashedBytes"`
	ParsedINFs     int64          `json:"parsedInfs"`
	Problems       int            `json:"problems"` // without warnings
}

var errNoLocation = errors.New("the source's location is empty")

// Import brings the catalog's record of a source up to date with the folder dir.
//
// Errors are about the operation: a missing folder, a store that fails, an ended context; then the catalog is as it was.
// What is wrong with single files goes to Options.Problem and into the source's accounting.
func Import(ctx context.Context, store catalog.Store, key catalog.SourceKey, dir string, o Options) (Result, error) {
	if key.Location == "" || key.Model.Name == "" {
		return Result{}, fmt.Errorf("intake: import %s: %w", dir, errNoLocation)
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Meter == nil {
		o.Meter = &catalog.Meter{}
	}
	o.Meter.SetPhase("looking")
	listing, err := source.WalkFolder(ctx, dir, source.WalkOptions{Workers: o.Workers, Exclude: o.Exclude, Meter: o.Meter})
	if err != nil {
		return Result{}, fmt.Errorf("intake: import %s: %w", dir, err)
	}
	im := &importer{dir: dir, o: o, listing: listing}
	for _, p := range listing.Problems {
		im.problem(Problem{Code: p.Code, Path: p.Path, Text: p.Text, Advice: p.Advice, Warning: p.Warning})
	}
	if err := im.lookup(ctx, store, key); err != nil {
		return Result{}, fmt.Errorf("intake: import %s: %w", dir, err)
	}
	if im.unchanged() {
		im.result.Unchanged = true
		im.result.Source = im.prior
		im.result.Problems = im.problems
		return im.result, nil
	}
	im.result.FoldersChanged = len(im.changed)
	if im.root, err = os.OpenRoot(dir); err != nil {
		return Result{}, fmt.Errorf("intake: import %s: %w", dir, err)
	}
	defer im.root.Close()
	if err := store.UpdateSource(ctx, key, func(w catalog.SourceWriter) error { return im.run(ctx, w) }); err != nil {
		return Result{}, fmt.Errorf("intake: import %s: %w", dir, err)
	}
	im.result.Problems = im.problems
	if im.result.Source, err = store.Source(ctx, im.id); err != nil {
		return Result{}, fmt.Errorf("intake: import %s: %w", dir, err)
	}
	return im.result, nil
}

// importer is one import under way.
type importer struct {
	dir     string
	root    *os.Root // dir, while files are read
	o       Options
	listing *source.Listing
	result  Result

	id      int64
	prior   catalog.Source // zero if the source is new
	folders map[string]catalog.Fingerprint
	changed map[string]bool // folders that are new or have another fingerprint
	gone    []string        // folders that the catalog knows and the source no longer has

	tree *tree
	prev previous

	mu       sync.Mutex // guards the two below
	problems int
	setups   map[int32]catalog.InstallerInfo // setup programs by file
}

// problem reports something that could not be read. It is safe for concurrent use.
func (im *importer) problem(p Problem) {
	im.mu.Lock()
	defer im.mu.Unlock()
	if !p.Warning {
		im.problems++
	}
	if im.o.Problem != nil {
		im.o.Problem(p)
	}
}

// lookup reads what the catalog knows of the source's folders and compares it with the listing.
func (im *importer) lookup(ctx context.Context, store catalog.Store, key catalog.SourceKey) error {
	sources, err := store.Sources(ctx, catalog.SourceFilter{Model: key.Model.Name, Target: key.Target, Location: key.Location})
	if err != nil {
		return err
	}
	for _, s := range sources {
		if s.Adopted == key.Adopted {
			im.prior = s
		}
	}
	if im.prior.ID != 0 {
		if im.folders, err = store.SourceFolders(ctx, im.prior.ID); err != nil {
			return err
		}
	}
	im.changed = map[string]bool{}
	found := 0
	for _, f := range im.listing.Folders {
		fp, ok := im.folders[f.Path]
		if ok {
			found++
		}
		if !ok || fp != f.Fingerprint {
			im.changed[f.Path] = true
		}
	}
	if found < len(im.folders) {
		have := make(map[string]bool, len(im.listing.Folders))
		for _, f := range im.listing.Folders {
			have[f.Path] = true
		}
		for path := range im.folders {
			if !have[path] {
				im.gone = append(im.gone, path)
			}
		}
	}
	return nil
}

// unchanged reports whether the catalog already says what an import would find. Files that could not be read last time
// are tried again.
func (im *importer) unchanged() bool {
	return im.prior.Revision == Revision && !im.o.Rehash && im.prior.Problems == 0 && len(im.changed) == 0 && len(im.gone) == 0
}

// run does the import inside the store's transaction.
func (im *importer) run(ctx context.Context, w catalog.SourceWriter) error {
	im.id = w.Source().ID
	im.tree = newTree(im.listing)
	im.listing = nil
	if im.prior.ID != 0 {
		if err := im.prev.load(w); err != nil {
			return err
		}
	}
	infs, rest := im.plan()
	im.o.Meter.SetPhase("reading")
	if err := im.read(ctx, rest, nil); err != nil {
		return err
	}
	s := newSettlement(im, w)
	if err := im.read(ctx, infs, s.take); err != nil {
		return err
	}
	im.o.Meter.SetPhase("storing")
	s.keep()
	if err := s.installers(); err != nil {
		return err
	}
	if err := s.files(ctx); err != nil {
		return err
	}
	if err := im.putFolders(w); err != nil {
		return err
	}
	return w.Finish(catalog.Source{Revision: Revision, Imported: im.o.Now(), Origin: im.o.Origin})
}

func (im *importer) putFolders(w catalog.SourceWriter) error {
	for i := range im.tree.folders {
		if f := &im.tree.folders[i]; im.changed[f.path] {
			if err := w.PutFolder(f.path, f.fingerprint); err != nil {
				return err
			}
		}
	}
	for _, path := range im.gone {
		if err := w.DeleteFolder(path); err != nil {
			return err
		}
	}
	return nil
}

// previous is what the catalog knew of the source before.
type previous struct {
	files      map[string]catalog.SourceFile
	drivers    map[string]*catalog.Driver // by path in the source
	installers map[string]catalog.SourceInstaller
}

func (p *previous) load(w catalog.SourceWriter) error {
	p.files = map[string]catalog.SourceFile{}
	for f, err := range w.PreviousFiles() {
		if err != nil {
			return err
		}
		p.files[f.Path] = f
	}
	drivers, err := w.PreviousDrivers()
	if err != nil {
		return err
	}
	p.drivers = make(map[string]*catalog.Driver, len(drivers))
	for _, d := range drivers {
		p.drivers[d.Path] = d.Driver
	}
	installers, err := w.PreviousInstallers()
	if err != nil {
		return err
	}
	p.installers = make(map[string]catalog.SourceInstaller, len(installers))
	for _, i := range installers {
		p.installers[i.Path] = i
	}
	return nil
}

// plan decides which files have to be read: those that are new or changed, and the INF files that must be judged again
// because something in their folder or below it changed. INF files are read last, when the hashes of all that they name
// are known, so that each can be judged, stored and forgotten. What need not be read takes its hash from the catalog.
func (im *importer) plan() (infs, rest []int32) {
	again := im.affected()
	for i := range im.tree.files {
		f := &im.tree.files[i]
		p, known := im.prev.files[im.tree.path(i)]
		same := known && !im.o.Rehash && !p.Problem && p.Size == f.size && p.MTime == f.mtime
		if same {
			im.keep(f, p)
		}
		switch {
		case isINF(f.name) && (!same || again[f.folder]):
			f.judged = true
			infs = append(infs, int32(i))
		case !same:
			rest = append(rest, int32(i))
		default:
			im.o.Meter.FilesDone.Add(1)
			im.o.Meter.BytesDone.Add(f.size)
		}
	}
	return infs, rest
}

// keep takes from the catalog what a file was before. Whose content it is gets worked out anew; why a file was left over
// stays, unless an INF that explained it may have changed.
func (im *importer) keep(f *file, p catalog.SourceFile) {
	f.same, f.sha, f.state = true, p.SHA256, catalog.StateLeftover
	if p.State != catalog.StateLeftover {
		return
	}
	if p.Why == whyNamed || p.Why == whyLegacy {
		for at := im.tree.folders[f.folder].path; ; at = parentOf(at) {
			if im.changed[at] {
				return
			}
			if at == "." {
				break
			}
		}
	}
	f.why, f.detail = p.Why, p.Detail
}

// affected tells for each folder whether its INF files must be judged again. An INF looks for its files in its own
// folder and below, so a change there touches the INF files of every folder above.
func (im *importer) affected() []bool {
	again := make([]bool, len(im.tree.folders))
	if im.prior.Revision != Revision || im.o.Rehash {
		for i := range again {
			again[i] = true
		}
		return again
	}
	touched := make(map[string]bool, len(im.changed))
	mark := func(path string) {
		for !touched[path] {
			touched[path] = true
			if path == "." {
				return
			}
			path = parentOf(path)
		}
	}
	for path := range im.changed {
		mark(path)
	}
	for _, path := range im.gone {
		mark(path)
	}
	for path, f := range im.prev.files {
		if f.Problem {
			mark(parentOf(path))
		}
	}
	for i, f := range im.tree.folders {
		again[i] = touched[f.path]
	}
	return again
}
