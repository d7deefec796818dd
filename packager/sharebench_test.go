package packager_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
)

// shareModel lays out 3,000 files of 40 KB and 40 of 10.5 MB in 300 drivers, 540 MB together, as a source.
func shareModel(b *testing.B, dir string) packager.InputSource {
	b.Helper()
	s := packager.InputSource{Source: catalog.Source{ID: 1, SourceKey: catalog.SourceKey{Location: dir}}}
	r := rand.NewChaCha8([32]byte{1})
	buf := make([]byte, 10_500_000)
	for d := range 300 {
		name := fmt.Sprintf("d%03d", d)
		if err := os.MkdirAll(filepath.Join(dir, name), 0o777); err != nil {
			b.Fatal(err)
		}
		drv := &catalog.Driver{Hash: catalog.Hash{byte(d), byte(d >> 8)}, Name: name + ".inf", Verdict: catalog.Nice, Complete: []inf.Arch{inf.X86}}
		drv.INF = &catalog.INF{Class: "Net", Provider: "Acme", Models: []catalog.ModelsSection{{Listed: true, Defined: true, Entries: 1}}, IDs: []catalog.HardwareID{{ID: name}}}
		for f := range 11 {
			file, size := fmt.Sprintf("f%02d.sys", f), 1+int(r.Uint64()%80_000)
			switch {
			case f == 0:
				file = name + ".inf"
			case f == 10 && d < 40:
				size = len(buf)
			case f == 10:
				continue
			}
			_, _ = r.Read(buf[:size])
			at := filepath.Join(dir, name, file)
			if err := os.WriteFile(at, buf[:size], 0o666); err != nil {
				b.Fatal(err)
			}
			i, err := os.Stat(at)
			if err != nil {
				b.Fatal(err)
			}
			sum := sha256.Sum256(buf[:size])
			drv.Files = append(drv.Files, catalog.DriverFile{Path: file, Size: int64(size), SHA256: sum})
			s.Files = append(s.Files, catalog.SourceFile{Path: name + "/" + file, Size: int64(size), MTime: i.ModTime().UnixNano(), SHA256: sum})
		}
		s.Drivers = append(s.Drivers, catalog.SourceDriverRecord{Path: name + "/" + name + ".inf", Driver: drv})
	}
	return s
}

// BenchmarkShare builds a package of 540 MB on a Samba on this machine, from a folder of this machine and from the originals of
// the share, beside smbclient putting the same files. sent-MB and received-MB are what crossed the wire, as the client sees it.
func BenchmarkShare(b *testing.B) {
	dir := b.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			b.Fatal(err)
		}
	}
	share := filepath.Join(dir, "share")
	outside := shareModel(b, filepath.Join(dir, "vendor"))
	srv := smbtest.Start(b, smbtest.Options{Dir: share})
	inside := outside
	inside.Source.Location, inside.Source.Adopted = originals+"Src", true
	at := filepath.Join(share, originals)
	if err := os.MkdirAll(at, 0o777); err != nil {
		b.Fatal(err)
	}
	if out, err := exec.Command("sh", "-c", `cp -a "$1" "$2"/Src && chmod -R a+rwX "$3"`, "sh", filepath.Join(dir, "vendor"), at, share).CombinedOutput(); err != nil {
		b.Skipf("%v: %s", err, out)
	}
	plan := func(s packager.InputSource) *packager.Plan {
		p, err := packager.MakePlan(packager.Input{Model: catalog.Model{Name: "R61-8935CTO"}, Target: xp, Sources: []packager.InputSource{s}}, packager.PlanOptions{})
		if err != nil {
			b.Fatal(err)
		}
		return p
	}
	tr, err := smb.Open(b.Context(), srv.Config())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = tr.Close() })
	run := func(name string, p *packager.Plan, unchanged bool, o packager.BuildOptions) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(p.Bytes)
			var sent, received, copied int64
			for b.Loop() {
				b.StopTimer()
				if !unchanged {
					_ = os.RemoveAll(filepath.Join(share, "PC/SCCM_Driver_Packages"))
				}
				was := tr.Traffic()
				b.StartTimer()
				r, err := packager.Build(context.Background(), tr, p, o)
				if err != nil || r.Unchanged != unchanged || r.Miscopied > 0 {
					b.Fatalf("%+v, %v", r, err)
				}
				now := tr.Traffic()
				sent, received, copied = now.Sent-was.Sent, now.Received-was.Received, r.ServerCopiedBytes
			}
			b.ReportMetric(float64(sent)/1e6, "sent-MB")
			b.ReportMetric(float64(received)/1e6, "received-MB")
			b.ReportMetric(float64(copied)/1e6, "servercopied-MB")
		})
	}
	for _, n := range []int{4, 8, 16} {
		run(fmt.Sprintf("local-source-%d-workers", n), plan(outside), false, packager.BuildOptions{Workers: n})
		run(fmt.Sprintf("originals-%d-workers", n), plan(inside), false, packager.BuildOptions{Workers: n})
	}
	run("unchanged", plan(inside), true, packager.BuildOptions{})
	b.Run("verify", func(b *testing.B) {
		b.SetBytes(plan(inside).Bytes)
		for b.Loop() {
			if v, err := packager.Verify(context.Background(), tr, packager.VerifyOptions{}, folder); err != nil || !v[0].OK() {
				b.Fatalf("%+v, %v", v, err)
			}
		}
	})
	b.Run("smbclient-mput", func(b *testing.B) { smbclient(b, srv, share, filepath.Join(dir, "vendor"), plan(outside).Bytes) })
}

