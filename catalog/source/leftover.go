package source

import (
	"bytes"
	"strings"
)

// The codes of leftover files. They are stable.
const (
	LeftArchive       = "archive"
	LeftAutorun       = "autorun"
	LeftBinary        = "binary-not-named"
	LeftCatalog       = "catalog-not-named"
	LeftChecksum      = "checksum"
	LeftCompressed    = "compressed"
	LeftDevelopment   = "development"
	LeftHelp          = "help"
	LeftINF           = "inf-no-driver"
	LeftINFTemplate   = "inf-template"
	LeftInstallerData = "installer-data"
	LeftJunk          = "junk"
	LeftMedia         = "media"
	LeftMetadata      = "metadata"
	LeftMisnamed      = "misnamed"
	LeftNotReferenced = "not-referenced"
	LeftPicture       = "picture"
	LeftProgram       = "program"
	LeftReadme        = "readme"
	LeftScript        = "script"
	LeftSettings      = "settings"
	LeftShortcut      = "shortcut"
	LeftSymbols       = "symbols"
	LeftTextMode      = "text-mode-setup"
)

// LeftoverHead is how many bytes of a file's start LeftoverReason looks at.
const LeftoverHead = 16

// LeftoverReason says why a file that is neither driver content nor a setup program or its data is left over: a stable
// code and a text for people. The head is the first bytes of the file, LeftoverHead of them at most matter; with none
// the name decides alone. Codes are listed in docs/sources.md.
func LeftoverReason(name string, head []byte) (code, text string) {
	code = leftoverCode(strings.ToLower(baseName(name)), head)
	return code, leftoverText(code)
}

func leftoverText(code string) string {
	switch code {
	case LeftArchive:
		return "an archive that no reader knows"
	case LeftAutorun:
		return "starts a program when a disc is inserted; no driver needs it"
	case LeftBinary:
		return "a driver or library that no INF of the source names"
	case LeftCatalog:
		return "a security catalog that no INF of the source names"
	case LeftChecksum:
		return "a checksum or detached signature"
	case LeftCompressed:
		return "a compressed file that no INF of the source names"
	case LeftDevelopment:
		return "source text or a file for developers"
	case LeftHelp:
		return "a help file"
	case LeftINF:
		return "an INF that describes no driver"
	case LeftINFTemplate:
		return "the template of an INF: its version is stamped in when the driver is built"
	case LeftInstallerData:
		return "data of a setup program that is not in its folder"
	case LeftJunk:
		return "left by a file manager, an editor or version control"
	case LeftMedia:
		return "sound or video"
	case LeftMetadata:
		return "the vendor's description of the package"
	case LeftMisnamed:
		return "named like a program, but its content is not one: a damaged download, or a file of another kind"
	case LeftPicture:
		return "a picture"
	case LeftProgram:
		return "a program that no INF of the source names and that shows no sign of being a setup program"
	case LeftReadme:
		return "text for people: read me, licence or release notes"
	case LeftScript:
		return "a script; drivercat runs none and makes no driver of it"
	case LeftSettings:
		return "settings that no INF of the source names"
	case LeftShortcut:
		return "a shortcut"
	case LeftSymbols:
		return "debug symbols"
	case LeftTextMode:
		return "for the text mode of Windows Setup up to Server 2003 (F6), which does not read INFs"
	}
	return "no INF of the source names it"
}

// compoundMagic begins compound files, which Windows Installer's databases are.
const compoundMagic = "\xD0\xCF\x11\xE0"

func leftoverCode(s string, head []byte) string {
	if code := leftoverName(s); code != "" {
		return code
	}
	code := leftoverExtension(extension(s))
	program := bytes.HasPrefix(head, []byte("MZ")) || bytes.HasPrefix(head, []byte(compoundMagic)) && code == LeftProgram
	switch {
	case len(head) > 0 && !program && (code == LeftProgram || code == LeftBinary && isLoadable(extension(s))):
		if isCompressed(head) {
			return LeftCompressed
		}
		return LeftMisnamed
	case code != "":
		return code
	case program:
		return LeftBinary
	case isCompressed(head):
		return LeftCompressed
	case isArchive(head):
		return LeftArchive
	case strings.HasPrefix(s, "readme"), strings.HasPrefix(s, "licen"), strings.HasPrefix(s, "copying"), strings.HasPrefix(s, "changelog"):
		return LeftReadme
	}
	return LeftNotReferenced
}

