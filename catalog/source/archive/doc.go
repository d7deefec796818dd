// Package archive is the contract between a source and the readers of archive formats: what an archive holds, how its
// files are decoded, and which of them may leave it.
//
// A reader of one format lives in a package below this one and has a function
//
//	func Open(in archive.Input, l archive.Limits) (archive.Reader, error)
//
// that returns ErrFormat at little cost for anything that is not of its format. Readers never write to a disk, never
// follow a name that the archive gives them, and never start a program.
//
// # Promises
//
//   - Memory stays below Limits.Memory for each call of Extract, whatever the archive claims of itself.
//   - A reader ends: cycles, endless tables and streams that decode to nothing are ErrCorrupt or ErrLimit.
//   - Names are told as they are stored. Clean says whether one may become a path; nothing else may turn a name into one.
//
// Sizes and ratios of whole trees are bounded by package source, which sees nested archives too.
package archive
