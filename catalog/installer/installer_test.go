package installer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
)

// files is a folder of the tests; a text is what a file holds.
type files map[string]string

func (f files) Names() []string { return slices.Collect(maps.Keys(f)) }

func (f files) Open(name string) (io.ReadCloser, error) {
	s, ok := f[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	if s == "unreadable" {
		return nil, fs.ErrPermission
	}
	return io.NopCloser(strings.NewReader(s)), nil
}

const (
	lenovoSample = "\uFEFF" + `<?xml version="1.0" encoding="utf-8"?>
<?pcdDescriptor version="0230"?>
<Package name="CARD_READER" id="a1bc02w" version="10.0.1.2" hide="False">
  <Title default="EN"><Desc id="DE">Kartenleser</Desc><Desc id="EN">Card reader driver</Desc></Title>
  <Vendor>Lenovo</Vendor>
  <ExtractCommand>a1bc02w.exe /VERYSILENT /DIR=%PACKAGEPATH% /EXTRACT="YES"</ExtractCommand>
  <Reboot type="3" />
  <Install rc="0,3010" type="cmd" default="EN"><Cmdline id="EN">%PACKAGEPATH%\Setup.exe -s</Cmdline></Install>
  <Files><Installer><File><Name>a1bc02w.exe</Name></File></Installer></Files>
</Package>`

	responseText = "[InstallShield Silent]\r\nVersion=v7.00\r\nFile=Response File\r\n[Application]\r\nName=Audio driver\r\nVersion=5.10\r\nCompany=ACME\r\nLang=0009\r\n[{1}-SdFinishReboot-0]\r\nResult=1\r\nBootOption=0\r\n"

	cvaText = "[CVA File Information]\r\nCVATimeStamp=20200101T000000\r\n[Software Title]\r\nUS=Touchpad driver\r\n[General]\r\nVendorName=Synaptics\r\nVersion=19.5\r\n" +
		"[Install Execution]\r\nInstall=\"Setup.exe\"\r\nSilentInstall=Setup.exe /S /V\"/qn\"\r\n[ReturnCode]\r\n3010:SUCCESS:REBOOT=restart it\r\n0:SUCCESS:NOREBOOT=fine\r\n1602:FAILURE:NOREBOOT=a dependency\r\nodd line\r\n"

	mupText = `<?xml version="1.0"?><MUPDefinition xmlns="http://schemas.dell.com/openmanage/cm/2/0/mupdefinition.xsd">
<packageinformation><name>Graphics</name><version>27.20</version></packageinformation>
<executable architecture="x64"><executablename>.\Setup.exe</executablename></executable>
<behaviors>
 <behavior name="attended"/>
 <behavior name="unattended"><vendoroption><optionvalue switch="/" requiresvalue="false">s</optionvalue></vendoroption>
  <vendoroption><container><containervalue switch="/" enclose="&quot;">v</containervalue><optionvalue switch="/">qn</optionvalue></container></vendoroption>
  <vendoroption><optionvalue switch="-" requiresvalue="true">report</optionvalue></vendoroption></behavior>
</behaviors>
<returncodes><returncodemapping name="SUCCESS"><vendorreturncode>0</vendorreturncode></returncodemapping>
<returncodemapping name="REBOOT_REQUIRED"><vendorreturncode>14</vendorreturncode><vendorreturncode>3010</vendorreturncode></returncodemapping>
<returncodemapping name="DEP_HARD_ERROR"><vendorreturncode>7</vendorreturncode></returncodemapping></returncodes>
</MUPDefinition>`
)

// adviceTest is a setup program, what lies beside it, and what is said of it.
type adviceTest struct {
	what, name string
	info       catalog.InstallerInfo
	folder     files

	technology string
	command    string
	unpack     string
	source     catalog.SilentSource
	confidence catalog.Confidence
	restart    catalog.Restart
	codes      string // the first ones, as code=result
	product    string
	read       []string
}

func adviceTests() []adviceTest {
	kind := func(k string) catalog.InstallerInfo { return catalog.InstallerInfo{Kind: k, Product: "P"} }
	made := func(technology string) catalog.InstallerInfo {
		return catalog.InstallerInfo{Kind: "x", Technology: technology, Product: "P"}
	}
	none := []string(nil)
	return []adviceTest{
		{"a database", "net driver.msi", kind("msi"), nil, WindowsInstaller, `msiexec /i "net driver.msi" /qn /norestart`, "", catalog.SilentTechnology, catalog.Certain, catalog.RestartNo, "0=done 1601=failed", "P", none},
		{"a patch", "a.msp", kind("msp"), nil, InstallerPatch, `msiexec /p "a.msp" /qn /norestart`, "", catalog.SilentTechnology, catalog.Certain, catalog.RestartNo, "0=done", "P", none},
		{"NSIS", "drv.exe", kind("nsis"), nil, NSIS, "drv.exe /S", "", catalog.SilentTechnology, catalog.Likely, catalog.RestartUnknown, "0=done 1=failed 2=failed", "P", none},
		{"Inno Setup under a name with a space", "my drv.exe", kind("inno"), nil, InnoSetup, `"my drv.exe" /VERYSILENT /SUPPRESSMSGBOXES /NORESTART /RESTARTEXITCODE=3010 /SP-`, "", catalog.SilentTechnology, catalog.Certain, catalog.RestartNo, "0=done 1=failed", "P", none},
		{"an old Inno Setup", "a.exe", catalog.InstallerInfo{Kind: "inno", Technology: InnoSetup, TechnologyVersion: "2.0.11", Product: "P"}, nil, InnoSetup, `a.exe /VERYSILENT /SUPPRESSMSGBOXES /NORESTART /RESTARTEXITCODE=3010 /SP-`, "", catalog.SilentTechnology, catalog.Likely, catalog.RestartUnknown, "0=done 1=failed", "P", none},
		{"Burn", "b.exe", kind("wix-burn"), nil, Burn, "b.exe /quiet /norestart", "", catalog.SilentTechnology, catalog.Likely, catalog.RestartNo, "0=done", "P", none},
		{"DPInst", "dpinst.exe", kind("dpinst"), nil, DPInst, "dpinst.exe /S /SE /SW", "", catalog.SilentTechnology, catalog.Certain, catalog.RestartNo, "0=done 1=done", "P", none},
		{"a Dell Update Package", "A_WIN_1.EXE", made(DellPackage), nil, DellPackage, "A_WIN_1.EXE /s", "", catalog.SilentTechnology, catalog.Certain, catalog.RestartNo, "0=done 1=failed 2=restart 3=failed 4=failed 5=failed 6=restarting", "P", none},
		{"nothing known", "setup.exe", kind("exe"), nil, UnknownTechnology, "", "", catalog.SilentTechnology, catalog.Guess, catalog.RestartUnknown, "", "P", none},
		{"a technology that the table lacks", "setup.exe", made("from a newer version"), nil, "from a newer version", "", "", catalog.SilentTechnology, catalog.Guess, catalog.RestartUnknown, "", "P", none},
		{"a plain cabinet", "q.exe", made(CabExtractor), nil, CabExtractor, "", "", catalog.SilentTechnology, catalog.Guess, catalog.RestartUnknown, "", "P", none},

		{"an extractor that runs a silent setup", "q.exe", catalog.InstallerInfo{Kind: "7z-sfx", Technology: SevenZip, Runs: "setup.exe -s"}, nil, SevenZip, "q.exe -y", "", catalog.SilentTechnology, catalog.Likely, catalog.RestartUnknown, "0=done", "", none},
		{"an extractor that runs one that asks", "q.exe", catalog.InstallerInfo{Kind: "cab-sfx", Technology: IExpress, Runs: "setup.exe"}, nil, IExpress, "q.exe /Q:A /R:N", "", catalog.SilentTechnology, catalog.Guess, catalog.RestartNo, "0=done", "", none},

		{"InstallShield of no project", "setup.exe", kind("installshield"), nil, InstallShield, `setup.exe /s /w /v"/qn REBOOT=ReallySuppress"`, "", catalog.SilentTechnology, catalog.Guess, catalog.RestartUnknown, "0=done", "P", none},
		{"InstallShield with a package named in setup.ini", "setup.exe", catalog.InstallerInfo{Kind: "installshield"}, files{"Setup.INI": "[Startup]\r\nCmdLine=\r\nProduct=Card reader\r\nPackageName=Card.msi\r\nProductVersion=1.2\r\nScriptDriven=0\r\n", "Card.msi": "x"},
			BasicMSI, `setup.exe /s /w /v"/qn REBOOT=ReallySuppress"`, "", catalog.SilentTechnology, catalog.Certain, catalog.RestartNo, "0=done", "Card reader", []string{"Setup.INI"}},
		{"an old setup.ini in UTF-16", "setup.exe", kind("installshield"), files{"setup.ini": "\xff\xfe[\x00S\x00t\x00a\x00r\x00t\x00u\x00p\x00]\x00\n\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00N\x00a\x00m\x00e\x00=\x00a\x00"},
			BasicMSI, `setup.exe /s /w /v"/qn REBOOT=ReallySuppress"`, "", catalog.SilentTechnology, catalog.Certain, catalog.RestartNo, "0=done", "P", []string{"setup.ini"}},
		{"InstallShield before Windows Installer", "install.exe", catalog.InstallerInfo{Kind: "installshield", Technology: InstallShield, TechnologyVersion: "5.53.168.0", Product: "P"}, nil, InstallScript, "", "", catalog.SilentTechnology, catalog.Guess, catalog.RestartUnknown, "0=done -1=failed", "P", none},
		{"InstallScript without a response file", "setup.exe", kind("installshield"), files{"data1.hdr": "x", "setup.inx": "x"}, InstallScript, "", "", catalog.SilentTechnology, catalog.Guess, catalog.RestartUnknown, "0=done -1=failed", "P", []string{"setup.inx"}},
		{"InstallScript with a response file", "setup.exe", catalog.InstallerInfo{Kind: "installshield"}, files{"setup.ini": "[Startup]\nAppName=x\nScriptDriven=4\n", "SETUP.ISS": responseText, "data1.hdr": "x"},
			InstallScript, `setup.exe -s -f2"%TEMP%\setup.log"`, "", catalog.SilentVendor, catalog.Likely, catalog.RestartNo, "0=done -1=failed", "x", []string{"SETUP.ISS", "setup.ini"}},
		{"an old launcher waits with -SMS", "setup.exe", catalog.InstallerInfo{Kind: "installshield", Technology: InstallShield, TechnologyVersion: "5.52.164.0", Product: "P"}, files{"setup.iss": responseText},
			InstallScript, `setup.exe -s -SMS -f2"%TEMP%\setup.log"`, "", catalog.SilentVendor, catalog.Likely, catalog.RestartNo, "0=done", "P", []string{"setup.iss"}},
		{"a new launcher waits with -clone_wait", "setup.exe", catalog.InstallerInfo{Kind: "installshield", Technology: InstallScript, TechnologyVersion: "18.0.329", Product: "P"}, files{"setup.iss": responseText},
			InstallScript, `setup.exe -s -clone_wait -f2"%TEMP%\setup.log"`, "", catalog.SilentVendor, catalog.Likely, catalog.RestartNo, "0=done", "P", []string{"setup.iss"}},
		{"a response file of another name, which restarts", "setup.exe", catalog.InstallerInfo{Kind: "installshield", Technology: InstallScript}, files{"silent.iss": strings.Replace(responseText, "BootOption=0", "BootOption=3", 1)},
			InstallScript, `setup.exe -s -f1".\silent.iss" -f2"%TEMP%\setup.log"`, "", catalog.SilentVendor, catalog.Likely, catalog.RestartYes, "0=done", "Audio driver", []string{"silent.iss"}},
		{"two response files: which one?", "setup.exe", made(InstallScript), files{"a.iss": responseText, "b.iss": responseText}, InstallScript, "", "", catalog.SilentTechnology, catalog.Guess, catalog.RestartUnknown, "0=done", "P", none},
		{"an Inno Setup script is no response file", "setup.exe", made(InstallScript), files{"setup.iss": "[Setup]\nAppName=x\n"}, InstallScript, "", "", catalog.SilentTechnology, catalog.Guess, catalog.RestartUnknown, "0=done", "P", none},
		{"InstallScript MSI", "setup.exe", kind("installshield"), files{"setup.ini": "[Startup]\nScriptDriven=1\nPackageName=a.msi"}, InstallScriptMSI, "", "", catalog.SilentTechnology, catalog.Guess, catalog.RestartUnknown, "0=done", "P", []string{"setup.ini"}},
		{"a 16-bit launcher with InstallShield's files", "setup.exe", kind("exe"), files{"setup.ins": "x", "_inst32i.ex_": "x", "setup.iss": responseText}, InstallScript, `setup.exe -s -f2"%TEMP%\setup.log"`, "", catalog.SilentVendor, catalog.Likely, catalog.RestartNo, "0=done", "P", []string{"setup.ins", "setup.iss"}},

		{"Lenovo's descriptor", "a1bc02w.exe", catalog.InstallerInfo{Kind: "inno", Technology: InnoSetup, TechnologyVersion: "5.5.9"}, files{"a1bc02w_2_.xml": lenovoSample, "other.xml": "<x/>"},
			LenovoPackage, "Setup.exe -s", `a1bc02w.exe /VERYSILENT /DIR=%PACKAGEPATH% /EXTRACT="YES"`, catalog.SilentVendor, catalog.Certain, catalog.RestartNo, "0=restart 3010=restart", "Card reader driver", []string{"a1bc02w_2_.xml"}},
		{"Lenovo's descriptor beside what was unpacked", "Setup.exe", catalog.InstallerInfo{Kind: "installshield", Technology: InstallScript}, files{"a1bc02w_2_.xml": strings.Replace(lenovoSample, `type="3"`, `type="1"`, 1)},
			InstallScript, "Setup.exe -s", "", catalog.SilentVendor, catalog.Certain, catalog.RestartYes, "0=done 3010=restart", "Card reader driver", []string{"a1bc02w_2_.xml"}},
		{"Lenovo's descriptor of a package that runs itself", "a1bc02w.exe", kind("inno"), files{"a.xml": strings.Replace(lenovoSample, `%PACKAGEPATH%\Setup.exe -s`, `"%PACKAGEPATH%\a1bc02w.exe" /verysilent`, 1)},
			InnoSetup, `"a1bc02w.exe" /verysilent`, "", catalog.SilentVendor, catalog.Certain, catalog.RestartNo, "0=restart", "P", []string{"a.xml"}},
		{"Lenovo's descriptor of an INF", "a1bc02w.exe", kind("inno"), files{"a.xml": strings.Replace(lenovoSample, `type="cmd"`, `type="INF"`, 1)},
			LenovoPackage, "a1bc02w.exe /VERYSILENT /SUPPRESSMSGBOXES /NORESTART /SP-", "", catalog.SilentTechnology, catalog.Likely, catalog.RestartUnknown, "0=done", "P", []string{"a.xml"}},
		{"Lenovo's descriptor of another program", "setup2.exe", kind("nsis"), files{"a1bc02w_2_.xml": lenovoSample}, NSIS, "setup2.exe /S", "", catalog.SilentTechnology, catalog.Likely, catalog.RestartUnknown, "0=done", "P", none},
		{"a descriptor that is only a byte order mark", "a1bc02w.exe", kind("nsis"), files{"a1bc02w_2_.xml": "\xef\xbb\xbf"}, NSIS, "a1bc02w.exe /S", "", catalog.SilentTechnology, catalog.Likely, catalog.RestartUnknown, "0=done", "P", none},
		{"a descriptor that cannot be read", "a1bc02w.exe", kind("nsis"), files{"a1bc02w_2_.xml": "unreadable"}, NSIS, "a1bc02w.exe /S", "", catalog.SilentTechnology, catalog.Likely, catalog.RestartUnknown, "0=done", "P", none},
		{"a descriptor that is too large", "a1bc02w.exe", kind("nsis"), files{"a1bc02w_2_.xml": lenovoSample + strings.Repeat(" ", maxFile)}, NSIS, "a1bc02w.exe /S", "", catalog.SilentTechnology, catalog.Likely, catalog.RestartUnknown, "0=done", "P", none},

		{"HP's CVA file", "sp12345.exe", catalog.InstallerInfo{Kind: "7z-sfx", Technology: SevenZip}, files{"SP12345.CVA": cvaText},
			SoftPaq, `Setup.exe /S /V"/qn"`, "sp12345.exe /s /e /f %PACKAGEPATH%", catalog.SilentVendor, catalog.Certain, catalog.RestartNo, "0=done 1602=failed 3010=restart", "Touchpad driver", []string{"SP12345.CVA"}},
		{"a CVA file without codes and with a quoted command", "sp1.exe", kind("exe"), files{"sp1.cva": "[Install Execution]\nSilentInstall=\"install.cmd\"\n"},
			SoftPaq, "install.cmd", "sp1.exe /s /e /f %PACKAGEPATH%", catalog.SilentVendor, catalog.Certain, catalog.RestartUnknown, "0=done 1168=done", "P", []string{"sp1.cva"}},
		{"a CVA file of another SoftPaq", "sp2.exe", kind("nsis"), files{"sp1.cva": cvaText}, NSIS, "sp2.exe /S", "", catalog.SilentTechnology, catalog.Likely, catalog.RestartUnknown, "0=done", "P", none},

		{"a mup.xml", "setup.exe", catalog.InstallerInfo{Kind: "exe", Technology: IntelFramework}, files{"MUP.xml": mupText},
			IntelFramework, `setup.exe /s /v"/qn"`, "", catalog.SilentVendor, catalog.Certain, catalog.RestartNo, "0=done 14=restart 3010=restart 7=failed", "Graphics", []string{"MUP.xml"}},
		{"a mup.xml that takes 0 for granted", "setup.exe", kind("exe"), files{"mup.xml": strings.Replace(mupText, `<returncodemapping name="SUCCESS"><vendorreturncode>0</vendorreturncode></returncodemapping>`, "", 1)},
			UnknownTechnology, `setup.exe /s /v"/qn"`, "", catalog.SilentVendor, catalog.Certain, catalog.RestartNo, "0=done 14=restart", "P", []string{"mup.xml"}},
		{"a descriptor without codes", "a1bc02w.exe", kind("inno"), files{"a.xml": strings.Replace(lenovoSample, `rc="0,3010"`, "", 1)},
			LenovoPackage, "Setup.exe -s", `a1bc02w.exe /VERYSILENT /DIR=%PACKAGEPATH% /EXTRACT="YES"`, catalog.SilentVendor, catalog.Certain, catalog.RestartNo, "0=restart", "P", []string{"a.xml"}},
		{"a mup.xml of another program", "other.exe", kind("nsis"), files{"mup.xml": mupText}, NSIS, "other.exe /S", "", catalog.SilentTechnology, catalog.Likely, catalog.RestartUnknown, "0=done", "P", none},
		{"a CD's label", "setup.exe", catalog.InstallerInfo{Kind: "nsis"}, files{"autorun.inf": "[autorun]\nopen=SETUP.EXE /x\nlabel=Driver CD\n"}, NSIS, "setup.exe /S", "", catalog.SilentTechnology, catalog.Likely, catalog.RestartUnknown, "0=done", "Driver CD", []string{"autorun.inf"}},
		{"a CD that starts something else", "setup.exe", catalog.InstallerInfo{Kind: "nsis"}, files{"autorun.inf": "[autorun]\nopen=menu.exe\nlabel=Driver CD\n"}, NSIS, "setup.exe /S", "", catalog.SilentTechnology, catalog.Likely, catalog.RestartUnknown, "0=done", "", none},
	}
}

func TestAdvise(t *testing.T) {
	t.Parallel()
	for _, tt := range adviceTests() {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			before := tt.info
			var folder Folder
			if tt.folder != nil {
				folder = tt.folder
			}
			a := Advise(Program{Name: tt.name, Info: tt.info, Beside: folder})
			if diff := cmp.Diff(before, tt.info); diff != "" {
				t.Errorf("the caller's info was changed:\n%s", diff)
			}
			s := a.Info.Silent
			got := []string{a.Info.Technology, s.Command, s.Unpack, string(s.Source), string(s.Confidence), string(s.Restart), a.Info.Product}
			want := []string{tt.technology, tt.command, tt.unpack, string(tt.source), string(tt.confidence), string(tt.restart), tt.product}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tt.read, a.Read); diff != "" {
				t.Errorf("rests on other files (-want +got)\n%s", diff)
			}
			var codes []string
			for _, c := range s.ExitCodes {
				codes = append(codes, codeText(c))
			}
			if c := strings.Join(codes, " ") + " "; !strings.HasPrefix(c, tt.codes) {
				t.Errorf("exit codes %s, want %s first", c, tt.codes)
			}
			if s.Reason == "" || strings.Contains(s.Command+s.Reason+s.Unpack, "{file}") {
				t.Errorf("no reason, or a gap in the command: %+v", s)
			}
			again := Advise(Program{Name: tt.name, Info: a.Info, Beside: folder})
			if diff := cmp.Diff(a, again); diff != "" {
				t.Errorf("advised twice it says something else:\n%s", diff)
			}
		})
	}
}

