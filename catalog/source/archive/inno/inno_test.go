package inno

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// calls is a file full of calls, over several pieces of the filter and with some across their borders.
func calls() string {
	var b strings.Builder
	for i := range 14000 {
		b.WriteByte(0xE8 + byte(i&1))
		at := b.Len() + 4
		to := i % 40 * 1777
		if i%1000 == 7 {
			to += 0x12345678 // not an address
		}
		for s := range 4 {
			b.WriteByte(byte((to - at) >> (8 * s)))
		}
		if i%97 == 0 {
			b.WriteString("ab")
		}
	}
	return b.String() + "\xE8\x01\x02"
}

// versions are all whose tables are known, as installers name them.
var versions = strings.Fields(`2.0.0 2.0.1 2.0.2 2.0.5 2.0.6a 2.0.7 2.0.8 2.0.11 2.0.17 2.0.18 3.0.0a 3.0.1 3.0.3 3.0.4 3.0.5
4.0.0a 4.0.1 4.0.3 4.0.5 4.0.9 4.0.10 4.0.11 4.1.0 4.1.2 4.1.3 4.1.4 4.1.5 4.1.6 4.1.8 4.2.0 4.2.1 4.2.2 4.2.3 4.2.4 4.2.5 4.2.6
5.0.0 5.0.1 5.0.3 5.0.4 5.1.0 5.1.2 5.1.7 5.1.10 5.1.13 5.2.0 5.2.1 5.2.3 5.2.5 5.3.0 5.3.3 5.3.5 5.3.6 5.3.7 5.3.8 5.3.9 5.3.10
5.4.2 5.5.0 5.5.6 5.5.7 5.6.0 5.6.2 6.0.0 6.1.0 6.3.0 6.4.0.1 6.4.2 6.4.3 6.5.0 6.5.2 6.6.0 6.6.1 6.7.0`)

// all are the installers of each version: ANSI, Unicode where there was one, and of My Inno Setup Extensions.
func all() (out []string) {
	for _, number := range versions {
		n, _ := parseNumber(number)
		if n < v(6, 0, 0) {
			out = append(out, number)
		}
		if n >= v(5, 2, 5) {
			out = append(out, number+" u")
		}
	}
	return append(out, "isx 3.0.4", "isx 3.0.6.1", "Inno Setup Setup Data (2.0.8) with ISX (2.0.10)", "Inno Setup Setup Data (3.0.3) with ISX (3.0.3)")
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for i, version := range all() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := setup{version: version, junk: true, solid: i%2 == 0, dirs: []string{`{app}\empty`}, method: zipped}
			ver := s.ver()
			if ver.n >= v(4, 1, 6) {
				s.method = lzma1Method
			}
			if ver.n >= v(5, 3, 9) && i%3 == 0 {
				s.method = lzma2Method
			}
			s.files = []packed{
				{dest: `{app}\x.inf`, content: "[Version]\r\n"},
				{dest: `{win}\inf\x.inf`, same: true, entry: record{"components": "main", "RegisterServer": true}},
				{dest: `{app}\calls.dll`, content: calls()[:3000], calls: ver.n >= v(4, 1, 8)},
				{dest: `{app}\empty.txt`},
				{dest: `{app}\outside`, outside: true},
			}
			in := folder(s.build(t), "setup.exe")
			archivetest.Check(t, Open, in, s.contents())
			r, err := Open(in, archive.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			info := r.(*Reader).Setup()
			want := Info{
				Version: ver.number(), Unicode: ver.unicode, AppName: "Example Driver", AppVerName: "Example Driver 1.2", AppID: "example", AppVersion: "1.2",
				Publisher: "Example Ltd.", DefaultDir: `{pf}\Example`, BaseName: "setup", Uninstallable: "no", UninstallKey: "no",
				Runs: []Run{{Name: `{app}\dpinst.exe`, Parameters: "/sw", Components: "main", SkipIfSilent: true}},
			}
			if ver.n >= v(5, 3, 8) {
				want.UninstallKey = ""
			}
			if ver.n >= v(5, 3, 10) {
				want.Uninstallable = ""
			}
			if d := cmp.Diff(want, info); d != "" {
				t.Errorf("Setup (-want +got):\n%s", d)
			}
			if e := r.Entries()[0]; e.Name != "app/empty" || e.Mode != fs.ModeDir {
				t.Errorf("the first entry is %v", e)
			}
			if e, want := r.Entries()[1], time.Date(2010, 3, 4, 5, 6, 7, 0, time.UTC); !e.ModTime.Equal(want) {
				t.Errorf("the time of %s is %v", e.Name, e.ModTime)
			}
		})
	}
}

