package lint_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/lint"
)

const (
	netClass = "Class = Net\nClassGuid = {4d36e972-e325-11ce-bfc1-08002be10318}"
	// primitive is a primitive driver without findings.
	primitive = head + "[DefaultInstall.NTamd64]\nCopyFiles = Files\n[Files]\nacme.sys\n[DestinationDirs]\nDefaultDestDir = 12\n" +
		"[SourceDisksNames]\n1 = Disk\n[SourceDisksFiles]\nacme.sys = 1\n"
)

// ofClass turns the driver into one of another class.
func ofClass(class string) string { return change(netClass, class) }

func TestKindRules(t *testing.T) {
	const class = "Class = Extension\nClassGuid = {e2f84ce7-8efa-411c-aa69-97454ca4cb57}"
	const id = "\nExtensionId = {a1b2c3d4-0000-1111-2222-333344445555}"
	printer := ofClass("Class = Printer\nClassGuid = {4d36e979-e325-11ce-bfc1-08002be10318}")
	inPrinter := func(old, replacement string) string { return strings.Replace(printer, old, replacement, 1) }
	testMarks(t, map[string]markCase{
		"extension without ID":           {"INF0701", "«[Version]»" + strings.TrimPrefix(ofClass(class), "[Version]")},
		"extension with half an ID":      {"INF0701", ofClass(class + "\nExtensionId = «{a1b2c3d4}»")},
		"extension without braces":       {"INF0701", ofClass(class + "\nExtensionId = «a1b2c3d4-0000-1111-2222-333344445555»")},
		"extension with its ID":          {"INF0701", ofClass(class + id)},
		"no extension":                   {"INF0701", device},
		"extension with function driver": {"INF0702", strings.Replace(ofClass(class+id), "AddService = acme, 2, Service", "«AddService = acme, 2, Service»", 1)},
		"extension with a helper":        {"INF0702", strings.Replace(ofClass(class+id), "acme, 2, Service", "acme, , Service", 1)},
		"extension with a class":         {"INF0702", strings.Replace(ofClass(class+id), "acme, 2, Service", "acme, , Service", 1) + "«[ClassInstall32]»\n"},
		"undecorated install":            {"INF0703", primitive + "«[DefaultInstall]»\n"},
		"decorated install":              {"INF0703", primitive},
		"right-click only":               {"INF0703", head + "[DefaultInstall]\n"},
		"undecorated uninstall":          {"INF0704", primitive + "«[DefaultUninstall]»\n"},
		"uninstall of today":             {"INF0704", primitive + "«[DefaultUninstall.NTamd64]»\n"},
		"uninstall of old":               {"INF0704", primitive + "[DefaultUninstall.NTamd64]\nLegacyUninstall = 1\n[DefaultUninstall.NTamd64.Services]\nDelService = acme\n"},
		"device and right-click":         {"INF0705", device + "«[DefaultInstall.NTamd64]»\n"},
		"device alone":                   {"INF0705", device},
		"v4 without ClassVer":            {"INF0706", strings.Replace(inPrinter("[Files]\n", "[Files]\nacme-manifest.ini\n"), "[Version]", "«[Version]»", 1)},
		"v4 with ClassVer":               {"INF0706", strings.Replace(inPrinter("[Files]\n", "[Files]\nacme-manifest.ini\n"), "PnpLockdown", "ClassVer = 4.0\nPnpLockdown", 1)},
		"v3":                             {"INF0706", printer},
		"printer file not copied":        {"INF0707", inPrinter("CopyFiles = Files", "CopyFiles = Files\nDataFile = «acme.gpd»")},
		"monitor not copied":             {"INF0707", inPrinter("CopyFiles = Files", "CopyFiles = Files\nLanguageMonitor = «\"Acme Monitor,acmemon.dll\"»")},
		"printer file copied":            {"INF0707", inPrinter("CopyFiles = Files", "CopyFiles = Files\nDriverFile = ACME.SYS\nLanguageMonitor = \"PJL Language Monitor,PJLMON.DLL\"")},
		"printer files of Windows":       {"INF0707", inPrinter("CopyFiles = Files", "CopyFiles = Files\nInclude = ntprint.inf\nNeeds = UNIDRV.OEM\nDriverFile = other.dll")},
		"same words elsewhere":           {"INF0707", change("CopyFiles = Files", "CopyFiles = Files\nDataFile = acme.gpd")},
		"copied INF":                     {"INF0902", change("CopyFiles = Files", "CopyFiles = Files\nCopyINF = «child.inf»")},
		"software component":             {"INF0902", device + "[Install.NTamd64.Components]\nAddComponent = Part,,Part\n[Part]\nComponentIDs = «VID1234&PID0001»\n"},
		"app of the Store":               {"INF0902", device + "[Install.NTamd64.Software]\nAddSoftware = App,,App\n[App]\nSoftwareType = 2\nSoftwareID = «pfn://Acme.App_123»\n"},
		"program in the package":         {"INF0902", device + "[Install.NTamd64.Software]\nAddSoftware = App,,App\n[App]\nSoftwareType = 1\nSoftwareBinary = %13%\\acme.exe\n"},
		"core printer driver":            {"INF0902", printer + "[PrinterPackageInstallation.amd64]\nPackageAware = TRUE\n«CoreDriverDependencies = {D20EA372-DD35-4950-9ED8-A6335AFE79F0}»\n"},
	})
}

