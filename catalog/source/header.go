package source

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/installer"
	"github.com/drivercat/drivercat/catalog/source/archive/burn"
	"github.com/drivercat/drivercat/catalog/source/archive/inno"
	"github.com/drivercat/drivercat/catalog/source/archive/msi"
	"github.com/drivercat/drivercat/catalog/source/archive/nsis"
)

// Header returns what a setup program that is open says of itself; nil if its format says nothing.
func (a *Archive) Header() (h *installer.Header) {
	if err := safely(func() error { h = a.header(); return nil }); err != nil {
		return nil
	}
	return h
}

func (a *Archive) header() *installer.Header {
	switch r := a.reader.(type) {
	case *nsis.Archive:
		return nsisHeader(r.Setup())
	case *inno.Reader:
		return innoHeader(r.Setup())
	case *msi.Database:
		return msiHeader(r.Info())
	case *burn.Bundle:
		return burnHeader(r.Info())
	}
	return nil
}

// maxCommands is how many of the commands that a setup program starts are told.
const maxCommands = 5

func innoHeader(s inno.Info) *installer.Header {
	h := &installer.Header{Product: constantless(s.AppName), Version: constantless(s.AppVersion), Company: constantless(s.Publisher), TechnologyVersion: s.Version, Password: s.Password}
	if h.Product == "" || h.Version == "" && s.AppVerName != "" {
		h.Product = cmp.Or(constantless(s.AppVerName), h.Product) // name and version in one
	}
	var runs []string
	for _, r := range s.Runs {
		if !r.SkipIfSilent && len(runs) < maxCommands {
			runs = append(runs, strings.TrimSpace(r.Name+" "+r.Parameters))
		}
	}
	h.Runs = strings.Join(runs, "; ")
	return h
}

// constantless is a text of an Inno Setup script, "" if it holds constants that are known only when it runs.
func constantless(s string) string {
	if strings.Contains(s, "{") {
		return ""
	}
	return s
}

func msiHeader(i *msi.Info) *installer.Header {
	h := &installer.Header{Product: i.ProductName, Version: i.ProductVersion, Company: i.Manufacturer}
	for _, a := range i.Restarts {
		h.Restart, h.RestartNote = catalog.RestartNo, "the package asks for a restart ("+a.Name+"), which /norestart suppresses: expect 3010"
		if a.Name == "ForceReboot" {
			h.RestartNote = "the package would restart in the middle of its work (ForceReboot), which /norestart suppresses: expect 3010, and try it first"
			break
		}
	}
	return h
}

func nsisHeader(s nsis.Setup) *installer.Header {
	h := &installer.Header{Product: s.Name, TechnologyVersion: s.Version, Runs: strings.Join(s.Commands[:min(maxCommands, len(s.Commands))], "; ")}
	if s.Boxes > 0 {
		h.Asks = fmt.Sprintf("a silent run shows message boxes of its script too, if it comes to one: %d have no answer for it", s.Boxes)
	}
	if s.Loud {
		h.Asks, h.Loud = "its script has an instruction that ends a silent run (SetSilent normal)", true
	}
	switch {
	case s.Restarts:
		h.Restart, h.RestartNote = catalog.RestartUnknown, "its script has an instruction that restarts the computer"
	case s.RestartFlag:
		h.Restart, h.RestartNote = catalog.RestartNo, "its script notes that a restart is needed, and has no instruction that restarts"
	default:
		h.Restart, h.RestartNote = catalog.RestartNo, "its script has no instruction that restarts the computer"
	}
	return h
}

func burnHeader(i burn.Info) *installer.Header {
	h := &installer.Header{Product: i.Name, Version: i.Version, Company: i.Publisher}
	var runs []string
	for _, p := range i.Packages[:min(maxCommands, len(i.Packages))] {
		runs = append(runs, strings.TrimSpace(cmp.Or(p.File, p.ID)+" "+p.InstallArguments))
	}
	h.Runs = strings.Join(runs, "; ")
	return h
}
