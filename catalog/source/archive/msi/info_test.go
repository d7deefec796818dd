package msi

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestInfo(t *testing.T) {
	t.Parallel()
	d := mustOpen(t, variant(func(p *testPackage) {
		p.summary = map[int]any{
			1: 1252, 2: "Installation Database", 3: "Ger\xE4te", 4: "ACME", 5: "Installer", 6: "for people", 7: "x64;1033,1031", 8: "someone",
			9: "{CODE}", 12: uint64(125_911_584_000_000_000), 13: uint64(0), 14: 450, 15: SourceCompressed, 18: "WiX", 19: 2,
		}
		p.conditions = map[string]string{"Driver": "VersionNT64"}
		p.more = []tableSpec{
			{"Property", propertyColumns, [][]any{{"ProductName", "Net Driver"}, {"ProductVersion", "1.2.3"}, {"Manufacturer", "ACME"},
				{"ProductCode", "{P}"}, {"UpgradeCode", "{U}"}, {"ProductLanguage", "1033"}, {"REBOOT", "ReallySuppress"}, {"ARPNOMODIFY", "1"}}},
			{"InstallExecuteSequence", "Action s,Condition s,Sequence 2", [][]any{{"InstallFiles", nil, 4000}, {"ScheduleReboot", "NOT Installed", 7000}, {"ForceReboot", nil, 6500}}},
			{"LaunchCondition", "Condition s,Description l", [][]any{{"VersionNT >= 601", "Windows 7 or later"}}},
			{"MsiDriverPackages", "Component s,Flags 4,Sequence 4", [][]any{{"Absent", 0, 9}, {"Driver", 6, 1}}},
		}
	}))
	const folder = "Program Files/ACME Devices/Drivers"
	want := &Info{
		ProductName: "Net Driver", ProductVersion: "1.2.3", Manufacturer: "ACME", ProductCode: "{P}", UpgradeCode: "{U}", ProductLanguage: "1033",
		Properties: map[string]string{"ProductName": "Net Driver", "ProductVersion": "1.2.3", "Manufacturer": "ACME", "ProductCode": "{P}",
			"UpgradeCode": "{U}", "ProductLanguage": "1033", "REBOOT": "ReallySuppress", "ARPNOMODIFY": "1"},
		Summary: Summary{Title: "Installation Database", Subject: "Geräte", Author: "ACME", Keywords: "Installer", Comments: "for people",
			Template: "x64;1033,1031", LastAuthor: "someone", Revision: "{CODE}", Application: "WiX",
			Created: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), Schema: 450, Source: SourceCompressed},
		Restarts:   []Action{{"ForceReboot", "", 6500}, {"ScheduleReboot", "NOT Installed", 7000}},
		Conditions: []Condition{{"VersionNT >= 601", "Windows 7 or later"}},
		DIFx:       true,
		Drivers:    []Driver{{Component: "Driver", Flags: 6, Sequence: 1, Path: folder, Condition: "VersionNT64", Files: []int{0, 1}}, {Component: "Absent", Sequence: 9}},
	}
	if diff := cmp.Diff(want, d.Info()); diff != "" {
		t.Errorf("info (-want +got):\n%s", diff)
	}
	if d.Kind() != "msi 4.5" || d.Info().Summary.Platform() != "x64" {
		t.Errorf("%s for %s", d.Kind(), d.Info().Summary.Platform())
	}
}

func TestDriverKeepsItsFilesWhereAnotherHasItsNames(t *testing.T) {
	t.Parallel()
	d := mustOpen(t, twoProcessors())
	got := map[string][]string{}
	for _, dr := range d.Info().Drivers {
		files := []string{}
		for _, i := range dr.Files {
			files = append(files, d.Entries()[i].Name)
		}
		got[dr.Component+" in "+dr.Path+" if "+dr.Condition] = files
	}
	want := map[string][]string{
		"Drv32 in drv if NOT VersionNT64":    {"drv/net.inf", "drv/net.sys"},
		"Drv64 in drv/$Drv64 if VersionNT64": {"drv/$Drv64/co.dll", "drv/$Drv64/net.inf", "drv/$Drv64/net.sys", "drv/$Drv64/$again/NET.INF"},
		"Absent in  if ":                     {},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("drivers (-want +got):\n%s", diff)
	}
}

func TestKindTellsTheVersion(t *testing.T) {
	t.Parallel()
	for schema, want := range map[int]string{0: "msi", 30: "msi", 100: "msi 1.0", 110: "msi 1.1", 200: "msi 2.0", 120: "msi 1.2", 301: "msi 3.1", 405: "msi 4.5", 500: "msi 5.0", 99999: "msi"} {
		d := Database{kind: "msi", info: Info{Summary: Summary{Schema: schema}}}
		if got := d.Kind(); got != want {
			t.Errorf("schema %d is %q, want %q", schema, got, want)
		}
	}
}
