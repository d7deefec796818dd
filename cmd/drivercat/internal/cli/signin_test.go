package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/login"
)

// signApp is an app with an environment of its own; its stderr is the builder.
func signApp(env map[string]string, ask func(question string, echo bool) (string, error)) (*app, *strings.Builder) {
	var errs strings.Builder
	a := &app{
		env: Env{Getenv: func(k string) string { return env[k] }, Now: time.Now, OS: "linux"},
		err: &console{w: &errs},
		set: settings{values: map[string]setting{keyPlatform: {Value: "PC"}}},
	}
	if ask != nil {
		a.env.Ask = func(ctx context.Context, question string, echo bool) (string, error) {
			if err := ctx.Err(); err != nil {
				return "", err
			}
			return ask(question, echo)
		}
	}
	return a, &errs
}

const secret = "geheim-17"

// What is asked, in which order, and what comes of it.
//
// size: a table, a line for each way
func TestSignInOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	whole := file("whole", "username=carol\npassword="+secret+"\ndomain=CORP\n")
	nameless := file("nameless", "password="+secret+"\n")
	noPassword := file("no-password", "username=carol\n")
	noTickets := "FILE:" + filepath.Join(dir, "none")
	type m = map[string]string
	for name, tt := range map[string]struct {
		env    m
		set    m
		addr   login.Address
		asks   bool
		want   string // DOMAIN\user, by
		asked  string // the questions
		wrong  string // a part of the error, or
		advice string // of its hint
	}{
		"environment":                  {env: m{envUser: "bob", envPassword: secret}, want: "bob, by " + envPassword},
		"environment with a domain":    {env: m{envUser: `CORP\bob`, envPassword: secret}, want: `CORP\bob, by ` + envPassword},
		"domain in a variable":         {env: m{envUser: "bob", envDomain: "CORP", envPassword: secret}, want: `CORP\bob, by ` + envPassword},
		"user in drivercat.ini":        {env: m{envPassword: secret}, set: m{serverUser: "bob", serverDomain: "CORP"}, want: `CORP\bob, by ` + envPassword},
		"user in the address":          {env: m{envUser: "eve", envPassword: secret}, addr: login.Address{User: "bob"}, want: "bob, by " + envPassword},
		"whose password":               {env: m{envPassword: secret}, wrong: "nothing says whose", advice: envUser},
		"environment for this server":  {env: m{envUser: "bob", envPassword: secret, envServer: "FS01"}, want: "bob, by " + envPassword},
		"environment for another":      {env: m{envUser: "bob", envPassword: secret, envServer: "fs02"}, wrong: "nothing says so", advice: "kinit"},
		"environment before the file":  {env: m{envUser: "bob", envPassword: secret}, set: m{serverCredentials: whole}, want: "bob, by " + envPassword},
		"file":                         {set: m{serverCredentials: whole}, want: `CORP\carol, by ` + whole},
		"file in a variable":           {env: m{envCredentials: whole}, set: m{serverCredentials: "none"}, want: `CORP\carol, by ` + whole},
		"file without a name":          {set: m{serverCredentials: nameless}, wrong: "name no user", advice: "username = NAME"},
		"name from drivercat.ini":      {set: m{serverCredentials: nameless, serverUser: "bob"}, want: "bob, by " + nameless},
		"somebody else's file":         {set: m{serverCredentials: whole, serverUser: "bob"}, wrong: "are those of carol, and bob is to sign in"},
		"file is missing":              {set: m{serverCredentials: filepath.Join(dir, "none")}, wrong: "no such file", advice: "username = NAME"},
		"file without password: asked": {set: m{serverCredentials: noPassword}, asks: true, want: "carol, by the terminal", asked: "Password of carol for fs01: "},
		"asked for all":                {asks: true, want: `CORP\bob, by the terminal`, asked: `User for fs01: |Password of CORP\bob for fs01: `},
		"asked for the password":       {env: m{envUser: "bob"}, asks: true, want: "bob, by the terminal", asked: "Password of bob for fs01: "},
		"nobody to ask":                {env: m{envUser: "bob"}, wrong: "wants to know who you are", advice: "credentials = FILE"},
		"tickets only, and none":       {env: m{envUser: "bob", envPassword: secret}, set: m{serverKerberos: kerberosOnly}, asks: true, wrong: "with Kerberos only: no Kerberos tickets", advice: "kinit"},
		"an unsupported cache":         {env: m{"KRB5CCNAME": "KCM:1"}, wrong: "that kind of ticket cache is not supported", advice: "FILE:"},
		"an address has no tickets":    {addr: login.Address{Server: "10.0.0.1"}, set: m{serverKerberos: kerberosOnly}, wrong: "Kerberos knows servers by their names"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			ask := func(question string, echo bool) (string, error) {
				asked = append(asked, question)
				if echo {
					return `CORP\bob`, nil
				}
				return secret, nil
			}
			if !tt.asks {
				ask = nil
			}
			env := m{"KRB5CCNAME": noTickets}
			for k, v := range tt.env {
				env[k] = v
			}
			a, errs := signApp(env, ask)
			set := serverSettings{}
			for k, v := range tt.set {
				set[k] = setting{Value: v, From: "drivercat.ini:1"}
			}
			if tt.addr.Server == "" {
				tt.addr.Server = "fs01"
			}
			s, err := a.signIn(t.Context(), tt.addr, set, nil)
			got := ""
			if err == nil {
				got = s.who() + ", by " + s.from
				if string(s.Password) != secret {
					t.Errorf("password %q", string(s.Password))
				}
			}
			if got != tt.want || strings.Join(asked, "|") != tt.asked {
				t.Errorf("%s, asked %q, %v; want %s, asked %q", got, asked, err, tt.want, tt.asked)
			}
			if tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong) || !strings.Contains(strings.Join(hintsFor(err), " "), tt.advice)) {
				t.Errorf("%v, hints %q; want %q with %q", err, hintsFor(err), tt.wrong, tt.advice)
			}
			if all := fmt.Sprintf("%v %+v %#v %s", err, s, s, errs); strings.Contains(all, secret) {
				t.Errorf("the password is shown: %s", all)
			}
		})
	}
}

