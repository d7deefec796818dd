package login_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/packager/tree/smb/login"
)

func addresses() map[string]login.Address {
	plain := login.Address{Server: "server", Share: "Drivers"}
	deep := login.Address{Server: "server", Share: "Drivers", Folder: "a b/c"}
	return map[string]login.Address{
		`\\server\Drivers`:                 plain,
		`\\server\Drivers\`:                plain,
		`//server/Drivers`:                 plain,
		`\\server/Drivers`:                 plain,
		`\\?\UNC\server\Drivers`:           plain,
		`smb://server/Drivers/`:            plain,
		`SMB://server/Drivers`:             plain,
		`\\server\Drivers\a b\c`:           deep,
		`smb://server/Drivers/a%20b/c`:     deep,
		`smb://server/Drivers//a b//c`:     deep,
		`smb://server:4450/Drivers`:        {Server: "server", Port: "4450", Share: "Drivers"},
		`smb://[::1]:4450/Drivers`:         {Server: "::1", Port: "4450", Share: "Drivers"},
		`smb://[::1]/Drivers`:              {Server: "::1", Share: "Drivers"},
		`\\10.0.0.1\D$`:                    {Server: "10.0.0.1", Share: "D$"},
		`smb://bob@server/Drivers`:         {Server: "server", Share: "Drivers", User: "bob"},
		`smb://CORP;bob@server/Drivers`:    {Server: "server", Share: "Drivers", Domain: "CORP", User: "bob"},
		`smb://bob%40corp@server/Drivers`:  {Server: "server", Share: "Drivers", User: "bob@corp"},
		`\\server\Drivers\who@home`:        {Server: "server", Share: "Drivers", Folder: "who@home"},
		`smb://fs-1.corp.example.com/Drv$`: {Server: "fs-1.corp.example.com", Share: "Drv$"},
	}
}

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for text, want := range addresses() {
		got, err := login.ParseAddress(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", text, diff)
		}
	}
}

func wrongAddresses() map[string]string {
	return map[string]string{
		`\\server`:                       "names a server and no share",
		`\\server\`:                      "names a server and no share",
		`smb://server`:                   "names a server and no share",
		`\\server\\x`:                    "the share's name is missing",
		`\\`:                             "the server's name is missing",
		`smb:///Drivers`:                 "the server's name is missing",
		`smb://:445/Drivers`:             "the server's name is missing",
		`smb://server:/Drivers`:          "the port is missing",
		`smb://server:99999/Drivers`:     "is no port",
		`smb://server:http/Drivers`:      "is no port",
		`smb://[::1/Drivers`:             `lacks "]"`,
		`smb://[nine]/Drivers`:           "is no IPv6 address",
		`\\.\COM1\x`:                     "names a device",
		`\\?\C:\x`:                       "names a device",
		`\\server\Drivers\..\other`:      "would hide where it leads",
		`smb://server/Drivers/%2e%2e/c$`: "would hide where it leads",
		`smb://server/Drivers/a%2fb`:     "its path is not written",
		`smb://server/Drivers?x=1`:       "have no meaning",
		`\\ser ver\Drivers`:              "cannot be a server's name",
		`\\server\Dri*vers`:              "cannot be a name on a Windows share",
		`C:\Drivers`:                     "is no UNC path",
		`\\user@server\Drivers`:          "cannot be a server's name",
	}
}

func TestParseAddressRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range wrongAddresses() {
		if got, err := login.ParseAddress(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v; want an error with %q", text, got, err, want)
		}
	}
}

// A password in an address is refused and never repeated.
func TestParseAddressWithPassword(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`smb://bob:hunter2@server/Drivers`,
		`smb://CORP;bob:hunter2@server/Drivers`,
		`smb://bob:hunter2/@server/Drivers`,
		`smb://bob:hunter2%zz@server/Drivers`,
		`smb://bob:hunter2@`,
		`smb://bob%3Ahunter2@server/Drivers`,
		`\\bob:hunter2@server\Drivers`,
		`//bob:hunter2@server/Drivers`,
	} {
		_, err := login.ParseAddress(text)
		if !errors.Is(err, login.ErrPassword) {
			t.Errorf("%s: %v", text, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error repeats the password: %v", text, err)
		}
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`smb://bob:hunter2@server/Drivers`: `smb://bob:xxxxx@server/Drivers`,
		`postgres://me:se/cret@db/cat?x=1`: `postgres://me:xxxxx@db/cat?x=1`,
		`smb://bob:%zz@server/Drivers`:     `smb://bob:xxxxx@server/Drivers`,
		`\\bob:hunter2@server\Drivers`:     `\\bob:xxxxx@server\Drivers`,
		`smb://server:445/a@b`:             `smb://server:xxxxx@b`, // may be a password: the address has to say a%40b
		`smb://server:445/a%40b`:           `smb://server:445/a%40b`,
		`smb://bob%3Ahunter2@s/d`:          `smb://bob:xxxxx@s/d`,
		`smb://bob@server/Drivers`:         `smb://bob@server/Drivers`,
		`\\server\Drivers\a:b@c`:           `\\server\Drivers\a:b@c`,
		`C:\a@b`:                           `C:\a@b`,
		`relative/at:the@corner`:           `relative/at:the@corner`,
		`https://server/Drivers/x:y@z`:     `https://server/Drivers/x:y@z`,
	} {
		if got := login.Redact(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for text := range addresses() {
		f.Add(text)
	}
	for text := range wrongAddresses() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := login.ParseAddress(text)
		if err != nil {
			return
		}
		if a.Server == "" || a.Share == "" || strings.ContainsAny(a.Share, `/\`) || strings.HasPrefix(a.Folder, "/") {
			t.Errorf("%q: %+v", text, a)
		}
		for s := range strings.SplitSeq(a.Folder, "/") {
			if s == "." || s == ".." {
				t.Errorf("%q: %+v", text, a)
			}
		}
	})
}
