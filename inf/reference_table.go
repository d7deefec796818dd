package inf

// use is what a directive takes a section for. A section that serves two uses has lines that one of them misreads.
type use uint8

const (
	useNone use = iota
	useModels
	useInstall
	useCopy
	useDelete
	useRename
	useAddReg
	useDelReg
	useProperty
	useBitReg
	useINI
	useLogConfig
	useProfile
	useRegister
	useService
	useEventLog
	useEventProvider
	useInterface
	useComponent
	useSoftware
	useFilter
	usePower
	useWMI
	useKMDF
	useUMDF
	useTrigger
	useFailure
	useSignature
	usePrinter
	useOther // what only class installers or Windows 95, 98 and Me read
)

// runs reports whether the entries of a section of this use are directives, which may name further sections.
func (u use) runs() bool {
	switch u {
	case useInstall, useService, useEventLog, useEventProvider, useInterface, useComponent, useSoftware, useFilter, useKMDF, useUMDF, useWMI, usePrinter, useOther:
		return true
	}
	return false
}

// every says that all fields of a directive name sections.
const every = -1

// refSpec says where a directive names sections, and what else it takes.
type refSpec struct {
	name     string // as Microsoft spells it
	use      use    // of the sections it names; useNone if it names none
	field    int    // which field names the section, or every
	optional bool   // the section may be left out
	required string // what its first field is, if that may not be empty
	most     int    // the fields that it knows; 0 if any number
	legacy   bool   // an operation that drivers for all editions of Windows may not use
}

// refSpecs are the directives of install sections, and of the sections they name, by their names in lower case.
// learn.microsoft.com/windows-hardware/drivers/install/summary-of-inf-directives
var refSpecs = map[string]*refSpec{
	"copyfiles":  {name: "CopyFiles", use: useCopy, field: every},
	"delfiles":   {name: "DelFiles", use: useDelete, field: every, legacy: true},
	"renfiles":   {name: "RenFiles", use: useRename, field: every, legacy: true},
	"addreg":     {name: "AddReg", use: useAddReg, field: every},
	"delreg":     {name: "DelReg", use: useDelReg, field: every},
	"bitreg":     {name: "BitReg", use: useBitReg, field: every, legacy: true},
	"needs":      {name: "Needs", use: useInstall, field: every},
	"include":    {name: "Include", required: "an INF"},
	"copyinf":    {name: "CopyINF", required: "an INF"},
	"logconfig":  {name: "LogConfig", use: useLogConfig, field: every, legacy: true},
	"updateinis": {name: "UpdateInis", use: useINI, field: every, legacy: true}, "updateinifields": {name: "UpdateIniFields", use: useINI, field: every, legacy: true},
	"ini2reg": {name: "Ini2Reg", use: useINI, field: every, legacy: true}, "profileitems": {name: "ProfileItems", use: useProfile, field: every, legacy: true},
	"registerdlls": {name: "RegisterDlls", use: useRegister, field: every, legacy: true}, "unregisterdlls": {name: "UnregisterDlls", use: useRegister, field: every, legacy: true},
	"addproperty": {name: "AddProperty", use: useProperty, field: every}, "delproperty": {name: "DelProperty", use: useProperty, field: every},
	"addpowersetting": {name: "AddPowerSetting", use: usePower, field: every},

	"addservice":   {name: "AddService", use: useService, field: 2, most: 6},
	"delservice":   {name: "DelService", required: "the service's name", most: 4, legacy: true},
	"addtrigger":   {name: "AddTrigger", use: useTrigger, field: every},
	"addinterface": {name: "AddInterface", use: useInterface, field: 2, optional: true, required: "the interface class", most: 4},
	"addcomponent": {name: "AddComponent", use: useComponent, field: 2, required: "the component's name", most: 3},
	"addsoftware":  {name: "AddSoftware", use: useSoftware, field: 2, required: "the software's name", most: 3},
	"addfilter":    {name: "AddFilter", use: useFilter, field: 2, required: "the filter's name", most: 3},

	"addeventprovider": {name: "AddEventProvider", use: useEventProvider, field: 1, required: "the provider's GUID", most: 2},
	"failureactions":   {name: "FailureActions", use: useFailure, field: 0, most: 1},
	"kmdfservice":      {name: "KmdfService", use: useKMDF, field: 1, required: "the service's name", most: 2},
	"umdfservice":      {name: "UmdfService", use: useUMDF, field: 1, required: "the service's name", most: 2},
	"wmiinterface":     {name: "WMIInterface", use: useWMI, field: 2, optional: true, required: "the interface's GUID", most: 3},
	"datasection":      {name: "DataSection", use: usePrinter, field: 0, most: 1},

	"featurescore": {name: "FeatureScore", required: "the score", most: 1}, "driverver": {name: "DriverVer", required: "the date", most: 2},
	"servicebinary": {name: "ServiceBinary", required: "the path of the file", most: 1}, "servicetype": {name: "ServiceType", required: "the type", most: 1},
	"starttype": {name: "StartType", required: "the type", most: 1}, "errorcontrol": {name: "ErrorControl", required: "the level", most: 1},

	"addsock": {name: "AddSock", use: useOther, field: every}, "delsock": {name: "DelSock", use: useOther, field: every},
	"registerocxs": {name: "RegisterOCXs", use: useOther, field: every}, "unregisterocxs": {name: "UnregisterOCXs", use: useOther, field: every},
	"runpresetupcommands": {name: "RunPreSetupCommands", use: useOther, field: every}, "runpostsetupcommands": {name: "RunPostSetupCommands", use: useOther, field: every},
	"updatecfgsys": {name: "UpdateCfgSys", use: useOther, field: every}, "updateautobat": {name: "UpdateAutoBat", use: useOther, field: every},
}

