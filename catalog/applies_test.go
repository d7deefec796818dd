package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
)

// line makes the models sections of one [Manufacturer] line: "NTamd64 2" is a section with two entries, "- 1" the
// undecorated one, "NTamd64.6.0 0" an empty one, "NTarm64" one that does not exist. With a decoration beside it the
// undecorated section is the twin that nobody lists.
func line(n int, sections ...string) (out []catalog.ModelsSection) {
	decorated := false
	for _, s := range sections {
		dec, entries, defined := strings.Cut(s, " ")
		m := catalog.ModelsSection{Manufacturer: "Acme", ManLine: n, Name: "Acme", Defined: defined, Line: 10 + n}
		if defined {
			m.Entries = int(entries[0] - '0')
		}
		if m.Listed = dec != "-" || !decorated; dec != "-" {
			m.Decoration, decorated = dec, true
		}
		out = append(out, m)
	}
	return out
}

func device(lines ...[]catalog.ModelsSection) *catalog.Driver {
	d := &catalog.Driver{Name: "net.inf", Verdict: catalog.Nice, INF: &catalog.INF{Kind: string(inf.KindDevice)}}
	for _, l := range lines {
		d.INF.Models = append(d.INF.Models, l...)
	}
	return d
}

// with changes a driver.
func with(d *catalog.Driver, change func(*catalog.Driver)) *catalog.Driver {
	change(d)
	return d
}

func primitive(complete ...inf.Arch) *catalog.Driver {
	return &catalog.Driver{Name: "filter.inf", INF: &catalog.INF{Kind: string(inf.KindPrimitive)}, Complete: complete}
}

