package smb_test

import (
	"testing"

	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
	"github.com/drivercat/drivercat/packager/tree/treetest"
	"os"
	"path/filepath"
)

// open opens a new folder of the server's share.
func open(t testing.TB, s *smbtest.Server) *smb.Tree {
	t.Helper()
	return openSet(t, s, func(*smb.Config) {})
}

// openFast is for tests that move much: signing is slow, and with the race detector very slow. Encryption is not.
func openFast(t testing.TB, s *smbtest.Server) *smb.Tree {
	t.Helper()
	return openSet(t, s, func(c *smb.Config) { c.Encrypt = true })
}

func openSet(t testing.TB, s *smbtest.Server, set func(*smb.Config)) *smb.Tree {
	t.Helper()
	c := s.Config()
	c.Folder = filepath.Base(folder(t, s))
	set(&c)
	tr, err := smb.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tr.Close() })
	return tr
}

func TestSuite(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	t.Run("suite", func(t *testing.T) {
		treetest.Run(t, func(t *testing.T) tree.Tree { return open(t, s) })
	})
}

// folder makes a new folder in the share.
func folder(t testing.TB, s *smbtest.Server) string {
	t.Helper()
	dir, err := os.MkdirTemp(s.Dir, "t")
	must(t, err)
	s.Own(dir)
	return dir
}
