package inf

import (
	"fmt"
	"strconv"
	"strings"
)

// references checks what sections name.
func (c *checker) references() {
	g := c.d.graph()
	includes := c.includes()
	for i := range g.refs {
		r := &g.refs[i]
		if r.To == nil && r.spec.use != useModels && r.spec != specModels {
			c.sectionMissing(g, r, includes)
		}
		if r.Directive == "Needs" {
			c.needsSuffix(g, r)
		}
	}
	for _, sec := range c.f.Sections {
		n := g.nodes[sec]
		if len(n.uses) > 1 && n.arches != 0 {
			c.shared(g, n.uses)
		}
	}
	seen := map[*Section]bool{}
	for _, u := range g.unread {
		if !seen[u.sec] && !g.live(u.sec) {
			seen[u.sec] = true
			g.nodes[u.sec].named = true
			c.header(codeSubsectionUnread, u.sec.Name, fmt.Sprintf("[%s] is not read: the install section that is used is [%s]", u.sec.Name, u.actual))
		}
	}
	for _, sec := range c.f.Sections {
		if !g.nodes[sec].named && !c.companion(sec) {
			c.header(codeSectionUnused, sec.Name, sec.Name)
		}
	}
	for _, sec := range g.order {
		if g.live(sec) {
			c.directives(g, sec)
		}
	}
}

// companion reports whether a section is read with another one: the security of a list, the strings of a language.
func (c *checker) companion(sec *Section) bool {
	if base, ok := strings.CutSuffix(strings.ToLower(sec.Name), ".security"); ok {
		return c.f.Section(base) != nil
	}
	base, _, _ := strings.Cut(strings.ToLower(sec.Name), ".")
	return strings.HasPrefix(base, "strings") || strings.HasPrefix(base, "sourcedisks")
}

// maxIncludes bounds the included INF files that a missing section is looked for in. Real INF files have ten at most.
const maxIncludes = 100

// includes gathers the INF files that each section includes. The key nil has those of the whole file.
func (c *checker) includes() map[*Section][]string {
	out := map[*Section][]string{}
	g := c.d.graph()
	for _, sec := range g.order {
		for i := range sec.Lines {
			l := &sec.Lines[i]
			if s := c.d.spec(l); s == nil || s.name != "Include" {
				continue
			}
			for j, fd := range l.Fields {
				name := c.d.field(l, j)
				if name == "" {
					continue
				}
				if len(out[sec]) < maxIncludes {
					out[sec] = append(out[sec], name)
				}
				if len(out[nil]) < maxIncludes {
					out[nil] = append(out[nil], name)
				}
				if g.live(sec) && !inboxINF(name) && !equalFold(name, c.ownName()) {
					c.field(codeIncludeUnknown, name, fd)
				}
			}
		}
	}
	return out
}

