package inf

import "strings"

// Service is one AddService or DelService directive with the service-install section that it names.
// learn.microsoft.com/windows-hardware/drivers/install/inf-addservice-directive
type Service struct {
	Name    string // strings substituted; "" for a null driver
	Deleted bool   // a DelService directive: only Name, Flags, Line and Field are set
	Flags   uint32 // SPSVCINST flags, 0 if they cannot be read
	Section string // the service-install section's name
	Install *Section

	DisplayName    string
	Binary         string // ServiceBinary, strings and known directory identifiers substituted
	BinaryField    Field  // ServiceBinary as it stands
	BinaryDir      DirID  // the directory identifier that ServiceBinary begins with, if HasDir
	BinaryPath     string // what follows it; all of ServiceBinary if it begins with none
	HasDir         bool
	Type           ServiceType
	Start          StartType
	ErrorControl   int // 0 ignore, 1 normal, 2 severe, 3 critical; -1 if not given
	LoadOrderGroup string
	Dependencies   []string // services, or groups with a leading "+"

	EventLog        string // the event-log-install section's name
	EventLogSection *Section
	EventLogType    string // "System" if it is left out
	EventName       string // the service's name if it is left out

	Line  *Line // the directive
	Field Field // the service's name in it
}

// ServiceType is a service's type, the SERVICE_xxx bits of ServiceType; 0 if the section gives none.
type ServiceType uint32

// StartType is when Windows starts a service; -1 if the section does not tell.
type StartType int

// FunctionDriver is the AddService flag that makes a service the function driver of the device (SPSVCINST_ASSOCSERVICE).
const FunctionDriver = 2

// Function reports whether the service is the device's function driver. A null driver is one: it says that the device
// needs no driver.
func (s Service) Function() bool { return !s.Deleted && s.Flags&FunctionDriver != 0 }

// Null reports whether the directive says that the device has no function driver (AddService = ,2).
func (s Service) Null() bool { return s.Name == "" && s.Function() }

// String names the type as people know it: "kernel driver", "user-mode service"; "" if it is not given.
func (t ServiceType) String() string {
	switch {
	case t&1 != 0:
		return "kernel driver"
	case t&2 != 0:
		return "file system driver"
	case t&0x30 != 0:
		return "user-mode service"
	}
	return ""
}

// String names the start type: "boot", "system", "automatic", "demand", "disabled"; "" if it is not given.
func (t StartType) String() string {
	if t < 0 || int(t) >= len(startTypes) {
		return ""
	}
	return startTypes[t]
}

var startTypes = [...]string{"boot", "system", "automatic", "demand", "disabled"}

// Services returns the services of an install section, in the order of the text: those of the section whose name is
// actualInstall followed by ".Services", and of sections of the same INF that it needs. actualInstall is the name that
// InstallSection returns. Services of Windows' own INF files, which Include and Needs bring along, are not known.
func (d *Driver) Services(actualInstall string) []Service {
	var out []Service
	w := &walk{d: d, visited: map[*Section]bool{}, work: &budget{limit: maxWork}}
	w.run(d.File.Section(actualInstall+".Services"), ".Services", func(_ *Section, l *Line, k directive) {
		switch k {
		case dirAddService:
			out = append(out, d.addService(l))
		case dirDelService:
			out = append(out, d.delService(l))
		}
	})
	return out
}

// delService reads a DelService directive.
func (d *Driver) delService(l *Line) Service {
	s := Service{Name: d.field(l, 0), Deleted: true, Start: -1, ErrorControl: -1, Line: l, Field: l.Fields[0]}
	s.Flags, _ = parseFlags(d.field(l, 1))
	return s
}

// addService reads an AddService directive and its service-install section.
func (d *Driver) addService(l *Line) Service {
	s := Service{Name: d.field(l, 0), Section: d.field(l, 2), EventLog: d.field(l, 3), EventLogType: d.field(l, 4), EventName: d.field(l, 5), Line: l, Field: l.Fields[0], Start: -1, ErrorControl: -1}
	s.Flags, _ = parseFlags(d.field(l, 1))
	if s.EventLog != "" {
		s.EventLogSection = d.File.Section(s.EventLog)
		if s.EventLogType == "" {
			s.EventLogType = "System"
		}
		if s.EventName == "" {
			s.EventName = s.Name
		}
	}
	if s.Section == "" {
		return s
	}
	if s.Install = d.File.Section(s.Section); s.Install == nil {
		return s
	}
	var seen uint // of a repeated entry the first counts
	first := func(l *Line, bit int, name string) bool {
		if seen&(1<<bit) != 0 || !d.isDirective(l, name) {
			return false
		}
		seen |= 1 << bit
		return true
	}
	for i := range s.Install.Lines {
		switch l := &s.Install.Lines[i]; {
		case first(l, 0, "DisplayName"):
			s.DisplayName = d.field(l, 0)
		case first(l, 1, "ServiceBinary"):
			s.Binary, s.BinaryField = d.field(l, 0), l.Fields[0]
			s.BinaryDir, s.BinaryPath, s.HasDir = d.splitDirID(l.Fields[0].Text)
		case first(l, 2, "ServiceType"):
			n, _ := parseFlags(d.field(l, 0))
			s.Type = ServiceType(n)
		case first(l, 3, "StartType"):
			if n, ok := parseFlags(d.field(l, 0)); ok {
				s.Start = StartType(n)
			}
		case first(l, 4, "ErrorControl"):
			if n, ok := parseFlags(d.field(l, 0)); ok {
				s.ErrorControl = int(n)
			}
		case first(l, 5, "LoadOrderGroup"):
			s.LoadOrderGroup = d.field(l, 0)
		case first(l, 6, "Dependencies"):
			for j := range l.Fields {
				if name := d.field(l, j); name != "" {
					s.Dependencies = append(s.Dependencies, name)
				}
			}
		}
	}
	return s
}

// splitDirID splits a path such as %12%\net.sys into the directory identifier that it begins with and the path below it.
// A string whose key is a number comes before the identifier, as in Expand.
func (d *Driver) splitDirID(text string) (id DirID, path string, ok bool) {
	if rest, found := strings.CutPrefix(text, "%"); found {
		if number, below, found := strings.Cut(rest, "%"); found {
			if _, isString := d.exp.lookup(number); !isString {
				if id, ok = parseDirID(number); ok {
					return id, strings.TrimLeft(d.exp.expand(below, nil), `\`), true
				}
			}
		}
	}
	return 0, d.exp.expand(text, nil), false
}

// parseFlags reads an integer field: nothing is 0, decimal or hexadecimal after 0x; ok is false for other text, which
// Windows reads as invalid data.
func parseFlags(s string) (n uint32, ok bool) {
	if s = strings.TrimSpace(s); s == "" {
		return 0, true
	}
	v, err := parseNumber(s)
	if err != nil {
		return 0, false
	}
	return uint32(v), true
}
