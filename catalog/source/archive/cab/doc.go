// Package cab reads Microsoft cabinets.
//
// Source: [MS-CAB], learn.microsoft.com/openspecs/exchange_server_protocols/ms-cab, and the Cabinet SDK for what it
// leaves out.
//
// # Promises
//
//   - All methods: stored, MSZIP, LZX with windows of 32 KiB to 2 MiB, Quantum with windows of 1 KiB to 2 MiB.
//   - Any part of a split set opens the whole set, as far as its parts lie in the same folder under the names that they
//     call each other. What is missing is ErrMissingPart, with its name, for the files that need it.
//   - Each folder of a cabinet is one Block. A folder may decode to 2 GiB in each part of a set, as the format allows.
//   - Each data block is held against its checksum, if it has one. Behind a block that is damaged nothing of its folder is
//     handed out, since it might refer to what is wrong; stored folders go on.
//   - Several files may lie on the same bytes, as WiX writes them for equal content. Each is decoded from where it begins,
//     not from the folder's beginning.
//   - An Extract takes at most 10 MiB, with one buffer of 256 KiB for what is read. Tables take about 150 bytes a file.
//
// Names are UTF-8 where the file's attribute says so. All others are in the code page of whoever made the cabinet, which it
// does not tell: they are read as Windows-1252. Times are local times without a zone.
//
// # Out of scope
//
// A cabinet behind a program is the caller's matter (archive.Input.Section). Signatures are not checked. InstallShield's
// files of the same extension are of another format.
package cab
