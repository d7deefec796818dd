package inf

import (
	"strings"
)

// manufacturers checks [Manufacturer] and the models sections that it leads to.
func (c *checker) manufacturers() {
	if sec := c.f.Section("Manufacturer"); sec != nil {
		for i := range sec.Lines {
			if l := &sec.Lines[i]; !l.HasKey || c.d.field(l, 0) == "" {
				c.line(codeManufacturer, "", l)
			}
		}
	}
	devices := 0
	for _, ms := range c.models {
		m := c.d.Manufacturers[ms.Manufacturer]
		fd := m.Line.Fields[0]
		for i := range m.Line.Fields {
			if i > 0 && c.d.field(m.Line, i) == ms.Decoration {
				fd = m.Line.Fields[i]
			}
		}
		if ms.Decoration != "" && !c.decoration(ms, fd) {
			continue
		}
		switch {
		case ms.Section == nil:
			d := c.field(codeModelsMissing, ms.Name, fd)
			if ms.Decoration == "" && c.serves { // the line was hardly meant: others lead to devices
				d.Severity = Warning
			}
		case len(ms.Section.Lines) == 0 && ms.Listed:
			c.field(codeModelsEmpty, ms.Name, fd)
		default:
			devices += len(ms.Section.Lines)
		}
	}
	if devices == 0 {
		c.header(codeModelsNone, "Manufacturer", "")
	} else {
		c.undecorated()
	}
	for _, m := range c.d.Manufacturers {
		c.tooLong(m.Line.Key, "manufacturer's name", maxName)
	}
}

// decoration checks a TargetOSVersion decoration and reports whether Windows can read it.
func (c *checker) decoration(ms ModelsSection, fd Field) bool {
	dec, ok := ParseDecoration(ms.Decoration)
	switch {
	case !ok && strings.Contains(ms.Decoration, "$"):
		c.field(codeUnstamped, ms.Decoration, fd)
	case !ok && strings.ContainsAny(ms.Decoration, `\&`):
		c.field(codeDecorationID, ms.Decoration, fd)
	case !ok:
		c.field(codeDecoration, ms.Decoration, fd).Fix = c.fixDecoration(ms, fd)
	case dec.Build >= 0 && (dec.Build < firstBuild || dec.Major < 10):
		c.field(codeDecorationBuild, ms.Decoration, fd)
	}
	return ok
}

// usualArch maps what stands for a decoration's platform by mistake to what was meant.
var usualArch = map[string]string{
	"NTX64": "NTamd64", "X64": "NTamd64", "AMD64": "NTamd64", "NT.AMD64": "NTamd64", "NTX86_64": "NTamd64", "NTI386": "NTx86", "X86": "NTx86", "ARM64": "NTarm64", "NTAARCH64": "NTarm64",
}

// fixDecoration writes the decoration that was meant, in the line and in the header of its models section.
func (c *checker) fixDecoration(ms ModelsSection, fd Field) *Fix {
	head, rest, dotted := strings.Cut(ms.Decoration, ".")
	arch, ok := usualArch[fold(head)]
	if !ok || !c.f.plain(fd) {
		return nil
	}
	fixed := arch
	if dotted {
		fixed += "." + rest
	}
	base := c.d.Manufacturers[ms.Manufacturer].Models
	if _, ok := ParseDecoration(fixed); !ok || c.f.Section(base+"."+fixed) != nil && ms.Section != nil {
		return nil
	}
	users := 0
	for _, o := range c.models {
		if equalFold(o.Name, ms.Name) || equalFold(o.Name, base+"."+fixed) {
			users++
		}
	}
	if users > 1 {
		return nil
	}
	fix := &Fix{Text: "write " + fixed, Edits: []Edit{c.f.replaceField(fd, fixed)}}
	if ms.Section == nil {
		if c.f.Section(base+"."+fixed) == nil {
			return nil
		}
		return fix
	}
	for _, h := range c.f.Headers {
		if h.Section != ms.Section {
			continue
		}
		e := Edit{Range: c.f.nameRange(h), New: "[" + base + "." + fixed + "]"}
		if int(h.start) < int(fd.start) {
			fix.Edits = append([]Edit{e}, fix.Edits...)
			continue
		}
		fix.Edits = append(fix.Edits, e)
	}
	if len(fix.Edits) != 2 {
		return nil
	}
	return fix
}

