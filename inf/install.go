package inf

import "strings"

// Needs follows what a device's installation reads: the files it copies. It remembers what install sections need, since
// models share them; it is not safe for concurrent use.
type Needs struct {
	d    *Driver
	memo map[Arch]map[string][]copyRef
	work budget // files and directives looked at
}

// maxWork bounds what one INF may cost: real ones stay below a hundredth of it, and a made-up one of a few megabytes
// could ask for hours.
const maxWork = 4 << 20

// Exceeded reports whether the INF asked for more work than any real one does; what Files returned since is not complete.
func (n *Needs) Exceeded() bool { return n.work.exceeded() }

// Needs returns a walker over the driver's install sections.
func (d *Driver) Needs() *Needs {
	return &Needs{d: d, memo: map[Arch]map[string][]copyRef{}, work: budget{limit: maxWork}}
}

// Files returns the files that installing any device of a models section needs on an architecture, each path once: the
// CopyFiles of its install sections with their co-installers, interfaces and software, of Needs sections in the same INF,
// and of the class and interface installers.
func (n *Needs) Files(ms ModelsSection, arch Arch) []SourceFile {
	if ms.Section == nil || n.Exceeded() {
		return nil
	}
	var refs []copyRef
	var seen foldMap[struct{}]
	for i := range ms.Section.Lines {
		l := &ms.Section.Lines[i]
		install := n.d.exp.expand(l.Fields[0].Text, nil)
		if !l.HasKey || !seen.add(install, struct{}{}) {
			continue
		}
		refs = append(refs, n.install(fold(install), arch)...)
	}
	if len(seen.entries) > 0 {
		refs = append(refs, n.shared(arch)...)
	}
	out := n.d.resolve(refs, arch)
	n.work.spent += len(ms.Section.Lines) + len(refs) + len(out)
	return out
}

// DefaultFiles returns the files that [DefaultInstall] needs on an architecture: those of a primitive driver.
func (n *Needs) DefaultFiles(arch Arch) []SourceFile {
	return n.d.resolve(append(n.install("DefaultInstall", arch), n.shared(arch)...), arch)
}

// remember returns what is known under a key, or gathers it.
func (n *Needs) remember(arch Arch, key string, gather func(w *walk, each eachDirective)) []copyRef {
	if refs, ok := n.memo[arch][key]; ok {
		return refs
	}
	var refs []copyRef
	w := &walk{d: n.d, arch: arch, visited: map[*Section]bool{}, work: &n.work}
	gather(w, w.copies(&refs))
	if n.memo[arch] == nil {
		n.memo[arch] = map[string][]copyRef{}
	}
	n.memo[arch][key] = refs
	return refs
}

// install gathers the copies of one install section for an architecture.
func (n *Needs) install(name string, arch Arch) []copyRef {
	return n.remember(arch, name, func(w *walk, each eachDirective) { w.install(name, each) })
}

// shared gathers what is installed with every device of the INF: its setup class and its interface classes.
func (n *Needs) shared(arch Arch) []copyRef {
	return n.remember(arch, "\x00shared", func(w *walk, each eachDirective) { w.shared(each) })
}

// copies takes note of what directives copy.
func (w *walk) copies(refs *[]copyRef) eachDirective {
	var each eachDirective
	each = func(_ *Section, l *Line, k directive) {
		switch {
		case k == dirCopyFiles:
			for _, fd := range l.Fields {
				*refs = w.d.copyField(l, fd, *refs)
			}
		case k == dirAddInterface && w.suffix == ".Interfaces", k == dirAddSoftware && w.suffix == ".Software":
			if name := w.d.field(l, 2); name != "" {
				w.run(w.d.File.Section(name), "", each)
			}
		}
	}
	return each
}

// install runs the section that Windows chooses for an install section's name, and its subsections that may copy files.
func (w *walk) install(name string, each eachDirective) {
	actual, sec := w.d.InstallSection(name, w.arch)
	w.run(sec, "", each)
	for _, suffix := range copyingSubsections {
		w.run(w.d.File.Section(actual+suffix), suffix, each)
	}
}

// copyingSubsections are the subsections of an install section that may lead to files.
var copyingSubsections = [...]string{".CoInstallers", ".HW", ".Services", ".Interfaces", ".Software", ".SoftwareSettings"}

