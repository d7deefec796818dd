package installshield_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

func threeFiles() ([]threeFile, map[string]string) {
	long, hard := strings.Repeat("the quick brown fox ", 3000), noise(40_000)
	files := []threeFile{
		{name: "README.TXT", data: long},
		{folder: `DRIVERS\WIN95`, name: "OEM.INF", data: "[Version]\r\n"},
		{folder: `DRIVERS\WIN95`, name: "OEM.VXD", data: hard},
		{folder: `DRIVERS\NT`, name: "OEM.SYS", data: hard, stored: true},
		{folder: `DRIVERS\NT`, name: "EMPTY.TXT"},
		{folder: `DRIVERS\NT`, name: "B\xFCcher.txt", data: "a code page"},
	}
	return files, map[string]string{
		"README.TXT": long, "DRIVERS/WIN95/OEM.INF": "[Version]\r\n", "DRIVERS/WIN95/OEM.VXD": hard, "DRIVERS/NT/OEM.SYS": hard,
		"DRIVERS/NT/EMPTY.TXT": "", "DRIVERS/NT/Bücher.txt": "a code page",
	}
}

func TestThree(t *testing.T) {
	t.Parallel()
	files, want := threeFiles()
	for _, volume := range []int{0, 10_000, 30_000, 1_000_000} {
		built := three(files, "_setup", volume)
		for _, name := range slices.Sorted(maps.Keys(built)) {
			archivetest.Check(t, open, folder(built, name), want)
		}
		if volume == 10_000 && len(built) < 8 {
			t.Errorf("%d parts, the test wants several", len(built))
		}
	}
	removed := append(slices.Clone(files), threeFile{name: "GONE.TXT", data: "gone", removed: true})
	r := mustOpen(t, folder(three(removed, "data", 0), "data.z"))
	if n := len(r.Entries()); n != len(files) {
		t.Errorf("%d entries, want %d", n, len(files))
	}
	if e := r.Entries()[0]; !e.ModTime.Equal(written()) || r.Kind() != "installshield 3" {
		t.Errorf("entry %+v of kind %q", e, r.Kind())
	}
}

func TestThreeDamaged(t *testing.T) {
	t.Parallel()
	files, _ := threeFiles()
	parts := three(files, "_setup", 30_000)
	delete(parts, "_setup.2")
	errs, err := readAll(t, mustOpen(t, folder(parts, "_setup.1")))
	if err != nil || errs["README.TXT"] != nil || !errors.Is(errs["DRIVERS/WIN95/OEM.VXD"], archive.ErrMissingPart) {
		t.Errorf("without its second part: %v, %v", errs, err)
	}
	delete(parts, "_setup.1")
	if _, err := open(folder(parts, "_setup.3"), archive.Limits{}); !errors.Is(err, archive.ErrMissingPart) || !strings.Contains(err.Error(), "_setup.1") {
		t.Errorf("without its first part: %v", err)
	}
	whole := three(files[1:3], "data", 0)["data.z"]
	for n := 8; n < len(whole); n++ {
		r, err := open(archivetest.Bytes("data.z", whole[:n]), archive.Limits{})
		if err != nil {
			if !errors.Is(err, archive.ErrCorrupt) {
				t.Errorf("cut to %d bytes: %v", n, err)
			}
			continue
		}
		// The list comes last; an unused field ends it.
		if errs, err := readAll(t, r); n < len(whole)-13 && err == nil && errs["DRIVERS/WIN95/OEM.VXD"] == nil {
			t.Errorf("cut to %d bytes of %d it reads as whole", n, len(whole))
		}
	}
	bad := slices.Clone(whole)
	bad[255] = 9 // the kind of the first stream
	errs, err = readAll(t, mustOpen(t, archivetest.Bytes("data.z", bad)))
	if err != nil || !errors.Is(errs["DRIVERS/WIN95/OEM.INF"], archive.ErrCorrupt) || errs["DRIVERS/WIN95/OEM.VXD"] != nil {
		t.Errorf("a damaged stream: %v, %v", errs, err)
	}
	many := slices.Clone(whole)
	many[12], many[13] = 0xFF, 0xFF
	if _, err := open(archivetest.Bytes("data.z", many), archive.Limits{}); !errors.Is(err, archive.ErrCorrupt) {
		t.Errorf("65,535 claimed files: %v", err)
	}
}

func TestEngine(t *testing.T) {
	t.Parallel()
	want := map[string]string{"INSTALL.EXE": noise(1500), "zdata.dll": "library"}
	b := engine(want, "INSTALL.EXE", "zdata.dll")
	archivetest.Check(t, open, archivetest.Bytes("_inst32i.ex_", b), want)
	for n := range len(b) - 1 {
		r, err := open(archivetest.Bytes("_inst32i.ex_", b[:n]), archive.Limits{})
		if err != nil {
			continue
		}
		if errs, err := readAll(t, r); err == nil && len(errs) == 2 && errs["INSTALL.EXE"] == nil && errs["zdata.dll"] == nil {
			t.Errorf("cut to %d bytes of %d it reads as whole", n, len(b))
		}
	}
}
