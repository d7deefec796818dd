package inf

// The codes of findings about [Manufacturer] and models sections.
const (
	codeModelsNone      code = "INF0301"
	codeDecoration      code = "INF0302"
	codeModelsMissing   code = "INF0303"
	codeModelsEmpty     code = "INF0304"
	codeManufacturer    code = "INF0305"
	codeInstallMissing  code = "INF0306"
	codeInstallEmpty    code = "INF0307"
	codeUnstamped       code = "INF0308"
	codeDecorationBuild code = "INF0309"
	codeKind            code = "INF0310"
	codeUndecorated     code = "INF0311"
	codeNoService       code = "INF0312"
	codeDecorationID    code = "INF0313"
)

var modelsRules = []Rule{
	{
		Code: string(codeModelsNone), Severity: Error,
		Title:    `no models entry at all`,
		Summary:  "no models entry: the INF serves no device",
		Advice:   "a device driver lists its hardware IDs in models sections that [Manufacturer] names",
		InfVerif: []int{1297},
		Explanation: `Windows finds the devices of a driver by way of [Manufacturer]: each line there names a models section, and each line
of a models section a device with its hardware ID. This INF leads to no device at all, so no device can get it, and
ConfigMgr refuses to import it.

Some such files are include files or belong to printers and setup programs. A package that installs software and no
device is a primitive driver: it has a [DefaultInstall.NTamd64] section and no [Manufacturer].

    [Manufacturer]
    %Acme% = Models, NTamd64`,
		Source: pageManufacturer,
	},
	{
		Code: string(codeDecoration), Severity: Error,
		Title:    "a decoration that Windows cannot read, such as `NTx64`",
		Summary:  "TargetOSVersion decoration cannot be read: %s",
		Advice:   "Windows ignores this models section: write NTx86, NTamd64 or NTarm64, then .major.minor",
		InfVerif: []int{1287},
		Explanation: `A decoration says which systems a models section is for. It begins with NT and an architecture, spelled x86, amd64,
arm64, ia64 or arm; a version may follow. Windows passes over one it cannot read, without any message, and the systems
that were meant get no driver. x64 is how people call it, not how an INF does.

The models section carries the decoration in its name, so both places have to change:

    %Acme% = Models, NTamd64
    [Models.NTamd64]`,
		Source: pageManufacturer,
	},
	{
		Code: string(codeModelsMissing), Severity: Error,
		Title:   `a models section that is listed and does not exist`,
		Summary: "models section [%s] does not exist",
		Advice:  "systems that this decoration fits get no driver: add the section or remove the decoration",
		Explanation: `Windows reads the one models section whose decoration fits best, and no other. If that section is not in the file, the
systems it fits get no driver, even if a section for older systems is there. Mostly the name in [Manufacturer] and the
one in the header differ in a letter or a dot.

If systems are to be excluded, an empty section says so.

    %Acme% = Models, NTamd64.10.0
    [Models.NTamd64.10.0]`,
		Source: pageManufacturer,
	},
	{
		Code: string(codeModelsEmpty), Severity: Info,
		Title:   `a models section that is empty: the systems it fits are excluded`,
		Summary: "models section [%s] is empty: systems it fits are excluded",
		Advice:  "nothing, if that is meant",
		Explanation: `An empty models section is how an INF excludes systems: Windows chooses it, finds no device, and looks no further. It
often closes a range, for instance with NTamd64.6.2 in a driver for Windows 7. If your target is among the excluded
systems, look for another driver.`,
		Source: pageManufacturer,
	},
	{
		Code: string(codeManufacturer), Severity: Error,
		Title:    "a `[Manufacturer]` line that names no models section",
		Summary:  "manufacturer line names no models section",
		Advice:   "write: manufacturer name = models section name",
		InfVerif: []int{1011},
		Explanation: `A line of [Manufacturer] gives a name and, behind the equals sign, a models section. Here nothing stands behind it,
so the line leads nowhere and its devices get no driver. Other lines are not affected.

    %Acme% = Models, NTamd64`,
		Source: pageManufacturer,
	},
	{
		Code: string(codeInstallMissing), Severity: Error,
		Title:    `an install section that exists in no decoration`,
		Summary:  "install section [%s] does not exist in any decoration",
		Advice:   "the device gets no driver: add the section or correct the name",
		InfVerif: []int{1261},
		Explanation: `A models entry names an install section that tells what to do for the device. Windows looks for the name with .NT and
the architecture, then with .NT, then as it stands, and finds none of them here. The device is recognised, and its
installation fails (section not found).

It is only a warning when other devices of the same architecture do have their section: those are served.

    %Dev% = Install, PCI\VEN_1234&DEV_5678
    [Install.NTamd64]`,
		Source: pageInstall,
	},
	{
		Code: string(codeInstallEmpty), Severity: Warning,
		Title:    `a models entry without an install section`,
		Summary:  "models entry names no install section",
		Advice:   "name the DDInstall section behind the equals sign",
		InfVerif: []int{1271},
		Explanation: `Nothing stands between the equals sign and the first comma. Windows takes the device as one for which nothing has to
be done: it is shown under its name and gets no files and no service. That is rarely meant; name the install section
there.

    %Dev% = Install, PCI\VEN_1234&DEV_5678`,
		Source: pageModels,
	},
	{
		Code: string(codeUnstamped), Severity: Error,
		Title:    "a decoration that was never stamped: `NT$ARCH$`",
		Summary:  "the file was never stamped: %s",
		Advice:   "this is a source file (.inx); the build replaces $ARCH$ by the architecture",
		InfVerif: []int{1274},
		Explanation: `$ARCH$ is a placeholder that a build replaces by the architecture (stampinf does). The file comes from a source tree
and was never built, so Windows cannot read the decoration and no system gets the driver. Its date and its catalog are
missing most of the time as well. Take the INF from the built package.`,
		Source: docsInstall + "inf-manufacturer-section",
	},
	{
		Code: string(codeDecorationBuild), Severity: Warning,
		Title:    `a build number below 14310 or without version 10.0 in a decoration`,
		Summary:  "build number in a decoration must be 14310 or higher, with version 10.0: %s",
		Advice:   "Windows ignores it: correct the build number",
		InfVerif: []int{1288},
		Explanation: `Windows reads a build number in a decoration since build 14310, an early Windows 10 1607, and only together with version
10.0. With a lower number, or with an older version, no system reads the section. Write a build that exists, such
as 17763:

    %Acme% = Models, NTamd64.10.0...17763`,
		Source: pageManufacturer,
	},
	{
		Code: string(codeKind), Severity: Warning,
		Title:   `no driver to import: right-click INF, class INF`,
		Summary: "%s",
		Advice:  "import a driver INF that has a [Manufacturer] section instead",
		Explanation: `The file is an INF but no driver. One with only an undecorated [DefaultInstall] is run by choosing Install in its
context menu; one with only [ClassInstall32] prepares Windows for drivers that come in other files. Neither goes into a
driver store, and ConfigMgr refuses both. That is no fault as long as the real driver lies beside it.`,
		Source: pageDefault,
	},
	{
		Code: string(codeUndecorated), Severity: Warning,
		Title:   "models that name no architecture, which only 32-bit Windows reads",
		Summary: "no models section names an architecture: the driver is for 32-bit Windows only",
		Advice:  "use it for x86 targets; for 64-bit Windows get a driver whose models are decorated with NTamd64 or NTarm64",
		Explanation: `Models without an architecture are read by 32-bit Windows only, since Server 2003 SP1. On 64-bit Windows the driver
can be imported, and then serves no device. It is what drivers from before 2005 look like, and monitors whose INF was
never updated.

If you deploy 64-bit Windows, take another driver. If you write the INF, decorate the models for each architecture:

    %Acme% = Models, NTx86, NTamd64
    [Models.NTamd64]`,
		Source: pageDecorations,
	},
	{
		Code: string(codeNoService), Severity: Warning,
		Title:    "an install section without a function driver, for a device with a hardware ID",
		Summary:  "install section [%s] names no service for the device",
		Advice:   "add AddService = name, 2, ... to its .Services section, or AddService = ,2 if the device needs no driver",
		InfVerif: []int{1296},
		Explanation: `A device works through a function driver, a service that the install section's .Services section names with flag 2.
Without one Windows installs the device and then reports that it has no driver (code 28), or keeps the one of
before. Windows looks for exactly the chosen section's name: beside [Install.NTamd64] it does not read
[Install.Services].

A device that needs no driver, such as a bridge that is only to have a name, says so with a null driver. One that uses
a driver of Windows includes it.

    [Install.NTamd64.Services]
    AddService = ,2`,
		Source: docsInstall + "inf-ddinstall-services-section",
	},
	{
		Code: string(codeDecorationID), Severity: Warning,
		Title:    "a hardware ID in `[Manufacturer]`, where a decoration belongs",
		Summary:  "this is no TargetOSVersion decoration but a hardware ID: %s",
		Advice:   "move the line into a models section",
		InfVerif: []int{1287},
		Explanation: `Behind the models section's name [Manufacturer] lists decorations, such as NTamd64. A hardware ID there means that a
models entry got into the wrong section, often because the header above it is a comment. Windows ignores it, and the
device gets no driver. Other lines are not affected.`,
		Source: pageManufacturer,
	},
}
