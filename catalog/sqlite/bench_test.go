package sqlite

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/drivercat/drivercat/catalog"
)

// Run these with: go test -run '^$' -bench . ./catalog/sqlite. The figures are in docs/catalog.md.

// bulkINFs makes INFs with some 200 hardware IDs each, as vendors write them: one device family, many subsystems, and the
// same device in the models section of each Windows version.
func bulkINFs(rows int) (infs []*catalog.INF) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := 0; rows > 0; n++ {
		count := min(20+r.IntN(400), rows)
		rows -= count
		vendor, device := 0x1000+r.IntN(300), r.IntN(1<<16)
		i := &catalog.INF{SHA256: sha256.Sum256(fmt.Append(nil, n)), Class: "Net", Provider: fmt.Sprint("Vendor ", vendor), Models: make([]catalog.ModelsSection, 3)}
		for k := range count {
			perSection := count/3 + 1
			entry := k % perSection
			i.IDs = append(i.IDs, catalog.HardwareID{
				ID:      fmt.Sprintf(`PCI\VEN_%04X&DEV_%04X&SUBSYS_%04X%04X`, vendor, (device+entry/8)&0xffff, r.IntN(1<<16), vendor),
				Section: k / perSection, Entry: entry, Description: fmt.Sprintf("Vendor %d Gigabit Ethernet Controller %d", vendor, entry/4),
			})
		}
		infs = append(infs, i)
	}
	return infs
}

func benchKey(n int) catalog.SourceKey {
	return catalog.SourceKey{Model: catalog.Model{Make: "M", Name: fmt.Sprint("model", n)}, Target: catalog.Target{OS: "win10", Arch: "amd64"}, Location: fmt.Sprint("/src/", n)}
}

