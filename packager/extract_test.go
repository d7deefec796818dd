package packager_test

import (
	"archive/zip"
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/packager"
)

// zipOf makes a zip archive of files with an old date.
func zipOf(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		e, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: vendorTime})
		if err == nil {
			_, err = e.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Archives are unpacked beside themselves, also one in another, with their files' times; doing it again changes nothing.
func TestAdoptExtract(t *testing.T) {
	t.Parallel()
	inner := zipOf(t, map[string]string{"x64/b.sys": "sys"})
	outer := zipOf(t, map[string]string{"a.inf": "inf", "more.zip": inner, "../out.txt": "leads out", "CON": "a device"})
	dir := vendor(t, map[string]string{"sp1.zip": outer, "sp2.zip": zipOf(t, map[string]string{"c.txt": "c"}), "sp2/taken.txt": "t"})
	w := newWorld(t)
	o := packager.AdoptOptions{Dir: dir, Extract: true}
	a, problems, err := adopt(t, w.local, o)
	if err != nil {
		t.Fatal(err)
	}
	got := w.files(a.Location)
	for _, name := range []string{"sp1.zip", "sp2.zip"} {
		if got[name] == "" {
			t.Errorf("%s is not there", name)
		}
		delete(got, name)
	}
	want := map[string]string{"sp1/a.inf": "inf", "sp1/more.zip": inner, "sp1/more/x64/b.sys": "sys", "sp2.zip.extracted/c.txt": "c", "sp2/taken.txt": "t"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	info, err := os.Stat(filepath.Join(w.local.Root(), filepath.FromSlash(a.Location), "sp1", "a.inf"))
	if err != nil || info.ModTime().Sub(vendorTime).Abs() > 2*time.Second {
		t.Errorf("time %v, %v", info.ModTime(), err)
	}
	if len(problems) != 2 || !strings.Contains(problems[0], "leads out") && !strings.Contains(problems[1], "leads out") {
		t.Errorf("problems %q", problems)
	}
	if again, _, err := adopt(t, w.local, o); err != nil || !again.Existed || again.Location != a.Location {
		t.Errorf("again: %+v, %v", again, err)
	}
	// A dry run decides the same and writes nothing.
	o.DryRun = true
	empty := newWorld(t)
	if dry, _, err := adopt(t, empty.local, o); err != nil || dry.Files != a.Files || dry.Bytes != a.Bytes || len(empty.files(".")) > 0 {
		t.Errorf("dry: %+v, want %d files and %d bytes; %v", dry, a.Files, a.Bytes, err)
	}
}

// A single file is adopted in a folder of its name, alone.
func TestAdoptFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := vendor(t, map[string]string{"sp1.zip": zipOf(t, map[string]string{"a.inf": "inf"}), "other.txt": "not of it"})
	a, problems, err := adopt(t, w.local, packager.AdoptOptions{Dir: filepath.Join(dir, "sp1.zip")})
	if err != nil || len(problems) > 0 || a.Location != originals+"sp1" || a.Files != 1 || filepath.Base(a.Origin) != "sp1.zip" {
		t.Errorf("%+v, %q, %v", a, problems, err)
	}
	if got := slices.Collect(maps.Keys(w.files(a.Location))); !slices.Equal(got, []string{"sp1.zip"}) {
		t.Errorf("copied: %q", got)
	}
	b, _, err := adopt(t, w.local, packager.AdoptOptions{Dir: filepath.Join(dir, "sp1.zip"), Extract: true})
	if err != nil || b.Location != originals+"sp1-2" || w.files(b.Location)["sp1/a.inf"] != "inf" {
		t.Errorf("unpacked: %+v, %v, %q", b, err, w.files(b.Location))
	}
}

func TestAdoptExtractFaults(t *testing.T) {
	t.Parallel()
	a := zipOf(t, map[string]string{"a.inf": "inf", "sub/b.sys": "sys"})
	adoptFaults(t, packager.AdoptOptions{Dir: vendor(t, map[string]string{"p.zip": a}), Extract: true},
		map[string]string{"p.zip": a, "p/a.inf": "inf", "p/sub/b.sys": "sys"})
}

// An archive that cannot be opened is copied as it is and told by the import that follows, so only a dry run tells it here.
func TestAdoptExtractClosed(t *testing.T) {
	t.Parallel()
	cut := strings.Replace(zipOf(t, map[string]string{"a.inf": "inf"}), "PK\x01\x02", "PK\x09\x09", 1) // the directory at its end
	o := packager.AdoptOptions{Dir: vendor(t, map[string]string{"sp1.zip": cut, "b.txt": "b"}), Extract: true, DryRun: true}
	w := newWorld(t)
	if a, problems, err := adopt(t, w.local, o); err != nil || a.Problems != 1 || len(problems) != 1 || !strings.Contains(problems[0], "cannot be opened") {
		t.Errorf("dry: %+v, %q, %v", a, problems, err)
	}
	o.DryRun = false
	if a, problems, err := adopt(t, w.local, o); err != nil || a.Problems != 0 || len(problems) != 0 || a.Files != 2 {
		t.Errorf("%+v, %q, %v", a, problems, err)
	}
}
