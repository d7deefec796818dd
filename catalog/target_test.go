package catalog_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
)

// every returns all targets of the table.
func every() (out []catalog.Target) {
	for _, o := range catalog.OperatingSystems() {
		for _, a := range o.Arches {
			out = append(out, catalog.Target{OS: o.Name, Arch: a})
		}
	}
	return out
}

func TestParseTarget(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, os, arch, want string }{
		{"name, usual architecture", "xp", "", "xp-x86"},
		{"usual architecture of a newer one", "win11", "", "win11-x64"},
		{"architecture apart", "win11", "arm64", "win11-arm64"},
		{"Microsoft's word for x64", "win10", "AMD64", "win10-x64"},
		{"Linux' words", "win11", "aarch64", "win11-arm64"},
		{"x86 under another name", "xp", "i386", "xp-x86"},
		{"architecture in the name", "win10-x86", "", "win10-x86"},
		{"both, the same", "win10-x64", "x64", "win10-x64"},
		{"both, the same in other words", "win10-x64", "amd64", "win10-x64"},
		{"the folder", "XP-x64", "", "xp-x64"},
		{"the folder of servers", "Server2012R2", "", "server2012r2-x64"},
		{"case does not matter", "wIN10-X86", "", "win10-x86"},
		{"blanks around", " win10 ", "", "win10-x64"},
		{"a point in the name", "win8.1-x86", "", "win8.1-x86"},
		{"bare number", "8.1", "x86", "win8.1-x86"},
		{"alias", "winxp", "", "xp-x86"},
		{"alias with an architecture", "windows11-arm64", "", "win11-arm64"},
		{"server alias", "ws2019", "", "server2019-x64"},
		{"Itanium", "2003", "itanium", "server2003-ia64"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := catalog.ParseTarget(c.os, c.arch)
			if err != nil || got.String() != c.want {
				t.Errorf("ParseTarget(%q, %q) = %q, %v; want %q", c.os, c.arch, got, err, c.want)
			}
		})
	}
}

func TestParseTargetRefuses(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, os, arch string
		unknown        bool   // the error is ErrUnknownOS
		says           string // what the message must hold
	}{
		{"nothing", "", "", true, "known: 2000, xp,"},
		{"no Windows", "linux", "", true, `"linux"`},
		{"a part of a name", "wi", "", true, `"wi"`},
		{"a hyphen and nothing", "xp-", "", true, `"xp-"`},
		{"only an architecture", "-x64", "", true, `"-x64"`},
		{"unknown architecture", "xp", "mips", false, `"mips" (known: x86, x64, arm64, ia64, arm)`},
		{"unknown architecture in the name", "xp-mips", "", false, `"mips"`},
		{"unknown architecture twice", "xp-mips", "mips", false, "unknown architecture"},
		{"two architectures", "win10-x86", "x64", false, "already names an architecture"},
		{"never existed", "xp", "arm64", false, "Windows XP does not exist for arm64"},
		{"no longer exists", "win11", "x86", false, "Windows 11 does not exist for x86"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := catalog.ParseTarget(c.os, c.arch)
			if err == nil {
				t.Fatalf("ParseTarget(%q, %q) = %q", c.os, c.arch, got)
			}
			if errors.Is(err, catalog.ErrUnknownOS) != c.unknown || !strings.Contains(err.Error(), c.says) {
				t.Errorf("ParseTarget(%q, %q): %v", c.os, c.arch, err)
			}
			if got != (catalog.Target{}) {
				t.Errorf("a target beside the error: %+v", got)
			}
		})
	}
}

