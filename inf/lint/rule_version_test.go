package lint_test

import "testing"

func TestVersionRules(t *testing.T) {
	testMarks(t, map[string]markCase{
		"no provider":        {"INF0201", "«[Version]»\nSignature=$CHICAGO$\nClass=Net\nClassGuid={4d36e972-e325-11ce-bfc1-08002be10318}\nDriverVer=01/02/2024,1.2.3.4\nCatalogFile=a.cat\n[Manufacturer]\na=b\n[b]\nx=y,z\n[y]\n"},
		"complete":           {"INF0201", head + "[Manufacturer]\na=b\n[b]\nx=y,z\n[y]\n"},
		"malformed GUID":     {"INF0202", "[Version]\nSignature=$CHICAGO$\nClassGuid=«4d36e972»\n[Manufacturer]\na=b\n[b]\nx=y,z\n"},
		"date in ISO format": {"INF0203", "[Version]\nSignature=$CHICAGO$\nDriverVer=«2024-01-02»,1.2.3.4\n[Manufacturer]\na=b\n[b]\nx=y,z\n"},
	})
}
