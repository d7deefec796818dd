package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
)

// verifyOn runs "drivercat verify" on a share that the configuration names, and gives what it said. It has nothing to verify.
func verifyOn(t *testing.T, ini string, extra ...string) (code int, stderr string) {
	t.Helper()
	dir, env := home(t)
	if err := os.WriteFile(filepath.Join(dir, "drivercat.ini"), []byte(ini), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("drivercat", "verify")
	cmd.Dir = dir
	cmd.Env = append(append(env, "KRB5CCNAME="+filepath.Join(dir, "none")), extra...)
	var errs strings.Builder
	cmd.Stderr = &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), errs.String()
}

// noPackages is what verify says of a share that it can open and that is empty.
const noPackages = "no packages below"

// The tickets of the system open a share, and each thing that is wrong with them is told. The servers are real ones.
func TestKerberos(t *testing.T) {
	t.Parallel()
	kdc := smbtest.StartKDC(t, "fs01", "fs03")
	s := smbtest.Start(t, smbtest.Options{Global: kdc.Samba()})
	plain := smbtest.Start(t, smbtest.Options{})
	tickets := []string{"KRB5_CONFIG=" + kdc.Config, "KRB5CCNAME=FILE:" + kdc.Tickets()}
	ini := func(server, address, more string) string {
		return "share = \\\\" + server + "\\" + s.Share + "\n[server " + server + "]\naddress = " + address + "\n" + more + "\n"
	}
	for name, tt := range map[string]struct {
		ini, want string
		code      int
		env       []string
	}{
		"tickets":                      {ini("fs01", s.Address, ""), noPackages, 4, nil},
		"tickets and nothing else":     {ini("fs01", s.Address, "kerberos = only"), noPackages, 4, []string{"DRIVERCAT_SMB_PASSWORD=x"}},
		"the named user's":             {ini("fs01", s.Address, "user = "+kdc.User), noPackages, 4, nil},
		"encrypted":                    {ini("fs01", s.Address, "encrypt = yes"), noPackages, 4, nil},
		"somebody else's":              {ini("fs01", s.Address, "user = eve"), "and eve is to sign in\nhint: get tickets of that user", 1, nil},
		"a server without a principal": {ini("fs02", s.Address, ""), "Kerberos knows no server cifs/fs02\nhint: name the server as its domain does", 1, nil},
		"a server that takes none":     {ini("fs01", plain.Address, ""), "the server takes no Kerberos\nhint: set \"kerberos = no\"", 1, nil},
		"a password is given":          {ini("fs01", plain.Address, ""), noPackages, 4, []string{"DRIVERCAT_SMB_USER=" + s.User, "DRIVERCAT_SMB_PASSWORD=" + s.Password}},
		"no krb5.conf for the server":  {ini("fs01", s.Address, ""), "no Kerberos server of the domain answers\nhint: check the network and VPN, and krb5.conf", 1, []string{"KRB5_CONFIG=" + os.DevNull}},
	} {
		t.Run(name, func(t *testing.T) {
			code, said := verifyOn(t, tt.ini, append(tickets, tt.env...)...)
			if code != tt.code || !strings.Contains(said, tt.want) || strings.Contains(said, "invalid response error") {
				t.Errorf("code %d, said %s; want %d and %q", code, said, tt.code, tt.want)
			}
		})
	}
	kdc.Kill()
	code, said := verifyOn(t, ini("fs01", s.Address, ""), tickets...)
	if want := "no Kerberos server of the domain answers\nhint: "; code != 1 || !strings.Contains(said, want) {
		t.Errorf("without a KDC: code %d, said %s", code, said)
	}
}
