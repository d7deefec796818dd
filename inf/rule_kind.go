package inf

// The codes of findings about kinds of drivers with rules of their own.
const (
	codeExtensionID        code = "INF0701"
	codeExtensionForbidden code = "INF0702"
	codePrimitiveInstall   code = "INF0703"
	codePrimitiveUninstall code = "INF0704"
	codeKindBoth           code = "INF0705"
	codePrinterClassVer    code = "INF0706"
	codePrinterFile        code = "INF0707"
)

// kindRules are about kinds of drivers with rules of their own: extension INFs, primitive drivers, printers.
var kindRules = []Rule{
	{
		Code: string(codeExtensionID), Severity: Error,
		Title:    "an extension INF whose ExtensionId is missing or no GUID",
		Summary:  "extension INF without a valid ExtensionId: %s",
		Advice:   "add ExtensionId = {GUID} to [Version]: a new one for a new extension, the same one for each of its versions",
		InfVerif: []int{1380, 1381},
		Explanation: `An extension INF adds to what the base driver of a device installs. Windows tells extensions apart by their
ExtensionId and installs the newest one of each. Without a valid GUID it cannot place the extension and does not
install it.

    Class       = Extension
    ExtensionId = {a1b2c3d4-0000-1111-2222-333344445555}`,
		Source: pageExtension,
	},
	{
		Code: string(codeExtensionForbidden), Severity: Error,
		Title:    "something that an extension INF must not do, such as naming the function driver",
		Summary:  "not allowed in an extension INF: %s",
		Advice:   "leave it to the base driver; a filter or a service beside it is added without flag 2",
		InfVerif: []int{1382, 1383},
		Explanation: `The base driver names the function driver and defines the class; an extension adds registry values, filters,
services and software to it. Windows does not let an extension replace the function driver, and Microsoft's signing
service refuses one that tries. A null driver (AddService = ,2) counts as one.

    AddService = AcmeHelper, , Helper_Service`,
		Source: pageExtension,
	},
	{
		Code: string(codePrimitiveInstall), Severity: Error,
		Title:    "an undecorated `[DefaultInstall]` in a primitive driver",
		Summary:  "[%s] names no architecture: a primitive driver has decorated ones only",
		Advice:   "remove the section, or rename it to DefaultInstall.NTamd64",
		InfVerif: []int{1420, 1421},
		Explanation: `A primitive driver installs a driver package that no device asks for, such as a file system filter. Windows accepts it
only with [DefaultInstall] sections that name their architecture. An undecorated one makes it an INF of the old kind,
which is run by right-click and cannot be imported.

    [DefaultInstall.NTamd64]
    CopyFiles = Files`,
		Source: pagePrimitive,
	},
	{
		Code: string(codePrimitiveUninstall), Severity: Error,
		Title:    "a `[DefaultUninstall]` without architecture or without LegacyUninstall = 1 in a primitive driver",
		Summary:  "%s",
		Advice:   "remove it, or write [DefaultUninstall.NTamd64] with LegacyUninstall = 1 as its first line",
		InfVerif: []int{1422, 1423},
		Explanation: `Windows undoes what a primitive driver did by itself, since Windows 10 1903. A [DefaultUninstall] section is left for
older systems: it has to name its architecture, and to say LegacyUninstall = 1, which keeps newer systems from running
it. Otherwise Microsoft's checks refuse the package.

    [DefaultUninstall.NTamd64]
    LegacyUninstall = 1`,
		Source: pagePrimitive,
	},
	{
		Code: string(codeKindBoth), Severity: Info,
		Title:    "`[DefaultInstall]` in a device driver",
		Summary:  "device driver with a [DefaultInstall] section, which only a right-click runs",
		Advice:   "remove the section in the next release",
		InfVerif: []int{1212},
		Explanation: `A driver for devices is installed when its device shows up. A [DefaultInstall] section beside it runs only when
somebody chooses Install in the file's context menu, mostly to copy files ahead of time. The import does not run it.
Old drivers often have it; Microsoft's checks no longer allow both.`,
		Source: pageDefault,
	},
	{
		Code: string(codePrinterClassVer), Severity: Warning,
		Title:   "a printer driver with a manifest and without ClassVer = 4.0",
		Summary: "a v4 printer driver (it copies a manifest) has no ClassVer = 4.0",
		Advice:  "add ClassVer = 4.0 to [Version]",
		Explanation: `Windows takes a printer driver for one of the newer kind (v4) by ClassVer = 4.0 in [Version]. This one copies a
manifest, which only that kind has, but lacks the entry, so Windows treats it as the older kind (v3), which reads no
manifest and needs other files.

    ClassVer = 4.0`,
		Source: "https://learn.microsoft.com/windows-hardware/drivers/print/v4-driver-inf",
	},
	{
		Code: string(codePrinterFile), Severity: Warning,
		Title:   "a printer driver's file that is named and not copied",
		Summary: "%s is named as a printer driver's file and not copied",
		Advice:  "add it to a CopyFiles section and to [SourceDisksFiles]",
		Explanation: `Entries such as DriverFile and DataFile tell the spooler which files make up the driver. They copy nothing. A file that no
CopyFiles section lists is not part of the package, and adding the printer fails unless the file happens to be there.

It is harmless for files that Windows brings along, such as UNIDRV.DLL; those an INF normally takes with
Include = NTPRINT.INF.`,
		Source: "https://learn.microsoft.com/windows-hardware/drivers/print/printer-inf-file-entries",
	},
}
