package inf

import (
	"cmp"
	"slices"
	"strings"
)

// Device is what a device reports of itself: its identifiers as Windows lists them, the most specific first. Their order
// decides between drivers, so it must be the real one.
type Device struct {
	Hardware, Compatible []string
}

// IDKind tells hardware IDs from compatible IDs, in a device's lists as in a models entry.
type IDKind uint8

// The two kinds of identifiers.
const (
	HardwareID IDKind = iota
	CompatibleID
)

// String gives the kind in words: "hardware ID".
func (k IDKind) String() string {
	if k == HardwareID {
		return "hardware ID"
	}
	return "compatible ID"
}

// Match is a models entry that serves a device, with its rank: what Windows calls a driver node.
type Match struct {
	Model   Model
	Path    string // the INF's name as it was given to Parse
	Install string // the install section that Windows chooses, with its platform extension
	// DriverVer is the one in force for the install section.
	DriverVer DriverVer

	// Rank is 0xSSGGTHHH, and 0xTHHH on systems before Windows Vista. The lower, the better. It is the sum of its parts.
	Rank       uint32
	Signature  uint32 // 0xSS000000; before Vista 0, 0x8000 or 0xC000
	Feature    uint32 // 0x00GG0000; always 0 before Vista, which knows no feature score
	Identifier uint32 // 0x0000THHH, at most 0x3FFF
	Signer     uint32 // the whole SIGNERSCORE that Signature is the high byte of, as SetupAPI logs it

	ID          string // what matched, as the INF spells it
	DeviceKind  IDKind // of which of the device's lists it is
	DeviceIndex int    // its position there, from 0
	EntryKind   IDKind // what the models entry lists it as
	EntryIndex  int    // its position among the entry's IDs of that kind, from 0

	// ExtensionID is set for matches of extension INFs, which do not compete with base drivers. It is in upper case, and
	// "{}" if the INF has none that can be read.
	ExtensionID string
}

// identifierScore is the part of the rank that the matching identifiers decide. Positions that do not fit the three digits
// of HHH count as the last that does, so that no list can turn one kind of match into another.
func identifierScore(device IDKind, i int, entry IDKind, k int) uint32 {
	pos := i
	if device == CompatibleID && entry == CompatibleID {
		pos += 0x100 * min(k, 0xFFF)
	}
	return uint32(device)<<13 | uint32(entry)<<12 | uint32(min(pos, 0xFFF))
}

// Rank returns how the driver's models entries serve a device on a target, the best first; none if the driver is no base
// driver: extension INFs are answered by Extensions, primitive drivers and entries without IDs serve no device. To ask
// for many devices or INF files make a Ranker once.
func (d *Driver) Rank(dev Device, t Target, sig Signature) []Match {
	if d.Version.IsExtension() {
		return nil
	}
	return d.ranked(dev, t, sig)
}

// Extensions returns the entries of an extension INF that serve a device, the best first; none for any other INF. Windows
// applies extensions beside the base driver: of each ExtensionId the one that CompareExtensions puts first.
func (d *Driver) Extensions(dev Device, t Target, sig Signature) []Match {
	if !d.Version.IsExtension() {
		return nil
	}
	return d.ranked(dev, t, sig)
}

func (d *Driver) ranked(dev Device, t Target, sig Signature) []Match {
	var out []Match
	r := NewRanker(t, dev)
	r.Each(d, sig, func(_ int, m Match) { out = append(out, m) })
	slices.SortStableFunc(out, Compare)
	return out
}

// noExtensionID stands for an ExtensionId that is missing or malformed.
const noExtensionID = "{}"

// place is where a device lists an identifier.
type place struct {
	device int
	kind   IDKind
	index  int
}

// Ranker finds out which of some devices INF files serve on a target, and how well. The work for an INF does not depend on
// the number of devices that it does not serve. A Ranker is for one goroutine at a time; the INF files may be shared.
type Ranker struct {
	target  Target
	byID    map[string][]place // by folded ID
	best    []hit              // by device, for the entry at hand
	entry   int                // number of the entry at hand, from 1, so that best need not be cleared
	touched []int              // devices that the entry at hand serves
	buf     []byte
}

// hit is the best match of an entry with a device.
type hit struct {
	entry int // the entry it was found for
	score uint32
	place place
	field int // index into the entry's IDs
}

// NewRanker makes a Ranker for devices. Identifiers are compared as Windows does, ignoring case; empty ones are skipped, but
// keep their position.
func NewRanker(t Target, devices ...Device) *Ranker {
	r := &Ranker{target: t, byID: map[string][]place{}, best: make([]hit, len(devices))}
	for n, dev := range devices {
		for i, id := range dev.Hardware {
			r.add(id, place{n, HardwareID, i})
		}
		for i, id := range dev.Compatible {
			r.add(id, place{n, CompatibleID, i})
		}
	}
	return r
}

