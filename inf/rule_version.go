package inf

// The codes of findings about [Version].
const (
	codeVersionMissing   code = "INF0201"
	codeClassGUID        code = "INF0202"
	codeDriverVerDate    code = "INF0203"
	codeDriverVerVersion code = "INF0204"
	codeCatalogMissing   code = "INF0205"
	codeCatalogName      code = "INF0206"
)

var versionRules = []Rule{
	{
		Code: string(codeVersionMissing), Severity: Error,
		Title:    "`[Version]` lacks Class, ClassGuid, Provider or DriverVer",
		Summary:  "[Version] has no %s",
		Advice:   "add it: Windows needs it to install a Plug and Play driver",
		InfVerif: []int{1013, 1234},
	},
	{
		Code: string(codeClassGUID), Severity: Error,
		Title:    `ClassGuid is no GUID in braces`,
		Summary:  "ClassGuid is no GUID in braces: %s",
		Advice:   "write it as {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}",
		InfVerif: []int{1010},
	},
	{
		Code: string(codeDriverVerDate), Severity: Warning,
		Title:    `DriverVer's date is not MM/DD/YYYY`,
		Summary:  "DriverVer's date is not MM/DD/YYYY: %s",
		Advice:   "Windows takes the driver for the oldest of all: write the date with two digits for month and day, four for the year",
		InfVerif: []int{1218},
	},
	{
		Code: string(codeDriverVerVersion), Severity: Warning,
		Title:    `DriverVer's version is not w.x.y.z with parts up to 65535`,
		Summary:  "DriverVer's version is not w.x.y.z with parts up to 65535: %s",
		Advice:   "write four numbers with dots between them",
		InfVerif: []int{1217},
	},
	{
		Code: string(codeCatalogMissing), Severity: Error,
		Title:    "`[Version]` names no CatalogFile",
		Summary:  "[Version] names no CatalogFile: the package cannot be signed",
		Advice:   "64-bit Windows refuses the driver: ask the vendor for the signed package",
		InfVerif: []int{1233},
	},
	{
		Code: string(codeCatalogName), Severity: Error,
		Title:    "CatalogFile is no plain name of a `.cat` file",
		Summary:  "CatalogFile is no plain name of a .cat file: %s",
		Advice:   "the catalog lies beside the INF: name it without a path",
		InfVerif: []int{1214},
	},
}
