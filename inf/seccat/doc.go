// Package seccat reads security catalogs (.cat): what a vendor or Microsoft signed of a driver package.
//
// A catalog is a PKCS #7 message around a certificate trust list, and the list names the digests of the package's files.
// [Parse] reads it, [Catalog.Lookup] finds a digest in it, [Sum] makes the digests that Windows compares: of a PE image
// (.sys, .dll, .exe) its Authenticode digest, of every other file that of its bytes; a [Summer] makes them while the bytes
// go by. [Catalog.RestoreLines] undoes converted line ends where the catalog proves the result.
//
//	cat, err := seccat.Parse(src)
//	...
//	sums, err := seccat.Sum(file)
//	...
//	listed := cat.Find(sums) != nil
//
// The format is not documented by Microsoft; it follows RFC 2315, the Authenticode format
// (download.microsoft.com, Authenticode_PE.docx) and what thousands of public catalogs hold.
//
// Promises: no input makes Parse or Sum panic or go on for ever; memory grows linearly with a catalog (about 8 times its
// size), and Sum needs 192 KiB whatever the file's length. A Catalog is safe for concurrent reading.
//
// Limits: DER only, definite lengths; elements nested at most 16 deep. A catalog's bytes are kept and must not change.
//
// Out of scope: whether a signature is valid and whom it leads to. Signed says only that there is a signer; the raw parts
// that verifying needs are kept. The digest of cabinets as Authenticode makes it is not computed either: a cabinet that a
// catalog lists in that way is not found.
package seccat
