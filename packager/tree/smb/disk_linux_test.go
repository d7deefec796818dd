package smb_test

import (
	"os"
	"syscall"
	"testing"
)

// disks are places that fill up: "" for a limit on the length of each file, which any user can set, and as root a small
// file system as well.
func disks(t *testing.T) map[string]string {
	t.Helper()
	d := map[string]string{"limit": ""}
	if os.Getuid() != 0 {
		return d
	}
	dir, err := os.MkdirTemp("", "full")
	must(t, err)
	t.Cleanup(func() { _ = os.Remove(dir) })
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Logf("no small file system: %v", err)
		return d
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	d["disk"] = dir
	return d
}