// smbclient puts a folder on the share, through a relay that counts.
func smbclient(b *testing.B, srv *smbtest.Server, share, vendor string, size int64) {
	auth := filepath.Join(b.TempDir(), "auth")
	if err := os.WriteFile(auth, fmt.Appendf(nil, "username = %s\npassword = %s\n", srv.User, srv.Password), 0o600); err != nil {
		b.Fatal(err)
	}
	var sent, received atomic.Int64
	put := func(address, folder string) {
		host, port, _ := strings.Cut(address, ":")
		script := fmt.Sprintf("mkdir %s; cd %s; prompt OFF; recurse ON; lcd %s; mput *", folder, folder, vendor)
		cmd := exec.Command("smbclient", "//"+host+"/"+srv.Share, "-p", port, "-A", auth, "-c", script)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Skipf("%v: %.300s", err, out)
		}
	}
	b.SetBytes(size)
	for b.Loop() {
		put(srv.Address, "mput")
		b.StopTimer()
		_ = os.RemoveAll(filepath.Join(share, "mput"))
		b.StartTimer()
	}
	b.StopTimer()
	put(relay(b, srv.Address, &sent, &received), "counted")
	_ = os.RemoveAll(filepath.Join(share, "counted"))
	b.ReportMetric(float64(sent.Load())/1e6, "sent-MB")
	b.ReportMetric(float64(received.Load())/1e6, "received-MB")
}

// relay passes connections on to an address and counts their bytes.
func relay(b *testing.B, address string, sent, received *atomic.Int64) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	pass := func(to io.WriteCloser, from io.Reader, n *atomic.Int64) {
		m, _ := io.Copy(to, from)
		n.Add(m)
		_ = to.Close()
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.DialTimeout("tcp", address, time.Second)
			if err != nil {
				_ = c.Close()
				continue
			}
			go pass(s, c, sent)
			go pass(c, s, received)
		}
	}()
	return l.Addr().String()
}

// BenchmarkShareUnchanged looks at a package on a Samba that is right already, of the size of BenchmarkBuild.
func BenchmarkShareUnchanged(b *testing.B) {
	t, p := benchWorld(b)
	for d := t.Root(); d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := packager.Build(b.Context(), t, p, packager.BuildOptions{}); err != nil {
		b.Fatal(err)
	}
	tr, err := smb.Open(b.Context(), smbtest.Start(b, smbtest.Options{Dir: t.Root()}).Config())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = tr.Close() })
	var was, now = tr.Traffic(), tr.Traffic()
	for b.Loop() {
		was = tr.Traffic()
		if r, err := packager.Build(context.Background(), tr, p, packager.BuildOptions{}); err != nil || !r.Unchanged {
			b.Fatalf("%+v, %v", r, err)
		}
		now = tr.Traffic()
	}
	b.ReportMetric(float64(now.Sent-was.Sent)/1e6, "sent-MB")
	b.ReportMetric(float64(now.Received-was.Received)/1e6, "received-MB")
}
