// Package chunk cuts file contents into chunks whose boundaries follow the content, so that an insertion moves none of the
// chunks behind it, and tells which ranges of old files a new one can be made of.
//
// Boundaries and encoding are a stored format: signatures lie in catalogs and are compared years later. Content is cut by
// FastCDC ("fastcdc-v1.0.0" of go-cdc-chunkers) into 512 to 8,192 bytes, 2,048 on average; a golden test holds it.
//
// A chunk is known by its length and the first 16 bytes of its SHA-256. Two different chunks share them by chance once in
// 2^128 pairs, and nobody is known to be able to make such a pair in fewer than 2^64 steps; whoever rebuilds a file checks
// the SHA-256 of the whole besides.
//
// Limits: a signature takes 18 bytes for each chunk, 0.8 % of the content. A changed run of 64 KiB costs 1.10 of itself, one
// of 4 KiB 2.4, see docs/packages.md. An index holds at most 2^31 chunks: 4 TiB of content. Of chunks that occur often, like
// empty ones, 64 occurrences are looked at.
//
// Out of scope: reading and writing files, and what a server does with the pieces.
package chunk
