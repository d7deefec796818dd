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
//	trusted := cat.Verify(nil).State == seccat.Verified
//
// [Catalog.Verify] checks the signature, its chain of certificates and its time stamp, offline. Chains end in the roots of
// Microsoft that are part of the program (roots/README.md). It walks them by hand: crypto/x509 refuses MD5 and SHA-1 and
// negative serial numbers, which most catalogs of Windows XP to 8 have and Windows still takes.
//
// The format is not documented by Microsoft; it follows RFC 2315, RFC 3161 and RFC 5280, the Authenticode format
// (download.microsoft.com, Authenticode_PE.docx) and what thousands of public catalogs hold.
//
// Promises: no input makes Parse, Verify or Sum panic or go on for ever; memory grows linearly with a catalog (about 8 times
// its size), and Sum needs 192 KiB whatever the file's length. A Catalog is safe for concurrent reading.
//
// Limits: DER only, definite lengths; elements nested at most 16 deep. A catalog's bytes are kept and must not change. Chains
// of at most 8 certificates among the first 64, at most 128 signatures verified for a catalog (2 s with the largest keys);
// RSA keys of 1024 to 8192 bits, and the curves of crypto/x509.
//
// Out of scope: what was revoked, since no network is asked, and whether a signature without a time stamp has expired by
// now, since no clock is (see Verification.Expires). Digests are SHA-1 and SHA-256: a file that a catalog lists by another
// digest only is not found; [Catalog.Comparable] tells. Cabinets that are listed by Authenticode's digest of cabinets are found by
// [Catalog.FindCabinet], which takes them whole.
package seccat
