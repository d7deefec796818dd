package inf_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf"
)

// The targets of the tables.
var (
	xp32     = inf.Target{Arch: inf.X86, Major: 5, Minor: 1, Build: 2600, ProductType: inf.Workstation}
	win7x64  = inf.Target{Arch: inf.AMD64, Major: 6, Minor: 1, Build: 7601, ProductType: inf.Workstation}
	win10x86 = inf.Target{Arch: inf.X86, Major: 10, Build: 19045, ProductType: inf.Workstation}
	win11x64 = inf.Target{Arch: inf.AMD64, Major: 10, Build: 26100, ProductType: inf.Workstation}
	win11arm = inf.Target{Arch: inf.ARM64, Major: 10, Build: 26100, ProductType: inf.Workstation}
	srv2025  = inf.Target{Arch: inf.AMD64, Major: 10, Build: 26100, ProductType: inf.Server}
)

var sixTargets = []inf.Target{xp32, win7x64, win10x86, win11x64, win11arm, srv2025}

// models is a [Manufacturer] that leads x64 to one device with the install section I.
const oneModel = "[Manufacturer]\nm = M, NTamd64\n[M.NTamd64]\nDev = I, HW\\1\n"

// size: one table of INF files, a few lines for each kind
func TestInstallation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, want string }{
		"device with hardware and compatible IDs": {
			"[Manufacturer]\nm = M, NTamd64\n[M.NTamd64]\nA = I, HW\\1, C\\1, C\\2\nB = i,, C\\3\nC = I\nD =\n[I]\n",
			"device A HW\\1 | C\\1 C\\2 -> I; device B  | C\\3 -> I; device C name only -> I; device D name only; install I",
		},
		"hidden from the list": {
			"[Manufacturer]\nm = M, NTamd64\n[M.NTamd64]\nA = I, HW\\1\nB = I, HW\\2, C\\2\nC = I, HW\\3\nD = I, HW\\4\n[ControlFlags]\nExcludeFromSelect = hw\\1\nExcludeFromSelect.NTamd64 = c\\2\nExcludeFromSelect.NTx86 = HW\\3\nExcludeFromSelect.nt = HW\\4\n",
			"device A HW\\1 hidden -> I; device B HW\\2 | C\\2 hidden -> I; device C HW\\3 -> I; device D HW\\4 hidden -> I; install I missing",
		},
		"hidden all": {
			oneModel + "[ControlFlags]\nExcludeFromSelect = *\n[I.NT]\n",
			"device Dev HW\\1 hidden -> I; install I as I.NT",
		},
		"version, score and excluded IDs count only directly": {
			oneModel + "[I.NTamd64]\nNeeds = Base\nFeatureScore = 80\nFeatureScore = 10\nExcludeID = HW\\9, HW\\8\n[Base]\nFeatureScore = 20\nDriverVer = 01/01/2001,9.9\nExcludeID = HW\\7\n",
			"device Dev HW\\1 -> I; install I as I.NTamd64; score 80; excludes HW\\9,HW\\8; needs Base",
		},
		"a version of its own": {
			oneModel + "[I]\nDriverVer = 02/03/2021,1.2.3.4\nFeatureScore = 0xFE\n",
			"device Dev HW\\1 -> I; install I; version 2021-02-03 1.2.3.4; score FE",
		},
		"files with destinations, new names and flags": {
			oneModel + "[I]\nCopyFiles = L, @one.dll, 12, Gone\n[L]\nnew.sys, old.sys,, 0x4812\nsame.dll,,,%COPYFLG%\n[SourceDisksFiles]\nold.sys = 1, sub\none.dll = 1\n[SourceDisksNames]\n1 = d,,,base\n[DestinationDirs]\nL = 12\nDefaultDestDir = 10, Acme\n",
			`device Dev HW\1 -> I; install I; list L to %12%: base/sub/old.sys as new.sys NOSKIP+NO_OVERWRITE+NODECOMP+IN_USE_TRY_RENAME, same.dll unlisted; file to %10%\Acme: base/one.dll; ` +
				`breach destination 18; breach destination 19`,
		},
		"no destination": {
			oneModel + "[I]\nCopyFiles = @a.sys\n",
			"device Dev HW\\1 -> I; install I; file to nowhere: a.sys unlisted; breach destination 8",
		},
		"isolated": {
			oneModel + "[I.NTamd64]\nCopyFiles = L\nAddReg = R\n[L]\na.sys\n[R]\nHKR,,x,,y\n[I.NTamd64.Services]\nAddService = a, 2, S\n[S]\nServiceBinary = %13%\\a.sys\nAddReg = R\n[SourceDisksFiles]\na.sys = 1\n[DestinationDirs]\nL = 13\n",
			"device Dev HW\\1 -> I; install I as I.NTamd64; list L to %13%: a.sys; service a; sub .Services",
		},
		"what breaks isolation": {
			oneModel + "[I]\nAddReg = R\nDelFiles = L\n[R]\nHKLM,Software\\A,x,,y\nHKR,,a,,b\nHKLM,Software\\B,x,,y\n[I.Services]\nAddService = a, 2, S\n[S]\nServiceBinary = %12%\\a.sys\nDelReg = Q\n[Q]\nHKCR, x\n",
			"device Dev HW\\1 -> I; install I; service a; sub .Services; breach registry 11; breach registry 13; breach delete-files 9; breach service-path 17; breach registry 20",
		},
		"co-installers": {
			oneModel + "[I.CoInstallers]\nAddReg = CoReg\nCopyFiles = Co\n[CoReg]\nHKR,,CoInstallers32,0x00010000, \"WdfCoInstaller01011.dll,WdfCoInstaller\", acme.dll\n[Co]\nacme.dll\n[DestinationDirs]\nCo = 13\n" +
				"[I.Wdf]\nKmdfService = acme, Lib\n[Lib]\nKmdfLibraryVersion = 1.11\n",
			"device Dev HW\\1 -> I; install I missing; list Co to %13%: acme.dll unlisted; coinstaller WdfCoInstaller01011.dll!WdfCoInstaller; coinstaller acme.dll!; kmdf acme 1.11; sub .CoInstallers; sub .Wdf; breach co-installer 11",
		},
		"libraries that are registered": {
			oneModel + "[I]\nRegisterDlls = Reg\n[Reg]\n11,, acme.ax, 1\n11,sub\n",
			"device Dev HW\\1 -> I; install I; registers 11 acme.ax; breach register-dlls 8",
		},
		"includes and needs": {
			oneModel + "[I.NTamd64]\nInclude = ks.inf, wdmaudio.inf\nNeeds = KS.Registration, Base, Nowhere\n[Base.NTamd64]\nInclude = ks.inf\nCopyFiles = @b.dll\n[I.NTamd64.HW]\nNeeds = Base.HW, Else.HW\n[Base.NTamd64.HW]\nAddReg = R\n[R]\nHKLM,x\n[DestinationDirs]\nDefaultDestDir = 13\n",
			"device Dev HW\\1 -> I; install I as I.NTamd64; file to %13%: b.dll unlisted; needs KS.Registration inbox; needs Base; needs Nowhere inbox; needs Base.HW; needs Else.HW unknown; sub .HW; requires inbox-inf ks.inf; requires inbox-inf wdmaudio.inf; breach registry 18",
		},
		"interfaces": {
			oneModel + "[I.Interfaces]\nAddInterface = {00000000-0000-0000-0000-000000000001}, ref, If\nAddInterface = {00000000-0000-0000-0000-000000000002}\n[If]\nCopyFiles = @i.dll\nAddInterface = {3}\n[DestinationDirs]\nDefaultDestDir = 13\n",
			"device Dev HW\\1 -> I; install I missing; file to %13%: i.dll unlisted; interface {00000000-0000-0000-0000-000000000001} ref If; interface {00000000-0000-0000-0000-000000000002}  ; sub .Interfaces",
		},
		"components and software": {
			oneModel + "[I]\n[I.Components]\nAddComponent = Ctl,, Comp\n[Comp]\nComponentIDs = ACME_A, ACME_B\nDisplayName = \"Acme Control\"\n[I.Software]\nAddSoftware = Prog,, Soft1\nAddSoftware = App,, Soft2\n" +
				"[Soft1]\nSoftwareType = 1\nSoftwareBinary = %13%\\setup.exe\nSoftwareArguments = /s, <<DeviceInstanceID>>\nSoftwareVersion = 1.0.0.0\nCopyFiles = @setup.exe\n[Soft2]\nSoftwareType = 2\nSoftwareID = pfn://Acme.App_1\n[DestinationDirs]\nDefaultDestDir = 13\n",
			`device Dev HW\1 -> I; install I; file to %13%: setup.exe unlisted; component Ctl "Acme Control" SWC\ACME_A,SWC\ACME_B; software Prog 1 %13%\setup.exe [/s <<DeviceInstanceID>>] 1.0.0.0 ; software App 2  []  pfn://Acme.App_1; sub .Components; sub .Software; ` +
				`requires component SWC\ACME_A; requires component SWC\ACME_B; requires store-app pfn://Acme.App_1`,
		},
		"other INF files": {
			oneModel + "[I]\nCopyINF = sub\\child.inf, child2.inf\nCopyINF = CHILD2.inf, ..\\out.inf\n",
			"device Dev HW\\1 -> I; install I; requires copy-inf sub\\child.inf (sub/child.inf); requires copy-inf child2.inf (child2.inf); requires copy-inf ..\\out.inf ()",
		},
		"class installer": {
			oneModel + "[I]\n[ClassInstall32.NTamd64]\nAddReg = C\n[C]\nHKR,,Installer32,,\"acmecls.dll,ClassInstall\"\nHKR,,Icon,,-5\n[InterfaceInstall32]\n{00000000-0000-0000-0000-000000000001} = IfCls\n[IfCls.NT]\nCopyFiles = @x.dll\n[DestinationDirs]\nDefaultDestDir = 13\n",
			"device Dev HW\\1 -> I; install I; class ClassInstall32 as ClassInstall32.NTamd64; coinstaller acmecls.dll!ClassInstall; interface class IfCls as IfCls.NT; file to %13%: x.dll unlisted; breach class-installer 11",
		},
		"primitive driver": {
			"[DefaultInstall.NTamd64]\nCopyFiles = @f.sys\n[DefaultInstall.NTamd64.Services]\nAddService = f,, S\n[S]\nServiceType = 2\n[DestinationDirs]\nDefaultDestDir = 13\n",
			"install DefaultInstall as DefaultInstall.NTamd64; file to %13%: f.sys unlisted; service f; sub .Services",
		},
		"primitive driver of another architecture": {"[DefaultInstall.NTx86]\nCopyFiles = @f.sys\n", "nothing"},
		"legacy": {"[DefaultInstall]\nCopyFiles = @f.sys\n", "nothing"},
		"v3 printer": {
			"[Version]\nClass = Printer\n" + oneModel + "[I]\nCopyFiles = @acme.gpd\nDataFile = acme.gpd\nDataSection = D\nInclude = NTPRINT.INF\nNeeds = UNIDRV.OEM\n[D]\nDriverFile = unidrv.dll\nHelpFile = unidrv.hlp\nDataFile = not.gpd\n" +
				"LanguageMonitor = \"Acme Monitor,acmemon.dll\"\nPrintProcessor = Acme, acmepp.dll\n[DestinationDirs]\nDefaultDestDir = 66000\n[PrinterPackageInstallation.amd64]\nPackageAware = TRUE\nCoreDriverDependencies = {d20ea372-dd35-4950-9ed8-a6335afe79f0}\n",
			"device Dev HW\\1 -> I; install I; file to %66000%: acme.gpd unlisted; needs UNIDRV.OEM inbox; printer v3 driver=unidrv.dll data=acme.gpd config=unidrv.dll help=unidrv.hlp monitor=Acme Monitor|acmemon.dll processor=Acme|acmepp.dll section=D core=[]; " +
				"requires inbox-inf NTPRINT.INF; requires core-driver {D20EA372-DD35-4950-9ED8-A6335AFE79F0}; breach destination 22",
		},
		"printer with defaults and data of Windows": {
			"[Version]\nClassGuid = {4d36e979-e325-11ce-bfc1-08002be10318}\n[Manufacturer]\nm = M, NTamd64\n[M.NTamd64]\nDev = ACME.GPD, USBPRINT\\A\n[ACME.GPD]\nCoreDriverSections = \"{d20ea372-dd35-4950-9ed8-a6335afe79f0},UNIDRV.OEM, Own\", \"{bad}\"\nDataSection = UNIDRV_DATA\n[Own]\nCopyFiles = @own.dll\n[DestinationDirs]\nDefaultDestDir = 13\n",
			"device Dev USBPRINT\\A -> ACME.GPD; install ACME.GPD; file to %13%: own.dll unlisted; printer v3 driver=ACME.GPD data=ACME.GPD config=ACME.GPD help= monitor=| processor=| section=UNIDRV_DATA core=[{D20EA372-DD35-4950-9ED8-A6335AFE79F0}]",
		},
		"v4 printer": {
			"[Version]\nClass = Printer\nClassVer = 4.0\n[Manufacturer]\nm = M, NTamd64\n[M.NTamd64]\nDev = I, {11111111-2222-3333-4444-555555555555}, USBPRINT\\A\n[I]\n",
			"device Dev {11111111-2222-3333-4444-555555555555} | USBPRINT\\A -> I; install I; printer v4 driver= data= config= help= monitor=| processor=| section= core=[]",
		},
		"install section of Windows' own INF files": {
			oneModel + "[Else]\nInclude = usb.inf\n",
			"device Dev HW\\1 -> I; install I missing inbox",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := meaningOf(t, c.body).For(win11x64)
			if diff := cmp.Diff(strings.Split(c.want, "; "), strings.Split(installationText(in), "; ")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if isolated := c.want != "nothing" && !strings.Contains(c.want, "breach"); in.Isolated() != isolated {
				t.Errorf("isolated %v", in.Isolated())
			}
			if in.Exceeded || in.Serves() != (c.want != "nothing") {
				t.Errorf("exceeded %v, serves %v", in.Exceeded, in.Serves())
			}
		})
	}
}

