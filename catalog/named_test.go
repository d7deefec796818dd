package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
)

// TestNamed shows that a driver under another name is the same driver, wherever its name stood.
func TestNamed(t *testing.T) {
	t.Parallel()
	at := func(path string) catalog.Place { return catalog.Place{Path: path, Line: 3} }
	named := func(name string) *catalog.Driver {
		d := &catalog.Driver{
			Name: name, Files: content(name+"=i", "net.cat=c", "x64/net.sys=s"),
			Reasons: []catalog.Reason{{Code: "file-missing", Place: at(name)}, {Code: "unsigned", Place: at("net.cat")}},
			Missing: []catalog.MissingFile{{Path: "co.dll", Place: at(name)}},
		}
		d.Hash = catalog.DriverHash(d.Files, name)
		return d
	}
	d := named("net.inf")
	d.Installer = &catalog.InstallerInfo{Kind: "exe", Evidence: at("net.inf")}
	before := *d.Installer
	got := d.Named("aaa.inf")
	want := named("aaa.inf")
	want.Installer = &catalog.InstallerInfo{Kind: "exe", Evidence: at("aaa.inf")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(named("net.inf").Reasons, d.Reasons); diff != "" || d.Name != "net.inf" || d.Files[0].Path != "net.inf" || *d.Installer != before {
		t.Errorf("the stored driver was changed: %+v\n%s", d, diff)
	}
	if d.Named("net.inf") != d {
		t.Error("a copy was made for the name it has")
	}
	if n := d.Bytes(); n != 3 {
		t.Errorf("%d bytes, want 3", n)
	}
}
