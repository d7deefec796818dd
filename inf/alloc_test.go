package inf_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/inf"
)

// wideINF is an INF whose sections do not grow in number with n, but in entries, fields, files and strings.
func wideINF(n int) []byte {
	var models, values, files, disks, strs strings.Builder
	for i := range n {
		fmt.Fprintf(&models, "%%Device.%d%% = Install_%d, PCI\\VEN_10EC&DEV_%04X, PCI\\VEN_10EC&CC_%04X ; device\r\n", i, i%4, i, i)
		fmt.Fprintf(&values, "HKR, Ndi\\Params\\Value%d, Default, %%REG_SZ%%, \"%d, or more\"\r\n", i, i)
		fmt.Fprintf(&files, "Driver%d.sys\r\n", i)
		fmt.Fprintf(&disks, "Driver%d.sys = 1, %%Folder%%\r\n", i)
		fmt.Fprintf(&strs, "Device.%d = \"Wide Adapter, number %d\"\r\n", i, i)
	}
	var b strings.Builder
	b.WriteString("[Version]\r\nSignature = \"$Windows NT$\"\r\nClass = Net\r\nProvider = %Acme%\r\nDriverVer = 01/02/2020,1.2.3.4\r\n" +
		"[Manufacturer]\r\n%Acme% = Models, NTamd64\r\n[Models.NTamd64]\r\n" + models.String() + "[SourceDisksNames]\r\n1 = %Acme%\r\n[SourceDisksFiles]\r\n" + disks.String())
	for i := range 4 {
		fmt.Fprintf(&b, "[Install_%d.NT]\r\nAddReg = Values\r\nCopyFiles = Files\r\n", i)
	}
	fmt.Fprintf(&b, "[Values]\r\n%s[Files]\r\n%s[Strings]\r\nAcme = \"Acme\"\r\nREG_SZ = 0\r\nFolder = .\r\n%s", values.String(), files.String(), strs.String())
	return []byte(b.String())
}

// meaning reads all that an INF says about devices and files, and returns how many identifiers and files there are.
func meaning(name string, src []byte) (n int) {
	f, _ := inf.Parse(name, src)
	d := f.Driver()
	needs := d.Needs()
	for _, ms := range d.ModelsSections() {
		for m := range d.Entries(ms.Section) {
			n += len(m.IDs)
		}
		n += len(needs.Files(ms, ms.Arch()))
	}
	for _, a := range d.SourceArches() {
		n += len(d.PackageFiles(a))
	}
	return n
}

// TestAllocations asserts that text and meaning cost a number of allocations that does not grow with entries, fields,
// files or strings. It is not parallel: it counts the allocations of the whole process.
func TestAllocations(t *testing.T) {
	const entries = 270
	const mostParse, mostMeaning, mostMore = 12, 200, 8
	small, large := wideINF(entries), wideINF(2*entries)
	if len(small) < 55<<10 || len(small) > 75<<10 {
		t.Fatalf("the INF has %d bytes, not about 60 KB", len(small))
	}
	if got := meaning("x.inf", small); got != 4*entries {
		t.Fatalf("%d identifiers and files, want %d", got, 4*entries)
	}
	count := func(fn func(string, []byte), src []byte) float64 {
		return testing.AllocsPerRun(5, func() { fn("x.inf", src) })
	}
	for name, c := range map[string]struct {
		read func(string, []byte)
		most float64
	}{
		"text":    {func(name string, src []byte) { inf.Parse(name, src) }, mostParse},
		"meaning": {func(name string, src []byte) { meaning(name, src) }, mostMeaning},
	} {
		once, twice := count(c.read, small), count(c.read, large)
		t.Logf("%s: %.0f allocations, %.0f for twice the entries", name, once, twice)
		if once > c.most {
			t.Errorf("%s of %d bytes: %.0f allocations, want %.0f at most", name, len(small), once, c.most)
		}
		if twice-once > mostMore {
			t.Errorf("%s: twice the entries cost %.0f more allocations, want %d at most", name, twice-once, mostMore)
		}
	}
}
