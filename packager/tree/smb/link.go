package smb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"sync"
	"time"

	smb2 "github.com/cloudsoda/go-smb2"
	krbclient "github.com/jcmturner/gokrb5/v8/client"
	krbconfig "github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
)

const (
	// dialTime is how long one connection may take to be made, logging in and opening the share included.
	dialTime = 20 * time.Second
	// silence is how long a server may say nothing at all while an answer is due. Halfway through it is asked for a sign of
	// life, so that a slow disk is not taken for a dead server.
	silence = 45 * time.Second
	// patience is how long one request may take at a server that is alive.
	patience = 10 * time.Minute
	// credits bound what is under way on one connection: each stands for 64 KiB.
	credits = 512
)

// link is one connection with a session of its own. It breaks once and is then replaced.
type link struct {
	t       *Tree
	wire    *wire
	session *smb2.Session
	share   *smb2.Share
	state   Session

	ctx  context.Context // ends when the link breaks
	stop context.CancelCauseFunc

	mu   sync.Mutex
	next int64
	busy map[int64]time.Time // requests under way and when they began
	held int                 // locks whose handles live here
}

// dial makes a connection, logs in and opens the share.
func (t *Tree) dial(ctx context.Context) (*link, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, dialTime, errSilent)
	defer cancel()
	addr := t.c.Address
	if addr == "" {
		addr = net.JoinHostPort(t.c.Server, "445")
	}
	tcp, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, ctxErr(ctx, err))
	}
	l := &link{t: t, busy: map[int64]time.Time{}}
	l.ctx, l.stop = context.WithCancelCause(context.Background())
	l.wire = &wire{Conn: tcp, sent: &t.sent, received: &t.received, broken: l.fail}
	l.wire.moved.Store(time.Now().UnixNano())
	var conn net.Conn = l.wire
	if t.c.Wrap != nil {
		conn = t.c.Wrap(conn)
	}
	// The library listens to the context only between messages.
	unhook := context.AfterFunc(ctx, func() { _ = tcp.Close() })
	err = l.login(ctx, conn)
	if !unhook() {
		err = ctxErr(ctx, errSilent)
	}
	if err != nil {
		err = ctxErr(ctx, err)
		l.fail(err)
		return nil, err
	}
	go l.watch()
	return l, nil
}

