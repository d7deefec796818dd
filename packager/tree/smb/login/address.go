package login

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// Address is a place on a Windows share.
type Address struct {
	Server string // as written
	Port   string // "" for the usual one
	Share  string
	Folder string // below the share, forward slashes, "" for the share itself

	Domain, User string // of an smb:// address that names one
}

// ErrPassword is what ParseAddress wraps for an address that holds a password.
var ErrPassword = errors.New("the address holds a password")

// IsAddress reports whether text is written like a UNC path (\\server\share, \\?\UNC\server\share) or an smb:// address. Paths
// with two forward slashes are left to the caller: on Unix they may be local ones, see ParseAddress.
func IsAddress(text string) bool {
	return strings.HasPrefix(text, `\\`) || isSMB(text)
}

func isSMB(text string) bool {
	return len(text) >= len("smb://") && strings.EqualFold(text[:len("smb://")], "smb://")
}

// Redact gives an address or URL without the password that it may hold, for messages.
func Redact(text string) string {
	head, rest, ok := strings.Cut(text, "://")
	if ok {
		head += "://"
	} else {
		trimmed := strings.TrimLeft(text, `\/`)
		head, rest = text[:len(text)-len(trimmed)], trimmed
		if head == "" {
			return text
		}
	}
	// A password may hold anything, slashes too if somebody did not know better: what stands before the last "@" is its part.
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		return text
	}
	colon := strings.IndexByte(rest[:at], ':')
	if escaped := strings.Index(strings.ToLower(rest[:at]), "%3a"); escaped >= 0 && (colon < 0 || escaped < colon) {
		colon = escaped
	}
	if slash := strings.IndexAny(rest, `/\`); colon < 0 || slash >= 0 && slash < colon {
		return text // the colon and the "@" are in the path
	}
	return head + rest[:colon] + ":xxxxx" + rest[at:]
}

// ParseAddress reads \\server\share\folder, the same with forward slashes or with \\?\UNC\ before it, and
// smb://[[domain;]user@]server[:port]/share/folder. "." and ".." are refused: they would hide where the path leads.
func ParseAddress(text string) (Address, error) {
	var a Address
	var segments []string
	var err error
	shown := Redact(text)
	if shown != text {
		return a, fmt.Errorf("share %s: %w", shown, ErrPassword)
	}
	if isSMB(text) {
		a, segments, err = parseURL(text[len("smb://"):])
	} else {
		segments, err = parseUNC(text)
		if err == nil && len(segments) > 0 {
			a.Server, segments = segments[0], segments[1:]
		}
	}
	if err == nil {
		err = a.fill(segments)
	}
	if err != nil {
		return Address{}, fmt.Errorf("share %s: %w", shown, err)
	}
	return a, nil
}

func parseUNC(text string) ([]string, error) {
	s := strings.ReplaceAll(text, "/", `\`)
	switch {
	case len(s) >= 8 && strings.EqualFold(s[:8], `\\?\UNC\`):
		s = s[8:]
	case strings.HasPrefix(s, `\\?\`), strings.HasPrefix(s, `\\.\`):
		return nil, errors.New("names a device, not a share")
	case !strings.HasPrefix(s, `\\`):
		return nil, errors.New(`is no UNC path: those begin with \\`)
	default:
		s = s[2:]
	}
	return strings.Split(s, `\`), nil
}

func parseURL(rest string) (a Address, segments []string, err error) {
	host, path, _ := strings.Cut(rest, "/")
	if user, after, ok := cutLast(host, "@"); ok {
		host = after
		if domain, name, ok := strings.Cut(user, ";"); ok {
			a.Domain, user = domain, name
		}
		for _, p := range []*string{&a.Domain, &user} {
			if *p, err = url.PathUnescape(*p); err != nil {
				return a, nil, errors.New("the user's name is not written as an address wants it")
			}
		}
		a.User = user
	}
	if strings.HasPrefix(host, "[") {
		literal, port, ok := strings.Cut(host[1:], "]")
		if !ok || port != "" && !strings.HasPrefix(port, ":") {
			return a, nil, errors.New(`the server's address lacks "]"`)
		}
		host, a.Port = literal, strings.TrimPrefix(port, ":")
		if net.ParseIP(host) == nil {
			return a, nil, fmt.Errorf("%q is no IPv6 address", host)
		}
	} else if name, port, ok := strings.Cut(host, ":"); ok {
		host, a.Port = name, port
		if port == "" {
			return a, nil, errors.New("the port is missing")
		}
	}
	if n, err := strconv.ParseUint(a.Port, 10, 16); a.Port != "" && (err != nil || n == 0) {
		return a, nil, fmt.Errorf("%q is no port", a.Port)
	}
	a.Server = host
	if strings.ContainsAny(path, "?#") {
		return a, nil, errors.New(`"?" and "#" have no meaning in it`)
	}
	for s := range strings.SplitSeq(path, "/") {
		s, err := url.PathUnescape(s)
		if err != nil || strings.ContainsAny(s, `/\`) {
			return a, nil, errors.New("its path is not written as an address wants it")
		}
		segments = append(segments, s)
	}
	return a, segments, nil
}

// fill checks server, share and folder.
func (a *Address) fill(segments []string) error {
	if err := checkServer(a.Server); err != nil {
		return err
	}
	var names []string
	for i, s := range segments {
		switch {
		case s == "" && i < len(segments)-1 && i == 0:
			return errors.New("the share's name is missing")
		case s == "": // doubled and trailing slashes
			continue
		case s == "." || s == "..":
			return fmt.Errorf("%q in it would hide where it leads: write the path out", s)
		case strings.ContainsAny(s, `<>:"|?*`), strings.ContainsFunc(s, unicode.IsControl):
			return fmt.Errorf("%q cannot be a name on a Windows share", s)
		}
		names = append(names, s)
	}
	if len(names) == 0 {
		return errors.New("names a server and no share")
	}
	a.Share, a.Folder = names[0], strings.Join(names[1:], "/")
	return nil
}

func checkServer(name string) error {
	odd := func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`<>"|?*@;,=%&[]`, r)
	}
	switch {
	case name == "":
		return errors.New("the server's name is missing")
	case net.ParseIP(name) != nil:
		return nil
	case strings.ContainsFunc(name, odd), strings.Contains(name, ":"), strings.Trim(name, ".") == "":
		return fmt.Errorf("%q cannot be a server's name", name)
	}
	return nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
