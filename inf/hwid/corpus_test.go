package hwid_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/hwid"
)

// shared is where the common cases and vendor drivers lie beside a checkout.
const shared = "../../../shared"

func requireShared(tb testing.TB, err error) {
	tb.Helper()
	if os.Getenv("DRIVERCAT_REQUIRE_SHARED") == "1" {
		tb.Fatal(err)
	}
	tb.Skipf("the shared material is not beside this checkout (%v)", err)
}

// TestVectors compares with the shared cases. Their inputs are sentences, so the identities are spelled out here; a new
// case fails until it has one.
func TestVectors(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.FromSlash(shared + "/reference/inf-vectors.json"))
	if err != nil {
		requireShared(t, err)
	}
	var all []struct {
		ID, Area string
		Expect   json.RawMessage
	}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	devices := map[string]hwid.Identity{
		"H01": ethernet,
		"H03": identities["USB interface"].device,
		"H04": identities["audio codec"].device,
		"H05": identities["ACPI"].device,
		"H06": identities["software component"].device,
		"H07": identities["monitor"].device,
	}
	for _, v := range all {
		if v.Area != "ids" {
			continue
		}
		d := devices[v.ID]
		if d == nil {
			t.Errorf("%s: no device for this case", v.ID)
			continue
		}
		var want struct{ Hardware, Compatible []string }
		var one string
		if json.Unmarshal(v.Expect, &one) == nil {
			want.Hardware = []string{one}
		} else if err := json.Unmarshal(v.Expect, &want); err != nil {
			t.Fatal(err)
		}
		got := d.IDs(win1809)
		if diff := cmp.Diff(want.Hardware, got.Hardware); diff != "" {
			t.Errorf("%s: hardware IDs (-want +got)\n%s", v.ID, diff)
		}
		if diff := cmp.Diff(want.Compatible, got.Compatible); want.Compatible != nil && diff != "" {
			t.Errorf("%s: compatible IDs (-want +got)\n%s", v.ID, diff)
		}
	}
}

// corpusIDs returns each identifier of every INF of the shared drivers, with how often it stands there.
func corpusIDs(tb testing.TB) map[string]int {
	tb.Helper()
	root := filepath.FromSlash(shared + "/corpus")
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		requireShared(tb, err)
	}
	ids := map[string]int{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.EqualFold(filepath.Ext(path), ".inf") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, _ := inf.Parse(path, src)
		d := f.Driver()
		for _, ms := range d.ModelsSections() {
			for m := range d.Entries(ms.Section) {
				for _, id := range m.IDs {
					if id != "" {
						ids[id]++
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return ids
}

// TestCorpus reads every identifier of real drivers: nothing is lost, and few are opaque or blamed.
func TestCorpus(t *testing.T) {
	t.Parallel()
	buses, problems, total := map[hwid.Bus]int{}, map[hwid.ProblemKind]int{}, 0
	for s := range corpusIDs(t) {
		id := hwid.Parse(s)
		total++
		buses[id.Bus]++
		if id.String() != hwid.Normalize(hwid.FromInstance(s)) {
			t.Errorf("%q is read as %q", s, id.String())
		}
		if id.Bus == hwid.BusOpaque || id.Bus == hwid.BusSoftware {
			t.Logf("%s: %s", id.Bus, s)
		}
		for _, p := range id.Problems() {
			problems[p.Kind]++
			t.Logf("%s %s", s, p.Text)
		}
		l := hwid.FromID(s, hwid.Version{})
		if len(l.Hardware)+len(l.Compatible) == 0 {
			t.Errorf("%s: no lists", s)
		}
	}
	t.Logf("%d identifiers: %v, problems: %v", total, buses, problems)
	if known := total - buses[hwid.BusOpaque]; known*100 < total*90 {
		t.Errorf("only %d of %d identifiers are of a known bus", known, total)
	}
}
