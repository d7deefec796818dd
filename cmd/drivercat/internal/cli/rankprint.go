package cli

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/drivercat/drivercat/catalog/match"
	"github.com/drivercat/drivercat/inf"
)

// atLine is a file with a line, if one is known.
func atLine(file string, line int) string {
	if line == 0 {
		return file
	}
	return file + ":" + strconv.Itoa(line)
}

// readAtMost reads a stream of a bounded length.
func readAtMost(from io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(from, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("is longer than %s", size(most))
	}
	return b, err
}

// rankText writes a rank in its parts: "00 FF 2001", and "2001" for systems before Windows Vista.
func rankText(m inf.Match, sys inf.Target) string {
	if !sys.AtLeast(6, 0) {
		return fmt.Sprintf("%04X", m.Rank)
	}
	return fmt.Sprintf("%02X %02X %04X", m.Signature>>24, m.Feature>>16, m.Identifier)
}

// print shows the answer to people.
func (r *rankRun) print() {
	if !r.detail {
		r.printMachine()
		return
	}
	for i, d := range r.devices {
		if i > 0 {
			r.a.out.printf("\n")
		}
		if len(r.devices) > 1 || r.o.inventory != "" {
			r.a.out.printf("%s\n", plain(d.Title()))
		}
		r.printDevice(r.results[i])
	}
}

// printDevice shows the drivers for one device and why the first one wins.
func (r *rankRun) printDevice(res match.Result) {
	if len(res.Base) == 0 && len(res.Extensions) == 0 {
		if len(r.devices) > 1 {
			r.a.out.printf("no driver\n")
		}
		return
	}
	names := shortNames(res)
	rankTitle := "SS GG THHH"
	if !r.target.System().AtLeast(6, 0) {
		rankTitle = "RANK"
	}
	g := newGrid(column{"DRIVER", cut}, column{rankTitle, fixed}, column{"MATCHING ID", wrap}, column{"DEVICE LIST", fixed},
		column{"INF LIST", fixed | spare}, column{"DATE", fixed}, column{"VERSION", cut | spare}, column{"SECTION", cut | spare}, column{"SIGNATURE", cut | spare})
	add := func(m inf.Match) {
		g.add(names[m.Path], rankText(m, r.target.System()), m.ID, listPlace(m.DeviceKind, m.DeviceIndex), listPlace(m.EntryKind, m.EntryIndex),
			cmp.Or(m.DriverVer.Date, "-"), m.DriverVer.VersionString(), m.Install, r.signed[m.Path])
	}
	for _, m := range res.Base {
		add(m)
	}
	if len(res.Base) > 0 {
		r.a.render(g)
	}
	for _, m := range res.Base[min(1, len(res.Base)):] {
		r.a.out.printf("%s\n", r.sentence(names, res.Base[0], m, inf.Why))
	}
	if len(res.Base) == 1 {
		r.a.out.printf("%s is the only driver for it\n", plain(names[res.Base[0].Path]))
	}
	if len(res.Base) > 0 && r.refused(res.Base[0]) {
		r.a.out.printf("%s is %s, and %s refuses unsigned drivers, unless it was told otherwise\n", plain(names[res.Base[0].Path]), r.signed[res.Base[0].Path], r.target.Title())
	}
	for _, group := range res.Extensions {
		r.a.out.printf("%s is applied besides, as extension %s of %s\n", plain(names[group[0].Path]), group[0].ExtensionID, cmp.Or(group[0].DriverVer.Date, "no date"))
		for _, m := range group[1:] {
			r.a.out.printf("%s\n", r.sentence(names, group[0], m, inf.WhyExtension))
		}
	}
	if r.guessed != "" && len(res.Base) > 0 {
		r.a.err.say("%s", r.guessed)
	}
}

// refused reports whether Windows ranks a driver but then refuses to install it: 64-bit systems since Vista want a signature.
func (r *rankRun) refused(m inf.Match) bool {
	sys := r.target.System()
	return m.Signature&inf.UnsignedMask != 0 && sys.AtLeast(6, 0) && sys.Arch != inf.X86
}

