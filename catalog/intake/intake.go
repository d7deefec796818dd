package intake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source"
	"github.com/drivercat/drivercat/catalog/source/archive/external"
	"github.com/drivercat/drivercat/inf/seccat"
)

// Revision numbers the rules by which drivers are judged. A source that was imported with another revision is judged
// again at its next import, without hashing what has not changed.
const Revision = 5

// maxINF is the largest INF that is parsed, in bytes. Real ones stay below 3 MB.
const maxINF = 16 << 20

// Options choose how a source is imported; the zero value is fine.
type Options struct {
	Workers int             // files read at the same time; 0: GOMAXPROCS
	Rehash  bool            // read every file again, whatever its size and time say
	Tools   []external.Tool // programs for archives that no reader knows; none is required
	Exclude []string        // folders relative to the source that are not part of it
	Origin  string          // where an adopted source was copied from
	Now     func() time.Time
	Meter   *catalog.Meter
	// Roots are the certificates that signatures must lead to; nil stands for Microsoft's.
	Roots *seccat.Roots
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
	return importFrom(ctx, store, key, &importer{dir: dir, o: o})
}

// ImportBase is Import of a source that lies in no folder of this machine, a share for instance. shown is what errors call it. Each
// file that is read must be open for reading at any place (io.ReaderAt). The record is that of an import of the same folder
// on the machine that keeps it.
func ImportBase(ctx context.Context, store catalog.Store, key catalog.SourceKey, base source.Base, shown string, o Options) (Result, error) {
	if o.Workers <= 0 {
		o.Workers = baseWorkers
	}
	return importFrom(ctx, store, key, &importer{dir: shown, base: base, o: o})
}

// baseWorkers is how many files of a source that lies elsewhere are read at the same time: what they wait for is the network.
const baseWorkers = 16

func importFrom(ctx context.Context, store catalog.Store, key catalog.SourceKey, im *importer) (Result, error) {
	dir, o := im.dir, &im.o
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
	defer im.close()
	if err := im.look(ctx, store, key); err != nil {
		return Result{}, fmt.Errorf("intake: import %s: %w", dir, err)
	}
	if im.result.Unchanged {
		im.result.Source = im.prior
		im.result.Problems = im.problems
		return im.result, nil
	}
	im.result.FoldersChanged = len(im.changed)
	if err := store.UpdateSource(ctx, key, func(w catalog.SourceWriter) error { return im.run(ctx, w) }); err != nil {
		return Result{}, fmt.Errorf("intake: import %s: %w", dir, err)
	}
	im.result.Problems = im.problems
	var err error
	if im.result.Source, err = store.Source(ctx, im.id); err != nil {
		return Result{}, fmt.Errorf("intake: import %s: %w", dir, err)
	}
	return im.result, nil
}

// look lists the source and finds out what the catalog does not know of it. Archives are opened only if there is something.
func (im *importer) look(ctx context.Context, store catalog.Store, key catalog.SourceKey) error {
	if err := im.list(ctx); err != nil {
		return err
	}
	if err := im.recall(ctx, store, key); err != nil {
		return err
	}
	im.compare(true)
	if im.unchanged() {
		im.result.Unchanged = true
		im.tellListing()
		return nil
	}
	if im.base == nil {
		folder := im.dir
		if im.single {
			folder = filepath.Dir(folder)
		}
		root, err := os.OpenRoot(folder)
		if err != nil {
			return err
		}
		im.root, im.base = root, root.FS().(source.Base)
	}
	im.o.Meter.SetPhase("opening")
	im.open = source.NewTree(im.base, source.TreeOptions{Workers: im.o.Workers, Tools: im.o.Tools})
	if im.single {
		// Who names a file wants to know what is in it, whatever it is called. Its error is told with the rest.
		_, _ = im.open.OpenArchive(ctx, filepath.Base(im.dir))
	}
	if err := im.open.OpenAll(ctx, im.listing, im.o.Meter); err != nil {
		return err
	}
	if err := im.alive(); err != nil {
		return err
	}
	im.compare(false)
	im.tellListing()
	return nil
}

