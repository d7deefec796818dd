package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/installer"
	"github.com/drivercat/drivercat/catalog/source/archive/burn"
	"github.com/drivercat/drivercat/catalog/source/archive/inno"
	"github.com/drivercat/drivercat/catalog/source/archive/msi"
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
		{"one with questions", nsis.Setup{Name: "Reader", Version: "3.08", Boxes: 2}, catalog.RestartNo, ""},
		{"one that is loud", nsis.Setup{Name: "Reader", Version: "3.08", Boxes: 2, Loud: true}, catalog.RestartNo, ""},
		{"many commands", nsis.Setup{Name: "Reader", Version: "3.08", Commands: []string{"1", "2", "3", "4", "5", "6"}}, catalog.RestartNo, "1; 2; 3; 4; 5"},
	} {
		h := nsisHeader(tt.setup)
		if h.RestartNote == "" {
			t.Errorf("%s: no note", tt.what)
		}
		h.RestartNote = ""
		if asks := tt.setup.Loud || tt.setup.Boxes > 0; asks != (h.Asks != "") || h.Loud != tt.setup.Loud {
			t.Errorf("%s: asks %q, %v", tt.what, h.Asks, h.Loud)
		}
		h.Asks, h.Loud = "", false
		want := &installer.Header{Product: "Reader", TechnologyVersion: "3.08", Restart: tt.restart, Runs: tt.runs}
		if diff := cmp.Diff(want, h); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.what, diff)
		}
	}
}

func TestHeaderOfInno(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what string
		info inno.Info
		want installer.Header
	}{
		{"all told", inno.Info{Version: "6.2.0", AppName: "Reader", AppVersion: "1.2", Publisher: "ACME", Password: true, Runs: []inno.Run{{Name: "{app}\\dpinst.exe", Parameters: "/S"}, {Name: "readme.txt", SkipIfSilent: true}}},
			installer.Header{Product: "Reader", Version: "1.2", Company: "ACME", TechnologyVersion: "6.2.0", Password: true, Runs: `{app}\dpinst.exe /S`}},
		{"name and version in one", inno.Info{Version: "2.0.11", AppName: "Reader", AppVerName: "Reader 3.1"}, installer.Header{Product: "Reader 3.1", TechnologyVersion: "2.0.11"}},
		{"constants", inno.Info{Version: "5.5.7", AppName: "{cm:Name}", AppVersion: "{code:V}", Publisher: "ACME"}, installer.Header{Company: "ACME", TechnologyVersion: "5.5.7"}},
	} {
		if diff := cmp.Diff(&tt.want, innoHeader(tt.info)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.what, diff)
		}
	}
}

func TestHeaderOfMSI(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		restarts []msi.Action
		want     catalog.Restart
		note     string
	}{
		{nil, "", ""},
		{[]msi.Action{{Name: "ScheduleReboot"}}, catalog.RestartNo, "the package asks for a restart (ScheduleReboot)"},
		{[]msi.Action{{Name: "ScheduleReboot"}, {Name: "ForceReboot"}}, catalog.RestartNo, "the package would restart in the middle of its work (ForceReboot)"},
	} {
		h := msiHeader(&msi.Info{ProductName: "P", ProductVersion: "1", Manufacturer: "M", Restarts: tt.restarts})
		if h.Product != "P" || h.Version != "1" || h.Company != "M" || h.Restart != tt.want || !strings.HasPrefix(h.RestartNote, tt.note) {
			t.Errorf("%v: %+v", tt.restarts, h)
		}
	}
}

func TestHeaderOfBurn(t *testing.T) {
	t.Parallel()
	got := burnHeader(burn.Info{Name: "Chipset", Version: "10.1", Publisher: "Intel", Packages: []burn.Package{{ID: "A", File: "a.msi"}, {ID: "B", InstallArguments: "/s"}}})
	if diff := cmp.Diff(&installer.Header{Product: "Chipset", Version: "10.1", Company: "Intel", Runs: "a.msi; B /s"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
