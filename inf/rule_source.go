package inf

// The codes of findings about source disks and files.
const (
	codeSourceMissing code = "INF0501"
	codeDiskMissing   code = "INF0502"
	codeDiskBad       code = "INF0503"
	codeSourceBadArch code = "INF0504"
	codePathEscapes   code = "INF0505"
	codePathSlash     code = "INF0506"
	codeSourceCatalog code = "INF0507"
)

var sourceRules = []Rule{
	{
		Code: string(codeSourceMissing), Severity: Error,
		Title:    "a copied file that `[SourceDisksFiles]` does not list",
		Summary:  "%s is copied but [SourceDisksFiles] does not list it",
		Advice:   "add it to [SourceDisksFiles]: the file is not part of the signed package otherwise",
		InfVerif: []int{1230},
	},
	{
		Code: string(codeDiskMissing), Severity: Error,
		Title:    "a source disk that is not in `[SourceDisksNames]`",
		Summary:  "source disk %s is not in [SourceDisksNames]",
		Advice:   "add the disk, or correct the number",
		InfVerif: []int{1273},
	},
	{
		Code: string(codeDiskBad), Severity: Error,
		Title:    "a `[SourceDisksFiles]` entry without a valid disk number",
		Summary:  "[SourceDisksFiles] entry has no valid disk number: %s",
		Advice:   "write: file = disk number, folder",
		InfVerif: []int{1008},
	},
	{
		Code: string(codeSourceBadArch), Severity: Warning,
		Title:   "source sections with a suffix that is never read, such as `.ntamd64`",
		Summary: "[%s] is never read: the architecture is spelled .x86, .amd64, .arm64, .ia64 or .arm here",
		Advice:  "rename the section",
	},
	{
		Code: string(codePathEscapes), Severity: Error,
		Title:   `a source path that leaves the driver's folder`,
		Summary: "source path leaves the driver's folder: %s",
		Advice:  `remove ".." and drive letters from the path`,
	},
	{
		Code: string(codePathSlash), Severity: Warning,
		Title:   `a forward slash in a source path`,
		Summary: "forward slash in a source path: %s",
		Advice:  "write a backslash",
	},
	{
		Code: string(codeSourceCatalog), Severity: Warning,
		Title:    "a catalog in `[SourceDisksFiles]`",
		Summary:  "a catalog does not belong into [SourceDisksFiles]: %s",
		Advice:   "remove the line; CatalogFile in [Version] names it",
		InfVerif: []int{1213},
	},
}
