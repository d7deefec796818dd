package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/login"
)

// serverTree is a tree on a Windows share, with what doctor tells about it.
type serverTree struct {
	*smb.Tree
	who   signedIn
	watch *login.Watch
	done  chan struct{} // closed by Close
	once  sync.Once
}

// Close ends the connection. It may be called twice.
func (s *serverTree) Close() error {
	s.once.Do(func() { close(s.done) })
	return s.Tree.Close()
}

// stillAfter is how long a server may be silent after Ctrl-C before it is given up.
const stillAfter = 2 * time.Second

// endWhenStill is for after Ctrl-C: what is under way may end in an orderly way, but a server that does not answer any more must
// not keep anybody waiting. The next command does then what it does after a crash.
func (s *serverTree) endWhenStill() {
	tick := time.NewTicker(stillAfter)
	defer tick.Stop()
	for last := s.Traffic(); ; {
		select {
		case <-s.done:
			return
		case <-tick.C:
		}
		now := s.Traffic()
		if now == last {
			_ = s.Tree.Close()
			return
		}
		last = now
	}
}

// openServer signs in to a server and opens a folder of a share there.
func (a *app) openServer(ctx context.Context, addr login.Address) (openedTree, error) {
	set := a.serverFor(addr)
	who, err := a.signIn(ctx, addr, set, func(ctx context.Context) error { return listens(ctx, configFor(addr, set)) })
	if err != nil {
		return nil, err
	}
	t, err := a.openAs(ctx, addr, set, who)
	if err == nil || who.Kerberos == nil || set.kerberos() == kerberosOnly || a.env.Ask == nil || !ofKerberos(err) {
		return t, err
	}
	// Tickets of another place than the server's: whoever sits there can still sign in.
	asked := signedIn{}
	asked.User = addr.User
	if err := a.askInstead(ctx, addr, &asked, err); err != nil {
		return nil, err
	}
	return a.openAs(ctx, addr, set, asked)
}

// askInstead asks for a password because tickets were of no use.
func (a *app) askInstead(ctx context.Context, addr login.Address, s *signedIn, problem error) error {
	a.asked.Lock()
	defer a.asked.Unlock()
	hint := ""
	if hints := hintsFor(problem); len(hints) > 0 {
		hint = hints[0]
	}
	a.err.warn(hint, "%s", message(problem))
	if err := a.askPassword(ctx, addr, s, nil); err != nil {
		return err
	}
	a.asked.keep(addr.Server, *s)
	return nil
}

// configFor is how a share is reached, before anybody signed in.
func configFor(addr login.Address, set serverSettings) smb.Config {
	c := smb.Config{
		Server: addr.Server, Share: addr.Share, Folder: addr.Folder, Address: set[serverAddress].Value,
		Encrypt: set[serverEncrypt].Value == "yes", Unsigned: set[serverSign].Value == "no",
	}
	if addr.Port != "" {
		c.Address = net.JoinHostPort(addr.Server, addr.Port)
	}
	return c
}

// dialled is the address that is connected to.
func dialled(c smb.Config) string {
	return cmp.Or(c.Address, net.JoinHostPort(c.Server, "445"))
}

// listenTime is how long a server may take to accept a connection before its user is asked for.
const listenTime = 10 * time.Second

// listens connects to a server and says no word. Whoever mistyped its name is not to be asked for a password first.
func listens(ctx context.Context, c smb.Config) error {
	within, cancel := context.WithTimeout(ctx, listenTime)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(within, "tcp", dialled(c))
	switch {
	case err == nil:
		return conn.Close()
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return serverError(c, &serverTree{watch: &login.Watch{}}, err)
}

func (a *app) openAs(ctx context.Context, addr login.Address, set serverSettings, who signedIn) (openedTree, error) {
	c := configFor(addr, set)
	c.Credentials = who.Credentials
	s := &serverTree{who: who, watch: &login.Watch{Now: a.env.Now}, done: make(chan struct{})}
	c.Wrap = func(conn net.Conn) net.Conn { return s.watch.Conn(a.limit.Conn(conn)) }
	a.err.note("%s: signing in as %s with %s", addr.Server, who.who(), who.from)
	var err error
	if s.Tree, err = smb.Open(ctx, c); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, serverError(c, s, err)
	}
	context.AfterFunc(ctx, s.endWhenStill)
	return s, nil
}

// ofKerberos reports whether it is the tickets that were of no use.
func ofKerberos(err error) bool {
	switch login.ReasonOf(err) {
	case login.ReasonClock, login.ReasonName, login.ReasonTickets, login.ReasonNoKerberos, login.ReasonNoKDC, login.ReasonPassword:
		return true
	}
	return false
}

// serverError tells why a share could not be opened, and what to do about it. It keeps the error for ReasonOf.
func serverError(c smb.Config, s *serverTree, err error) error {
	reason := login.ReasonOf(err)
	greeting := s.watch.Greeting()
	switch {
	case greeting != nil && greeting.OldOnly:
		reason = login.ReasonDialect
	case reason == login.ReasonPassword && s.who.Kerberos != nil:
		reason = login.ReasonTickets
	case reason == login.ReasonBroken && s.watch.Silent():
		reason = reasonSilent
	}
	text, hint := serverAdvice(reason, c, s.who, greeting)
	if reason == login.ReasonNone && errors.Is(err, fs.ErrNotExist) {
		text, hint = fmt.Sprintf("the share %s has no such folder", c.Share), "make the folder if it is the right one"
	}
	if text == "" {
		return fmt.Errorf("share %s: %w", c.UNC(), err)
	}
	return &codedError{code: exitFailed, err: &serverFailure{text: fmt.Sprintf("share %s: %s", c.UNC(), text), err: err}, hints: []string{hint}}
}

