package inf

// The codes of findings about install sections and what they name.
const (
	codeSectionMissing   code = "INF0401"
	codeLoop             code = "INF0402"
	codeNoSection        code = "INF0403"
	codeValueMissing     code = "INF0404"
	codeExtraValue       code = "INF0405"
	codeIncludeUnknown   code = "INF0406"
	codeSectionShared    code = "INF0407"
	codeNeedsDirect      code = "INF0408"
	codeNeedsSuffix      code = "INF0409"
	codeNeedsUnknown     code = "INF0410"
	codeServiceMissing   code = "INF0411"
	codeSubsectionUnread code = "INF0412"
	codeSectionUnused    code = "INF0413"
	codeCopyINF          code = "INF0414"
	codeListNoFile       code = "INF0415"
	codeCopyFlags        code = "INF0416"
	codeFeatureScore     code = "INF0417"
	codeLegacy           code = "INF0418"
	codeNotIsolated      code = "INF0419"
	codeServiceBinary    code = "INF0420"
	codeRegistryTwice    code = "INF0421"
	codeTwice            code = "INF0422"
)

// The pages that these rules cite.
const (
	pageCopyFiles  = docsInstall + "inf-copyfiles-directive"
	pageAddService = docsInstall + "inf-addservice-directive"
	pageIsolation  = "https://learn.microsoft.com/windows-hardware/drivers/develop/driver-isolation"
	pageUniversal  = docsInstall + "using-a-universal-inf-file"
)

