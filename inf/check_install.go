package inf

import (
	"strconv"
	"strings"
)

// sections checks the sections that directives name: lists of files, registry values, services.
func (c *checker) sections() {
	g := c.d.graph()
	for _, sec := range c.f.Sections {
		n := g.nodes[sec]
		if n.arches == 0 {
			continue
		}
		for _, i := range n.uses {
			switch r := &g.refs[i]; r.spec.use {
			case useCopy, useDelete, useRename:
				c.list(sec, r.spec.use)
			case useAddReg:
				c.registry(sec)
			case useDelReg:
				c.roots(sec)
			}
		}
	}
	c.services()
}

// copyFlags are the flags of file list sections that are documented.
// learn.microsoft.com/windows-hardware/drivers/install/inf-copyfiles-directive
const copyFlags = 0x7d7f

// list checks a file list section.
func (c *checker) list(sec *Section, u use) {
	for i := range sec.Lines {
		l := &sec.Lines[i]
		if c.d.field(l, 0) == "" && (!l.HasKey || l.Key.Text == "") {
			c.line(codeListNoFile, sec.Name, l)
			continue
		}
		if u != useCopy {
			continue
		}
		flags := c.d.field(l, 3)
		switch v, ok := parseFlags(flags); {
		case !ok:
			c.field(codeCopyFlags, flags+" is no number", l.Fields[3])
		case v&^copyFlags != 0:
			c.field(codeCopyFlags, "0x"+strconv.FormatUint(uint64(v&^copyFlags), 16)+" is not documented", l.Fields[3])
		}
	}
}

// The AddReg flags that keep a second entry from replacing the first.
const (
	regNoClobber = 0x2
	regDelete    = 0x4
	regAppend    = 0x8
)

