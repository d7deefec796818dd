// Package smb is a target tree on a Windows share, reached with SMB 2 or 3 from any system, without mounting it.
//
// It stands on cloudsoda/go-smb2. What that library does not offer lies in one file, see reach.go: copying ranges on the
// server and asking for encryption.
package smb
