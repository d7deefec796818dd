// Package external opens archives that no reader of drivercat knows with programs that the administrator installed: 7z,
// cabextract, innoextract and unshield. None is required.
//
// The archive is unpacked into a temporary folder of its own, which is gone when the archive is closed, and read from
// there. What a program writes is taken as an archive's content is: files only, no links, names to be checked. The archive
// itself is data to the program, never run; a program that unpacks more than allowed or that takes longer than an hour is
// ended.
//
// Limits: programs are trusted not to write outside the folder that they are given, as the administrator trusts them.
// Sizes are looked at twice a second, so somewhat more than allowed can be written for a moment.
package external
