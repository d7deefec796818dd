// Package local is a target tree in a folder of this machine, or of a share that the system has mounted: on Windows a UNC
// path works too.
//
// It stands on os.Root, which refuses every name that leads out of the folder, by ".." or through a symbolic link; the
// error says so. Files are cloned (reflink) where the file system can do it and copied by the kernel otherwise.
// Locks are the system's own, so they end with the process that holds them.
package local