// putINFs stores INFs, each with a driver of so many files, in one source.
func putINFs(s *Store, b *testing.B, n int, infs []*catalog.INF, files int) {
	err := s.UpdateSource(b.Context(), benchKey(n), func(w catalog.SourceWriter) error {
		for k, i := range infs {
			d := &catalog.Driver{Hash: i.SHA256, Name: fmt.Sprintf("driver%d.inf", k), Verdict: catalog.Nice, INF: i, Reasons: make([]catalog.Reason, 2)}
			for f := range files {
				d.Files = append(d.Files, catalog.DriverFile{Path: fmt.Sprintf("amd64/file%d.sys", f), Size: 1, SHA256: i.SHA256, Role: catalog.RoleFile})
			}
			if err := errors.Join(w.PutINF(i, 1), w.PutDriver(d, 1), w.Link(fmt.Sprint("drivers/", k, "/", d.Name), d.Hash)); err != nil {
				return err
			}
		}
		return w.Finish(catalog.Source{Revision: 1})
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkHardwareIDs measures PutINF, index kept, with the commit and the closing that copies the log into the file.
func BenchmarkHardwareIDs(b *testing.B) {
	const rows = 500_000
	infs := bulkINFs(rows)
	b.ReportAllocs()
	for b.Loop() {
		s := freshStore(b)
		putINFs(s, b, 0, infs, 0)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func freshStore(b *testing.B) *Store {
	b.Helper()
	b.StopTimer()
	defer b.StartTimer()
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "drivercat.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkSourceFiles measures PutFile for the files of one large source, and again when each of them changed.
func BenchmarkSourceFiles(b *testing.B) {
	const files = 200_000
	list := make([]catalog.SourceFile, files)
	for n := range list {
		list[n] = catalog.SourceFile{
			Path: fmt.Sprintf("Network/Intel Ethernet/%04d/production/w10-x64/%04d.sys", n/30, n), Size: int64(n), MTime: int64(n) << 30,
			SHA256: sha256.Sum256(fmt.Append(nil, n)), State: catalog.StateDriver, Why: "content",
		}
	}
	put := func(w catalog.SourceWriter) error {
		for _, f := range list {
			if err := w.PutFile(f); err != nil {
				return err
			}
		}
		return nil
	}
	for _, again := range []bool{false, true} {
		b.Run(fmt.Sprintf("again=%v", again), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := freshStore(b)
				if again {
					b.StopTimer()
					if err := s.UpdateSource(b.Context(), benchKey(0), put); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
				if err := s.UpdateSource(b.Context(), benchKey(0), put); err != nil {
					b.Fatal(err)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(files*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkUnchanged measures what a re-import of an unchanged source asks: open, find the source by its location, read
// the fingerprints of 5,000 folders, close.
func BenchmarkUnchanged(b *testing.B) {
	path := filepath.Join(b.TempDir(), "drivercat.db")
	s := openTest(b, path)
	err := s.UpdateSource(b.Context(), benchKey(0), func(w catalog.SourceWriter) error {
		for n := range 5000 {
			if err := w.PutFolder(fmt.Sprintf("Network/Intel Ethernet/%04d/production/w10-x64", n), catalog.Fingerprint{byte(n)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err = errors.Join(err, s.Close()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		s, err := Open(b.Context(), path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		found, err := s.Sources(b.Context(), catalog.SourceFilter{Location: "/src/0"})
		if err != nil {
			b.Fatal(err)
		}
		folders, err := s.SourceFolders(b.Context(), found[0].ID)
		if err != nil || len(folders) != 5000 {
			b.Fatal(len(folders), err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkKnown measures storing INFs and drivers that another source brought: per driver one look-up each, and a link.
func BenchmarkKnown(b *testing.B) {
	infs := bulkINFs(200_000)
	s := openTest(b, filepath.Join(b.TempDir(), "drivercat.db"))
	putINFs(s, b, 0, infs, 12)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		putINFs(s, b, n, infs, 12)
	}
	b.ReportMetric(float64(len(infs)*b.N)/b.Elapsed().Seconds(), "drivers/s")
}

// BenchmarkQueries measures the questions people ask of a catalog with 2 million hardware IDs in 9,500 drivers.
func BenchmarkQueries(b *testing.B) {
	infs := bulkINFs(2_000_000)
	s := openTest(b, filepath.Join(b.TempDir(), "drivercat.db"))
	for n := range 20 {
		putINFs(s, b, n, infs[n*len(infs)/20:(n+1)*len(infs)/20], 12)
	}
	id := infs[len(infs)/2].IDs[7].ID
	ctx := b.Context()
	for _, q := range []struct {
		name string
		ask  func() error
	}{
		{"find exact ID", func() error { _, err := s.Find(ctx, id, 1); return err }},
		{"find all kinds", func() error { _, err := s.Find(ctx, id, 0); return err }},
		{"find prefix of a vendor", func() error { _, err := s.Find(ctx, id[:12], 0); return err }},
		{"find prefix PCI", func() error { _, err := s.Find(ctx, "PCI", 0); return err }},
		{"find file name", func() error { _, err := s.Find(ctx, "file7", 0); return err }},
		{"driver", func() error { _, err := s.Driver(ctx, infs[3].SHA256.Short()); return err }},
		{"drivers, all", func() error { _, err := s.Drivers(ctx, catalog.DriverFilter{}, catalog.Hash{}, 0); return err }},
		{"drivers, a page of 50", func() error { _, err := s.Drivers(ctx, catalog.DriverFilter{}, infs[9].SHA256, 50); return err }},
		{"drivers of a model", func() error {
			_, err := s.Drivers(ctx, catalog.DriverFilter{Model: "model7"}, catalog.Hash{}, 0)
			return err
		}},
		{"drivers of a source, whole", func() error { _, err := s.SourceDrivers(ctx, 7, false); return err }},
		{"models", func() error { _, err := s.Models(ctx); return err }},
		{"stats", func() error { _, err := s.Stats(ctx); return err }},
	} {
		b.Run(q.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := q.ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