func codeText(c catalog.ExitCode) string {
	return fmt.Sprintf("%d=%s", c.Code, c.Result)
}

// What a program holds tells its project where nothing beside it does.
func TestAdviseInside(t *testing.T) {
	t.Parallel()
	shield := catalog.InstallerInfo{Kind: "installshield", Technology: InstallShield}
	for _, tt := range []struct {
		what           string
		info           catalog.InstallerInfo
		beside, inside files
		technology     string
		command        string
		source         catalog.SilentSource
	}{
		{"a package in the launcher", shield, nil, files{"Card.msi": "x"}, BasicMSI, `setup.exe /s /w /v"/qn REBOOT=ReallySuppress"`, catalog.SilentTechnology},
		{"a script in the launcher", shield, nil, files{"data1.hdr": "x", "Card.msi": "x"}, InstallScript, "", catalog.SilentTechnology},
		{"setup.ini in the launcher", shield, nil, files{"setup.ini": "[Startup]\nScriptDriven=1\n"}, InstallScriptMSI, "", catalog.SilentTechnology},
		{"what lies beside comes first", shield, files{"setup.ini": "[Startup]\nScriptDriven=0\n"}, files{"data1.hdr": "x"}, BasicMSI, `setup.exe /s /w /v"/qn REBOOT=ReallySuppress"`, catalog.SilentTechnology},
		{"a response file that the vendor packed", catalog.InstallerInfo{Kind: "installshield", Technology: PackageForTheWeb}, nil, files{"Setup.iss": responseText}, PackageForTheWeb, "setup.exe -s -a -s", catalog.SilentVendor},
		{"a response file in a launcher is not the one that counts", shield, nil, files{"setup.inx": "x", "setup.iss": responseText}, InstallScript, "", catalog.SilentTechnology},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			a := Advise(Program{Name: "setup.exe", Info: tt.info, Beside: tt.beside, Inside: tt.inside})
			got := []string{a.Info.Technology, a.Info.Silent.Command, string(a.Info.Silent.Source)}
			if diff := cmp.Diff([]string{tt.technology, tt.command, string(tt.source)}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, n := range a.Read {
				if _, ok := tt.beside[n]; !ok {
					t.Errorf("rests on %s, which does not lie beside it", n)
				}
			}
		})
	}
}