// add notes where a device lists an ID. Hardware IDs come first, so the first place is the best whatever the entry lists it as.
func (r *Ranker) add(id string, p place) {
	key := fold(strings.TrimSpace(id))
	if key == "" {
		return
	}
	at := r.byID[key]
	if len(at) > 0 && at[len(at)-1].device == p.device {
		return
	}
	r.byID[key] = append(at, p)
}

// places looks an identifier of an INF up. It allocates nothing for ASCII.
func (r *Ranker) places(id string) []place {
	r.buf = r.buf[:0]
	for i := range len(id) {
		c := id[i]
		switch {
		case c >= 0x80:
			return r.byID[fold(id)]
		case c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		}
		r.buf = append(r.buf, c)
	}
	return r.byID[string(r.buf)]
}

// Each calls found for every models entry of an INF that serves a device, with the device's index, in the order of the
// entries. Matches of extension INFs have an ExtensionID: they do not compete with the others. Entries whose install
// section excludes the device (ExcludeID) do not serve it. A models section that two [Manufacturer] lines share is read once.
func (r *Ranker) Each(d *Driver, sig Signature, found func(device int, m Match)) {
	if d.Kind != KindDevice || len(r.byID) == 0 {
		return
	}
	seen := map[*Section]bool{}
	for _, ms := range d.Select(r.target) {
		if ms.Section == nil || seen[ms.Section] {
			continue
		}
		seen[ms.Section] = true
		for i := range ms.Section.Lines {
			if l := &ms.Section.Lines[i]; l.HasKey && len(l.Fields) > 1 {
				r.match(d, ms.Section, i, sig, found)
			}
		}
	}
}

// match looks at one models entry.
func (r *Ranker) match(d *Driver, sec *Section, line int, sig Signature, found func(int, Match)) {
	l := &sec.Lines[line]
	r.entry++
	r.touched = r.touched[:0]
	for f := range l.Fields[1:] {
		id := l.Fields[1+f].Text
		if strings.IndexByte(id, '%') >= 0 {
			id = d.exp.expand(id, nil)
		}
		at := r.places(strings.TrimSpace(id))
		entry, k := entryKind(f)
		for _, p := range at {
			score := identifierScore(p.kind, p.index, entry, k)
			best := &r.best[p.device]
			if best.entry != r.entry {
				r.touched = append(r.touched, p.device)
			} else if best.score <= score {
				continue
			}
			*best = hit{entry: r.entry, score: score, place: p, field: f}
		}
	}
	if len(r.touched) == 0 {
		return
	}
	one := Section{Name: sec.Name, Lines: sec.Lines[line : line+1]}
	for model := range d.Entries(&one) {
		r.report(d, model, sig, found)
	}
}

// entryKind tells what an entry lists its n-th identifier as, and at which position of that kind.
func entryKind(n int) (IDKind, int) {
	if n == 0 {
		return HardwareID, 0
	}
	return CompatibleID, n - 1
}

// report tells the devices that the entry at hand serves.
func (r *Ranker) report(d *Driver, model Model, sig Signature, found func(int, Match)) {
	in := Install{FeatureScore: 0xff, DriverVer: d.Version.DriverVer}
	in.Actual, in.Section = d.InstallSection(model.Install, r.target.Arch)
	d.direct(&in)
	m := Match{Model: model, Path: d.File.Name, Install: in.Actual, DriverVer: in.DriverVer}
	m.Signer = sig.Score(r.target, hasNTExtension(in.Actual))
	m.Signature = m.Signer
	if r.target.AtLeast(6, 0) {
		m.Signature &= SignatureMask
		m.Feature = uint32(in.FeatureScore) << 16
	}
	if d.Version.IsExtension() {
		m.ExtensionID = cmp.Or(d.Version.ExtensionID, noExtensionID)
	}
	for _, id := range in.ExcludeIDs { // the devices that list one of them are not served
		for _, p := range r.places(strings.TrimSpace(id)) {
			r.best[p.device].entry = 0
		}
	}
	for _, n := range r.touched {
		best := r.best[n]
		if best.entry != r.entry {
			continue
		}
		m := m
		m.Identifier = best.score
		m.Rank = m.Signature + m.Feature + m.Identifier
		m.ID = model.IDs[best.field]
		m.DeviceKind, m.DeviceIndex = best.place.kind, best.place.index
		m.EntryKind, m.EntryIndex = entryKind(best.field)
		found(n, m)
	}
}

// hasNTExtension reports whether an install section's name ends in the platform extension .nt or .nt<arch>.
func hasNTExtension(name string) bool {
	ext := name[strings.LastIndexByte(name, '.')+1:]
	if len(ext) == len(name) || len(ext) < 2 || !strings.EqualFold(ext[:2], "NT") {
		return false
	}
	return ext[2:] == "" || slices.ContainsFunc(arches[:], func(a Arch) bool { return strings.EqualFold(ext[2:], string(a)) })
}