// sentence says why one driver wins over another.
func (r *rankRun) sentence(names map[string]string, winner, loser inf.Match, why func(a, b inf.Match) inf.Reason) string {
	w, l := plain(names[winner.Path]), plain(names[loser.Path])
	reason := why(winner, loser)
	if reason.By == inf.ByNothing {
		return fmt.Sprintf("%s and %s: %s", w, l, reason.Text)
	}
	return fmt.Sprintf("%s wins over %s: %s", w, l, reason.Text)
}

// listPlace names a place in a list of identifiers: "hardware 2".
func listPlace(k inf.IDKind, index int) string {
	word, _, _ := strings.Cut(k.String(), " ")
	return word + " " + strconv.Itoa(index+1)
}

// shortNames names INF files by their file name where that is enough to tell them apart, else by as much of their paths as
// differs.
func shortNames(res match.Result) map[string]string {
	all := slices.Concat(append([][]inf.Match{res.Base}, res.Extensions...)...)
	same := map[string][][]string{} // by file name: the folders
	for _, m := range all {
		dir, base := path.Split(filepath.ToSlash(m.Path))
		same[strings.ToLower(base)] = append(same[strings.ToLower(base)], strings.Split(dir, "/"))
	}
	names := map[string]string{}
	for _, m := range all {
		dirs := same[strings.ToLower(filepath.Base(m.Path))]
		names[m.Path] = filepath.Base(m.Path)
		if common := commonFolders(dirs); len(dirs) > 1 {
			parts := strings.Split(filepath.ToSlash(m.Path), "/")
			names[m.Path] = strings.Join(parts[common:], "/")
		}
	}
	return names
}

// commonFolders counts the first folders that all paths share.
func commonFolders(paths [][]string) int {
	for n := 0; ; n++ {
		for _, p := range paths {
			if n >= len(p)-1 || p[n] != paths[0][n] { // the last part is empty: Split ends in a slash
				return n
			}
		}
	}
}

// printMachine shows a line for each kind of device: devices with the same identifiers get the same driver.
func (r *rankRun) printMachine() {
	g := newGrid(column{"DEVICE", cut}, column{"DRIVER", cut}, column{"SS GG THHH", fixed}, column{"DATE", fixed},
		column{"VERSION", cut | spare}, column{"OTHERS", digits | spare}, column{"EXTENSIONS", cut | spare})
	type kind struct {
		result int
		count  int
	}
	var kinds []kind
	byIDs := map[string]int{}
	for i, d := range r.devices {
		key := strings.ToUpper(d.Title() + "\x00" + strings.Join(d.IDs.Hardware, "\x00") + "\x01" + strings.Join(d.IDs.Compatible, "\x00"))
		n, ok := byIDs[key]
		if !ok {
			n = len(kinds)
			byIDs[key] = n
			kinds = append(kinds, kind{result: i})
		}
		kinds[n].count++
	}
	ties, without, refused := 0, 0, 0
	for _, k := range kinds {
		res, title := r.results[k.result], r.devices[k.result].Title()
		if k.count > 1 {
			title += fmt.Sprintf(" (%d)", k.count)
		}
		var extensions []string
		for _, group := range res.Extensions {
			extensions = append(extensions, filepath.Base(group[0].Path))
		}
		ext := cmp.Or(strings.Join(extensions, " "), "-")
		if len(res.Base) == 0 {
			without += k.count
			g.add(title, "-", "-", "-", "-", "-", ext)
			continue
		}
		m := res.Base[0]
		name := filepath.Base(m.Path)
		if res.Tie() {
			ties++
			name += " (tie)"
		}
		if r.refused(m) {
			refused++
			name += " (unsigned)"
		}
		g.add(title, name, rankText(m, r.target.System()), cmp.Or(m.DriverVer.Date, "-"), m.DriverVer.VersionString(), strconv.Itoa(len(res.Base)-1), ext)
	}
	r.a.render(g)
	if r.a.flags.quiet {
		return
	}
	r.a.out.printf("%s on %s: %s with a driver, %s without, among %s\n", count(len(r.devices), "device"), r.target.Title(),
		number(len(r.devices)-without), number(without), count(r.files, "INF file"))
	if refused > 0 {
		r.a.err.say("unsigned: %s refuses drivers without a signature, unless it was told otherwise", r.target.Title())
	}
	if ties > 0 {
		r.a.err.say("tie: another driver has the same rank, date and version, so Windows takes either; --verbose shows which")
	}
}

