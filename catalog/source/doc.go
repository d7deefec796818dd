// Package source opens what vendors ship as one walkable tree, and tells what the files in it are.
//
// # Walking
//
// WalkFolder lists every regular file below a folder, with a fingerprint for each folder, using only what the file
// system says about names, sizes and time stamps: no file is opened. Whatever is not a plain file or folder, or could
// trouble Windows later, is a Problem with advice; one bad entry never stops the walk. Links are never followed, so
// nothing outside the root is looked at.
//
// A walk takes about as long as find(1) with one worker and half as long with two; docs/sources.md has the figures. A
// listing takes 100 to 150 bytes for each file. Paths may have any depth, and any length that Windows can name (32,767
// UTF-16 units). Files that changed while their size and time stamp stayed the same are not noticed: that is the price
// of not reading them.
//
// Listed files are meant to be opened through os.Root, which refuses what was exchanged for a link since.
//
// WalkBase lists what lies elsewhere in the same way, through a Base: on a share that no folder of this machine leads to.
//
// # Archives
//
// A Tree reads archives and setup programs like folders, one in another, without unpacking more to disk than must be read
// at any place. What they hold is put into the listing below their own path. Nothing in an archive leads out of it; sizes,
// numbers and depth are bounded. docs/sources.md has the rules.
//
// # Recognising
//
// Recognise tells whether a file is a setup program, and of which technology, from at most 512 KiB of it, and always
// names the bytes or the name it went by. InstallerData knows the names of the files that setup programs keep beside
// themselves, LeftoverReason why anything else has no use for a driver package.
//
// # Out of scope
//
// Sparse files, alternate data streams, extended
// attributes and file owners are not looked at. No vendor's program is ever run.
package source