// registry checks an add-registry section.
func (c *checker) registry(sec *Section) {
	type datum struct {
		line *Line
		rest string
	}
	seen := map[string]datum{}
	c.roots(sec)
	coinstallers := false
	for i := range sec.Lines {
		l := &sec.Lines[i]
		if len(l.Fields) < 3 || l.HasKey {
			continue
		}
		name := c.d.field(l, 2)
		if !coinstallers && equalFold(name, "CoInstallers32") {
			coinstallers = true
			c.field(codeLegacy, "CoInstallers32", l.Fields[2])
		}
		if flags, ok := parseFlags(c.d.field(l, 3)); !ok || flags&(regNoClobber|regDelete|regAppend) != 0 {
			continue
		}
		key := fold(c.d.field(l, 0) + "\x00" + c.d.field(l, 1) + "\x00" + name)
		rest := c.rest(l)
		first, ok := seen[key]
		if !ok {
			seen[key] = datum{l, rest}
			continue
		}
		if first.rest != rest {
			d := c.field(codeRegistryTwice, strings.Trim(c.d.field(l, 1)+`\`+name, `\`), l.Fields[2])
			d.Related = []Related{{Text: "first here", File: c.f.Name, Range: c.f.FieldRange(first.line.Fields[2])}}
		}
	}
}

// rest is an entry's value, for comparing.
func (c *checker) rest(l *Line) string {
	if len(l.Fields) < 5 {
		return ""
	}
	if len(l.Fields) == 5 {
		return c.d.field(l, 4)
	}
	var b strings.Builder
	for j := 4; j < len(l.Fields); j++ {
		b.WriteString(c.d.field(l, j))
		b.WriteByte(0)
	}
	return b.String()
}

// roots reports, once for a section, a registry key outside of what belongs to the device (HKR).
func (c *checker) roots(sec *Section) {
	for i := range sec.Lines {
		l := &sec.Lines[i]
		switch root := c.d.field(l, 0); {
		case l.HasKey && len(l.Fields) > 1:
		case equalFold(root, "HKLM"), equalFold(root, "HKCR"), equalFold(root, "HKCU"), equalFold(root, "HKU"):
			c.field(codeNotIsolated, "["+sec.Name+"] changes the registry outside of HKR", l.Fields[0])
			return
		}
	}
}

// services checks the services of install sections, each service-install section once.
func (c *checker) services() {
	g := c.d.graph()
	var copied map[string]bool
	checked := map[*Section]bool{}
	defined := map[string]bool{}
	for _, sec := range g.order {
		for i := range sec.Lines {
			l := &sec.Lines[i]
			if s := c.d.spec(l); s != nil && s.use == useService {
				defined[fold(c.d.field(l, 0))] = true
			}
		}
	}
	for _, sec := range g.order {
		if !g.live(sec) {
			continue
		}
		for i := range sec.Lines {
			l := &sec.Lines[i]
			s := c.d.spec(l)
			switch {
			case s == nil:
			case s.use == useKMDF:
				if name := c.d.field(l, 0); name != "" && !defined[fold(name)] && !inboxService(name) && !c.d.UsesInbox() {
					c.field(codeServiceMissing, name, l.Fields[0])
				}
			case s.use == useService:
				svc := c.d.addService(l)
				if svc.Install == nil || checked[svc.Install] {
					continue
				}
				checked[svc.Install] = true
				if copied == nil {
					copied = c.copied()
				}
				c.service(svc, copied)
			}
		}
		if _, suffix := splitSubsection(sec.Name); suffix == ".HW" {
			c.filters(g, sec, defined)
		}
	}
}

// filters checks that the filter drivers that an install section's .HW section registers are services it adds.
func (c *checker) filters(g *graph, hw *Section, defined map[string]bool) {
	for _, i := range g.nodes[hw].out {
		r := &g.refs[i]
		if r.To == nil || r.spec.use != useAddReg {
			continue
		}
		for k := range r.To.Lines {
			l := &r.To.Lines[k]
			if name := c.d.field(l, 2); !equalFold(name, "UpperFilters") && !equalFold(name, "LowerFilters") || c.d.field(l, 1) != "" {
				continue
			}
			for j := 4; j < len(l.Fields); j++ {
				name := c.d.field(l, j)
				if name != "" && !defined[fold(name)] && !inboxService(name) && !c.d.UsesInbox() {
					c.field(codeServiceMissing, name, l.Fields[j])
				}
			}
		}
	}
}

// service checks a service-install section.
func (c *checker) service(s Service, copied map[string]bool) {
	for _, name := range [...]string{"ServiceType", "StartType", "ErrorControl", "ServiceBinary"} {
		found := false
		for i := range s.Install.Lines {
			found = found || c.d.isDirective(&s.Install.Lines[i], name)
		}
		if !found {
			c.header(codeValueMissing, s.Install.Name, "["+s.Install.Name+"] lacks "+name)
		}
	}
	if s.Binary == "" {
		return
	}
	base := s.BinaryPath[strings.LastIndexAny(s.BinaryPath, `\/`)+1:]
	base, _, _ = strings.Cut(base, " ")
	stem, _ := strings.CutSuffix(strings.ToLower(base), ".sys")
	switch {
	case !s.HasDir && !strings.Contains(s.Binary, "%") && !strings.HasPrefix(strings.ToLower(s.Binary), `system32\`):
		c.field(codeServiceBinary, s.Binary+": the path does not begin with a directory identifier", s.BinaryField)
	case s.HasDir && !s.BinaryDir.Known() && !c.customDirID(s.BinaryDir):
		c.field(codeDirID, strconv.Itoa(int(s.BinaryDir)), s.BinaryField)
	case copied[fold(base)] || c.d.UsesInbox() || inboxService(stem) || equalFold(base, "svchost.exe"):
	default:
		c.field(codeServiceBinary, s.Binary+" is not among the files that this INF copies", s.BinaryField)
	}
}

// copied gathers the names under which the INF copies files.
func (c *checker) copied() map[string]bool {
	g := c.d.graph()
	out := map[string]bool{}
	for _, sec := range c.f.Sections {
		n := g.nodes[sec]
		for _, i := range n.uses {
			if g.refs[i].spec.use != useCopy {
				continue
			}
			for k := range sec.Lines {
				out[fold(c.d.field(&sec.Lines[k], 0))] = true
			}
		}
	}
	for _, sec := range g.order {
		for i := range sec.Lines {
			l := &sec.Lines[i]
			if s := c.d.spec(l); s != nil && s.use == useCopy {
				for j := range l.Fields {
					if name, ok := strings.CutPrefix(c.d.field(l, j), "@"); ok {
						out[fold(strings.TrimSpace(name))] = true
					}
				}
			}
		}
	}
	return out
}
