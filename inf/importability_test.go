package inf_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf"
)

func TestImportability(t *testing.T) {
	t.Parallel()
	const net = "Class = Net\nClassGuid = {4d36e972-e325-11ce-bfc1-08002be10318}\nCatalogFile = a.cat\n"
	for name, c := range map[string]struct {
		body   string
		target inf.Target
		beside inf.Beside
		want   string
	}{
		"a network driver":          {net + oneModel + "[I]\n", win11x64, inf.Beside{}, "0 true true"},
		"not loaded":                {"[A\n", win11x64, inf.Beside{}, "13 false false inf-invalid!"},
		"right-click":               {"[DefaultInstall]\n", win11x64, inf.Beside{}, "13 false false no-driver! boot-class!"},
		"a class":                   {"[ClassInstall32]\n", win11x64, inf.Beside{}, "1633 false false no-driver! boot-class!"},
		"primitive":                 {"CatalogFile = a.cat\n[DefaultInstall.NTamd64]\n", win11x64, inf.Beside{}, "1633 true false boot-class!"},
		"another target":            {net + oneModel + "[I]\n", win11arm, inf.Beside{}, "0 false false not-for-target!"},
		"only ia64":                 {net + "[Manufacturer]\nm = M, NTia64\n[M.NTia64]\nd = I, HW\n", win11x64, inf.Beside{}, "1633 false false not-for-target!"},
		"servers count":             {net + "[Manufacturer]\nm = M, NTamd64.6.1.3\n[M.NTamd64.6.1.3]\nd = I, HW\n[I]\n", srv2025, inf.Beside{}, "0 true true"},
		"unsigned and incomplete":   {net + oneModel + "[I]\n", win11x64, inf.Beside{Unsigned: true, Missing: []string{"a.sys"}}, "0 false false unsigned! file-missing!"},
		"no catalog is named":       {"Class = Net\n" + oneModel + "[I]\n", win11x64, inf.Beside{}, "0 false false unsigned!"},
		"x86 takes unsigned ones":   {"Class = Net\n[Manufacturer]\nm = M\n[M]\nd = I, HW\n[I]\n", win10x86, inf.Beside{Unsigned: true}, "0 true true"},
		"mixed sections on 32 bits": {net + "[Manufacturer]\nm = M\n[M]\nd = I, HW\n[I]\na = b\n[I.NTx86]\n", win10x86, inf.Beside{}, "0 true true mixed-decoration"},
		"what needs a running system": {
			net + oneModel + "[I]\nRegisterDlls = L\n[L]\n11,,a.dll\n[I.CoInstallers]\nAddReg = R\n[R]\nHKR,,CoInstallers32,0x10000,a.dll\nHKR,,Installer32,,c.dll\n[ClassInstall32]\nAddReg = R\n" +
				"[I.Software]\nAddSoftware = P,,P\nAddSoftware = S,,S\n[P]\nSoftwareType = 1\n[S]\nSoftwareType = 2\nSoftwareID = pfn://x\n",
			win11x64,
			inf.Beside{},
			"0 true true class-installer class-installer co-installer register-dlls setup-program store-app",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, _ := inf.Parse("t.inf", []byte("[Version]\nSignature = \"$WINDOWS NT$\"\n"+c.body))
			d := f.Driver()
			got := d.Importability(d.For(c.target), c.beside, nil)
			text := fmt.Sprintf("%d %v %v", got.ConfigMgr.Code, got.Offline.OK, got.BootImage.OK)
			for _, r := range got.BootImage.Reasons {
				text += " " + string(r.Code) + strings.Repeat("!", map[bool]int{true: 1}[r.Blocks])
			}
			if diff := cmp.Diff(c.want, text); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if got.ConfigMgr.OK != (got.ConfigMgr.Code == 0) {
				t.Errorf("ConfigMgr: %+v", got.ConfigMgr)
			}
		})
	}
	d := meaningOf(t, net+oneModel)
	if a := d.Importability(d.For(win11x64), inf.Beside{}, []inf.Target{win11arm}); a.ConfigMgr.Code != 1633 || a.ConfigMgr.Reasons[0].Line == nil {
		t.Errorf("platforms of the caller: %+v", a.ConfigMgr)
	}
}
