package inf_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf"
)

// netINF is a driver for two architectures with the usual parts.
const netINF = `[Version]
Signature = "$Windows NT$"
Class = Net
ClassGuid = {4d36e972-e325-11ce-bfc1-08002be10318}
Provider = %Maker%
DriverVer = 02/03/2020, 1.2.03.4 ; build 7
CatalogFile.NTx86 = net32.cat
CatalogFile = net.cat
[Manufacturer]
%Maker% = Models, NTx86.5.1, NTamd64.6.1, NTamd64.10.0...17763
[Models.NTx86.5.1]
%Card% = Inst, PCI\VEN_1AF4&DEV_1000, PCI\VEN_1AF4
[Models.NTamd64.6.1]
%Card% = Inst, PCI\VEN_1AF4&DEV_1000
%Virtual% = Inst
[Models.NTamd64.10.0...17763]
%Card% = Inst, , PCI\VEN_1AF4
[Inst.NTx86]
CopyFiles = Files.x86, @shared.dll
[Inst.NTamd64]
CopyFiles = Files.x64
CopyFiles = @shared.dll, 12
Needs = Extra
[Inst.NTamd64.CoInstallers]
CopyFiles = Co
[Inst.NTamd64.Interfaces]
AddInterface = {00000000-0000-0000-0000-000000000001},, Iface
[Iface]
CopyFiles = @iface.dll
[Extra]
Needs = Extra
CopyFiles = @extra.dll
[ClassInstall32]
CopyFiles = @class.dll
[Files.x86]
net.sys
[Files.x64]
net.sys, net64.sys
[Co]
co.dll,,,0x10
[SourceDisksNames]
1 = %Disk%,,, bin
2 = %Disk%, data.cab
[SourceDisksNames.amd64]
01 = %Disk%,,, "\x64\"
[SourceDisksFiles]
net.sys = 1
net64.sys = 1, sub
shared.dll = 1
extra.dll = 2
iface.dll = 1,.\deep/er
class.dll = 1
[SourceDisksFiles.amd64]
co.dll = 1
[Strings]
Maker = "Acme, Inc."
Card = "Acme Card"
Virtual = "Acme Virtual"
Disk = Disk
`

// meaningSeeds are whole files whose meaning is fuzzed.
var meaningSeeds = []string{netINF, "[Version]\nSignature=$CHICAGO$\n[DefaultInstall.NTamd64]\nCopyFiles=@..\\x.sys,@a\\..\\..\\y\nCopyINF=a.inf\n[SourceDisksFiles]\nx.sys=1,..\\..\n"}

func netDriver(t *testing.T) *inf.Driver {
	t.Helper()
	f, ds := inf.Parse("net.inf", []byte(strings.ReplaceAll(netINF, "\n", "\r\n")))
	if f.Err != nil || len(ds) > 0 {
		t.Fatal(f.Err, ds)
	}
	return f.Driver()
}

func TestVersion(t *testing.T) {
	t.Parallel()
	d := netDriver(t)
	v := d.Version
	if d.Kind != inf.KindDevice || v.Class != "Net" || v.ClassGUID != "{4D36E972-E325-11CE-BFC1-08002BE10318}" || v.Provider != "Acme, Inc." ||
		v.DriverVer.Date != "2020-02-03" || v.DriverVer.VersionString() != "1.2.3.4" {
		t.Errorf("got %s %+v", d.Kind, v)
	}
	for arch, want := range map[inf.Arch]string{inf.X86: "net32.cat", inf.AMD64: "net.cat"} {
		if c, ok := v.Catalog(arch); !ok || c.Name != want {
			t.Errorf("%s: catalog %q, want %q", arch, c.Name, want)
		}
	}
}

