package catalog_test

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
)

// content makes a driver's files of "path=content" texts.
func content(files ...string) []catalog.DriverFile {
	out := make([]catalog.DriverFile, len(files))
	for i, f := range files {
		path, text, _ := strings.Cut(f, "=")
		out[i] = catalog.DriverFile{Path: path, Size: int64(len(text)), SHA256: sha256.Sum256([]byte(text)), Role: catalog.RoleFile}
	}
	return out
}

// TestDriverHash shows what makes two drivers one, and what does not.
func TestDriverHash(t *testing.T) {
	t.Parallel()
	base := catalog.DriverHash(content("net.inf=i", "net.cat=c", "x64/net.sys=s"), "net.inf")
	cases := []struct {
		name  string
		files []catalog.DriverFile
		main  string
		same  bool
	}{
		{"the INF has another name", content("oem12.inf=i", "net.cat=c", "x64/net.sys=s"), "oem12.inf", true},
		{"letter case of paths", content("NET.INF=i", "Net.Cat=c", "X64/NET.SYS=s"), "NET.INF", true},
		{"another order", content("x64/net.sys=s", "net.inf=i", "net.cat=c"), "net.inf", true},
		{"a file told twice", content("net.inf=i", "net.cat=c", "x64/net.sys=s", "x64/net.sys=s"), "net.inf", true},
		{"another INF", content("net.inf=I", "net.cat=c", "x64/net.sys=s"), "net.inf", false},
		{"another byte in a file", content("net.inf=i", "net.cat=c", "x64/net.sys=S"), "net.inf", false},
		{"a file elsewhere", content("net.inf=i", "net.cat=c", "x86/net.sys=s"), "net.inf", false},
		{"a file has another name", content("net.inf=i", "net2.cat=c", "x64/net.sys=s"), "net.inf", false},
		{"contents exchanged", content("net.inf=i", "net.cat=s", "x64/net.sys=c"), "net.inf", false},
		{"a file less", content("net.inf=i", "net.cat=c"), "net.inf", false},
		{"a file more", content("net.inf=i", "net.cat=c", "x64/net.sys=s", "co.dll=d"), "net.inf", false},
		{"another file is the INF", content("net.inf=i", "net.cat=c", "x64/net.sys=s"), "net.cat", false},
		{"nothing", nil, "net.inf", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := catalog.DriverHash(c.files, c.main); (got == base) != c.same {
				t.Errorf("same driver: %v, want %v", got == base, c.same)
			}
		})
	}
	other := content("net.inf=i", "net.cat=c", "x64/net.sys=s")
	other[2].Role, other[2].Arches = catalog.RoleInstaller, []inf.Arch{inf.AMD64}
	was := slices.Clone(other)
	if catalog.DriverHash(other, "net.inf") != base {
		t.Error("what a file is for changed the driver: only its bytes and its path may")
	}
	if other[0].Path != was[0].Path || other[2].Path != was[2].Path {
		t.Error("the files were reordered")
	}
}

// TestDriverHashStays pins the value: it is the key of every catalog and stands in manifests.
func TestDriverHashStays(t *testing.T) {
	t.Parallel()
	const want = "a6ac483573ceace7ad67c5df7994b983a5ffd854356eff3107435df3fcd17c6a"
	if got := catalog.DriverHash(content("net.inf=i", "x64/Net.sys=s"), "net.inf").String(); got != want {
		t.Errorf("%s, was %s", got, want)
	}
}

func TestParseHash(t *testing.T) {
	t.Parallel()
	h := catalog.Hash(sha256.Sum256([]byte("x")))
	for name, text := range map[string]string{"lower case": h.String(), "upper case": strings.ToUpper(h.String())} {
		if got, err := catalog.ParseHash(text); err != nil || got != h {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "a digit less": h.String()[1:], "a digit more": h.String() + "0",
		"no digit": "g" + h.String()[1:], "blanks": " " + h.String()[1:], "short form": h.Short(),
	} {
		if got, err := catalog.ParseHash(text); err == nil {
			t.Errorf("%s: %q is taken for %v", name, text, got)
		}
	}
	if s := h.String(); len(s) != 64 || s != strings.ToLower(s) || h.Short() != s[:12] {
		t.Errorf("%s, short %s", s, h.Short())
	}
	if h.IsZero() || !(catalog.Hash{}).IsZero() {
		t.Error("IsZero")
	}
}

func TestHashInJSON(t *testing.T) {
	t.Parallel()
	h := catalog.Hash(sha256.Sum256(nil))
	b, err := json.Marshal(h)
	if want := `"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`; err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
	var back catalog.Hash
	if err := json.Unmarshal(b, &back); err != nil || back != h {
		t.Errorf("%v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`"12"`), &back); err == nil || back != h {
		t.Errorf("%v left %v", err, back)
	}
}

func TestPlaceString(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]catalog.Place{
		"a.inf:3:7":                      {Path: "a.inf", Line: 3, Column: 7},
		"a.inf:3":                        {Path: "a.inf", Line: 3},
		"setup.exe@0x808 (NullsoftInst)": {Path: "setup.exe", Offset: 2056, Signature: "NullsoftInst"},
		"a.cat":                          {Path: "a.cat"},
	} {
		if got := p.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
