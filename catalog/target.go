package catalog

import (
	"errors"
	"fmt"
	"strings"

	"github.com/drivercat/drivercat/inf"
)

// Target is the operating system and architecture that a package is for. As text it is "xp-x86", "win10-x64".
type Target struct {
	OS   string   // the OS's name in lower case, from the table of operating systems
	Arch inf.Arch // never empty in a parsed target
}

// OS is one operating system that packages are made for.
type OS struct {
	Name    string     // "win10", as typed after --os
	Folder  string     // "Win10", the folder of the share layout
	Title   string     // "Windows 10"
	Default inf.Arch   // the architecture without a suffix in folder names
	Arches  []inf.Arch // the architectures it exists for
	Major   int
	Minor   int
	Build   int // of the newest release, which decorations are compared with
	Product inf.ProductType

	aliases []string
	// builds tells the version of an architecture that differs from the rest (XP x64 is 5.2).
	byArch map[inf.Arch][3]int
}

// operatingSystems is the table of targets: the one place where an OS name, its folder and its version stand together.
// Versions and builds: learn.microsoft.com/windows-hardware/drivers/install/inf-manufacturer-section.
var operatingSystems = []OS{
	{Name: "2000", Folder: "2000", Title: "Windows 2000", Default: inf.X86, Arches: []inf.Arch{inf.X86}, Major: 5, Minor: 0, Build: 2195, Product: inf.Workstation, aliases: []string{"win2000", "win2k"}},
	{Name: "xp", Folder: "XP", Title: "Windows XP", Default: inf.X86, Arches: []inf.Arch{inf.X86, inf.AMD64}, Major: 5, Minor: 1, Build: 2600, Product: inf.Workstation, aliases: []string{"winxp"}, byArch: map[inf.Arch][3]int{inf.AMD64: {5, 2, 3790}}},
	{Name: "vista", Folder: "Vista", Title: "Windows Vista", Default: inf.X86, Arches: []inf.Arch{inf.X86, inf.AMD64}, Major: 6, Minor: 0, Build: 6002, Product: inf.Workstation, aliases: []string{"winvista"}},
	{Name: "win7", Folder: "Win7", Title: "Windows 7", Default: inf.AMD64, Arches: []inf.Arch{inf.X86, inf.AMD64}, Major: 6, Minor: 1, Build: 7601, Product: inf.Workstation, aliases: []string{"7", "windows7"}},
	{Name: "win8", Folder: "Win8", Title: "Windows 8", Default: inf.AMD64, Arches: []inf.Arch{inf.X86, inf.AMD64, inf.ARM}, Major: 6, Minor: 2, Build: 9200, Product: inf.Workstation, aliases: []string{"8", "windows8"}},
	{Name: "win8.1", Folder: "Win8.1", Title: "Windows 8.1", Default: inf.AMD64, Arches: []inf.Arch{inf.X86, inf.AMD64, inf.ARM}, Major: 6, Minor: 3, Build: 9600, Product: inf.Workstation, aliases: []string{"8.1", "windows8.1", "win81"}},
	{Name: "win10", Folder: "Win10", Title: "Windows 10", Default: inf.AMD64, Arches: []inf.Arch{inf.X86, inf.AMD64, inf.ARM64}, Major: 10, Minor: 0, Build: 19045, Product: inf.Workstation, aliases: []string{"10", "windows10"}},
	{Name: "win11", Folder: "Win11", Title: "Windows 11", Default: inf.AMD64, Arches: []inf.Arch{inf.AMD64, inf.ARM64}, Major: 10, Minor: 0, Build: 26100, Product: inf.Workstation, aliases: []string{"11", "windows11"}},
	{Name: "server2003", Folder: "Server2003", Title: "Windows Server 2003", Default: inf.X86, Arches: []inf.Arch{inf.X86, inf.AMD64, inf.IA64}, Major: 5, Minor: 2, Build: 3790, Product: inf.Server, aliases: []string{"2003", "ws2003"}},
	{Name: "server2008", Folder: "Server2008", Title: "Windows Server 2008", Default: inf.AMD64, Arches: []inf.Arch{inf.X86, inf.AMD64, inf.IA64}, Major: 6, Minor: 0, Build: 6003, Product: inf.Server, aliases: []string{"2008", "ws2008"}},
	{Name: "server2008r2", Folder: "Server2008R2", Title: "Windows Server 2008 R2", Default: inf.AMD64, Arches: []inf.Arch{inf.AMD64, inf.IA64}, Major: 6, Minor: 1, Build: 7601, Product: inf.Server, aliases: []string{"2008r2", "ws2008r2"}},
	{Name: "server2012", Folder: "Server2012", Title: "Windows Server 2012", Default: inf.AMD64, Arches: []inf.Arch{inf.AMD64}, Major: 6, Minor: 2, Build: 9200, Product: inf.Server, aliases: []string{"2012", "ws2012"}},
	{Name: "server2012r2", Folder: "Server2012R2", Title: "Windows Server 2012 R2", Default: inf.AMD64, Arches: []inf.Arch{inf.AMD64}, Major: 6, Minor: 3, Build: 9600, Product: inf.Server, aliases: []string{"2012r2", "ws2012r2"}},
	{Name: "server2016", Folder: "Server2016", Title: "Windows Server 2016", Default: inf.AMD64, Arches: []inf.Arch{inf.AMD64}, Major: 10, Minor: 0, Build: 14393, Product: inf.Server, aliases: []string{"2016", "ws2016"}},
	{Name: "server2019", Folder: "Server2019", Title: "Windows Server 2019", Default: inf.AMD64, Arches: []inf.Arch{inf.AMD64}, Major: 10, Minor: 0, Build: 17763, Product: inf.Server, aliases: []string{"2019", "ws2019"}},
	{Name: "server2022", Folder: "Server2022", Title: "Windows Server 2022", Default: inf.AMD64, Arches: []inf.Arch{inf.AMD64}, Major: 10, Minor: 0, Build: 20348, Product: inf.Server, aliases: []string{"2022", "ws2022"}},
	{Name: "server2025", Folder: "Server2025", Title: "Windows Server 2025", Default: inf.AMD64, Arches: []inf.Arch{inf.AMD64, inf.ARM64}, Major: 10, Minor: 0, Build: 26100, Product: inf.Server, aliases: []string{"2025", "ws2025"}},
}

