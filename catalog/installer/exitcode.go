package installer

import "github.com/drivercat/drivercat/catalog"

// The exit codes of setup programs, each table with the page that it was taken from. A code that stands in no table is
// a failure to whoever asks; codes that every Windows program can return (access denied, not found) are not repeated.

func code(n int64, r catalog.ExitResult, meaning string) catalog.ExitCode {
	return catalog.ExitCode{Code: n, Result: r, Meaning: meaning}
}

// windowsInstallerCodes are those that deployments meet of learn.microsoft.com/windows/win32/msi/error-codes.
func windowsInstallerCodes() []catalog.ExitCode {
	return []catalog.ExitCode{
		code(0, catalog.ExitDone, "done"),
		code(1601, catalog.ExitFailed, "the Windows Installer service cannot be reached"),
		code(1602, catalog.ExitFailed, "cancelled by the user"),
		code(1603, catalog.ExitFailed, "fatal error during installation; the log tells which action failed"),
		code(1605, catalog.ExitFailed, "the product is not installed"),
		code(1612, catalog.ExitFailed, "the installation source is not there"),
		code(1618, catalog.ExitRetry, "another installation is in progress"),
		code(1619, catalog.ExitFailed, "the package cannot be opened"),
		code(1620, catalog.ExitFailed, "the package is no Windows Installer package"),
		code(1625, catalog.ExitFailed, "forbidden by a policy of the system"),
		code(1633, catalog.ExitFailed, "not for this processor"),
		code(1638, catalog.ExitFailed, "another version of the product is installed"),
		code(1641, catalog.ExitRestarting, "done, and a restart was started"),
		code(3010, catalog.ExitRestart, "done; a restart is needed"),
	}
}

// innoCodes: jrsoftware.org/ishelp/topic_setupexitcodes.htm. 3010 is what the default command asks for.
func innoCodes() []catalog.ExitCode {
	return []catalog.ExitCode{
		code(0, catalog.ExitDone, "done"),
		code(1, catalog.ExitFailed, "setup could not start"),
		code(2, catalog.ExitFailed, "cancelled before anything was installed"),
		code(3, catalog.ExitFailed, "fatal error while the next phase was prepared"),
		code(4, catalog.ExitFailed, "fatal error during installation"),
		code(5, catalog.ExitFailed, "cancelled during installation"),
		code(6, catalog.ExitFailed, "ended by the debugger"),
		code(7, catalog.ExitFailed, "setup found before installing that it cannot proceed"),
		code(8, catalog.ExitRetry, "setup cannot proceed before a restart"),
		code(3010, catalog.ExitRestart, "done; a restart is needed"),
	}
}

// nsisCodes: nsis.sourceforge.io/Docs, appendix D.1. Scripts may set others.
func nsisCodes() []catalog.ExitCode {
	return []catalog.ExitCode{
		code(0, catalog.ExitDone, "done"),
		code(1, catalog.ExitFailed, "cancelled by the user"),
		code(2, catalog.ExitFailed, "ended by the script"),
		code(1641, catalog.ExitRestarting, "done, and a restart was started (some scripts)"),
		code(3010, catalog.ExitRestart, "done; a restart is needed (some scripts)"),
	}
}

// installScriptCodes are the result codes of silent installations, which setup.log has as ResultCode and newer launchers
// return: docs.revenera.com/installshield/helplibrary/SetupLog.htm.
func installScriptCodes() []catalog.ExitCode {
	return []catalog.ExitCode{
		code(0, catalog.ExitDone, "done; older launchers return 0 whatever happens, and ResultCode in the log tells"),
		code(-1, catalog.ExitFailed, "general error"),
		code(-2, catalog.ExitFailed, "invalid mode"),
		code(-3, catalog.ExitFailed, "the response file lacks an answer: it was recorded with another version or under other conditions"),
		code(-4, catalog.ExitFailed, "not enough memory"),
		code(-5, catalog.ExitFailed, "the response file is not there"),
		code(-6, catalog.ExitFailed, "the response file cannot be written"),
		code(-7, catalog.ExitFailed, "the log cannot be written: name a writable one with -f2"),
		code(-8, catalog.ExitFailed, "the path of the response file is invalid"),
		code(-9, catalog.ExitFailed, "no valid list type in the response file"),
		code(-10, catalog.ExitFailed, "invalid data type in the response file"),
		code(-11, catalog.ExitFailed, "unknown error during installation"),
		code(-12, catalog.ExitFailed, "the dialogs come in another order than in the response file"),
		code(-51, catalog.ExitFailed, "a folder could not be made"),
		code(-52, catalog.ExitFailed, "a file or folder could not be opened"),
		code(-53, catalog.ExitFailed, "an invalid option was chosen"),
		code(1641, catalog.ExitRestarting, "done, and a restart was started"),
		code(3010, catalog.ExitRestart, "done; a restart is needed (some versions)"),
	}
}

