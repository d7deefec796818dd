package msi

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// Packages of a vendor, where they are at hand: they hold no file, but a library that starts the vendor's own program. The
// answers were checked with msiinfo and 7z.
func TestCorpus(t *testing.T) {
	t.Parallel()
	root, err := os.OpenRoot(filepath.FromSlash("../../../../../shared/corpus"))
	if err != nil {
		if os.Getenv("DRIVERCAT_REQUIRE_SHARED") == "1" {
			t.Fatal("the corpus of vendor drivers beside the checkout is not found")
		}
		t.Skip("no corpus of vendor drivers beside the project")
	}
	defer root.Close()
	got := map[string]string{}
	if err := fs.WalkDir(root.FS(), ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.EqualFold(filepath.Ext(p), ".msi") {
			return err
		}
		b, err := root.ReadFile(p)
		if err != nil {
			return err
		}
		d := mustOpen(t, archivetest.Bytes(filepath.Base(p), b))
		i := d.Info()
		got[filepath.Base(p)] = strings.Join(append([]string{d.Kind(), i.ProductName, i.ProductVersion, i.Manufacturer, i.ProductCode}, told(t, d)...), "; ")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"amdkmafd.msi": "msi 1.0; AMD AUDIO filter driver; 9.011.0.0000; Advanced Micro Devices Inc.; {0B1F0C8F-5987-41E7-A9D8-AA5BEF8D2584}; $Binary/CA_DLL 56832",
		"rcraid.msi":   "msi 1.0; AMD AHCI compatible SATA RAID Driver; 8.1.0.73; Advanced Micro Devices, Inc.; {F896EE1E-71C5-4375-BE05-BB03244B399B}; $Binary/CA_DLL 86528",
		"amd_sata.msi": "msi 1.0; AMD SATA Controller Driver; 1.3.001.0068; Advanced Micro Devices, Inc.; {FA712645-6B8A-4908-A0DB-5B7049FEF546}; $Binary/CA_DLL 56832",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("packages (-want +got):\n%s", d)
	}
}
