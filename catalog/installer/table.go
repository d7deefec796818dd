package installer

import (
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// row is what is known of one technology.
type row struct {
	technology  string
	command     string // {file} is the program's name, quoted if needed, {name} the bare name; "" where none can be given
	confidence  catalog.Confidence
	reason      string
	restart     catalog.Restart
	restartNote string
	codes       func() []catalog.ExitCode
	sources     []string // pages that say so
}

// Pages that several rows rest on.
const (
	pageMsiexec  = "learn.microsoft.com/windows/win32/msi/standard-installer-command-line-options"
	pageShield   = "docs.revenera.com/installshield/helplibrary/IHelpSetup_EXECmdLine.htm"
	pageShieldIS = "docs.revenera.com/installshield/helplibrary/SetupLog.htm"
	pageInno     = "jrsoftware.org/ishelp/topic_setupcmdline.htm"
)

// table is the default of each technology. A row is certain where the technology itself handles the switches, whatever
// the vendor put into the package; likely where a vendor can break it; a guess where vendors have to provide for it.
//
// size: one table in one place
func table() []row {
	return []row{
		{WindowsInstaller, `msiexec /i "{name}" /qn /norestart`, catalog.Certain, "msiexec itself handles the switches",
			catalog.RestartNo, "/norestart suppresses it; 3010 asks for one", windowsInstallerCodes, []string{pageMsiexec}},
		{InstallerPatch, `msiexec /p "{name}" /qn /norestart`, catalog.Certain, "msiexec itself handles the switches; the product must be installed",
			catalog.RestartNo, "/norestart suppresses it; 3010 asks for one", windowsInstallerCodes, []string{pageMsiexec}},
		{NSIS, `{file} /S`, catalog.Likely, "every NSIS installer takes /S (capital); a script can show its own questions all the same",
			catalog.RestartUnknown, "NSIS has no switch against restarts: the script decides", nsisCodes, []string{"nsis.sourceforge.io/Docs/Chapter3.html"}},
		{InnoSetup, `{file} /VERYSILENT /SUPPRESSMSGBOXES /NORESTART /RESTARTEXITCODE=3010 /SP-`, catalog.Certain, "every Inno Setup installer takes these switches",
			catalog.RestartNo, "/NORESTART suppresses it; /RESTARTEXITCODE makes 3010 of the need for one, and old installers that do not know it pass over it", innoCodes, []string{pageInno}},
		{InstallScript, "", catalog.Guess, "InstallScript takes -s only with a response file setup.iss, and none lies beside it: record one with {file} -r on a reference machine",
			catalog.RestartUnknown, "the response file decides (BootOption)", installScriptCodes, []string{pageShieldIS, pageShield}},
		{InstallScriptMSI, "", catalog.Guess, "an InstallScript MSI project takes -s only with a response file setup.iss, and none lies beside it: record one with {file} -r, or install the .msi in it",
			catalog.RestartUnknown, "", installScriptCodes, []string{pageShieldIS, pageShield}},
		{BasicMSI, `{file} /s /w /v"/qn REBOOT=ReallySuppress"`, catalog.Certain, "/s silences the launcher, /w makes it wait for the end, /v hands the rest to msiexec",
			catalog.RestartNo, "REBOOT=ReallySuppress suppresses it; 3010 asks for one", windowsInstallerCodes, []string{pageShield}},
		{InstallShield, `{file} /s /w /v"/qn REBOOT=ReallySuppress"`, catalog.Guess, "right if it is a Basic MSI project, which could not be told; an InstallScript project needs -s and a response file setup.iss",
			catalog.RestartUnknown, "", installShieldCodes, []string{pageShield, pageShieldIS}},
		{PackageForTheWeb, `{file} -s -a -s`, catalog.Guess, "-s silences the extractor, what follows -a goes to the setup program in it, which is InstallShield mostly and needs its own response file",
			catalog.RestartUnknown, "", extractorCodes, []string{"ibm.com/docs, silent installation of Notes kits (-s, -a)"}},
		{Burn, `{file} /quiet /norestart`, catalog.Likely, "the engine takes the switches; a user interface of the vendor's own can ignore them",
			catalog.RestartNo, "/norestart suppresses it; 3010 asks for one", windowsInstallerCodes, []string{"docs.firegiant.com/wix/tools/burn"}},
		{IExpress, `{file} /Q:A /R:N`, catalog.Likely, "/Q:A silences the extractor; the program in it runs as the package says, and may ask",
			catalog.RestartNo, "/R:N suppresses a restart by the extractor, not one by the program in it", extractorCodes, []string{"support.microsoft.com/help/197147"}},
		{WindowsUpdate, `{file} /quiet /norestart`, catalog.Certain, "update packages for Windows take these switches",
			catalog.RestartNo, "/norestart suppresses it; 3010 asks for one", windowsInstallerCodes, []string{"support.microsoft.com/help/262841"}},
		{SevenZip, `{file} -y`, catalog.Guess, "-y answers the extractor's questions; the program in it is not known and may ask",
			catalog.RestartUnknown, "", extractorCodes, []string{"7-zip.org, help, -sfx switch"}},
		{SevenZipArchive, "", catalog.Guess, "it only unpacks and runs nothing: unpack it, and package the program in it", catalog.RestartUnknown, "", nil, nil},
		{WinRAR, `{file} -s`, catalog.Guess, "-s silences the extractor; whether the program in it asks is not known",
			catalog.RestartUnknown, "", extractorCodes, []string{"WinRAR help, GUI SFX modules: command line switches"}},
		{CabExtractor, "", catalog.Guess, "the extractor is not known: unpack it, and package the program in it", catalog.RestartUnknown, "", nil, nil},
		{ZipExtractor, "", catalog.Guess, "the extractor is not known: unpack it, and package the program in it", catalog.RestartUnknown, "", nil, nil},
		{WinZip, "", catalog.Guess, "WinZip's extractor asks where to unpack to: unpack it, and package the program in it", catalog.RestartUnknown, "", nil, nil},
		{DPInst, `{file} /S /SE /SW`, catalog.Certain, "DPInst itself handles the switches: silent, no licence, no wizards of Windows",
			catalog.RestartNo, "DPInst never restarts; 0x40000000 in the exit code asks for one", dpinstCodes, []string{"learn.microsoft.com/windows-hardware/drivers/install/dpinst-command-line-options", "learn.microsoft.com/windows-hardware/drivers/install/dpinst-return-code"}},
		{DellPackage, `{file} /s`, catalog.Certain, "every Dell Update Package takes /s",
			catalog.RestartNo, "it restarts only with /r; 2 asks for one", dellCodes, []string{"Dell Update Packages User's Guide, command line interface reference", "github.com/dell/EUCTechHub/wiki"}},
		{SoftPaq, `{file} /s`, catalog.Guess, "/s silences the extractor; whether the program in it asks is said by SilentInstall in the SoftPaq's .cva file, which does not lie beside it",
			catalog.RestartUnknown, "", softPaqCodes, []string{"HP Image Assistant guide", "powershellgallery.com/packages/HP.Softpaq"}},
		{LenovoPackage, `{file} /VERYSILENT /SUPPRESSMSGBOXES /NORESTART /SP-`, catalog.Likely, "Lenovo packages with Inno Setup; the package's .xml, which would say it, does not lie beside it",
			catalog.RestartUnknown, "/NORESTART suppresses one by the package, not one by the program in it", innoCodes, []string{pageInno, "docs.lenovocdrt.com, System Update package XML"}},
		{Wise, `{file} /s`, catalog.Likely, "Wise installers take /s; a script can show its own questions all the same",
			catalog.RestartUnknown, "", doneOrNot, []string{"Wise Installation System Reference Manual, command line options"}},
		{SetupFactory, `{file} /S`, catalog.Guess, "Setup Factory takes /S only if the vendor allowed silent installs",
			catalog.RestartUnknown, "", doneOrNot, []string{"indigorose.com, Setup Factory user's guide, silent installs"}},
		{AdvancedInstaller, `{file} /exenoui /qn /norestart`, catalog.Certain, "the launcher takes /exenoui and hands the rest to msiexec",
			catalog.RestartNo, "/norestart suppresses it; 3010 asks for one", windowsInstallerCodes, []string{"advancedinstaller.com/user-guide/exe-setup-file.html"}},
		{InstallBuilder, `{file} --mode unattended --unattendedmodeui none`, catalog.Certain, "every InstallBuilder installer takes these switches; values without a default must be given",
			catalog.RestartUnknown, "", doneOrNot, []string{"releases.installbuilder.com/installbuilder/docs/installbuilder-userguide.html"}},
		{InstallAware, `{file} /s`, catalog.Likely, "InstallAware setups take /s; a script can show its own questions all the same",
			catalog.RestartUnknown, "", windowsInstallerCodes, []string{"installaware.com, setup command line parameters"}},
		{IntelFramework, `{file} -s`, catalog.Likely, "Intel's installation framework takes -s; drivers without Microsoft's signature may ask",
			catalog.RestartNo, "it restarts only with -b; 14 or 3010 asks for one", intelCodes, []string{"readme.txt of Intel's driver packages", "ardamis.com/?p=2913"}},
		{NVIDIA, `{file} -s -noreboot`, catalog.Likely, "NVIDIA's installer takes -s and -noreboot; NVIDIA documents neither, many administrators use them",
			catalog.RestartNo, "-noreboot suppresses it; 1 asks for one", nvidiaCodes, []string{"community.chocolatey.org/packages/geforce-game-ready-driver"}},
		{AMD, `{file} -INSTALL`, catalog.Guess, "AMD's installer takes -INSTALL; AMD documents no exit codes",
			catalog.RestartUnknown, "", doneOrNot, []string{"Boot Camp's unattend.xml (ATISetup.exe -Install)"}},
		{UnknownTechnology, "", catalog.Guess, "what made this program is not known: try it with /? on a test machine, or ask the vendor, and tell drivercat with \"driver set\"",
			catalog.RestartUnknown, "", nil, nil},
	}
}

func installShieldCodes() []catalog.ExitCode {
	return append(windowsInstallerCodes(), installScriptCodes()[1:16]...)
}

// rowOf finds the row of a technology; of an unknown one that of UnknownTechnology.
func rowOf(technology string) row {
	rows := table()
	for _, r := range rows {
		if r.technology == technology {
			return r
		}
	}
	return rows[len(rows)-1]
}

// silent is the row's answer for a program of this name.
func (r row) silent(name string) *catalog.Silent {
	fill := strings.NewReplacer("{file}", catalog.QuoteName(name), "{name}", name)
	s := &catalog.Silent{
		Command: fill.Replace(r.command), Source: catalog.SilentTechnology, Confidence: r.confidence, Reason: fill.Replace(r.reason),
		Restart: r.restart, RestartNote: r.restartNote,
	}
	if len(r.sources) > 0 {
		s.From = r.sources[0]
	}
	if r.codes != nil {
		s.ExitCodes = r.codes()
	}
	return s
}
