package inf

import (
	"iter"
	"sort"
	"strings"
)

// checker gathers findings about the meaning of an INF.
type checker struct {
	d    *Driver
	f    *File
	out  Diagnostics
	seen map[code]int
}

// Check reports what is wrong with the meaning of the INF, in the order of the text. What is wrong with the text itself
// comes from Parse. A file that Windows would not load is not checked further: the rest would be follow-on errors.
func (d *Driver) Check() Diagnostics {
	if d.File.Err != nil {
		return nil
	}
	c := &checker{d: d, f: d.File, seen: map[code]int{}}
	switch d.Kind {
	case KindDevice:
		c.version()
		c.manufacturers()
		c.installs()
	case KindPrimitive:
		c.version()
	case KindLegacy:
		c.header(codeKind, "DefaultInstall", "installed by right-click only: Windows does not import it as a driver")
	case KindClass:
		c.header(codeKind, "ClassInstall32", "installs a setup class, no device: Windows does not import it as a driver")
	default:
		c.header(codeModelsNone, "Version", "")
	}
	for _, l := range d.Loops() {
		c.field(codeLoop, l.Text, l.Field)
	}
	if d.Kind == KindDevice || d.Kind == KindPrimitive {
		c.copies()
		c.disks()
	}
	c.strings()
	sort.SliceStable(c.out, func(i, j int) bool { return c.out[i].Range.Start.Offset < c.out[j].Range.Start.Offset })
	return c.out
}

// add reports a finding unless there are enough of its kind.
func (c *checker) add(k code, arg string, r func() Range) {
	if c.seen[k]++; c.seen[k] <= maxNotes {
		c.out = append(c.out, c.f.diagnostic(k, arg, r()))
	}
}

func (c *checker) field(k code, arg string, fd Field) {
	c.add(k, arg, func() Range { return c.f.FieldRange(fd) })
}

// header reports a finding at a section's header, or at the start of the file.
func (c *checker) header(k code, section, arg string) {
	c.add(k, arg, func() Range {
		for _, h := range c.f.Headers {
			if strings.EqualFold(h.Name, section) || len(h.Name) > len(section) && strings.EqualFold(h.Name[:len(section)+1], section+".") {
				return c.f.nameRange(h)
			}
		}
		return c.f.rangeOf(0, 0)
	})
}

// nameRange is where a header stands, brackets included.
func (f *File) nameRange(h Header) Range {
	line := f.text[h.start:h.end]
	open := h.start + max(strings.IndexByte(line, '['), 0)
	return f.rangeOf(open, min(open+len(h.Name)+2, h.end))
}

func (c *checker) version() {
	sec := c.f.Section("Version")
	v := c.d.Version
	for _, key := range [...]string{"Class", "ClassGuid", "Provider", "DriverVer"} {
		l := c.directive(sec, key)
		if l == nil || c.d.field(l, 0) == "" {
			c.header(codeVersionMissing, "Version", key)
			continue
		}
		fd := l.Fields[0]
		switch {
		case key == "ClassGuid" && v.ClassGUID == "":
			c.field(codeClassGUID, c.d.field(l, 0), fd)
		case key == "DriverVer" && v.DriverVer.badDate:
			c.field(codeDriverVerDate, c.d.field(l, 0), fd)
		}
		if key == "DriverVer" && v.DriverVer.badVersion {
			c.field(codeDriverVerVersion, c.d.field(l, 1), l.Fields[1])
		}
	}
	if len(v.Catalogs) == 0 {
		c.header(codeCatalogMissing, "Version", "")
	}
	for _, cat := range v.Catalogs {
		if strings.ContainsAny(cat.Name, `/\:`) || !strings.HasSuffix(strings.ToLower(cat.Name), ".cat") {
			c.field(codeCatalogName, cat.Name, cat.Line.Fields[0])
		}
	}
}

// directive finds the first entry of a section whose expanded key is name.
func (c *checker) directive(sec *Section, name string) *Line {
	if sec == nil {
		return nil
	}
	for i := range sec.Lines {
		if c.d.isDirective(&sec.Lines[i], name) {
			return &sec.Lines[i]
		}
	}
	return nil
}

