package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/drivercat/drivercat/catalog"
)

func newPackage(model, folder string, drivers ...catalog.Hash) catalog.Package {
	return catalog.Package{
		Model: catalog.Model{Make: "Lenovo", Name: model}, Target: target("xp-x86"), Kind: "standard", Folder: "PC/SCCM_Driver_Packages/" + folder,
		Version: 4, Manifest: hash(folder), Files: 9, Bytes: 1 << 40, Published: when(5), Drivers: drivers,
	}
}

func testPackages(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	a, b := newDriver("a.inf", "Net", "Intel", "A"), newDriver("b.inf", "Net", "Intel", "B")
	src := importDrivers(t, s, key("R61", "xp-x86", "1"), a, b)
	second := newPackage("R61", "XP/r61", b.Hash, a.Hash)
	other := newPackage("T61", "XP/A-T61")
	other.Target = target("win7-x64")
	must(t, s.PutPackage(ctx, newPackage("R61", "XP/R61", a.Hash)))
	must(t, s.PutPackage(ctx, second)) // folders of a share ignore case
	must(t, s.PutPackage(ctx, other))
	for _, c := range []struct {
		name string
		f    catalog.PackageFilter
		want []catalog.Package
	}{
		{"all", catalog.PackageFilter{}, []catalog.Package{other, second}},
		{"by model", catalog.PackageFilter{Model: "r61"}, []catalog.Package{second}},
		{"by target", catalog.PackageFilter{Target: target("win7-x64")}, []catalog.Package{other}},
		{"by both", catalog.PackageFilter{Model: "R61", Target: target("win7-x64")}, nil},
	} {
		equal(t, c.name, get[[]catalog.Package](t)(s.Packages(ctx, c.f)), c.want)
	}
	if m := get[catalog.ModelSummary](t)(s.Model(ctx, "T61")); m.Packages != 1 {
		t.Errorf("the model has %d packages", m.Packages)
	}
	wantErr(t, "an unknown driver", s.PutPackage(ctx, newPackage("R61", "XP/R61", hash("unknown"))), catalog.ErrNotFound)
	equal(t, "after the failure", get[[]catalog.Package](t)(s.Packages(ctx, catalog.PackageFilter{Model: "R61"})), []catalog.Package{second})

	must(t, s.DeleteSource(ctx, src.ID))
	equal(t, "drivers that only a package carries", listDrivers(t, s, catalog.DriverFilter{}), []string{"a.inf", "b.inf"})
	must(t, s.PutPackage(ctx, newPackage("R61", "XP/R61", b.Hash)))
	equal(t, "drivers of the new version", listDrivers(t, s, catalog.DriverFilter{}), []string{"b.inf"})
}

// answers collects what a catalog says, without IDs.
func answers(t *testing.T, s catalog.Store) map[string]any {
	ctx := t.Context()
	found := get[[]catalog.Source](t)(s.Sources(ctx, catalog.SourceFilter{}))
	out := map[string]any{}
	for i, src := range found {
		out[fmt.Sprint("files of ", i)] = filesOf(t, s, src.ID)
		out[fmt.Sprint("drivers of ", i)] = get[[]catalog.SourceDriverRecord](t)(s.SourceDrivers(ctx, src.ID, true))
		found[i].ID = 0
	}
	out["sources"] = found
	out["models"] = get[[]catalog.ModelSummary](t)(s.Models(ctx))
	out["drivers"] = get[[]catalog.DriverSummary](t)(s.Drivers(ctx, catalog.DriverFilter{}, catalog.Hash{}, 0))
	out["stats"] = get[catalog.Stats](t)(s.Stats(ctx))
	for _, text := range []string{"PCI", `PCI\1`, "inf", "intel"} {
		out["find "+text] = get[[]catalog.Hit](t)(s.Find(ctx, text, 7))
	}
	return out
}

