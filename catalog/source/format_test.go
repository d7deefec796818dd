package source

import "testing"

func TestMayBeArchive(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"x64/DRV.CAB": true, "setup.exe": true, "drv.zip.001": true, "net.sy_": true, "setup.exe_": true, "readme.t_": true,
		"a.sys": false, "a.inf": false, "a._": false, "driver_": false, "a.long_": false, "drv.zip.002": false,
	} {
		if got := MayBeArchive(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