func (c *checker) manufacturers() {
	if sec := c.f.Section("Manufacturer"); sec != nil {
		for i := range sec.Lines {
			if l := &sec.Lines[i]; !l.HasKey || c.d.field(l, 0) == "" {
				c.add(codeManufacturer, "", func() Range { return c.f.LineRange(l) })
			}
		}
	}
	devices := 0
	for _, ms := range c.d.ModelsSections() {
		m := c.d.Manufacturers[ms.Manufacturer]
		fd := m.Line.Fields[0]
		for i := range m.Line.Fields {
			if i > 0 && c.d.field(m.Line, i) == ms.Decoration {
				fd = m.Line.Fields[i]
			}
		}
		if ms.Decoration != "" && !c.decoration(ms.Decoration, fd) {
			continue
		}
		switch {
		case ms.Section == nil:
			c.field(codeModelsMissing, ms.Name, fd)
		case len(ms.Section.Lines) == 0 && ms.Listed:
			c.field(codeModelsEmpty, ms.Name, fd)
		case ms.Section != nil:
			devices += len(ms.Section.Lines)
		}
	}
	if devices == 0 {
		c.header(codeModelsNone, "Manufacturer", "")
	}
}

// decoration checks a TargetOSVersion decoration and reports whether Windows can read it.
func (c *checker) decoration(text string, fd Field) bool {
	dec, ok := ParseDecoration(text)
	switch {
	case !ok && strings.Contains(text, "$"):
		c.field(codeUnstamped, text, fd)
	case !ok:
		c.field(codeDecoration, text, fd)
	case dec.Build >= 0 && (dec.Build < firstBuild || dec.Major < 10):
		c.field(codeDecorationBuild, text, fd)
	}
	return ok
}

// installs checks that every models entry leads to an install section. One that Windows or an included INF has cannot be
// told from here.
func (c *checker) installs() {
	checked := map[string]bool{}
	for _, ms := range c.d.ModelsSections() {
		if ms.Section == nil || ms.Arch() == "" {
			continue
		}
		for i := range ms.Section.Lines {
			l := &ms.Section.Lines[i]
			if !l.HasKey {
				continue
			}
			name := c.d.field(l, 0)
			if name == "" {
				c.add(codeInstallEmpty, "", func() Range { return c.f.LineRange(l) })
				continue
			}
			key := fold(name) + "\x00" + string(ms.Arch())
			if checked[key] {
				continue
			}
			checked[key] = true
			if _, sec := c.d.InstallSection(name, ms.Arch()); sec == nil {
				c.field(codeInstallMissing, name, l.Fields[0])
			}
		}
	}
}

// copies checks what CopyFiles directives name.
func (c *checker) copies() {
	inbox := c.d.UsesInbox()
	checked := map[string]bool{}
	lists := map[*Section]bool{}
	for _, sec := range c.f.Sections {
		if _, ok := stringsLanguage(sec.Name); ok || equalFold(sec.Name, "Strings") {
			continue
		}
		for i := range sec.Lines {
			l := &sec.Lines[i]
			if !c.d.isDirective(l, "CopyFiles") {
				continue
			}
			for _, fd := range l.Fields {
				name := c.d.exp.expand(fd.Text, nil)
				if name != "" && name[0] != '@' && c.f.Section(name) == nil {
					c.field(codeSectionMissing, name, fd)
				}
				c.listed(c.d.files(c.d.copyField(l, fd, nil), lists), inbox, checked)
			}
		}
	}
}

// listed checks that copied files stand in [SourceDisksFiles] and that their paths can be built.
func (c *checker) listed(refs iter.Seq[copyRef], inbox bool, checked map[string]bool) {
	for r := range refs {
		key := fold(r.name)
		if checked[key] {
			continue
		}
		checked[key] = true
		found := false
		for _, files := range c.d.disks.files {
			_, ok := files[key]
			found = found || ok
		}
		if !found {
			if !inbox {
				c.field(codeSourceMissing, r.name, r.field)
			}
			continue
		}
		for _, a := range c.d.SourceArches() {
			if sf := c.d.source(r, a); sf.Escapes {
				c.field(codePathEscapes, r.name, r.field)
				break
			}
		}
	}
}

