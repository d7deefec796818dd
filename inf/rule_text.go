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
		Explanation: `Windows reads a section name up to the first "]" on the same line. If the line ends before that, it refuses the
whole file (ERROR_BAD_SECTION_NAME_LINE), not only this section: the driver cannot be imported at all.

A backslash does not continue a header on the next line. Write the whole name between brackets:

    [SourceDisksFiles]
    acme.sys = 1`,
		Source: pageSyntax,
	},
	{
		Code: string(codeHeaderTooLong), Severity: Error,
		Title:    `a section name of more than 255 characters`,
		Summary:  "section name is longer than 255 characters",
		Advice:   "Windows refuses the whole file: shorten the name",
		InfVerif: []int{1002},
		Explanation: `A section name may have 255 characters. One more, and Windows refuses the whole file
(ERROR_SECTION_NAME_TOO_LONG). This is nearly always a bracket that was closed too late, or text that was pasted
into the header. Shorten the name here and wherever another section refers to it.`,
		Source: pageSyntax,
	},
	{
		Code: string(codeStrayEntry), Severity: Error,
		Title:    "an entry before the first header, in a file without `[Strings]`",
		Summary:  "entry before the first section header",
		Advice:   "Windows refuses the whole file: move the line into a section or make it a comment",
		InfVerif: []int{1002},
		Explanation: `The first thing in an INF, besides comments and blank lines, has to be a section header. Windows refuses a file in
which something else comes first (ERROR_EXPECTED_SECTION_NAME), unless the file has a [Strings] section, which this
one has not.

The usual cause is a comment that begins with "//" or "#". Only a semicolon begins a comment:

    ; Acme network driver
    [Version]`,
		Source: pageSyntax,
	},
	{
		Code: string(codeNotINF), Severity: Error,
		Title:    "no Windows INF: no sections, no `[Version]`, or no known Signature",
		Summary:  "not a Windows INF: %s",
		Advice:   `a driver INF has a [Version] section with Signature = "$Windows NT$"`,
		InfVerif: []int{1001},
		Explanation: `Windows takes a file for an INF only if it has a [Version] section whose Signature is $Windows NT$ or $Chicago$.
Anything else it refuses (ERROR_WRONG_INF_STYLE), whatever the rest looks like.

Many files end in .inf and were never drivers: autorun.inf of a CD, answer files of installers, setup scripts of
Windows NT 4, hidden ._ files that macOS leaves behind. For those there is nothing to mend. In a driver, write:

    [Version]
    Signature = "$Windows NT$"`,
		Source: pageVersion,
	},
	{
		Code: string(codeEncodingUTF8), Severity: Warning,
		Title:    `UTF-8 with a byte order mark`,
		Summary:  "UTF-8 with a byte order mark: %s",
		Advice:   "save the file as UTF-16 LE with a byte order mark, before it is signed",
		InfVerif: []int{1003},
		Explanation: `Windows promises to read ANSI text and UTF-16 with a byte order mark. What it does with UTF-8 is not documented: it
may take the three bytes of the mark for letters, and each letter beyond ASCII for two or three others. Names of
devices then look wrong in Device Manager.

It is harmless when all letters are ASCII, the first line is a comment and there is a [Strings] section, which holds
for most such files that Microsoft has signed. When the mark stands directly in front of a section header, the header
may be lost, and in a file without [Strings] Windows may refuse the whole file: then this is an error.

If you deploy the driver, do not touch it: the catalog covers every byte. If you write it, save
it as UTF-16 LE before it is signed.`,
		Source: pageInternational,
	},
	{
		Code: string(codeEncodingUTF16), Severity: Warning,
		Title:    `UTF-16 BE, or UTF-16 without a byte order mark`,
		Summary:  "%s",
		Advice:   "save the file as UTF-16 LE with a byte order mark, before it is signed",
		InfVerif: []int{1003},
		Explanation: `Windows promises to read UTF-16 in little-endian order, with a byte order mark. Drivers that were shipped in
big-endian order by accident could not be installed, and without a mark Windows has to guess.

Save the file as "UTF-16 LE with BOM" (Notepad calls it "UTF-16 LE", older versions "Unicode"), and sign it
afterwards: a signed INF must not be changed any more.`,
		Source: pageInternational,
	},
	{
		Code: string(codeEncodingInvalid), Severity: Error,
		Title:   `bytes that stand for no character: half a UTF-16 character, a cut file`,
		Summary: "bytes that stand for no character in this encoding",
		Advice:  "the file is damaged or was saved in another encoding: get it again from the vendor",
		Explanation: `Somewhere in the file stand bytes that mean no character in its encoding. That is typical of a download that was cut
short, a file with two encodings, or a conversion that went wrong. The rest is read as well as possible, but names
and file names may be wrong, and the file no longer matches its catalog.

Get the file again from the vendor. The place given is the first one; there may be more.`,
		Source: pageSyntax,
	},
	{
		Code: string(codeQuote), Severity: Warning,
		Title:   `a quote that is not closed on its line`,
		Summary: "quote is not closed on this line",
		Advice:  `Windows takes all up to the end of the line: add the closing quote; inside quotes a quote is written ""`,
		Explanation: `A quote reaches to the end of its line at most. Windows takes everything up to there as the value: commas, comments
and continuation backslashes inside become text. Microsoft's page about [Strings] speaks of quoted strings over
several lines; Windows does not read them so.

Often nothing bad comes of it, because the value was the last one on the line. A quote inside quotes is doubled:

    Name = "The ""Acme"" adapter"`,
		Source: pageSyntax,
	},
	{
		Code: string(codeHeaderJunk), Severity: Info,
		Title:   `text behind a section header`,
		Summary: "text behind the section header is ignored",
		Advice:  "remove it, or begin it with a semicolon",
		Explanation: `Windows skips whatever follows the closing bracket of a header, also an entry or a second header. If the text is a
comment, nothing is lost. If it is an entry, Windows never sees it: put it on a line of its own.`,
		Source: pageSyntax,
	},
	{
		Code: string(codeContinuationComment), Severity: Warning,
		Title:   `a comment line inside a continued entry, which ends the entry`,
		Summary: "comment line inside a continued entry ends the entry",
		Advice:  "move the comment above the entry or behind the backslash",
		Explanation: `A backslash at the end of a line joins the next one. If that next line is a comment, the entry ends there: the lines
behind it are no longer part of the value, and Windows may take them for entries of their own. Tables of registry
bytes are where this happens.

Other readers of INF files skip the comment and go on, so the author may never have noticed. Move the comment above
the entry, or behind a backslash:

    HKR,,Table,1,\ ; first row
    01,02,03`,
		Source: pageSyntax,
	},
	{
		Code: string(codeContinuationJoin), Severity: Warning,
		Title:   `a continuation that swallows a line which looks like one of its own`,
		Summary: "continuation joins a line that looks like one of its own: %s",
		Advice:  `remove the backslash, or put the path that ends in it into quotes: "C:\path\"`,
		Explanation: `The line ends in a backslash, and so the next one belongs to it, although it looks like a header or an entry of its
own. Windows does not see it as one: a section or a setting is missing, without any message.

A path that ends in a backslash is the usual cause. Put it in quotes, where a backslash is only a character:

    Dir = "C:\Acme\"
    Key = value`,
		Source: pageSyntax,
	},
	{
		Code: string(codeCtrlZ), Severity: Info,
		Title:   `text behind Ctrl-Z, which ends the file`,
		Summary: "text behind Ctrl-Z is ignored",
		Advice:  "remove the Ctrl-Z character if the text is meant to count",
		Explanation: `The character Ctrl-Z (byte 1A) ends an INF. Editors of the DOS days wrote it at the end of a file, where it does no
harm. Here text follows it, and Windows does not read that text. If it matters, remove the character; in a signed
driver leave it alone.`,
		Source: pageSyntax,
	},
	{
		Code: string(codeFieldTooLong), Severity: Warning,
		Title:   `a value of more than 4096 characters, which Windows cuts`,
		Summary: "value is longer than 4096 characters; Windows cuts it there",
		Advice:  "split the value",
		Explanation: `Windows keeps 4096 characters of a value and drops the rest without a word (before Vista it kept 511). Long registry
values are what is hit most: the device gets half of its table.

Write such a value as several entries, or append to it with further AddReg lines.`,
		Source: pageSyntax,
	},
	{
		Code: string(codeSectionRepeated), Severity: Info,
		Title:    `a section that stands in the file more than once`,
		Summary:  "section [%s] stands in the file more than once; Windows merges them",
		Advice:   "put the entries together under one header",
		InfVerif: []int{1209},
		Explanation: `Windows puts sections of the same name together, in the order of the text, as if they stood under one header. Many
drivers rely on it, for instance with one [SourceDisksFiles] in front of each group of files.

It is a problem only if it was not meant: a section that was copied and not renamed makes every device that uses the
name get both.`,
		Source: pageSyntax,
	},
	{
		Code: string(codeStrayDropped), Severity: Info,
		Title:   "an entry before the first header, in a file with `[Strings]`, which Windows drops",
		Summary: "entry before the first section header is ignored",
		Advice:  "remove it or make it a comment",
		Explanation: `Text in front of the first header belongs to no section. Windows drops it because the file has a [Strings] section;
without one it would refuse the whole file. The text is usually a comment that lacks its semicolon.`,
		Source: pageSyntax,
	},
}
