package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
)

// completer answers what may stand at a place of the command line.
type completer = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective)

// completeWithin bounds what a shell waits for after the tab key.
const completeWithin = 2 * time.Second

// mustComplete registers a flag's completer. It fails only if the flag does not exist, which every test would notice.
func mustComplete(cmd *cobra.Command, flag string, c completer) {
	if err := cmd.RegisterFlagCompletionFunc(flag, c); err != nil {
		panic(err)
	}
}

func completeFolders(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

func completeINFs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"inf", "INF", "Inf"}, cobra.ShellCompDirectiveFilterFileExt
}

func completeOS(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, o := range catalog.OperatingSystems() {
		out = append(out, o.Name+"\t"+o.Title)
	}
	return matching(out, typed), cobra.ShellCompDirectiveNoFileComp
}

func completeArch(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, arch := range inf.Arches() {
		out = append(out, arch.Short())
	}
	return matching(out, typed), cobra.ShellCompDirectiveNoFileComp
}

func completeWords(words ...string) completer {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return matching(words, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// matching keeps what begins with the typed text, ignoring case, since model names are typed in either.
func matching(all []string, typed string) []string {
	var out []string
	for _, s := range all {
		if len(s) >= len(typed) && strings.EqualFold(s[:len(typed)], typed) {
			out = append(out, s)
		}
	}
	return out
}

// completeModels offers the catalog's models.
func (a *app) completeModels(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return a.fromCatalog(cmd, typed, modelNames)
}

// firstArg completes the first argument only.
func (a *app) firstArg(c completer) completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return c(cmd, args, typed)
	}
}

// completeThings offers what show can show: models, sources, packages.
func (a *app) completeThings(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return a.fromCatalog(cmd, typed, modelNames, sourceNames, osNames)
}

// completePackages offers models that can be verified; folders are files, so the shell's own completion stays on.
func (a *app) completePackages(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	out, _ := a.fromCatalog(cmd, typed, modelNames)
	return out, cobra.ShellCompDirectiveDefault
}

// fromCatalog asks the catalog. A shell has no place for errors, so there are then no suggestions.
func (a *app) fromCatalog(cmd *cobra.Command, typed string, ask ...func(context.Context, catalog.Reader) ([]string, error)) ([]string, cobra.ShellCompDirective) {
	ctx, stop := context.WithTimeout(cmd.Context(), completeWithin)
	defer stop()
	set, err := a.resolve(cmd)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	a.set = set
	store, err := a.openCatalog(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer store.Close()
	var out []string
	for _, f := range ask {
		names, err := f(ctx, store)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		out = append(out, names...)
	}
	return matching(out, typed), cobra.ShellCompDirectiveNoFileComp
}

func modelNames(ctx context.Context, r catalog.Reader) ([]string, error) {
	ms, err := r.Models(ctx)
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = m.Name + "\t" + m.Make
	}
	return out, err
}

func sourceNames(ctx context.Context, r catalog.Reader) ([]string, error) {
	ss, err := r.Sources(ctx, catalog.SourceFilter{})
	out := make([]string, len(ss))
	for i, s := range ss {
		out[i] = fmt.Sprintf("source:%d\t%s", s.ID, s.Location)
	}
	return out, err
}

func osNames(context.Context, catalog.Reader) ([]string, error) {
	var out []string
	for _, o := range catalog.OperatingSystems() {
		out = append(out, o.Name+"\t"+o.Title)
	}
	return out, nil
}
