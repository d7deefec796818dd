package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync"

	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/login"
)

// signedIn is how somebody signs in to a server.
type signedIn struct {
	smb.Credentials
	from string // for people: where the credentials come from
}

// who names the user for people.
func (s signedIn) who() string {
	switch {
	case s.Kerberos != nil:
		return s.User + "@" + s.Domain
	case s.Domain != "":
		return s.Domain + `\` + s.User
	}
	return s.User
}

// answers are the credentials that were asked for, by server: nobody is asked twice. Its lock also keeps two questions apart.
type answers struct {
	sync.Mutex
	by map[string]signedIn
}

func (a *answers) keep(server string, s signedIn) {
	if a.by == nil {
		a.by = map[string]signedIn{}
	}
	a.by[strings.ToLower(server)] = s
}

// noCredentials is the error of somebody who has none, with the ways to go.
func noCredentials(server, format string, args ...any) error {
	return &codedError{code: exitFailed, err: fmt.Errorf(format, args...), hints: []string{
		"set " + envUser + " and " + envPassword,
		"or name a file with lines \"username = NAME\" and \"password = TEXT\": \"credentials = FILE\" below [server " + server + "] in drivercat.ini, or " + envCredentials,
		"or get Kerberos tickets with kinit",
		"or run it on a terminal, where it asks",
	}}
}

// signIn finds the credentials for a server. They come from the environment, else a file, else the system's Kerberos tickets,
// else from whoever sits at the terminal; a user's name given before says whose they must be. There is no flag for a
// password: everybody on a machine can see its processes' arguments.
// reach, which may be nil, tells before anybody is asked whether there is such a server at all.
func (a *app) signIn(ctx context.Context, addr login.Address, set serverSettings, reach func(context.Context) error) (signedIn, error) {
	a.asked.Lock()
	defer a.asked.Unlock()
	if s, ok := a.asked.by[strings.ToLower(addr.Server)]; ok {
		return s, nil
	}
	var s signedIn
	s.Domain, s.User = login.SplitUser(cmp.Or(addr.User, a.smbEnv(addr.Server, envUser), set[serverUser].Value))
	s.Domain = cmp.Or(s.Domain, addr.Domain, a.smbEnv(addr.Server, envDomain), set[serverDomain].Value)
	var problem error
	if set.kerberos() != kerberosOnly {
		done, err := a.passwordGiven(addr, set, &s)
		if done || err != nil {
			return s, err
		}
	}
	if set.kerberos() != kerberosNo {
		k, err := a.tickets(addr, s)
		if err == nil {
			return k, nil
		}
		problem = err
		if set.kerberos() == kerberosOnly {
			return s, failed(ticketAdvice(err), "%s is to be signed in to with Kerberos only: %w", addr.Server, err)
		}
	}
	if reach != nil {
		if err := reach(ctx); err != nil {
			return s, err
		}
	}
	if err := a.askPassword(ctx, addr, &s, problem); err != nil {
		return s, err
	}
	a.asked.keep(addr.Server, s)
	return s, nil
}

// passwordGiven looks for a password in the environment and in files.
func (a *app) passwordGiven(addr login.Address, set serverSettings, s *signedIn) (done bool, err error) {
	if p := a.smbEnv(addr.Server, envPassword); p != "" {
		if s.User == "" {
			return false, usageError("set "+envUser+" too, or \"user = NAME\" below [server "+addr.Server+"] in drivercat.ini", "%s is set, and nothing says whose password that is", envPassword)
		}
		s.Password, s.from = smb.Secret(p), envPassword
		return true, nil
	}
	file := setting{Value: a.smbEnv(addr.Server, envCredentials), From: envCredentials}
	if file.Value == "" {
		file = set[serverCredentials]
	}
	if file.Value == "" {
		return false, nil
	}
	c, err := login.ReadFile(file.Value)
	switch {
	case errors.Is(err, login.ErrExposed):
		return false, failed("chmod 600 "+file.Value, "credentials %s (from %s): %w", file.Value, file.From, login.ErrExposed)
	case err != nil:
		var path *fs.PathError
		if errors.As(err, &path) {
			return false, failed("make it with lines \"username = NAME\" and \"password = TEXT\", readable by you only, or name another one", "credentials %s (from %s): %s", file.Value, file.From, fileError(err))
		}
		return false, failed("it holds lines \"username = NAME\", \"password = TEXT\" and perhaps \"domain = NAME\"", "%w", err)
	case c.User == "" && s.User == "":
		return false, failed("add a line \"username = NAME\" to it", "credentials %s (from %s) name no user", file.Value, file.From)
	case c.User != "" && s.User != "" && !strings.EqualFold(c.User, s.User):
		return false, failed("one of them has to go", "credentials %s (from %s) are those of %s, and %s is to sign in", file.Value, file.From, c.User, s.User)
	}
	s.User, s.Domain, s.from = cmp.Or(s.User, c.User), cmp.Or(s.Domain, c.Domain), file.Value
	if c.Password == nil || *c.Password == "" {
		return false, nil // mount.cifs asks then, and so do we
	}
	s.Password = *c.Password
	return true, nil
}

// errNotTheirs says that there are tickets, of somebody else.
var errNotTheirs = errors.New("the Kerberos tickets are somebody else's")

// tickets looks for tickets of the system that can be used for a server.
func (a *app) tickets(addr login.Address, s signedIn) (signedIn, error) {
	if net.ParseIP(addr.Server) != nil {
		return s, fmt.Errorf("%w: %s is an address, and Kerberos knows servers by their names", login.ErrNoTickets, addr.Server)
	}
	sys := login.System{CCName: a.env.Getenv("KRB5CCNAME"), Config: a.env.Getenv("KRB5_CONFIG"), UID: os.Getuid(), Now: a.env.Now()}
	if sys.Config == "" && !windows {
		sys.Default = "/etc/krb5.conf"
	}
	t, err := login.FindTickets(sys)
	if err != nil {
		return s, err
	}
	user, realm, _ := strings.Cut(s.User, "@")
	if user != "" && (!strings.EqualFold(user, t.User) || realm != "" && !strings.EqualFold(realm, t.Realm)) {
		return s, fmt.Errorf("%w: those in %s are of %s@%s, and %s is to sign in", errNotTheirs, t.Cache, t.User, t.Realm, s.User)
	}
	k := signedIn{from: "the Kerberos tickets in " + t.Cache}
	k.User, k.Domain, k.Kerberos = t.User, t.Realm, &t.Kerberos
	return k, nil
}

// ticketAdvice is what to do about tickets that cannot be used.
func ticketAdvice(err error) string {
	switch {
	case errors.Is(err, login.ErrExpired), errors.Is(err, login.ErrNoTickets):
		return "get tickets with kinit"
	case errors.Is(err, errNotTheirs):
		return "get tickets of that user with kinit, or leave the user's name away"
	case errors.Is(err, login.ErrCacheKind):
		return "drivercat reads caches that are files: KRB5CCNAME=FILE:$HOME/.krb5cc kinit, and run drivercat with the same KRB5CCNAME"
	case errors.Is(err, login.ErrNoKerberos):
		return "name the domain's krb5.conf with KRB5_CONFIG"
	}
	return ""
}

// askPassword asks on the terminal, if there is one.
func (a *app) askPassword(ctx context.Context, addr login.Address, s *signedIn, problem error) error {
	told := problem != nil && !errors.Is(problem, login.ErrNoTickets)
	if a.env.Ask == nil {
		switch advice := ticketAdvice(problem); {
		case told && advice != "":
			return failed(advice, "%s wants to know who you are, and there is no password; %w", addr.Server, problem)
		case told:
			return noCredentials(addr.Server, "%s wants to know who you are, and there is no password; %w", addr.Server, problem)
		}
		return noCredentials(addr.Server, "%s wants to know who you are, and nothing says so", addr.Server)
	}
	if told {
		a.err.warn(ticketAdvice(problem), "%s", problem)
	}
	if s.User == "" {
		name, err := a.env.Ask(ctx, "User for "+addr.Server+": ", true)
		if err == nil && strings.TrimSpace(name) == "" {
			err = io.EOF
		}
		if err != nil {
			return a.notAnswered(addr, err)
		}
		domain, user := login.SplitUser(strings.TrimSpace(name))
		s.User, s.Domain = user, cmp.Or(domain, s.Domain)
	}
	p, err := a.env.Ask(ctx, "Password of "+s.who()+" for "+addr.Server+": ", false)
	if err == nil && p == "" {
		err = io.EOF
	}
	if err != nil {
		return a.notAnswered(addr, err)
	}
	s.Password, s.from = smb.Secret(p), "the terminal"
	return nil
}

// notAnswered is the end of a question without an answer: Ctrl-C, Ctrl-D or a terminal that went away.
func (a *app) notAnswered(addr login.Address, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return noCredentials(addr.Server, "%s wants to know who you are, and the question was not answered", addr.Server)
}