// testImportOrder imports the same sources in one order, deletes them, and imports them in another. Sources share drivers,
// and one of them spells the names of its files in another case.
func testImportOrder(t *testing.T, s catalog.Store) {
	keys := []catalog.SourceKey{key("R61", "xp-x86", "1"), key("R61", "win7-x64", "2"), key("T61", "xp-x86", "3"), key("X61", "xp-x86", "4")}
	put := func(n int) {
		update(t, s, keys[n], func(w catalog.SourceWriter) error {
			var errs []error
			for k := range 10 {
				d := newDriver(fmt.Sprintf("d%d.inf", n+k), "Net", "Intel", fmt.Sprintf(`PCI\%d`, n+k), `PCI\1`)
				switch n {
				case 1:
					d.Name, d.Files[0].Path = "D.INF", "D.INF"
				case 2:
					d.Files[1].Path = "AMD64/" + d.Name + ".SYS"
				}
				errs = append(errs, putDriver(w, fmt.Sprint(k), d, revision), w.PutFile(sourceFile(fmt.Sprint(k), 1, catalog.StateDriver, "inf")))
			}
			return errors.Join(append(errs, w.Finish(catalog.Source{Revision: revision, Imported: when(1)}))...)
		})
	}
	var first map[string]any
	for round := range 4 {
		order := rand.New(rand.NewPCG(1, uint64(round))).Perm(len(keys))
		for _, n := range order {
			put(n)
			if round == 2 {
				put(n) // again: as if it were once
			}
		}
		if round == 0 {
			first = answers(t, s)
		}
		equal(t, fmt.Sprint("answers after the order ", order), answers(t, s), first)
		for _, src := range get[[]catalog.Source](t)(s.Sources(t.Context(), catalog.SourceFilter{})) {
			must(t, s.DeleteSource(t.Context(), src.ID))
		}
	}
}

// testConcurrency lets two goroutines change sources that share a driver while others read. Readers see each source wholly
// before or wholly after a change.
func testConcurrency(t *testing.T, s catalog.Store) {
	const rounds, files = 15, 200
	shared := newDriver("shared.inf", "Net", "Intel", "SHARED")
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for n := range 2 {
		k := key(fmt.Sprint("M", n), "xp-x86", fmt.Sprint(n))
		writers.Go(func() {
			for round := range rounds {
				err := s.UpdateSource(t.Context(), k, func(w catalog.SourceWriter) error {
					errs := []error{putDriver(w, "shared.inf", shared, revision), putDriver(w, "own.inf", newDriver(fmt.Sprint(n, "-", round), "Net", "Intel", "OWN"), revision)}
					for f := range files {
						errs = append(errs, w.PutFile(sourceFile(fmt.Sprint(f), int64(round), catalog.StateLeftover, "x")))
					}
					return errors.Join(append(errs, w.Finish(catalog.Source{Revision: round + 1}))...)
				})
				if err != nil {
					t.Errorf("writer %d: %v", n, err)
				}
			}
		})
	}
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				found, err := s.Sources(t.Context(), catalog.SourceFilter{})
				if err != nil {
					t.Errorf("reader: %v", err)
					return
				}
				for _, src := range found {
					if src.Files != files || src.Bytes != files*int64(src.Revision-1) || src.Nice != 2 {
						t.Errorf("a half-written source: %+v", src)
					}
					sizes := make(map[int64]int)
					for f, err := range s.SourceFiles(t.Context(), src.ID) {
						if err != nil {
							t.Errorf("reader: %v", err)
							return
						}
						sizes[f.Size]++
					}
					if len(sizes) != 1 {
						t.Errorf("files of more than one round: %v", sizes)
					}
				}
				if _, err := s.Find(t.Context(), "SHARED", 0); err != nil {
					t.Errorf("reader: %v", err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	equal(t, "drivers that are left", len(listDrivers(t, s, catalog.DriverFilter{})), 3)
}

func testWriterContext(t *testing.T, s catalog.Store) {
	in, out := make(chan struct{}), make(chan struct{})
	first := make(chan error)
	go func() {
		first <- s.UpdateSource(context.WithoutCancel(t.Context()), key("R61", "xp-x86", "1"), func(w catalog.SourceWriter) error {
			close(in)
			<-out
			return nil
		})
	}()
	<-in
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := s.UpdateSource(ctx, key("R61", "xp-x86", "2"), func(catalog.SourceWriter) error { return nil })
	wantErr(t, "the second writer", err, context.DeadlineExceeded)
	close(out)
	must(t, <-first)
}