func TestApplies(t *testing.T) { // size: one table
	t.Parallel()
	lacks := func(sections ...int) func(*catalog.Driver) {
		return func(d *catalog.Driver) {
			d.Missing = []catalog.MissingFile{{Path: "x64/net.sys", Arches: []inf.Arch{inf.AMD64}, Sections: sections, Place: catalog.Place{Path: "net.inf", Line: 30, Column: 4}}}
		}
	}
	unsigned := func(arches ...inf.Arch) func(*catalog.Driver) {
		return func(d *catalog.Driver) { d.Unsigned = arches }
	}
	cases := []struct {
		name   string
		driver *catalog.Driver
		target string
		want   string // code place [sections]: text
	}{
		{"the section of the architecture", device(line(0, "NTx86 1", "NTamd64 2")), "win10-x64",
			"applies net.inf:10 [1]: Windows 10 x64: [Acme.NTamd64]"},
		{"undecorated models are for x86", device(line(0, "- 1")), "xp-x86", "applies net.inf:10 [0]: Windows XP x86: [Acme]"},
		{"x86 falls back to the undecorated twin", device(line(0, "NTamd64 1", "- 1")), "win7-x86", "applies net.inf:10 [1]: Windows 7 x86: [Acme]"},
		{"the highest version wins", device(line(0, "NTamd64 1", "NTamd64.10.0 1", "NTamd64.6.1 1")), "win8-x64", "applies net.inf:10 [2]: Windows 8 x64: [Acme.NTamd64.6.1]"},
		{"a build the target has", device(line(0, "NTamd64.10.0...22000 1")), "win11-x64", "applies net.inf:10 [0]: Windows 11 x64: [Acme.NTamd64.10.0...22000]"},
		{"each line is asked by itself", device(line(0, "NTx86 1"), line(1, "NTamd64 1"), line(2, "NTamd64 1")), "win10-x64",
			"applies net.inf:11 [1 2]: Windows 10 x64: [Acme.NTamd64], [Acme.NTamd64]"},
		{"one line excludes, another serves", device(line(0, "NTamd64 0"), line(1, "NTamd64 1")), "win10-x64",
			"applies net.inf:10 [0 1]: Windows 10 x64: [Acme.NTamd64], [Acme.NTamd64]"},
		{"XP x64 is version 5.2", device(line(0, "NTamd64.5.2 1")), "xp-x64", "applies net.inf:10 [0]: Windows XP x64: [Acme.NTamd64.5.2]"},

		{"for another architecture", device(line(0, "NTx86 1", "NTarm64 1")), "win10-x64",
			"models-none net.inf:10 []: no models for Windows 10 x64: the INF is for NTx86, NTarm64"},
		{"undecorated models and x64", device(line(0, "- 1")), "win10-x64",
			"models-none net.inf:10 []: no models for Windows 10 x64: undecorated models serve x86 only"},
		{"a build the target lacks", device(line(0, "NTamd64.10.0...26100 1")), "win10-x64",
			"models-none net.inf:10 []: no models for Windows 10 x64: the INF is for NTamd64.10.0...26100"},
		{"for servers", device(line(0, "NTamd64.10.0.3 1")), "win11-x64",
			"models-none net.inf:10 []: no models for Windows 11 x64: the INF is for NTamd64.10.0.3"},
		{"a decoration that cannot be read", device(line(0, "NTx64 1")), "win10-x64",
			"models-none net.inf:10 []: no models for Windows 10 x64: the INF is for NTx64"},
		{"an empty section excludes newer systems", device(line(0, "NTamd64.5.2 1", "NTamd64.6.0 0")), "win10-x64",
			"models-empty net.inf:10 []: [Acme.NTamd64.6.0] is empty: the vendor excludes Windows 10 x64"},
		{"the empty section blocks the undecorated twin", device(line(0, "NTx86.6.0 0", "- 1")), "win10-x86",
			"models-empty net.inf:10 []: [Acme.NTx86.6.0] is empty: the vendor excludes Windows 10 x86"},
		{"a section that does not exist", device(line(0, "NTamd64")), "win10-x64",
			"models-missing net.inf:10 []: [Acme.NTamd64] is named for Windows 10 x64, but the INF does not have it"},
		{"no models at all", device(), "win10-x64", "no-models net.inf []: the INF has no models, so it serves no device"},

		{"a file is missing that the target needs", with(device(line(0, "NTamd64 1")), lacks(0)), "win10-x64",
			"incomplete net.inf:30:4 [0]: x64/net.sys is missing, which Windows 10 x64 needs"},
		{"a file is missing that another system needs", with(device(line(0, "NTamd64 1", "NTamd64.6.1 1")), lacks(0)), "win10-x64",
			"applies net.inf:10 [1]: Windows 10 x64: [Acme.NTamd64.6.1]"},
		{"unsigned for 64-bit Windows", with(device(line(0, "NTamd64 1")), unsigned(inf.AMD64)), "win10-x64",
			"unsigned net.inf:10 [0]: no security catalog lies beside the INF, and Windows 10 x64 refuses unsigned drivers"},
		{"unsigned for 32-bit Windows", with(device(line(0, "NTx86 1")), unsigned(inf.X86)), "win10-x86", "applies net.inf:10 [0]: Windows 10 x86: [Acme.NTx86]"},
		{"unsigned for XP x64", with(device(line(0, "NTamd64 1")), unsigned(inf.AMD64)), "xp-x64", "applies net.inf:10 [0]: Windows XP x64: [Acme.NTamd64]"},
		{"unsigned for Vista x64", with(device(line(0, "NTamd64 1")), unsigned(inf.AMD64)), "vista-x64",
			"unsigned net.inf:10 [0]: no security catalog lies beside the INF, and Windows Vista x64 refuses unsigned drivers"},
		{"unsigned for another architecture", with(device(line(0, "NTamd64 1", "NTarm64 1")), unsigned(inf.ARM64)), "win11-x64", "applies net.inf:10 [0]: Windows 11 x64: [Acme.NTamd64]"},
		{"missing comes before unsigned", with(with(device(line(0, "NTamd64 1")), lacks(0)), unsigned(inf.AMD64)), "win10-x64",
			"incomplete net.inf:30:4 [0]: x64/net.sys is missing, which Windows 10 x64 needs"},

		{"primitive", primitive(inf.AMD64), "win10-x64", "applies filter.inf []: Windows 10 x64: a primitive driver, for no device"},
		{"primitive for a server of 2016", primitive(inf.AMD64), "server2016", "primitive filter.inf []: a primitive driver (no devices), which Windows imports since Windows 10 1903"},
		{"primitive for Windows 7", primitive(inf.X86), "win7-x86", "primitive filter.inf []: a primitive driver (no devices), which Windows imports since Windows 10 1903"},
		{"primitive for another architecture", primitive(inf.ARM64), "win10-x64", "models-none filter.inf []: no [DefaultInstall.NTamd64] for Windows 10 x64"},
		{"primitive and incomplete", with(primitive(), lacks()), "win10-x64", "incomplete net.inf:30:4 []: x64/net.sys is missing, which Windows 10 x64 needs"},
		{"primitive and unsigned", with(primitive(inf.AMD64), unsigned(inf.AMD64)), "win11-x64",
			"unsigned filter.inf []: no security catalog lies beside the INF, and Windows 11 x64 refuses unsigned drivers"},

		{"a setup program", &catalog.Driver{Name: "setup.exe", Verdict: catalog.Bad}, "win10-x64", "installer setup.exe []: a setup program; its package is made separately"},
		{"the verdict is not asked", with(device(line(0, "NTamd64 1")), func(d *catalog.Driver) { d.Verdict = catalog.Broken }), "win10-x64", "applies net.inf:10 [0]: Windows 10 x64: [Acme.NTamd64]"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			target, err := catalog.ParseTarget(c.target, "")
			if err != nil {
				t.Fatal(err)
			}
			a := catalog.Applies(c.driver, target)
			if d := cmp.Diff(c.want, short(a)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if a.OK != (a.Code == "applies") {
				t.Errorf("OK is %v with code %s", a.OK, a.Code)
			}
		})
	}
}

