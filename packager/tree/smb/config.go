package smb

import (
	"fmt"
	"net"
	"strings"
)

// Config says which share to open and how. Server and Share are needed; the zero value of the rest is right for everyday use.
type Config struct {
	Server  string // as in \\server\share; the Kerberos ticket and the NTLM target name are asked for it
	Share   string
	Folder  string // below the share, forward slashes, "" for the share itself
	Address string // host:port to dial if that is not Server:445, for tunnels and tests

	Credentials Credentials
	Encrypt     bool // ask for encryption of everything; an error if the server cannot. SMB 3 only
	Unsigned    bool // do not insist on signed messages, which is the default

	// Wrap, if not nil, wraps each connection that is made: for bandwidth limits and tests.
	Wrap func(net.Conn) net.Conn
}

// Credentials say who asks. Either Kerberos or User and Password are used. They are never part of an error or a log.
type Credentials struct {
	Domain   string
	User     string
	Password Secret

	Kerberos *Kerberos // tickets of the system instead of a password; nil to not use it
}

// Kerberos names where the system keeps its tickets.
type Kerberos struct {
	Cache  string // the credential cache's file
	Config string // krb5.conf
}

// Secret is text that is never shown: whatever prints, formats or encodes it shows "***".
type Secret string

// String implements fmt.Stringer.
func (s Secret) String() string { return "***" }

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return "***" }

// Format implements fmt.Formatter.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("***")) }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte("***"), nil }

// UNC is the share's path as Windows writes it, the folder included.
func (c Config) UNC() string {
	s := `\\` + c.Server + `\` + c.Share
	if c.Folder != "" && c.Folder != "." {
		s += `\` + strings.ReplaceAll(c.Folder, "/", `\`)
	}
	return s
}