var installRules = []Rule{
	{
		Code: string(codeSectionMissing), Severity: Error,
		Title:   `a section that a directive names and that does not exist`,
		Summary: "section [%s] does not exist",
		Advice:  "add the section or correct the name",
		Explanation: `A directive sends Windows to a section that this INF does not have. Nothing of what the section was to do happens: files are not copied, registry values not written, the service not installed.

For CopyFiles it is an error, since the driver lacks files; a single file is written with @ in front of its name, and a number there is usually a directory identifier that belongs into [DestinationDirs]. For other directives it is a warning, as it is where Windows never comes to the directive. Names that an included INF of Windows may have are not reported.

CopyFiles = @acme.sys
CopyFiles = Acme.Files     ; needs [Acme.Files]`,
		InfVerif: []int{1203}, Source: pageCopyFiles,
	},
	{
		Code: string(codeLoop), Severity: Warning,
		Title:   `Include of the INF itself, or Needs that leads back to its own section`,
		Summary: "%s",
		Advice:  "remove the name: Windows reads each section once, so it has no effect",
		Explanation: `Include and Needs pull parts of other INF files or sections in. Here they lead back to where they started. Windows documents no nesting of Needs, and drivercat reads each section once, so nothing goes round for ever.

The author most likely meant another section or another INF: what that one would have added is missing. A section that includes another INF may need a section of its own name, which then means the other INF's.`,
		Source: pageInstall,
	},
	{
		Code: string(codeNoSection), Severity: Warning,
		Title:   `a directive without the section that it needs`,
		Summary: "%s names no section",
		Advice:  "name the section, or remove the directive",
		Explanation: `The directive tells Windows where to read on, but its section is left out. Windows does nothing for it: AddService without a service-install section can only point to a service that is on the system already.

It is harmless if the line was emptied on purpose. Then it is better removed.

AddService = AcmeSvc, 0x2, AcmeSvc.Install`,
		InfVerif: []int{1005}, Source: docsInstall + "summary-of-inf-directives",
	},
	{
		Code: string(codeValueMissing), Severity: Warning,
		Title:   `a value that a directive or a service-install section cannot do without`,
		Summary: "%s",
		Advice:  "add the value",
		Explanation: `Windows needs this value to carry the line out. Without a name, class or GUID there is nothing to add. A service-install section has to give ServiceType, StartType, ErrorControl and ServiceBinary: if the service is new, Windows cannot create it.

A service that another driver or Windows brings may be there already. The section then changes what it mentions, and the driver works on this computer and fails on the next.

ServiceType   = 1    ; kernel driver
StartType     = 3    ; on demand
ErrorControl  = 1
ServiceBinary = %13%\acme.sys`,
		InfVerif: []int{1006}, Source: pageAddService,
	},
	{
		Code: string(codeExtraValue), Severity: Info,
		Title:   `more values than the directive knows`,
		Summary: "%s values: the rest is ignored",
		Advice:  "remove the values behind, or put the text into quotes if a comma belongs to it",
		Explanation: `Windows reads the values it knows by their place and ignores what follows. Mostly that is harmless: tools and copied lines leave commas and flags behind.

Look closer if the line holds a path or a text with a comma. Without quotes it is cut in two, and its second half is what is reported here.`,
		InfVerif: []int{1201}, Source: docsInstall + "summary-of-inf-directives",
	},
	{
		Code: string(codeIncludeUnknown), Severity: Warning,
		Title:   `Include of an INF that does not come with Windows`,
		Summary: "%s is no INF of Windows",
		Advice:  "include only INF files of Windows; another driver of yours is brought along with CopyINF, or is installed by itself",
		Explanation: `Include opens an INF that lies in the INF folder of the running Windows. Vendors' INF files are renamed there (oem12.inf), so they are never found under their own name, and what Needs wants from them is missing.

drivercat knows the INF files that drivers are seen to include. If this one came with a Windows it does not know, the finding is harmless.`,
		InfVerif: []int{1202}, Source: docsInstall + "specifying-the-source-and-target-locations-for-device-files",
	},
	{
		Code: string(codeSectionShared), Severity: Warning,
		Title:   `one section that two kinds of directives name`,
		Summary: "%s",
		Advice:  "give each directive a section of its own",
		Explanation: `Every kind of directive reads the lines of its section in its own way. Two kinds that share one cannot both be right: an event log section named by AddReg is read as registry values, of which it has none.

Where the two read lines alike it is only information: CopyFiles and DelFiles with one list are used to remove what was copied, AddReg and DelReg with one list clear values before they are written.`,
		InfVerif: []int{1205, 1206}, Source: pageInfVerif,
	},
	{
		Code: string(codeNeedsDirect), Severity: Warning,
		Title:   `a section of an included INF that is named otherwise than by Needs`,
		Summary: "[%s] seems to be a section of an included INF: only Needs may name it",
		Advice:  "name an install section of that INF with Needs",
		Explanation: `The INF takes a single list or registry section out of an INF of Windows. Windows does find it today, but Microsoft changes the inner sections of its INF files with every version. Only the install sections that are documented stay.

After a Windows upgrade the section may be gone and the device half installed. Needs with the documented section brings the same and keeps working.

Include = ks.inf
Needs   = KS.Registration`,
		InfVerif: []int{1220}, Source: pageInfVerif,
	},
	{
		Code: string(codeNeedsSuffix), Severity: Warning,
		Title:   `Needs of a section of another kind`,
		Summary: "[%s] is not of the kind of section that needs it",
		Advice:  "need a .Services section in a .Services section, a .HW section in a .HW section, and so on",
		Explanation: `Needs reads the other section as if its lines stood here. Windows understands only some directives in each kind of section: AddService counts in .Services, not in the install section itself. What does not fit is ignored without a word.

The usual mistake is to need Foo.NT.Services from the install section. The service is then never installed and the device stays without a driver.

[Acme.NT.Services]
Include = winusb.inf
Needs   = WINUSB.NT.Services`,
		InfVerif: []int{1310, 1311, 1312}, Source: pageInfVerif,
	},
	{
		Code: string(codeNeedsUnknown), Severity: Warning,
		Title:   `Needs of a section that is not known`,
		Summary: "[%s] is not in this INF and not known to be in one that it includes",
		Advice:  "correct the name, or include the INF that has it in the same section",
		Explanation: `Windows looks for the section in this INF and in those it includes. If nobody has it, what it was to bring is missing: often the driver that does the work.

If the INF includes other files, this is only information: the section may well be there, but drivercat does not have Windows' own INF files at hand and knows the names of a few.`,
		InfVerif: []int{1313, 1315, 1316}, Source: pageInstall,
	},
	{
		Code: string(codeServiceMissing), Severity: Warning,
		Title:   `a service that is used and not defined`,
		Summary: "service %s is used here, but no AddService of this INF defines it",
		Advice:  "add the service with AddService, or correct its name",
		Explanation: `A filter or framework entry names a service that this INF does not install and that is none of Windows' own. When the device starts Windows loads all services that are registered for it. A filter that is missing keeps the device from starting (code 39 or 10 in Device Manager).

It is harmless if another driver, which is always there first, installs the service. Windows does not check that.`,
		InfVerif: []int{2006}, Source: docsInstall + "inf-addfilter-directive",
	},
	{
		Code: string(codeSubsectionUnread), Severity: Warning,
		Title:   `a subsection whose decoration is not that of the install section`,
		Summary: "%s",
		Advice:  "give both the same decoration",
		Explanation: `Windows first chooses an install section: Acme.NTamd64 before Acme.NT before Acme. Then it appends .Services, .HW and so on to exactly that name. A subsection with another decoration is never read, and nothing tells you: a device without its .Services gets no driver, one without its .HW no settings.

It is harmless if the subsection was left behind on purpose.

[Acme.NTamd64]
[Acme.NTamd64.Services]     ; not [Acme.Services]`,
		InfVerif: []int{2010}, Source: docsInstall + "combining-platform-extensions-with-other-section-name-extensions",
	},
	{
		Code: string(codeSectionUnused), Severity: Info,
		Title:   `a section that nothing names`,
		Summary: "nothing names [%s]",
		Advice:  "remove the section, or correct the name where it was to be used",
		Explanation: `Windows comes to sections by their fixed names or because a directive names them. It never comes to this one, and its lines have no effect.

Most are left over from an earlier version and harmless. But a typing error in the name looks just the same: check whether something in it is missing on the device. Sections that only an installer of the vendor reads are reported too.`,
		InfVerif: []int{2083}, Source: pageInfVerif,
	},
	{
		Code: string(codeCopyINF), Severity: Warning,
		Title:   `CopyINF of something that is no INF`,
		Summary: "CopyINF names %s, which is no INF",
		Advice:  "name an INF file; other files are copied with CopyFiles",
		Explanation: `CopyINF installs other driver packages together with this one. Each name is an INF with its own catalog and files. Windows cannot import anything else and ignores the entry or ends the installation with an error.

Use CopyFiles for files of this driver.`,
		InfVerif: []int{1110}, Source: docsInstall + "inf-copyinf-directive",
	},
	{
		Code: string(codeListNoFile), Severity: Warning,
		Title:   `a line in a file list without a file name`,
		Summary: "no file name in a line of [%s]",
		Advice:  "write: name on the system, name in the package",
		Explanation: `A line of a file list begins with the name that the file has on the system. This one has none, so nothing is copied, deleted or renamed for it.

Look at the line: often a comma at its start moved everything by one place, and the file that was meant is missing on the device.

acme.sys
new.sys, old.sys     ; copies old.sys as new.sys`,
		InfVerif: []int{1229}, Source: pageCopyFiles,
	},
	{
		Code: string(codeCopyFlags), Severity: Warning,
		Title:   `copy flags that Windows does not know`,
		Summary: "copy flag: %s",
		Advice:  "write the flags as a number: 0x10 does not overwrite, 0x4000 renames a file in use",
		Explanation: `The fourth value of a file list line is a number made of flags. Windows reads text, such as the name of a flag that no string explains, as 0: the file is copied without what the flag asked for. Bits that are not documented may change their meaning.

It is harmless if the flag only suppresses a question, since driver installation asks none today.`,
		Source: pageCopyFiles,
	},
	{
		Code: string(codeFeatureScore), Severity: Warning,
		Title:   `a FeatureScore that is no hexadecimal byte`,
		Summary: "FeatureScore is no byte in hexadecimal: %s",
		Advice:  "write two hexadecimal digits, such as F0; a lower score is a better one",
		Explanation: `The feature score weighs more than any hardware ID when Windows ranks drivers. It is one byte in hexadecimal, with or without 0x. Any other text counts as FF, the worst score, as if the line were not there.

Watch out for decimal numbers: 128 is not 80. On a device with several drivers the wrong one wins.`,
		InfVerif: []int{1245}, Source: docsInstall + "inf-featurescore-directive",
	},
	{
		Code: string(codeLegacy), Severity: Info,
		Title:   `an operation that universal drivers may not use`,
		Summary: "legacy operation: %s",
		Advice:  "nothing, to deploy the driver on desktop Windows; a new driver does without",
		Explanation: `Co-installers, RegisterDlls, DelFiles, RenFiles, LogConfig and their like run code or touch things outside of the driver when a device is installed. Windows 10 and 11 on the desktop still do what is asked. Other editions, and InfVerif in its stricter modes, refuse it.

For deployment it means that the work happens when the device is installed, not when the driver is put into an image offline. Co-installers are the ones that fail most.`,
		InfVerif: []int{1300, 1301, 1302, 1303, 1305, 1309}, Source: pageUniversal,
	},
	{
		Code: string(codeNotIsolated), Severity: Info,
		Title:   `changes outside of what belongs to the driver`,
		Summary: "not isolated: %s",
		Advice:  "nothing, to deploy the driver; a new driver writes to HKR and leaves its files in the driver store (13)",
		Explanation: `An isolated driver keeps its files in the driver store and its settings below its own device. It can then be updated and removed without traces. Keys such as HKLM and absolute paths are shared with the rest of the system: two drivers may overwrite each other, and nothing is cleaned up.

Microsoft demands isolation of drivers that carry the Windows Driver label, not of others. Each section is reported once.`,
		InfVerif: []int{1304, 1306, 1320, 1321, 1322, 1323, 1325, 1326}, Source: pageIsolation,
	},
	{
		Code: string(codeServiceBinary), Severity: Warning,
		Title:   `a service whose file this INF does not copy`,
		Summary: "ServiceBinary: %s",
		Advice:  "copy the file with CopyFiles, or correct the path: it begins with a directory identifier, such as %13%",
		Explanation: `The service starts the file that ServiceBinary names. This INF does not copy it, and it is none of the drivers of Windows that drivercat knows. If the file is not there, the device shows code 39 or 31 after an installation that seemed to succeed.

It is harmless if Windows or another driver brings the file. A path without a directory identifier depends on the drive Windows happens to be installed on.

[Acme.Files]
acme.sys
[AcmeSvc.Install]
ServiceBinary = %13%\acme.sys`,
		InfVerif: []int{2084, 2085}, Source: pageAddService,
	},
	{
		Code: string(codeRegistryTwice), Severity: Warning,
		Title:   `a registry value that one section writes twice, differently`,
		Summary: "registry value %s is written twice",
		Advice:  "keep the line that is meant",
		Explanation: `Two lines of one section write different data to the same registry value. Windows carries the lines out in their order and the last one stays. Whoever reads or changes the first line is misled.

Lines that add to a list, or that write only if the value is not there, are not reported.`,
		InfVerif: []int{1086}, Source: docsInstall + "inf-addreg-directive",
	},
	{
		Code: string(codeTwice), Severity: Warning,
		Title:   `a service, component, filter or interface that one section adds twice`,
		Summary: "%s stands here twice",
		Advice:  "keep one of the lines",
		Explanation: `One section adds the same name twice. Windows carries both lines out, and the settings of the second replace those of the first, or are mixed with them.

It is harmless if both lines name the same section. Usually one of them was copied and its name forgotten, and what it was to add is missing.`,
		InfVerif: []int{1086}, Source: docsInstall + "summary-of-inf-directives",
	},
}
