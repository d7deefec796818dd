package inf

import (
	"slices"
	"strings"
	"sync"
)

// Reference is one place in an INF that names a section.
type Reference struct {
	From      *Section
	Directive string   // "CopyFiles"; "Manufacturer" and "Models" for the entries that lead to models and install sections
	Name      string   // strings substituted
	To        *Section // nil if the INF does not have it
	Line      *Line
	Field     Field
	// Live tells that Windows can come to From: some chain of references leads there from a section that it reads by name.
	Live bool
}

// References returns which section of the INF is named by what, in the order in which Windows comes to the sections; what
// stands in sections that it never reads comes last. A models section names each install section once. Sections that
// are read because of their names, such as [DestinationDirs] and the subsections of an install section, are not named by
// anything.
func (d *Driver) References() []Reference {
	g := d.graph()
	out := make([]Reference, 0, len(g.refs))
	for i := range g.refs {
		r := &g.refs[i]
		if r.spec != specSubsection {
			ref := r.Reference
			ref.Live = g.live(ref.From)
			out = append(out, ref)
		}
	}
	return out
}

// archSet is a set of architectures: bit i is arches[i].
type archSet uint8

const allArches archSet = 1<<len(arches) - 1

func archBit(a Arch) archSet { return 1 << max(slices.Index(arches[:], a), 0) }

// reference is a Reference with what the checks want to know of it.
type reference struct {
	Reference
	spec *refSpec
	mask archSet // the architectures on which it holds
}

// node is what is known of a section.
type node struct {
	arches archSet // on which Windows comes to it
	uses   []int   // the first reference of each use
	out    []int   // the references that it makes
	class  use     // what it is run as, useNone if nothing has come to it
	named  bool    // something names it, if only a section that is never read, or a models entry that takes a decorated one
	queued bool
}

// unread is a subsection of another decoration than the install section that is used.
type unread struct {
	sec    *Section
	actual string
	suffix string
}

// graph tells which section is named by what.
type graph struct {
	d      *Driver
	refs   []reference
	nodes  map[*Section]*node
	unread []unread
	order  []*Section // sections whose entries are directives, in the order they were come to
}

// graphOnce makes the graph at first use.
type graphOnce struct {
	once sync.Once
	g    *graph
}

func (d *Driver) graph() *graph {
	d.references.once.Do(func() {
		g := &graph{d: d, nodes: make(map[*Section]*node, len(d.File.Sections))}
		nodes := make([]node, len(d.File.Sections))
		for i, sec := range d.File.Sections {
			g.nodes[sec] = &nodes[i]
		}
		g.build()
		d.references.g = g
	})
	return d.references.g
}

func (g *graph) live(sec *Section) bool { return sec != nil && g.nodes[sec].arches != 0 }

func (g *graph) build() {
	g.standard()
	g.models()
	g.run(0)
	g.spread()
	reached := len(g.order)
	for _, sec := range g.d.File.Sections { // what is never read may still explain why other sections are there
		if n := g.nodes[sec]; n.class == useNone && len(n.uses) == 0 {
			g.order = append(g.order, sec)
			n.class, n.queued = useOther, true
		}
	}
	g.run(reached)
}

// standard begins with the sections that Windows reads by name.
func (g *graph) standard() {
	f := g.d.File
	for _, sec := range f.Sections {
		base, _, _ := strings.Cut(sec.Name, ".")
		u, ok := standardSections[strings.ToLower(base)]
		if !ok {
			continue
		}
		n := g.nodes[sec]
		n.named = true
		switch u {
		case useInstall: // which of the decorated ones is read depends on the architecture
			continue
		case useNone:
			n.class, n.queued = useOther, true // read, but not for directives
		default:
			g.enqueue(sec, u)
		}
		n.arches = allArches
	}
	for _, name := range [...]string{"ClassInstall32", "DefaultInstall", "DefaultUninstall"} {
		g.root(name)
	}
	for _, s := range [...]struct {
		section string
		spec    *refSpec
	}{{"InterfaceInstall32", specInterface}, {"SignatureAttributes", specSignature}} {
		sec := f.Section(s.section)
		if sec == nil {
			continue
		}
		for i := range sec.Lines {
			l := &sec.Lines[i]
			name := g.d.field(l, 0)
			if !l.HasKey || name == "" {
				continue
			}
			if s.spec == specSignature {
				g.add(sec, s.spec, l, l.Fields[0], name, f.Section(name), allArches)
				continue
			}
			g.installs(sec, s.spec, l, name, allArches)
		}
	}
}

// root begins with the install sections that Windows takes for a name it knows.
func (g *graph) root(name string) {
	for i, a := range arches {
		actual, sec := g.d.InstallSection(name, a)
		if sec == nil {
			continue
		}
		g.nodes[sec].arches |= 1 << i
		g.enqueue(sec, useInstall)
		g.subsections(sec, actual, 1<<i)
		for _, alt := range [...]string{name, name + ".NT", name + ".NT" + string(a)} {
			if len(alt) != len(actual) {
				g.beside(alt, actual)
			}
		}
	}
}

// models follows [Manufacturer] to the models sections and these to the install sections.
func (g *graph) models() {
	man := g.d.File.Section("Manufacturer")
	for _, ms := range g.d.ModelsSections() {
		l := g.d.Manufacturers[ms.Manufacturer].Line
		g.add(man, specManufacturer, l, l.Fields[0], ms.Name, ms.Section, allArches)
		if ms.Section == nil {
			continue
		}
		n := g.nodes[ms.Section]
		n.class, n.queued = useModels, true
		mask := archSet(0)
		if a := ms.Arch(); a != "" {
			mask = archBit(a)
		}
		n.arches |= mask
		seen := map[string]bool{}
		last := ""
		for i := range ms.Section.Lines {
			l := &ms.Section.Lines[i]
			if !l.HasKey || l.Fields[0].Text == last || l.Fields[0].Text == "" {
				continue
			}
			last = l.Fields[0].Text
			if name := g.d.field(l, 0); !seen[name] && name != "" {
				seen[name] = true
				g.installs(ms.Section, specModels, l, name, mask)
			}
		}
	}
}

