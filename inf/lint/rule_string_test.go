package lint_test

import (
	"strings"
	"testing"
)

func TestStringRules(t *testing.T) {
	const german = "[Strings.0407]\nAcme = \"Acme\"\nDev = \"Acme-Gerät\"\n"
	long := func(n int) string { return strings.Repeat("x", n) }
	testMarks(t, map[string]markCase{
		"no value":                     {"INF0601", device + "[Reg]\nHKR,,«%Nope%»\n"},
		"variables and folders":        {"INF0601", device + "[Reg]\nHKR,,%SystemRoot%,\"%12%\\x\",50% of it,%%Nope%%\n"},
		"defined twice":                {"INF0602", device + "«ACME» = \"Other\"\n"},
		"defined twice alike":          {"INF0602", device + "«acme» = \"Acme\" ; again\n"},
		"defined in two languages":     {"INF0602", device + german},
		"provider of 256 characters":   {"INF0603", change("Provider = Acme", "Provider = «"+long(256)+"»")},
		"provider of 255 characters":   {"INF0603", change("Provider = Acme", "Provider = "+long(255))},
		"class of 32 characters":       {"INF0603", change("Class = Net", "Class = «"+long(32)+"»")},
		"device of 256 characters":     {"INF0603", change("%Dev% =", "«%Long%» =") + "Long = " + long(256) + "\n"},
		"device of 255 characters":     {"INF0603", change("%Dev% =", "%Long% =") + "Long = " + long(255) + "\n"},
		"ID of 200 characters":         {"INF0603", change(`PCI\VEN_1234&DEV_0001`, "«"+long(200)+"»")},
		"ID of 199 characters":         {"INF0603", change(`PCI\VEN_1234&DEV_0001`, long(199))},
		"maker of 256 characters":      {"INF0603", change("%Acme% = Models", "«"+long(256)+"» = Models")},
		"disk of 256 characters":       {"INF0603", change("1 = Disk", "1 = «"+long(256)+"»")},
		"long registry value":          {"INF0603", device + "[Reg]\nHKR,,X,," + long(2000) + "\n"},
		"component of 512 characters":  {"INF0603", device + "[Install.NTamd64.Components]\nAddComponent = Part,,Part\n[Part]\nComponentIDs = P\nDescription = «" + long(512) + "»\n"},
		"language without a string":    {"INF0604", device + "«[Strings.0407]»\nAcme = \"Acme\"\n"},
		"language with one more":       {"INF0604", device + "«[Strings.0407]»\nAcme = x\nDev = y\nMore = z\n"},
		"language with all of them":    {"INF0604", device + german},
		"no language is the base":      {"INF0604", strings.Replace(device, "[Strings]", "[Strings.0409]", 1)},
		"ID that is translated":        {"INF0605", change(`PCI\VEN_1234&DEV_0001`, "%ID%") + "ID = PCI\\VEN_1234\n" + german + "ID = «PCI\\VEN_4321»\n"},
		"file that is translated":      {"INF0605", strings.ReplaceAll(change("acme.sys = 1", "%File% = 1"), "[Files]\nacme.sys", "[Files]\n%File%") + "File = a.sys\n" + german + "File = «b.sys»\n"},
		"ID in other letters":          {"INF0605", change(`PCI\VEN_1234&DEV_0001`, "%ID%") + "ID = PCI\\VEN_ABCD\n" + german + "ID = pci\\ven_abcd\n"},
		"descriptions that are":        {"INF0605", device + german},
		"flags that stand for nothing": {"INF0605", device + "[Reg]\nHKR,,X,%Flag%\n[Strings]\nFlag=1\n" + german + "Flag=2\n"},
	})
}
