package inf

import "strings"

// Requirement is something outside the driver package that the driver brings along or counts on.
type Requirement struct {
	Kind  RequirementKind
	Name  string // what the kind says
	Path  string // of RequireINF: where the INF lies, relative to this INF's folder; "" if it leads out of the folder
	Line  *Line
	Field Field
}

// RequirementKind says what a requirement is. The values are stable.
type RequirementKind string

// The kinds of requirements.
const (
	RequireINF       RequirementKind = "copy-inf"    // another INF beside this one, a driver package of its own (CopyINF); its file name as written
	RequireComponent RequirementKind = "component"   // a software component for a child device (AddComponent); the child's hardware ID
	RequireStoreApp  RequirementKind = "store-app"   // an app of the Microsoft Store (AddSoftware of type 2); "pfn://..."
	RequireCore      RequirementKind = "core-driver" // a core printer driver; its GUID
	RequireInbox     RequirementKind = "inbox-inf"   // an INF of Windows itself (Include, LayoutFile); its file name
)

// copyINF takes note of a CopyINF directive.
func (r *installReader) copyINF(_ *Install, l *Line) {
	for j, fd := range l.Fields {
		if name := r.d.field(l, j); name != "" {
			path, _ := joinSource(name)
			r.require(Requirement{Kind: RequireINF, Name: name, Path: path, Line: l, Field: fd})
		}
	}
}

// require adds a requirement once.
func (r *installReader) require(q Requirement) {
	key := string(q.Kind) + "\x00" + fold(q.Name)
	if r.required[key] {
		return
	}
	if r.required == nil {
		r.required = map[string]bool{}
	}
	r.required[key] = true
	r.in.Requires = append(r.in.Requires, q)
}

// requirements gathers what the install sections of the target require, in the order in which they are used.
func (r *installReader) requirements() {
	all := append([]*Install{}, r.in.Installs...)
	if r.in.Class != nil {
		all = append(all, r.in.Class)
	}
	all = append(all, r.in.Interfaces...)
	for _, in := range all {
		for _, c := range in.Components {
			for _, id := range c.IDs {
				r.require(Requirement{Kind: RequireComponent, Name: id, Line: c.Line, Field: c.Line.Fields[0]})
			}
		}
		for _, s := range in.Software {
			if s.Type == SoftwareStoreApp {
				r.require(Requirement{Kind: RequireStoreApp, Name: s.ID, Line: s.Line, Field: s.Line.Fields[0]})
			}
		}
		for _, i := range in.Includes {
			r.require(Requirement{Kind: RequireInbox, Name: i.Name, Line: i.Line, Field: i.Field})
		}
	}
	if len(all) == 0 {
		return
	}
	if name := r.d.Version.LayoutFile; name != "" {
		if l := r.d.first(r.d.File.Section("Version"), "LayoutFile"); l != nil {
			r.require(Requirement{Kind: RequireInbox, Name: name, Line: l, Field: l.Fields[0]})
		}
	}
	r.corePrinterDrivers()
}

// corePrinterDrivers gathers the core drivers that a package-aware printer driver depends on, save those that it holds
// itself: a models entry of such a one has the core driver's GUID as hardware ID.
// learn.microsoft.com/windows-hardware/drivers/print/package-aware-print-drivers-that-share-files
func (r *installReader) corePrinterDrivers() {
	sec := r.d.File.Section("PrinterPackageInstallation." + string(r.arch))
	if sec == nil {
		sec = r.d.File.Section("PrinterPackageInstallation")
	}
	l := r.d.first(sec, "CoreDriverDependencies")
	if l == nil {
		return
	}
	own := map[string]bool{}
	for _, e := range r.in.Devices {
		if id := e.HardwareID(); strings.HasPrefix(id, "{") {
			own[fold(id)] = true
		}
	}
	for j, fd := range l.Fields {
		if guid := fold(r.d.field(l, j)); guid != "" && !own[guid] {
			r.require(Requirement{Kind: RequireCore, Name: guid, Line: l, Field: fd})
		}
	}
}