// TestCalls undoes the three generations of the filter for programs, over several of its pieces.
func TestCalls(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"4.1.8", "5.1.13", "5.2.0", "5.3.8 u", "5.3.9", "6.7.0"} {
		s := setup{version: version, method: zipped, solid: true, files: []packed{
			{dest: "{app}/a", content: calls(), calls: true}, {dest: "{app}/b", content: calls()[:70000]}, {dest: "{app}/c", content: calls()[:65540], calls: true},
		}}
		archivetest.Check(t, Open, folder(s.build(t), "setup.exe"), s.contents())
	}
}

// TestUntoldShapes reads installers whose tables changed while their version did not.
func TestUntoldShapes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ version, shape string }{
		{"2.0.1", "2.0.2"},
		{"3.0.3", "3.0.4"},
		{"4.2.3", "4.2.4"},
		{"5.3.10 u", "5.3.10.1 u"},
		{"5.4.2", "5.4.2.1"},
		{"5.5.0 u", "5.5.0.1 u"},
		{"5.5.7 u", "5.5.7.1 u"},
	} {
		t.Run(tt.version, func(t *testing.T) {
			t.Parallel()
			s := setup{version: tt.version, shape: tt.shape, method: zipped, junk: true, files: []packed{{dest: `{app}\x.inf`, content: "x"}, {dest: `{app}\x.sys`, content: "sys"}}}
			in := folder(s.build(t), "setup.exe")
			archivetest.Check(t, Open, in, s.contents())
			r, err := Open(in, archive.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if runs := r.(*Reader).Setup().Runs; len(runs) != 1 {
				t.Errorf("it runs %v", runs)
			}
		})
	}
}

// TestOtherEnd reads the files of an installer whose tables differ behind them.
func TestOtherEnd(t *testing.T) {
	t.Parallel()
	s := setup{version: "5.5.7 u", method: zipped, junk: true, header: record{"registry": 40}, files: []packed{{dest: `{app}\x.inf`, content: "x"}}}
	in := folder(s.build(t), "setup.exe")
	archivetest.Check(t, Open, in, s.contents())
	if r, err := Open(in, archive.Limits{}); err != nil || r.(*Reader).Setup().Runs != nil {
		t.Errorf("open: %v", err)
	}
}

func TestLayouts(t *testing.T) {
	t.Parallel()
	files := []packed{
		{dest: `{app}\a.sys`, content: strings.Repeat("abc", 1000)},
		{dest: `{app}\b.sys`, content: "b"},
		{dest: `{app}\c.sys`, content: strings.Repeat("xyz", 500)},
	}
	for name, s := range map[string]setup{
		"stored":               {version: "5.5.7 u"},
		"stored and solid":     {version: "5.5.7 u", solid: true},
		"zlib, solid":          {version: "6.1.0 u", method: zipped, solid: true},
		"LZMA, solid":          {version: "5.3.0", method: lzma1Method, solid: true},
		"LZMA2, each alone":    {version: "6.4.0.1", method: lzma2Method},
		"slices":               {version: "5.5.0 u", sliceLen: 700},
		"slices, several each": {version: "5.1.0", sliceLen: 1000, perDisk: 3},
		"no loader":            {version: "5.5.0", separate: true, method: zipped},
		"no loader, slices":    {version: "6.0.0 u", separate: true, sliceLen: 99, perDisk: 26, method: zipped, solid: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.files = files
			all := s.build(t)
			archivetest.Check(t, Open, folder(all, "setup.exe"), s.contents())
			if s.separate {
				archivetest.Check(t, Open, folder(all, "setup-0.bin"), s.contents())
			}
		})
	}
}

