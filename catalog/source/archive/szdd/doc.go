// Package szdd reads what Microsoft's COMPRESS made of single files for installation discs, usually known by the "_" that
// their names end in: SZDD, its variant of QBasic, and KWAJ.
//
// Source: Stuart Caie, "Microsoft's SZDD and KWAJ file formats", cabextract.org.uk; Microsoft published nothing.
//
// # Promises
//
//   - SZDD with its two headers, KWAJ with all of its five methods.
//   - The archive has one entry. Its name is KWAJ's own, if the file has one; otherwise the name of the input with the
//     character back that "_" stands for. Where that is not stored, the extension tells it (.dl_, .sy_, .in_ and the like);
//     where it does not, the "_" is dropped.
//   - An Extract takes less than 1 MiB.
//
// The formats have no checksum. What ends early is ErrCorrupt if the length is known, as it is in all SZDD files; bytes
// that were changed are not noticed.
//
// # Out of scope
//
// Files with more than one member: there are none. LZ files of Windows 3.0's COMPRESS have the same header and are read.
package szdd