func (im *importer) list(ctx context.Context) (err error) {
	walk := source.WalkOptions{Exclude: im.o.Exclude, Meter: im.o.Meter}
	if im.base != nil {
		if im.listing, err = source.WalkBase(ctx, im.base, walk); err != nil {
			return err
		}
		if slices.ContainsFunc(im.listing.Problems, func(p source.Problem) bool { return p.Code == source.ProblemUnreadable }) {
			return im.alive() // a folder that nobody could list must not be taken for one that is not there
		}
		return nil
	}
	info, err := os.Stat(im.dir)
	if err != nil {
		return err
	}
	if im.single = !info.IsDir(); im.single {
		im.listing, err = source.ListFile(im.dir, im.o.Meter)
		return err
	}
	walk.Workers = im.o.Workers
	im.listing, err = source.WalkFolder(ctx, im.dir, walk)
	return err
}

func (im *importer) tellListing() {
	for _, p := range im.listing.Problems {
		im.problem(Problem{Code: p.Code, Path: p.Path, Text: p.Text, Advice: p.Advice, Warning: p.Warning})
	}
}

func (im *importer) close() {
	if im.open != nil {
		im.open.Close()
	}
	if im.root != nil {
		_ = im.root.Close() // only read
	}
}

// importer is one import under way.
type importer struct {
	dir     string       // a folder or a single file; of a base that was given, what it is called
	single  bool         // it is a file
	base    source.Base  // where files are read, if not given nil until the first is
	root    *os.Root     // the same if it is a folder of this machine
	open    *source.Tree // what is in the archives
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

	mu       sync.Mutex // guards what is below
	problems int
	texts    map[int32][]byte // INF files of archives that were read with the rest
	textSize int
	setups   map[int32]catalog.InstallerInfo // setup programs by file

	proven     map[int32]*provenCatalog // catalogs by file
	provenSize int64                    // bytes of their files

	catalogs    map[int32][]byte // catalogs of archives that were read with the rest
	catalogSize int
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

// recall reads what the catalog knows of the source's folders.
func (im *importer) recall(ctx context.Context, store catalog.Store, key catalog.SourceKey) error {
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
		im.folders, err = store.SourceFolders(ctx, im.prior.ID)
	}
	return err
}

// compare finds the folders that came, went or changed. With closed archives, the folders in them are not looked at: they
// change with the archive's own folder.
func (im *importer) compare(closed bool) {
	im.changed, im.gone = map[string]bool{}, nil
	have := make(map[string]bool, len(im.listing.Folders))
	files := map[string]bool{}
	for _, f := range im.listing.Folders {
		have[f.Path] = true
		if fp, ok := im.folders[f.Path]; !ok || fp != f.Fingerprint {
			im.changed[f.Path] = true
		}
		for _, e := range f.Entries {
			if closed && (im.single || source.MayBeArchive(e.Name)) {
				files[joinPath(f.Path, e.Name)] = true
			}
		}
	}
	for path := range im.folders {
		if !have[path] && !inArchive(files, path) {
			im.gone = append(im.gone, path)
		}
	}
}

// inArchive reports whether a folder lies in one of the files.
func inArchive(files map[string]bool, folder string) bool {
	for at := folder; at != "."; at = parentOf(at) {
		if files[at] {
			return true
		}
	}
	return false
}

// unchanged reports whether the catalog already says what an import would find. Files that could not be read last time
// are tried again.
func (im *importer) unchanged() bool {
	return im.prior.Revision == Revision && !im.o.Rehash && im.prior.Problems == 0 && len(im.changed) == 0 && len(im.gone) == 0
}

