package source

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog/installer"
	"github.com/drivercat/drivercat/catalog/source/archive/msi"
)

// Setup programs of these kinds are told from "exe" by their bytes.
const (
	KindWise              = "wise"
	KindSetupFactory      = "setup-factory"
	KindAdvancedInstaller = "advanced-installer"
)

const typeManifest = "#24"

// otherFormats looks for formats that hold archives which would be taken for the whole if they were looked for first.
func (c *candidate) otherFormats() bool {
	const footer = 10_000 // Advanced Installer's last record, before a signature or the end
	from := max(c.p.overlay, c.p.end-footer)
	if b := c.w.bytes(from, int(max(0, c.p.end-from))); len(b) > 0 {
		if at := bytes.LastIndex(b, []byte("ADVINSTSFX")); at >= 0 {
			return c.is(KindAdvancedInstaller, from+int64(at), "ADVINSTSFX")
		}
	}
	b := c.w.bytes(c.p.overlay, 16)
	for _, mark := range []string{"\xE0\xE1\xE2\xE3\xE4\xE5\xE6", "\xE0\xE0\xE1\xE1\xE2\xE2\xE3\xE3\xE4\xE4\xE5\xE5\xE6\xE6\xE7\xE7"} {
		if bytes.HasPrefix(b, []byte(mark)) {
			return c.is(KindSetupFactory, c.p.overlay, "E0 .. E6")
		}
	}
	if at, ok := c.p.section(".WISE"); ok {
		return c.is(KindWise, at, ".WISE")
	}
	const wise, look = "WiseMain", 48 << 10
	for i := range c.p.sections {
		s := &c.p.sections[i]
		if n := sectionName(s); n != ".data" && n != ".rdata" || c.p.overlay >= c.p.end {
			continue // Wise's script lies behind the program
		}
		at := int64(s.PointerToRawData)
		if found := bytes.Index(c.w.bytes(at, int(min(s.SizeOfRawData, look))), []byte(wise)); found >= 0 {
			return c.is(KindWise, at+int64(found), wise)
		}
	}
	return false
}

// describe says what made a setup program, and in which version, once its kind is known. Vendors' wrappers come before
// what they are made with: their switches are the ones that count.
func (c *candidate) describe() {
	i := &c.info
	switch i.Kind {
	case KindNSIS:
		i.Technology, i.TechnologyVersion = installer.NSIS, c.nsisVersion()
	case KindInno:
		i.Technology, i.TechnologyVersion = installer.InnoSetup, c.innoVersion()
	case KindInstallShield:
		c.describeInstallShield()
	case KindBurn:
		i.Technology, i.TechnologyVersion = installer.Burn, c.burnVersion()
	case Kind7z:
		i.Technology = installer.SevenZip
		if c.version.first("CompanyName") == "Igor Pavlov" {
			i.TechnologyVersion = i.Version
			// Its extractors for installers are named 7zS.sfx, 7zSD.sfx and call themselves "7z Setup SFX".
			if d := c.version.first("FileDescription"); strings.HasPrefix(d, "7z ") && strings.HasSuffix(d, "SFX") && !strings.Contains(d, "Setup") {
				i.Technology = installer.SevenZipArchive
			}
		}
		c.readSevenZipConfig()
	case KindCab:
		c.describeCabinet()
	case KindZip:
		i.Technology = installer.ZipExtractor
		if strings.HasPrefix(c.version.first("CompanyName"), "WinZip") {
			i.Technology, i.TechnologyVersion = installer.WinZip, i.Version
		}
	case KindRar:
		i.Technology = installer.WinRAR
	case KindDPInst:
		i.Technology, i.TechnologyVersion = installer.DPInst, i.Version
		i.Product, i.Version, i.Company = "", "", "" // Microsoft's, and not of what it installs
	case KindWise:
		i.Technology = installer.Wise
	case KindSetupFactory:
		i.Technology = installer.SetupFactory
	case KindAdvancedInstaller:
		i.Technology = installer.AdvancedInstaller
	}
	c.describeVendor()
	i.TechnologyVersion = strings.ReplaceAll(i.TechnologyVersion, ", ", ".") // as old resource compilers wrote it
}

var spName = regexp.MustCompile(`^sp\d{4,6}\.exe$`)

