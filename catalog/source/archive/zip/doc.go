// Package zip reads ZIP archives, also such as stand behind a program, and split ones.
//
// # Promises
//
//   - What the central directory tells is listed, in its order. Each file is a block of its own.
//   - Sizes come from the directory, so that data descriptors do not matter; sizes and checksums are verified.
//   - Names without the flag for UTF-8 are taken for UTF-8 if they are valid UTF-8, else for code page 437. Names that
//     the extra field 0x7075 gives in UTF-8 come before both.
//   - The tables take about 200 bytes and the name for each entry, and count against Limits.Memory.
//   - A file whose data lie inside those of another one is ErrCorrupt: only archives that are made to fill disks have such.
//   - A program in front is allowed, whether or not it was reckoned with when the offsets were written.
//
// Methods: stored, deflated, Deflate64, bzip2, LZMA, Zstandard. Anything else (shrunk, imploded, PPMd, xz and others) is
// ErrUnsupported for that file. Encrypted files are listed and ErrEncrypted.
//
// The format: PKWARE's APPNOTE.TXT, pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.
//
// # Out of scope
//
// Archives whose directory is missing, as after an aborted download, are ErrCorrupt: local headers are not searched for.
// Encrypted directories, passwords, comments.
package zip
