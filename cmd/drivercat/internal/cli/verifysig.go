package cli

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/intake"
	"github.com/drivercat/drivercat/catalog/sqlite"
)

// signatureReport is the shape of "verify --signatures --json".
type signatureReport struct {
	OK      bool              `json:"ok"` // nothing is broken
	Folders []signatureFolder `json:"folders"`
}

// signatureFolder is a folder of drivers, or one file that holds some.
type signatureFolder struct {
	Folder  string            `json:"folder"` // as it was named; of a package its folder on the share
	Drivers []signatureDriver `json:"drivers"`
	Notices []intake.Problem  `json:"notices"` // what could not be read
}

// signatureDriver is what is known of a driver's signatures.
type signatureDriver struct {
	Path       string                 `json:"path"` // of the INF, relative to the folder
	Driver     catalog.Hash           `json:"driver"`
	Verdict    catalog.Verdict        `json:"verdict"`
	State      catalog.SignatureState `json:"state"` // the worst
	Signatures []catalog.Signature    `json:"signatures"`
}

// runVerifySignatures verifies the signatures of drivers on the share or anywhere on this machine.
func (a *app) runVerifySignatures(ctx context.Context, names []string) error {
	places, share, err := a.signaturePlaces(ctx, names)
	if err != nil {
		return err
	}
	if share != nil {
		defer share.Close()
	}
	rep := signatureReport{OK: true, Folders: []signatureFolder{}}
	drivers, broken, problems := 0, 0, 0
	for _, p := range places {
		f, n, err := a.folderSignatures(ctx, p)
		if err != nil {
			return err
		}
		for _, d := range f.Drivers {
			drivers++
			if d.State == catalog.SignatureBroken {
				broken++
			}
		}
		problems += n
		rep.Folders = append(rep.Folders, f)
	}
	rep.OK = broken == 0
	if a.flags.json {
		if err := a.out.json(rep); err != nil {
			return err
		}
	} else {
		a.printSignatureReport(rep)
	}
	switch {
	case broken > 0:
		return coded(exitVerify, "", "%s of %s broken", count(broken, "signature"), count(drivers, "driver"))
	case problems > 0:
		return coded(exitPartial, "", "%s, each told above", count(problems, "problem"))
	case drivers == 0:
		return coded(exitNothing, "", "no drivers there")
	}
	return nil
}

// signaturePlaces finds out what names mean: folders and files of this machine, else models and packages on the share. The caller
// closes the share, which is nil if nobody asked it.
func (a *app) signaturePlaces(ctx context.Context, names []string) (places []location, share openedTree, err error) {
	var rest []string
	for _, name := range names {
		switch _, err := os.Stat(name); {
		case err == nil:
			abs, err := filepath.Abs(name)
			if err != nil {
				return nil, nil, err
			}
			places = append(places, location{shown: name, path: abs})
		case errors.Is(err, fs.ErrNotExist):
			rest = append(rest, name)
		default:
			return nil, nil, failed("", "%s: %s", name, fileError(err))
		}
	}
	if len(rest) == 0 && len(names) > 0 {
		return places, nil, nil
	}
	t, err := a.openShare(ctx, "verify")
	if err != nil {
		return nil, nil, err
	}
	recorded, err := a.recordedPackages(ctx)
	if err != nil {
		t.Close()
		return nil, nil, err
	}
	folders, err := a.packageFolders(ctx, t, recorded, rest)
	if err != nil {
		t.Close()
		return nil, nil, err
	}
	for _, f := range folders {
		places = append(places, locationOn(t, f, f))
	}
	return places, t, nil
}

