package smbtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	smb2 "github.com/cloudsoda/go-smb2"

	"github.com/drivercat/drivercat/packager/tree/smb"
)

// password is what a careless error message would give away. The server keeps the MD4 of its UTF-16LE bytes.
const (
	password     = "Pässw0rd of a test"
	passwordHash = "C0397FB9E9CB422A6BA986107CC13D48"
)

// Options say what the server is like. The zero value is a writable share that offers every dialect from SMB 2.0.2 on.
type Options struct {
	ReadOnly    bool
	Signing     bool   // the server insists on signed messages
	Encryption  bool   // the server insists on encryption
	NoEncrypt   bool   // the server cannot encrypt
	Guest       bool   // unknown users become guests, as many network disks have it
	MinProtocol string // as smb.conf names it, such as SMB3_00
	MaxProtocol string
	FileLimit   int64  // no file can grow beyond this many bytes; 0 for no limit. What a full disk looks like
	Dir         string // the folder to share; "" for a new one
	Extra       string // lines for the share's section of smb.conf
	Global      string // lines for its [global] section
	Flags       string // of the account, as smbpasswd has them: "UD" is disabled, "UL" locked; "" for an ordinary one
}

// Server is a running Samba.
type Server struct {
	Address  string // host:port
	Share    string
	Dir      string // the share's folder on disk
	User     string
	Password string

	t    testing.TB
	o    Options
	base string
	exe  string
	uid  int // who runs it
	gid  int
	drop bool // the test is root and the server is not

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{}
}

// Start starts a server that ends with the test.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	exe, err := exec.LookPath("smbd")
	if err != nil {
		exe, err = exec.LookPath("/usr/sbin/smbd")
	}
	if err != nil {
		const msg = "no smbd; install it: apt-get install samba"
		if os.Getenv("DRIVERCAT_REQUIRE_SERVERS") != "" {
			t.Fatal(msg)
		}
		t.Skip(msg)
	}
	s := &Server{Share: "Drivers", Password: password, Dir: o.Dir, t: t, o: o, exe: exe}
	s.account()
	s.folders()
	t.Cleanup(func() {
		s.Kill()
		if t.Failed() {
			t.Logf("the server's log:\n%s", s.Log())
		}
		_ = os.RemoveAll(s.base)
	})
	for try := 0; ; try++ {
		s.Address = freeAddress(t)
		s.configure()
		if err = s.run(); err == nil {
			return s
		}
		if try == 3 {
			t.Fatalf("start smbd: %v\n%s", err, s.Log())
		}
	}
}

// account finds out who the server runs as: Samba wants a user of the system for each of its own.
func (s *Server) account() {
	s.t.Helper()
	var u *user.User
	var err error
	if os.Getuid() == 0 {
		u, err = user.Lookup("nobody")
		s.drop = true
	} else {
		u, err = user.Current()
	}
	if err != nil || strings.ContainsAny(u.Username, `\ `) {
		s.t.Skipf("the server needs a user of this system to run as: %v", err)
	}
	s.User = u.Username
	s.uid, _ = strconv.Atoi(u.Uid)
	s.gid, _ = strconv.Atoi(u.Gid)
}

func (s *Server) folders() {
	s.t.Helper()
	// Not the test's own folder: root's cannot be reached by others, and the server's sockets need a short path.
	base, err := os.MkdirTemp("", "smb")
	if err != nil {
		s.t.Fatal(err)
	}
	s.base = base
	if s.Dir == "" {
		s.Dir = filepath.Join(base, "share")
	}
	must(s.t, os.Chmod(base, 0o755))
	for _, d := range []string{s.Dir, s.path("private"), s.path("lock"), s.path("state"), s.path("cache"), s.path("pid"), s.path("rpc"), s.path("log")} {
		must(s.t, os.MkdirAll(d, 0o755))
		s.Own(d)
	}
}

// Own gives a file below the share to the user that the server runs as; tests that write to Dir by themselves need it.
func (s *Server) Own(file string) {
	s.t.Helper()
	if s.drop {
		must(s.t, os.Lchown(file, s.uid, s.gid))
	}
}

func (s *Server) path(name string) string { return filepath.Join(s.base, name) }

