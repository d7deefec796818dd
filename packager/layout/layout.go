package layout

import (
	"fmt"
	"path"

	"github.com/drivercat/drivercat/catalog"
)

// The folders below the platform folder.
const (
	OriginalsFolder = "_OriginalSources_"
	PackagesFolder  = "SCCM_Driver_Packages"
	SoftwareFolder  = "SCCM_Software_Packages"
)

// DefaultPlatform is the first level below the share root when none is configured.
const DefaultPlatform = "PC"

// OwnPrefix starts the names of the folders and files that drivercat keeps beside packages while it works: stages and
// locks. No model may be called so.
const OwnPrefix = ".drivercat-"

// Limits of names and paths, in UTF-16 units, which is what Windows counts.
const (
	// MaxPath is the longest path that ConfigMgr replicates, counted over the whole UNC path. Longer ones are silently
	// left behind by ConfigMgr 2007 and fail in tools without long-path support.
	MaxPath = 254
	// GUIDFolder is what a native driver package loses to the folder that ConfigMgr makes for each driver.
	GUIDFolder = 37
	// MaxName is the longest model or source folder name: 255, which NTFS and most others allow, less the prefix of
	// the stage folder beside it.
	MaxName = 255 - len(StagePrefix)
)

// The names of drivercat's own entries beside a package or an original source; the model's name follows.
const (
	StagePrefix = OwnPrefix + "stage-"
	AdoptPrefix = OwnPrefix + "adopt-"
	LockPrefix  = OwnPrefix + "lock-"
)

// Layout places things below a share root. The zero value uses DefaultPlatform.
type Layout struct {
	Platform string // the folder below the share root, "PC" if empty
}

// PlatformFolder is the first level below the root.
func (l Layout) PlatformFolder() string {
	if l.Platform == "" {
		return DefaultPlatform
	}
	return l.Platform
}

// OriginalsRoot holds every vendor source, by operating system and model.
func (l Layout) OriginalsRoot() string { return path.Join(l.PlatformFolder(), OriginalsFolder) }

// PackagesRoot holds every driver package, by operating system and model.
func (l Layout) PackagesRoot() string { return path.Join(l.PlatformFolder(), PackagesFolder) }

// SoftwareRoot holds the packages of drivers that only a setup program installs.
func (l Layout) SoftwareRoot() string { return path.Join(l.PlatformFolder(), SoftwareFolder) }

// Originals is the folder of a model's vendor sources for a target.
func (l Layout) Originals(t catalog.Target, model string) string {
	return path.Join(l.OriginalsRoot(), t.Folder(), model)
}

// Package is the folder of a model's driver package for a target.
func (l Layout) Package(t catalog.Target, model string) string {
	return path.Join(l.PackagesRoot(), t.Folder(), model)
}

// Software is the folder of the software package of one bad driver of a model.
func (l Layout) Software(t catalog.Target, model, app string) string {
	return path.Join(l.SoftwareRoot(), t.Folder(), model, app)
}

// Check reports a platform folder that cannot be used.
func (l Layout) Check() error {
	_, err := checkName("platform folder", l.PlatformFolder())
	return err
}

// CheckPath reports a path below a share root that is longer than ConfigMgr replicates: root, a package or source folder
// (relative, as Package and Originals give it) and the longest path inside it, 0 if that is not known yet. The error is a
// *NameError that says how long the last part of the folder may be.
func CheckPath(root, folder string, longestInside int) error {
	total := PathLen(root) + 1 + PathLen(folder)
	if longestInside > 0 {
		total += 1 + longestInside
	}
	if total <= MaxPath {
		return nil
	}
	name := path.Base(folder)
	room := PathLen(name) - (total - MaxPath)
	advice := fmt.Sprintf("shorten it to %d characters or fewer", room)
	if room < 1 {
		advice = fmt.Sprintf("the folders above it already use %d of %d characters: use a share with a shorter path", total-PathLen(name), MaxPath)
	}
	return &NameError{
		What: "path", Name: folder, Max: max(room, 0),
		Problem: fmt.Sprintf("makes paths of %d characters below %s, and ConfigMgr replicates no path over %d", total, root, MaxPath),
		Advice:  advice,
	}
}