// What a program says of itself fills in what its outside does not tell.
func TestAdviseHeader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what    string
		info    catalog.InstallerInfo
		header  Header
		product string // with version and company
		made    string
		restart catalog.Restart
		sure    catalog.Confidence
	}{
		{"NSIS without a version resource", catalog.InstallerInfo{Kind: "nsis"}, Header{Product: "Card reader", TechnologyVersion: "3.08", Restart: catalog.RestartNo, RestartNote: "n"}, "Card reader//", "3.08", catalog.RestartNo, catalog.Likely},
		{"the version resource comes first", catalog.InstallerInfo{Kind: "inno", Product: "A", Version: "1", TechnologyVersion: "5.5.7"}, Header{Product: "B", Version: "2", Company: "C", TechnologyVersion: "5.5.0"}, "A/1/C", "5.5.7", catalog.RestartNo, catalog.Certain},
		{"a database's tables come before its summary", catalog.InstallerInfo{Kind: "msi", Product: "Installation Database", Company: "X"}, Header{Product: "SATA driver", Version: "1.2", Company: "AMD"}, "SATA driver/1.2/AMD", "", catalog.RestartNo, catalog.Certain},
		{"a database without properties", catalog.InstallerInfo{Kind: "msi", Product: "P", Company: "X"}, Header{}, "P//X", "", catalog.RestartNo, catalog.Certain},
		{"NSIS that starts a program", catalog.InstallerInfo{Kind: "nsis"}, Header{Product: "P", Restart: catalog.RestartNo, RestartNote: "n", Runs: "setup.exe"}, "P//", "", catalog.RestartUnknown, catalog.Likely},
		{"NSIS that means to ask", catalog.InstallerInfo{Kind: "nsis"}, Header{Product: "P", Restart: catalog.RestartNo, RestartNote: "n", Asks: "it asks", Loud: true}, "P//", "", catalog.RestartNo, catalog.Guess},
		{"Inno Setup that starts a program", catalog.InstallerInfo{Kind: "inno"}, Header{Product: "P", Runs: "setup.exe"}, "P//", "", catalog.RestartUnknown, catalog.Likely},
		{"Inno Setup that starts a silent one", catalog.InstallerInfo{Kind: "inno"}, Header{Product: "P", Runs: "setup.exe /S"}, "P//", "", catalog.RestartUnknown, catalog.Certain},
		{"a password", catalog.InstallerInfo{Kind: "inno", Product: "P"}, Header{Password: true}, "P//", "", catalog.RestartNo, catalog.Guess},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			i := Advise(Program{Name: "a.exe", Info: tt.info, Header: &tt.header}).Info
			got := []string{i.Product + "/" + i.Version + "/" + i.Company, i.TechnologyVersion, string(i.Silent.Restart), string(i.Silent.Confidence)}
			if diff := cmp.Diff([]string{tt.product, tt.made, string(tt.restart), string(tt.sure)}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, words := range []string{tt.header.Runs, tt.header.Asks} {
				if !strings.Contains(i.Silent.Reason, words) {
					t.Errorf("%q does not tell %q", i.Silent.Reason, words)
				}
			}
		})
	}
}

