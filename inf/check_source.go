package inf

import (
	"strings"
)

// copies checks that copied files stand in [SourceDisksFiles], for every architecture that copies them, and that their
// paths can be built. It returns the folded names of the files that are copied.
func (c *checker) copies() map[string]archSet {
	g := c.d.graph()
	inbox := c.d.UsesInbox()
	known := c.d.SourceArches()
	models := archSet(0)
	for _, ms := range c.d.ModelsSections() {
		if a := ms.Arch(); a != "" && ms.Section != nil && len(ms.Section.Lines) > 0 {
			models |= archBit(a)
		}
	}
	if models == 0 {
		for _, a := range known {
			models |= archBit(a)
		}
	}
	checked := map[string]archSet{}
	lists := map[*Section]bool{}
	for i := range g.order {
		sec := g.order[i]
		if _, ok := stringsLanguage(sec.Name); ok || equalFold(sec.Name, "Strings") {
			continue
		}
		for k := range sec.Lines {
			l := &sec.Lines[k]
			if s := c.d.spec(l); s == nil || s.use != useCopy {
				continue
			}
			for _, fd := range l.Fields {
				for _, ref := range c.d.copyField(l, fd, nil) {
					mask := g.nodes[sec].arches
					if ref.list != nil {
						mask = g.nodes[ref.list].arches
					}
					for r := range c.d.files([]copyRef{ref}, lists) {
						c.listed(r, inbox, known, mask, mask&models, checked)
					}
				}
			}
		}
	}
	return checked
}

// listed checks that a copied file stands in [SourceDisksFiles] and that its path can be built.
func (c *checker) listed(r copyRef, inbox bool, known []Arch, reached, mask archSet, checked map[string]archSet) {
	key := fold(r.name)
	done, again := checked[key]
	if again && mask&^done == 0 {
		return
	}
	checked[key] = done | mask
	listed := archSet(0)
	for a, files := range c.d.disks.files {
		if l, _ := files.get(key); l == nil {
			continue
		}
		if a == "" {
			listed = allArches
			break
		}
		listed |= archBit(a)
	}
	switch {
	case listed == 0:
		if !inbox && !again {
			d := c.field(codeSourceMissing, r.name, r.field)
			if reached == 0 {
				d.Severity = Warning
			}
		}
		return
	case mask&^listed != 0 && !inbox:
		c.field(codeSourceArch, r.name+" for "+archNames(mask&^listed), r.field)
	}
	escapes := false
	for _, a := range known {
		if again || escapes {
			break
		}
		if escapes = c.d.source(r, a).Escapes; escapes {
			c.field(codePathEscapes, r.name, r.field)
		}
	}
	if escapes {
		return
	}
	noDisk := archSet(0)
	for i, a := range arches {
		if bit := archSet(1) << i; mask&^done&listed&bit != 0 && !c.diskFor(key, a) {
			noDisk |= bit
		}
	}
	if noDisk != 0 {
		c.field(codePathUnresolved, r.name+" for "+archNames(noDisk), r.field)
	}
}

// diskFor reports whether the disk of a listed file is known on an architecture. A number that is known nowhere is told at
// the entry itself.
func (c *checker) diskFor(key string, a Arch) bool {
	entry, _ := c.d.disks.files[a].get(key)
	if entry == nil {
		entry, _ = c.d.disks.files[""].get(key)
	}
	number := diskNumber(c.d.field(entry, 0))
	return c.d.disks.names[a][number] != nil || c.d.disks.names[""][number] != nil || !c.disk(number, "")
}

func archNames(set archSet) string {
	var names []string
	for i, a := range arches {
		if set&(1<<i) != 0 {
			names = append(names, string(a))
		}
	}
	return strings.Join(names, ", ")
}

// disks checks [SourceDisksFiles] and [SourceDisksNames].
func (c *checker) disks(copied map[string]archSet) {
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
				d := c.header(codeSourceBadArch, sec.Name, sec.Name)
				c.fixArch(d, base, suffix)
				continue
			}
		}
		if isFiles {
			c.diskFiles(sec, arch, copied)
		}
	}
}

// fixArch offers to spell the architecture as source sections do, where no such section stands beside.
func (c *checker) fixArch(d *Diagnostic, base, suffix string) {
	arch, err := ParseArch(strings.TrimPrefix(strings.ToLower(suffix), "nt"))
	if name := base + "." + string(arch); err == nil && c.f.Section(name) == nil {
		d.Fix = &Fix{Text: "write [" + name + "]", Edits: []Edit{{Range: d.Range, New: "[" + name + "]"}}}
	}
}

func (c *checker) diskFiles(sec *Section, arch Arch, copied map[string]archSet) {
	for i := range sec.Lines {
		l := &sec.Lines[i]
		name := c.d.exp.expand(l.Key.Text, nil)
		if !l.HasKey {
			name = c.d.field(l, 0)
		}
		switch {
		case len(name) > 4 && equalFold(name[len(name)-4:], ".cat"):
			c.line(codeSourceCatalog, name, l)
		case strings.HasSuffix(name, "_") && strings.LastIndexByte(name, '.') >= max(len(name)-4, 0) && l.HasKey:
			c.field(codeSourceCompressed, name, l.Key)
		}
		disk := diskNumber(c.d.field(l, 0))
		if _, err := parseNumber(disk); err != nil {
			c.line(codeDiskBad, c.d.field(l, 0), l)
			continue
		}
		if sub := c.d.field(l, 1); strings.Contains(sub, "/") {
			d := c.field(codePathSlash, sub, l.Fields[1])
			if fd := l.Fields[1]; c.f.plain(fd) && !strings.HasSuffix(sub, "/") {
				d.Fix = &Fix{Text: "write backslashes", Edits: []Edit{c.f.replaceField(fd, strings.ReplaceAll(sub, "/", `\`))}}
			}
		}
		if !c.disk(disk, arch) {
			d := c.field(codeDiskMissing, disk, l.Fields[0])
			if copied[fold(name)] == 0 { // nobody looks for it
				d.Severity = Warning
			}
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
