package smb_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
)

// TestSession: what is negotiated is what was asked for, and can be asked.
func TestSession(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o    smbtest.Options
		set  func(*smb.Config)
		want smb.Session
		err  error
	}{
		"usual":                        {want: smb.Session{Dialect: "3.1.1", Signed: true}},
		"unsigned":                     {set: func(c *smb.Config) { c.Unsigned = true }, want: smb.Session{Dialect: "3.1.1"}},
		"the server insists":           {o: smbtest.Options{Signing: true}, set: func(c *smb.Config) { c.Unsigned = true }, want: smb.Session{Dialect: "3.1.1", Signed: true}},
		"encrypted":                    {set: func(c *smb.Config) { c.Encrypt = true }, want: smb.Session{Dialect: "3.1.1", Signed: true, Encrypted: true}},
		"encrypted and unsigned":       {set: func(c *smb.Config) { c.Encrypt, c.Unsigned = true, true }, want: smb.Session{Dialect: "3.1.1", Encrypted: true}},
		"the server encrypts":          {o: smbtest.Options{Encryption: true}, want: smb.Session{Dialect: "3.1.1", Signed: true, Encrypted: true}},
		"2.0.2":                        {o: smbtest.Options{MaxProtocol: "SMB2_02"}, want: smb.Session{Dialect: "2.0.2", Signed: true}},
		"2.1":                          {o: smbtest.Options{MaxProtocol: "SMB2_10"}, want: smb.Session{Dialect: "2.1", Signed: true}},
		"3.0":                          {o: smbtest.Options{MaxProtocol: "SMB3_00"}, want: smb.Session{Dialect: "3.0", Signed: true}},
		"3.0.2 encrypted":              {o: smbtest.Options{MaxProtocol: "SMB3_02"}, set: func(c *smb.Config) { c.Encrypt = true }, want: smb.Session{Dialect: "3.0.2", Signed: true, Encrypted: true}},
		"2.1 cannot encrypt":           {o: smbtest.Options{MaxProtocol: "SMB2_10"}, set: func(c *smb.Config) { c.Encrypt = true }, err: smb.ErrInsecure},
		"3.1.1 without encryption":     {o: smbtest.Options{NoEncrypt: true}, set: func(c *smb.Config) { c.Encrypt = true }, err: smb.ErrInsecure},
		"wrong password":               {set: func(c *smb.Config) { c.Credentials.Password += "x" }, err: smb.ErrLogon},
		"unknown user":                 {set: func(c *smb.Config) { c.Credentials.User = "nobody-there" }, err: smb.ErrLogon},
		"no user":                      {set: func(c *smb.Config) { c.Credentials = smb.Credentials{} }, err: smb.ErrLogon},
		"a guest":                      {o: smbtest.Options{Guest: true}, set: func(c *smb.Config) { c.Credentials.User = "nobody-there" }, err: smb.ErrLogon},
		"a guest who is let":           {o: smbtest.Options{Guest: true}, set: func(c *smb.Config) { c.Credentials.User, c.Unsigned = "nobody-there", true }, want: smb.Session{Dialect: "3.1.1", Guest: true}},
		"a guest who wants encryption": {o: smbtest.Options{Guest: true}, set: func(c *smb.Config) { c.Credentials.User, c.Unsigned, c.Encrypt = "nobody-there", true, true }, err: smb.ErrInsecure},
		"no such share":                {set: func(c *smb.Config) { c.Share = "none" }, err: fs.ErrNotExist},
		"no such folder":               {set: func(c *smb.Config) { c.Folder = "none/below" }, err: fs.ErrNotExist},
		"a forbidden folder":           {set: func(c *smb.Config) { c.Folder = "../x" }, err: fs.ErrInvalid},
		"no server":                    {set: func(c *smb.Config) { c.Address = "127.0.0.1:1" }, err: smb.ErrUnreachable},
		"SMB 1 only":                   {o: smbtest.Options{MinProtocol: "NT1", MaxProtocol: "NT1"}, err: smb.ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := smbtest.Start(t, c.o)
			conf := s.Config()
			if c.set != nil {
				c.set(&conf)
			}
			tap := &tap{}
			conf.Wrap = tap.wrap
			tr, err := smb.Open(t.Context(), conf)
			if err != nil || c.err != nil {
				if !errors.Is(err, c.err) {
					t.Fatalf("error %v, want %v", err, c.err)
				}
				if !strings.Contains(err.Error(), conf.UNC()) {
					t.Errorf("%v does not name the share", err)
				}
				checkSecret(t, s, conf, err)
				return
			}
			defer tr.Close()
			if diff := cmp.Diff(c.want, tr.Session()); diff != "" {
				t.Errorf("session (-want +got):\n%s", diff)
			}
			write(t, tr, "f", "a text that can be recognised")
			if got := read(t, tr, "f"); got != "a text that can be recognised" {
				t.Errorf("read %q", got)
			}
			tap.check(t, c.want)
		})
	}
}

// checkSecret: the password is nowhere, however an error or a configuration is shown.
func checkSecret(t *testing.T, s *smbtest.Server, c smb.Config, err error) {
	t.Helper()
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, x := range []any{err, c, &c, c.Credentials, c.Credentials.Password} {
			if text := fmt.Sprintf(format, x); strings.Contains(text, s.Password) || strings.Contains(text, fmt.Sprintf("%x", s.Password)) {
				t.Errorf("%s of %T shows the password: %s", format, x, text)
			}
		}
	}
}

// tap looks at what goes over the wire.
type tap struct {
	mu  sync.Mutex
	out []byte
}

type tapped struct {
	net.Conn
	t *tap
}

func (t *tap) wrap(c net.Conn) net.Conn { return &tapped{c, t} }

func (c *tapped) Write(p []byte) (int, error) {
	c.t.mu.Lock()
	c.t.out = append(c.t.out, p...)
	c.t.mu.Unlock()
	return c.Conn.Write(p)
}

// check finds the messages again and looks whether they are signed or encrypted, as the session claims.
func (t *tap) check(tt *testing.T, s smb.Session) {
	tt.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	sealed, signed, plain := 0, 0, 0
	for b := t.out; len(b) >= 4; {
		n := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
		m := b[4 : 4+n]
		b = b[4+n:]
		switch {
		case string(m[:4]) == "\xfdSMB":
			sealed++
		case m[16]&0x8 != 0: // SMB2_FLAGS_SIGNED
			signed++
		case m[12] > 3: // not negotiation, session setup, log off or tree connect
			plain++
		}
	}
	switch {
	case s.Encrypted && (sealed < 5 || plain > 0 || strings.Contains(string(t.out), "recognised")):
		tt.Errorf("%d messages encrypted, %d not", sealed, plain)
	case !s.Encrypted && s.Signed && (signed < 5 || plain > 0):
		tt.Errorf("%d messages signed, %d not", signed, plain)
	case !s.Encrypted && !s.Signed && plain < 5:
		tt.Errorf("%d messages neither signed nor encrypted", plain)
	}
}

// TestUnreachable: a machine that takes connections and says nothing does not hold up forever.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	go func() {
		for {
			if _, err := l.Accept(); err != nil {
				return
			}
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = smb.Open(ctx, smb.Config{Server: "s", Share: "x", Address: l.Addr().String(), Credentials: smb.Credentials{User: "u"}})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the context's", err)
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("it took %v", d)
	}
}
