package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/layout"
)

type showOptions struct {
	thing string
	files bool // a source's files
	all   bool // every row of long lists
}

// The kinds of things that show shows, as they are written in front of a colon.
const (
	kindModel   = "model"
	kindDriver  = "driver"
	kindSource  = "source"
	kindPackage = "package"
	kindOS      = "os"
)

func newShow(a *app) *cobra.Command {
	var o showOptions
	cmd := &cobra.Command{
		Use:   "show MODEL|DRIVER|INF-NAME|SOURCE|PACKAGE|OS|FILE",
		Short: "Show all about a model, driver, source, package, operating system or downloaded file",
		Long: `Show all about one thing: a model by its name; a driver by the first digits of its hash (6 or more) or its INF's name;
a source by its number or folder; a package by its folder; an operating system by its name.

Where a word fits more than one thing all are listed; say which with a prefix: model:NAME, driver:HASH, source:NUMBER,
package:FOLDER or os:NAME.

The path of an archive, a setup program or a folder that is in no catalog shows what is in it, as an import would find
it; nothing is run and nothing is kept. So does the address of a folder on a share. file:PATH does so for any path.

For a source it shows the accounting: each file is driver content, part of an installer, or left over with a reason.
For a driver it shows the verdict with its reasons and places, and the operating systems it serves.`,
		Example: `  drivercat show R61-8935CTO
  drivercat show source:1 --files`,
		Args:              wants("thing to show", 1, 1),
		ValidArgsFunction: a.firstArg(a.completeThings),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.thing = args[0]
			return a.runShow(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.files, "files", false, "list every file of a source or a file with its state")
	cmd.Flags().BoolVar(&o.all, "all", false, "every row of long lists")
	return cmd
}

// thing is something in the catalog that a word may mean.
type thing struct {
	kind string
	key  string // with kind and a colon it names the thing and nothing else
	text string // what it is, for people

	model  catalog.ModelSummary
	source catalog.Source
	pack   catalog.Package
	target catalog.Target
}

func (a *app) runShow(ctx context.Context, o showOptions) error {
	file, there := onDisk(o.thing)
	if there && (file != o.thing || a.missingCatalog()) {
		return a.showFile(ctx, file, o)
	}
	if p, closer, there, err := a.network(ctx, strings.TrimPrefix(o.thing, kindFile+":")); there {
		if err != nil {
			return err
		}
		defer closer()
		return a.showPlace(ctx, p, o)
	}
	store, err := a.openCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	things, err := a.lookUp(ctx, store, o.thing)
	if err != nil {
		return err
	}
	switch len(things) {
	case 0:
		if there {
			return a.showFile(ctx, file, o)
		}
		return coded(exitNothing, "\"drivercat find "+o.thing+"\" looks for parts of names; \"drivercat list models\" shows the models", "nothing is called \"%s\"", o.thing)
	case 1:
	default:
		e := &codedError{code: exitUsage, err: fmt.Errorf("\"%s\" fits %s", o.thing, count(len(things), "thing"))}
		for _, t := range things {
			e.hints = append(e.hints, fmt.Sprintf("drivercat show %s:%s   %s", t.kind, t.key, t.text))
		}
		return e
	}
	t := things[0]
	if o.files && t.kind != kindSource {
		return usageError("", "--files lists the files of a source; \"%s\" is a %s", o.thing, t.kind)
	}
	switch t.kind {
	case kindModel:
		return a.showModel(ctx, store, t.model)
	case kindSource:
		return a.showSource(ctx, store, t.source, o)
	case kindPackage:
		return a.showPackage(ctx, store, t.pack)
	case kindOS:
		return a.showTarget(ctx, store, t.target)
	}
	return a.showDriver(ctx, store, t.key, o)
}

// lookUp finds everything that a word may mean.
func (a *app) lookUp(ctx context.Context, r catalog.Reader, word string) ([]thing, error) {
	kind, name := "", word
	if k, rest, ok := strings.Cut(word, ":"); ok {
		switch k {
		case kindModel, kindDriver, kindSource, kindPackage, kindOS:
			kind, name = k, rest
		}
	}
	var found []thing
	for _, l := range []struct {
		kind string
		find func(context.Context, catalog.Reader, string) ([]thing, error)
	}{{kindModel, findModel}, {kindSource, a.findSources}, {kindPackage, a.findPackages}, {kindOS, findTargets}, {kindDriver, findDrivers}} {
		if kind != "" && kind != l.kind {
			continue
		}
		ts, err := l.find(ctx, r, name)
		if err != nil {
			return nil, err
		}
		found = append(found, ts...)
	}
	return found, nil
}

func findModel(ctx context.Context, r catalog.Reader, name string) ([]thing, error) {
	m, err := r.Model(ctx, layout.Normalise(name))
	if errors.Is(err, catalog.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []thing{{kind: kindModel, key: m.Name, text: strings.TrimSpace(m.Make + " " + m.Name), model: m}}, nil
}

// findSources finds sources by number, by folder as the catalog has it, and by folder as it lies on this machine.
func (a *app) findSources(ctx context.Context, r catalog.Reader, name string) ([]thing, error) {
	var out []thing
	add := func(s catalog.Source) {
		for _, t := range out {
			if t.source.ID == s.ID {
				return
			}
		}
		key := strconv.FormatInt(s.ID, 10)
		out = append(out, thing{kind: kindSource, key: key, text: fmt.Sprintf("%s for %s %s", s.Location, s.Model.Name, s.Target), source: s})
	}
	if id, err := strconv.ParseInt(name, 10, 64); err == nil {
		switch s, err := r.Source(ctx, id); {
		case err == nil:
			add(s)
		case !errors.Is(err, catalog.ErrNotFound):
			return nil, err
		}
	}
	for _, location := range a.locations(name) {
		ss, err := r.Sources(ctx, catalog.SourceFilter{Location: location})
		if err != nil {
			return nil, err
		}
		for _, s := range ss {
			add(s)
		}
	}
	return out, nil
}

// locations are the ways a folder may be recorded in the catalog.
func (a *app) locations(folder string) []string {
	slashed := strings.TrimRight(filepath.ToSlash(folder), "/")
	if slashed == "" {
		return nil
	}
	out := []string{slashed}
	abs, err := filepath.Abs(folder)
	if err != nil {
		return out
	}
	out = append(out, abs, filepath.ToSlash(abs))
	if share := a.set.share(); share != "" {
		if root, err := filepath.Abs(share); err == nil {
			if rel, err := filepath.Rel(root, abs); err == nil && filepath.IsLocal(rel) {
				out = append(out, filepath.ToSlash(rel))
			}
		}
	}
	return out
}

func (a *app) findPackages(ctx context.Context, r catalog.Reader, name string) ([]thing, error) {
	ps, err := r.Packages(ctx, catalog.PackageFilter{})
	if err != nil {
		return nil, err
	}
	var out []thing
	locations := a.locations(name)
	for _, p := range ps {
		for _, location := range locations {
			if a.isFolder(p.Folder, location) {
				out = append(out, thing{kind: kindPackage, key: p.Folder, text: fmt.Sprintf("package of %s for %s", p.Model.Name, p.Target), pack: p})
				break
			}
		}
	}
	return out, nil
}

func findTargets(_ context.Context, _ catalog.Reader, name string) ([]thing, error) {
	if _, err := strconv.Atoi(name); err == nil {
		return nil, nil // "7" and "10" are aliases of operating systems, but here a number is a source
	}
	t, err := catalog.ParseTarget(name, "")
	if err != nil {
		return nil, nil // so it is no operating system
	}
	return []thing{{kind: kindOS, key: t.String(), text: t.Title(), target: t}}, nil
}

// minHashDigits is how many digits of a hash name a driver.
const minHashDigits = 6

// findDrivers finds drivers by hash and by the whole name of their INF or setup program.
func findDrivers(ctx context.Context, r catalog.Reader, name string) ([]thing, error) {
	if len(name) >= minHashDigits && strings.Trim(strings.ToLower(name), "0123456789abcdef") == "" {
		d, err := r.Driver(ctx, name)
		switch {
		case err == nil:
			return []thing{{kind: kindDriver, key: d.Hash.String(), text: d.Name}}, nil
		case errors.Is(err, catalog.ErrAmbiguous):
			return nil, usageError("give more of its digits", "more than one driver's hash begins with %s", name)
		case !errors.Is(err, catalog.ErrNotFound):
			return nil, err
		}
	}
	if name == "" {
		return nil, nil
	}
	hits, err := r.Find(ctx, name, 0)
	if err != nil {
		return nil, err
	}
	var out []thing
	for _, h := range hits {
		if h.Kind != catalog.HitName || !strings.EqualFold(h.Driver.Name, name) {
			continue
		}
		d := h.Driver
		text := strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s (%s)", d.Name, d.Provider, d.Date, d.Version, d.Verdict)), " ")
		out = append(out, thing{kind: kindDriver, key: d.Hash.Short(), text: text})
	}
	return out, nil
}
