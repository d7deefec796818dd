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
)

var modelsRules = []Rule{
	{
		Code: string(codeModelsNone), Severity: Error,
		Title:    `no models entry at all`,
		Summary:  "no models entry: the INF serves no device",
		Advice:   "a device driver lists its hardware IDs in models sections that [Manufacturer] names",
		InfVerif: []int{1297},
	},
	{
		Code: string(codeDecoration), Severity: Error,
		Title:    "a decoration that Windows cannot read, such as `NTx64`",
		Summary:  "TargetOSVersion decoration cannot be read: %s",
		Advice:   "Windows ignores this models section: write NTx86, NTamd64 or NTarm64, then .major.minor",
		InfVerif: []int{1287},
	},
	{
		Code: string(codeModelsMissing), Severity: Error,
		Title:   `a models section that is listed and does not exist`,
		Summary: "models section [%s] does not exist",
		Advice:  "systems that this decoration fits get no driver: add the section or remove the decoration",
	},
	{
		Code: string(codeModelsEmpty), Severity: Info,
		Title:   `a models section that is empty: the systems it fits are excluded`,
		Summary: "models section [%s] is empty: systems it fits are excluded",
		Advice:  "nothing, if that is meant",
	},
	{
		Code: string(codeManufacturer), Severity: Error,
		Title:    "a `[Manufacturer]` line that names no models section",
		Summary:  "manufacturer line names no models section",
		Advice:   "write: manufacturer name = models section name",
		InfVerif: []int{1011},
	},
	{
		Code: string(codeInstallMissing), Severity: Error,
		Title:    `an install section that exists in no decoration`,
		Summary:  "install section [%s] does not exist in any decoration",
		Advice:   "the device gets no driver: add the section or correct the name",
		InfVerif: []int{1261},
	},
	{
		Code: string(codeInstallEmpty), Severity: Warning,
		Title:    `a models entry without an install section`,
		Summary:  "models entry names no install section",
		Advice:   "name the DDInstall section behind the equals sign",
		InfVerif: []int{1271},
	},
	{
		Code: string(codeUnstamped), Severity: Error,
		Title:    "a decoration that was never stamped: `NT$ARCH$`",
		Summary:  "the file was never stamped: %s",
		Advice:   "this is a source file (.inx); the build replaces $ARCH$ by the architecture",
		InfVerif: []int{1274},
	},
	{
		Code: string(codeDecorationBuild), Severity: Warning,
		Title:    `a build number below 14310 or without version 10.0 in a decoration`,
		Summary:  "build number in a decoration must be 14310 or higher, with version 10.0: %s",
		Advice:   "Windows ignores it: correct the build number",
		InfVerif: []int{1288},
	},
	{
		Code: string(codeKind), Severity: Warning,
		Title:   `no driver to import: right-click INF, class INF`,
		Summary: "%s",
		Advice:  "import a driver INF that has a [Manufacturer] section instead",
	},
}
