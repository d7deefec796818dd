package inf

// The codes of findings about strings.
const (
	codeStringMissing     code = "INF0601"
	codeStringRepeated    code = "INF0602"
	codeNameTooLong       code = "INF0603"
	codeLanguageKeys      code = "INF0604"
	codeLanguageStructure code = "INF0605"
)

var stringRules = []Rule{
	{
		Code: string(codeStringMissing), Severity: Warning,
		Title:    "a `%name%` without a value",
		Summary:  "%%%s%% has no value in [Strings]",
		Advice:   "add it to [Strings]; Windows uses the text as it stands",
		InfVerif: []int{1235},
		Explanation: `Windows replaces %name% by the value from [Strings]. If there is none, it keeps the text as it stands, percent signs
included. In a description that only looks odd. Where a section, a hardware ID or a file is named, nothing of that
name exists: the section is not found, no device has the ID, the file cannot be copied. There this is an error, unless
other devices of the INF are served.

In registry values %SystemRoot% and its like are meant for later; strictly they are written with doubled percent
signs.

    [Strings]
    Acme = "Acme Corporation"`,
		Source: pageStrings,
	},
	{
		Code: string(codeStringRepeated), Severity: Warning,
		Title:    `a string that is defined twice`,
		Summary:  "string %s is defined twice; the first counts",
		Advice:   "remove one of them",
		InfVerif: []int{1294},
		Explanation: `Two lines define the same string. Windows uses one of them; by all that is known it is the first, but Microsoft does
not say. With equal values it does not matter. With different values a device may show up under the wrong name.`,
		Source: pageStrings,
	},
	{
		Code: string(codeNameTooLong), Severity: Warning,
		Title:    "a name, description or ID that is longer than Windows takes",
		Summary:  "%s",
		Advice:   "shorten it",
		InfVerif: []int{1286},
		Explanation: `Windows has a limit for each text that it keeps: 255 characters for a provider, a manufacturer, a device or a disk, 31
for the name of a class, 199 for a hardware or compatible ID, 511 for the description of a software component.
Descriptions are cut, or the entry is passed over; an ID that is too long fits no device.`,
		Source: pageInfVerif,
	},
	{
		Code: string(codeLanguageKeys), Severity: Warning,
		Title:    "a `[Strings.xxxx]` section with other strings than `[Strings]`",
		Summary:  "%s",
		Advice:   "define the same strings for each language",
		InfVerif: []int{1295},
		Explanation: `On a system whose language has a [Strings.xxxx] section, Windows takes strings from that section and, by
Microsoft's documentation, from no other. What the section lacks stays unreplaced there: a device named %Dev%, or worse,
an ID or a file that is not found, on machines of that language only.

Define every string in every language, also constants such as REG_DWORD. A string that only a localised section has
serves nobody else.

    [Strings.0407]
    Dev = "Acme-Netzwerkadapter"`,
		Source: pageStrings,
	},
	{
		Code: string(codeLanguageStructure), Severity: Warning,
		Title:   "a string that stands for a section, an ID or a file, and differs between languages",
		Summary: "string %s stands for a section, an ID or a file, and has another value in this language",
		Advice:  "give it the same value in every language",
		Explanation: `The string is used where a section, a hardware ID or a file is named, and it has different values in different
languages. The driver then serves other devices, or copies other files, depending on the language of Windows. A
package that was tested in English may fail in German. Only texts that people read should differ.`,
		Source: pageStrings,
	},
}