// ErrUnknownOS is what ParseTarget wraps when the operating system is not in the table.
var ErrUnknownOS = errors.New("unknown operating system")

// OperatingSystems returns the table of operating systems, oldest clients first, then servers.
func OperatingSystems() []OS { return operatingSystems }

// FindOS looks an operating system up by its name, folder or a usual alias, ignoring case.
func FindOS(name string) (OS, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, o := range operatingSystems {
		if o.Name == name || strings.ToLower(o.Folder) == name {
			return o, true
		}
		for _, a := range o.aliases {
			if a == name {
				return o, true
			}
		}
	}
	return OS{}, false
}

// ParseTarget reads an operating system and an optional architecture: ("xp", ""), ("win11", "arm64"), ("win10-x86", ""),
// and the folder form ("XP-x64", ""). Without an architecture the OS's default is taken.
func ParseTarget(os, arch string) (Target, error) {
	o, ok := FindOS(os)
	if !ok {
		if i := strings.LastIndexByte(os, '-'); i > 0 && i+1 < len(os) {
			if found, ok2 := FindOS(os[:i]); ok2 {
				if arch != "" && !sameArch(arch, os[i+1:]) {
					return Target{}, fmt.Errorf(`catalog: "%s" already names an architecture, "%s" is another`, os, arch)
				}
				o, ok, arch = found, true, os[i+1:]
			}
		}
	}
	if !ok {
		names := make([]string, len(operatingSystems))
		for i, k := range operatingSystems {
			names[i] = k.Name
		}
		return Target{}, fmt.Errorf(`catalog: %w "%s" (known: %s)`, ErrUnknownOS, os, strings.Join(names, ", "))
	}
	t := Target{OS: o.Name, Arch: o.Default}
	if arch != "" {
		a, err := inf.ParseArch(arch)
		if err != nil {
			return Target{}, err
		}
		t.Arch = a
	}
	for _, a := range o.Arches {
		if a == t.Arch {
			return t, nil
		}
	}
	return Target{}, fmt.Errorf("catalog: %s does not exist for %s", o.Title, t.Arch.Short())
}

// sameArch reports whether two spellings mean one architecture.
func sameArch(a, b string) bool {
	x, err1 := inf.ParseArch(a)
	y, err2 := inf.ParseArch(b)
	return strings.EqualFold(a, b) || err1 == nil && err2 == nil && x == y
}

// Row returns the target's row of the table.
func (t Target) Row() OS {
	o, _ := FindOS(t.OS)
	return o
}

// Folder is the target's folder in the share layout: "XP", "XP-x64", "Win11-arm64".
func (t Target) Folder() string {
	o := t.Row()
	if t.Arch == o.Default {
		return o.Folder
	}
	return o.Folder + "-" + t.Arch.Short()
}

// Title is the target for people: "Windows XP x86".
func (t Target) Title() string { return t.Row().Title + " " + t.Arch.Short() }

// String gives the target as "win10-x64".
func (t Target) String() string {
	if t.OS == "" {
		return ""
	}
	return t.OS + "-" + t.Arch.Short()
}

// MarshalText implements encoding.TextMarshaler.
func (t Target) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Target) UnmarshalText(b []byte) error {
	p, err := ParseTarget(string(b), "")
	if err != nil {
		return err
	}
	*t = p
	return nil
}

// System is the version that INF decorations are compared with.
func (t Target) System() inf.Target {
	o := t.Row()
	s := inf.Target{Arch: t.Arch, Major: o.Major, Minor: o.Minor, Build: o.Build, ProductType: o.Product}
	if v, ok := o.byArch[t.Arch]; ok {
		s.Major, s.Minor, s.Build = v[0], v[1], v[2]
	}
	return s
}