// leftoverName knows files by their whole name.
func leftoverName(s string) string {
	switch s {
	case "thumbs.db", "ehthumbs.db", "desktop.ini", ".ds_store", ".gitignore", ".gitattributes", ".gitkeep", ".gitmodules":
		return LeftJunk
	case "autorun.inf", "autorun.ini", "autorun.exe":
		return LeftAutorun
	case "release.dat", "package.dat", "version.txt", "version.dat", "version.ini", "file_id.diz", "filelist.txt":
		return LeftMetadata
	}
	if strings.HasSuffix(s, "txtsetup.oem") {
		return LeftTextMode
	}
	if strings.HasPrefix(s, "._") || strings.HasPrefix(s, "~$") {
		return LeftJunk
	}
	if InstallerData(s) {
		return LeftInstallerData
	}
	return ""
}

func leftoverExtension(e string) string {
	switch e {
	case ".txt", ".md", ".rtf", ".doc", ".docx", ".odt", ".pdf", ".htm", ".html", ".mht", ".wri", ".1st", ".nfo", ".lic", ".license", ".eula", ".me", ".log":
		return LeftReadme
	case ".bmp", ".jpg", ".jpeg", ".gif", ".png", ".ico", ".svg", ".tif", ".tiff", ".icns", ".cur", ".wmf", ".emf":
		return LeftPicture
	case ".wav", ".avi", ".mp3", ".mp4", ".wmv", ".wma", ".mid", ".mpg", ".swf":
		return LeftMedia
	case ".hlp", ".chm", ".cnt", ".gid", ".fts":
		return LeftHelp
	case ".zip", ".cab", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".iso", ".wim", ".arj", ".lzh", ".lha", ".ace", ".z", ".msu":
		return LeftArchive
	case ".pdb", ".dbg", ".sym", ".map":
		return LeftSymbols
	case ".xml", ".json", ".manifest", ".ver", ".devicemetadata-ms", ".nvu", ".yml", ".yaml":
		return LeftMetadata
	case ".bat", ".cmd", ".vbs", ".js", ".jse", ".vbe", ".wsf", ".ps1", ".psm1", ".reg", ".sh", ".py":
		return LeftScript
	case ".exe", ".com", ".scr", ".msi", ".msp":
		return LeftProgram
	case ".sys", ".dll", ".vxd", ".386", ".drv", ".cpl", ".ocx", ".ax", ".mui", ".tsp", ".efi", ".ppd", ".gpd":
		return LeftBinary
	case ".cat":
		return LeftCatalog
	case ".inf":
		return LeftINF
	case ".inx":
		return LeftINFTemplate
	case ".ini", ".cfg", ".conf", ".config":
		return LeftSettings
	case ".md5", ".sha1", ".sha256", ".sha512", ".sfv", ".crc", ".sig", ".asc":
		return LeftChecksum
	case ".lnk", ".url", ".website", ".pif":
		return LeftShortcut
	case ".c", ".h", ".cpp", ".cc", ".hpp", ".cs", ".rc", ".mof", ".bmf", ".def", ".lib", ".obj", ".exp", ".idl", ".sln", ".vcxproj", ".vcproj":
		return LeftDevelopment
	case ".tmp", ".bak", ".old", ".orig", ".swp", ".part", ".crdownload":
		return LeftJunk
	}
	return ""
}

// isLoadable reports whether files with an extension are executables, which begin with MZ, whatever they are for.
func isLoadable(e string) bool {
	switch e {
	case ".sys", ".dll", ".vxd", ".386", ".drv", ".cpl", ".ocx", ".ax":
		return true
	}
	return false
}

// isCompressed knows what compress.exe made: SZDD, the older KWAJ, and SZ of QBasic.
func isCompressed(head []byte) bool {
	for _, m := range []string{"SZDD\x88\xF0\x27\x33", "KWAJ\x88\xF0\x27\xD1", "SZ \x88\xF0\x27\x33\xD1"} {
		if bytes.HasPrefix(head, []byte(m)) {
			return true
		}
	}
	return false
}

func isArchive(head []byte) bool {
	for _, m := range archiveMarks() {
		if bytes.HasPrefix(head, []byte(m.mark)) {
			return true
		}
	}
	return false
}
