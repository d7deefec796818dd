package seccat

import "strings"

// Systems are the versions of Windows that the catalog says it is for, by name: from its attribute OS, which Microsoft's
// hardware program writes ("XPX86,7X64,_v100_X64_RS1"), else from what its members say (OSAttr, "2:5.1,2:6.x"). Codes that
// are not known are given as they stand. It is nil if the catalog does not tell. The text is signed with the rest.
func (c *Catalog) Systems() []string {
	var out []string
	seen := map[string]bool{}
	add := func(title string) {
		if title != "" && !seen[title] {
			seen[title] = true
			out = append(out, title)
		}
	}
	for code := range strings.SplitSeq(c.Attribute("OS"), ",") {
		add(systemTitle(strings.TrimSpace(code)))
	}
	if out != nil {
		return out
	}
	for i := range c.Members {
		for code := range strings.FieldsFuncSeq(c.Members[i].OSAttr, func(r rune) bool { return r == ',' || r == ';' }) {
			add(versionTitle(strings.TrimSpace(code)))
		}
	}
	return out
}

// releases are the code names of Windows 10 in the hardware program's codes.
var releases = map[string]string{
	"TH1": "1507", "TH2": "1511", "RS1": "1607", "RS2": "1703", "RS3": "1709", "RS4": "1803", "RS5": "1809", "19H1": "1903", "VB": "2004",
}

// systemTitle names the system of a code: "7X64", "Server2008R2X64", "_v63_Server_X64", "Server_v100_X64_RS1".
func systemTitle(code string) string {
	rest, server := code, ""
	if strings.Contains(rest, "Server") {
		rest, server = strings.Replace(rest, "Server", "", 1), "Server "
	}
	name, newer := "", false
	for _, v := range []struct{ code, name string }{{"_v63", "8.1"}, {"_v100", "10"}} {
		if after, ok := strings.CutPrefix(rest, v.code); ok {
			rest, name, newer = after, v.name, true
		}
	}
	if !newer {
		arch := ""
		for _, a := range []string{"X86", "X64", "IA64", "ARM64", "ARM"} {
			if before, ok := strings.CutSuffix(rest, a); ok {
				rest, arch = before, " "+strings.ToLower(a)
				break
			}
		}
		switch rest {
		case "2000", "XP", "Vista", "7", "8", "10", "2003", "2008", "2008R2", "2012", "2012R2":
			return "Windows " + server + strings.Replace(rest, "R2", " R2", 1) + arch
		}
		return code
	}
	if server != "" {
		name = map[string]string{"8.1": "2012 R2", "10": "2016"}[name]
	}
	arch, release := "x86", ""
	for part := range strings.SplitSeq(strings.Trim(rest, "_"), "_") {
		switch upper := strings.ToUpper(part); upper {
		case "":
		case "X86", "X64", "ARM", "ARM64":
			arch = strings.ToLower(part)
		default:
			if release = " " + part; releases[upper] != "" {
				release = " " + releases[upper]
			}
		}
	}
	if server != "" && release != "" {
		name = "10" // its year follows from the release, which has a name of its own
	}
	return "Windows " + server + name + release + " " + arch
}

// versionTitle names the system of an OSAttr: platform and version.
func versionTitle(code string) string {
	switch code {
	case "1:4.10":
		return "Windows 98"
	case "1:4.90":
		return "Windows Me"
	case "2:5.00", "2:5.0":
		return "Windows 2000"
	case "2:5.1":
		return "Windows XP"
	case "2:5.2":
		return "Windows XP x64 and Server 2003"
	case "2:6.0":
		return "Windows Vista"
	case "2:6.1":
		return "Windows 7"
	case "2:6.2":
		return "Windows 8"
	case "2:6.3":
		return "Windows 8.1"
	case "2:6.4", "2:10.0":
		return "Windows 10"
	}
	if version, ok := strings.CutPrefix(code, "2:"); ok {
		return "Windows NT " + version
	}
	return code
}