// run does the import inside the store's transaction.
func (im *importer) run(ctx context.Context, w catalog.SourceWriter) error {
	im.id = w.Source().ID
	im.tree = newTree(im.listing, im.open)
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
	if err := im.readINFs(ctx, infs, s.take); err != nil {
		return err
	}
	im.o.Meter.SetPhase("storing")
	if err := s.keep(); err != nil {
		return err
	}
	if err := s.installers(); err != nil {
		return err
	}
	if err := s.files(ctx); err != nil {
		return err
	}
	if err := im.putFolders(w); err != nil {
		return err
	}
	if err := im.alive(); err != nil {
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
// because something in their folder or below it changed. INF files are judged last, when the hashes of all that they name
// are known, so that each can be judged, stored and forgotten; those of archives are read with the rest, since what lies
// behind one another is unpacked together. What need not be read takes its hash from the catalog.
func (im *importer) plan() (infs, rest []int32) {
	again := im.affected()
	known := im.knownDigests()
	for i := range im.tree.files {
		f := &im.tree.files[i]
		p, had := im.prev.files[im.tree.path(i)]
		same := had && !im.o.Rehash && !p.Problem && (p.Size == f.size || f.inner && f.size < 0) && sameTime(p.MTime, f.mtime)
		if outer := im.tree.folders[f.folder].outer; same && outer >= 0 {
			same = im.tree.files[outer].same
		}
		if same {
			if f.sums = known[p.SHA256]; f.sums == nil && im.prior.Revision < revisionDigests {
				same = false // earlier rules asked for one hash only
			} else {
				im.keep(f, p)
			}
		}
		inf := isINF(f.name) && (!same || again[f.folder])
		if inf {
			f.judged = true
			infs = append(infs, int32(i))
		}
		switch {
		case !same && (!inf || f.inner):
			rest = append(rest, int32(i))
		case same && !inf:
			im.o.Meter.FilesDone.Add(1)
			im.o.Meter.BytesDone.Add(max(0, f.size))
		}
	}
	return infs, rest
}

// sameTime compares a time that the catalog has, which older programs took as it is, with one of a listing.
func sameTime(recorded, listed int64) bool {
	late := recorded - listed
	return late >= 0 && late < 100
}

// revisionDigests is the first revision with all digests of a driver's files.
const revisionDigests = 2

// knownDigests are those of the content that the source's drivers had before, by SHA-256.
func (im *importer) knownDigests() map[catalog.Hash]*digests {
	known := map[catalog.Hash]*digests{}
	if im.prior.Revision < revisionDigests {
		return known
	}
	for _, d := range im.prev.drivers {
		for i := range d.Files {
			if f := &d.Files[i]; f.Role != catalog.RoleInstaller {
				known[f.SHA256] = &digests{sha1: f.SHA1, image: f.Image}
			}
		}
	}
	return known
}

// keep takes from the catalog what a file was before. Whose content it is gets worked out anew; why a file was left over
// stays, unless an INF that explained it may have changed.
func (im *importer) keep(f *file, p catalog.SourceFile) {
	f.same, f.sha, f.size, f.state = true, p.SHA256, p.Size, catalog.StateLeftover
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
	copies := map[string]bool{} // folders of INF files that were left over because the driver lies elsewhere
	for path, f := range im.prev.files {
		if f.Problem {
			mark(parentOf(path))
		}
		if f.Why == whyCopy {
			copies[parentOf(path)] = true
		}
	}
	for i, f := range im.tree.folders {
		again[i] = touched[f.path] || copies[f.path]
	}
	im.affectedUnpacked(again)
	return again
}

// affectedUnpacked adds the folders of archives that are unpacked and changed somewhere, or of which that was not known:
// whether an INF without its files is but a copy is told by all that is in an archive. One that is open is read as a whole
// when it changes.
func (im *importer) affectedUnpacked(again []bool) {
	changed := map[int32]bool{} // by outermost archive
	for i := range im.tree.folders {
		top := im.tree.topOf(int32(i))
		if top < 0 || im.tree.files[top].archive || changed[top] {
			continue
		}
		f := &im.tree.files[top]
		p, known := im.prev.files[im.tree.path(int(top))]
		changed[top] = again[i] || !known || p.Size != f.size || !sameTime(p.MTime, f.mtime)
	}
	for i := range again {
		again[i] = again[i] || changed[im.tree.topOf(int32(i))]
	}
}