// A self-extractor hands on what the program in it needs.
func TestAdviseInner(t *testing.T) {
	t.Parallel()
	advised := func(name string, info catalog.InstallerInfo, beside files) *Inner {
		return &Inner{Name: name, Info: Advise(Program{Name: name, Info: info, Beside: beside}).Info}
	}
	basic := advised("install.exe", catalog.InstallerInfo{Kind: "installshield", Technology: BasicMSI}, nil)
	script := advised("Setup.exe", catalog.InstallerInfo{Kind: "installshield", Technology: InstallScript}, files{"setup.iss": responseText})
	nsis := advised("my setup.exe", catalog.InstallerInfo{Kind: "nsis"}, nil)
	for _, tt := range []struct {
		what    string
		info    catalog.InstallerInfo
		inner   *Inner
		command string
		source  catalog.SilentSource
		sure    catalog.Confidence
		first   string // result of the first exit code that is no success
	}{
		{"IExpress around Basic MSI", catalog.InstallerInfo{Technology: IExpress, Runs: "install.exe"}, basic, `q.exe /Q:A /R:N /C:"install.exe /s /w /v/qn /vREBOOT=ReallySuppress"`, catalog.SilentTechnology, catalog.Likely, "1601"},
		{"IExpress around a name with a space", catalog.InstallerInfo{Technology: IExpress, Runs: `"my setup.exe"`}, nsis, "q.exe /Q:A /R:N", catalog.SilentTechnology, catalog.Guess, ""},
		{"IExpress that is silent by itself", catalog.InstallerInfo{Technology: IExpress, Runs: "install.exe /s"}, basic, "q.exe /Q:A /R:N", catalog.SilentTechnology, catalog.Likely, ""},
		{"7-Zip around NSIS", catalog.InstallerInfo{Technology: SevenZip, Runs: `"my setup.exe"`}, nsis, "q.exe -y /S", catalog.SilentTechnology, catalog.Likely, "1"},
		{"PackageForTheWeb around a response file", catalog.InstallerInfo{Technology: PackageForTheWeb}, script, `q.exe -s -a -s -f2"%TEMP%\Setup.log"`, catalog.SilentVendor, catalog.Likely, "-1"},
		{"PackageForTheWeb around nothing that is known", catalog.InstallerInfo{Technology: PackageForTheWeb}, advised("setup.exe", catalog.InstallerInfo{Kind: "exe"}, nil), "q.exe -s -a -s", catalog.SilentTechnology, catalog.Guess, ""},
		{"PackageForTheWeb around a script without a response file", catalog.InstallerInfo{Technology: PackageForTheWeb}, advised("Setup.exe", catalog.InstallerInfo{Technology: InstallScript}, nil), "", catalog.SilentTechnology, catalog.Guess, ""},
		{"a plain archive runs nothing", catalog.InstallerInfo{Technology: SevenZipArchive}, basic, "", catalog.SilentTechnology, catalog.Guess, ""},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			s := Advise(Program{Name: "q.exe", Info: tt.info, Inner: tt.inner}).Info.Silent
			got := []string{s.Command, string(s.Source), string(s.Confidence)}
			if diff := cmp.Diff([]string{tt.command, string(tt.source), string(tt.sure)}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, c := range s.ExitCodes {
				if !c.Result.Done() {
					if fmt.Sprint(c.Code) != tt.first {
						t.Errorf("the first failure is %d, want %s", c.Code, tt.first)
					}
					break
				}
			}
		})
	}
	for runs, want := range map[string]string{"install.exe /s": "install.exe", `"a b\c.exe" x`: "a b/c.exe", `%%T\setup.exe`: "setup.exe", `.\x.exe`: "x.exe", "": "setup.exe"} {
		if got := Starts(catalog.InstallerInfo{Technology: SevenZip, Runs: runs}); got != want {
			t.Errorf("%q starts %q, want %q", runs, got, want)
		}
	}
	if got := Starts(catalog.InstallerInfo{Technology: IExpress}) + Starts(catalog.InstallerInfo{Technology: NSIS, Runs: "x.exe"}); got != "" {
		t.Errorf("%q is started by what says nothing", got)
	}
}

