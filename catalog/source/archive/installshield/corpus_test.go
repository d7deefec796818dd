package installshield_test

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// vendorFile reads a file of the corpus of vendor drivers that may lie beside the checkout.
func vendorFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(filepath.FromSlash("../../../../../shared/corpus"), filepath.FromSlash(name)))
	if err != nil {
		if os.Getenv("DRIVERCAT_REQUIRE_SHARED") == "1" {
			t.Fatal("the corpus of vendor drivers beside the checkout is not found")
		}
		t.Skip("no corpus of vendor drivers beside the project")
	}
	return b
}

// A sound driver of 2000: PackageForTheWeb, three sets of version 5 in it, and the archive of the engine.
func TestCorpusPackage(t *testing.T) {
	t.Parallel()
	b := vendorFile(t, "setup/dp_sound_others/TerraTec/AllXP/XLerate/Vor20App.exe")
	r := mustOpen(t, archivetest.Bytes("Vor20App.exe", b))
	inside := map[string][]byte{}
	for name, s := range archivetest.Files(t, r) {
		inside[name] = []byte(s)
	}
	if r.Kind() != "packagefortheweb" || len(inside) != 18 {
		t.Fatalf("%d files of kind %q", len(inside), r.Kind())
	}
	var lines []string
	for _, name := range []string{"data1.cab", "_sys1.cab", "_user1.cab"} {
		set := mustOpen(t, folder(inside, name))
		for file, s := range archivetest.Files(t, set) {
			lines = append(lines, fmt.Sprintf("%x %s\n", md5.Sum([]byte(s)), file))
		}
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[33:], b[33:]) })
	// Of what unshield 1.4 makes of the same sets: md5sum of each file, in the order of their names.
	const want = "70a0e189b70014013feedee96eee7366160b84f16f9d9f40a075788d61f783a0"
	if got := fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(lines, "")))); len(lines) != 29 || got != want {
		t.Errorf("%d files that differ from unshield's:\n%s", len(lines), strings.Join(lines, ""))
	}
	engine := archivetest.Files(t, mustOpen(t, archivetest.Bytes("_inst32i.ex_", inside["_inst32i.ex_"])))
	sizes := map[string]int{"INSTALL.EXE": 557056, "zdata.dll": 53248, "WUTL95i.DLL": 46592, "BOOT16.EXE": 7168}
	for name, size := range sizes {
		if s := engine[name]; len(s) != size || !strings.HasPrefix(s, "MZ") {
			t.Errorf("%s has %d bytes, %.2q", name, len(s), s)
		}
	}
}

// A cabinet of version 7 without its header: nobody can name its files, but its 217 chunks can be decoded.
func TestCorpusWithoutHeader(t *testing.T) {
	t.Parallel()
	b := vendorFile(t, "setup/dp_cardreader/OMNIKEY/5x86/OD/ComAPI_Setup/data1.cab")
	if _, err := open(archivetest.Bytes("data1.cab", b), archive.Limits{}); !errors.Is(err, archive.ErrMissingPart) {
		t.Errorf("without its header: %v", err)
	}
	// A header of our own says that all of it is one file.
	const at, size = 0x200, 6893524
	set := cabSet{version: version7, files: []cabFile{{group: "A", name: "all", data: "x"}}}
	built := set.build()
	h := &blob{built["data1.hdr"]}
	word := func(at int) int { return int(binary.LittleEndian.Uint32(h.b[0x200+at:])) }
	file := 0x200 + word(0x0C) + word(0x2C) // the first of the table of files
	h.put64(file+2, size)
	h.put64(file+0x0A, len(b)-at)
	copy(h.b[file+0x1A:file+0x2A], make([]byte, 16)) // no MD5
	built["data1.cab"] = b
	r := mustOpen(t, folder(built, "data1.hdr"))
	err := r.Extract(t.Context(), func(int) bool { return true }, func(_ int, src io.Reader) error {
		n, err := io.Copy(io.Discard, src)
		if n != size {
			t.Errorf("%d bytes", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
