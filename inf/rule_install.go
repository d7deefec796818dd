package inf

// The codes of findings about install sections and what they name.
const (
	codeSectionMissing code = "INF0401"
	codeLoop           code = "INF0402"
)

var installRules = []Rule{
	{
		Code: string(codeSectionMissing), Severity: Error,
		Title:    `a section named by CopyFiles that does not exist`,
		Summary:  "section [%s] does not exist",
		Advice:   "add the section or correct the name",
		InfVerif: []int{1203},
	},
	{
		Code: string(codeLoop), Severity: Warning,
		Title:   `Include of the INF itself, or Needs that leads back to its own section`,
		Summary: "%s",
		Advice:  "remove the name: Windows reads each section once, so it has no effect",
	},
}