// A server that takes the connection and says nothing more does not answer: one line, without the packages' names.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	c := smb.Config{Server: "fs01", Share: "Drivers"}
	err := serverError(c, &serverTree{watch: &login.Watch{}}, fmt.Errorf("tree: open %s: the server does not answer", c.UNC()))
	if want := `share \\fs01\Drivers: fs01:445 does not answer`; message(err) != want || len(hintsFor(err)) != 1 {
		t.Errorf("%q, %q; want %q and a hint", message(err), hintsFor(err), want)
	}
}

// Nobody is asked twice for a server, and a question that is not answered says what else there is.
func TestAsking(t *testing.T) {
	t.Parallel()
	n := 0
	a, _ := signApp(map[string]string{envUser: "bob", "KRB5CCNAME": "FILE:none"}, func(string, bool) (string, error) { n++; return secret, nil })
	for range 2 {
		if s, err := a.signIn(t.Context(), login.Address{Server: "FS01"}, nil, nil); err != nil || s.User != "bob" {
			t.Fatal(s, err)
		}
	}
	if _, err := a.signIn(t.Context(), login.Address{Server: "fs02"}, nil, nil); err != nil || n != 2 {
		t.Errorf("asked %d times for two servers: %v", n, err)
	}
	for name, answer := range map[string]error{"end of input": io.EOF, "nothing typed": nil} {
		a, _ := signApp(map[string]string{"KRB5CCNAME": "FILE:none"}, func(string, bool) (string, error) { return "", answer })
		_, err := a.signIn(t.Context(), login.Address{Server: "fs01"}, nil, nil)
		if err == nil || !strings.Contains(err.Error(), "was not answered") || exitCode(t.Context(), err) != exitFailed {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	a, _ = signApp(map[string]string{"KRB5CCNAME": "FILE:none"}, func(string, bool) (string, error) { return secret, nil })
	if _, err := a.signIn(ctx, login.Address{Server: "fs01"}, nil, nil); exitCode(ctx, err) != exitInterrupted {
		t.Errorf("interrupted: %v", err)
	}
}

// Roots of any tree are refused alike, whoever asks for them, and before anybody is asked for a password.
func TestOpenTreeRefuses(t *testing.T) {
	t.Parallel()
	a, _ := signApp(nil, func(string, bool) (string, error) { t.Error("a password was asked for"); return "", io.EOF })
	var share *layout.ShareError
	for _, root := range []string{`\\fs01\REMINST`, `//fs01/SMSPXEIMAGES$`, `smb://fs01/x/RemoteInstall`, `\\?\UNC\fs01\SMS_DP$`} {
		if _, err := a.openTree(t.Context(), root); !errors.As(err, &share) || exitCode(t.Context(), err) != exitUsage {
			t.Errorf("%s: %v", root, err)
		}
	}
	dir := t.TempDir()
	tr, err := a.openTree(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if tr.Root() != dir || traffic(tr) != nil || tr.Close() != nil {
		t.Errorf("%s: a tree at %s with %v", dir, tr.Root(), traffic(tr))
	}
	if _, err := a.openTree(t.Context(), "/"+filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("a local path with two slashes: %v", err)
	}
}

func TestDoctorOfServer(t *testing.T) {
	t.Parallel()
	for s, want := range map[smb.Session]string{
		{Dialect: "3.1.1", Signed: true}:                "ok: SMB 3.1.1, signed, not encrypted",
		{Dialect: "3.0", Signed: true, Encrypted: true}: "ok: SMB 3.0, encrypted",
		{Dialect: "2.1"}:                                "wrong: SMB 2.1, neither signed nor encrypted",
	} {
		if c := checkProtocol(s); !strings.HasPrefix(c.State+": "+c.Text, want) {
			t.Errorf("%+v: %+v, want %s", s, c, want)
		}
	}
	for ahead, want := range map[time.Duration]string{
		300 * time.Millisecond: "ok: the server's clock agrees",
		-3 * time.Second:       "ok: the server's clock is 3s behind",
		6 * time.Minute:        "wrong: the server's clock is 6m0s ahead",
	} {
		if c := checkClock(ahead); !strings.HasPrefix(c.State+": "+c.Text, want) {
			t.Errorf("%s: %+v, want %s", ahead, c, want)
		}
	}
}

// Programs that drivercat starts do not inherit a password.
func TestEnvironmentKeepsPassword(t *testing.T) {
	t.Setenv(envPassword, secret)
	t.Setenv(envUser, "bob")
	get := environment()
	if get(envPassword) != secret || get(envUser) != "bob" {
		t.Errorf("%q, %q", get(envPassword), get(envUser))
	}
	if _, there := os.LookupEnv(envPassword); there {
		t.Error("the password is still in the environment")
	}
}
