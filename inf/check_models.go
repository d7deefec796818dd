package inf

import (
	"strings"
)

func (c *checker) manufacturers() {
	if sec := c.f.Section("Manufacturer"); sec != nil {
		for i := range sec.Lines {
			if l := &sec.Lines[i]; !l.HasKey || c.d.field(l, 0) == "" {
				c.line(codeManufacturer, "", l)
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
				c.line(codeInstallEmpty, "", l)
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
