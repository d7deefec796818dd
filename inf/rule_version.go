package inf

// The codes of findings about [Version].
const (
	codeVersionMissing    code = "INF0201"
	codeClassGUID         code = "INF0202"
	codeDriverVerDate     code = "INF0203"
	codeDriverVerVersion  code = "INF0204"
	codeCatalogMissing    code = "INF0205"
	codeCatalogName       code = "INF0206"
	codeProviderMicrosoft code = "INF0207"
	codeClassMismatch     code = "INF0208"
	codeClassReserved     code = "INF0209"
	codeClassInstall      code = "INF0210"
	codeLockdown          code = "INF0211"
)

var versionRules = []Rule{
	{
		Code: string(codeVersionMissing), Severity: Error,
		Title:    "`[Version]` lacks Class, ClassGuid, Provider or DriverVer",
		Summary:  "[Version] has no %s",
		Advice:   "add it: Windows needs it to install a Plug and Play driver",
		InfVerif: []int{1013, 1234},
		Explanation: `Class and ClassGuid say which setup class the device belongs to, Provider who made the driver, and DriverVer how old
it is. Microsoft requires all four for a Plug and Play driver, and the signing service refuses a driver without
them. An entry without a value counts as missing.

What Windows does without them differs: without a DriverVer the driver counts as the oldest of all and loses against
any other one; without a class there is nothing to install the device into. If the driver was made for Windows 98,
ask the vendor for a newer one.

    Provider  = %Acme%
    DriverVer = 01/02/2024,1.2.3.4`,
		Source: pageVersion,
	},
	{
		Code: string(codeClassGUID), Severity: Error,
		Title:    `ClassGuid is no GUID in braces`,
		Summary:  "ClassGuid is no GUID in braces: %s",
		Advice:   "write it as {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}",
		InfVerif: []int{1010},
		Explanation: `Windows finds the setup class by its GUID. A GUID has 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12, and
stands in braces; anything else is no GUID, and the device has no class to be installed into.

    ClassGuid = {4d36e972-e325-11ce-bfc1-08002be10318}`,
		Source: pageVersion,
	},
	{
		Code: string(codeDriverVerDate), Severity: Warning,
		Title:    `DriverVer's date is not MM/DD/YYYY`,
		Summary:  "DriverVer's date is not MM/DD/YYYY: %s",
		Advice:   "Windows takes the driver for the oldest of all: write the date with two digits for month and day, four for the year",
		InfVerif: []int{1218},
		Explanation: `When two drivers fit a device equally well, Windows takes the newer date. It reads month, day and year in this order,
with two, two and four digits, and no other form. A date it cannot read counts as 00/00/0000, so this driver loses
against every driver with a date, however old.

Text such as WILL_BE_FIXED_UP_BY_STAMPINF means that the file comes from a source tree and was never built.

    DriverVer = 01/31/2024,1.2.3.4`,
		Source: pageDriverVer,
	},
	{
		Code: string(codeDriverVerVersion), Severity: Warning,
		Title:    `DriverVer's version is not w.x.y.z with parts up to 65535, not all of them 0`,
		Summary:  "DriverVer's version is not w.x.y.z with parts up to 65535, not all of them 0: %s",
		Advice:   "write four numbers with dots between them",
		InfVerif: []int{1217},
		Explanation: `The version decides between drivers of the same date. Windows wants four numbers of at most 65535, and fills missing
ones with 0: 4.20 is 4.20.0.0. Such a driver installs, and older drivers often look so, but Microsoft's signing
service has refused it since 2021. A version that cannot be read at all counts as 0.0.0.0.

    DriverVer = 01/31/2024,4.20.0.0`,
		Source: pageDriverVer,
	},
	{
		Code: string(codeCatalogMissing), Severity: Error,
		Title:    "`[Version]` names no CatalogFile",
		Summary:  "[Version] names no CatalogFile: the package cannot be signed",
		Advice:   "64-bit Windows refuses the driver: ask the vendor for the signed package",
		InfVerif: []int{1233},
		Explanation: `A driver is signed by way of a catalog that lists its files, and CatalogFile tells Windows which one. Without the
entry the package is unsigned, even if a .cat file lies beside it. 64-bit Windows refuses unsigned drivers, and so
does the import into a driver store or an image; 32-bit Windows asks.

It is harmless in an INF that no device needs, such as one for Windows 98 that lies in the same folder. Adding the
entry to a vendor's INF does not help, because no catalog covers the changed file.

    CatalogFile = acme.cat`,
		Source: pageVersion,
	},
	{
		Code: string(codeCatalogName), Severity: Error,
		Title:    "CatalogFile is no plain name of a `.cat` file",
		Summary:  "CatalogFile is no plain name of a .cat file: %s",
		Advice:   "the catalog lies beside the INF: name it without a path",
		InfVerif: []int{1214},
		Explanation: `The catalog has to lie beside the INF, under a plain name that ends in .cat. Windows does not follow a path here, and
does not look for another extension; it finds no catalog and treats the driver as unsigned.

    CatalogFile = acme.cat`,
		Source: pageVersion,
	},
	{
		Code: string(codeProviderMicrosoft), Severity: Info,
		Title:    "a Provider that says Microsoft",
		Summary:  "Provider says Microsoft: %s",
		Advice:   "name the company that provides the driver",
		InfVerif: []int{1204},
		Explanation: `Provider names who is responsible for the package. Microsoft's signing service does not accept its own name from
others. Windows installs the driver all the same. Drivers that Microsoft did sign with this text are mostly its own,
taken from a Windows folder.`,
		Source: pageInfVerif,
	},
	{
		Code: string(codeClassMismatch), Severity: Warning,
		Title:    "Class and ClassGuid that name two different classes",
		Summary:  "%s",
		Advice:   "write the class and the GUID that belong together: Windows goes by the GUID",
		InfVerif: []int{1280, 1281},
		Explanation: `Windows defines both the name and the GUID of its setup classes, and the two here do not belong together. Windows
goes by the GUID: the device shows up in that class, and its class installer handles it, whatever Class says.

Programs that list drivers often go by the name, so they show another class than Device Manager. Nothing else
happens as long as the GUID is the right one.

    Class     = Net
    ClassGuid = {4d36e972-e325-11ce-bfc1-08002be10318}`,
		Source: pageClasses,
	},
	{
		Code: string(codeClassReserved), Severity: Info,
		Title:    "a setup class that Windows keeps for itself",
		Summary:  "class %s is reserved for Windows",
		Advice:   "nothing, if the driver is signed and works; a new driver needs the class of what the device does, such as USBDevice",
		InfVerif: []int{1284},
		Explanation: `Microsoft keeps some setup classes for Windows itself, such as USB for hubs and host controllers, and asks vendors
not to install devices into them. Windows does not stop a driver that does, and host controllers of vendors often do
so with a signature. The signing service may refuse a new driver.`,
		Source: pageReserved,
	},
	{
		Code: string(codeClassInstall), Severity: Info,
		Title:    "`[ClassInstall32]` for a class that Windows defines",
		Summary:  "[ClassInstall32] for the class %s, which Windows defines",
		Advice:   "remove the section: the class is there already",
		InfVerif: []int{1285},
		Explanation: `[ClassInstall32] makes a setup class. For a class that Windows defines the section is not run, or overwrites the
icon and the class installer with the vendor's own. Since Windows 10 Microsoft's signing service refuses it. In
older drivers it was a habit, and it does no harm there.`,
		Source: docsInstall + "inf-classinstall32-section",
	},
	{
		Code: string(codeLockdown), Severity: Info,
		Title:    "`[Version]` without PnpLockdown = 1",
		Summary:  "PnpLockdown = 1 is missing: programs may overwrite the driver's files",
		Advice:   "add PnpLockdown = 1 to [Version] in the next release",
		InfVerif: []int{1324},
		Explanation: `With PnpLockdown = 1 in [Version], Windows lets no program replace the files that the INF copies into the Windows
folder. Without it a setup program may overwrite them behind Windows' back. It has no effect on the import or the
installation, and Windows before Vista does not know it. Microsoft's checks ask for it in every new driver.

    [Version]
    PnpLockdown = 1`,
		Source: pageVersion,
	},
}
