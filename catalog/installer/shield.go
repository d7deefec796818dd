package installer

import (
	"strings"

	"gopkg.in/ini.v1"

	"github.com/drivercat/drivercat/catalog"
)

// installShield tells InstallShield's projects apart by the files beside the launcher, and takes the product from its
// setup.ini.
func (a *adviser) installShield() {
	switch a.info.Technology {
	case InstallShield, InstallScript, BasicMSI, InstallScriptMSI:
	default:
		return
	}
	b := a.beside
	script := ""
	for _, n := range []string{"setup.inx", "setup.ins", "data1.hdr", "_setup.lib", "layout.bin"} {
		if script = b.named(n); script != "" {
			break
		}
	}
	msi := ""
	settings := b.ini("setup.ini")
	if settings != nil {
		startup := settings.Section("startup")
		a.product(clean(startup, "product", "appname"), clean(startup, "productversion"), clean(startup, "companyname"))
		msi = strings.TrimSpace(startup.Key("packagename").String())
		b.use(b.named("setup.ini"))
	}
	// What setup.ini says of itself comes first: 0 and 2 are Basic MSI, 1 InstallScript MSI, 4 InstallScript.
	if settings != nil {
		switch clean(settings.Section("startup"), "scriptdriven") {
		case "0", "2":
			a.info.Technology = BasicMSI
			return
		case "1":
			a.info.Technology = InstallScriptMSI
			return
		case "4":
			a.info.Technology = InstallScript
			return
		}
	}
	switch {
	case a.info.Technology != InstallShield:
	case script != "":
		a.info.Technology = InstallScript
		b.use(script)
	case msi != "":
		a.info.Technology = BasicMSI
	case settings != nil && len(b.with(".msi")) > 0:
		a.info.Technology = BasicMSI
		b.use(b.with(".msi")[0])
	}
}

// clean returns the first of the keys that has a value, without the comment and the quotation marks around it.
func clean(s *ini.Section, keys ...string) string {
	for _, k := range keys {
		v, _, _ := strings.Cut(s.Key(k).String(), "\t;")
		if v = strings.Trim(strings.TrimSpace(v), `"`); v != "" {
			return v
		}
	}
	return ""
}

// responseFile looks for the answers that an InstallScript setup needs to run silently.
func (a *adviser) responseFile() *catalog.Silent {
	switch a.info.Technology {
	case InstallScript, InstallScriptMSI, InstallShield:
	default:
		return nil
	}
	b := a.beside
	name := b.named("setup.iss")
	if name == "" {
		if others := b.with(".iss"); len(others) == 1 {
			name = others[0]
		}
	}
	data := b.read(name)
	if data == nil {
		return nil
	}
	answers := parseINI(data)
	if answers == nil || !isResponseFile(answers) {
		return nil
	}
	b.use(name)
	app := answers.Section("application")
	a.product(clean(app, "name"), clean(app, "version"), clean(app, "company"))
	if a.info.Technology == InstallShield {
		a.info.Technology = InstallScript
	}
	s := rowOf(a.info.Technology).silent(a.name)
	stem := strings.TrimSuffix(a.name, a.name[max(0, strings.LastIndexByte(a.name, '.')):])
	s.Command = catalog.QuoteName(a.name) + " -s"
	if !strings.EqualFold(name, "setup.iss") {
		s.Command += ` -f1".\` + name + `"`
	}
	s.Command += ` -f2"%TEMP%\` + stem + `.log"`
	s.Source, s.Confidence, s.From = catalog.SilentVendor, catalog.Likely, name
	s.Reason = "the vendor ships the response file " + name + "; it answers the questions of the version that it was recorded with; -f2 puts the log where it can be written"
	s.Restart, s.RestartNote = bootOption(answers)
	return s
}

// isResponseFile tells a response file from other files named .iss, such as Inno Setup's scripts.
func isResponseFile(f *ini.File) bool {
	for _, s := range f.SectionStrings() {
		if s == "installshield silent" {
			return true
		}
	}
	return false
}

// bootOption reads what the last dialog of a response file answers: 0 restarts nothing, 2 Windows, 3 the computer.
func bootOption(f *ini.File) (catalog.Restart, string) {
	for _, s := range f.Sections() {
		if !s.HasKey("bootoption") {
			continue
		}
		switch clean(s, "bootoption") {
		case "0":
			return catalog.RestartNo, "the response file chooses not to restart (BootOption=0)"
		case "2", "3":
			return catalog.RestartYes, "the response file chooses to restart (BootOption=" + clean(s, "bootoption") + "): change it to 0 in a copy to suppress it"
		}
	}
	return catalog.RestartUnknown, "the response file does not say (no BootOption)"
}

// autorun takes the product from the label of a CD that starts this very program.
func (a *adviser) autorun() {
	if a.info.Product != "" {
		return
	}
	f := a.beside.ini("autorun.inf")
	if f == nil {
		return
	}
	s := f.Section("autorun")
	open := strings.ToLower(strings.ReplaceAll(clean(s, "open", "shellexecute"), `\`, "/"))
	open = strings.TrimPrefix(open, "./")
	if label := clean(s, "label", "action"); label != "" && strings.HasPrefix(open, strings.ToLower(a.name)) {
		a.product(label, "", "")
		a.beside.use(a.beside.named("autorun.inf"))
	}
}