// serverFailure has a text for people in place of the error's own.
type serverFailure struct {
	text string
	err  error
}

func (e *serverFailure) Error() string { return e.text }
func (e *serverFailure) Unwrap() error { return e.err }

// reasonSilent says that the server ended the connection without a word, which login cannot know from the error.
const reasonSilent login.Reason = "silent"

// hintSMB1 is for servers that know nothing newer.
const hintSMB1 = "drivercat never speaks SMB 1, which is neither signed nor safe: turn on SMB 2 or 3 at the server, or mount the share and name the folder"

// serverAdvice puts a reason into one sentence and one hint.
//
// size: one case for each reason, side by side
func serverAdvice(r login.Reason, c smb.Config, who signedIn, g *login.Greeting) (text, hint string) {
	dialled := dialled(c)
	section := "[server " + c.Server + "]"
	switch r {
	case login.ReasonNoServer:
		hint = "check the name and the network"
		if !strings.Contains(hostOf(dialled), ".") {
			hint = "check the name, or name the server in full, as in " + hostOf(dialled) + ".example.com"
		}
		return "no server is called " + hostOf(dialled), hint
	case login.ReasonNoRoute:
		return "there is no way to " + dialled, "check the network and VPN"
	case login.ReasonRefused:
		return dialled + " refuses connections", "file sharing is off there, or another port is meant: \"address = HOST:PORT\" below " + section + " in drivercat.ini"
	case login.ReasonTimeout:
		return dialled + " does not answer", "check that the server runs and that no firewall stands between (port 445); for a tunnel set \"address = HOST:PORT\" below " + section + " in drivercat.ini"
	case login.ReasonBroken:
		return "the connection to " + dialled + " ended while signing in", "try again; if it stays so, the server's log tells why"
	case reasonSilent:
		return dialled + " ended the connection at the first word", "it speaks only SMB 1, or is no file server at all; " + hintSMB1
	case login.ReasonDialect:
		return "the server speaks no version of SMB that drivercat does (2.0.2 to 3.1.1)", hintSMB1
	case login.ReasonBusy:
		return "the server takes no more sessions", "try again later, or end sessions there"
	case login.ReasonPassword:
		return fmt.Sprintf("the server does not take the password of %s (from %s)", who.who(), who.from), "check user, password and domain; \"DOMAIN\\user\" is a user of a domain, \"" + c.Server + "\\user\" one of the server itself"
	case login.ReasonLocked:
		return "the account " + who.who() + " is locked", "wait until it unlocks itself, or have an administrator unlock it; look for a stale password, here from " + who.from
	case login.ReasonDisabled:
		return "the account " + who.who() + " is disabled", "have an administrator enable it, or sign in as somebody else"
	case login.ReasonExpired:
		return "the account " + who.who() + " or its password has expired", "change the password in Windows, then here (" + who.from + ")"
	case login.ReasonRestricted:
		return "the account " + who.who() + " may not sign in there, from here or at this time", "Windows takes no accounts without a password over the network, and may restrict hours and machines: ask who runs the domain"
	case login.ReasonNoDomain:
		return "the server cannot ask its domain about " + who.who(), "try again when the domain controller is back, or sign in with an account of the server itself"
	case login.ReasonNoShare:
		return "the server has no share called " + c.Share, "check the name; administrative shares end in $"
	case login.ReasonDenied:
		hint = "give that user rights to the share and to its folder, or sign in as somebody else"
		if g != nil && g.Dialect < 0x300 {
			hint += "; if the share demands encryption, turn on SMB 3 at the server"
		}
		return "the user " + who.who() + " may sign in, but not use the share", hint
	case login.ReasonSigning:
		return "the server takes " + who.who() + " for a guest, and guests' messages are not signed", "check user and password: servers make guests of users that they do not know; \"sign = no\" below " + section + " in drivercat.ini gives up on it"
	case login.ReasonEncryption:
		v := ""
		if g != nil {
			v = " (it speaks SMB " + g.Version() + ")"
		}
		return "the server cannot encrypt" + v, "encryption needs SMB 3; take \"encrypt = yes\" away below " + section + " in drivercat.ini if signed messages are enough"
	case login.ReasonClock:
		ahead := ""
		if g != nil && g.Ahead.Abs() > time.Minute {
			ahead = fmt.Sprintf(" (the server's is %s %s)", g.Ahead.Abs().Round(time.Second), aheadOrBehind(g.Ahead))
		}
		return "the clocks differ too much for Kerberos" + ahead, "set this machine's clock by the domain's"
	case login.ReasonName:
		return "Kerberos knows no server cifs/" + c.Server, "name the server as its domain does, in full: FS01.example.com, not an alias"
	case login.ReasonTickets:
		return "the server or its domain does not take " + who.from, "get new tickets with kinit; \"kerberos = no\" below " + section + " in drivercat.ini uses a password"
	case login.ReasonNoKerberos:
		return "the server takes no Kerberos", "set \"kerberos = no\" below " + section + " in drivercat.ini and give a password"
	case login.ReasonNoKDC:
		return "no Kerberos server of the domain answers", "check the network and VPN, and krb5.conf"
	}
	return "", ""
}

func aheadOrBehind(d time.Duration) string {
	if d < 0 {
		return "behind"
	}
	return "ahead"
}

func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}
