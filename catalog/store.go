package catalog

import (
	"context"
	"errors"
	"iter"
	"time"
)

// What stores report. Test with errors.Is.
var (
	// ErrNotFound: no such model, source, driver or package.
	ErrNotFound = errors.New("not found")
	// ErrAmbiguous: a shortened name or hash fits more than one thing.
	ErrAmbiguous = errors.New("ambiguous")
	// ErrMakeConflict: a model of that name is known under another make. Names are folders of the share, so they are unique.
	ErrMakeConflict = errors.New("model belongs to another make")
	// ErrNewerSchema: the catalog was written by a newer drivercat.
	ErrNewerSchema = errors.New("catalog was written by a newer drivercat")
)

// Store is a catalog database. Implementations are safe for concurrent use and pass the suite in catalogtest.
//
// Lists are ordered the same way in every store: models by name, sources by model, target and location, drivers by class,
// provider, name and hash, packages by folder; names compare case-insensitively (ASCII), then byte by byte.
// Errors wrap the sentinels above where one fits. Close may be called twice.
type Store interface {
	Reader
	// UpdateSource changes one source in one transaction: everything fn did is visible afterwards, or nothing is. The
	// model and the source are created if they are new; a model known without a make takes the key's. fn runs once;
	// the writer is for fn's goroutine only and dies with it. If fn or ctx fails the transaction is rolled back and the error returned.
	UpdateSource(ctx context.Context, key SourceKey, fn func(SourceWriter) error) error
	// DeleteSource removes a source and the drivers that nothing else refers to.
	DeleteSource(ctx context.Context, id int64) error
	// SetDriver keeps what an administrator says of a driver, in place of what was said before; a zero setting forgets it.
	// The driver must be stored unless the setting is zero: ErrNotFound. The setting outlives the driver's record.
	SetDriver(ctx context.Context, h Hash, s DriverSetting) error
	// PutPackage records a published package; one with the same folder is replaced.
	PutPackage(ctx context.Context, p Package) error
	// PutVersion keeps a published version of a package and says which contents it wants signatures of. It becomes the
	// present one: one of the same number is replaced, those of greater numbers are forgotten (the folder began anew), and
	// of the lesser ones the last KeptVersions stay. Signatures and drivers that nothing refers to any more go with what is
	// forgotten. Folders ignore case.
	PutVersion(ctx context.Context, v PackageVersion, contents []Hash) error
	// PutSignatures keeps signatures of contents, in place of those kept before. What no kept version wants is passed over.
	PutSignatures(ctx context.Context, s []FileSignature) error
	// PutDocument keeps a document under a name; one of that name is replaced. An empty body removes it.
	PutDocument(ctx context.Context, d Document) error
	PointStore
	Close() error
}

// SourceWriter changes one source inside a transaction. What is put replaces what was stored under the same key.
type SourceWriter interface {
	// Source is the source as it was before the transaction; ID is set, Revision is 0 for a new one.
	Source() Source
	// PreviousFiles yields the source's files as stored before the transaction, ordered by path.
	PreviousFiles() iter.Seq2[SourceFile, error]
	// PreviousDrivers returns what the source carried before the transaction, ordered by path, with full records but
	// without INF.IDs, as the rules judged them: administrators' settings are not applied.
	PreviousDrivers() ([]SourceDriverRecord, error)
	// PreviousInstallers returns the source's setup programs before the transaction, ordered by path.
	PreviousInstallers() ([]SourceInstaller, error)

	PutFile(SourceFile) error
	DeleteFile(path string) error
	// PutFolder records the fingerprint of a folder (relative to the source, "." for its root).
	PutFolder(path string, fp Fingerprint) error
	DeleteFolder(path string) error
	// PutINF stores what an INF says, unless it is stored already with this revision of the judging rules.
	PutINF(i *INF, revision int) error
	// PutDriver stores a driver, unless it is stored already with this revision. Its INF must have been put before.
	PutDriver(d *Driver, revision int) error
	// Link records that the source carries a stored driver at path.
	Link(path string, driver Hash) error
	// Unlink removes the link at path; a driver that no source or package refers to any more is removed at commit.
	Unlink(path string) error
	PutInstaller(SourceInstaller) error
	DeleteInstaller(path string) error
	// Finish sets the source's revision, time and origin; its counters (files, bytes, verdicts, problems) are derived by the store.
	Finish(s Source) error
}