// installationText tells what is there, nothing about what is not.
func installationText(in *inf.Installation) string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, e := range in.Devices {
		text := "device " + e.Description
		if e.NameOnly() {
			text += " name only"
		} else {
			text += " " + e.HardwareID()
		}
		if ids := e.CompatibleIDs(); len(ids) > 0 {
			text += " | " + strings.Join(ids, " ")
		}
		if e.Hidden {
			text += " hidden"
		}
		if e.DDInstall != nil {
			text += " -> " + e.DDInstall.Name
		}
		add("%s", text)
	}
	for _, i := range in.Installs {
		installText("install", i, add)
	}
	if in.Class != nil {
		installText("class", in.Class, add)
	}
	for _, i := range in.Interfaces {
		installText("interface class", i, add)
	}
	for _, q := range in.Requires {
		path := ""
		if q.Kind == inf.RequireINF {
			path = " (" + q.Path + ")"
		}
		add("requires %s %s%s", q.Kind, q.Name, path)
	}
	for _, b := range in.Breaches {
		add("breach %s %d", b.Kind, b.Line.First)
	}
	if len(out) == 0 {
		add("nothing")
	}
	return strings.Join(out, "; ")
}

func installText(what string, i *inf.Install, add func(string, ...any)) {
	text := what + " " + i.Name
	if i.Actual != i.Name {
		text += " as " + i.Actual
	}
	if i.Section == nil {
		text += " missing"
	}
	if i.Inbox {
		text += " inbox"
	}
	add("%s", text)
	if i.DriverVer.Line != nil {
		add("version %s %s", i.DriverVer.Date, i.DriverVer.VersionString())
	}
	if i.ScoreLine != nil {
		add("score %02X", i.FeatureScore)
	}
	if len(i.ExcludeIDs) > 0 {
		add("excludes %s", strings.Join(i.ExcludeIDs, ","))
	}
	for _, l := range i.Lists {
		add("%s", listText(l))
	}
	for _, s := range i.Services {
		add("service %s", s.Name)
	}
	for _, a := range i.AddInterface {
		add("interface %s %s %s", a.Class, a.Reference, a.Section)
	}
	for _, c := range i.CoInstallers {
		add("coinstaller %s!%s", c.DLL, c.Entry)
	}
	for _, r := range i.Registers {
		add("registers %d %s", r.DirID, r.Name)
	}
	for _, c := range i.Components {
		add("component %s %q %s", c.Name, c.DisplayName, strings.Join(c.IDs, ","))
	}
	for _, s := range i.Software {
		add("software %s %d %s %v %s %s", s.Name, s.Type, s.Binary, s.Arguments, s.Version, s.ID)
	}
	for _, f := range i.Frameworks {
		add("%s %s %s", map[bool]string{true: "umdf", false: "kmdf"}[f.UserMode], f.Service, f.Library)
	}
	for _, n := range i.Needs {
		switch {
		case n.Inbox:
			add("needs %s inbox", n.Name)
		case n.Section == nil:
			add("needs %s unknown", n.Name)
		default:
			add("needs %s", n.Name)
		}
	}
	if p := i.Printer; p != nil {
		add("printer v%d driver=%s data=%s config=%s help=%s monitor=%s|%s processor=%s|%s section=%s core=%v", p.Version, p.DriverFile, p.DataFile, p.ConfigFile, p.HelpFile,
			p.LanguageMonitor.Name, p.LanguageMonitor.DLL, p.PrintProcessor.Name, p.PrintProcessor.DLL, p.DataSection, p.CoreDrivers)
	}
	for _, s := range i.Subsections {
		add("sub %s", s.Suffix)
	}
}

