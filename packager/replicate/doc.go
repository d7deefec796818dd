// Package replicate brings packages from the share to other file servers and deployment shares, and sends as few bytes as it can.
//
// A package at a target becomes byte for byte the one on the share, manifest and version number included, as the transaction
// that package packager offers: it is the old one or the new one whatever fails. Files that are right are left. Contents that
// the target holds elsewhere are copied there by the server; changed files are rebuilt there from ranges of the old ones and
// the new chunks; only the rest is sent. What is sent is hashed on the way out, what is rebuilt is read back and hashed.
//
// What was staged when a run ends early is kept and recorded, and the next run goes on with it, inside large files too.
//
// Limits: files of less than 4 KiB are always sent; a range of less than 1 KiB is sent instead of copied, since asking for it
// costs as much; at most 8 other packages of a target are looked at for content; a record is written every 8 MiB and, inside
// a file, every 32 MiB, so that as much may be sent again after a kill. Rebuilding needs the chunk signatures of the
// version that the target holds, which the catalog keeps for the present version of a package and those before it.
//
// Out of scope: opening trees and stores (cli hands them in), and ConfigMgr's own replication (package distribute).
package replicate
