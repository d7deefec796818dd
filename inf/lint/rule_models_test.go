package lint_test

import (
	"strings"
	"testing"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/lint"
)

// without replaces a part of the driver, and marks its [Manufacturer] header.
func marked(header, old, replacement string) string {
	return strings.Replace(change(old, replacement), header, "«"+header+"»", 1)
}

func TestModelsRules(t *testing.T) {
	const line, header, entry = "Models, NTamd64", "[Models.NTamd64]", `%Dev% = Install, PCI\VEN_1234&DEV_0001`
	testMarks(t, map[string]markCase{
		"no devices":                         {"INF0301", marked("[Manufacturer]", entry, "")},
		"one device":                         {"INF0301", device},
		"x64 for amd64":                      {"INF0302", strings.Replace(change(line, "Models, «NTx64»"), header, "[Models.NTx64]", 1)},
		"x64 with a version":                 {"INF0302", strings.Replace(change(line, "Models, «NTx64.10.0»"), header, "[Models.NTx64.10.0]", 1)},
		"amd64 without NT":                   {"INF0302", strings.Replace(change(line, "Models, «amd64»"), header, "[Models.amd64]", 1)},
		"the section was right":              {"INF0302", change(line, "Models, «NTx64»")},
		"no system at all":                   {"INF0302", change(line, "Models, NTamd64, «ME»")},
		"every kind of number":               {"INF0302", strings.Replace(change(line, "Models, NTamd64...0x0000001"), header, "[Models.NTamd64...0x0000001]", 1)},
		"listed and missing":                 {"INF0303", change(line, "Models, NTamd64, «NTarm64»")},
		"empty line of a list":               {"INF0303", change(line, "Models, NTamd64,")},
		"excluded":                           {"INF0304", change(line, "Models, NTamd64, «NTamd64.10.0»") + "[Models.NTamd64.10.0]\n"},
		"twin that is empty":                 {"INF0304", device + "[Models]\n"},
		"maker without models":               {"INF0305", change("%Acme% = "+line, "%Acme% = "+line+"\n«Other =»")},
		"maker that is its section":          {"INF0305", strings.Replace(change("%Acme% = "+line, "Models"), header, "[Models]", 1)},
		"no install section":                 {"INF0306", change("Install, PCI", "«Other», PCI")},
		"only of another architecture":       {"INF0306", change("Install, PCI", "«Other», PCI") + "[Other.NTx86]\n"},
		"undecorated install section":        {"INF0306", change("Install, PCI", "Other, PCI") + "[Other]\n"},
		"no install section's name":          {"INF0307", change(entry, entry+"\n«Other = , PCI\\VEN_1234&DEV_0002»")},
		"never stamped":                      {"INF0308", change(line, "Models, «NT$ARCH$»")},
		"build before Windows 10":            {"INF0309", strings.Replace(change(line, "Models, «NTamd64.10.0...9600»"), header, "[Models.NTamd64.10.0...9600]", 1)},
		"build with an older version":        {"INF0309", strings.Replace(change(line, "Models, «NTamd64.6.3...17763»"), header, "[Models.NTamd64.6.3...17763]", 1)},
		"build of Windows 10":                {"INF0309", strings.Replace(change(line, "Models, NTamd64.10.0...17763"), header, "[Models.NTamd64.10.0...17763]", 1)},
		"right-click":                        {"INF0310", head + "«[DefaultInstall]»\n"},
		"setup class":                        {"INF0310", head + "«[ClassInstall32]»\n"},
		"undecorated":                        {"INF0311", strings.Replace(change(line, "«Models»"), header, "[Models]", 1)},
		"NT without architecture":            {"INF0311", strings.Replace(change(line, "«Models», NT.6.0"), header, "[Models.NT.6.0]", 1)},
		"made for x86":                       {"INF0311", strings.Replace(change(line, "Models, NTx86"), header, "[Models.NTx86]", 1)},
		"no service":                         {"INF0312", strings.Replace(change("Install, PCI", "«Install», PCI"), "[Install.NTamd64.Services]", "[Other]", 1)},
		"services of the undecorated":        {"INF0312", strings.Replace(change("Install, PCI", "«Install», PCI"), "[Install.NTamd64.Services]", "[Install.Services]", 1)},
		"only a filter":                      {"INF0312", strings.Replace(change("Install, PCI", "«Install», PCI"), "acme, 2,", "acme, ,", 1)},
		"null driver":                        {"INF0312", change("AddService = acme, 2, Service", "AddService = , 0x2")},
		"flags by a string":                  {"INF0312", change("acme, 2,", "acme, %Flags%,") + "Flags = 0x00000002\n"},
		"driver of Windows":                  {"INF0312", change("AddService = acme, 2, Service", "Include = winusb.inf\nNeeds = WINUSB.NT.Services")},
		"services of another section":        {"INF0312", change("AddService = acme, 2, Service", "Needs = Base.Services\n[Base.Services]\nAddService = acme, 2, Service")},
		"a monitor":                          {"INF0312", strings.Replace(change("Class = Net\nClassGuid = {4d36e972-e325-11ce-bfc1-08002be10318}", "Class = Monitor\nClassGuid = {4d36e96e-e325-11ce-bfc1-08002be10318}"), "[Install.NTamd64.Services]", "[Other]", 1)},
		"by name only":                       {"INF0312", strings.Replace(change(entry, "%Dev% = Install"), "[Install.NTamd64.Services]", "[Other]", 1)},
		"models entry among the makers":      {"INF0313", change("%Acme% = "+line, "%Acme% = "+line+"\nDev = Install, «USB\\VID_1234&PID_0001»")},
		"software and a device":              {"INF0705", device + "«[DefaultInstall]»\n"},
		"twin for x86 beside the decoration": {"INF0311", device + "[Models]\nDev = Install, PCI\\VEN_1234&DEV_0002\n"},
	})
}

