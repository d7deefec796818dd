// Package installer knows setup programs: what makes them, how each kind is run without questions, what its exit codes
// mean, and what vendors say of a single program in the files that they ship beside it.
//
// Advise completes what package source recognised in a file. The vendor's own word comes before the default of the
// technology: Lenovo's package XML, HP's CVA file, the mup.xml of Dell and Intel, and InstallShield's setup.ini and
// setup.iss. An administrator's word comes before both; it is applied where drivers are read, see catalog.Driver.Overrule.
//
// Promises: every answer names its source, how sure it is, and why. No command is invented: where nothing is known the
// command is empty and the reason says what would help. The answer depends on the program's facts, its name, and the
// files that Advice.Read lists, on nothing else, so that it is the same wherever the same files lie.
//
// Limits: a file of more than 1 MiB beside the program is not read, nor more than 64 files of one folder. Markup is read
// to a depth of 64 elements. Files that make no sense are passed over, as if they were not there.
//
// Out of scope: running anything. Whether a vendor's program is as silent as its documentation says shows only when
// it is run. Response files for InstallShield are recorded on a reference machine, not written here.
package installer
