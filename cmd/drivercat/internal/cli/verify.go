package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/local"
	"github.com/drivercat/drivercat/packager/tree/smb/login"
)

// verifyReport is the shape of "verify --json".
type verifyReport struct {
	OK       bool                `json:"ok"`
	Packages []packager.Verified `json:"packages"`
	Traffic  *tree.Traffic       `json:"traffic,omitempty"` // on a share that is reached over the network
}

func newVerify(a *app) *cobra.Command {
	signatures := false
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "verify [MODEL|FOLDER...]",
		Short: "Check packages on the share file by file, or the signatures of drivers",
		Long: `Check packages on the share: every file is read and compared with the package's manifest. It finds files that are
missing, extra, changed or unreadable, half-published packages, and manifests that are not the ones that the catalog
recorded; the exit code is then 5.

MODEL stands for its packages for every operating system, FOLDER for a package's folder. Without either every package on
the share is checked, and those that the catalog knows and the share lacks. A package that is an archive is opened, and the
files in it are checked too; a WIM that no program here can open is compared as a whole.

--signatures checks something else: whether drivers are what somebody signed. The signature of each catalog is verified with
its chain and its time stamp, offline, and every file is compared with the catalog. FOLDER may be any folder of drivers then, or an
archive. A driver is "verified" if its chain leads to a root of Microsoft, "listed" if everything is right but the root is
another one, "unsigned", or "broken": then the exit code is 5. A date with a question mark is the signer's word, which no time
stamp proves.`,
		Example: `  drivercat verify --share /srv/Drivers
  drivercat verify R61-8935CTO --share /srv/Drivers --json
  drivercat verify --signatures samples/sources/L14-20U1CTO/Audio`,
		ValidArgsFunction: a.completePackages,
		RunE: func(cmd *cobra.Command, args []string) error {
			if signatures {
				return a.runVerifySignatures(cmd.Context(), args)
			}
			return a.runVerify(cmd.Context(), args, wait)
		},
	}
	cmd.Flags().DurationVar(&wait, "wait", packager.LockWait, "the `TIME` to wait for who builds a package just now, such as 10m; 0s does not wait")
	cmd.Flags().BoolVar(&signatures, "signatures", false, "verify signatures, of drivers in any folder")
	return cmd
}

func (a *app) runVerify(ctx context.Context, names []string, wait time.Duration) error {
	if wait < 0 {
		return usageError("0s does not wait", "--wait %s lies in the past", wait)
	}
	t, err := a.openShare(ctx, "verify")
	if err != nil {
		return err
	}
	defer t.Close()
	recorded, err := a.recordedPackages(ctx)
	if err != nil {
		return err
	}
	folders, err := a.packageFolders(ctx, t, recorded, names)
	if err != nil {
		return err
	}
	meter := new(catalog.Meter)
	stop := a.progressOn(t, meter)
	vs, err := packager.Verify(ctx, t, packager.VerifyOptions{Workers: a.set.workers(), Recorded: recorded, Meter: meter, Packers: a.packers(), Wait: wait,
		Waiting: func(err error) { a.err.say("waiting for the other one to finish: %s", message(err)) },
	}, folders...)
	stop()
	if err != nil {
		return err
	}
	rep := verifyReport{OK: true, Packages: orEmpty(vs), Traffic: traffic(t)}
	findings := 0
	for _, v := range vs {
		findings += len(v.Findings)
		rep.OK = rep.OK && v.OK()
	}
	if a.flags.json {
		if err := a.out.json(rep); err != nil {
			return err
		}
	} else {
		a.printVerified(vs)
		a.noteTraffic(rep.Traffic)
	}
	if !rep.OK {
		return coded(exitVerify, "", "%s in %s", count(findings, "finding"), count(len(vs), "package"))
	}
	return nil
}

