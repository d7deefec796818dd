package inf

import (
	"iter"
	"strings"
)

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
