package inf

import (
	"fmt"
	"strings"
)

// strings checks that every %name% has a value, that none has two, and that languages agree. It is the one pass over all
// entries, so what else has to look at each of them does so here.
func (c *checker) strings() {
	roles := c.roles()
	var used []usedString
	localised := false
	for _, sec := range c.f.Sections {
		_, language := stringsLanguage(sec.Name)
		localised = localised || language
		if language || equalFold(sec.Name, "Strings") {
			c.repeated(sec)
			continue
		}
		role := roles[sec]
		for i := range sec.Lines {
			l := &sec.Lines[i]
			if l.HasKey && l.Fields[0].start != l.Key.start {
				used = c.stringsOf(role, l, -1, l.Key, used)
			}
			for j, fd := range l.Fields {
				used = c.stringsOf(role, l, j, fd, used)
			}
			if role == noRole {
				c.otherPackages(l)
			}
		}
	}
	if localised {
		c.languages(used)
	}
}

// role says what the fields of a section are.
type role uint8

const (
	noRole role = iota
	versionRole
	manufacturerRole
	modelsRole
	sourceFilesRole
	fileListRole
)

// roles finds the sections in which strings may stand for more than text.
func (c *checker) roles() map[*Section]role {
	roles := map[*Section]role{}
	for _, sec := range c.f.Sections {
		base, _, _ := strings.Cut(sec.Name, ".")
		switch {
		case equalFold(base, "SourceDisksFiles"):
			roles[sec] = sourceFilesRole
		case equalFold(sec.Name, "Manufacturer"):
			roles[sec] = manufacturerRole
		case equalFold(sec.Name, "Version"):
			roles[sec] = versionRole
		}
	}
	for _, ref := range c.d.allCopies(false) {
		if ref.list != nil && roles[ref.list] == noRole {
			roles[ref.list] = fileListRole
		}
	}
	for _, ms := range c.models {
		if ms.Section != nil {
			roles[ms.Section] = modelsRole
		}
	}
	return roles
}

// structural reports whether a field (-1 is the key) names a section, an ID or a file, so that the driver is another one
// when it changes.
func (c *checker) structural(r role, l *Line, field int) bool {
	switch r {
	case manufacturerRole, modelsRole:
		return field >= 0
	case sourceFilesRole:
		return field <= 1 && field != 0
	case fileListRole:
		return field <= 1
	case versionRole:
		return field == 0 && (c.d.isDirective(l, "ClassGuid") || len(l.Key.Text) >= 11 && strings.EqualFold(l.Key.Text[:11], "CatalogFile"))
	}
	if field < 0 {
		return false
	}
	for _, name := range [...]string{"CopyFiles", "AddReg", "DelReg", "Include", "Needs", "CopyINF"} {
		if c.d.isDirective(l, name) {
			return true
		}
	}
	return (field == 0 || field == 2) && c.d.isDirective(l, "AddService")
}

// usedString is a string that stands for a section, an ID or a file.
type usedString struct {
	name  string
	field Field
}

// stringsOf looks at the strings of one key or field.
func (c *checker) stringsOf(r role, l *Line, i int, fd Field, used []usedString) []usedString {
	open := strings.IndexByte(fd.Text, '%')
	if open < 0 {
		return used
	}
	structural := c.structural(r, l, i)
	c.d.exp.expand(fd.Text, func(name string) {
		if !isName(name) || knownDirectory(name) {
			return
		}
		d := c.field(codeStringMissing, name, fd)
		if structural && (r != modelsRole || !c.serves) {
			d.Severity = Error
		}
	})
	if !structural {
		return used
	}
	for rest := fd.Text; ; {
		_, after, ok := strings.Cut(rest, "%")
		name, next, closed := strings.Cut(after, "%")
		if !ok || !closed {
			return used
		}
		if key := fold(name); name != "" && !c.used[key] {
			if c.used == nil {
				c.used = map[string]bool{}
			}
			c.used[key] = true
			used = append(used, usedString{name, fd})
		}
		rest = next
	}
}

// languages compares the localised [Strings.xxxx] sections with [Strings].
func (c *checker) languages(used []usedString) {
	base := c.f.Strings(0)
	values := c.f.table(base)
	for _, sec := range c.f.Sections {
		if _, ok := stringsLanguage(sec.Name); !ok || sec == base {
			continue
		}
		local := c.f.table(sec)
		var lacks, extra []string
		for i := range base.Lines {
			if l := &base.Lines[i]; l.HasKey {
				if _, ok := local.get(l.Key.Text); !ok {
					lacks = append(lacks, l.Key.Text)
				}
			}
		}
		for i := range sec.Lines {
			if l := &sec.Lines[i]; l.HasKey {
				if _, ok := values.get(l.Key.Text); !ok {
					extra = append(extra, l.Key.Text)
				}
			}
		}
		if len(lacks) > 0 {
			c.header(codeLanguageKeys, sec.Name, fmt.Sprintf("[%s] lacks strings of [%s]: %s", sec.Name, base.Name, someOf(lacks)))
		} else if len(extra) > 0 {
			c.header(codeLanguageKeys, sec.Name, fmt.Sprintf("[%s] has strings that [%s] lacks: %s", sec.Name, base.Name, someOf(extra)))
		}
		for _, u := range used {
			value, ok := local.get(u.name)
			if want, known := values.get(u.name); !ok || !known || equalFold(value, want) || c.seen[codeLanguageStructure] >= maxNotes {
				continue
			}
			l := sec.First(u.name)
			d := c.field(codeLanguageStructure, u.name, l.Fields[0])
			d.Related = []Related{{Text: "stands for a section, an ID or a file here", File: c.f.Name, Range: c.f.FieldRange(u.field)}}
		}
	}
}

// someOf joins names for a message.
func someOf(names []string) string {
	const most = 4
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", ..."
	}
	return strings.Join(names, ", ")
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
