package lint_test

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/lint"
	"github.com/drivercat/drivercat/inf/seccat"
	"github.com/drivercat/drivercat/inf/seccat/seccattest"
)

// driver is an INF with CR LF whose text has no findings: net.sys and amd64 devices, more sections at will.
func driver(lines ...string) string {
	text := head + `[Manufacturer]
Acme = Acme, NTamd64
[Acme.NTamd64]
Net = Net, PCI\VEN_1234&DEV_5678
[Net]
CopyFiles = Net.Files
[Net.Services]
AddService = net, 2, Net.Service
[Net.Service]
ServiceType = 1
StartType = 3
ErrorControl = 1
ServiceBinary = %12%\net.sys
[Net.Files]
net.sys
[DestinationDirs]
DefaultDestDir = 12
[SourceDisksNames]
1 = Disk
[SourceDisksFiles]
net.sys = 1
`
	return strings.ReplaceAll(text+strings.Join(lines, "\n"), "\n", "\r\n")
}

// signed makes a catalog that lists files by their bytes; extra members come on top.
func signed(files map[string]string, extra ...seccattest.Member) string {
	c := seccattest.Catalog{Signer: "Acme", Members: extra}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		d := sha1.Sum([]byte(files[name]))
		c.Members = append(c.Members, seccattest.Member{File: strings.ToLower(name), OSAttr: "2:6.1,2:6.x", Digest: d[:]})
	}
	return string(c.Build())
}

// packageCase is a folder, and the findings about the files beside acme.inf that are expected in it: code, severity, the
// text of the place, and a part of the summary.
type packageCase struct {
	files   map[string]string
	options lint.PackageOptions
	want    []string
	whole   bool
}

func testRoots(t *testing.T) *seccat.Roots {
	t.Helper()
	roots, err := seccat.NewRoots(seccattest.Root().Certificate())
	if err != nil {
		t.Fatal(err)
	}
	return roots
}

func testPackages(t *testing.T, cases map[string]packageCase) {
	t.Parallel()
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fsys := fstest.MapFS{}
			for name, text := range tt.files {
				fsys[name] = &fstest.MapFile{Data: []byte(text)}
			}
			src := []byte(tt.files["acme.inf"])
			tt.options.Roots = testRoots(t)
			got := lint.NewFolder(fsys, "drivers").Check("acme.inf", src, tt.options)
			if d := cmp.Diff(tt.want, found(got)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if got.Whole != tt.whole || got.Whole != (got.Reason == "") || len(got.Problems) > 0 {
				t.Errorf("whole: %v (%s), problems %v", got.Whole, got.Reason, got.Problems)
			}
		})
	}
}

// found shows the findings about the files beside an INF.
func found(p lint.Package) []string {
	var out []string
	for _, d := range p.Diagnostics {
		if strings.HasPrefix(d.Code, "INF08") {
			text := string(p.File.Bytes()[d.Range.Start.Offset:d.Range.End.Offset])
			out = append(out, fmt.Sprintf("%s %s:%d «%s» %s", d.Code, d.Severity, d.Range.Start.Line, text, d.Summary))
		}
	}
	return out
}

