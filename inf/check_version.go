package inf

import (
	"fmt"
	"strconv"
	"strings"
)

func (c *checker) version() {
	sec := c.f.Section("Version")
	for _, key := range [...]string{"Class", "ClassGuid", "Provider", "DriverVer"} {
		l := c.directive(sec, key)
		if l == nil || c.d.field(l, 0) == "" {
			c.header(codeVersionMissing, "Version", key)
			continue
		}
		switch value := c.d.field(l, 0); key {
		case "ClassGuid":
			if c.d.Version.ClassGUID == "" {
				c.field(codeClassGUID, value, l.Fields[0]).Fix = c.fixGUID(l.Fields[0])
			}
		case "Provider":
			if first, _, _ := strings.Cut(value, " "); strings.EqualFold(first, "Microsoft") {
				c.field(codeProviderMicrosoft, value, l.Fields[0])
			}
		case "DriverVer":
			c.driverVer(l)
		}
	}
	c.class(sec)
	c.versionLimits(sec)
	c.catalogs()
	c.lockdown(sec)
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

// fixGUID puts braces around a GUID that lacks them.
func (c *checker) fixGUID(fd Field) *Fix {
	guid := "{" + strings.Trim(fd.Text, "{} \t") + "}"
	if normalGUID(guid) == "" || !c.f.plain(fd) {
		return nil
	}
	return &Fix{Text: "write " + guid, Edits: []Edit{c.f.replaceField(fd, guid)}}
}

func (c *checker) driverVer(l *Line) {
	v := ParseDriverVer(c.d.field(l, 0), c.d.field(l, 1))
	if v.badDate {
		d := c.field(codeDriverVerDate, c.d.field(l, 0), l.Fields[0])
		if date := usualDate(l.Fields[0].Text); date != "" && c.f.plain(l.Fields[0]) {
			d.Fix = &Fix{Text: "write " + date, Edits: []Edit{c.f.replaceField(l.Fields[0], date)}}
		}
	}
	switch text := c.d.field(l, 1); {
	case text == "":
		c.field(codeDriverVerVersion, "none", l.Fields[min(1, len(l.Fields)-1)])
	case v.badVersion:
		d := c.field(codeDriverVerVersion, text, l.Fields[1])
		if full := fullVersion(l.Fields[1].Text); full != "" && c.f.plain(l.Fields[1]) {
			d.Fix = &Fix{Text: "write " + full, Edits: []Edit{c.f.replaceField(l.Fields[1], full)}}
		}
	case v.Version == [4]uint16{}:
		c.field(codeDriverVerVersion, text, l.Fields[1])
	}
}

// usualDate turns 1/2/2024 and 2024-01-02 into 01/02/2024; "" if the text is neither of them, or no day there is.
func usualDate(s string) string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '-' })
	if len(parts) != 3 {
		return ""
	}
	if len(parts[0]) == 4 {
		parts = []string{parts[1], parts[2], parts[0]}
	}
	if len(parts[2]) != 4 {
		return ""
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return ""
		}
		n[i] = int(v)
	}
	date := fmt.Sprintf("%02d/%02d/%04d", n[0], n[1], n[2])
	if _, bad := parseDate(date); bad {
		return ""
	}
	return date
}

// fullVersion fills a version of one to three parts up to four, "" if something else is wrong with it, or nothing but zeros
// would come out.
func fullVersion(s string) string {
	full := s + strings.Repeat(".0", max(3-strings.Count(s, "."), 0))
	if v, bad := parseVersion(full); bad || v == [4]uint16{} || full == s {
		return ""
	}
	return full
}

