package login

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/credentials"
)

// entry is one ticket of a cache that a test makes.
type entry struct {
	server string // realm/name
	ends   int64
}

func cacheBytes(version byte, user string, entries ...entry) []byte {
	var b []byte
	u16 := func(n int) { b = binary.BigEndian.AppendUint16(b, uint16(n)) }
	u32 := func(n int) { b = binary.BigEndian.AppendUint32(b, uint32(n)) }
	text := func(s string) { u32(len(s)); b = append(b, s...) }
	principal := func(s string) {
		parts := strings.Split(s, "/")
		u32(1)
		u32(len(parts) - 1)
		for _, p := range parts {
			text(p)
		}
	}
	b = append(b, 5, version)
	if version == 4 {
		u16(12)
		u16(1)
		u16(8)
		b = append(b, make([]byte, 8)...)
	}
	principal("EXAMPLE.COM/" + user)
	for _, e := range entries {
		principal("EXAMPLE.COM/" + user)
		principal(e.server)
		u16(18)
		if version == 3 {
			u16(18)
		}
		text("0123456789abcdef")
		u32(0)
		u32(0)
		u32(int(e.ends))
		u32(0)
		b = append(b, 0)
		u32(0)
		u32(1) // an address
		u16(2)
		text("\x7f\x00\x00\x01")
		u32(0)
		text("ticket")
		text("")
	}
	return b
}

const tgt = "EXAMPLE.COM/krbtgt/EXAMPLE.COM"

func TestParseCache(t *testing.T) {
	t.Parallel()
	conf := entry{"X-CACHECONF:/krb5_ccache_conf_data/fast_avail", 0}
	for name, tt := range map[string]struct {
		b    []byte
		ends int64
	}{
		"version 4":          {cacheBytes(4, "bob", conf, entry{tgt, 1000}), 1000},
		"version 3":          {cacheBytes(3, "bob", entry{tgt, 1000}), 1000},
		"the last counts":    {cacheBytes(4, "bob", entry{tgt, 1000}, entry{tgt, 3000}, entry{"EXAMPLE.COM/cifs/fs", 9000}), 3000},
		"no granting ticket": {cacheBytes(4, "bob", entry{"EXAMPLE.COM/cifs/fs", 9000}), 0},
		"of another realm":   {cacheBytes(4, "bob", entry{"EXAMPLE.COM/krbtgt/OTHER.COM", 9000}), 0},
		"nothing but a name": {cacheBytes(4, "bob"), 0},
	} {
		c, err := parseCache(tt.b)
		if err != nil || c.user != "bob" || c.realm != "EXAMPLE.COM" {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
		if tt.ends != 0 && c.ends.Unix() != tt.ends || tt.ends == 0 && !c.ends.IsZero() {
			t.Errorf("%s: ends %v, want %d", name, c.ends, tt.ends)
		}
	}
	whole := cacheBytes(4, "bob", entry{tgt, 1000})
	last := len(cacheBytes(4, "bob"))
	for n := range whole {
		if _, err := parseCache(whole[:n]); err == nil && n != last {
			t.Errorf("the first %d bytes of %d are a cache", n, len(whole))
		}
	}
}

// What is taken here is given to the library, which checks nothing and would panic.
func FuzzParseCache(f *testing.F) {
	f.Add(cacheBytes(4, "bob", entry{tgt, 1000}, entry{"X-CACHECONF:/krb5_ccache_conf_data/fast_avail", 0}))
	f.Add(cacheBytes(3, "bob/admin", entry{tgt, 1000}))
	f.Add([]byte{5, 1, 0, 0, 0, 1})
	f.Add([]byte{5, 4, 0, 12, 0, 2, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := parseCache(b); err == nil {
			if err := new(credentials.CCache).Unmarshal(b); err != nil {
				t.Errorf("the library refuses it: %v", err)
			}
		}
	})
}

func TestFindTickets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	now := time.Unix(5000, 0)
	good := write("good", cacheBytes(4, "bob", entry{tgt, 9000}))
	old := write("old", cacheBytes(4, "bob", entry{tgt, 4000}))
	bare := write("bare", cacheBytes(4, "bob"))
	broken := write("broken", []byte("no cache"))
	conf := write("krb5.conf", []byte("[libdefaults]\n default_realm = EXAMPLE.COM\n"))
	ring := write("ring.conf", []byte("includedir /etc/krb5.conf.d/\n[libdefaults]\n  default_ccache_name = KEYRING:persistent:%{uid}\n"))
	file := write("file.conf", []byte("[realms]\n default_ccache_name = no\n[libdefaults]\n  default_ccache_name = FILE:"+filepath.Join(dir, "%{uid}")+"\n"))
	write("77", cacheBytes(4, "bob", entry{tgt, 9000}))
	for name, tt := range map[string]struct {
		s    System
		want error
		text string
	}{
		"a path":                    {System{CCName: good, Config: conf}, nil, ""},
		"FILE:":                     {System{CCName: "FILE:" + good, Config: conf}, nil, ""},
		"DIR::":                     {System{CCName: "DIR::" + good, Config: conf}, nil, ""},
		"the second krb5.conf":      {System{CCName: good, Config: filepath.Join(dir, "none") + string(filepath.ListSeparator) + conf}, nil, ""},
		"the default krb5.conf":     {System{CCName: good, Default: conf}, nil, ""},
		"expired":                   {System{CCName: old, Config: conf}, ErrExpired, "ended 1970-01-01 01:06:40"},
		"no granting ticket":        {System{CCName: bare, Config: conf}, ErrNoTickets, bare},
		"no file":                   {System{CCName: filepath.Join(dir, "none"), Config: conf}, ErrNoTickets, "KRB5CCNAME"},
		"damaged":                   {System{CCName: broken, Config: conf}, errCache, broken},
		"KCM:":                      {System{CCName: "KCM:1000", Config: conf}, ErrCacheKind, "KCM:1000 (from KRB5CCNAME)"},
		"DIR:":                      {System{CCName: "DIR:" + dir, Config: conf}, ErrCacheKind, "DIR:"},
		"KEYRING: by krb5.conf":     {System{Config: ring, UID: 77}, ErrCacheKind, "KEYRING:persistent:77 (from " + ring},
		"a file named by krb5.conf": {System{Config: file, UID: 77}, nil, ""},
		"no krb5.conf":              {System{CCName: good}, ErrNoKerberos, "krb5.conf"},
		"nothing":                   {System{UID: -1}, ErrNoTickets, ""},
	} {
		tt.s.Now = now
		got, err := FindTickets(tt.s)
		if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v, want %v with %q", name, err, tt.want, tt.text)
		}
		if tt.want == nil && (got.User != "bob" || got.Realm != "EXAMPLE.COM" || got.Ends.Unix() != 9000 || got.Config == "") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