func (c *checker) ownName() string { return c.f.Name[strings.LastIndexAny(c.f.Name, `/\`)+1:] }

// sectionMissing reports a name of a section that the file does not have. One that an INF of Windows may have gets the
// benefit of the doubt.
func (c *checker) sectionMissing(g *graph, r *reference, includes map[*Section][]string) {
	here, anywhere := includes[r.From], includes[nil]
	live := g.live(r.From)
	switch {
	case r.Directive == "Needs":
		for _, inf := range anywhere {
			if inboxSection(inf, r.Name) {
				return
			}
		}
		d := c.field(codeNeedsUnknown, r.Name, r.Field)
		if len(anywhere) > 0 || !live {
			d.Severity = Info
		}
	case r.spec.use == usePrinter || r.spec.use == useOther: // names in ntprint.inf are usual; the others are for Windows 95
	case len(here) > 0:
		for _, inf := range here {
			stem, _, _ := strings.Cut(inf, ".")
			if n := len(stem); len(r.Name) > n && equalFold(r.Name[:n], stem) && r.Name[n] == '.' || inboxSection(inf, r.Name) {
				c.field(codeNeedsDirect, r.Name, r.Field)
				return
			}
		}
	case len(anywhere) > 0 || c.d.Version.LayoutFile != "":
	default:
		d := c.field(codeSectionMissing, r.Name, r.Field)
		if _, err := strconv.Atoi(r.Name); r.spec.use != useCopy || err == nil || !live {
			d.Severity = Warning
		}
	}
}

// needsSuffix checks that a Needs directive names a section of the kind it stands in.
func (c *checker) needsSuffix(g *graph, r *reference) {
	n := g.nodes[r.From]
	if n.class != useInstall || n.arches == 0 {
		return
	}
	_, from := splitSubsection(r.From.Name)
	_, to := splitSubsection(r.Name)
	if from == to || to == "" && r.To == nil && (from == ".HW" || !c.knownNeed(r.Name)) { // pci.inf has .HW sections without suffix
		return
	}
	c.field(codeNeedsSuffix, r.Name, r.Field)
}

func (c *checker) knownNeed(section string) bool {
	for inf := range inboxSections {
		if inboxSection(inf, section) {
			return true
		}
	}
	return false
}

// shared reports a section that is named for two uses. Needs takes any section, for what it is.
func (c *checker) shared(g *graph, uses []int) {
	first := -1
	for _, i := range uses {
		r := &g.refs[i]
		if r.Directive == "Needs" || r.Line == nil || !g.live(r.From) || r.spec.use == useOther {
			continue
		}
		if first < 0 {
			first = i
			continue
		}
		f := &g.refs[first]
		d := c.field(codeSectionShared, fmt.Sprintf("[%s] is named by %s and by %s", r.To.Name, f.Directive, r.Directive), r.Field)
		d.Related = []Related{{Text: f.Directive + " names it here", File: c.f.Name, Range: c.f.FieldRange(f.Field)}}
		if similar(f.spec.use, r.spec.use) {
			d.Severity = Info
		}
	}
}

// similar reports whether a section reads the same for two uses: lists of files, lists of registry values, and sections
// that only name others.
func similar(a, b use) bool {
	lists := func(u use) bool { return u == useCopy || u == useDelete }
	values := func(u use) bool { return u == useAddReg || u == useDelReg }
	install := func(u use) bool { return u == useInstall || u == useInterface || u == useOther }
	return lists(a) && lists(b) || values(a) && values(b) || install(a) && install(b)
}

// directives checks the fields of the directives in a section that Windows reads.
func (c *checker) directives(g *graph, sec *Section) {
	seen := map[string]*Line{}
	for i := range sec.Lines {
		l := &sec.Lines[i]
		s := c.d.spec(l)
		if s == nil {
			continue
		}
		c.fields(s, l)
		switch s.name {
		case "AddService", "AddComponent", "AddSoftware", "AddFilter", "AddInterface":
			c.twice(s, l, seen)
		case "CopyINF":
			c.copyINF(l)
		case "FeatureScore":
			if v := c.d.field(l, 0); v != "" && !isHexByte(v) {
				c.field(codeFeatureScore, v, l.Fields[0])
			}
		}
		if s.legacy {
			c.add(codeLegacy, s.name, func() Range { return c.f.FieldRange(l.Key) })
		}
	}
	if _, suffix := splitSubsection(sec.Name); suffix == ".CoInstallers" && len(sec.Lines) > 0 {
		c.header(codeLegacy, sec.Name, "["+sec.Name+"]")
	}
}

// fields checks how many fields a directive has, and that those it cannot do without are there.
func (c *checker) fields(s *refSpec, l *Line) {
	last := len(l.Fields) - 1
	for last >= 0 && l.Fields[last].Text == "" {
		last--
	}
	whole := func() Range { return c.f.LineRange(l) }
	first := c.d.field(l, 0)
	switch null := s.use == useService && first == "" && last >= 1; {
	case null:
	case s.required != "" && first == "":
		c.add(codeValueMissing, s.name+" lacks "+s.required, whole)
	case s.use == useService && first == "":
		c.add(codeValueMissing, "AddService lacks the service's name", whole)
	case s.use != useNone && !s.optional && (s.field == every && last < 0 || s.field != every && c.d.field(l, s.field) == ""):
		c.add(codeNoSection, s.name, whole)
	}
	if s.most > 0 && last >= s.most {
		c.add(codeExtraValue, s.name+" takes "+strconv.Itoa(s.most), func() Range {
			return Range{Start: c.f.FieldRange(l.Fields[s.most]).Start, End: c.f.FieldRange(l.Fields[last]).End}
		})
	}
}

// twice reports that one section adds the same service, component, filter or interface more than once.
func (c *checker) twice(s *refSpec, l *Line, seen map[string]*Line) {
	name := c.d.field(l, 0)
	if name == "" {
		return
	}
	key := s.name + "\x00" + fold(name)
	if s.use == useInterface {
		key += "\x00" + fold(c.d.field(l, 1))
	}
	first := seen[key]
	if first == nil {
		seen[key] = l
		return
	}
	d := c.field(codeTwice, s.name+" of "+name, l.Fields[0])
	d.Related = []Related{{Text: "first here", File: c.f.Name, Range: c.f.FieldRange(first.Fields[0])}}
}

func (c *checker) copyINF(l *Line) {
	for j, fd := range l.Fields {
		if name := c.d.field(l, j); name != "" && !strings.HasSuffix(strings.ToLower(name), ".inf") {
			c.field(codeCopyINF, name, fd)
		}
	}
}

// isHexByte reports whether a feature score is a byte in hexadecimal, with or without 0x; Microsoft's page writes xFD too.
func isHexByte(s string) bool {
	s = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "0x")
	_, err := strconv.ParseUint(strings.TrimPrefix(s, "x"), 16, 8)
	return err == nil
}
