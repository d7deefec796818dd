package source

import (
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/installer"
	"github.com/drivercat/drivercat/catalog/source/archive/nsis"
)

// Header returns what a setup program that is open says of itself; nil if its format says nothing.
func (a *Archive) Header() *installer.Header {
	switch r := a.reader.(type) {
	case *nsis.Archive:
		return nsisHeader(r.Setup())
	}
	return nil
}

func nsisHeader(s nsis.Setup) *installer.Header {
	const most = 5 // commands that are told
	h := &installer.Header{Product: s.Name, TechnologyVersion: s.Version, Runs: strings.Join(s.Commands[:min(most, len(s.Commands))], "; ")}
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
