// Package archive makes and reads the one file that a package consists of when it is distributed as an archive: a ZIP, or a
// WIM through a program of the system.
//
// The same files give the same bytes. A ZIP is written here, in the order of the paths, without times, and with a deflater
// whose version go.mod pins. A WIM comes from wimlib-imagex or DISM; what such a program adds of its own (an identity,
// the hour, the order of the disk) is replaced, so that wimlib gives the same bytes as long as it is the same version. DISM
// keeps times of files that it takes from the disk: its files differ from one run to the next.
//
// Limits: a ZIP has 64-bit sizes and any number of files; a program that makes a WIM may take 2 hours, and needs space for
// the files and twice the archive among the temporary files. Out of scope: which files belong into an archive (packager), and
// archives of vendors (catalog/source/archive).
package archive
