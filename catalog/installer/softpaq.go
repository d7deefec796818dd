package installer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// softPaq looks for the .cva file that HP publishes beside a SoftPaq under its name. It is an INI file: SilentInstall in
// [Install Execution] is run in the folder that the SoftPaq is unpacked to, [ReturnCode] has lines such as
// "3010:SUCCESS:REBOOT=...". HP Client Management Script Library, Get-SoftpaqMetadata.
func (a *adviser) softPaq() *catalog.Silent {
	stem := a.name[:max(0, strings.LastIndexByte(a.name, '.'))]
	name := a.beside.named(stem + ".cva")
	if stem == "" || name == "" {
		return nil
	}
	f := a.beside.ini(name, "install execution", "software title", "general", "returncode")
	if f == nil {
		return nil
	}
	silent := clean(f.Section("install execution"), "silentinstall")
	title := clean(f.Section("software title"), "us")
	if silent == "" && title == "" {
		return nil
	}
	a.beside.use(name)
	a.info.Technology, a.info.TechnologyVersion = SoftPaq, ""
	general := f.Section("general")
	a.product(title, clean(general, "vendorversion", "version"), clean(general, "vendorname"))
	if silent == "" {
		return nil
	}
	s := &catalog.Silent{
		Command: oneLine(silent), Unpack: catalog.QuoteName(a.name) + " /s /e /f %PACKAGEPATH%", Source: catalog.SilentVendor, Confidence: catalog.Certain, From: name,
		Reason: "HP's .cva file says so (SilentInstall); it is run in the folder that is unpacked to", Restart: catalog.RestartUnknown,
	}
	for _, k := range f.Section("returncode").Keys() {
		if c, ok := softPaqCode(k.Name(), k.String()); ok {
			s.ExitCodes = append(s.ExitCodes, c)
		}
	}
	if len(s.ExitCodes) == 0 {
		s.ExitCodes = softPaqCodes()
		return s
	}
	slices.SortStableFunc(s.ExitCodes, func(a, b catalog.ExitCode) int { return int(max(-1, min(1, a.Code-b.Code))) })
	s.ExitCodes = withZero(s.ExitCodes, catalog.ExitDone)
	s.Restart, s.RestartNote = catalog.RestartNo, "its exit code tells whether a restart is needed"
	return s
}

// softPaqCode reads one line of [ReturnCode].
func softPaqCode(key, meaning string) (catalog.ExitCode, bool) {
	parts := strings.Split(strings.ToUpper(key), ":")
	n, err := strconv.ParseInt(strings.TrimSpace(parts[0]), 10, 64)
	if err != nil || len(parts) < 2 {
		return catalog.ExitCode{}, false
	}
	c := code(n, catalog.ExitFailed, oneLine(meaning))
	if strings.TrimSpace(parts[1]) == "SUCCESS" {
		c.Result = catalog.ExitDone
		// HP's own table lists 3010 without REBOOT in places; Windows Installer's meaning of it does not change.
		if len(parts) > 2 && strings.TrimSpace(parts[2]) == "REBOOT" || n == 3010 {
			c.Result = catalog.ExitRestart
		}
	}
	if c.Meaning == "" {
		c.Meaning = map[bool]string{true: "done", false: "failed"}[c.Result.Done()]
	}
	return c, true
}