// Every technology has a row with a reason; what has a command has codes and a source; codes are told once each.
func TestTable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range table() {
		if seen[r.technology] {
			t.Errorf("%s has two rows", r.technology)
		}
		seen[r.technology] = true
		if r.reason == "" || r.confidence == "" || r.restart == "" {
			t.Errorf("%s: something is missing: %+v", r.technology, r)
		}
		if r.command != "" && (r.codes == nil || len(r.sources) == 0) {
			t.Errorf("%s has a command without exit codes or without a source", r.technology)
		}
		if r.restart == catalog.RestartNo && r.restartNote == "" {
			t.Errorf("%s does not restart, and does not say why", r.technology)
		}
		if r.codes == nil {
			continue
		}
		codes := map[int64]bool{}
		for _, c := range r.codes() {
			if codes[c.Code] || c.Meaning == "" || c.Result == "" {
				t.Errorf("%s: code %+v", r.technology, c)
			}
			codes[c.Code] = true
		}
		if !codes[0] {
			t.Errorf("%s does not say what 0 means", r.technology)
		}
	}
	for _, kind := range []string{"msi", "msp", "nsis", "inno", "installshield", "wix-burn", "7z-sfx", "cab-sfx", "zip-sfx", "rar-sfx", "dpinst", "exe", "?"} {
		if !seen[defaultTechnology(kind)] {
			t.Errorf("the default of %s has no row", kind)
		}
	}
}

