package login

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/drivercat/drivercat/packager/tree/smb"
)

// maxFile is the most that a file of credentials or a ticket cache may hold.
const maxFile = 1 << 20

// File is what a file of credentials says. Password is nil if it says none.
type File struct {
	User, Domain string
	Password     *smb.Secret
}

// ErrExposed is what ReadFile wraps for a file that others than its owner may read or write.
var ErrExposed = errors.New("others than its owner can read or change it")

// ReadFile reads a file of credentials in the format of smbclient -A and mount.cifs. On Unix a file that anyone but its owner
// may read or write is refused with ErrExposed; on Windows rights are not looked at. No error repeats a line of the file.
func ReadFile(name string) (File, error) {
	// Opening a named pipe would wait for somebody to write to it.
	info, err := os.Stat(name)
	if err != nil {
		return File{}, err
	}
	if !info.Mode().IsRegular() {
		return File{}, fmt.Errorf("credentials %s: is no file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return File{}, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return File{}, fmt.Errorf("credentials %s: %w", name, ErrExposed)
	}
	b, err := readAll(f)
	if err != nil {
		return File{}, fmt.Errorf("credentials %s: %w", name, err)
	}
	c, err := ParseFile(b)
	if err != nil {
		return File{}, fmt.Errorf("credentials %s: %w", name, err)
	}
	return c, nil
}

func readAll(f fs.File) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("is larger than %d bytes", maxFile)
	}
	return b, nil
}

// ParseFile reads lines "username = NAME", "password = TEXT" and "domain = NAME", of which mount.cifs knows the names user,
// pass, dom and workgroup too. Spaces around a key and a value do not belong to it. NAME may be DOMAIN\NAME. Empty lines and
// those that begin with # or ; are passed over; anything else is an error that names the line and does not repeat it.
func ParseFile(text []byte) (File, error) {
	var c File
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		return File{}, errors.New("is not UTF-8 text")
	}
	n := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return File{}, fmt.Errorf("line %d is not \"key = value\"", n)
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "username", "user":
			c.User = value
		case "password", "pass":
			secret := smb.Secret(value)
			c.Password = &secret
		case "domain", "dom", "workgroup":
			c.Domain = value
		default:
			return File{}, fmt.Errorf("line %d has a key that is none of username, password and domain", n)
		}
	}
	if domain, user := SplitUser(c.User); domain != "" {
		if c.Domain != "" && !strings.EqualFold(c.Domain, domain) {
			return File{}, fmt.Errorf("names two domains, %s and %s", c.Domain, domain)
		}
		c.Domain, c.User = domain, user
	}
	return c, nil
}

// SplitUser takes DOMAIN\user apart; a name without a domain, user@domain too, is returned as it is.
func SplitUser(name string) (domain, user string) {
	if domain, user, ok := strings.Cut(name, `\`); ok {
		return domain, user
	}
	return "", name
}