func TestModels(t *testing.T) {
	t.Parallel()
	d := netDriver(t)
	for _, c := range []struct {
		name   string
		target inf.Target
		want   []string
	}{
		{"XP", inf.Target{Arch: inf.X86, Major: 5, Minor: 1, Build: 2600}, []string{`Acme Card Inst [PCI\VEN_1AF4&DEV_1000 PCI\VEN_1AF4]`}},
		{"7 x64", inf.Target{Arch: inf.AMD64, Major: 6, Minor: 1, Build: 7601}, []string{`Acme Card Inst [PCI\VEN_1AF4&DEV_1000]`, "Acme Virtual Inst []"}},
		{"10 1607", inf.Target{Arch: inf.AMD64, Major: 10, Build: 14393}, []string{`Acme Card Inst [PCI\VEN_1AF4&DEV_1000]`, "Acme Virtual Inst []"}},
		{"11", inf.Target{Arch: inf.AMD64, Major: 10, Build: 22631}, []string{`Acme Card Inst [ PCI\VEN_1AF4]`}},
		{"XP x64", inf.Target{Arch: inf.AMD64, Major: 5, Minor: 2, Build: 3790}, nil},
		{"arm64", inf.Target{Arch: inf.ARM64, Major: 10, Build: 22631}, nil},
	} {
		var got []string
		for m := range d.Models(c.target) {
			got = append(got, fmt.Sprintf("%s %s %v", m.Description, m.Install, m.IDs))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, d)
		}
	}
}

// paths gives source files as "path", with what else is known of them.
func paths(files []inf.SourceFile) []string {
	var out []string
	for _, sf := range files {
		s := sf.Path
		if sf.Cabinet != "" {
			s += " in " + sf.Cabinet
		}
		if !sf.Listed {
			s += " not listed"
		}
		if sf.Escapes {
			s = sf.Name + " escapes"
		}
		out = append(out, s)
	}
	return out
}

func TestNeededFiles(t *testing.T) {
	t.Parallel()
	d := netDriver(t)
	sections := d.ModelsSections()
	needs := d.Needs()
	for i, want := range [][]string{
		{"bin/net.sys", "bin/shared.dll", "bin/class.dll"},
		{"x64/sub/net64.sys", "x64/shared.dll", "extra.dll in data.cab", "x64/co.dll", "x64/deep/er/iface.dll", "x64/class.dll"},
	} {
		if d := cmp.Diff(want, paths(needs.Files(sections[i], sections[i].Arch()))); d != "" {
			t.Errorf("%s (-want +got)\n%s", sections[i].Name, d)
		}
	}
	want := []string{"bin/net.sys", "bin/shared.dll", "bin/deep/er/iface.dll", "extra.dll in data.cab", "bin/class.dll", "bin/sub/net64.sys", "co.dll not listed"}
	got := paths(d.PackageFiles(inf.X86))
	if len(got) != len(want) {
		t.Errorf("the package for x86: %v", got)
	}
	for _, w := range want {
		if !strings.Contains("\n"+strings.Join(got, "\n")+"\n", "\n"+w+"\n") {
			t.Errorf("the package for x86 lacks %q: %v", w, got)
		}
	}
}

func TestSourcePathsStayInside(t *testing.T) {
	t.Parallel()
	src := `[Version]
Signature=$CHICAGO$
[Manufacturer]
m=M
[M]
d=I,HW
[I]
CopyFiles=@a.sys,@b.sys,@c.sys,@d.sys
[SourceDisksNames]
1=d,,,sub
2=d,,,c:\temp
[SourceDisksFiles]
a.sys=1,..
b.sys=1,..\..
c.sys=2
d.sys=1,\x\.\\y\
`
	f, _ := inf.Parse("t.inf", []byte(src))
	want := []string{"a.sys", "b.sys escapes", "c.sys escapes", "sub/x/y/d.sys"}
	if d := cmp.Diff(want, paths(f.Driver().PackageFiles(inf.X86))); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for want, body := range map[inf.Kind]string{
		inf.KindDevice:    "[Manufacturer]\nm=M\n[M]\nd=I,HW\n",
		inf.KindPrimitive: "[DefaultInstall.NTarm64]\n",
		inf.KindLegacy:    "[DefaultInstall]\n",
		inf.KindClass:     "[ClassInstall32.NTamd64]\n[Manufacturer]\n",
		inf.KindNone:      "[Manufacturer]\n",
	} {
		f, _ := inf.Parse("t.inf", []byte("[Version]\nSignature=$CHICAGO$\n"+body))
		if got := f.Driver().Kind; got != want {
			t.Errorf("%q is %s, want %s", body, got, want)
		}
	}
}

