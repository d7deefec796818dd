package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source/archive/external"
	"github.com/drivercat/drivercat/packager/archive"
)

// doctorReport is the shape of "doctor --json".
type doctorReport struct {
	OK       bool            `json:"ok"`
	Checks   []doctorCheck   `json:"checks"`
	Programs []doctorProgram `json:"programs"` // outside programs; none is required
}

// doctorCheck is one thing that was looked at.
type doctorCheck struct {
	Name   string `json:"name"`
	State  string `json:"state"` // "ok", "absent" (fine, but not there), "wrong"
	Text   string `json:"text"`
	Advice string `json:"advice,omitempty"`
}

// doctorProgram is an outside program that drivercat can use.
type doctorProgram struct {
	Name string `json:"name"`
	Path string `json:"path"` // "" if it is not installed
	For  string `json:"for"`
}

func newDoctor(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Look at what drivercat works with: catalog, share, temporary space, outside programs",
		Long: `Look at what drivercat works with: the catalog, the share, the place for temporary files, and outside programs that
can open archives which drivercat does not read itself, or make packages of a form that it does not write. None of those programs is required. Nothing is changed.

Of a share that is reached over the network it tells the version of SMB, whether messages are signed and encrypted, who
signed in and by which way, whether that user may write there, and how far the clocks are apart.

The exit code is 1 if something is wrong.`,
		Example: `  drivercat doctor
  drivercat doctor --json`,
		Args: wants("argument", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.runDoctor(cmd.Context())
		},
	}
}

// tools are the outside programs that may be used.
func (a *app) tools() []external.Tool {
	if a.set.values[keyTools].Value == toolsNone {
		return nil
	}
	return installedTools()
}

func installedTools() (found []external.Tool) {
	for _, p := range external.Programs() {
		if path := installed(p.Names); path != "" {
			found = append(found, external.Tool{Name: p.Name, Path: path})
		}
	}
	return found
}

// installed finds a program under one of its names, "" if there is none.
func installed(names []string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// packers are the outside programs that may make and open packages that are archives.
func (a *app) packers() (found []archive.Tool) {
	if a.set.values[keyTools].Value == toolsNone {
		return nil
	}
	for _, p := range archive.Programs() {
		if path := installed(p.Names); path != "" && (!p.Windows || a.env.OS == "windows") {
			found = append(found, archive.Tool{Name: p.Name, Path: path})
		}
	}
	return found
}

func (a *app) runDoctor(ctx context.Context) error {
	v := a.version()
	rep := doctorReport{OK: true, Checks: []doctorCheck{
		{Name: "drivercat", State: "ok", Text: fmt.Sprintf("%s, %s, %d processors", v.Version, v.Platform, runtime.NumCPU())},
		a.checkCatalog(ctx), a.checkBlocklist(ctx),
	}}
	rep.Checks = append(rep.Checks, a.checkShare(ctx)...)
	rep.Checks = append(rep.Checks, checkTemp())
	for _, p := range external.Programs() {
		rep.Programs = append(rep.Programs, doctorProgram{Name: p.Name, Path: installed(p.Names), For: p.For})
	}
	for _, p := range archive.Programs() {
		if p.Windows && a.env.OS != "windows" {
			continue
		}
		rep.Programs = append(rep.Programs, doctorProgram{Name: p.Name, Path: installed(p.Names), For: p.For})
	}
	for _, c := range rep.Checks {
		rep.OK = rep.OK && c.State != "wrong"
	}
	if a.flags.json {
		if err := a.out.json(rep); err != nil {
			return err
		}
	} else {
		a.printDoctor(rep)
	}
	if !rep.OK {
		return failed("", "something is wrong, see above")
	}
	return nil
}

func (a *app) printDoctor(rep doctorReport) {
	g := newGrid(column{"CHECK", fixed}, column{"STATE", fixed}, column{"FINDING", wrap}, column{"ADVICE", wrap})
	for _, c := range rep.Checks {
		g.add(c.Name, c.State, c.Text, c.Advice)
	}
	a.renderAny(g)
	g = newGrid(column{"PROGRAM", fixed}, column{"FOUND", wrap}, column{"FOR", wrap})
	for _, p := range rep.Programs {
		path := p.Path
		if path == "" {
			path = "no"
		}
		g.add(p.Name, path, p.For)
	}
	title := "Outside programs, none of them required"
	if a.set.values[keyTools].Value == toolsNone {
		title += "; the setting tools = none keeps them from being used"
	}
	a.section(title, g)
}

func (a *app) checkCatalog(ctx context.Context) doctorCheck {
	c := doctorCheck{Name: "catalog"}
	path, err := a.catalogFile()
	if err != nil {
		c.State, c.Text = "wrong", message(err)
		return c
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		c.State, c.Text, c.Advice = "absent", path+" is not there yet", "the first \"drivercat import\" makes it"
		return c
	}
	store, err := a.openCatalog(ctx)
	if err == nil {
		defer store.Close()
		var stats catalog.Stats
		if stats, err = store.Stats(ctx); err == nil {
			c.State, c.Text = "ok", fmt.Sprintf("%s: schema %d, %s, %s", path, stats.Schema, count(stats.Sources, "source"), count(stats.Drivers, "driver"))
			return c
		}
	}
	c.State, c.Text = "wrong", message(err)
	if hints := hintsFor(err); len(hints) > 0 {
		c.Advice = hints[0]
	}
	return c
}

func (a *app) checkBlocklist(ctx context.Context) doctorCheck {
	c := doctorCheck{Name: "block list", State: "absent", Text: "the catalog has no list of vulnerable drivers", Advice: "\"drivercat blocklist update FILE\" reads one"}
	if a.missingCatalog() {
		return c
	}
	store, err := a.openCatalog(ctx)
	if err != nil {
		return c // told with the catalog
	}
	defer store.Close()
	switch list, err := readBlocklist(ctx, store); {
	case err == nil:
		c.State, c.Text, c.Advice = "ok", fmt.Sprintf("version %s, %s", list.Version, count(len(list.Rules), "rule")), ""
	case !errors.Is(err, catalog.ErrNotFound):
		c.State, c.Text, c.Advice = "wrong", message(err), "read it again with \"drivercat blocklist update FILE\""
	}
	return c
}

// checkTemp looks whether temporary files can be made: archives in archives need them.
func checkTemp() doctorCheck {
	dir := os.TempDir()
	if err := folderWritable(dir); err != nil {
		return doctorCheck{Name: "temporary files", State: "wrong", Text: fmt.Sprintf("%s cannot be written: %s", dir, fileError(err)), Advice: hintTemporary}
	}
	return doctorCheck{Name: "temporary files", State: "ok", Text: dir}
}
