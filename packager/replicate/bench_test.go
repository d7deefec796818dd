package replicate_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/chunk"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/replicate"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
)

// bigFile is a file of the benchmark's package: noise, with edits in its second version.
type bigFile struct {
	name string
	seed int
	size int
}

// bigPackage is 1.2 GB in files of 10 KB to 200 MB, or a twentieth of it unless DRIVERCAT_BENCH_FULL=1.
func bigPackage() (out []bigFile) {
	scale := 20
	if os.Getenv("DRIVERCAT_BENCH_FULL") == "1" {
		scale = 1
	}
	for _, c := range []struct{ count, size int }{{2, 200_000_000}, {4, 100_000_000}, {10, 20_000_000}, {20, 5_000_000}, {60, 1_000_000}, {200, 100_000}, {500, 10_000}} {
		for i := range c.count {
			size := max(c.size/scale, 10_000)
			out = append(out, bigFile{fmt.Sprintf("Class%d/drv%d/f%d.bin", i%7, c.size, i), len(out), size})
		}
	}
	return out
}

// change edits one part in fifty of a package, in runs of so many bytes.
type change struct {
	run    int
	insert bool
}

// content is the first or the second version of a file, and how many of its bytes are new. Files of 1 MB and more are edited.
func (f bigFile) content(c *change) (b []byte, changed int) {
	b = make([]byte, f.size)
	rand.NewChaCha8([32]byte{byte(f.seed), byte(f.seed >> 8), 7}).Read(b)
	if c == nil || f.size < 250_000 {
		return b, 0
	}
	r := rand.New(rand.NewPCG(uint64(f.seed), uint64(f.size)))
	runs := max(1, int(float64(f.size)/50/float64(c.run)+r.Float64()))
	var at []int
	for range runs {
		at = append(at, r.IntN(f.size-c.run))
	}
	slices.Sort(at)
	fresh := make([]byte, c.run)
	for i, a := range slices.Backward(at) {
		rand.NewChaCha8([32]byte{byte(f.seed), byte(f.seed >> 8), 1, byte(i), byte(i >> 8)}).Read(fresh)
		if c.insert {
			b = slices.Insert(b, a, fresh...)
		} else {
			copy(b[a:], fresh)
		}
		changed += c.run
	}
	return b, changed
}

// publishBig publishes a version and returns how many bytes of it are new.
func (w *world) publishBig(b *testing.B, files []bigFile, c *change) (changed int64) {
	b.Helper()
	m := &manifest.Manifest{
		Model: catalog.Model{Make: "Lenovo", Name: "R61-8935CTO"}, Target: catalog.Target{OS: "xp", Arch: inf.X86},
		Kind: "standard", Content: "inf", Version: 1,
	}
	by := map[string]bigFile{}
	for _, f := range files {
		data, n := f.content(c)
		changed += int64(n)
		by[f.name] = f
		x := manifest.File{Path: f.name, Size: int64(len(data)), SHA256: sha256.Sum256(data)}
		m.Files = append(m.Files, x)
		if c == nil { // the catalog keeps signatures of old contents only
			s, err := chunk.Sign(b.Context(), bytes.NewReader(data))
			if err != nil {
				b.Fatal(err)
			}
			w.sigs.m[x.SHA256] = s.Encode()
		}
	}
	var mu sync.Mutex // one large file in memory at a time
	_, err := packager.Publish(b.Context(), w.src, &packager.Publication{
		Folder: folder, Manifest: m, Stage: func(ctx context.Context, name string, f manifest.File) error {
			mu.Lock()
			defer mu.Unlock()
			data, _ := by[f.Path].content(c)
			_, err := tree.Write(ctx, w.src, name, bytes.NewReader(data), tree.Options{})
			return err
		},
	}, packager.PublishOptions{})
	if err != nil {
		b.Fatal(err)
	}
	return changed
}

// BenchmarkUpdate brings a new version, of which one part in fifty is new, to Samba on loopback, and the same to an rsync
// daemon. The figures are in docs/performance.md.
func BenchmarkUpdate(b *testing.B) {
	for name, c := range map[string]change{"runs of 64 KiB": {64 << 10, false}, "runs of 4 KiB": {4 << 10, false}, "inserts of 64 KiB": {64 << 10, true}} {
		b.Run(name, func(b *testing.B) { benchmarkUpdate(b, c) })
	}
}

