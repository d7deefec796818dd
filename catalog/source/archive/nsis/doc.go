// Package nsis reads installers made with NSIS, the Nullsoft Scriptable Install System, without running them: versions 2
// and 3, ANSI, Unicode and 64-bit, Jim Park's Unicode builds, and builds with a log; uninstallers too.
//
// An NSIS installer is a program with a script behind it. There is no list of files: what the script would write is found
// by walking its instructions once, in their order, whatever the machine would make of its conditions. So the listing has
// the files of all branches, and one name can stand in it more than once, for instance where a script extracts the x86 or
// the x64 file to the same place. Of a file that is told several times with one name, one is listed.
//
// # Names
//
// Names are those of 7-Zip, version 26.02, with forward slashes:
//
//   - A file lies in the folder that the last SetOutPath before it names, $INSTDIR if there was none; a name that starts with
//     $INSTDIR, $EXEDIR, $TEMP, $PLUGINSDIR, a drive or two backslashes stands alone. A leading $INSTDIR is dropped.
//   - Variables and folders of the system stand by their names: $PLUGINSDIR/System.dll, $SYSDIR/drivers/a.sys, $R0/a.sys. The
//     vendor's own variables have no names in the file: $_0_, $_1_. Language strings are $(LSTR_5).
//   - An empty name is "file".
//   - Names of ANSI installers are in the code page of the first language of the installer that has one, since the file does
//     not tell the code page; 7-Zip takes the code page of its user.
//
// The order is that of 7-Zip, which is that of the data. Files that the script creates empty are listed, in Park's builds too,
// where 7-Zip overlooks them. On systems other than Windows 7-Zip does not take two backslashes for the start of an absolute name.
//
// The uninstaller is put together from the program in front and a patch, as the script would do.
//
// # Sizes
//
// The size of a file is known before it is decoded only if it is stored; otherwise it is -1. The script has the time stamps.
//
// # Limits
//
// The header may take a quarter of Limits.Memory (128 MiB), the names an eighth, the dictionary of LZMA about half (288 MiB; makensis
// makes at most 256), and a name 32,767 characters. In solid installers, one stream for all files, a file with several names is
// kept in memory up to an eighth of Limits.Memory; for a larger one the stream is decoded from its start again, 16 times at most.
//
// # Out of scope
//
// Open and Extract do not verify the checksum behind the data: that costs reading the whole file, and is what Verify is for. Damage
// that a compressed stream does not notice goes unnoticed without it. NSIS 1 and NSISBI are ErrUnsupported. Values of variables are not followed, also not where a script sets them to
// something that is known. Files that plug-ins unpack from other files are not found.
package nsis
