package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
)

// TestShareScript runs each script of testdata/smb beside a Samba server of its own kind. A script has a folder to itself on
// the share, $UNC, which is $DISK on the machine; $ADDRESS, $USER and $PASSWORD lead there, and drivercat.ini, beside which it
// starts, knows the server as fs01.
func TestShareScript(t *testing.T) {
	t.Parallel()
	samples, err := filepath.Abs("../../samples")
	if err != nil {
		t.Fatal(err)
	}
	s := smbtest.Start(t, smbtest.Options{})
	p := params(samples, "testdata/smb", func(e *testscript.Env) {
		name := strings.TrimPrefix(filepath.Base(e.WorkDir), "script-")
		disk := filepath.Join(s.Dir, name)
		if err := os.Mkdir(disk, 0o755); err != nil {
			e.T().Fatal(err)
		}
		s.Own(disk)
		ini := "share = \\\\fs01\\" + s.Share + "\\" + name + "\n[server fs01]\naddress = " + s.Address + "\n"
		if err := os.WriteFile(filepath.Join(e.WorkDir, "drivercat.ini"), []byte(ini), 0o600); err != nil {
			e.T().Fatal(err)
		}
		e.Setenv("UNC", `\\fs01\`+s.Share+`\`+name)
		e.Setenv("SHARE", s.Share)
		e.Setenv("NAME", name)
		e.Setenv("DISK", disk)
		e.Setenv("ADDRESS", s.Address)
		e.Setenv("USER", s.User)
		e.Setenv("PASSWORD", s.Password)
		e.Setenv("NL", "\n")
		e.Setenv("KRB5CCNAME", filepath.Join(e.WorkDir, "no-tickets"))
	})
	// "own FOLDER" gives a folder of the share with all that is in it to the server's user.
	p.Cmds["own"] = func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 {
			ts.Fatalf("usage: own FOLDER")
		}
		ts.Check(filepath.WalkDir(args[0], func(name string, _ fs.DirEntry, err error) error {
			if err == nil {
				s.Own(name)
			}
			return err
		}))
	}
	testscript.Run(t, p)
}
