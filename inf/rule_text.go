package inf

// The codes of findings about the text of a file.
const (
	codeHeaderUnclosed      code = "INF0101"
	codeHeaderTooLong       code = "INF0102"
	codeStrayEntry          code = "INF0103"
	codeNotINF              code = "INF0104"
	codeEncodingUTF8        code = "INF0105"
	codeEncodingUTF16       code = "INF0106"
	codeEncodingInvalid     code = "INF0107"
	codeQuote               code = "INF0108"
	codeHeaderJunk          code = "INF0109"
	codeContinuationComment code = "INF0110"
	codeContinuationJoin    code = "INF0111"
	codeCtrlZ               code = "INF0112"
	codeFieldTooLong        code = "INF0113"
	codeSectionRepeated     code = "INF0114"
	codeStrayDropped        code = "INF0115"
)

var textRules = []Rule{
	{
		Code: string(codeHeaderUnclosed), Severity: Error,
		Title:    "a section header without its closing `]`",
		Summary:  `section header has no closing "]"`,
		Advice:   `Windows refuses the whole file: close the header with "]" on the same line`,
		InfVerif: []int{1002},
	},
	{
		Code: string(codeHeaderTooLong), Severity: Error,
		Title:    `a section name of more than 255 characters`,
		Summary:  "section name is longer than 255 characters",
		Advice:   "Windows refuses the whole file: shorten the name",
		InfVerif: []int{1002},
	},
	{
		Code: string(codeStrayEntry), Severity: Error,
		Title:    "an entry before the first header, in a file without `[Strings]`",
		Summary:  "entry before the first section header",
		Advice:   "Windows refuses the whole file: move the line into a section or make it a comment",
		InfVerif: []int{1002},
	},
	{
		Code: string(codeNotINF), Severity: Error,
		Title:    "no Windows INF: no sections, no `[Version]`, or no known Signature",
		Summary:  "not a Windows INF: %s",
		Advice:   `a driver INF has a [Version] section with Signature = "$Windows NT$"`,
		InfVerif: []int{1001},
	},
	{
		Code: string(codeEncodingUTF8), Severity: Warning,
		Title:    `UTF-8 with a byte order mark`,
		Summary:  "UTF-8 with a byte order mark: Windows may read other letters than the author meant",
		Advice:   "save the file as UTF-16 LE with a byte order mark, before it is signed",
		InfVerif: []int{1003},
	},
	{
		Code: string(codeEncodingUTF16), Severity: Warning,
		Title:    `UTF-16 BE, or UTF-16 without a byte order mark`,
		Summary:  "%s",
		Advice:   "save the file as UTF-16 LE with a byte order mark, before it is signed",
		InfVerif: []int{1003},
	},
	{
		Code: string(codeEncodingInvalid), Severity: Error,
		Title:   `bytes that stand for no character: half a UTF-16 character, a cut file`,
		Summary: "bytes that stand for no character in this encoding",
		Advice:  "the file is damaged or was saved in another encoding: get it again from the vendor",
	},
	{
		Code: string(codeQuote), Severity: Warning,
		Title:   `a quote that is not closed on its line`,
		Summary: "quote is not closed on this line",
		Advice:  `Windows takes all up to the end of the line: add the closing quote; inside quotes a quote is written ""`,
	},
	{
		Code: string(codeHeaderJunk), Severity: Info,
		Title:   `text behind a section header`,
		Summary: "text behind the section header is ignored",
		Advice:  "remove it, or begin it with a semicolon",
	},
	{
		Code: string(codeContinuationComment), Severity: Warning,
		Title:   `a comment line inside a continued entry, which ends the entry`,
		Summary: "comment line inside a continued entry ends the entry",
		Advice:  "move the comment above the entry or behind the backslash",
	},
	{
		Code: string(codeContinuationJoin), Severity: Warning,
		Title:   `a continuation that swallows a line which looks like one of its own`,
		Summary: "continuation joins a line that looks like one of its own: %s",
		Advice:  `remove the backslash, or put the path that ends in it into quotes: "C:\path\"`,
	},
	{
		Code: string(codeCtrlZ), Severity: Info,
		Title:   `text behind Ctrl-Z, which ends the file`,
		Summary: "text behind Ctrl-Z is ignored",
		Advice:  "remove the Ctrl-Z character if the text is meant to count",
	},
	{
		Code: string(codeFieldTooLong), Severity: Warning,
		Title:   `a value of more than 4096 characters, which Windows cuts`,
		Summary: "value is longer than 4096 characters; Windows cuts it there",
		Advice:  "split the value",
	},
	{
		Code: string(codeSectionRepeated), Severity: Info,
		Title:    `a section that stands in the file more than once`,
		Summary:  "section [%s] stands in the file more than once; Windows merges them",
		Advice:   "put the entries together under one header",
		InfVerif: []int{1209},
	},
	{
		Code: string(codeStrayDropped), Severity: Info,
		Title:   "an entry before the first header, in a file with `[Strings]`, which Windows drops",
		Summary: "entry before the first section header is ignored",
		Advice:  "remove it or make it a comment",
	},
}
