package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Codes are promised to stay, so each one is documented.
func TestCodesAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.FromSlash("../../docs/sources.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range append(leftoverCodes(),
		ProblemUnreadable, ProblemVanished, ProblemLink, ProblemLinkBroken, ProblemLinkOutside, ProblemSpecial, ProblemLoop,
		ProblemCase, ProblemName, ProblemLong, ProblemTooLong,
		KindMSI, KindMSP, KindNSIS, KindInno, KindInstallShield, KindBurn, Kind7z, KindCab, KindZip, KindRar, KindDPInst, KindExe, KindWise, KindSetupFactory, KindAdvancedInstaller) {
		if !strings.Contains(string(page), "`"+code+"`") {
			t.Errorf("docs/sources.md does not explain %s", code)
		}
	}
}
