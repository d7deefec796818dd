// Package program reads the outside of executables for Windows and DOS: where the headers and sections lie, which resources
// there are, and what was appended.
//
// It reads only what it needs, a few kilobytes: at most 96 sections, 64 entries of a resource directory and 256 resources,
// one language of each. Whatever does not look like an executable is no Image; there are no errors. Read may be called
// concurrently if the reader may be read so.
//
// The format: learn.microsoft.com/windows/win32/debug/pe-format.
//
// # Out of scope
//
// Imports, symbols and code. Resources of NE programs. Whether a signature is good.
package program
