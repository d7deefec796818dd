// Package sevenzip reads 7z archives, also such as are split into numbered parts.
//
// # Promises
//
//   - A block is what 7z calls a folder: the files that are compressed together. Extract decodes each block at most once,
//     no further than the last file that is wanted, and nothing of a block of which none is.
//   - Nothing is allocated because the archive claims it: tables grow with the bytes that are read, dictionaries with the
//     bytes that are decoded. All decoders of a block together stay below Limits.Memory, or the block is ErrLimit. The
//     list of files may unpack to an eighth of it.
//   - A file's size and checksum are verified. A damaged file leaves the others; where the decoder cannot go on, the
//     files behind it in its block are ErrCorrupt.
//   - A list of files that is encrypted is ErrEncrypted from Open; encrypted blocks are listed and ErrEncrypted.
//
// Methods: copied, LZMA, LZMA2, PPMd, bzip2, Deflate, Deflate64, Zstandard; the filters Delta, BCJ (x86), BCJ2, ARM, ARM
// Thumb, ARM64, PowerPC, SPARC, IA-64, Swap. Any others are ErrUnsupported for their blocks.
//
// The format: 7zFormat.txt and Methods.txt of the public domain LZMA SDK, 7-zip.org/sdk.html.
//
// # Out of scope
//
// Passwords; programs in front (the caller passes the part that is the archive); attributes and times other than of the
// last change; archives that were recovered without a list of files. The RISC-V filter, Brotli, LZ4 and Lizard.
package sevenzip
