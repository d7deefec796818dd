package local

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

var errHeld = errors.New("held")

// lockFile locks one byte far behind the holder's name, which others must be able to read, and opens the file once more in
// a way that lets nobody remove it: that is how a drivercat which reaches the same share by itself (package smb) sees that
// the lock is held. release undoes the second; the first ends with the file.
func lockFile(f *os.File) (release func(), err error) {
	at := windows.Overlapped{Offset: 1 << 20}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return nil, errHeld
	}
	if err != nil {
		return nil, err
	}
	reopen := windows.NewLazySystemDLL("kernel32.dll").NewProc("ReOpenFile")
	h, _, err := reopen.Call(f.Fd(), windows.GENERIC_READ, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, 0)
	switch {
	case windows.Handle(h) != windows.InvalidHandle:
		return func() { _ = windows.CloseHandle(windows.Handle(h)) }, nil
	case errors.Is(err, windows.ERROR_SHARING_VIOLATION), errors.Is(err, windows.ERROR_ACCESS_DENIED):
		return nil, errHeld // somebody is about to remove it, in order to take the lock
	case errors.Is(err, windows.ERROR_NOT_SUPPORTED), errors.Is(err, windows.ERROR_INVALID_FUNCTION), errors.Is(err, windows.ERROR_CALL_NOT_IMPLEMENTED):
		// A file server that cannot: the system's lock still holds against every drivercat on Windows.
		return func() {}, nil
	}
	return nil, fmt.Errorf("open the lock file again: %w", err)
}

// heldElsewhere reports whether opening the lock file failed because a holder who reached the share by itself lets nobody
// write to it.
func heldElsewhere(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION)
}
