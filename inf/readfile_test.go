package inf_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf"
)

// The hardware IDs of an INF, whatever the system.
func ExampleDriver_HardwareIDs() {
	f, _, err := inf.ParseFile("testdata/card.inf")
	if err != nil {
		log.Fatal(err)
	}
	for _, id := range f.Driver().HardwareIDs() {
		fmt.Println(id)
	}
	// Output:
	// PCI\VEN_D5A1&DEV_0411
	// PCI\VEN_D5A1&DEV_0411&SUBSYS_20C817AA
	// PCI\VEN_D5A1&DEV_0412
}

func TestHardwareIDs(t *testing.T) {
	t.Parallel()
	f, _ := inf.Parse("a.inf", []byte(`[Version]
Signature=$CHICAGO$
[Manufacturer]
A=M,NTx86,NTamd64,NTx86.6.0
B=M,NTamd64
[M.NTx86]
a=I,pci\ven_1,%two%
b=I
[M.NTamd64]
a=I,,PCI\VEN_1,*PNP3
[Other]
a=I,NEVER
[Strings]
two=PCI\VEN_2
`))
	if d := cmp.Diff([]string{`PCI\VEN_1`, `PCI\VEN_2`, `*PNP3`}, f.Driver().HardwareIDs()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestParseFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "x.inf")
	if _, _, err := inf.ParseFile(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
	if err := os.WriteFile(name, []byte("no INF"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, ds, err := inf.ParseFile(name)
	if err != nil || f.Name != name || f.Err == nil || len(ds) == 0 {
		t.Errorf("a file that is no INF gives %+v, %v, %v", f, ds, err)
	}
}