// short gives an answer as "code place [sections]: text".
func short(a catalog.Applicability) string {
	var b strings.Builder
	b.WriteString(a.Code + " " + a.Place.String() + " [")
	for i, s := range a.Sections {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(byte('0' + s))
	}
	b.WriteString("]: " + a.Text)
	return b.String()
}

// TestAppliesAsWindowsSelects asserts that the stored models sections give the answer that the INF itself gives.
func TestAppliesAsWindowsSelects(t *testing.T) {
	t.Parallel()
	for _, manufacturer := range []string{
		"Acme", "Acme,NTamd64", "Acme,NTx86,NTamd64", "Acme,NTx86.5.1,NTx86.6.0,NTamd64.6.0,NTarm64.10.0", "Acme,NT,NT.6.1,NTx86.6.0",
		"Acme,NTamd64.10.0...16299,NTamd64.10.0...22000", "Acme,NTx86...3,NTamd64...1", "Acme,NTx64,NTia64,", "Acme,NTamd64.6.0.1,NTamd64.6.0",
	} {
		text := "[Version]\nSignature=$CHICAGO$\n[Manufacturer]\nx=" + manufacturer + "\n[Acme]\nd=I,HW\n"
		for _, dec := range strings.Split(manufacturer, ",")[1:] {
			text += "[Acme." + dec + "]\nd=I,HW\n"
		}
		f, _ := inf.Parse("net.inf", []byte(text))
		d := f.Driver()
		rec := device()
		for _, ms := range d.ModelsSections() {
			rec.INF.Models = append(rec.INF.Models, catalog.ModelsSection{ManLine: ms.Manufacturer, Name: "Acme", Decoration: ms.Decoration, Listed: ms.Listed, Defined: ms.Section != nil, Entries: len(ms.Section.Lines), Line: 4})
		}
		for _, target := range every() {
			want := ""
			for _, ms := range d.Select(target.System()) {
				want += ms.Name
			}
			got := ""
			for _, s := range catalog.Applies(rec, target).Sections {
				got += rec.INF.Models[s].Section()
			}
			if got != want {
				t.Errorf("%s on %s: [%s], the INF says [%s]", manufacturer, target, got, want)
			}
		}
	}
}
