// Package rar reads RAR archives of the formats 1.5 to 4 and 5, also such as are split into volumes. Decoding is that of
// github.com/nwaples/rardecode.
//
// # Promises
//
//   - A block is a file, or a row of files that are compressed together (solid). To reach a file in a solid row, what lies
//     before it in the archive is decoded. Other files are opened in place.
//   - The dictionary stays below half of Limits.Memory, or the file is ErrLimit. Files of RAR 2.9 to 4 that were made with
//     PPMd take up to 256 MiB beside it, which cannot be bounded from outside.
//   - Headers are counted before they are read, so that Limits.Entries holds, and no more than one for
//     each 2 KiB of Limits.Memory, which is what the decoder takes: 262,144 by default.
//   - Symbolic links, hard links, junctions and files that refer to another one are told by their mode.
//   - A list of files that is encrypted is ErrEncrypted from Open; encrypted files are listed and ErrEncrypted.
//
// Names in archives of RAR 4 and older without Unicode are taken for UTF-8 if they are valid UTF-8, else for code page 437.
// Their times are the packing machine's, and taken for UTC.
//
// Volumes are looked for beside the first one: NAME.part2.rar or NAME.r00 and so on.
//
// # Out of scope
//
// Passwords; programs in front (the caller passes the part that is the archive); archives that only RAR 1.5 could make
// (its compression is ErrUnsupported); comments, streams, recovery records.
package rar
