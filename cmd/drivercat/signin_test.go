package main

import (
	"net"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
)

// What keeps a user from a share is told in one line with one hint, by what real servers answer.
func TestSignInErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		o                 smbtest.Options
		ini, want, advice string
		password, user    string // instead of the right ones
	}{
		"wrong password":                     {password: "geheim-17", want: "does not take the password of ", advice: "check user, password and domain"},
		"unknown user":                       {user: "eve", want: "does not take the password of eve", advice: "check user, password and domain"},
		"disabled":                           {o: smbtest.Options{Flags: "UD"}, want: " is disabled", advice: "have an administrator enable it"},
		"locked":                             {o: smbtest.Options{Flags: "UL"}, want: " is locked", advice: "unlock"},
		"no rights to the share":             {o: smbtest.Options{Extra: "valid users = root"}, want: "may sign in, but not use the share", advice: "give that user rights"},
		"guest":                              {o: smbtest.Options{Guest: true}, user: "eve", want: "takes eve for a guest", advice: "sign = no"},
		"SMB 1 only":                         {o: smbtest.Options{MinProtocol: "NT1", MaxProtocol: "NT1"}, want: "ended the connection at the first word", advice: "never speaks SMB 1"},
		"cannot encrypt":                     {o: smbtest.Options{NoEncrypt: true}, ini: "encrypt = yes", want: "the server cannot encrypt (it speaks SMB 3.1.1)", advice: "encryption needs SMB 3"},
		"too old to encrypt":                 {o: smbtest.Options{MaxProtocol: "SMB2_10"}, ini: "encrypt = yes", want: "the server cannot encrypt (it speaks SMB 2.1)", advice: "encryption needs SMB 3"},
		"demands encryption":                 {o: smbtest.Options{Encryption: true}, want: noPackages},
		"demands signatures":                 {o: smbtest.Options{Signing: true}, ini: "sign = no", want: noPackages},
		"demands encryption, and SMB 2 only": {o: smbtest.Options{Encryption: true, MaxProtocol: "SMB2_10"}, want: "may sign in, but not use the share", advice: "if the share demands encryption, turn on SMB 3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := smbtest.Start(t, tt.o)
			user, password := s.User, s.Password
			if tt.user != "" {
				user = tt.user
			}
			if tt.password != "" {
				password = tt.password
			}
			code, said := verifyOn(t, "share = \\\\fs01\\"+s.Share+"\n[server fs01]\naddress = "+s.Address+"\n"+tt.ini+"\n",
				"DRIVERCAT_SMB_USER="+user, "DRIVERCAT_SMB_PASSWORD="+password)
			lines := strings.Split(strings.TrimSpace(said), "\n")
			if len(lines) != 2 || !strings.Contains(lines[0], tt.want) || !strings.Contains(lines[1], tt.advice) {
				t.Errorf("said %q; want %q and %q", said, tt.want, tt.advice)
			}
			if (code == 4) != (tt.want == noPackages) || strings.Contains(said, password) {
				t.Errorf("code %d, said %q", code, said)
			}
		})
	}
}

// A place where nothing listens, and one where something else does.
func TestNoFileServer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	env := []string{"DRIVERCAT_SMB_USER=eve", "DRIVERCAT_SMB_PASSWORD=geheim-17"}
	// Whoever mistyped the server is told so first, and not that a password is missing.
	nobody := []string{"DRIVERCAT_SMB_USER="}
	for name, tt := range map[string]struct{ ini, want, advice string }{
		"nobody listens":      {"address = 127.0.0.1:1", "127.0.0.1:1 refuses connections", "address = HOST:PORT"},
		"it hangs up":         {"address = " + l.Addr().String(), "ended the connection at the first word", "it speaks only SMB 1, or is no file server at all"},
		"no such name":        {"address = fs01.invalid:445", "no server is called fs01.invalid", "check the name"},
		"a port that is none": {"address = fs01.invalid:smb", "address \"fs01.invalid:smb\" of server fs01", "give HOST:PORT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, env := range [][]string{env, nobody} {
				_, said := verifyOn(t, "share = \\\\fs01\\x\n[server fs01]\n"+tt.ini+"\n", env...)
				lines := strings.Split(strings.TrimSpace(said), "\n")
				if len(lines) != 2 || !strings.Contains(lines[0], tt.want) || !strings.Contains(lines[1], tt.advice) {
					t.Errorf("said %q; want %q and %q", said, tt.want, tt.advice)
				}
				if name == "it hangs up" {
					break // which shows only when somebody signs in
				}
			}
		})
	}
}
