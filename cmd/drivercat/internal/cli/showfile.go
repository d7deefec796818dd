package cli

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/intake"
	"github.com/drivercat/drivercat/catalog/source"
	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/sqlite"
)

const kindFile = "file"

// fileReport is the shape of "show FILE --json": what an import would find, without one.
type fileReport struct {
	Kind       string                    `json:"kind"` // "file"
	Path       string                    `json:"path"` // absolute
	Files      int64                     `json:"fileCount"`
	Bytes      int64                     `json:"bytes"`
	Nice       int                       `json:"nice"`
	Bad        int                       `json:"bad"`
	Broken     int                       `json:"broken"`
	Accounting []catalog.AccountingLine  `json:"accounting"`
	Drivers    []fileDriver              `json:"drivers"`
	Installers []catalog.SourceInstaller `json:"installers"`
	Notices    []intake.Problem          `json:"notices"`         // problems and warnings
	List       []catalog.SourceFile      `json:"files,omitempty"` // with --files
}

// fileDriver is a driver in a file that was not imported.
type fileDriver struct {
	sourceDriver
	Class    string `json:"class"`
	Provider string `json:"provider"`
	Date     string `json:"date"`
	Version  string `json:"version"`
}

// onDisk reports whether a word names a file or folder of this machine, and which.
func onDisk(word string) (string, bool) {
	name := strings.TrimPrefix(word, kindFile+":")
	if name == "" {
		return "", false
	}
	_, err := os.Stat(name)
	return name, err == nil
}

// showFile tells what is in a folder, an archive or a setup program that was not imported.
func (a *app) showFile(ctx context.Context, name string, o showOptions) error {
	abs, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	if st, err := os.Stat(abs); err == nil && !st.IsDir() {
		switch err := source.CheckFile(abs); {
		case errors.Is(err, archive.ErrFormat):
			return failed("\"drivercat parse\" reads INF files", "%s is neither an archive nor a setup program", name)
		case err != nil:
			return failed(hintUnreadable, "%s cannot be read: %s", name, fileError(err))
		}
	}
	return a.showPlace(ctx, location{shown: name, path: abs}, o)
}

// showPlace reads a place like an import, into a catalog that lasts as long as the command.
func (a *app) showPlace(ctx context.Context, p location, o showOptions) error {
	a.whenInterrupted = "nothing was changed"
	dir, err := os.MkdirTemp("", "drivercat-show-*")
	if err != nil {
		return failed(hintTemporary, "%s cannot be written: %s", os.TempDir(), fileError(err))
	}
	defer os.RemoveAll(dir)
	store, err := sqlite.Open(ctx, filepath.Join(dir, "show.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	rep := fileReport{Kind: kindFile, Path: p.path, Notices: []intake.Problem{}}
	meter := new(catalog.Meter)
	stop := a.progressOn(p.tree, meter)
	key := catalog.SourceKey{Model: catalog.Model{Name: "show"}, Target: catalog.Target{OS: "win11", Arch: "amd64"}, Location: p.path}
	result, err := p.read(ctx, store, key, intake.Options{
		Workers: a.set.workers(), Now: a.env.Now, Meter: meter, Tools: a.tools(),
		Problem: func(x intake.Problem) { rep.Notices = append(rep.Notices, x) },
	})
	stop()
	if err != nil {
		return err
	}
	if err := rep.fill(ctx, store, result.Source); err != nil {
		return err
	}
	switch {
	case !a.flags.json:
		for _, x := range rep.Notices {
			a.err.warn(x.Advice, "%s: %s", filepath.Join(p.shown, filepath.FromSlash(strings.TrimPrefix(x.Path, filepath.Base(p.shown)))), x.Text)
		}
		a.printFile(rep)
		if o.files {
			err = a.printFiles(ctx, store, result.Source)
		}
	case o.files:
		for f, err := range store.SourceFiles(ctx, result.Source.ID) {
			if err != nil {
				return err
			}
			rep.List = append(rep.List, f)
		}
		fallthrough
	default:
		err = a.out.json(rep)
	}
	if err == nil && result.Problems > 0 {
		return coded(exitPartial, "", "%s, each told above", count(result.Problems, "problem"))
	}
	return err
}

// fill takes what the import found.
func (rep *fileReport) fill(ctx context.Context, r catalog.Reader, s catalog.Source) error {
	rep.Files, rep.Bytes, rep.Nice, rep.Bad, rep.Broken = s.Files, s.Bytes, s.Nice, s.Bad, s.Broken
	lines, err := r.Accounting(ctx, s.ID)
	if err != nil {
		return err
	}
	installers, err := r.SourceInstallers(ctx, s.ID)
	if err != nil {
		return err
	}
	records, err := r.SourceDrivers(ctx, s.ID, false)
	if err != nil {
		return err
	}
	rep.Accounting, rep.Installers, rep.Drivers = orEmpty(lines), orEmpty(installers), []fileDriver{}
	for _, d := range records {
		f := fileDriver{sourceDriver: inSource(d)}
		if i := d.Driver.INF; i != nil {
			f.Class, f.Provider, f.Date, f.Version = i.Class, i.Provider, i.Date, i.Version
		}
		rep.Drivers = append(rep.Drivers, f)
	}
	return nil
}

func (a *app) printFile(rep fileReport) {
	a.facts(
		"path", rep.Path,
		"holds", count(rep.Files, "file")+", "+size(rep.Bytes),
		"drivers", verdictCounts(catalog.Source{Nice: rep.Nice, Bad: rep.Bad, Broken: rep.Broken}),
	)
	if len(rep.Drivers) > 0 {
		g := newGrid(column{"VERDICT", fixed}, column{"PATH", wrap}, column{"CLASS", fixed}, column{"PROVIDER", cut}, column{"DATE", fixed}, column{"VERSION", fixed}, column{"REASON", wrap | spare})
		g.paint(0, verdictColours())
		for _, d := range rep.Drivers {
			g.add(string(d.Verdict), d.Path, cmp.Or(d.Class, "-"), cmp.Or(d.Provider, "-"), cmp.Or(d.Date, "-"), cmp.Or(d.Version, "-"), firstReason(d.Reasons))
		}
		a.section("Drivers", g)
	}
	a.printInstallers(rep.Installers)
	var must []catalog.InstallerInfo // that must be run
	for _, i := range rep.Installers {
		if len(i.RedundantBy) == 0 {
			must = append(must, i.Info)
		}
	}
	if len(must) == 1 {
		a.printSilent(&must[0])
	}
	g := newGrid(column{"STATE", fixed}, column{"WHY", wrap}, column{"FILES", digits}, column{"SIZE", digits})
	for _, l := range rep.Accounting {
		g.add(string(l.State), cmp.Or(l.Why, "-"), number(l.Files), size(l.Bytes))
	}
	a.section("Accounting", g)
}

// missingCatalog reports whether there is no catalog to look something up in.
func (a *app) missingCatalog() bool {
	path, err := a.catalogFile()
	if err != nil {
		return false
	}
	_, err = os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}