func TestParseLenovo(t *testing.T) {
	t.Parallel()
	got, err := parseLenovo([]byte(lenovoSample))
	want := lenovoPackage{
		ID: "a1bc02w", Name: "CARD_READER", Version: "10.0.1.2", Title: "Card reader driver", Vendor: "Lenovo",
		Extract: `a1bc02w.exe /VERYSILENT /DIR=%PACKAGEPATH% /EXTRACT="YES"`, Install: `%PACKAGEPATH%\Setup.exe -s`, InstallType: "cmd",
		ReturnCodes: []int64{0, 3010}, Reboot: 3, Installers: []string{"a1bc02w.exe"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, bad := range []string{"", "\xef\xbb\xbf", "<Package", "<packages/>", "<Package/>", strings.Repeat("<a>", 100), "<Package id='x'>" + strings.Repeat("<a>", 100)} {
		if p, err := parseLenovo([]byte(bad)); err == nil {
			t.Errorf("%.40q was read as %+v", bad, p)
		}
	}
	if _, err := parseLenovo([]byte("<Products/>")); !errors.Is(err, errOther) {
		t.Errorf("another root is %v", err)
	}
}

func TestParseHardwareApps(t *testing.T) {
	t.Parallel()
	apps, err := ParseHardwareApps([]byte(`<?xml version="1.0"?><Products><Product model="M700SFF" os="win764"><Queries><Types><Type>10GT</Type><Type/></Types></Queries>
<HardwareApps><HardwareApp category="Bluetooth"><name>Intel
  Bluetooth</name><downloadURL>https://x</downloadURL><installCmd>Setup.exe /qn</installCmd><tip/></HardwareApp><HardwareApp><name>B</name><installCmd/></HardwareApp></HardwareApps></Product></Products>`))
	want := []HardwareApp{{Model: "M700SFF", Types: []string{"10GT"}, OS: "win764", Category: "Bluetooth", Name: "Intel Bluetooth", Command: "Setup.exe /qn", URL: "https://x"}}
	if diff := cmp.Diff(want, apps); diff != "" || err != nil {
		t.Fatalf("%v\n%s", err, diff)
	}
	for model, fits := range map[string]bool{"M700-10GTCTO": true, "m700-10gt": true, "M700 SFF": true, "M700": false, "T61": false, "": false} {
		if apps[0].Fits(model) != fits {
			t.Errorf("fits %q: %v", model, !fits)
		}
	}
	for target, fits := range map[string]bool{"win7-x64": true, "win7-x86": false, "win10-x64": false} {
		if apps[0].FitsOS(target) != fits {
			t.Errorf("fits %s: %v", target, !fits)
		}
	}
	for os, target := range map[string]string{"win10": "win10-x64", "win81": "win8.1-x64", "win732": "win7-x86", "": "xp-x86"} {
		if !(HardwareApp{OS: os}).FitsOS(target) {
			t.Errorf("%q does not fit %s", os, target)
		}
	}
	for _, bad := range []string{"", "<Package/>", "<Products><Product></Products>", "<Products>" + strings.Repeat("<a>", 100)} {
		if apps, err := ParseHardwareApps([]byte(bad)); err == nil {
			t.Errorf("%.40q was read as %+v", bad, apps)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(lenovoSample))
	f.Add([]byte(mupText))
	f.Add([]byte(`<Products><Product model="M" os="win10"><HardwareApps><HardwareApp><name>B</name><installCmd>x</installCmd></HardwareApp></HardwareApps></Product></Products>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := parseLenovo(data); err == nil && p.ID == "" && p.Name == "" {
			t.Error("a descriptor of nothing")
		}
		apps, err := ParseHardwareApps(data)
		for _, a := range apps {
			if err != nil || a.Command == "" || strings.ContainsAny(a.Command, "\n\x00") {
				t.Errorf("%+v, %v", a, err)
			}
		}
	})
}

// FuzzAdvise feeds one text as each of the files that a vendor may ship.
func FuzzAdvise(f *testing.F) {
	for _, tt := range adviceTests() {
		for _, text := range tt.folder {
			f.Add([]byte(text[:min(len(text), 4096)]))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		names := []string{"setup.ini", "setup.iss", "a.xml", "setup.cva", "mup.xml", "autorun.inf"}
		folder := files{}
		for _, n := range names {
			folder[n] = string(data)
		}
		for _, technology := range []string{InstallShield, InnoSetup, ""} {
			a := Advise(Program{Name: "setup.exe", Info: catalog.InstallerInfo{Kind: "exe", Technology: technology}, Beside: folder, Inside: folder})
			s := a.Info.Silent
			if s == nil || s.Reason == "" {
				t.Fatal("no answer")
			}
			for _, text := range []string{s.Command, s.Unpack, s.Reason, a.Info.Product, a.Info.Version} {
				if len(text) > 8*maxText+200 || bytes.ContainsAny([]byte(text), "\x00\n\r\x1b") {
					t.Errorf("a text of %d bytes, or with control characters: %q", len(text), text)
				}
			}
			for _, n := range a.Read {
				if !slices.Contains(names, n) {
					t.Errorf("rests on %q, which is not there", n)
				}
			}
		}
	})
}
