package inf

import "strings"

// Breach is something that a driver does outside its own folder in the driver store and the state of its devices.
// learn.microsoft.com/windows-hardware/drivers/develop/driver-isolation
type Breach struct {
	Kind  BreachKind
	Text  string // one sentence, without a period
	Line  *Line
	Field Field
}

// BreachKind says what a breach is. The values are stable.
type BreachKind string

// The kinds of breaches.
const (
	BreachDestination BreachKind = "destination"  // a file is copied out of the driver store
	BreachRegistry    BreachKind = "registry"     // a registry value outside the device's own keys (not HKR)
	BreachBinary      BreachKind = "service-path" // a service runs from elsewhere than the driver store
	BreachFiles       BreachKind = "delete-files" // DelFiles, RenFiles
	BreachCoInstaller BreachKind = "co-installer"
	BreachRegister    BreachKind = "register-dlls"
	BreachClass       BreachKind = "class-installer"
)

// breach takes note of a breach, one for each entry and kind.
func (r *installReader) breach(k BreachKind, text string, l *Line, fd Field) {
	key := breachKey{l, k}
	if r.breached[key] {
		return
	}
	if r.breached == nil {
		r.breached = map[breachKey]bool{}
	}
	r.breached[key] = true
	r.in.Breaches = append(r.in.Breaches, Breach{Kind: k, Text: text, Line: l, Field: fd})
}

type breachKey struct {
	line *Line
	kind BreachKind
}

// destination checks where a file list goes.
func (r *installReader) destination(list *FileList) {
	dest := list.Destination
	if len(list.Files) == 0 || dest.DirID == DirDriverStore && dest.Valid {
		return
	}
	what := "its files"
	if list.Name != "" {
		what = "the files of [" + list.Name + "]"
	}
	switch {
	case !list.HasDestination:
		r.breach(BreachDestination, what+" have no destination", list.Line, list.Field)
	case !dest.Valid:
		r.breach(BreachDestination, what+" go to a folder that is no directory identifier", dest.Line, dest.Field)
	default:
		r.breach(BreachDestination, what+" are copied to "+dest.Path+", out of the driver store", dest.Line, dest.Field)
	}
}

// service checks where a service runs from.
func (r *installReader) service(s Service) {
	if s.Install == nil {
		return
	}
	if s.Binary != "" && (!s.HasDir || s.BinaryDir != DirDriverStore) {
		r.breach(BreachBinary, "the service "+s.Name+" runs from outside the driver store", s.Install.binaryLine(r.d), s.BinaryField)
	}
	for i := range s.Install.Lines {
		if l := &s.Install.Lines[i]; r.d.directive(l) == dirAddReg || r.d.directive(l) == dirDelReg {
			r.addReg(nil, l)
		}
	}
}

func (s *Section) binaryLine(d *Driver) *Line { return d.first(s, "ServiceBinary") }

// registryFacts are what a registry section tells, read once for all install sections that name it.
type registryFacts struct {
	coInstallers []CoInstaller // of CoInstallers32 values
	installers   []CoInstaller // of Installer32 values
}

// addReg reads the registry sections that an AddReg or DelReg directive names. in is nil for those of a service, which
// name no co-installers.
func (r *installReader) addReg(in *Install, l *Line) {
	for j := range l.Fields {
		sec := r.d.File.Section(r.d.field(l, j))
		if sec == nil || r.work.exceeded() {
			continue
		}
		facts := r.registry[sec]
		if facts == nil {
			facts = r.readRegistry(sec)
			if r.registry == nil {
				r.registry = map[*Section]*registryFacts{}
			}
			r.registry[sec] = facts
		}
		if in == nil {
			continue
		}
		for _, c := range facts.coInstallers {
			in.CoInstallers = append(in.CoInstallers, c)
			r.breach(BreachCoInstaller, "the co-installer "+c.DLL+" runs at installation", c.Line, c.Field)
		}
		if in.Name == "ClassInstall32" {
			for _, c := range facts.installers {
				in.CoInstallers = append(in.CoInstallers, c)
				r.breach(BreachClass, "the class installer "+c.DLL+" runs at installation", c.Line, c.Field)
			}
		}
		r.work.spent += len(facts.coInstallers) + len(facts.installers)
	}
}

func (r *installReader) readRegistry(sec *Section) *registryFacts {
	facts := &registryFacts{}
	r.work.spent += len(sec.Lines)
	for i := range sec.Lines {
		l := &sec.Lines[i]
		if l.HasKey && len(l.Fields) < 2 {
			continue
		}
		root := r.d.field(l, 0)
		if root != "" && !strings.EqualFold(root, "HKR") {
			r.breach(BreachRegistry, "changes the registry below "+strings.ToUpper(root), l, l.Fields[0])
		}
		if len(l.Fields) < 5 {
			continue
		}
		switch value := r.d.field(l, 2); {
		case strings.EqualFold(value, "CoInstallers32"), root != "" && strings.HasSuffix(strings.ToLower(r.d.field(l, 1)), `\codeviceinstallers`):
			for j := 4; j < len(l.Fields); j++ {
				if c, ok := r.d.coInstaller(l, j); ok {
					facts.coInstallers = append(facts.coInstallers, c)
				}
			}
		case strings.EqualFold(value, "Installer32"):
			if c, ok := r.d.coInstaller(l, 4); ok {
				facts.installers = append(facts.installers, c)
			}
		}
	}
	return facts
}

// coInstaller reads one string of a CoInstallers32 value: "library,function".
func (d *Driver) coInstaller(l *Line, field int) (CoInstaller, bool) {
	dll, entry, _ := strings.Cut(d.field(l, field), ",")
	c := CoInstaller{DLL: strings.TrimSpace(dll), Entry: strings.TrimSpace(entry), Line: l, Field: l.Fields[field]}
	return c, c.DLL != ""
}

// registerDLLs reads the lists that a RegisterDlls directive names: directory identifier, subfolder, file, flags.
// learn.microsoft.com/windows-hardware/drivers/install/inf-registerdlls-directive
func (r *installReader) registerDLLs(in *Install, l *Line, k directive) {
	r.breach(BreachRegister, "registers libraries on the running system", l, l.Fields[0])
	if k != dirRegisterDLLs {
		return
	}
	for j := range l.Fields {
		list := r.d.File.Section(r.d.field(l, j))
		if list == nil || r.work.exceeded() {
			continue
		}
		r.work.spent += len(list.Lines)
		for i := range list.Lines {
			e := &list.Lines[i]
			if name := r.d.field(e, 2); name != "" {
				id, _ := parseDirID(r.d.field(e, 0))
				in.Registers = append(in.Registers, RegisterDLL{Name: name, DirID: id, Line: e})
			}
		}
	}
}
