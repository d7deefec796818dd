package main

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
)

// frail is a way to a server that breaks for good once so many bytes have come back.
type frail struct {
	mu    sync.Mutex
	left  int64
	conns []net.Conn
	l     net.Listener
}

func newFrail(t *testing.T, server string, bytes int64) *frail {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &frail{left: bytes, l: l}
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
	c.f.left -= int64(len(p))
	over := c.f.left < 0
	c.f.mu.Unlock()
	if over {
		c.f.cut()
	}
	return c.Writer.Write(p)
}

// A server that goes away in the middle ends the command with one line and one hint, and the package is old or new.
func TestServerGoesAway(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	dir, env := home(t)
	source := filepath.Join(dir, "src")
	if err := os.Mkdir(source, 0o755); err != nil {
		t.Fatal(err)
	}
	inf := "[Version]\nSignature=\"$CHICAGO$\"\nClass=Net\nProvider=P\nDriverVer=01/02/2020,1.0.0.0\n[Manufacturer]\nP=M\n[M]\n\"Dev\"=I,PCI\\VEN_1234&DEV_0001\n" +
		"[I]\nCopyFiles=F\n[F]\nbig.sys\n[DestinationDirs]\nF=12\n[SourceDisksNames]\n1=d\n[SourceDisksFiles]\nbig.sys=1\n"
	for name, text := range map[string]string{"big.inf": inf, "big.sys": strings.Repeat("0123456789abcdef", 1<<17)} {
		if err := os.WriteFile(filepath.Join(source, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env = append(env, "DRIVERCAT_SMB_USER="+s.User, "DRIVERCAT_SMB_PASSWORD="+s.Password)
	run := func(address string, args ...string) (string, error) {
		name := filepath.Join(dir, strings.ReplaceAll(address, ":", "-")+".ini")
		ini := "share = \\\\fs01\\" + s.Share + "\ncatalog = drivercat.db\n[server fs01]\naddress = " + address + "\n"
		if err := os.WriteFile(name, []byte(ini), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("drivercat", append(args, "--config", name)...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	must := func(args ...string) {
		t.Helper()
		if out, err := run(s.Address, args...); err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
	}
	must("import", source, "--in-place", "--make", "A", "--model", "M", "--os", "xp")
	must("build", "M", "--os", "xp")
	out, err := run(newFrail(t, s.Address, 1<<20).l.Addr().String(), "verify")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err == nil || len(lines) != 2 || !strings.HasPrefix(lines[0], "drivercat: verify PC/SCCM_Driver_Packages/XP/M: ") || !strings.HasPrefix(lines[1], "hint: run it again when the server is back") {
		t.Errorf("verify: %v, said %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(source, "big.sys"), []byte(strings.Repeat("fedcba9876543210", 1<<17)), 0o600); err != nil {
		t.Fatal(err)
	}
	must("import", source, "--in-place", "--model", "M", "--os", "xp")
	out, err = run(newFrail(t, s.Address, 6<<10).l.Addr().String(), "build", "M", "--os", "xp")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); err == nil || len(lines) != 2 || !strings.HasPrefix(lines[1], "hint: ") {
		t.Errorf("build: %v, said %s", err, out)
	}
	must("verify")
	must("build", "M", "--os", "xp")
	must("verify")
}
