package lint_test

import (
	"strings"
	"testing"

	"github.com/drivercat/drivercat/inf/lint"
)

// change replaces a part of the driver without findings.
func change(old, replacement string) string {
	if strings.Count(device, old) != 1 {
		panic(old + " does not stand once in the driver")
	}
	return strings.Replace(device, old, replacement, 1)
}

func TestNothing(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{"as it is": device, "with CRLF": strings.ReplaceAll(device, "\n", "\r\n"), "UTF-16": utf16le(device)} {
		if _, ds := lint.Check("acme.inf", []byte(src)); len(ds) > 0 {
			t.Errorf("%s: a driver without faults has findings: %v", name, ds)
		}
	}
}

func TestVersionRules(t *testing.T) {
	const classGUID = "{4d36e972-e325-11ce-bfc1-08002be10318}"
	testMarks(t, map[string]markCase{
		"no provider":           {"INF0201", "«[Version]»" + strings.TrimPrefix(change("Provider = Acme\n", ""), "[Version]")},
		"empty provider":        {"INF0201", "«[Version]»" + strings.TrimPrefix(change("Provider = Acme", "Provider ="), "[Version]")},
		"complete":              {"INF0201", device},
		"malformed GUID":        {"INF0202", change(classGUID, "«4d36e972»")},
		"GUID without braces":   {"INF0202", change(classGUID, "«4d36e972-e325-11ce-bfc1-08002be10318»")},
		"GUID in quotes":        {"INF0202", change(classGUID, "«\"4d36e972-e325-11ce-bfc1-08002be10318\"»")},
		"GUID in upper case":    {"INF0202", change(classGUID, strings.ToUpper(classGUID))},
		"date in ISO format":    {"INF0203", change("01/02/2024", "«2024-01-02»")},
		"date of one digit":     {"INF0203", change("01/02/2024", "«1/2/2024»")},
		"no such day":           {"INF0203", change("01/02/2024", "«02/30/2024»")},
		"day before month":      {"INF0203", change("01/02/2024", "«20/02/2024»")},
		"never stamped":         {"INF0203", change("01/02/2024", "«WILL_BE_FIXED_UP_BY_STAMPINF»")},
		"dashes":                {"INF0203", change("01/02/2024", "01-02-2024")},
		"two parts":             {"INF0204", change("1.2.3.4", "«1.2»")},
		"five parts":            {"INF0204", change("1.2.3.4", "«1.2.3.4.5»")},
		"a part too large":      {"INF0204", change("1.2.3.4", "«1.2.3.65536»")},
		"nothing but zeros":     {"INF0204", change("1.2.3.4", "«0.0.0.0»")},
		"date only":             {"INF0204", change("01/02/2024,1.2.3.4", "«01/02/2024»")},
		"leading zeros":         {"INF0204", change("1.2.3.4", "01.02.0003.65535")},
		"no catalog":            {"INF0205", "«[Version]»" + strings.TrimPrefix(change("CatalogFile = acme.cat\n", ""), "[Version]")},
		"a catalog for x64":     {"INF0205", change("CatalogFile", "CatalogFile.NTamd64")},
		"catalog with a path":   {"INF0206", change("= acme.cat", `= «x64\acme.cat»`)},
		"catalog in the folder": {"INF0206", change("= acme.cat", `= «.\acme.cat»`)},
		"catalog without .cat":  {"INF0206", change("= acme.cat", `= «acme»`)},
		"catalog in capitals":   {"INF0206", change("= acme.cat", `= ACME.CAT`)},
		"Microsoft":             {"INF0207", change("Provider = Acme", "Provider = «%MS%»") + "MS = \"Microsoft Corporation\"\n"},
		"not only Microsoft":    {"INF0207", change("Provider = Acme", "Provider = Microsofter")},
		"GUID of another class": {"INF0208", change("Class = Net", "Class = «Display»")},
		"name of your own":      {"INF0208", change("Class = Net", "Class = «Acme»")},
		"GUID of your own":      {"INF0208", change(classGUID, "«{00000000-1111-2222-3333-444444444444}»")},
		"class of your own":     {"INF0208", change("Class = Net\nClassGuid = "+classGUID, "Class = Acme\nClassGuid = {00000000-1111-2222-3333-444444444444}")},
		"class in capitals":     {"INF0208", change("Class = Net", "Class = NET")},
		"USB host controller":   {"INF0209", change("Class = Net\nClassGuid = "+classGUID, "Class = USB\nClassGuid = «{36fc9e60-c465-11cf-8056-444553540000}»")},
		"class for all":         {"INF0209", device},
		"class of Windows":      {"INF0210", change("[Manufacturer]", "«[ClassInstall32]»\n[Manufacturer]")},
		"made class of Windows": {"INF0210", change("[Manufacturer]", "«[ClassInstall32.NTamd64]»\n[Manufacturer]")},
		"a class that is new":   {"INF0210", strings.Replace(change("Class = Net\nClassGuid = "+classGUID, "Class = Acme\nClassGuid = {00000000-1111-2222-3333-444444444444}"), "[Manufacturer]", "[ClassInstall32]\n[Manufacturer]", 1)},
		"no lockdown":           {"INF0211", "«[Version]»" + strings.TrimPrefix(change("PnpLockdown = 1\n", ""), "[Version]")},
		"lockdown is off":       {"INF0211", change("PnpLockdown = 1", "PnpLockdown = «0»")},
		"lockdown by name":      {"INF0211", change("PnpLockdown = 1", "PNPLOCKDOWN = 0x1")},
	})
}
