package cli

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/inf/lint"
	"github.com/drivercat/drivercat/packager/repair"
)

type repairOptions struct {
	paths  []string
	dryRun bool
}

func newRepair(a *app) *cobra.Command {
	var o repairOptions
	cmd := &cobra.Command{
		Use:   "repair PATH...",
		Short: "Restore converted line ends where the catalog proves the result",
		Long: `Restore converted line ends where the catalog proves the result. A PATH is an INF or a folder, which is searched for them.

Version control and transfers in text mode turn CR LF into LF, and Windows then refuses the driver: its catalog no longer lists
the INF. A file is written only if the catalog that the INF names lists the restored bytes; text files that the INF copies are
restored in the same way. Nothing else is touched. What cannot be proven is told and makes the exit code 3.`,
		Example: `  drivercat repair samples/converted --dry-run
  drivercat repair samples/converted/lantern.inf --dry-run --json`,
		Args:              wants("file or folder", 1, -1),
		ValidArgsFunction: completeINFs,
		RunE: func(cmd *cobra.Command, paths []string) error {
			o.paths = paths
			return a.runRepair(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVarP(&o.dryRun, "dry-run", "n", false, "say what would be done")
	return cmd
}

// repairReport is what is said about one file.
type repairReport struct {
	File    string `json:"file"`
	State   string `json:"state"` // repaired, repairable (with --dry-run), right, unproven, failed
	Catalog string `json:"catalog,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

// repairRun counts while folders are repaired.
type repairRun struct {
	a      *app
	o      repairOptions
	states map[string]int
}

func (a *app) runRepair(ctx context.Context, o repairOptions) error {
	a.whenInterrupted = "each file is as it was, or repaired"
	folders, unreadable, err := a.repairFolders(ctx, o.paths)
	if err != nil {
		return err
	}
	r := repairRun{a: a, o: o, states: map[string]int{}}
	for _, f := range folders {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.folder(ctx, f)
		if err != nil {
			return err
		}
		if unreadable += n; a.out.failed() {
			return a.out.flush()
		}
	}
	return r.outcome(len(folders) > 0, unreadable)
}

// outcome prints the summary and decides the exit code.
func (r *repairRun) outcome(found bool, unreadable int) error {
	n := func(states ...string) (sum int) {
		for _, s := range states {
			sum += r.states[s]
		}
		return sum
	}
	switch {
	case !found && unreadable > 0:
		return failed("", "nothing could be read")
	case !found:
		return coded(exitNothing, "", "no INF files in %s", strings.Join(r.o.paths, ", "))
	}
	if !r.a.flags.json && !r.a.flags.quiet {
		done := "repaired"
		if r.o.dryRun {
			done = "to repair"
		}
		r.a.out.printf("%s: %d %s, %d right, %d not proven\n", count(n("repaired", "repairable", "right", "unproven", "failed"), "file"),
			n("repaired", "repairable"), done, n("right"), n("unproven"))
	}
	switch {
	case unreadable+n("failed") > 0:
		return coded(exitPartial, "", "%s could not be read or written", count(unreadable+n("failed"), "path"))
	case n("unproven") > 0:
		return coded(exitPartial, "get the INF and its catalog from one release of the vendor", "%s cannot be proven by a catalog", count(n("unproven"), "file"))
	}
	return nil
}

// repairFolder is a folder with the INF files in it that are looked at.
type repairFolder struct {
	dir  string
	infs []string
}

// repairFolders finds the INF files, by folder, in the order of the arguments.
func (a *app) repairFolders(ctx context.Context, paths []string) (out []repairFolder, unreadable int, err error) {
	found := make(chan string)
	w := lintWalk{a: a}
	var walkErr error
	go func() {
		defer close(found)
		for _, p := range paths {
			if walkErr = w.path(ctx, p, found); walkErr != nil {
				return
			}
		}
	}()
	at := map[string]int{}
	for p := range found {
		dir, name := filepath.Split(p)
		dir = cmp.Or(filepath.Clean(dir), ".")
		i, ok := at[dir]
		if !ok {
			i = len(out)
			at[dir] = i
			out = append(out, repairFolder{dir: dir})
		}
		if !slices.Contains(out[i].infs, name) {
			out[i].infs = append(out[i].infs, name)
		}
	}
	return out, w.unreadable, walkErr
}

// folder repairs the files of one folder, and returns how many could not be read.
func (r *repairRun) folder(ctx context.Context, f repairFolder) (unreadable int, err error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		r.a.err.warn("", "%s: %s", f.dir, fileError(err))
		return 1, nil
	}
	defer root.Close()
	texts, problems := lint.NewFolder(root.FS(), f.dir).Texts(f.infs)
	for _, p := range problems {
		r.a.err.warn("", "%s", problemText(p))
	}
	for _, t := range texts {
		rep := repairReport{File: filepath.Join(f.dir, filepath.FromSlash(t.Path)), State: string(t.State), Reason: t.Reason}
		if t.Catalog != "" {
			rep.Catalog = filepath.Join(f.dir, filepath.FromSlash(t.Catalog))
		}
		if t.State == lint.TextConverted {
			rep.State = "repairable"
			if !r.o.dryRun {
				rep.State = "repaired"
				switch err := repair.File(ctx, root, t.Path, t.Was, t.Restored); {
				case ctx.Err() != nil && errors.Is(err, ctx.Err()):
					return len(problems), err
				case err != nil:
					rep.State, rep.Reason = "failed", writeError(err)
				}
			}
		}
		if err := r.say(rep); err != nil {
			return len(problems), err
		}
	}
	return len(problems), nil
}

// say prints what became of one file. Files that are right are many, and told with --verbose or --json only.
func (r *repairRun) say(rep repairReport) error {
	r.states[rep.State]++
	if r.a.flags.json {
		_, err := r.a.out.Write(encodeLine(rep))
		return err
	}
	switch rep.State {
	case "right":
		if r.a.flags.verbose {
			r.a.out.printf("right: %s\n", plain(rep.File))
		}
	case "repairable":
		r.a.out.printf("would repair: %s (listed by %s)\n", plain(rep.File), plain(filepath.Base(rep.Catalog)))
	case "repaired":
		r.a.out.printf("repaired: %s (listed by %s)\n", plain(rep.File), plain(filepath.Base(rep.Catalog)))
	case "failed":
		r.a.err.warn("", "%s: %s", rep.File, rep.Reason)
	default:
		r.a.out.printf("not proven: %s: %s\n", plain(rep.File), plain(rep.Reason))
	}
	return nil
}

// problemText is an error of reading with the file's name, in our words.
func problemText(err error) string {
	var pe *fs.PathError
	s := strings.TrimPrefix(err.Error(), "lint: ")
	if errors.As(err, &pe) {
		s = strings.TrimSuffix(s, pe.Error()) + fileError(pe)
	}
	return strings.TrimPrefix(strings.TrimPrefix(s, "open "), "read ")
}

// writeError says why a file was not replaced.
func writeError(err error) string {
	for _, known := range []error{repair.ErrLink, repair.ErrChanged, repair.ErrWrite} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return fileError(err)
}