// TestTargetRoundTrips asserts that each form of a target leads back to it, and that no two targets share a form: folders
// of the share and rows of the catalog are found by them.
func TestTargetRoundTrips(t *testing.T) {
	t.Parallel()
	forms := map[string]catalog.Target{}
	for _, target := range every() {
		text, folder := target.String(), target.Folder()
		for _, form := range []string{text, folder, strings.ToUpper(text), strings.ToLower(folder)} {
			if got, err := catalog.ParseTarget(form, ""); err != nil || got != target {
				t.Errorf("%s: %q leads to %q, %v", target, form, got, err)
			}
		}
		for _, form := range []string{text, "folder " + strings.ToLower(folder), "title " + target.Title()} {
			if other, ok := forms[form]; ok {
				t.Errorf("%s and %s are both %q", other, target, form)
			}
			forms[form] = target
		}
		var back catalog.Target
		if b, err := target.MarshalText(); err != nil || back.UnmarshalText(b) != nil || back != target {
			t.Errorf("%s as text is %s, %v, which is %s", target, b, err, back)
		}
		if strings.ContainsAny(folder, `<>:"/\|?* `) {
			t.Errorf("%s: folder %q is no plain name", target, folder)
		}
	}
}

func TestTargetForms(t *testing.T) {
	t.Parallel()
	got := map[string][3]string{}
	for _, name := range []string{"xp", "xp-x64", "win7", "win7-x86", "win8.1", "win11-arm64", "server2008r2"} {
		target, err := catalog.ParseTarget(name, "")
		if err != nil {
			t.Fatal(err)
		}
		got[name] = [3]string{target.Folder(), target.Title(), target.System().String()}
	}
	want := map[string][3]string{
		"xp":           {"XP", "Windows XP x86", "NTx86 5.1.2600"},
		"xp-x64":       {"XP-x64", "Windows XP x64", "NTamd64 5.2.3790"}, // Windows XP x64 is built from Server 2003
		"win7":         {"Win7", "Windows 7 x64", "NTamd64 6.1.7601"},
		"win7-x86":     {"Win7-x86", "Windows 7 x86", "NTx86 6.1.7601"},
		"win8.1":       {"Win8.1", "Windows 8.1 x64", "NTamd64 6.3.9600"},
		"win11-arm64":  {"Win11-arm64", "Windows 11 arm64", "NTarm64 10.0.26100"},
		"server2008r2": {"Server2008R2", "Windows Server 2008 R2 x64", "NTamd64 6.1.7601"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("folder, title, system (-want +got)\n%s", d)
	}
}

// TestSystems asserts what decorations depend on: each system has an architecture, a version and a product type, and the
// usual architecture is one that exists.
func TestSystems(t *testing.T) {
	t.Parallel()
	for _, target := range every() {
		sys := target.System()
		if sys.Arch != target.Arch || sys.Major < 5 || sys.Build == 0 {
			t.Errorf("%s: %+v", target, sys)
		}
		server := strings.HasPrefix(target.OS, "server")
		if want := map[bool]inf.ProductType{true: inf.Server, false: inf.Workstation}[server]; sys.ProductType != want {
			t.Errorf("%s: product type %d, want %d", target, sys.ProductType, want)
		}
		if _, err := catalog.ParseTarget(target.OS, string(target.Row().Default)); err != nil {
			t.Errorf("%s: the usual architecture: %v", target, err)
		}
	}
}

func TestTargetInJSON(t *testing.T) {
	t.Parallel()
	type record struct {
		Target catalog.Target `json:"target"`
	}
	var r record
	if err := json.Unmarshal([]byte(`{"target":"Win10-x86"}`), &r); err != nil {
		t.Fatal(err)
	}
	if b, err := json.Marshal(r); err != nil || string(b) != `{"target":"win10-x86"}` {
		t.Errorf("%s, %v", b, err)
	}
	was := r
	if err := json.Unmarshal([]byte(`{"target":"win95"}`), &r); !errors.Is(err, catalog.ErrUnknownOS) || r != was {
		t.Errorf("%v left %v", err, r)
	}
	if s := (catalog.Target{}).String(); s != "" {
		t.Errorf("no target is %q as text", s)
	}
}