// describeVendor recognises what vendors wrap their drivers in, by what they say of themselves in the version resource.
func (c *candidate) describeVendor() {
	company := strings.ToLower(c.version.first("CompanyName"))
	description := c.version.first("FileDescription")
	product := strings.ToLower(c.version.first("ProductName"))
	low := strings.ToLower(description)
	set := func(technology string, itself ...string) {
		c.info.Technology, c.info.TechnologyVersion = technology, ""
		if slices.Contains(itself, product) { // the wrapper's name says nothing of what is in it
			c.info.Product, c.info.Version = "", ""
		}
	}
	switch {
	case strings.HasPrefix(low, "dell update package") || strings.HasPrefix(product, "dell update package"):
		set(installer.DellPackage)
		if _, name, ok := strings.Cut(description, ": "); ok {
			c.info.Product = name
		}
	case strings.Contains(product, "softpaq") || strings.Contains(low, "softpaq"),
		spName.MatchString(c.lower) && (strings.HasPrefix(company, "hp ") || strings.HasPrefix(company, "hewlett")):
		set(installer.SoftPaq, "hp softpaq")
	case c.info.Kind == KindInno && strings.Contains(company, "lenovo"):
		set(installer.LenovoPackage)
	case low == "intel(r) installation framework" || low == "intel installation framework" || product == "intel(r) installation framework":
		set(installer.IntelFramework)
		c.info.TechnologyVersion = c.info.Version
		c.info.Product, c.info.Version = "", ""
	case strings.HasPrefix(company, "nvidia") && (strings.Contains(low, "package launcher") || strings.Contains(low, "install") || strings.Contains(low, "setup")) && c.info.Kind != KindInstallShield:
		set(installer.NVIDIA, "nvidia package launcher")
	case (strings.Contains(company, "advanced micro devices") || strings.HasPrefix(company, "amd") || strings.HasPrefix(company, "ati technologies")) && c.info.Kind == KindExe:
		set(installer.AMD)
	case c.info.Kind == KindExe:
		for _, s := range c.version.strings {
			for _, m := range technologyMarks() {
				if strings.Contains(s.value, m[0]) {
					set(m[1])
					return
				}
			}
		}
	}
}

// technologyMarks are texts that setup programs have in their version resource, and what has them.
func technologyMarks() [6][2]string {
	return [...][2]string{
		{"InstallAware", installer.InstallAware}, {"InstallBuilder", installer.InstallBuilder}, {"BitRock", installer.InstallBuilder},
		{"Setup Factory", installer.SetupFactory}, {"Advanced Installer", installer.AdvancedInstaller}, {"Wise Installation", installer.Wise},
	}
}

// manifest returns the program's manifest, or its start.
func (c *candidate) manifest() string {
	const enough = 4096
	for _, r := range c.resources {
		if r.typ == typeManifest {
			return string(c.w.bytes(r.offset, int(min(r.size, enough))))
		}
	}
	return ""
}

// versionAfter returns the version number that follows a mark in a text.
func versionAfter(s, mark string) string {
	_, rest, ok := strings.Cut(s, mark)
	if !ok {
		return ""
	}
	end := strings.IndexFunc(rest, func(r rune) bool {
		return r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'c')
	})
	if end < 0 || end > 16 {
		return ""
	}
	return strings.TrimRight(rest[:end], ".")
}

// nsisVersion reads the manifest that NSIS writes since 2.0: "Nullsoft Install System v3.08".
func (c *candidate) nsisVersion() string {
	if v := versionAfter(c.manifest(), "Nullsoft Install System v"); v != "" {
		return v
	}
	if strings.HasPrefix(c.info.Evidence.Signature, "nsisinstall") {
		return "1"
	}
	return ""
}

// innoVersion reads the name of the setup data, "Inno Setup Setup Data (5.5.7) (u)", where the loader's table says that
// it lies. The table is 12 bytes of mark, a version of itself (since 5.1.5), then offsets of 32 bits, of 64 since 6.5.
func (c *candidate) innoVersion() string {
	const mark = "Inno Setup Setup Data ("
	at := int64(0)
	for _, r := range c.resources {
		if r.typ == typeRCData && r.name == "#11111" {
			at = r.offset
		}
	}
	if at == 0 {
		b := c.w.exactly(0x30, 12)
		if len(b) < 12 || string(b[:4]) != "Inno" {
			return ""
		}
		at = int64(binary.LittleEndian.Uint32(b[4:]))
	}
	table := c.w.bytes(at, 80)
	// The first offset that leads to the data is it; which one it is changed from version to version.
	for i := 12; i+4 <= len(table); i += 4 {
		candidates := []int64{int64(binary.LittleEndian.Uint32(table[i:]))}
		if i+8 <= len(table) {
			candidates = append(candidates, int64(binary.LittleEndian.Uint64(table[i:])))
		}
		for _, offset := range candidates {
			if offset < 0x100 || offset > c.w.size-64 {
				continue
			}
			if b := c.w.exactly(offset, 64); bytes.HasPrefix(b, []byte(mark)) {
				return versionAfter(string(b), mark)
			}
		}
	}
	return ""
}

