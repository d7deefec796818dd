package packager

import (
	"slices"
	"testing"

	"github.com/drivercat/drivercat/catalog"
)

// TestFolderWithArchives: of an archive in a driver's folder a package takes the archive or what the INF names in it, never
// both, which would be a file and a folder of one name.
func TestFolderWithArchives(t *testing.T) {
	t.Parallel()
	var src InputSource
	for _, p := range []string{"d/a.inf", "d/a.sys", "d/Extra.cab", "d/extra.cab/x.dll", "d/need.cab", "d/need.cab/y.dll", "d/need.cab/z.dll", "d/sub/readme.txt"} {
		src.Files = append(src.Files, catalog.SourceFile{Path: p})
	}
	c := candidate{path: "d/a.inf", source: &src, driver: &catalog.Driver{Files: []catalog.DriverFile{{Path: "a.inf"}, {Path: "a.sys"}, {Path: "need.cab/y.dll"}}}}
	var got []string
	for _, f := range content(c, ContentFolder, map[string]bool{"d": true}) {
		got = append(got, f.Path)
	}
	if want := []string{"Extra.cab", "a.inf", "a.sys", "need.cab/y.dll", "sub/readme.txt"}; !slices.Equal(got, want) {
		t.Errorf("takes %q, want %q", got, want)
	}
}
