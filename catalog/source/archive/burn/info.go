package burn

import "strings"

// Info is what the manifest of a bundle tells. Conditions and arguments are in the toolset's own language, in which
// [Variable] stands for a value that the bundle finds out on the machine.
type Info struct {
	Name, Version, Publisher string   // as in Programs and Features
	Code                     string   // the bundle's own GUID, by which Windows knows it
	Upgrades                 []string // GUIDs of the bundles that it replaces
	PerMachine               bool     // for all users
	Packages                 []Package
	// External are files that are not in the bundle: it takes them from beside it or from the net.
	External []External
}

// Package is one step of a bundle's installation.
type Package struct {
	ID   string
	Kind string // "msi", "msp", "msu", "exe", "bundle"; another word if the toolset has a new kind
	File string // the entry of the package, or the path where it should be if it is not in the bundle
	// The arguments that the bundle gives an exe: they are those that install it without a question. Windows Installer and
	// updates need none.
	InstallArguments, RepairArguments, UninstallArguments string
	InstallCondition                                      string // "" is always
	// DetectCondition says when it counts as installed. Packages of Windows Installer have their ProductCode instead, and an exe
	// may have a key in Programs and Features with the least version.
	DetectCondition, DetectKey, DetectVersion string
	// Conditional are arguments that are added to InstallArguments if their condition holds.
	Conditional []Argument
	ProductCode string // of an msi; of an msp its patch code, of a bundle its GUID
	Version     string
	KB          string // of an msu
	Properties  []Property
	ExitCodes   []ExitCode
	PerMachine  bool
	Permanent   bool // it stays when the bundle is removed
	Vital       bool // without it the bundle fails
}

// Property is a property that the bundle gives a package of Windows Installer.
type Property struct{ ID, Value, Condition string }

// Argument is an argument with the condition for it.
type Argument struct{ Install, Condition string }

// ExitCode is what a number that a package ends with means: "success", "error", "scheduleReboot", "forceReboot" and so on, or
// the number that the manifest has. Code "*" stands for all others.
type ExitCode struct{ Code, Meaning string }

// External is a file that is not in the bundle.
type External struct {
	Path string // below the bundle's folder
	Size int64  // bytes; -1 if not told
	URL  string // "" if it must lie beside the bundle
}

// exitMeanings are the types of exit codes, by the numbers that manifests have.
var exitMeanings = map[string]string{
	"1": "success", "2": "error", "3": "scheduleReboot", "4": "forceReboot", "5": "errorScheduleReboot", "6": "errorForceReboot",
}

func (m *manifest) info() Info {
	r := m.Registration
	i := Info{
		Name: r.Arp.DisplayName, Version: first(r.Arp.DisplayVersion, r.Version), Publisher: r.Arp.Publisher,
		Code: first(r.ID, r.Code), PerMachine: r.PerMachine == "yes" || strings.HasPrefix(r.Scope, "perMachine"),
	}
	for _, b := range m.Related {
		if id := first(b.ID, b.Code); b.Action == "Upgrade" {
			i.Upgrades = append(i.Upgrades, id)
		}
	}
	paths := map[string]string{}
	for _, p := range m.Payloads {
		paths[p.ID] = slashes(p.FilePath)
		if p.Container == "" && p.Packaging != "embedded" {
			i.External = append(i.External, External{slashes(p.FilePath), p.size(), p.DownloadURL})
		}
	}
	for _, e := range m.Packages {
		p := Package{
			ID: e.ID, Kind: strings.ToLower(strings.TrimSuffix(e.XMLName.Local, "Package")),
			InstallArguments: e.InstallArguments, RepairArguments: e.RepairArguments, UninstallArguments: e.UninstallArguments,
			InstallCondition: e.InstallCondition, DetectCondition: e.DetectCondition,
			ProductCode: first(e.ProductCode, e.PatchCode, e.BundleCode, e.BundleID), Version: e.Version, KB: e.KB,
			PerMachine: e.PerMachine == "yes", Permanent: e.Permanent == "yes", Vital: e.Vital == "yes",
		}
		if len(e.PayloadRefs) > 0 { // the first one is the package itself
			p.File = paths[e.PayloadRefs[0].ID]
		}
		p.DetectKey, p.DetectVersion = e.ArpID, e.ArpVersion
		for _, c := range e.CommandLines {
			p.Conditional = append(p.Conditional, Argument{c.Install, c.Condition})
		}
		for _, v := range e.Properties {
			p.Properties = append(p.Properties, Property{v.ID, v.Value, v.Condition})
		}
		for _, c := range e.ExitCodes {
			p.ExitCodes = append(p.ExitCodes, ExitCode{c.Code, first(exitMeanings[c.Type], c.Type)})
		}
		i.Packages = append(i.Packages, p)
	}
	return i
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