// describeInstallShield goes by the keys that InstallShield adds to the version resource. Launchers since version 12 call
// those of InstallScript projects so; the others may be of any project, which the files beside them tell.
func (c *candidate) describeInstallShield() {
	i := &c.info
	i.Technology = installer.InstallShield
	i.TechnologyVersion = c.version.first("ISInternalVersion")
	switch description := c.version.first("ISInternalDescription", "FileDescription"); {
	case strings.HasPrefix(i.Evidence.Signature, "PackageForTheWeb"):
		i.Technology = installer.PackageForTheWeb
		i.TechnologyVersion = versionAfter(i.Evidence.Signature+" ", "PackageForTheWeb ")
		if i.Product == i.Evidence.Signature {
			i.TechnologyVersion = i.Version
			i.Product, i.Version, i.Company = "", "", ""
		}
	case strings.Contains(description, "InstallScript"):
		i.Technology = installer.InstallScript
	}
	for _, maker := range []string{"InstallShield", "Stirling", "Macrovision", "Acresso", "Flexera"} {
		if strings.HasPrefix(i.Company, maker) && strings.Contains(i.Product, "InstallShield") { // the vendor said nothing of its own
			i.TechnologyVersion = cmp.Or(i.TechnologyVersion, i.Version)
			i.Product, i.Version, i.Company = "", "", ""
		}
	}
}

var burnMark = regexp.MustCompile(`\x00([3-7]\.\d{1,2}\.\d{1,5}\.\d{1,5})\x00`)

// burnVersion looks for the engine's own version among the program's constants; it tells it in its log.
func (c *candidate) burnVersion() string {
	const look = 160 << 10
	for i := range c.p.sections {
		s := &c.p.sections[i]
		if sectionName(s) != ".rdata" {
			continue
		}
		if m := burnMark.FindSubmatch(c.w.bytes(int64(s.PointerToRawData), int(min(s.SizeOfRawData, look)))); m != nil {
			return string(m[1])
		}
	}
	return ""
}

// readSevenZipConfig reads the text in front of the archive: lines such as RunProgram="setup.exe -s".
func (c *candidate) readSevenZipConfig() {
	const end, longest = ";!@InstallEnd@!", 8 << 10
	if c.info.Evidence.Signature != ";!@Install@!UTF-8!" {
		return
	}
	config, _, _ := bytes.Cut(c.w.bytes(c.info.Evidence.Offset, int(min(longest, max(0, c.p.end-c.info.Evidence.Offset)))), []byte(end))
	values := map[string]string{}
	for line := range strings.Lines(strings.ToValidUTF8(string(config), "\uFFFD")) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if value = strings.TrimSpace(value); !ok || len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
			continue
		}
		key = strings.ToLower(strings.TrimSpace(key))
		if _, again := values[key]; !again {
			values[key] = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(value[1 : len(value)-1])
		}
	}
	c.info.Runs = cleanText(values["runprogram"])
	if c.info.Runs == "" {
		c.info.Runs = cleanText(values["executefile"] + " " + values["executeparameters"])
	}
	c.title = cleanText(values["title"])
}

// describeCabinet tells IExpress from other extractors of cabinets, and what it runs. IExpress keeps its settings as
// resources: RUNPROGRAM, and ADMQCMD for a quiet run by an administrator; "<None>" stands for nothing.
func (c *candidate) describeCabinet() {
	i := &c.info
	i.Technology = installer.CabExtractor
	values := map[string]string{}
	for _, r := range c.resources {
		const longest = 1024
		switch r.name {
		case "RUNPROGRAM", "ADMQCMD", "TITLE":
			if r.typ == typeRCData {
				s, _, _ := strings.Cut(string(c.w.bytes(r.offset, int(min(r.size, longest)))), "\x00")
				if s = cleanText(strings.ToValidUTF8(s, "\uFFFD")); s != "<None>" {
					values[r.name] = s
				}
			}
		}
	}
	_, update := c.p.section("_sfx_")
	switch {
	case values["RUNPROGRAM"] != "" || strings.EqualFold(strings.TrimSuffix(strings.ToLower(i.Evidence.Signature), ".exe"), "wextract") || strings.Contains(c.version.first("FileDescription"), "Cabinet Self-Extractor"):
		i.Technology, i.TechnologyVersion = installer.IExpress, i.Version
		i.Runs, c.title = values["RUNPROGRAM"], values["TITLE"]
		if v := values["ADMQCMD"]; v != "" {
			i.Runs = v
		}
	case update:
		i.Technology = installer.WindowsUpdate
	}
}

// describeDatabase takes over what a database says of itself. Its version is the schema: what Windows Installer must be.
// The summary is about the product too, but often left as the vendor's tool made it.
func (c *candidate) describeDatabase(p msi.Probed) {
	i := &c.info
	i.Product = cleanText(cmp.Or(p.ProductName, p.Summary.Subject))
	i.Company = cleanText(cmp.Or(p.Manufacturer, p.Summary.Author))
	i.Version = cleanText(p.ProductVersion)
	i.Technology = installer.WindowsInstaller
	if i.Kind == KindMSP {
		i.Technology = installer.InstallerPatch
	}
	i.TechnologyVersion = p.Summary.Version()
}