// rankReport is what rank prints with --json.
type rankReport struct {
	Target   string       `json:"target"`
	INFFiles int          `json:"infFiles"`
	Devices  []rankDevice `json:"devices"`
}

type rankDevice struct {
	Name          string          `json:"name"`
	Instance      string          `json:"instance,omitempty"`
	HardwareIDs   []string        `json:"hardwareIds"`
	CompatibleIDs []string        `json:"compatibleIds"`
	Drivers       []rankedDriver  `json:"drivers"`
	Tie           bool            `json:"tie"`
	Extensions    []rankExtension `json:"extensions"`
}

type rankExtension struct {
	ExtensionID string         `json:"extensionId"`
	Drivers     []rankedDriver `json:"drivers"`
}

// rankedDriver is one driver; the scores are hexadecimal texts, as Windows logs them.
type rankedDriver struct {
	File        string      `json:"file"`
	Line        int32       `json:"line"`
	Device      string      `json:"device"`
	Rank        string      `json:"rank"`
	Signature   string      `json:"signatureScore"`
	Feature     string      `json:"featureScore"`
	Identifier  string      `json:"identifierScore"`
	ID          string      `json:"id"`
	DeviceList  string      `json:"deviceList"`
	DeviceIndex int         `json:"deviceIndex"`
	EntryList   string      `json:"entryList"`
	EntryIndex  int         `json:"entryIndex"`
	Install     string      `json:"installSection"`
	Date        string      `json:"date"`
	Version     string      `json:"version"`
	Signed      bool        `json:"signed"`
	SignedText  string      `json:"signature"`
	Behind      *rankReason `json:"behind,omitempty"`
}

type rankReason struct {
	By   inf.Criterion `json:"by"`
	Text string        `json:"text"`
}

func (r *rankRun) report() rankReport {
	out := rankReport{Target: r.target.String(), INFFiles: r.files, Devices: []rankDevice{}}
	for i, res := range r.results {
		d := r.devices[i]
		dev := rankDevice{
			Name: d.Title(), Instance: d.Instance, HardwareIDs: orEmpty(d.IDs.Hardware), CompatibleIDs: orEmpty(d.IDs.Compatible),
			Drivers: r.ranked(res.Base, inf.Why), Tie: res.Tie(), Extensions: []rankExtension{},
		}
		for _, group := range res.Extensions {
			dev.Extensions = append(dev.Extensions, rankExtension{ExtensionID: group[0].ExtensionID, Drivers: r.ranked(group, inf.WhyExtension)})
		}
		out.Devices = append(out.Devices, dev)
	}
	return out
}

// ranked turns matches into JSON; each but the first says why it stands behind the first.
func (r *rankRun) ranked(ms []inf.Match, why func(a, b inf.Match) inf.Reason) []rankedDriver {
	out := []rankedDriver{}
	for i, m := range ms {
		kind := func(k inf.IDKind) string { word, _, _ := strings.Cut(k.String(), " "); return word }
		d := rankedDriver{
			File: filepath.ToSlash(m.Path), Line: m.Model.Line.First, Device: m.Model.Description, Rank: fmt.Sprintf("0x%08X", m.Rank),
			Signature: fmt.Sprintf("0x%08X", m.Signature), Feature: fmt.Sprintf("0x%08X", m.Feature), Identifier: fmt.Sprintf("0x%08X", m.Identifier),
			ID: m.ID, DeviceList: kind(m.DeviceKind), DeviceIndex: m.DeviceIndex, EntryList: kind(m.EntryKind), EntryIndex: m.EntryIndex,
			Install: m.Install, Date: m.DriverVer.Date, Version: m.DriverVer.VersionString(),
			Signed: strings.HasPrefix(r.signed[m.Path], "signed"), SignedText: r.signed[m.Path],
		}
		if i > 0 {
			reason := why(ms[0], m)
			d.Behind = &rankReason{By: reason.By, Text: reason.Text}
		}
		out = append(out, d)
	}
	return out
}
