package inf

// The codes of findings about targets, and about what is needed to deploy.
const (
	codeTargetNone   code = "INF0901"
	codeOtherPackage code = "INF0902"
)

// targetRules are about the systems that a driver is wanted for.
var targetRules = []Rule{
	{
		Code: string(codeTargetNone), Severity: Error,
		Title:   "a driver that serves no device on a target that was asked for",
		Summary: "serves no device on %s",
		Advice:  "get the driver for this system, or leave it out of the package for it",
		Explanation: `For each line of [Manufacturer] Windows picks the models section whose decoration fits the system best. On this target
none fits, or the one that fits is empty or missing, so no device gets the driver. pnputil and DISM may still take
it into the driver store. ConfigMgr refuses to import a driver that fits none of its platforms ("not applicable to any
supported platforms", error 1633).

The usual reasons are the wrong architecture and a version newer than the target: NTamd64.10.0 does not serve Windows 7,
and NTamd64.10.0...22000 serves Windows 11 only.`,
		Source: pageDecorations,
	},
	{
		Code: string(codeOtherPackage), Severity: Info,
		Title:   "something that comes in another package: an INF, a software component, an app, a core printer driver",
		Summary: "needs another package: %s",
		Advice:  "deploy it too, if it does not lie beside the INF",
		Explanation: `A driver may rely on things that are no part of it: another INF that CopyINF installs, a software component that is
found by its hardware ID like a device, an app from the Store, a core printer driver of Windows. Devices mostly work
without them, but a control panel or a feature is missing.

When you gather drivers for a model, check that the packages named here are among them.`,
		Source: docsInstall + "inf-addcomponent-directive",
	},
}