func listText(l *inf.FileList) string {
	text := "file"
	if l.Name != "" {
		text = "list " + l.Name
	}
	if l.HasDestination {
		text += " to " + l.Destination.Path
	} else {
		text += " to nowhere"
	}
	for i := range l.Files {
		f := &l.Files[i]
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		text += sep + f.Path
		if f.Renamed() {
			text += " as " + f.Target
		}
		if names := f.Flags.Names(); len(names) > 0 {
			text += " " + strings.Join(names, "+")
		}
		if !f.Listed {
			text += " unlisted"
		}
	}
	return text
}

func TestVersionOfOddKinds(t *testing.T) {
	t.Parallel()
	d := meaningOf(t, "ClassGuid = {E2F84CE7-8efa-411c-aa69-97454ca4cb57}\nClass = Net\nExtensionId = {11111111-aaaa-3333-4444-555555555555}\nPnpLockdown = 1\nDriverPackageType = PlugAndPlay\nDriverPackageDisplayName = %n%\nClassVer = 4.0\n[Strings]\nn = \"Acme package\"\n")
	v := d.Version
	if !v.IsExtension() || v.IsPrinter() || v.IsSoftwareComponent() {
		t.Errorf("the class GUID decides: %+v", v)
	}
	got := fmt.Sprint(v.ExtensionID, v.PnpLockdown, v.PackageType, v.DisplayName, v.ClassVer)
	if want := "{11111111-AAAA-3333-4444-555555555555}truePlugAndPlayAcme package4.0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for body, want := range map[string]bool{"Class = softwarecomponent\n": true, "Class = SoftwareComponent\nClassGuid = {bad}\n": true, "": false} {
		if got := meaningOf(t, body).Version.IsSoftwareComponent(); got != want {
			t.Errorf("%q is a software component: %v", body, got)
		}
	}
}

