// Package explode decodes what PKWARE's Data Compression Library calls "implode", the compression of InstallShield 3 and
// of its parts up to version 5. (The method of the same name in zip archives is another one.)
//
// A Reader needs about 64 KiB whatever the stream claims. It ends at the stream's own end; what follows is not looked at.
package explode
