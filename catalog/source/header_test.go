package source

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/installer"
	"github.com/drivercat/drivercat/catalog/source/archive/nsis"
)

func TestHeaderOfNSIS(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what    string
		setup   nsis.Setup
		restart catalog.Restart
		runs    string
	}{
		{"a script that restarts nothing", nsis.Setup{Name: "Reader", Version: "3.08", Commands: []string{"dpinst.exe /sw", "reg.exe"}}, catalog.RestartNo, "dpinst.exe /sw; reg.exe"},
		{"one that asks for a restart", nsis.Setup{Name: "Reader", Version: "3.08", RestartFlag: true}, catalog.RestartNo, ""},
		{"one that restarts", nsis.Setup{Name: "Reader", Version: "3.08", Restarts: true, RestartFlag: true}, catalog.RestartUnknown, ""},
		{"many commands", nsis.Setup{Name: "Reader", Version: "3.08", Commands: []string{"1", "2", "3", "4", "5", "6"}}, catalog.RestartNo, "1; 2; 3; 4; 5"},
	} {
		h := nsisHeader(tt.setup)
		if h.RestartNote == "" {
			t.Errorf("%s: no note", tt.what)
		}
		h.RestartNote = ""
		want := &installer.Header{Product: "Reader", TechnologyVersion: "3.08", Restart: tt.restart, Runs: tt.runs}
		if diff := cmp.Diff(want, h); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.what, diff)
		}
	}
}
