package lint_test

import (
	"strings"
	"testing"
)

// install is the driver without findings, with lines added to its install section.
func install(lines string) string {
	return change("CopyFiles = Files\n", "CopyFiles = Files\n"+lines)
}

// more is the driver without findings, with sections added.
func more(src, sections string) string {
	return strings.Replace(src, "[Strings]\n", sections+"[Strings]\n", 1)
}

func TestReferenceRules(t *testing.T) {
	testMarks(t, map[string]markCase{
		"CopyFiles of nothing":                       {"INF0401", change("CopyFiles = Files", "CopyFiles = Files, «Other», «12», @acme.sys")},
		"AddReg of nothing":                          {"INF0401", install("AddReg = «Values»\n")},
		"a service of nothing":                       {"INF0401", change("acme, 2, Service", "acme, 2, «Svc»")},
		"an interface of nothing":                    {"INF0401", more(device, "[Install.NTamd64.Interfaces]\nAddInterface={4d36e972-e325-11ce-bfc1-08002be10318},,«Face»\n")},
		"what an included INF may have":              {"INF0401", install("Include = ks.inf\nNeeds = KS.Registration\nAddReg = Values\n")},
		"a name of another case":                     {"INF0401", change("CopyFiles = Files", "CopyFiles = FILES")},
		"Needs of itself":                            {"INF0402", install("Needs = «Install.NTamd64»\n")},
		"AddReg alone":                               {"INF0403", install("«AddReg =»\n")},
		"a service without a section":                {"INF0403", change("AddService = acme, 2, Service", "«AddService = acme, 2»")},
		"the null driver":                            {"INF0403", change("AddService = acme, 2, Service", "AddService = ,2")},
		"an interface without a section":             {"INF0403", more(device, "[Install.NTamd64.Interfaces]\nAddInterface={4d36e972-e325-11ce-bfc1-08002be10318}\n")},
		"CopyINF alone":                              {"INF0404", install("«CopyINF =»\n")},
		"a service without a start type":             {"INF0404", strings.Replace(change("StartType = 3\n", ""), "[Service]", "«[Service]»", 1)},
		"a service without a name":                   {"INF0404", change("AddService = acme, 2, Service", "«AddService =»")},
		"seven fields of AddService":                 {"INF0405", change("acme, 2, Service", "acme, 2, Service,,,,«x»")},
		"three fields of DestinationDirs":            {"INF0405", change("DefaultDestDir = 12", "DefaultDestDir = 12,a,«b,c»")},
		"empty fields":                               {"INF0405", change("acme, 2, Service", "acme, 2, Service,,,,,,,")},
		"Include of another driver":                  {"INF0406", install("Include = «acmebase.inf», KS.INF\n")},
		"AddReg and CopyFiles":                       {"INF0407", install("AddReg = «Files»\n")},
		"Needs and AddService":                       {"INF0407", install("Needs = Service\n")},
		"a list of an included INF":                  {"INF0408", install("Include = usbvideo.inf\nCopyFiles = «USBVideo.CopyList»\n")},
		"Needs of an included INF":                   {"INF0408", install("Include = usbvideo.inf\nNeeds = USBVideo.NT\n")},
		"services needed in the install section":     {"INF0409", install("Include = winusb.inf\nNeeds = WINUSB.NT, «WINUSB.NT.Services»\n")},
		"the install section needed for services":    {"INF0409", more(device, "[Install.NTamd64.HW]\nInclude = winusb.inf\nNeeds = «WINUSB.NT.Services»\n")},
		"of the same kind":                           {"INF0409", more(device, "[Install.NTamd64.HW]\nInclude = winusb.inf\nNeeds = WINUSB.NT.HW\n")},
		"Needs of nothing":                           {"INF0410", install("Needs = «Other»\n")},
		"Needs of what Windows documents":            {"INF0410", install("Include = ks.inf\nNeeds = KS.Registration\n")},
		"Needs of a section that is decorated":       {"INF0410", more(install("Needs = Common\n"), "[Common.NTamd64]\nDelReg = Old\n[Old]\nHKR,,x\n")},
		"a framework service that nobody adds":       {"INF0411", more(device, "[Install.NTamd64.Wdf]\nKmdfService = «acmf», Wdf\n[Wdf]\nKmdfLibraryVersion = 1.15\n")},
		"a filter that nobody adds":                  {"INF0411", more(device, "[Install.NTamd64.HW]\nAddReg = Filter\n[Filter]\nHKR,,UpperFilters,0x00010000,«acmeflt»,acme,ksthunk\n")},
		"services of another decoration":             {"INF0412", strings.Replace(change("[Install.NTamd64.Services]", "«[Install.Services]»"), "[Service]", "[Service]", 1)},
		"services of the decoration that x86 uses":   {"INF0412", more(change("%Acme% = Models, NTamd64", "%Acme% = Models, NTamd64, NTx86"), "[Models.NTx86]\n%Dev%=Install,PCI\\VEN_1234&DEV_0001\n[Install]\nCopyFiles=Files\n[Install.Services]\nAddService=acme,2,Service\n")},
		"a section that nothing names":               {"INF0413", more(device, "«[Values]»\nHKR,,x,,y\n")},
		"models of a decoration that is not listed":  {"INF0413", more(device, "«[Models.NTarm64]»\n%Dev% = Install, PCI\\VEN_1234&DEV_0001\n")},
		"sections that have a meaning by their name": {"INF0413", more(device, "[ControlFlags]\nExcludeFromSelect = *\n[Files.Security]\n\"D:P\"\n[Strings.0407]\nDev=\"Gerät\"\n[ClassInstall32]\nAddReg=Class\n[Class]\nHKR,,,,Acme\n")},
	})
}