// packageFolders finds the packages that are meant, relative to the share root.
func (a *app) packageFolders(ctx context.Context, t tree.Tree, recorded []catalog.Package, names []string) ([]string, error) {
	there, err := packager.Packages(ctx, t, a.layout())
	if err != nil {
		return nil, err
	}
	model := map[string]string{} // by folder
	for _, p := range recorded {
		model[p.Folder] = p.Model.Name
	}
	for _, p := range there {
		model[p.Folder] = p.Model
	}
	var out []string
	for folder := range model {
		if len(names) == 0 {
			out = append(out, folder)
		}
	}
	for _, name := range names {
		found := false
		for folder, m := range model {
			if strings.EqualFold(m, layout.Normalise(name)) || a.isFolder(folder, name) {
				out, found = append(out, folder), true
			}
		}
		if found {
			continue
		}
		folder, err := a.namedFolder(t, name)
		if err != nil {
			return nil, err
		}
		out = append(out, folder)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	if len(out) == 0 {
		return nil, coded(exitNothing, "make one with \"drivercat build MODEL --os OS\"", "no packages below %s in %s", a.layout().PackagesRoot(), t.Root())
	}
	return out, nil
}

// namedFolder takes a package's folder as it is typed: relative to the share root or to the current folder, or absolute.
func (a *app) namedFolder(t tree.Tree, name string) (string, error) {
	rel := path.Clean(strings.ReplaceAll(filepath.ToSlash(name), `\`, "/"))
	if fs.ValidPath(rel) && rel != "." {
		if i, err := t.Lstat(rel); err == nil && i.IsDir() {
			return rel, nil
		}
	}
	if folder, err, ok := folderByAddress(t, name); ok {
		return folder, err
	}
	root := t.Root()
	if _, ok := t.(*local.Tree); !ok {
		root = ""
	}
	st, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) || root == "" {
		return "", coded(exitNothing, "\"drivercat list packages\" shows the packages", "no package or folder is called \"%s\" on %s", name, t.Root())
	}
	if err != nil {
		return "", failed("", "%s: %s", name, fileError(err))
	}
	if !st.IsDir() {
		return "", usageError("name the package's folder", "%s is a file", name)
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	inside, err := filepath.Rel(root, abs)
	if err != nil || !filepath.IsLocal(inside) || inside == "." {
		return "", usageError("name another share with --share", "%s does not lie on the share %s", name, t.Root())
	}
	return filepath.ToSlash(inside), nil
}

// folderByAddress takes the folder of a share that is reached over the network by its address.
func folderByAddress(t tree.Tree, name string) (folder string, err error, ok bool) {
	if !login.IsAddress(name) || !login.IsAddress(t.Root()) {
		return "", nil, false
	}
	if shown := login.Redact(name); shown != name {
		return "", usageError(adviceNoPasswordInAddress, "%s: a password does not belong in an address: process lists and logs show it", shown), true
	}
	folder, err = belowAddress(t.Root(), name)
	if err != nil {
		return "", usageError("name another share with --share", "%w", err), true
	}
	switch i, err := t.Lstat(folder); {
	case errors.Is(err, fs.ErrNotExist):
		return "", coded(exitNothing, "\"drivercat list packages\" shows the packages", "there is no folder %s", name), true
	case err != nil:
		return "", err, true
	case !i.IsDir():
		return "", usageError("name the package's folder", "%s is a file", name), true
	}
	return folder, nil, true
}

// belowAddress is the path of an address relative to that of a share root.
func belowAddress(root, name string) (string, error) {
	at, err := login.ParseAddress(name)
	if err != nil {
		return "", err
	}
	base, err := login.ParseAddress(root)
	if err != nil {
		return "", err
	}
	prefix := ""
	if base.Folder != "" {
		prefix = base.Folder + "/"
	}
	same := strings.EqualFold(at.Server, base.Server) && strings.EqualFold(at.Share, base.Share)
	if !same || len(at.Folder) <= len(prefix) || !strings.EqualFold(at.Folder[:len(prefix)], prefix) {
		return "", fmt.Errorf("%s does not lie on the share %s", name, root)
	}
	return at.Folder[len(prefix):], nil
}

// recordedPackages are the packages that the catalog knows; none if there is no catalog, which verifying does not need.
func (a *app) recordedPackages(ctx context.Context) ([]catalog.Package, error) {
	file, err := a.catalogFile()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(file); err != nil {
		return nil, nil
	}
	store, err := a.openCatalog(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	return store.Packages(ctx, catalog.PackageFilter{})
}

func (a *app) printVerified(vs []packager.Verified) {
	g := newGrid(column{"PACKAGE", wrap}, column{"FILE", wrap}, column{"CODE", fixed}, column{"FINDING", wrap}, column{"ADVICE", wrap})
	var files, bytes int64
	for _, v := range vs {
		files += int64(v.Files)
		bytes += v.Bytes
		if v.Recovered != packager.NothingToRecover {
			a.err.say("%s: an interrupted build was %s", v.Folder, v.Recovered)
		}
		for _, f := range v.Findings {
			g.add(f.Folder, cmp.Or(f.Path, "-"), f.Code, f.Text, f.Advice)
		}
	}
	a.renderAny(g)
	if a.flags.quiet {
		return
	}
	if len(g.rows) > 0 {
		a.out.printf("\n")
	}
	for _, v := range vs {
		if v.OK() {
			in := ""
			switch {
			case v.Unopened != "":
				in = ", as a whole: " + v.Unopened
			case v.Archive != "":
				in = " in " + v.Archive
			}
			a.out.printf("ok: %s version %d, %s, %s%s\n", plain(v.Folder), v.Version, count(v.Files, "file"), size(v.Bytes), in)
		}
	}
	a.out.printf("%s checked: %s, %s\n", count(len(vs), "package"), count(files, "file"), size(bytes))
}
