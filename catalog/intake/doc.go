// Package intake imports a source: it walks the folder, hashes every file, parses every INF, judges every driver, and
// stores the result in one transaction.
//
// Promises: every file of the source ends in exactly one state, driver content, installer or leftover with a reason. A
// file that cannot be read costs a Problem, never the import. An unchanged source is recognised by its folders'
// fingerprints, without opening a file; a changed folder costs the files in it whose size or time changed, and the INF
// files of the folders above it. What Import stores depends on the source's content only, not on the order of reading.
//
// Limits: a peak of about 2 KB of memory a file of the source, on top of 40 MB (measured: 103 MB for 33,616 files); an INF of more than 16 MiB is
// not parsed. The store's transaction is held while files are read, so a second import into one catalog waits.
//
// Archives are read like folders (package source); what is compressed together is unpacked in one pass, and INF files of
// archives wait in memory, 64 MiB of them at most, and 32 MiB of their catalogs.
//
// A source that lies elsewhere (ImportBase) is read 16 files at a time, those up to 4 MiB whole. A server that goes away
// meanwhile is an error, and the catalog is as it was.
//
// The signatures of security catalogs are verified, and every file of a driver is compared with them; docs/intake.md says
// what that does to the verdict.
//
// Out of scope: what was revoked, and what Windows makes of a signer that leads to no root of Microsoft.
package intake
