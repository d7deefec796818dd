package samples_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/tree/local"
)

// built is what a package must hold, and what must stay out of it.
type built struct {
	model, os, arch string
	folder          string
	files           []string          // in the package, beside drivercat.json
	leftOut         map[string]string // source/INF -> code
}

func packages() []built {
	return []built{
		{
			model: "R61-8935CTO", os: "xp", folder: "PC/SCCM_Driver_Packages/XP/R61-8935CTO",
			files: []string{
				"MEDIA/murmur/murmur.cat", "MEDIA/murmur/murmur.inf", "MEDIA/murmur/murmur.sys", "MEDIA/murmur/murmurcp.cpl",
				"Net/kestlan/kestlan.cat", "Net/kestlan/kestlan.inf", "Net/kestlan/kestlan.sys",
				"SCSIAdapter/pbcard/amd64/pbcard.sys", "SCSIAdapter/pbcard/pbcard.cat", "SCSIAdapter/pbcard/pbcard.inf",
				"SCSIAdapter/pbcard/pbicons.dll", "SCSIAdapter/pbcard/x86/pbcard.sys",
			},
			leftOut: map[string]string{
				"CardReader-Web/Driver/pbcard.inf": "duplicate", "LAN-2006/kestlan.inf": "superseded", "Modem/sparrow.inf": "broken",
				"Hotkeys/setup.exe": "bad", "Fingerprint/owlfp.inf": "broken", "Video/heronvid.inf": "models-none",
			},
		}, {
			model: "L14-20U1CTO", os: "win11", folder: "PC/SCCM_Driver_Packages/Win11/L14-20U1CTO",
			files: []string{
				"Extension/lyraext/lyraext.cat", "Extension/lyraext/lyraext.inf", "Extension/lyraext/lyratune.dat",
				"HIDClass/glide/amd64/glide.sys", "HIDClass/glide/arm64/glide.sys", "HIDClass/glide/glide.cat", "HIDClass/glide/glide.inf",
				"MEDIA/lyraaud/lyraapo.dll", "MEDIA/lyraaud/lyraaud.cat", "MEDIA/lyraaud/lyraaud.inf", "MEDIA/lyraaud/lyraaud.sys",
				"Net/quaydock/quaydock.cat", "Net/quaydock/quaydock.inf", "Net/quaydock/quaydock.sys",
				"Net/swiftwl/swiftwl.bin", "Net/swiftwl/swiftwl.cat", "Net/swiftwl/swiftwl.inf", "Net/swiftwl/swiftwl.sys",
			},
			leftOut: map[string]string{
				"Camera/iriscam.inf": "broken", "Dock/arm64/quaydock.inf": "models-none", "Presence/PresenceSetup.msi": "bad",
			},
		}, {
			model: "L14-20U1CTO", os: "win10", folder: "PC/SCCM_Driver_Packages/Win10/L14-20U1CTO",
			files: []string{
				"Extension/lyraext/lyraext.cat", "Extension/lyraext/lyraext.inf", "Extension/lyraext/lyratune.dat",
				"HIDClass/glide/amd64/glide.sys", "HIDClass/glide/arm64/glide.sys", "HIDClass/glide/glide.cat", "HIDClass/glide/glide.inf",
				"MEDIA/lyraaud/lyraapo.dll", "MEDIA/lyraaud/lyraaud.cat", "MEDIA/lyraaud/lyraaud.inf", "MEDIA/lyraaud/lyraaud.sys",
				"Net/quaydock/quaydock.cat", "Net/quaydock/quaydock.inf", "Net/quaydock/quaydock.sys",
			},
			leftOut: map[string]string{
				"Camera/iriscam.inf": "broken", "Dock/arm64/quaydock.inf": "models-none", "Presence/PresenceSetup.msi": "bad",
				"WLAN/swiftwl.inf": "models-none",
			},
		}, {
			model: "L14-20U1CTO", os: "win11", arch: "arm64", folder: "PC/SCCM_Driver_Packages/Win11-arm64/L14-20U1CTO",
			files: []string{
				"HIDClass/glide/amd64/glide.sys", "HIDClass/glide/arm64/glide.sys", "HIDClass/glide/glide.cat", "HIDClass/glide/glide.inf",
				"Net/quaydock/quaydock.cat", "Net/quaydock/quaydock.inf", "Net/quaydock/quaydock.sys",
			},
			leftOut: map[string]string{
				"Audio/lyraaud.inf": "models-none", "Audio/lyraext.inf": "models-none", "Camera/iriscam.inf": "broken",
				"Dock/x64/quaydock.inf": "models-none", "Presence/PresenceSetup.msi": "bad", "WLAN/swiftwl.inf": "models-none",
			},
		},
	}
}

func TestPackages(t *testing.T) {
	t.Parallel()
	for _, want := range packages() {
		target := mustTarget(t, want.os, want.arch)
		t.Run(want.model+"-"+target.String(), func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			plan := build(t, root, want.model, target, false)

			got := built{model: want.model, os: want.os, arch: want.arch, folder: plan.Folder, leftOut: map[string]string{}}
			content := readTree(t, filepath.Join(root, filepath.FromSlash(want.folder)))
			for _, name := range slices.Sorted(maps.Keys(content)) {
				if name != "drivercat.json" {
					got.files = append(got.files, name)
				}
			}
			for _, l := range plan.LeftOut {
				got.leftOut[filepath.Base(l.Source.Location)+"/"+l.Path] = l.Code
				if l.Text == "" {
					t.Errorf("%s is left out without a sentence for people", l.Path)
				}
			}
			if d := cmp.Diff(want, got, cmp.AllowUnexported(built{})); d != "" {
				t.Errorf("package (-want +got):\n%s", d)
			}
			if content["drivercat.json"] == "" {
				t.Error("the package has no manifest")
			}

			// The same input gives the same bytes, in whatever order the sources were imported.
			other := t.TempDir()
			build(t, other, want.model, target, true)
			if d := cmp.Diff(content, readTree(t, filepath.Join(other, filepath.FromSlash(want.folder)))); d != "" {
				t.Errorf("built from sources imported in another order (-first +second):\n%s", d)
			}
		})
	}
}

// build imports all samples of a model, builds its package below root, builds it again, and verifies it.
func build(t *testing.T, root, model string, target catalog.Target, backwards bool) *packager.Plan {
	t.Helper()
	ctx := t.Context()
	store := openStore(t)
	sources, err := os.ReadDir(filepath.Join("sources", model))
	if err != nil {
		t.Fatal(err)
	}
	for i := range sources {
		if backwards {
			i = len(sources) - 1 - i
		}
		mustImport(t, store, model, sources[i].Name(), target)
	}
	in, err := packager.Load(ctx, store, model, target)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := packager.MakePlan(in, packager.PlanOptions{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	share, err := local.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer share.Close()
	first, err := packager.Build(ctx, share, plan, packager.BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if first.Unchanged || first.Written == 0 {
		t.Errorf("first build: %+v", first)
	}
	again, err := packager.Build(ctx, share, plan, packager.BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !again.Unchanged || again.Written != 0 || again.Manifest != first.Manifest {
		t.Errorf("second build: %+v, want unchanged", again)
	}
	verified, err := packager.Verify(ctx, share, packager.VerifyOptions{}, plan.Folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range verified {
		if !v.OK() {
			t.Errorf("verify %s: %+v", v.Folder, v.Findings)
		}
	}
	return plan
}

func readTree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	tree := os.DirFS(dir)
	err := fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(tree, name)
		out[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
