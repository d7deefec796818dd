package catalog

import (
	"strings"
	"time"
)

// Silent tells how a setup program is run without questions. What cannot be known for sure is told with a reason: a
// command line that stops at a question hangs a deployment.
type Silent struct {
	Command string `json:"command"` // with the program's name; "" if none is known, and Reason says why
	// Unpack is what must be run before, if Command is of a program that the file unpacks. %PACKAGEPATH% in both is the
	// folder that is unpacked to, as vendors write it.
	Unpack     string       `json:"unpack,omitempty"`
	Source     SilentSource `json:"source"`
	Confidence Confidence   `json:"confidence"`
	Reason     string       `json:"reason"`         // one sentence for people: why this command, and what to look out for
	From       string       `json:"from,omitempty"` // the vendor's file (relative to the program's folder) or page that says so
	ExitCodes  []ExitCode   `json:"exitCodes,omitempty"`
	Restart    Restart      `json:"restart"`
	// RestartNote says in words what is known about restarts, and how the command keeps the program from restarting.
	RestartNote string `json:"restartNote,omitempty"`
}

// SilentSource says who tells how a setup program is run.
type SilentSource string

// The sources of a silent command, from the weakest to the strongest.
const (
	SilentTechnology    SilentSource = "technology"    // the default of what made the setup program
	SilentVendor        SilentSource = "vendor"        // the vendor's documentation of this very program
	SilentAdministrator SilentSource = "administrator" // an administrator of this catalog
)

// Confidence says how sure something is.
type Confidence string

// The levels of confidence.
const (
	Certain Confidence = "certain"
	Likely  Confidence = "likely"
	Guess   Confidence = "guess"
)

// Restart says whether a setup program that is run with its silent command restarts the computer.
type Restart string

// What is known about restarts.
const (
	RestartNo      Restart = "no"      // it does not; an exit code tells whether a restart is needed
	RestartYes     Restart = "yes"     // it restarts the computer by itself
	RestartUnknown Restart = "unknown" // it may
)

// ExitCode is one exit code of a setup program and what it means.
type ExitCode struct {
	Code    int64      `json:"code"` // as Windows gives it to a 32-bit caller, so that -1 is -1 and not 4294967295
	Result  ExitResult `json:"result"`
	Meaning string     `json:"meaning"`
}

// ExitResult says what an exit code means for whoever ran the program.
type ExitResult string

// The results.
const (
	ExitDone       ExitResult = "done"
	ExitRestart    ExitResult = "restart"    // done once the computer was restarted
	ExitRestarting ExitResult = "restarting" // done, and it restarts the computer now
	ExitRetry      ExitResult = "retry"      // not done; the same command may work later
	ExitFailed     ExitResult = "failed"
)

// Done reports whether the program did its work, be it that a restart completes it.
func (r ExitResult) Done() bool {
	return r == ExitDone || r == ExitRestart || r == ExitRestarting
}

// UsualExitCodes are what is taken for granted of a program that nobody says more of: 0, and Windows Installer's codes for
// restarts, which ConfigMgr takes for successes too.
func UsualExitCodes() []ExitCode {
	return []ExitCode{
		{Code: 0, Result: ExitDone, Meaning: "done"},
		{Code: 1641, Result: ExitRestarting, Meaning: "done, and a restart was started"},
		{Code: 3010, Result: ExitRestart, Meaning: "done; a restart is needed"},
	}
}

// DriverSetting is what an administrator says of a driver. It is kept by the driver's content, so it survives that the
// driver is imported again, judged again, or gone for a while.
type DriverSetting struct {
	Verdict       Verdict `json:"verdict,omitempty"` // overrules the verdict of the rules; "" leaves it
	VerdictReason string  `json:"verdictReason,omitempty"`

	Silent       string     `json:"silent,omitempty"` // the silent command of a setup program; "" leaves what is known
	ExitCodes    []ExitCode `json:"exitCodes,omitempty"`
	Restart      Restart    `json:"restart,omitempty"`
	SilentReason string     `json:"silentReason,omitempty"` // why Silent, ExitCodes and Restart are as they are

	Changed time.Time `json:"changed"`
}

// IsZero reports whether the setting says nothing.
func (s DriverSetting) IsZero() bool {
	return s.Verdict == "" && s.Silent == "" && len(s.ExitCodes) == 0 && s.Restart == ""
}

// DriverSettingRecord is a setting and the driver that it is about.
type DriverSettingRecord struct {
	Driver  Hash          `json:"driver"`
	Setting DriverSetting `json:"setting"`
}

// codeOverruled is the code of the reason that an overruled verdict rests on.
const codeOverruled = "overruled"

// Overrule applies what an administrator says to a driver that was read from a store: the verdict, whose own stays in
// Judged, and how its setup program is run. The driver must not have a setting yet; its lists are not shared with it.
func (d *Driver) Overrule(s DriverSetting) {
	d.Setting = &s
	if s.Verdict != "" && s.Verdict != d.Verdict {
		d.Judged, d.Verdict = d.Verdict, s.Verdict
		text := "an administrator says so"
		if s.VerdictReason != "" {
			text += ": " + s.VerdictReason
		}
		d.Reasons = append([]Reason{{Code: codeOverruled, Level: Decides, Text: text, Place: Place{Path: d.Name}}}, d.Reasons...)
		for i := range d.Reasons[1:] {
			if r := &d.Reasons[i+1]; r.Level == Decides {
				r.Level = Warns // the verdict no longer rests on it
			}
		}
	}
	if d.Installer == nil || s.Silent == "" && len(s.ExitCodes) == 0 && s.Restart == "" {
		return
	}
	info, silent := *d.Installer, Silent{Restart: RestartUnknown}
	if info.Silent != nil {
		silent = *info.Silent
	}
	silent.Source, silent.Confidence, silent.Reason, silent.From = SilentAdministrator, Certain, "an administrator says so", ""
	if s.SilentReason != "" {
		silent.Reason += ": " + s.SilentReason
	}
	if s.Silent != "" {
		silent.Command, silent.Unpack = s.Silent, ""
		silent.Restart, silent.RestartNote = RestartUnknown, "" // what was known is about another command
	}
	if len(s.ExitCodes) > 0 {
		silent.ExitCodes = s.ExitCodes
	}
	if len(silent.ExitCodes) == 0 && silent.Command != "" {
		silent.ExitCodes = UsualExitCodes()
	}
	if s.Restart != "" {
		silent.Restart, silent.RestartNote = s.Restart, ""
	}
	info.Silent = &silent
	d.Installer = &info
}

// QuoteName puts a program's name into a command line: in quotation marks if it needs them.
func QuoteName(name string) string {
	if strings.ContainsAny(name, " &()[]{}^=;!'+,`~") {
		return `"` + name + `"`
	}
	return name
}

// renamed is the record for a program that a source calls another name.
func (s *Silent) renamed(from, to string) *Silent {
	if s == nil || s.Source == SilentAdministrator {
		return s
	}
	n := *s
	replace := func(cmd string) string {
		if rest, ok := strings.CutPrefix(cmd, QuoteName(from)); ok && (rest == "" || rest[0] == ' ') {
			return QuoteName(to) + rest
		}
		return strings.ReplaceAll(cmd, `"`+from+`"`, `"`+to+`"`) // of msiexec /i "..."
	}
	n.Command, n.Unpack = replace(n.Command), replace(n.Unpack)
	return &n
}
