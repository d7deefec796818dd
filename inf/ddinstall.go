package inf

import (
	"strconv"
	"strings"
)

// Install is what running one install section does on an architecture, its subsections and the sections that it needs in
// the same INF included. learn.microsoft.com/windows-hardware/drivers/install/inf-ddinstall-section
type Install struct {
	Name    string   // as models entries name it
	Actual  string   // the section that Windows chose: Name.NT<arch>, Name.NT or Name
	Section *Section // nil if the INF does not have it
	Inbox   bool     // the INF does not have it, but includes INF files of Windows, which may

	DriverVer    DriverVer // in force for the devices: the section's own, else that of [Version]
	FeatureScore byte      // 0xFF if the section gives none; a lower one wins
	ScoreLine    *Line     // the FeatureScore entry, nil if there is none
	ExcludeIDs   []string  // the driver does not serve devices that report one of these

	Subsections  []Subsection
	Lists        []*FileList
	Services     []Service
	AddInterface []AddInterface
	CoInstallers []CoInstaller
	Registers    []RegisterDLL
	Components   []Component
	Software     []Software
	Frameworks   []Framework
	Includes     []Include
	Needs        []Need
	Printer      *Printer // of a printer driver's install section
}

// Subsection is a section that Windows reads with an install section: the actual name followed by a suffix.
type Subsection struct {
	Suffix  string // ".Services"
	Section *Section
}

// subsectionSuffixes are the suffixes of the sections that are read with an install section.
// learn.microsoft.com/windows-hardware/drivers/install/inf-ddinstall-section and the page of each
var subsectionSuffixes = [...]string{
	".Services", ".HW", ".CoInstallers", ".Interfaces", ".LogConfigOverride", ".FactDef", ".WMI", ".Components", ".Software", ".Events",
	".Filters", ".Wdf", ".PosDup",
}

// AddInterface is one AddInterface directive: a device interface that the device offers.
type AddInterface struct {
	Class     string // the interface class's GUID as written, strings substituted
	Reference string
	Section   string // "" if the directive names none
	Line      *Line
}

// CoInstaller is a program library that takes part in installing the device or its class. It runs on a running system
// only; Windows calls none for INF files that must be universal.
type CoInstaller struct {
	DLL   string
	Entry string // the function's name, "" for the usual one
	Line  *Line  // the registry entry
	Field Field
}

// RegisterDLL is a library that RegisterDlls registers (OLE) on the running system.
type RegisterDLL struct {
	Name  string
	DirID DirID
	Line  *Line // the entry of the list
}

// Framework is a KmdfService or UmdfService directive: a service that runs on the driver frameworks.
type Framework struct {
	UserMode bool
	Service  string
	Library  string // KmdfLibraryVersion or UmdfLibraryVersion, "" if not given
	Line     *Line
}

// Include is one name of an Include directive: an INF file of Windows whose sections Needs may name.
type Include struct {
	Name  string
	In    string // the section
	Line  *Line
	Field Field
}

// installReader gathers an Installation.
type installReader struct {
	d    *Driver
	in   *Installation
	arch Arch
	work budget

	bySpelling map[string]*Install // names as spelled
	byName     map[string]*Install // folded names
	lists      map[*Section]*FileList
	registry   map[*Section]*registryFacts
	breached   map[breachKey]bool
	required   map[string]bool
}

// install returns what an install section does, read once for all devices that share it.
func (r *installReader) install(name string) *Install {
	if in := r.bySpelling[name]; in != nil {
		return in
	}
	if r.bySpelling == nil {
		r.bySpelling, r.byName = map[string]*Install{}, map[string]*Install{}
	}
	key := fold(name)
	in := r.byName[key]
	if in == nil {
		in = r.read(name, subsectionSuffixes[:])
		r.in.Installs = append(r.in.Installs, in)
		r.byName[key] = in
	}
	r.bySpelling[name] = in
	return in
}

// read reads an install section with its subsections.
func (r *installReader) read(name string, suffixes []string) *Install {
	in := &Install{Name: name, FeatureScore: 0xff, DriverVer: r.d.Version.DriverVer}
	in.Actual, in.Section = r.d.InstallSection(name, r.arch)
	in.Inbox = in.Section == nil && r.d.UsesInbox()
	r.d.direct(in)
	w := &walk{d: r.d, arch: r.arch, visited: map[*Section]bool{}, work: &r.work, needs: func(n Need) { in.Needs = append(in.Needs, n) }}
	each := func(sec *Section, l *Line, k directive) { r.directive(in, w, sec, l, k) }
	w.run(in.Section, "", each)
	for _, suffix := range suffixes {
		sec := r.d.File.Section(in.Actual + suffix)
		if sec == nil {
			continue
		}
		in.Subsections = append(in.Subsections, Subsection{Suffix: suffix, Section: sec})
		w.run(sec, suffix, each)
	}
	if r.d.Version.IsPrinter() {
		in.Printer = r.d.printer(in)
	}
	return in
}

