// Package samples_test imports every sample and compares what drivercat makes of it with what README.md says.
package samples_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/intake"
	"github.com/drivercat/drivercat/catalog/sqlite"
	"github.com/drivercat/drivercat/inf/seccat"
)

// sample is one source and what must come of it.
type sample struct {
	model, source, os string
	drivers           map[string]string // INF or setup program -> verdict and the codes that decide it
	installers        map[string]string // setup program -> kind, and the INFs that make it redundant
	files             map[string]string // every file -> state and reason
}

func samples() []sample {
	return append(r61(), l14()...)
}

func r61() []sample {
	const model, os = "R61-8935CTO", "xp"
	return []sample{
		{
			model: model, source: "CardReader", os: os,
			drivers: map[string]string{"pbcard.inf": "nice importable"},
			files: map[string]string{
				"pbcard.inf": "driver inf", "pbcard.cat": "driver catalog", "pbicons.dll": "driver file",
				"x86/pbcard.sys": "driver file", "amd64/pbcard.sys": "driver file", "readme.txt": "leftover readme",
			},
		}, {
			model: model, source: "CardReader-Web", os: os,
			drivers: map[string]string{"Driver/pbcard.inf": "nice importable"},
			files: map[string]string{
				"Driver/pbcard.inf": "driver inf", "Driver/pbcard.cat": "driver catalog", "Driver/pbicons.dll": "driver file",
				"Driver/x86/pbcard.sys": "driver file", "Driver/amd64/pbcard.sys": "driver file",
				"Driver/help.txt": "leftover readme", "autorun.inf": "leftover autorun",
			},
		}, {
			model: model, source: "Audio", os: os,
			drivers: map[string]string{"murmur.inf": "nice importable"},
			files: map[string]string{
				"murmur.inf": "driver inf", "murmur.cat": "driver catalog", "murmur.sys": "driver file", "murmurcp.cpl": "driver file",
			},
		}, {
			model: model, source: "LAN", os: os,
			drivers:    map[string]string{"WinXP/kestlan.inf": "nice importable"},
			installers: map[string]string{"setup.exe": "nsis redundant by WinXP/kestlan.inf"},
			files: map[string]string{
				"WinXP/kestlan.inf": "driver inf", "WinXP/kestlan.cat": "driver catalog", "WinXP/kestlan.sys": "driver file",
				"setup.exe": "installer redundant-installer", "autorun.inf": "leftover autorun",
			},
		}, {
			model: model, source: "LAN-2006", os: os,
			drivers: map[string]string{"kestlan.inf": "nice importable"},
			files:   map[string]string{"kestlan.inf": "driver inf", "kestlan.cat": "driver catalog", "kestlan.sys": "driver file"},
		}, {
			model: model, source: "Modem", os: os,
			drivers: map[string]string{"sparrow.inf": "broken file-missing"},
			files:   map[string]string{"sparrow.inf": "driver inf", "sparrow.cat": "driver catalog", "sparrow.sys": "driver file"},
		}, {
			model: model, source: "Hotkeys", os: os,
			drivers:    map[string]string{"setup.exe": "bad installer-only"},
			installers: map[string]string{"setup.exe": "inno"},
			files:      map[string]string{"setup.exe": "installer installer", "readme.txt": "installer installer-data"},
		}, {
			model: model, source: "Fingerprint", os: os,
			drivers: map[string]string{"owlfp.inf": "broken inf-invalid"},
			files:   map[string]string{"owlfp.inf": "driver inf", "owlfp.cat": "driver catalog", "owlfp.sys": "driver file"},
		}, {
			model: model, source: "Video", os: os,
			drivers: map[string]string{"heronvid.inf": "nice importable"},
			files:   map[string]string{"heronvid.inf": "driver inf", "heronvid.cat": "driver catalog", "heronvid.sys": "driver file"},
		},
	}
}