func TestCheckTarget(t *testing.T) {
	t.Parallel()
	ten := inf.Target{Arch: inf.AMD64, Major: 10, Build: 19045, ProductType: inf.Workstation}
	old := inf.Target{Arch: inf.X86, Major: 6, Minor: 1, Build: 7601, ProductType: inf.Workstation}
	for name, tt := range map[string]struct {
		src    string
		target inf.Target
		want   []string
	}{
		"served":                {device, ten, nil},
		"other architecture":    {device, old, []string{"9:1 serves no device on NTx86 6.1.7601: none of its decorations fits: NTamd64"}},
		"excluded":              {change("Models, NTamd64", "Models, NTamd64, NTamd64.10.0") + "[Models.NTamd64.10.0]\n", ten, []string{"10:1 serves no device on NTamd64 10.0.19045: [Models.NTamd64.10.0] is empty, which excludes it"}},
		"missing":               {change("Models, NTamd64", "Models, NTamd64, NTamd64.10.0"), ten, []string{"10:1 serves no device on NTamd64 10.0.19045: [Models.NTamd64.10.0] does not exist"}},
		"another line serves":   {change("%Acme% = Models, NTamd64", "Other = Gone, NTamd64\n%Acme% = Models, NTamd64"), ten, nil},
		"newer build":           {strings.ReplaceAll(strings.Replace(device, "Models, NTamd64", "Models, NTamd64.10.0...22000", 1), "[Models.NTamd64]", "[Models.NTamd64.10.0...22000]"), ten, []string{"9:1 serves no device on NTamd64 10.0.19045: none of its decorations fits: NTamd64.10.0...22000"}},
		"undecorated":           {strings.Replace(change("Models, NTamd64", "Models"), "[Models.NTamd64]", "[Models]", 1), ten, []string{"9:1 serves no device on NTamd64 10.0.19045: models without a decoration serve 32-bit Windows only"}},
		"primitive":             {primitive, ten, nil},
		"primitive, not here":   {primitive, old, []string{"9:1 serves no device on NTx86 6.1.7601: there is no [DefaultInstall.NTx86]"}},
		"right-click":           {head + "[DefaultInstall]\n", ten, []string{"1:1 serves no device on NTamd64 10.0.19045: this is no device driver"}},
		"no INF":                {"[autorun]\n", ten, nil},
		"undecorated on 32-bit": {strings.Replace(change("Models, NTamd64", "Models"), "[Models.NTamd64]", "[Models]", 1), old, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, _ := lint.Check("acme.inf", []byte(tt.src))
			var got []string
			for _, d := range f.Driver().CheckTarget(tt.target) {
				if d.Code != "INF0901" || d.Severity != inf.Error {
					t.Errorf("%v", d)
				}
				got = append(got, strings.TrimSuffix(strings.Replace(strings.TrimPrefix(d.String(), "acme.inf:"), ": error:", "", 1), " [INF0901]"))
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}