// longestSpec is the length of the longest name in refSpecs.
const longestSpec = len("runpostsetupcommands")

// references that sections make otherwise than by a directive.
var (
	specManufacturer = &refSpec{name: "Manufacturer", use: useModels}
	specModels       = &refSpec{name: "Models", use: useInstall}
	specSubsection   = &refSpec{name: "subsection", use: useInstall}
	specEventLog     = &refSpec{name: "AddService", use: useEventLog, field: 3, optional: true}
	specInterface    = &refSpec{name: "InterfaceInstall32", use: useInstall}
	specSignature    = &refSpec{name: "SignatureAttributes", use: useSignature}
)

// spec finds the directive that an entry is, nil if it is none that is known.
func (d *Driver) spec(l *Line) *refSpec {
	var buf [longestSpec]byte
	return refSpecs[string(d.lowerKey(l, buf[:0]))]
}

// subsections are the suffixes of the sections that Windows reads beside an install section.
// learn.microsoft.com/windows-hardware/drivers/install/summary-of-inf-sections
var subsections = [...]string{
	".Services", ".HW", ".CoInstallers", ".Interfaces", ".LogConfigOverride", ".FactDef", ".WMI", ".Components", ".Software", ".Events",
	".Filters", ".Wdf",
}

// otherSubsections are read by class installers, by parts of Windows that are not in every edition, or by Windows 95, 98 and
// Me.
var otherSubsections = [...]string{
	".PosDup", ".Uninstall", ".GeneralConfigData", ".SoftwareSettings", ".OpenGLSoftwareSettings", ".Winsock", ".Remove", ".Remove.Services",
	".AnswerFile", ".NetworkAddress", ".Security", ".Environment", ".Generate", ".NTAlpha",
}

// splitSubsection cuts the suffix of a subsection off a name; suffix is "" if it has none.
func splitSubsection(name string) (base, suffix string) {
	for _, s := range subsections {
		if n := len(name) - len(s); n > 0 && equalFold(name[n:], s) {
			return name[:n], s
		}
	}
	return name, ""
}

// standardSections are read by their own names, in lower case. Those whose entries are directives are run.
var standardSections = map[string]use{
	"version": useOther, "manufacturer": useNone, "strings": useNone, "sourcedisksnames": useNone, "sourcedisksfiles": useNone, "destinationdirs": useNone,
	"controlflags": useNone, "interfaceinstall32": useNone, "signatureattributes": useNone, "printerpackageinstallation": useNone,
	"classinstall32": useInstall, "classinstall": useOther, "defaultinstall": useInstall, "defaultuninstall": useInstall,
	"oem urls": useNone, "deviceinstall": useOther, "uninstall": useOther, "optional components": useNone, "autorun": useNone,
}
