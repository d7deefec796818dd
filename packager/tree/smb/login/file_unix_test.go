//go:build unix

package login_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/drivercat/drivercat/packager/tree/smb/login"
)

// Opening a named pipe would wait for ever.
func TestReadFileOfPipe(t *testing.T) {
	t.Parallel()
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := login.ReadFile(fifo); err == nil {
		t.Error("a named pipe was read")
	}
}
