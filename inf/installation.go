package inf

import "strings"

// Installation is what an INF means on one target: the devices that it serves there, what installing each of them does,
// what else that needs, and why the rest of the INF does not count. It points back into its File and must not be changed.
type Installation struct {
	Target   Target
	Sections []ModelsSection // the models sections that Windows reads, at most one for each [Manufacturer] line
	Devices  []DeviceEntry   // their entries, in the order of the text
	Installs []*Install      // one for each install section that the devices name, in the order of first use; [DefaultInstall] of a primitive driver
	Declined []Declined      // manufacturer lines and models sections that do not serve the target

	// Class is the class installer's section, [ClassInstall32], and Interfaces are those that [InterfaceInstall32] names. They
	// run only where Windows does not know the class yet. Class is nil if there is none.
	Class      *Install
	Interfaces []*Install

	Requires []Requirement // other packages and programs that the driver brings along or counts on
	Breaches []Breach      // what keeps the driver from being isolated

	// Exceeded tells that the INF asked for more work than any real one does, so that Installs is not complete.
	Exceeded bool
}

// DeviceEntry is a models entry on a target.
type DeviceEntry struct {
	Model
	Section   int      // index into Installation.Sections
	DDInstall *Install // what installing the device runs; nil if the entry names no install section
	Hidden    bool     // [ControlFlags] leaves it out of the list that people choose from; Plug and Play still finds it
}

// NameOnly reports whether the entry has no ID: people choose it by its name, Plug and Play never does.
func (e DeviceEntry) NameOnly() bool { return len(e.IDs) == 0 }

// HardwareID is the entry's hardware ID, "" if it has none.
func (m Model) HardwareID() string {
	if len(m.IDs) == 0 {
		return ""
	}
	return m.IDs[0]
}

// CompatibleIDs are the entry's compatible IDs, in their order.
func (m Model) CompatibleIDs() []string {
	if len(m.IDs) == 0 {
		return nil
	}
	return m.IDs[1:]
}

// Serves reports whether the INF does anything on the target: serve a device, or install a primitive driver.
func (in *Installation) Serves() bool {
	return len(in.Devices) > 0 || len(in.Installs) > 0
}

// Isolated reports whether all that the driver installs stays in the driver store and in the state of its devices
// (learn.microsoft.com/windows-hardware/drivers/develop/driver-isolation).
func (in *Installation) Isolated() bool { return in.Serves() && len(in.Breaches) == 0 }

// For returns what the INF means on a target.
func (d *Driver) For(t Target) *Installation { return d.forTarget(t, maxWork) }

func (d *Driver) forTarget(t Target, limit int) *Installation {
	r := &installReader{d: d, in: &Installation{Target: t}, arch: t.Arch, work: budget{limit: limit}}
	in := r.in
	in.Sections = d.Select(t)
	hidden := d.excluded(t.Arch)
	for i, ms := range in.Sections {
		if ms.Section == nil || r.work.exceeded() {
			continue
		}
		if in.Devices == nil {
			in.Devices = make([]DeviceEntry, 0, len(ms.Section.Lines))
		}
		for m := range d.Entries(ms.Section) {
			r.work.spent++
			e := DeviceEntry{Model: m, Section: i, Hidden: hidden.has(m)}
			if m.Install != "" {
				e.DDInstall = r.install(m.Install)
			}
			in.Devices = append(in.Devices, e)
		}
	}
	if d.Kind == KindPrimitive && t.ReadsPrimitive() {
		if actual := "DefaultInstall.NT" + string(t.Arch); d.File.Section(actual) != nil {
			r.install("DefaultInstall")
		}
	}
	r.classes()
	r.requirements()
	in.Declined = d.declined(t, in.Sections)
	in.Exceeded = r.work.exceeded()
	return in
}

// ReadsPrimitive reports whether the target installs INF files without devices, which Windows does since Windows 10 1903
// (learn.microsoft.com/windows-hardware/drivers/develop/creating-a-primitive-driver).
func (t Target) ReadsPrimitive() bool {
	return t.AtLeast(10, 1) || t.AtLeast(10, 0) && t.Build >= firstPrimitiveBuild
}

// firstPrimitiveBuild is Windows 10 1903.
const firstPrimitiveBuild = 18362

// hiddenIDs are the identifiers of ExcludeFromSelect.
type hiddenIDs struct {
	all bool
	ids map[string]bool
}

// excluded reads [ControlFlags]: which entries are left out of the list that people choose from.
// learn.microsoft.com/windows-hardware/drivers/install/inf-controlflags-section
func (d *Driver) excluded(arch Arch) (h hiddenIDs) {
	sec := d.File.Section("ControlFlags")
	if sec == nil {
		return h
	}
	for i := range sec.Lines {
		l := &sec.Lines[i]
		if !l.HasKey {
			continue
		}
		suffix, ok := cutFold(d.exp.expand(l.Key.Text, nil), "ExcludeFromSelect")
		if !ok || suffix != "" && !equalFold(suffix, ".nt") && !equalFold(suffix, ".nt"+string(arch)) {
			continue
		}
		for j := range l.Fields {
			switch id := d.field(l, j); id {
			case "":
			case "*":
				h.all = true
			default:
				if h.ids == nil {
					h.ids = map[string]bool{}
				}
				h.ids[fold(id)] = true
			}
		}
	}
	return h
}

func (h hiddenIDs) has(m Model) bool {
	if h.all || len(h.ids) == 0 {
		return h.all
	}
	for _, id := range m.IDs {
		if h.ids[fold(id)] {
			return true
		}
	}
	return false
}

// cutFold is strings.CutPrefix, ignoring case.
func cutFold(s, prefix string) (rest string, ok bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
