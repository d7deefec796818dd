package inf

import (
	"strings"
)

func (c *checker) version() {
	sec := c.f.Section("Version")
	v := c.d.Version
	for _, key := range [...]string{"Class", "ClassGuid", "Provider", "DriverVer"} {
		l := c.directive(sec, key)
		if l == nil || c.d.field(l, 0) == "" {
			c.header(codeVersionMissing, "Version", key)
			continue
		}
		fd := l.Fields[0]
		switch {
		case key == "ClassGuid" && v.ClassGUID == "":
			c.field(codeClassGUID, c.d.field(l, 0), fd)
		case key == "DriverVer" && v.DriverVer.badDate:
			c.field(codeDriverVerDate, c.d.field(l, 0), fd)
		}
		if key == "DriverVer" && v.DriverVer.badVersion {
			c.field(codeDriverVerVersion, c.d.field(l, 1), l.Fields[1])
		}
	}
	if len(v.Catalogs) == 0 {
		c.header(codeCatalogMissing, "Version", "")
	}
	for _, cat := range v.Catalogs {
		if strings.ContainsAny(cat.Name, `/\:`) || !strings.HasSuffix(strings.ToLower(cat.Name), ".cat") {
			c.field(codeCatalogName, cat.Name, cat.Line.Fields[0])
		}
	}
}
