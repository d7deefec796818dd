package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// longList is how many rows of a list are shown without --all.
const longList = 50

// sourceReport is the shape of "show SOURCE --json". The accounting's files add up to source.files.
type sourceReport struct {
	Kind       string                    `json:"kind"` // "source"
	Source     catalog.Source            `json:"source"`
	Accounting []catalog.AccountingLine  `json:"accounting"`
	Drivers    []sourceDriver            `json:"drivers"`
	Installers []catalog.SourceInstaller `json:"installers"`
	Files      []catalog.SourceFile      `json:"files,omitempty"` // with --files
}

// sourceDriver is a driver at its place in a source. Reasons are those that the verdict rests on, their places relative
// to the source.
type sourceDriver struct {
	Path    string           `json:"path"`
	Driver  catalog.Hash     `json:"driver"`
	Name    string           `json:"name"`
	Verdict catalog.Verdict  `json:"verdict"`
	Reasons []catalog.Reason `json:"reasons"`
}

func (a *app) showSource(ctx context.Context, r catalog.Reader, s catalog.Source, o showOptions) error {
	rep := sourceReport{Kind: kindSource, Source: s}
	var err error
	if rep.Accounting, err = r.Accounting(ctx, s.ID); err != nil {
		return err
	}
	if rep.Installers, err = r.SourceInstallers(ctx, s.ID); err != nil {
		return err
	}
	records, err := r.SourceDrivers(ctx, s.ID, false)
	if err != nil {
		return err
	}
	for _, d := range records {
		rep.Drivers = append(rep.Drivers, inSource(d))
	}
	if a.flags.json {
		if o.files {
			for f, err := range r.SourceFiles(ctx, s.ID) {
				if err != nil {
					return err
				}
				rep.Files = append(rep.Files, f)
			}
		}
		rep.Accounting, rep.Drivers, rep.Installers = orEmpty(rep.Accounting), orEmpty(rep.Drivers), orEmpty(rep.Installers)
		return a.out.json(rep)
	}
	a.printSource(rep)
	if err := a.printAccounting(rep); err != nil {
		return err
	}
	if o.files {
		return a.printFiles(ctx, r, s)
	}
	return nil
}

// inSource is a driver as its source carries it.
func inSource(r catalog.SourceDriverRecord) sourceDriver {
	d := sourceDriver{Path: r.Path, Driver: r.Driver.Hash, Name: r.Driver.Name, Verdict: r.Driver.Verdict, Reasons: []catalog.Reason{}}
	for _, reason := range r.Driver.Reasons {
		if reason.Level == catalog.Decides {
			reason.Place = placeIn(r.Path, reason.Place)
			d.Reasons = append(d.Reasons, reason)
		}
	}
	return d
}

func (a *app) printSource(rep sourceReport) {
	s := rep.Source
	a.facts(
		"source", strconv.FormatInt(s.ID, 10),
		"model", strings.TrimSpace(s.Model.Make+" "+s.Model.Name),
		"target", s.Target.Title(),
		"folder", s.Location,
		"copied from", s.Origin,
		"imported", s.Imported.Local().Format("2006-01-02 15:04:05"),
		"holds", fmt.Sprintf("%s, %s", count(s.Files, "file"), size(s.Bytes)),
		"drivers", fmt.Sprintf("%d nice, %d bad, %d broken", s.Nice, s.Bad, s.Broken),
	)
	if len(rep.Drivers) > 0 {
		g := newGrid(column{"DRIVER", fixed}, column{"VERDICT", fixed}, column{"PATH", wrap}, column{"REASON", wrap})
		g.paint(1, verdictColours())
		for _, d := range rep.Drivers {
			g.add(d.Driver.Short(), string(d.Verdict), d.Path, firstReason(d.Reasons))
		}
		a.section("Drivers", g)
	}
	a.printInstallers(rep.Installers)
}

