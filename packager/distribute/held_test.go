package distribute

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree/local"
)

func TestHeldOn(t *testing.T) {
	t.Parallel()
	target, err := catalog.ParseTarget("xp", "")
	if err != nil {
		t.Fatal(err)
	}
	m := manifest.Manifest{Model: catalog.Model{Name: "R61"}, Target: target, Kind: "standard", Content: "inf", Version: 7}
	good := m.Encode()
	dir := t.TempDir()
	for name, body := range map[string]string{
		"PC/SCCM_Driver_Packages/XP/R61/drivercat.json":    string(good),
		"PC/SCCM_Driver_Packages/XP/T61/drivercat.json":    "{",
		"PC/SCCM_Driver_Packages/XP/X61/foreign.inf":       "",
		"Other/SCCM_Driver_Packages/XP/R61/drivercat.json": string(good),
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tr, err := local.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	got, err := HeldOn(t.Context(), tr, layout.Layout{})
	if err != nil {
		t.Fatal(err)
	}
	bad := got["PC/SCCM_Driver_Packages/XP/T61"]
	if !strings.Contains(bad.Problem, "damaged manifest") {
		t.Errorf("the damaged one: %+v", bad)
	}
	delete(got, "PC/SCCM_Driver_Packages/XP/T61")
	want := map[string]Held{"PC/SCCM_Driver_Packages/XP/R61": {Version: 7, Manifest: sha256.Sum256(good)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
