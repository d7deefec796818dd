package msi

import (
	"cmp"
	"slices"
	"strings"
)

// Info is what a database tells about itself.
type Info struct {
	// What the Property table says; empty in a patch.
	ProductName, ProductVersion, Manufacturer string
	ProductCode, UpgradeCode                  string // GUIDs in braces
	ProductLanguage                           string // a LANGID in decimal: "1033"
	// Properties is the whole table: REBOOT, ARPNOMODIFY, ALLUSERS and so on, as they are before anything runs.
	Properties map[string]string
	Summary    Summary
	// Restarts are the actions that make Windows Installer ask for a restart, in the order in which they come.
	Restarts []Action
	// Conditions must be true or the installation does not begin.
	Conditions []Condition
	// DIFx is true if the package carries the table by which Microsoft's driver install framework finds drivers, even if
	// it is empty; Drivers are its rows.
	DIFx    bool
	Drivers []Driver
	// Cabinets are the names of the files beside the package that hold its files, those of sets excepted that come by
	// themselves.
	Cabinets []string
	// Targets are the product codes that a patch can be applied to.
	Targets []string
}

// Action is a row of InstallExecuteSequence.
type Action struct {
	Name      string // ForceReboot, ScheduleReboot
	Condition string // the action runs if this is true, "" for always
	Sequence  int
}

// Condition is a row of LaunchCondition.
type Condition struct {
	Condition   string
	Description string // what the user is told where it is false
}

// Driver is a component that DIFxApp installs as a driver package.
// learn.microsoft.com/windows-hardware/drivers/install/msidriverpackages-custom-table-schema
type Driver struct {
	Component string
	Flags     int // bits of DIFxApp; 4 is "legacy mode": unsigned packages are accepted
	Sequence  int // in which order, if there are several
	Path      string
	Condition string // of the component: "VersionNT64"
	// Files are the entries of the component.
	Files []int
}

// readInfo fills in what stands in tables of their own. Tables that cannot be read are left out: they are not needed to
// read the files.
func readInfo(d *database, info *Info) {
	info.Properties = map[string]string{}
	if t, err := d.table("Property"); err == nil {
		key, value := t.column("Property"), t.column("Value")
		for row := range t.len() {
			info.Properties[t.text(row, key)] = t.text(row, value)
		}
	}
	for name, to := range map[string]*string{
		"ProductName": &info.ProductName, "ProductVersion": &info.ProductVersion, "Manufacturer": &info.Manufacturer,
		"ProductCode": &info.ProductCode, "UpgradeCode": &info.UpgradeCode, "ProductLanguage": &info.ProductLanguage,
	} {
		*to = strings.TrimSpace(info.Properties[name])
	}
	if t, err := d.table("InstallExecuteSequence"); err == nil {
		action, condition, sequence := t.column("Action"), t.column("Condition"), t.column("Sequence")
		for row := range t.len() {
			switch name := t.text(row, action); name {
			case "ForceReboot", "ScheduleReboot":
				n, _ := t.number(row, sequence)
				info.Restarts = append(info.Restarts, Action{name, t.text(row, condition), n})
			}
		}
		slices.SortStableFunc(info.Restarts, func(a, b Action) int { return cmp.Compare(a.Sequence, b.Sequence) })
	}
	if t, err := d.table("LaunchCondition"); err == nil {
		condition, description := t.column("Condition"), t.column("Description")
		for row := range t.len() {
			info.Conditions = append(info.Conditions, Condition{t.text(row, condition), t.text(row, description)})
		}
	}
	if t, err := d.table("MsiDriverPackages"); err == nil && t != nil {
		info.DIFx = true
		component, flags, sequence := t.column("Component"), t.column("Flags"), t.column("Sequence")
		for row := range t.len() {
			dr := Driver{Component: t.text(row, component)}
			dr.Flags, _ = t.number(row, flags)
			dr.Sequence, _ = t.number(row, sequence)
			info.Drivers = append(info.Drivers, dr)
		}
		slices.SortStableFunc(info.Drivers, func(a, b Driver) int { return cmp.Compare(a.Sequence, b.Sequence) })
	}
}
