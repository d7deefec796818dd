// Package repair puts back the bytes of a file that is known to have been changed, such as text whose line ends were
// converted.
//
// [File] replaces one file of a folder or does nothing: the new bytes are written to a file of another name beside it,
// read back, compared, and only then take the old name. The file keeps its permissions where the system lets them be set.
// Whoever reads at the same time sees the old bytes or the new ones.
//
// Limits: after a crash of the system or SIGKILL a file NAME.drivercat-N may be left; it is never taken for the file itself.
// Two repairs of one file at the same time are safe. Out of scope: finding out what the bytes were; see Folder.Texts in inf/lint.
package repair
