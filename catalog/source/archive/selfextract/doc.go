// Package selfextract finds the archive in a self-extracting program: 7z, RAR, ZIP or a cabinet, behind the program, in a
// resource, or at the start of a section.
//
// # Where it looks
//
// In this order; the first archive that is plausible counts.
//
//   - Resources: IExpress keeps its cabinet as CABINET, others keep any archive under any name.
//   - The start of each section: Windows' own updates have one named _sfx_.
//   - Behind the program, up to its signature, and behind that if something was appended to a signed program: the first
//     megabyte is searched for the start of an archive.
//   - The end of what is behind the program, for a ZIP archive that begins later.
//
// A mark alone is not enough: the header that follows must make sense, and those of 7z and RAR must match their checksums,
// since extractors have the marks among their constants.
//
// With 7z the configuration text in front of the archive is returned, with IExpress its settings: they tell what the
// program runs.
//
// A file that holds no archive costs the reading of its headers and of one megabyte.
//
// # Out of scope
//
// Setup programs with formats of their own (packages nsis, inno, installshield), which should be asked before: some of them
// have an archive too, and it is not the whole. WiX Burn, whose cabinets hold files without their names. Compressed (packed) programs whose archive is not in the clear.
package selfextract
