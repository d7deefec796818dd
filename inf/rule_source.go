package inf

// The codes of findings about source disks and files, and about where they go.
const (
	codeSourceMissing    code = "INF0501"
	codeDiskMissing      code = "INF0502"
	codeDiskBad          code = "INF0503"
	codeSourceBadArch    code = "INF0504"
	codePathEscapes      code = "INF0505"
	codePathSlash        code = "INF0506"
	codeSourceCatalog    code = "INF0507"
	codePathUnresolved   code = "INF0508"
	codeStoreMoved       code = "INF0509"
	codeSourceArch       code = "INF0510"
	codeSourceCompressed code = "INF0511"
	codeDirID            code = "INF0512"
	codeNoDestination    code = "INF0513"
	codeCopyConflict     code = "INF0514"
	codeDirIDOld         code = "INF0515"
)

// The pages that these rules cite.
const (
	pageSourceFiles  = docsInstall + "inf-sourcedisksfiles-section"
	pageSourceNames  = docsInstall + "inf-sourcedisksnames-section"
	pageDestinations = docsInstall + "inf-destinationdirs-section"
	pageDirIDs       = docsInstall + "using-dirids"
)

var sourceRules = []Rule{
	{
		Code: string(codeSourceMissing), Severity: Error,
		Title:   "a copied file that `[SourceDisksFiles]` does not list",
		Summary: "%s is copied but [SourceDisksFiles] does not list it",
		Advice:  "add it to [SourceDisksFiles]: the file is not part of the signed package otherwise",
		Explanation: `Windows finds the files of a driver package through [SourceDisksFiles]. A file that is copied but not listed is not taken into the driver store, and the catalog does not vouch for it: the import fails, or the device misses the file.

It is a warning if Windows never comes to the list. Nothing is reported for an INF that includes files of Windows, since what it copies may come with them.

[SourceDisksFiles]
acme.sys = 1`,
		InfVerif: []int{1230}, Source: pageSourceFiles,
	},
	{
		Code: string(codeDiskMissing), Severity: Error,
		Title:   "a source disk that is not in `[SourceDisksNames]`",
		Summary: "source disk %s is not in [SourceDisksNames]",
		Advice:  "add the disk, or correct the number",
		Explanation: `The number behind a file is the key of an entry in [SourceDisksNames], which tells the folder or cabinet the file lies in. Without that entry Windows cannot build the path and does not find the file.

It is a warning if nothing copies the file. A disk may be described for one architecture only; then it counts for that one.

[SourceDisksNames]
1 = "Acme driver"`,
		InfVerif: []int{1273}, Source: pageSourceNames,
	},
	{
		Code: string(codeDiskBad), Severity: Error,
		Title:   "a `[SourceDisksFiles]` entry without a valid disk number",
		Summary: "[SourceDisksFiles] entry has no valid disk number: %s",
		Advice:  "write: file = disk number, folder",
		Explanation: `The first value behind a file is the number of its source disk, then comes the folder below it. Here the number is missing or is no number. Windows does not know where the file lies and cannot copy it.

Often the folder was written in the first place:

acme.sys = 1, x64`,
		InfVerif: []int{1008}, Source: pageSourceFiles,
	},
	{
		Code: string(codeSourceBadArch), Severity: Warning,
		Title:   "source sections with a suffix that is never read, such as `.ntamd64`",
		Summary: "[%s] is never read: the architecture is spelled .x86, .amd64, .arm64, .ia64 or .arm here",
		Advice:  "rename the section",
		Explanation: `Install sections are decorated with .NTamd64, source sections with .amd64. Windows never reads a source section with any other suffix, and the files in it count as not listed.

It is harmless if the same files stand in [SourceDisksFiles] as well.`,
		Source: pageSourceFiles,
	},
	{
		Code: string(codePathEscapes), Severity: Error,
		Title:   `a source path that leaves the driver's folder`,
		Summary: "source path leaves the driver's folder: %s",
		Advice:  `remove ".." and drive letters from the path`,
		Explanation: `A driver package is the folder of its INF with all below it. A path with ".." or a drive letter points outside. Windows takes only what lies inside into the driver store, and drivercat never reads or copies a file from elsewhere because an INF asks for it.

The driver cannot be imported as it is: its files have to lie below the INF.`,
		Source: pageSourceNames,
	},
	{
		Code: string(codePathSlash), Severity: Warning,
		Title:   `a forward slash in a source path`,
		Summary: "forward slash in a source path: %s",
		Advice:  "write a backslash",
		Explanation: `Folders in an INF are separated by backslashes. Windows accepts a slash in most places today, since it ends up in a file name, but tools that sign or unpack drivers may not.

drivercat reads it as a backslash.`,
		Source: pageSourceFiles,
	},
	{
		Code: string(codeSourceCatalog), Severity: Warning,
		Title:   "a catalog in `[SourceDisksFiles]`",
		Summary: "a catalog does not belong into [SourceDisksFiles]: %s",
		Advice:  "remove the line; CatalogFile in [Version] names it",
		Explanation: `The catalog holds the hashes of all files of the package. It cannot hold its own, so a catalog that is listed as a file to be signed can never be right. Windows finds it through CatalogFile.

Drivers with such a line install as long as nothing copies the file.`,
		InfVerif: []int{1213}, Source: docsInstall + "specifying-the-source-and-target-locations-for-device-files",
	},
	{
		Code: string(codePathUnresolved), Severity: Error,
		Title:   `a copied file whose source disk is not known on an architecture that needs it`,
		Summary: "the path of a file cannot be built: %s",
		Advice:  "add the disk to [SourceDisksNames], or to the section of that architecture",
		Explanation: `The file is listed, but its source disk is described only for other architectures. On this one Windows cannot tell in which folder the file lies, and the device gets no driver.

[SourceDisksNames]            ; for all
1 = "Acme driver"
[SourceDisksNames.amd64]      ; comes first on x64
1 = "Acme driver",,,\x64`,
		InfVerif: []int{1016}, Source: pageSourceNames,
	},
	{
		Code: string(codeStoreMoved), Severity: Error,
		Title:   `a file that stays in the driver store and is renamed or moved`,
		Summary: "files of the driver store stay where they are: %s",
		Advice:  "use the same name and folder in [SourceDisksFiles] and [DestinationDirs]",
		Explanation: `Directory identifier 13 means that Windows uses the file where the driver package lies, without a copy. It can then have no other name and no other folder than in the package. Where the two differ, the service or the registry points to a file that does not exist.

[DestinationDirs]
Acme.Files = 13, x64
[SourceDisksFiles]
acme.sys = 1, x64`,
		InfVerif: []int{1100}, Source: pageInfVerif,
	},
	{
		Code: string(codeSourceArch), Severity: Error,
		Title:   "a copied file that `[SourceDisksFiles]` lists for other architectures only",
		Summary: "not listed in [SourceDisksFiles]: %s",
		Advice:  "list it in [SourceDisksFiles], or in the section of that architecture",
		Explanation: `Models of this architecture copy the file, but only the source sections of other architectures list it. On those the driver works. On this one Windows misses the file.

If the package was never meant for the architecture, its models section should be empty or gone. Then the driver is not offered there at all.`,
		InfVerif: []int{1230}, Source: pageSourceFiles,
	},
	{
		Code: string(codeSourceCompressed), Severity: Warning,
		Title:   "the name of a compressed file in `[SourceDisksFiles]`",
		Summary: "name of a compressed file: %s",
		Advice:  "list the file under its whole name: acme.sys for acme.sy_",
		Explanation: `A file may lie compressed beside the INF, as acme.sy_ for acme.sys. Windows finds and expands it by itself; the INF and the catalog know it by its whole name. Listed under the short name it is copied as it is, and nothing can load it.

It is harmless if the file is not compressed and only ends in an underscore.`,
		InfVerif: []int{1231}, Source: pageInfVerif,
	},
	{
		Code: string(codeDirID), Severity: Warning,
		Title:   `a directory identifier that Windows does not know`,
		Summary: "no known directory identifier: %s",
		Advice:  "write a number from the list of directory identifiers: 13 is the driver store, 12 the drivers folder",
		Explanation: `The destination of files is a number that stands for a folder, written without percent signs in [DestinationDirs]. Text, a path or a number that Windows does not know leads nowhere: the files are not copied, or they land in a folder nobody looks into.

Between percent signs the number is replaced by the folder's path first, and a path is no number.

[DestinationDirs]
DefaultDestDir = 13`,
		InfVerif: []int{1241, 1242, 1243}, Source: pageDirIDs,
	},
	{
		Code: string(codeNoDestination), Severity: Warning,
		Title:   "a file list without a destination",
		Summary: "[DestinationDirs] has no entry for %s, and no DefaultDestDir",
		Advice:  "add the list, or DefaultDestDir, to [DestinationDirs]",
		Explanation: `Windows looks in [DestinationDirs] for the folder that a list is copied to, then for DefaultDestDir. With neither it falls back to System32, where a driver's files do not belong and a service does not look for them.

Files that CopyFiles names itself (@file) always go to DefaultDestDir.

[DestinationDirs]
DefaultDestDir = 13`,
		InfVerif: []int{1275}, Source: pageDestinations,
	},
	{
		Code: string(codeCopyConflict), Severity: Error,
		Title:   `two different files that are copied to one place`,
		Summary: "%s is copied from two different files",
		Advice:  "give one of them another name, or copy only one",
		Explanation: `One install section copies two different files of the package to the same name in the same folder. Which of them is left depends on the order and version of the files. The device gets the wrong one on some systems.

The same name in two install sections is fine: they are never both installed for one device.`,
		InfVerif: []int{1330}, Source: pageInfVerif,
	},
	{
		Code: string(codeDirIDOld), Severity: Info,
		Title:   `a directory identifier that new drivers may not copy to`,
		Summary: "directory identifier %s is not accepted of new drivers",
		Advice:  "nothing, to deploy the driver; a new driver uses 13",
		Explanation: `Windows still copies to this folder. Drivers that are submitted to Microsoft for a signature, from Windows 11 24H2 on, may use only a few identifiers, since files elsewhere are shared and outlive the driver.

For a signed driver it has no consequence.`,
		InfVerif: []int{1340, 1341}, Source: pageInfVerif,
	},
}
