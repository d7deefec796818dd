package packager

import (
	"context"
	"fmt"

	"github.com/drivercat/drivercat/catalog"
)

// Input is what planning needs to know: everything the catalog holds for one model and target.
type Input struct {
	Model   catalog.Model
	Target  catalog.Target
	Sources []InputSource
}

// InputSource is one source of the model and target.
type InputSource struct {
	Source     catalog.Source
	Drivers    []catalog.SourceDriverRecord // with INF.IDs
	Installers []catalog.SourceInstaller
	Files      []catalog.SourceFile // ordered by path
}

// Load gathers the sources of a model for a target. A model or target that the catalog does not have is an error that wraps
// catalog.ErrNotFound.
func Load(ctx context.Context, r catalog.Reader, model string, target catalog.Target) (Input, error) {
	m, err := r.Model(ctx, model)
	if err != nil {
		return Input{}, fmt.Errorf("packager: load model \"%s\": %w", model, err)
	}
	in := Input{Model: m.Model, Target: target}
	sources, err := r.Sources(ctx, catalog.SourceFilter{Model: m.Name, Target: target})
	if err != nil {
		return Input{}, fmt.Errorf("packager: load sources of %s: %w", m.Name, err)
	}
	if len(sources) == 0 {
		return Input{}, fmt.Errorf("packager: %s has no source for %s: %w", m.Name, target.Title(), catalog.ErrNotFound)
	}
	for _, s := range sources {
		is := InputSource{Source: s}
		if is.Drivers, err = r.SourceDrivers(ctx, s.ID, true); err != nil {
			return Input{}, fmt.Errorf("packager: load drivers of source %d: %w", s.ID, err)
		}
		if is.Installers, err = r.SourceInstallers(ctx, s.ID); err != nil {
			return Input{}, fmt.Errorf("packager: load installers of source %d: %w", s.ID, err)
		}
		for f, err := range r.SourceFiles(ctx, s.ID) {
			if err != nil {
				return Input{}, fmt.Errorf("packager: load files of source %d: %w", s.ID, err)
			}
			is.Files = append(is.Files, f)
		}
		in.Sources = append(in.Sources, is)
	}
	return in, nil
}
