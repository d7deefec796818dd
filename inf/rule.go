package inf

// The pages that rules cite more than once.
const (
	docsInstall  = "https://learn.microsoft.com/windows-hardware/drivers/install/"
	pageInfVerif = "https://learn.microsoft.com/windows-hardware/drivers/devtest/inf-validation-errors-and-warnings"

	pageSyntax        = docsInstall + "general-syntax-rules-for-inf-files"
	pageVersion       = docsInstall + "inf-version-section"
	pageInternational = docsInstall + "creating-international-inf-files"
	pageDriverVer     = docsInstall + "inf-driverver-directive"
	pageManufacturer  = docsInstall + "inf-manufacturer-section"
	pageModels        = docsInstall + "inf-models-section"
	pageInstall       = docsInstall + "inf-ddinstall-section"
	pageDecorations   = docsInstall + "combining-platform-extensions-with-operating-system-versions"
	pageStrings       = docsInstall + "inf-strings-section"
	pageClasses       = docsInstall + "system-defined-device-setup-classes-available-to-vendors"
	pageReserved      = docsInstall + "system-defined-device-setup-classes-reserved-for-system-use"
	pageExtension     = docsInstall + "using-an-extension-inf-file"
	pagePrimitive     = "https://learn.microsoft.com/windows-hardware/drivers/develop/creating-a-primitive-driver"
	pageDefault       = docsInstall + "inf-defaultinstall-section"
)