func l14() []sample {
	const model, os = "L14-20U1CTO", "win11"
	return []sample{
		{
			model: model, source: "Audio", os: os,
			drivers: map[string]string{"lyraaud.inf": "nice importable", "lyraext.inf": "nice importable"},
			files: map[string]string{
				"lyraaud.inf": "driver inf", "lyraaud.cat": "driver catalog", "lyraaud.sys": "driver file", "lyraapo.dll": "driver file",
				"lyraext.inf": "driver inf", "lyraext.cat": "driver catalog", "lyratune.dat": "driver file",
			},
		}, {
			model: model, source: "Camera", os: os,
			drivers: map[string]string{"iriscam.inf": "broken unsigned"},
			files:   map[string]string{"iriscam.inf": "driver inf", "iriscam.sys": "driver file"},
		}, {
			model: model, source: "Dock", os: os,
			drivers: map[string]string{"x64/quaydock.inf": "nice importable", "arm64/quaydock.inf": "nice importable"},
			files: map[string]string{
				"x64/quaydock.inf": "driver inf", "x64/quaydock.cat": "driver catalog", "x64/quaydock.sys": "driver file",
				"arm64/quaydock.inf": "driver inf", "arm64/quaydock.cat": "driver catalog", "arm64/quaydock.sys": "driver file",
				"release-notes.txt": "leftover readme",
			},
		}, {
			model: model, source: "Presence", os: os,
			drivers:    map[string]string{"PresenceSetup.msi": "bad installer-only"},
			installers: map[string]string{"PresenceSetup.msi": "msi"},
			files:      map[string]string{"PresenceSetup.msi": "installer installer"},
		}, {
			model: model, source: "Touchpad", os: os,
			drivers: map[string]string{"glide.inf": "nice importable"},
			files: map[string]string{
				"glide.inf": "driver inf", "glide.cat": "driver catalog", "amd64/glide.sys": "driver file", "arm64/glide.sys": "driver file",
			},
		}, {
			model: model, source: "WLAN", os: os,
			drivers: map[string]string{"swiftwl.inf": "nice importable"},
			files: map[string]string{
				"swiftwl.inf": "driver inf", "swiftwl.cat": "driver catalog", "swiftwl.sys": "driver file", "swiftwl.bin": "driver file",
			},
		},
	}
}

func TestSources(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		t.Run(s.model+"/"+s.source, func(t *testing.T) {
			t.Parallel()
			store := openStore(t)
			target := mustTarget(t, s.os, "")
			res := mustImport(t, store, s.model, s.source, target)
			got := sample{model: s.model, source: s.source, os: s.os}
			got.drivers = drivers(t, store, res.Source.ID)
			got.installers = installers(t, store, res.Source.ID)
			got.files = files(t, store, res.Source.ID)
			if d := cmp.Diff(s, got, cmp.AllowUnexported(sample{})); d != "" {
				t.Errorf("import (-want +got):\n%s", d)
			}
			checkAccounting(t, store, res.Source)
			checkReasons(t, store, res.Source.ID)

			again := mustImport(t, store, s.model, s.source, target)
			if !again.Unchanged || again.HashedFiles != 0 || again.ParsedINFs != 0 {
				t.Errorf("second import: unchanged %v, hashed %d, parsed %d", again.Unchanged, again.HashedFiles, again.ParsedINFs)
			}
		})
	}
}