// disks checks [SourceDisksFiles] and [SourceDisksNames].
func (c *checker) disks() {
	for _, sec := range c.f.Sections {
		base, suffix, dotted := strings.Cut(sec.Name, ".")
		isFiles := equalFold(base, "SourceDisksFiles")
		if !isFiles && !equalFold(base, "SourceDisksNames") {
			continue
		}
		arch := Arch("")
		if dotted {
			for _, a := range arches {
				if equalFold(suffix, string(a)) {
					arch = a
				}
			}
			if arch == "" {
				c.header(codeSourceBadArch, sec.Name, sec.Name)
				continue
			}
		}
		if isFiles {
			c.diskFiles(sec, arch)
		}
	}
}

func (c *checker) diskFiles(sec *Section, arch Arch) {
	for i := range sec.Lines {
		l := &sec.Lines[i]
		name := c.d.exp.expand(l.Key.Text, nil)
		if !l.HasKey {
			name = c.d.field(l, 0)
		}
		if strings.HasSuffix(strings.ToLower(name), ".cat") {
			c.add(codeSourceCatalog, name, func() Range { return c.f.LineRange(l) })
		}
		disk := diskNumber(c.d.field(l, 0))
		if _, err := parseNumber(disk); err != nil {
			c.add(codeDiskBad, c.d.field(l, 0), func() Range { return c.f.LineRange(l) })
			continue
		}
		if sub := c.d.field(l, 1); strings.Contains(sub, "/") {
			c.field(codePathSlash, sub, l.Fields[1])
		}
		if !c.disk(disk, arch) {
			c.field(codeDiskMissing, disk, l.Fields[0])
		}
	}
}

// disk reports whether a disk number is known for an architecture; for the undecorated section any one will do.
func (c *checker) disk(number string, arch Arch) bool {
	if c.d.disks.names[""][number] != nil {
		return true
	}
	if arch != "" {
		return c.d.disks.names[arch][number] != nil
	}
	for _, names := range c.d.disks.names {
		if names[number] != nil {
			return true
		}
	}
	return false
}

// strings checks that every %name% has a value, and that none has two.
func (c *checker) strings() {
	for _, sec := range c.f.Sections {
		_, localised := stringsLanguage(sec.Name)
		if localised || equalFold(sec.Name, "Strings") {
			c.repeated(sec)
			continue
		}
		for i := range sec.Lines {
			l := &sec.Lines[i]
			if l.HasKey && (l.Fields[0].start != l.Key.start) {
				c.missing(l.Key)
			}
			for _, fd := range l.Fields {
				c.missing(fd)
			}
		}
	}
}

func (c *checker) missing(fd Field) {
	if strings.IndexByte(fd.Text, '%') < 0 {
		return
	}
	c.d.exp.expand(fd.Text, func(name string) {
		if isName(name) && !knownDirectory(name) {
			c.field(codeStringMissing, name, fd)
		}
	})
}

// isName reports whether text between two percent signs was meant as a string's name: text with blanks or slashes is
// a sentence that happens to hold two percent signs, or an environment variable of a path.
func isName(s string) bool {
	return s != "" && len(s) < 128 && !strings.ContainsAny(s, " \t\\/,;=\"") && !isEnvironment(s)
}

// isEnvironment knows the variables that registry values and command lines in INF files use.
func isEnvironment(s string) bool {
	switch strings.ToLower(s) {
	case "systemroot", "windir", "programfiles", "programfiles(x86)", "commonprogramfiles", "systemdrive", "temp", "tmp", "path", "1", "*", "l":
		return true
	}
	return false
}

// knownDirectory reports whether a name is a directory identifier, also one whose folder only a running Windows knows.
func knownDirectory(name string) bool {
	if _, ok := directory(name); ok {
		return true
	}
	n, err := parseNumber(strings.TrimPrefix(name, "-"))
	return err == nil && (n <= 99 || n >= 0x4000 && n < 0x8000 || n >= 66000 && n <= 66099 || n == 65535)
}

func (c *checker) repeated(sec *Section) {
	seen := make(map[string]*Line, len(sec.Lines))
	for i := range sec.Lines {
		l := &sec.Lines[i]
		if !l.HasKey {
			continue
		}
		key := fold(l.Key.Text)
		if first := seen[key]; first != nil {
			c.field(codeStringRepeated, l.Key.Text, l.Key)
			if n := len(c.out); n > 0 && c.out[n-1].Code == string(codeStringRepeated) {
				c.out[n-1].Related = []Related{{Text: "first here", File: c.f.Name, Range: c.f.FieldRange(first.Key)}}
			}
			continue
		}
		seen[key] = l
	}
}
