package installer

import (
	"strconv"
	"strings"

	"gopkg.in/ini.v1"

	"github.com/drivercat/drivercat/catalog"
)

// installShield tells InstallShield's projects apart by the files beside the launcher, else by those in it, and takes the
// product from its setup.ini. A launcher without a version resource (16-bit ones are) is known by the script beside it alone.
func (a *adviser) installShield() {
	b := a.beside
	if b.script() == "" && b.named("setup.ini") == "" {
		b = a.inside
	}
	script := b.script()
	switch a.info.Technology {
	case InstallShield, InstallScript, BasicMSI, InstallScriptMSI:
	case UnknownTechnology:
		if script == "" || !strings.EqualFold(a.name, "setup.exe") {
			return
		}
		a.info.Technology = InstallShield
	default:
		return
	}
	driven, packaged := "", ""
	if settings := b.ini("setup.ini", "startup"); settings != nil {
		startup := settings.Section("startup")
		a.product(clean(startup, "product", "appname"), clean(startup, "productversion"), clean(startup, "companyname"))
		driven, packaged = clean(startup, "scriptdriven"), clean(startup, "packagename")
		b.use(b.named("setup.ini"))
	}
	switch {
	case driven == "0" || driven == "2":
		a.info.Technology = BasicMSI
	case driven == "1":
		a.info.Technology = InstallScriptMSI
	case driven == "4":
		a.info.Technology = InstallScript
	case script != "" && (a.info.Technology == InstallShield || a.info.Technology == InstallScript):
		a.info.Technology = InstallScript
		b.use(script)
	case a.info.Technology == InstallShield && oldShield(a.info.TechnologyVersion):
		a.info.Technology = InstallScript
	case (packaged != "" || b == a.inside && len(b.with(".msi")) > 0) && a.info.Technology == InstallShield:
		a.info.Technology = BasicMSI
	}
}

// shieldWait is the switch by which an InstallScript launcher waits for the end of what it starts: -SMS, in capitals, of old
// ones, -clone_wait since version 12. The versions between wait by themselves.
func shieldWait(version string) string {
	major, _, _ := strings.Cut(version, ".")
	switch n, err := strconv.Atoi(major); {
	case oldShield(version):
		return " -SMS"
	case err == nil && n >= 12:
		return " -clone_wait"
	}
	return ""
}

// oldShield reports whether a version of InstallShield is too old for projects of Windows Installer.
func oldShield(version string) bool {
	major, _, _ := strings.Cut(version, ".")
	return len(major) == 1 && "1" <= major && major <= "6"
}

// script finds the script of an InstallScript project, or its data.
func (b *beside) script() string {
	for _, n := range []string{"setup.inx", "setup.ins", "data1.hdr"} {
		if n = b.named(n); n != "" {
			return n
		}
	}
	return ""
}

// answers reads a response file; nil if there is none, or another kind of file has its name.
func (a *adviser) answers(b *beside, name string) *ini.File {
	data := b.read(b.named(name))
	if data == nil {
		return nil
	}
	if f := parseINI(data, "installshield silent", "application", "finish"); f != nil && f.HasSection("installshield silent") {
		return f // Inno Setup's scripts are named .iss too
	}
	return nil
}

// clean returns the first of the keys that has a value, without the comment behind it and quotation marks around it all.
func clean(s *ini.Section, keys ...string) string {
	for _, k := range keys {
		v, _, _ := strings.Cut(s.Key(k).String(), "\t;")
		v = strings.TrimSpace(v)
		if n := len(v); n >= 2 && v[0] == '"' && v[n-1] == '"' && strings.Count(v, `"`) == 2 {
			v = strings.TrimSpace(v[1 : n-1])
		}
		if v != "" {
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
	answers := a.answers(b, name)
	if answers == nil {
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
	s.Command = catalog.QuoteName(a.name) + " -s" + shieldWait(a.info.TechnologyVersion)
	if !strings.EqualFold(name, "setup.iss") {
		s.Command += ` -f1".\` + name + `"`
	}
	s.Command += ` -f2"%TEMP%\` + stem + `.log"`
	s.Source, s.Confidence, s.From = catalog.SilentVendor, catalog.Likely, name
	s.Reason = "the vendor ships the response file " + name + "; it answers the questions of the version that it was recorded with; -f2 puts the log where it can be written"
	s.Restart, s.RestartNote = bootOption(answers)
	return s
}

// bootOption reads what the last dialog of a response file answers: 0 restarts nothing, 2 Windows, 3 the computer.
func bootOption(f *ini.File) (catalog.Restart, string) {
	switch answer := clean(f.Section("finish"), "bootoption"); answer {
	case "0":
		return catalog.RestartNo, "the response file chooses not to restart (BootOption=0)"
	case "2", "3":
		return catalog.RestartYes, "the response file chooses to restart (BootOption=" + answer + "): change it to 0 in a copy to suppress it"
	}
	return catalog.RestartUnknown, "the response file does not say (no BootOption)"
}

// autorun takes the product from the label of a CD that starts this very program.
func (a *adviser) autorun() {
	name := a.beside.named("autorun.inf")
	if name == "" {
		return
	}
	f := a.beside.ini(name, "autorun")
	if f == nil {
		return
	}
	s := f.Section("autorun")
	open := strings.TrimPrefix(strings.ReplaceAll(clean(s, "open", "shellexecute"), `\`, "/"), "./")
	label := oneLine(clean(s, "label", "action"))
	if label != "" && runsProgram(open, a.name) && (a.info.Product == "" || a.info.Product == label) {
		a.product(label, "", "")
		a.beside.use(name)
	}
}
