package cli

import (
	"context"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/match"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/hwid"
)

type rankOptions struct {
	drivers    []string
	device     []string
	compatible []string
	inventory  string
	target     string
	unsigned   bool
}

func newRank(a *app) *cobra.Command {
	var o rankOptions
	cmd := &cobra.Command{
		Use:   "rank DRIVER... --device ID | --inventory FILE",
		Short: "Show which driver Windows would take for a device, and why",
		Long: `Show which driver Windows would take for a device, and why. A DRIVER is an INF or a folder, which is searched for them.

--device is a hardware ID as Windows shows it, or a device instance path. More of them, in the order of the device's own
list, make the answer surer; --compatible are its compatible IDs. --inventory reads the devices of a machine from a
file: "pnputil /enum-devices /deviceids", or Win32_PnPEntity as JSON or CSV (docs/ranking.md has the commands). With both, the
devices that have the ID are shown in full.

The rank is written as signature, feature and identifier score; the lowest wins, then the newest date, then the
highest version. Whether a signature is valid is not checked. The exit code is 4 if a device has no driver.`,
		Example: `  drivercat rank samples/sources/L14-20U1CTO --device 'PCI\VEN_D5B3&DEV_2725&SUBSYS_00248086'
  drivercat rank samples/sources/R61-8935CTO/LAN* --device 'PCI\VEN_D5A3&DEV_1049' --target xp`,
		Args: func(_ *cobra.Command, drivers []string) error {
			switch {
			case len(o.device)+len(o.compatible) == 0 && o.inventory == "":
				return usageError("name a device with --device, or the devices of a machine with --inventory", "no device is given")
			case len(o.compatible) > 0 && o.inventory != "":
				return usageError("an inventory has the compatible IDs itself", "both --compatible and --inventory are given")
			case len(drivers) == 0:
				return usageError("name INF files or folders", "no driver is given")
			}
			return nil
		},
		ValidArgsFunction: completeINFs,
		RunE: func(cmd *cobra.Command, drivers []string) error {
			o.drivers = drivers
			return a.runRank(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.device, "device", nil, "the device's hardware `ID`, or several, the most specific first")
	f.StringArrayVar(&o.compatible, "compatible", nil, "its compatible `ID`, or several")
	f.StringVar(&o.inventory, "inventory", "", "the devices of a machine: a `FILE`, - is stdin")
	f.StringVar(&o.target, "target", "win11-x64", "the `SYSTEM` to rank for: an operating system, with or without an architecture")
	f.BoolVar(&o.unsigned, "unsigned", false, "rank every driver as unsigned")
	mustComplete(cmd, "target", completeOS)
	mustComplete(cmd, "device", cobra.NoFileCompletions)
	mustComplete(cmd, "compatible", cobra.NoFileCompletions)
	return cmd
}

// rankRun is one run of rank.
type rankRun struct {
	a       *app
	o       rankOptions
	target  catalog.Target
	devices []match.Device
	results []match.Result
	signed  map[string]string // by path: what is known of the signature, in words
	files   int               // INF files that were read
	faulty  int               // files that could not be
	detail  bool              // show each candidate
	guessed string            // what is not known of the device's identifiers, "" if they were given
}

func (a *app) runRank(ctx context.Context, o rankOptions) error {
	r := rankRun{a: a, o: o, signed: map[string]string{}}
	var err error
	if r.target, err = catalog.ParseTarget(o.target, ""); err != nil {
		return usageError("see \"drivercat help rank\"", "--target: %s", message(err))
	}
	if err := r.readDevices(); err != nil {
		return err
	}
	if err := r.rank(ctx); err != nil {
		return err
	}
	switch {
	case r.files == 0 && r.faulty > 0:
		return failed("", "nothing could be read")
	case r.files == 0:
		return coded(exitNothing, "", "no INF files in %s", strings.Join(o.drivers, ", "))
	}
	if a.flags.json {
		err = a.out.json(r.report())
	} else {
		r.print()
	}
	if err != nil {
		return err
	}
	if n := r.uncovered(); n > 0 && len(r.devices) == 1 {
		return coded(exitNothing, r.nothingHint(), "no driver among %s serves %s on %s", count(r.files, "INF file"), r.devices[0].Title(), r.target.Title())
	} else if n > 0 {
		return coded(exitNothing, "", "%s without a driver", count(n, "device"))
	}
	if r.faulty > 0 {
		return coded(exitPartial, "", "%s could not be read", count(r.faulty, "path"))
	}
	return nil
}

// nothingHint helps where one device has no driver.
func (r *rankRun) nothingHint() string {
	if len(r.results[0].Extensions) > 0 {
		return "only extension INFs match, and those need a base driver"
	}
	if r.guessed != "" {
		return r.guessed
	}
	return "drivers of Windows itself are not looked at"
}

// splitList makes a list of what one or more flags hold. An identifier has no comma.
func splitList(flags []string) []string {
	var out []string
	for _, f := range flags {
		for id := range strings.SplitSeq(f, ",") {
			if id = strings.Trim(strings.TrimSpace(id), `"'`); id != "" {
				out = append(out, id)
			}
		}
	}
	return out
}

// readDevices finds out which devices are asked for.
func (r *rankRun) readDevices() error {
	hardware, compatible := splitList(r.o.device), splitList(r.o.compatible)
	if r.o.inventory != "" {
		return r.readInventory(hardware)
	}
	if len(hardware)+len(compatible) == 0 {
		return usageError("a hardware ID looks like PCI\\VEN_8086&DEV_15BE", "--device names no device")
	}
	d := match.Device{IDs: inf.Device{Hardware: hardware, Compatible: compatible}, Line: 1}
	for i, id := range hardware {
		if strings.Count(id, `\`) > 1 {
			d.Instance = id
			d.IDs.Hardware[i] = hwid.FromInstance(id)
			r.a.err.note("%s is an instance path; its hardware ID is %s", id, d.IDs.Hardware[i])
		}
	}
	if r.detail = true; len(hardware) == 1 && len(compatible) == 0 {
		sys := r.target.System()
		l := hwid.FromID(hardware[0], hwid.Version{Major: sys.Major, Minor: sys.Minor, Build: sys.Build})
		d.Name, d.IDs = d.IDs.Hardware[0], inf.Device{Hardware: l.Hardware, Compatible: l.Compatible}
		if l.Partial {
			r.guessed = "the device's other IDs were derived from the one given, as far as it tells (unknown: " + strings.Join(l.Missing, "; ") + "); an inventory has the real ones"
		}
		for _, list := range []struct {
			name string
			ids  []string
		}{{"hardware", l.Hardware}, {"compatible", l.Compatible}} {
			for i, id := range list.ids {
				r.a.err.note("%s ID %d: %s", list.name, i+1, id)
			}
		}
	}
	r.devices = []match.Device{d}
	return nil
}

// readInventory reads the devices of a machine, and keeps those that have one of the IDs, if any is given.
func (r *rankRun) readInventory(only []string) error {
	name := r.o.inventory
	var src []byte
	var err error
	if name == "-" {
		src, err = readAtMost(r.a.env.Stdin, maxINFBytes)
	} else {
		src, err = readINFFile(name, nil)
	}
	if err != nil {
		return failed("", "inventory %s: %s", name, fileError(err))
	}
	inv, problems := match.Load(name, src)
	for _, p := range problems {
		r.a.err.warn(p.Advice, "%s: %s", atLine(name, p.Line), p.Text)
	}
	silent := 0
	for _, d := range inv.Devices {
		switch {
		case d.Silent():
			silent++
		case len(only) == 0 || slices.ContainsFunc(only, func(id string) bool { return hasID(d, id) }):
			r.devices = append(r.devices, d)
		}
	}
	if silent > 0 {
		r.a.err.say("%s without identifiers passed over: no driver is looked for", count(silent, "device"))
	}
	switch {
	case len(r.devices) > 0:
		r.detail = len(only) > 0 || r.a.flags.verbose
		return nil
	case len(inv.Devices) == 0:
		return failed("", "inventory %s: no device could be read", name)
	case len(only) > 0:
		return coded(exitNothing, "", "no device of %s has the ID %s", name, strings.Join(only, " or "))
	}
	return failed("", "inventory %s: no device has an identifier", name)
}

// hasID reports whether a device has an identifier, or is the one with that instance path.
func hasID(d match.Device, id string) bool {
	same := func(other string) bool { return strings.EqualFold(strings.TrimSpace(other), id) }
	return same(d.Instance) || slices.ContainsFunc(d.IDs.Hardware, same) || slices.ContainsFunc(d.IDs.Compatible, same)
}

// candidate is an INF that was read.
type candidate struct {
	path       string
	driver     *inf.Driver
	signature  inf.Signature
	signed     string
	unreadable string
}

// rank reads all INF files, at the same time, and ranks them in order.
func (r *rankRun) rank(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	workers := r.a.set.workers()
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	walk := lintWalk{a: r.a}
	paths := make(chan string, 64)
	var walkErr error
	walked := make(chan struct{})
	go func() {
		defer close(walked)
		defer close(paths)
		for _, root := range r.o.drivers {
			if walkErr = walk.path(ctx, root, paths); walkErr != nil {
				return
			}
		}
	}()
	devices := make([]inf.Device, len(r.devices))
	for i, d := range r.devices {
		devices[i] = d.IDs
	}
	ranking := match.NewRanking(r.target.System(), devices...)
	seen := map[string]bool{} // paths may be named twice, or lie in two folders that are
	for c := range inOrder(ctx, workers, paths, func() func(string) candidate { return r.read }) {
		if c.unreadable != "" {
			r.faulty++
			r.a.err.warn("", "%s", c.unreadable)
			continue
		}
		if seen[filepath.Clean(c.path)] {
			continue
		}
		seen[filepath.Clean(c.path)] = true
		r.files++
		if ranking.Add(c.driver, c.signature) {
			r.signed[c.path] = c.signed
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if <-walked; walkErr != nil {
		return walkErr
	}
	r.faulty += walk.unreadable
	r.results = ranking.Results()
	return nil
}

// read reads one INF and looks for it in its catalog.
func (r *rankRun) read(path string) candidate {
	src, err := readINFFile(path, nil) // the driver keeps the bytes
	if err != nil {
		return candidate{unreadable: path + ": " + fileError(err)}
	}
	f, _ := inf.Parse(path, src)
	if f.Err != nil {
		return candidate{unreadable: path + ": Windows would refuse it; see \"drivercat lint\""}
	}
	c := candidate{path: path, driver: f.Driver()}
	if r.o.unsigned {
		c.signature.Signer, c.signed = inf.SignerNone, "taken as unsigned"
	} else {
		c.signature.Signer, c.signed = signerBeside(c.driver, path, r.target.Arch)
	}
	return c
}

// uncovered counts the devices that no base driver serves.
func (r *rankRun) uncovered() (n int) {
	for _, res := range r.results {
		if len(res.Base) == 0 {
			n++
		}
	}
	return n
}