// folderSignatures reads a folder like an import, into a catalog that lasts as long as the command.
func (a *app) folderSignatures(ctx context.Context, p location) (f signatureFolder, problems int, err error) {
	f = signatureFolder{Folder: p.shown, Drivers: []signatureDriver{}, Notices: []intake.Problem{}}
	dir, err := os.MkdirTemp("", "drivercat-verify-*")
	if err != nil {
		return f, 0, err
	}
	defer os.RemoveAll(dir)
	store, err := sqlite.Open(ctx, filepath.Join(dir, "verify.db"), sqlite.Options{})
	if err != nil {
		return f, 0, err
	}
	defer store.Close()
	meter := new(catalog.Meter)
	stop := a.progressOn(p.tree, meter)
	key := catalog.SourceKey{Model: catalog.Model{Name: "verify"}, Target: catalog.Target{OS: "win11", Arch: "amd64"}, Location: p.path}
	result, err := p.read(ctx, store, key, intake.Options{
		Workers: a.set.workers(), Now: a.env.Now, Meter: meter,
		Problem: func(x intake.Problem) { f.Notices = append(f.Notices, x) },
	})
	stop()
	if err != nil {
		return f, 0, err
	}
	for _, x := range f.Notices {
		if !x.Warning && !a.flags.json {
			a.err.warn(x.Advice, "%s: %s", filepath.Join(p.shown, filepath.FromSlash(x.Path)), x.Text)
		}
	}
	records, err := store.SourceDrivers(ctx, result.Source.ID, false)
	if err != nil {
		return f, 0, err
	}
	for _, r := range records {
		if r.Driver.INF == nil {
			continue
		}
		f.Drivers = append(f.Drivers, signatureDriver{
			Path: r.Path, Driver: r.Driver.Hash, Verdict: r.Driver.Verdict, State: r.Driver.SignatureWorst(), Signatures: orEmpty(r.Driver.Signatures),
		})
	}
	return f, result.Problems, nil
}

func (a *app) printSignatureReport(rep signatureReport) {
	states := map[catalog.SignatureState]int{}
	drivers := 0
	for i, f := range rep.Folders {
		g := newGrid(append([]column{{"INF", wrap}}, signatureColumns()...)...)
		g.paint(2, signatureColours())
		for _, d := range f.Drivers {
			drivers++
			states[d.State]++
			for _, s := range d.Signatures {
				g.add(append([]string{d.Path}, signatureRow(s)...)...)
			}
			if len(d.Signatures) == 0 {
				g.add(d.Path, "-", "-", "-", "-", "-", "-", "it is for no architecture")
			}
		}
		if len(rep.Folders) > 1 {
			if i > 0 {
				a.out.printf("\n")
			}
			a.out.printf("%s\n", plain(f.Folder))
		}
		a.renderAny(g)
	}
	if a.flags.quiet {
		return
	}
	a.out.printf("\n%s: %s verified, %s listed, %s unsigned, %s broken", count(drivers, "driver"), number(states[catalog.SignatureVerified]),
		number(states[catalog.SignatureListed]), number(states[catalog.SignatureUnsigned]), number(states[catalog.SignatureBroken]))
	if none := states[""]; none > 0 {
		a.out.printf(", %s for no architecture", number(none))
	}
	a.out.printf("\n")
}

func signatureColours() map[string]text.Color {
	return map[string]text.Color{string(catalog.SignatureVerified): text.FgGreen, string(catalog.SignatureUnsigned): text.FgYellow, string(catalog.SignatureBroken): text.FgRed}
}

func signatureColumns() []column {
	return []column{{"FOR", wrap}, {"SIGNATURE", fixed}, {"KIND", fixed}, {"SIGNER", wrap}, {"SIGNED", fixed}, {"DIGEST", fixed | spare}, {"WHY", wrap}}
}

// signatureRow is a signature in the columns of signatureColumns.
func signatureRow(s catalog.Signature) []string {
	signed, digest := "-", cmp.Or(s.Digest, "-")
	if !s.Signed.IsZero() {
		signed = s.Signed.UTC().Format("2006-01-02")
		if s.Stamped == "" {
			signed += "?" // nobody proves it
		}
	}
	if s.Legacy {
		digest += ", legacy"
	}
	return []string{archNames(s.Arches), string(s.State), cmp.Or(string(s.Kind), "-"), cmp.Or(s.Signer, "-"), signed, digest, cmp.Or(s.Text, "-")}
}

// printSignatures shows what is known of a driver's signatures.
func (a *app) printSignatures(d *catalog.Driver) {
	if len(d.Signatures) == 0 {
		return
	}
	g := newGrid(signatureColumns()...)
	g.paint(1, signatureColours())
	more := newGrid(column{"FOR", wrap}, column{"CATALOG", wrap}, column{"CERTIFIED FOR", wrap}, column{"STAMPED BY", wrap}, column{"CHAIN", wrap})
	for _, s := range d.Signatures {
		g.add(signatureRow(s)...)
		if s.Signer != "" {
			more.add(archNames(s.Arches), s.Catalog, cmp.Or(strings.Join(s.Systems, ", "), "-"), cmp.Or(s.Stamped, "-"), strings.Join(s.Chain, " < "))
		}
	}
	a.section("Signatures", g)
	if len(more.rows) > 0 {
		a.section("Catalogs", more)
	}
}
