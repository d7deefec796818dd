package inf

// The codes of findings about strings.
const (
	codeStringMissing  code = "INF0601"
	codeStringRepeated code = "INF0602"
)

var stringRules = []Rule{
	{
		Code: string(codeStringMissing), Severity: Warning,
		Title:    "a `%name%` without a value",
		Summary:  "%%%s%% has no value in [Strings]",
		Advice:   "add it to [Strings]; Windows uses the text as it stands",
		InfVerif: []int{1235},
	},
	{
		Code: string(codeStringRepeated), Severity: Warning,
		Title:    `a string that is defined twice`,
		Summary:  "string %s is defined twice; the first counts",
		Advice:   "remove one of them",
		InfVerif: []int{1294},
	},
}
