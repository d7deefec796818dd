package seccat_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf/seccat/seccattest"
)

func TestSystems(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		os   string
		attr string
		want []string
	}{
		"names":          {os: "2000,XPX86,Server2003IA64,VistaX64,7X64,Server2008R2X64,8ARM,10X86", want: []string{"Windows 2000", "Windows XP x86", "Windows Server 2003 ia64", "Windows Vista x64", "Windows 7 x64", "Windows Server 2008 R2 x64", "Windows 8 arm", "Windows 10 x86"}},
		"versions":       {os: "_v63,_v63_X64,_v63_Server_X64,_v100,_v100_X64,_v100_ARM64_RS3,Server_v100_X64", want: []string{"Windows 8.1 x86", "Windows 8.1 x64", "Windows Server 2012 R2 x64", "Windows 10 x86", "Windows 10 x64", "Windows 10 1709 arm64", "Windows Server 2016 x64"}},
		"releases":       {os: "_v100_RS1,_v100_X64_Vb,_v100_X64_22H2,Server_v100_X64_21H2", want: []string{"Windows 10 1607 x86", "Windows 10 2004 x64", "Windows 10 22H2 x64", "Windows Server 10 21H2 x64"}},
		"twice":          {os: "Server2012X64,Server2012X64", want: []string{"Windows Server 2012 x64"}},
		"an odd one":     {os: "Blackcomb,7X64", want: []string{"Blackcomb", "Windows 7 x64"}},
		"members":        {attr: "1:4.90,2:5.00,2:5.1,2:6.x", want: []string{"Windows Me", "Windows 2000", "Windows XP", "Windows NT 6.x"}},
		"OS comes first": {os: "7X64", attr: "2:5.1", want: []string{"Windows 7 x64"}},
		"nothing":        {},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := seccattest.Catalog{Members: []seccattest.Member{{Digest: digest1("a"), OSAttr: tt.attr}}}
			if tt.os != "" {
				c.Attributes = [][2]string{{"OS", tt.os}}
			}
			if d := cmp.Diff(tt.want, mustParse(t, c.Build()).Systems()); d != "" {
				t.Error(d)
			}
		})
	}
}
