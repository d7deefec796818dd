package inf

import (
	"strconv"
	"strings"
)

// DirID is a directory identifier: the number by which an INF names a folder of the system it is installed on.
// learn.microsoft.com/windows-hardware/drivers/install/using-dirids and, for printers, .../print/printer-dirids.
type DirID int

// The directory identifiers that have a meaning beyond their folder.
const (
	DirAbsolute    DirID = -1 // the subfolder is a whole path; also written 65535
	DirSource      DirID = 1  // where the INF was installed from
	DirDrivers     DirID = 12
	DirDriverStore DirID = 13 // files stay in the driver package's own folder: "run from the driver store"
)

// dirInfo describes a directory identifier.
type dirInfo struct {
	name   string // for people
	folder string // on a usual Windows; "" if only the running system knows it
}

const absoluteName = "an absolute path"

// dirIDs is the table of directory identifiers. From 16384 on they are 16384 + CSIDL.
var dirIDs = map[DirID]dirInfo{
	DirAbsolute: {absoluteName, ""}, 65535: {absoluteName, ""},
	DirSource: {"the folder of the INF", ""},
	10:        {"Windows", `C:\Windows`}, 11: {"System32", `C:\Windows\System32`},
	DirDrivers: {"drivers", `C:\Windows\System32\drivers`}, DirDriverStore: {"the driver store", ""},
	17: {"INF", `C:\Windows\INF`}, 18: {"Help", `C:\Windows\Help`}, 20: {"Fonts", `C:\Windows\Fonts`},
	21: {"viewers", `C:\Windows\System32\viewers`}, 23: {"color profiles", `C:\Windows\System32\spool\drivers\color`},
	24: {"the root of the system drive", `C:\`}, 25: {"shared Windows", `C:\Windows`}, 30: {"the root of the boot drive", `C:\`},
	50: {"System", `C:\Windows\System`}, 51: {"spool", `C:\Windows\System32\spool`},
	52: {"printer drivers", `C:\Windows\System32\spool\drivers`}, 53: {"the user's profile", `C:\Users\Default`},
	54: {"the boot loader's folder", `C:\`}, 55: {"print processors", `C:\Windows\System32\spool\prtprocs`},
	16406: {"Start Menu of all users", `C:\Users\Public\Start Menu`}, 16407: {"Start Menu programs of all users", `C:\ProgramData\Microsoft\Windows\Start Menu\Programs`},
	16408: {"Startup of all users", `C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Startup`}, 16409: {"Desktop of all users", `C:\Users\Public\Desktop`},
	16415: {"Favorites of all users", ""}, 16419: {"application data of all users", `C:\ProgramData`},
	16420: {"Windows", `C:\Windows`}, 16421: {"System32", `C:\Windows\System32`}, 16422: {"Program Files", `C:\Program Files`},
	16425: {"SysWOW64", `C:\Windows\SysWOW64`}, 16426: {"Program Files (x86)", `C:\Program Files (x86)`},
	16427: {"Common Files", `C:\Program Files\Common Files`}, 16428: {"Common Files (x86)", `C:\Program Files (x86)\Common Files`},
	16429: {"Templates of all users", ""}, 16430: {"Documents of all users", ""},
	66000: {"printer driver", ""}, 66001: {"print processor", ""}, 66002: {"System32, for printers", ""},
	66003: {"color profiles, for printers", ""}, 66004: {"web pages of printers", ""},
}

// Known reports whether Windows documents the identifier. Identifiers from 16384 to 32767 stand for shell folders (CSIDL):
// those that are not documented resolve on some systems only. From 32768 on programs define their own, save 65535.
func (id DirID) Known() bool {
	_, ok := dirIDs[id]
	return ok
}

// Name describes the identifier's folder for people, "" if it is not a known one.
func (id DirID) Name() string { return dirIDs[id].name }

// Folder is the identifier's folder on a usual 64-bit Windows installed on C:, "" if only the running system knows it.
func (id DirID) Folder() string { return dirIDs[id].folder }

// Absolute reports whether the identifier says that the subfolder is a whole path.
func (id DirID) Absolute() bool { return id == DirAbsolute || id == 65535 }

// directory resolves a directory identifier between percent signs. Identifiers whose folder only the running system
// knows are not resolved.
func directory(name string) (string, bool) {
	n, err := strconv.Atoi(name)
	if err != nil {
		return "", false
	}
	id := DirID(n)
	return id.Folder(), id.Folder() != "" || id.Absolute()
}

// parseDirID reads a directory identifier: decimal, leading zeros allowed, or hexadecimal after 0x.
func parseDirID(s string) (DirID, bool) {
	s = strings.TrimSpace(s)
	if len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
		n, err := strconv.ParseUint(s[2:], 16, 32)
		return DirID(int32(n)), err == nil
	}
	n, err := strconv.ParseInt(s, 10, 32)
	return DirID(n), err == nil
}

// Destination is the folder that a file list section copies to.
type Destination struct {
	DirID   DirID
	Valid   bool   // DirID was read; false if the entry's first field is no number
	Subdir  string // below the identifier's folder, strings substituted; the whole path for an absolute one
	Path    string // as %12%\Subdir; the subfolder alone for an absolute path
	Folder  string // the folder on a usual Windows; "" if only the running system knows it
	Default bool   // taken from DefaultDestDir
	Line    *Line  // the entry in [DestinationDirs]
	Field   Field  // its directory identifier
}

// Destination finds where the files of a file list section go: its entry in [DestinationDirs], else DefaultDestDir. Files
// that CopyFiles names directly (@file) go to DefaultDestDir; their list is "". ok is false if neither entry exists.
// learn.microsoft.com/windows-hardware/drivers/install/inf-destinationdirs-section
func (d *Driver) Destination(list string) (dest Destination, ok bool) {
	d.dests.once.Do(func() {
		if sec := d.File.Section("DestinationDirs"); sec != nil {
			d.dests.lines = d.index(sec)
		}
	})
	var l *Line
	if list != "" {
		l, _ = d.dests.lines.get(list)
	}
	if l == nil {
		if l, _ = d.dests.lines.get("DefaultDestDir"); l == nil {
			return Destination{}, false
		}
		dest.Default = true
	}
	dest.Line, dest.Field = l, l.Fields[0]
	dest.DirID, dest.Valid = parseDirID(d.field(l, 0))
	dest.Subdir = strings.Trim(d.field(l, 1), `\`)
	switch {
	case !dest.Valid:
	case dest.DirID.Absolute():
		dest.Subdir = d.field(l, 1)
		dest.Path, dest.Folder = dest.Subdir, dest.Subdir
	default:
		dest.Path = joinFolder("%"+strconv.Itoa(int(dest.DirID))+"%", dest.Subdir)
		if folder := dest.DirID.Folder(); folder != "" {
			dest.Folder = joinFolder(folder, dest.Subdir)
		}
	}
	return dest, true
}

// joinFolder puts a subfolder below a folder.
func joinFolder(folder, sub string) string {
	if sub == "" {
		return folder
	}
	return strings.TrimSuffix(folder, `\`) + `\` + sub
}
