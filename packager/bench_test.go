package packager_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/tree/local"
)

// benchSize is 500 drivers with 20 files each, 10,000 files and about 390 MiB together, or with DRIVERCAT_BENCH_FULL=1 the size of
// a whole model: 1,681 drivers, 33,620 files, 540 MB.
func benchSize() (drivers, largest int) {
	if os.Getenv("DRIVERCAT_BENCH_FULL") == "1" {
		return 1681, 32 << 10
	}
	return 500, 80 << 10
}

// benchWorld lays out a source of that size.
func benchWorld(b *testing.B) (*local.Tree, *packager.Plan) {
	b.Helper()
	t, err := local.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = t.Close() })
	s := packager.InputSource{Source: catalog.Source{ID: 1, SourceKey: catalog.SourceKey{Location: originals + "Src", Adopted: true}}}
	r := rand.New(rand.NewPCG(1, 2))
	drivers, largest := benchSize()
	buf := make([]byte, 0, largest)
	for d := range drivers {
		dir := fmt.Sprintf("d%04d", d)
		at := filepath.Join(t.Root(), originals, "Src", dir)
		if err := os.MkdirAll(at, 0o777); err != nil {
			b.Fatal(err)
		}
		drv := &catalog.Driver{Hash: catalog.Hash{byte(d), byte(d >> 8)}, Name: dir + ".inf", Verdict: catalog.Nice, Complete: []inf.Arch{inf.X86}}
		drv.INF = &catalog.INF{Class: "Net", Provider: "Acme", Models: []catalog.ModelsSection{{Listed: true, Defined: true, Entries: 1}}, IDs: []catalog.HardwareID{{ID: dir}}}
		for f := range 20 {
			name := fmt.Sprintf("f%02d.sys", f)
			if f == 0 {
				name = dir + ".inf"
			}
			buf = buf[:1+r.IntN(cap(buf))]
			for i := range buf {
				buf[i] = byte(r.Uint32())
			}
			if err := os.WriteFile(filepath.Join(at, name), buf, 0o666); err != nil {
				b.Fatal(err)
			}
			drv.Files = append(drv.Files, catalog.DriverFile{Path: name, Size: int64(len(buf)), SHA256: sha256.Sum256(bytes.Clone(buf))})
		}
		s.Drivers = append(s.Drivers, catalog.SourceDriverRecord{Path: dir + "/" + dir + ".inf", Driver: drv})
	}
	p, err := packager.MakePlan(packager.Input{Model: catalog.Model{Name: "R61-8935CTO"}, Target: xp, Sources: []packager.InputSource{s}}, packager.PlanOptions{})
	if err != nil {
		b.Fatal(err)
	}
	if p.Files != 20*drivers {
		b.Fatalf("the plan has %d files", p.Files)
	}
	return t, p
}

// BenchmarkBuild compares building a package of 10,000 files with cp -a of the same files, and with cp followed by sync and
// sha256sum, which is what a build does; then building it again unchanged, and verifying it.
func BenchmarkBuild(b *testing.B) {
	t, p := benchWorld(b)
	ctx := context.Background()
	src := filepath.Join(t.Root(), originals, "Src")
	shell := func(b *testing.B, script string) {
		if out, err := exec.Command("sh", "-c", script, "sh", src, filepath.Join(t.Root(), "copy")).CombinedOutput(); err != nil {
			b.Skipf("%v: %s", err, out)
		}
	}
	var removing time.Duration
	remove := func(b *testing.B, dir string) {
		b.StopTimer()
		was := cpuTime()
		if err := os.RemoveAll(filepath.Join(t.Root(), dir)); err != nil {
			b.Fatal(err)
		}
		removing += cpuTime() - was
		b.StartTimer()
	}
	run := func(name string, fn func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(p.Bytes)
			b.ReportAllocs()
			removing = 0
			was := cpuTime()
			for b.Loop() {
				fn(b)
			}
			b.ReportMetric(float64((cpuTime()-was-removing).Milliseconds())/float64(b.N), "cpu-ms")
		})
	}
	run("cp", func(b *testing.B) { remove(b, "copy"); shell(b, `cp -a "$1" "$2"`) })
	run("cp-sync-sha256sum", func(b *testing.B) {
		remove(b, "copy")
		shell(b, `cp -a "$1" "$2" && sync -f "$2" && find "$2" -type f -print0 | xargs -0 -P2 -n500 sha256sum >/dev/null`)
	})
	remove(b, "copy")
	build := func(b *testing.B, unchanged bool) {
		if r, err := packager.Build(ctx, t, p, packager.BuildOptions{}); err != nil || r.Unchanged != unchanged {
			b.Fatalf("%+v, %v", r, err)
		}
	}
	run("fresh", func(b *testing.B) { remove(b, folder); build(b, false) })
	run("unchanged", func(b *testing.B) { build(b, true) })
	run("sha256sum", func(b *testing.B) {
		b.StopTimer()
		shell(b, `cd "$1" && find . -type f -print0 | xargs -0 sha256sum >"$2".sums`)
		b.StartTimer()
		shell(b, `cd "$1" && sha256sum -c --quiet "$2".sums`)
	})
	run("verify", func(b *testing.B) {
		if v, err := packager.Verify(ctx, t, packager.VerifyOptions{}, folder); err != nil || !v[0].OK() {
			b.Fatalf("%+v, %v", v, err)
		}
	})
}
