package inf

import (
	"strings"
)

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
			d := c.field(codeStringRepeated, l.Key.Text, l.Key)
			d.Related = []Related{{Text: "first here", File: c.f.Name, Range: c.f.FieldRange(first.Key)}}
			if l.Fields[0].Text == first.Fields[0].Text {
				d.Fix = &Fix{Text: "remove the line", Edits: []Edit{c.f.removeLine(l)}}
			}
			continue
		}
		seen[key] = l
	}
}
