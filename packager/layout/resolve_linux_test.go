package layout

import "testing"

func TestParseMount(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][2]string{
		`36 35 98:0 / /mnt/pxe rw,noatime master:1 - cifs //server/SMSPXEIMAGE$ rw,vers=3.0`: {"/mnt/pxe", "//server/SMSPXEIMAGE$"},
		`36 35 98:0 /sub /mnt/a\040b rw - nfs4 server:/export rw`:                            {"/mnt/a b", "server:/export/sub"},
		`nonsense`: {},
	} {
		point, source, ok := parseMount(line)
		if ok != (want[0] != "") || point != want[0] || source != want[1] {
			t.Errorf("%s: %q, %q, %v", line, point, source, ok)
		}
	}
}
