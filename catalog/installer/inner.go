package installer

import (
	"regexp"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// Inner is the setup program that a self-extractor starts, as it was advised about by itself.
type Inner struct {
	Name string
	Info catalog.InstallerInfo
}

// Starts returns the path of the program that a self-extractor starts, below what it holds and with forward slashes; "" for
// what is no self-extractor. Without a word of its own PackageForTheWeb and 7-Zip start setup.exe.
func Starts(info catalog.InstallerInfo) string {
	switch info.Technology {
	case IExpress, SevenZip, PackageForTheWeb:
	default:
		return ""
	}
	first := info.Runs
	if rest, ok := strings.CutPrefix(first, `"`); ok {
		first, _, _ = strings.Cut(rest, `"`)
	} else {
		first, _, _ = strings.Cut(first, " ")
	}
	first = strings.ReplaceAll(first, `\`, "/")
	first = strings.TrimPrefix(strings.TrimPrefix(first, "%%T/"), "./") // %%T is where 7-Zip's modified extractor unpacks to
	if first == "" && info.Technology != IExpress {
		return "setup.exe"
	}
	return first
}

// through makes the command of a self-extractor hand on what the program in it needs to be silent. It reports whether it
// could.
func (a *adviser) through(s *catalog.Silent) bool {
	if a.inner == nil || a.inner.Info.Silent == nil || silentWords(a.info.Runs) {
		return false
	}
	in := a.inner.Info.Silent
	if t := a.inner.Info.Technology; in.Command == "" && (t == InstallScript || t == InstallScriptMSI) && Starts(a.info) != "" {
		s.Command, s.Confidence, s.Restart, s.RestartNote = "", catalog.Guess, in.Restart, in.RestartNote
		s.Reason = "the extractor could be silenced, but not " + a.inner.Name + " in it: " + in.Reason
		return true
	}
	arguments, ok := strings.CutPrefix(in.Command, catalog.QuoteName(a.inner.Name)+" ")
	if !ok || in.Unpack != "" {
		return false
	}
	file := catalog.QuoteName(a.name)
	switch a.info.Technology {
	case IExpress: // /C overrules what the package runs; its value cannot hold quotation marks
		plain, ok := withoutQuotes(in.Command)
		if !ok {
			return false
		}
		s.Command = file + ` /Q:A /R:N /C:"` + plain + `"`
	case SevenZip: // what follows -y is added to the program's command line
		s.Command = file + " -y " + arguments
	case PackageForTheWeb:
		s.Command = file + " -s -a " + arguments
	default:
		return false
	}
	s.Confidence = in.Confidence
	if s.Confidence == catalog.Certain {
		s.Confidence = catalog.Likely
	}
	s.Reason = "the extractor is silenced, and hands the rest to " + a.inner.Name + " in it (" + a.inner.Info.Technology + "): " + in.Reason
	s.ExitCodes, s.Restart, s.RestartNote = in.ExitCodes, in.Restart, in.RestartNote
	if in.Source == catalog.SilentVendor {
		s.Source, s.From = in.Source, in.From+" in "+a.name
	}
	return true
}

var quoted = regexp.MustCompile(`(\S*?)"([^"]*)"`)

// withoutQuotes writes a command line without quotation marks, if that can be: /v"/qn X=1" is /v/qn /vX=1 to InstallShield.
func withoutQuotes(command string) (plain string, ok bool) {
	ok = true
	plain = quoted.ReplaceAllStringFunc(command, func(m string) string {
		parts := quoted.FindStringSubmatch(m)
		words := strings.Fields(parts[2])
		switch {
		case len(words) == 1:
			return parts[1] + words[0]
		case parts[1] == "/v" && len(words) > 0:
			return "/v" + strings.Join(words, " /v")
		}
		ok = false
		return m
	})
	return plain, ok && !strings.Contains(plain, `"`)
}
