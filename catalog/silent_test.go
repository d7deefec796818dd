package catalog_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
)

// A command names the program, so it changes with its name.
func TestNamedSilent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what, name, command, to, want string
	}{
		{"a switch", "a.exe", "a.exe /S", "b.exe", "b.exe /S"},
		{"a name that needs marks now", "a.exe", "a.exe /S", "b c.exe", `"b c.exe" /S`},
		{"a name that needs none any more", "b c.exe", `"b c.exe" /S`, "a.exe", "a.exe /S"},
		{"no switch", "a.exe", "a.exe", "b.exe", "b.exe"},
		{"a database", "a.msi", `msiexec /i "a.msi" /qn`, "b.msi", `msiexec /i "b.msi" /qn`},
		{"another program of a longer name", "a.exe", "a.exe2 /S", "b.exe", "a.exe2 /S"},
		{"another program", "a.exe", "Setup.exe -s", "b.exe", "Setup.exe -s"},
		{"none", "a.exe", "", "b.exe", ""},
	} {
		d := &catalog.Driver{Name: tt.name, Installer: &catalog.InstallerInfo{Silent: &catalog.Silent{Command: tt.command, Unpack: tt.command, Source: catalog.SilentTechnology}}}
		got := d.Named(tt.to).Installer.Silent
		if got.Command != tt.want || got.Unpack != tt.want {
			t.Errorf("%s: %q becomes %q and %q, want %q", tt.what, tt.command, got.Command, got.Unpack, tt.want)
		}
		if d.Installer.Silent.Command != tt.command {
			t.Errorf("%s: the stored record was changed", tt.what)
		}
	}
	d := &catalog.Driver{Name: "a.exe", Installer: &catalog.InstallerInfo{Silent: &catalog.Silent{Command: "a.exe /x", Source: catalog.SilentAdministrator}}}
	if got := d.Named("b.exe").Installer.Silent.Command; got != "a.exe /x" {
		t.Errorf("an administrator's command became %q", got)
	}
}

func TestOverrule(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	program := func() *catalog.Driver {
		return &catalog.Driver{
			Name: "a.exe", Verdict: catalog.Bad, Reasons: []catalog.Reason{{Code: "installer-only", Level: catalog.Decides}, {Code: "note", Level: catalog.Notes}},
			Installer: &catalog.InstallerInfo{Kind: "nsis", Silent: &catalog.Silent{
				Command: "a.exe /S", Unpack: "x", Source: catalog.SilentVendor, Confidence: catalog.Likely, Reason: "r", From: "f",
				ExitCodes: []catalog.ExitCode{{Code: 0, Result: catalog.ExitDone}}, Restart: catalog.RestartNo, RestartNote: "n",
			}},
		}
	}
	for _, tt := range []struct {
		what   string
		set    catalog.DriverSetting
		silent catalog.Silent
		judged catalog.Verdict
		levels []catalog.Level
	}{
		{"a command makes what was known about restarts void", catalog.DriverSetting{Silent: "a.exe /q", SilentReason: "tried"},
			catalog.Silent{Command: "a.exe /q", Source: catalog.SilentAdministrator, Confidence: catalog.Certain, Reason: "an administrator says so: tried", ExitCodes: []catalog.ExitCode{{Code: 0, Result: catalog.ExitDone}}, Restart: catalog.RestartUnknown},
			"", []catalog.Level{catalog.Decides, catalog.Notes}},
		{"a restart alone leaves the command", catalog.DriverSetting{Restart: catalog.RestartYes},
			catalog.Silent{Command: "a.exe /S", Unpack: "x", Source: catalog.SilentAdministrator, Confidence: catalog.Certain, Reason: "an administrator says so", ExitCodes: []catalog.ExitCode{{Code: 0, Result: catalog.ExitDone}}, Restart: catalog.RestartYes},
			"", []catalog.Level{catalog.Decides, catalog.Notes}},
		{"codes", catalog.DriverSetting{ExitCodes: []catalog.ExitCode{{Code: 5, Result: catalog.ExitRestart}}},
			catalog.Silent{Command: "a.exe /S", Unpack: "x", Source: catalog.SilentAdministrator, Confidence: catalog.Certain, Reason: "an administrator says so", ExitCodes: []catalog.ExitCode{{Code: 5, Result: catalog.ExitRestart}}, Restart: catalog.RestartNo, RestartNote: "n"},
			"", []catalog.Level{catalog.Decides, catalog.Notes}},
		{"a verdict", catalog.DriverSetting{Verdict: catalog.Broken, VerdictReason: "hangs"},
			*program().Installer.Silent, catalog.Bad, []catalog.Level{catalog.Decides, catalog.Warns, catalog.Notes}},
		{"the same verdict overrules nothing", catalog.DriverSetting{Verdict: catalog.Bad, VerdictReason: "yes"},
			*program().Installer.Silent, "", []catalog.Level{catalog.Decides, catalog.Notes}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			tt.set.Changed = at
			d := program()
			info := d.Installer
			d.Overrule(tt.set)
			if diff := cmp.Diff(&tt.silent, d.Installer.Silent); diff != "" {
				t.Errorf("silent (-want +got)\n%s", diff)
			}
			var levels []catalog.Level
			for _, r := range d.Reasons {
				levels = append(levels, r.Level)
			}
			if diff := cmp.Diff(tt.levels, levels); diff != "" || d.Judged != tt.judged || d.Setting == nil || d.Setting.Changed != at {
				t.Errorf("judged %q, setting %v, reasons\n%s", d.Judged, d.Setting, diff)
			}
			if diff := cmp.Diff(program().Installer, info); diff != "" {
				t.Errorf("the stored record was changed:\n%s", diff)
			}
		})
	}
	unknown := &catalog.Driver{Name: "a.exe", Installer: &catalog.InstallerInfo{Kind: "exe"}}
	unknown.Overrule(catalog.DriverSetting{Silent: "a.exe /quiet"})
	if diff := cmp.Diff(catalog.UsualExitCodes(), unknown.Installer.Silent.ExitCodes); diff != "" {
		t.Errorf("codes of a program that nobody knows (-want +got)\n%s", diff)
	}
	if !(catalog.DriverSetting{VerdictReason: "x", Changed: at}).IsZero() || (catalog.DriverSetting{Restart: catalog.RestartNo}).IsZero() {
		t.Error("a setting is zero if it says nothing")
	}
	for r, done := range map[catalog.ExitResult]bool{catalog.ExitDone: true, catalog.ExitRestart: true, catalog.ExitRestarting: true, catalog.ExitRetry: false, catalog.ExitFailed: false} {
		if r.Done() != done {
			t.Errorf("%s is done: %v", r, r.Done())
		}
	}
}
