// Package installshield reads what InstallShield ships, from 1993 to today:
//
//   - Cabinets of version 5 and later ("ISc("): data1.hdr with data1.cab, data2.cab and so on, or a data1.cab that holds the
//     header itself. Any file of the set may be opened; the others are looked for beside it.
//   - Archives of version 3 (data.z, _setup.lib, _setup.1 and so on), and the archive of the engine, _inst32i.ex_.
//   - Programs: setup.exe with files behind it (a stream "ISSetupStream", entries behind the mark "InstallShield", a plain
//     list in ANSI or UTF-16), and PackageForTheWeb.
//
// A file of a cabinet is named FILE GROUP/FOLDER/FILE, as unshield does. The file group is a label, not a path: characters
// that make no folder name (and blanks and brackets, as unshield has it) become "_" in it, so that "<Support>English Files"
// is "_Support_English_Files". Folder and file are told as they are stored. Names of the same spelling in several groups
// are so told apart; a file in two groups is told twice. A file in no group is named FOLDER/FILE. Entries that are marked
// invalid, or have no name or no place, are left out, as InstallShield itself does.
//
// Names that are neither UTF-16 nor UTF-8 are taken for Windows-1252.
//
// # Limits
//
//   - A header may have Limits.Memory/4 bytes, and so may all names together. Decoding takes about 450 KiB.
//   - A name has at most 1,024 characters; longer ones are cut.
//   - The list of files of a program is read up to 65,536 entries.
//
// The MD5 that cabinets of version 6 and later keep of each file is checked. Earlier formats have no checksum.
//
// # Out of scope
//
// 16-bit self-extractors of InstallShield 2 and 3, and archives of the Stirling compressor before them. Files that a cabinet
// only lists, because the vendor ships them beside it, are told as archive.Outside has it, and not read. Nested archives are
// the caller's, who finds the files of one program beside each other.
package installshield
