package cli

import (
	"fmt"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/installer"
)

// verdictText is a driver's verdict in force, and the one that an administrator overruled.
func verdictText(d *catalog.Driver) string {
	if d.Judged == "" {
		return string(d.Verdict)
	}
	return fmt.Sprintf("%s (overruled: the rules say %s)", d.Verdict, d.Judged)
}

// technologyText names what made a setup program.
func technologyText(i *catalog.InstallerInfo) string {
	if i.Technology == installer.UnknownTechnology {
		return ""
	}
	return strings.TrimSpace(i.Technology + " " + i.TechnologyVersion)
}

// settingFacts tells what an administrator said, for facts.
func settingFacts(s *catalog.DriverSetting) []string {
	if s == nil {
		return nil
	}
	var codes []string
	for _, c := range s.ExitCodes {
		codes = append(codes, fmt.Sprintf("%s=%s", exitNumber(c.Code), c.Result))
	}
	return []string{
		"because", s.VerdictReason, "silent", s.Silent, "exit codes", strings.Join(codes, ", "), "restarts", string(s.Restart), "so set because", s.SilentReason,
		"set at", s.Changed.Local().Format("2006-01-02 15:04:05"),
	}
}

// printSilent tells how a setup program is run without questions.
func (a *app) printSilent(i *catalog.InstallerInfo) {
	s := i.Silent
	if s == nil {
		return
	}
	a.out.printf("\nWithout questions\n")
	who := map[catalog.SilentSource]string{
		catalog.SilentTechnology: "the default of " + i.Technology, catalog.SilentVendor: "the vendor", catalog.SilentAdministrator: "an administrator",
	}[s.Source]
	if s.From != "" {
		who += ", " + s.From
	}
	command := s.Command
	if command == "" {
		command, who = "not known", "" // nobody says anything
	}
	restarts := map[catalog.Restart]string{catalog.RestartNo: "no", catalog.RestartYes: "yes, by itself", catalog.RestartUnknown: "not known"}[s.Restart]
	if s.RestartNote != "" {
		restarts += ": " + s.RestartNote
	}
	a.facts("unpack", s.Unpack, "command", command, "says", who, "sure", string(s.Confidence)+": "+s.Reason, "restarts", restarts)
	if len(s.ExitCodes) == 0 {
		return
	}
	g := newGrid(column{"EXIT CODE", fixed}, column{"RESULT", fixed}, column{"MEANING", wrap})
	for _, c := range s.ExitCodes {
		g.add(exitNumber(c.Code), string(c.Result), c.Meaning)
	}
	a.section("Exit codes", g)
}

// exitNumber is an exit code as people meet it: bit fields in hexadecimal.
func exitNumber(n int64) string {
	if n >= 1<<24 || n < -1<<20 {
		return fmt.Sprintf("0x%08X", uint32(n))
	}
	return fmt.Sprint(n)
}
