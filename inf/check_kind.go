package inf

import "strings"

// extension checks the rules of extension INFs.
func (c *checker) extension() {
	if !c.d.Version.IsExtension() {
		return
	}
	l := c.directive(c.f.Section("Version"), "ExtensionId")
	switch {
	case l == nil || c.d.field(l, 0) == "":
		c.header(codeExtensionID, "Version", "none")
	case normalGUID(c.d.field(l, 0)) == "":
		c.field(codeExtensionID, c.d.field(l, 0), l.Fields[0]).Fix = c.fixGUID(l.Fields[0])
	}
	told := map[*Line]bool{}
	for _, arch := range arches {
		for _, u := range c.uses[arch] {
			for _, s := range c.d.Services(u.actual) {
				if s.Function() && !told[s.Line] {
					told[s.Line] = true
					c.line(codeExtensionForbidden, "AddService with flag 2 (the function driver)", s.Line)
				}
			}
		}
	}
	if c.d.hasSection("ClassInstall32") {
		c.header(codeExtensionForbidden, "ClassInstall32", "[ClassInstall32]")
	}
}

// primitive checks the rules of drivers without devices.
func (c *checker) primitive() {
	if c.d.defaultInstall(false) {
		name := "DefaultInstall"
		if c.f.Section(name) == nil {
			name = "DefaultInstall.NT"
		}
		c.header(codePrimitiveInstall, name, name)
	}
	for _, sec := range c.f.Sections {
		base, suffix, _ := strings.Cut(sec.Name, ".")
		if !equalFold(base, "DefaultUninstall") {
			continue
		}
		switch {
		case suffix == "" || equalFold(suffix, "NT"):
			c.header(codePrimitiveUninstall, sec.Name, "["+sec.Name+"] names no architecture")
		case strings.Contains(suffix, "."): // [DefaultUninstall.NTamd64.Services] goes with its section
		default:
			if l := c.directive(sec, "LegacyUninstall"); l == nil || strings.TrimSpace(c.d.field(l, 0)) != "1" {
				c.header(codePrimitiveUninstall, sec.Name, "["+sec.Name+"] lacks LegacyUninstall = 1")
			}
		}
	}
}

// printer checks the rules of printer drivers.
func (c *checker) printer() {
	if !c.d.Version.IsPrinter() {
		return
	}
	copied := map[string]bool{}
	manifest := false
	for r := range c.d.files(c.d.allCopies(false), map[*Section]bool{}) {
		copied[fold(r.name)] = true
		_, ok := cutSuffixFold(r.name, "-manifest.ini")
		manifest = manifest || ok
	}
	version := c.f.Section("Version")
	if l := c.directive(version, "ClassVer"); manifest && (l == nil || c.d.field(l, 0) != "4.0") {
		c.header(codePrinterClassVer, "Version", "")
	}
	if c.d.UsesInbox() {
		return
	}
	for _, sec := range c.f.Sections {
		if _, ok := stringsLanguage(sec.Name); ok || equalFold(sec.Name, "Strings") || sec == version {
			continue
		}
		for i := range sec.Lines {
			if l := &sec.Lines[i]; l.HasKey {
				c.printerFile(l, copied)
			}
		}
	}
}

// inboxPrinterFiles are printer files that Windows brings along.
var inboxPrinterFiles = map[string]bool{
	"UNIDRV.DLL": true, "UNIDRVUI.DLL": true, "UNIDRV.HLP": true, "PSCRIPT5.DLL": true, "PS5UI.DLL": true, "PSCRIPT.HLP": true, "PLOTTER.DLL": true, "PLOTUI.DLL": true,
	"MXDWDRV.DLL": true, "MSXPSDRV.DLL": true, "PJLMON.DLL": true, "WINPRINT.DLL": true, "STDNAMES.GPD": true,
}

// printerFile looks at an entry that names a file of a printer driver.
func (c *checker) printerFile(l *Line, copied map[string]bool) {
	name := ""
	switch fold(l.Key.Text) {
	case "DRIVERFILE", "CONFIGFILE", "DATAFILE", "HELPFILE":
		name = c.d.field(l, 0)
	case "LANGUAGEMONITOR", "PRINTPROCESSOR": // "name,file", mostly in one pair of quotes
		name = c.d.field(l, len(l.Fields)-1)
		name = strings.TrimSpace(name[strings.LastIndexByte(name, ',')+1:])
	}
	if name = fold(name); name != "" && !copied[name] && !inboxPrinterFiles[name] {
		c.field(codePrinterFile, strings.ToLower(name), l.Fields[len(l.Fields)-1])
	}
}

// both tells of a device driver that can also be installed by right-click.
func (c *checker) both() {
	for _, sec := range c.f.Sections {
		if base, _, _ := strings.Cut(sec.Name, "."); equalFold(base, "DefaultInstall") {
			c.header(codeKindBoth, sec.Name, "")
			return
		}
	}
}

// otherPackages tells what a driver needs besides its own package.
func (c *checker) otherPackages(l *Line) {
	if !l.HasKey {
		return
	}
	switch len(l.Key.Text) {
	case len("CopyINF"):
		if c.d.isDirective(l, "CopyINF") {
			for i, fd := range l.Fields {
				if name := c.d.field(l, i); name != "" {
					c.field(codeOtherPackage, "the INF "+name, fd)
				}
			}
		}
	case len("AddSoftware"):
		if c.d.isDirective(l, "AddSoftware") {
			c.software(l)
		}
	case len("AddComponent"):
		if c.d.isDirective(l, "AddComponent") {
			c.component(l)
		}
	case len("CoreDriverDependencies"):
		if c.d.isDirective(l, "CoreDriverDependencies") {
			c.line(codeOtherPackage, "a core printer driver of Windows", l)
		}
	}
}

// software looks at an AddSoftware directive: type 2 is an app of the Store, which does not lie in the package.
func (c *checker) software(l *Line) {
	sec := c.f.Section(c.d.field(l, 2))
	if id := c.directive(sec, "SoftwareID"); id != nil && c.d.field(id, 0) != "" {
		c.field(codeOtherPackage, "the app "+c.d.field(id, 0), id.Fields[0])
	}
}

// component looks at an AddComponent directive: it makes child devices, whose drivers are packages of their own.
func (c *checker) component(l *Line) {
	sec := c.f.Section(c.d.field(l, 2))
	if ids := c.directive(sec, "ComponentIDs"); ids != nil {
		for i, fd := range ids.Fields {
			if id := c.d.field(ids, i); id != "" {
				c.field(codeOtherPackage, `the software component SWC\`+id, fd)
			}
		}
	}
	if text := c.directive(sec, "Description"); text != nil {
		c.tooLong(text.Fields[0], "component's description", maxComponentText)
	}
}
