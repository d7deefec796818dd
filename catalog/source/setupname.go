package source

import (
	"path"
	"strings"
)

// baseName is the last element of a path in either spelling.
func baseName(name string) string {
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

// extension is the extension of a name in lower case, with its period.
func extension(lower string) string {
	e := path.Ext(lower)
	if e == lower { // ".gitignore" is all name
		return ""
	}
	return e
}

// setupName reports whether a name or a short description, in lower case, is that of a setup program.
func setupName(s string) bool {
	// devcon and its descendants call themselves "Windows Setup API".
	for _, word := range []string{"uninst", "deinst", "setup api", "setupapi"} {
		if strings.Contains(s, word) {
			return false
		}
	}
	for _, word := range []string{"setup", "install", "drvinst"} {
		if strings.Contains(s, word) {
			return true
		}
	}
	return false
}

// InstallerData reports whether a name is that of a file which setup programs keep beside themselves: their archives,
// settings, languages and helpers. Many of these names occur elsewhere too, so the answer counts only in a folder
// that holds a setup program, and only for files that no INF names.
//
// An *.msi beside setup.exe is not data: it can be installed by itself, and is reported as a setup program.
func InstallerData(name string) bool {
	s := strings.ToLower(baseName(name))
	switch s {
	// InstallShield 3 and 5, then 6 and newer. _isdel, ikernel and isbew64 are its helpers.
	case "_setup.dll", "_setup.lib", "_isdel.exe", "_inst32i.ex_", "_inst16.ex_", "_isres.dll", "_isuser.dll", "_sys1.cab", "_sys1.hdr",
		"_user1.cab", "_user1.hdr", "layout.bin", "lang.dat", "os.dat", "setup.ins", "setup.lid", "setup.pkg",
		"engine32.cab", "ikernel.ex_", "ikernel.exe", "isbew64.exe", "issetup.dll", "isrt.dll", "isscript.msi", "isscript11.msi",
		"corecomp.ini", "corecompat.ini", "setup.boot", "setup.bmp", "setup.ibt", "setup.ini", "setup.inx", "setup.iss",
		"setup.skin", "setup.gif", "setupdir.ini", "value.shl":
		return true
	// Windows Installer for systems that came without it.
	case "instmsi.exe", "instmsia.exe", "instmsiw.exe":
		return true
	// Driver Install Frameworks, Visual Basic's setup kit.
	case "dpinst.xml", "difxapi.dll", "setup.lst":
		return true
	}
	switch extension(s) {
	case ".mst", ".isn":
		return true
	case ".cab", ".hdr": // data1.cab, disk1.cab
		stem := s[:len(s)-len(".cab")]
		digits := strings.TrimLeft(stem, "abcdefghijklmnopqrstuvwxyz")
		return (strings.HasPrefix(stem, "data") || strings.HasPrefix(stem, "disk")) && len(stem)-len(digits) == 4 && isDigits(digits)
	case ".bin": // Inno Setup's setup-1.bin
		d, ok := strings.CutPrefix(s, "setup-")
		return ok && isDigits(strings.TrimRight(strings.TrimSuffix(d, ".bin"), "abc"))
	case ".ini": // InstallShield's languages: 0x0409.ini
		h, ok := strings.CutPrefix(s, "0x")
		return ok && len(h) == len("0409.ini") && strings.Trim(h[:4], "0123456789abcdef") == ""
	}
	return strings.HasPrefix(s, "windowsinstaller") && strings.HasSuffix(s, ".exe")
}

// SetupHelper reports whether a program in a setup program, named by its path in there, is part of setting something up
// and nothing that stays: installers of drivers, uninstallers, what the technology itself unpacks to work with.
func SetupHelper(path string) bool {
	lower := strings.ToLower(strings.ReplaceAll(path, `\`, "/"))
	for _, own := range []string{"$pluginsdir/", "$temp/", "$binary/", "tmp/", "ux/", "_engine/"} {
		if strings.HasPrefix(lower, own) {
			return true
		}
	}
	base := baseName(lower)
	stem := strings.TrimSuffix(base, extension(base))
	if setupName(stem) || strings.Contains(stem, "unins") || strings.Contains(stem, "remove") {
		return true
	}
	for _, word := range []string{"dpinst", "devcon", "pnputil", "difx", "drvinst", "hdinst", "infinst", "certmgr", "certutil", "regsvr32", "isbew64", "ikernel", "vcredist", "vc_redist"} {
		if strings.HasPrefix(stem, word) {
			return true
		}
	}
	return false
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
