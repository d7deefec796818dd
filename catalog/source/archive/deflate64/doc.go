// Package deflate64 decodes Deflate64, which Windows' own compressed folders use for files of more than 2 GiB, and which
// some vendors' ZIP and 7z archives have: Deflate with a window of 64 KiB, longer matches and two more distances.
//
// A Reader takes 64 KiB for its window and 260 KiB for its tables. Data that contradict themselves are
// archive.ErrCorrupt; what was decoded before is read first.
//
// The format: RFC 1951, and PKWARE's APPNOTE.TXT, 4.4.5, for what differs.
//
// # Out of scope
//
// Speed: it decodes about 100 MB/s, a third of what Deflate does, since it is rare.
package deflate64