// class compares Class and ClassGuid with the classes that Windows defines.
func (c *checker) class(sec *Section) {
	v := &c.d.Version
	name, guid := c.directive(sec, "Class"), c.directive(sec, "ClassGuid")
	byGUID, byName := classByGUID(v.ClassGUID), classByName(v.Class)
	switch {
	case v.Class == "" || v.ClassGUID == "" || strings.Contains(v.Class, "%"):
	case byGUID != nil && byGUID != byName:
		d := c.field(codeClassMismatch, fmt.Sprintf("class %s, but ClassGuid is that of %s", v.Class, byGUID.name), name.Fields[0])
		d.Related = []Related{{Text: "the GUID decides", File: c.f.Name, Range: c.f.FieldRange(guid.Fields[0])}}
		if c.f.plain(name.Fields[0]) {
			d.Fix = &Fix{Text: "write " + byGUID.name, Edits: []Edit{c.f.replaceField(name.Fields[0], byGUID.name)}}
		}
	case byGUID == nil && byName != nil:
		d := c.field(codeClassMismatch, fmt.Sprintf("class %s has ClassGuid %s in Windows", byName.name, strings.ToLower(byName.guid)), guid.Fields[0])
		d.Related = []Related{{Text: "the class", File: c.f.Name, Range: c.f.FieldRange(name.Fields[0])}}
	}
	if byGUID == nil {
		return
	}
	if byGUID.reserved {
		c.field(codeClassReserved, byGUID.name, guid.Fields[0])
	}
	if c.d.hasSection("ClassInstall32") && !c.d.Version.IsExtension() { // an extension INF has a rule of its own about it
		c.header(codeClassInstall, "ClassInstall32", byGUID.name)
	}
}

func (c *checker) catalogs() {
	v := &c.d.Version
	if len(v.Catalogs) == 0 {
		d := c.header(codeCatalogMissing, "Version", "")
		base := c.f.Name[strings.LastIndexAny(c.f.Name, `/\`)+1:]
		if stem, ok := cutSuffixFold(base, ".inf"); ok && stem != "" && !strings.ContainsFunc(stem, unusualInName) && !c.d.emptyCatalog() {
			d.Fix = c.f.addEntry("Version", "CatalogFile = "+stem+".cat")
		}
	}
	for _, cat := range v.Catalogs {
		if catalogName(cat.Name) {
			continue
		}
		fd := cat.Line.Fields[0]
		d := c.field(codeCatalogName, cat.Name, fd)
		name := strings.TrimPrefix(fd.Text, `.\`)
		if !strings.Contains(name, ".") {
			name += ".cat"
		}
		if catalogName(name) && c.f.plain(fd) {
			d.Fix = &Fix{Text: "write " + name, Edits: []Edit{c.f.replaceField(fd, name)}}
		}
	}
}

// emptyCatalog reports whether [Version] has a CatalogFile entry without a value.
func (d *Driver) emptyCatalog() bool {
	sec := d.File.Section("Version")
	for i := range sec.Lines {
		if d.isDirective(&sec.Lines[i], "CatalogFile") {
			return true
		}
	}
	return false
}

func catalogName(name string) bool {
	_, ok := cutSuffixFold(name, ".cat")
	return ok && !strings.ContainsAny(name, `/\:`)
}

func cutSuffixFold(s, suffix string) (before string, ok bool) {
	at := len(s) - len(suffix)
	if at < 0 || !strings.EqualFold(s[at:], suffix) {
		return s, false
	}
	return s[:at], true
}

// unusualInName finds characters that an entry's value could not hold without quotes or in every encoding.
func unusualInName(r rune) bool {
	return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' || r == '.')
}

// lockdown looks for PnpLockdown = 1.
func (c *checker) lockdown(sec *Section) {
	l := c.directive(sec, "PnpLockdown")
	if l == nil {
		c.header(codeLockdown, "Version", "").Fix = c.f.addEntry("Version", "PnpLockdown = 1")
		return
	}
	if n, err := parseNumber(strings.TrimSpace(c.d.field(l, 0))); err == nil && n == 1 {
		return
	}
	d := c.field(codeLockdown, "", l.Fields[0])
	if c.f.plain(l.Fields[0]) && l.Fields[0].Text != "" {
		d.Fix = &Fix{Text: "write 1", Edits: []Edit{c.f.replaceField(l.Fields[0], "1")}}
	}
}