func (s *Server) configure() {
	s.t.Helper()
	_, port, _ := net.SplitHostPort(s.Address)
	o := s.o
	conf := fmt.Sprintf(`[global]
 workgroup = WG
 netbios name = TESTSRV
 server role = standalone server
 interfaces = 127.0.0.1
 bind interfaces only = yes
 smb ports = %s
 disable netbios = yes
 load printers = no
 printcap name = /dev/null
 disable spoolss = yes
 server multi channel support = no
 server min protocol = %s
 server max protocol = %s
 server signing = %s
 smb encrypt = %s
 map to guest = %s
 guest account = %s
 passdb backend = smbpasswd:%s
 private dir = %s
 lock directory = %s
 state directory = %s
 cache directory = %s
 pid directory = %s
 ncalrpc dir = %s
 log file = %s
 log level = 1
 max log size = 0
 %s
[%s]
 path = %s
 read only = %s
 guest ok = %s
 %s
`, port, or(o.MinProtocol, "SMB2_02"), or(o.MaxProtocol, "SMB3_11"), choose(o.Signing, "mandatory", "default"),
		choose(o.Encryption, "required", choose(o.NoEncrypt, "off", "default")), choose(o.Guest, "bad user", "never"), s.User,
		s.path("private/smbpasswd"), s.path("private"), s.path("lock"), s.path("state"), s.path("cache"), s.path("pid"), s.path("rpc"), s.path("log/log"),
		strings.ReplaceAll(o.Global, "\n", "\n "), s.Share, s.Dir, choose(o.ReadOnly, "yes", "no"), choose(o.Guest, "yes", "no"), strings.ReplaceAll(o.Extra, "\n", "\n "))
	s.write("smb.conf", conf)
	s.write("private/smbpasswd", fmt.Sprintf("%s:%d:%s:%s:[%-11s]:LCT-5F000000:\n", s.User, s.uid, strings.Repeat("X", 32), passwordHash, or(o.Flags, "U")))
}

func (s *Server) write(name, text string) {
	s.t.Helper()
	must(s.t, os.WriteFile(s.path(name), []byte(text), 0o600))
	s.Own(s.path(name))
}

// run starts the server and waits until it listens.
func (s *Server) run() error {
	args := []string{s.exe, "-F", "--no-process-group", "-s", s.path("smb.conf"), "--debug-stdout"}
	cmd := exec.Command(args[0], args[1:]...)
	if s.o.FileLimit > 0 {
		// The shell's units are 512 bytes.
		cmd = exec.Command("sh", append([]string{"-c", fmt.Sprintf(`ulimit -f %d; exec "$@"`, s.o.FileLimit/512), "sh"}, args...)...)
	}
	s.prepare(cmd)
	cmd.Dir = s.base
	out, err := os.OpenFile(s.path("out.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	// The server ends when this pipe does: with the test's process, however that dies.
	if _, err := cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	s.mu.Lock()
	s.cmd, s.ended = cmd, ended
	s.mu.Unlock()
	for deadline := time.Now().Add(20 * time.Second); ; {
		err := s.ready()
		if err == nil {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("it ended: %v", cmd.ProcessState)
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			s.Kill()
			return fmt.Errorf("it does not listen: %w", err)
		}
	}
}

// ready asks the server for the share. Whatever else it answers, a test will want to see for itself; but for a moment after
// it began to listen, it says that it has not enough memory, because one of its processes is not there yet.
func (s *Server) ready() error {
	c, err := net.DialTimeout("tcp", s.Address, time.Second)
	if err != nil {
		return err
	}
	_ = c.Close()
	tr, err := smb.Open(context.Background(), s.Config())
	if err == nil {
		return tr.Close()
	}
	const noMemory = 0xC0000017
	var re *smb2.ResponseError
	if errors.As(err, &re) && re.Code == noMemory {
		return err
	}
	return nil
}

// Kill ends the server and all its connections at once, as a power cut does. It may be called twice.
func (s *Server) Kill() {
	s.mu.Lock()
	cmd, ended := s.cmd, s.ended
	s.cmd = nil
	s.mu.Unlock()
	if cmd == nil {
		return
	}
	kill(cmd)
	<-ended
	// Its other processes may take a moment longer to die, and one of them may be listening too.
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		c, err := net.DialTimeout("tcp", s.Address, time.Second)
		if err != nil {
			return
		}
		_ = c.Close()
	}
}

// Pause stops the server and all its connections without closing them, as a hung machine looks from outside.
func (s *Server) Pause() { s.signal(pause) }

// Continue undoes Pause.
func (s *Server) Continue() { s.signal(wake) }

func (s *Server) signal(send func(*exec.Cmd)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		send(s.cmd)
	}
}

// Restart ends the server, if it runs, and starts it again at the same address.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	if err := s.run(); err != nil {
		s.t.Fatalf("restart smbd: %v\n%s", err, s.Log())
	}
}

// Config opens the share as the server's user.
func (s *Server) Config() smb.Config {
	return smb.Config{
		Server: "testsrv", Share: s.Share, Address: s.Address,
		Credentials: smb.Credentials{User: s.User, Password: smb.Secret(s.Password)},
	}
}

// Log is what the server has said so far.
func (s *Server) Log() string {
	b, _ := os.ReadFile(s.path("out.log"))
	if len(b) > 8<<10 {
		b = b[len(b)-8<<10:]
	}
	return string(bytes.ToValidUTF8(b, []byte("?")))
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func choose(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}
