package hwid

// Version is a version of Windows. The zero value stands for the newest one; a build of 0 for the newest of that release.
type Version struct {
	Major, Minor int
	Build        int
}

// AtLeast reports whether v is the given version or a newer one.
func (v Version) AtLeast(major, minor, build int) bool {
	switch {
	case v == Version{}:
		return true
	case v.Major != major:
		return v.Major > major
	case v.Minor != minor:
		return v.Minor > minor
	}
	return v.Build == 0 || v.Build >= build
}

// moved reports whether the PCI bus driver gives a device with a subsystem its two-part IDs as compatible IDs only.
// Microsoft's page says "in Windows 10" without naming a build; Windows 8 is taken to do what Windows 10 does.
func (v Version) moved() bool { return v.AtLeast(6, 2, 0) }

// longStorage reports whether NVMe disks have IDs with the whole product name.
// Source: https://learn.microsoft.com/windows-hardware/drivers/install/identifiers-for-scsi-devices, from build 19041.
func (v Version) longStorage() bool { return v.AtLeast(10, 0, 19041) }

// compatVID reports whether USB devices have compatible IDs that name the vendor beside the class. No page of Microsoft's
// names the first build: lists written on build 22000 do not have them, those of 22621 and newer do.
func (v Version) compatVID() bool { return v.AtLeast(10, 0, 22621) }
