package smb

import (
	"encoding/binary"
	"io/fs"

	smb2 "github.com/cloudsoda/go-smb2"
)

// Kinds of reparse points that lead elsewhere, [MS-FSCC] 2.1.2.1. All others are files whose content the server keeps in a
// special way, such as deduplicated ones.
const (
	tagSymlink    = 0xA000000C
	tagMountPoint = 0xA0000003
	tagUnknown    = 1 // could not be asked for
)

// fileInfo describes a file or folder as io/fs has it.
type fileInfo struct{ smb2.FileStat }

// Mode implements fs.FileInfo. The library takes every reparse point for a link; on a deduplicating server that is nearly
// every file.
func (i *fileInfo) Mode() fs.FileMode {
	m := fs.FileMode(0o666)
	if i.FileAttributes&attributeReadOnly != 0 {
		m = 0o444
	}
	if i.FileAttributes&attributeReparse != 0 {
		switch i.ReparsePointTag {
		case tagSymlink, tagMountPoint, tagUnknown:
			return m | fs.ModeSymlink
		}
	}
	if i.FileAttributes&attributeDirectory != 0 {
		m |= fs.ModeDir | 0o111
	}
	return m
}

// IsDir implements fs.FileInfo.
func (i *fileInfo) IsDir() bool { return i.Mode().IsDir() }

// Sys implements fs.FileInfo.
func (i *fileInfo) Sys() any { return nil }

// tagOf asks for the kind of an open reparse point.
func tagOf(f *smb2.File) uint32 {
	b, err := control(f, ctlGetReparsePoint, 16<<10, nil)
	if err != nil || len(b) < 4 {
		return tagUnknown
	}
	return binary.LittleEndian.Uint32(b)
}
