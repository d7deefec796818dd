//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/drivercat/drivercat/inf/inftest"
	"github.com/drivercat/drivercat/inf/seccat/seccattest"
)

// The tree that BenchmarkImport imports: its size as drivers for a few hundred models have it. The benchmark uses a
// quarter of it unless DRIVERCAT_BENCH_FULL=1.
const (
	treeINFs  = 9_750
	treeFiles = 33_616
	treeBytes = 2_800_000_000
)

// BenchmarkImport compares, as whole processes and in turns, the first import of a warm tree of vendor files with two
// parallel sha256sum over it and with two parallel openssl, which use the processor's SHA instructions, and the import of
// the unchanged tree again with find printing every size and time. The metric "ratio" is the median of drivercat over the
// median of the other: below 1 is faster.
func BenchmarkImport(b *testing.B) {
	for _, tool := range []string{"find", "xargs", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.Skipf("no %s here: apt install findutils coreutils", tool)
		}
	}
	part := 4
	if os.Getenv("DRIVERCAT_BENCH_FULL") == "1" {
		part = 1
	}
	work := b.TempDir()
	tree := filepath.Join(work, "tree")
	files, size := vendorTree(b, tree, treeINFs/part, treeFiles/part, treeBytes/int64(part))
	bin := filepath.Join(work, "drivercat")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-o", bin, ".").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	db := filepath.Join(work, "drivercat.db")
	drivercat := func(args ...string) []string {
		return append([]string{bin, "--catalog", db, "--quiet"}, args...)
	}
	importTree := drivercat("import", tree, "--make", "Acme", "--model", "Bench", "--os", "win10")
	fresh := func() {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(db + suffix); err != nil && !os.IsNotExist(err) {
				b.Fatal(err)
			}
		}
	}
	hash := []string{"sh", "-c", `find "$1" -type f -print0 | xargs -0 -P2 -n64 sha256sum >/dev/null`, "sh", tree}
	// A sha256sum that was built without libcrypto hashes in portable C, several times slower than the processor can.
	fast := []string{"sh", "-c", `find "$1" -type f -print0 | xargs -0 -P2 -n64 openssl dgst -sha256 >/dev/null`, "sh", tree}
	list := []string{"find", tree, "-printf", "%s %T@"}
	// Pages still on their way to the disk would disturb whoever runs first, and a cold tree would measure the disk.
	process(b, "sync")
	process(b, hash...)

	b.Run("first beside sha256sum", func(b *testing.B) {
		r := beside(b, 7, side{before: fresh, args: importTree}, side{args: hash})
		b.ReportMetric(float64(size)/1e6/r.ours.Seconds(), "MB/s")
		b.ReportMetric(float64(files), "files")
	})
	b.Run("first beside openssl", func(b *testing.B) {
		if _, err := exec.LookPath("openssl"); err != nil {
			b.Skip("no openssl here: apt install openssl")
		}
		beside(b, 7, side{before: fresh, args: importTree}, side{args: fast})
	})
	fresh()
	process(b, importTree...)
	b.Run("again beside find", func(b *testing.B) {
		r := beside(b, 21, side{args: importTree}, side{args: list})
		b.ReportMetric(float64(files)/r.ours.Seconds(), "files/s")
	})
	checkImported(b, drivercat("list", "drivers", "--json"), treeINFs/part)
}

// side is one of two commands that are compared.
type side struct {
	before func() // not measured; may be nil
	args   []string
}

// times holds medians.
type times struct{ ours, other time.Duration }

// beside runs two commands in turns, each at least so many times, who goes first alternating, and reports medians,
// shortest times and the peak memory of the first.
func beside(b *testing.B, rounds int, ours, other side) times {
	b.Helper()
	var took [2][]time.Duration
	peak := int64(0)
	for n := 0; b.Loop(); n++ {
		for round := range rounds {
			for k := range 2 {
				k ^= round & 1
				s := []side{ours, other}[k]
				if s.before != nil {
					s.before()
				}
				d, rss := process(b, s.args...)
				took[k] = append(took[k], d)
				if k == 0 {
					peak = max(peak, rss)
				}
			}
		}
	}
	for k := range took {
		slices.Sort(took[k])
	}
	t := times{took[0][len(took[0])/2], took[1][len(took[1])/2]}
	b.ReportMetric(0, "ns/op") // a mixture of both says nothing
	b.ReportMetric(float64(t.ours.Microseconds())/1e3, "drivercat-ms")
	b.ReportMetric(float64(t.other.Microseconds())/1e3, "other-ms")
	b.ReportMetric(t.ours.Seconds()/t.other.Seconds(), "ratio")
	b.ReportMetric(took[0][0].Seconds()/took[1][0].Seconds(), "ratio-of-shortest")
	b.ReportMetric(float64(peak)/1e6, "peak-MB")
	return t
}

