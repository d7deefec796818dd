package inf_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCatalogFiles: a catalog lists what install sections lead to on the architectures that it signs.
func TestCatalogFiles(t *testing.T) {
	t.Parallel()
	const models = "[Manufacturer]\nm = M, NTamd64\n[M]\nd = I, HW\n[M.NTamd64]\nd = I, HW\n"
	const disks = "[SourceDisksFiles]\na.sys = 1\nb.sys = 1\nc.sys = 1\nold.sys = 1\n"
	for name, c := range map[string]struct{ body, catalog, want string }{
		"by architecture":                  {"CatalogFile.NTx86 = x86.cat\nCatalogFile.NTamd64 = x64.cat\n" + models + disks + "[I.NTx86]\nCopyFiles = @a.sys\n[I.NTamd64]\nCopyFiles = @b.sys\n", "X64.CAT", "b.sys"},
		"a plain entry covers all":         {"CatalogFile = all.cat\nCatalogFile.NTamd64 = x64.cat\n" + models + disks + "[I.NTx86]\nCopyFiles = @a.sys\n[I.NTamd64]\nCopyFiles = @b.sys\n", "all.cat", "a.sys b.sys"},
		"new names":                        {"CatalogFile.NT = n.cat\n" + models + disks + "[I]\nCopyFiles = L\n[L]\na.sys, b.sys\nA.SYS, B.sys\nx.sys, b.sys\nc.sys\n", "n.cat", "b.sys=a.sys=x.sys c.sys"},
		"sections to which nothing leads":  {"CatalogFile = n.cat\n" + models + disks + "[I]\nCopyFiles = @a.sys\nAddReg = R\n[R]\nHKR,Ndi\\Install,ndis4,,I98\n[I98]\nCopyFiles = @old.sys\n[I.Else]\nCopyFiles = @b.sys\n", "n.cat", "a.sys"},
		"copied but not listed":            {"CatalogFile = n.cat\n" + models + disks + "[I]\nCopyFiles = @z.sys, @a.sys\n", "n.cat", "a.sys"},
		"DefaultInstall beside models":     {"CatalogFile = n.cat\n" + models + disks + "[I]\nCopyFiles = @a.sys\n[DefaultInstall.NT]\nCopyFiles = @b.sys\n", "n.cat", "a.sys b.sys"},
		"class installer and its needs":    {"CatalogFile = n.cat\n" + models + disks + "[I]\n[ClassInstall32]\nNeeds = C\n[C]\nCopyFiles = @c.sys\n", "n.cat", "c.sys"},
		"undecorated models for old ia64":  {"CatalogFile = n.cat\n" + models + disks + "[I.NTx86]\nCopyFiles = @a.sys\n[I.NTia64]\nCopyFiles = @b.sys\n[I]\nCopyFiles = @old.sys\n[I.NTamd64]\n", "n.cat", "a.sys b.sys"},
		"a catalog that nothing names":     {"CatalogFile = n.cat\n" + models + disks + "[I]\nCopyFiles = @a.sys\n", "other.cat", ""},
		"display settings":                 {"CatalogFile = n.cat\n" + models + disks + "[I.SoftwareSettings]\nCopyFiles = @a.sys\n", "n.cat", "a.sys"},
		"other platforms name it for them": {"CatalogFile.NTia64 = n.cat\n" + models + disks + "[I]\nCopyFiles = @a.sys\n", "n.cat", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, sf := range meaningOf(t, c.body).CatalogFiles(c.catalog) {
				got = append(got, strings.Join(append([]string{sf.Name}, sf.Targets...), "="))
				for _, name := range append([]string{strings.ToUpper(sf.Name)}, sf.Targets...) {
					if !sf.CalledBy(name) {
						t.Errorf("%s is not called %s", sf.Name, name)
					}
				}
				if sf.CalledBy("other.sys") {
					t.Errorf("%s is called other.sys", sf.Name)
				}
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestTargetsAreBounded: a file that is copied under very many names keeps some of them.
func TestTargetsAreBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(oneModel + "[I]\nCopyFiles = L\n[L]\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "n%d, a.sys\n", i)
	}
	fs := meaningOf(t, b.String()).PackageFiles("amd64")
	if len(fs) != 1 || len(fs[0].Targets) != 100 {
		t.Errorf("%d files, %d targets", len(fs), len(fs[0].Targets))
	}
}
