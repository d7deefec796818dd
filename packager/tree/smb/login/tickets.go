package login

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/drivercat/drivercat/packager/tree/smb"
)

// Why there are no tickets to use. Test with errors.Is.
var (
	ErrNoTickets  = errors.New("no Kerberos tickets")
	ErrExpired    = errors.New("the Kerberos ticket has expired")
	ErrCacheKind  = errors.New("that kind of ticket cache is not supported")
	ErrNoKerberos = errors.New("no Kerberos is set up on this machine")
)

// Tickets is a usable cache of Kerberos tickets.
type Tickets struct {
	smb.Kerberos
	User, Realm string
	Ends        time.Time // of the ticket-granting ticket
}

// System is where a system keeps its tickets.
type System struct {
	CCName  string    // KRB5CCNAME
	Config  string    // KRB5_CONFIG: files, with colons between them
	UID     int       // of the user; negative where users have no number
	Default string    // krb5.conf, if Config is empty
	Now     time.Time // tickets must be valid then
}

// FindTickets looks for the ticket-granting ticket of the system's cache: KRB5CCNAME, else default_ccache_name of krb5.conf,
// else krb5cc_UID in /tmp. Only caches that are files can be read; the others, DIR:, KEYRING:, KCM: and API:, are ErrCacheKind.
func FindTickets(s System) (Tickets, error) {
	var t Tickets
	for _, name := range append(filepath.SplitList(s.Config), s.Default) {
		if _, err := os.Stat(name); err == nil && t.Config == "" && name != "" {
			t.Config = name
		}
	}
	name, from, err := cacheName(s, t.Config)
	if err != nil {
		return t, err
	}
	if name == "" {
		return t, ErrNoTickets
	}
	if t.Cache, err = cacheFile(name); err != nil {
		return t, fmt.Errorf("%s (from %s): %w", name, from, err)
	}
	c, err := readCache(t.Cache)
	if errors.Is(err, fs.ErrNotExist) {
		return t, fmt.Errorf("%w in %s (from %s)", ErrNoTickets, t.Cache, from)
	}
	if err != nil {
		return t, fmt.Errorf("ticket cache %s: %w", t.Cache, err)
	}
	t.User, t.Realm, t.Ends = c.user, c.realm, c.ends
	switch {
	case t.Ends.IsZero():
		return t, fmt.Errorf("%w: %s holds none that others can be had with", ErrNoTickets, t.Cache)
	case !s.Now.Before(t.Ends):
		return t, fmt.Errorf("%w: that of %s@%s in %s ended %s", ErrExpired, t.User, t.Realm, t.Cache, t.Ends.UTC().Format(time.DateTime))
	case t.Config == "":
		return t, fmt.Errorf("%w: there is no krb5.conf", ErrNoKerberos)
	}
	return t, nil
}

func cacheName(s System, config string) (name, from string, err error) {
	if s.CCName != "" {
		return s.CCName, "KRB5CCNAME", nil
	}
	if config != "" {
		text, err := os.ReadFile(config)
		if err != nil {
			return "", "", fmt.Errorf("%w: %w", ErrNoKerberos, err)
		}
		if name := defaultCache(string(text)); name != "" {
			r := strings.NewReplacer("%{uid}", strconv.Itoa(s.UID), "%{euid}", strconv.Itoa(s.UID), "%{TEMP}", "/tmp")
			return r.Replace(name), config, nil
		}
	}
	if s.UID < 0 {
		return "", "", nil
	}
	return path.Join("/tmp", "krb5cc_"+strconv.Itoa(s.UID)), "the system's default", nil
}

// defaultCache finds default_ccache_name in [libdefaults].
func defaultCache(text string) string {
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
		}
		key, value, ok := strings.Cut(line, "=")
		if ok && section == "[libdefaults]" && strings.TrimSpace(key) == "default_ccache_name" {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// cacheFile is the file behind a cache's name. DIR::file is one file of a folder of caches.
func cacheFile(name string) (string, error) {
	kind, rest, ok := strings.Cut(name, ":")
	switch {
	case !ok, strings.ContainsAny(kind, `/\`), len(kind) == 1: // a path, perhaps with a drive
		return name, nil
	case strings.EqualFold(kind, "FILE"):
		return rest, nil
	case strings.EqualFold(kind, "DIR") && strings.HasPrefix(rest, ":"):
		return rest[1:], nil
	}
	return "", ErrCacheKind
}

func readCache(name string) (cache, error) {
	info, err := os.Stat(name)
	if err != nil {
		return cache{}, err
	}
	if !info.Mode().IsRegular() {
		return cache{}, errors.New("is no file")
	}
	f, err := os.Open(name)
	if err != nil {
		return cache{}, err
	}
	defer f.Close()
	b, err := readAll(f)
	if err != nil {
		return cache{}, err
	}
	return parseCache(b)
}

// cache is what is needed of a ticket cache.
type cache struct {
	user, realm string
	ends        time.Time // zero without a ticket-granting ticket
}

var errCache = errors.New("is no ticket cache, or a damaged one")

// parseCache reads a cache file of version 3 or 4, the ones that MIT Kerberos and Heimdal write. Every length is checked, so
// that the library, which does not, can be trusted with the same bytes. The format is described in MIT's documentation,
// "Credential cache file format".
func parseCache(b []byte) (cache, error) {
	r := reader{b: b}
	if version := r.u16(); r.bad || version != 0x0503 && version != 0x0504 {
		return cache{}, errCache
	} else if version == 0x0504 {
		for head := (reader{b: r.take(int(r.u16()))}); len(head.b) > 0 && !r.bad; r.bad = r.bad || head.bad {
			// The library knows one field of the header, of one length, and stops at others.
			if tag, length := head.u16(), head.u16(); tag != 1 || length != 8 {
				return cache{}, errCache
			}
			head.take(8)
		}
	}
	r.v3 = b[1] == 3
	var c cache
	c.realm, c.user = r.principal()
	for !r.bad && len(r.b) > 0 {
		client, _ := r.principal()
		realm, server := r.principal()
		ends := r.credential()
		if !r.bad && client == c.realm && realm == c.realm && server == "krbtgt/"+c.realm && ends.After(c.ends) {
			c.ends = ends
		}
	}
	if r.bad || c.user == "" {
		return cache{}, errCache
	}
	return c, nil
}

// reader reads the cache's big-endian numbers and counted texts; after reading behind the end it is bad and gives nothing.
type reader struct {
	b   []byte
	v3  bool
	bad bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) u16() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) u32() int {
	if b := r.take(4); b != nil {
		return int(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (r *reader) data() string { return string(r.take(r.u32())) }

func (r *reader) principal() (realm, name string) {
	r.u32() // the name's type
	n := r.u32()
	realm = r.data()
	var parts []string
	for range n {
		if r.bad {
			break
		}
		parts = append(parts, r.data())
	}
	return realm, strings.Join(parts, "/")
}

// credential reads what follows the principals and gives the end of the ticket's life.
func (r *reader) credential() time.Time {
	r.u16() // the key's type, which version 3 repeats
	if r.v3 {
		r.u16()
	}
	r.data()
	r.take(8) // authenticated, starts
	ends := r.u32()
	r.take(4 + 1 + 4) // renew till, is it a session key, flags
	for range 2 {     // addresses, authorization data
		for range r.u32() {
			if r.bad {
				break
			}
			r.u16()
			r.data()
		}
	}
	r.data()
	r.data()
	if ends == 0 {
		return time.Time{}
	}
	return time.Unix(int64(ends), 0)
}
