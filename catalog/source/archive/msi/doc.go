// Package msi reads the databases of Windows Installer as archives: packages (.msi), merge modules (.msm), patches (.msp)
// and transforms (.mst).
//
// Sources: [MS-CFB] for the compound file, Microsoft Learn for tables and columns. How tables and strings are stored is
// documented nowhere by Microsoft; it was taken from what open programs know of it and from databases of vendors.
//
// # Names
//
//   - A file of a package is named after the folder it is installed to and its long name: "Program Files/ACME/net.inf", as
//     msiextract lists it. Folders of the system that the package gives no name are left out, all but Program Files.
//   - Two files of one path, which packages for two processors have, are told apart by component: all files that the later
//     component has in that folder lie in a folder of its name there, "ACME/$Component/net.inf". So a driver keeps its files
//     together. If one component has a path twice, the key of the file tells them apart.
//   - What the setup itself uses is told too: streams of tables as "$Binary/name", "$Icon/name", any others as
//     "$Stream/name"; members of a cabinet that no file refers to as "$Cabinet/cabinet/member". Where the table has a column
//     FileName, that is the name: InstallShield's "$ISSetupFile/dpinst.exe".
//   - The files of a patch are named after the rows that its transforms add; where these say nothing, by their keys in
//     the File table. Differences to files, which are no files, lie below "$Delta".
//
// # Promises
//
//   - Cabinets are opened wherever they are: in streams, beside the package, as sets. Their folders are the blocks. A
//     cabinet that is missing is the error of its files, and Info.Cabinets tells those beside the package.
//   - Files that the vendor left uncompressed beside the package are told with fs.ModeIrregular, since they are not in here
//     and whoever lists their folder finds them; Database.Outside says where they lie.
//   - Strings of any code page that Windows Installer knows, of more than 64 KiB, and with references of three bytes.
//   - A damaged table that files depend on is ErrCorrupt; one that only Info depends on leaves a gap there.
//
// # Limits
//
// 131,072 streams, 4,096 tables, 32,767 media, files of 4 GiB (32 GiB with sectors of 4 KiB), folders 128 deep and 1,024
// bytes long, beyond which their upper part is dropped. Tables and names take at most Limits.Memory, where each byte of a
// table counts 16 times for what is made of it: about 300,000 files with the default. Where sectors are shared by chains, or
// run in rings, no more are followed than the file has, twice.
//
// # Out of scope
//
// Transforms are not applied, conditions not evaluated, differences of patches not either. Files of a nested storage (a
// package in a package) are not listed. Signatures are not checked.
package msi
