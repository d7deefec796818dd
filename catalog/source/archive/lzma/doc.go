// Package lzma decodes LZMA and LZMA2 as they lie inside 7z archives and setup programs: without a file header of their
// own, the properties given by the caller.
//
// # Promises
//
//   - The dictionary grows with what was decoded, up to what the stream claims: a short stream that claims gigabytes
//     costs kilobytes. A stream that goes back further than the caller's memory allows is archive.ErrLimit, there and not before.
//   - What cannot be decoded is archive.ErrCorrupt; every byte before it is returned first. A stream that ends too early
//     is archive.ErrCorrupt and io.ErrUnexpectedEOF.
//   - A Reader takes its input in pieces of 64 KiB and may read past the end of the stream; give it a limited reader if
//     what follows matters.
//
// Beside the dictionary a Reader takes 100 KiB, and up to 24 KiB for each step of lc+lp: 6 MiB at most. It is not safe for
// concurrent use.
//
// The format: the public domain specification lzma-specification.txt of the LZMA SDK, 7-zip.org/sdk.html.
//
// # Out of scope
//
// The containers .lzma, .xz and .lz, and compressing.
package lzma
