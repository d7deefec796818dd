package source

import (
	"context"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// outsideReader is an archive of one file that also names one beside it, and holds a link.
type outsideReader struct{}

func (outsideReader) Kind() string { return "test" }
func (outsideReader) Close() error { return nil }
func (outsideReader) Entries() []archive.Entry {
	return []archive.Entry{{Name: "in.sys", Size: 2}, {Name: "out.sys", Size: 3, Mode: fs.ModeIrregular}, {Name: "link.sys", Mode: fs.ModeIrregular}}
}

func (outsideReader) Outside(i int) (string, bool) { return "drv/out.sys", i == 1 }

func (outsideReader) Extract(_ context.Context, want func(int) bool, fn func(int, io.Reader) error) error {
	if want(0) {
		return fn(0, strings.NewReader("MZ"))
	}
	return nil
}

// A file that an archive says lies beside it is neither in the archive nor a problem: the folder's listing has it.
func TestFilesOutsideOfAnArchive(t *testing.T) {
	t.Parallel()
	tree := NewTree(fstest.MapFS{"net.msi": {Data: []byte("x")}}, TreeOptions{TempDir: t.TempDir()})
	defer tree.Close()
	tree.readers = []openFunc{func(archive.Input, archive.Limits) (archive.Reader, error) { return outsideReader{}, nil }}
	a, err := tree.OpenArchive(t.Context(), "net.msi")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range a.Folders {
		for _, e := range f.Entries {
			got = append(got, f.Path+"/"+e.Name)
		}
	}
	for _, p := range a.Problems {
		got = append(got, p.Code+" "+p.Path)
	}
	if d := cmp.Diff([]string{"net.msi/in.sys", ProblemArchiveLink + " net.msi/link.sys"}, got); d != "" {
		t.Errorf("files and problems (-want +got):\n%s", d)
	}
}