// installs adds the references to the sections that Windows takes for an install section's name, and their subsections.
func (g *graph) installs(from *Section, s *refSpec, l *Line, name string, mask archSet) {
	f := g.d.File
	found := false
	for i, a := range arches {
		bit := archSet(1) << i
		if mask&bit == 0 {
			continue
		}
		actual, sec := g.d.InstallSection(name, a)
		if sec == nil {
			continue
		}
		found = true
		g.add(from, s, l, l.Fields[0], name, sec, bit)
		g.subsections(sec, actual, bit)
		for _, alt := range [...]string{name, name + ".NT", name + ".NT" + string(a)} {
			if len(alt) != len(actual) {
				g.beside(alt, actual)
			}
		}
	}
	if !found && mask != 0 {
		g.add(from, s, l, l.Fields[0], name, nil, mask)
	}
	if plain := f.Section(name); plain != nil { // what Windows 95, 98 and Me take
		g.nodes[plain].named = true
		for _, suffix := range [...]string{".PosDup", ".FactDef", ".Interfaces", ".HW"} {
			if sub := f.Section(name + suffix); sub != nil {
				g.nodes[sub].named = true
			}
		}
	}
}

// subsections adds what is read beside an install section.
func (g *graph) subsections(sec *Section, actual string, mask archSet) {
	for _, suffix := range subsections {
		if sub := g.d.File.Section(actual + suffix); sub != nil && sub != sec {
			g.add(sec, specSubsection, nil, Field{}, sub.Name, sub, mask)
		}
	}
	for _, suffix := range otherSubsections {
		if sub := g.d.File.Section(actual + suffix); sub != nil && sub != sec {
			g.add(sec, specSubsection, nil, Field{}, sub.Name, sub, mask)
		}
	}
}

// beside notes the subsections of a decoration that is not the one used, where the one used has no such subsection.
func (g *graph) beside(alt, actual string) {
	for _, suffix := range subsections {
		if sub := g.d.File.Section(alt + suffix); sub != nil && g.d.File.Section(actual+suffix) == nil {
			g.unread = append(g.unread, unread{sub, actual, suffix})
		}
	}
}

func (g *graph) enqueue(sec *Section, u use) {
	n := g.nodes[sec]
	if n.class == useNone || !n.class.runs() && u.runs() && n.class != useModels {
		n.class = u
	}
	if u.runs() && !n.queued {
		n.queued = true
		g.order = append(g.order, sec)
	}
}

// add notes a reference.
func (g *graph) add(from *Section, s *refSpec, l *Line, fd Field, name string, to *Section, mask archSet) {
	i := len(g.refs)
	g.refs = append(g.refs, reference{Reference{From: from, Directive: s.name, Name: name, To: to, Line: l, Field: fd}, s, mask})
	g.nodes[from].out = append(g.nodes[from].out, i)
	if to == nil {
		return
	}
	n := g.nodes[to]
	n.named = true
	if !slices.ContainsFunc(n.uses, func(j int) bool { return g.refs[j].spec.use == s.use }) {
		n.uses = append(n.uses, i)
	}
	g.enqueue(to, s.use)
}

// run follows the directives of the sections in g.order from an index on. Each section is read once.
func (g *graph) run(from int) {
	for i := from; i < len(g.order); i++ {
		sec := g.order[i]
		for k := range sec.Lines {
			l := &sec.Lines[k]
			s := g.d.spec(l)
			if s == nil || s.use == useNone {
				continue
			}
			if s.field != every {
				g.named(sec, s, l, s.field)
				if s.use == useService {
					g.named(sec, specEventLog, l, specEventLog.field)
				}
				continue
			}
			for j := range l.Fields {
				g.named(sec, s, l, j)
			}
		}
	}
}

// named adds the reference that one field of a directive makes.
func (g *graph) named(sec *Section, s *refSpec, l *Line, i int) {
	if i >= len(l.Fields) {
		return
	}
	name := g.d.field(l, i)
	if name == "" || name[0] == '@' && (s.use == useCopy || s.use == useDelete || s.use == useRename) {
		return
	}
	to := g.d.File.Section(name)
	if to != nil || s.name != "Needs" {
		g.add(sec, s, l, l.Fields[i], name, to, allArches)
		return
	}
	base, suffix := splitSubsection(name)
	found := false
	for k, a := range arches {
		if actual, _ := g.d.InstallSection(base, a); actual != base {
			if to := g.d.File.Section(actual + suffix); to != nil {
				g.add(sec, s, l, l.Fields[i], name, to, 1<<k)
				found = true
			}
		}
	}
	if !found {
		g.add(sec, s, l, l.Fields[i], name, nil, allArches)
	}
}

// spread tells every section on which architectures Windows comes to it. Each section is looked at once for each
// architecture at most.
func (g *graph) spread() {
	var queue []*Section
	for _, sec := range g.d.File.Sections {
		if g.nodes[sec].arches != 0 {
			queue = append(queue, sec)
		}
	}
	for len(queue) > 0 {
		n := g.nodes[queue[0]]
		queue = queue[1:]
		for _, i := range n.out {
			r := &g.refs[i]
			if r.To == nil {
				continue
			}
			to := g.nodes[r.To]
			if more := n.arches & r.mask &^ to.arches; more != 0 {
				to.arches |= more
				queue = append(queue, r.To)
			}
		}
	}
}
