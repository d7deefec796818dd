package smb_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
)

// The right to write is found out without writing.
func TestCanWrite(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		readOnly bool
		mode     os.FileMode
		ok       bool
	}{
		"writable":            {false, 0o755, true},
		"share is read-only":  {true, 0o755, false},
		"folder is read-only": {false, 0o555, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := smbtest.Start(t, smbtest.Options{ReadOnly: tt.readOnly})
			if err := os.Chmod(s.Dir, tt.mode); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(s.Dir, 0o755) })
			tr, err := smb.Open(t.Context(), s.Config())
			if err != nil {
				t.Fatal(err)
			}
			defer tr.Close()
			switch err := tr.CanWrite(); {
			case tt.ok && err != nil:
				t.Error(err)
			case !tt.ok && !errors.Is(err, fs.ErrPermission):
				t.Errorf("%v, want fs.ErrPermission", err)
			}
			if entries, err := os.ReadDir(s.Dir); err != nil || len(entries) > 0 {
				t.Errorf("left behind: %v, %v", entries, err)
			}
		})
	}
}
