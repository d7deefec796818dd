package installer

// What makes setup programs, as people call it. The names are stored in catalogs and never change.
const (
	WindowsInstaller  = "Windows Installer"
	InstallerPatch    = "Windows Installer patch"
	NSIS              = "NSIS"
	InnoSetup         = "Inno Setup"
	InstallScript     = "InstallShield InstallScript"
	BasicMSI          = "InstallShield Basic MSI"
	InstallScriptMSI  = "InstallShield InstallScript MSI"
	InstallShield     = "InstallShield" // of a kind that could not be told
	PackageForTheWeb  = "PackageForTheWeb"
	Burn              = "WiX Burn"
	SevenZip          = "7-Zip self-extractor"
	SevenZipArchive   = "7-Zip self-extracting archive" // it unpacks, and runs nothing
	IExpress          = "IExpress"
	WindowsUpdate     = "Windows update package"
	CabExtractor      = "self-extracting cabinet"
	ZipExtractor      = "self-extracting zip"
	WinZip            = "WinZip Self-Extractor"
	WinRAR            = "WinRAR self-extractor"
	DPInst            = "DPInst"
	DellPackage       = "Dell Update Package"
	SoftPaq           = "HP SoftPaq"
	LenovoPackage     = "Lenovo package"
	Wise              = "Wise Installation System"
	SetupFactory      = "Setup Factory"
	AdvancedInstaller = "Advanced Installer"
	InstallBuilder    = "InstallBuilder"
	InstallAware      = "InstallAware"
	IntelFramework    = "Intel Installation Framework"
	NVIDIA            = "NVIDIA installer"
	AMD               = "AMD installer"
	UnknownTechnology = "unknown"
)

// default returns what makes setup programs of a kind of package source that tells no more.
func defaultTechnology(kind string) string {
	switch kind {
	case "msi":
		return WindowsInstaller
	case "msp":
		return InstallerPatch
	case "nsis":
		return NSIS
	case "inno":
		return InnoSetup
	case "installshield":
		return InstallShield
	case "wix-burn":
		return Burn
	case "7z-sfx":
		return SevenZip
	case "cab-sfx":
		return CabExtractor
	case "zip-sfx":
		return ZipExtractor
	case "rar-sfx":
		return WinRAR
	case "dpinst":
		return DPInst
	}
	return UnknownTechnology
}