func (a *app) printInstallers(installers []catalog.SourceInstaller) {
	if len(installers) > 0 {
		g := newGrid(column{"SETUP PROGRAM", wrap}, column{"KIND", fixed}, column{"TECHNOLOGY", cut | spare}, column{"PRODUCT", cut}, column{"VERSION", cut}, column{"REDUNDANT", wrap})
		for _, i := range installers {
			redundant := "no: a bad driver"
			if len(i.RedundantBy) > 0 {
				redundant = "yes, by " + strings.Join(i.RedundantBy, ", ")
			}
			g.add(i.Path, i.Info.Kind, cmp.Or(technologyText(&i.Info), "-"), cmp.Or(i.Info.Product, "-"), cmp.Or(i.Info.Version, "-"), redundant)
		}
		a.section("Setup programs", g)
	}
}

// firstReason gives the reason that weighs most, and how many more there are.
func firstReason(rs []catalog.Reason) string {
	if len(rs) == 0 {
		return "-"
	}
	s := rs[0].Text
	if p := place(rs[0].Place); p != "-" {
		s += " (" + p + ")"
	}
	if len(rs) > 1 {
		s += fmt.Sprintf(" and %s", count(len(rs)-1, "other reason"))
	}
	return s
}

// printAccounting prints which state the source's files ended in, and checks that none is missing.
func (a *app) printAccounting(rep sourceReport) error {
	g := newGrid(column{"STATE", fixed}, column{"WHY", wrap}, column{"FILES", digits}, column{"SIZE", digits})
	var files, bytes int64
	for _, l := range rep.Accounting {
		g.add(string(l.State), cmp.Or(l.Why, "-"), number(l.Files), size(l.Bytes))
		files += l.Files
		bytes += l.Bytes
	}
	g.footer = []string{"total", "", number(files), size(bytes)}
	a.section("Accounting", g)
	if files != rep.Source.Files {
		return failed("import the source again; if that does not help, report it as a bug", "source %d has %s but %s are accounted for", rep.Source.ID, count(rep.Source.Files, "file"), number(files))
	}
	return nil
}

// printFiles lists files as they are read: a source may have a hundred thousand.
func (a *app) printFiles(ctx context.Context, r catalog.Reader, s catalog.Source) error {
	const pageRows = 5000
	g := newGrid(column{"STATE", fixed}, column{"WHY", fixed}, column{"SIZE", digits}, column{"FILE", wrap}, column{"DETAIL", wrap})
	first := true
	print := func() {
		if first {
			a.section("Files", g)
		} else {
			a.render(g)
		}
		g.rows, first = nil, false
	}
	for f, err := range r.SourceFiles(ctx, s.ID) {
		if err != nil {
			return err
		}
		g.add(string(f.State), cmp.Or(f.Why, "-"), size(f.Size), f.Path, cmp.Or(f.Detail, "-"))
		if len(g.rows) == pageRows {
			print()
			if a.out.failed() {
				return a.out.flush()
			}
		}
	}
	if len(g.rows) > 0 {
		print()
	}
	return nil
}

// facts prints names and values, one pair a line; pairs without a value are left out.
func (a *app) facts(pairs ...string) {
	widest := 0
	for i := 0; i < len(pairs); i += 2 {
		widest = max(widest, len(pairs[i]))
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		value := plain(pairs[i+1])
		if c, ok := verdictColours()[value]; ok && a.colour && pairs[i] == "verdict" {
			value = paint(c, value)
		}
		a.out.printf("%-*s  %s\n", widest, pairs[i], value)
	}
}

// section prints a table under a heading.
func (a *app) section(title string, g *grid) {
	if a.out.used {
		a.out.printf("\n")
	}
	a.out.printf("%s\n", title)
	a.render(g)
}

// shorten keeps the first rows of a long grid, and says what is missing.
func (a *app) shorten(g *grid, all bool) (more string) {
	if all || len(g.rows) <= longList {
		return ""
	}
	more = fmt.Sprintf("... and %s more; --all shows them\n", number(len(g.rows)-longList))
	g.rows = g.rows[:longList]
	return more
}

// gone explains that something which was just listed is not there any more: another process removed it.
func gone(err error, what string) error {
	if errors.Is(err, catalog.ErrNotFound) {
		return coded(exitNothing, "", "%s is no longer in the catalog", what)
	}
	return err
}
