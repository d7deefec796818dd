package catalogtest

import (
	"fmt"
	"testing"

	"github.com/drivercat/drivercat/catalog"
)

// label tells a hit's kind, text, description and driver.
func label(h catalog.Hit) string {
	return fmt.Sprintf("%s|%s|%s|%s", h.Kind, h.Text, h.Description, h.Driver.Name)
}

func testFind(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	net := newDriver("net100%.inf", "Net", "Intel", `PCI\VEN_8086&DEV_1049`, `PCI\VEN_8086&DEV_104A`)
	audio := newDriver("audio.inf", "Media", "Net Audio", `HDAUDIO\FUNC_01`, `PCI\VEN_8086`)
	// One entry, whose description stands at its compatible ID too.
	audio.INF.IDs[1].Entry, audio.INF.IDs[1].Position, audio.INF.IDs[1].Description = 0, 1, audio.INF.IDs[0].Description
	setup := setupDriver()
	importDrivers(t, s, key("R61-NET", "xp-x86", "1"), net, audio)
	importDrivers(t, s, key("a61", "xp-x86", "2"), net, setup)
	netDev := `Device PCI\VEN_8086&DEV_1049`
	for _, c := range []struct {
		text string
		want []string
	}{
		{`pci\ven_8086`, []string{
			`hardware-id|PCI\VEN_8086|Device HDAUDIO\FUNC_01|audio.inf`,
			`hardware-id-prefix|PCI\VEN_8086&DEV_1049|` + netDev + `|net100%.inf`,
		}},
		{` PCI\VEN_8086&dev_1049 `, []string{`hardware-id|PCI\VEN_8086&DEV_1049|` + netDev + `|net100%.inf`}},
		{"net", []string{
			"name|net100%.inf||net100%.inf",
			"file|net100%.inf||net100%.inf",
			"provider|Net Audio||audio.inf",
			"class|Net||net100%.inf",
			"model|R61-NET||",
		}},
		{"inf.SYS", []string{"file|audio.inf.sys||audio.inf", "file|net100%.inf.sys||net100%.inf"}},
		{"0%.", []string{"name|net100%.inf||net100%.inf", "file|net100%.inf||net100%.inf"}},
		{"amd64", nil}, // a folder, not a file's name
		{"a_d", nil},
		{"61", []string{"model|a61||", "model|R61-NET||"}},
		{"setup", []string{"name|setup.exe||setup.exe", "file|setup.exe||setup.exe"}},
		{"ricoh", []string{"provider|Ricoh||setup.exe"}},
		{"media", []string{"class|Media||audio.inf"}},
		{"", nil},
		{"  ", nil},
	} {
		var got []string
		for _, h := range get[[]catalog.Hit](t)(s.Find(ctx, c.text, 0)) {
			got = append(got, label(h))
		}
		equal(t, "find "+c.text, got, c.want)
	}
	hits := get[[]catalog.Hit](t)(s.Find(ctx, "DEV_104A", 0))
	equal(t, "the middle of an ID", hits, []catalog.Hit{})
	hits = get[[]catalog.Hit](t)(s.Find(ctx, `PCI\VEN_8086&DEV_104A`, 0))
	want := summary(net)
	want.Sources = 2
	equal(t, "a whole hit", hits, []catalog.Hit{{
		Kind: catalog.HitID, Text: `PCI\VEN_8086&DEV_104A`, Description: `Device PCI\VEN_8086&DEV_104A`, Driver: want, Models: []string{"a61", "R61-NET"},
	}})
}

func testFindPrefix(t *testing.T, s catalog.Store) {
	many := newDriver("many.inf", "Net", "Intel")
	for n := range 1500 {
		many.INF.IDs = append(many.INF.IDs, catalog.HardwareID{ID: fmt.Sprintf(`PCI\VEN_10EC&DEV_%04X`, 1499-n), Entry: n, Description: "one of many"})
	}
	late := newDriver("late.inf", "Net", "Intel", `PCI\VEN_10EC&DEV_9999`, `PCI\VEN_10ED`)
	twin := newDriver("a-twin.inf", "Net", "Intel")
	twin.INF = late.INF
	importDrivers(t, s, key("R61", "xp-x86", "1"), many, late, twin)
	var got []string
	for _, h := range get[[]catalog.Hit](t)(s.Find(t.Context(), `pci\ven_10ec`, 0)) {
		got = append(got, label(h))
	}
	equal(t, "hits", got, []string{
		`hardware-id-prefix|PCI\VEN_10EC&DEV_0000|one of many|many.inf`,
		`hardware-id-prefix|PCI\VEN_10EC&DEV_9999|Device PCI\VEN_10EC&DEV_9999|a-twin.inf`,
		`hardware-id-prefix|PCI\VEN_10EC&DEV_9999|Device PCI\VEN_10EC&DEV_9999|late.inf`,
	})
}

func testFindLimit(t *testing.T, s catalog.Store) {
	var drivers []*catalog.Driver
	for n := range 20 {
		drivers = append(drivers, newDriver(fmt.Sprintf("%02d.inf", n), "USB", "Intel", "USB", fmt.Sprintf(`USB\%d`, n/5)))
	}
	importDrivers(t, s, key("USB1", "xp-x86", "1"), drivers...)
	all := get[[]catalog.Hit](t)(s.Find(t.Context(), "usb", 0))
	if len(all) != 61 {
		t.Fatalf("%d hits, want 20 by ID, 20 by prefix, 20 by class, 1 model", len(all))
	}
	for limit := 1; limit < len(all); limit++ {
		equal(t, fmt.Sprint("limit ", limit), get[[]catalog.Hit](t)(s.Find(t.Context(), "usb", limit)), all[:limit])
	}
}
