package cli

import (
	"bytes"
	"cmp"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/lint"
)

type lintOptions struct {
	paths   []string
	explain []string
	sarif   bool
	all     bool
	quick   bool
	targets []string

	systems []inf.Target // the targets, looked up
}

func newLint(a *app) *cobra.Command {
	var o lintOptions
	cmd := &cobra.Command{
		Use:   "lint PATH... | --explain CODE",
		Short: "Show what is wrong with INF files, with places and advice",
		Long: `Show what is wrong with INF files and the files beside them, with places and advice. A PATH is an INF or a folder, which is
searched for them. Files are compared with the catalog that lists them; --quick leaves that out. --target asks, besides, whether a
driver serves that system.

Errors keep Windows from importing the driver or from serving a device and make the exit code 3; warnings are risks; infos are
worth knowing, and shown with --all. --explain tells more about a code. With --json each finding is one object on a line of its
own; --sarif prints a log that code-scanning services read.`,
		Example: `  drivercat lint samples
  drivercat lint --explain INF0303
  drivercat lint samples --target win10-x64 --sarif`,
		Args: func(_ *cobra.Command, paths []string) error {
			switch {
			case len(paths) == 0 && len(o.explain) == 0:
				return usageError("usage: drivercat lint PATH... | --explain CODE", "no file or folder is given")
			case len(paths) > 0 && len(o.explain) > 0:
				return usageError("leave one of them away", "both --explain and a PATH are given")
			case o.sarif && a.flags.json:
				return usageError("leave one of them away", "both --json and --sarif are given")
			}
			return nil
		},
		ValidArgsFunction: completeINFs,
		RunE: func(cmd *cobra.Command, paths []string) error {
			if o.paths = paths; len(o.explain) > 0 {
				return a.explain(o.explain)
			}
			for _, name := range o.targets {
				t, err := catalog.ParseTarget(name, "")
				if err != nil {
					return usageError("", "--target: %w", err)
				}
				o.systems = append(o.systems, t.System())
			}
			return a.runLint(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.explain, "explain", nil, "explain `CODE`, such as INF0303, and end")
	f.BoolVar(&o.all, "all", false, "show infos too")
	f.BoolVar(&o.sarif, "sarif", false, "print a SARIF 2.1.0 log")
	f.BoolVar(&o.quick, "quick", false, "do not read the files beside an INF, only its catalogs")
	f.StringSliceVar(&o.targets, "target", nil, "ask whether drivers serve `OS-ARCH`, such as win11-x64")
	mustComplete(cmd, "explain", completeCodes)
	mustComplete(cmd, "target", completeOS)
	return cmd
}

func completeCodes(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, r := range lint.Rules() {
		out = append(out, r.Code+"\t"+strings.ReplaceAll(r.Title, "`", ""))
	}
	return matching(out, typed), cobra.ShellCompDirectiveNoFileComp
}

// explain prints what codes mean.
func (a *app) explain(codes []string) error {
	o := lint.Options{Colour: a.colour}
	if a.env.Stdout.Terminal {
		o.Columns = a.env.Stdout.Columns
	}
	for i, code := range codes {
		r, ok := lint.Rule(code)
		if !ok {
			return usageError("docs/diagnostics.md lists the codes", "there is no code %s", quote(code))
		}
		if a.flags.json {
			if _, err := a.out.Write(encodeLine(jsonRuleOf(r))); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			a.out.printf("\n")
		}
		if err := lint.Explain(a.out, r, o); err != nil {
			return err
		}
	}
	return nil
}

// jsonRule is a rule as JSON.
type jsonRule struct {
	Code        string       `json:"code"`
	Severity    inf.Severity `json:"severity"`
	Title       string       `json:"title"`
	Advice      string       `json:"advice"`
	Explanation string       `json:"explanation"`
	InfVerif    []int        `json:"infVerif"`
	Source      string       `json:"source,omitempty"`
}

func jsonRuleOf(r inf.Rule) jsonRule {
	return jsonRule{
		Code: r.Code, Severity: r.Severity, Title: strings.ReplaceAll(r.Title, "`", ""), Advice: r.Advice,
		Explanation: r.Explanation, InfVerif: append([]int{}, r.InfVerif...), Source: r.Source,
	}
}

// linted is the outcome for one file.
type linted struct {
	text       []byte          // what is printed, unless SARIF is
	found      inf.Diagnostics // for SARIF
	count      map[inf.Severity]int
	unreadable string
	problems   []error // with files beside it
}

// lintFolders keeps the folders that workers look at: INF files that lie together share what was read of it.
type lintFolders struct {
	mu     sync.Mutex
	recent []*lintFolder // the latest last
	keep   int
}

type lintFolder struct {
	dir    string
	folder *lint.Folder
}

func (l *lintFolders) of(dir string) *lint.Folder {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.recent, func(f *lintFolder) bool { return f.dir == dir })
	if i < 0 {
		if len(l.recent) == l.keep {
			l.recent = slices.Delete(l.recent, 0, 1)
		}
		shown := dir
		if dir == "." { // as it was typed
			shown = ""
		}
		l.recent = append(l.recent, &lintFolder{dir, lint.NewFolder(os.DirFS(dir), shown)})
		return l.recent[len(l.recent)-1].folder
	}
	f := l.recent[i]
	l.recent = append(slices.Delete(l.recent, i, i+1), f)
	return f.folder
}

// lintWalk finds the files and counts what it passes over.
type lintWalk struct {
	a          *app
	unreadable int
	autorun    int // files passed over
}

func (a *app) runLint(ctx context.Context, o lintOptions) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	workers := a.set.workers()
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	walk := lintWalk{a: a}
	paths := make(chan string, 64)
	var walkErr error
	walked := make(chan struct{})
	go func() {
		defer close(walked)
		defer close(paths)
		for _, root := range o.paths {
			if walkErr = walk.path(ctx, root, paths); walkErr != nil {
				return
			}
		}
	}()
	var sarif *lint.SARIF
	if o.sarif {
		v := a.version()
		sarif = lint.NewSARIF(a.out, lint.Tool{Name: "drivercat", Version: v.Version, URL: "https://github.com/drivercat/drivercat"})
	}
	files, unreadable := 0, 0
	found := map[inf.Severity]int{}
	folders := &lintFolders{keep: 4 * workers}
	for r := range inOrder(ctx, workers, paths, func() func(string) linted { return a.linter(o, folders) }) {
		if r.unreadable != "" {
			unreadable++
			a.err.warn("", "%s", r.unreadable)
			continue
		}
		files++
		for _, err := range r.problems {
			unreadable++
			a.err.warn("", "%s", fileError(err))
		}
		for s, n := range r.count {
			found[s] += n
		}
		if _, err := a.out.Write(r.text); err != nil {
			return err
		}
		for _, d := range r.found {
			if err := sarif.Write(d); err != nil {
				return err
			}
		}
		if a.out.failed() {
			return a.out.flush()
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if <-walked; walkErr != nil {
		return walkErr
	}
	if sarif != nil {
		if err := sarif.Close(); err != nil {
			return err
		}
	}
	return a.lintOutcome(o, files, unreadable+walk.unreadable, walk.autorun, found)
}

// lintOutcome prints the summary and decides the exit code.
func (a *app) lintOutcome(o lintOptions, files, unreadable, autorun int, found map[inf.Severity]int) error {
	switch {
	case files == 0 && unreadable > 0:
		return failed("", "nothing could be read")
	case files == 0:
		return coded(exitNothing, "", "no INF files in %s", strings.Join(o.paths, ", "))
	}
	if !a.flags.json && !o.sarif && !a.flags.quiet {
		hidden := ""
		if found[inf.Info] > 0 && !o.all {
			hidden = " (--all shows them)"
		}
		a.out.printf("%s: %s, %s, %s%s\n", count(files, "INF file"), count(found[inf.Error], "error"),
			count(found[inf.Warning], "warning"), count(found[inf.Info], "info"), hidden)
	}
	if autorun > 0 {
		a.err.say("%s passed over: no driver INF", count(autorun, "autorun.inf"))
	}
	switch {
	case unreadable > 0:
		return coded(exitPartial, "", "%s could not be read", count(unreadable, "path"))
	case found[inf.Error] > 0:
		return coded(exitPartial, "", "%s found", count(found[inf.Error], "error"))
	}
	return nil
}

// path sends one file, or all INF files below a folder.
func (w *lintWalk) path(ctx context.Context, root string, to chan<- string) error {
	walk := root
	if st, err := os.Stat(root); err == nil && st.IsDir() {
		walk += string(filepath.Separator) // goes through a link that was named, though not through those below it
	}
	return filepath.WalkDir(walk, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			w.unreadable++
			w.a.err.warn("", "%s: %s", path, fileError(err))
			return nil
		}
		if e.IsDir() || path != walk && !strings.EqualFold(filepath.Ext(path), ".inf") {
			return ctx.Err()
		}
		if path != walk && strings.EqualFold(e.Name(), "autorun.inf") {
			w.autorun++ // tells a drive what to start; only its name is that of an INF
			return nil
		}
		// Opening a pipe that was found waits for a writer, for ever. One that was named is meant.
		if st, err := os.Stat(path); err == nil && path != walk && !st.Mode().IsRegular() {
			w.unreadable++
			w.a.err.warn("", "%s: %s", path, notAFile(st.Mode()))
			return nil
		}
		select {
		case to <- path:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// notAFile says what stands where an INF file was expected.
func notAFile(m fs.FileMode) string {
	if m.IsDir() {
		return "a link to a folder; name the folder itself to search it"
	}
	return "a device, socket or pipe, not a file"
}

// linter returns the function of one worker.
func (a *app) linter(o lintOptions, folders *lintFolders) func(string) linted {
	render := lint.Options{Colour: a.colour}
	if a.env.Stdout.Terminal {
		render.Columns = a.env.Stdout.Columns
	}
	return func(path string) linted {
		src, err := readINFFile(path, nil) // the folder keeps what it was read from
		if err != nil {
			return linted{unreadable: path + ": " + fileError(err)}
		}
		p := folders.of(filepath.Dir(path)).Check(filepath.Base(path), src, lint.PackageOptions{Quick: o.quick, Targets: o.systems})
		if len(o.systems) > 0 {
			d := p.File.Driver()
			for _, t := range o.systems {
				p.Diagnostics = append(p.Diagnostics, d.CheckTarget(t)...)
			}
			slices.SortStableFunc(p.Diagnostics, func(a, b inf.Diagnostic) int { return cmp.Compare(a.Range.Start.Offset, b.Range.Start.Offset) })
		}
		r := linted{count: map[inf.Severity]int{}, problems: p.Problems}
		var b bytes.Buffer
		for _, d := range p.Diagnostics {
			r.count[d.Severity]++
			switch {
			case o.sarif:
			case a.flags.json:
				b.Write(encodeLine(d))
			case d.Severity != inf.Info || o.all:
				_ = lint.Render(&b, p.File, d, render) // a buffer takes everything
			}
		}
		if r.text = b.Bytes(); o.sarif {
			r.found = p.Diagnostics
		}
		return r
	}
}