func ctxErr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// login does everything between the connection and the open share.
func (l *link) login(ctx context.Context, conn net.Conn) (err error) {
	c := &l.t.c
	// A server that answers with something unheard of must not end the program: parts of the libraries index without looking.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("log in: the server's answer makes no sense (%v)", r)
		}
	}()
	ini, err := c.initiator()
	if err != nil {
		return err
	}
	d := &smb2.Dialer{MaxCreditBalance: credits, Negotiator: smb2.Negotiator{RequireMessageSigning: !c.Unsigned}, Initiator: ini}
	if l.session, err = d.DialConn(ctx, conn, c.Server); err != nil {
		return loginError(c, err)
	}
	in, err := look(l.session)
	if err != nil {
		return err
	}
	if *in.flags&(flagGuest|flagNull) != 0 && !c.Unsigned {
		return fmt.Errorf("%w: the server took %s for a guest, and a guest's messages are not signed", ErrLogon, c.Credentials.who())
	}
	if c.Encrypt {
		if in.dialect < 0x300 || !in.encrypter || *in.flags&(flagGuest|flagNull) != 0 || in.dialect == 0x311 && in.cipher == 0 {
			return fmt.Errorf("%w: encryption is asked for and the server cannot do it (it speaks SMB %s)", ErrInsecure, dialectName(in.dialect))
		}
		*in.flags |= flagEncrypt
	}
	share, err := l.session.WithContext(ctx).Mount(`\\` + c.Server + `\` + c.Share)
	if err != nil {
		return shareError(c, err)
	}
	l.share = share.WithContext(l.ctx)
	guest := *in.flags&(flagGuest|flagNull) != 0 || c.Credentials.Kerberos == nil && c.Credentials.User == ""
	l.state = Session{
		Dialect: dialectName(in.dialect), Encrypted: *in.flags&flagEncrypt != 0 || shareEncrypts(share),
		Signed: in.signing && !guest, Guest: guest,
	}
	return nil
}

func dialectName(d uint16) string {
	switch d {
	case 0x202:
		return "2.0.2"
	case 0x210:
		return "2.1"
	case 0x300:
		return "3.0"
	case 0x302:
		return "3.0.2"
	case 0x311:
		return "3.1.1"
	}
	return fmt.Sprintf("%#x", d)
}

// initiator is how the session is logged in. The target name is what keeps a server from passing the login on to another.
func (c *Config) initiator() (smb2.Initiator, error) {
	target := "cifs/" + c.Server
	k := c.Credentials.Kerberos
	if k == nil {
		if c.Credentials.User == "" && !c.Unsigned {
			return nil, fmt.Errorf("%w: a user name is needed; without one the session is anonymous, and its signatures mean nothing", ErrLogon)
		}
		return &smb2.NTLMInitiator{User: c.Credentials.User, Password: string(c.Credentials.Password), Domain: c.Credentials.Domain, TargetSPN: target}, nil
	}
	conf, err := krbconfig.Load(k.Config)
	if err != nil {
		return nil, fmt.Errorf("%w: read %s: %w", ErrLogon, k.Config, err)
	}
	cache, err := credentials.LoadCCache(k.Cache)
	if err != nil {
		return nil, fmt.Errorf("%w: read the ticket cache %s: %w", ErrLogon, k.Cache, err)
	}
	client, err := krbclient.NewFromCCache(cache, conf, krbclient.DisablePAFXFAST(true))
	if err != nil {
		return nil, fmt.Errorf("%w: the ticket cache %s: %w", ErrLogon, k.Cache, err)
	}
	return &smb2.Krb5Initiator{Client: client, TargetSPN: target}, nil
}

// who names the user for messages.
func (c *Credentials) who() string {
	switch {
	case c.Kerberos != nil:
		return "the Kerberos ticket's user"
	case c.User == "":
		return "a login without a user name"
	case c.Domain != "":
		return `user "` + c.Domain + `\` + c.User + `"`
	}
	return `user "` + c.User + `"`
}

// loginError puts a refused login into words. The library's messages hold nothing of the credentials.
func loginError(c *Config, err error) error {
	text := err.Error()
	var ce *smb2.TransportError
	if errors.As(err, &ce) {
		return fmt.Errorf("%w: it closed the connection while logging in (%w); does it speak SMB 2 or 3?", ErrUnreachable, ce.Err)
	}
	switch code := status(err); {
	case code == statusLogonFailure:
		return fmt.Errorf("%w: the server refuses %s: wrong name or password", ErrLogon, c.Credentials.who())
	case code == statusNotSupported || strings.Contains(text, "unsupported dialect"):
		return fmt.Errorf("%w: the server speaks none of SMB 2.0.2 to 3.1.1", ErrInsecure)
	case errors.Is(err, fs.ErrPermission), code != 0, strings.Contains(text, "expected status"), c.Credentials.Kerberos != nil:
		return fmt.Errorf("%w: the server refuses %s: %w", ErrLogon, c.Credentials.who(), err)
	}
	return fmt.Errorf("log in: %w", err)
}

func shareError(c *Config, err error) error {
	switch {
	case status(err) == statusBadNetworkName:
		return fmt.Errorf("%w: the server has no share of that name", fs.ErrNotExist)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %s may not open the share", fs.ErrPermission, c.Credentials.who())
	}
	return fmt.Errorf("open the share: %w", err)
}

// fail marks the link as broken: what waits on it returns, and its locks are lost.
func (l *link) fail(err error) {
	l.t.breakLink(l, fmt.Errorf("%w: %w", errBroken, err))
	_ = l.wire.Conn.Close()
}

func (l *link) dead() bool { return l.ctx.Err() != nil }

// run counts a request as under way while fn makes it. A request that ends because the link broke says why it broke.
func (l *link) run(fn func(*link) error) error {
	l.mu.Lock()
	l.next++
	id := l.next
	if len(l.busy) == 0 {
		l.wire.moved.Store(time.Now().UnixNano()) // the silence before the question does not count
	}
	l.busy[id] = time.Now()
	l.mu.Unlock()
	err := l.guarded(fn)
	l.mu.Lock()
	delete(l.busy, id)
	l.mu.Unlock()
	if err != nil && l.dead() && (errors.Is(err, context.Canceled) || isTransport(err)) {
		return context.Cause(l.ctx)
	}
	if breaks(err) {
		l.fail(err)
		return context.Cause(l.ctx)
	}
	return err
}

// guarded makes a panic of the library, which trusts some lengths that servers send, the end of the link only.
func (l *link) guarded(fn func(*link) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: the server's answer makes no sense (%v)", errBroken, r)
			l.fail(err)
		}
	}()
	return fn(l)
}

// watch ends the link when the server has gone silent. Locks count as something that is waited for: their loss must be seen.
func (l *link) watch() {
	quiet, patience := l.t.limits.silence, l.t.limits.patience
	tick := time.NewTicker(quiet / 8)
	defer tick.Stop()
	asked := false
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-tick.C:
		}
		l.mu.Lock()
		oldest := time.Now()
		for _, began := range l.busy {
			if began.Before(oldest) {
				oldest = began
			}
		}
		waiting := len(l.busy) > 0
		held := l.held > 0
		l.mu.Unlock()
		still := time.Since(time.Unix(0, l.wire.moved.Load()))
		switch {
		case time.Since(oldest) > patience:
			l.fail(fmt.Errorf("no answer in %v", patience))
			return
		case !waiting && !held || still < quiet/2:
			asked = false
		case still > quiet:
			l.fail(errSilent)
			return
		case !asked:
			asked = true
			go l.ping()
		}
	}
}

// ping asks for a sign of life: of the lock files' handles, whose loss is to be noticed, or of the server. While a server
// does not answer, the wire is still and watch ends the link.
func (l *link) ping() {
	if l.t.checkHandles(l) {
		return
	}
	_ = l.session.WithContext(l.ctx).Echo()
}

// close says goodbye where the server listens.
func (l *link) close() {
	l.mu.Lock()
	idle := len(l.busy) == 0
	l.mu.Unlock()
	if idle && !l.dead() {
		// The library loses count if requests are under way while it logs off.
		ctx, cancel := context.WithTimeout(l.ctx, 2*time.Second)
		_ = l.session.WithContext(ctx).Logoff()
		cancel()
	}
	l.fail(net.ErrClosed)
}
