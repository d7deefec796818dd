package cab

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// Cabinets of vendors, alone and in programs, where they are at hand: LZX and MSZIP, signed ones, backslashes in front.
// What is wanted is what cabextract 1.9 makes of them.
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
	if err := fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := root.ReadFile(p)
		if err != nil {
			return err
		}
		for at, n := 0, 0; ; at += 4 {
			next := bytes.Index(b[at:], []byte("MSCF\x00\x00\x00\x00"))
			if next < 0 {
				return nil
			}
			at += next
			r, err := Open(archivetest.Bytes(d.Name(), b[at:]), archive.Limits{})
			if err != nil {
				continue // the name of the format in a program
			}
			files := archivetest.Files(t, r)
			n++
			got[fmt.Sprint(filepath.Base(filepath.Dir(p)), "/", d.Name(), " ", n)] = digest(files)
		}
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"4040/SMCLIB.EX_ 1":   "7 files, 5ce774191600bbcc",
		"5x86/stdcfltn.cab 1": "5 files, 69df529be61f0909",
		"EMBDeviceMetadata/2c73f5c3-e950-42e2-9a5d-86da50c117b2.devicemetadata-ms 1": "7 files, 6d9ca47e100e7425",
		"EMBDeviceMetadata/2c73f5c3-e950-42e2-9a5d-86da50c117b3.devicemetadata-ms 1": "7 files, c007a859e1df2632",
		"XLerate/Vor20App.exe 1":                                                   "18 files, 6e2be9792618ab14",
		"amd64/WdfCoInstaller01011.dll 1":                                          "4 files, a23b94d97a62f80a",
		"amd64/WdfCoInstaller01011.dll 2":                                          "4 files, 5791a99b2132f31a",
		"amd64/winusbcoinstaller2.dll 1":                                           "4 files, b20afd085d903495",
		"amd64/winusbcoinstaller2.dll 2":                                           "15 files, c99bceef39409ed4",
		"fre/Microsoft-OneCore-Talkman-RPM-Package~31bf3856ad364e35~ARM64~~.cab 1": "5 files, b54b4e43ed94c487",
		"x86/WdfCoInstaller01011.dll 1":                                            "4 files, 9276bdc1274fb2dd",
		"x86/WdfCoInstaller01011.dll 2":                                            "4 files, 93d157348b2f0eed",
		"x86/winusbcoinstaller2.dll 1":                                             "4 files, a94c745b58c9ac2b",
		"x86/winusbcoinstaller2.dll 2":                                             "14 files, 9f1def078b57de78",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// digest is the number of files and the beginning of a hash over their names and contents, as
//
//	find . -type f -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum
//
// makes it in the folder that a cabinet was unpacked in.
func digest(files map[string]string) string {
	var lines []string
	for name, data := range files {
		lines = append(lines, fmt.Sprintf("%s\x00%x  %s\n", name, sha256.Sum256([]byte(data)), name))
	}
	slices.Sort(lines)
	var all strings.Builder
	for _, l := range lines {
		_, line, _ := strings.Cut(l, "\x00")
		all.WriteString(line)
	}
	sum := sha256.Sum256([]byte(all.String()))
	return fmt.Sprintf("%d files, %x", len(files), sum[:8])
}