// undecorated tells of an INF whose models name no architecture at all.
func (c *checker) undecorated() {
	for _, ms := range c.models {
		if dec, ok := ParseDecoration(ms.Decoration); ok && dec.Arch != "" {
			return
		}
	}
	for _, ms := range c.models {
		if ms.Section != nil && len(ms.Section.Lines) > 0 {
			c.field(codeUndecorated, "", c.d.Manufacturers[ms.Manufacturer].Line.Fields[0])
			return
		}
	}
}

// installUse is an install section as models entries of one architecture name it.
type installUse struct {
	field  Field // the first entry's
	name   string
	actual string
	sec    *Section
	ids    bool // an entry that names it has a hardware ID
}

// installUses finds the install sections that models entries name, and whether any device is served at all.
func (c *checker) installUses() {
	c.uses, c.walked = map[Arch][]*installUse{}, map[*Section]bool{}
	byText := map[Arch]map[string]*installUse{}
	for _, ms := range c.models {
		arch := ms.Arch()
		if ms.Section == nil || arch == "" || c.walked[ms.Section] {
			continue
		}
		c.walked[ms.Section] = true
		known := byText[arch]
		if known == nil {
			known = map[string]*installUse{}
			byText[arch] = known
		}
		for i := range ms.Section.Lines {
			l := &ms.Section.Lines[i]
			c.entryLimits(l)
			if !l.HasKey {
				continue
			}
			fd := l.Fields[0]
			u := known[fd.Text]
			if u == nil {
				u = &installUse{field: fd, name: c.d.field(l, 0)}
				if u.name != "" {
					u.actual, u.sec = c.d.InstallSection(u.name, arch)
				}
				known[fd.Text] = u
				c.uses[arch] = append(c.uses[arch], u)
			}
			if u.name == "" {
				c.line(codeInstallEmpty, "", l)
				continue
			}
			u.ids = u.ids || len(l.Fields) > 1 && l.Fields[1].Text != ""
			c.serves = c.serves || u.sec != nil && c.hasID(l)
		}
	}
}

// hasID reports whether an entry has an ID that a device may have: one without names that nothing stands for. An entry that
// is chosen by name only counts as well.
func (c *checker) hasID(l *Line) bool {
	for _, fd := range l.Fields[1:] {
		known := true
		c.d.exp.expand(fd.Text, func(string) { known = false })
		if known {
			return true
		}
	}
	return len(l.Fields) == 1
}

// installs checks that every models entry leads to an install section, and that section to a function driver. One that
// Windows or an included INF has cannot be told from here.
func (c *checker) installs() {
	for _, arch := range arches {
		found := false
		for _, u := range c.uses[arch] {
			found = found || u.sec != nil
		}
		reported := map[string]bool{}
		for _, u := range c.uses[arch] {
			switch {
			case u.name == "" || reported[fold(u.name)]:
			case u.sec == nil:
				reported[fold(u.name)] = true
				if d := c.field(codeInstallMissing, u.name, u.field); found {
					d.Severity = Warning // other devices are served
				}
			case u.ids && c.needsService() && !c.hasService(u):
				reported[fold(u.name)] = true
				c.field(codeNoService, u.actual, u.field)
			}
		}
	}
}

// withoutService are the setup classes whose devices work without a function driver of their own.
var withoutService = map[string]bool{
	"MONITOR": true, "PRINTER": true, "EXTENSION": true, "SOFTWARECOMPONENT": true, "NETCLIENT": true, "NETSERVICE": true, "NETTRANS": true,
	"MODEM": true, "FIRMWARE": true, "PRINTQUEUE": true, "SOFTWAREDEVICE": true, "AUDIOENDPOINT": true, "VOLUMESNAPSHOT": true, "SIDESHOW": true,
}

func (c *checker) needsService() bool {
	name := c.d.Version.Class
	if cl := classByGUID(c.d.Version.ClassGUID); cl != nil {
		name = cl.name
	}
	return !withoutService[fold(name)]
}

// hasService reports whether an install section's .Services section names a function driver, or a null driver, or takes one from another INF.
func (c *checker) hasService(u *installUse) bool {
	sec := c.f.Section(u.actual + ".Services")
	if sec == nil {
		return false
	}
	for i := range sec.Lines {
		if l := &sec.Lines[i]; c.d.isDirective(l, "Include") || c.d.isDirective(l, "Needs") {
			return true
		}
	}
	unread := false
	for _, s := range c.d.Services(u.actual) {
		if s.Function() {
			return true
		}
		_, ok := parseFlags(c.d.field(s.Line, 1))
		unread = unread || !ok
	}
	return unread // flags that cannot be read are another finding
}
