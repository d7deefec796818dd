package source

import "testing"

func TestLeftoverReason(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, head, want string
	}{
		{"ReadMe.TXT", "", LeftReadme}, {"README", "", LeftReadme}, {"License", "text", LeftReadme}, {"relnotes.htm", "", LeftReadme},
		{"logo.BMP", "BM", LeftPicture}, {"demo.avi", "RIFF", LeftMedia}, {"net.hlp", "", LeftHelp}, {"net.chm", "ITSF", LeftHelp},
		{"drivers.zip", "PK\x03\x04", LeftArchive}, {"drivers.001", "7z\xBC\xAF\x27\x1C", LeftArchive},
		{"net.sy_", "SZDD\x88\xF0\x27\x33", LeftCompressed}, {"setup.exe", "SZDD\x88\xF0\x27\x33", LeftCompressed},
		{"autorun.inf", "", LeftAutorun}, {"AutoRun.exe", "MZ", LeftAutorun},
		{"TXTSETUP.OEM", "", LeftTextMode}, {"hpcissm2-txtsetup.oem", "", LeftTextMode},
		{"net.pdb", "Microsoft C", LeftSymbols},
		{"release.dat", "", LeftMetadata}, {"package.xml", "<?xml", LeftMetadata},
		{"tray.exe", "MZ", LeftProgram}, {"tray.exe", "", LeftProgram}, {"tray.exe", "<html>", LeftMisnamed}, {"net.msi", "<html>", LeftMisnamed}, {"net.msi", compoundMagic, LeftProgram},
		{"install.cmd", "", LeftScript}, {"fix.reg", "", LeftScript},
		{"net.sys", "MZ", LeftBinary}, {"net.sys", "version https://git-lfs", LeftMisnamed}, {"net.mui", "x", LeftBinary}, {"blob", "MZ", LeftBinary},
		{"net.cat", "0\x82", LeftCatalog}, {"net.inf", "", LeftINF}, {"net.inx", "", LeftINFTemplate},
		{"data1.cab", "ISc(", LeftInstallerData}, {"0x0409.ini", "", LeftInstallerData}, {"net.ini", "", LeftSettings},
		{"Thumbs.db", "", LeftJunk}, {"._net.inf", "", LeftJunk}, {".gitignore", "", LeftJunk}, {"net.sys.bak", "MZ", LeftJunk},
		{"x/y\\net.url", "", LeftShortcut}, {"net.md5", "", LeftChecksum}, {"net.h", "", LeftDevelopment},
		{"lcd.icm", "", LeftNotReferenced}, {"firmware.bin", "\x7FELF", LeftNotReferenced}, {"", "", LeftNotReferenced}, {".", "", LeftNotReferenced},
	}
	for _, tt := range tests {
		code, text := LeftoverReason(tt.name, []byte(tt.head))
		if code != tt.want || text == "" {
			t.Errorf("%q beginning with %q: %s (%s), want %s", tt.name, tt.head, code, text, tt.want)
		}
	}
}

func TestLeftoverTextsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, c := range leftoverCodes() {
		text := leftoverText(c)
		if other, ok := seen[text]; ok {
			t.Errorf("%s and %s both say %q", c, other, text)
		}
		seen[text] = c
	}
}

func leftoverCodes() []string {
	return []string{
		LeftArchive, LeftAutorun, LeftBinary, LeftCatalog, LeftChecksum, LeftCompressed, LeftDevelopment, LeftHelp, LeftINF, LeftINFTemplate,
		LeftInstallerData, LeftJunk, LeftMedia, LeftMetadata, LeftMisnamed, LeftNotReferenced, LeftPicture, LeftProgram, LeftReadme, LeftScript,
		LeftSettings, LeftShortcut, LeftSymbols, LeftTextMode,
	}
}

func TestInstallerData(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"data1.cab": true, "DATA2.CAB": true, "data1.hdr": true, "disk1.cab": true, "data.cab": false, "data12.cab": true, "drivers1.cab": false,
		"setup.ini": true, `Disk 1\Setup.inx`: true, "layout.bin": true, "engine32.cab": true, "_setup.dll": true, "setup.iss": true, "1033.mst": true,
		"german.isn": true, "0x0409.ini": true, "0x040c.ini": true, "0x04.ini": false, "0xzzzz.ini": false, "1x0409.ini": false,
		"setup-1.bin": true, "setup-1b.bin": true, "setup-x.bin": false, "setup-.bin": false, "dpinst.xml": true, "difxapi.dll": true, "instmsiw.exe": true,
		"WindowsInstaller-KB893803-x86.exe": true, "setup.exe": false, "net.msi": false, "autorun.inf": false, "setup.inf": false, "": false, ".cab": false, ".bin": false,
	} {
		if got := InstallerData(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}