// direct reads what counts only directly in the section, not through Needs.
func (d *Driver) direct(in *Install) {
	if in.Section == nil {
		return
	}
	seenVer := false
	for i := range in.Section.Lines {
		l := &in.Section.Lines[i]
		switch d.directive(l) {
		case dirDriverVer:
			if !seenVer {
				in.DriverVer, seenVer = d.driverVer(l), true
			}
		case dirFeatureScore:
			if in.ScoreLine == nil {
				in.ScoreLine = l
				if n, ok := ParseFeatureScore(d.field(l, 0)); ok {
					in.FeatureScore = n
				}
			}
		case dirExcludeID:
			for j := range l.Fields {
				if id := d.field(l, j); id != "" {
					in.ExcludeIDs = append(in.ExcludeIDs, id)
				}
			}
		}
	}
}

// ParseFeatureScore reads the value of a FeatureScore directive: one byte in hexadecimal, with or without 0x; "x" alone
// in front is seen too. learn.microsoft.com/windows-hardware/drivers/install/inf-featurescore-directive
func ParseFeatureScore(s string) (score byte, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.TrimPrefix(strings.TrimPrefix(s, "0x"), "x")
	n, err := strconv.ParseUint(s, 16, 8)
	return byte(n), err == nil
}

// directive takes note of one directive of an install section or of what it needs.
func (r *installReader) directive(in *Install, w *walk, sec *Section, l *Line, k directive) {
	d := r.d
	switch k {
	case dirInclude:
		for j, fd := range l.Fields {
			if name := d.field(l, j); name != "" {
				in.Includes = append(in.Includes, Include{Name: name, In: sec.Name, Line: l, Field: fd})
			}
		}
	case dirCopyFiles:
		for _, fd := range l.Fields {
			if list := r.list(l, fd); list != nil {
				in.Lists = append(in.Lists, list)
			}
		}
	case dirDelFiles, dirRenFiles:
		r.breach(BreachFiles, "changes files outside its driver store folder", l, l.Fields[0])
	case dirCopyINF:
		r.copyINF(in, l)
	case dirAddReg, dirDelReg:
		r.addReg(in, l)
	case dirRegisterDLLs, dirUnregisterDLLs:
		r.registerDLLs(in, l, k)
	case dirAddService:
		s := d.addService(l)
		in.Services = append(in.Services, s)
		r.service(s)
	case dirDelService:
		in.Services = append(in.Services, d.delService(l))
	case dirAddInterface:
		if w.suffix == ".Interfaces" {
			a := AddInterface{Class: d.field(l, 0), Reference: d.field(l, 1), Section: d.field(l, 2), Line: l}
			in.AddInterface = append(in.AddInterface, a)
			r.nested(in, w, a.Section)
		}
	case dirAddComponent:
		if w.suffix == ".Components" {
			in.Components = append(in.Components, d.addComponent(l))
		}
	case dirAddSoftware:
		if w.suffix == ".Software" {
			in.Software = append(in.Software, d.addSoftware(l))
			r.nested(in, w, d.field(l, 2))
		}
	case dirKmdfService, dirUmdfService:
		if w.suffix == ".Wdf" {
			in.Frameworks = append(in.Frameworks, d.framework(l, k == dirUmdfService))
		}
	}
}

// nested runs a section that a directive names: it may copy files and write registry values of its own.
func (r *installReader) nested(in *Install, w *walk, name string) {
	if name == "" {
		return
	}
	w.run(r.d.File.Section(name), "", func(sec *Section, l *Line, k directive) { r.directive(in, w, sec, l, k) })
}

// framework reads a KmdfService or UmdfService directive of a .Wdf section.
func (d *Driver) framework(l *Line, userMode bool) Framework {
	f := Framework{UserMode: userMode, Service: d.field(l, 0), Line: l}
	name := "KmdfLibraryVersion"
	if userMode {
		name = "UmdfLibraryVersion"
	}
	if lib := d.first(d.File.Section(d.field(l, 1)), name); lib != nil {
		f.Library = d.field(lib, 0)
	}
	return f
}

// first finds the first entry of a section with a key, nil if there is none.
func (d *Driver) first(sec *Section, key string) *Line {
	if sec == nil {
		return nil
	}
	for i := range sec.Lines {
		if l := &sec.Lines[i]; d.isDirective(l, key) {
			return l
		}
	}
	return nil
}

// classes reads the class installer and the interface installers.
func (r *installReader) classes() {
	if _, sec := r.d.InstallSection("ClassInstall32", r.arch); sec != nil {
		r.in.Class = r.read("ClassInstall32", []string{".Services"})
	}
	sec := r.d.File.Section("InterfaceInstall32")
	if sec == nil {
		return
	}
	for i := range sec.Lines {
		l := &sec.Lines[i]
		if name := r.d.field(l, 0); l.HasKey && name != "" && !r.work.exceeded() {
			r.in.Interfaces = append(r.in.Interfaces, r.read(name, nil))
		}
	}
}