// TestWeight asserts that what makes an INF useless in part is no error.
func TestWeight(t *testing.T) {
	t.Parallel()
	const entry = `%Dev% = Install, PCI\VEN_1234&DEV_0001`
	for name, tt := range map[string]struct {
		src, code string
		want      inf.Severity
	}{
		"no device is installed":             {change("Install, PCI", "Other, PCI"), "INF0306", inf.Error},
		"another device is":                  {change(entry, entry+"\nOther = Other, PCI\\VEN_1234&DEV_0002"), "INF0306", inf.Warning},
		"the only ID has no value":           {change(`PCI\VEN_1234&DEV_0001`, "%ID%"), "INF0601", inf.Error},
		"another ID has":                     {change(entry, entry+"\nOther = Install, %ID%"), "INF0601", inf.Warning},
		"a description has no value":         {change(entry, "%Other% = Install, PCI\\VEN_1234&DEV_0001"), "INF0601", inf.Warning},
		"a file has no value":                {change("[Files]\nacme.sys", "[Files]\n%File%"), "INF0601", inf.Error},
		"a section has no value":             {change("CopyFiles = Files", "CopyFiles = %Files%"), "INF0601", inf.Error},
		"a catalog has no value":             {change("= acme.cat", "= %Cat%"), "INF0601", inf.Error},
		"a registry value has no value":      {device + "[Reg]\nHKR,,X,,%Text%\n", "INF0601", inf.Warning},
		"the models of a line that is a key": {change("%Acme% = Models, NTamd64", "%Acme% = Models, NTamd64\n#Other"), "INF0303", inf.Warning},
		"listed and missing":                 {change("Models, NTamd64", "Models, NTamd64, NTarm64"), "INF0303", inf.Error},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, ds := lint.Check("acme.inf", []byte(tt.src))
			for _, d := range ds {
				if d.Code == tt.code {
					if d.Severity != tt.want {
						t.Errorf("%v, want %v", d, tt.want)
					}
					return
				}
			}
			t.Errorf("no %s in %v", tt.code, ds)
		})
	}
}
