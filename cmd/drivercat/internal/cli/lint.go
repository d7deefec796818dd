package cli

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/lint"
)

func newLint(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "lint PATH...",
		Short: "Show what is wrong with INF files, with places and advice",
		Long: `Show what is wrong with INF files, with places and advice. A PATH is an INF or a folder, which is searched for them.

Errors keep Windows from importing or matching the driver and make the exit code 3; warnings are risks; infos are worth
knowing. With --json each finding is one object on a line of its own.`,
		Example: `  drivercat lint samples
  drivercat lint samples/sources/R61-8935CTO/CardReader --json`,
		Args:              wants("file or folder", 1, -1),
		ValidArgsFunction: completeINFs,
		RunE:              func(cmd *cobra.Command, paths []string) error { return a.runLint(cmd.Context(), paths) },
	}
}

// lintRun counts while files are looked at.
type lintRun struct {
	a          *app
	buf        []byte
	files      int
	unreadable int
	autorun    int // files passed over
	found      map[inf.Severity]int
}

func (a *app) runLint(ctx context.Context, paths []string) error {
	r := lintRun{a: a, found: map[inf.Severity]int{}}
	for _, path := range paths {
		if err := r.path(ctx, path); err != nil {
			return err
		}
	}
	switch {
	case r.files == 0 && r.unreadable > 0:
		return failed("", "nothing could be read")
	case r.files == 0:
		return coded(exitNothing, "", "no INF files in %s", strings.Join(paths, ", "))
	}
	if !a.flags.json && !a.flags.quiet {
		a.out.printf("%s: %s, %s, %s\n", count(r.files, "INF file"), count(r.found[inf.Error], "error"),
			count(r.found[inf.Warning], "warning"), count(r.found[inf.Info], "info"))
	}
	if r.autorun > 0 {
		a.err.say("%s passed over: no driver INF", count(r.autorun, "autorun.inf"))
	}
	switch {
	case r.unreadable > 0:
		return coded(exitPartial, "", "%s could not be read", count(r.unreadable, "path"))
	case r.found[inf.Error] > 0:
		return coded(exitPartial, "", "%s found", count(r.found[inf.Error], "error"))
	}
	return nil
}

// path looks at one file or at all INF files below a folder.
func (r *lintRun) path(ctx context.Context, root string) error {
	walk := root
	if st, err := os.Stat(root); err == nil && st.IsDir() {
		walk += string(filepath.Separator) // goes through a link that was named, though not through those below it
	}
	return filepath.WalkDir(walk, func(path string, e fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if r.a.out.failed() {
			return r.a.out.flush()
		}
		if err != nil {
			r.unreadable++
			r.a.err.warn("", "%s: %s", path, fileError(err))
			return nil
		}
		if e.IsDir() || path != walk && !strings.EqualFold(filepath.Ext(path), ".inf") {
			return nil
		}
		if path != walk && strings.EqualFold(e.Name(), "autorun.inf") {
			r.autorun++ // tells a drive what to start; only its name is that of an INF
			return nil
		}
		// Opening a pipe that was found waits for a writer, for ever. One that was named is meant.
		if st, err := os.Stat(path); err == nil && path != walk && !st.Mode().IsRegular() {
			r.unreadable++
			r.a.err.warn("", "%s: %s", path, notAFile(st.Mode()))
			return nil
		}
		return r.file(path)
	})
}

// notAFile says what stands where an INF file was expected.
func notAFile(m fs.FileMode) string {
	if m.IsDir() {
		return "a link to a folder; name the folder itself to search it"
	}
	return "a device, socket or pipe, not a file"
}

func (r *lintRun) file(path string) error {
	src, err := readINFFile(path, r.buf)
	if err != nil {
		r.unreadable++
		r.a.err.warn("", "%s: %s", path, fileError(err))
		return nil
	}
	r.buf = src
	r.files++
	f, ds := lint.Check(path, src)
	for _, d := range ds {
		r.found[d.Severity]++
		if r.a.flags.json {
			if _, err := r.a.out.Write(encodeLine(d)); err != nil {
				return err
			}
			continue
		}
		o := lint.Options{Colour: r.a.colour}
		if r.a.env.Stdout.Terminal {
			o.Columns = r.a.env.Stdout.Columns
		}
		if err := lint.Render(r.a.out, f, d, o); err != nil {
			return err
		}
	}
	return nil
}
