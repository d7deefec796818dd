package inf_test

import (
	"fmt"
	"testing"

	"github.com/drivercat/drivercat/inf"
)

func TestDestination(t *testing.T) {
	t.Parallel()
	const body = "[DestinationDirs]\nDefaultDestDir = 12\nDefaultDestDir = 11\nSystem = 011\nOwn = 10, \"%Sub%\\deep\\\"\nHex = 0x0C, x\nStore = 13\nColor = 66003\nWhole = -1, \"C:\\Acme\\bin\"\n" +
		"Old = 65535, \"D:\\\"\nText = %11%\nEmpty = \nRoot = 24, x\n%Named% = 23\nUnknown = 99\n[Strings]\nSub = Acme\nNamed = ByString\n"
	d := meaningOf(t, body)
	for list, want := range map[string]string{
		"":            `12 "drivers" %12% C:\Windows\System32\drivers default`,
		"not there":   `12 "drivers" %12% C:\Windows\System32\drivers default`,
		"SYSTEM":      `11 "System32" %11% C:\Windows\System32`,
		"Own":         `10 "Windows" %10%\Acme\deep C:\Windows\Acme\deep`,
		"Hex":         `12 "drivers" %12%\x C:\Windows\System32\drivers\x`,
		"Store":       `13 "the driver store" %13% `,
		"Color":       `66003 "color profiles, for printers" %66003% `,
		"Whole":       `-1 "an absolute path" C:\Acme\bin C:\Acme\bin`,
		"Old":         `65535 "an absolute path" D:\ D:\`,
		"Text":        "invalid",
		"Empty":       "invalid",
		"Root":        `24 "the root of the system drive" %24%\x C:\x`,
		"ByString":    `23 "color profiles" %23% C:\Windows\System32\spool\drivers\color`,
		"Unknown":     `99 "" %99% `,
		"DefaultDest": `12 "drivers" %12% C:\Windows\System32\drivers default`,
	} {
		t.Run(list, func(t *testing.T) {
			t.Parallel()
			dest, ok := d.Destination(list)
			got := "none"
			if ok {
				got = "invalid"
			}
			if dest.Valid {
				got = fmt.Sprintf("%d %q %s %s", dest.DirID, dest.DirID.Name(), dest.Path, dest.Folder)
			}
			if dest.Default {
				got += " default"
			}
			if got != want {
				t.Errorf("Destination(%q) = %s, want %s", list, got, want)
			}
			if dest.Line == nil {
				t.Error("no place")
			}
		})
	}
	if _, ok := meaningOf(t, "[DestinationDirs]\nOther = 12\n").Destination("L"); ok {
		t.Error("a list without an entry has a destination though there is no default")
	}
	if inf.DirID(99).Known() || !inf.DirDriverStore.Known() {
		t.Error("which identifiers are known")
	}
}
