package inf

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is what [Version] says, strings substituted.
type Version struct {
	Class      string
	ClassGUID  string // upper case with braces; "" if absent or malformed
	Provider   string
	DriverVer  DriverVer
	Catalogs   []CatalogFile
	LayoutFile string // set in INF files of Windows itself: other files say where files lie

	ExtensionID string // of an extension INF: upper case with braces; "" if absent or malformed
	ClassVer    string // "4.0" marks a v4 printer driver
	PnpLockdown bool   // Windows keeps the driver's files from being changed
	PackageType string // DriverPackageType, no longer used by Windows
	DisplayName string // DriverPackageDisplayName, no longer used by Windows
}

// The setup classes whose drivers follow rules of their own.
const (
	ClassGUIDExtension         = "{E2F84CE7-8EFA-411C-AA69-97454CA4CB57}"
	ClassGUIDSoftwareComponent = "{5C4C3332-344D-483C-8739-259E934C9CC8}"
	ClassGUIDPrinter           = "{4D36E979-E325-11CE-BFC1-08002BE10318}"
)

// IsExtension reports whether the INF extends another driver's installation and is never a base driver
// (learn.microsoft.com/windows-hardware/drivers/install/using-an-extension-inf-file).
func (v Version) IsExtension() bool { return v.isClass(ClassGUIDExtension, "Extension") }

// IsSoftwareComponent reports whether the INF serves a device that another driver makes with AddComponent.
func (v Version) IsSoftwareComponent() bool {
	return v.isClass(ClassGUIDSoftwareComponent, "SoftwareComponent")
}

// IsPrinter reports whether the INF is a printer driver.
func (v Version) IsPrinter() bool { return v.isClass(ClassGUIDPrinter, "Printer") }

// isClass compares the setup class: the GUID decides, the name counts where there is none.
func (v Version) isClass(guid, name string) bool {
	if v.ClassGUID != "" {
		return v.ClassGUID == guid
	}
	return strings.EqualFold(v.Class, name)
}

// CatalogFile is one CatalogFile entry of [Version].
type CatalogFile struct {
	Platform string // "" or the decoration in lower case: "nt", "ntx86", "ntamd64", ...
	Name     string
	Line     *Line
}

// DriverVer is a driver's date and version, by which Windows tells newer from older.
type DriverVer struct {
	Date    string // YYYY-MM-DD; "" if missing or malformed, which sorts oldest
	Version [4]uint16
	Line    *Line // nil if there is no DriverVer entry

	badDate, badVersion bool
}

// VersionString gives the version with four parts and without leading zeros.
func (v DriverVer) VersionString() string {
	return fmt.Sprintf("%d.%d.%d.%d", v.Version[0], v.Version[1], v.Version[2], v.Version[3])
}

// Compare orders by date, then version, as Windows does: a newer date beats a higher version. It returns -1, 0 or 1.
func (v DriverVer) Compare(o DriverVer) int {
	if c := strings.Compare(v.Date, o.Date); c != 0 {
		return c
	}
	for i := range v.Version {
		if v.Version[i] != o.Version[i] {
			if v.Version[i] < o.Version[i] {
				return -1
			}
			return 1
		}
	}
	return 0
}

func (d *Driver) readVersion() {
	sec := d.File.Section("Version")
	if sec == nil {
		return
	}
	v := &d.Version
	seen := map[string]bool{}
	for i := range sec.Lines {
		l := &sec.Lines[i]
		if !l.HasKey {
			continue
		}
		key := strings.ToLower(d.exp.expand(l.Key.Text, nil))
		value := d.exp.expand(l.Fields[0].Text, nil)
		if platform, ok := strings.CutPrefix(key, "catalogfile"); ok && !seen[key] {
			if platform = strings.TrimPrefix(platform, "."); value != "" {
				v.Catalogs = append(v.Catalogs, CatalogFile{Platform: platform, Name: value, Line: l})
			}
		}
		if seen[key] { // single-valued directives: the first line counts
			continue
		}
		seen[key] = true
		switch key {
		case "class":
			v.Class = value
		case "classguid":
			v.ClassGUID = normalGUID(value)
		case "provider":
			v.Provider = value
		case "layoutfile":
			v.LayoutFile = value
		case "extensionid":
			v.ExtensionID = normalGUID(value)
		case "classver":
			v.ClassVer = value
		case "pnplockdown":
			n, _ := parseFlags(value)
			v.PnpLockdown = n != 0
		case "driverpackagetype":
			v.PackageType = value
		case "driverpackagedisplayname":
			v.DisplayName = value
		case "driverver":
			v.DriverVer = d.driverVer(l)
		}
	}
}

func (d *Driver) driverVer(l *Line) DriverVer {
	fields := make([]string, len(l.Fields))
	for i := range l.Fields {
		fields[i] = d.field(l, i)
	}
	v := ParseDriverVer(fields...)
	v.Line = l
	return v
}

// ParseDriverVer reads the fields of a DriverVer entry: the date MM/DD/YYYY or MM-DD-YYYY and the version w.x.y.z. What is
// missing or malformed stays zero; it is never a reason to refuse a driver.
func ParseDriverVer(fields ...string) DriverVer {
	var v DriverVer
	if len(fields) > 0 {
		v.Date, v.badDate = parseDate(fields[0])
	}
	if len(fields) > 1 && fields[1] != "" {
		v.Version, v.badVersion = parseVersion(fields[1])
	}
	return v
}

func parseDate(s string) (date string, bad bool) {
	if len(s) != 10 || s[2] != '/' && s[2] != '-' || s[5] != '/' && s[5] != '-' {
		return "", true
	}
	month, err1 := strconv.ParseUint(s[:2], 10, 8)
	day, err2 := strconv.ParseUint(s[3:5], 10, 8)
	year, err3 := strconv.ParseUint(s[6:], 10, 16)
	if err1 != nil || err2 != nil || err3 != nil || month < 1 || month > 12 || day < 1 || int(day) > daysIn(int(month), int(year)) {
		return "", true
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day), false
}

func daysIn(month, year int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// parseVersion reads up to four decimal parts of at most 65535; missing parts count as 0.
func parseVersion(s string) (v [4]uint16, bad bool) {
	parts := strings.Split(strings.TrimSpace(s), ".")
	if len(parts) > 4 {
		return [4]uint16{}, true
	}
	for i, p := range parts {
		n, err := strconv.ParseUint(strings.TrimSpace(p), 10, 16)
		if err != nil {
			return [4]uint16{}, true
		}
		v[i] = uint16(n)
	}
	return v, len(parts) != 4
}

// normalGUID returns a GUID in braces in upper case, or "" for other text.
func normalGUID(s string) string {
	if len(s) != 38 || s[0] != '{' || s[37] != '}' {
		return ""
	}
	for i := 1; i < 37; i++ {
		c := s[i]
		if i == 9 || i == 14 || i == 19 || i == 24 {
			if c != '-' {
				return ""
			}
			continue
		}
		if !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f') {
			return ""
		}
	}
	return strings.ToUpper(s)
}

// Catalog returns the security catalog that Windows uses on an architecture: CatalogFile.NT<arch>, else CatalogFile.NT,
// else CatalogFile. ok is false if the INF names none for it.
func (v Version) Catalog(arch Arch) (c CatalogFile, ok bool) {
	for _, platform := range [...]string{"nt" + string(arch), "nt", ""} {
		for _, c := range v.Catalogs {
			if c.Platform == platform {
				return c, true
			}
		}
	}
	return CatalogFile{}, false
}