// shared runs what is installed with every device of the INF: its setup class and its interface classes.
func (w *walk) shared(each eachDirective) {
	_, class := w.d.InstallSection("ClassInstall32", w.arch)
	w.run(class, "", each)
	if sec := w.d.File.Section("InterfaceInstall32"); sec != nil {
		for i := range sec.Lines {
			l := &sec.Lines[i]
			if name := w.d.field(l, 0); l.HasKey && name != "" {
				_, s := w.d.InstallSection(name, w.arch)
				w.run(s, "", each)
			}
		}
	}
}

// DriverVer is the date and version that Windows compares for devices of an install section: the section's own DriverVer
// if it has one, else that of [Version].
func (d *Driver) DriverVer(install string, arch Arch) DriverVer {
	if _, sec := d.InstallSection(install, arch); sec != nil {
		for i := range sec.Lines {
			if l := &sec.Lines[i]; d.isDirective(l, "DriverVer") {
				return d.driverVer(l)
			}
		}
	}
	return d.Version.DriverVer
}

// OtherINF is another INF that installing the driver brings along (CopyINF). It is a driver package of its own.
type OtherINF struct {
	Path string // relative to this INF's folder, forward slashes; "" if it leads out of the folder
	Line *Line
}

// CopyINFs returns the INF files that CopyINF directives name, each once.
func (d *Driver) CopyINFs() []OtherINF {
	var out []OtherINF
	seen := map[string]bool{}
	for _, sec := range d.File.Sections {
		for i := range sec.Lines {
			l := &sec.Lines[i]
			if !d.isDirective(l, "CopyINF") {
				continue
			}
			for j := range l.Fields {
				name := d.field(l, j)
				path, _ := joinSource(name)
				if name == "" || seen[fold(path)] || !strings.HasSuffix(strings.ToLower(name), ".inf") {
					continue
				}
				seen[fold(path)] = true
				out = append(out, OtherINF{Path: path, Line: l})
			}
		}
	}
	return out
}

// Loop is a directive by which an INF leads back to itself. Windows ends such loops, but the author meant something else.
type Loop struct {
	Line  *Line
	Field Field  // the name that leads back
	Text  string // what loops: "Include names this INF itself"
}

// Loops finds Include directives that name the INF itself, and Needs directives that need their own section. In a section
// that includes another INF a Needs of the section's own name means the other INF's section, and is fine.
func (d *Driver) Loops() []Loop {
	var out []Loop
	name := d.File.Name[strings.LastIndexAny(d.File.Name, `/\`)+1:]
	needs := map[*Section][]*Section{}
	for _, sec := range d.File.Sections {
		includes := false
		for i := range sec.Lines {
			l := &sec.Lines[i]
			switch {
			case d.isDirective(l, "Include"):
				for j, fd := range l.Fields {
					if equalFold(d.field(l, j), name) {
						out = append(out, Loop{l, fd, "Include names this INF itself"})
					} else {
						includes = true
					}
				}
			case !includes && d.isDirective(l, "Needs"):
				for j, fd := range l.Fields {
					needed := d.File.Section(d.field(l, j))
					if needed == nil {
						continue
					}
					if needed == sec || reaches(needs, needed, sec) {
						out = append(out, Loop{l, fd, "Needs leads back to its own section [" + sec.Name + "]"})
						continue
					}
					needs[sec] = append(needs[sec], needed)
				}
			}
		}
	}
	return out
}

// reaches reports whether the known Needs lead from one section to another. It bounds its work: a file whose sections
// all need each other is not worth more.
func reaches(needs map[*Section][]*Section, from, to *Section) bool {
	seen := map[*Section]bool{from: true}
	queue := []*Section{from}
	for n := 0; n < len(queue) && n < 1000; n++ {
		for _, next := range needs[queue[n]] {
			if next == to {
				return true
			}
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	return false
}

// UsesInbox reports whether the INF takes parts from INF files of Windows (Include, LayoutFile), so that files it copies
// without listing them may come with Windows.
func (d *Driver) UsesInbox() bool {
	if d.Version.LayoutFile != "" {
		return true
	}
	for _, sec := range d.File.Sections {
		for i := range sec.Lines {
			if d.isDirective(&sec.Lines[i], "Include") {
				return true
			}
		}
	}
	return false
}
