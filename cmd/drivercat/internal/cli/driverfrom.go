package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/installer"
)

// fromCatalogue takes the silent command from Lenovo's catalogue of hardware apps: the entry for a model and a system that
// carry the driver, and of the name that --app asks for.
func (a *app) fromCatalogue(ctx context.Context, r catalog.Reader, d *catalog.Driver, o *driverSetOptions) error {
	if o.from == "" {
		return nil
	}
	if d.Installer == nil {
		return usageError("--from is for setup programs", "%s is no setup program", d.Name)
	}
	apps, err := readHardwareApps(o.from)
	if err != nil {
		return err
	}
	uses, err := r.DriverUses(ctx, d.Hash)
	if err != nil {
		return err
	}
	var models []string
	var fitting []installer.HardwareApp
	for _, u := range uses.Sources {
		if m := u.Source.Model.Name; !slices.Contains(models, m) {
			models = append(models, m)
		}
		for _, app := range apps {
			if app.Fits(u.Source.Model.Name) && app.FitsOS(u.Source.Target.String()) && strings.Contains(strings.ToLower(app.Name), strings.ToLower(o.app)) &&
				!slices.ContainsFunc(fitting, func(f installer.HardwareApp) bool { return f.Name == app.Name && f.Command == app.Command }) {
				fitting = append(fitting, app)
			}
		}
	}
	switch len(fitting) {
	case 0:
		what := ""
		if o.app != "" {
			what = " with " + quote(o.app) + " in its name"
		}
		return coded(exitNothing, "", "%s has nothing%s for %s on the systems that carry %s", o.from, what, strings.Join(models, ", "), d.Name)
	case 1:
	default:
		e := &codedError{code: exitUsage, err: fmt.Errorf("%s has %d programs for %s; say which with --app", o.from, len(fitting), strings.Join(models, ", "))}
		for _, f := range fitting {
			e.hints = append(e.hints, fmt.Sprintf("--app %s   %s: %s", quote(f.Name), f.Category, f.Command))
		}
		return e
	}
	app := fitting[0]
	o.silent, o.given["silent"] = app.Command, true
	if strings.TrimSpace(o.reason) == "" {
		o.reason = strings.TrimSpace(fmt.Sprintf("Lenovo's %s says so of %s %s", filepath.Base(o.from), app.Name, app.URL))
	}
	return nil
}

func readHardwareApps(path string) ([]installer.HardwareApp, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, failed("", "%s: %s", path, fileError(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, installer.MaxHardwareApps+1))
	if err != nil {
		return nil, failed("", "%s: %s", path, fileError(err))
	}
	apps, err := installer.ParseHardwareApps(data)
	if err != nil {
		return nil, failed("it is read as Lenovo publishes it: catalog.xml with <Products>", "%s is no catalogue of hardware apps: %s", path, strings.TrimPrefix(err.Error(), "installer: hardware apps: "))
	}
	return apps, nil
}
