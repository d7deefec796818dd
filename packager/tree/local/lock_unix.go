//go:build unix

package local

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

var errHeld = errors.New("held")

// lockFile takes flock's exclusive lock without waiting. On NFS and SMB mounts Linux turns it into a lock on the server.
// A file system without locks is no reason to refuse: the one thing lost is the warning about a second builder.
func lockFile(f *os.File) (release func(), err error) {
	release = func() {}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return nil, errHeld
	case errors.Is(err, unix.ENOLCK), errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOSYS):
		return release, nil
	}
	return release, err
}

// heldElsewhere is for Windows, where opening a file can fail because somebody else has it open.
func heldElsewhere(error) bool { return false }