func TestCatalogRules(t *testing.T) {
	good := map[string]string{"acme.inf": driver(), "net.sys": "driver"}
	with := func(cat string) map[string]string {
		m := maps.Clone(good)
		m["acme.cat"] = cat
		return m
	}
	unsigned := seccattest.Catalog{Members: seccattest.List(map[string][]byte{"acme.inf": []byte(driver()), "net.sys": []byte("driver")})}
	stranger, wrong := unsigned, unsigned
	stranger.By = &seccattest.Identity{Name: "Acme", Issuer: &seccattest.Identity{Name: "Stranger"}}
	wrong.By = &seccattest.Identity{Name: "Acme", Issuer: seccattest.Root(), Usages: []string{"1.3.6.1.5.5.7.3.1"}}
	other := map[string]string{"acme.inf": "another text", "net.sys": "driver"}
	testPackages(t, map[string]packageCase{
		"whole": {files: with(signed(good)), whole: true},
		"changed after it was signed": {files: with(strings.Replace(signed(good), "\x17\x0d240102", "\x17\x0d240103", 1)), want: []string{
			"INF0812 error:7 «acme.cat» the signature of the catalog is wrong: acme.cat: the content is not what was signed",
		}},
		"signed by a stranger": {files: with(string(stranger.Build())), whole: true, want: []string{
			"INF0813 info:7 «acme.cat» the signature of the catalog is right, and whether Windows trusts it cannot be told: acme.cat is signed by Acme; its chain leads to Stranger, which is not one of the pinned roots",
		}},
		"not for signing drivers": {files: with(string(wrong.Build())), whole: true, want: []string{
			"INF0813 warning:7 «acme.cat» the signature of the catalog is right, and whether Windows trusts it cannot be told: acme.cat is signed by Acme, but the certificate of Acme is not made for signing code",
		}},
		"no catalog": {files: good, want: []string{
			"INF0801 error:7 «acme.cat» the catalog acme.cat is not in the INF's folder",
		}},
		"a placeholder": {files: with("replaced when signed"), want: []string{
			"INF0802 error:7 «acme.cat» no security catalog: acme.cat is a placeholder",
		}},
		"cut off": {files: with(signed(good)[:90]), want: []string{
			"INF0802 error:7 «acme.cat» no security catalog: acme.cat is cut off",
		}},
		"another message": {files: with(string(unsigned.BuildData())), want: []string{
			"INF0802 error:7 «acme.cat» no security catalog: acme.cat is something else: the signed content is no certificate trust list",
		}},
		"not signed": {files: with(string(unsigned.Build())), want: []string{
			"INF0803 error:7 «acme.cat» the catalog acme.cat has no signature",
		}},
		"the INF was edited": {files: with(signed(other)), want: []string{
			"INF0804 error:7 «acme.cat» the catalog acme.cat does not list this INF: it was changed, or the catalog belongs to another version",
		}},
		"quick: names only": {
			files:   with(signed(map[string]string{"acme.inf": driver()})),
			options: lint.PackageOptions{Quick: true},
			want:    []string{"INF0807 warning:23 «net.sys» the catalog and the INF do not name the same files: acme.cat lists no net.sys"},
		},
		"another version of Windows is asked for": {
			files:   with(signed(good)),
			options: lint.PackageOptions{Targets: []inf.Target{{Arch: inf.AMD64, Major: 6, Minor: 3}, {Arch: inf.AMD64, Major: 10}}},
			want:    []string{"INF0808 warning:7 «acme.cat» the certification is for other versions of Windows: acme.cat is for 2:6.1,2:6.x, not for 10.0"},
			whole:   true,
		},
		"another architecture is asked for": {
			files:   with(signed(good)),
			options: lint.PackageOptions{Targets: []inf.Target{{Arch: inf.ARM64, Major: 10}}},
			whole:   true,
		},
	})
}

func TestConvertedLineEnds(t *testing.T) {
	lf := strings.ReplaceAll(driver(), "\r", "")
	list := map[string]string{"acme.inf": driver(), "net.sys": "driver"}
	data := driver("[Net.Files]", "net.ini", "[SourceDisksFiles]", "net.ini = 1")
	both := map[string]string{"acme.inf": data, "net.sys": "driver", "net.ini": "a\r\nb\r\n"}
	changed := maps.Clone(both)
	changed["net.ini"] = "a\nB\n"
	testPackages(t, map[string]packageCase{
		"of the INF": {
			files: map[string]string{"acme.inf": lf, "net.sys": "driver", "acme.cat": signed(list)},
			want:  []string{"INF0805 warning:7 «acme.cat» the line ends of acme.inf were converted: the catalog lists it as it was before"},
			whole: true,
		},
		"of another file": {
			files: map[string]string{"acme.inf": data, "net.sys": "driver", "net.ini": "a\nb\n", "acme.cat": signed(both)},
			want:  []string{"INF0805 warning:31 «net.ini» the line ends of net.ini were converted: the catalog lists it as it was before"},
			whole: true,
		},
		"and more": {
			files: map[string]string{"acme.inf": data, "net.sys": "driver", "net.ini": changed["net.ini"], "acme.cat": signed(both)},
			want:  []string{"INF0806 error:31 «net.ini» net.ini is not the file that acme.cat lists under this name"},
		},
	})
}