// dellCodes: Dell Update Packages User's Guide, "Exit codes for CLI", and github.com/dell/EUCTechHub/wiki.
func dellCodes() []catalog.ExitCode {
	return []catalog.ExitCode{
		code(0, catalog.ExitDone, "done"),
		code(1, catalog.ExitFailed, "the update failed"),
		code(2, catalog.ExitRestart, "done; a restart is needed"),
		code(3, catalog.ExitFailed, "soft dependency: this version or a newer one is installed; /f takes it all the same"),
		code(4, catalog.ExitFailed, "hard dependency: a prerequisite or the device is missing"),
		code(5, catalog.ExitFailed, "not for this system"),
		code(6, catalog.ExitRestarting, "done, and a restart was started"),
		code(7, catalog.ExitFailed, "a password is needed"),
		code(8, catalog.ExitFailed, "a downgrade is not allowed"),
		code(9, catalog.ExitRetry, "an update is waiting for a restart"),
		code(10, catalog.ExitFailed, "wrong command line"),
		code(11, catalog.ExitFailed, "unknown option"),
		code(12, catalog.ExitFailed, "administrator rights are needed"),
	}
}

// dpinstCodes: DPInst returns 0xWWXXYYZZ, learn.microsoft.com/windows-hardware/drivers/install/dpinst-return-code:
// WW 0x80 a package failed, 0x40 a restart is needed; XX failed, YY staged, ZZ installed packages. Only the frequent
// values of it can be listed.
func dpinstCodes() []catalog.ExitCode {
	const done = "the lowest byte counts the packages that were installed on devices, the next those that wait for their device"
	return []catalog.ExitCode{
		code(0, catalog.ExitDone, "nothing had to be done"),
		code(0x1, catalog.ExitDone, done),
		code(0x2, catalog.ExitDone, done),
		code(0x100, catalog.ExitDone, "one package waits for its device"),
		code(0x101, catalog.ExitDone, done),
		code(0x200, catalog.ExitDone, "two packages wait for their devices"),
		code(0x40000001, catalog.ExitRestart, "done; a restart is needed (0x40000000 is set)"),
		code(0x40000002, catalog.ExitRestart, "done; a restart is needed (0x40000000 is set)"),
		code(-0x7FFF0000, catalog.ExitFailed, "one package could not be installed (0x80010000)"),
		code(-0x80000000, catalog.ExitFailed, "failed (0x80000000)"),
	}
}

// doneOrNot is for what documents no more than that 0 is a success.
func doneOrNot() []catalog.ExitCode {
	return []catalog.ExitCode{
		code(0, catalog.ExitDone, "done"),
		code(1, catalog.ExitFailed, "failed"),
	}
}

// softPaqCodes are the defaults that a CVA file without [ReturnCode] stands for.
func softPaqCodes() []catalog.ExitCode {
	return []catalog.ExitCode{
		code(0, catalog.ExitDone, "done"),
		code(1168, catalog.ExitDone, "done by the extractor, as some versions of it say; look whether the program in it ran"),
		code(1641, catalog.ExitRestarting, "done, and a restart was started"),
		code(3010, catalog.ExitRestart, "done; a restart is needed"),
	}
}

// intelCodes: 14 stands in the mup.xml of Intel's packages (ardamis.com/?p=2913), which also take 3010 for the same.
func intelCodes() []catalog.ExitCode {
	return []catalog.ExitCode{
		code(0, catalog.ExitDone, "done"),
		code(1, catalog.ExitFailed, "failed"),
		code(3010, catalog.ExitRestart, "done; a restart is needed"),
		code(14, catalog.ExitRestart, "done; a restart is needed"),
	}
}

// nvidiaCodes are observed by many administrators (community.chocolatey.org/packages/nvidia-display-driver takes 0 and 1
// for successes); NVIDIA documents none.
func nvidiaCodes() []catalog.ExitCode {
	return []catalog.ExitCode{
		code(0, catalog.ExitDone, "done"),
		code(1, catalog.ExitRestart, "done; a restart is needed"),
	}
}

// extractorCodes are those of the program that a self-extractor runs, as far as the extractor passes them on.
func extractorCodes() []catalog.ExitCode {
	return []catalog.ExitCode{
		code(0, catalog.ExitDone, "done, or the extractor did not wait for the program in it"),
		code(1641, catalog.ExitRestarting, "done, and a restart was started"),
		code(3010, catalog.ExitRestart, "done; a restart is needed"),
	}
}

// withZero adds what 0 means to a vendor's list that takes it for granted: a code that is not listed is a failure.
func withZero(codes []catalog.ExitCode, result catalog.ExitResult) []catalog.ExitCode {
	for _, c := range codes {
		if c.Code == 0 {
			return codes
		}
	}
	return append([]catalog.ExitCode{successCode(0, result)}, codes...)
}
