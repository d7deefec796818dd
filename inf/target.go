package inf

import (
	"fmt"
	"strings"
)

// Arch is a processor architecture, spelled as TargetOSVersion decorations spell it, in lower case.
// The zero value means "none given".
type Arch string

// The architectures that INF decorations know.
const (
	X86   Arch = "x86"
	IA64  Arch = "ia64"
	AMD64 Arch = "amd64"
	ARM   Arch = "arm"
	ARM64 Arch = "arm64"
)

// Arches lists every architecture, in a fixed order.
var arches = [...]Arch{X86, AMD64, ARM64, IA64, ARM}

// Arches returns every architecture that decorations know, in a fixed order.
func Arches() []Arch { return arches[:] }

// ParseArch reads an architecture in any of its usual spellings ("amd64", "x64", "i386", "aarch64"), ignoring case.
func ParseArch(s string) (Arch, error) {
	switch strings.ToLower(s) {
	case "x86", "i386", "i686", "32", "x32":
		return X86, nil
	case "amd64", "x64", "x86_64", "x86-64":
		return AMD64, nil
	case "arm64", "aarch64":
		return ARM64, nil
	case "ia64", "itanium":
		return IA64, nil
	case "arm":
		return ARM, nil
	}
	return "", fmt.Errorf("inf: unknown architecture %q (known: x86, x64, arm64, ia64, arm)", s)
}

// Short is the name administrators use: "x64" for amd64, the architecture itself otherwise.
func (a Arch) Short() string {
	if a == AMD64 {
		return "x64"
	}
	return string(a)
}

// ProductType is the kind of Windows a decoration can ask for.
type ProductType uint8

// The product types of the TargetOSVersion decoration.
const (
	AnyProduct       ProductType = 0
	Workstation      ProductType = 1
	DomainController ProductType = 2
	Server           ProductType = 3
)

// Target is the system that an INF is read for.
type Target struct {
	Arch         Arch
	Major, Minor int
	Build        int
	ProductType  ProductType
	SuiteMask    uint32
}

// AtLeast reports whether the target's version is major.minor or newer.
func (t Target) AtLeast(major, minor int) bool {
	return t.Major > major || t.Major == major && t.Minor >= minor
}

// String gives the target in the form of a decoration, for messages: "NTamd64 10.0.22631".
func (t Target) String() string {
	return fmt.Sprintf("NT%s %d.%d.%d", t.Arch, t.Major, t.Minor, t.Build)
}
