package main

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
)

// frail is a way to a server that breaks for good, or goes silent, once so many bytes have come back.
type frail struct {
	mu     sync.Mutex
	left   int64
	conns  []net.Conn
	l      net.Listener
	silent chan struct{} // closed when it goes silent; nil to break
}

func newFrail(t *testing.T, server string, bytes int64, silent chan struct{}) *frail {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &frail{left: bytes, l: l, silent: silent}
	t.Cleanup(f.cut)
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", server)
			if err != nil {
				_ = in.Close()
				continue
			}
			f.mu.Lock()
			f.conns = append(f.conns, in, out)
			f.mu.Unlock()
			go func() { _, _ = io.Copy(out, in) }()
			go func() { _, _ = io.Copy(counted{in, f}, out) }()
		}
	}()
	return f
}

func (f *frail) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.l.Close()
	for _, c := range f.conns {
		_ = c.Close()
	}
}

type counted struct {
	io.Writer
	f *frail
}

func (c counted) Write(p []byte) (int, error) {
	c.f.mu.Lock()
	before := c.f.left
	c.f.left -= int64(len(p))
	over := c.f.left < 0
	c.f.mu.Unlock()
	switch {
	case over && c.f.silent == nil:
		c.f.cut()
	case over:
		if before >= 0 {
			close(c.f.silent)
		}
		return len(p), nil
	}
	return c.Writer.Write(p)
}

// oneBigFile is a model with a driver of one file of 2 MiB, built on a server.
type oneBigFile struct {
	t      *testing.T
	server *smbtest.Server
	dir    string
	env    []string
	source string
}

func newBigFile(t *testing.T) *oneBigFile {
	t.Helper()
	w := &oneBigFile{t: t, server: smbtest.Start(t, smbtest.Options{})}
	w.dir, w.env = home(t)
	w.env = append(w.env, "DRIVERCAT_SMB_USER="+w.server.User, "DRIVERCAT_SMB_PASSWORD="+w.server.Password)
	w.source = filepath.Join(w.dir, "src")
	if err := os.Mkdir(w.source, 0o755); err != nil {
		t.Fatal(err)
	}
	w.write("big.inf", "[Version]\nSignature=\"$CHICAGO$\"\nClass=Net\nProvider=P\nDriverVer=01/02/2020,1.0.0.0\n[Manufacturer]\nP=M\n[M]\n\"Dev\"=I,PCI\\VEN_1234&DEV_0001\n"+
		"[I]\nCopyFiles=F\n[F]\nbig.sys\n[DestinationDirs]\nF=12\n[SourceDisksNames]\n1=d\n[SourceDisksFiles]\nbig.sys=1\n")
	w.write("big.sys", strings.Repeat("0123456789abcdef", 1<<17))
	w.must("import", w.source, "--in-place", "--make", "A", "--model", "M", "--os", "xp")
	w.must("build", "M", "--os", "xp")
	return w
}

func (w *oneBigFile) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.source, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// command is a drivercat that reaches the server by an address.
func (w *oneBigFile) command(address string, args ...string) *exec.Cmd {
	w.t.Helper()
	name := filepath.Join(w.dir, strings.ReplaceAll(address, ":", "-")+".ini")
	ini := "share = \\\\fs01\\" + w.server.Share + "\ncatalog = drivercat.db\n[server fs01]\naddress = " + address + "\n"
	if err := os.WriteFile(name, []byte(ini), 0o600); err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command("drivercat", append(args, "--config", name)...)
	cmd.Dir, cmd.Env = w.dir, w.env
	return cmd
}

func (w *oneBigFile) run(address string, args ...string) (string, error) {
	w.t.Helper()
	out, err := w.command(address, args...).CombinedOutput()
	return string(out), err
}

func (w *oneBigFile) must(args ...string) {
	w.t.Helper()
	if out, err := w.run(w.server.Address, args...); err != nil {
		w.t.Fatalf("%s: %v\n%s", args, err, out)
	}
}

// A server that goes away in the middle ends the command with one line and one hint, and the package is old or new.
func TestServerGoesAway(t *testing.T) {
	t.Parallel()
	w := newBigFile(t)
	out, err := w.run(newFrail(t, w.server.Address, 1<<20, nil).l.Addr().String(), "verify")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err == nil || len(lines) != 2 || !strings.HasPrefix(lines[0], "drivercat: verify PC/SCCM_Driver_Packages/XP/M: ") || !strings.HasPrefix(lines[1], "hint: run it again when the server is back") {
		t.Errorf("verify: %v, said %s", err, out)
	}
	w.write("big.sys", strings.Repeat("fedcba9876543210", 1<<17))
	w.must("import", w.source, "--in-place", "--model", "M", "--os", "xp")
	out, err = w.run(newFrail(t, w.server.Address, 6<<10, nil).l.Addr().String(), "build", "M", "--os", "xp")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); err == nil || len(lines) != 2 || !strings.HasPrefix(lines[1], "hint: ") {
		t.Errorf("build: %v, said %s", err, out)
	}
	w.must("verify")
	w.must("build", "M", "--os", "xp")
	w.must("verify")
}

// Ctrl-C ends a command soon although the server does not answer any more.
func TestInterruptWhileServerIsSilent(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a Windows process cannot send Ctrl-C to one other process")
	}
	w := newBigFile(t)
	silent := make(chan struct{})
	cmd := w.command(newFrail(t, w.server.Address, 1<<20, silent).l.Addr().String(), "verify")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Far less than a silent server is waited for otherwise.
	giveUp := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer giveUp.Stop()
	<-silent
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 || stderr.String() != "drivercat: interrupted\n" {
		t.Errorf("code %d, said %q", code, stderr.String())
	}
	w.must("verify")
}