// checkAccounting checks that every file of the folder is accounted for, once, and that the sums are right.
func checkAccounting(t *testing.T, store catalog.Store, s catalog.Source) {
	t.Helper()
	var n, bytes int64
	err := filepath.WalkDir(s.Location, func(_ string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		fi, err := e.Info()
		n, bytes = n+1, bytes+fi.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := store.Accounting(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	var sumFiles, sumBytes int64
	for _, l := range lines {
		if l.Why == "" {
			t.Errorf("%d files are %s without a reason", l.Files, l.State)
		}
		sumFiles, sumBytes = sumFiles+l.Files, sumBytes+l.Bytes
	}
	if sumFiles != n || sumBytes != bytes || s.Files != n || s.Bytes != bytes {
		t.Errorf("folder has %d files, %d bytes; accounting %d, %d; source %d, %d", n, bytes, sumFiles, sumBytes, s.Files, s.Bytes)
	}
}

// checkReasons checks that no verdict stands without a reason, and no reason without its place.
func checkReasons(t *testing.T, store catalog.Store, id int64) {
	t.Helper()
	for _, r := range records(t, store, id) {
		decided := false
		for _, reason := range r.Driver.Reasons {
			decided = decided || reason.Level == catalog.Decides
			if reason.Text == "" || reason.Place.Path == "" || reason.Place.Line == 0 && reason.Place.Signature == "" {
				t.Errorf("%s: reason without text or place: %+v", r.Path, reason)
			}
		}
		if !decided {
			t.Errorf("%s is %s, but no reason decides that", r.Path, r.Driver.Verdict)
		}
	}
}

// TestEncodings shows that the UTF-16 samples are read as what they are, letters beyond ANSI included.
func TestEncodings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ model, source, os, encoding, text string }{
		{"R61-8935CTO", "Audio", "xp", "utf-16le", "Murmur® HD Audio"},
		{"L14-20U1CTO", "Touchpad", "win11", "utf-16le", "Glide Input – タッチパッド"},
		{"R61-8935CTO", "CardReader", "xp", "ascii", "Pebble 4-in-1: SD slot"},
	} {
		t.Run(tt.source, func(t *testing.T) {
			t.Parallel()
			store := openStore(t)
			res := mustImport(t, store, tt.model, tt.source, mustTarget(t, tt.os, ""))
			rs, err := store.SourceDrivers(t.Context(), res.Source.ID, true)
			if err != nil || len(rs) != 1 {
				t.Fatalf("%d drivers, %v", len(rs), err)
			}
			i := rs[0].Driver.INF
			if i.Encoding != tt.encoding {
				t.Errorf("encoding %q, want %q", i.Encoding, tt.encoding)
			}
			if i.Provider != tt.text && !slices.ContainsFunc(i.IDs, func(h catalog.HardwareID) bool { return h.Description == tt.text }) {
				t.Errorf("%q is neither the provider %q nor a device of %+v", tt.text, i.Provider, i.IDs)
			}
		})
	}
}

// TestSameDriverOnce shows that one driver in two sources is one driver in the catalog.
func TestSameDriverOnce(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	xp := mustTarget(t, "xp", "")
	mustImport(t, store, "R61-8935CTO", "CardReader", xp)
	mustImport(t, store, "R61-8935CTO", "CardReader-Web", xp)
	all, err := store.Drivers(t.Context(), catalog.DriverFilter{}, catalog.Hash{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].Sources != 2 {
		t.Fatalf("drivers: %+v, want one that two sources carry", all)
	}
	uses, err := store.DriverUses(t.Context(), all[0].Hash)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, u := range uses.Sources {
		paths = append(paths, filepath.Base(u.Source.Location)+"/"+u.Path)
	}
	if d := cmp.Diff([]string{"CardReader/pbcard.inf", "CardReader-Web/Driver/pbcard.inf"}, paths); d != "" {
		t.Errorf("uses (-want +got):\n%s", d)
	}
}

// TestReasonsHavePlaces checks what people read: where the fault of each broken sample is.
func TestReasonsHavePlaces(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ model, source, os, place, text string }{
		{"R61-8935CTO", "Modem", "xp", "sparrow.inf:36", "tables/sparrow.cty"},
		{"R61-8935CTO", "Fingerprint", "xp", "owlfp.inf:24", "BAD_SECTION_NAME_LINE"},
		{"R61-8935CTO", "Hotkeys", "xp", "setup.exe@", "Inno Setup"},
		{"L14-20U1CTO", "Camera", "win11", "iriscam.inf:", "64-bit Windows"},
	} {
		t.Run(tt.source, func(t *testing.T) {
			t.Parallel()
			store := openStore(t)
			res := mustImport(t, store, tt.model, tt.source, mustTarget(t, tt.os, ""))
			for _, r := range records(t, store, res.Source.ID) {
				for _, reason := range r.Driver.Reasons {
					if reason.Level == catalog.Decides && strings.HasPrefix(reason.Place.String(), tt.place) && strings.Contains(reason.Text+reason.Place.String(), tt.text) {
						return
					}
				}
				t.Errorf("no deciding reason at %s that says %q in %+v", tt.place, tt.text, r.Driver.Reasons)
			}
		})
	}
}

// TestEverySample checks that no sample is forgotten, by the tests above or by the page that explains them.
func TestEverySample(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, s := range samples() {
		want = append(want, filepath.Join("sources", s.model, s.source))
		if !strings.Contains(string(page), "| `"+s.source+"` |") {
			t.Errorf("README.md does not explain %s", s.source)
		}
	}
	got, err := filepath.Glob("sources/*/*")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("samples (-tested +present):\n%s", d)
	}
}

