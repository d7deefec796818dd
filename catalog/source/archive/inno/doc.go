// Package inno reads the installers of Inno Setup: setup.exe, with the slices setup-1.bin and so on beside it, or setup-0.bin where
// an installer was built without a loader.
//
// # Promises
//
//   - Versions 2.0.0 to 6.7, ANSI and Unicode, also those of My Inno Setup Extensions. A version whose tables do not have the shape
//     that is known for it is archive.ErrUnsupported, with the version's name and what else can open it; nothing is guessed from a
//     table that does not fit.
//   - Every file is checked against the sum that the installer holds: Adler-32, CRC-32, MD5, SHA-1 or SHA-256.
//   - A file that needs a password is listed and is archive.ErrEncrypted when it is read; an installer that is encrypted as a
//     whole (6.5 and later) is archive.ErrEncrypted when it is opened.
//   - What the installer says of itself and would run comes as Info. No script is run and no condition is decided.
//
// Names are those that the files would get, constants by their own name: {app}\x.inf is app/x.inf, {win} is win, {code:GetDir|x}
// is code$GetDir$x. Where several files would get the same name (one for each language, component or processor) the one that an
// installation of everything leaves behind has it, and the others lie in a folder of their condition: app@2/x.inf. All files of one
// condition share one number, so that a driver for another processor stays together. A file that is listed twice with the same
// content is listed once.
//
// # Limits
//
// The tables of an installer take at most a quarter of Limits.Memory, unpacked. A chunk of files that is compressed together is a
// Block; decoding takes its dictionary (up to three quarters of Limits.Memory) and a file that has several names, if that is less
// than a sixteenth. A larger one is decoded for each name.
//
// # Out of scope
//
// Versions before 2.0.0, 16-bit installers, passwords, files that the installer copies from its disk or downloads, the uninstaller,
// compiled scripts.
//
// Sources: jrsoftware.org/ishelp; the record layouts of each version as github.com/jrsoftware/issrc publishes them
// (Projects/Src/Shared.Struct.pas, Projects/Struct.pas). Versions 5.5.6 to 6.4.0 were compared with what ISCC writes, 2.0 to 6.1 with what
// innoextract reads; those after 6.4.0 have their published layouts alone to stand on.
package inno
