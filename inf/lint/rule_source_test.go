package lint_test

import (
	"strings"
	"testing"
)

func TestSourceRules(t *testing.T) {
	arm := strings.Replace(change("%Acme% = Models, NTamd64", "%Acme% = Models, NTamd64, NTarm64"), "[Install.NTamd64]",
		"[Models.NTarm64]\n%Dev% = Install, PCI\\VEN_1234&DEV_0001\n[Install.NTarm64]\nCopyFiles = Files\n[Install.NTarm64.Services]\nAddService = acme, 2, Service\n[Install.NTamd64]", 1)
	testMarks(t, map[string]markCase{
		"a file that is not listed":          {"INF0501", change("[Files]\nacme.sys\n", "[Files]\nacme.sys\n«acme.dll»\n")},
		"a source that is not listed":        {"INF0501", change("[Files]\nacme.sys\n", "[Files]\nacme.sys\nacme.dll,«old.dll»\n")},
		"what an included INF may list":      {"INF0501", install("Include = ks.inf\nCopyFiles = @other.sys\n")},
		"a disk that is not named":           {"INF0502", change("acme.sys = 1", "acme.sys = «2»")},
		"no disk":                            {"INF0503", change("acme.sys = 1", "«acme.sys = x64»")},
		"the architecture of models":         {"INF0504", more(device, "«[SourceDisksFiles.NTamd64]»\nacme.sys = 1\n")},
		"a path out of the folder":           {"INF0505", strings.Replace(change("acme.sys = 1", `acme.sys = 1,..\other`), "[Files]\nacme.sys", "[Files]\n«acme.sys»", 1)},
		"a slash":                            {"INF0506", change("acme.sys = 1", "acme.sys = 1,«x64/base»")},
		"a catalog that is listed":           {"INF0507", change("acme.sys = 1", "acme.sys = 1\n«acme.cat = 1»")},
		"the disk of another architecture":   {"INF0508", strings.Replace(change("[SourceDisksNames]", "[SourceDisksNames.x86]"), "[Files]\nacme.sys", "[Files]\n«acme.sys»", 1)},
		"the disk of this architecture":      {"INF0508", change("[SourceDisksNames]", "[SourceDisksNames.amd64]")},
		"listed for one of two":              {"INF0510", strings.Replace(strings.Replace(arm, "[SourceDisksFiles]", "[SourceDisksFiles.amd64]", 1), "[Files]\nacme.sys", "[Files]\n«acme.sys»", 1)},
		"listed for both":                    {"INF0510", arm},
		"copied on one, listed for that one": {"INF0510", change("[SourceDisksFiles]", "[SourceDisksFiles.amd64]")},
		"a compressed name":                  {"INF0511", change("acme.sys = 1", "acme.sys = 1\n«acme.dl_» = 1")},
		"an underscore in the name":          {"INF0511", change("acme.sys = 1", "acme.sys = 1\nacme_x.dll = 1")},
	})
}

func TestDestinationRules(t *testing.T) {
	store := func(src string) string {
		return strings.Replace(strings.Replace(src, "DefaultDestDir = 12", "DefaultDestDir = 13", 1), `%12%\acme.sys`, `%13%\acme.sys`, 1)
	}
	testMarks(t, map[string]markCase{
		"renamed in the driver store":      {"INF0509", store(change("[Files]\nacme.sys\n", "[Files]\nacme.sys\n«acme.bin»,acme.sys\n"))},
		"moved in the driver store":        {"INF0509", store(strings.Replace(change("acme.sys = 1", "acme.sys = 1,x64"), "[Files]\nacme.sys", "[Files]\n«acme.sys»", 1))},
		"in a folder of the driver store":  {"INF0509", strings.Replace(store(change("acme.sys = 1", "acme.sys = 1,\\X64")), "DefaultDestDir = 13", "DefaultDestDir = 13,x64", 1)},
		"renamed elsewhere":                {"INF0509", change("[Files]\nacme.sys\n", "[Files]\nacme.sys\nacme.bin,acme.sys\n")},
		"a path for an identifier":         {"INF0512", change("DefaultDestDir = 12", "DefaultDestDir = «%12%»")},
		"an identifier that is none":       {"INF0512", change("DefaultDestDir = 12", "DefaultDestDir = «99»")},
		"identifiers of shell folders":     {"INF0512", change("DefaultDestDir = 12", "DefaultDestDir = 16422\nOther = 16425")},
		"a list without a destination":     {"INF0513", strings.Replace(change("DefaultDestDir = 12", "Other = 12"), "CopyFiles = Files", "CopyFiles = «Files»", 1)},
		"a file without a destination":     {"INF0513", strings.Replace(change("DefaultDestDir = 12", "Files = 12"), "CopyFiles = Files", "CopyFiles = Files, «@acme.sys»", 1)},
		"two files for one name":           {"INF0514", change("[Files]\nacme.sys\n", "[Files]\nacme.sys\n«acme.sys»,other.sys\n")},
		"one file twice":                   {"INF0514", change("[Files]\nacme.sys\n", "[Files]\nacme.sys\nacme.sys,acme.sys\n")},
		"one name in two install sections": {"INF0514", more(change("%Dev% = Install, PCI\\VEN_1234&DEV_0001\n", "%Dev% = Install, PCI\\VEN_1234&DEV_0001\n%Dev% = Second, PCI\\VEN_1234&DEV_0002\n"), "[Second]\nCopyFiles = Second.Files\n[Second.Files]\nacme.sys,other.sys\n")},
		"the INF folder":                   {"INF0515", change("DefaultDestDir = 12", "DefaultDestDir = 12\nFiles = «17»")},
	})
}