func TestFileRules(t *testing.T) {
	list := map[string]string{"acme.inf": driver(), "net.sys": "driver"}
	image, parts := seccattest.Image{Body: []byte("driver!!"), Signature: []byte("signature")}.Build()
	digest := sha1.Sum(bytes.Join(parts, nil))
	cabinet := driver("[SourceDisksNames]", "2 = Disk, net.cab", "[SourceDisksFiles]", "in.dll = 2", "[Net.Files]", "in.dll")
	folders := driver("[SourceDisksFiles.x86]", "only.sys = 1, i386", "[SourceDisksFiles.amd64]", "only.sys = 1, x64", "[Net.Files]", "only.sys")
	testPackages(t, map[string]packageCase{
		"an image is listed by its Authenticode digest": {
			files: map[string]string{
				"acme.inf": driver(), "net.sys": string(image),
				"acme.cat": signed(map[string]string{"acme.inf": driver()}, seccattest.Member{File: "net.sys", Digest: digest[:], PE: true}),
			},
			whole: true,
		},
		"another file": {
			files: map[string]string{"acme.inf": driver(), "net.sys": "another", "acme.cat": signed(list)},
			want:  []string{"INF0806 error:23 «net.sys» net.sys is not the file that acme.cat lists under this name"},
		},
		"a file that is not listed": {
			files: map[string]string{"acme.inf": driver(), "net.sys": "driver", "acme.cat": signed(map[string]string{"acme.inf": driver()})},
			want:  []string{"INF0806 error:23 «net.sys» acme.cat does not list net.sys"},
		},
		"a cabinet that is listed as one cannot be compared": {
			files: map[string]string{
				"acme.inf": driver(), "net.sys": "MSCF\x00",
				"acme.cat": signed(map[string]string{"acme.inf": driver()}, seccattest.Member{File: "net.sys", Digest: digest[:], Cabinet: true}),
			},
		},
		"missing": {
			files: map[string]string{"acme.inf": driver(), "acme.cat": signed(list)},
			want:  []string{"INF0809 error:23 «net.sys» not there, neither as it is nor compressed: net.sys"},
		},
		"a folder of that name is no file": {
			files: map[string]string{"acme.inf": driver(), "net.sys/net.sys": "driver", "acme.cat": signed(list)},
			want: []string{
				"INF0811 info:7 «acme.cat» no INF names these files: net.sys/net.sys",
				"INF0809 error:23 «net.sys» not there, neither as it is nor compressed: net.sys",
			},
		},
		"only the folder of the wanted architecture counts": {
			files: map[string]string{"acme.inf": folders, "net.sys": "driver", "i386/only.sys": "x", "acme.cat": signed(map[string]string{"acme.inf": folders, "net.sys": "driver"})},
			want:  []string{"INF0809 error:35 «only.sys» not there, neither as it is nor compressed: x64/only.sys"},
		},
		"compressed": {
			files: map[string]string{"acme.inf": driver(), "NET.SY_": "packed", "acme.cat": signed(list)},
		},
		"in its cabinet": {
			files: map[string]string{"acme.inf": cabinet, "net.sys": "driver", "net.cab": "MSCF", "acme.cat": signed(map[string]string{"acme.inf": cabinet, "net.sys": "driver"})},
		},
		"letter case": {
			files: map[string]string{"acme.inf": driver(), "Net.SYS": "driver", "Acme.cat": signed(list)},
			want:  []string{"INF0810 info:7 «acme.cat» the letter case differs: acme.cat lies there as Acme.cat, and 1 more"},
			whole: true,
		},
		"of two spellings the exact one counts": {
			files: map[string]string{"acme.inf": driver(), "Net.SYS": "other", "net.sys": "driver", "acme.cat": signed(list)},
			whole: true,
		},
	})
}

func TestListsDiffer(t *testing.T) {
	list := map[string]string{"acme.inf": driver(), "net.sys": "driver"}
	more := seccattest.Member{File: "other.dll", Digest: bytes.Repeat([]byte{1}, 20)}
	otherINF := seccattest.Member{File: "Other.inf", Digest: bytes.Repeat([]byte{2}, 20)}
	second := driver("[Net.Files]", "other.dll", "[SourceDisksFiles]", "other.dll = 1")
	legacy := driver("[SourceDisksFiles]", "old.vxd = 1")
	testPackages(t, map[string]packageCase{
		"the catalog lists more": {
			files: map[string]string{"acme.inf": driver(), "net.sys": "driver", "acme.cat": signed(list, more)},
			want:  []string{"INF0807 warning:7 «acme.cat» the catalog and the INF do not name the same files: acme.cat lists other.dll"},
			whole: true,
		},
		"an INF that is not there may need them": {
			files: map[string]string{"acme.inf": driver(), "net.sys": "driver", "acme.cat": signed(list, more, otherINF)},
			want:  []string{"INF0807 info:7 «acme.cat» the catalog and the INF do not name the same files: acme.cat lists other.dll, other.inf"},
			whole: true,
		},
		"another INF that shares the catalog names them": {
			files: map[string]string{"acme.inf": driver(), "other.inf": second, "net.sys": "driver", "other.dll": "x", "acme.cat": signed(list, more, otherINF)},
			whole: true,
		},
		"[SourceDisksFiles] names them": {
			files: map[string]string{"acme.inf": legacy, "net.sys": "driver", "acme.cat": signed(map[string]string{"acme.inf": legacy, "net.sys": "driver", "old.vxd": "x"})},
			whole: true,
		},
	})
}