// SourceDriverRecord is a driver as a source carries it: its INF or setup program is named as the source names it.
type SourceDriverRecord struct {
	Path   string // of the INF or setup program, relative to the source
	Driver *Driver
}

// Reader answers what is in the catalog. Wherever a verdict is read, listed, counted or asked for, it is an administrator's
// if one overruled that of the rules, see DriverSetting.
type Reader interface {
	Models(ctx context.Context) ([]ModelSummary, error)
	// Model finds a model by name, ignoring case. ErrNotFound.
	Model(ctx context.Context, name string) (ModelSummary, error)

	Sources(ctx context.Context, f SourceFilter) ([]Source, error)
	// Source finds a source by its ID. ErrNotFound.
	Source(ctx context.Context, id int64) (Source, error)
	// SourceFolders returns the stored fingerprints of a source by folder: all that an unchanged re-import reads.
	SourceFolders(ctx context.Context, id int64) (map[string]Fingerprint, error)
	// SourceFiles yields a source's files ordered by path.
	SourceFiles(ctx context.Context, id int64) iter.Seq2[SourceFile, error]
	// SourceDrivers returns what a source carries, ordered by path; INF.IDs are filled only if ids is true.
	SourceDrivers(ctx context.Context, id int64, ids bool) ([]SourceDriverRecord, error)
	SourceInstallers(ctx context.Context, id int64) ([]SourceInstaller, error)
	// Accounting counts a source's files by state and reason, ordered by state and reason. The counts add up to Source.Files.
	Accounting(ctx context.Context, id int64) ([]AccountingLine, error)

	// Drivers lists drivers by page: at most limit (0: all) that come after the given hash in the list's order (zero: from the start).
	Drivers(ctx context.Context, f DriverFilter, after Hash, limit int) ([]DriverSummary, error)
	// Driver finds a driver by its hash or the first digits of it (at least 6). ErrNotFound, ErrAmbiguous.
	Driver(ctx context.Context, prefix string) (*Driver, error)
	// DriverUses tells which sources, packages and kept versions of packages carry a driver.
	DriverUses(ctx context.Context, h Hash) (DriverUses, error)
	// Find looks for text in hardware IDs (exact, then as a prefix), providers, driver and file names, class and model
	// names. Comparison ignores ASCII case. At most limit hits (0: 1000).
	Find(ctx context.Context, text string, limit int) ([]Hit, error)

	// Images yields the PE images among the files of all drivers, ordered by driver as in Drivers, then by path.
	Images(ctx context.Context) iter.Seq2[DriverImage, error]
	// DriverSettings returns what administrators say of drivers, ordered by the drivers' hashes; also of those that the
	// catalog does not hold at present.
	DriverSettings(ctx context.Context) ([]DriverSettingRecord, error)

	Packages(ctx context.Context, f PackageFilter) ([]Package, error)
	// Versions returns the kept versions of a package's folder, newest first: the present one and at most KeptVersions before
	// it. There are none of a folder that is not known.
	Versions(ctx context.Context, folder string) ([]PackageVersion, error)
	// Signatures returns the kept signatures of the given contents; what is not kept is not in the map.
	Signatures(ctx context.Context, contents []Hash) (map[Hash][]byte, error)
	// Document returns what was kept under a name. ErrNotFound.
	Document(ctx context.Context, name string) (Document, error)
	PointReader
	Stats(ctx context.Context) (Stats, error)
}

// DriverImage is a PE image at its place in a driver.
type DriverImage struct {
	Driver DriverSummary
	File   DriverFile // without Arches; Image is set
}