func benchmarkUpdate(b *testing.B, c change) {
	dir := b.TempDir()
	w := &world{t: b, src: openLocal(b, dir), sigs: signatures{m: map[catalog.Hash][]byte{}}}
	s := smbtest.Start(b, smbtest.Options{})
	var to []tree.Tree
	for _, n := range []string{"read-back", "trusted"} {
		must(b, os.Mkdir(filepath.Join(s.Dir, n), 0o755))
		s.Own(filepath.Join(s.Dir, n))
		config := s.Config()
		config.Folder = n
		t, err := smb.Open(b.Context(), config)
		must(b, err)
		defer t.Close()
		to = append(to, t)
	}
	mirror := startRsync(b)
	files := bigPackage()
	for b.Loop() {
		w.publishBig(b, files, nil)
		report(b, "first", w.bring(to[0], replicate.Options{}), 0)
		w.bring(to[1], replicate.Options{})
		mirror.update(b, filepath.Join(dir, folder))
		changed := w.publishBig(b, files, &c)
		b.ReportMetric(float64(changed)/1e6, "changed-MB")
		report(b, "update", w.bring(to[0], replicate.Options{}), changed)
		report(b, "trusted", w.bring(to[1], replicate.Options{TrustCopies: true}), changed)
		sent, received, took := mirror.update(b, filepath.Join(dir, folder))
		b.ReportMetric(float64(sent)/1e6, "rsync-sent-MB")
		b.ReportMetric(float64(received)/1e6, "rsync-received-MB")
		b.ReportMetric(float64(sent)/float64(changed), "rsync-times")
		b.ReportMetric(took.Seconds(), "rsync-s")
		report(b, "unchanged", w.bring(to[0], replicate.Options{}), 0)
	}
}

func report(b *testing.B, what string, a replicate.At, changed int64) {
	b.Helper()
	if !a.OK() || len(a.Packages) != 1 {
		b.Fatalf("%s: %+v", what, a)
	}
	p := a.Packages[0]
	b.Logf("%s: %+v", what, p)
	b.ReportMetric(float64(p.Traffic.Sent)/1e6, what+"-sent-MB")
	b.ReportMetric(float64(p.Traffic.Received)/1e6, what+"-received-MB")
	b.ReportMetric(p.Seconds, what+"-s")
	if changed > 0 {
		b.ReportMetric(float64(p.Traffic.Sent)/float64(changed), what+"-times")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// rsync is a daemon on loopback.
type rsync struct{ address string }

func startRsync(b *testing.B) rsync {
	b.Helper()
	if _, err := exec.LookPath("rsync"); err != nil {
		b.Skip("no rsync; install it: apt-get install rsync")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	address := l.Addr().String()
	_ = l.Close()
	_, port, _ := net.SplitHostPort(address)
	dir := b.TempDir()
	must(b, os.Mkdir(filepath.Join(dir, "m"), 0o755))
	conf := filepath.Join(dir, "conf")
	must(b, os.WriteFile(conf, []byte(fmt.Sprintf("use chroot = no\nport = %s\naddress = 127.0.0.1\nuid = %d\ngid = %d\n[m]\npath = %s/m\nread only = no\n", port, os.Getuid(), os.Getgid(), dir)), 0o644))
	cmd := exec.Command("rsync", "--daemon", "--no-detach", "--config", conf)
	must(b, cmd.Start())
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for deadline := time.Now().Add(10 * time.Second); ; {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
			return rsync{address}
		}
		if time.Now().After(deadline) {
			b.Fatal(err)
		}
	}
}

var rsyncTotals = regexp.MustCompile(`Total bytes (sent|received): ([0-9,]+)`)

func (r rsync) update(b *testing.B, from string) (sent, received int64, took time.Duration) {
	b.Helper()
	start := time.Now()
	out, err := exec.Command("rsync", "-a", "--inplace", "--no-whole-file", "--delete", "--stats", from+"/", "rsync://"+r.address+"/m/").CombinedOutput()
	took = time.Since(start)
	if err != nil {
		b.Fatalf("rsync: %v\n%s", err, out)
	}
	for _, m := range rsyncTotals.FindAllStringSubmatch(string(out), -1) {
		n, err := strconv.ParseInt(strings.ReplaceAll(m[2], ",", ""), 10, 64)
		must(b, err)
		if m[1] == "sent" {
			sent = n
		} else {
			received = n
		}
	}
	return sent, received, took
}
