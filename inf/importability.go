package inf

import (
	"fmt"
	"slices"
	"strings"
)

// Importability says what can take a driver for a target: ConfigMgr's driver catalog, the driver store of an offline image,
// a boot image. It is a prediction from the INF and what its caller knows to lie beside it.
type Importability struct {
	ConfigMgr Answer // Code is what SMS_Driver.CreateFromINF returns: 0, 13 or 1633
	Offline   Answer // DISM /Add-Driver and the installation that follows
	BootImage Answer // Windows PE: useful there, and able to be
}

// Answer is yes or no with reasons.
type Answer struct {
	OK      bool
	Code    int // of ConfigMgr: the value that it returns; else 0
	Reasons []ImportReason
}

// ImportReason is a reason of an answer.
type ImportReason struct {
	Code   ImportCode
	Blocks bool   // false: it works, but something is worth knowing
	Text   string // one sentence, without a period
	Line   *Line  // nil if the reason has no place in the INF
}

// ImportCode names a reason. The values are stable.
type ImportCode string

// The reasons.
const (
	ImportInvalid       ImportCode = "inf-invalid"      // Windows does not load the INF
	ImportNoDriver      ImportCode = "no-driver"        // a right-click or class INF, or none at all
	ImportNoPlatform    ImportCode = "no-platform"      // it serves none of the platforms that ConfigMgr knows
	ImportNotTarget     ImportCode = "not-for-target"   // it serves other systems than the target
	ImportUnsigned      ImportCode = "unsigned"         // 64-bit Windows refuses drivers without a signed catalog
	ImportFileMissing   ImportCode = "file-missing"     // a file that it copies is not there
	ImportCoInstaller   ImportCode = "co-installer"     // runs at installation, on the running system
	ImportClass         ImportCode = "class-installer"  // the same
	ImportRegister      ImportCode = "register-dlls"    // the same
	ImportProgram       ImportCode = "setup-program"    // AddSoftware of type 1: the same
	ImportStoreApp      ImportCode = "store-app"        // the app comes from the Store once the system runs
	ImportBootClass     ImportCode = "boot-class"       // boot images need network and storage drivers only
	ImportMixed         ImportCode = "mixed-decoration" // 32-bit setup may take the undecorated install section
	ImportUnknown       ImportCode = "too-complex"      // the INF asks for more work than any real one does
	configMgrInvalid               = 13
	configMgrNoPlatform            = 1633
	firstSignedVersion             = 6 // Vista: 64-bit systems refuse unsigned drivers
)

// Beside is what a caller knows about the folder of an INF. The zero value knows nothing and blames nothing.
type Beside struct {
	Unsigned bool     // no catalog that the INF names for the target is there and signed
	Missing  []string // files that the target's installation copies and that are not there
}

// Platforms returns the systems that a ConfigMgr site supports drivers for: clients and servers on x86, x64 and arm64 from
// Windows 7 on. It is a choice: which platforms a site knows depends on its release; a caller may give its own.
func Platforms() []Target {
	var out []Target
	for _, v := range [...]struct{ major, minor, build int }{
		{6, 1, 7601}, {6, 2, 9200}, {6, 3, 9600}, {10, 0, 14393}, {10, 0, 17763}, {10, 0, 19045}, {10, 0, 20348}, {10, 0, 22631}, {10, 0, 26100},
	} {
		for _, a := range [...]Arch{X86, AMD64, ARM64} {
			if a == ARM64 && v.build < 17763 || a == X86 && v.build > 19045 {
				continue
			}
			for _, p := range [...]ProductType{Workstation, Server} {
				if p == Server && a == X86 {
					continue
				}
				out = append(out, Target{Arch: a, Major: v.major, Minor: v.minor, Build: v.build, ProductType: p})
			}
		}
	}
	return out
}

// Importability predicts what can take the driver for the installation's target. platforms are the systems that ConfigMgr
// supports; nil means Platforms(). beside is what lies in the INF's folder.
// learn.microsoft.com/mem/configmgr/develop/reference/osd/createfrominf-method-in-class-sms_driver,
// learn.microsoft.com/windows-hardware/drivers/install/driver-store
func (d *Driver) Importability(in *Installation, beside Beside, platforms []Target) Importability {
	if platforms == nil {
		platforms = Platforms()
	}
	out := Importability{ConfigMgr: d.configMgr(platforms), Offline: d.offline(in, beside)}
	out.BootImage = Answer{OK: out.Offline.OK, Reasons: slices.Clone(out.Offline.Reasons)}
	d.bootImage(in, &out.BootImage)
	return out
}

func (a *Answer) add(code ImportCode, blocks bool, l *Line, format string, args ...any) {
	a.Reasons = append(a.Reasons, ImportReason{Code: code, Blocks: blocks, Text: fmt.Sprintf(format, args...), Line: l})
	a.OK = a.OK && !blocks
}