func TestParseFeatureScore(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"80": 0x80, "0xFE": 0xfe, "0XF0": 0xf0, "xFD": 0xfd, " EF ": 0xef, "0": 0, "100": -1, "": -1, "-1": -1, "0x": -1, "zz": -1} {
		got := -1
		if n, ok := inf.ParseFeatureScore(text); ok {
			got = int(n)
		}
		if got != want {
			t.Errorf("%q is %x, want %x", text, got, want)
		}
	}
}

func TestDeclined(t *testing.T) {
	t.Parallel()
	const empty = "[M.NTamd64.10.0]\n"
	for name, c := range map[string]struct {
		line   string
		body   string
		target inf.Target
		want   string
	}{
		"other architecture, newer version, newer build": {"M, NTx86, NTamd64.10.0, NTarm64, NTamd64.10.0...22000", "", win7x64, "other-architecture NTx86; newer-version NTamd64.10.0; other-architecture NTarm64; newer-version NTamd64.10.0...22000"},
		"a newer build":              {"M, NTamd64.10.0...22000", "", inf.Target{Arch: inf.AMD64, Major: 10, Build: 19045}, "newer-build NTamd64.10.0...22000"},
		"servers only":               {"M, NTamd64.6.0.3, NTamd64.6.0.2", "", win11x64, "other-product NTamd64.6.0.3; other-product NTamd64.6.0.2"},
		"a suite":                    {"M, NTamd64.6.0..0x80", "", win11x64, "other-suite NTamd64.6.0..0x80"},
		"undecorated on x64":         {"M", "[M]\nd = I, HW\n", win11x64, "undecorated-x86 "},
		"a twin on x64":              {"M, NTx86", "[M]\nd = I, HW\n", win11x64, "other-architecture NTx86; undecorated-x86 "},
		"a twin on x86":              {"M, NTamd64", "[M]\nd = I, HW\n", win10x86, "other-architecture NTamd64"},
		"a twin behind a section":    {"M, NTx86", "[M]\nd = I, HW\n[M.NTx86]\nd = I, HW\n", win10x86, "better-section "},
		"NT without architecture":    {"M, NT.10.0", "", win11x64, "undecorated-x86 NT.10.0"},
		"unreadable":                 {"M, NTx64, NT$ARCH$", "", win11x64, "decoration-unread NTx64; decoration-unread NT$ARCH$"},
		"a build that nothing reads": {"M, NTamd64.10.0...10240", "", win11x64, "build-unread NTamd64.10.0...10240"},
		"empty and missing":          {"M, NTamd64.10.0, NTamd64.6.1", empty, win11x64, "section-empty NTamd64.10.0; better-section NTamd64.6.1"},
		"missing":                    {"M, NTamd64", "", win11x64, "section-missing NTamd64"},
		"Windows 2000":               {"M, NTx86.5.1", "", inf.Target{Arch: inf.X86, Major: 5}, "decorated NTx86.5.1"},
		"nothing to tell":            {"M, NTamd64", "[M.NTamd64]\nd = I, HW\n", win11x64, ""},
		"a decoration twice":         {"M, NTx86, ntX86,", "", win11x64, "other-architecture NTx86"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := meaningOf(t, "[Manufacturer]\nm = "+c.line+"\n"+c.body)
			var got []string
			for _, x := range d.For(c.target).Declined {
				got = append(got, string(x.Reason)+" "+x.Decoration)
				if at := d.File.FieldRange(x.Field).Start; x.Text == "" || at.Line != 4 {
					t.Errorf("%s: text %q at %+v", x.Reason, x.Text, at)
				}
			}
			if diff := cmp.Diff(c.want, strings.Join(got, "; ")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestInstallationOfCorpus reads every INF of the corpus for six targets and compares with what Models tells.
func TestInstallationOfCorpus(t *testing.T) {
	t.Parallel()
	devices := 0
	for name, src := range corpus(t) {
		f, _ := inf.Parse(name, src)
		d := f.Driver()
		for _, target := range sixTargets {
			in := d.For(target)
			i := 0
			for m := range d.Models(target) {
				if i >= len(in.Devices) || in.Devices[i].Line != m.Line || cmp.Diff(in.Devices[i].Model.IDs, m.IDs) != "" {
					t.Fatalf("%s for %v: device %d differs from Models", name, target, i)
				}
				i++
			}
			if i != len(in.Devices) || in.Exceeded {
				t.Errorf("%s for %v: %d devices, Models has %d; exceeded %v", name, target, len(in.Devices), i, in.Exceeded)
			}
			devices += i
		}
	}
	if devices == 0 {
		t.Error("the corpus has no device")
	}
}

// TestInstallationIsBounded asserts that an INF whose sections all need one another's lists ends with a word about it.
func TestInstallationIsBounded(t *testing.T) {
	t.Parallel()
	const n = 150
	var b strings.Builder
	b.WriteString(strings.Replace(oneModel, "Dev = I, HW\\1\n", "", 1))
	for i := range n {
		fmt.Fprintf(&b, "x = I%d\n", i)
	}
	for i := range n {
		fmt.Fprintf(&b, "[I%d]\nNeeds = I%d\nCopyFiles = @f%d\n", i, (i+1)%n, i)
	}
	d := meaningOf(t, b.String())
	for _, c := range []struct {
		limit    int
		exceeded bool
	}{{n * n, true}, {8 * n * n, false}} {
		if in := d.ForLimit(win11x64, c.limit); in.Exceeded != c.exceeded {
			t.Errorf("with limit %d: exceeded %v", c.limit, in.Exceeded)
		}
	}
}