func TestInstallRules(t *testing.T) {
	values := func(lines string) string { return more(install("AddReg = Values\n"), "[Values]\n"+lines) }
	testMarks(t, map[string]markCase{
		"CopyINF of a catalog":             {"INF0414", install("CopyINF = other.inf, «other.cat»\n")},
		"a line without a file":            {"INF0415", change("[Files]\nacme.sys\n", "[Files]\nacme.sys\n«,acme.sys»\n")},
		"a flag by its name":               {"INF0416", change("[Files]\nacme.sys\n", "[Files]\nacme.sys,,,«COPYFLG_NOSKIP»\n")},
		"a flag that is none":              {"INF0416", change("[Files]\nacme.sys\n", "[Files]\nacme.sys,,,«0x80000000»\n")},
		"flags that are known":             {"INF0416", change("[Files]\nacme.sys\n", "[Files]\nacme.sys,,,0x00004002\n")},
		"a score beyond a byte":            {"INF0417", install("FeatureScore = «1FF»\n")},
		"a score of no digits":             {"INF0417", install("FeatureScore = «best»\n")},
		"scores as they are written":       {"INF0417", install("FeatureScore = F0\nFeatureScore = 0xFE\n")},
		"a list to delete":                 {"INF0418", install("«DelFiles» = Files\n")},
		"a co-installer":                   {"INF0418", values("HKR,,«CoInstallers32»,0x00010000,\"acmeco.dll,Entry\"\n")},
		"a registry key of the system":     {"INF0419", values("HKR,,x,,y\n«HKLM»,Software\\Acme,x,,y\nHKCU,Software,x,,y\n")},
		"files to an absolute path":        {"INF0419", change("DefaultDestDir = 12", "DefaultDestDir = «-1»,C:\\Acme")},
		"a service's file is not copied":   {"INF0420", change(`%12%\acme.sys`, `«%12%\acne.sys»`)},
		"a service without an identifier":  {"INF0420", change(`%12%\acme.sys`, `«C:\Windows\System32\drivers\acme.sys»`)},
		"a service that Windows has":       {"INF0420", change(`%12%\acme.sys`, `%12%\winusb.sys`)},
		"a value written twice":            {"INF0421", values("HKR,,Speed,,10\nHKR,,«speed»,,100\n")},
		"a value that is added to":         {"INF0421", values("HKR,,List,0x00010008,a\nHKR,,List,0x00010008,b\n")},
		"a value written twice the same":   {"INF0421", values("HKR,,Speed,,10\nHKR,,Speed,,10\n")},
		"the same name below another key":  {"INF0421", values("HKR,a,Speed,,10\nHKR,b,Speed,,100\n")},
		"a service added twice":            {"INF0422", change("AddService = acme, 2, Service\n", "AddService = acme, 2, Service\nAddService = «ACME», 2, Service\n")},
		"an interface with two references": {"INF0422", more(device, "[Install.NTamd64.Interfaces]\nAddInterface={4d36e972-e325-11ce-bfc1-08002be10318},a\nAddInterface={4d36e972-e325-11ce-bfc1-08002be10318},b\n")},
	})
}