// loadable takes note of what keeps every importer from taking the INF.
func (d *Driver) loadable(a *Answer) bool {
	switch {
	case d.File.Err != nil:
		a.add(ImportInvalid, true, nil, "Windows does not load the INF: %s", d.File.Err.Code)
	case d.Kind == KindLegacy:
		a.add(ImportNoDriver, true, nil, "installed by right-click only")
	case d.Kind == KindNone:
		a.add(ImportNoDriver, true, nil, "neither [Manufacturer] nor [DefaultInstall]")
	case d.Kind == KindClass:
		a.add(ImportNoDriver, true, nil, "installs a class, no device")
	}
	return a.OK
}

func (d *Driver) configMgr(platforms []Target) Answer {
	a := Answer{OK: true}
	if !d.loadable(&a) {
		if a.Code = configMgrInvalid; d.File.Err == nil && d.Kind == KindClass {
			a.Code = configMgrNoPlatform
		}
		return a
	}
	for _, t := range platforms {
		for range d.Models(t) {
			return a
		}
	}
	a.Code = configMgrNoPlatform
	if d.Kind == KindPrimitive {
		a.add(ImportNoPlatform, true, nil, "a driver without devices: no platform of the site has one for it")
		return a
	}
	a.add(ImportNoPlatform, true, d.Manufacturers[0].Line, "no models for any of %d platforms", len(platforms))
	return a
}

func (d *Driver) offline(in *Installation, beside Beside) Answer {
	a := Answer{OK: true}
	if !d.loadable(&a) {
		return a
	}
	if !in.Serves() {
		text, line := "no models for the target", (*Line)(nil)
		if len(in.Declined) > 0 {
			text, line = "["+in.Declined[0].Name+"]: "+in.Declined[0].Text, in.Declined[0].Line
		}
		a.add(ImportNotTarget, true, line, "%s", text)
	}
	if in.Exceeded {
		a.add(ImportUnknown, true, nil, "what the INF needs cannot be told")
	}
	_, named := d.Version.Catalog(in.Target.Arch)
	if (beside.Unsigned || !named) && in.Target.Arch != X86 && in.Target.AtLeast(firstSignedVersion, 0) {
		a.add(ImportUnsigned, true, nil, "64-bit Windows refuses a driver without a signed catalog")
	}
	for _, name := range beside.Missing {
		a.add(ImportFileMissing, true, nil, "%s is not there", name)
	}
	installs := slices.Concat(in.Installs, in.Interfaces)
	if in.Class != nil {
		for _, c := range in.Class.CoInstallers {
			a.add(ImportClass, false, c.Line, "the class installer %s runs on the running system", c.DLL)
		}
	}
	seen := map[*Line]bool{}
	for _, i := range installs {
		i.running(&a, seen)
	}
	return a
}

// running takes note of what needs a running system, each entry once.
func (in *Install) running(a *Answer, seen map[*Line]bool) {
	add := func(code ImportCode, l *Line, format, name string) {
		if !seen[l] {
			seen[l] = true
			a.add(code, false, l, format, name)
		}
	}
	for _, c := range in.CoInstallers {
		add(ImportCoInstaller, c.Line, "the co-installer %s runs on the running system", c.DLL)
	}
	for _, r := range in.Registers {
		add(ImportRegister, r.Line, "%s is registered on the running system", r.Name)
	}
	for _, s := range in.Software {
		switch s.Type {
		case SoftwareProgram:
			add(ImportProgram, s.Line, "the setup program %s runs on the running system", s.Name)
		case SoftwareStoreApp:
			add(ImportStoreApp, s.Line, "the app %s comes from the Microsoft Store", s.ID)
		}
	}
}

// bootClasses are the setup classes whose drivers a boot image may need, by GUID.
// learn.microsoft.com/windows-hardware/drivers/install/system-defined-device-setup-classes-available-to-vendors
var bootClasses = map[string]string{
	"{4D36E972-E325-11CE-BFC1-08002BE10318}": "Net",
	"{4D36E97B-E325-11CE-BFC1-08002BE10318}": "SCSIAdapter",
	"{4D36E96A-E325-11CE-BFC1-08002BE10318}": "HDC",
	"{36FC9E60-C465-11CF-8056-444553540000}": "USB",
	"{4D36E967-E325-11CE-BFC1-08002BE10318}": "DiskDrive",
	"{4D36E97D-E325-11CE-BFC1-08002BE10318}": "System",
}

func (d *Driver) bootImage(in *Installation, a *Answer) {
	if d.File.Err != nil {
		return
	}
	v := d.Version
	useful := bootClasses[v.ClassGUID] != ""
	for _, class := range bootClasses {
		useful = useful || v.ClassGUID == "" && strings.EqualFold(class, v.Class)
	}
	if !useful {
		a.add(ImportBootClass, true, nil, "class %s: boot images need network, storage and bus drivers only", v.Class)
	}
	if in.Target.Arch != X86 {
		return
	}
	for _, i := range in.Installs {
		if plain := d.File.Section(i.Name); plain != nil && i.Section != plain {
			a.add(ImportMixed, false, plain.firstLine(), "32-bit setup may take [%s] in place of [%s] (KB 2026219)", plain.Name, i.Actual)
		}
	}
}

func (s *Section) firstLine() *Line {
	if len(s.Lines) == 0 {
		return nil
	}
	return &s.Lines[0]
}
