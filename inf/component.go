package inf

import "strings"

// Component is an AddComponent directive: a child device that the driver makes, which a driver package of its own serves.
// learn.microsoft.com/windows-hardware/drivers/install/inf-addcomponent-directive
type Component struct {
	Name        string
	Section     string   // the component-install section
	DisplayName string   // for people, "" if not given
	IDs         []string // hardware IDs of the child device: SWC\ and a value of ComponentIDs
	Line        *Line
}

func (d *Driver) addComponent(l *Line) Component {
	c := Component{Name: d.field(l, 0), Section: d.field(l, 2), Line: l}
	sec := d.File.Section(c.Section)
	if sec == nil || c.Section == "" {
		return c
	}
	if name := d.first(sec, "DisplayName"); name != nil {
		c.DisplayName = d.field(name, 0)
	}
	if ids := d.first(sec, "ComponentIDs"); ids != nil {
		for j := range ids.Fields {
			if id := d.field(ids, j); id != "" {
				c.IDs = append(c.IDs, `SWC\`+id)
			}
		}
	}
	return c
}

// Software is an AddSoftware directive: a program that is installed with the device.
// learn.microsoft.com/windows-hardware/drivers/install/inf-addsoftware-directive
type Software struct {
	Name      string
	Section   string       // the software-install section
	Type      SoftwareType // 0 if it cannot be read
	Binary    string       // a type 1 program: its path, strings and known directory identifiers substituted
	Arguments []string
	Version   string
	ID        string // a type 2 Store app: "pfn://" and its package family name
	Line      *Line
}

// SoftwareType is the kind of a program that AddSoftware installs.
type SoftwareType int

// The kinds.
const (
	SoftwareProgram  SoftwareType = 1 // a setup program in the driver package, run without a user
	SoftwareStoreApp SoftwareType = 2 // an app of the Microsoft Store, not in the package
)

func (d *Driver) addSoftware(l *Line) Software {
	s := Software{Name: d.field(l, 0), Section: d.field(l, 2), Line: l}
	sec := d.File.Section(s.Section)
	if sec == nil || s.Section == "" {
		return s
	}
	for i := range sec.Lines {
		e := &sec.Lines[i]
		if !e.HasKey {
			continue
		}
		switch strings.ToLower(d.exp.expand(e.Key.Text, nil)) {
		case "softwaretype":
			n, _ := parseFlags(d.field(e, 0))
			s.Type = SoftwareType(n)
		case "softwarebinary":
			s.Binary = d.field(e, 0)
		case "softwarearguments":
			for j := range e.Fields {
				s.Arguments = append(s.Arguments, d.field(e, j))
			}
		case "softwareversion":
			s.Version = d.field(e, 0)
		case "softwareid":
			s.ID = d.field(e, 0)
		}
	}
	return s
}

// Printer is what an install section says to the printer class installer. The entries name files; only CopyFiles brings
// them. learn.microsoft.com/windows-hardware/drivers/print/printer-inf-file-entries
type Printer struct {
	Version         int    // 4 for ClassVer 4.0, else 3
	DriverFile      string // the install section's name if it is left out; "" for version 4
	DataFile        string // the same
	ConfigFile      string // DriverFile if it is left out
	HelpFile        string
	LanguageMonitor NamedDLL
	PrintProcessor  NamedDLL
	DataSection     string   // as named; the section may be one of Windows' own ntprint.inf
	Data            *Section // nil if the INF does not have it
	CoreDrivers     []string // GUIDs of the core drivers that CoreDriverSections names, upper case
}

// NamedDLL is a library with the name under which Windows knows it.
type NamedDLL struct{ Name, DLL string }

// printer reads the printer entries of an install section, and of its data section for those that it does not have.
func (d *Driver) printer(in *Install) *Printer {
	p := &Printer{Version: 3}
	if v, _, _ := strings.Cut(d.Version.ClassVer, "."); strings.TrimSpace(v) == "4" {
		p.Version = 4
	}
	if l := d.first(in.Section, "DataSection"); l != nil {
		p.DataSection = d.field(l, 0)
		p.Data = d.File.Section(p.DataSection)
	}
	for _, sec := range [...]*Section{in.Section, p.Data} {
		d.printerEntries(p, sec)
	}
	if p.Version == 3 {
		if p.DriverFile == "" {
			p.DriverFile = in.Name
		}
		if p.DataFile == "" {
			p.DataFile = in.Name
		}
		if p.ConfigFile == "" {
			p.ConfigFile = p.DriverFile
		}
	}
	return p
}

func (d *Driver) printerEntries(p *Printer, sec *Section) {
	if sec == nil {
		return
	}
	first := func(to *string, l *Line) {
		if *to == "" {
			*to = d.field(l, 0)
		}
	}
	named := func(to *NamedDLL, l *Line) {
		if to.Name != "" {
			return
		}
		name, dll, _ := strings.Cut(d.field(l, 0), ",")
		if dll == "" {
			dll = d.field(l, 1)
		}
		to.Name, to.DLL = strings.TrimSpace(name), strings.TrimSpace(dll)
	}
	for i := range sec.Lines {
		switch l := &sec.Lines[i]; d.directive(l) {
		case dirDriverFile:
			first(&p.DriverFile, l)
		case dirDataFile:
			first(&p.DataFile, l)
		case dirConfigFile:
			first(&p.ConfigFile, l)
		case dirHelpFile:
			first(&p.HelpFile, l)
		case dirLanguageMonitor:
			named(&p.LanguageMonitor, l)
		case dirPrintProcessor:
			named(&p.PrintProcessor, l)
		case dirCoreDriverSections:
			for j := range l.Fields {
				if guid, _ := coreDriver(d.field(l, j)); guid != "" {
					p.CoreDrivers = append(p.CoreDrivers, guid)
				}
			}
		}
	}
}

// coreDriver splits a value of CoreDriverSections, "{GUID},section,section", into the core driver and its sections.
// learn.microsoft.com/windows-hardware/drivers/print/using-core-drivers
func coreDriver(value string) (guid string, sections []string) {
	head, rest, more := strings.Cut(value, ",")
	guid = normalGUID(strings.TrimSpace(head))
	for more {
		head, rest, more = strings.Cut(rest, ",")
		if head = strings.TrimSpace(head); head != "" {
			sections = append(sections, head)
		}
	}
	return guid, sections
}