func TestReadInPlace(t *testing.T) {
	t.Parallel()
	s := setup{version: "5.5.7 u", solid: true, files: []packed{{dest: "{app}/a", content: "first"}, {dest: "{app}/b", content: "second"}}}
	r, err := Open(folder(s.build(t), "setup.exe"), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	sec := r.(archive.Stored).Section(1)
	if sec == nil {
		t.Fatal("a stored file cannot be read in place")
	}
	if b, err := io.ReadAll(sec); string(b) != "second" || err != nil {
		t.Errorf("read %q, %v", b, err)
	}
	s.method = zipped
	if r, err = Open(folder(s.build(t), "setup.exe"), archive.Limits{}); err != nil || r.(archive.Stored).Section(0) != nil {
		t.Errorf("a packed file can be read in place: %v", err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for dest, want := range map[string]string{
		`{app}\drivers\x.inf`:      "app/drivers/x.inf",
		`{app}/x.inf`:              "app/x.inf",
		`{win}\inf\x.inf`:          "win/inf/x.inf",
		`{code:Dir|a{app}b}\x`:     "code$Dir$aappb/x",
		`{param:x|{pf}\y}\z`:       "param$x$pf/y/z",
		`{{app}\x`:                 "{app}/x",
		`a}b`:                      "a}b",
		`{app`:                     "app",
		`C:\x`:                     "C$/x",
		`{app}\.\\x\`:              "app/x",
		`{app}\..\x`:               "x",
		`{app}\..\..\x`:            "../x",
		`\\server\share`:           "server/share",
		`{app}`:                    "app",
		``:                         "",
		`{}`:                       "",
		strings.Repeat("{a", 1000): strings.Repeat("a", maxNested) + strings.Repeat("{a", 1000-maxNested),
		"{app}\\a\x01<>:\"|?*b":    "app/a$$$$$$$$b",
	} {
		if got := expand(dest); got != want {
			t.Errorf("expand(%.40q) = %.60q, want %.60q", dest, got, want)
		}
	}
}

func TestOneNameForSeveralFiles(t *testing.T) {
	t.Parallel()
	valid := func(n uint64) record { return record{"VersionInfoValid": true, "version": n << 32} }
	x64, x86 := record{"check": "IsX64"}, record{"check": "not IsX64"}
	for name, tt := range map[string]struct {
		files []packed
		want  map[string]string
	}{
		"the same content": {
			[]packed{{dest: "{app}/a", content: "a"}, {dest: `{app}\A`, same: true}},
			map[string]string{"app/a": "a"},
		},
		"the later one stays": {
			[]packed{{dest: "{app}/a", content: "1"}, {dest: "{app}/A", content: "2"}},
			map[string]string{"app/A": "2", "app@2/a": "1"},
		},
		"the higher version stays": {
			[]packed{{dest: "{app}/a", content: "1", location: valid(2)}, {dest: "{app}/a", content: "2", location: valid(1)}},
			map[string]string{"app/a": "1", "app@2/a": "2"},
		},
		"a version is more than none": {
			[]packed{{dest: "{app}/a", content: "1", location: valid(2)}, {dest: "{app}/a", content: "2"}},
			map[string]string{"app/a": "1", "app@2/a": "2"},
		},
		"unless the version is ignored": {
			[]packed{{dest: "{app}/a", content: "1", location: valid(2)}, {dest: "{app}/a", content: "2", location: valid(1), entry: record{"IgnoreVersion": true}}},
			map[string]string{"app/a": "2", "app@2/a": "1"},
		},
		"the newer one stays if times count": {
			[]packed{{dest: "{app}/a", content: "1"}, {dest: "{app}/a", content: "2", location: record{"time": stamp - 1}, entry: record{"CompareTimeStamp": true}}},
			map[string]string{"app/a": "1", "app@2/a": "2"},
		},
		"one condition, one folder": {
			[]packed{
				{dest: "{app}/x.inf", content: "86", entry: x86}, {dest: "{app}/x.sys", content: "s86", entry: x86}, {dest: "{app}/co.dll", content: "co", entry: x86},
				{dest: "{app}/x.inf", content: "64", entry: x64}, {dest: "{app}/x.sys", content: "s64", entry: x64},
			},
			map[string]string{"app/x.inf": "64", "app/x.sys": "s64", "app/co.dll": "co", "app@2/x.inf": "86", "app@2/x.sys": "s86"},
		},
		"three of one name": {
			[]packed{{dest: "a", content: "1", entry: record{"languages": "en"}}, {dest: "a", content: "2", entry: record{"languages": "de"}}, {dest: "a", content: "3"}},
			map[string]string{"a": "3", "@2/a": "1", "@3/a": "2"},
		},
		"of one condition": {
			[]packed{{dest: "a", content: "1"}, {dest: "a", content: "2"}, {dest: "a", content: "3"}},
			map[string]string{"a": "3", "@2/a": "1", "@4/a": "2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup{version: "5.5.7 u", method: zipped, files: tt.files}
			archivetest.Check(t, Open, folder(s.build(t), "setup.exe"), tt.want)
		})
	}
}

func TestCodePages(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		version   string
		languages []record
		stored    string
		want      string
	}{
		"Western Europe":          {"5.5.0", []record{{"codePage": 1252}}, "caf\xe9", "café"},
		"Russian":                 {"5.5.0", []record{{"codePage": 1251}}, "\xc4\xf0", "Др"},
		"Japanese with backslash": {"5.5.0", []record{{"codePage": 932}}, "\x83\x5c\\\x83\x5c", "ソ/ソ"},
		"English speaks too":      {"5.5.0", []record{{"codePage": 932}, {"codePage": 0}}, "caf\xe9", "café"},
		"by language":             {"4.1.0", []record{{"id": 0x419}}, "\xc4\xf0", "Др"},
		"Unicode":                 {"5.5.0 u", nil, "Др", "Др"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup{version: tt.version, languages: tt.languages, method: zipped, files: []packed{{dest: tt.stored, content: "x"}}}
			archivetest.Check(t, Open, folder(s.build(t), "setup.exe"), map[string]string{tt.want: "x"})
		})
	}
}

// TestCompiled reads what several versions of ISCC wrote.
func TestCompiled(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(testdata, "testdata/*-0.bin")
	if err != nil || len(names) < 6 {
		t.Fatalf("%d installers: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archivetest.Check(t, Open, compiled(name), map[string]string{
				"app/calls.dll": compiledCalls(), "app/drivers/x.inf": "[Version]\r\nSignature=\"$Windows NT$\"\r\n",
				"win/inf/x.inf": "[Version]\r\nSignature=\"$Windows NT$\"\r\n", "app/drivers/lines.txt": compiledLines(), "app/empty.txt": "",
				"app@2/readme.txt": "english", "app/readme.txt": "another language", "code$Folder$x/en.txt": "english",
			})
			r, err := Open(compiled(name), archive.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			info := r.(*Reader).Setup()
			want := Info{
				Version: info.Version, Unicode: true, AppName: "Example Driver", AppVerName: "Example Driver 1.2.3", AppID: "example-driver", AppVersion: "1.2.3",
				Publisher: "Exämple Ltd.", DefaultDir: `{pf}\Example`, BaseName: info.BaseName, Uninstallable: "yes", UninstallKey: "yes", Admin: true,
				Languages: []string{"en", "other"},
				Runs: []Run{
					{Name: `{app}\drivers\dpinst.exe`, Parameters: "/sw", Components: "main"},
					{Name: `{app}\show.exe`, Description: "Show", PostInstall: true, SkipIfSilent: true},
				},
			}
			if d := cmp.Diff(want, info); d != "" {
				t.Errorf("Setup (-want +got):\n%s", d)
			}
			if !strings.HasPrefix(name, "testdata/"+info.Version+"-") {
				t.Errorf("version %s", info.Version)
			}
		})
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	s := setup{version: "5.5.7 u", method: zipped, header: record{"Password": true}, files: []packed{
		{dest: "{app}/secret", content: "x", encrypted: true}, {dest: "{app}/open", content: "y"},
	}}
	r, err := Open(folder(s.build(t), "setup.exe"), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if !r.(*Reader).Setup().Password || !r.Entries()[0].Encrypted || r.Entries()[1].Encrypted {
		t.Errorf("entries %v", r.Entries())
	}
	got := map[string]error{}
	if err := r.Extract(t.Context(), func(int) bool { return true }, func(i int, src io.Reader) error {
		_, err := io.ReadAll(src)
		got[r.Entries()[i].Name] = err
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(got["app/secret"], archive.ErrEncrypted) || got["app/open"] != nil {
		t.Errorf("read: %v", got)
	}
	// All of it, since 6.5.
	s = setup{version: "6.5.2", method: zipped, files: s.files[1:]}
	b := s.build(t)["setup.exe"]
	at := 0x800 + versionLen
	copy(b[at:], withSum(append([]byte{2}, b[at+5:at+4+encryptionLen]...)))
	if _, err := Open(archivetest.Bytes("setup.exe", b), archive.Limits{}); !errors.Is(err, archive.ErrEncrypted) {
		t.Errorf("open: %v", err)
	}
}

func TestUnsupported(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]string{
		"too old":           "1.3.25",
		"not yet known":     "9.0.0",
		"somebody's own":    "Inno Setup Setup Data of somebody",
		"another shape":     "5.5.7 u",
		"another shape (a)": "4.2.3",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup{version: "5.5.7 u", method: zipped, junk: true, files: []packed{{dest: `{app}\a`, content: "x"}, {dest: `{app}\b`, content: "xyz"}}}
			if strings.HasPrefix(name, "another") {
				s.version = "5.1.0"
			}
			b := s.build(t)["setup.exe"]
			clear(b[0x800 : 0x800+versionLen])
			text := version
			if !strings.Contains(text, "Inno") {
				text = fmt.Sprintf("Inno Setup Setup Data (%s)", version)
			}
			copy(b[0x800:], text)
			_, err := Open(archivetest.Bytes("setup.exe", b), archive.Limits{})
			if err == nil || !errors.Is(err, archive.ErrUnsupported) && !errors.Is(err, archive.ErrCorrupt) {
				t.Fatalf("open: %v", err)
			}
			if errors.Is(err, archive.ErrUnsupported) && !strings.Contains(err.Error(), "innoextract") {
				t.Errorf("no advice: %v", err)
			}
		})
	}
}
