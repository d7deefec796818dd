package inf

import (
	"iter"
	"strings"
	"sync"
)

// Kind says what an INF is for.
type Kind string

// The kinds of INF files.
const (
	KindDevice    Kind = "device"    // a device driver: [Manufacturer] leads to models
	KindPrimitive Kind = "primitive" // [DefaultInstall.NT<arch>] without [Manufacturer]
	KindLegacy    Kind = "legacy"    // undecorated [DefaultInstall] only: installed by right-click, never imported
	KindClass     Kind = "class"     // installs a setup or interface class, no device
	KindNone      Kind = "none"      // no driver
)

// Driver is what an INF means. It points back into its File and is safe for concurrent reading.
type Driver struct {
	File          *File
	Kind          Kind
	Version       Version
	Manufacturers []Manufacturer

	exp        expander
	disks      sourceDisks
	references graphOnce
	dests      struct { // [DestinationDirs] by folded list name, made at first use
		once  sync.Once
		lines *foldMap[*Line]
	}
	copies struct { // what the package copies on any architecture, gathered at first use
		once sync.Once
		refs []copyRef
	}
}

// Manufacturer is one usable entry of [Manufacturer]. Lines are independent: each contributes at most one models
// section for a target.
type Manufacturer struct {
	Name        string   // strings substituted
	Models      string   // the models section's name without decoration
	Decorations []string // as spelled, without empty ones
	Line        *Line
}

// Driver reads the meaning of the file. It works on any file, also on one that Windows would not load.
func (f *File) Driver() *Driver {
	d := &Driver{File: f, exp: f.expander(0)}
	d.readVersion()
	d.readManufacturers()
	d.disks.read(d)
	d.Kind = d.kind()
	return d
}

func (d *Driver) readManufacturers() {
	sec := d.File.Section("Manufacturer")
	if sec == nil {
		return
	}
	for i := range sec.Lines {
		l := &sec.Lines[i]
		if !l.HasKey { // "a,b" names no manufacturer that Windows could look up
			continue
		}
		m := Manufacturer{Name: d.exp.expand(l.Key.Text, nil), Models: d.exp.expand(l.Fields[0].Text, nil), Line: l}
		if m.Models == "" {
			continue
		}
		for _, fd := range l.Fields[1:] {
			if t := d.exp.expand(fd.Text, nil); t != "" {
				m.Decorations = append(m.Decorations, t)
			}
		}
		d.Manufacturers = append(d.Manufacturers, m)
	}
}

func (d *Driver) kind() Kind {
	switch {
	case len(d.Manufacturers) > 0:
		return KindDevice
	case d.defaultInstall(true):
		return KindPrimitive
	case d.defaultInstall(false):
		return KindLegacy
	case d.hasSection("ClassInstall32"), d.hasSection("InterfaceInstall32"):
		return KindClass
	}
	return KindNone
}

// hasSection reports whether a section of that name exists, with or without an architecture.
func (d *Driver) hasSection(name string) bool {
	if d.File.Section(name) != nil || d.File.Section(name+".NT") != nil {
		return true
	}
	for _, a := range arches {
		if d.File.Section(name+".NT"+string(a)) != nil {
			return true
		}
	}
	return false
}

// defaultInstall reports whether there is a [DefaultInstall] with (decorated) or without an architecture.
func (d *Driver) defaultInstall(decorated bool) bool {
	if !decorated {
		return d.File.Section("DefaultInstall") != nil || d.File.Section("DefaultInstall.NT") != nil
	}
	for _, a := range arches {
		if d.File.Section("DefaultInstall.NT"+string(a)) != nil {
			return true
		}
	}
	return false
}

// ModelsSection is one models section that a [Manufacturer] line leads to.
type ModelsSection struct {
	Manufacturer int      // index into Driver.Manufacturers
	Decoration   string   // "" for the undecorated section
	Listed       bool     // the line names it; false for the undecorated twin that x86 systems fall back to
	Name         string   // the section's full name
	Section      *Section // nil if the file does not have it
}