// Document is a list that applies to the whole catalog, such as Microsoft's list of blocked drivers.
type Document struct {
	Name    string
	Body    []byte
	Changed time.Time
}

// SourceFilter chooses sources; empty fields choose all.
type SourceFilter struct {
	Model    string // ignoring case
	Target   Target
	Location string // exact
}

// DriverFilter chooses drivers; empty fields choose all.
type DriverFilter struct {
	Model    string  // carried by a source of this model
	Target   Target  // carried by a source for this target
	Source   int64   // carried by this source
	Verdict  Verdict // with this verdict
	Class    string  // INF class, ignoring case
	Provider string  // part of the provider's name, ignoring ASCII case
}

// PackageFilter chooses packages; empty fields choose all.
type PackageFilter struct {
	Model  string
	Target Target
}

// ModelSummary is a model with what the catalog holds for it.
type ModelSummary struct {
	Model
	Targets  []Target `json:"targets"` // of its sources, ordered by text
	Sources  int      `json:"sources"`
	Nice     int      `json:"nice"` // distinct drivers
	Bad      int      `json:"bad"`
	Broken   int      `json:"broken"`
	Packages int      `json:"packages"`
}

// DriverSummary is a driver in a list.
type DriverSummary struct {
	Hash     Hash    `json:"hash"`
	Name     string  `json:"name"`
	Verdict  Verdict `json:"verdict"`
	Judged   Verdict `json:"judged,omitempty"` // the verdict of the rules, if an administrator's overrules it
	Class    string  `json:"class"`
	Provider string  `json:"provider"`
	Date     string  `json:"date"`
	Version  string  `json:"version"`
	Files    int     `json:"files"`
	Bytes    int64   `json:"bytes"`
	IDs      int     `json:"hardwareIds"` // distinct
	Sources  int     `json:"sources"`

	Signature SignatureState `json:"signature,omitempty"` // the worst of its signatures; "" if nothing is known of them
}

// DriverUses tells where a driver is used.
type DriverUses struct {
	Sources  []DriverUse  `json:"sources"`
	Packages []Package    `json:"packages"`
	Versions []VersionUse `json:"versions"` // kept ones, the present ones among them, by folder, newest first
}

// VersionUse is a kept version of a package that carries a driver.
type VersionUse struct {
	Folder  string `json:"folder"`
	Version int    `json:"version"`
}

// DriverUse is a driver at its place in a source.
type DriverUse struct {
	Source Source `json:"source"`
	Path   string `json:"path"`
}

// HitKind says what a hit matched.
type HitKind string

// What Find matches, in the order of its results.
const (
	HitID       HitKind = "hardware-id"
	HitIDPrefix HitKind = "hardware-id-prefix"
	HitName     HitKind = "name" // driver name (INF or setup file), part of it
	HitFile     HitKind = "file" // content file's name, part of it
	HitProvider HitKind = "provider"
	HitClass    HitKind = "class"
	HitModel    HitKind = "model" // model name; Driver is zero
)

// Hit is one answer of Find. A driver appears once for each kind that matched, with the first matching text.
type Hit struct {
	Kind        HitKind       `json:"kind"`
	Text        string        `json:"text"`                  // what matched: the ID, the name, ...
	Description string        `json:"description,omitempty"` // the device, for IDs
	Driver      DriverSummary `json:"driver"`
	Models      []string      `json:"models"` // models whose sources carry the driver
}

// AccountingLine counts the files of a source that share a state and a reason.
type AccountingLine struct {
	State FileState `json:"state"`
	Why   string    `json:"why"`
	Files int64     `json:"files"`
	Bytes int64     `json:"bytes"`
}

// Stats tells how much a catalog holds.
type Stats struct {
	Schema   int   `json:"schema"`
	Models   int64 `json:"models"`
	Sources  int64 `json:"sources"`
	Drivers  int64 `json:"drivers"`
	INFs     int64 `json:"infs"`
	IDs      int64 `json:"hardwareIds"`
	Files    int64 `json:"files"`
	Bytes    int64 `json:"bytes"`
	Packages int64 `json:"packages"`
}
