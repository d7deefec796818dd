package packager_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/tree/local"
)

// BenchmarkUpdate replaces every file of a package of 256 MiB in 64 files: the worst case for keeping versions, since all
// that leaves is signed.
func BenchmarkUpdate(b *testing.B) {
	t, err := local.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = t.Close() })
	plans := [2]*packager.Plan{updatePlan(b, t, "A"), updatePlan(b, t, "B")}
	for _, kept := range []bool{false, true} {
		b.Run(fmt.Sprint("kept=", kept), func(b *testing.B) {
			b.SetBytes(plans[0].Bytes)
			n, published := 0, packager.Result{}
			build := func(o packager.BuildOptions) {
				if published, err = packager.Build(b.Context(), t, plans[n%2], o); err != nil {
					b.Fatal(err)
				}
				n++
				// The manifest is younger than the files beside it, or the next build would read them.
				at := time.Now().Add(time.Second)
				if err := os.Chtimes(filepath.Join(t.Root(), filepath.FromSlash(folder), "drivercat.json"), at, at); err != nil {
					b.Fatal(err)
				}
			}
			build(packager.BuildOptions{})
			for b.Loop() {
				o := packager.BuildOptions{}
				s := newMemory()
				if kept {
					o.Versions = s
				}
				build(o)
				if kept {
					if err := packager.KeepVersion(b.Context(), s, folder, published.Body, time.Time{}); err != nil {
						b.Fatal(err)
					}
					if len(s.signatures) != 64 {
						b.Fatalf("%d signatures", len(s.signatures))
					}
				}
			}
		})
	}
}

// updatePlan lays out a source of one driver with 64 files of 4 MiB.
func updatePlan(b *testing.B, t *local.Tree, name string) *packager.Plan {
	b.Helper()
	s := packager.InputSource{Source: catalog.Source{ID: int64(name[0]), SourceKey: catalog.SourceKey{Location: originals + name, Adopted: true}}}
	d := &catalog.Driver{Hash: catalog.Hash{name[0]}, Name: "a.inf", Verdict: catalog.Nice, Complete: []inf.Arch{inf.X86}}
	d.INF = &catalog.INF{Class: "Net", Provider: "Acme", Models: []catalog.ModelsSection{{Listed: true, Defined: true, Entries: 1}}, IDs: []catalog.HardwareID{{ID: "A"}}}
	at := filepath.Join(t.Root(), originals, name)
	if err := os.MkdirAll(at, 0o777); err != nil {
		b.Fatal(err)
	}
	noise, content := rand.NewChaCha8([32]byte{name[0]}), make([]byte, 4<<20)
	for n := range 64 {
		file := fmt.Sprintf("f%02d.sys", n)
		if n == 0 {
			file = "a.inf"
		}
		noise.Read(content)
		if err := os.WriteFile(filepath.Join(at, file), content, 0o666); err != nil {
			b.Fatal(err)
		}
		d.Files = append(d.Files, catalog.DriverFile{Path: file, Size: int64(len(content)), SHA256: sha256.Sum256(content)})
	}
	s.Drivers = []catalog.SourceDriverRecord{{Path: "a.inf", Driver: d}}
	p, err := packager.MakePlan(packager.Input{Model: catalog.Model{Name: "R61-8935CTO"}, Target: xp, Sources: []packager.InputSource{s}}, packager.PlanOptions{})
	if err != nil {
		b.Fatal(err)
	}
	return p
}
