// Package burn reads bundles of the WiX toolset, versions 3 to 6: setup programs that install several packages in a row,
// as many vendors ship chip set drivers and tools. Nothing is run.
//
// A bundle is a program with a section ".wixburn" that tells how large the program and its containers are. A container is
// a cabinet. The first one holds the user interface and the manifest, which says what the files of all containers are
// called; the others hold the packages.
//
// # Names
//
// Files of the first container are ux/NAME, with the name that the manifest gives them; the manifest is ux/manifest.xml.
// Packages and their files have the path that the manifest gives them, which is where the bundle puts them for their
// installation: drv/setup.msi. A file that the manifest does not name is CONTAINER/NAME with its name in the cabinet,
// "a0" for instance. A file that the manifest gives several names has the first of them.
//
// A container that is a file of its own beside the bundle is read there; if it is missing, its files are listed and cannot
// be read (ErrMissingPart). Files that a bundle loads from the net, or that lie loose beside it, are not listed; Info tells
// them.
//
// # Promises
//
//   - Info tells the packages in the order in which they are installed, each with its silent arguments and its condition.
//   - What is wrong with one container is the error of its files. Without the first one nothing can be told, and Open fails.
//
// # Limits
//
// A manifest may have 32 MiB and not more than an eighth of Limits.Memory, and tell 100,000 packages, payloads and containers;
// a bundle may have 64 containers.
//
// # Out of scope
//
// Hashes and certificates that the manifest has for its files are not verified. Bundles of WiX before 3.6 are ErrUnsupported.
package burn