// TestCommittedBytes guards what version control could spoil: line ends, and what a driver file looks like.
func TestCommittedBytes(t *testing.T) {
	t.Parallel()
	var total int64
	err := filepath.WalkDir("sources", func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		total += int64(len(b))
		text := strings.ReplaceAll(string(b), "\x00", "") // near enough for UTF-16 of Western text
		switch ext := filepath.Ext(name); {
		case ext == ".inf" && strings.Count(text, "\n") != strings.Count(text, "\r\n"):
			t.Errorf("%s: a line does not end in CR LF: check .gitattributes", name)
		case ext == ".cat":
			checkCatalog(t, name, b)
		case (ext == ".sys" || ext == ".dll" || ext == ".exe" || ext == ".cpl") && !strings.HasPrefix(string(b), "MZ"):
			t.Errorf("%s has no MZ header", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if total > 300<<10 {
		t.Errorf("samples hold %d bytes; a checkout should stay small: at most 300 KiB", total)
	}
}

// checkCatalog asserts that a catalog lists the INF of its own name, or in its folder, as it is.
func checkCatalog(t *testing.T, name string, b []byte) {
	t.Helper()
	c, err := seccat.Parse(b)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	src, err := os.ReadFile(strings.TrimSuffix(name, ".cat") + ".inf")
	if err != nil {
		t.Fatal(err)
	}
	if c.Find(seccat.FlatSums(src)) == nil || !c.Signed() {
		t.Errorf("%s does not list its INF, or has no signer", name)
	}
}

func openStore(t *testing.T) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "drivercat.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func mustTarget(t *testing.T, os, arch string) catalog.Target {
	t.Helper()
	target, err := catalog.ParseTarget(os, arch)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// mustImport imports a sample where it lies. No sample has anything that cannot be read.
func mustImport(t *testing.T, store catalog.Store, model, source string, target catalog.Target) intake.Result {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("sources", model, source))
	if err != nil {
		t.Fatal(err)
	}
	key := catalog.SourceKey{Model: catalog.Model{Make: "Lenovo", Name: model}, Target: target, Location: dir}
	res, err := intake.Import(t.Context(), store, key, dir, intake.Options{Problem: func(p intake.Problem) {
		t.Errorf("%s: problem with %s: %s", source, p.Path, p.Text)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func records(t *testing.T, store catalog.Store, id int64) []catalog.SourceDriverRecord {
	t.Helper()
	rs, err := store.SourceDrivers(t.Context(), id, false)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func drivers(t *testing.T, store catalog.Store, id int64) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, r := range records(t, store, id) {
		text := string(r.Driver.Verdict)
		for _, reason := range r.Driver.Reasons {
			if reason.Level == catalog.Decides {
				text += " " + reason.Code
			}
		}
		out[r.Path] = text
	}
	return out
}

func installers(t *testing.T, store catalog.Store, id int64) map[string]string {
	t.Helper()
	is, err := store.SourceInstallers(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]string
	for _, i := range is {
		if out == nil {
			out = map[string]string{}
		}
		out[i.Path] = i.Info.Kind
		if len(i.RedundantBy) > 0 {
			out[i.Path] += " redundant by " + strings.Join(i.RedundantBy, ", ")
		}
	}
	return out
}

func files(t *testing.T, store catalog.Store, id int64) map[string]string {
	t.Helper()
	out := map[string]string{}
	for f, err := range store.SourceFiles(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		out[f.Path] = fmt.Sprintf("%s %s", f.State, f.Why)
	}
	return out
}