// TestNeedsCycle asserts that sections which need each other end.
func TestNeedsCycle(t *testing.T) {
	t.Parallel()
	f, _ := inf.Parse("t.inf", []byte("[Version]\nSignature=$CHICAGO$\n[Manufacturer]\nm=M\n[M]\nd=A,HW\n[A]\nInclude=t.inf\nNeeds=B\nCopyFiles=@a\n[B]\nNeeds=A,B\nCopyFiles=@b\n"))
	d := f.Driver()
	if diff := cmp.Diff([]string{"b not listed", "a not listed"}, paths(d.Needs().Files(d.ModelsSections()[0], inf.X86))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDecorations(t *testing.T) {
	t.Parallel()
	ten := inf.Target{Arch: inf.AMD64, Major: 10, Build: 17763, ProductType: inf.Workstation}
	for _, c := range []struct {
		decoration string
		applies    bool
	}{
		{"NTamd64", true},
		{"ntAMD64.6", true},
		{"NTamd64.10.0", true},
		{"NTamd64.10.1", false},
		{"NTx86", false},
		{"NT", false},
		{"NTamd64.6.1.1", true},
		{"NTamd64...3", false},
		{"NTamd64....0x2", false},
		{"NTamd64.10.0...17763", true},
		{"NTamd64.10.0...18362", false},
		{"NTamd64.6.1...16299", true},
		{"NTamd64.10.0...9600", false},
		{"NTx64", false},
		{"amd64", false},
		{"NT$ARCH$", false},
		{"NTamd64..1", false},
		{"NTamd64.x", false},
	} {
		dec, ok := inf.ParseDecoration(c.decoration)
		if got := ok && dec.Applies(ten); got != c.applies {
			t.Errorf("%s applies to %v: %v, want %v", c.decoration, ten, got, c.applies)
		}
	}
	server := inf.Target{Arch: inf.AMD64, Major: 10, Build: 17763, ProductType: inf.Server, SuiteMask: 0x82}
	if i := inf.SelectDecoration([]string{"NTamd64.10.0", "NTamd64.10.0.3.0x80", "NTamd64.10.0.3"}, server); i != 1 {
		t.Errorf("chose decoration %d", i)
	}
}

// TestCheck asserts the findings of the codes that a case names; other rules may have their say about the same text.
func TestCheck(t *testing.T) {
	t.Parallel()
	const version = "[Version]\nSignature=$CHICAGO$\nClass=Net\nClassGuid={4d36e972-e325-11ce-bfc1-08002be10318}\nProvider=Me\nDriverVer=01/02/2003,1.2.3.4\nCatalogFile=x.cat\n"
	const models = "[Manufacturer]\nm=M\n[M]\nd=I,HW\n[I]\n"
	cases := []struct {
		name, src string
		want      []string
	}{
		{"no class and an odd GUID", "[Version]\nSignature=$CHICAGO$\nClassGuid=4d36e972\nProvider=Me\nDriverVer=01/02/2003,1.2.3.4\nCatalogFile=x.cat\n" + models, []string{"INF0201 1:1@0-1:10@9", "INF0202 3:11@40-3:19@48"}},
		{"no DriverVer", strings.Replace(version, "DriverVer", ";", 1) + models, []string{"INF0201 1:1@0-1:10@9"}},
		{"odd date and version", strings.Replace(version, "01/02/2003,1.2.3.4", "1/2/2003, 1.2", 1) + models, []string{"INF0203 6:11@111-6:19@119", "INF0204 6:21@121-6:24@124"}},
		{"no catalog", strings.Replace(version, "CatalogFile=x.cat", "", 1) + models, []string{"INF0205 1:1@0-1:10@9"}},
		{"catalog with a path", strings.Replace(version, "x.cat", `a\x.cat`, 1) + models, []string{"INF0206 7:13@142-7:20@149"}},
		{"no models", version + "[Manufacturer]\nm=M\n[M]\n", []string{"INF0301 8:1@148-8:15@162", "INF0304 9:3@165-9:4@166"}},
		{"models missing", version + "[Manufacturer]\nm=M,NTx86\n[M]\nd=I,HW\n[I]\n", []string{"INF0303 9:5@167-9:10@172"}},
		{"decoration", version + "[Manufacturer]\nm=M,NTx64\n[M]\nd=I,HW\n[I]\n", []string{"INF0302 9:5@167-9:10@172"}},
		{"unstamped", version + "[Manufacturer]\nm=M,NT$ARCH$\n[M]\nd=I,HW\n[I]\n", []string{"INF0308 9:5@167-9:13@175"}},
		{"old build", version + "[Manufacturer]\nm=M,NTamd64.10.0...9600\n[M.NTamd64.10.0...9600]\nd=I,HW\n[I]\n", []string{"INF0309 9:5@167-9:24@186"}},
		{"no models name", version + "[Manufacturer]\nm=M\nn=\n[M]\nd=I,HW\n[I]\n", []string{"INF0305 10:1@167-10:3@169"}},
		{"install section missing", version + "[Manufacturer]\nm=M\n[M]\nd=J,HW\ne=,HW\n", []string{"INF0306 11:3@173-11:4@174", "INF0307 12:1@178-12:6@183"}},
		{"copied section missing", version + models + "CopyFiles=Nowhere,12\n", []string{"INF0401 13:11@192-13:18@199", "INF0401 13:19@200-13:21@202"}},
		{"copied file not listed", version + models + "CopyFiles=@a.sys\n", []string{"INF0501 13:11@192-13:17@198"}},
		{"disk", version + models + "[SourceDisksFiles]\na.sys=3\nb.sys=\n[SourceDisksFiles.NTx86]\n", []string{"INF0502 14:7@207-14:8@208", "INF0503 15:1@209-15:7@215", "INF0504 16:1@216-16:25@240"}},
		{"slash and catalog", version + models + "[SourceDisksNames]\n1=d\n[SourceDisksFiles]\na.cat=1,x/y\n", []string{"INF0507 16:1@224-16:12@235", "INF0506 16:9@232-16:12@235"}},
		{"escape", version + models + "CopyFiles=@a.sys\n[SourceDisksNames]\n1=d,,,..\n[SourceDisksFiles]\na.sys=1\n", []string{"INF0505 13:11@192-13:17@198"}},
		{"strings", version + models + "AddReg=%Nope%,%SystemRoot%,%12%,50% of %x\n[Strings]\na=1\nA=2\n", []string{"INF0601 13:8@189-13:14@195", "INF0602 16:1@238-16:2@239"}},
		{"leads back to itself", version + models + "Include=T.inf\nNeeds=J\n[J]\nNeeds=K\n[K]\nNeeds=L,I\n[L]\nInclude=machine.inf\nNeeds=L\n", []string{"INF0402 13:9@190-13:14@195", "INF0402 18:9@228-18:10@229"}},
		{"right-click", version + "[DefaultInstall]\n", []string{"INF0310 8:1@148-8:17@164"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, _ := inf.Parse("t.inf", []byte(c.src))
			got := slices.DeleteFunc(short(f.Driver().Check()), func(found string) bool {
				return !slices.ContainsFunc(c.want, func(w string) bool { return w[:7] == found[:7] })
			})
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// TestLegacyFiles: where [X.NT] stands beside [X], no Windows NT reads [X]; its files are not part of the signed package.
func TestLegacyFiles(t *testing.T) {
	t.Parallel()
	f, _ := inf.Parse("t.inf", []byte(`[Version]
Signature=$CHICAGO$
[Manufacturer]
m=M,NTamd64
[M]
a=A,HW1
b=B,HW2
c=C,HW3
[M.NTamd64]
c=C,HW3
[A]
CopyFiles=@a98.sys,@both.dll
[A.NT]
CopyFiles=@a.sys,@both.dll
[B]
CopyFiles=@b.sys
[C]
CopyFiles=@c32.sys
[C.NTamd64]
CopyFiles=@c64.sys
Needs=D
[D]
CopyFiles=@d.sys
[D.NT]
[ClassInstall]
CopyFiles=@page98.dll
[ClassInstall32]
CopyFiles=@page.dll
`))
	d := f.Driver()
	if diff := cmp.Diff([]string{"both.dll not listed", "a.sys not listed", "b.sys not listed", "c32.sys not listed", "page.dll not listed", "c64.sys not listed", "d.sys not listed"}, sorted(paths(d.PackageFiles(inf.X86)), "both.dll not listed")); diff != "" {
		t.Errorf("package (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a98.sys not listed", "page98.dll not listed"}, paths(d.LegacyFiles(inf.X86))); diff != "" {
		t.Errorf("legacy (-want +got)\n%s", diff)
	}
}

// sorted puts one path first: the order of the rest is that of the text.
func sorted(paths []string, first string) []string {
	out := []string{first}
	for _, p := range paths {
		if p != first {
			out = append(out, p)
		}
	}
	return out
}

func TestInstallDriverVer(t *testing.T) {
	t.Parallel()
	f, _ := inf.Parse("t.inf", []byte("[Version]\nSignature=$CHICAGO$\nDriverVer=01/02/2003,1.0\n[A.NTx86]\nDriverVer=%v%\n[A]\n[Strings]\nv=01/02/2004\n"))
	d := f.Driver()
	if got := d.DriverVer("A", inf.X86); got.Date != "2004-01-02" || got.Line.First != 5 {
		t.Errorf("x86: %+v", got)
	}
	for _, install := range []string{"A", "Nowhere"} {
		if got := d.DriverVer(install, inf.AMD64); got.Date != "2003-01-02" || got.VersionString() != "1.0.0.0" {
			t.Errorf("%s on x64: %+v", install, got)
		}
	}
}

// TestNeedsChainIsBounded asserts that install sections which all need one long chain end with a word about it too.
func TestNeedsChainIsBounded(t *testing.T) {
	t.Parallel()
	const n = 200
	var b strings.Builder
	b.WriteString("[Version]\nSignature=$CHICAGO$\n[Manufacturer]\nm=M\n[M]\n")
	for i := range n {
		fmt.Fprintf(&b, "x=I%d\n", i)
	}
	for i := range n {
		fmt.Fprintf(&b, "[I%d]\nNeeds=I%d\n", i, i+1)
	}
	f, _ := inf.Parse("t.inf", []byte(b.String()))
	d := f.Driver()
	for _, c := range []struct {
		limit    int
		exceeded bool
	}{{n * n / 2, true}, {3 * n * n, false}} {
		needs := d.Needs()
		needs.Limit(c.limit)
		needs.Files(d.ModelsSections()[0], inf.X86)
		if needs.Exceeded() != c.exceeded {
			t.Errorf("with limit %d: exceeded %v", c.limit, needs.Exceeded())
		}
	}
}

// TestNeedsIsBounded asserts that an INF whose sections name each other over and over ends with a word about it.
func TestNeedsIsBounded(t *testing.T) {
	t.Parallel()
	const n = 100
	var b strings.Builder
	b.WriteString("[Version]\nSignature=$CHICAGO$\n[Manufacturer]\n")
	for i := range n {
		fmt.Fprintf(&b, "m=M%d\n", i)
	}
	for i := range n {
		fmt.Fprintf(&b, "[M%d]\nx=I%d\n[I%d]\nCopyFiles=L\n[L]\nf%d\n", i, i, i, i)
	}
	f, _ := inf.Parse("t.inf", []byte(b.String()))
	d := f.Driver()
	for _, c := range []struct {
		limit    int
		exceeded bool
	}{{n * n / 2, true}, {2 * n * n, false}} {
		needs := d.Needs()
		needs.Limit(c.limit)
		files := 0
		for _, ms := range d.ModelsSections() {
			files += len(needs.Files(ms, inf.X86))
		}
		if needs.Exceeded() != c.exceeded || (files == n*n) == c.exceeded {
			t.Errorf("with limit %d: %d files, exceeded %v", c.limit, files, needs.Exceeded())
		}
	}
}