// ModelsSections returns every models section that the [Manufacturer] lines lead to, whatever the target: the listed ones
// in their order, existing or not, then the undecorated twin of a decorated line if it exists.
func (d *Driver) ModelsSections() []ModelsSection {
	var out []ModelsSection
	for i, m := range d.Manufacturers {
		for _, dec := range m.Decorations {
			name := m.Models + "." + dec
			out = append(out, ModelsSection{Manufacturer: i, Decoration: dec, Listed: true, Name: name, Section: d.File.Section(name)})
		}
		switch sec := d.File.Section(m.Models); {
		case len(m.Decorations) == 0:
			out = append(out, ModelsSection{Manufacturer: i, Listed: true, Name: m.Models, Section: sec})
		case sec != nil:
			out = append(out, ModelsSection{Manufacturer: i, Name: m.Models, Section: sec})
		}
	}
	return out
}

// Select returns the models sections that Windows reads on a target, at most one for each [Manufacturer] line. A selected
// section may not exist, or be empty, which excludes the target deliberately.
func (d *Driver) Select(t Target) []ModelsSection {
	var out []ModelsSection
	for i, m := range d.Manufacturers {
		ms := ModelsSection{Manufacturer: i, Listed: true, Name: m.Models}
		if best := SelectDecoration(m.Decorations, t); best >= 0 {
			ms.Decoration = m.Decorations[best]
			ms.Name += "." + ms.Decoration
		} else if !ReadsUndecorated(t) && t.AtLeast(5, 1) {
			continue
		} else if ms.Listed = len(m.Decorations) == 0; !ms.Listed && d.File.Section(m.Models) == nil {
			continue
		}
		ms.Section = d.File.Section(ms.Name)
		out = append(out, ms)
	}
	return out
}

// Model is one models entry: a device that the driver serves.
type Model struct {
	Description string
	Install     string   // DDInstall section's name without decoration, "" if the entry names none
	IDs         []string // as spelled: the hardware ID ("" if left out), then compatible IDs; empty for an entry chosen by name only
	Line        *Line
}

// Models yields the models entries that serve a target.
func (d *Driver) Models(t Target) iter.Seq[Model] {
	return func(yield func(Model) bool) {
		for _, ms := range d.Select(t) {
			for m := range d.Entries(ms.Section) {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// Entries yields the entries of a models section; a nil section has none.
func (d *Driver) Entries(sec *Section) iter.Seq[Model] {
	return func(yield func(Model) bool) {
		if sec == nil {
			return
		}
		ids := make([]string, 0, 2*len(sec.Lines))
		for i := range sec.Lines {
			l := &sec.Lines[i]
			if !l.HasKey {
				continue
			}
			from := len(ids)
			for _, fd := range l.Fields[1:] {
				ids = append(ids, strings.TrimSpace(d.exp.expand(fd.Text, nil)))
			}
			to := len(ids)
			for to > from && ids[to-1] == "" { // trailing commas
				to--
			}
			m := Model{Description: d.exp.expand(l.Key.Text, nil), Install: d.exp.expand(l.Fields[0].Text, nil), IDs: ids[from:to:to], Line: l}
			if !yield(m) {
				return
			}
		}
	}
}

// InstallSection finds the section that Windows uses for an install section's name on an architecture: name.NT<arch>, else
// name.NT, else the name as given, even if no such section exists; then the section is nil. Subsections are looked up by
// appending their suffix to the actual name, exactly.
func (d *Driver) InstallSection(name string, arch Arch) (actual string, sec *Section) {
	for _, suffix := range [...]string{".NT" + string(arch), ".NT", ""} {
		if sec := d.File.Section(name + suffix); sec != nil {
			return name + suffix, sec
		}
	}
	return name, nil
}
