package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
)

// installationReport is the shape of "parse --target --json": one object for each file.
type installationReport struct {
	Kind      string            `json:"kind"` // "installation"
	File      string            `json:"file"`
	Target    catalog.Target    `json:"target"`
	INFKind   inf.Kind          `json:"infKind"`
	Error     string            `json:"error"` // "" or why Windows does not load the file
	Isolated  bool              `json:"isolated"`
	Signature string            `json:"signature"` // what the catalog beside the file says of it
	Devices   []reportedDevice  `json:"devices"`
	Installs  []reportedInstall `json:"installs"`
	Requires  []reportedNote    `json:"requires"`
	Declined  []reportedNote    `json:"declined"`
	ConfigMgr int               `json:"configMgr"` // what CreateFromINF is expected to return
	Offline   bool              `json:"offline"`
	BootImage bool              `json:"bootImage"`
	Reasons   []reportedNote    `json:"reasons"`
}

type reportedDevice struct {
	Description string   `json:"description"`
	IDs         []string `json:"ids"` // the hardware ID, then compatible IDs
	Install     string   `json:"install"`
	Hidden      bool     `json:"hidden"`
	Line        int32    `json:"line"`
}

type reportedInstall struct {
	Section      string         `json:"section"`
	Missing      bool           `json:"missing"`
	Date         string         `json:"date"`
	Version      string         `json:"version"`
	FeatureScore string         `json:"featureScore"` // two hexadecimal digits
	Services     []string       `json:"services"`
	Files        []reportedFile `json:"files"`
}

type reportedFile struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
	Name        string `json:"name"`
}

// reportedNote is something with a stable code, words and a line of the INF, 0 if it has none.
type reportedNote struct {
	Code string `json:"code"`
	Text string `json:"text"`
	Line int32  `json:"line"`
}

func entryLine(l *inf.Line) int32 {
	if l == nil {
		return 0
	}
	return l.First
}

// runParseTarget prints what INF files mean on a target.
func (a *app) runParseTarget(ctx context.Context, o parseOptions) error {
	t, err := catalog.ParseTarget(o.target, "")
	if err != nil {
		return usageError("name an operating system and an architecture, as in win11-x64", "%s", err)
	}
	paths := make(chan string)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var listErr error // safe to read once paths is closed
	go func() {
		defer close(paths)
		listErr = a.listPaths(ctx, o, paths)
	}()
	var files, faulty int64
	for path := range paths {
		files++
		src, err := readINFFile(path, nil)
		if err != nil {
			faulty++
			a.err.warn("", "%s: %s", path, fileError(err))
			continue
		}
		f, _ := inf.Parse(path, src)
		rep := reportInstallation(f.Driver(), t)
		if rep.Error != "" {
			faulty++
		}
		if a.flags.json {
			if err := a.out.json(rep); err != nil {
				return err
			}
			continue
		}
		a.printInstallation(rep)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case listErr != nil:
		return failed("", "list of files %s: %s", o.filesFrom, fileError(listErr))
	case faulty > 0:
		return coded(exitPartial, "", "%s of %s had errors", number(faulty), count(files, "file"))
	}
	return nil
}

func reportInstallation(d *inf.Driver, t catalog.Target) installationReport {
	in := d.For(t.System())
	signer, signature := signerBeside(d, d.File.Name, t.Arch)
	imp := d.Importability(in, inf.Beside{Unsigned: signer == inf.SignerNone}, nil)
	rep := installationReport{
		Kind: "installation", File: d.File.Name, Target: t, INFKind: d.Kind, Isolated: in.Isolated(), Signature: signature, ConfigMgr: imp.ConfigMgr.Code, Offline: imp.Offline.OK, BootImage: imp.BootImage.OK,
		Devices: []reportedDevice{}, Installs: []reportedInstall{}, Requires: []reportedNote{}, Declined: []reportedNote{}, Reasons: []reportedNote{},
	}
	if d.File.Err != nil {
		rep.Error = d.File.Err.Code
	}
	for _, e := range in.Devices {
		r := reportedDevice{Description: e.Description, IDs: orEmpty(e.IDs), Hidden: e.Hidden, Line: e.Line.First}
		if e.DDInstall != nil {
			r.Install = e.DDInstall.Actual
		}
		rep.Devices = append(rep.Devices, r)
	}
	for _, i := range in.Installs {
		r := reportedInstall{Section: i.Actual, Missing: i.Section == nil, Date: i.DriverVer.Date, Version: i.DriverVer.VersionString(), FeatureScore: fmt.Sprintf("%02X", i.FeatureScore), Services: []string{}, Files: []reportedFile{}}
		for _, s := range i.Services {
			if s.Name != "" && !s.Deleted {
				r.Services = append(r.Services, s.Name)
			}
		}
		for l, f := range i.Files() {
			r.Files = append(r.Files, reportedFile{Source: f.Path, Destination: l.Destination.Path, Name: f.Target})
		}
		rep.Installs = append(rep.Installs, r)
	}
	for _, q := range in.Requires {
		rep.Requires = append(rep.Requires, reportedNote{string(q.Kind), q.Name, entryLine(q.Line)})
	}
	for _, x := range in.Declined {
		rep.Declined = append(rep.Declined, reportedNote{string(x.Reason), "[" + x.Name + "]: " + x.Text, entryLine(x.Line)})
	}
	seen := map[reportedNote]bool{}
	for _, answer := range []inf.Answer{imp.ConfigMgr, imp.BootImage} { // a boot image has the reasons of an offline image too
		for _, r := range answer.Reasons {
			if n := (reportedNote{string(r.Code), r.Text, entryLine(r.Line)}); !seen[n] {
				seen[n] = true
				rep.Reasons = append(rep.Reasons, n)
			}
		}
	}
	return rep
}

func (a *app) printInstallation(rep installationReport) {
	yes := map[bool]string{true: "yes", false: "no"}
	a.facts("file", rep.File, "target", rep.Target.Title(), "kind", string(rep.INFKind), "error", rep.Error, "isolated", yes[rep.Isolated], "signature", rep.Signature,
		"ConfigMgr", map[bool]string{true: "imports it", false: fmt.Sprintf("refuses it with %d", rep.ConfigMgr)}[rep.ConfigMgr == 0],
		"offline image", yes[rep.Offline], "boot image", yes[rep.BootImage])
	g := newGrid(column{"DEVICE", wrap}, column{"IDS", wrap}, column{"INSTALL SECTION", wrap})
	for _, e := range rep.Devices {
		g.add(e.Description, cmp.Or(strings.Join(e.IDs, " "), "-"), cmp.Or(e.Install, "-"))
	}
	a.section("Devices", g)
	g = newGrid(column{"INSTALL SECTION", wrap}, column{"FILE", wrap}, column{"GOES TO", wrap}, column{"AS", wrap})
	for _, i := range rep.Installs {
		for _, f := range i.Files {
			g.add(i.Section, f.Source, cmp.Or(f.Destination, "-"), f.Name)
		}
	}
	a.section("Files", g)
	for _, s := range []struct {
		title string
		notes []reportedNote
	}{{"Requires", rep.Requires}, {"Reasons", rep.Reasons}, {"Not for this target", rep.Declined}} {
		g := newGrid(column{"CODE", fixed}, column{"WHAT", wrap}, column{"LINE", digits})
		for _, n := range s.notes {
			g.add(n.Code, n.Text, fmt.Sprint(n.Line))
		}
		if len(g.rows) > 0 {
			a.section(s.title, g)
		}
	}
}