// process runs a command to its end and returns how long that took and the most memory it had. The memory is at least
// that of this process, which the command begins as a copy of.
func process(b *testing.B, args ...string) (took time.Duration, rss int64) {
	b.Helper()
	cmd := exec.CommandContext(context.Background(), args[0], args[1:]...)
	stderr := &tail{}
	cmd.Stderr = stderr
	start := time.Now()
	err := cmd.Run()
	took = time.Since(start)
	if err != nil {
		b.Fatalf("%s: %v\n%s", args[0], err, stderr.text)
	}
	return took, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
}

// tail keeps the end of what a command says: about thousands of files that may be much.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-4096):]
	return len(p), nil
}

// checkImported makes sure that the import did its work: every INF of the tree became a nice driver.
func checkImported(b *testing.B, args []string, want int) {
	b.Helper()
	out, err := exec.Command(args[0], args[1:]...).Output()
	if err != nil {
		b.Fatal(err)
	}
	var list struct {
		Drivers []struct {
			Verdict string `json:"verdict"`
		} `json:"drivers"`
	}
	if err := json.Unmarshal(out, &list); err != nil {
		b.Fatalf("%v: %.200s", err, out)
	}
	nice := 0
	for _, d := range list.Drivers {
		if d.Verdict == "nice" {
			nice++
		}
	}
	if nice != want {
		b.Errorf("%d of %d drivers are nice, want %d", nice, len(list.Drivers), want)
	}
}

// vendorTree writes folders of a driver each: an INF and the two or three files that it names, in folders 3 to 5 deep. The
// INF files differ in kind and size as vendors' do; the other files are random bytes, so that the sizes add up.
func vendorTree(b *testing.B, root string, infs, files int, total int64) (written int, size int64) {
	b.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 4<<20)
	for n := 0; n < len(noise); n += 4 {
		v := r.Uint32()
		noise[n], noise[n+1], noise[n+2], noise[n+3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
	}
	put := func(dir, name string, content []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			b.Fatal(err)
		}
		written++
		size += int64(len(content))
	}
	second := files - 3*infs // that many drivers copy a second file
	payloads := infs + second
	for n := range infs {
		dir := filepath.Join(root, fmt.Sprintf("Model %03d", n/200), []string{"Network", "Display", "Audio"}[n/7%3], fmt.Sprintf("%05d", n))
		for depth := range n % 3 {
			dir = filepath.Join(dir, []string{"production", "w10-x64"}[depth])
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		text := vendorINF(n)
		text.Files = []string{"acme.sys", "acmeco.dll"}[:1+(n+1)*second/infs-n*second/infs]
		signed := seccattest.Catalog{Version: 2, Signer: "Acme"}
		sign := func(content []byte) []byte {
			d := sha256.Sum256(content)
			signed.Members = append(signed.Members, seccattest.Member{Digest: d[:]})
			return content
		}
		put(dir, "acme.inf", sign(text.Text()))
		for _, name := range text.Files {
			each := max((total-size-int64(infs-n)*20_000)/int64(payloads), 2000) // 20 KB for the INF and the catalog of each driver to come
			payloads--
			length := min(each/2+r.Int64N(each), int64(len(noise))/2)
			from := r.Int64N(int64(len(noise)) - length)
			put(dir, name, sign(strconv.AppendInt(slices.Clone(noise[from:from+length]), int64(payloads), 10)))
		}
		for len(signed.Members) < 100 { // vendors' catalogs are larger than such a driver needs
			sign(strconv.AppendInt(nil, int64(len(signed.Members)), 10))
		}
		put(dir, "vendor.cat", signed.Build())
	}
	return written, size
}

// vendorINF describes one of many INF files: most are small, a few are large.
func vendorINF(n int) inftest.INF {
	i := inftest.INF{Kind: inftest.Monitor, SizeBytes: 3 << 10, Seed: uint64(n)}
	switch part := n % 100; {
	case part == 99:
		i.Kind, i.SizeBytes = inftest.Display, 300<<10
	case part >= 94:
		i.Kind, i.SizeBytes = inftest.Network, 60<<10
	case part >= 80:
		i.SizeBytes = 10 << 10
	}
	return i
}