func TestLeftovers(t *testing.T) {
	list := map[string]string{"acme.inf": driver(), "net.sys": "driver"}
	with := func(more ...string) map[string]string {
		m := map[string]string{"acme.inf": driver(), "net.sys": "driver", "acme.cat": signed(list)}
		for _, name := range more {
			m[name] = "x"
		}
		return m
	}
	below := with("sub/other.sys", "sub/deeper/doc.txt")
	below["sub/other.inf"] = driver()
	before := with("readme.txt")
	before["aaa.inf"] = driver()
	testPackages(t, map[string]packageCase{
		"some are named": {
			files: with("readme.txt", "setup.exe", "doc/a", "doc/b", "doc/c", "doc/d"),
			want:  []string{"INF0811 info:7 «acme.cat» no INF names these files: doc/a, doc/b, doc/c, doc/d, readme.txt and 1 more"},
			whole: true,
		},
		"folders with an INF of their own are told there": {files: below, whole: true},
		"told with the first INF of the folder":           {files: before, whole: true},
	})
}

// What the catalog proves beats what the text seems to lack, but not a file that cannot be loaded.
func TestWholePackagesWeighLess(t *testing.T) {
	t.Parallel()
	odd := strings.Replace(driver(), "Provider = Acme\r\n", "", 1)
	broken := odd + "[open\r\n"
	severities := func(text string, files map[string]string) []string {
		files["acme.cat"] = signed(map[string]string{"acme.inf": text, "net.sys": "driver"})
		fsys := fstest.MapFS{}
		for name, b := range files {
			fsys[name] = &fstest.MapFile{Data: []byte(b)}
		}
		var out []string
		for _, d := range lint.NewFolder(fsys, "").Check("acme.inf", []byte(text), lint.PackageOptions{}).Diagnostics {
			if d.Code == "INF0201" || d.Code == "INF0101" {
				out = append(out, d.Code+" "+d.Severity.String())
			}
		}
		return out
	}
	for name, tt := range map[string]struct {
		text  string
		files map[string]string
		want  []string
	}{
		"whole":             {odd, map[string]string{"acme.inf": odd, "net.sys": "driver"}, []string{"INF0201 warning"}},
		"a file is missing": {odd, map[string]string{"acme.inf": odd}, []string{"INF0201 error"}},
		"a file is another": {odd, map[string]string{"acme.inf": odd, "net.sys": "x"}, []string{"INF0201 error"}},
		"it does not load":  {broken, map[string]string{"acme.inf": broken, "net.sys": "driver"}, []string{"INF0101 error"}},
	} {
		if d := cmp.Diff(tt.want, severities(tt.text, tt.files)); d != "" {
			t.Errorf("%s\n%s", name, d)
		}
	}
}

// counting counts how often each file is opened.
type counting struct {
	fs.FS
	opened map[string]int
	broken string
}

func (c counting) Open(name string) (fs.File, error) {
	c.opened[name]++
	if name == c.broken {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return c.FS.Open(name)
}

func TestFolderReadsOnce(t *testing.T) {
	t.Parallel()
	text := driver()
	fsys := fstest.MapFS{"net.sys": {Data: []byte("driver")}, "readme.txt": {Data: []byte("x")}}
	list := map[string]string{"net.sys": "driver"}
	for _, name := range []string{"a.inf", "b.inf", "c.inf"} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		list[name] = text
	}
	fsys["acme.cat"] = &fstest.MapFile{Data: []byte(signed(list))}
	c := counting{FS: fsys, opened: map[string]int{}}
	f := lint.NewFolder(c, "")
	for _, name := range []string{"a.inf", "b.inf", "c.inf"} {
		if p := f.Check(name, []byte(text), lint.PackageOptions{}); !p.Whole {
			t.Errorf("%s: %s", name, p.Reason)
		}
	}
	if c.opened["acme.cat"] != 1 || c.opened["net.sys"] != 1 || c.opened["readme.txt"] != 0 {
		t.Errorf("%v", c.opened)
	}
}

// What cannot be read is no finding about the driver; it is told as a problem, and the package is not known to be whole.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	text := driver()
	fsys := fstest.MapFS{"acme.inf": {Data: []byte(text)}, "net.sys": {Data: []byte("driver")}}
	fsys["acme.cat"] = &fstest.MapFile{Data: []byte(signed(map[string]string{"acme.inf": text, "net.sys": "driver"}))}
	for _, broken := range []string{"acme.cat", "net.sys"} {
		p := lint.NewFolder(counting{fsys, map[string]int{}, broken}, "").Check("acme.inf", []byte(text), lint.PackageOptions{Roots: testRoots(t)})
		if p.Whole || len(p.Problems) != 1 || !errors.Is(p.Problems[0], fs.ErrPermission) || len(found(p)) != 0 {
			t.Errorf("%s: whole %v, %v, %v", broken, p.Whole, p.Problems, found(p))
		}
	}
}
